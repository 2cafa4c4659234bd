"""The clock: ends offers whose time ran out, and closes deliveries that nobody disputed.

One process in all is the clock. The read models say which lines to look at; whether something has
run out is decided on the line itself, by the database's clock, like any other move.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from eventsourcing.persistence import PersistenceError
from psycopg import Connection, Cursor

from board.sites import Sites
from domain.events import Fact
from domain.line import Line
from domain.moves import clock_moves
from domain.people import CLOCK
from domain.refusals import Refused
from projections.event_store import EventStore, LineUnknown, StoreUnavailable, Unreadable, known
from projections.leading import Leader, State
from projections.twins import in_twin, live_twin

_log = logging.getLogger("accord.clock")

LOCK = 0x4143434F52440003  # an advisory lock of this database: who holds it is the clock
OFFERS = 1.0  # seconds between two looks at what may have run out
DELIVERIES = 60.0  # seconds between two looks at what can no longer be disputed
MOST = 500  # lines a look

_COMMANDS = UUID("0d0a6a0e-4f6b-4a0b-9a53-6d0a2f0f1c55")

_RUN_OUT = """
SELECT id, version, site FROM {twin}.lines
WHERE expires_at < clock_timestamp() AND site = ANY(%s)
    AND id NOT IN (SELECT line_id FROM {twin}.parked)
ORDER BY expires_at LIMIT %s
"""
# Ten working days are ten days or more, and no place is a day ahead of this one: the line itself
# and its site's calendar know whether it is time.
_MAYBE_CLOSED = """
SELECT id, version, site FROM {twin}.lines
WHERE state = 'delivered' AND delivered_on < current_date - 9
    AND site = ANY(%s) AND id NOT IN (SELECT line_id FROM {twin}.parked)
ORDER BY delivered_on LIMIT %s
"""


class _Due(NamedTuple):
    line_id: UUID
    version: int
    site: str


class Clock:
    """A thread that speaks as the clock as long as it may lead."""

    def __init__(self, store: EventStore, sites: Sites) -> None:
        self._store = store
        self._sites = sites
        self._leader = Leader(store.url, LOCK, "the clock", self._tick)

    @property
    def state(self) -> State:
        """Whether this process is the clock, stands by, or has no database at this moment."""
        return self._leader.state

    def start(self) -> None:
        """Begin to tick."""
        self._leader.start()

    def stop(self) -> None:
        """Return when the thread has ended."""
        self._leader.stop()

    def _tick(self, connection: Connection[Any]) -> None:
        cursor = connection.cursor()
        deliveries_at = monotonic()
        while not self._leader.stopping.is_set():
            self._look(cursor, _RUN_OUT)
            if monotonic() >= deliveries_at:
                self._look(cursor, _MAYBE_CLOSED)
                deliveries_at = monotonic() + DELIVERIES
            self._leader.wait(connection, OFFERS)

    def _look(self, cursor: Cursor[Any], query: str) -> None:
        sites = [site.id for site in self._sites]
        rows = cursor.execute(in_twin(query, live_twin(cursor).name), [sites, MOST]).fetchall()
        for row in rows:
            if not self._leader.stopping.is_set():
                self._speak(_Due._make(row))

    def _speak(self, due: _Due) -> None:
        """Say of one line whatever the clock has to say, once."""
        site = self._sites.get(due.site)
        if site is None:
            return

        def decide(line: Line | None, at: datetime) -> Sequence[Fact]:
            now = site.now(at)
            return clock_moves(known(line, due.line_id), now=now, calendar=site.calendar)

        command_id = uuid5(_COMMANDS, f"{due.line_id} {due.version}")
        try:
            self._store.change(due.line_id, decide, by=CLOCK, command_id=command_id)
        except (Refused, LineUnknown, Unreadable, StoreUnavailable, PersistenceError) as error:
            _log.warning("line %s could not be ended: %s", due.line_id, error)
