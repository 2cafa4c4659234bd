"""Links for the wall in the hall: they work until revoked, see one site, and name no people."""

from datetime import datetime
from uuid import uuid4

from msgspec import Struct
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool

from board.people import Db
from board.security import digest, new_token
from board.typed_names import clean_name
from domain.people import Person, Role
from domain.refusals import Refused, Wrong


class WallLink(Struct, frozen=True, kw_only=True):
    """A link as the admin sees it; its token is shown once, when it is made."""

    id: str
    site: str
    team: str
    label: str
    created_at: datetime
    revoked_at: datetime | None
    seen_at: datetime | None

    @property
    def viewer(self) -> Person:
        """What the wall may see: one site, and no moves."""
        return Person(id=f"wall:{self.id}", role=Role.VIEWER, sites=frozenset({self.site}))


async def new_link(db: Db, *, site: str, label: str, team: str = "") -> tuple[str, str]:
    """Make a link for a site (and one team of it): its id, and the token that opens it.

    Raises Refused.
    """
    token, link_id = new_token(), str(uuid4())
    cursor = await db.execute(
        "INSERT INTO accord.wall_link (id, token, site, team, label)"
        " SELECT %s, %s, s.id, t.id, %s FROM accord.site s"
        " LEFT JOIN accord.team t ON t.id = %s AND coalesce(t.site, s.id) = s.id"
        " WHERE s.id = %s AND (t.id IS NOT NULL OR %s)",
        [link_id, digest(token), clean_name(label, "label"), team, site, not team],
    )
    if not cursor.rowcount:
        raise Refused(Wrong.INPUT, "Choose a site from the list, and a team that works for it.")
    return link_id, token


async def revoke(db: Db, link_id: str) -> None:
    """The link opens nothing from now on."""
    await db.execute(
        "UPDATE accord.wall_link SET revoked_at = coalesce(revoked_at, now()) WHERE id = %s",
        [link_id],
    )


_COLUMNS = "id, site, coalesce(team, '') AS team, label, created_at, revoked_at, seen_at"


async def links(db: Db) -> list[WallLink]:
    """Every link, the open ones first, the newest first."""
    async with db.cursor(row_factory=class_row(WallLink)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM accord.wall_link"  # noqa: S608 our own words
            " ORDER BY revoked_at IS NOT NULL, created_at DESC, id"
        )
        return await cursor.fetchall()


async def open_link(pool: AsyncConnectionPool, token: str) -> WallLink | None:
    """The link that this token opens, or None. Notes its use, once in five minutes."""
    async with pool.connection() as db, db.cursor(row_factory=class_row(WallLink)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM accord.wall_link"  # noqa: S608 our own words
            " WHERE token = %s AND revoked_at IS NULL",
            [digest(token)],
        )
        link = await cursor.fetchone()
        if link is not None:
            await db.execute(
                "UPDATE accord.wall_link SET seen_at = now() WHERE id = %s"
                " AND (seen_at IS NULL OR seen_at < now() - interval '5 minutes')",
                [link.id],
            )
        return link
