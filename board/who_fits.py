"""Which login, name, role, team and sites go together for a person."""

from collections.abc import Collection
from typing import Any

from psycopg import AsyncConnection

from board.typed_names import clean_login, clean_name, refused
from domain.people import HUMAN_ROLES, SIDE_OF, Role, Side


async def checked(
    db: AsyncConnection[Any],
    login: str,
    name: str,
    role: Role,
    team: str,
    sites: Collection[str],
    extension: str,
    locale: str,
) -> list[object]:
    """The values to write, in the order of the columns. Raises Refused."""
    if role not in HUMAN_ROLES:
        raise refused("Choose one of the roles in the list.")
    if len(extension) > 40 or len(locale) > 20:
        raise refused("The extension has up to 40 characters.")
    await _team_fits(db, role, team)
    known = {row[0] for row in await (await db.execute("SELECT id FROM accord.site")).fetchall()}
    if not set(sites) <= known:
        raise refused("Choose sites from the list.")
    return [
        clean_login(login),
        clean_name(name),
        role.value,
        team or None,
        sorted(set(sites)),
        extension.strip(),
        locale or "en",
    ]


async def _team_fits(db: AsyncConnection[Any], role: Role, team: str) -> None:
    """Who makes moves makes them for a team of their own side."""
    side = SIDE_OF[role]
    if not team:
        if side is not Side.NONE:
            raise refused("Choose a team: a {role} speaks for one.", role=role.replace("_", " "))
        return
    row = await (
        await db.execute("SELECT side, name FROM accord.team WHERE id = %s", [team])
    ).fetchone()
    if row is None:
        raise refused("Choose a team from the list.")
    if side is not Side.NONE and row[0] != side.value:
        raise refused(
            "{team} speaks for {theirs}, a {role} for {own}. Choose another team or another role.",
            team=row[1],
            theirs=row[0],
            role=role.replace("_", " "),
            own=side.value,
        )
