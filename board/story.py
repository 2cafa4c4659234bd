"""The conversation of a line as a story: who said what, when and why, in plain words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct
from msgspec.structs import asdict

from board.people import Contact
from board.sites import Site, Teams
from board.wording import (
    NEEDS,
    REASONS,
    SIDES,
    SPOKEN,
    amount,
    apart,
    capital,
    day_words,
    moment_words,
    parts_words,
    terms_words,
)
from domain import events as e
from domain.evolve import evolve
from domain.line import Line
from domain.people import Side
from domain.terms import Terms


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
    what = _WHAT[type(fact)](fact, before or after, after, told.today)
    contact = told.contacts.get(event.by)
    return Telling(
        version=event.originator_version,
        at=event.at,
        when=moment_words(event.at, told.site.timezone, told.today),
        who=_who(event, contact),
        side=_side(event, told.teams),
        tone=_TONES.get(event.side, "other"),
        what=what,
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


def _in_words(terms: Terms, line: Line, today: date) -> str:
    """A single day for everything, otherwise each part with its quantity."""
    if len(terms.instalments) == 1 and terms.quantity == line.open:
        return (
            f"{amount(terms.quantity)} {line.details.unit} on {day_words(terms.last_date, today)}"
        )
    return parts_words(terms, line.details.unit, today=today)


def _entered(fact: e.LineEntered, _b: Line, _a: Line, today: date) -> str:
    d = fact.details
    what = "entered the line" if d.order_number else "entered an enquiry"
    wanted = f", wanted {day_words(d.wanted, today)}" if d.wanted else ""
    return f"{what}: {amount(d.quantity)} {d.unit} {d.product}{wanted}"


_CHANGED = {
    "quantity": "the quantity",
    "product": "the product",
    "customer": "the customer",
    "wanted": "the wanted day",
    "erp_date": "the ERP's date",
    "unit": "the unit",
    "family": "the family",
    "customer_order": "the customer's order number",
    "customer_part": "the customer's part number",
    "milestone": "what the date means",
    "transit_days": "the days on the road",
    "purchase_order": "the purchase order",
    "supplier": "the supplier",
    "work_centre": "the work centre",
    "rep": "the rep",
}


def _changed(fact: e.LineChanged, before: Line, _a: Line, today: date) -> str:
    changes = {k: v for k, v in asdict(fact.changes).items() if v is not UNSET}
    known = [
        f"{words} from {_value(getattr(before.details, name), today)} "
        f"to {_value(changes[name], today)}"
        for name, words in _CHANGED.items()
        if name in changes
    ]
    return "changed " + (", ".join(known) if known else "the order's details")


def _value(value: Any, today: date) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, date):
        return day_words(value, today)
    return amount(value) if hasattr(value, "normalize") else str(value)


def _requested(fact: e.DateRequested, before: Line, _a: Line, today: date) -> str:
    again = "asks now" if before.request else "asked"
    return f"{again} for {_in_words(fact.terms, before, today)}"


def _scheduled(fact: e.AnswerScheduled, _b: Line, _a: Line, today: date) -> str:
    return f"answers by {day_words(fact.by_when.date(), today)}"


def _committed(fact: e.DateCommitted, before: Line, _a: Line, today: date) -> str:
    return f"agreed to {_in_words(fact.terms, before, today)}"


def _countered(fact: e.DateCountered, before: Line, _a: Line, today: date) -> str:
    again = "offers now" if before.counter else "offered"
    return f"{again} {_in_words(fact.terms, before, today)}"


def _accepted(_f: e.CounterAccepted, _b: Line, after: Line, today: date) -> str:
    return f"accepted {_made(after, today)}: agreed"


def _made(after: Line, today: date) -> str:
    return _in_words(after.commitment.terms, after, today) if after.commitment else "the offer"


def _proposed(fact: e.RevisionProposed, before: Line, _a: Line, today: date) -> str:
    instead = f" instead of {day_words(before.agreed, today)}" if before.agreed else ""
    return f"proposes {_in_words(fact.terms, before, today)}{instead}"


def _revised(_f: e.RevisionAccepted, before: Line, after: Line, today: date) -> str:
    instead = f", no longer {day_words(before.agreed, today)}" if before.agreed else ""
    return f"accepted {_made(after, today)}{instead}"


def _kept_to(_f: e.Fact, before: Line, _a: Line, today: date) -> str:
    return f"keeps to {day_words(before.agreed, today)}" if before.agreed else "keeps to the date"


def _retracted(_f: e.Fact, before: Line, _a: Line, today: date) -> str:
    stays = f": {day_words(before.agreed, today)} stays" if before.agreed else ""
    return f"took the proposal back{stays}"


def _no_longer(words: str) -> Callable[[Any, Line, Line, date], str]:
    def tell(_f: e.Fact, before: Line, _a: Line, today: date) -> str:
        return words.format(day=day_words(before.agreed, today) if before.agreed else "the date")

    return tell


def _progress(fact: e.ProgressReported, _b: Line, _a: Line, today: date) -> str:
    if fact.expected is None:
        return "says it is on track"
    return f"now expects {day_words(fact.expected, today)}"


def _delivered(fact: e.QuantityDelivered, before: Line, _a: Line, today: date) -> str:
    new = fact.total - before.totals.get(fact.source, before.delivered * 0)
    return (
        f"reports {amount(new)} {before.details.unit} on {day_words(fact.on, today)}, "
        f"{amount(fact.total)} in all"
    )


def _corrected(fact: e.DeliveryCorrected, before: Line, _a: Line, _today: date) -> str:
    return f"corrected the delivered total to {amount(fact.total)} {before.details.unit}"


def _disputed(fact: e.DeliveryDisputed, before: Line, _a: Line, _today: date) -> str:
    return f"says that {amount(fact.short)} {before.details.unit} are missing or unusable"


def _told(fact: e.CustomerTold, _b: Line, _a: Line, today: date) -> str:
    if fact.agreed is None:
        return f"told the customer {day_words(fact.day, today)}, before a date was agreed"
    if fact.day < fact.agreed:
        return (
            f"told the customer {day_words(fact.day, today)}, "
            f"earlier than agreed ({day_words(fact.agreed, today)})"
        )
    return f"told the customer {day_words(fact.day, today)}"


def _plain(words: str) -> Callable[[Any, Line, Line, date], str]:
    return lambda _fact, _before, _after, _today: words


_WHAT: dict[type[e.Fact], Callable[[Any, Line, Line, date], str]] = {
    e.LineEntered: _entered,
    e.OrderNumberGiven: lambda f, b, a, t: f"gave order number {f.order_number} · {f.line_number}",
    e.LineChanged: _changed,
    e.LineCancelled: _plain("cancelled the line"),
    e.DateRequested: _requested,
    e.AnswerScheduled: _scheduled,
    e.DateCommitted: _committed,
    e.DateCountered: _countered,
    e.CounterAccepted: _accepted,
    e.RequestDeclined: _plain("can't do it"),
    e.RequestWithdrawn: _plain("no longer asks"),
    e.OfferExpired: _plain("ended what was offered: its time was over"),
    e.ConditionMet: _no_longer("has the order: {day} is agreed for good"),
    e.RevisionProposed: _proposed,
    e.RevisionAccepted: _revised,
    e.RevisionRefused: _kept_to,
    e.RevisionRetracted: _retracted,
    e.CommitmentTakenBack: _plain("undid the agreement, a slip of the finger"),
    e.CommitmentReneged: _no_longer("said that {day} cannot be kept"),
    e.CommitmentReleased: _no_longer("no longer needs {day}: released"),
    e.ProgressReported: _progress,
    e.QuantityDelivered: _delivered,
    e.DeliveryCorrected: _corrected,
    e.DeliveryConfirmed: _plain("confirmed the delivery"),
    e.DeliveryDisputed: _disputed,
    e.DisputePeriodEnded: _plain("closed the line: nobody disputed the delivery"),
    e.CustomerTold: _told,
    e.NoteAdded: _plain("noted"),
    e.NoteTakenBack: _plain("took a note back"),
    e.TeamAssigned: lambda f, b, a, t: "handed the line over",
    e.OrderNumberClaimed: _plain("claimed the order number"),
}


def said_at_once(facts: Sequence[e.Fact], after: Line, teams: Teams, today: date) -> str:
    """What a move has just done, and whose move it is now: "Offered Thu 10 Dec. …"."""
    if not facts:
        return "Nothing changed."
    fact = facts[-1]
    words = _DONE[type(fact)](fact, after, today)
    return f"{words}. {whose_move(after, teams, today)}".strip()


def whose_move(line: Line, teams: Teams, today: date) -> str:
    """ "Waiting on Machining." or nothing, for everybody."""
    match line.ball(today):
        case "promiser":
            return f"Waiting on {teams[line.details.team].name}."
        case "requester":
            return f"Waiting on {teams[line.details.sales_team].name}."
    return ""


_DONE: dict[type[e.Fact], Callable[[Any, Line, date], str]] = {
    e.LineEntered: lambda f, a, t: "Entered",
    e.OrderNumberGiven: lambda f, a, t: f"This is order {f.order_number} · {f.line_number} now",
    e.LineChanged: lambda f, a, t: "Changed",
    e.LineCancelled: lambda f, a, t: "Cancelled",
    e.DateRequested: lambda f, a, t: f"Asked for {terms_words(f.terms, a.details.unit, today=t)}",
    e.AnswerScheduled: lambda f, a, t: (
        f"Sales knows: you answer by {day_words(f.by_when.date(), t)}"
    ),
    e.DateCommitted: lambda f, a, t: f"Agreed: {terms_words(f.terms, a.details.unit, today=t)}",
    e.DateCountered: lambda f, a, t: f"Offered {terms_words(f.terms, a.details.unit, today=t)}",
    e.CounterAccepted: lambda f, a, t: f"Agreed: {_agreed_words(a, t)}",
    e.RequestDeclined: lambda f, a, t: "Told sales that it is not possible",
    e.RequestWithdrawn: lambda f, a, t: "Withdrawn",
    e.OfferExpired: lambda f, a, t: "The offer ran out",
    e.ConditionMet: lambda f, a, t: f"Agreed for good: {_agreed_words(a, t)}",
    e.RevisionProposed: lambda f, a, t: (
        f"Proposed {terms_words(f.terms, a.details.unit, today=t)}. "
        f"{_agreed_words(a, t)} stays until it is accepted"
    ),
    e.RevisionAccepted: lambda f, a, t: f"Agreed: {_agreed_words(a, t)}",
    e.RevisionRefused: lambda f, a, t: f"{_agreed_words(a, t)} stays agreed",
    e.RevisionRetracted: lambda f, a, t: f"Taken back. {_agreed_words(a, t)} stays agreed",
    e.CommitmentTakenBack: lambda f, a, t: "Undone: the line is as it was before",
    e.CommitmentReneged: lambda f, a, t: "Told sales that the date cannot be kept",
    e.CommitmentReleased: lambda f, a, t: "Released",
    e.ProgressReported: lambda f, a, t: (
        f"Sales sees it: now expected {day_words(f.expected, t)}" if f.expected else "On track"
    ),
    e.QuantityDelivered: lambda f, a, t: f"{amount(a.delivered)} {a.details.unit} delivered in all",
    e.DeliveryCorrected: lambda f, a, t: (
        f"Corrected: {amount(a.delivered)} {a.details.unit} in all"
    ),
    e.DeliveryConfirmed: lambda f, a, t: "Confirmed. This line is closed",
    e.DeliveryDisputed: lambda f, a, t: f"{amount(a.open)} {a.details.unit} are open again",
    e.DisputePeriodEnded: lambda f, a, t: "Closed",
    e.CustomerTold: lambda f, a, t: f"Noted: the customer was told {day_words(f.day, t)}",
    e.NoteAdded: lambda f, a, t: "Noted",
    e.NoteTakenBack: lambda f, a, t: "Taken back: its words are erased",
    e.TeamAssigned: lambda f, a, t: "Handed over",
    e.OrderNumberClaimed: lambda f, a, t: "",
}


def _agreed_words(line: Line, today: date) -> str:
    return (
        terms_words(line.commitment.terms, line.details.unit, today=today)
        if line.commitment
        else ""
    )
