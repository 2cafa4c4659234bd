"""Two addresses for machines: is the process alive, and can it serve."""

from typing import Any

import psycopg
from litestar import Response, get
from psycopg_pool import AsyncConnectionPool

from board import given
from projections.reading import snapshot
from projections.twins import NotMigrated, in_twin

#: Seconds behind the log after which the read models count as standing still.
PATIENCE = 60

_HOW_FAR = """
    SELECT (SELECT count(*) FROM {twin}.parked),
           (SELECT coalesce(max(notification_id), 0) FROM accord.stored_events) - %(position)s,
           (SELECT extract(epoch FROM
                    now() - (convert_from(state, 'UTF8')::json->>'at')::timestamptz)
            FROM accord.stored_events WHERE notification_id > %(position)s
            ORDER BY notification_id LIMIT 1)
"""


@get("/health", opt={"session": False})
async def health() -> dict[str, str]:
    """The process answers. It says nothing about the database: a restart would not mend that."""
    return {"status": "ok"}


@get("/ready", opt={"session": False})
async def ready(pool: given.Pool, hub: given.Hub) -> Response[dict[str, Any]]:
    """Whether requests make sense: 200, or 503 while the database is away or not migrated.

    Read models that lag behind are told (`behind`: events, `parked`: lines) and answered with 200:
    every process shows the same ones, so there is nowhere better to send people to. `viewers` are
    this process's open live streams, `lagging` those whose line is too slow at this moment.
    """
    try:
        parked, behind, seconds = await _how_far(pool)
    except psycopg.OperationalError:
        return Response({"status": "database away"}, status_code=503)
    except (NotMigrated, psycopg.errors.UndefinedTable):
        return Response({"status": "not migrated"}, status_code=503)
    status = "behind" if seconds > PATIENCE else "parked" if parked else "ok"
    watching = {"viewers": hub.viewers, "lagging": hub.lagging}
    return Response({"status": status, "behind": behind, "parked": parked, **watching})


async def _how_far(pool: AsyncConnectionPool) -> tuple[int, int, float]:
    """Parked lines, events not yet shown, and the age of the oldest of those in seconds."""
    async with snapshot(pool) as (cursor, live):
        await cursor.execute(in_twin(_HOW_FAR, live.name), {"position": live.position})
        row = await cursor.fetchone()
    return (row[0], row[1], float(row[2] or 0)) if row else (0, 0, 0.0)
