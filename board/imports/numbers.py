"""How a column writes its numbers: which sign parts the decimals, which the thousands."""

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

MOST = Decimal(10) ** 12
DECIMALS = 6


class NumberFormat(StrEnum):
    """The sign before the decimals; the other one, a space or an apostrophe parts thousands."""

    POINT = "1,234.5"
    COMMA = "1.234,5"


_SIGNS = {NumberFormat.POINT: (".", ","), NumberFormat.COMMA: (",", ".")}
_GROUPS = r"\d{1,3}(?:%s\d{3})+|\d+"
_SPACES = str.maketrans("", "", "  \u202f'’")


def _pattern(written: NumberFormat) -> re.Pattern[str]:
    decimal, thousands = (re.escape(sign) for sign in _SIGNS[written])
    groups = _GROUPS % thousands
    return re.compile(rf"^([-+]?)((?:{groups})?)(?:{decimal}(\d*))?(?:[eE]([-+]?\d{{1,2}}))?(-?)$")


_PATTERNS = {written: _pattern(written) for written in NumberFormat}


@lru_cache(maxsize=65_536)
def number_of(text: str, written: NumberFormat) -> Decimal | None:
    """The number that `text` writes, without trailing zeros; None for empty. Raises ValueError.

    A minus may stand behind the number, as SAP writes it.
    """
    packed = text.translate(_SPACES).replace("−", "-")
    if not packed:
        return None
    found = _PATTERNS[written].match(packed)
    if not found or not (found[2] or found[3]):
        raise ValueError(f"“{text[:40]}” is no number, written like {written}")
    whole = re.sub(r"\D", "", found[2]) or "0"
    sign = "-" if "-" in (found[1], found[5]) else ""
    value = Decimal(f"{sign}{whole}.{found[3] or '0'}E{found[4] or '0'}")
    return in_bounds(value)


def in_bounds(value: Decimal) -> Decimal:
    """The same number without trailing zeros. Raises ValueError where no order can mean it."""
    if not value.is_finite() or abs(value) > MOST:
        raise ValueError("the number is larger than any order's")
    value = value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()
    if -int(value.as_tuple().exponent) > DECIMALS:
        raise ValueError(f"the number has more than {DECIMALS} decimals")
    return value


class NumberGuess(Struct, frozen=True):
    """How a column writes its numbers. doubt: what could be meant otherwise, or ""."""

    written: NumberFormat
    doubt: str = ""
    wrong: int = 0


def guess_numbers(values: Iterable[str]) -> NumberGuess | None:
    """The format that fits most of the values; None where hardly any is a number."""
    texts = [packed for text in values if (packed := text.translate(_SPACES))]
    fitting = {written: sum(_fits(text, written) for text in texts) for written in NumberFormat}
    most = max(fitting.values())
    if not texts or most < 0.5 * len(texts):
        return None
    wrong = len(texts) - most
    if fitting[NumberFormat.POINT] != fitting[NumberFormat.COMMA]:
        best = max(fitting, key=lambda written: fitting[written])
        return NumberGuess(best, wrong=wrong)
    return _open(texts, wrong)


_GROUPED = re.compile(r"^-?\d{1,3}([.,])\d{3}-?$")
_LARGE = re.compile(r"^-?\d{4,}-?$")


def _open(texts: list[str], wrong: int) -> NumberGuess:
    """Both fit: every sign in the column stands before just three digits, or there is none."""
    grouped = [(text, found[1]) for text in texts if (found := _GROUPED.match(text))]
    if not grouped:
        return NumberGuess(NumberFormat.POINT, wrong=wrong)
    example, sign = grouped[0]
    decimal = NumberFormat.POINT if sign == "." else NumberFormat.COMMA
    thousands = NumberFormat.COMMA if sign == "." else NumberFormat.POINT
    # A whole column with three decimals comes from a system that always writes them; and where
    # a thousand stands without a sign, the sign is not for thousands.
    if len(texts) > 1 and (len(grouped) == len(texts) or any(_LARGE.match(text) for text in texts)):
        written = decimal
    else:
        written = thousands
    return NumberGuess(
        written,
        f"“{example}” could be read in two ways: it is taken as "
        f"{number_of(example, written):,f}. Choose the other format if that is wrong.",
        wrong,
    )


def _fits(text: str, written: NumberFormat) -> bool:
    try:
        return number_of(text, written) is not None
    except ValueError:
        return False
