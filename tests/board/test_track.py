"""The date track: where days lie on the axis, and what it says to those who don't see it."""

from datetime import date, timedelta

import pytest

from board.track import Axis, track
from domain.calendar import WorkingCalendar
from domain.events import CounterAccepted, CustomerTold, ProgressReported, RevisionAccepted
from domain.line import Line
from domain.reasons import Reason
from tests.facts import (
    DEC_1,
    DEC_3,
    DEC_10,
    DEC_17,
    JAN_8,
    NOV_23,
    REP,
    date_committed,
    date_countered,
    date_requested,
    line_entered,
    quantity_delivered,
    revision_proposed,
    terms,
)
from tests.story import Story, given

FIVE_DAYS = WorkingCalendar()
SIX_DAYS = WorkingCalendar(weekdays=frozenset(range(6)))
AXIS = Axis.board(NOV_23, FIVE_DAYS)


def _line(story: Story) -> Line:
    assert story.line is not None
    return story.line


def _kinds(story: Story, today: date = NOV_23) -> list[tuple[str, date]]:
    return [(m.kind, m.day) for m in track(_line(story), today, FIVE_DAYS, AXIS).marks]


def test_the_axis_begins_a_week_before_this_one() -> None:
    assert AXIS.start == date(2026, 11, 16)
    assert AXIS.mondays[1] == NOV_23
    assert AXIS.end == date(2027, 1, 11)


def test_a_week_has_the_same_width_everywhere_and_days_lie_in_its_middle() -> None:
    week = 100 / 8
    assert AXIS.x(NOV_23) == pytest.approx(week + week / 10, abs=0.01)
    assert AXIS.x(NOV_23 + timedelta(days=7)) - AXIS.x(NOV_23) == pytest.approx(week, abs=0.01)
    six = Axis.board(NOV_23, SIX_DAYS)
    saturday = date(2026, 11, 28)
    assert six.x(saturday) < six.x(date(2026, 11, 30))
    assert six.x(saturday) == pytest.approx(week * 2 - week / 12, abs=0.01)


def test_days_follow_each_other_from_left_to_right() -> None:
    days = [AXIS.start + timedelta(days=n) for n in range(56)]
    places = [AXIS.x(day) for day in days]
    assert places == sorted(places)
    assert places[0] > 0
    assert places[-1] <= 100


def test_a_day_off_the_axis_lies_at_its_end_and_says_so() -> None:
    far = track(_line(given(date_requested(JAN_8 + timedelta(days=90)))), NOV_23, FIVE_DAYS, AXIS)
    assert [(m.x, m.side) for m in far.marks if m.kind == "ask"] == [(100.0, 1)]
    past = track(_line(given(date_requested(DEC_3))), JAN_8 + timedelta(days=30), FIVE_DAYS,
                 Axis.board(JAN_8 + timedelta(days=30), FIVE_DAYS))  # fmt: skip
    assert [(m.x, m.side) for m in past.marks if m.kind == "ask"] == [(0.0, -1)]


def test_two_dates_with_the_gap_between_them() -> None:
    drawn = track(_line(given(date_requested(DEC_3), date_countered(DEC_10))), NOV_23, FIVE_DAYS,
                  AXIS)  # fmt: skip
    assert [m.kind for m in drawn.marks] == ["ask", "offer"]
    assert [(s.kind, s.words) for s in drawn.spans] == [("gap", "+5 days")]
    assert drawn.sentence == "Asked Thu 3 Dec, offered Thu 10 Dec, 5 working days apart"


def test_two_dates_become_one() -> None:
    story = given(date_requested(DEC_3), date_countered(DEC_10), CounterAccepted(version=1))
    assert _kinds(story) == [("agreed", DEC_10)]


def test_an_offer_earlier_than_asked_says_so_too() -> None:
    drawn = track(_line(given(date_requested(DEC_10), date_countered(DEC_3))), NOV_23, FIVE_DAYS)
    assert drawn.spans[0].words == "−5 days"


def test_days_in_hand_are_a_tail_and_are_said() -> None:
    drawn = track(_line(given(date_requested(DEC_3), date_committed(DEC_3, buffer=2))), NOV_23,
                  FIVE_DAYS, AXIS)  # fmt: skip
    buffer = next(s for s in drawn.spans if s.kind == "buffer")
    assert buffer.x2 == AXIS.x(DEC_3)
    assert buffer.x1 == AXIS.x(DEC_1)
    assert "2 working days of it in hand" in drawn.sentence


