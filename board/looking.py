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
from domain.refusals import Refused, Wrong
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

        Raises Refused for a moment that can't be read or is still to come: the board of now in its
        place would be taken for that of then.
        zone: whose clock a moment without an offset is read by.
        """
        said = {name: _said(query, name) for name in (*_WORDS, *_OTHERS)}
        return cls(
            **{name: said[name] for name in _WORDS},
            text=said["q"],
            state=_known(said["state"], {state.value for state in State}),
            mark=_known(said["mark"], set(MARKS)),
            group=_known(said["group"], set(GROUPINGS)) or "ball",
            mine=said["mine"] == "1",
            finished=said["finished"] == "1",
            at=read_moment(query, zone),
            line=_uuid(said["line"]),
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
_OTHERS = ("q", "state", "mark", "group", "mine", "finished", "line")
#: Before it there was nothing to look at, and the calendars would run out of days.
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def read_moment(query: Query, zone: str) -> datetime | None:
    """The past moment "at" in ISO form, by the clock of `zone` where it names no offset.

    None where none is asked for. Raises Refused for what is no moment, and for one to come.
    """
    text = _said(query, "at")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
        at = (at if at.tzinfo else at.replace(tzinfo=_zone(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(Wrong.INPUT, _NO_MOMENT) from None
    if at < _EARLIEST:
        raise Refused(Wrong.INPUT, _NO_MOMENT)
    if at > datetime.now(UTC):
        raise Refused(Wrong.INPUT, _TO_COME)
    return at


_NO_MOMENT = "This moment can't be read. Give one that is over, written like 2026-12-03T14:00."
_TO_COME = (
    "This moment is still to come, and the past is all that is known. "
    "Give one that is over, written like 2026-12-03T14:00."
)


def _said(query: Query, name: str) -> str:
    """A value of the query; without the NUL, which no text in the database can hold."""
    return str(query.get(name, "") or "").replace("\0", "").strip()[:200]


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
