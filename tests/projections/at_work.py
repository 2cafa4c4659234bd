"""People at work on a real store: moves by name, random moves, and what a screen then sees."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID, uuid4

import psycopg
from psycopg_pool import AsyncConnectionPool

from domain import moves
from domain.events import Fact, LineChanges, LineDetails
from domain.line import Line, line_id
from domain.moves import Now, legal_moves
from domain.moves.answering import asked_terms
from domain.people import Person, Side
from domain.reasons import Reason
from domain.refusals import Refused
from domain.terms import Terms
from projections.event_store import EventStore, Outcome, known, new_text
from tests.facts import BUYER, ERP, PLANNER, REP, details

_P = ParamSpec("_P")
_T = TypeVar("_T")
Facts = tuple[Fact, ...]


def enter(store: EventStore, number: str = "41207", line: str = "1", **other: Any) -> UUID:
    """An order line becomes known; its id."""
    return enter_details(store, details(order_number=number, line_number=line, **other))


def enter_details(store: EventStore, said: LineDetails) -> UUID:
    """The same with all of its details."""
    id_ = line_id(said.source, said.order_number, said.line_number, said.leg)
    store.change(
        id_, lambda line, _: moves.enter_line(line, said, by=ERP), by=ERP, command_id=uuid4()
    )
    return id_


def move(
    store: EventStore,
    line: UUID,
    make: Callable[..., Facts],
    *given: Any,
    by: Person,
    command_id: UUID | None = None,
    **named: Any,
) -> Outcome:
    """Somebody makes a move on a line, by the database's clock."""

    def decide(found: Line | None, at: datetime) -> Facts:
        return make(known(found, line), *given, by=by, now=utc(at), **named)

    return store.change(line, decide, by=by, command_id=command_id or uuid4())


def utc(at: datetime) -> Now:
    """The moment, and its day in UTC."""
    return Now(at, at.date())


def random_decision(random: Random, by: Person) -> Callable[[Line | None, datetime], Facts]:
    """Something that this person may do on whatever line it is asked of, or nothing."""

    def decide(line: Line | None, at: datetime) -> Facts:
        assert line is not None
        now = utc(at)
        legal = [m.name for m in legal_moves(line, by, now) if m.name in _RANDOM]
        random.shuffle(legal)
        for name in legal:
            try:
                if facts := _RANDOM[name](random, line, {"by": by, "now": now}):
                    return facts
            except Refused:
                continue
        return ()

    return decide


def random_moves(
    store: EventStore, lines: Sequence[UUID], random: Random, count: int
) -> list[Outcome]:
    """So many random moves of random people on random lines; those that came to something."""
    outcomes = []
    for _ in range(count):
        by = random.choice([REP, REP, PLANNER, PLANNER, BUYER, ERP])
        decide = random_decision(random, by)
        outcome = store.change(random.choice(lines), decide, by=by, command_id=uuid4())
        if outcome.facts:
            outcomes.append(outcome)
    return outcomes


_BECAUSE: dict[str, Any] = {"reason": Reason.OTHER}


def _some_terms(random: Random, line: Line, now: Now) -> Terms:
    day = now.today + timedelta(days=random.randrange(30))
    if random.random() < 0.8 or line.open < 2:
        return Terms.single(line.open, day)
    return Terms.of([(line.open - 1, day), (1, day + timedelta(days=3))])


def _deliver(random: Random, line: Line, who: dict[str, Any]) -> Facts:
    day = who["now"].today
    if who["by"].side is Side.ORDER_SYSTEM:
        total = line.delivered + random.randrange(1, 80)
        return moves.deliver_quantity(line, on=day, total=total, source="erp", **who)
    quantity = min(line.open, Decimal(random.randrange(1, 80)))
    return moves.deliver_quantity(line, on=day, quantity=quantity, **who)


def _offer(random: Random, line: Line, who: dict[str, Any]) -> Facts:
    until = who["now"].at + timedelta(days=2)
    offered = _some_terms(random, line, who["now"])
    return moves.counter_date(line, offered, valid_until=until, **_BECAUSE, **who)


def _change(random: Random, line: Line, who: dict[str, Any]) -> Facts:
    changes = LineChanges(
        quantity=Decimal(random.randrange(50, 150)),
        erp_date=who["now"].today + timedelta(days=random.randrange(30)),
        customer=random.choice(["Brandt Pumpen", "Müller & Söhne", "Vitale Impianti"]),
    )
    return moves.change_line(line, changes, **who)


_Make = Callable[[Random, Line, dict[str, Any]], Facts]
_RANDOM: dict[str, _Make] = {
    "request_date": lambda r, line, who: moves.request_date(
        line, _some_terms(r, line, who["now"]), **who
    ),
    "commit_date": lambda r, line, who: moves.commit_date(line, asked_terms(line), **who),
    "counter_date": _offer,
    "accept_counter": lambda r, line, who: moves.accept_counter(line, **who),
    "propose_revision": lambda r, line, who: moves.propose_revision(
        line, _some_terms(r, line, who["now"]), **_BECAUSE, **who
    ),
    "accept_revision": lambda r, line, who: moves.accept_revision(line, **who),
    "refuse_revision": lambda r, line, who: moves.refuse_revision(line, **who),
    "report_progress": lambda r, line, who: moves.report_progress(
        line, expected=who["now"].today + timedelta(days=r.randrange(9)), **_BECAUSE, **who
    ),
    "deliver_quantity": _deliver,
    "dispute_delivery": lambda r, line, who: moves.dispute_delivery(
        line, short=Decimal(1), **_BECAUSE, **who
    ),
    "take_back_commitment": lambda r, line, who: moves.take_back_commitment(line, **who),
    "change_line": _change,
    "add_note": lambda r, line, who: moves.add_note(line, new_text("a note")[0], **who),
}


def seen(
    url: str,
    function: Callable[Concatenate[AsyncConnectionPool[Any], _P], Awaitable[_T]],
    *given: _P.args,
    **named: _P.kwargs,
) -> _T:
    """What an async reader of the read models finds."""

    async def read() -> _T:
        async with AsyncConnectionPool[Any](url, min_size=1, open=False) as pool:
            return await function(pool, *given, **named)

    return asyncio.run(read())


def caught_up(url: str, seconds: float = 15) -> int:
    """Wait until everything in the log is shown; the position."""
    query = """SELECT position, (SELECT coalesce(max(notification_id), 0)
        FROM accord.stored_events) FROM accord.read_models WHERE live"""
    with psycopg.connect(url, autocommit=True) as connection:
        until(lambda: len(set(connection.execute(query).fetchone() or ())) == 1, seconds)
        return int((connection.execute(query).fetchone() or (0,))[0])


def until(holds: Callable[[], object], seconds: float = 15) -> None:
    """Wait for something to come true."""
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up, "it did not come true in time"
        time.sleep(0.01)
