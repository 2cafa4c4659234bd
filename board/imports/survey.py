"""One look through a whole file: how many rows there are, and what its columns hold."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from board.imports.dates import DateFormat, DateGuess, guess_dates
from board.imports.limits import LIMITS, Limits, check_rows
from board.imports.numbers import NumberFormat, NumberGuess, guess_numbers
from board.imports.reading import Cell, Table

_DISTINCT = 3_000
_SAMPLES = 3


class ColumnProfile(Struct, frozen=True, kw_only=True):
    """What a column holds: its different values (the first 3,000), and how it writes them."""

    name: str
    values: tuple[str, ...]
    dates: DateGuess | None
    numbers: NumberGuess | None

    @property
    def empty(self) -> bool:
        """Whether nothing stands in it."""
        return not self.values

    @property
    def samples(self) -> tuple[str, ...]:
        """A few values to recognise the column by."""
        return self.values[:_SAMPLES]


class Survey(Struct, frozen=True, kw_only=True):
    """What there is in a file: rows below the heading, and its columns."""

    rows: int
    columns: tuple[ColumnProfile, ...]

    def column(self, name: str) -> ColumnProfile | None:
        """The profile of the column with that name."""
        return next((c for c in self.columns if c.name == name), None)


def survey(table: Table, limits: Limits = LIMITS) -> Survey:
    """Look through the whole table. Raises FileRefused for too many rows."""
    seen: list[dict[Cell, None]] = [{} for _ in table.columns]
    rows = 0
    for row in table.rows():
        rows += 1
        check_rows(rows, limits)
        if row.problem:
            continue
        for values, cell in zip(seen, row.cells, strict=False):
            if cell != "" and len(values) < _DISTINCT:
                values[cell] = None
    return Survey(rows=rows, columns=_profiles(table.columns, [tuple(values) for values in seen]))


def _profiles(names: Sequence[str], seen: list[tuple[Cell, ...]]) -> tuple[ColumnProfile, ...]:
    first = [_dates(values) for values in seen]
    like = _usual_order(first)
    return tuple(
        ColumnProfile(
            name=name,
            values=tuple(text_of(cell) for cell in values),
            dates=_dates(values, like) if guess and guess.doubt and like else guess,
            numbers=_numbers(values),
        )
        for name, values, guess in zip(names, seen, first, strict=True)
    )


def _dates(values: Sequence[Cell], like: DateFormat | None = None) -> DateGuess | None:
    """How the text among the values writes days; a spreadsheet's own days need no guess."""
    guess = guess_dates([cell for cell in values if isinstance(cell, str)], like)
    if guess is not None or not any(isinstance(cell, date) for cell in values):
        return guess or guess_dates([str(cell) for cell in values if isinstance(cell, int)])
    return DateGuess(DateFormat.ISO)


def _numbers(values: Sequence[Cell]) -> NumberGuess | None:
    guess = guess_numbers([cell for cell in values if isinstance(cell, str)])
    if guess is not None or not any(isinstance(cell, int | float) for cell in values):
        return guess
    return NumberGuess(NumberFormat.POINT)


def _usual_order(guesses: Sequence[DateGuess | None]) -> DateFormat | None:
    """How the columns that leave no doubt put day and month, if they agree."""
    order = {DateFormat.DAY_FIRST, DateFormat.MONTH_FIRST}
    sure = {g.written for g in guesses if g is not None and not g.doubt and g.written in order}
    return sure.pop() if len(sure) == 1 else None


def text_of(cell: Cell) -> str:
    """A cell as text: days as ISO, numbers with a point."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
