"""The moves that can be made on many lines at once: what each one means on a single line."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from board.sites import Site
from board.suggesting import deadline
from domain import moves
from domain.events import CounterAccepted, DeliveryConfirmed, Fact, RevisionAccepted
from domain.line import IN_FORCE, Line, State
from domain.moves import Now, check_fresh
from domain.moves.answering import asked_terms
from domain.moves.asking import erp_terms, wanted_terms
from domain.people import PROMISERS, Person, Side
from domain.reasons import Reason
from domain.refusals import Refused, Wrong
from domain.terms import Terms
from projections.event_store import EventStore, Words, known, new_text


class Choice(Struct, frozen=True, kw_only=True):
    """What one move on many lines is: the same for each of them. days: working days, signed."""

    kind: str
    days: int = 0
    day: date | None = None
    reason: Reason | None = None
    words: str = ""


class Maker(Struct, frozen=True):
    """Who makes it on one line, when and at which site."""

    by: Person
    now: Now
    site: Site


class Kind(Struct, frozen=True):
    """One of them: its name in forms, its button, the same before "14 lines", what it does, and
    which fields it needs."""

    name: str
    title: str
    act: str
    does: str
    decide: Callable[[Line, Choice, Maker], tuple[Fact, ...]]
    fields: tuple[str, ...] = ()


def kinds_for(person: Person) -> list[Kind]:
    """The moves on many lines that this person's side can make at all."""
    if person.side is Side.SALES:
        return [kind for kind in KINDS.values() if kind.name != "take-over"]
    if person.side in PROMISERS and person.team:
        return [kind for kind in KINDS.values() if kind.name not in ("ask", "ask-erp")]
    return []


def decide(line: Line, choice: Choice, maker: Maker) -> tuple[Fact, ...]:
    """What the move is on this line. Raises Refused."""
    return KINDS[choice.kind].decide(line, choice, maker)


def make(
    store: EventStore,
    line_id: UUID,
    seen: int,
    choice: Choice,
    by: Person,
    site_of: Callable[[Line], Site],
    command: UUID,
) -> tuple[Line, tuple[Fact, ...]]:
    """Make it on one line, once however often it is asked for. Blocking; raises Refused."""
    texts: dict[UUID, Words] = {}

    def on_this(line: Line | None, at: datetime) -> tuple[Fact, ...]:
        found = known(line, line_id)
        site = site_of(found)
        check_fresh("commit_date", found, seen)
        facts = decide(found, choice, Maker(by, site.now(at), site))
        if not choice.words:
            return facts
        said, words = new_text(choice.words)
        texts.clear()
        texts[said.id] = words
        return (*facts, *moves.add_note(found, said, by=by, now=site.now(at)))

    outcome = store.change(line_id, on_this, by=by, command_id=command, texts=texts)
    return outcome.line, outcome.facts


def target(line: Line, facts: tuple[Fact, ...]) -> Terms | None:
    """The terms that a move is about: its own, or the ones on the table that it accepts."""
    for fact in facts:
        if isinstance(fact, (CounterAccepted, RevisionAccepted)):
            offer = line.proposal or line.counter
            return offer.remaining(line.delivered) if offer else None
        if isinstance(fact, DeliveryConfirmed):
            return None
        if isinstance(terms := getattr(fact, "terms", None), Terms):
            return terms
    return None


def _ask(line: Line, choice: Choice, maker: Maker) -> tuple[Fact, ...]:
    moves.check_may("request_date", line, maker.by, maker.now)
    return moves.request_date(line, wanted_terms(line), by=maker.by, now=maker.now)


def _accept(line: Line, choice: Choice, maker: Maker) -> tuple[Fact, ...]:
    by, now = maker.by, maker.now
    match line.state:
        case State.COUNTERED if by.side is Side.SALES:
            return moves.accept_counter(line, by=by, now=now)
        case State.REVISION_OPEN:
            return moves.accept_revision(line, by=by, now=now)
        case State.DELIVERED if by.side is Side.SALES:
            return moves.confirm_delivery(line, by=by, now=now)
        case State.REQUESTED | State.COUNTERED if by.side is not Side.SALES:
            moves.check_may("commit_date", line, by, now)
            return moves.commit_date(line, asked_terms(line), by=by, now=now)
    if line.state is State.REQUESTED:
        return moves.accept_counter(line, by=by, now=now)
    raise Refused(Wrong.VERB, "Nothing waits for a yes here. Open the line to see what does.")


