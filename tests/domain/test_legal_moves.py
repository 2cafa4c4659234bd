"""Who may make which move in which state, written out, against the one place that decides it."""

from itertools import chain

import pytest

from domain import moves
from domain.line import State
from domain.people import MAY, Person
from domain.refusals import Refused
from tests.domain.stories_by_state import STORIES
from tests.facts import (
    ADMIN,
    BUYER,
    CLOCK,
    DEC_10,
    ERP,
    PLANNER,
    REP,
    SHIFT_LEAD,
    SOUTH_PLANNER,
    VIEWER,
    date_requested,
    line_entered,
)
from tests.story import Story, given

_ASKING_AGAIN = {
    "rep": "cancel_line request_date tell_customer add_note assign_team",
    "planner": "deliver_quantity add_note assign_team",
    "shift lead": "deliver_quantity add_note",
    "buyer": "add_note",
}
_FINISHED = dict.fromkeys(("rep", "planner", "shift lead", "buyer"), "add_note")

#: State -> who -> the legal moves, in the words of the table of moves.
LEGAL: dict[str, dict[str, str]] = {
    State.NEW: _ASKING_AGAIN,
    State.REQUESTED: {
        "rep": "cancel_line request_date withdraw_request tell_customer add_note assign_team",
        "planner": "schedule_answer commit_date counter_date decline_request deliver_quantity "
        "add_note assign_team",
        "shift lead": "deliver_quantity add_note",
        "buyer": "add_note",
    },
    State.COUNTERED: {
        "rep": "cancel_line request_date accept_counter withdraw_request tell_customer add_note "
        "assign_team",
        "planner": "counter_date decline_request deliver_quantity add_note assign_team",
        "shift lead": "deliver_quantity add_note",
        "buyer": "add_note",
    },
    State.COMMITTED: {
        "rep": "cancel_line propose_revision release_commitment tell_customer add_note",
        "planner": "propose_revision take_back_commitment renege_commitment report_progress "
        "deliver_quantity add_note",
        "shift lead": "report_progress deliver_quantity add_note",
        "buyer": "add_note assign_team",
    },
    "revision by production": {
        "rep": "cancel_line propose_revision accept_revision refuse_revision release_commitment "
        "tell_customer add_note",
        "planner": "retract_revision renege_commitment report_progress deliver_quantity add_note",
        "shift lead": "report_progress deliver_quantity add_note",
        "buyer": "add_note assign_team",
    },
    "revision by sales": {
        "rep": "cancel_line retract_revision release_commitment tell_customer add_note",
        "planner": "propose_revision accept_revision refuse_revision renege_commitment "
        "report_progress deliver_quantity add_note",
        "shift lead": "report_progress deliver_quantity add_note",
        "buyer": "add_note assign_team",
    },
    State.DELIVERED: {
        "rep": "confirm_delivery dispute_delivery tell_customer add_note",
        "planner": "correct_delivery add_note",
        "shift lead": "add_note",
        "buyer": "add_note assign_team",
    },
    State.DECLINED: _ASKING_AGAIN,
    State.WITHDRAWN: _ASKING_AGAIN,
    State.EXPIRED: _ASKING_AGAIN,
    State.RENEGED: _ASKING_AGAIN,
    State.CLOSED: _FINISHED,
    State.RELEASED: _FINISHED,
    State.CANCELLED: _FINISHED,
}

_WHO = {"rep": REP, "planner": PLANNER, "shift lead": SHIFT_LEAD, "buyer": BUYER}


def _legal(story: Story, by: Person) -> list[str]:
    assert story.line is not None
    return [move.name for move in moves.legal_moves(story.line, by, story.now)]


def test_every_state_is_in_the_table() -> None:
    named = {story.line.state for story in STORIES.values() if story.line}
    assert named == set(State)
    assert STORIES.keys() == LEGAL.keys()


@pytest.mark.parametrize("state", LEGAL)
@pytest.mark.parametrize("who", _WHO)
def test_exactly_these_moves_are_legal(state: str, who: str) -> None:
    assert _legal(STORIES[state], _WHO[who]) == LEGAL[state][who].split()


@pytest.mark.parametrize("state", STORIES)
def test_who_only_looks_on_may_add_a_note(state: str) -> None:
    assert _legal(STORIES[state], VIEWER) == ["add_note"]
    assert _legal(STORIES[state], ADMIN) == ["add_note"]


@pytest.mark.parametrize("state", STORIES)
def test_a_person_of_another_site_sees_and_says_nothing(state: str) -> None:
    assert _legal(STORIES[state], SOUTH_PLANNER) == []


@pytest.mark.parametrize("state", STORIES)
def test_the_order_system_reports_facts_in_every_state(state: str) -> None:
    always = {"change_line", "cancel_line", "deliver_quantity", "correct_delivery", "tell_customer"}
    assert always <= set(_legal(STORIES[state], ERP))


@pytest.mark.parametrize("state", STORIES)
@pytest.mark.parametrize("machine", [ERP, CLOCK], ids=["order system", "clock"])
def test_no_machine_ever_asks_or_agrees_by_itself(state: str, machine: Person) -> None:
    of_people = {
        "request_date",
        "commit_date",
        "counter_date",
        "accept_counter",
        "propose_revision",
        "accept_revision",
        "renege_commitment",
        "release_commitment",
    }
    assert not of_people & set(_legal(STORIES[state], machine))
    story = STORIES[state]
    assert story.line is not None
    for name in of_people:
        with pytest.raises(Refused, match="agreed by people"):
            moves.check_may(name, story.line, machine, story.now)


def test_a_promiser_may_take_over_what_the_order_system_shows_before_anybody_asked() -> None:
    new = given(line_entered(erp_date=DEC_10))
    assert "commit_date" in _legal(new, PLANNER)
    assert "commit_date" not in _legal(new, REP)
    assert "commit_date" not in _legal(new, BUYER)


def test_the_next_team_answers_after_a_hand_over() -> None:
    handed = given(date_requested()).when(moves.assign_team, "purchasing", BUYER.side, by=PLANNER)
    assert "commit_date" in _legal(handed, BUYER)
    assert _legal(handed, PLANNER) == ["add_note"]


def test_every_move_has_its_roles_and_its_address() -> None:
    assert MAY.keys() == moves.MOVES.keys()
    nouns = [move.noun for move in moves.MOVES.values()]
    assert len(set(nouns)) == len(nouns)


def test_every_refusal_by_state_says_something() -> None:
    everybody = chain(_WHO.values(), (VIEWER, ADMIN, CLOCK, ERP))
    refusals = []
    for by in everybody:
        for story in STORIES.values():
            assert story.line is not None
            for name in moves.MOVES:
                try:
                    moves.check_may(name, story.line, by, story.now)
                except Refused as refused:
                    refusals.append(refused.sentence)
    assert len(refusals) > 1000
    assert all(
        sentence[0] in sentence[0].upper() + "{" and sentence.endswith(".") for sentence in refusals
    )
