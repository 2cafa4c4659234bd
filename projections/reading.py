"""How a page reads: from the live twin, in one snapshot, so that rows and position agree."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncCursor
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool

from projections.twins import LIVE, NotMigrated, Twin


@asynccontextmanager
async def snapshot(
    pool: AsyncConnectionPool[Any],
) -> AsyncIterator[tuple[AsyncCursor[tuple[Any, ...]], Twin]]:
    """A cursor that sees one moment of the database, and the twin that was live then.

    Raises NotMigrated, psycopg.OperationalError.
    """
    async with pool.connection() as connection, connection.transaction():
        cursor = connection.cursor(row_factory=tuple_row)
        await cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        await cursor.execute(LIVE)
        row = await cursor.fetchone()
        if row is None:
            raise NotMigrated("no read model is live: run the migrations")
        yield cursor, Twin._make(row)
