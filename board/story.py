"""The conversation of a line as a story: who said what, when and why, in plain words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from board.people import Contact
from board.sites import Site, Teams
from board.story_words import what as words_of
from board.wording import (
    NEEDS,
    REASONS,
    SIDES,
    SPOKEN,
    apart,
    capital,
    moment_words,
)
from domain import events as e
from domain.evolve import evolve
from domain.line import Line
from domain.people import Side


class Telling(Struct, frozen=True):
    """One event as it is told. `words` are the person's own, None for none.

    taken_back: the words were erased. note: the id by which its author takes a note back.
    """

    version: int
    at: datetime
    when: str
    who: str
    side: str
    tone: str
    what: str
    why: str
    more: tuple[str, ...]
    words: str | None
    taken_back: bool
    note: UUID | None
    by: str


class Told(Struct, frozen=True):
    """What the teller needs beside the events."""

    site: Site
    teams: Teams
    contacts: Mapping[str, Contact]
    words: Mapping[UUID, str]
    today: date


def text_ids(events: Iterable[e.Recorded]) -> list[UUID]:
    """The texts whose words the story shows."""
    texts = (getattr(event.fact, "text", None) for event in events)
    return [text.id for text in texts if text is not None]


def person_ids(events: Iterable[e.Recorded]) -> set[str]:
    """Whose names the story shows."""
    return {event.by for event in events if event.side not in (Side.ORDER_SYSTEM, Side.CLOCK)}


def story(events: Sequence[e.Recorded], told: Told) -> list[Telling]:
    """Every event of a line in its order, the first one first."""
    tellings = []
    line: Line | None = None
    for event in events:
        before, line = line, evolve(line, event)
        tellings.append(_telling(event, before, line, told))
    return tellings


def _telling(event: e.Recorded, before: Line | None, after: Line, told: Told) -> Telling:
    fact = event.fact
    text: e.Text | None = getattr(fact, "text", None)
    words = told.words.get(text.id) if text else None
    reason = getattr(fact, "reason", None)
    said = words_of(fact, before or after, after, told.today)
    contact = told.contacts.get(event.by)
    return Telling(
        version=event.originator_version,
        at=event.at,
        when=moment_words(event.at, told.site.timezone, told.today),
        who=_who(event, contact),
        side=_side(event, told.teams),
        tone=_TONES.get(event.side, "other"),
        what=said,
        why=REASONS[reason] if reason and (words is None or reason != "other") else "",
        more=tuple(_more(fact, told)),
        words=words,
        taken_back=text is not None and words is None,
        note=fact.text.id if isinstance(fact, e.NoteAdded) else None,
        by=event.by,
    )


_TONES = {
    Side.SALES: "sales",
    Side.PRODUCTION: "promiser",
    Side.PURCHASING: "promiser",
    Side.LOGISTICS: "promiser",
}


def _who(event: e.Recorded, contact: Contact | None) -> str:
    if contact:
        return contact.name
    if event.side in (Side.ORDER_SYSTEM, Side.CLOCK):
        return capital(SIDES[event.side])
    return "Somebody who is no longer here"


def _side(event: e.Recorded, teams: Teams) -> str:
    if event.side in (Side.ORDER_SYSTEM, Side.CLOCK):
        return ""
    return teams[event.team].name if event.team else SIDES[event.side]


def _more(fact: e.Fact, told: Told) -> Iterable[str]:
    """What else belongs to a fact, each as a short phrase."""
    if buffer := getattr(fact, "buffer", 0):
        yield f"{apart(buffer)} of it in hand"
    if until := getattr(fact, "valid_until", None):
        yield f"valid until {moment_words(until, told.site.timezone, told.today)}"
    if until := getattr(fact, "ordered_by", None):
        yield f"if it is ordered by {moment_words(until, told.site.timezone, told.today)}"
    if spoken := getattr(fact, "spoken", None):
        yield SPOKEN[spoken]
    if getattr(fact, "take_over", False):
        yield "taken over from the order system"
    if rule := getattr(fact, "rule", ""):
        yield f"by the rule {rule}"
    if isinstance(fact, e.DateRequested) and fact.need is not e.Need.FIRM:
        yield NEEDS[fact.need]
