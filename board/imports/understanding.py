"""A row of a file -> what the order system says about one line, or why it can't be understood."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct

from board.imports.dates import DateFormat, day_of
from board.imports.fields import ABOUT, Field, Holds
from board.imports.limits import FileRefused
from board.imports.mapping import Mapping
from board.imports.numbers import NumberFormat, in_bounds, number_of
from board.imports.places import Places
from board.imports.reading import Cell, Row
from board.imports.survey import text_of
from domain.events import LineChanges, LineDetails, Milestone
from domain.line import line_id

LONGEST = 500
#: Words under which a line counts as cancelled.
CANCELLED_WORDS = frozenset(
    {
        "yes", "y", "ja", "j", "x", "1", "true", "wahr", "cancelled", "canceled", "cancel",
        "storniert", "storno", "s", "abgesagt", "gelöscht", "deleted", "void",
    }
)  # fmt: skip
_CHANGEABLE = frozenset(LineChanges.__struct_fields__)


class NotUnderstood(Exception):
    """A row that can't go in; the text says everything that is wrong with it."""


class Said(Struct, frozen=True, kw_only=True):
    """What the order system says about one line.

    given: the details that the file brings; the rest of `details` is silence, not a statement.
    total: delivered to date, None where the file says nothing; on: the day it was reached.
    """

    id: UUID
    details: LineDetails
    given: frozenset[str]
    total: Decimal | None = None
    on: date | None = None
    cancelled: bool = False


_Reader = Callable[[Cell], Any]


class Understanding:
    """Reads the rows of one file of one source, as its mapping says."""

    def __init__(
        self,
        source: str,
        mapping: Mapping,
        columns: tuple[str, ...],
        places: Places,
        rep: Callable[[str], str],
    ) -> None:
        """`rep` gives the opaque id for a name.

        Raises FileRefused unless the mapping is whole and its values for all rows make sense.
        """
        mapping.check(columns)
        self._source = source
        self._mapping = mapping
        self._places = places
        self._rep = rep
        self._shift = timedelta(weeks=mapping.shift_weeks)
        # Plain names and not the fields themselves: this is read for every cell.
        self._readers = [
            (field.value, columns.index(column), self._reader(field, column))
            for field, column in mapping.columns.items()
        ]
        self._keys = [reader for reader in self._readers if reader[0] in _KEY_FIELDS]
        self._fixed = self._fixed_values()
        given = {name for name, _, _ in self._readers} | set(self._fixed)
        self.given = frozenset(given & _CHANGEABLE)
        self._teams = {value.casefold(): team for value, team in mapping.teams.items()}

    def key(self, row: Row) -> tuple[str, str, str]:
        """Order number, line number and leg of a row, empty where they can't be read."""
        values = {name: self._fixed.get(name, "") for name in _KEY_FIELDS}
        for name, index, read in self._keys:
            try:
                values[name] = read(row.cells[index])
            except ValueError:
                values[name] = ""
        return values["order_number"], values["line_number"], values["leg"]

    def understand(self, row: Row) -> Said:
        """What the row says. Raises NotUnderstood with everything that is wrong with it."""
        if row.problem:
            raise NotUnderstood(row.problem)
        values, cells = dict(self._fixed), row.cells
        wrong: dict[str, str] = {}
        for name, index, read in self._readers:
            try:
                values[name] = read(cells[index])
            except ValueError as error:
                wrong[name] = f"{_label(name)}: {error}"
        for name in _NEVER_EMPTY:
            if values.get(name, "") in ("", None) and name not in wrong:
                wrong[name] = f"{_label(name)}: missing"
        if not wrong:
            try:
                return self._said(values)
            except ValueError as error:
                wrong[""] = str(error)
        raise NotUnderstood("; ".join(wrong.values()))

    def _said(self, values: dict[str, Any]) -> Said:
        site, quantity = values["site"], values["quantity"]
        if quantity < 0:
            raise ValueError(f"Quantity: {quantity} is below zero")
        cancelled = values.pop("cancelled", False)
        total, on = self._delivered(values, quantity, self._places.today[site])
        team = self._team(values)
        self._places.check_together(site, values["sales_team"], team)
        details = {name: value for name, value in values.items() if value is not None}
        details["team"] = team
        details.setdefault("family", "")
        details.setdefault("milestone", self._places.sites[site].milestone)
        given = self.given
        if not details.get("unit", "pcs"):
            del details["unit"]  # an empty cell is silence: the usual unit, or the one known
            given -= {"unit"}
        return Said(
            id=line_id(
                self._source,
                values["order_number"],
                values["line_number"],
                values.get("leg", ""),
            ),
            details=LineDetails(
                source=self._source, team_side=self._places.teams[team].side, **details
            ),
            given=given,
            total=total,
            on=on,
            cancelled=cancelled,
        )

    def _delivered(
        self, values: dict[str, Any], quantity: Decimal, today: date
    ) -> tuple[Decimal | None, date | None]:
        """A total to date, or everything on the day it left."""
        on = values.pop("shipped_on", None)
        total = values.pop("delivered_total", None)
        if on is not None and on > today:
            raise ValueError(f"Left on: {on.isoformat()} is still to come")
        if total is not None and total < 0:
            raise ValueError(f"Delivered to date: {total} is below zero")
        if total is None and on is not None:
            total = quantity
        return total, (on or today) if total is not None else None

    def _team(self, values: dict[str, Any]) -> str:
        """The team that promises: by family, supplier or work centre where somebody said so."""
        fixed: str = values.pop("team")
        by = self._mapping.team_by
        if by is None:
            return fixed
        chosen = self._teams.get(str(values.get(by, "")).casefold(), "")
        return self._places.promiser(chosen) if chosen else fixed

    def _fixed_values(self) -> dict[str, Any]:
        """The values for all rows, by the names of their fields. Raises FileRefused."""
        values: dict[str, Any] = {}
        for field, text in self._mapping.fixed.items():
            if field in self._mapping.columns or not text.strip():
                continue
            try:
                values[field.value] = self._reader(field, "")(text.strip())
            except ValueError as error:
                raise FileRefused(
                    "The value for all rows doesn't fit. {label}: {why}.",
                    label=ABOUT[field].label,
                    why=str(error),
                ) from None
        return values

    def _reader(self, field: Field, column: str) -> _Reader:
        match ABOUT[field].holds:
            case Holds.DAY:
                return self._day(self._mapping.dates.get(column, DateFormat.ISO))
            case Holds.NUMBER:
                number = _number(self._mapping.numbers.get(column, NumberFormat.POINT))
                return _whole(number) if field is Field.TRANSIT_DAYS else number
            case Holds.YES:
                return _filled if self._mapping.cancelled_filled else _cancelled
        special: dict[Field, _Reader] = {
            Field.SITE: lambda cell: self._places.site(_words(cell)),
            Field.SALES_TEAM: lambda cell: self._places.sales_team(_words(cell)),
            Field.TEAM: lambda cell: self._places.promiser(_words(cell)),
            Field.REP: lambda cell: self._rep(name) if (name := _words(cell)) else "",
            Field.MILESTONE: _milestone,
            Field.ORDER_NUMBER: _exact,
            Field.LINE_NUMBER: _exact,
        }
        return special.get(field, _words)

    def _day(self, written: DateFormat) -> _Reader:
        shift = self._shift

        def read(cell: Cell) -> date | None:
            if isinstance(cell, date):
                return cell + shift
            if isinstance(cell, str):
                day = day_of(cell, written)
            else:
                day = day_of(str(int(cell)), _stored_as(written, int(cell)))
            return day + shift if day else None

        return read


