"""The admin's page about teams: who asks, and who promises."""

from litestar import Response, Router, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from board import given, sites_changing
from board.rendering import AnyRequest, Pages
from board.sign_in import go_to
from domain.people import Side
from domain.refusals import Refused, Wrong

DONE = {"changed": "Changed.", "added": "Added."}
SIDES = {
    Side.SALES: "Sales, which asks",
    Side.PRODUCTION: "Production, which promises",
    Side.PURCHASING: "Purchasing, which promises",
    Side.LOGISTICS: "Logistics, which promises",
}


@get("/teams")
async def teams_page(
    request: AnyRequest, pages: given.Pages, done: FromQuery[str] = ""
) -> Response[bytes]:
    """Every team, and the form to add one."""
    return _teams(request, pages, said=DONE.get(done, ""))


@post("/teams", status_code=200)
async def add_team(
    request: AnyRequest, pages: given.Pages, pool: given.Pool, directory: given.Directory
) -> Response[bytes]:
    """Add a team."""
    form = await request.form()
    name, site = str(form.get("name", "")), str(form.get("site", ""))
    side = str(form.get("side", ""))
    try:
        if side not in [known.value for known in SIDES]:
            raise Refused(Wrong.INPUT, "Choose for whom the team speaks.")
        async with pool.connection() as db:
            await sites_changing.add_team(db, name=name, side=Side(side), site=site)
    except Refused as refused:
        typed = {"name": name, "side": side, "site": site}
        return _teams(request, pages, status=422, error=str(refused), typed=typed)
    await directory.refresh(pool)
    return go_to("/settings/teams?done=added")


@post("/teams/{team_id:str}", status_code=200)
async def change_team(
    request: AnyRequest,
    team_id: FromPath[str],
    pages: given.Pages,
    pool: given.Pool,
    directory: given.Directory,
) -> Response[bytes]:
    """Change a team's name or site."""
    if team_id not in directory.teams:
        raise NotFoundException
    form = await request.form()
    name, site = str(form.get("name", "")), str(form.get("site", ""))
    try:
        async with pool.connection() as db:
            await sites_changing.change_team(db, team_id, name=name, site=site)
    except Refused as refused:
        return _teams(request, pages, status=422, error=str(refused))
    await directory.refresh(pool)
    return go_to("/settings/teams?done=changed")


def _teams(
    request: AnyRequest,
    pages: Pages,
    *,
    status: int = 200,
    said: str = "",
    error: str = "",
    typed: dict[str, str] | None = None,
) -> Response[bytes]:
    state = request.app.state
    return pages.page(
        "settings/teams.html",
        request,
        status=status,
        typed=typed or {"name": "", "side": "", "site": ""},
        said=said,
        error=error,
        sides=SIDES,
        teams=state.teams,
        sites=state.sites,
    )


router = Router("/settings", route_handlers=[teams_page, add_team, change_team])
