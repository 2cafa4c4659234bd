"""The working days of a site."""

from collections.abc import Iterator
from datetime import date, timedelta

from msgspec import Struct

_DAY = timedelta(days=1)
# A calendar without a working day in this many days is a mistake, not a long holiday.
_HORIZON = 400


class NoWorkingDay(Exception):
    """The calendar has no working day within reach."""


class WorkingCalendar(Struct, frozen=True):
    """Weekdays on which a site works (Monday is 0), less single days off."""

    weekdays: frozenset[int] = frozenset(range(5))
    days_off: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Whether the site works on `day`."""
        return day.weekday() in self.weekdays and day not in self.days_off

    def on_or_after(self, day: date) -> date:
        """The first working day not before `day`. Raises NoWorkingDay."""
        for n in range(_HORIZON):
            if self.is_working_day(day + n * _DAY):
                return day + n * _DAY
        raise NoWorkingDay(f"no working day within {_HORIZON} days from {day}")

    def add(self, day: date, working_days: int) -> date:
        """`day` moved by so many working days, backwards where negative. Raises NoWorkingDay.

        Zero moves nothing, also where `day` is no working day.
        """
        step = _DAY if working_days >= 0 else -_DAY
        left, idle = abs(working_days), 0
        while left:
            day += step
            if self.is_working_day(day):
                left, idle = left - 1, 0
            elif (idle := idle + 1) > _HORIZON:
                raise NoWorkingDay(f"no working day within {_HORIZON} days of {day}")
        return day

    def between(self, start: date, end: date) -> int:
        """Signed working days bd(start, end): those after the earlier, up to the later day."""
        if end < start:
            return -self.between(end, start)
        return sum(1 for day in _days_after(start, end) if self.is_working_day(day))


def _days_after(start: date, end: date) -> Iterator[date]:
    day = start
    while day < end:
        day += _DAY
        yield day
