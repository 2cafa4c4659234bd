"""Replay the whole log from its beginning, and compare it with what people see, row by row.

All of it in one snapshot of the database, so that moves meanwhile make no difference, and one line
at a time, so that it takes the memory of one line however long the log is.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import psycopg
from msgspec import Struct
from psycopg import Connection
from psycopg.sql import SQL

from projections import search
from projections.batch import CLAIM, HISTORY, Logged, Parked, Written, fold
from projections.line_table import SHAPE, TableRow
from projections.recorder import network
from projections.twins import Twin, in_twin, live_twin

#: Differences after which nothing more is looked for: the views are to be rebuilt anyway.
ENOUGH = 1_000

#: Called with how many events are done, and how many there are.
Progress = Callable[[int, int], None]


class Difference(Struct, frozen=True):
    """Where the views, or the log itself, are not what the log says.

    table: "log", "lines", "line_versions", "line_grams", "history" or "parked". line_id: None for
    the log as a whole. version: of the line. what: in words.
    """

    table: str
    line_id: UUID | None
    version: int | None
    what: str

    def __str__(self) -> str:
        line = f", line {self.line_id}" if self.line_id else ""
        version = f", version {self.version}" if self.version is not None else ""
        return f"{self.table}{line}{version}: {self.what}"


def check(url: str, progress: Progress | None = None) -> list[Difference]:
    """Every difference, or the first ENOUGH of them; none is what should be found.

    Raises NotMigrated, psycopg.Error.
    """
    with psycopg.connect(url, **network(url)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        found: list[Difference] = []
        for difference in _differences(connection, progress or (lambda done, total: None)):
            found.append(difference)
            if len(found) == ENOUGH:
                break
        return found


def reach(url: str) -> tuple[int, int]:
    """Up to which position of the log the views are written, and the log's last position.

    Raises NotMigrated, psycopg.Error.
    """
    with psycopg.connect(url, **network(url)) as connection:
        query = "SELECT coalesce(max(notification_id), 0) FROM accord.stored_events"
        (last,) = connection.execute(query).fetchone() or (0,)
        return live_twin(connection.cursor()).position, last


def _differences(connection: Connection[Any], progress: Progress) -> Iterator[Difference]:
    live = live_twin(connection.cursor())
    if live.shape != SHAPE and live.position:
        what = f"filled by other code ({live.shape}, not {SHAPE}): rebuild them"
        yield Difference("lines", None, None, what)
    yield from _gaps(connection, live)
    done = 0
    for line_id, rows in _by_line(connection, live):
        yield from _line(line_id, rows)
        before, done = done, done + len(rows["log"])
        if before // 1_000 != done // 1_000:
            progress(done, live.position)
    progress(live.position, live.position)


def _gaps(connection: Connection[Any], live: Twin) -> Iterator[Difference]:
    """Positions of the log are counted without a gap, and nothing is shown that is not there."""
    query = "SELECT count(*), coalesce(max(notification_id), 0) FROM accord.stored_events"
    count, last = connection.execute(query).fetchone() or (0, 0)
    if count != last:
        yield Difference("log", None, None, f"{count} events, but positions up to {last}")
    if live.position > last:
        what = f"shown up to position {live.position}, but the log ends at {last}"
        yield Difference("log", None, None, what)


def _line(line_id: UUID, rows: dict[str, list[tuple[Any, ...]]]) -> Iterator[Difference]:
    """What differs for one line."""
    stream = [Logged._make(row) for row in rows["log"] if not row[3].startswith(CLAIM)]
    expected = Written([], [], [], [], {})
    fold(expected, None, stream)
    for kept in rows["parked"]:
        stopped = Parked._make(kept)
        yield Difference("parked", line_id, stopped.version, stopped.error)
    if rows["parked"]:
        return  # what is shown of it is old, and everybody knows
    for parked in expected.parked:
        yield Difference("log", line_id, parked.version, parked.error)
    yield from _compare("lines", line_id, expected.lines, rows["lines"], _ROW)
    yield from _compare("line_versions", line_id, expected.versions, rows["versions"], _VERSION)
    yield from _compare("history", line_id, expected.history, rows["history"], _ENTRY)
    grams = [(line_id, search.grams(text)) for text in expected.searched.values()]
    if grams != rows["grams"]:
        yield Difference("line_grams", line_id, None, "differs: the line is not found by its words")


def _compare(
    table: str,
    line_id: UUID,
    expected: Iterable[tuple[Any, ...]],
    found: Iterable[tuple[Any, ...]],
    columns: tuple[str, ...],
) -> Iterator[Difference]:
    """The rows that should be there and those that are, version by version."""
    at = columns.index("version")
    rights = {row[at]: tuple(row) for row in expected}
    wrongs = {row[at]: row for row in found}
    for version in sorted(rights.keys() | wrongs.keys()):
        right, wrong = rights.get(version), wrongs.get(version)
        if right is None:
            yield Difference(table, line_id, version, "not in the log")
        elif wrong is None:
            yield Difference(table, line_id, version, "missing")
        elif right != wrong:
            names = [n for n, r, w in zip(columns, right, wrong, strict=True) if r != w]
            yield Difference(table, line_id, version, f"differs in {', '.join(names)}")


_ROW = TableRow._fields
_VERSION = (*_ROW, "valid_to")
_ENTRY = tuple(HISTORY.split(", "))

_SOURCES = {
    "log": """SELECT notification_id, originator_id, originator_version, topic, state
        FROM accord.stored_events WHERE notification_id <= %(position)s
        ORDER BY originator_id, originator_version""",
    "lines": "SELECT {columns} FROM {twin}.lines ORDER BY id",
    "versions": "SELECT {columns}, valid_to FROM {twin}.line_versions ORDER BY id, version",
    "history": "SELECT {history} FROM {twin}.history ORDER BY line_id, version",
    "grams": "SELECT id, grams FROM {twin}.line_grams ORDER BY id",
    "parked": "SELECT line_id, version, position, error FROM {twin}.parked ORDER BY line_id",
}
_ID_AT = {"log": 1, "lines": 0, "versions": 0, "history": 1, "grams": 0, "parked": 0}


def _by_line(
    connection: Connection[Any], live: Twin
) -> Iterator[tuple[UUID, dict[str, list[tuple[Any, ...]]]]]:
    """All that is known of each line, read from every table at the same time, in their order."""
    groups = {}
    for name, query in _SOURCES.items():
        cursor = connection.cursor(name=f"check_{name}")
        cursor.itersize = 500
        statement = in_twin(query, live.name, history=SQL(HISTORY))
        rows = cursor.execute(statement, {"position": live.position})
        groups[name] = groupby(rows, key=itemgetter(_ID_AT[name]))
    heads = {name: next(group, None) for name, group in groups.items()}
    while ids := [head[0] for head in heads.values() if head is not None]:
        line_id = min(ids)
        rows_of: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _SOURCES}
        for name, head in heads.items():
            if head is not None and head[0] == line_id:
                rows_of[name] = list(head[1])
                heads[name] = next(groups[name], None)
        yield line_id, rows_of
