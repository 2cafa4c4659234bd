"""People with an account: who they are, what they may see, and how to change or forget them.

Every function takes a connection and leaves the commit to its caller. In a program without an
event loop: `people.once(url, lambda db: people.add_person(db, ...))`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

import psycopg
from msgspec import Struct
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from board.sites import Team
from board.typed_names import clean_login, refused
from board.who_fits import checked
from domain.people import Person, Role
from domain.refusals import Refused, Wrong

Db = AsyncConnection[Any]
T = TypeVar("T")


class Account(Struct, frozen=True, kw_only=True):
    """A person with an account. Names are for the line's story and for the person alone."""

    person: Person
    name: str
    login: str
    team: Team | None = None
    extension: str = ""
    locale: str = "en"


class Entry(Struct, frozen=True, kw_only=True):
    """One row of the admin's list of people."""

    id: str
    login: str
    name: str
    role: Role
    team: str
    sites: tuple[str, ...]
    extension: str
    locale: str
    active: bool
    erased: bool
    invited: bool
    """Whether no password was ever set."""
    seen_at: datetime | None
    """The last use of a session that is still open."""


class Contact(Struct, frozen=True):
    """Whom to talk to: shown in a line's story and nowhere else."""

    name: str
    extension: str


def once(url: str, work: Callable[[Db], Awaitable[T]]) -> T:
    """Run `work` on a connection of its own and commit."""

    async def run() -> T:
        async with await AsyncConnection.connect(url) as connection:
            return await work(connection)

    return asyncio.run(run())


async def add_person(
    db: Db,
    *,
    login: str,
    name: str,
    role: Role,
    team: str = "",
    sites: Collection[str] = (),
    extension: str = "",
    locale: str = "en",
) -> str:
    """Add a person and return the opaque id that events will name. No sites means all.

    Raises Refused where the login is taken, or team, role and sites don't go together.
    """
    person_id = str(uuid4())
    values = await checked(db, login, name, role, team, sites, extension, locale)
    await _write(
        db,
        "INSERT INTO accord.person (login, name, role, team, sites, extension, locale, id)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [*values, person_id],
    )
    return person_id


async def change_person(
    db: Db,
    person_id: str,
    *,
    login: str,
    name: str,
    role: Role,
    team: str = "",
    sites: Collection[str] = (),
    extension: str = "",
    locale: str = "en",
) -> None:
    """Change everything but the password. What was said before stays said by the former role.

    Raises Refused as `add_person` does, and where this is the only admin.
    """
    if role is not Role.ADMIN:
        await _another_admin(db, person_id)
    values = await checked(db, login, name, role, team, sites, extension, locale)
    await _write(
        db,
        "UPDATE accord.person SET login = %s, name = %s, role = %s, team = %s, sites = %s,"
        " extension = %s, locale = %s WHERE id = %s AND erased_at IS NULL",
        [*values, person_id],
    )


async def deactivate(db: Db, person_id: str) -> None:
    """Close the account: signed out everywhere at once, and no link or password opens it.

    Raises Refused where this is the only admin.
    """
    await _another_admin(db, person_id)
    await db.execute("UPDATE accord.person SET active = false WHERE id = %s", [person_id])
    await db.execute("DELETE FROM accord.session WHERE person = %s", [person_id])
    await db.execute("DELETE FROM accord.sign_in_link WHERE person = %s", [person_id])


async def activate(db: Db, person_id: str) -> None:
    """Open a closed account again; the password is the former one."""
    await db.execute(
        "UPDATE accord.person SET active = true WHERE id = %s AND erased_at IS NULL", [person_id]
    )


async def erase_person(db: Db, person_id: str) -> None:
    """Forget who this was: name, login, extension, sessions. Events keep the opaque id.

    Raises Refused where this is the only admin.
    """
    await deactivate(db, person_id)
    await db.execute(
        "DELETE FROM accord.sign_in_try t USING accord.person p"
        " WHERE p.id = %s AND t.login = sha256(convert_to(p.login, 'UTF8'))",
        [person_id],
    )
    await db.execute(
        "UPDATE accord.person SET login = NULL, name = '', extension = '', password = NULL,"
        " erased_at = coalesce(erased_at, now()) WHERE id = %s",
        [person_id],
    )


