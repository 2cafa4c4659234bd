"""Files on their way in, as the screens show them: kept in the database, worked on in the back.

A job's content stays only until it is taken in or put away. Whatever the process that works on it
dies of, the rows that went in stay in, and the same job can be begun again.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import msgspec
import psycopg
from msgspec import Struct

from board.imports import sources
from board.imports.file import Choices, Work, auto_weeks, chosen, digest_of
from board.imports.limits import MEGABYTE, FileRefused
from board.imports.mapping import Mapping
from board.imports.places import Places
from board.imports.plan import check_useful
from board.imports.reading import ReadAs, open_table
from board.imports.report import Report
from board.imports.reps import forget_rep, named_reps
from board.imports.run import Stopped, alone
from board.imports.sketch import Sketch, sketch
from board.imports.survey import survey
from board.logs import log
from board.sites import Directory
from domain.people import Person
from domain.refusals import Refused
from projections.event_store import EventStore, StoreUnavailable
from projections.order_system import clock

#: Seconds after which a job that says nothing has lost the process that worked on it.
SILENT = 20
#: Files that wait for somebody at the same time, and hours until they are put away.
MOST_WAITING = 20
HOURS = 24
#: Days for which results and bad rows are kept.
DAYS = 30

_FAULT = "This went wrong, and it is a fault of Accord: rows that went in stay in. Begin again."
_STOPPED = "Accord was stopped meanwhile. Rows that went in stay in: begin again to go on."


class JobState(StrEnum):
    """How far a file is."""

    MAPPING = "mapping"
    PLANNING = "planning"
    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


WORKING = frozenset({JobState.PLANNING, JobState.RUNNING})
_WAITING = [JobState.MAPPING, JobState.PLANNING, JobState.PLANNED, JobState.RUNNING]


class Job(Struct, frozen=True, kw_only=True):
    """A file, how it is understood, and what came of it. silent: its process is gone."""

    id: UUID
    source: str
    file_name: str
    size: int
    state: JobState
    mapping: Mapping
    sketch: Sketch
    report: Report | None
    message: str
    rows_done: int
    rows_all: int
    by: str
    made_at: datetime
    silent: bool

    @property
    def working(self) -> bool:
        """Whether somebody is at it now."""
        return self.state in WORKING and not self.silent


_COLUMNS = (
    "id, source, file_name, size, state, mapping::text, survey::text, report::text, message,"
    " rows_done, rows_all, by_person, made_at,"
    f" state IN ('planning', 'running') AND heartbeat < now() - interval '{SILENT} seconds'"
)


class Jobs:
    """The files that are being taken in, for all the processes on one database."""

    def __init__(self, url: str, store: EventStore, directory: Directory) -> None:
        self._url = url
        self._store = store
        self._directory = directory
        self._stop = threading.Event()
        self._workers = ThreadPoolExecutor(2, thread_name_prefix="file")

    def close(self) -> None:
        """Stop what runs: what went in stays in, the rest waits to be begun again."""
        self._stop.set()
        self._workers.shutdown(wait=True, cancel_futures=True)

    def add(self, path: Path, file_name: str, source: str, by: Person) -> UUID:
        """A file that was sent: looked through, and kept with a proposed mapping.

        Raises FileRefused.
        """
        name = sources.source_name(source)
        with self._connect() as connection:
            kept = sources.kept_mapping(connection, name)
            read_as = kept.read_as if kept else ReadAs()
            with open_table(path, read_as) as table:
                seen = survey(table)
                check_useful(seen.rows)
                places = self._places(connection, by)
                mapping = chosen(table, seen, kept, Choices(read_as=read_as), places)
                drawn = sketch(table, seen, kept, mapping)
            job = uuid4()
            with connection.transaction():
                _clear_up(connection)
                _insert(connection, job, path, file_name, name, mapping, drawn, by)
        return job

    def job(self, job_id: UUID) -> Job | None:
        """A job, or None."""
        with self._connect() as connection:
            found = _select(connection, "WHERE id = %s", job_id)
        return found[0] if found else None

    def recent(self, by: Person | None = None) -> list[Job]:
        """The latest files, of one person or of everybody, newest first."""
        where = "WHERE %s::text IS NULL OR by_person = %s ORDER BY made_at DESC LIMIT 30"
        with self._connect() as connection:
            return _select(connection, where, by and by.id, by and by.id)

    def sources(self) -> list[str]:
        """The sources known so far."""
        with self._connect() as connection:
            return sources.sources(connection)

    def named_reps(self) -> list[tuple[str, str, str]]:
        """Everybody whose name an order system brought: id, name and source."""
        with self._connect() as connection:
            return named_reps(connection)

    def forget_rep(self, person: str) -> None:
        """Erase the name behind an id."""
        with self._connect() as connection:
            forget_rep(connection, person)

    def read_again(self, job: Job, read_as: ReadAs, by: Person) -> None:
        """Understand the file another way: encoding, separator or sheet. Raises FileRefused."""
        with self._connect() as connection, self._content(connection, job.id) as path:
            kept = sources.kept_mapping(connection, job.source)
            with open_table(path, read_as) as table:
                seen = survey(table)
                check_useful(seen.rows)
                places = self._places(connection, by)
                mapping = chosen(table, seen, kept, Choices(read_as=read_as), places)
                drawn = sketch(table, seen, kept, mapping)
                _update(connection, job.id, JobState.MAPPING, mapping, drawn)

    def try_out(self, job: Job, mapping: Mapping, by: Person, *, auto_shift: bool) -> None:
        """Begin the dry run in the back with the mapping that a person corrected.

        auto_shift: move all dates so that the newest order date is last week. Raises FileRefused.
        """
        mapping.check(job.sketch.names)
        with self._connect() as connection:
            _begin(connection, job, JobState.PLANNING, mapping)
        self._workers.submit(self._work, job.id, by, auto_shift, False)

    def take_in(self, job: Job, by: Person) -> None:
        """Begin to take the file in, in the back. Raises FileRefused."""
        with self._connect() as connection:
            _begin(connection, job, JobState.RUNNING, job.mapping)
        self._workers.submit(self._work, job.id, by, False, True)

    def put_away(self, job: Job) -> None:
        """Forget the file. Raises FileRefused while somebody works on it."""
        if job.working:
            raise FileRefused("This file is being worked on. Wait until that is done.")
        with self._connect() as connection:
            connection.execute("DELETE FROM accord.import_job WHERE id = %s", (job.id,))

    def bad_rows(self, job_id: UUID) -> bytes | None:
        """The file of bad rows, or None where there are none."""
        with self._connect() as connection:
            content = b"".join(_pieces(connection, job_id, "bad"))
        return content or None

    def _work(self, job_id: UUID, by: Person, auto_shift: bool, write: bool) -> None:
        """In the back: the whole of one step, its end written down whatever happens."""
        try:
            with self._connect() as connection, _Heart(self._url, job_id) as heart:
                self._worked(connection, heart, job_id, by, auto_shift, write)
        except Refused as no:
            self._ended_badly(job_id, str(no))
        except Stopped:
            self._ended_badly(job_id, _STOPPED)
        except (StoreUnavailable, psycopg.Error) as error:
            log.warning("import: database away", exc_info=error, job=str(job_id))
            self._ended_badly(job_id, _STOPPED)
        except Exception as error:  # noqa: BLE001 a thread's last word: nobody else hears it
            log.error("import failed", exc_info=error, job=str(job_id))
            self._ended_badly(job_id, _FAULT)

    def _worked(
        self,
        connection: psycopg.Connection[Any],
        heart: "_Heart",
        job_id: UUID,
        by: Person,
        auto_shift: bool,
        write: bool,
    ) -> None:
        job = _select(connection, "WHERE id = %s", job_id)[0]
        with (
            self._content(connection, job_id) as path,
            open_table(path, job.mapping.read_as) as table,
        ):
            seen = survey(table)
            places = self._places(connection, by)
            mapping = job.mapping
            if auto_shift:
                kept = sources.kept_mapping(connection, job.source)
                weeks = auto_weeks(table, seen, mapping, kept, places)
                mapping = msgspec.structs.replace(mapping, shift_weeks=weeks)
            bad = path.with_name("bad.csv")
            work = Work(self._store, connection, places, job.source, table, mapping, seen)
            if write:
                with alone(connection, job.source):
                    report = work.take_in(digest_of(path), bad, heart.progress, self._stop)
                    sources.keep_mapping(connection, job.source, mapping)
            else:
                report = work.try_out(bad, heart.progress)
            heart.stop()
            _finish(connection, job_id, write, mapping, report, bad)

    def _ended_badly(self, job_id: UUID, message: str) -> None:
        with self._connect() as connection:
            connection.execute(
                "UPDATE accord.import_job SET state = 'failed', message = %s WHERE id = %s",
                (message, job_id),
            )

    def _places(self, connection: psycopg.Connection[Any], by: Person) -> Places:
        return Places.of(self._directory.sites, self._directory.teams, clock(connection), by)

    @contextmanager
    def _content(self, connection: psycopg.Connection[Any], job_id: UUID) -> Iterator[Path]:
        """The file, back on a disk for as long as somebody reads it. Raises FileRefused."""
        with TemporaryDirectory(prefix="accord-") as folder:
            path = Path(folder) / "file"
            with path.open("wb") as file:
                for piece in _pieces(connection, job_id, "file"):
                    file.write(piece)
            if not path.stat().st_size:
                raise FileRefused("This file is no longer kept. Send it again.")
            yield path

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._url, autocommit=True)


class _Heart:
    """Says every second that somebody is still at it, and how far."""

    def __init__(self, url: str, job_id: UUID) -> None:
        self._url = url
        self._job = job_id
        self._done = self._all = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name="file heartbeat")

    def __enter__(self) -> "_Heart":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """No more beats: the state is about to change."""
        self._stop.set()
        self._thread.join()

    def progress(self, _step: str, done: int, rows: int) -> None:
        """Rows done, and rows in all."""
        self._done, self._all = done, rows

    def _beat(self) -> None:
        while not self._stop.wait(1.0):
            try:
                self._write()
            except psycopg.Error:
                continue  # the database is away: the work itself will notice

    def _write(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while True:
                connection.execute(
                    "UPDATE accord.import_job SET rows_done = %s, rows_all = %s,"
                    " heartbeat = now() WHERE id = %s",
                    (self._done, self._all, self._job),
                )
                if self._stop.wait(1.0):
                    return


def _select(connection: psycopg.Connection[Any], where: str, *values: object) -> list[Job]:
    query = f"SELECT {_COLUMNS} FROM accord.import_job {where}"  # noqa: S608 our own words
    return [_job(row) for row in connection.execute(query, values).fetchall()]


def _job(row: tuple[Any, ...]) -> Job:
    decode: Callable[..., Any] = msgspec.json.decode
    return Job(
        id=row[0],
        source=row[1],
        file_name=row[2],
        size=row[3],
        state=JobState(row[4]),
        mapping=decode(row[5], type=Mapping),
        sketch=decode(row[6], type=Sketch),
        report=decode(row[7], type=Report) if row[7] else None,
        message=row[8],
        rows_done=row[9],
        rows_all=row[10],
        by=row[11],
        made_at=row[12],
        silent=row[13],
    )


def _insert(
    connection: psycopg.Connection[Any],
    job: UUID,
    path: Path,
    file_name: str,
    source: str,
    mapping: Mapping,
    drawn: Sketch,
    by: Person,
) -> None:
    waiting = connection.execute(
        "SELECT count(*) FROM accord.import_job WHERE state = ANY(%s)", (list(_WAITING),)
    ).fetchone()
    if waiting and waiting[0] >= MOST_WAITING:
        raise FileRefused(
            "{most} files wait to be taken in. Take one of them in, or put it away.",
            most=MOST_WAITING,
        )
    connection.execute(
        "INSERT INTO accord.import_job (id, source, site, file_name, digest, size, state, mapping,"
        " survey, rows_all, by_person)"
        " VALUES (%s, %s, '', %s, %s, %s, 'mapping', %s::jsonb, %s::jsonb, %s, %s)",
        (
            job, source, file_name[:200], digest_of(path), path.stat().st_size,
            _json(mapping), _json(drawn), drawn.rows, by.id,
        ),
    )  # fmt: skip
    _keep_pieces(connection, job, "file", path)


def _keep_pieces(connection: psycopg.Connection[Any], job: UUID, kind: str, path: Path) -> None:
    connection.execute("DELETE FROM accord.import_piece WHERE job = %s AND kind = %s", (job, kind))
    with path.open("rb") as file:
        number = 0
        while piece := file.read(MEGABYTE):
            connection.execute(
                "INSERT INTO accord.import_piece (job, kind, number, content)"
                " VALUES (%s, %s, %s, %b)",
                (job, kind, number, piece),
            )
            number += 1


def _pieces(connection: psycopg.Connection[Any], job: UUID, kind: str) -> Iterator[bytes]:
    number = 0
    while row := connection.execute(
        "SELECT content FROM accord.import_piece WHERE job = %s AND kind = %s AND number = %s",
        (job, kind, number),
        binary=True,
    ).fetchone():
        yield row[0]
        number += 1


def _update(
    connection: psycopg.Connection[Any],
    job: UUID,
    state: JobState,
    mapping: Mapping,
    drawn: Sketch,
) -> None:
    connection.execute(
        "UPDATE accord.import_job SET state = %s, mapping = %s::jsonb, survey = %s::jsonb,"
        " rows_all = %s, report = NULL, message = '' WHERE id = %s",
        (state, _json(mapping), _json(drawn), drawn.rows, job),
    )


def _begin(
    connection: psycopg.Connection[Any], job: Job, state: JobState, mapping: Mapping
) -> None:
    """Only one of two who press the button at the same moment begins. Raises FileRefused."""
    begun = connection.execute(
        "UPDATE accord.import_job SET state = %s, mapping = %s::jsonb, rows_done = 0,"
        " message = '', heartbeat = now() WHERE id = %s AND state <> 'done'"
        " AND (state NOT IN ('planning', 'running')"
        " OR heartbeat < now() - %s * interval '1 second')",
        (state, _json(mapping), job.id, SILENT),
    )
    if not begun.rowcount:
        raise FileRefused("This file is being worked on already, or is done.")


def _finish(
    connection: psycopg.Connection[Any],
    job: UUID,
    written: bool,
    mapping: Mapping,
    report: Report,
    bad: Path,
) -> None:
    """The result; of a file that was taken in only its bad rows are kept."""
    with connection.transaction():
        if report.of("bad"):
            _keep_pieces(connection, job, "bad", bad)
        else:
            connection.execute(
                "DELETE FROM accord.import_piece WHERE job = %s AND kind = 'bad'", (job,)
            )
        if written:
            connection.execute(
                "DELETE FROM accord.import_piece WHERE job = %s AND kind = 'file'", (job,)
            )
        connection.execute(
            "UPDATE accord.import_job SET state = %s, report = %s::jsonb, mapping = %s::jsonb,"
            " rows_done = rows_all WHERE id = %s",
            (
                JobState.DONE if written else JobState.PLANNED,
                _json(report), _json(mapping), job,
            ),
        )  # fmt: skip


def _clear_up(connection: psycopg.Connection[Any]) -> None:
    """Put away what nobody came back to, so that nothing grows without a bound."""
    connection.execute(
        "DELETE FROM accord.import_job WHERE made_at < now() - %s * interval '1 day'"
        " OR (state NOT IN ('done', 'running') AND made_at < now() - %s * interval '1 hour')",
        (DAYS, HOURS),
    )


def _json(value: Struct) -> str:
    return msgspec.json.encode(value).decode()
