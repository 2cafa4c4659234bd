"""Whether the database's tables are the ones that this Accord works with."""

import psycopg

from board import layout


class NotMigrated(RuntimeError):
    """The tables are not there, older or newer; the message says what to do."""


def refuse_unmigrated(url: str) -> None:
    """Raises NotMigrated, psycopg.Error. url: as the application's role."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(layout.migrations()).replace("%", "%%"))
    known = ScriptDirectory.from_config(config)
    found = _revision(url)
    if found == known.get_current_head():
        return
    if found is None:
        raise NotMigrated("This database has no tables of Accord yet. Run: accord migrate")
    if found not in {revision.revision for revision in known.walk_revisions()}:
        raise NotMigrated(
            f"This database was migrated by a newer Accord (to {found}). Update this one."
        )
    raise NotMigrated(f"This database is of an older Accord (at {found}). Run: accord migrate")


def _revision(url: str) -> str | None:
    with psycopg.connect(url) as connection:
        try:
            row = connection.execute("SELECT version_num FROM accord.alembic_version").fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
            return None
        return str(row[0]) if row else None
