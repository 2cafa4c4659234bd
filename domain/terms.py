"""Terms: the quantities and dates that are asked, offered or agreed."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Self

from msgspec import Struct


class Instalment(Struct, frozen=True, order=True):
    """A quantity (in the line's unit, above zero) on a plain date of the site."""

    date: date
    quantity: Decimal


class Terms(Struct, frozen=True):
    """One or more instalments, earliest first, one a date."""

    instalments: tuple[Instalment, ...]

    @classmethod
    def of(cls, instalments: Iterable[tuple[Decimal | int, date]]) -> Self:
        """Terms out of (quantity, date) pairs in any order; pairs of one date are added up.

        Raises ValueError where nothing is given or a quantity is not above zero.
        """
        by_date: dict[date, Decimal] = {}
        for quantity, day in instalments:
            exact = Decimal(quantity)
            if not exact.is_finite() or exact <= 0:
                raise ValueError("every instalment needs a quantity above zero")
            by_date[day] = by_date.get(day, Decimal(0)) + exact
        if not by_date:
            raise ValueError("terms need at least one quantity with a date")
        return cls(tuple(Instalment(day, by_date[day]) for day in sorted(by_date)))

    @classmethod
    def single(cls, quantity: Decimal | int, day: date) -> Self:
        """Everything on one date."""
        return cls.of([(quantity, day)])

    @property
    def quantity(self) -> Decimal:
        """All instalments together, in the line's unit."""
        return sum((i.quantity for i in self.instalments), Decimal(0))

    @property
    def first_date(self) -> date:
        """The day of the earliest instalment."""
        return self.instalments[0].date

    @property
    def last_date(self) -> date:
        """The completion date: the day of the last instalment."""
        return self.instalments[-1].date

    def less(self, delivered: Decimal) -> "Terms | None":
        """What remains when `delivered` comes off the earliest instalments; None for nothing.

        A negative amount (goods that turned out short) is owed with the earliest instalment.
        """
        remaining = []
        for instalment in self.instalments:
            taken = min(instalment.quantity, delivered)
            delivered -= taken
            if instalment.quantity > taken:
                remaining.append(Instalment(instalment.date, instalment.quantity - taken))
        return Terms(tuple(remaining)) if remaining else None

    def resized(self, quantity: Decimal) -> "Terms":
        """A single instalment on the same date with another quantity."""
        return Terms.single(quantity, self.last_date)

    def promised_by(self, day: date) -> Decimal:
        """How much is due up to and including `day`, in the line's unit."""
        return sum((i.quantity for i in self.instalments if i.date <= day), Decimal(0))
