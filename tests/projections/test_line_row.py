"""What a screen asks of a row, told as stories."""

from decimal import Decimal

from domain import moves
from domain.calendar import WorkingCalendar
from domain.events import ConditionMet, CustomerTold, LineCancelled, ProgressReported, Spoken
from domain.line import Ball
from domain.reasons import Reason
from domain.terms import Terms
from projections.line_row import Changed, LineRow, Mark, Promise
from tests.facts import (
    DEC_1,
    DEC_3,
    DEC_4,
    DEC_10,
    DEC_17,
    ERP,
    PLANNER,
    REP,
    START,
    date_committed,
    date_countered,
    date_requested,
    line_entered,
    product_changed,
    quantity_changed,
    quantity_delivered,
    revision_proposed,
    terms,
)
from tests.story import Said, Story, given


def row(*facts: Said) -> LineRow:
    """The row after these facts."""
    return row_of(given(*facts))


def row_of(story: Story) -> LineRow:
    assert story.line is not None
    changed = Changed.after(None, story.events[-1])
    return LineRow(story.line, len(story.events), changed)


def test_two_dates_become_one() -> None:
    asked = row(date_requested(DEC_3))
    assert (asked.asked, asked.offered, asked.agreed) == (DEC_3, None, None)
    offered = row(date_requested(DEC_3), date_countered(DEC_10, buffer=2))
    assert (offered.asked, offered.offered, offered.agreed) == (DEC_3, DEC_10, None)
    assert offered.buffer == 2
    agreed = row_of(
        given(date_requested(DEC_3), date_countered(DEC_10, buffer=2)).when(
            moves.accept_counter, by=REP
        )
    )
    assert (agreed.asked, agreed.offered, agreed.agreed) == (None, None, DEC_10)
    assert (agreed.first_agreed, agreed.buffer) == (DEC_10, 2)


def test_a_proposal_stands_beside_what_is_in_force_on_its_own_side() -> None:
    ours = row(date_requested(), date_committed(), (REP, revision_proposed(DEC_1)))
    assert (ours.agreed, ours.proposed, ours.asked, ours.offered) == (DEC_3, DEC_1, DEC_1, None)
    theirs = row(date_requested(), date_committed(), (PLANNER, revision_proposed(DEC_10)))
    assert (theirs.agreed, theirs.asked, theirs.offered) == (DEC_3, None, DEC_10)


def test_the_first_date_of_a_promise_stays_beside_the_current_one() -> None:
    story = given(date_requested(), date_committed(), revision_proposed(DEC_10))
    moved = row_of(story.when(moves.accept_revision, by=REP))
    assert (moved.first_agreed, moved.agreed) == (DEC_3, DEC_10)


def test_a_conditional_date_says_until_when() -> None:
    conditional = row(date_requested(), date_committed(ordered_by=START))
    assert conditional.conditional_until == START == conditional.expires_at
    met = row(date_requested(), date_committed(ordered_by=START), ConditionMet())
    assert met.conditional_until is None


def test_at_risk_shows_the_day_now_expected() -> None:
    at_risk = row(date_requested(), date_committed(), ProgressReported(expected=DEC_10))
    assert (at_risk.at_risk, at_risk.expected) == (True, DEC_10)
    on_track = row(date_requested(), date_committed(), ProgressReported())
    assert (on_track.at_risk, on_track.expected) == (False, None)


def test_told_before_anything_was_agreed_is_told_early() -> None:
    assert row(CustomerTold(day=DEC_3)).marks == (Mark.TOLD_EARLY,)
    assert row(date_requested(), date_committed(), CustomerTold(day=DEC_1, agreed=DEC_3)).told_early
    as_agreed = row(date_requested(), date_committed(), CustomerTold(day=DEC_3, agreed=DEC_3))
    assert (as_agreed.told, as_agreed.told_early) == (DEC_3, False)


def test_a_later_agreement_leaves_the_customer_to_be_told() -> None:
    story = given(date_requested(), date_committed())
    story = story.when(moves.tell_customer, DEC_3, by=REP, calendar=WorkingCalendar())
    story = story.and_then(revision_proposed(DEC_10)).when(moves.accept_revision, by=REP)
    assert row_of(story).customer_not_yet_told
    story = story.when(moves.tell_customer, DEC_10, by=REP, calendar=WorkingCalendar())
    assert not row_of(story).customer_not_yet_told


