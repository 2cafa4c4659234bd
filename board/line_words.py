"""What a line's page says about it: its marks, its facts, whom to call, what to tell a customer."""

from datetime import date

from board import wording
from board.opened import Opened
from board.track import Track
from domain.line import IN_FORCE, Line, State
from domain.moves.expiring import disputable_until
from domain.moves.talking import arrival

#: From this offer on people are sent to each other.
TALK_FROM = 2


def legend(drawn: Track, today: date) -> list[tuple[str, str, str]]:
    """Every mark of the track with its sign: kind, what it is, the day in words."""
    seen: dict[tuple[str, date], tuple[str, str, str]] = {}
    for mark in drawn.marks:
        words = wording.day_words(mark.day, today)
        seen.setdefault((mark.kind, mark.day), (mark.kind, wording.capital(mark.words), words))
    return list(seen.values())


def talk(opened: Opened) -> list[tuple[str, str, str]]:
    """From the second offer on: whom to call, as (name, team, extension), both sides."""
    line = opened.line
    if line.state is not State.COUNTERED or line.counters < TALK_FROM or not line.request:
        return []
    found = []
    for offer in (line.request, line.counter):
        if offer is None:
            continue
        contact = opened.contacts.get(offer.by)
        team = opened.teams[offer.team].name if offer.team else wording.SIDES[offer.side]
        found.append(
            (contact.name if contact else team, team, contact.extension if contact else "")
        )
    return found


def customer_sentence(opened: Opened) -> str:
    """What a rep can tell the customer; nothing while no date is agreed."""
    line = opened.line
    if line.state not in IN_FORCE or line.commitment is None or line.open == 0:
        return ""
    remainder = line.committed_remainder
    if remainder is None:
        return ""
    calendar, unit = opened.site.calendar, line.details.unit
    parts = [
        f"{wording.amount(part.quantity)} {unit} on "
        f"{wording.day_words(arrival(line, part.date, calendar), opened.now.today)}"
        for part in remainder.instalments
    ]
    said = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    where = "with you" if _arrives(line) else "ready"
    condition = ", if you order in time" if line.commitment.ordered_by else ""
    return f"We will have {line.details.product} {where}: {said}{condition}."


def _arrives(line: Line) -> bool:
    return line.details.milestone == "arrives" or line.details.transit_days > 0


def tells(opened: Opened) -> str:
    """The arrival day that goes with the customer sentence, where this person may note it."""
    if not customer_sentence(opened) or opened.past or not opened.may("tell_customer"):
        return ""
    agreed = opened.line.agreed
    return arrival(opened.line, agreed, opened.site.calendar).isoformat() if agreed else ""


def expires(opened: Opened) -> str:
    """Until when an offer, a condition or a dispute stands, as a sentence."""
    line, today = opened.line, opened.now.today
    zone = opened.site.timezone
    if line.state is State.COUNTERED and line.counter and line.counter.valid_until:
        until = wording.moment_words(line.counter.valid_until, zone, today)
        return f"The offer is valid until {until}."
    if line.state is State.REQUESTED and line.answer_by:
        return f"The answer comes by {wording.moment_words(line.answer_by, zone, today)}."
    if line.state in IN_FORCE and line.commitment and line.commitment.ordered_by:
        until = wording.moment_words(line.commitment.ordered_by, zone, today)
        return f"Agreed if it is ordered by {until}."
    if until_day := disputable_until(line, opened.site.calendar):
        return f"It can be disputed until {wording.day_words(until_day, today)}."
    return ""


def facts_of(opened: Opened) -> list[tuple[str, str]]:
    """What the order says, and what was agreed, as a list of names and values."""
    line, d, today = opened.line, opened.line.details, opened.now.today

    def day(value: date | None) -> str:
        return wording.day_words(value, today) if value else ""

    facts = [
        ("Quantity", f"{wording.amount(d.quantity)} {d.unit}"),
        ("Delivered", f"{wording.amount(line.delivered)} {d.unit}, {wording.amount(line.open)} open"
         if line.delivered else ""),
        ("A date means", wording.MILESTONES[d.milestone]
         + (f", then {wording.apart(d.transit_days)} on the road" if d.transit_days else "")),
        ("Wanted", day(d.wanted)),
        ("ERP's date", day(d.erp_date)),
        ("Agreed", _agreed_fact(line, today)),
        ("Now expected", day(line.progress.expected) if line.progress else ""),
        ("Customer told", day(line.told.day) if line.told else ""),
        ("Answers", opened.teams[d.team].name),
        ("Asks", opened.teams[d.sales_team].name if d.sales_team else ""),
        ("Site", opened.site.name),
        ("Family", d.family),
        ("Product code", d.product_code),
        ("Customer's order", d.customer_order),
        ("Customer's part", d.customer_part),
        ("Ordered", day(d.ordered_on)),
        ("Work centre", d.work_centre),
        ("Supplier", d.supplier),
        ("Purchase order", d.purchase_order),
    ]  # fmt: skip
    return [(name, value) for name, value in facts if value]


def _agreed_fact(line: Line, today: date) -> str:
    made = line.commitment
    if made is None:
        return ""
    words = wording.terms_words(made.terms, line.details.unit, today=today)
    first_made = line.first_of_promise
    if first_made and first_made.terms.last_date != made.terms.last_date:
        words += f", first {wording.day_words(first_made.terms.last_date, today)}"
    if made.version > 1:
        words += f", version {made.version}"
    return words
