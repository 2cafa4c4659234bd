"""Who said what, when and why: the story of a line, and the latest of all lines."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, json
from psycopg.sql import SQL
from psycopg_pool import AsyncConnectionPool

from domain.events import FACTS, Fact
from domain.people import Side
from projections.reading import snapshot
from projections.twins import in_twin


class Entry(Struct, frozen=True):
    """An event of a line's story, at its position of the whole log."""

    position: int
    line_id: UUID
    version: int
    at: datetime
    by: str
    side: Side
    team: str
    fact: Fact


_COLUMNS = "position, line_id, version, at, by, side, team, topic, fact"
_DECODERS = {topic: json.Decoder(fact).decode for topic, fact in FACTS.items()}


async def story(pool: AsyncConnectionPool[Any], line_id: UUID) -> list[Entry]:
    """Everything that was said about a line, in its order."""
    return await _read(pool, "WHERE line_id = %s ORDER BY version", [line_id])


async def latest(
    pool: AsyncConnectionPool[Any], sites: Collection[str] = (), limit: int = 50
) -> list[Entry]:
    """What was said last, the newest first; no sites means all sites."""
    where, values = _at(sites)
    query = f"{where} ORDER BY position DESC LIMIT %s"
    return await _read(pool, query, [*values, limit])


async def since(
    pool: AsyncConnectionPool[Any], moment: datetime, sites: Collection[str] = ()
) -> list[Entry]:
    """What was said after a moment (aware), in the log's order; no sites means all sites."""
    where, values = _at(sites, "at > %s")
    return await _read(pool, f"{where} ORDER BY position", [moment, *values])


def _at(sites: Collection[str], *conditions: str) -> tuple[str, list[object]]:
    every = [*conditions, "site = ANY(%s)"] if sites else list(conditions)
    return ("WHERE " + " AND ".join(every) if every else ""), [list(sites)] if sites else []


async def _read(pool: AsyncConnectionPool[Any], rest: str, values: list[object]) -> list[Entry]:
    async with snapshot(pool) as (cursor, live):
        query = "SELECT {columns} FROM {twin}.history {rest}"
        parts = {"columns": SQL(_COLUMNS), "rest": SQL(rest)}
        await cursor.execute(in_twin(query, live.name, **parts), values)
        return [_entry(*row) for row in await cursor.fetchall()]


def _entry(
    position: int,
    line_id: UUID,
    version: int,
    at: datetime,
    by: str,
    side: str,
    team: str,
    topic: str,
    fact: str,
) -> Entry:
    said = _DECODERS[topic](fact)
    return Entry(position, line_id, version, at, by, Side(side), team, said)
