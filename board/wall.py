"""The wall in the hall: what waits on whom, this week's commitments, what just happened."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup
from psycopg_pool import AsyncConnectionPool

from board import wording
from board.frames import Topic
from board.rows import environment
from board.sites import Directory, Site, Sites
from board.wall_seen import Seen, look
from board.wall_ticker import ticker
from board.wall_waiting import waiting
from board.wall_week import days, kept, monday, risks
from domain.line import Ball

#: The blocks of a wall: each is the template wall/NAME.html and the element wall-NAME.
BLOCKS = ("kept", "promisers", "sales", "week", "ticker")


def wall_blocks(seen: Seen) -> dict[str, bytes]:
    """The wall's blocks: the id of each element, and its markup."""
    values: dict[str, Any] = {
        "w": wording,
        "kept": kept(seen),
        "promisers": waiting(seen, Ball.PROMISER),
        "sales": waiting(seen, Ball.REQUESTER),
        "days": (week := days(seen)),
        "promised": sum(len(day.marks) + day.more for day in week),
        "week": wording.week_words(monday(seen)),
        "title": "Promised this week" if monday(seen) <= seen.today else "Promised next week",
        "later": risks(seen),
        "ticker": ticker(seen),
        "site": seen.site,
    }
    return {
        f"wall-{name}": environment().get_template(f"wall/{name}.html").render(values).encode()
        for name in BLOCKS
    }


def as_markup(blocks: dict[str, bytes]) -> dict[str, Markup]:
    """The same, to be put into the page."""
    return {key.removeprefix("wall-"): Markup(html.decode()) for key, html in blocks.items()}  # noqa: S704 our own templates


class WallFeed:
    """The blocks of a live wall's topic, for the stream."""

    def __init__(self, pool: AsyncConnectionPool, directory: Directory) -> None:
        self._pool = pool
        self._directory = directory

    async def __call__(self, topic: Topic) -> dict[str, bytes]:
        """The blocks of the wall that the topic names; none for a site that is gone."""
        found = topic.sites or frozenset()
        site = _one(self._directory.sites, found)
        if site is None:
            return {}
        team = topic.view.partition("/")[2]
        seen = await look(self._pool, site, self._directory.teams, team, datetime.now(UTC))
        return wall_blocks(seen)


def _one(sites: Sites, ids: Iterable[str]) -> Site | None:
    return next((site for site in map(sites.get, ids) if site is not None), None)
