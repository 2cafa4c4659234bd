"""The reps whom an order system names: opaque ids for events, names where they can be erased."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg


class Reps:
    """The ids of one source's reps. Somebody with an account is known by the account's id."""

    def __init__(self, connection: psycopg.Connection[Any], source: str) -> None:
        """Reads everybody who has a name now. Two accounts of one name are nobody's."""
        self._connection = connection
        self._source = source
        self._ids = _former(connection, source) | _accounts(connection)

    def known(self, name: str) -> str:
        """The id for a name; for one never heard of an id that nothing has. Nothing is written."""
        return self._ids.get(_tidy(name)) or "somebody new"

    def known_or_new(self, name: str) -> str:
        """The id for a name; one never heard of is kept under a new id."""
        tidied = _tidy(name)
        found = self._ids.get(tidied)
        if found is None:
            found = self._keep(" ".join(name.split()), tidied)
        return found

    def reader(self, *, write: bool) -> Callable[[str], str]:
        """Which of the two to use."""
        return self.known_or_new if write else self.known

    def _keep(self, name: str, tidied: str) -> str:
        row = self._connection.execute(
            "INSERT INTO accord.import_rep (source, name, person) VALUES (%s, %s, %s)"
            " ON CONFLICT (source, name) DO UPDATE SET name = excluded.name RETURNING person",
            (self._source, name, f"rep:{uuid4()}"),
        ).fetchone()
        assert row is not None  # noqa: S101 an upsert returns its row
        self._ids[tidied] = row[0]
        return self._ids[tidied]


def rep_names(connection: psycopg.Connection[Any], ids: list[str]) -> dict[str, str]:
    """Names by id, for a line's story; whoever was forgotten is absent."""
    rows = connection.execute(
        "SELECT person, min(name) FROM accord.import_rep WHERE person = ANY(%s) GROUP BY person",
        (ids,),
    )
    return dict(rows.fetchall())


def named_reps(connection: psycopg.Connection[Any]) -> list[tuple[str, str, str]]:
    """Everybody whose name an order system brought: id, name and source, by name."""
    rows = connection.execute(
        "SELECT person, name, source FROM accord.import_rep ORDER BY lower(name), source"
    )
    return rows.fetchall()


def forget_rep(connection: psycopg.Connection[Any], person: str) -> None:
    """Erase the name behind an id; the lines keep the id, which now says nothing."""
    connection.execute("DELETE FROM accord.import_rep WHERE person = %s", (person,))


def _former(connection: psycopg.Connection[Any], source: str) -> dict[str, str]:
    """Those named before, by any source: one person has one id; this source's word counts most."""
    rows = connection.execute(
        "SELECT name, person FROM accord.import_rep ORDER BY source = %s, source", (source,)
    )
    return {_tidy(name): person for name, person in rows.fetchall()}


def _accounts(connection: psycopg.Connection[Any]) -> dict[str, str]:
    rows = connection.execute(
        "SELECT name, id FROM accord.person WHERE role = 'rep' AND erased_at IS NULL"
    )
    found: dict[str, str] = {}
    namesakes: set[str] = set()
    for name, person in rows.fetchall():
        tidied = _tidy(name)
        if tidied in found:
            namesakes.add(tidied)
        found[tidied] = person
    return {name: person for name, person in found.items() if name not in namesakes}


def _tidy(name: str) -> str:
    """ "Fuller, Andrew" and "andrew  fuller" are the same person."""
    last, comma, first = name.partition(",")
    return " ".join((f"{first} {last}" if comma else name).split()).casefold()
