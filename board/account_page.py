"""One's own account: who I am here, my password, and signing out everywhere."""

from litestar import Response, Router, get, post
from litestar.params import FromQuery

from board import given, sessions, sign_in_tries
from board.passwords import Passwords, check_password
from board.people import password_of, set_password
from board.problems import TooMany, wait_words
from board.rendering import AnyRequest, Pages
from board.security import network_of
from board.sign_in import check_same, go_to, signed_in, signed_out
from domain.refusals import Refused, Wrong

DONE = {"password": "Your password is changed. Every other device is signed out."}


@get("/")
async def account_page(
    request: AnyRequest,
    account: given.Account,
    pages: given.Pages,
    pool: given.Pool,
    done: FromQuery[str] = "",
) -> Response[bytes]:
    """The page."""
    return await _page(request, account, pages, pool, said=DONE.get(done, ""))


@post("/password", status_code=200)
async def change_password(
    request: AnyRequest,
    account: given.Account,
    pages: given.Pages,
    passwords: given.Passwords,
    pool: given.Pool,
    settings: given.Settings,
) -> Response[bytes]:
    """A new password, for who knows the former one; all other sessions end, this one goes on."""
    form = await request.form()
    current, password = str(form.get("current", "")), str(form.get("password", ""))
    try:
        check_password(password, account.login)
        check_same(password, str(form.get("again", "")))
        await _check_current(request, account, pool, passwords, current)
    except Refused as refused:
        return await _page(request, account, pages, pool, status=422, error=str(refused))
    except TooMany as error:
        said = wait_words(error.seconds)
        return await _page(request, account, pages, pool, status=429, error=said)
    kept = await passwords.hash(password)
    async with pool.connection() as db:
        await set_password(db, account.person.id, kept)
        await sessions.end_all(db, account.person.id)
        token = await sessions.begin(db, account.person.id, request.auth)
    return go_to("/settings/account?done=password", signed_in(settings, token))


@post("/sign-out-everywhere", status_code=200)
async def sign_out_everywhere(
    account: given.Account, pool: given.Pool, settings: given.Settings
) -> Response[bytes]:
    """End every session of this person, this one too."""
    async with pool.connection() as db:
        await sessions.end_all(db, account.person.id)
    return go_to("/sign-in?done=everywhere", signed_out(settings))


async def _check_current(
    request: AnyRequest,
    account: given.Account,
    pool: given.Pool,
    passwords: Passwords,
    current: str,
) -> None:
    """Raises Refused, TooMany. Who came by a link and has no password yet is not asked for one."""
    async with pool.connection() as db:
        _, kept = await password_of(db, account.login)
        if kept is None:
            return
        network = network_of(request.scope)
        try_id, wait = await sign_in_tries.begin_try(db, account.login, network)
    if wait:
        raise TooMany(wait)
    if not await passwords.verify(current, kept):
        raise Refused(Wrong.INPUT, "Your present password is another one. Look at it once more.")
    async with pool.connection() as db:
        await sign_in_tries.succeeded(db, try_id)


async def _page(
    request: AnyRequest,
    account: given.Account,
    pages: Pages,
    pool: given.Pool,
    *,
    status: int = 200,
    said: str = "",
    error: str = "",
) -> Response[bytes]:
    async with pool.connection() as db:
        _, kept = await password_of(db, account.login)
        others = await sessions.others(db, account.person.id, request.auth)
    return pages.page(
        "settings/account.html",
        request,
        status=status,
        said=said,
        error=error,
        has_password=kept is not None,
        others=others,
        sites=request.app.state.sites.seen_by(account.person),
        everywhere=not account.person.sites,
    )


router = Router(
    "/settings/account", route_handlers=[account_page, change_password, sign_out_everywhere]
)
