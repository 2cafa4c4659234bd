"""What the page of one line shows: its track and facts, the forms of the legal moves, its story."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from msgspec import Struct

from board import wording
from board.effects import DATE, effect, title
from board.fields import SPARE_ROWS, Field, Kind, Typed, first
from board.forms import FORMS, fields_of
from board.people import Account, Contact
from board.sites import Site, Teams
from board.standing import badges, standing
from board.story import Told, story, whose_move
from board.suggesting import suggested
from board.track import Track, track
from domain.events import Recorded
from domain.evolve import evolve
from domain.line import IN_FORCE, Line, State
from domain.moves import MOVES, Now, legal_moves
from domain.moves.expiring import disputable_until
from domain.moves.talking import arrival
from domain.people import MAY, PROMISERS, Person, Side
from projections.line_row import Changed, LineRow

#: The moves that a person looks for first, the most wanted one first. The rest is folded away.
MAIN = (
    "accept_revision", "accept_counter", "confirm_delivery", "commit_date", "counter_date",
    "request_date", "refuse_revision", "dispute_delivery", "meet_condition", "deliver_quantity",
    "propose_revision", "report_progress",
)  # fmt: skip
#: In these states only some of them come first, so that the answer stands alone.
_FIRST: Mapping[State, tuple[str, ...]] = {
    State.NEW: ("request_date",),
    State.REQUESTED: ("commit_date", "counter_date"),
    State.COUNTERED: ("accept_counter", "request_date", "counter_date"),
    State.COMMITTED: ("meet_condition", "propose_revision", "report_progress"),
    State.REVISION_OPEN: ("accept_revision", "refuse_revision", "retract_revision"),
    State.DELIVERED: ("confirm_delivery", "dispute_delivery"),
}
#: These have their own place on the page.
_ELSEWHERE = ("add_note", "take_back_note", "change_line", "enter_line")
TALK_FROM = 2


class Control(Struct):
    """A field as the template draws it: its values, its choices, and what is wrong with it."""

    field: Field
    values: list[str]
    choices: list[tuple[str, str]]
    error: str
    rows: list[tuple[str, str]]


class Shown(Struct):
    """A move's form as the template draws it."""

    name: str
    noun: str
    title: str
    button: str
    effect: str
    effect_with: str
    controls: list[Control]
    aside: list[Control]
    main: bool
    open: bool
    grave: bool
    refused: str
    command: UUID


class Sent(Struct, frozen=True):
    """A form that came back: what was typed, and what was wrong with it."""

    name: str
    typed: Typed
    errors: Mapping[str, str] = {}
    refused: str = ""
    command: UUID | None = None

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What was typed, by label, for a form that is no longer there."""
        labels = {field.name: field.label for field in FORMS[self.name].fields}
        labels |= {"quantity": "Quantity", "date": "Date"}
        return [
            (labels[name], value.strip())
            for name, values in self.typed.items()
            if name in labels
            for value in values
            if value.strip()
        ]


class Opened(Struct, frozen=True, kw_only=True):
    """A line with all that its page is made of. `events` are its whole story so far."""

    line: Line
    events: Sequence[Recorded]
    site: Site
    at: datetime
    account: Account
    teams: Teams
    contacts: Mapping[str, Contact] = {}
    words: Mapping[UUID, str] = {}
    past: bool = False

    @property
    def now(self) -> Now:
        """The moment with the site's day."""
        return self.site.now(self.at)


def row_of(events: Sequence[Recorded]) -> LineRow | None:
    """The line's row as its own events make it, without waiting for anybody. Raises ValueError."""
    line: Line | None = None
    changed: Changed | None = None
    for event in events:
        line = evolve(line, event)
        changed = Changed.after(changed, event)
    return LineRow(line, 0, changed) if line and changed else None