async def password_of(db: Db, login: str) -> tuple[str | None, str | None]:
    """Id and password hash behind a login as somebody typed it, where the account is open."""
    try:
        kept = clean_login(login)
    except Refused:
        return None, None
    row = await (
        await db.execute(
            "SELECT id, password FROM accord.person WHERE login = %s AND active", [kept]
        )
    ).fetchone()
    return (row[0], row[1]) if row else (None, None)


async def set_password(db: Db, person_id: str, password_hash: str) -> None:
    """Keep a new password's hash, see board/passwords.py."""
    await db.execute(
        "UPDATE accord.person SET password = %s WHERE id = %s AND erased_at IS NULL",
        [password_hash, person_id],
    )


async def everybody(db: Db) -> list[Entry]:
    """Everybody with an account, the closed ones last."""
    return await _entries(db, "WHERE erased_at IS NULL ORDER BY NOT active, lower(name), id", [])


async def entry(db: Db, person_id: str) -> Entry | None:
    """One person, or None; also for an id that is none."""
    found = await _entries(db, "WHERE id = %s", [person_id])
    return found[0] if found else None


async def by_login(db: Db, login: str) -> Entry | None:
    """The person with this login, or None."""
    found = await _entries(db, "WHERE login = %s", [clean_login(login)])
    return found[0] if found else None


async def contacts(db: Db, ids: Iterable[str]) -> dict[str, Contact]:
    """Names and extensions by person id, for a line's story. Erased people are absent."""
    cursor = await db.execute(
        "SELECT id, name, extension FROM accord.person WHERE id = ANY(%s) AND erased_at IS NULL",
        [list(set(ids))],
    )
    return {row[0]: Contact(row[1], row[2]) for row in await cursor.fetchall()}


def account_of(row: DictRow, team: Team | None) -> Account:
    """The account from a row of accord.person."""
    return Account(
        person=Person(
            id=row["id"],
            role=Role(row["role"]),
            team=row["team"] or "",
            sites=frozenset(row["sites"]),
        ),
        name=row["name"],
        login=row["login"] or "",
        team=team,
        extension=row["extension"],
        locale=row["locale"],
    )


async def _entries(db: Db, where: str, values: list[object]) -> list[Entry]:
    async with db.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "SELECT id, coalesce(login, '') AS login, name, role, coalesce(team, '') AS team,"  # noqa: S608
            " sites, extension, locale, active, erased_at IS NOT NULL AS erased,"
            " password IS NULL AS invited,"
            " (SELECT max(seen_at) FROM accord.session WHERE person = person.id) AS seen_at"
            f" FROM accord.person AS person {where}",
            values,
        )
        return [
            Entry(**row | {"role": Role(row["role"]), "sites": tuple(row["sites"])})
            for row in await cursor.fetchall()
        ]


async def _write(db: Db, query: str, values: list[object]) -> None:
    try:
        async with db.transaction():
            cursor = await db.execute(query, values)
    except psycopg.errors.UniqueViolation:
        raise refused("Somebody has this login already. Choose another one.") from None
    if not cursor.rowcount:
        raise refused("This person is not here any more.")


async def _another_admin(db: Db, person_id: str) -> None:
    """Raise Refused where this is the only admin; two who close each other wait in turn."""
    cursor = await db.execute(
        "SELECT id FROM accord.person WHERE active AND role = 'admin' ORDER BY id FOR UPDATE"
    )
    if [row[0] for row in await cursor.fetchall()] == [person_id]:
        raise Refused(
            Wrong.VERB,
            "This is the only admin: nobody could look after the accounts any more. "
            "Make somebody else an admin first.",
        )
