"""What must be refused, and what the refusal says to do instead."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from domain import moves
from domain.events import DateCommitted, LineChanges, Need, OrderNumberGiven, TeamAssigned, Text
from domain.line import State
from domain.people import Person, Side
from domain.reasons import Reason
from domain.refusals import Refused, Wrong
from domain.terms import Terms
from tests.domain.stories_by_state import STORIES
from tests.facts import (
    BUYER,
    CLOCK,
    DEC_3,
    DEC_10,
    ERP,
    NOV_23,
    OTHER_REP,
    PLANNER,
    REP,
    SHIFT_LEAD,
    SOUTH_PLANNER,
    START,
    VIEWER,
    all_on,
    date_committed,
    date_countered,
    date_requested,
    details,
    line_entered,
    product_changed,
    quantity_changed,
    quantity_delivered,
    revision_proposed,
    terms,
)
from tests.story import given

YESTERDAY = NOV_23 - timedelta(days=1)
UNTIL = START + timedelta(days=2)
_TEXT = Text(UUID(int=7), "digest")

# wrong side ---------------------------------------------------------------------------------------


def test_sales_does_not_commit() -> None:
    given(date_requested()).when(moves.commit_date, all_on(DEC_3), by=REP).refused(
        "Request the date you need instead", Wrong.SIDE
    )


def test_the_promiser_does_not_accept_its_own_counter() -> None:
    given(date_requested(), date_countered()).when(moves.accept_counter, by=PLANNER).refused(
        "for sales to say", Wrong.SIDE
    )


def test_nobody_accepts_a_proposal_of_their_own_side() -> None:
    by_production = given(date_requested(), date_committed(), revision_proposed())
    by_production.when(moves.accept_revision, by=PLANNER).refused(
        "the other side answers it", Wrong.SIDE
    )
    by_sales = given(date_requested(), date_committed(), (REP, revision_proposed()))
    by_sales.when(moves.accept_revision, by=OTHER_REP).refused(
        "the other side answers it", Wrong.SIDE
    )


@pytest.mark.parametrize("machine", [CLOCK, ERP], ids=["the clock", "the order system"])
def test_a_machine_commits_to_nothing(machine: Person) -> None:
    given(date_requested()).when(moves.commit_date, all_on(DEC_3), by=machine).refused(
        "agreed by people", Wrong.SIDE
    )
    given(date_requested(), date_countered()).when(moves.accept_counter, by=machine).refused(
        "agreed by people", Wrong.SIDE
    )


def test_another_team_does_not_answer() -> None:
    given(date_requested()).when(moves.commit_date, all_on(DEC_3), by=BUYER).refused(
        "production answers for this line", Wrong.SIDE
    )


def test_another_site_does_not_speak() -> None:
    given(date_requested()).when(moves.commit_date, all_on(DEC_3), by=SOUTH_PLANNER).refused(
        "a site that you don't work with", Wrong.SIDE
    )


def test_a_viewer_and_a_shift_lead_make_no_promises() -> None:
    given(date_requested()).when(moves.commit_date, all_on(DEC_3), by=VIEWER).refused(
        "add notes", Wrong.SIDE
    )
    given(date_requested()).when(moves.commit_date, all_on(DEC_3), by=SHIFT_LEAD).refused(
        "Ask the planner", Wrong.SIDE
    )


def test_only_sales_and_the_order_system_enter_lines() -> None:
    with pytest.raises(Refused, match="Sales or the order system"):
        moves.enter_line(None, details(), by=PLANNER)
    with pytest.raises(Refused, match="a site that you don't work with"):
        moves.enter_line(None, details(site="sued"), by=REP)
    assert moves.enter_line(None, details(), by=REP) == (line_entered(),)


# wrong time ---------------------------------------------------------------------------------------


def test_a_persons_terms_never_begin_before_today() -> None:
    for story, move, by, rest in (
        (given(), moves.request_date, REP, {}),
        (
            given(date_requested()),
            moves.counter_date,
            PLANNER,
            {"reason": Reason.OTHER, "valid_until": UNTIL},
        ),
        (
            given(date_requested(), date_committed()),
            moves.propose_revision,
            PLANNER,
            {"reason": Reason.OTHER},
        ),
    ):
        story.when(move, all_on(YESTERDAY), by=by, **rest).refused(
            "Choose today or a later day", Wrong.TIME
        )


def test_a_request_of_a_day_that_passed_meanwhile_is_not_committed_to() -> None:
    given(date_requested(NOV_23)).later(days=1).when(
        moves.commit_date, all_on(NOV_23), by=PLANNER
    ).refused("has passed", Wrong.TIME)


def test_nobody_accepts_a_day_that_passed_meanwhile() -> None:
    until = START + timedelta(days=30)
    given(date_requested(), date_countered(NOV_23, valid_until=until)).later(days=1).when(
        moves.accept_counter, by=REP
    ).refused("Put a later date forward", Wrong.TIME)
    given(date_requested(), date_committed(), revision_proposed(NOV_23)).later(days=1).when(
        moves.accept_revision, by=REP
    ).refused("Put a later date forward", Wrong.TIME)


def test_nobody_accepts_an_offer_whose_order_comes_too_late() -> None:
    offered = given(
        date_requested(),
        date_countered(valid_until=UNTIL, ordered_by=START + timedelta(hours=1)),
    )
    offered.later(hours=2).when(moves.accept_counter, by=REP).refused(
        "came too late for this offer", Wrong.TIME
    )
    offered.when(moves.accept_counter, by=REP).then(state=State.COMMITTED)


def test_no_answer_after_valid_until() -> None:
    given(date_requested(), date_countered(valid_until=UNTIL)).until(
        UNTIL + timedelta(microseconds=1)
    ).when(moves.accept_counter, by=REP).refused("Ask again with these terms", Wrong.TIME)


def test_nobody_confirms_what_was_not_delivered() -> None:
    for facts in ((), (date_requested(),), (date_requested(), date_committed())):
        given(*facts).when(moves.confirm_delivery, by=REP).refused("nothing to confirm yet")
    given(date_requested(), date_committed(), quantity_delivered(40)).when(
        moves.confirm_delivery, by=REP
    ).refused("Not everything is delivered")


@pytest.mark.parametrize("state", [State.CLOSED, State.RELEASED, State.CANCELLED])
def test_after_the_end_only_a_note_is_possible(state: State) -> None:
    story = STORIES[state]
    story.when(moves.request_date, all_on(DEC_3), by=REP).refused("A note is still possible")
    story.when(moves.tell_customer, DEC_3, by=REP, calendar=None).refused("A note is still")
    story.when(moves.deliver_quantity, by=PLANNER, on=NOV_23, quantity=Decimal(1)).refused(
        "A note is still possible"
    )
    story.when(moves.add_note, _TEXT, by=VIEWER).then(state=state)


@pytest.mark.parametrize("state", [State.CLOSED, State.RELEASED, State.CANCELLED])
def test_facts_of_the_order_system_are_recorded_after_the_end_too(state: State) -> None:
    STORIES[state].when(
        moves.deliver_quantity, by=ERP, on=YESTERDAY, total=Decimal(110), source="erp"
    ).then(state=state, delivered=110)


def test_a_delivery_is_not_reported_before_its_day() -> None:
    given(date_requested(), date_committed()).when(
        moves.deliver_quantity, by=PLANNER, on=DEC_10, quantity=Decimal(1)
    ).refused("not before", Wrong.TIME)


# wrong verb ---------------------------------------------------------------------------------------


def test_nothing_is_declined_after_a_commitment() -> None:
    given(date_requested(), date_committed()).when(
        moves.decline_request, by=PLANNER, reason=Reason.OTHER
    ).refused("propose a change of it, or say that it cannot be kept", Wrong.VERB)


def test_nothing_is_withdrawn_after_a_commitment() -> None:
    given(date_requested(), date_committed()).when(
        moves.withdraw_request, by=REP, reason=Reason.OTHER
    ).refused("release the commitment", Wrong.VERB)


def test_a_promise_is_not_quietly_moved() -> None:
    given(date_requested(DEC_3), date_committed(DEC_3)).when(
        moves.commit_date, all_on(DEC_10), by=PLANNER
    ).refused("propose a change", Wrong.VERB)


def test_other_terms_than_asked_for_are_a_counter() -> None:
    given(date_requested(DEC_3)).when(moves.commit_date, all_on(DEC_10), by=PLANNER).refused(
        "Offer them as a counter", Wrong.VERB
    )


def test_nothing_is_kept_that_was_never_agreed() -> None:
    given(date_requested()).when(moves.renege_commitment, by=PLANNER, reason=Reason.OTHER).refused(
        "decline the request or offer another date"
    )
    given(date_requested()).when(moves.release_commitment, by=REP, reason=Reason.OTHER).refused(
        "withdraw the request"
    )


def test_a_change_to_the_same_terms_is_none() -> None:
    given(date_requested(DEC_3), date_committed(DEC_3)).when(
        moves.propose_revision, all_on(DEC_3), by=PLANNER, reason=Reason.OTHER
    ).refused("agreed already", Wrong.INPUT)


def test_an_order_number_is_given_once() -> None:
    given().when(
        moves.give_order_number, by=REP, source="erp", order_number="1", line_number="1"
    ).refused("belongs to order 41207 already", Wrong.VERB)
    enquiry = given(line_entered(order_number="", line_number=""))
    enquiry.when(
        moves.give_order_number, by=REP, source="erp", order_number=" ", line_number="1"
    ).refused("Give the order's number", Wrong.INPUT)
    enquiry.when(
        moves.give_order_number, by=ERP, source="erp", order_number="9", line_number="1"
    ).then(OrderNumberGiven(source="erp", order_number="9", line_number="1"))


def test_a_line_is_entered_once() -> None:
    with pytest.raises(Refused, match="Open it instead"):
        moves.enter_line(given().line, details(), by=ERP)


# wrong quantity -----------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", [99, 101])
def test_terms_add_up_to_what_is_open(quantity: int) -> None:
    given().when(moves.request_date, all_on(DEC_3, quantity), by=REP).refused(
        f"100 pcs are still open, these dates are for {quantity}", Wrong.QUANTITY
    )
    given(quantity_delivered(40)).when(moves.request_date, all_on(DEC_3), by=REP).refused(
        "60 pcs are still open", Wrong.QUANTITY
    )


def test_a_person_reports_no_more_than_is_open() -> None:
    given(date_requested(), quantity_delivered(40)).when(
        moves.deliver_quantity, by=SHIFT_LEAD, on=NOV_23, quantity=Decimal(61)
    ).refused("Report 60 at the most", Wrong.QUANTITY)


def test_nobody_reports_nothing() -> None:
    given(date_requested()).when(
        moves.deliver_quantity, by=PLANNER, on=NOV_23, quantity=Decimal(0)
    ).refused("above zero", Wrong.QUANTITY)


@pytest.mark.parametrize("short", [0, -1, 101])
def test_a_dispute_names_what_is_missing(short: int) -> None:
    given(date_requested(), date_committed(), quantity_delivered(100)).when(
        moves.dispute_delivery, by=REP, reason=Reason.QUALITY, short=Decimal(short)
    ).refused("100 pcs at the most", Wrong.QUANTITY)


def test_a_correction_stays_within_the_order() -> None:
    story = given(date_requested(), date_committed(), quantity_delivered(40))
    story.when(moves.correct_delivery, by=PLANNER, total=Decimal(101)).refused("100 at the most")
    story.when(moves.correct_delivery, by=PLANNER, total=Decimal(-1)).refused("below zero")
    given().when(moves.correct_delivery, by=PLANNER, total=Decimal(1)).refused(
        "Nothing was delivered yet"
    )


def test_a_correction_to_the_same_total_is_none() -> None:
    given(date_requested(), quantity_delivered(40)).when(
        moves.correct_delivery, by=PLANNER, total=Decimal(40)
    ).refused("delivered total already", Wrong.INPUT)


def test_quantities_of_an_order_are_not_negative() -> None:
    with pytest.raises(Refused, match="above zero"):
        moves.enter_line(None, details(quantity=Decimal(0)), by=ERP)
    given().when(moves.change_line, LineChanges(quantity=Decimal(-1)), by=ERP).refused(
        "can't be below zero", Wrong.QUANTITY
    )
    with pytest.raises(ValueError, match="above zero"):
        Terms.of([(0, DEC_3)])
    with pytest.raises(ValueError, match="at least one"):
        Terms.of([])


# stale --------------------------------------------------------------------------------------------


def test_a_form_is_stale_when_the_line_changed_in_substance() -> None:
    before = given(date_requested())
    assert before.line is not None
    seen = before.line.version
    for fact in (
        date_countered(),
        date_requested(DEC_10),
        quantity_changed(120),
        product_changed("Impeller, bronze"),
        quantity_delivered(10),
        TeamAssigned(team="purchasing", side=Side.PURCHASING),
    ):
        after = before.and_then(fact)
        assert after.line is not None
        with pytest.raises(Refused, match="your input is still here") as refused:
            moves.check_fresh("commit_date", after.line, seen)
        assert refused.value.wrong is Wrong.STALE


def test_a_note_in_between_makes_nothing_stale() -> None:
    before = given(date_requested())
    assert before.line is not None
    after = before.when(moves.add_note, _TEXT, by=VIEWER)
    assert after.line is not None
    assert after.line.version > before.line.version
    moves.check_fresh("commit_date", after.line, before.line.version)


def test_a_note_is_never_stale() -> None:
    after = given(date_requested(), date_committed())
    assert after.line is not None
    moves.check_fresh("add_note", after.line, 1)


# wrong input --------------------------------------------------------------------------------------


def test_an_urgent_request_says_why() -> None:
    given().when(moves.request_date, all_on(DEC_3), by=REP, need=Need.URGENT).refused(
        "needs a reason", Wrong.INPUT
    )
    given().when(
        moves.request_date, all_on(DEC_3), by=REP, need=Need.URGENT, reason=Reason.CUSTOMER_CHANGED
    ).then(state=State.REQUESTED)


def test_at_risk_says_why_and_not_in_the_past() -> None:
    story = given(date_requested(), date_committed())
    story.when(moves.report_progress, by=SHIFT_LEAD, expected=DEC_10).refused("Choose a reason")
    story.when(
        moves.report_progress, by=SHIFT_LEAD, expected=YESTERDAY, reason=Reason.TOOLING
    ).refused("has passed")


def test_an_offer_is_valid_for_a_while() -> None:
    given(date_requested()).when(
        moves.counter_date, all_on(DEC_10), by=PLANNER, reason=Reason.OTHER, valid_until=START
    ).refused("choose a later moment", Wrong.TIME)


@pytest.mark.parametrize("buffer", [-1, 251])
def test_days_in_hand_are_a_sensible_number(buffer: int) -> None:
    given(date_requested()).when(
        moves.commit_date, all_on(DEC_3), by=PLANNER, buffer=buffer
    ).refused("0 to 250", Wrong.INPUT)


def test_a_condition_can_still_be_met_when_it_is_made() -> None:
    given(date_requested()).when(
        moves.commit_date, all_on(DEC_3), by=PLANNER, ordered_by=START
    ).refused("still be able to come")
    given(date_requested(), date_committed()).when(moves.meet_condition, by=REP).refused(
        "has no condition"
    )


def test_only_its_author_takes_a_note_back() -> None:
    noted = given().when(moves.add_note, _TEXT, by=REP)
    noted.when(moves.take_back_note, _TEXT.id, by=PLANNER).refused("Only its author")
    taken = noted.when(moves.take_back_note, _TEXT.id, by=REP).then(notes=())
    taken.when(moves.take_back_note, _TEXT.id, by=REP).refused("Only its author")


def test_a_line_is_handed_to_a_team_that_promises_and_does_not_have_it() -> None:
    given().when(moves.assign_team, "sales", Side.SALES, by=REP).refused("Choose one of them")
    given().when(moves.assign_team, "production", Side.PRODUCTION, by=REP).refused("already")


def test_a_rule_would_be_named_in_the_commitment_it_made() -> None:
    made = given(date_requested()).and_then(
        DateCommitted(terms=all_on(DEC_3), version=1, rule="A up to 500")
    )
    assert made.line is not None
    assert made.line.commitment is not None
    assert made.line.commitment.rule == "A up to 500"


def test_several_instalments_add_up_too() -> None:
    given().when(moves.request_date, terms((40, DEC_3), (60, DEC_10)), by=REP).then(
        state=State.REQUESTED
    )
