"""The mapping as a form: what a person corrected on the mapping page."""

from collections.abc import Mapping as Form
from typing import Any

from msgspec import Struct

from board.imports.dates import DateFormat
from board.imports.encodings import CHOICES
from board.imports.fields import ABOUT, Field, Holds
from board.imports.limits import FileRefused
from board.imports.mapping import TEAM_BY, Mapping
from board.imports.numbers import NumberFormat
from board.imports.reading import ReadAs
from board.imports.shifting import check_weeks
from board.imports.sketch import Sketch


class Corrected(Struct, frozen=True):
    """The mapping that the form says; whether all dates move so that the newest is last week."""

    mapping: Mapping
    auto_shift: bool


def read_mapping(form: Form[str, Any], sketch: Sketch, former: Mapping) -> Corrected:
    """The form stands for everything: a column that isn't chosen means nothing.

    Raises FileRefused for a number of weeks that is none.
    """

    def said(name: str) -> str:
        return str(form.get(name, "") or "").strip()

    columns = {
        field: column for field in Field if (column := said(f"column.{field}")) in sketch.names
    }
    fixed = {
        field: value
        for field in Field
        if ABOUT[field].fixed and field not in columns and (value := said(f"fixed.{field}"))
    }
    dates: dict[str, DateFormat] = {}
    numbers: dict[str, NumberFormat] = {}
    for field, column in columns.items():
        written = said(f"written.{field}")
        if ABOUT[field].holds is Holds.DAY and written in set(DateFormat):
            dates[column] = DateFormat(written)
        if ABOUT[field].holds is Holds.NUMBER and written in set(NumberFormat):
            numbers[column] = NumberFormat(written)
    team_by = next((field for field in TEAM_BY if field == said("team_by")), None)
    return Corrected(
        Mapping(
            columns=columns,
            fixed=fixed,
            dates=dates,
            numbers=numbers,
            team_by=team_by,
            teams=_teams(form, team_by, former),
            shift_weeks=_weeks(said("shift_weeks")),
            cancelled_filled=said("cancelled_filled") == "1",
            seen=sketch.names,
            read_as=former.read_as,
        ),
        said("shift") == "auto",
    )


def read_reading(form: Form[str, Any], sketch: Sketch) -> ReadAs:
    """How the file is to be read instead."""
    encoding, delimiter, sheet = (
        str(form.get(name, "") or "") for name in ("encoding", "delimiter", "sheet")
    )
    return ReadAs(
        encoding=encoding if encoding in CHOICES else "",
        delimiter=DELIMITERS.get(delimiter, ""),
        sheet=sheet if sheet in sketch.sheets else "",
    )


#: What the form calls a separator.
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


def _teams(form: Form[str, Any], team_by: Field | None, former: Mapping) -> dict[str, str]:
    """The team chosen for each value; values that this file doesn't show keep theirs."""
    if team_by is None:
        return {}
    teams = dict(former.teams) if former.team_by is team_by else {}
    number = 0
    while (value := form.get(f"value.{team_by}.{number}")) is not None:
        chosen = str(form.get(f"team.{team_by}.{number}", "") or "")
        teams.pop(str(value), None)
        if chosen:
            teams[str(value)] = chosen
        number += 1
    return teams


def _weeks(text: str) -> int:
    try:
        return check_weeks(int(text or "0"))
    except ValueError:
        raise FileRefused("Give the weeks as a whole number, for example 1400 or -2.") from None
