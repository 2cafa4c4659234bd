"""The whole application, wired here and nowhere else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import psycopg
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import DefineMiddleware

from board import (
    access,
    bulk,
    entering,
    exports,
    health,
    layout,
    live,
    logs,
    moves,
    security,
    sessions,
    settings_pages,
    sign_in,
    static_pages,
    wall_pages,
)
from board import pages as board_pages
from board.clock import Clock
from board.commands import Commands
from board.database import Addresses
from board.database_pool import new_pool
from board.feed import Feed
from board.hub import Hub
from board.imports import pages as imports_pages
from board.imports.jobs import Jobs
from board.passwords import Passwords
from board.problems import Problems
from board.rendering import Pages
from board.settings import Settings
from board.sites import Directory
from board.static_files import StaticFiles
from board.wall import WallFeed
from projections.event_store import open_store
from projections.projector import Projector

#: Seconds after which a process without requests looks whether sites or teams changed.
LOOK_AGAIN = 20.0
#: Bytes of a form; the import of a file has a limit of its own.
LARGEST_FORM = 2_000_000


class RouteWithoutAccess(RuntimeError):
    """A route that board/access.py does not name: nobody has decided who may call it."""


def create_app(settings: Settings, addresses: Addresses) -> Litestar:
    """The application on a migrated database. Nothing is opened before its lifespan begins.

    Raises RouteWithoutAccess.
    """
    logs.configure(settings.log)
    pool, directory = new_pool(addresses), Directory()
    static = StaticFiles(layout.static())
    pages, hub = Pages(static.address), Hub()
    known: dict[str, Any] = {
        "settings": settings,
        "addresses": addresses,
        "pool": pool,
        "directory": directory,
        "sites": directory.sites,
        "teams": directory.teams,
        "pages": pages,
        "static_files": static,
        "passwords": Passwords(),
        "commands": Commands(),
        "hub": hub,
        "live": live.Live(
            addresses.app, pool, hub, Feed(pool, directory, hub, blocks=WallFeed(pool, directory))
        ),
    }
    app = Litestar(
        route_handlers=[
            static_pages.static_file,
            health.health,
            health.ready,
            sign_in.router,
            imports_pages.router,
            exports.router,
            settings_pages.router,
            *board_pages.ROUTES,
            *entering.ROUTES,
            moves.make_move,
            *bulk.ROUTES,
            *wall_pages.ROUTES,
            *live.ROUTES,
        ],
        guards=[access.guard],
        middleware=[
            DefineMiddleware(sessions.SignedIn, pool=pool, settings=settings, directory=directory)
        ],
        dependencies={
            **{name: _from_state(name) for name in (*known, "store", "jobs")},
            "account": Provide(sessions.account, sync_to_thread=False),
        },
        exception_handlers=Problems(pages, directory.teams).handlers(),
        before_send=[security.add_headers(settings)],
        lifespan=[_open],
        state=State(known),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=LARGEST_FORM,
        debug=False,
    )
    if forgotten := access.without_access(app):
        raise RouteWithoutAccess(f"board/access.py does not say who may call {forgotten}")
    app.asgi_handler = logs.Logged(app.asgi_handler)
    return app


def _from_state(name: str) -> Provide:
    """A dependency that is one object for the whole application."""

    def provide(state: State) -> Any:
        return state[name]

    return Provide(provide, sync_to_thread=False)


@contextlib.asynccontextmanager
async def _open(app: Litestar) -> AsyncIterator[None]:
    """Open what the application holds, and close it in the opposite order."""
    state = app.state
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(state.passwords.close)
        stack.callback(state.commands.close)
        await state.pool.open()
        stack.push_async_callback(state.pool.close)
        state.store = await asyncio.to_thread(open_store, state.addresses.app)
        stack.callback(state.store.close)
        state.jobs = Jobs(state.addresses.app, state.store, state.directory)
        stack.push_async_callback(asyncio.to_thread, state.jobs.close)
        await _look_again(state)
        stack.push_async_callback(_ended, asyncio.create_task(_keep_up(state)))
        if state.settings.projector == "inline":
            for follower in (Projector(state.addresses.app), Clock(state.store, state.sites)):
                follower.start()
                stack.push_async_callback(asyncio.to_thread, follower.stop)
        await stack.enter_async_context(state.live.running())
        yield


async def _keep_up(state: State) -> None:
    """Know sites and teams, and notice changes that another process made."""
    while True:
        await asyncio.sleep(LOOK_AGAIN)
        await _look_again(state)


async def _look_again(state: State) -> None:
    """A database that is away now will be asked again by the next request."""
    with contextlib.suppress(psycopg.Error):
        await state.directory.refresh(state.pool)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
