"""The demo's simulated people: they work by the moves of everybody, and leave visitors alone."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from board.database import Addresses
from board.demo.factory import Factory, factory
from board.demo.loading import load
from board.demo.order_system import OrderSystem
from board.demo.orders import ORDERS, Orders
from board.demo.people import ANSWERS_AFTER, HANDS_OFF, Players
from board.demo.scene import Scene
from board.demo.simulation import Simulation
from board.sites import Site, Sites
from domain.events import Recorded
from domain.evolve import evolve
from domain.moves import enter_line, request_date
from domain.people import Person, Role, Side
from domain.terms import Terms
from projections.check import check
from projections.line_row import Changed, LineRow
from projections.projector import Projector

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
AT_ONCE = timedelta(0)


@pytest.fixture(scope="module")
def made_up() -> Factory:
    return factory()


@pytest.fixture(scope="module")
def sites(made_up: Factory) -> Sites:
    return Sites(
        Site(id=p.id, name=p.name, timezone=p.timezone, calendar=p.calendar(NOW.date()))
        for p in made_up.plants
    )


def _players(made_up: Factory, sites: Sites, seed: int = 1) -> Players:
    return Players(made_up, sites, random.Random(seed))


def _asked(made_up: Factory, sites: Sites, by: Person, since: timedelta) -> LineRow:
    """A line of Machining Nord for which `by` asked a day so long ago."""
    orders = Orders(made_up, random.Random(2))
    details = orders.next_line()
    while details.team != "nord-machining" or details.sales_team != by.team:
        details = orders.next_line()
    at, stream, line = NOW - since, uuid4(), None
    for speaker in (ORDERS, by):
        if line is None:
            facts = enter_line(None, details, by=speaker)
        else:
            now = sites["nord"].now(at)
            terms = Terms.single(line.open, sites["nord"].calendar.add(now.today, 12))
            facts = request_date(line, terms, by=speaker, now=now)
        recorded = Recorded(
            originator_id=stream,
            originator_version=1 if line is None else line.version + 1,
            command_id=uuid4(),
            at=at,
            by=speaker.id,
            side=speaker.side,
            team=speaker.team,
            fact=facts[0],
        )
        line = evolve(line, recorded)
    assert line is not None
    changed = Changed(at, by.id, by.side, by.team, "line.date_requested")
    return LineRow(line=line, position=2, changed=changed)


def _chosen(players: Players, row: LineRow, visiting: frozenset[str] = frozenset()) -> set[Side]:
    """The sides that turn to this line when asked often."""
    choices = (players.choose([row], NOW, visiting=visiting, think=AT_ONCE) for _ in range(200))
    return {choice.by.side for choice in choices if choice}


def test_a_visitors_request_is_answered_after_a_moment_and_not_at_once(
    made_up: Factory, sites: Sites
) -> None:
    visitor = made_up.guest(Role.REP).person
    players = _players(made_up, sites)
    assert _chosen(players, _asked(made_up, sites, visitor, ANSWERS_AFTER / 2)) == set()
    row = _asked(made_up, sites, visitor, ANSWERS_AFTER * 1.1)
    assert Side.PRODUCTION in _chosen(players, row)


def test_nobody_of_their_own_side_interferes_with_a_visitors_line(
    made_up: Factory, sites: Sites
) -> None:
    visitor = made_up.guest(Role.REP).person
    row = _asked(made_up, sites, visitor, HANDS_OFF / 2)
    assert Side.SALES not in _chosen(_players(made_up, sites), row)


def test_two_visitors_of_both_sides_are_left_alone(made_up: Factory, sites: Sites) -> None:
    visitor = made_up.guest(Role.REP).person
    row = _asked(made_up, sites, visitor, HANDS_OFF / 2)
    assert _chosen(_players(made_up, sites), row, frozenset({"nord-machining"})) == set()


def test_a_visitor_of_another_team_takes_nobodys_answer_away(
    made_up: Factory, sites: Sites
) -> None:
    visitor = made_up.guest(Role.REP).person
    row = _asked(made_up, sites, visitor, HANDS_OFF / 2)
    chosen = _chosen(_players(made_up, sites), row, frozenset({"sued-production"}))
    assert Side.PRODUCTION in chosen


def test_a_visitor_is_answered_before_a_hundred_others(made_up: Factory, sites: Sites) -> None:
    visitor = made_up.guest(Role.REP).person
    rep = next(e.person for e in made_up.of_role(Role.REP) if not e.guest)
    others = [_asked(made_up, sites, rep, timedelta(hours=2)) for _ in range(100)]
    theirs = _asked(made_up, sites, visitor, ANSWERS_AFTER * 1.1)
    players = _players(made_up, sites)
    rows = [*others, theirs]
    choices = [players.choose(rows, NOW, visiting=(), think=AT_ONCE) for _ in range(100)]
    assert sum(c.row is theirs for c in choices if c) > 50


def test_a_visitors_chair_never_acts_by_itself(made_up: Factory, sites: Sites) -> None:
    guests = {e.person.id for e in made_up.people if e.guest}
    rep = next(e.person for e in made_up.of_role(Role.REP) if not e.guest)
    row = _asked(made_up, sites, rep, timedelta(hours=2))
    players = _players(made_up, sites)
    choices = [players.choose([row], NOW, visiting=(), think=AT_ONCE) for _ in range(300)]
    assert {c.by.id for c in choices if c}.isdisjoint(guests)
    assert any(choices)


def test_people_choose_only_what_is_legal_for_them(made_up: Factory, sites: Sites) -> None:
    """Each choice is played out on the line as it is: the domain refuses none of them."""
    rep = next(e.person for e in made_up.of_role(Role.REP) if not e.guest)
    row = _asked(made_up, sites, rep, timedelta(hours=2))
    players = _players(made_up, sites)
    for seed in range(200):
        choice = players.choose([row], NOW, visiting=(), think=AT_ONCE)
        if choice:
            scene = Scene(row.line, choice.by, NOW, choice.site, random.Random(seed))
            assert choice.habit.make(scene)


def test_order_numbers_go_on_from_the_highest_that_is_known(made_up: Factory, sites: Sites) -> None:
    row = _asked(made_up, sites, made_up.guest(Role.REP).person, timedelta(hours=1))
    outside = OrderSystem(made_up, sites, [row], random.Random(3))
    known = int(row.line.details.order_number)
    for _ in range(400):
        if happening := outside.happening([row]):
            facts = happening.decide(None, NOW)
            for fact in facts:
                details = getattr(fact, "details", None)
                if details and details.order_number:
                    assert int(details.order_number) > known


@pytest.fixture
def factory_at_work(database: Addresses) -> Iterator[Addresses]:
    load(database.app)
    projector = Projector(database.app)
    projector.start()
    _wait(lambda: _shown(database) == _said(database))
    yield database
    projector.stop()


def _said(addresses: Addresses) -> int:
    return _number(addresses, "SELECT coalesce(max(notification_id), 0) FROM accord.stored_events")


def _shown(addresses: Addresses) -> int:
    return _number(addresses, "SELECT position FROM accord.read_models WHERE live")


def _number(addresses: Addresses, query: str) -> int:
    with psycopg.connect(addresses.app) as db:
        row = db.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def _wait(until: Callable[[], bool], seconds: float = 20) -> None:
    give_up = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.05)


def test_people_at_work_leave_a_log_that_checks(factory_at_work: Addresses) -> None:
    loaded = _said(factory_at_work)
    simulation = Simulation(factory_at_work.app, pace=600, seed=7)
    simulation.start()
    _wait(lambda: _said(factory_at_work) > loaded + 25)
    began = time.monotonic()
    simulation.stop()
    assert time.monotonic() - began < 2
    _wait(lambda: _shown(factory_at_work) == _said(factory_at_work))
    assert check(factory_at_work.app) == []


def test_people_go_on_when_the_database_was_away(factory_at_work: Addresses) -> None:
    simulation = Simulation(factory_at_work.app, pace=600, seed=8)
    loaded = _said(factory_at_work)
    simulation.start()
    _wait(lambda: _said(factory_at_work) > loaded)
    with psycopg.connect(factory_at_work.app, autocommit=True) as db:
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND usename = current_user"
        )
    cut = _said(factory_at_work)
    _wait(lambda: _said(factory_at_work) > cut + 5)
    simulation.stop()
