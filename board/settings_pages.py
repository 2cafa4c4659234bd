"""The admin's other pages: links for the wall, and lines that stand still on every screen."""

from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery
from psycopg_pool import AsyncConnectionPool

from board import account_page, given, settings_people, settings_sites, settings_teams, wall_links
from board.problems import refusal
from board.rendering import AnyRequest, Pages
from board.sign_in import go_to
from domain.people import Role
from domain.refusals import Refused
from projections import parked

DONE = {
    "revoked": "The link is revoked. A screen that shows it goes dark.",
    "goes-on": "The line goes on: it is shown as it is now.",
    "still": "The line still can't be shown. The reason is the same, or the one below.",
}


@get("/settings")
async def settings_page(account: given.Account) -> Response[bytes]:
    """Where somebody of this role has something to set."""
    admin = account.person.role is Role.ADMIN
    return go_to("/settings/people" if admin else "/settings/account")


@get("/settings/walls")
async def walls_page(
    request: AnyRequest, pages: given.Pages, pool: given.Pool, done: FromQuery[str] = ""
) -> Response[bytes]:
    """Every link to a wall, and the form to make one."""
    return await _walls(request, pages, pool, said=DONE.get(done, ""))


@post("/settings/walls", status_code=200)
async def make_wall(
    request: AnyRequest, pages: given.Pages, pool: given.Pool, settings: given.Settings
) -> Response[bytes]:
    """Make a link, and show it: it is not to be seen again."""
    form = await request.form()
    words = {name: str(form.get(name, "")) for name in ("site", "team", "label")}
    try:
        async with pool.connection() as db:
            _, token = await wall_links.new_link(db, **words)
    except Refused as refused:
        return await _walls(request, pages, pool, typed=words, **refusal(refused))
    return await _walls(request, pages, pool, link=f"{settings.url}/wall/{token}")


@post("/settings/walls/{link_id:str}/revocation", status_code=200)
async def revoke_wall(link_id: FromPath[str], pool: given.Pool) -> Response[bytes]:
    """The link opens nothing any more."""
    async with pool.connection() as db:
        await wall_links.revoke(db, link_id)
    return go_to("/settings/walls?done=revoked")


@get("/settings/parked")
async def parked_page(
    request: AnyRequest, pages: given.Pages, pool: given.Pool, done: FromQuery[str] = ""
) -> Response[bytes]:
    """Lines whose events could not be shown."""
    lines = await parked.parked(pool)
    return pages.page("settings/parked.html", request, lines=lines, said=DONE.get(done, ""))


@post("/settings/parked/{line_id:uuid}/retry", status_code=200)
async def retry_parked(
    line_id: FromPath[UUID], commands: given.Commands, addresses: given.Addresses
) -> Response[bytes]:
    """Show this line anew from all its events."""
    goes_on = await commands.run(parked.retry, addresses.app, line_id)
    return go_to(f"/settings/parked?done={'goes-on' if goes_on else 'still'}")


async def _walls(
    request: AnyRequest,
    pages: Pages,
    pool: AsyncConnectionPool,
    *,
    typed: dict[str, str] | None = None,
    status: int = 200,
    said: str = "",
    error: str = "",
    link: str = "",
) -> Response[bytes]:
    async with pool.connection() as db:
        links = await wall_links.links(db)
    state = request.app.state
    return pages.page(
        "settings/walls.html",
        request,
        status=status,
        said=said,
        error=error,
        link=link,
        links=links,
        typed=typed or {"site": "", "team": "", "label": ""},
        sites=state.sites,
        teams=state.teams,
    )


router = Router(
    "/",
    route_handlers=[
        settings_page,
        walls_page,
        make_wall,
        revoke_wall,
        parked_page,
        retry_parked,
        settings_people.router,
        settings_sites.router,
        settings_teams.router,
        account_page.router,
    ],
)
