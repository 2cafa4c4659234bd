"""Working days of a site."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import NoWorkingDay, WorkingCalendar

days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
calendars = st.builds(
    WorkingCalendar,
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    days_off=st.frozensets(days, max_size=20),
)


@given(calendars, days, st.integers(1, 60))
def test_adding_and_counting_working_days_agree(
    calendar: WorkingCalendar, start: date, moved: int
) -> None:
    end = calendar.add(start, moved)
    assert calendar.is_working_day(end)
    assert calendar.between(start, end) == moved
    assert calendar.between(end, start) == -moved


@given(calendars, days)
def test_the_first_working_day_from_a_day_on(calendar: WorkingCalendar, day: date) -> None:
    first = calendar.on_or_after(day)
    assert calendar.is_working_day(first)
    assert calendar.between(day - timedelta(days=1), first) == 1


def test_a_weekend_and_a_holiday_are_no_working_days() -> None:
    calendar = WorkingCalendar(days_off=frozenset({date(2026, 12, 25)}))
    thursday = date(2026, 12, 24)
    assert calendar.add(thursday, 1) == date(2026, 12, 28)
    assert calendar.add(date(2026, 12, 28), -1) == thursday
    assert calendar.add(date(2026, 12, 26), 0) == date(2026, 12, 26)


def test_a_calendar_without_a_working_day_says_so() -> None:
    never = WorkingCalendar(weekdays=frozenset())
    with pytest.raises(NoWorkingDay):
        never.add(date(2026, 12, 1), 1)
    with pytest.raises(NoWorkingDay):
        never.on_or_after(date(2026, 12, 1))
