"""Everything that a wall shows at a moment, as it was read."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct
from psycopg_pool import AsyncConnectionPool

from board.sites import Site, Teams
from projections import history
from projections.line_row import LineRow
from projections.lines import Filter, board

#: Working days over which kept promises are counted.
KEPT_DAYS = 10


class Seen(Struct, frozen=True, kw_only=True):
    """Everything that a wall shows at a moment."""

    site: Site
    teams: Teams
    team: str
    rows: Sequence[LineRow]
    latest: Sequence[history.Entry]
    at: datetime

    @property
    def today(self) -> date:
        """The site's day."""
        return self.site.now(self.at).today


async def look(
    pool: AsyncConnectionPool, site: Site, teams: Teams, team: str, at: datetime
) -> Seen:
    """Read what the wall of a site, or of one team of it, shows now."""
    today = site.now(at).today
    stays = site.calendar.add(today, -KEPT_DAYS - 2)
    flt = Filter(sites=frozenset({site.id}), team=team)
    shown = await board(pool, flt, today=today, stays_since=stays, limit=5000)
    latest = await history.latest(pool, {site.id}, 60)
    return Seen(site=site, teams=teams, team=team, rows=shown.rows, latest=latest, at=at)
