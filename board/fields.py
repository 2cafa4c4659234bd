"""The fields of the moves' forms: their kinds, and how what was typed is understood."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.events import Need, Spoken
from domain.reasons import Reason
from domain.terms import Terms

#: What was typed: each field's name with all its values.
Typed = Mapping[str, Sequence[str]]

LONGEST_NOTE = 2000
LONGEST_WORD = 120
#: Rows for instalments beside the first one; more come with a script.
SPARE_ROWS = 3
MOST_ROWS = 60
FIRST_YEAR, LAST_YEAR = 2000, 2099


class Kind(StrEnum):
    """What a field holds. The template has a macro for each."""

    TERMS = "terms"
    DATE = "date"
    MOMENT = "moment"
    REASON = "reason"
    NEED = "need"
    SPOKEN = "spoken"
    DAYS = "days"
    QUANTITY = "quantity"
    NOTE = "note"
    WORD = "word"
    TEAM = "team"
    SITE = "site"
    HIDDEN = "hidden"


class Field(Struct, frozen=True):
    """One field: its name in the form and in the move, its label, whether it may stay empty.

    aside: less often needed, so that it is folded away.
    """

    name: str
    kind: Kind
    label: str
    required: bool = False
    hint: str = ""
    aside: bool = False


class Mistyped(ValueError):
    """What was typed can't be understood; the message says what would be."""


class Given(Struct):
    """What a form gave: the values that were understood, and an error for each that wasn't."""

    values: dict[str, Any]
    errors: dict[str, str]


def understand(fields: Sequence[Field], typed: Typed, zone: str) -> Given:
    """Every field's value. zone: by whose clock a moment is read."""
    given = Given({}, {})
    for field in fields:
        try:
            value = _READ[field.kind](field, typed, zone)
        except Mistyped as error:
            given.errors[field.name] = str(error)
            continue
        if value is None and field.required:
            given.errors[field.name] = _MISSING.get(field.kind, "This is needed.")
        given.values[field.name] = value
    return given


_MISSING = {
    Kind.TERMS: "Give a date.",
    Kind.DATE: "Give a date.",
    Kind.MOMENT: "Give a day and a time.",
    Kind.REASON: "Choose a reason.",
    Kind.QUANTITY: "Give a quantity.",
    Kind.NOTE: "Write something.",
    Kind.TEAM: "Choose a team.",
    Kind.SITE: "Choose a site.",
}


def first(typed: Typed, name: str) -> str:
    """The first value of a field, without spaces around it; "" for none."""
    values = typed.get(name) or ("",)
    return values[0].strip()


def read_date(text: str) -> date:
    """A day as date fields send it. Raises Mistyped."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Mistyped("Write the date like 2026-12-03.") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Mistyped(f"The year must be from {FIRST_YEAR} to {LAST_YEAR}.")
    return day


def read_quantity(text: str) -> Decimal:
    """A quantity above zero. Raises Mistyped."""
    try:
        quantity = Decimal(text.replace(" ", "").replace("\u00a0", ""))
    except InvalidOperation:
        raise Mistyped("Write the quantity in digits, with a point before decimals.") from None
    if not quantity.is_finite() or not Decimal(0) < quantity < Decimal(10) ** 12:
        raise Mistyped("The quantity must be above zero.")
    if quantity != round(quantity, 6):
        raise Mistyped("The quantity has too many decimals.")
    return quantity


def _terms(field: Field, typed: Typed, _zone: str) -> Terms | None:
    """Rows of a quantity and a date; rows without a date are left out."""
    quantities = list(typed.get("quantity", ()))[:MOST_ROWS]
    days = list(typed.get(field.name, ()))[:MOST_ROWS]
    parts = []
    for n, day in enumerate(days):
        quantity = quantities[n].strip() if n < len(quantities) else ""
        if not day.strip():
            if quantity and n > 0:
                raise Mistyped(f"Give a date for {quantity}, or empty the row.")
            continue
        if not quantity:
            raise Mistyped("Give a quantity for each date.")
        parts.append((read_quantity(quantity), read_date(day.strip())))
    return Terms.of(parts) if parts else None


def _date(field: Field, typed: Typed, _zone: str) -> date | None:
    text = first(typed, field.name)
    return read_date(text) if text else None


def _moment(field: Field, typed: Typed, zone: str) -> datetime | None:
    text = first(typed, field.name)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Mistyped("Write day and time like 2026-12-03T14:00.") from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Mistyped(f"The year must be from {FIRST_YEAR} to {LAST_YEAR}.")
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


_Choice = TypeVar("_Choice", bound=StrEnum)


def _one_of(words: type[_Choice]) -> Callable[[Field, Typed, str], _Choice | None]:
    def read(field: Field, typed: Typed, _zone: str) -> _Choice | None:
        text = first(typed, field.name)
        try:
            return words(text) if text else None
        except ValueError:
            raise Mistyped("Choose one from the list.") from None

    return read


def _days(field: Field, typed: Typed, _zone: str) -> int | None:
    text = first(typed, field.name)
    if not text:
        return None
    try:
        days = int(text)
    except ValueError:
        raise Mistyped("Write a whole number of working days.") from None
    if abs(days) > 250:
        raise Mistyped("That are more working days than a year has.")
    return days


def _quantity(field: Field, typed: Typed, _zone: str) -> Decimal | None:
    text = first(typed, field.name)
    if field.name == "total" and text in ("0", "0.0"):
        return Decimal(0)
    return read_quantity(text) if text else None


def _words(longest: int) -> Callable[[Field, Typed, str], str | None]:
    def read(field: Field, typed: Typed, _zone: str) -> str | None:
        text = first(typed, field.name).replace("\r\n", "\n")
        if len(text) > longest:
            raise Mistyped(f"This is too long: {longest} characters at the most.")
        return text or None

    return read


def _hidden(field: Field, typed: Typed, _zone: str) -> UUID | None:
    try:
        return UUID(first(typed, field.name))
    except ValueError:
        return None


_READ: dict[Kind, Callable[[Field, Typed, str], Any]] = {
    Kind.TERMS: _terms,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.REASON: _one_of(Reason),
    Kind.NEED: _one_of(Need),
    Kind.SPOKEN: _one_of(Spoken),
    Kind.DAYS: _days,
    Kind.QUANTITY: _quantity,
    Kind.NOTE: _words(LONGEST_NOTE),
    Kind.WORD: _words(LONGEST_WORD),
    Kind.TEAM: _words(LONGEST_WORD),
    Kind.SITE: _words(LONGEST_WORD),
    Kind.HIDDEN: _hidden,
}
