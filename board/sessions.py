"""Who is signed in: sessions in the database, known to the browser by a random token."""

from typing import Any

from litestar import Request
from litestar.datastructures import Cookie
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from board.people import Account, Db, account_of
from board.security import csrf_for, digest, new_token
from board.settings import Settings
from board.sites import Directory

#: Seconds that a cookie is kept by the browser; the database decides whether it still opens.
THIRTY_DAYS = 30 * 24 * 3600

#: A session ends 12 hours after its last use, and 30 days after it began.
OPEN = "s.seen_at > now() - interval '12 hours' AND s.created_at > now() - interval '30 days'"


class Session(Struct, frozen=True):
    """An open session: the hash of its token, and the token of its forms."""

    token: bytes
    csrf: str


def session_cookie(settings: Settings) -> str:
    """The cookie's name. A port of its own keeps two Accords on one machine apart."""
    if settings.secure:
        return "__Host-accord"
    return f"accord-{settings.port}"


def visit_cookie(settings: Settings) -> str:
    """The cookie of a browser that is not signed in, for the forms of signing in."""
    return f"{session_cookie(settings)}-visit"


def cookie(settings: Settings, name: str, value: str, max_age: int | None = None) -> Cookie:
    """A cookie that scripts can't read and other sites don't send."""
    return Cookie(
        key=name,
        value=value,
        max_age=max_age,
        path="/",
        httponly=True,
        secure=settings.secure,
        samesite="lax",
    )


async def begin(db: Db, person_id: str, former: Session | None) -> str:
    """A new session under a new token, which is returned; the browser's former one ends."""
    token = new_token()
    if former is not None:
        await end(db, former)
    await db.execute(f"DELETE FROM accord.session s WHERE NOT ({OPEN})")  # noqa: S608 our own words
    await db.execute(
        "INSERT INTO accord.session (token, person) VALUES (%s, %s)", [digest(token), person_id]
    )
    return token


async def end(db: Db, session: Session) -> None:
    """This browser is signed out."""
    await db.execute("DELETE FROM accord.session WHERE token = %s", [session.token])


async def end_all(db: Db, person_id: str, *, but: Session | None = None) -> int:
    """Every browser of this person is signed out, `but` one of them; how many that were."""
    cursor = await db.execute(
        "DELETE FROM accord.session WHERE person = %s AND token <> %s",
        [person_id, but.token if but else b""],
    )
    return cursor.rowcount


async def others(db: Db, person_id: str, session: Session | None) -> int:
    """How many browsers this person is signed in with, but for the one of this session."""
    cursor = await db.execute(
        f"SELECT FROM accord.session s WHERE s.person = %s AND s.token <> %s AND {OPEN}",
        [person_id, session.token if session else b""],
    )
    return cursor.rowcount


# Looks the session up, and notes its use when the last note is older than a minute.
_FIND = f"""
    WITH found AS (
        SELECT s.token, s.seen_at, p.id, p.login, p.name, p.role, p.team, p.sites,
               p.extension, p.locale
        FROM accord.session s JOIN accord.person p ON p.id = s.person AND p.active
        WHERE s.token = %(token)s AND {OPEN}
    ), seen AS (
        UPDATE accord.session SET seen_at = now() FROM found
        WHERE session.token = found.token AND found.seen_at < now() - interval '1 minute'
    )
    SELECT found.*, (SELECT stamp FROM accord.directory) AS stamp FROM found
"""  # noqa: S608 our own words


class SignedIn:
    """Middleware: tells every request who sent it, as `request.user` and `request.auth`."""

    def __init__(
        self, app: ASGIApp, *, pool: AsyncConnectionPool, settings: Settings, directory: Directory
    ) -> None:
        self.app = app
        self._pool = pool
        self._directory = directory
        self._session_cookie = session_cookie(settings)
        self._visit_cookie = visit_cookie(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look the browser's cookie up, but for routes that are the same for everybody."""
        scope["user"] = scope["auth"] = None
        if scope["type"] == ScopeType.HTTP and scope["route_handler"].opt.get("session", True):
            cookies = Request[Any, Any, Any](scope).cookies
            if visit := cookies.get(self._visit_cookie):
                scope["state"]["csrf"] = csrf_for(visit)
            if token := cookies.get(self._session_cookie):
                await self._find(scope, token)
        await self.app(scope, receive, send)

    async def _find(self, scope: Scope, token: str) -> None:
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(_FIND, {"token": digest(token)})
            row = await cursor.fetchone()
        if row is None:
            return
        await self._directory.refresh(self._pool, row["stamp"])
        team = self._directory.teams.get(row["team"] or "")
        scope["user"] = account_of(row, team)
        scope["auth"] = Session(token=bytes(row["token"]), csrf=csrf_for(token))


def account(request: Request[Account, Session, Any]) -> Account:
    """Dependency: who sent the request. Only for routes that need an account."""
    return request.user