def _confirm(line: Line, choice: Choice, maker: Maker) -> tuple[Fact, ...]:
    offer = line.on_the_table
    if offer is None or offer.spoken is None:
        raise Refused(
            Wrong.VERB, "Nothing was agreed aloud here. Open the line to answer what is asked."
        )
    return _accept(line, choice, maker)


def _shift(line: Line, choice: Choice, maker: Maker) -> tuple[Fact, ...]:
    if not choice.days:
        raise Refused(Wrong.INPUT, "Give the working days by which the dates move.")
    terms = _to_shift(line, maker.by)
    if terms is None:
        raise Refused(Wrong.VERB, "There is no date here to shift. Ask for one, or offer one.")
    shifted = Terms.of(
        (part.quantity, maker.site.calendar.add(part.date, choice.days))
        for part in terms.instalments
    )
    return _other_terms(line, shifted, choice, maker)


def _to_shift(line: Line, by: Person) -> Terms | None:
    if line.state in IN_FORCE:
        return line.committed_remainder
    if line.counter and by.side is not Side.SALES:
        return line.counter.remaining(line.delivered)
    return line.request.remaining(line.delivered) if line.request else line.lapsed


def _one_day(line: Line, choice: Choice, maker: Maker) -> tuple[Fact, ...]:
    if choice.day is None:
        raise Refused(Wrong.INPUT, "Give the day on which all lines are to be.")
    if line.open == 0:
        raise Refused(Wrong.QUANTITY, "Nothing of this line is open any more.")
    return _other_terms(line, Terms.single(line.open, choice.day), choice, maker)


def _other_terms(line: Line, terms: Terms, choice: Choice, maker: Maker) -> tuple[Fact, ...]:
    """The move that puts these terms forward, by state and side."""
    said: dict[str, Any] = {"by": maker.by, "now": maker.now}
    reason = choice.reason or Reason.OTHER
    if line.state in IN_FORCE:
        return moves.propose_revision(line, terms, reason=reason, **said)
    if maker.by.side is Side.SALES:
        return moves.request_date(line, terms, reason=choice.reason, **said)
    asked = line.request.remaining(line.delivered) if line.request else None
    if line.state is State.REQUESTED and asked == terms:
        return moves.commit_date(line, terms, **said)
    until = deadline(maker.site, maker.now)
    return moves.counter_date(line, terms, valid_until=until, reason=reason, **said)


def _take_over(line: Line, choice: Choice, maker: Maker) -> tuple[Fact, ...]:
    """The promiser takes the order system's date over as agreed where nobody asked for another;
    where somebody did, or another is in force, it offers or proposes it."""
    if line.state is not State.NEW:
        return _other_terms(line, erp_terms(line), choice, maker)
    moves.check_may("commit_date", line, maker.by, maker.now)
    return moves.commit_date(line, erp_terms(line), by=maker.by, now=maker.now, take_over=True)


def _ask_erp(line: Line, choice: Choice, maker: Maker) -> tuple[Fact, ...]:
    """Sales asks for the order system's date; where another one is in force, it proposes it."""
    if line.state not in IN_FORCE:
        moves.check_may("request_date", line, maker.by, maker.now)
    return _other_terms(line, erp_terms(line), choice, maker)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "ask", "Ask at the wanted days", "Ask for",
            "Asks for everything that is open, each line on its customer's wanted day.", _ask,
        ),
        Kind(
            "accept", "Accept", "Accept",
            "Says yes to what the other side asks, offers or proposes on each line.", _accept,
        ),
        Kind(
            "shift", "Shift by days", "Shift",
            "Moves the date of each line by the same working days. What is agreed stays in force "
            "until the other side accepts.", _shift, ("days", "reason", "words"),
        ),
        Kind(
            "day", "One date", "Put on this day:",
            "Puts all these lines on the same day. What is agreed stays in force until the other "
            "side accepts.", _one_day, ("day", "reason", "words"),
        ),
        Kind(
            "take-over", "Take over the ERP's date", "Take over",
            "Agrees to the day that the ERP shows, as on the first day with imported lines. "
            "It is left out of how often promises are kept.", _take_over, ("reason",),
        ),
        Kind(
            "ask-erp", "Ask for the ERP's date", "Ask for",
            "Asks for everything that is open, each line on the day that the ERP shows.",
            _ask_erp, ("reason",),
        ),
        Kind(
            "confirm", "Confirm what was agreed aloud", "Confirm",
            "Says yes to what was agreed by phone or in the meeting.", _confirm,
        ),
    )
}  # fmt: skip
