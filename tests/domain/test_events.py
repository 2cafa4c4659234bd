"""What is stored is a contract."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events import FACTS, Fact, LineChanges, Recorded
from domain.evolve import evolve, replay
from domain.line import Line, line_id
from tests.domain.stories_by_state import STORIES
from tests.facts import ERP, LINE, START, date_requested, line_entered, recorded
from tests.story import given as story

TOPICS = """
line.answer_scheduled line.cancelled line.changed line.commitment_released line.commitment_reneged
line.commitment_taken_back line.condition_met line.counter_accepted line.customer_told
line.date_committed line.date_countered line.date_requested line.delivery_confirmed
line.delivery_corrected line.delivery_disputed line.dispute_period_ended line.entered
line.note_added line.note_taken_back line.offer_expired line.order_number_claimed
line.order_number_given line.progress_reported line.quantity_delivered line.request_declined
line.request_withdrawn line.revision_accepted line.revision_proposed line.revision_refused
line.revision_retracted line.team_assigned
"""

st.register_type_strategy(Decimal, st.decimals(allow_nan=False, allow_infinity=False))


def test_the_stored_names_never_change() -> None:
    assert sorted(FACTS) == sorted(TOPICS.split())


@settings(deadline=None)
@given(st.sampled_from(sorted(FACTS)), st.data())
def test_every_fact_is_read_as_it_was_written(topic: str, data: st.DataObject) -> None:
    fact = data.draw(st.from_type(FACTS[topic]))
    assert msgspec.json.decode(msgspec.json.encode(fact), type=FACTS[topic]) == fact


@pytest.mark.parametrize("state", STORIES)
def test_a_line_is_read_as_it_was_written(state: str) -> None:
    line = STORIES[state].line
    assert msgspec.json.decode(msgspec.json.encode(line), type=Line) == line


@pytest.mark.parametrize("state", STORIES)
def test_a_line_is_what_its_events_made_it(state: str) -> None:
    assert replay(STORIES[state].events) == STORIES[state].line


def test_a_damaged_stream_is_noticed() -> None:
    first = recorded(line_entered(), 1, START, ERP)
    with pytest.raises(ValueError, match="begins with its entry"):
        evolve(None, recorded(date_requested(), 1, START))
    with pytest.raises(ValueError, match="event 3 follows version 1"):
        evolve(evolve(None, first), recorded(date_requested(), 3, START))


def test_an_order_line_has_one_stream_and_its_leg_another() -> None:
    assert line_id("erp", "41207", "2") == line_id("erp", "41207", "2")
    assert line_id("erp", "41207", "2") != line_id("erp", "41207", "2", leg="arrival")
    assert line_id("erp", "4120", "72") != line_id("erp", "41207", "2")


def test_an_event_carries_who_and_when_beside_the_bare_fact() -> None:
    event: Recorded = story(date_requested()).events[-1]
    assert (event.originator_id, event.by, event.side, event.team) == (
        LINE,
        "rep",
        "sales",
        "sales",
    )
    assert isinstance(event.fact, Fact)


def test_only_what_changed_is_stored_of_a_change() -> None:
    assert msgspec.json.encode(LineChanges(product="Ring")) == b'{"product":"Ring"}'
    assert msgspec.json.encode(LineChanges(wanted=None)) == b'{"wanted":null}'