def _stored_as(written: DateFormat, number: int) -> DateFormat:
    """A spreadsheet's number in a column of days: 20260304, or days since 1900."""
    return DateFormat.SERIAL if number < 100_000 else written


_KEY_FIELDS = ("order_number", "line_number", "leg")
_NEVER_EMPTY = (
    "order_number", "line_number", "customer", "product", "quantity", "site", "sales_team", "team",
)  # fmt: skip


def _label(name: str) -> str:
    return ABOUT[Field(name)].label


def _words(cell: Cell) -> str:
    if isinstance(cell, str) and len(cell) <= LONGEST and cell.isprintable():
        return cell
    text = cell if isinstance(cell, str) else text_of(cell)
    if len(text) > LONGEST:
        raise ValueError(f"longer than {LONGEST} letters")
    if "\0" in text:
        raise ValueError("has a sign in it that is no letter")
    return text if text.isprintable() else " ".join(text.split())


def _exact(cell: Cell) -> str:
    """A number that names something: as it stands, unless a spreadsheet has rounded it."""
    text = _words(cell)
    if "E+" in text and text.replace(",", "").replace(".", "").replace("E+", "").isdigit():
        raise ValueError(f"“{text}” was shortened by a spreadsheet; format the column as text")
    return text


def _number(written: NumberFormat) -> _Reader:
    def read(cell: Cell) -> Decimal | None:
        if isinstance(cell, str):
            return number_of(cell, written)
        if isinstance(cell, date):
            raise ValueError(f"{cell.isoformat()} is a date, not a number")
        return in_bounds(Decimal(str(cell)))

    return read


def _whole(number: _Reader) -> _Reader:
    def read(cell: Cell) -> int | None:
        value = number(cell)
        if value is not None and not (value == int(value) and 0 <= value <= 250):
            raise ValueError(f"“{text_of(cell)}” is no number of days from 0 to 250")
        return None if value is None else int(value)

    return read


def _milestone(cell: Cell) -> Milestone | None:
    text = _words(cell).lower()
    try:
        return Milestone(text) if text else None
    except ValueError:
        raise ValueError(f"“{text}” is none of {', '.join(Milestone)}") from None


def _cancelled(cell: Cell) -> bool:
    return text_of(cell).casefold() in CANCELLED_WORDS


def _filled(cell: Cell) -> bool:
    return text_of(cell).strip().lower() not in ("", "0", "00", "-")
