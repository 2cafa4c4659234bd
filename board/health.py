"""Two addresses for machines: is the process alive, and can it serve."""

from typing import Any

import psycopg
from litestar import Response, get

from board import given

#: Seconds that a probe waits for the database.
PATIENCE = 2.0


@get("/health", opt={"session": False})
async def health() -> dict[str, str]:
    """The process answers. It says nothing about the database: a restart would not mend that."""
    return {"status": "ok"}


@get("/ready", opt={"session": False})
async def ready(pool: given.Pool) -> Response[dict[str, Any]]:
    """Whether requests make sense: 200, or 503 while the database is away.

    A read model that lags is told and is no reason to send people elsewhere: it lags there too.
    """
    try:
        async with pool.connection(timeout=PATIENCE) as connection:
            await connection.execute("SELECT stamp FROM accord.directory")
    except psycopg.Error:
        return Response({"status": "database away"}, status_code=503)
    return Response({"status": "ok"})
