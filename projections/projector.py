"""The follower of the log: one process leads and writes the read models, the others stand by.

It listens before its first read and looks by itself every second, so that no event is missed; it
connects again, however often the database goes away; and it rebuilds the views when the code that
filled them is not this one.
"""

import logging
from typing import Any

from psycopg import Connection, Cursor

from projections.batch import BATCH, bring_up, read
from projections.leading import Leader, State
from projections.line_table import SHAPE
from projections.parked import parked, retry, retry_all
from projections.rebuild import RebuildRunning, rebuild, rebuild_on
from projections.twins import live_twin, reached, wake_readers

__all__ = ["Projector", "RebuildRunning", "follow", "parked", "rebuild", "retry"]

_log = logging.getLogger("accord.projector")

PROJECTOR = 0x4143434F52440001  # an advisory lock of this database: who holds it writes
LOOKS = 1.0  # seconds after which the leader looks at the log without being woken


class Projector:
    """A thread that follows the log as long as it may lead."""

    def __init__(self, url: str, *, batch: int = BATCH) -> None:
        self._batch = batch
        self._leader = Leader(url, PROJECTOR, "the projector", self._follow)

    @property
    def state(self) -> State:
        """Whether this process leads, stands by, or has no database at this moment."""
        return self._leader.state

    def start(self) -> None:
        """Begin to follow."""
        self._leader.start()

    def stop(self) -> None:
        """Finish the batch in hand, hand the lead over, and return when the thread has ended."""
        self._leader.stop()

    def _follow(self, connection: Connection[Any]) -> None:
        # What a crash takes back here is made again from the log, just the same.
        connection.execute("SET synchronous_commit = off")
        connection.execute("LISTEN accord_log")
        cursor = connection.cursor()
        self._make_ours(cursor)
        while not self._leader.stopping.is_set():
            if follow(cursor, self._batch) < self._batch:
                self._leader.wait(connection, LOOKS)

    def _make_ours(self, cursor: Cursor[Any]) -> None:
        """Views that other code filled are built anew; what other code couldn't read, this may."""
        query = "UPDATE accord.read_models SET shape = %s WHERE live AND position = 0"
        cursor.execute(query, [SHAPE])
        while (shape := live_twin(cursor).shape) != SHAPE and not self._leader.stopping.is_set():
            _log.info("the views were filled by other code (%s, not %s)", shape, SHAPE)
            try:
                rebuild_on(cursor.connection, self._batch)
            except RebuildRunning:
                self._leader.stopping.wait(LOOKS)
        retry_all(cursor)


def follow(cursor: Cursor[Any], batch: int = BATCH) -> int:
    """Bring the live twin up to at most `batch` more events, in one transaction; how many.

    Wakes those who read the views. Raises psycopg.Error.
    """
    with cursor.connection.transaction():
        live = live_twin(cursor, lock=True)
        events = read(cursor, live.position, batch)
        if events:
            bring_up(cursor, live.name, events)
            reached(cursor, live.name, events[-1].position)
            wake_readers(cursor, events[-1].position)
    return len(events)
