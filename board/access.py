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

#: Who makes any of the moves at all; whether this one on this line, domain.moves decides.
MOVERS = frozenset().union(*MAY.values()) & EVERYBODY

Access = frozenset[Role] | Door

#: (method, path template) -> who may call it.
ACCESS: dict[tuple[str, str], Access] = {
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
    ("POST", "/sign-out"): PUBLIC,
    # board/account.py
    ("GET", "/settings/account"): EVERYBODY,
    ("POST", "/settings/account/password"): EVERYBODY,
    ("POST", "/settings/account/sign-out-everywhere"): EVERYBODY,
    # board/settings_pages.py
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
    ("POST", "/settings/parked/{stream_id}/retry"): ADMIN,
}


async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Let the request through, or raise what keeps it out.

    NotAuthorizedException: nobody is signed in. PermissionDeniedException: not for this role, or
    not sent by one of our own pages. NotFoundException: the wall's link does not work.
    """
    method = connection.scope["method"]  # type: ignore[typeddict-item]
    if method == "OPTIONS":  # answered by the framework: which methods there are
        return
    access = ACCESS.get((method, connection.scope["path_template"]))
    if access is None:
        raise PermissionDeniedException
    if access is WALL:
        await _wall(connection)
    elif isinstance(access, frozenset):
        if connection.scope["user"] is None:
            raise NotAuthorizedException
        if connection.scope["user"].person.role not in access:
            raise PermissionDeniedException
    if method not in security.SAFE and isinstance(connection, Request):
        await security.check_sent_by_us(connection)


async def _wall(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    pool: AsyncConnectionPool = connection.app.state.pool
    link = await wall_links.open_link(pool, str(connection.path_params["token"]))
    if link is None:
        raise NotFoundException
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