def line_values(
    opened: Opened, *, sent: Sent | None = None, done: str = "", seen: int | None = None
) -> dict[str, Any]:
    """The values of templates/line/panel.html.

    sent: a form that was refused, to be shown again as it was typed. done: what a move has just
    done. seen: the version that the person had before them; what came after is told.
    """
    line, today = opened.line, opened.now.today
    row = row_of(opened.events)
    told = story(
        opened.events,
        Told(opened.site, opened.teams, opened.contacts, opened.words, today),
    )
    return {
        "w": wording,
        "line": line,
        "row": row,
        "site": opened.site,
        "teams": opened.teams,
        "today": today,
        "past": wording.moment_words(opened.at, opened.site.timezone) if opened.past else "",
        "order": wording.order_words(line),
        "standing": standing(row, today, opened.site.calendar) if row else None,
        "badges": badges(row, today) if row else [],
        "whose": whose_move(line, opened.teams, today),
        "mine": _own_ball(line, opened.account.person, today),
        "track": (drawn := track(line, today, opened.site.calendar)),
        "legend": _legend(drawn, today),
        "facts": _facts(opened),
        "story": told[::-1],
        "changes": [t for t in told if seen is not None and t.version > seen],
        "own_notes": {note.text_id for note in line.notes if note.by == opened.account.person.id},
        "forms": [] if opened.past else shown_forms(opened, sent),
        "can_note": not opened.past and opened.account.person.role in MAY["add_note"],
        "note": _note_form(opened, sent),
        "talk": _talk(opened),
        "customer_sentence": customer_sentence(opened),
        "tells": _tells(opened),
        "done": done,
        "undo": bool(done) and _legal(opened, "take_back_commitment"),
        "sent": sent,
        "command": uuid4(),
        "expires": _expires(opened),
    }


def shown_forms(opened: Opened, sent: Sent | None) -> list[Shown]:
    """The forms of exactly the moves that are legal for this person now, main ones first."""
    legal = [m.name for m in legal_moves(opened.line, opened.account.person, opened.now)]
    names = [name for name in legal if name in FORMS and name not in _ELSEWHERE]
    first_ones, rest = _order(opened, names)
    forms = [_shown(name, opened, sent, main=True) for name in first_ones]
    forms += [_shown(name, opened, sent, main=False) for name in rest]
    if forms and forms[0].main and not any(form.open for form in forms):
        forms[0].open = True
    return forms


def _order(opened: Opened, names: list[str]) -> tuple[list[str], list[str]]:
    """The names that come first, and the rest in the order in which the moves are listed."""
    line, today = opened.line, opened.now.today
    wanted = _FIRST.get(line.state, MAIN)
    if line.state in IN_FORCE and line.next_due and line.next_due <= today:
        wanted = ("deliver_quantity", *wanted)
    if line.state is State.COMMITTED and opened.account.person.side is Side.SALES:
        wanted = ("meet_condition", "propose_revision", "tell_customer")
        if line.customer_not_yet_told:
            wanted = ("tell_customer", "meet_condition", "propose_revision")
    if line.state is State.NEW and line.details.erp_date:
        wanted = (*wanted, "commit_date")
    main = [name for name in wanted if name in names]
    return main, [name for name in names if name not in main]


def _shown(name: str, opened: Opened, sent: Sent | None, *, main: bool) -> Shown:
    line, today = opened.line, opened.now.today
    back = sent if sent is not None and sent.name == name else None
    typed: Typed = back.typed if back else suggested(name, line, opened.site, opened.now)
    errors = back.errors if back else {}
    form = FORMS[name]
    controls = [_control(f, typed, errors, opened) for f in fields_of(name, line)]
    says = effect(name, line, opened.teams, today)
    heading = title(name, line, today, form.title)
    plain_button = heading if not controls or name == "commit_date" else form.button
    return Shown(
        name=name,
        noun=MOVES[name].noun,
        title=heading,
        button=plain_button if main and len(plain_button) < 40 else form.button,
        effect=says.replace(DATE, _typed_day(typed, today)),
        effect_with=says if DATE in says else "",
        controls=[c for c in controls if not c.field.aside],
        aside=[c for c in controls if c.field.aside],
        main=main,
        open=back is not None,
        grave=form.grave,
        refused=back.refused if back else "",
        command=back.command if back and back.command else uuid4(),
    )


