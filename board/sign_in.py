"""Signing in by password or by a one-time link, and signing out."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath, FromQuery
from psycopg_pool import AsyncConnectionPool

from board import given, sessions, sign_in_links, sign_in_tries
from board.passwords import Passwords, check_password
from board.people import password_of, set_password
from board.problems import TooMany, wait_words
from board.rendering import AnyRequest, Pages
from board.security import csrf_for, network_of, new_token
from board.settings import Settings
from domain.refusals import Refused, Wrong

WRONG = "Login and password don't match. Look at both once more."
DONE = {
    "out": "You are signed out.",
    "everywhere": "You are signed out on every device.",
}


@get("/sign-in")
async def sign_in_page(
    request: AnyRequest,
    pages: given.Pages,
    settings: given.Settings,
    next: FromQuery[str] = "",  # noqa: A002 the address's own word
    done: FromQuery[str] = "",
) -> Response[bytes]:
    """The form; who is signed in already goes on to where they wanted to go."""
    if request.user is not None:
        return go_to(own_path(next))
    return _page(request, pages, settings, next=own_path(next), said=DONE.get(done, ""))


@post("/sign-in", status_code=200)
async def sign_in(
    request: AnyRequest,
    pages: given.Pages,
    settings: given.Settings,
    pool: given.Pool,
    passwords: given.Passwords,
) -> Response[bytes]:
    """Try login and password. Nothing in the answer tells whether the login exists."""
    form = await request.form()
    login, to = str(form.get("login", "")), own_path(str(form.get("next", "")))
    try:
        person = await _checked(request, pool, passwords, login, str(form.get("password", "")))
    except Refused as refused:
        said = str(refused)
        return _page(request, pages, settings, status=422, next=to, login=login, error=said)
    except TooMany as error:
        said, wait = wait_words(error.seconds), {"retry-after": str(error.seconds)}
        return _page(
            request, pages, settings, status=429, headers=wait, next=to, login=login, error=said
        )
    async with pool.connection() as db:
        token = await sessions.begin(db, person, request.auth)
    return go_to(to, signed_in(settings, token))


async def _checked(
    request: AnyRequest, pool: AsyncConnectionPool, passwords: Passwords, login: str, password: str
) -> str:
    """The id of the person who may come in. Raises Refused, TooMany."""
    async with pool.connection() as db:
        try_id, wait = await sign_in_tries.begin_try(db, login, network_of(request.scope))
        if wait:
            raise TooMany(wait)
        person, kept = await password_of(db, login)
    if not await passwords.verify(password, kept) or person is None:
        raise Refused(Wrong.INPUT, WRONG)
    async with pool.connection() as db:
        await sign_in_tries.succeeded(db, try_id)
    return person


@get("/sign-in/{token:str}")
async def link_page(
    request: AnyRequest,
    token: FromPath[str],
    pages: given.Pages,
    settings: given.Settings,
    pool: given.Pool,
) -> Response[bytes]:
    """What a one-time link opens, with a button: looking at it does not use it up."""
    async with pool.connection() as db:
        opened = await sign_in_links.look(db, token)
    if opened is None:
        return pages.page("sign_in/link_gone.html", request, status=404)
    return _link_page(request, pages, settings, opened)


@post("/sign-in/{token:str}", status_code=200)
async def sign_in_by_link(
    request: AnyRequest,
    token: FromPath[str],
    pages: given.Pages,
    settings: given.Settings,
    pool: given.Pool,
    passwords: given.Passwords,
) -> Response[bytes]:
    """Use the link up and sign in, with a new password where the link asks for one."""
    form = await request.form()
    password = str(form.get("password", ""))
    async with pool.connection() as db:
        opened = await sign_in_links.look(db, token)
    kept = None
    if opened is not None and opened.sets_password:
        try:
            check_password(password, opened.login)
            check_same(password, str(form.get("again", "")))
        except Refused as refused:
            return _link_page(request, pages, settings, opened, status=422, error=str(refused))
        kept = await passwords.hash(password)
    async with pool.connection() as db:
        used = await sign_in_links.use(db, token)
        if used is None:
            return pages.page("sign_in/link_gone.html", request, status=404)
        if kept is not None:
            await set_password(db, used.person, kept)
            await sessions.end_all(db, used.person)
        session = await sessions.begin(db, used.person, request.auth)
    return go_to("/", signed_in(settings, session))


@post("/sign-out", status_code=200)
async def sign_out(
    request: AnyRequest, settings: given.Settings, pool: given.Pool
) -> Response[bytes]:
    """End this browser's session."""
    if request.auth is not None:
        async with pool.connection() as db:
            await sessions.end(db, request.auth)
    return go_to("/sign-in?done=out", signed_out(settings))


def check_same(password: str, again: str) -> None:
    """Raise Refused where a new password was typed differently the second time."""
    if password != again:
        raise Refused(Wrong.INPUT, "The two passwords differ. Type the same one twice.")


def signed_in(settings: Settings, token: str) -> Cookie:
    """The cookie of a session that begins."""
    name = sessions.session_cookie(settings)
    return sessions.cookie(settings, name, token, sessions.THIRTY_DAYS)


def signed_out(settings: Settings) -> Cookie:
    """The cookie of a session that is over."""
    return sessions.cookie(settings, sessions.session_cookie(settings), "", 0)


def own_path(text: str) -> str:
    """`text` where it is a path of ours, else the board: nobody is sent elsewhere."""
    if not text.startswith("/") or text.startswith(("//", "/\\")) or not text.isprintable():
        return "/"
    return text


def go_to(path: str, *cookies: Cookie) -> Response[bytes]:
    """See there."""
    return Response(b"", status_code=303, headers={"location": path}, cookies=list(cookies))


def _page(
    request: AnyRequest,
    pages: Pages,
    settings: Settings,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: str,
) -> Response[bytes]:
    known = {"login": "", "said": "", "error": ""} | values
    return _with_visit(request, pages, settings, "sign_in/page.html", known, status, headers)


def _link_page(
    request: AnyRequest,
    pages: Pages,
    settings: Settings,
    opened: sign_in_links.Opened,
    *,
    status: int = 200,
    error: str = "",
) -> Response[bytes]:
    known = {"opened": opened, "error": error}
    return _with_visit(request, pages, settings, "sign_in/link.html", known, status)


def _with_visit(
    request: AnyRequest,
    pages: Pages,
    settings: Settings,
    name: str,
    values: Mapping[str, Any],
    status: int,
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """The page, with a secret for the browser that its form is bound to."""
    secret = ""
    if request.auth is None and "csrf" not in request.scope["state"]:
        secret = new_token()
        request.scope["state"]["csrf"] = csrf_for(secret)
    page = pages.page(name, request, status=status, headers=headers, **values)
    if secret:
        made = sessions.cookie(settings, sessions.visit_cookie(settings), secret)
        page.cookies.append(made)
    return page


router = Router(
    "/",
    route_handlers=[sign_in_page, sign_in, link_page, sign_in_by_link, sign_out],
    include_in_schema=False,
)
