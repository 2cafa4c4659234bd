"""Any file that holds a table -> its column names and its rows, one after the other."""

import contextlib
import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from board.imports.dialects import Dialect, dialect_of
from board.imports.encodings import encoding_of
from board.imports.headings import Heading, find_heading
from board.imports.kinds import Kind, kind_of
from board.imports.limits import LIMITS, FileRefused, Limits, check_columns, check_size
from board.imports.workbook_reader import Stored
from board.imports.workbooks import stored_rows, unpack_workbook

#: A cell as the file has it: text from CSV; from spreadsheets also numbers and days.
Cell = str | int | float | date
_SAMPLE = 64 * 1024


class ReadAs(Struct, frozen=True, kw_only=True):
    """What a person says about the file where the guess was wrong; empty is: find out."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""


class Row(NamedTuple):
    """A row: its place in the file (1 is the first line), its cells, and what is wrong with it."""

    number: int
    cells: list[Cell]
    problem: str = ""


class Table(Struct, frozen=True, kw_only=True):
    """A file understood as a table. `rows()` reads it from the start each time it is called.

    kind: "CSV" or "spreadsheet". described: how it was read, in words for the screen.
    delimiter: of the file, a comma for spreadsheets. text: a file's cells carry no types.
    """

    columns: tuple[str, ...]
    kind: Kind
    described: str
    delimiter: str
    sheets: tuple[str, ...]
    heading: Heading
    source: Callable[[], Iterator[Row]]

    @property
    def text(self) -> bool:
        """Whether every cell is text whose dates and numbers have to be understood."""
        return self.kind is Kind.TEXT

    def rows(self) -> Iterator[Row]:
        """Every row below the heading that has anything in it, padded to the columns."""
        width, keep = len(self.columns), self.heading.kept
        whole = len(keep) == self.heading.width
        for row in self.source():
            if row.number <= self.heading.row or not _filled(row.cells):
                continue
            if row.problem or (whole and len(row.cells) == width):
                yield row
            else:
                yield self._fitted(row)

    def _fitted(self, row: Row) -> Row:
        """A row that is shorter or longer than the heading; only empty cells may be too many."""
        width = self.heading.width
        if any(cell != "" for cell in row.cells[width:]):
            many = f"The row has {len(row.cells)} cells and the heading {width}"
            return row._replace(problem=f"{many}: a separator stands inside a cell without quotes.")
        cells = [*row.cells, *[""] * (width - len(row.cells))]
        return row._replace(cells=[cells[i] for i in self.heading.kept])


def _filled(cells: list[Cell]) -> bool:
    return any(cells) or any(cell != "" for cell in cells)


@contextlib.contextmanager
def open_table(
    path: Path, read_as: ReadAs | None = None, limits: Limits = LIMITS
) -> Iterator[Table]:
    """The table in a file, for as long as the context lasts.

    Raises FileRefused, in a sentence that says what to do, for whatever is no table.
    """
    read_as = read_as or ReadAs()
    if not path.is_file():
        raise FileRefused("There is no file {name}.", name=path.name)
    check_size(path.stat().st_size, limits)
    if kind_of(path) is Kind.TEXT:
        yield _text_table(path, read_as, limits)
        return
    with tempfile.TemporaryDirectory(prefix="accord-") as folder:
        yield _workbook_table(path, Path(folder) / "rows", read_as, limits)


def _text_table(path: Path, read_as: ReadAs, limits: Limits) -> Table:
    encoding = encoding_of(path, read_as.encoding)
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(_SAMPLE)
    if not sample.strip():
        raise FileRefused("There is nothing in this file. Export it again and check its lines.")
    # The last line is only a piece of one, unless the whole file is in the sample.
    whole = sample if len(sample) < _SAMPLE else sample[: sample.rfind("\n") + 1] or sample
    dialect = dialect_of(whole.replace("\r\n", "\n").replace("\r", "\n"), read_as.delimiter)

    def source() -> Iterator[Row]:
        return _text_rows(path, encoding, dialect, limits)

    heading = find_heading(source())
    _check(heading, limits)
    return Table(
        columns=heading.names,
        kind=Kind.TEXT,
        described=f"CSV, {encoding}, {dialect.name}",
        delimiter=dialect.delimiter,
        sheets=(),
        heading=heading,
        source=source,
    )


def _text_rows(path: Path, encoding: str, dialect: Dialect, limits: Limits) -> Iterator[Row]:
    """Rows by the line on which they begin. A row with broken quotes is a row with a problem."""
    csv.field_size_limit(limits.cell)
    with path.open(encoding=encoding, newline="") as file:
        lines = _Lines(file)
        reader = csv.reader(lines, **dialect.reader_options())  # type: ignore[arg-type]
        while True:
            begins = reader.line_num + 1
            lines.taken.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raw: list[Cell] = ["".join(lines.taken)[:2000].strip()]
                yield Row(begins, raw, _broken(error, begins, reader.line_num))
                continue
            if begins == 1 and len(cells) <= 2 and cells and cells[0][:4].lower() == "sep=":
                cells = []
            yield Row(begins, [cell if cell.isalnum() else tidy(cell) for cell in cells])


class _Lines:
    """The lines of a file, and those that were taken since somebody looked: a broken row."""

    def __init__(self, file: Iterable[str]) -> None:
        self._file = iter(file)
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._file)
        self.taken.append(line)
        return line


def _broken(error: csv.Error, first: int, last: int) -> str:
    lines = f"Line {first}" if first >= last else f"Lines {first} to {last}"
    if "field larger" in str(error) or "unexpected end" in str(error):
        return f"{lines}: a quote is opened and never closed, or a cell is far too long."
    return f"{lines}: the quotes don't match. Double a quote that stands inside a cell."


_FORMULA_MARKS = ("=", "+", "-", "@")


def tidy(cell: str) -> str:
    """A text cell without spaces around it, and without the tricks that keep it text in Excel."""
    cell = cell.strip(" \t\r\n\xa0\ufeff")
    if len(cell) > 2 and cell[0] == "=" and cell[1] == cell[-1] == '"':
        return cell[2:-1]
    # Our own exports write '=… so that no spreadsheet runs it.
    if len(cell) > 1 and cell[0] == "'" and cell[1] in _FORMULA_MARKS:
        return cell[1:]
    return cell


def _workbook_table(path: Path, unpacked: Path, read_as: ReadAs, limits: Limits) -> Table:
    head = unpack_workbook(path, unpacked, limits, read_as.sheet)

    def source() -> Iterator[Row]:
        for number, cells in enumerate(stored_rows(unpacked), start=1):
            yield Row(number, [_cell(cell) for cell in cells])

    heading = find_heading(source())
    _check(heading, limits)
    others = f", one of {len(head.sheets)} sheets" if len(head.sheets) > 1 else ""
    return Table(
        columns=heading.names,
        kind=Kind.WORKBOOK,
        described=f"spreadsheet, sheet “{head.sheet}”{others}",
        delimiter=",",
        sheets=head.sheets,
        heading=heading,
        source=source,
    )


def _cell(cell: Stored) -> Cell:
    if isinstance(cell, str):
        return tidy(cell)
    if isinstance(cell, list):
        return date.fromisoformat(cell[0])
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    return cell


def _check(heading: Heading, limits: Limits) -> None:
    check_columns(heading.width, limits)
    heading.check()
