"""What feeds the hub: reads which rows changed, renders each once, and tells who must fetch anew.

A page is told to fetch itself anew where rows changed without a new event of the log: at its
sites' midnight, when sites or teams were changed, when a rebuild took over. All of that is in the
edition of a topic, which goes out with each heartbeat and comes back with whoever was away.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

import msgspec
from psycopg_pool import AsyncConnectionPool

from board.frames import News, Topic, message, partial
from board.hub import UNKNOWN, Hub
from board.rows import forget_rows, render_row
from board.sites import Directory, Site
from projections.changes import Changes, Making, changes
from projections.line_row import LineRow

_log = logging.getLogger("accord.live")

BOARD = "board"
HEARTBEAT = 15.0  # seconds between two signs of life
LATEST = 30.0  # seconds since the database was read, after which no sign of life is given
WALLS_EVERY = 1.0  # seconds between two renderings of a wall, which shows many lines at once
MOST_ROWS = 200  # changed at once; above it, fetching the page anew is cheaper for everybody
_NOTHING = 2**62  # a position after which nothing has changed

#: What stands on a page that is no board of rows: the key of each block, and its new markup.
Blocks = Callable[[Topic], Awaitable[dict[str, bytes]]]


async def _no_blocks(_: Topic) -> dict[str, bytes]:
    return {}


class Feed:
    """Feeds one hub from one database. `clock`: the moment, aware."""

    def __init__(
        self,
        pool: AsyncConnectionPool,
        directory: Directory,
        hub: Hub,
        *,
        blocks: Blocks = _no_blocks,
        heartbeat: float = HEARTBEAT,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = pool
        self._directory = directory
        self._hub = hub
        self._blocks = blocks
        self._heartbeat = heartbeat
        self._clock = clock
        self._cursor = UNKNOWN
        self._making: Making | None = None
        self._stamp = directory.stamp
        self._editions: dict[Topic, str] = {}
        self._stale: set[Topic] = set()
        self._stale_walls = asyncio.Event()
        self._read_at = self._beat_at = float("-inf")
        hub.on_return = lambda topic: self._renew({topic})

    @property
    def up_to_date(self) -> bool:
        """Whether the database was read lately."""
        return time.monotonic() - self._read_at < LATEST

    def edition(self, topic: Topic) -> str:
        """From what a page is made, beside the events: another edition, another page."""
        at = self._clock()
        known = self._directory.sites
        sites = known if topic.sites is None else filter(None, map(known.get, topic.sites))
        days = sorted({site.now(at).today.isoformat() for site in sites})
        making = "-".join(map(str, self._making or ()))
        return ".".join((making, str(self._directory.stamp), *days))

    def hello(self, topic: Topic) -> bytes:
        """The first words to a viewer of this topic; a wall is shown anew to whoever comes."""
        self._renew({topic})
        self._editions.setdefault(topic, self.edition(topic))
        return message(self._says(topic), event="heartbeat") if self.up_to_date else b""

    async def look(self) -> None:
        """Read once what changed and publish it. Raises psycopg.Error, NotMigrated."""
        after = _NOTHING if self._cursor == UNKNOWN else self._cursor
        found = await changes(self._pool, after, limit=MOST_ROWS)
        self._read_at = time.monotonic()
        if self._cursor == UNKNOWN or found.position < self._cursor or found.more:
            # The beginning, a database that was put back, or too much to be sent.
            self._hub.forget(found.position)
            self._hub.fetch_anew(lambda _: True)
            self._renew(self._hub.topics)
        elif found.position > self._cursor:
            self._publish(found)
        self._cursor = found.position
        self._turn(found.making)
        if self._read_at >= self._beat_at + self._heartbeat:
            self._beat_at = self._read_at
            self._hub.beat(self._says)

    async def keep_walls(self) -> None:
        """Render walls on which something changed, for ever."""
        while True:
            await self._stale_walls.wait()
            self._stale_walls.clear()
            stale, self._stale = self._stale, set()
            began = time.monotonic()
            for topic in stale & self._hub.topics.keys():
                news = await self._block_news(topic)
                self._hub.publish(news, self._hub.published, keep=False)
            # However many walls there are, most of the time is left to others.
            await asyncio.sleep(max(WALLS_EVERY, 4 * (time.monotonic() - began)))

    def _renew(self, topics: Iterable[Topic]) -> None:
        if walls := {topic for topic in topics if topic.view != BOARD}:
            self._stale |= walls
            self._stale_walls.set()

    def _publish(self, found: Changes) -> None:
        news = [one for row in found.rows if (one := self._row_news(row))]
        self._hub.publish(news, found.position)
        sites = {row.line.details.site for row in found.rows}
        self._renew(t for t in self._hub.topics if t.sites is None or t.sites & sites)

    def _row_news(self, row: LineRow) -> News | None:
        line = row.line
        site = self._directory.sites.get(line.details.site)
        if site is None:
            return None  # not known here yet; when it is, everybody fetches anew
        at = self._clock()
        try:
            html = render_row(row, site, self._directory.teams, at=at)
        except Exception:  # noqa: BLE001 -- one bad row must not keep the others from anybody
            _log.exception("The row of line %s could not be shown", line.id)
            return None
        return News(
            position=row.position,
            view=BOARD,
            site=site.id,
            key=str(line.id),
            html=partial(f"#line-{line.id}", html.strip()),
            note=_note(row, site, at),
        )

    async def _block_news(self, topic: Topic) -> list[News]:
        try:
            blocks = await self._blocks(topic)
        except Exception:  # noqa: BLE001 -- a wall that can't be shown now is tried again
            _log.exception("The wall can't be shown")
            self._renew({topic})
            return []
        (site,) = topic.sites or {""}
        return [
            News(self._hub.published, topic.view, site, key, partial(f"#{key}", html.strip()))
            for key, html in blocks.items()
        ]

    def _turn(self, making: Making) -> None:
        """Tell those whose edition has changed to fetch anew."""
        self._making = making
        if self._stamp != self._directory.stamp:
            self._stamp = self._directory.stamp
            forget_rows()
        now = {topic: self.edition(topic) for topic in self._hub.topics}
        turned = {t for t, edition in now.items() if self._editions.get(t, edition) != edition}
        self._editions = now
        if turned:
            self._hub.fetch_anew(turned.__contains__)
            self._renew(turned)

    def _says(self, topic: Topic) -> bytes:
        return json.dumps({"edition": self.edition(topic)}).encode()


def _note(row: LineRow, site: Site, at: datetime) -> bytes:
    """What a script wants to know of a changed line; no person is named."""
    line, details = row.line, row.line.details
    return msgspec.json.encode(
        {
            "id": line.id,
            "version": line.version,
            "moved": line.moved,
            "site": details.site,
            "team": details.team,
            "sales_team": details.sales_team,
            "family": details.family,
            "customer": details.customer,
            "state": line.state,
            "ball": line.ball(site.now(at).today),
        }
    )
