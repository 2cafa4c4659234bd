"""The follower of the log: one process leads and writes the read models, the others stand by.

It listens before its first read and looks by itself every second, so that no event is missed; it
connects again, however often the database goes away; and it rebuilds the views when the code that
filled them is not this one.
"""

import contextlib
import logging
import random
import select
import socket
import threading
from typing import Any, Literal

import psycopg
from psycopg import Connection, Cursor

from projections.batch import BATCH, bring_up, read
from projections.line_table import SHAPE
from projections.parked import parked, retry, retry_all
from projections.rebuild import RebuildRunning, rebuild, rebuild_on
from projections.recorder import network
from projections.twins import live_twin, reached, wake_readers

__all__ = ["Projector", "RebuildRunning", "follow", "parked", "rebuild", "retry"]

_log = logging.getLogger("accord.projector")

LEADER = 0x4143434F52440001  # an advisory lock of this database: who holds it writes
LOOKS = 1.0  # seconds after which the leader looks at the log without being woken
TRIES = 0.3  # seconds after which one who stands by asks for the lead again
LONGEST_PAUSE = 5.0  # seconds between two tries to connect

State = Literal["stopped", "away", "standing by", "leading"]


class Projector:
    """A thread that follows the log as long as it may lead."""

    def __init__(self, url: str, *, batch: int = BATCH) -> None:
        self._url = url
        self._batch = batch
        self._stopping = threading.Event()
        self._bell, self._rope = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)
        self.state: State = "stopped"

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch in hand, hand the lead over, and return when the thread has ended."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._rope.send(b"!")
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause = 0.1
        while not self._stopping.is_set():
            try:
                with _connect(self._url) as connection:
                    pause = 0.1
                    self._serve(connection)
            except psycopg.Error as error:
                self.state = "away"
                _log.warning("the database is away: %s", error)
            except Exception:  # noqa: BLE001 a thread that ends in silence is a board that stands still
                self.state = "away"
                _log.exception("the projector stumbled, and begins again")
            self._stopping.wait(pause * random.uniform(0.5, 1))  # noqa: S311 spreads processes
            pause = min(pause * 2, LONGEST_PAUSE)
        self.state = "stopped"
        self._bell.close()
        self._rope.close()

    def _serve(self, connection: Connection[Any]) -> None:
        """Stand by, then lead until the process stops or the connection breaks."""
        self.state = "standing by"
        while not self._take_lead(connection):
            if self._stopping.wait(TRIES):
                return
        self.state = "leading"
        _log.info("leading")
        connection.execute("LISTEN accord_log")
        cursor = connection.cursor()
        self._make_ours(connection)
        while not self._stopping.is_set():
            while follow(cursor, self._batch) == self._batch:
                if self._stopping.is_set():
                    return
            self._wait(connection)

    def _take_lead(self, connection: Connection[Any]) -> bool:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LEADER]).fetchone()
        return bool(row and row[0])

    def _make_ours(self, connection: Connection[Any]) -> None:
        """Views that other code filled are built anew; what other code couldn't read, this may."""
        cursor = connection.cursor()
        cursor.execute(
            "UPDATE accord.read_models SET shape = %s WHERE live AND position = 0", [SHAPE]
        )
        while (shape := live_twin(cursor).shape) != SHAPE and not self._stopping.is_set():
            _log.info("the views were filled by other code (%s, not %s)", shape, SHAPE)
            try:
                rebuild_on(connection, self._batch)
            except RebuildRunning:
                self._stopping.wait(LOOKS)
        retry_all(cursor)

    def _wait(self, connection: Connection[Any]) -> None:
        """Until the log grows, as far as anybody says so; at most LOOKS seconds."""
        if not list(connection.notifies(timeout=0)):
            select.select([connection.fileno(), self._bell.fileno()], [], [], LOOKS)
            list(connection.notifies(timeout=0))


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


def _connect(url: str) -> Connection[Any]:
    connection = psycopg.connect(url, autocommit=True, **network(url))
    # What a crash takes back here is made again from the log, just the same.
    connection.execute("SET synchronous_commit = off")
    return connection
