"""The sites and teams that a file can name, by their ids and by their names."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Self

from msgspec import Struct

from board.sites import Site, Sites, Team, Teams
from domain.moves import Now
from domain.people import PROMISERS, Person, Side


class Places(Struct, frozen=True, kw_only=True):
    """What a row may say about where it belongs: the sites that its importer sees, all teams.

    today: site -> its plain day now. names: lower-case id or name -> id.
    """

    sites: dict[str, Site]
    teams: dict[str, Team]
    today: dict[str, date]
    site_names: dict[str, str]
    team_names: dict[str, str]

    @classmethod
    def of(cls, sites: Sites, teams: Teams, at: datetime, by: Person | None = None) -> Self:
        """The places at the moment `at` (aware); only the sites that `by` sees."""
        seen = [site for site in sites if by is None or by.sees(site.id)]
        return cls(
            sites={site.id: site for site in seen},
            teams={team.id: team for team in teams},
            today={site.id: site.now(at).today for site in seen},
            site_names=_names(seen),
            team_names=_names(list(teams)),
        )

    def site(self, name: str) -> str:
        """The id of a site. Raises ValueError, naming the sites there are."""
        found = self.site_names.get(name.casefold())
        if found is None:
            raise ValueError(f"there is no site “{name}”; there are: {_list(self.sites)}")
        return found

    def sales_team(self, name: str) -> str:
        """The id of a team of sales. Raises ValueError, naming the ones there are."""
        return self._team(name, {Side.SALES}, "sales team")

    def promiser(self, name: str) -> str:
        """The id of a team that promises. Raises ValueError, naming the ones there are."""
        return self._team(name, PROMISERS, "team that promises")

    def check_together(self, site: str, *teams: str) -> None:
        """Raise ValueError for a team that works for another site."""
        for team in teams:
            if self.teams[team].site not in ("", site):
                raise ValueError(f"the team “{team}” doesn't work for the site “{site}”")

    def sales_teams(self, site: str = "") -> list[Team]:
        """The teams of sales that work for a site; no site: all of them."""
        return [team for team in self.teams.values() if _fits(team, {Side.SALES}, site)]

    def promisers(self, site: str = "") -> list[Team]:
        """The teams that promise for a site; no site: all of them."""
        return [team for team in self.teams.values() if _fits(team, PROMISERS, site)]

    def now(self, site: str, at: datetime) -> Now:
        """The moment with the site's plain day; UTC's for a site that is gone."""
        found = self.sites.get(site)
        return found.now(at) if found else Now(at=at, today=at.date())

    def _team(self, name: str, sides: Collection[Side], what: str) -> str:
        found = self.team_names.get(name.casefold())
        if found is None or self.teams[found].side not in sides:
            fitting = [team.id for team in self.teams.values() if team.side in sides]
            raise ValueError(f"there is no {what} “{name}”; there are: {_list(fitting)}")
        return found


def _fits(team: Team, sides: Collection[Side], site: str) -> bool:
    return team.side in sides and (not site or team.site in ("", site))


def _names(named: Sequence[Site] | Sequence[Team]) -> dict[str, str]:
    """An id wins over a name that is spelt like it."""
    return {n.name.casefold(): n.id for n in named} | {n.id.casefold(): n.id for n in named}


def _list(ids: Iterable[str]) -> str:
    return ", ".join(sorted(ids)) or "none yet"
