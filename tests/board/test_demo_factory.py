"""The demo's made-up past: legal, in order, the same for the same seed, and every state in it."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board.database import Addresses
from board.demo.factory import factory
from board.demo.histories import History, history
from board.demo.loading import NotTheDemo, load
from board.sites import Directory
from domain.events import OrderNumberClaimed, Recorded
from domain.evolve import replay
from domain.line import Line, State
from domain.people import HUMAN_ROLES, Role, Side
from projections.check import check
from projections.event_store import open_store
from projections.line_row import Changed, LineRow, Mark
from projections.rebuild import rebuild
from projections.recording import from_stored, to_stored

MADE_UP = factory()
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def _lines(past: History) -> list[tuple[Line, list[Recorded]]]:
    streams: dict[UUID, list[Recorded]] = defaultdict(list)
    for recorded in past.recorded:
        if not isinstance(recorded.fact, OrderNumberClaimed):
            streams[recorded.originator_id].append(recorded)
    lines = [(replay(events), events) for events in streams.values()]
    return [(line, events) for line, events in lines if line is not None]


def test_the_same_seed_makes_up_the_same_factory_and_the_same_past() -> None:
    assert factory() == MADE_UP
    assert history(MADE_UP, MONDAY) == history(MADE_UP, MONDAY)


def test_the_factory_has_two_plants_and_people_of_every_role() -> None:
    assert [plant.name for plant in MADE_UP.plants] == ["Plant Nord", "Plant Süd"]
    assert {e.person.role for e in MADE_UP.people} == set(HUMAN_ROLES)
    assert len(MADE_UP.customers) >= 25
    assert len({e.login for e in MADE_UP.people}) == len(MADE_UP.people)
    assert all(e.login.isascii() for e in MADE_UP.people)


def test_a_visitor_finds_colleagues_in_their_team() -> None:
    for role in (Role.REP, Role.PLANNER, Role.BUYER):
        team = MADE_UP.of_team(MADE_UP.guest(role).person.team)
        assert any(not e.guest for e in team)


@given(minutes=st.integers(0, 6 * 365 * 24 * 60), seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_on_whatever_day_the_demo_first_starts_its_past_is_legal(minutes: int, seed: int) -> None:
    """Every fact was decided by the domain's own move; here it is read back and replayed."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    past = history(MADE_UP, start, seed)
    assert all(recorded.at < start for recorded in past.recorded)
    assert [r.at for r in past.recorded] == sorted(r.at for r in past.recorded)
    for recorded in past.recorded:
        stored = to_stored(recorded)
        again = from_stored(
            recorded.originator_id, recorded.originator_version, stored.topic, stored.state
        )
        assert again == recorded
    lines = _lines(past)
    assert 300 <= len(lines) <= 400
    assert {line.state for line, _ in lines} == set(State)


def test_the_board_shows_everything_that_people_look_for() -> None:
    rows = []
    for line, events in _lines(history(MADE_UP, MONDAY)):
        changed = None
        for recorded in events:
            changed = Changed.after(changed, recorded)
        assert changed is not None
        rows.append(LineRow(line=line, position=1, changed=changed))
    marks = {mark for row in rows for mark in row.marks}
    assert marks == set(Mark) - {Mark.OVERDUE}
    today = MONDAY.date()
    assert any(row.overdue(today) for row in rows)
    assert any(row.conditional_until for row in rows if row.in_force)
    assert any(not row.line.details.order_number for row in rows)
    assert any(row.line.details.leg for row in rows)
    assert any(
        len(row.line.commitment.terms.instalments) > 1 for row in rows if row.line.commitment
    )
    assert any(row.needs_talk for row in rows)
    assert any(row.line.disputed for row in rows)
    assert any(row.line.answer_by for row in rows)
    assert 220 <= sum(not row.finished and row.line.open > 0 for row in rows) <= 300


def test_nobody_on_the_sales_side_promises_and_no_machine_does() -> None:
    for recorded in history(MADE_UP, MONDAY).recorded:
        if recorded.fact.topic == "line.date_committed":
            assert recorded.side in (Side.PRODUCTION, Side.PURCHASING, Side.LOGISTICS)


def test_the_first_start_loads_all_of_it_and_the_second_nothing(database: Addresses) -> None:
    assert load(database.app)
    with psycopg.connect(database.app) as db:
        count = "SELECT count(*) FROM accord.stored_events"
        loaded = db.execute(count).fetchone()
        assert not load(database.app)
        assert db.execute(count).fetchone() == loaded
        employed = db.execute("SELECT count(*) FROM accord.person").fetchone()
    assert employed == (len(MADE_UP.people),)


def test_what_was_loaded_is_shown_as_it_was_said(database: Addresses) -> None:
    load(database.app)
    rebuild(database.app)
    assert check(database.app) == []


def test_notes_of_the_past_can_be_read(database: Addresses) -> None:
    load(database.app)
    with psycopg.connect(database.app) as db:
        ids = [row[0] for row in db.execute("SELECT id FROM accord.texts").fetchall()]
    with open_store(database.app) as store:
        words = store.words(ids)
    assert len(words) == len(ids) > 100
    assert all(words.values())


def test_the_board_knows_the_working_days_by_which_the_past_was_made(database: Addresses) -> None:
    load(database.app)
    directory = Directory()
    directory.load(database.app)
    for plant in MADE_UP.plants:
        today = datetime.now(UTC).date()
        theirs, ours = directory.sites[plant.id].calendar, plant.calendar(today)
        assert [theirs.add(today, n) for n in range(-40, 60)] == [
            ours.add(today, n) for n in range(-40, 60)
        ]


def test_a_start_that_was_cut_off_is_finished_by_the_next(database: Addresses) -> None:
    """People were employed, and the power failed before the log was written."""
    load(database.app)
    with psycopg.connect(database.owner) as db:
        db.execute("TRUNCATE accord.stored_events, accord.texts")
    assert load(database.app)


def test_the_demo_leaves_other_peoples_lines_alone(database: Addresses) -> None:
    with psycopg.connect(database.app) as db:
        db.execute(
            "INSERT INTO accord.person (id, login, name, role) VALUES ('1', 'a', 'A', 'admin')"
        )
    with pytest.raises(NotTheDemo, match="accord serve"):
        load(database.app)
