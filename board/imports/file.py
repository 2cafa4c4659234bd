"""One file from its path into the log: what the command line calls, and the screens in steps."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import psycopg
from msgspec import Struct
from msgspec.structs import replace

from board.imports import sources
from board.imports.bad_rows import BadRows
from board.imports.fields import Field
from board.imports.limits import LIMITS, FileRefused, Limits
from board.imports.mapping import (
    Mapping,
    doubts,
    proposed,
    with_choices,
    with_chosen_formats,
    with_formats,
)
from board.imports.places import Places
from board.imports.plan import Key, LookUp, Planned, check_useful, lines_twice, plan
from board.imports.reading import ReadAs, Table, open_table
from board.imports.report import Report
from board.imports.reps import Reps
from board.imports.run import Run, alone
from board.imports.shifting import check_weeks, weeks_to_last_week
from board.imports.survey import Survey, survey
from board.imports.understanding import Understanding
from board.sites import Directory
from domain.people import Person
from projections.event_store import EventStore
from projections.order_system import clock, for_looking_up, heard_of

Progress = Callable[[str, int, int], None]
"""Called with the step ("reading", "trying" or "taking in"), rows done, and rows in all."""


class Choices(Struct, frozen=True, kw_only=True):
    """What a person says about a file beforehand; everything left out is kept or found out.

    columns: field -> column ("" takes a column away). fixed: field -> one value for all rows.
    formats: field -> how its column is written, a DateFormat or NumberFormat.
    teams: value of `team_by` -> team. shift_weeks: a number, "auto" so that the newest order
    date is last week, or None for what was kept.
    """

    columns: dict[str, str] = {}
    fixed: dict[str, str] = {}
    formats: dict[str, str] = {}
    team_by: str = ""
    teams: dict[str, str] = {}
    shift_weeks: int | Literal["auto"] | None = None
    read_as: ReadAs | None = None


def import_file(
    path: Path,
    *,
    source: str,
    store: EventStore,
    directory: Directory,
    choices: Choices | None = None,
    dry_run: bool = False,
    bad: Path | None = None,
    progress: Progress | None = None,
    by: Person | None = None,
    stop: threading.Event | None = None,
    limits: Limits = LIMITS,
) -> Report:
    """Take a file in, or only try it; bad rows go to `bad`. Blocking.

    The mapping is kept for the source's next file. Raises FileRefused in a sentence that says
    what to do, run.Stopped, StoreUnavailable.
    """
    step = progress or _silent
    choices = choices or Choices()
    if bad is not None and bad.exists() and path.exists() and bad.samefile(path):
        raise FileRefused("Give the bad rows a file of their own, not the one that is read.")
    with psycopg.connect(store.url, autocommit=True) as connection:
        name = sources.source_name(source)
        kept = sources.kept_mapping(connection, name)
        read_as = choices.read_as or (kept.read_as if kept else ReadAs())
        step("reading", 0, 0)
        with open_table(path, read_as, limits) as table:
            seen = survey(table, limits)
            check_useful(seen.rows)
            places = Places.of(directory.sites, directory.teams, clock(connection), by)
            mapping = chosen(table, seen, kept, replace(choices, read_as=read_as), places)
            work = Work(store, connection, places, name, table, mapping, seen)
            if dry_run:
                return work.try_out(bad, step)
            with alone(connection, name):
                report = work.take_in(digest_of(path), bad, step, stop or threading.Event())
                sources.keep_mapping(connection, name, mapping)
                return report


def chosen(
    table: Table, seen: Survey, kept: Mapping | None, choices: Choices, places: Places
) -> Mapping:
    """The proposed mapping with a person's choices in it. Raises FileRefused."""
    mapping = _without_strangers(proposed(seen, kept), seen, kept, places)
    mapping = with_choices(mapping, choices.columns, choices.fixed)
    mapping = with_chosen_formats(mapping, choices.formats)
    mapping = with_defaults(mapping, places)
    if choices.team_by or choices.teams:
        mapping = replace(
            mapping,
            team_by=Field(choices.team_by) if choices.team_by else mapping.team_by or Field.FAMILY,
            teams={**mapping.teams, **choices.teams},
        )
    mapping = replace(mapping, read_as=choices.read_as or mapping.read_as)
    if choices.shift_weeks == "auto":
        return replace(mapping, shift_weeks=auto_weeks(table, seen, mapping, kept, places))
    if choices.shift_weeks is not None:
        return replace(mapping, shift_weeks=check_weeks(choices.shift_weeks))
    return mapping


def _without_strangers(
    mapping: Mapping, seen: Survey, kept: Mapping | None, places: Places
) -> Mapping:
    """A proposed column of sites or teams has to name ours, at least in half of its values."""
    columns = dict(mapping.columns)
    for field, ours in (
        (Field.SITE, places.site),
        (Field.SALES_TEAM, places.sales_team),
        (Field.TEAM, places.promiser),
    ):
        profile = seen.column(columns.get(field, ""))
        if profile is None or (kept and field in kept.columns):
            continue
        if sum(_is_known(ours, value) for value in profile.values) * 2 < len(profile.values):
            del columns[field]
    return replace(mapping, columns=columns)


