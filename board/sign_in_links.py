"""Links that sign a person in, once: for an invitation, a forgotten password and the demo."""

from datetime import timedelta

from msgspec import Struct

from board.people import Db
from board.security import digest, new_token
from board.settings import Settings
from domain.refusals import Refused, Wrong

VALID = timedelta(hours=24)


class Opened(Struct, frozen=True):
    """What a link opens: whose account, and whether a new password is asked for."""

    person: str
    name: str
    login: str
    sets_password: bool


async def new_link(
    db: Db, person_id: str, *, sets_password: bool = False, valid: timedelta = VALID
) -> str:
    """Make a link and return its token; a former link of the same kind stops working.

    Raises Refused where the account is closed or not there.
    """
    token = new_token()
    await db.execute(
        "DELETE FROM accord.sign_in_link"
        " WHERE expires_at < now() OR (person = %s AND sets_password = %s)",
        [person_id, sets_password],
    )
    cursor = await db.execute(
        "INSERT INTO accord.sign_in_link (token, person, sets_password, expires_at)"
        " SELECT %s, id, %s, now() + %s FROM accord.person WHERE id = %s AND active",
        [digest(token), sets_password, valid, person_id],
    )
    if not cursor.rowcount:
        raise Refused(Wrong.VERB, "This account is closed. Open it again first.")
    return token


def address(settings: Settings, token: str) -> str:
    """The link as it is sent to somebody."""
    return f"{settings.url}/sign-in/{token}"


async def look(db: Db, token: str) -> Opened | None:
    """What the link opens, without using it up: mail programs look at every link."""
    return await _opened(
        db,
        "SELECT p.id, p.name, p.login, l.sets_password FROM accord.sign_in_link l"
        " JOIN accord.person p ON p.id = l.person AND p.active"
        " WHERE l.token = %s AND l.expires_at > now()",
        token,
    )


async def use(db: Db, token: str) -> Opened | None:
    """What the link opens; it opens nothing a second time."""
    return await _opened(
        db,
        "DELETE FROM accord.sign_in_link l USING accord.person p"
        " WHERE l.token = %s AND l.expires_at > now() AND p.id = l.person AND p.active"
        " RETURNING p.id, p.name, p.login, l.sets_password",
        token,
    )


async def _opened(db: Db, query: str, token: str) -> Opened | None:
    row = await (await db.execute(query, [digest(token)])).fetchone()
    return Opened(*row) if row else None
