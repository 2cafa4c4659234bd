"""What changed after a position of the log, and whether rows may have changed without an event."""

from typing import Any, NamedTuple

from msgspec import Struct
from psycopg_pool import AsyncConnectionPool

from projections.line_row import LineRow
from projections.line_table import shown
from projections.reading import snapshot
from projections.twins import in_twin


class Making(NamedTuple):
    """How the rows came to be. Where it changes, rows may have changed without a new event: a
    rebuild took over, or a parked stream goes on."""

    twin: str
    shape: int
    parked: int


class Changes(Struct, frozen=True):
    """One look at the read models: up to `position` these rows changed, the earliest first.

    more: there are so many that they were not read.
    """

    position: int
    making: Making
    rows: list[LineRow]
    more: bool = False


async def changes(pool: AsyncConnectionPool[Any], after: int, *, limit: int) -> Changes:
    """The rows that changed after a position of the log; none of them where they are over `limit`.

    Raises NotMigrated, psycopg.Error.
    """
    async with snapshot(pool) as (cursor, live):
        await cursor.execute(in_twin("SELECT count(*) FROM {twin}.parked", live.name))
        (parked,) = await cursor.fetchone() or (0,)
        making = Making(live.name, live.shape, parked)
        if live.position <= after:
            return Changes(live.position, making, [])
        query = "SELECT {row} FROM {twin}.lines WHERE position > %s ORDER BY position LIMIT %s"
        await cursor.execute(in_twin(query, live.name), [after, limit + 1])
        found = await cursor.fetchall()
    more = len(found) > limit
    return Changes(live.position, making, [] if more else [shown(row) for row in found], more)
