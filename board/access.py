"""Who may call which route: one table, read by one guard. What may be said there, the moves say.

Every route needs a line here; an application with a route that has none does not start.
"""

from enum import Enum
from typing import Any

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, NotFoundException, PermissionDeniedException
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import ASGIRoute, HTTPRoute
from psycopg_pool import AsyncConnectionPool

from board import security, wall_links
from domain.people import HUMAN_ROLES, MAY, Role


class NotForThisRole(PermissionDeniedException):
    """The table says who may call this route, and this role is not among them."""


class Door(Enum):
    """Ways in that ask for no account."""

    PUBLIC = "public"
    """Anybody, also before signing in."""
    WALL = "wall"
    """Who knows a wall link's token, which is the address's `token`."""


PUBLIC, WALL = Door.PUBLIC, Door.WALL
EVERYBODY = frozenset(HUMAN_ROLES)
ADMIN = frozenset({Role.ADMIN})
REP = frozenset({Role.REP})
#: Who answers for the whole list of a site: an import changes the lines of every rep.
IMPORTERS = frozenset({Role.ADMIN, Role.PLANNER})

#: Who makes any of the moves at all; whether this one on this line, domain.moves decides.
MOVERS = frozenset().union(*MAY.values()) & EVERYBODY

Access = frozenset[Role] | Door

#: (method, path template) -> who may call it.
ACCESS: dict[tuple[str, str], Access] = {
    # board/pages.py, board/moves.py, board/entering.py, board/bulk.py, board/wall_pages.py
    ("GET", "/"): EVERYBODY,
    ("GET", "/lines/new"): REP,
    ("POST", "/lines"): REP,
    ("GET", "/lines/{line_id}"): EVERYBODY,
    ("GET", "/lines/{line_id}/news"): EVERYBODY,
    ("POST", "/lines/{line_id}/{noun}"): MOVERS,
    ("GET", "/bulk"): MOVERS,
    ("POST", "/bulk"): MOVERS,
    ("POST", "/bulk/run"): MOVERS,
    ("GET", "/wall"): EVERYBODY,
    ("GET", "/wall/{token}"): WALL,
    # board/static_pages.py, board/health.py
    ("GET", "/static/{digest}/{name}"): PUBLIC,
    ("GET", "/health"): PUBLIC,
    ("GET", "/ready"): PUBLIC,
    # board/live.py
    ("GET", "/live"): EVERYBODY,
    ("GET", "/wall/{token}/live"): WALL,
    # board/sign_in.py
    ("GET", "/sign-in"): PUBLIC,
    ("POST", "/sign-in"): PUBLIC,
    ("GET", "/sign-in/{token}"): PUBLIC,
    ("POST", "/sign-in/{token}"): PUBLIC,
    ("POST", "/sign-out"): EVERYBODY,
    # board/account_page.py
    ("GET", "/settings/account"): EVERYBODY,
    ("POST", "/settings/account/password"): EVERYBODY,
    ("POST", "/settings/account/sign-out-everywhere"): EVERYBODY,
    # board/settings_pages.py, settings_people.py, settings_sites.py, settings_teams.py
    ("GET", "/settings"): EVERYBODY,
    ("GET", "/settings/people"): ADMIN,
    ("POST", "/settings/people"): ADMIN,
    ("GET", "/settings/people/{person_id}"): ADMIN,
    ("POST", "/settings/people/{person_id}"): ADMIN,
    ("POST", "/settings/people/{person_id}/link"): ADMIN,
    ("POST", "/settings/people/{person_id}/deactivation"): ADMIN,
    ("POST", "/settings/people/{person_id}/activation"): ADMIN,
    ("POST", "/settings/people/{person_id}/erasure"): ADMIN,
    ("GET", "/settings/teams"): ADMIN,
    ("POST", "/settings/teams"): ADMIN,
    ("POST", "/settings/teams/{team_id}"): ADMIN,
    ("GET", "/settings/sites"): ADMIN,
    ("POST", "/settings/sites"): ADMIN,
    ("GET", "/settings/sites/{site_id}"): ADMIN,
    ("POST", "/settings/sites/{site_id}"): ADMIN,
    ("POST", "/settings/sites/{site_id}/closures"): ADMIN,
    ("POST", "/settings/sites/{site_id}/closures/{first}/removal"): ADMIN,
    ("GET", "/settings/walls"): ADMIN,
    ("POST", "/settings/walls"): ADMIN,
    ("POST", "/settings/walls/{link_id}/revocation"): ADMIN,
    ("GET", "/settings/parked"): ADMIN,
    ("POST", "/settings/parked/{line_id}/retry"): ADMIN,
    # The files of board/imports
    ("GET", "/import"): IMPORTERS,
    ("POST", "/import"): IMPORTERS,
    ("GET", "/import/{job_id}"): IMPORTERS,
    ("POST", "/import/{job_id}/mapping"): IMPORTERS,
    ("POST", "/import/{job_id}/run"): IMPORTERS,
    ("POST", "/import/{job_id}/removal"): IMPORTERS,
    ("GET", "/import/{job_id}/bad-rows.csv"): IMPORTERS,
    ("POST", "/import/reps/removal"): ADMIN,
    # board/exports.py
    ("GET", "/export/commitments.csv"): EVERYBODY,
    ("GET", "/export/commitments.xlsx"): EVERYBODY,
    ("GET", "/export/board.csv"): EVERYBODY,
    ("GET", "/export/board.xlsx"): EVERYBODY,
}


async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Let the request through, or raise what keeps it out.

    NotAuthorizedException: nobody is signed in. NotForThisRole. security.NotSentByUs: not by one
    of our own pages. NotFoundException: the wall's link does not work.
    """
    method = connection.scope["method"]  # type: ignore[typeddict-item]
    if method == "OPTIONS":  # answered by the framework: which methods there are
        return
    access = ACCESS.get((method, connection.scope["path_template"]))
    if access is None:
        raise NotForThisRole
    if access is WALL:
        await _wall(connection)
    elif isinstance(access, frozenset):
        if connection.scope["user"] is None:
            raise NotAuthorizedException
        if connection.scope["user"].person.role not in access:
            raise NotForThisRole
    if method not in security.SAFE and isinstance(connection, Request):
        await security.check_sent_by_us(connection)


async def _wall(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    pool: AsyncConnectionPool = connection.app.state.pool
    link = await wall_links.open_link(pool, str(connection.path_params["token"]))
    if link is None:
        raise NotFoundException
    if connection.app.state.directory.stamp < 0:  # the database was away when we began
        await connection.app.state.directory.refresh(pool)
    connection.scope["state"]["wall"] = link


def routes_of(app: Litestar) -> list[tuple[str, str]]:
    """Every (method, path template) that the application answers, but OPTIONS."""
    found: list[tuple[str, str]] = []
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            found += [(m, route.path_format) for m in route.methods if m != "OPTIONS"]
        elif isinstance(route, ASGIRoute):
            found.append(("GET", route.path_format))
        else:
            found.append((type(route).__name__, route.path_format))
    return sorted(found)


def without_access(app: Litestar) -> list[tuple[str, str]]:
    """The routes that the table forgets."""
    return [route for route in routes_of(app) if route not in ACCESS]
