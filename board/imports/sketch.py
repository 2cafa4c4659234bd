"""What the mapping page shows of a file: its columns with a few values, and how they were read."""

from msgspec import Struct

from board.imports.dates import DateFormat
from board.imports.mapping import TEAM_BY, Mapping
from board.imports.numbers import NumberFormat
from board.imports.reading import Table
from board.imports.survey import ColumnProfile, Survey

#: Different values of a column up to which a team can be chosen for each.
MOST_VALUES = 60


class SketchedColumn(Struct, frozen=True, kw_only=True):
    """A column: its name, samples, how its days and numbers are written if it has any.

    values: all of them, where they are few; for choosing a team by them.
    """

    name: str
    samples: tuple[str, ...]
    dates: DateFormat | None = None
    date_doubt: str = ""
    numbers: NumberFormat | None = None
    number_doubt: str = ""
    values: tuple[str, ...] = ()


class Sketch(Struct, frozen=True, kw_only=True):
    """A file as the screens remember it. new, gone: columns against the source's last file."""

    rows: int
    described: str
    sheets: tuple[str, ...]
    text: bool
    columns: tuple[SketchedColumn, ...]
    known_source: bool = False
    gone: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> SketchedColumn | None:
        """The column with that name."""
        return next((column for column in self.columns if column.name == name), None)


def sketch(table: Table, seen: Survey, kept: Mapping | None, mapping: Mapping) -> Sketch:
    """The sketch of a table that was looked through."""
    by_value = {mapping.columns[field] for field in TEAM_BY if field in mapping.columns}
    former = dict.fromkeys(kept.columns.values() if kept else ())
    return Sketch(
        rows=seen.rows,
        described=table.described,
        sheets=table.sheets,
        text=table.text,
        columns=tuple(_sketched(profile, profile.name in by_value) for profile in seen.columns),
        known_source=kept is not None,
        gone=tuple(column for column in former if column not in table.columns),
    )


def _sketched(profile: ColumnProfile, by_value: bool) -> SketchedColumn:
    few = by_value and len(profile.values) <= MOST_VALUES
    return SketchedColumn(
        name=profile.name,
        samples=tuple(text[:60] for text in profile.samples),
        dates=profile.dates.written if profile.dates else None,
        date_doubt=profile.dates.doubt if profile.dates else "",
        numbers=profile.numbers.written if profile.numbers else None,
        number_doubt=profile.numbers.doubt if profile.numbers else "",
        values=tuple(sorted(profile.values, key=str.casefold)) if few else (),
    )
