"""Streams that the follower had to leave alone: shown to the admin, and tried again."""

from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from msgspec import Struct
from psycopg import Cursor
from psycopg.sql import Identifier
from psycopg_pool import AsyncConnectionPool

from projections.batch import Logged, bring_up
from projections.reading import snapshot
from projections.recorder import network
from projections.twins import in_twin, live_twin, wake_readers

_STREAM = """
SELECT notification_id, originator_id, originator_version, topic, state
FROM accord.stored_events WHERE originator_id = %s AND notification_id <= %s
ORDER BY originator_version
"""


class Parked(Struct, frozen=True):
    """A line that stands still on every screen since `parked_at`: its events from `version` on,
    at `position` of the log, could not be shown."""

    line_id: UUID
    version: int
    position: int
    error: str
    parked_at: datetime


async def parked(pool: AsyncConnectionPool[Any]) -> list[Parked]:
    """What is parked now, the longest first."""
    async with snapshot(pool) as (cursor, live):
        query = """SELECT line_id, version, position, error, parked_at
            FROM {twin}.parked ORDER BY position"""
        await cursor.execute(in_twin(query, live.name))
        return [Parked(*row) for row in await cursor.fetchall()]


def retry(url: str, line_id: UUID) -> bool:
    """Build what is shown of this line anew from all its events; whether it goes on now.

    Raises psycopg.Error.
    """
    with psycopg.connect(url, autocommit=True, **network(url)) as connection:
        return _retry(connection.cursor(), line_id)


def retry_all(cursor: Cursor[Any]) -> None:
    """The same for every stream that is parked. Raises psycopg.Error."""
    query = in_twin("SELECT line_id FROM {twin}.parked", live_twin(cursor).name)
    for (line_id,) in cursor.execute(query).fetchall():
        _retry(cursor, line_id)


def _retry(cursor: Cursor[Any], line_id: UUID) -> bool:
    with cursor.connection.transaction():
        live = live_twin(cursor, lock=True)
        rows = cursor.execute(_STREAM, [line_id, live.position]).fetchall()
        for table, column in _HOLD_A_LINE.items():
            names = {"table": Identifier(table), "column": Identifier(column)}
            delete = in_twin("DELETE FROM {twin}.{table} WHERE {column} = %s", live.name, **names)
            cursor.execute(delete, [line_id])
        bring_up(cursor, live.name, [Logged._make(row) for row in rows])
        query = "SELECT FROM {twin}.parked WHERE line_id = %s"
        cursor.execute(in_twin(query, live.name), [line_id])
        goes_on = cursor.rowcount == 0
        wake_readers(cursor, live.position)
    return goes_on


_HOLD_A_LINE = {
    "lines": "id",
    "line_versions": "id",
    "line_grams": "id",
    "history": "line_id",
    "parked": "line_id",
}
