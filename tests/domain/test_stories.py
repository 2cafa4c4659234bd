"""Whole conversations, from the first word to the last."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from domain import moves
from domain.calendar import WorkingCalendar
from domain.events import (
    CommitmentReneged,
    ConditionMet,
    CounterAccepted,
    DateCommitted,
    DeliveryCorrected,
    LineCancelled,
    OfferExpired,
    OrderNumberGiven,
    QuantityDelivered,
    RequestDeclined,
    RequestWithdrawn,
    RevisionAccepted,
    RevisionRefused,
    Spoken,
    Text,
)
from domain.line import Ball, State
from domain.people import Person
from domain.reasons import Reason
from domain.terms import Terms
from tests.facts import (
    BUYER,
    CLOCK,
    DEC_1,
    DEC_3,
    DEC_4,
    DEC_10,
    DEC_17,
    ERP,
    JAN_8,
    LOGISTICS,
    OTHER_PLANNER,
    PLANNER,
    REP,
    START,
    all_on,
    date_committed,
    date_countered,
    date_requested,
    line_entered,
    now,
    product_changed,
    quantity_changed,
    quantity_delivered,
    revision_proposed,
    terms,
)
from tests.story import Story, given


def test_asked_countered_and_agreed() -> None:
    (
        given()
        .the_line(state=State.NEW, ball=Ball.REQUESTER)
        .when(moves.request_date, all_on(DEC_3), by=REP)
        .then(date_requested(DEC_3), state=State.REQUESTED, ball=Ball.PROMISER)
        .when(
            moves.counter_date,
            all_on(DEC_10),
            by=PLANNER,
            reason=Reason.CAPACITY_FULL,
            valid_until=START + timedelta(days=3),
        )
        .then(date_countered(DEC_10), state=State.COUNTERED, ball=Ball.REQUESTER)
        .when(moves.accept_counter, by=REP)
        .then(
            CounterAccepted(version=1),
            state=State.COMMITTED,
            ball=Ball.NOBODY,
            agreed=DEC_10,
            next_due=DEC_10,
        )
    )


def test_a_partial_delivery_and_then_a_revision_of_the_rest() -> None:
    (
        given(date_requested(DEC_3), date_committed(DEC_3))
        .when(moves.deliver_quantity, by=ERP, on=START.date(), total=Decimal(40), source="erp")
        .then(
            QuantityDelivered(source="erp", total=Decimal(40), on=START.date()),
            state=State.COMMITTED,
            open=60,
            committed_remainder=all_on(DEC_3, 60),
        )
        .when(moves.propose_revision, all_on(DEC_10), by=PLANNER, reason=Reason.MATERIAL_LATE)
        .refused("60 pcs are still open")
        .when(moves.propose_revision, all_on(DEC_10, 60), by=PLANNER, reason=Reason.MATERIAL_LATE)
        .then(state=State.REVISION_OPEN, agreed=DEC_3, ball=Ball.REQUESTER)
        .when(moves.accept_revision, by=REP)
        .then(RevisionAccepted(version=2), agreed=DEC_10, delivered=40, fits=True)
        .and_then(quantity_delivered(100, DEC_10))
        .the_line(state=State.DELIVERED)
    )


def test_deliveries_while_a_proposal_is_open_come_off_its_earliest_instalments() -> None:
    (
        given(
            date_requested(terms((40, DEC_3), (60, DEC_10))),
            date_committed(terms((40, DEC_3), (60, DEC_10))),
            revision_proposed(terms((50, DEC_4), (50, DEC_17))),
            quantity_delivered(70),
        )
        .when(moves.accept_revision, by=REP)
        .then(
            state=State.COMMITTED,
            committed_remainder=all_on(DEC_17, 30),
            fits=True,
        )
    )


def test_the_order_system_changes_the_quantity_while_a_counter_is_open() -> None:
    (
        given(date_requested(DEC_3), date_countered(DEC_10), quantity_changed(120))
        .the_line(state=State.COUNTERED)
        .when(moves.accept_counter, by=REP)
        .refused("The quantity is now 120")
        .when(
            moves.counter_date,
            all_on(DEC_10, 120),
            by=PLANNER,
            reason=Reason.CAPACITY_FULL,
            valid_until=START + timedelta(days=3),
        )
        .then(state=State.COUNTERED)
        .when(moves.accept_counter, by=REP)
        .then(state=State.COMMITTED, agreed=DEC_10)
    )


def test_a_single_request_follows_the_quantity_and_several_instalments_do_not() -> None:
    (
        given(date_requested(DEC_3), quantity_changed(120))
        .when(moves.commit_date, all_on(DEC_3, 120), by=PLANNER)
        .then(state=State.COMMITTED, fits=True)
    )
    split = terms((40, DEC_3), (60, DEC_10))
    (
        given(date_requested(split), quantity_changed(120))
        .when(moves.commit_date, split, by=PLANNER)
        .refused("120")
        .when(moves.request_date, terms((60, DEC_3), (60, DEC_10)), by=REP)
        .then(state=State.REQUESTED)
    )


@pytest.mark.parametrize(
    ("story", "ends"),
    [
        (given(), State.CANCELLED),
        (given(date_requested()), State.CANCELLED),
        (given(date_requested(), date_countered()), State.CANCELLED),
        (given(date_requested(), RequestDeclined(reason=Reason.PRICE)), State.CANCELLED),
        (given(date_requested(), RequestWithdrawn(reason=Reason.PRICE)), State.CANCELLED),
        (given(date_requested(), date_countered(), OfferExpired()), State.CANCELLED),
        (given(date_requested(), date_committed()), State.RELEASED),
        (given(date_requested(), date_committed(), revision_proposed()), State.RELEASED),
        (
            given(date_requested(), date_committed(), CommitmentReneged(reason=Reason.QUALITY)),
            State.CANCELLED,
        ),
    ],
    ids=lambda value: value.line.state if isinstance(value, Story) and value.line else str(value),
)
@pytest.mark.parametrize("by", [REP, ERP], ids=["rep", "erp"])
def test_the_customer_cancels_in_every_state(story: Story, ends: State, by: Person) -> None:
    (
        story.when(moves.cancel_line, by=by, reason=Reason.CUSTOMER_CHANGED)
        .then(
            LineCancelled(reason=Reason.CUSTOMER_CHANGED),
            state=ends,
            ball=Ball.NOBODY,
            on_the_table=None,
            commitment=None,
        )
        .when(moves.request_date, all_on(DEC_3), by=REP)
        .refused("enter a new line")
    )


def test_after_delivery_people_do_not_cancel_and_the_erps_word_changes_nothing() -> None:
    delivered = given(date_requested(), date_committed(), quantity_delivered(100))
    delivered.when(moves.cancel_line, by=REP).refused("Confirm the delivery or dispute it")
    delivered.when(moves.cancel_line, by=ERP).then(state=State.DELIVERED)


def test_an_offer_can_be_accepted_up_to_and_including_its_last_moment() -> None:
    offered = given(date_requested(), date_countered(valid_until=START + timedelta(hours=1)))
    offered.until(START + timedelta(hours=1)).when(moves.accept_counter, by=REP).then(
        state=State.COMMITTED
    )
    offered.until(START + timedelta(hours=1, microseconds=1)).when(
        moves.accept_counter, by=REP
    ).refused("Ask again with these terms")
    offered.until(START + timedelta(hours=1)).when(moves.expire_offer, by=CLOCK).refused("Nothing")


def test_an_expiry_that_was_recorded_first_wins_and_its_terms_can_be_asked_for_again() -> None:
    expired = given(date_requested(), date_countered(DEC_10), OfferExpired())
    (
        expired.the_line(state=State.EXPIRED, lapsed=all_on(DEC_10), ball=Ball.REQUESTER)
        .when(moves.accept_counter, by=REP)
        .refused("Ask again with these terms")
        .when(moves.request_date, all_on(DEC_10), by=REP)
        .then(state=State.REQUESTED, lapsed=None)
    )


def test_one_of_two_instalments_is_late() -> None:
    split = terms((40, DEC_3), (60, DEC_10))
    story = given(date_requested(split), date_committed(split))
    on_the_day = story.until(now(days=10).at)
    on_the_day.the_line(next_due=DEC_3, ball=Ball.NOBODY)
    late = story.until(now(days=11).at)
    late.the_line(ball=Ball.PROMISER)
    half = late.and_then(quantity_delivered(40, DEC_4))
    half.the_line(next_due=DEC_10, ball=Ball.NOBODY, state=State.COMMITTED)
    half.and_then(quantity_delivered(100, DEC_10)).the_line(state=State.DELIVERED)


def test_asked_again_after_a_promise_that_could_not_be_kept() -> None:
    (
        given(date_requested(), date_committed(DEC_3))
        .when(moves.renege_commitment, by=PLANNER, reason=Reason.MACHINE_DOWN)
        .then(state=State.RENEGED, ball=Ball.REQUESTER, commitment=None)
        .when(moves.request_date, all_on(DEC_17), by=REP)
        .then(state=State.REQUESTED)
        .when(moves.commit_date, all_on(DEC_17), by=PLANNER)
        .then(DateCommitted(terms=all_on(DEC_17), version=2), state=State.COMMITTED)
        .the_line(agreed=DEC_17)
    )


def test_the_broken_promise_stays_on_record_and_the_new_one_starts_afresh() -> None:
    line = given(
        date_requested(),
        date_committed(DEC_3),
        CommitmentReneged(reason=Reason.MACHINE_DOWN),
        date_requested(DEC_17),
        date_committed(DEC_17, version=2),
    ).line
    assert line is not None
    assert [(c.version, c.promise) for c in line.commitments] == [(1, 1), (2, 2)]
    assert line.first_of_promise == line.commitments[1]


def test_handed_over_to_purchasing_after_a_commitment() -> None:
    agreed = given(date_requested(), date_committed(DEC_3))
    agreed.when(moves.assign_team, "purchasing", BUYER.side, by=PLANNER).refused("receiving team")
    agreed.when(moves.assign_team, "purchasing", BUYER.side, by=REP).refused("takes the line over")
    taken = agreed.when(moves.assign_team, "purchasing", BUYER.side, by=BUYER).then(
        state=State.COMMITTED, agreed=DEC_3
    )
    assert taken.line is not None
    assert taken.line.commitment is not None
    assert taken.line.commitment.team == "production"
    assert taken.line.details.team == "purchasing"
    taken.when(moves.renege_commitment, by=PLANNER, reason=Reason.OTHER).refused(
        "purchasing answers for this line"
    )
    taken.when(moves.propose_revision, all_on(DEC_10), by=BUYER, reason=Reason.MATERIAL_LATE).then(
        state=State.REVISION_OPEN
    )


def test_handed_over_while_an_offer_is_open_the_new_team_has_to_answer() -> None:
    (
        given(date_requested(), date_countered())
        .when(moves.assign_team, "logistics", LOGISTICS.side, by=PLANNER)
        .then(state=State.REQUESTED, counter=None, ball=Ball.PROMISER)
        .when(moves.commit_date, all_on(DEC_3), by=LOGISTICS)
        .then(state=State.COMMITTED)
    )


def test_a_conditional_commitment_is_ordered_in_time() -> None:
    (
        given(line_entered(order_number="", line_number=""), date_requested())
        .when(moves.commit_date, all_on(DEC_3), by=PLANNER, ordered_by=START + timedelta(hours=5))
        .then(state=State.COMMITTED)
        .when(moves.give_order_number, by=REP, source="erp", order_number="41300", line_number="1")
        .then(OrderNumberGiven(source="erp", order_number="41300", line_number="1"), ConditionMet())
        .later(days=2)
        .when(moves.expire_offer, by=CLOCK)
        .refused("Nothing has run out")
        .the_line(state=State.COMMITTED)
    )


def test_a_conditional_commitment_is_not_ordered_in_time() -> None:
    conditional = given(
        date_requested(), date_committed(DEC_3, ordered_by=START + timedelta(hours=5))
    ).later(hours=6)
    conditional.when(moves.meet_condition, by=REP).refused("came too late")
    (
        conditional.when(moves.expire_offer, by=CLOCK)
        .then(OfferExpired(), state=State.EXPIRED, commitment=None, lapsed=all_on(DEC_3))
        .when(moves.request_date, all_on(DEC_3), by=REP)
        .then(state=State.REQUESTED)
    )


def test_a_condition_runs_out_under_an_open_revision() -> None:
    (
        given(
            date_requested(),
            date_committed(DEC_3, ordered_by=START + timedelta(hours=5)),
            revision_proposed(),
        )
        .later(hours=6)
        .when(moves.accept_revision, by=REP)
        .refused("came too late")
        .when(moves.expire_offer, by=CLOCK)
        .then(state=State.EXPIRED, proposal=None)
    )


def test_a_disputed_delivery_is_made_good() -> None:
    story = (
        given(date_requested(), date_committed(DEC_10), quantity_delivered(100))
        .when(moves.dispute_delivery, by=REP, reason=Reason.QUALITY, short=Decimal(10))
        .then(
            state=State.COMMITTED,
            delivered=90,
            committed_remainder=all_on(DEC_10, 10),
            fits=True,
        )
        .when(moves.deliver_quantity, by=PLANNER, on=START.date(), quantity=Decimal(10))
        .then(state=State.DELIVERED, delivered=100)
    )
    story.when(moves.confirm_delivery, by=REP).then(state=State.CLOSED, confirmed=True)


def test_a_dispute_and_the_order_systems_own_correction_are_not_taken_off_twice() -> None:
    disputed = given(date_requested(), date_committed(), quantity_delivered(100)).when(
        moves.dispute_delivery, by=REP, reason=Reason.QUALITY, short=Decimal(10)
    )
    (
        disputed.when(moves.deliver_quantity, by=ERP, on=START.date(), total=Decimal(90))
        .the_line(delivered=90)
        .when(moves.deliver_quantity, by=ERP, on=START.date(), total=Decimal(90), source="erp")
        .then(DeliveryCorrected(source="erp", total=Decimal(90), on=START.date()), delivered=90)
    )


def test_a_delivery_disputed_without_an_agreed_date_begins_a_new_conversation() -> None:
    (
        given(quantity_delivered(100))
        .the_line(state=State.DELIVERED)
        .when(moves.dispute_delivery, by=REP, reason=Reason.QUALITY, short=Decimal(100))
        .then(state=State.NEW, delivered=0, deliveries=())
    )


def test_split_by_a_counter_and_then_one_instalment_is_revised() -> None:
    split = terms((40, DEC_3), (60, DEC_10))
    (
        given(date_requested(DEC_3))
        .when(
            moves.counter_date,
            split,
            by=PLANNER,
            reason=Reason.MATERIAL_LATE,
            valid_until=START + timedelta(days=2),
        )
        .then(state=State.COUNTERED)
        .when(moves.accept_counter, by=REP)
        .then(committed_remainder=split, agreed=DEC_10)
        .when(
            moves.propose_revision,
            terms((40, DEC_3), (60, DEC_17)),
            by=PLANNER,
            reason=Reason.MATERIAL_LATE,
        )
        .then(agreed=DEC_10)
        .when(moves.accept_revision, by=REP)
        .then(committed_remainder=terms((40, DEC_3), (60, DEC_17)), agreed=DEC_17)
    )


def test_more_than_ordered_was_delivered() -> None:
    story = given(date_requested(), date_committed())
    story.when(moves.deliver_quantity, by=PLANNER, on=START.date(), quantity=Decimal(130)).refused(
        "Only 100 pcs are open"
    )
    story.when(
        moves.deliver_quantity, by=ERP, on=START.date(), total=Decimal(130), source="erp"
    ).then(state=State.DELIVERED, delivered=130, open=0)


def test_a_dispute_of_more_than_was_ordered_leaves_the_order_covered() -> None:
    (
        given(date_requested(), date_committed(), quantity_delivered(120))
        .when(moves.dispute_delivery, by=REP, reason=Reason.QUALITY, short=Decimal(10))
        .then(state=State.DELIVERED, delivered=110)
        .when(moves.dispute_delivery, by=REP, reason=Reason.QUALITY, short=Decimal(20))
        .then(state=State.COMMITTED, open=10)
    )


def test_the_order_system_changes_the_product_while_an_answer_is_open() -> None:
    bronze = product_changed("Impeller, bronze")
    given(date_requested(), date_countered(DEC_10), bronze).when(
        moves.accept_counter, by=REP
    ).refused("The product is now Impeller, bronze")
    given(date_requested(), date_committed(), revision_proposed(), bronze).when(
        moves.accept_revision, by=REP
    ).refused("Renew them")
    given(date_requested(DEC_3), bronze).when(moves.commit_date, all_on(DEC_3), by=PLANNER).then(
        state=State.COMMITTED, fits=True
    )
    split = terms((40, DEC_3), (60, DEC_10))
    given(date_requested(split), bronze).when(moves.commit_date, split, by=PLANNER).refused(
        "The product is now"
    )


def test_told_before_anything_was_agreed() -> None:
    story = given(date_requested()).when(
        moves.tell_customer, DEC_3, by=REP, calendar=WorkingCalendar()
    )
    assert story.line is not None
    assert story.line.told is not None
    assert story.line.told.early
    agreed = story.and_then(date_committed(DEC_3))
    assert agreed.line is not None
    assert not agreed.line.customer_not_yet_told


def test_told_with_transit_days_and_overtaken_by_a_revision() -> None:
    story = given(
        line_entered(transit_days=2), date_requested(), date_committed(DEC_3)
    )  # Thursday + 2 working days: Monday 7 Dec
    told = story.when(moves.tell_customer, DEC_3, by=REP, calendar=WorkingCalendar())
    assert told.line is not None
    assert told.line.told is not None
    assert told.line.told.early
    right = story.when(
        moves.tell_customer, DEC_3 + timedelta(days=4), by=REP, calendar=WorkingCalendar()
    )
    assert right.line is not None
    assert right.line.told is not None
    assert not right.line.told.early
    moved = right.and_then(revision_proposed(DEC_10), RevisionAccepted(version=2))
    assert moved.line is not None
    assert moved.line.customer_not_yet_told
    assert not moved.line.told.early  # type: ignore[union-attr]


def test_twelve_dates_agreed_aloud_in_a_meeting_are_confirmed_by_the_ordinary_answer() -> None:
    for _ in range(12):
        (
            given()
            .when(moves.request_date, all_on(DEC_3), by=REP, spoken=Spoken.MEETING)
            .then(state=State.REQUESTED)
            .when(moves.commit_date, all_on(DEC_3), by=PLANNER)
            .then(state=State.COMMITTED, agreed=DEC_3)
        )


def test_a_commitment_can_be_taken_back_as_long_as_nothing_else_happened() -> None:
    committed = given(date_requested()).when(moves.commit_date, all_on(DEC_3), by=PLANNER)
    committed.when(moves.add_note, _text(), by=REP).when(
        moves.take_back_commitment, by=PLANNER
    ).then(state=State.REQUESTED, commitment=None, commitments=())
    committed.when(moves.take_back_commitment, by=OTHER_PLANNER).refused("Only the person")
    committed.later(minutes=15).when(moves.take_back_commitment, by=PLANNER).refused("15 minutes")
    committed.when(moves.report_progress, by=PLANNER).when(
        moves.take_back_commitment, by=PLANNER
    ).refused("Something else happened")


def test_an_acceptance_taken_back_brings_the_offer_and_the_former_date_back() -> None:
    (
        given(date_requested(), date_countered(DEC_10))
        .when(moves.accept_counter, by=REP)
        .when(moves.take_back_commitment, by=REP)
        .then(state=State.COUNTERED)
        .when(moves.accept_counter, by=REP)
        .then(agreed=DEC_10)
    )
    (
        given(date_requested(), date_committed(DEC_3), revision_proposed(DEC_10))
        .when(moves.accept_revision, by=REP)
        .then(agreed=DEC_10)
        .when(moves.take_back_commitment, by=REP)
        .then(state=State.REVISION_OPEN, agreed=DEC_3)
    )


def test_in_an_open_revision_the_side_with_the_ball_may_propose_something_else() -> None:
    (
        given(date_requested(), date_committed(DEC_3), revision_proposed(DEC_17))
        .when(moves.propose_revision, all_on(DEC_10), by=PLANNER, reason=Reason.OTHER)
        .refused("the other side answers")
        .when(moves.propose_revision, all_on(DEC_10), by=REP, reason=Reason.OTHER)
        .then(state=State.REVISION_OPEN, agreed=DEC_3, ball=Ball.PROMISER)
        .when(moves.accept_revision, by=PLANNER)
        .then(agreed=DEC_10)
    )


def test_a_refused_or_retracted_revision_leaves_the_commitment_in_force() -> None:
    open_revision = given(date_requested(), date_committed(DEC_3), revision_proposed(DEC_10))
    open_revision.when(moves.refuse_revision, by=REP).then(
        RevisionRefused(), state=State.COMMITTED, agreed=DEC_3
    )
    open_revision.when(moves.retract_revision, by=PLANNER).then(state=State.COMMITTED, agreed=DEC_3)
    open_revision.when(moves.retract_revision, by=REP).refused("The other side proposed this")


def test_a_first_day_take_over_commits_what_the_order_system_shows() -> None:
    (
        given(line_entered(erp_date=DEC_10))
        .when(moves.commit_date, all_on(DEC_10), by=PLANNER)
        .refused("Sales has to ask first")
        .when(moves.commit_date, all_on(DEC_10), by=PLANNER, take_over=True)
        .then(state=State.COMMITTED, agreed=DEC_10)
    )


def test_a_take_over_is_no_way_round_what_sales_asked_for() -> None:
    (
        given(line_entered(erp_date=DEC_10), date_requested(DEC_3))
        .when(moves.commit_date, all_on(DEC_10), by=PLANNER, take_over=True)
        .refused("Offer them as a counter")
    )


def test_a_commitment_no_longer_fits_when_quantity_or_product_changed() -> None:
    agreed = given(date_requested(), date_committed(DEC_3))
    more = agreed.and_then(quantity_changed(120))
    more.the_line(state=State.COMMITTED, fits=False, ball=Ball.REQUESTER)
    agreed.and_then(product_changed("Impeller, bronze")).the_line(fits=False, ball=Ball.REQUESTER)
    renewed = more.when(
        moves.propose_revision, all_on(DEC_3, 120), by=REP, reason=Reason.CUSTOMER_CHANGED
    ).when(moves.accept_revision, by=PLANNER)
    renewed.then(fits=True)
    assert renewed.line is not None
    assert renewed.line.commitments[-1].forced


def test_nothing_is_open_any_more_after_the_quantity_was_lowered() -> None:
    half = given(date_requested(), date_committed(), quantity_delivered(40))
    half.and_then(quantity_changed(40)).the_line(state=State.DELIVERED)
    given(date_requested(), quantity_changed(0)).the_line(state=State.CANCELLED)
    given(date_requested(), date_committed(), quantity_changed(0)).the_line(state=State.RELEASED)


def test_quantity_added_to_a_closed_line_begins_a_new_conversation() -> None:
    closed = given(date_requested(), date_committed(), quantity_delivered(100)).when(
        moves.confirm_delivery, by=REP
    )
    closed.and_then(quantity_changed(150)).the_line(state=State.NEW, open=50, commitment=None)
    closed.and_then(quantity_changed(80)).the_line(state=State.CLOSED)


def test_goods_that_left_without_an_agreed_date_are_a_fact() -> None:
    given(date_requested(), quantity_delivered(100)).the_line(
        state=State.DELIVERED, request=None, commitment=None
    )


def test_a_request_lapses_when_everything_it_asked_for_was_delivered() -> None:
    split = terms((40, DEC_3), (60, DEC_10))
    given(date_requested(split), quantity_changed(120), quantity_delivered(100)).the_line(
        state=State.NEW, request=None, open=20
    )


def test_after_ten_working_days_an_undisputed_delivery_closes_by_the_clock() -> None:
    calendar = WorkingCalendar(days_off=frozenset({DEC_4}))
    # Delivered Tue 1 Dec; ten working days without the 4th: Wed 16 Dec.
    delivered = given(date_requested(), date_committed(), quantity_delivered(100, DEC_1))
    last_day = delivered.until(now(days=23).at)
    assert last_day.line is not None
    assert moves.clock_moves(last_day.line, now=last_day.now, calendar=calendar) == ()
    after = delivered.until(now(days=24).at)
    after.when(moves.end_dispute_period, by=CLOCK, calendar=calendar).then(
        state=State.CLOSED, confirmed=False
    )


def test_waiting_for_a_promised_answer() -> None:
    (
        given(date_requested())
        .when(moves.schedule_answer, START + timedelta(hours=4), by=PLANNER)
        .then(state=State.REQUESTED, answer_by=START + timedelta(hours=4))
        .when(moves.schedule_answer, START - timedelta(hours=4), by=PLANNER)
        .refused("still to come")
    )


def test_a_correction_after_everything_was_delivered_opens_the_line_again() -> None:
    (
        given(date_requested(), date_committed(JAN_8), quantity_delivered(100))
        .when(moves.correct_delivery, by=PLANNER, total=Decimal(80))
        .then(state=State.COMMITTED, open=20, committed_remainder=Terms.single(20, JAN_8))
    )


def _text() -> Text:
    return Text(UUID(int=1), "0")
