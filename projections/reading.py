"""How a page reads: from the live twin, in one snapshot, so that rows and position agree."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncCursor
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool

from projections.twins import LIVE, NotMigrated, Twin, in_twin

#: Rows of a long list that are in memory at once.
PIECE = 500


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


@asynccontextmanager
async def pieces(
    pool: AsyncConnectionPool[Any], query: str, values: dict[str, Any]
) -> AsyncIterator[AsyncIterator[list[tuple[Any, ...]]]]:
    """The rows of a long query on the live twin, piece by piece out of one snapshot.

    Raises NotMigrated, psycopg.OperationalError.
    """
    async with (
        snapshot(pool) as (asked, live),
        asked.connection.cursor("pieces", row_factory=tuple_row) as cursor,
    ):
        await cursor.execute(in_twin(query, live.name), values)

        async def read() -> AsyncIterator[list[tuple[Any, ...]]]:
            while rows := await cursor.fetchmany(PIECE):
                yield rows

        yield read()
