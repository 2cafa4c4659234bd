"""Which separator and quotes a CSV file uses."""

import csv
from collections import Counter

import clevercsv
from msgspec import Struct

from board.imports.limits import FileRefused

DELIMITERS = (",", ";", "\t", "|")


class Dialect(Struct, frozen=True):
    """How the cells of a line are kept apart. An empty quote or escape is none."""

    delimiter: str
    quote: str = '"'
    escape: str = ""

    @property
    def name(self) -> str:
        """In words, for the screen."""
        words = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
        return words.get(self.delimiter, self.delimiter)

    def reader_options(self) -> dict[str, object]:
        """What csv.reader is given."""
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote or None,
            "quoting": csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            "escapechar": self.escape or None,
            "doublequote": True,
            "strict": True,
        }


def dialect_of(sample: str, chosen: str = "") -> Dialect:
    """The dialect of the first lines of a file, given with their line ends.

    Where the usual separators say nothing clear, the slower guess is made. `chosen`: the
    separator that a person named. Raises FileRefused where there are no columns at all.
    """
    if chosen:
        return Dialect(chosen)
    first = sample.split("\n", 1)[0].strip().lower()
    if first.startswith("sep=") and len(first) == 5:
        return Dialect(first[4])
    if first == "sep=":
        return Dialect("\t")
    scored = sorted(((_score(sample, d), d) for d in _candidates(sample)), key=lambda s: -s[0])
    if scored and scored[0][0] >= 0.6:
        return scored[0][1]
    return _odd(sample) or _best(scored)


def _candidates(sample: str) -> list[Dialect]:
    found = [Dialect(d) for d in DELIMITERS if d in sample]
    if "'" in sample:
        found += [Dialect(d.delimiter, "'") for d in found]
    return found


def _best(scored: list[tuple[float, Dialect]]) -> Dialect:
    if scored and scored[0][0] > 0:
        return scored[0][1]
    raise FileRefused(
        "No columns were found in this file. Export the order lines as CSV with commas, "
        "semicolons or tabs between the columns, or as XLSX."
    )


def _score(sample: str, dialect: Dialect) -> float:
    """How sure it is: the share of lines of the usual width, times how much a width tells."""
    lines = sample.splitlines(keepends=True)
    options = dialect.reader_options() | {"strict": False}
    try:
        rows = [row for row in csv.reader(lines, **options) if any(row)]  # type: ignore[arg-type]
    except csv.Error:
        return 0.0
    if not rows:
        return 0.0
    width, often = Counter(len(row) for row in rows).most_common(1)[0]
    if width < 2:
        return 0.0
    share = often / len(rows)
    # A quote left inside cells means that it is not the quote, or this not the separator.
    torn = sum(_torn(cell, dialect) for row in rows for cell in row)
    cells = sum(len(row) for row in rows)
    return share * (1 - 1 / width**2) * max(0.0, 1 - 3 * torn / cells) + min(width, 50) / 1000


def _torn(cell: str, dialect: Dialect) -> bool:
    other = '"' if dialect.quote == "'" else "'"
    wrapped = len(cell) > 1 and cell[0] == other == cell[-1]
    return wrapped or cell.startswith('"') != cell.endswith('"')


def _odd(sample: str) -> Dialect | None:
    """The guess of clevercsv, for separators and escapes that nobody expects."""
    try:
        found = clevercsv.Detector().detect(sample[:20_000])
    except Exception:  # noqa: BLE001 it fails in many ways on what is no table
        return None
    if found is None or not found.delimiter or found.delimiter.isalnum():
        return None
    dialect = Dialect(found.delimiter, found.quotechar or '"', found.escapechar or "")
    # Spaces between words make columns of any letter.
    return dialect if found.delimiter != " " and _score(sample, dialect) >= 0.5 else None
