"""The sites and teams of the factory, kept in memory and renewed when somebody changes them."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from msgspec import Struct
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from domain.calendar import WorkingCalendar
from domain.events import Milestone
from domain.moves import Now
from domain.people import Person, Side

#: Years before and after this one for which a country's holidays are laid out.
YEARS_BACK, YEARS_AHEAD = 4, 6


class Site(Struct, frozen=True, kw_only=True):
    """One plant: its zone, its working days, and what a date means there."""

    id: str
    name: str
    timezone: str = "UTC"
    country: str = ""
    subdivision: str = ""
    weekdays: frozenset[int] = frozenset(range(5))
    milestone: Milestone = Milestone.READY
    wall_names_customers: bool = True
    calendar: WorkingCalendar = WorkingCalendar()

    def now(self, at: datetime) -> Now:
        """The moment `at` (aware) with the plain day that it is at this site."""
        return Now(at=at.astimezone(UTC), today=at.astimezone(ZoneInfo(self.timezone)).date())


class Team(Struct, frozen=True):
    """People who answer together. `side` is whom they speak for; no `site`: all of them."""

    id: str
    name: str
    side: Side
    site: str = ""


class Sites:
    """Every site by its id."""

    def __init__(self, sites: Iterable[Site] = ()) -> None:
        self._sites = {site.id: site for site in sites}

    def __getitem__(self, site_id: str) -> Site:
        return self._sites[site_id]

    def __contains__(self, site_id: object) -> bool:
        return site_id in self._sites

    def __iter__(self) -> Iterator[Site]:
        return iter(self._sites.values())

    def __len__(self) -> int:
        return len(self._sites)

    def get(self, site_id: str) -> Site | None:
        """The site, or None."""
        return self._sites.get(site_id)

    def seen_by(self, person: Person) -> tuple[Site, ...]:
        """The sites whose lines `person` sees, by name."""
        return tuple(site for site in self if person.sees(site.id))

    def replace(self, sites: Iterable[Site]) -> None:
        """Know these sites from now on; readers see all of the old ones or all of the new."""
        self._sites = {site.id: site for site in sites}


class Teams:
    """Every team by its id."""

    def __init__(self, teams: Iterable[Team] = ()) -> None:
        self._teams = {team.id: team for team in teams}

    def __getitem__(self, team_id: str) -> Team:
        """A team that is not known is called by its id, so that no old line becomes unreadable."""
        return self._teams.get(team_id) or Team(team_id, team_id, Side.NONE)

    def __contains__(self, team_id: object) -> bool:
        return team_id in self._teams

    def __iter__(self) -> Iterator[Team]:
        return iter(self._teams.values())

    def __len__(self) -> int:
        return len(self._teams)

    def get(self, team_id: str) -> Team | None:
        """The team, or None."""
        return self._teams.get(team_id)

    def of(self, *sides: Side, site: str = "") -> tuple[Team, ...]:
        """The teams of these sides (all, where none are named) that work for `site`."""
        return tuple(
            team
            for team in self
            if (not sides or team.side in sides) and (not site or team.site in ("", site))
        )

    def replace(self, teams: Iterable[Team]) -> None:
        """Know these teams from now on."""
        self._teams = {team.id: team for team in teams}


class Directory:
    """The sites and teams as one process knows them, with the stamp of what it has read."""

    def __init__(self) -> None:
        self.sites = Sites()
        self.teams = Teams()
        self.stamp = -1

    async def refresh(self, pool: AsyncConnectionPool, stamp: int | None = None) -> None:
        """Read everything again, unless `stamp` (from the database) says that nothing changed."""
        if stamp is not None and stamp == self.stamp:
            return
        async with pool.connection() as connection, connection.cursor(row_factory=dict_row) as rows:
            read = [await (await rows.execute(query)).fetchall() for query in _READ]
        self._know(*read)

    def load(self, url: str) -> None:
        """The same for a program without an event loop."""
        with psycopg.connect(url) as connection, connection.cursor(row_factory=dict_row) as rows:
            self._know(*(rows.execute(query).fetchall() for query in _READ))

    def _know(
        self,
        stamps: Sequence[dict[str, Any]],
        sites: Sequence[dict[str, Any]],
        closures: Sequence[dict[str, Any]],
        teams: Sequence[dict[str, Any]],
    ) -> None:
        year = datetime.now(UTC).year
        self.sites.replace(
            _site(row, [c for c in closures if c["site"] == row["id"]], year) for row in sites
        )
        self.teams.replace(
            Team(row["id"], row["name"], Side(row["side"]), row["site"] or "") for row in teams
        )
        self.stamp = stamps[0]["stamp"]


#: The stamp comes first: what changes while we read makes us read again, never miss it.
_READ = (
    "SELECT stamp FROM accord.directory",
    "SELECT id, name, timezone, country, subdivision, weekdays, milestone, wall_names_customers"
    " FROM accord.site ORDER BY lower(name), id",
    "SELECT site, first, last FROM accord.site_closure ORDER BY site, first",
    "SELECT id, name, side, site FROM accord.team ORDER BY lower(name), id",
)


def _site(row: dict[str, Any], closures: Iterable[dict[str, Any]], year: int) -> Site:
    off = set(holidays_of(row["country"], row["subdivision"], year))
    for closure in closures:
        off |= _days(closure["first"], closure["last"])
    weekdays = frozenset(row["weekdays"])
    return Site(
        **{name: row[name] for name in ("id", "name", "timezone", "country", "subdivision")},
        weekdays=weekdays,
        milestone=Milestone(row["milestone"]),
        wall_names_customers=row["wall_names_customers"],
        calendar=WorkingCalendar(weekdays=weekdays, days_off=frozenset(off)),
    )


def _days(first: date, last: date) -> set[date]:
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}


_holidays = threading.Lock()


def holidays_of(country: str, subdivision: str, year: int) -> dict[date, str]:
    """The public holidays of a country (and its part) around `year`, with their names.

    No country: none. Raises NotImplementedError for one that is not known.
    """
    if not country:
        return {}
    with _holidays:  # the library fills its tables on the first use
        return _holidays_of(country, subdivision, year)


@lru_cache(64)
def _holidays_of(country: str, subdivision: str, year: int) -> dict[date, str]:
    import holidays  # slow to import, and only needed where a site names a country

    years = range(year - YEARS_BACK, year + YEARS_AHEAD + 1)
    return dict(holidays.country_holidays(country, subdiv=subdivision or None, years=years))
