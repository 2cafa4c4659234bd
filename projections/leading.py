"""A thread of which one in all processes leads, while the others stand by to take over.

The lead is an advisory lock of the very connection that is worked on: who loses the connection has
lost the lead, and can't write any more.
"""

import contextlib
import logging
import random
import select
import socket
import threading
from collections.abc import Callable
from typing import Any, Literal

import psycopg
from psycopg import Connection

from projections.recorder import network

_log = logging.getLogger("accord.leading")

TRIES = 0.3  # seconds after which one who stands by asks for the lead again
LONGEST_PAUSE = 3.0  # seconds between two tries to connect

State = Literal["stopped", "away", "standing by", "leading"]


class Leader:
    """Runs `lead` on a connection of its own, in autocommit, whenever this process may lead.

    `lead` returns when `stopping` is set; when it raises, it is called again on a new connection.
    """

    def __init__(
        self, url: str, lock: int, name: str, lead: Callable[[Connection[Any]], None]
    ) -> None:
        self._url = url
        self._lock = lock
        self._lead = lead
        self._name = name
        self._bell, self._rope = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.stopping = threading.Event()
        self.state: State = "stopped"

    def start(self) -> None:
        """Begin to stand by."""
        self._thread.start()

    def stop(self) -> None:
        """Hand the lead over when what is in hand is done; returns when the thread has ended."""
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._rope.send(b"!")
        if self._thread.is_alive():
            self._thread.join()

    def wait(self, connection: Connection[Any], seconds: float) -> None:
        """Until something comes over the connection, or this many seconds, or the end."""
        if not list(connection.notifies(timeout=0)):
            select.select([connection.fileno(), self._bell.fileno()], [], [], seconds)
            list(connection.notifies(timeout=0))

    def _run(self) -> None:
        pause = 0.1
        while not self.stopping.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, **network(self._url)) as link:
                    pause = 0.1
                    self._serve(link)
            except psycopg.Error as error:
                _log.warning("%s: the database is away: %s", self._name, error)
            except Exception:  # noqa: BLE001 a thread that ends in silence is a board that stands still
                _log.exception("%s stumbled, and begins again", self._name)
            self.state = "away"
            self.stopping.wait(pause * random.uniform(0.5, 1))  # noqa: S311 spreads processes
            pause = min(pause * 2, LONGEST_PAUSE)
        self.state = "stopped"
        self._bell.close()
        self._rope.close()

    def _serve(self, connection: Connection[Any]) -> None:
        self.state = "standing by"
        while not _holds(connection, self._lock):
            if self.stopping.wait(TRIES):
                return
        self.state = "leading"
        _log.info("%s leads", self._name)
        self._lead(connection)


def _holds(connection: Connection[Any], lock: int) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [lock]).fetchone()
    return bool(row and row[0])