def _typed_day(typed: Typed, today: date) -> str:
    """The last of the days that a form holds, in words."""
    days = []
    for text in (*typed.get("date", ()), first(typed, "day")):
        try:
            days.append(date.fromisoformat(text))
        except ValueError:
            continue
    return wording.day_words(max(days), today) if days else "the new date"


def _control(field: Field, typed: Typed, errors: Mapping[str, str], opened: Opened) -> Control:
    values = list(typed.get(field.name, ())) or [""]
    rows: list[tuple[str, str]] = []
    if field.kind is Kind.TERMS:
        quantities = list(typed.get("quantity", ()))
        rows = [(quantities[n] if n < len(quantities) else "", day) for n, day in enumerate(values)]
        filled = [row for row in rows if any(row)] or [("", "")]
        rows = filled + [("", "")] * SPARE_ROWS
    return Control(
        field=field,
        values=values,
        choices=_choices(field.kind, opened),
        error=errors.get(field.name, ""),
        rows=rows,
    )


def _choices(kind: Kind, opened: Opened) -> list[tuple[str, str]]:
    match kind:
        case Kind.REASON:
            return [(r.value, wording.capital(w)) for r, w in wording.REASONS.items()]
        case Kind.NEED:
            return [(n.value, wording.capital(w)) for n, w in wording.NEEDS.items()]
        case Kind.SPOKEN:
            return [("", "No")] + [(s.value, wording.capital(w)) for s, w in wording.SPOKEN.items()]
        case Kind.TEAM:
            return _receiving(opened)
    return []


def _receiving(opened: Opened) -> list[tuple[str, str]]:
    """The teams to which the line can go: once a date is agreed, only the person's own."""
    line, person = opened.line, opened.account.person
    teams = opened.teams.of(*PROMISERS, site=line.details.site)
    if line.state in IN_FORCE or line.state is State.DELIVERED:
        teams = tuple(team for team in teams if team.id == person.team)
    return [(team.id, team.name) for team in teams if team.id != line.details.team]


def _note_form(opened: Opened, sent: Sent | None) -> Control:
    """The note's field, with what was typed where it came back."""
    back = sent if sent is not None and sent.name == "add_note" else None
    field = FORMS["add_note"].fields[0]
    return _control(field, back.typed if back else {}, back.errors if back else {}, opened)


def _own_ball(line: Line, person: Person, today: date) -> bool:
    ball = line.ball(today)
    if person.side is Side.SALES:
        return ball == "requester"
    return ball == "promiser" and person.team == line.details.team


def _legal(opened: Opened, name: str) -> bool:
    person = opened.account.person
    return any(move.name == name for move in legal_moves(opened.line, person, opened.now))


def _legend(drawn: Track, today: date) -> list[tuple[str, str, str]]:
    """Every mark of the track with its sign: kind, what it is, the day in words."""
    seen: dict[tuple[str, date], tuple[str, str, str]] = {}
    for mark in drawn.marks:
        words = wording.day_words(mark.day, today)
        seen.setdefault((mark.kind, mark.day), (mark.kind, wording.capital(mark.words), words))
    return list(seen.values())


def _talk(opened: Opened) -> list[tuple[str, str, str]]:
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


def _tells(opened: Opened) -> str:
    """The arrival day that goes with the customer sentence, where this person may note it."""
    if not customer_sentence(opened) or opened.past or not _legal(opened, "tell_customer"):
        return ""
    agreed = opened.line.agreed
    return arrival(opened.line, agreed, opened.site.calendar).isoformat() if agreed else ""


def _expires(opened: Opened) -> str:
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


def _facts(opened: Opened) -> list[tuple[str, str]]:
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
