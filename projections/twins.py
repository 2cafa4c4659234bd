"""The twin read models: which one is read, and up to where in the log it is."""

from typing import Any, NamedTuple

from psycopg import Cursor
from psycopg.sql import SQL, Composed, Identifier

from projections.line_table import COLUMNS, SHOWN

LIVE = "SELECT name, position, shape FROM accord.read_models WHERE live"


class Twin(NamedTuple):
    """A twin's schema, the position it is at, and the shape of the code that filled it."""

    name: str
    position: int
    shape: int


class NotMigrated(RuntimeError):
    """No read model is live: the migrations have not run here."""


def in_twin(text: str, twin: str, **parts: Any) -> Composed:
    """A statement of ours with {twin} for the schema, {columns} for all columns of a line, and
    {row} for those that a screen's row is made of.
    """
    names = {"twin": Identifier(twin), "columns": SQL(COLUMNS), "row": SQL(SHOWN)}
    return SQL(text).format(**{**names, **parts})


def live_twin(cursor: Cursor[Any], *, lock: bool = False) -> Twin:
    """The twin that is read now; with `lock` nobody makes the other one live in this transaction.

    Raises NotMigrated.
    """
    for _ in range(3):
        row = cursor.execute(f"{LIVE} FOR UPDATE" if lock else LIVE).fetchone()
        if row is not None:
            return Twin._make(row)
        # We waited for a change-over: what was live no longer is. The next look finds the other.
    raise NotMigrated("no read model is live: run the migrations")


def reached(cursor: Cursor[Any], twin: str, position: int) -> None:
    """Write down how far `twin` has come."""
    query = "UPDATE accord.read_models SET position = %s WHERE name = %s"
    cursor.execute(query, [position, twin])


def wake_readers(cursor: Cursor[Any], position: int) -> None:
    """Tell those who read the views, at the commit, that there is something new."""
    cursor.execute("SELECT pg_notify('accord_read', %s)", [str(position)])
