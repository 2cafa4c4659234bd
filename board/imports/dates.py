"""How a column writes its days: found out from all its values, and read so."""

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

EARLIEST, LATEST = 1970, 2200
_SERIAL_ZERO = date(1899, 12, 30)
#: What systems write into a day that is not there.
_NO_DAY = frozenset(
    {
        "0", "00000000", "00.00.0000", "0000-00-00", "00/00/0000", "-", "--", "/", "n/a", "#n/a",
        "na", "null", "none", "nan", "(blank)", "tbd", "tba", "offen", "01.01.1753", "1753-01-01",
        "01.01.0001", "0001-01-01", "1900-01-00",
    }
)  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar jän jänner janv janvier", "feb february februar fév février févr",
            "mar march mär märz mrz mars", "apr april avr avril", "may mai", "jun june juni juin",
            "jul july juli juil juillet", "aug august août", "sep sept september septembre",
            "oct october okt oktober octobre", "nov november novembre",
            "dec december dez dezember déc décembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip


class DateFormat(StrEnum):
    """The order in which a day is written; the separators don't matter."""

    ISO = "year-month-day"
    DAY_FIRST = "day/month/year"
    MONTH_FIRST = "month/day/year"
    COMPACT = "yyyymmdd"
    COMPACT_DAY_FIRST = "ddmmyyyy"
    NAMED = "day with the month's name"
    SERIAL = "Excel's day number"


# A time of day behind the day is no part of what is promised.
_TIME = (
    r"(?:[T ]+\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*"
    r"(?:Z|UTC|[+-]\d\d:?\d\d)?)?$"
)
_WEEKDAY = r"^(?:[^\W\d_]{2,10}[.,]?\s+)?"
_ISO = re.compile(r"^(\d{4})[-./](\d{1,2})[-./](\d{1,2})" + _TIME)
_THREE = re.compile(_WEEKDAY + r"(\d{1,2})[-./ ](\d{1,2})[-./ ](\d{4}|\d{2})" + _TIME)
_EIGHT = re.compile(r"^(\d{8})(?:\.0|" + _TIME[:-1] + ")$")
_DAY_NAME = re.compile(
    _WEEKDAY + r"(\d{1,2})(?:\.|st|nd|rd|th)?[-/ ]*([^\W\d_]{3,9})\.?[-/, ]*(\d{4}|\d{2})" + _TIME
)
_NAME_DAY = re.compile(
    r"^(?:[^\W\d_]{2,10}[.,]\s+)?([^\W\d_]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})" + _TIME
)
_SERIAL = re.compile(r"^(\d{5})(?:[.,]\d+)?$")


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else 2000 + year if year < 70 else 1900 + year


def _iso(text: str) -> tuple[int, int, int] | None:
    found = _ISO.match(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _day_first(text: str) -> tuple[int, int, int] | None:
    found = _THREE.match(text)
    return (_year(found[3]), int(found[2]), int(found[1])) if found else None


def _month_first(text: str) -> tuple[int, int, int] | None:
    found = _THREE.match(text)
    return (_year(found[3]), int(found[1]), int(found[2])) if found else None


def _compact(text: str) -> tuple[int, int, int] | None:
    found = _EIGHT.match(text)
    return (int(found[1][:4]), int(found[1][4:6]), int(found[1][6:])) if found else None


def _compact_day_first(text: str) -> tuple[int, int, int] | None:
    found = _EIGHT.match(text)
    return (int(found[1][4:]), int(found[1][2:4]), int(found[1][:2])) if found else None


def _named(text: str) -> tuple[int, int, int] | None:
    if found := _DAY_NAME.match(text):
        day, month, year = found[1], found[2], found[3]
    elif found := _NAME_DAY.match(text):
        month, day, year = found[1], found[2], found[3]
    else:
        return None
    number = _MONTHS.get(month.casefold())
    return (_year(year), number, int(day)) if number else None


def _serial(text: str) -> tuple[int, int, int] | None:
    found = _SERIAL.match(text)
    if not found:
        return None
    day = _SERIAL_ZERO + timedelta(days=int(found[1]))
    return day.year, day.month, day.day


_READ: dict[DateFormat, Callable[[str], tuple[int, int, int] | None]] = {
    DateFormat.ISO: _iso,
    DateFormat.DAY_FIRST: _day_first,
    DateFormat.MONTH_FIRST: _month_first,
    DateFormat.COMPACT: _compact,
    DateFormat.COMPACT_DAY_FIRST: _compact_day_first,
    DateFormat.NAMED: _named,
    DateFormat.SERIAL: _serial,
}


def is_no_day(text: str) -> bool:
    """Whether this stands for a day that is not known."""
    return not text or text.casefold() in _NO_DAY


@lru_cache(maxsize=65_536)
def day_of(text: str, written: DateFormat) -> date | None:
    """The day that `text` writes; None where it stands for no day. Raises ValueError."""
    if is_no_day(text):
        return None
    parts = _READ[written](text)
    try:
        day = date(*parts) if parts else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError(f"“{text[:40]}” is no date, written {written}")
    if not EARLIEST <= day.year <= LATEST:
        raise ValueError(f"the year of “{text[:40]}” can't be right")
    return day


class DateGuess(Struct, frozen=True):
    """How a column writes its days. doubt: what could be meant otherwise, in a sentence, or ""."""

    written: DateFormat
    doubt: str = ""
    wrong: int = 0


def guess_dates(values: Iterable[str], like: DateFormat | None = None) -> DateGuess | None:
    """The format that fits most of the values; None where hardly any is a day.

    like: how other columns of the file put day and month, for when this one leaves it open.
    """
    texts = [text for text in values if not is_no_day(text)]
    fitting = {written: sum(_fits(text, written) for text in texts) for written in DateFormat}
    most = max(fitting.values(), default=0)
    if not texts or most < 0.5 * len(texts):
        return None
    best = [written for written in DateFormat if fitting[written] == most]
    wrong = len(texts) - most
    if best[:2] != [DateFormat.DAY_FIRST, DateFormat.MONTH_FIRST]:
        return DateGuess(best[0], wrong=wrong)
    if like in best:
        return DateGuess(like, wrong=wrong)
    example = next(t for t in texts if _fits(t, DateFormat.DAY_FIRST))
    if all(_day_is_month(text) for text in texts):
        return DateGuess(DateFormat.DAY_FIRST, wrong=wrong)
    if _DOTTED.match(example):
        return DateGuess(DateFormat.DAY_FIRST, wrong=wrong)  # nobody writes the month first so
    taken = day_of(example, DateFormat.DAY_FIRST)
    return DateGuess(
        DateFormat.DAY_FIRST,
        f"It can't be told whether the day or the month comes first: “{example}” is read as "
        f"{taken:%-d %B %Y}. Choose the other format if that is wrong.",
        wrong,
    )


_DOTTED = re.compile(r"^\d{1,2}\.\d{1,2}\.")


def _fits(text: str, written: DateFormat) -> bool:
    try:
        return day_of(text, written) is not None
    except ValueError:
        return False


def _day_is_month(text: str) -> bool:
    return _day_first(text) == _month_first(text)