def test_instalments_each_have_a_mark_and_the_last_one_is_the_main_one() -> None:
    parts = terms((60, DEC_3), (40, DEC_17))
    drawn = track(_line(given(date_requested(parts), date_committed(parts))), NOV_23, FIVE_DAYS)
    assert [(m.day, m.main) for m in drawn.marks] == [(DEC_3, False), (DEC_17, True)]


def test_a_proposal_stands_beside_what_stays_in_force() -> None:
    by_sales = given(
        date_requested(DEC_10), date_committed(DEC_10), (REP, revision_proposed(DEC_3))
    )
    assert _kinds(by_sales) == [("agreed", DEC_10), ("ask", DEC_3)]
    by_production = given(date_requested(DEC_3), date_committed(DEC_3), revision_proposed(DEC_10))
    assert _kinds(by_production) == [("agreed", DEC_3), ("offer", DEC_10)]


def test_a_flag_before_the_mark_is_told_early() -> None:
    early = given(
        date_requested(DEC_10), date_committed(DEC_10), CustomerTold(day=DEC_3, agreed=DEC_10)
    )
    assert ("told-early", DEC_3) in _kinds(early)
    good = given(
        date_requested(DEC_3), date_committed(DEC_3), CustomerTold(day=DEC_3, agreed=DEC_3)
    )
    assert ("told", DEC_3) in _kinds(good)


def test_at_risk_shows_the_day_now_expected() -> None:
    story = given(
        date_requested(DEC_3), date_committed(DEC_3),
        ProgressReported(expected=DEC_10, reason=Reason.QUALITY),
    )  # fmt: skip
    drawn = track(_line(story), NOV_23, FIVE_DAYS, AXIS)
    assert ("expect", DEC_10) in [(m.kind, m.day) for m in drawn.marks]
    assert "risk" in [s.kind for s in drawn.spans]
    assert "now expected Thu 10 Dec, 5 working days later" in drawn.sentence


def test_past_the_date_the_distance_shows() -> None:
    story = given(date_requested(DEC_3), date_committed(DEC_3))
    drawn = track(_line(story), DEC_10, FIVE_DAYS)
    assert [(s.kind, s.words) for s in drawn.spans] == [("overdue", "+5")]
    assert "5 working days over" in drawn.sentence


def test_delivered_is_a_tick_and_late_is_the_distance() -> None:
    on_time = given(date_requested(DEC_3), date_committed(DEC_3), quantity_delivered(100, DEC_3))
    assert _kinds(on_time) == [("kept", DEC_3)]
    late = given(date_requested(DEC_1), date_committed(DEC_1), quantity_delivered(100, DEC_3))
    drawn = track(_line(late), DEC_3, FIVE_DAYS)
    assert [m.kind for m in drawn.marks] == ["was", "late"]
    assert [(s.kind, s.words) for s in drawn.spans] == [("overdue", "+2")]


def test_a_moved_date_keeps_its_first_one_in_sight() -> None:
    story = given(
        date_requested(DEC_3), date_committed(DEC_3), revision_proposed(DEC_10),
        (REP, RevisionAccepted(version=2)),
    )  # fmt: skip
    assert _kinds(story) == [("was", DEC_3), ("agreed", DEC_10)]


def test_the_sites_days_off_are_shaded_as_one_stretch() -> None:
    shut = WorkingCalendar(days_off=frozenset(date(2026, 12, 21) + timedelta(days=n)
                                              for n in range(5)))  # fmt: skip
    drawn = track(_line(given(date_requested(DEC_3))), NOV_23, shut, Axis.board(NOV_23, shut))
    assert [(round(s.x1, 1), round(s.x2, 1)) for s in drawn.off] == [(62.5, 75.0)]


def test_a_new_line_says_what_the_customer_wants_and_a_bare_one_that_nothing_is_known() -> None:
    assert track(_line(given()), NOV_23, FIVE_DAYS).sentence == "Wanted Thu 3 Dec"
    bare = given(line_entered(wanted=None))
    assert track(_line(bare), NOV_23, FIVE_DAYS).sentence == "No date yet"
