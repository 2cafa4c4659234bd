"""The board's rows: what is said of every line now, and what was at any moment before."""

from collections.abc import AsyncIterator, Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from psycopg_pool import AsyncConnectionPool

from domain.line import State
from projections import search
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
    "board",
    "every",
    "position",
    "row",
    "rows_changed",
]

#: Ten working days of a five-day week: how long a delivered line stays on the board.
STAYS = timedelta(days=14)


class Filter(Struct, frozen=True, kw_only=True):
    """Which lines are meant; what is empty doesn't count.

    text: words that order, customer, part number or product hold, in any order, without regard to
    capitals and accents. mark: one of Mark. folded: with the lines that are finished.
    """

    sites: frozenset[str] = frozenset()
    team: str = ""
    sales_team: str = ""
    customer: str = ""
    family: str = ""
    state: frozenset[State] = frozenset()
    text: str = ""
    rep: str = ""
    mark: str = ""
    folded: bool = False


class Board(Struct, frozen=True):
    """The rows, the earliest day first; how many there are in all; the log's position."""

    rows: list[LineRow]
    total: int
    position: int


async def board(
    pool: AsyncConnectionPool[Any],
    flt: Filter,
    *,
    today: date,
    at: datetime | None = None,
    limit: int = 2000,
    stays_since: date | None = None,
) -> Board:
    """The open lines that the filter means, with those delivered lately; at most `limit` of them.

    at: the board as it was at that moment (aware), with `today` its day. stays_since: closed lines
    are still shown if their last delivery was then or later; ten working days of a five-day week
    before today unless the site's own calendar says otherwise.
    """
    where = _Where.of(flt, today, stays_since or today - STAYS)
    where.found_by(search.words(flt.text), indexed=at is None)
    table = _NOW if at is None else _THEN
    values = {**where.values, "at": at, "limit": limit}
    async with snapshot(pool) as (cursor, live):
        query = f"SELECT {{row}} {table} {where} ORDER BY day NULLS LAST, id LIMIT %(limit)s"
        await cursor.execute(in_twin(query, live.name), values)
        rows = [shown(row) for row in await cursor.fetchall()]
        total = len(rows)
        if total == limit:
            await cursor.execute(in_twin(f"SELECT count(*) {table} {where}", live.name), values)
            total = (await cursor.fetchone() or (0,))[0]
        return Board(rows, total, live.position)


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
    where = _Where.of(flt, today, stays_since or today - STAYS)
    where.found_by(search.words(flt.text), indexed=at is None)
    query = f"SELECT {{row}} {_NOW if at is None else _THEN} {where} ORDER BY day NULLS LAST, id"
    async with pieces(pool, query, {**where.values, "at": at}) as read:
        async for rows in read:
            yield [shown(row) for row in rows]


async def row(
    pool: AsyncConnectionPool[Any], line_id: UUID, *, at: datetime | None = None
) -> LineRow | None:
    """One line, now or as it was at a moment (aware); None where it wasn't known."""
    table = _NOW if at is None else _THEN
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


_NOW = "FROM {twin}.lines"
_THEN = """FROM (
    SELECT {columns} FROM {twin}.lines WHERE valid_from <= %(at)s
    UNION ALL
    SELECT {columns} FROM {twin}.line_versions WHERE valid_from <= %(at)s AND valid_to > %(at)s
) AS moment"""


class _Where:
    """The conditions of a query, and their values by name."""

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.values: dict[str, object] = {}

    @classmethod
    def of(cls, flt: Filter, today: date, stays_since: date) -> "_Where":
        where = cls()
        if not flt.folded:
            where.holds("(NOT finished OR (state = 'closed' AND delivered_on >= %(stays)s))")
            where.values["stays"] = stays_since
        for column in ("team", "sales_team", "customer", "family", "rep"):
            if value := getattr(flt, column):
                where.holds(f"{column} = %({column})s", **{column: value})
        where.among("site", flt.sites)
        where.among("state", {state.value for state in flt.state})
        where.marked(flt.mark, today)
        return where

    def holds(self, condition: str, **values: object) -> None:
        self.conditions.append(condition)
        self.values |= values

    def among(self, column: str, wanted: Collection[str]) -> None:
        if wanted:
            self.holds(f"{column} = ANY(%({column})s)", **{column: sorted(wanted)})

    def marked(self, mark: str, today: date) -> None:
        if mark == Mark.OVERDUE:
            self.holds("next_due < %(today)s", today=today)
        elif mark:
            self.holds("%(mark)s = ANY(marks)", mark=mark)

    def found_by(self, words: list[str], *, indexed: bool) -> None:
        """Each word is somewhere in the row; the index of letters finds the few to look at."""
        grams = sorted({gram for word in words for gram in search.grams(word)})
        if grams and indexed:
            self.holds("id IN (SELECT id FROM {twin}.line_grams WHERE grams @> %(grams)s)")
            self.values["grams"] = grams
        for n, word in enumerate(words):
            self.holds(f"search LIKE %(word{n})s", **{f"word{n}": search.pattern(word)})

    def __str__(self) -> str:
        return "WHERE " + " AND ".join(self.conditions) if self.conditions else ""
