"""Whether the database's tables are the ones that this Accord works with."""

import time

import psycopg

from board import layout


class NotMigrated(RuntimeError):
    """The tables are not there, older or newer; the message says what to do."""


def refuse_unmigrated(url: str, *, patience: float = 0) -> None:
    """Raises NotMigrated, psycopg.Error. url: as the application's role.

    patience: seconds to wait for a database that is only just starting.
    """
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(layout.migrations()).replace("%", "%%"))
    known = ScriptDirectory.from_config(config)
    found = _when_it_answers(url, time.monotonic() + patience)
    if found == known.get_current_head():
        return
    if found is None:
        raise NotMigrated("This database has no tables of Accord yet. Run: accord migrate")
    if found not in {revision.revision for revision in known.walk_revisions()}:
        raise NotMigrated(
            f"This database was migrated by a newer Accord (to {found}). Update this one."
        )
    raise NotMigrated(f"This database is of an older Accord (at {found}). Run: accord migrate")


def _when_it_answers(url: str, give_up: float) -> str | None:
    while True:
        try:
            return _revision(url)
        except psycopg.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.3)


def _revision(url: str) -> str | None:
    with psycopg.connect(url) as connection:
        try:
            row = connection.execute("SELECT version_num FROM accord.alembic_version").fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
            return None
        return str(row[0]) if row else None
