"""What somebody looks at on the board: the filters, the grouping and the moment, as in the URL."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct
from msgspec.structs import replace

from domain.line import State
from projections.lines import Filter

GROUPINGS = {"ball": "whose move it is", "week": "week", "customer": "customer", "family": "family"}
MARKS = {
    "at_risk": "At risk",
    "overdue": "Overdue",
    "misfit": "New terms",
    "told_early": "Told earlier",
    "not_told": "To be told",
    "erp_differs": "ERP differs",
    "spoken": "Aloud",
}


#: The query of a URL.
Query = Mapping[str, str]


class Looking(Struct, frozen=True, kw_only=True):
    """One view of the board. Every part stands in the URL, so that it can be sent on."""

    site: str = ""
    team: str = ""
    customer: str = ""
    family: str = ""
    state: str = ""
    text: str = ""
    mark: str = ""
    mine: bool = False
    finished: bool = False
    group: str = "ball"
    at: datetime | None = None
    line: UUID | None = None

    @classmethod
    def read(cls, query: Query, zone: str = "UTC") -> "Looking":
        """The view that a URL's query asks for; what makes no sense is left out.

        zone: whose clock a moment without an offset is read by.
        """
        words = {name: str(query.get(name, "") or "").strip()[:200] for name in _WORDS}
        return cls(
            **words | {"text": str(query.get("q", "") or "").strip()[:200]},
            state=_known(query.get("state", ""), {state.value for state in State}),
            mark=_known(query.get("mark", ""), set(MARKS)),
            group=_known(query.get("group", ""), set(GROUPINGS)) or "ball",
            mine=query.get("mine", "") == "1",
            finished=query.get("finished", "") == "1",
            at=read_moment(str(query.get("at", "") or ""), zone),
            line=_uuid(str(query.get("line", "") or "")),
        )

    def filter(self, sites: frozenset[str]) -> Filter:
        """The same for the read model, within the sites that the person sees (none: all).

        The mark is left out: the board counts the lines of every mark.
        """
        within = frozenset({self.site}) if self.site else sites
        return Filter(
            sites=within & sites if sites else within,
            team=self.team,
            customer=self.customer,
            family=self.family,
            state=frozenset({State(self.state)}) if self.state else frozenset(),
            text=self.text,
            folded=self.finished,
        )

    @property
    def filters(self) -> int:
        """How many filters are set, beside the search and the marks."""
        chosen = (self.site, self.team, self.customer, self.family, self.state, self.finished)
        return sum(1 for value in chosen if value)

    def query(self, **changes: Any) -> str:
        """The query of this view with some of it changed, "?…" or nothing."""
        return _query(replace(self, **changes)._values())

    def carried(self, without: tuple[str, ...]) -> list[tuple[str, str]]:
        """The view as hidden fields of a form that asks for the names in `without` itself."""
        return [(k, v) for k, v in self._values().items() if v and k not in without]

    def _values(self) -> dict[str, str]:
        values = {name: getattr(self, name) for name in _WORDS}
        values |= {"q": self.text, "state": self.state, "mark": self.mark}
        values["mine"] = "1" if self.mine else ""
        values["finished"] = "1" if self.finished else ""
        values["group"] = self.group if self.group != "ball" else ""
        values["at"] = self.at.isoformat(timespec="seconds") if self.at else ""
        values["line"] = str(self.line) if self.line else ""
        return values


_WORDS = ("site", "team", "customer", "family")


def read_moment(text: str, zone: str) -> datetime | None:
    """A moment in ISO form, by the clock of `zone` where it names no offset; None for others."""
    try:
        at = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=_zone(zone))
    return at.astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _query(values: Mapping[str, str]) -> str:
    given = {name: value for name, value in values.items() if value}
    return f"?{urlencode(given)}" if given else ""


def _known(value: object, words: set[str]) -> str:
    return str(value) if value in words else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
