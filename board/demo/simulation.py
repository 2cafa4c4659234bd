"""Keeps the demo alive: now and then somebody makes a move, through the same door as everybody."""

import asyncio
import logging
import random
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import PersistenceError
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from board.demo.factory import factory
from board.demo.order_system import OrderSystem
from board.demo.people import Choice, Players
from board.demo.scene import Scene
from board.sites import Directory
from domain.events import Fact
from domain.line import Line
from domain.people import Person
from domain.refusals import Refused
from projections import lines
from projections.event_store import (
    EventStore,
    LineUnknown,
    StoreUnavailable,
    Unreadable,
    open_store,
)
from projections.lines import Filter, LineRow
from projections.texts import Words

_log = logging.getLogger("accord.demo")

Decide = Callable[[Line | None, datetime], Sequence[Fact]]

#: Nobody answers within so many beats of the last word on a line.
THINKS = 4
LONGEST_THOUGHT = timedelta(seconds=60)
#: Seconds after which it goes on when the database was away.
AWAY = 2.0


class Simulation:
    """A thread in which the people of the factory work, `pace` moves a minute."""

    def __init__(self, url: str, *, pace: float, seed: int | None = None) -> None:
        self._url = url
        self._beat = 60 / pace
        self._chance = random.Random(seed)  # noqa: S311 believable, not secret
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._play, name="simulation", daemon=True)

    def start(self) -> None:
        """People come to work."""
        self._thread.start()

    def stop(self) -> None:
        """Return when the move in hand is made."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _play(self) -> None:
        asyncio.run(self._days())

    async def _days(self) -> None:
        """Whatever happens to the database, people go on when it is back."""
        while not self._stopping.is_set():
            try:
                with open_store(self._url) as store:
                    async with _pool(self._url) as pool:
                        await self._work(pool, store)
            except (psycopg.Error, PoolTimeout, PersistenceError, StoreUnavailable):
                _log.warning("the simulated people wait for the database")
            except Exception:  # noqa: BLE001 a demo that stands still tells nobody why
                _log.exception("the simulated people stumbled, and go on")
            await self._pause(AWAY)

    async def _work(self, pool: AsyncConnectionPool[Any], store: EventStore) -> None:
        directory = Directory()
        await directory.refresh(pool)
        made_up = factory()
        players = Players(made_up, directory.sites, self._chance)
        everything = await lines.board(pool, Filter(folded=True), today=_today(), limit=20_000)
        orders = OrderSystem(made_up, directory.sites, everything.rows, self._chance)
        while not self._stopping.is_set():
            board = await lines.board(pool, Filter(), today=_today())
            if happening := orders.happening(board.rows):
                self._change(store, happening.line_id, happening.decide, happening.by, {})
            else:
                await self._somebody(pool, store, players, board.rows)
            await self._pause(self._beat * self._chance.uniform(0.4, 1.6))

    async def _somebody(
        self,
        pool: AsyncConnectionPool[Any],
        store: EventStore,
        players: Players,
        rows: Sequence[LineRow],
    ) -> None:
        visiting = await _visiting(pool)
        think = min(timedelta(seconds=THINKS * self._beat), LONGEST_THOUGHT)
        choice = players.choose(rows, datetime.now(UTC), visiting=visiting, think=think)
        if choice is not None:
            texts: dict[UUID, Words] = {}
            decide = _answering(choice, texts, self._chance)
            self._change(store, choice.row.line.id, decide, choice.by, texts)

    def _change(
        self,
        store: EventStore,
        line_id: UUID,
        decide: Decide,
        by: Person,
        texts: dict[UUID, Words],
    ) -> None:
        try:
            store.change(line_id, decide, by=by, command_id=uuid4(), texts=texts)
        except (Refused, LineUnknown, Unreadable) as refusal:
            _log.debug("a simulated move was refused: %s", refusal)

    async def _pause(self, seconds: float) -> None:
        await asyncio.to_thread(self._stopping.wait, seconds)


def _answering(choice: Choice, texts: dict[UUID, Words], chance: random.Random) -> Decide:
    """What they saw is what they answer; if others were quicker, they let it be."""

    def decide(line: Line | None, at: datetime) -> Sequence[Fact]:
        texts.clear()
        if line is None or line.version != choice.row.line.version:
            return ()
        scene = Scene(line, choice.by, at, choice.site, chance)
        facts = choice.habit.make(scene)
        texts.update(scene.texts)
        return facts

    return decide


def _pool(url: str) -> AsyncConnectionPool[Any]:
    """One connection is enough: people here work one after the other."""
    return AsyncConnectionPool(
        url,
        min_size=1,
        max_size=1,
        timeout=4,
        check=AsyncConnectionPool.check_connection,
        kwargs={"application_name": "accord demo", "connect_timeout": 4},
        open=False,
    )


def _today() -> date:
    return datetime.now(UTC).date()


async def _visiting(pool: AsyncConnectionPool[Any]) -> frozenset[str]:
    """The teams for which somebody has a page open, or had a few minutes ago."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT DISTINCT p.team FROM accord.session s JOIN accord.person p ON p.id = s.person"
            " WHERE s.seen_at > now() - interval '10 minutes' AND p.team IS NOT NULL"
        )
        return frozenset(team for (team,) in await cursor.fetchall())
