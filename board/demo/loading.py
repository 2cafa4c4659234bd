"""Puts the factory and its past into an empty database, whole or not at all."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, LiteralString

import psycopg

from board.demo.factory import Factory, factory
from board.demo.histories import history
from domain.people import Role
from projections.recorder import LogFactory, LogRecorder
from projections.recording import to_stored

Db = psycopg.Connection[Any]

LOADING = 0x4143434F52440DE0  # an advisory lock: two demos that start together load once


class NotTheDemo(RuntimeError):
    """The database holds something else; the message says what to do instead."""


def load(url: str, told: Callable[[str], None] = lambda _: None) -> bool:
    """Load the factory on the first start; whether this was the first start.

    url: as the application's role, migrated. Raises NotTheDemo, psycopg.Error.
    """
    made_up = factory()
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("SELECT pg_advisory_lock(%s)", [LOADING])
        refuse_others(db, made_up)
        if _has(db, "accord.stored_events"):
            return False
        told("Making up a factory")
        moment = _moment(db)
        with db.transaction():
            _open_sites(db, made_up, moment.date())
            _employ(db, made_up)
        told("Remembering its last weeks")
        # Last, and in one append: a log that has events is a log that has all of them.
        _remember(url, made_up, moment)
        return True


def _has(db: Db, table: LiteralString) -> bool:
    row = db.execute(f"SELECT EXISTS (SELECT FROM {table})").fetchone()  # noqa: S608 our own words
    return bool(row and row[0])


def refuse_others(db: Db, made_up: Factory) -> None:
    """Real people's lines are no playground. Raises NotTheDemo."""
    guest = made_up.guest(Role.ADMIN).person.id
    known = db.execute("SELECT FROM accord.person WHERE id = %s", [guest]).rowcount
    if not known and (_has(db, "accord.stored_events") or _has(db, "accord.person")):
        raise NotTheDemo(
            "This database holds other lines than the demo's, so the demo leaves it alone. "
            "Serve it with `accord serve`, or give the demo a folder of its own: ACCORD_DATA=…"
        )


def _moment(db: Db) -> datetime:
    row = db.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None  # noqa: S101 a SELECT without FROM has one row
    moment: datetime = row[0]
    return moment


def _open_sites(db: Db, made_up: Factory, today: date) -> None:
    with db.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO accord.site (id, name, timezone, country, subdivision)"
            " VALUES (%s, %s, %s, 'DE', %s) ON CONFLICT DO NOTHING",
            [(p.id, p.name, p.timezone, p.land) for p in made_up.plants],
        )
        cursor.executemany(
            "INSERT INTO accord.site_closure (site, first, last, words)"
            " VALUES (%s, %s, %s, 'Between the years') ON CONFLICT DO NOTHING",
            [(p.id, *days) for p in made_up.plants for days in p.closures(today)],
        )


def _employ(db: Db, made_up: Factory) -> None:
    with db.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO accord.team (id, name, side, site)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [(t.id, t.name, t.side.value, t.site or None) for t in made_up.teams],
        )
        cursor.executemany(
            "INSERT INTO accord.person (id, login, name, role, team, sites, extension)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                (
                    e.person.id, e.login, e.name, e.person.role.value, e.person.team or None,
                    sorted(e.person.sites), e.extension,
                )
                for e in made_up.people
            ],
        )  # fmt: skip


def _remember(url: str, made_up: Factory, moment: datetime) -> None:
    """One append for everything, in the order in which it happened."""
    past = history(made_up, moment)
    recorder = LogFactory(url).application_recorder()
    assert isinstance(recorder, LogRecorder)  # noqa: S101
    try:
        recorder.insert_events([to_stored(r) for r in past.recorded], texts=past.words)
    finally:
        recorder.datastore.close()
