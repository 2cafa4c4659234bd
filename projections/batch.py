"""One step of the follower: read a batch of the log, and bring one of the twins up to it.

Events, rows, versions, history and the position are one transaction. A stream that can't go on is
parked whole: the rest of the batch goes on without it.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from msgspec import json
from psycopg import Cursor

from domain.events import OrderNumberClaimed, Recorded
from projections import search
from projections.line_row import LineRow
from projections.line_table import COLUMNS, TableRow, after, keep, shown_again
from projections.recording import from_stored
from projections.twins import in_twin

#: Events a transaction, while catching up.
BATCH = 5_000

HISTORY = "position, line_id, version, at, by, side, team, site, topic, fact"
PARKED = "line_id, version, position, error"
#: How the topic of a claimed order number begins: it is no event of a line.
CLAIM = f"{OrderNumberClaimed.topic}:"


class Logged(NamedTuple):
    """An event as the log holds it, with its position."""

    position: int
    line_id: UUID
    version: int
    topic: str
    state: bytes


class Parked(NamedTuple):
    """A stream, the event before which it stopped, that event's position, and why."""

    line_id: UUID
    version: int
    position: int
    error: str


class Written(NamedTuple):
    """What a batch, or a stream of it, leaves in the tables."""

    lines: list[TableRow]
    versions: list[tuple[Any, ...]]
    history: list[tuple[Any, ...]]
    parked: list[Parked]
    searched: dict[UUID, str]


_READ = """
SELECT notification_id, originator_id, originator_version, topic, state
FROM accord.stored_events WHERE notification_id > %s ORDER BY notification_id LIMIT %s
"""


def read(cursor: Cursor[Any], position: int, limit: int = BATCH) -> list[Logged]:
    """The events after a position of the log, in its order."""
    return [Logged._make(row) for row in cursor.execute(_READ, [position, limit], prepare=True)]


def bring_up(cursor: Cursor[Any], twin: str, events: list[Logged]) -> None:
    """Write what these events mean into `twin`; the caller's transaction is open.

    Raises psycopg.OperationalError; whatever else goes wrong parks the streams it goes wrong with.
    """
    streams = _streams(cursor, twin, events)
    try:
        with cursor.connection.transaction():
            _write(cursor, twin, streams)
    except psycopg.OperationalError:
        raise
    except psycopg.Error:
        for line_id, stream in streams.items():
            _write_alone(cursor, twin, line_id, stream)


def _write_alone(cursor: Cursor[Any], twin: str, line_id: UUID, stream: list[Logged]) -> None:
    try:
        with cursor.connection.transaction():
            _write(cursor, twin, {line_id: stream})
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        first = stream[0]
        _park(cursor, twin, [Parked(line_id, first.version, first.position, _why(error))])


def _streams(cursor: Cursor[Any], twin: str, events: list[Logged]) -> dict[UUID, list[Logged]]:
    """The batch by streams, without claimed order numbers and without what is parked."""
    streams: dict[UUID, list[Logged]] = {}
    for event in events:
        if not event.topic.startswith(CLAIM):
            streams.setdefault(event.line_id, []).append(event)
    query = in_twin("SELECT line_id FROM {twin}.parked WHERE line_id = ANY(%s)", twin)
    for (line_id,) in cursor.execute(query, [list(streams)]).fetchall():
        del streams[line_id]
    return streams


def _write(cursor: Cursor[Any], twin: str, streams: dict[UUID, list[Logged]]) -> None:
    query = in_twin("DELETE FROM {twin}.lines WHERE id = ANY(%s) RETURNING {columns}", twin)
    rows = cursor.execute(query, [list(streams)]).fetchall()
    formers = {row[0]: TableRow._make(row) for row in rows}
    written = Written([], [], [], [], {})
    for line_id, stream in streams.items():
        fold(written, formers.get(line_id), stream)
    put(cursor, twin, written)


def fold(written: Written, former: TableRow | None, stream: Iterable[Logged]) -> None:
    """Add to `written` what the events of one stream, in their order, make of its former row."""
    kept = former
    row = shown_again(former) if former else None
    for logged in stream:
        try:
            event = from_stored(logged.line_id, logged.version, logged.topic, logged.state)
            row = after(row, event, logged.position)
            following = keep(row, event.at)
            entry = _entry(logged, event, row)
        except Exception as error:  # noqa: BLE001 whatever it is, the other streams go on
            why = Parked(logged.line_id, logged.version, logged.position, _why(error))
            written.parked.append(why)
            break
        if kept is not None:
            written.versions.append((*kept, event.at))
        kept = following
        written.history.append(entry)
    if kept is not None:
        written.lines.append(kept)
        if former is None or former.search != kept.search:
            written.searched[kept.id] = kept.search


def _entry(logged: Logged, event: Recorded, row: LineRow) -> tuple[Any, ...]:
    """The event as a row of the history."""
    return (
        logged.position,
        event.originator_id,
        event.originator_version,
        event.at,
        event.by,
        event.side.value,
        event.team,
        row.line.details.site,
        event.fact.topic,
        json.encode(event.fact).decode(),
    )


def put(cursor: Cursor[Any], twin: str, written: Written) -> None:
    """Write the rows."""
    _copy(cursor, twin, "lines", COLUMNS, written.lines)
    _copy(cursor, twin, "line_versions", f"{COLUMNS}, valid_to", written.versions)
    _copy(cursor, twin, "history", HISTORY, written.history)
    _park(cursor, twin, written.parked)
    if written.searched:
        ids = list(written.searched)
        cursor.execute(in_twin("DELETE FROM {twin}.line_grams WHERE id = ANY(%s)", twin), [ids])
        rows = [(id_, search.grams(text)) for id_, text in written.searched.items()]
        _copy(cursor, twin, "line_grams", "id, grams", rows)


def _park(cursor: Cursor[Any], twin: str, parked: list[Parked]) -> None:
    _copy(cursor, twin, "parked", PARKED, parked)


def _copy(
    cursor: Cursor[Any], twin: str, table: str, columns: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    if not rows:
        return
    with cursor.copy(in_twin(f"COPY {{twin}}.{table} ({columns}) FROM STDIN", twin)) as copy:
        for row in rows:
            copy.write_row(row)


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".replace("\0", "")
