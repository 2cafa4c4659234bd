"""The board's rows: what is said of every line now, and what was at any moment before."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from psycopg_pool import AsyncConnectionPool

from projections.line_filter import NOW, THEN, Filter, Where, Whose, borne
from projections.line_row import Changed, LineRow, Mark, Promise
from projections.line_table import shown
from projections.reading import pieces, snapshot
from projections.twins import in_twin

__all__ = [
    "Board",
    "Changed",
    "Filter",
    "LineRow",
    "Mark",
    "Promise",
    "Tally",
    "Whose",
    "board",
    "every",
    "position",
    "row",
    "rows_changed",
    "tally",
]


class Tally(Struct, frozen=True):
    """How many lines a filter means: in all, of somebody's own, and with each mark."""

    total: int
    mine: int
    marks: dict[str, int]


class Board(Struct, frozen=True):
    """The rows, the earliest day first; how many there are in all; the log's position.

    whole: what is counted over all lines, where the rows are only some of them.
    """

    rows: list[LineRow]
    total: int
    position: int
    whole: Tally | None = None


async def board(
    pool: AsyncConnectionPool[Any],
    flt: Filter,
    *,
    today: date,
    at: datetime | None = None,
    limit: int = 2000,
    stays_since: date | None = None,
    first: Whose | None = None,
) -> Board:
    """The open lines that the filter means, with those delivered lately; at most `limit` of them.

    at: the board as it was at that moment (aware), with `today` its day. stays_since: closed lines
    are still shown if their last delivery was then or later; ten working days of a five-day week
    before today unless the site's own calendar says otherwise. first: whose lines that wait are
    kept before all others where there are more than `limit`; see `_KEPT_FIRST`.
    """
    where = Where.of(flt, today, stays_since, indexed=at is None)
    table = NOW if at is None else THEN
    mine = first.condition if first else "false"
    values = {**where.values, **(first.values if first else {})}
    values |= {"at": at, "limit": limit, "today": today}
    async with snapshot(pool) as (cursor, live):
        kept = f"{_KEPT_FIRST}, NOT ({mine}), day NULLS LAST, id"
        cut = f"SELECT {{row}}, day, id {table} {where} ORDER BY {kept} LIMIT %(limit)s"
        query = f"SELECT {{row}} FROM ({cut}) AS kept ORDER BY day NULLS LAST, id"  # noqa: S608 bound
        await cursor.execute(in_twin(query, live.name), values)
        rows = [shown(row) for row in await cursor.fetchall()]
        total = len(rows)
        if total == limit:
            await cursor.execute(in_twin(f"SELECT count(*) {table} {where}", live.name), values)
            total = (await cursor.fetchone() or (0,))[0]
        return Board(rows, total, live.position)


#: What is kept where not everything can be: what waits for somebody's move, then what is agreed,
#: then what only waits to be confirmed, then what is finished.
_KEPT_FIRST = """CASE
    WHEN finished THEN 3
    WHEN state = 'delivered' THEN 2
    WHEN state = 'committed' AND NOT 'misfit' = ANY(marks)
        AND coalesce(next_due >= %(today)s, true) THEN 1
    ELSE 0
END"""


async def tally(
    pool: AsyncConnectionPool[Any],
    flt: Filter,
    whose: Whose,
    *,
    today: date,
    at: datetime | None = None,
    stays_since: date | None = None,
) -> Tally:
    """The lines of `board` counted, all of them and without reading one."""
    where = Where.of(flt, today, stays_since, indexed=at is None)
    conditions = [whose.condition, *(borne(mark, f"mark_{mark}") for mark in Mark)]
    asked = ", ".join(f"count(*) FILTER (WHERE {one})" for one in conditions)
    query = f"SELECT count(*), {asked} {NOW if at is None else THEN} {where}"
    values = {
        **where.values,
        **whose.values,
        **{f"mark_{mark}": mark.value for mark in Mark},
        "at": at,
        "today": today,
    }
    async with snapshot(pool) as (cursor, live):
        await cursor.execute(in_twin(query, live.name), values)
        total, mine, *found = await cursor.fetchone() or (0, 0)
    return Tally(total, mine, {m.value: n for m, n in zip(Mark, found, strict=True)})


async def every(
    pool: AsyncConnectionPool[Any],
    flt: Filter,
    *,
    today: date,
    at: datetime | None = None,
    stays_since: date | None = None,
) -> AsyncIterator[list[LineRow]]:
    """All the lines of `board` without a limit, some hundred at a time: for lists that go out.

    One snapshot, and memory for one piece of it, however many lines there are.
    """
    where = Where.of(flt, today, stays_since, indexed=at is None)
    query = f"SELECT {{row}} {NOW if at is None else THEN} {where} ORDER BY day NULLS LAST, id"
    async with pieces(pool, query, {**where.values, "at": at}) as read:
        async for rows in read:
            yield [shown(row) for row in rows]


async def row(
    pool: AsyncConnectionPool[Any], line_id: UUID, *, at: datetime | None = None
) -> LineRow | None:
    """One line, now or as it was at a moment (aware); None where it wasn't known."""
    table = NOW if at is None else THEN
    async with snapshot(pool) as (cursor, live):
        query = f"SELECT {{row}} {table} WHERE id = %(id)s"
        await cursor.execute(in_twin(query, live.name), {"id": line_id, "at": at})
        found = await cursor.fetchone()
        return shown(found) if found else None


async def rows_changed(pool: AsyncConnectionPool[Any], after: int) -> list[LineRow]:
    """The lines that changed after a position of the log, in the order of their last event."""
    async with snapshot(pool) as (cursor, live):
        query = "SELECT {row} FROM {twin}.lines WHERE position > %s ORDER BY position"
        await cursor.execute(in_twin(query, live.name), [after])
        return [shown(row) for row in await cursor.fetchall()]


async def position(pool: AsyncConnectionPool[Any]) -> int:
    """Up to where in the log the rows are."""
    async with snapshot(pool) as (_, live):
        return live.position
