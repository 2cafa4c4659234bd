"""The forms on a line's page: which come first, what stands in them, what came back refused."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID, uuid4

from msgspec import Struct

from board import wording
from board.effects import DATE, effect, title
from board.fields import SPARE_ROWS, Field, Kind, Typed, first
from board.forms import FORMS, fields_of
from board.opened import Opened
from board.suggesting import suggested
from domain.line import IN_FORCE, State
from domain.moves import MOVES, legal_moves
from domain.people import PROMISERS, Side

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
    if name == "give_order_number" and not back and opened.source:
        typed = {**typed, "source": [opened.source]}
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


def note_form(opened: Opened, sent: Sent | None) -> Control:
    """The note's field, with what was typed where it came back."""
    back = sent if sent is not None and sent.name == "add_note" else None
    field = FORMS["add_note"].fields[0]
    return _control(field, back.typed if back else {}, back.errors if back else {}, opened)
