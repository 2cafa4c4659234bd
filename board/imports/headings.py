"""Where the column names stand, and whether they are names."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice

from msgspec import Struct

from board.imports.limits import FileRefused

#: How many rows from the top the heading is looked for; reports begin with titles.
_TOP = 40
_NUMBER_OR_DAY = re.compile(r"[-+]?[\d\s.,:/'-]*\d[\d\s.,:/'-]*[-+]?$")


class Heading(Struct, frozen=True, kw_only=True):
    """The row of column names.

    row: its place in the file. width: how many cells a row has. kept: which of them are columns;
    one without a name and without anything in it is not.
    """

    row: int
    width: int
    names: tuple[str, ...]
    kept: tuple[int, ...]
    twice: tuple[str, ...] = ()
    nameless: bool = False

    def check(self) -> None:
        """Raise FileRefused where the names are missing or one stands twice."""
        if self.nameless:
            raise FileRefused(
                "The first row has no column names ({begins} …). Put a row with a name for each "
                "column on top.",
                begins=", ".join(f"“{name}”" for name in self.names[:3]),
            )
        if self.twice:
            raise FileRefused(
                "The column name “{name}” stands more than once. Give each column a name of its "
                "own.",
                name=self.twice[0],
            )


def find_heading(rows: Iterable[tuple[int, Sequence[object], str]]) -> Heading:
    """The first row at the top that is as wide as the table. Raises FileRefused for no table."""
    top = [(number, list(cells)) for number, cells, _ in islice(rows, _TOP)]
    filled = [(n, cells) for n, cells in top if _filled(cells) > 0]
    if not filled:
        raise FileRefused("There is nothing in this file. Export it again and check its lines.")
    usual = Counter(_filled(cells) for _, cells in filled).most_common(1)[0][0]
    wide = max(_filled(cells) for _, cells in filled)
    if wide < 2:
        raise FileRefused(
            "Only one column was found. Export the order lines with a column for the order, the "
            "line, the customer, the product and the quantity."
        )
    number, names = next(
        (n, cells) for n, cells in filled if _filled(cells) >= max(2, 0.6 * min(usual, wide))
    )
    below = [cells for n, cells in filled if n > number]
    return _heading(number, names, below)


def _heading(number: int, cells: list[object], below: list[list[object]]) -> Heading:
    width = max(_last_filled(row) for row in [cells, *below[:1]]) if below else _last_filled(cells)
    width = max(width, _last_filled(cells))
    cells = [*cells, *[""] * (width - len(cells))][:width]
    kept = tuple(
        i
        for i in range(width)
        if cells[i] != "" or any(len(row) > i and row[i] != "" for row in below)
    )
    names = tuple(_name(cells[i]) or f"column {i + 1}" for i in kept)
    counted = Counter(name.casefold() for name in names)
    return Heading(
        row=number,
        width=width,
        names=names,
        kept=kept,
        twice=tuple(name for name in names if counted[name.casefold()] > 1),
        nameless=_is_data(cells),
    )


def _name(cell: object) -> str:
    return " ".join(str(cell).split())


def _filled(cells: Sequence[object]) -> int:
    return sum(cell != "" for cell in cells)


def _last_filled(cells: Sequence[object]) -> int:
    return max((i + 1 for i, cell in enumerate(cells) if cell != ""), default=0)


def _is_data(cells: Sequence[object]) -> bool:
    """Whether the row holds values: numbers or days in at least two, and a fifth, of its cells."""
    values = sum(
        isinstance(cell, int | float | date) or bool(_NUMBER_OR_DAY.match(str(cell)))
        for cell in cells
        if cell != ""
    )
    return values >= max(2, 0.2 * _filled(cells))