def test_the_order_system_differs_only_from_what_is_agreed() -> None:
    entered = line_entered(erp_date=DEC_10)
    assert not row(entered, date_requested()).erp_differs
    assert row(entered, date_requested(), date_committed(DEC_3)).erp_differs
    assert not row(entered, date_requested(DEC_10), date_committed(DEC_10)).erp_differs


def test_what_no_longer_fits_shows() -> None:
    assert row(date_requested(), date_committed(), quantity_changed(120)).misfit
    assert row(date_requested(), date_committed(), product_changed("Ring")).misfit
    assert row(date_requested(), date_countered(), quantity_changed(120)).misfit
    assert not row(date_requested(), quantity_changed(120)).misfit
    assert not row(date_requested(), date_committed()).misfit


def test_what_was_agreed_aloud_waits_for_the_other_side() -> None:
    assert row(date_requested(spoken=Spoken.PHONE)).spoken
    assert not row(date_requested(spoken=Spoken.PHONE), date_committed()).spoken


def test_from_the_second_counter_on_people_should_talk() -> None:
    once = [date_requested(), date_countered()]
    assert not row(*once).needs_talk
    assert row(*once, date_requested(DEC_4), date_countered(DEC_17)).needs_talk


def test_a_promise_is_kept_when_every_instalment_came_in_time() -> None:
    promised = [date_requested(_parts()), date_committed(_parts())]
    assert row(*promised).outcome(DEC_3) is None
    on_time = [quantity_delivered(40, DEC_3), quantity_delivered(100, DEC_10)]
    assert row(*promised, *on_time).outcome(DEC_17) is Promise.KEPT
    early = quantity_delivered(100, DEC_1)
    assert row(*promised, early).outcome(DEC_1) is Promise.KEPT


def test_one_late_instalment_of_two_is_late() -> None:
    promised = [date_requested(_parts()), date_committed(_parts())]
    late = [quantity_delivered(40, DEC_4), quantity_delivered(100, DEC_10)]
    assert row(*promised, *late).outcome(DEC_17) is Promise.LATE


def test_what_is_due_and_not_there_is_overdue_and_what_is_partly_there_is_short() -> None:
    promised = [date_requested(_parts()), date_committed(_parts())]
    assert row(*promised).outcome(DEC_4) is Promise.OVERDUE
    assert row(*promised).overdue(DEC_4)
    assert not row(*promised).overdue(DEC_3)
    part = [*promised, quantity_delivered(40, DEC_3)]
    assert row(*part).outcome(DEC_10) is None
    assert row(*part).outcome(DEC_17) is Promise.SHORT


def test_goods_short_after_a_dispute_are_short() -> None:
    story = given(date_requested(), date_committed(), quantity_delivered(100, DEC_1))
    named = {"reason": Reason.QUALITY, "short": Decimal(10)}
    story = story.when(moves.dispute_delivery, by=REP, **named)
    assert row_of(story).outcome(DEC_4) is Promise.SHORT


def test_a_quantity_that_the_customer_took_off_is_not_missing() -> None:
    facts: list[Said] = [date_requested(), date_committed(), (ERP, quantity_changed(80))]
    assert row(*facts, quantity_delivered(80, DEC_3)).outcome(DEC_4) is Promise.KEPT


def test_without_a_promise_there_is_nothing_to_keep() -> None:
    assert row(quantity_delivered(100)).outcome(DEC_4) is None
    assert row(LineCancelled()).outcome(DEC_4) is None


def test_the_day_of_a_line_is_its_next_one() -> None:
    assert row().day == DEC_3
    assert row(date_requested(DEC_10)).day == DEC_10
    parts = [date_requested(_parts()), date_committed(_parts())]
    assert row(*parts).day == DEC_3
    assert row(*parts, quantity_delivered(40, DEC_1)).day == DEC_10
    assert row(*parts, quantity_delivered(100, DEC_1)).day == DEC_1
    assert row(*parts).week == (2026, 49)


def test_the_ball_is_the_promisers_once_a_date_has_passed() -> None:
    promised = row(date_requested(), date_committed())
    assert promised.ball(DEC_3) is Ball.NOBODY
    assert promised.ball(DEC_4) is Ball.PROMISER


def _parts() -> Terms:
    return terms((40, DEC_3), (60, DEC_10))
