"""The wall's pages: for who is signed in, and by a link that keeps working in the hall."""

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from board import given, wording
from board.pages import home_site
from board.rendering import AnyRequest
from board.sites import Site
from board.wall import as_markup, wall_blocks
from board.wall_links import WallLink
from board.wall_seen import look
from projections.lines import position


@get("/wall")
async def wall_page(
    request: AnyRequest,
    account: given.Account,
    pool: given.Pool,
    pages: given.Pages,
    sites: given.Sites,
    teams: given.Teams,
) -> Response[bytes]:
    """The wall of a site that the person sees, or of one team of it."""
    asked = str(request.query_params.get("site", ""))
    site = sites.get(asked) if asked else home_site(sites, account)
    if site is None or not site.id or not account.person.sees(site.id):
        raise NotFoundException
    team = str(request.query_params.get("team", ""))
    if team and team not in teams:
        raise NotFoundException
    return await _page(request, pool, pages, teams, site, team)


@get("/wall/{token:str}")
async def wall_in_the_hall(
    request: AnyRequest,
    token: FromPath[str],
    pool: given.Pool,
    pages: given.Pages,
    sites: given.Sites,
    teams: given.Teams,
) -> Response[bytes]:
    """The same by a link; the guard has looked it up."""
    link: WallLink = request.scope["state"]["wall"]
    site = sites.get(link.site)
    if site is None:
        raise NotFoundException
    return await _page(request, pool, pages, teams, site, link.team)


async def _page(
    request: AnyRequest,
    pool: given.Pool,
    pages: given.Pages,
    teams: given.Teams,
    site: Site,
    team: str,
) -> Response[bytes]:
    at = datetime.now(UTC)
    known = await position(pool)
    seen = await look(pool, site, teams, team, at)
    values: dict[str, Any] = as_markup(wall_blocks(seen))
    return pages.page(
        "wall/page.html",
        request,
        w=wording,
        site=site,
        title=teams[team].name if team else site.name,
        team=team,
        position=known,
        clock=wording.moment_words(at, site.timezone, seen.today),
        day=wording.day_words(seen.today),
        blocks=values,
    )


ROUTES = (wall_page, wall_in_the_hall)
