"""By what right somebody watches a live stream, and whether they still have it."""

from collections.abc import Collection

from msgspec import Struct
from psycopg_pool import AsyncConnectionPool

from board.sessions import OPEN


class Right(Struct, frozen=True):
    """A session (its hashed token) or a wall link (its id)."""

    session: bytes = b""
    wall: str = ""


#: The sites that somebody may see; None is all of them.
Reach = frozenset[str] | None

_SESSIONS = f"""
SELECT s.token, p.sites FROM accord.session s JOIN accord.person p ON p.id = s.person
WHERE s.token = ANY(%s) AND p.active AND {OPEN}
"""  # noqa: S608 our own words
_WALLS = "SELECT id, site FROM accord.wall_link WHERE id = ANY(%s) AND revoked_at IS NULL"


async def reach_now(pool: AsyncConnectionPool, rights: Collection[Right]) -> dict[Right, Reach]:
    """What these rights open at this moment; one that opens nothing any more is absent."""
    sessions = [right.session for right in rights if right.session]
    walls = [right.wall for right in rights if right.wall]
    found: dict[Right, Reach] = {}
    async with pool.connection() as db:
        if sessions:
            for token, sites in await (await db.execute(_SESSIONS, [sessions])).fetchall():
                found[Right(session=bytes(token))] = frozenset(sites) or None
        if walls:
            for link, site in await (await db.execute(_WALLS, [walls])).fetchall():
                found[Right(wall=link)] = frozenset({site})
    return found


def within(wanted: Reach, reach: Reach) -> bool:
    """Whether everything in `wanted` may be seen by somebody with this `reach`."""
    return reach is None or (wanted is not None and wanted <= reach)
