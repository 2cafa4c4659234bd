"""The live stream of this process: its routes, its viewers' rights, and what keeps it going.

`GET /live?view=board|wall&site=…` is for who is signed in; a wall in the hall has
`GET /wall/{token}/live`. A page says how far it is (`after`, or Last-Event-ID when it comes back)
and gets what followed, or `resync`: fetch yourself anew.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import psycopg
from litestar import Request, get
from litestar.datastructures import State
from litestar.exceptions import (
    PermissionDeniedException,
    ValidationException,
)
from litestar.types import ASGIApp, HTTPResponseStartEvent, Receive, Scope, Send
from psycopg_pool import AsyncConnectionPool

from board import given
from board.feed import BOARD, Feed
from board.frames import Topic, message
from board.hub import UNKNOWN, Hub, HubClosed, Viewer
from board.listening import listen
from board.people import Account
from board.rights import Reach, Right, reach_now, within
from board.sessions import Session
from board.sites import Directory
from board.wall_links import WallLink
from projections.twins import NotMigrated

_log = logging.getLogger("accord.live")

LOOK_EVERY = 5.0  # seconds after which the database is asked although it said nothing
GATHER = 0.03  # seconds that a burst of changes may grow before it is read
MOST_VIEWERS = 20_000  # of one process
SIGNED_OUT = message(b"{}", event="signed_out")

START: HTTPResponseStartEvent = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store, no-transform"),
        (b"x-accel-buffering", b"no"),
    ],
}
LATER = [(b"retry-after", b"5"), (b"content-length", b"0")]


class Live:
    """Everything live in one process. `url`: the database as the application's role."""

    def __init__(
        self,
        url: str,
        pool: AsyncConnectionPool,
        hub: Hub,
        feed: Feed,
        *,
        look_every: float = LOOK_EVERY,
    ) -> None:
        self.hub = hub
        self.feed = feed
        self._url = url
        self._pool = pool
        self._look_every = look_every
        self._rights: dict[Viewer, Right] = {}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Live"]:
        """Follow the database and serve viewers for as long as the block lasts."""
        heard = asyncio.Event()
        tasks = [
            asyncio.create_task(work)
            for work in (
                self.hub.run(),
                listen(self._url, heard),
                self._for_ever(self.feed.look, heard),
                self.feed.keep_walls(),
                self._for_ever(self._end_lapsed, asyncio.Event()),
            )
        ]
        try:
            yield self
        finally:
            await self.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """End all streams now: a server that stops would wait for them."""
        self.hub.close()

    async def watch(
        self, viewer: Viewer, right: Right, receive: Receive, *, edition: str = ""
    ) -> None:
        """Serve a viewer whose response has begun, for as long as `right` holds.

        edition: of the page that they have, where they know. Raises HubClosed.
        """
        if edition not in ("", self.feed.edition(viewer.topic)):
            viewer.position = UNKNOWN
        self._rights[viewer] = right
        try:
            await self.hub.watch(viewer, receive, self.feed.hello(viewer.topic))
        finally:
            del self._rights[viewer]

    async def _end_lapsed(self) -> None:
        """Send those away who may no longer see what they watch."""
        watching = dict(self._rights)
        if not watching:
            return
        reach = await reach_now(self._pool, set(watching.values()))
        for viewer, right in watching.items():
            if right not in reach:
                self.hub.end(viewer, SIGNED_OUT)
            elif not within(viewer.topic.sites, reach[right]):
                self.hub.end(viewer)  # on coming back they are told what they may see

    async def _for_ever(self, work: Callable[[], Awaitable[None]], heard: asyncio.Event) -> None:
        """Do `work` whenever something was heard, and after a while; no failure ends it."""
        while True:
            heard.clear()
            try:
                await work()
            except (psycopg.Error, NotMigrated) as error:
                _log.warning("The live stream can't read: %s", type(error).__name__)
            except Exception:  # noqa: BLE001 -- the stream outlives whatever went wrong once
                _log.exception("The live stream stumbled")
            await asyncio.sleep(GATHER)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._look_every):
                    await heard.wait()


@get("/live")
async def live_stream(
    request: Request[Account, Session, State], directory: given.Directory
) -> ASGIApp:
    """The board's or the wall's stream, for who is signed in."""
    asked = frozenset(site for site in request.query_params.getall("site", []) if site)
    sites = _allowed(asked, request.user.person.sites or None, directory)
    view = request.query_params.get("view", BOARD)
    if view == "wall":
        team = str(request.query_params.get("team", ""))
        if sites is None or len(sites) != 1 or (team and team not in directory.teams):
            raise ValidationException("A wall shows one site, or one team of it.")
        view = wall_view(team)
    elif view != BOARD:
        raise ValidationException("There is a live board and a live wall.")
    return _stream(request, Topic(view, sites), Right(session=request.auth.token))


@get("/wall/{token:str}/live")
async def wall_stream(request: Request[None, None, State]) -> ASGIApp:
    """The stream of a wall in the hall; the guard has looked its link up."""
    link: WallLink = request.scope["state"]["wall"]
    topic = Topic(wall_view(link.team), frozenset({link.site}))
    return _stream(request, topic, Right(wall=link.id))


ROUTES = (live_stream, wall_stream)


def wall_view(team: str) -> str:
    """The view of a topic that is a wall, of one team where one is named."""
    return f"wall/{team}"


def _allowed(asked: frozenset[str], reach: Reach, directory: Directory) -> Reach:
    """The sites to be sent: those asked for, or all that the person sees.

    Raises PermissionDeniedException, also for a site that is none.
    """
    if not asked:
        return reach
    if not within(asked, reach) or any(site not in directory.sites for site in asked):
        raise PermissionDeniedException
    return asked


def _stream(request: Request[Any, Any, State], topic: Topic, right: Right) -> ASGIApp:
    live: Live = request.app.state.live
    after, edition = _after(request), str(request.query_params.get("edition", ""))

    async def stream(_: Scope, receive: Receive, send: Send) -> None:
        if live.hub.closed or live.hub.viewers >= MOST_VIEWERS:
            await send({"type": "http.response.start", "status": 503, "headers": LATER})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        await send(START)
        viewer = Viewer(topic, send, after=after)
        try:
            await live.watch(viewer, right, receive, edition=edition)
        except HubClosed:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return stream


def _after(request: Request[Any, Any, Any]) -> int:
    """The position that the page has; unknown where it says none that makes sense."""
    said = request.headers.get("last-event-id") or str(request.query_params.get("after"))
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else UNKNOWN
