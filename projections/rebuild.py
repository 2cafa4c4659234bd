"""Build the read models anew from the whole log, beside the live ones, and then change over."""

import logging
from collections.abc import Callable
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, Cursor

from projections.batch import BATCH, bring_up, read
from projections.line_table import SHAPE
from projections.recorder import network
from projections.twins import in_twin, live_twin, reached, wake_readers

_log = logging.getLogger("accord.rebuild")

REBUILDER = 0x4143434F52440002  # an advisory lock of this database: one rebuild at a time

#: Called with how many events are done, and how many there are.
Progress = Callable[[int, int], None]

_TABLES = ("lines", "line_versions", "line_grams", "history", "parked")


class RebuildRunning(Exception):
    """Somebody else rebuilds the views at this moment."""


def rebuild(url: str, progress: Progress | None = None, *, batch: int = BATCH) -> int:
    """Rebuild while the live views are read, and followed, as ever; up to which position.

    Raises RebuildRunning, psycopg.Error.
    """
    with psycopg.connect(url, autocommit=True, **network(url)) as connection:
        connection.execute("SET synchronous_commit = off")
        return rebuild_on(connection, batch, progress)


def rebuild_on(
    connection: Connection[Any], batch: int = BATCH, progress: Progress | None = None
) -> int:
    """The same on a connection in autocommit. Raises RebuildRunning, psycopg.Error."""
    cursor = connection.cursor()
    if not _one(cursor, "SELECT pg_try_advisory_lock(%s)", REBUILDER):
        raise RebuildRunning("the views are being rebuilt already")
    try:
        twin = _emptied(cursor)
        while _step(cursor, twin, batch) == batch:
            _tell(cursor, twin, progress)
        position = _change_over(cursor, twin, batch)
        if progress:
            progress(position, position)
        _log.info("rebuilt up to position %s", position)
        return position
    finally:
        if not connection.broken:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [REBUILDER])


def _emptied(cursor: Cursor[Any]) -> str:
    """The idle twin, with nothing in it and at the beginning of the log."""
    with cursor.connection.transaction():
        query = "SELECT name FROM accord.read_models WHERE NOT live FOR UPDATE"
        twin = str(_one(cursor, query))
        for table in _TABLES:
            cursor.execute(in_twin(f"TRUNCATE {{twin}}.{table}", twin))
        cursor.execute(
            "UPDATE accord.read_models SET position = 0, shape = %s WHERE name = %s", [SHAPE, twin]
        )
    return twin


def _step(cursor: Cursor[Any], twin: str, batch: int) -> int:
    with cursor.connection.transaction():
        query = "SELECT position FROM accord.read_models WHERE name = %s FOR UPDATE"
        events = read(cursor, int(_one(cursor, query, twin)), batch)
        if events:
            bring_up(cursor, twin, events)
            reached(cursor, twin, events[-1].position)
    return len(events)


def _change_over(cursor: Cursor[Any], twin: str, batch: int) -> int:
    """The follower waits while the last events come in; then `twin` is what is read.

    At least as far as the other one was: what somebody has seen never disappears again.
    """
    with cursor.connection.transaction():
        live_twin(cursor, lock=True)
        while _step(cursor, twin, batch) == batch:
            pass
        cursor.execute("UPDATE accord.read_models SET live = false WHERE live")
        cursor.execute("UPDATE accord.read_models SET live = true WHERE name = %s", [twin])
        live = live_twin(cursor)
        wake_readers(cursor, live.position)
    return live.position


def _tell(cursor: Cursor[Any], twin: str, progress: Progress | None) -> None:
    if progress is None:
        return
    done = _one(cursor, "SELECT position FROM accord.read_models WHERE name = %s", twin)
    total = _one(cursor, "SELECT coalesce(max(notification_id), 0) FROM accord.stored_events")
    progress(int(done), int(total))


def _one(cursor: Cursor[Any], query: LiteralString, *values: object) -> Any:
    """The one value of a query's one row."""
    row = cursor.execute(query, values).fetchone()
    return row[0] if row else None