def _is_known(ours: Callable[[str], str], value: str) -> bool:
    try:
        return bool(ours(value))
    except ValueError:
        return False


def auto_weeks(
    table: Table, seen: Survey, mapping: Mapping, kept: Mapping | None, places: Places
) -> int:
    """Weeks that bring the newest order date into last week. Raises FileRefused.

    The same source keeps its shift: a week later "last week" would move every date again.
    """
    if kept and kept.shift_weeks:
        return kept.shift_weeks
    today = min(places.today.values(), default=None)
    if today is None:
        raise FileRefused("There is no site yet. Add one in the settings first.")
    return check_weeks(weeks_to_last_week(table, with_formats(mapping, seen), today))


def with_defaults(mapping: Mapping, places: Places) -> Mapping:
    """The only site, and its only teams, needn't be named."""
    fixed = dict(mapping.fixed)

    def only(field: Field, ids: list[str]) -> None:
        if field not in mapping.columns and not fixed.get(field) and len(ids) == 1:
            fixed[field] = ids[0]

    only(Field.SITE, list(places.sites))
    site = places.site_names.get(fixed.get(Field.SITE, "").casefold(), "")
    only(Field.SALES_TEAM, [team.id for team in places.sales_teams(site)])
    only(Field.TEAM, [team.id for team in places.promisers(site)])
    return replace(mapping, fixed=fixed)


class Work:
    """A table, its mapping and the places: ready to be tried out or taken in."""

    def __init__(
        self,
        store: EventStore,
        connection: psycopg.Connection[Any],
        places: Places,
        source: str,
        table: Table,
        mapping: Mapping,
        seen: Survey,
    ) -> None:
        self._store = store
        self._connection = connection
        self._places = places
        self._source = source
        self._table = table
        self._rows = seen.rows
        self._notes = [f"{column}: {doubt}" for column, doubt in doubts(mapping, seen)]
        self._mapping = with_formats(mapping, seen)

    def try_out(self, bad: Path | None, progress: Progress) -> Report:
        """The dry run: nothing is written but the file of bad rows."""
        began, report = time.monotonic(), self._report()
        understanding = self._understanding(write=False)
        twice = lines_twice(self._table, understanding)
        done = 0
        with (
            _bad_rows(bad, self._table) as out,
            self._planned(understanding, twice) as pieces,
        ):
            for rows in pieces:
                for planned in rows:
                    report.count(planned)
                    if planned.reason and planned.kind == "bad":
                        out.add(planned.row, planned.reason)
                done += len(rows)
                progress("trying", done, self._rows)
        report.seconds = time.monotonic() - began
        return report

    def take_in(
        self, digest: bytes, bad: Path | None, progress: Progress, stop: threading.Event
    ) -> Report:
        """Good rows go in, bad rows into their file. Raises run.Stopped, StoreUnavailable."""
        began, report = time.monotonic(), self._report()
        understanding = self._understanding(write=True)
        twice = lines_twice(self._table, understanding)
        run = Run(self._store, self._connection, self._places, self._source, digest)
        done = 0

        def advance(rows: int) -> None:
            nonlocal done
            done += rows
            progress("taking in", done, self._rows)

        with (
            _bad_rows(bad, self._table) as out,
            self._planned(understanding, twice) as pieces,
        ):
            run.take_in(pieces, report, out, advance, stop)
        report.seconds = time.monotonic() - began
        return report

    def _understanding(self, *, write: bool) -> Understanding:
        reps = Reps(self._connection, self._source)
        return Understanding(
            self._source,
            self._mapping,
            self._table.columns,
            self._places,
            reps.reader(write=write),
        )

    @contextmanager
    def _planned(
        self, understanding: Understanding, twice: dict[Key, list[int]]
    ) -> Iterator[Iterator[list[Planned]]]:
        """The plan, which looks up what is known on a connection of its own."""
        with for_looking_up(self._store.url) as connection:
            look_up: LookUp = partial(heard_of, connection)
            with closing(plan(self._table, understanding, twice, look_up)) as planned:
                yield planned

    def _report(self) -> Report:
        return Report(
            rows=self._rows, notes=list(self._notes), shift_weeks=self._mapping.shift_weeks
        )


def digest_of(path: Path) -> bytes:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


@contextmanager
def _bad_rows(path: Path | None, table: Table) -> Iterator[BadRows]:
    """Where bad rows go; nowhere in particular if nobody wants them."""
    if path is not None:
        path.unlink(missing_ok=True)  # what an earlier run left there says nothing about this one
        with BadRows(path, table) as out:
            yield out
        return
    with (
        TemporaryDirectory(prefix="accord-") as folder,
        BadRows(Path(folder) / "bad.csv", table) as out,
    ):
        yield out


def _silent(_step: str, _done: int, _all: int) -> None:
    return None
