"""The clock ends what has run out, once, and never anything else."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from msgspec.structs import replace

from board import clock as clocks
from board.clock import Clock
from board.database import Addresses
from board.sites import Site, Sites
from domain import moves
from domain.calendar import WorkingCalendar
from domain.events import DisputePeriodEnded, OfferExpired
from domain.line import State
from domain.reasons import Reason
from domain.refusals import Refused
from projections.check import check
from projections.event_store import EventStore, open_store
from projections.projector import Projector
from tests.facts import ERP, PLANNER, REP, all_on
from tests.projections.at_work import caught_up, enter, move, until

TODAY = datetime.now(UTC).date()
SOON = TODAY + timedelta(days=7)
EVERY_DAY = WorkingCalendar(weekdays=frozenset(range(7)))


@pytest.fixture
def store(database: Addresses) -> Iterator[EventStore]:
    with open_store(database.app) as store:
        yield store


@pytest.fixture
def clock(
    database: Addresses, store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Clock]:
    monkeypatch.setattr(clocks, "OFFERS", 0.05)
    monkeypatch.setattr(clocks, "DELIVERIES", 0.1)
    projector = Projector(database.app)
    clock = _clock(store)
    projector.start()
    clock.start()
    yield clock
    clock.stop()
    projector.stop()


def test_an_offer_ends_when_its_time_is_over(store: EventStore, clock: Clock) -> None:
    line = _offered(store, timedelta(seconds=0.4))
    time.sleep(0.2)
    assert _state(store, line) is State.COUNTERED
    until(lambda: _state(store, line) is State.EXPIRED)
    event = store.events(line)[-1]
    assert isinstance(event.fact, OfferExpired)
    assert (event.by, event.side) == ("clock", "clock")


def test_a_promise_whose_order_did_not_come_ends(store: EventStore, clock: Clock) -> None:
    line = enter(store, number="")
    until_then = datetime.now(UTC) + timedelta(seconds=0.4)
    move(store, line, moves.request_date, all_on(SOON), by=REP)
    move(store, line, moves.commit_date, all_on(SOON), ordered_by=until_then, by=PLANNER)
    until(lambda: _state(store, line) is State.EXPIRED)


def test_an_offer_that_was_taken_in_time_stays_agreed(store: EventStore, clock: Clock) -> None:
    line = _offered(store, timedelta(seconds=0.4))
    move(store, line, moves.accept_counter, by=REP)
    time.sleep(0.8)
    assert _state(store, line) is State.COMMITTED


def test_in_the_second_in_which_an_offer_ends_exactly_one_of_both_happens(
    store: EventStore, clock: Clock
) -> None:
    lines = [_offered(store, timedelta(seconds=0.8), line=str(n)) for n in range(12)]
    accepted: list[UUID] = []

    def accept(line: UUID, wait: float) -> None:
        time.sleep(wait)
        try:
            move(store, line, moves.accept_counter, by=REP)
            accepted.append(line)
        except Refused as refused:
            assert "over" in str(refused) or "Ask again" in str(refused)  # noqa: PT017

    threads = [
        threading.Thread(target=accept, args=(line, 0.5 + n * 0.04)) for n, line in enumerate(lines)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: all(_state(store, line) is not State.COUNTERED for line in lines))
    for line in lines:
        assert (_state(store, line) is State.COMMITTED) == (line in accepted)
        assert len(store.events(line)) == 4


def test_a_delivery_that_nobody_disputed_closes_after_ten_working_days(
    store: EventStore, clock: Clock
) -> None:
    old = _delivered(store, TODAY - timedelta(days=12), "1")
    fresh = _delivered(store, TODAY - timedelta(days=9), "2")
    slow = _delivered(store, TODAY - timedelta(days=12), "3", site="sued")
    until(lambda: _state(store, old) is State.CLOSED)
    assert isinstance(store.events(old)[-1].fact, DisputePeriodEnded)
    time.sleep(0.3)
    assert _state(store, fresh) is State.DELIVERED
    assert _state(store, slow) is State.DELIVERED, "that site works five days a week"


def test_a_line_of_a_site_that_nobody_knows_holds_nothing_up(
    store: EventStore, clock: Clock
) -> None:
    _offered(store, timedelta(seconds=0.1), line="1", site="gone")
    known = _offered(store, timedelta(seconds=0.2), line="2")
    until(lambda: _state(store, known) is State.EXPIRED)


def test_of_several_clocks_one_speaks_and_another_takes_over(
    database: Addresses, store: EventStore, clock: Clock
) -> None:
    until(lambda: clock.state == "leading")
    other = _clock(store)
    other.start()
    first = [_offered(store, timedelta(seconds=0.1), line=str(n)) for n in range(5)]
    until(lambda: all(_state(store, line) is State.EXPIRED for line in first))
    until(lambda: other.state == "standing by")
    clock.stop()
    second = _offered(store, timedelta(seconds=0.1), line="9")
    until(lambda: _state(store, second) is State.EXPIRED)
    other.stop()
    assert [len(store.events(line)) for line in [*first, second]] == [4] * 6
    caught_up(database.app)
    assert check(database.app) == []


def test_the_clock_ticks_on_after_its_connection_was_lost(
    database: Addresses, store: EventStore, clock: Clock
) -> None:
    until(lambda: clock.state == "leading")
    with psycopg.connect(
        database.owner.replace("accord_owner", "postgres"), autocommit=True
    ) as postgres:
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'accord_app'"
            " AND datname = current_database()"
        )
    line = _offered(store, timedelta(seconds=0.1))
    until(lambda: _state(store, line) is State.EXPIRED)


def _clock(store: EventStore) -> Clock:
    sites = [
        Site(id="nord", name="Nord", calendar=EVERY_DAY),
        Site(id="sued", name="Süd", calendar=WorkingCalendar()),
    ]
    return Clock(store, Sites(sites))


def _offered(store: EventStore, valid: timedelta, line: str = "1", **other: Any) -> UUID:
    id_ = enter(store, line=line, **other)
    now = store.load(id_).at
    everywhere = [replace(person, sites=frozenset()) for person in (REP, PLANNER)]
    move(store, id_, moves.request_date, all_on(SOON), by=everywhere[0])
    named: dict[str, Any] = {"valid_until": now + valid, "reason": Reason.OTHER}
    offered = all_on(SOON + timedelta(days=2))
    move(store, id_, moves.counter_date, offered, by=everywhere[1], **named)
    return id_


def _delivered(store: EventStore, on: date, line: str, **other: Any) -> UUID:
    id_ = enter(store, line=line, **other)
    move(store, id_, moves.deliver_quantity, on=on, total=Decimal(100), source="erp", by=ERP)
    return id_


def _state(store: EventStore, line: UUID) -> State:
    found = store.load(line).line
    assert found is not None
    return found.state
