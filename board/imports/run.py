"""Taking a file in: good rows become facts, bad rows are handed back with the reason.

Facts only: a line is entered, changed, delivered or cancelled; nothing is asked for or agreed to.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
import psycopg

from board.imports.bad_rows import BadRows
from board.imports.limits import FileRefused
from board.imports.places import Places
from board.imports.plan import OTHER_SITE, Kind, Planned
from board.imports.report import Report
from board.imports.understanding import Said
from domain.events import Fact, LineChanges, Recorded
from domain.evolve import evolve
from domain.line import Line, State
from domain.moves import cancel_line, change_line, deliver_quantity, enter_line
from domain.people import Person, order_system
from domain.refusals import Refused, Wrong
from projections.event_store import EventStore, Outcome
from projections.order_system import clock

#: Threads that write. More would only wait for each other at the log's end.
WRITERS = 4
#: New lines in one append; the log is closed to others for as long as it takes, some 10 ms.
BATCH = 250

_COMMANDS = uuid5(NAMESPACE_URL, "accord:imports")
_GONE = (State.RELEASED, State.CANCELLED)


class Stopped(Exception):
    """Somebody asked to stop. What went in stays in; doing it again goes on from there."""


class Run:
    """One file of one source on its way into the log."""

    def __init__(
        self,
        store: EventStore,
        connection: psycopg.Connection[Any],
        places: Places,
        source: str,
        digest: bytes,
    ) -> None:
        """`connection` is for the clock alone, `digest` is the file's SHA-256."""
        self._store = store
        self._connection = connection
        self._places = places
        self._source = source
        self._digest = digest.hex()
        self._by = order_system(source)
        self._bad = threading.Lock()

    def take_in(
        self,
        planned: Iterator[list[Planned]],
        report: Report,
        bad: BadRows,
        progress: Callable[[int], None],
        stop: threading.Event,
    ) -> None:
        """Do what was planned, and count it. Raises Stopped, StoreUnavailable."""
        with ThreadPoolExecutor(WRITERS, thread_name_prefix="import") as writers:
            under_way: set[Future[list[Planned]]] = set()
            for rows in planned:
                if stop.is_set():
                    raise Stopped
                at = clock(self._connection)
                under_way |= {writers.submit(work, part, at) for work, part in self._parts(rows)}
                quiet = [p for p in rows if p.kind not in (Kind.NEW, Kind.CHANGED)]
                self._count(quiet, report, bad, progress)
                while len(under_way) > 2 * WRITERS:
                    under_way = self._gather(under_way, report, bad, progress)
            while under_way:
                under_way = self._gather(under_way, report, bad, progress)

    def _parts(
        self, rows: list[Planned]
    ) -> Iterator[tuple[Callable[[list[Planned], datetime], list[Planned]], list[Planned]]]:
        new = [p for p in rows if p.kind is Kind.NEW]
        changed = [p for p in rows if p.kind is Kind.CHANGED]
        for start in range(0, len(new), BATCH):
            yield self._enter, new[start : start + BATCH]
        for start in range(0, len(changed), BATCH // 5):
            yield self._change_all, changed[start : start + BATCH // 5]

    def _gather(
        self,
        under_way: set[Future[list[Planned]]],
        report: Report,
        bad: BadRows,
        progress: Callable[[int], None],
    ) -> set[Future[list[Planned]]]:
        done, rest = wait(under_way, return_when=FIRST_COMPLETED)
        for future in done:
            self._count(future.result(), report, bad, progress)
        return rest

    def _count(
        self,
        rows: list[Planned],
        report: Report,
        bad: BadRows,
        progress: Callable[[int], None],
    ) -> None:
        for planned in rows:
            report.count(planned)
            if planned.kind is Kind.BAD:
                bad.add(planned.row, planned.reason)
        progress(len(rows))

    def _enter(self, rows: list[Planned], at: datetime) -> list[Planned]:
        """New lines, all in one append; where that isn't possible, one after the other."""
        good: list[Planned] = []
        events: list[Recorded] = []
        refused: list[Planned] = []
        for planned in rows:
            try:
                events += self._first_events(planned, at)
                good.append(planned)
            except Refused as no:
                refused.append(_refused(planned, no))
        if events and not self._store.enter_many(events):
            return self._change_all(good, at) + refused
        return good + refused

    def _first_events(self, planned: Planned, at: datetime) -> list[Recorded]:
        said = _said(planned)
        facts = self._facts(planned, None, at)
        command = self._command(planned)
        return [
            _recorded(said.id, version, fact, command, self._by, at)
            for version, fact in enumerate(facts, 1)
        ]

    def _change_all(self, rows: list[Planned], _at: datetime) -> list[Planned]:
        return [self._change(planned) for planned in rows]

    def _change(self, planned: Planned) -> Planned:
        said = _said(planned)
        try:
            outcome: Outcome = self._store.change(
                planned.known.id if planned.known else said.id,
                lambda line, at: self._facts(planned, line, at),
                by=self._by,
                command_id=self._command(planned),
            )
        except Refused as no:
            return _refused(planned, no)
        if not outcome.facts and not outcome.repeated:
            return msgspec.structs.replace(planned, kind=Kind.UNCHANGED)
        return planned

    def _facts(self, planned: Planned, line: Line | None, at: datetime) -> tuple[Fact, ...]:
        """What the row says that isn't known yet. Raises Refused."""
        said = _said(planned)
        now = self._places.now(said.details.site, at)
        facts: tuple[Fact, ...] = ()
        if line is None:
            facts = enter_line(None, said.details, by=self._by)
            if not planned.delivers:
                return facts
            line = evolve(None, _recorded(said.id, 1, facts[0], said.id, self._by, at))
        elif line.details.site != said.details.site:
            raise Refused(Wrong.SIDE, OTHER_SITE + ".")
        elif said.cancelled:
            if line.state not in _GONE:
                facts = cancel_line(line, by=self._by, now=now)
        else:
            changes = {name: getattr(said.details, name) for name in said.given}
            facts = change_line(line, LineChanges(**changes), by=self._by, now=now)
        if planned.delivers and said.on is not None:
            facts += deliver_quantity(
                line, on=said.on, by=self._by, now=now, total=said.total, source=self._source
            )
        return facts

    def _command(self, planned: Planned) -> UUID:
        """The same row of the same file on the same state of the line is the same command."""
        said = _said(planned)
        content = msgspec.json.encode((said.details, said.total, said.on, said.cancelled))
        version = planned.known.version if planned.known else 0
        words = f"{self._source}\n{self._digest}\n{planned.row.number}\n{version}\n"
        return uuid5(_COMMANDS, words + content.decode())


@contextmanager
def alone(connection: psycopg.Connection[Any], source: str) -> Iterator[None]:
    """Only one file of a source is taken in at a time. Raises FileRefused."""
    key = f"accord import {source}"
    row = connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (key,))
    if row.fetchone() != (True,):
        raise FileRefused(
            "A file of “{source}” is being taken in at this moment. Wait until it is done.",
            source=source,
        )
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (key,))


def _recorded(
    line_id: UUID, version: int, fact: Fact, command: UUID, by: Person, at: datetime
) -> Recorded:
    return Recorded(
        originator_id=line_id,
        originator_version=version,
        command_id=command,
        at=at,
        by=by.id,
        side=by.side,
        fact=fact,
    )


def _said(planned: Planned) -> Said:
    assert planned.said is not None  # noqa: S101 only rows that were understood are taken in
    return planned.said


def _refused(planned: Planned, no: Refused) -> Planned:
    return msgspec.structs.replace(planned, kind=Kind.BAD, reason=str(no))
