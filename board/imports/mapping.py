"""What the columns of a source's files mean: proposed, corrected by a person, kept per source."""

from collections.abc import Mapping as Names
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from board.imports.dates import DateFormat
from board.imports.fields import ABOUT, REASON_COLUMNS, Field, Holds
from board.imports.limits import FileRefused
from board.imports.numbers import NumberFormat
from board.imports.proposals import propose, tidy_name
from board.imports.reading import ReadAs
from board.imports.survey import Survey

#: Details by whose value the team that promises can be chosen.
TEAM_BY = (Field.FAMILY, Field.SUPPLIER, Field.WORK_CENTRE)


class Mapping(Struct, frozen=True, kw_only=True):
    """How the files of one source are understood.

    columns: field -> column. fixed: field -> one value for every row. dates, numbers: column ->
    how it is written; a column that isn't named is found out anew in every file. teams: for each
    value of `team_by`, the team that promises instead of the fixed one. shift_weeks: added to
    every date. cancelled_filled: anything in the column means cancelled, not only a word for it.
    seen: all columns of the file for which it was said; one that isn't mapped is left out on
    purpose.
    """

    columns: dict[Field, str] = {}
    fixed: dict[Field, str] = {}
    dates: dict[str, DateFormat] = {}
    numbers: dict[str, NumberFormat] = {}
    team_by: Field | None = None
    teams: dict[str, str] = {}
    shift_weeks: int = 0
    cancelled_filled: bool = False
    seen: tuple[str, ...] = ()
    read_as: ReadAs = ReadAs()

    def check(self, columns: Sequence[str]) -> None:
        """Raise FileRefused unless every line gets what it needs out of these columns."""
        gone = [column for column in self.columns.values() if column not in columns]
        if gone:
            raise FileRefused(
                "There is no column “{column}” in this file. Its columns are: {columns}.",
                column=gone[0],
                columns=", ".join(columns),
            )
        missing = [
            field
            for field in Field
            if ABOUT[field].needed and field not in self.columns and not self.fixed.get(field)
        ]
        if missing:
            raise FileRefused(
                "No column was chosen for: {fields}. Say which column it is{fixed}.",
                fields=", ".join(f"{ABOUT[f].label} ({f})" for f in missing),
                fixed=", or give one value for all rows"
                if any(ABOUT[f].fixed for f in missing)
                else "",
            )


def proposed(survey: Survey, kept: Mapping | None = None) -> Mapping:
    """What the columns of a file probably mean, beginning with what was kept for its source."""
    kept = kept or Mapping()
    names = [profile.name for profile in survey.columns]
    found = propose(survey.columns, kept.columns, kept.seen)
    columns = {field: found[field].column for field in Field if field in found}
    cancelled = columns.get(Field.CANCELLED, "")
    return replace(
        kept,
        columns=columns,
        fixed={field: value for field, value in kept.fixed.items() if field not in columns},
        dates={column: written for column, written in kept.dates.items() if column in names},
        numbers={column: written for column, written in kept.numbers.items() if column in names},
        cancelled_filled=kept.cancelled_filled or tidy_name(cancelled) in REASON_COLUMNS,
        seen=tuple(names),
    )


def with_choices(mapping: Mapping, chosen: Names[str, str], fixed: Names[str, str]) -> Mapping:
    """The mapping with a person's own columns and values; names of fields as the command line
    takes them. Raises FileRefused for a field that there isn't.
    """
    columns = dict(mapping.columns)
    values = dict(mapping.fixed)
    for name, column in chosen.items():
        columns[_field(name)] = column
    for name, value in fixed.items():
        columns.pop(_field(name), None)
        values[_field(name)] = value
    columns = {field: column for field, column in columns.items() if column}
    return replace(mapping, columns=columns, fixed=values)


def with_chosen_formats(mapping: Mapping, formats: Names[str, str]) -> Mapping:
    """The mapping with a person's own formats, field -> format. Raises FileRefused."""
    dates, numbers = dict(mapping.dates), dict(mapping.numbers)
    for name, written in formats.items():
        field = _field(name)
        column = mapping.columns.get(field, "")
        match ABOUT[field].holds:
            case Holds.DAY if written in list(DateFormat):
                dates[column] = DateFormat(written)
            case Holds.NUMBER if written in list(NumberFormat):
                numbers[column] = NumberFormat(written)
            case Holds.DAY | Holds.NUMBER:
                raise FileRefused(
                    "There is no format “{written}” for {field}. The formats are: {formats}.",
                    written=written,
                    field=field.value,
                    formats=", ".join(
                        DateFormat if ABOUT[field].holds is Holds.DAY else NumberFormat
                    ),
                )
            case _:
                raise FileRefused("{field} is no day and no number.", field=field.value)
    return replace(mapping, dates=dates, numbers=numbers)


def _field(name: str) -> Field:
    try:
        return Field(name.strip().lower().replace("-", "_"))
    except ValueError:
        raise FileRefused(
            "There is no field “{name}”. The fields are: {fields}.",
            name=name,
            fields=", ".join(Field),
        ) from None


def with_formats(mapping: Mapping, survey: Survey) -> Mapping:
    """The mapping with a format for every column of days and numbers, found out where not given.

    A column that holds nothing of the kind gets the usual format, so that its rows say what is
    wrong.
    """
    dates, numbers = dict(mapping.dates), dict(mapping.numbers)
    for field, name in mapping.columns.items():
        profile = survey.column(name)
        if profile is None:
            continue
        if ABOUT[field].holds is Holds.DAY and name not in dates:
            dates[name] = profile.dates.written if profile.dates else DateFormat.ISO
        if ABOUT[field].holds is Holds.NUMBER and name not in numbers:
            numbers[name] = profile.numbers.written if profile.numbers else NumberFormat.POINT
    return replace(mapping, dates=dates, numbers=numbers)


def doubts(mapping: Mapping, survey: Survey) -> list[tuple[str, str]]:
    """Columns that could be read in two ways, each with the sentence that says how it is read.

    A column whose format a person has chosen is in no doubt.
    """
    found: list[tuple[str, str]] = []
    for field, name in mapping.columns.items():
        profile = survey.column(name)
        holds = ABOUT[field].holds
        if profile is None:
            continue
        if holds is Holds.DAY and name not in mapping.dates and profile.dates:
            found.append((name, profile.dates.doubt))
        if holds is Holds.NUMBER and name not in mapping.numbers and profile.numbers:
            found.append((name, profile.numbers.doubt))
    return [(name, doubt) for name, doubt in found if doubt]
