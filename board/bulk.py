"""Many lines at once: a preview of one move on each, then the move itself, line by line."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4, uuid5

from litestar import Response, get, post
from litestar.exceptions import PermissionDeniedException
from msgspec import Struct

from board import given, wording
from board.board_page import concerns
from board.commands import Commands
from board.fields import Field, Kind, Typed, first, understand
from board.grouping import bears, grouped
from board.line_page import Control
from board.looking import Looking
from board.many import KINDS, Choice, Maker, decide, kinds_for, make, target
from board.moves import command_in, typed_in
from board.pages import home_site, read_board
from board.people import Account
from board.problems import words_of
from board.rendering import AnyRequest, Pages, asks_for_part
from board.sites import Site, Sites, Teams
from board.story import said_at_once
from board.suggesting import earliest
from domain.line import IN_FORCE, Line
from domain.people import Person
from domain.refusals import Refused
from domain.terms import Terms
from projections.event_store import EventStore, LineUnknown

#: The most lines that one move takes.
MOST_LINES = 2000
#: Lines that one thread takes at a time.
SLICE = 25

FIELDS = {
    "days": Field(
        "days", Kind.DAYS, "Working days", required=True,
        hint="Later: 5. Earlier: -5.",
    ),
    "day": Field("day", Kind.DATE, "Day", required=True),
    "reason": Field("reason", Kind.REASON, "Why", required=True),
    "words": Field("words", Kind.NOTE, "A note on each line"),
}  # fmt: skip


class Planned(Struct):
    """One line of the preview, or of the result: from what, to what, or why not."""

    id: UUID
    order: str
    customer: str
    product: str
    version: int
    before: str
    after: str
    how: str
    refused: str


class Selected(Struct, frozen=True):
    """A line that was selected, and the version of it that the person has seen (0: none)."""

    id: UUID
    seen: int


@get("/bulk")
async def no_selection() -> Response[bytes]:
    """Nothing is selected at this address: back to the board."""
    return Response(b"", status_code=303, headers={"location": "/"})


@post("/bulk", status_code=200)
async def preview(
    request: AnyRequest,
    account: given.Account,
    pool: given.Pool,
    store: given.Store,
    commands: given.Commands,
    pages: given.Pages,
    sites: given.Sites,
    teams: given.Teams,
) -> Response[bytes]:
    """What the move would do on each selected line. Nothing is recorded."""
    typed = await typed_in(request)
    kind = _kind(typed, account.person)
    selected = _selected(typed, "line", "also")
    if groups := typed.get("group"):
        selected += await _in_groups(pool, groups, typed, account, sites, teams)
    form = understand(_fields(kind), typed, home_site(sites, account).timezone)
    fresh = "days" not in typed and "day" not in typed and "reason" not in typed
    shown = typed if not fresh else _suggested(account, sites) | dict(typed)
    values = understand(_fields(kind), shown, "UTC").values
    planned = await _planned(
        store, commands, _unique(selected), _choice(kind, values), account, sites, teams
    )
    return _preview_page(request, pages, kind, typed, shown, planned, {} if fresh else form.errors)


@post("/bulk/run", status_code=200)
async def run(
    request: AnyRequest,
    account: given.Account,
    pool: given.Pool,
    store: given.Store,
    commands: given.Commands,
    pages: given.Pages,
    sites: given.Sites,
    teams: given.Teams,
) -> Response[bytes]:
    """Make the move on each line, and say what was done and what was refused, and why."""
    typed = await typed_in(request)
    kind = _kind(typed, account.person)
    selected = _unique(_selected(typed, "line"))
    form = understand(_fields(kind), typed, home_site(sites, account).timezone)
    if form.errors:
        choice = _choice(kind, form.values)
        planned = await _planned(store, commands, selected, choice, account, sites, teams)
        return _preview_page(request, pages, kind, typed, typed, planned, form.errors, status=422)
    runner = Runner(store, account, sites, teams, _choice(kind, form.values), command_in(typed))
    done = await _sliced(commands, runner.make, selected)
    name = "bulk/rows.html" if asks_for_part(request) else "bulk/result.html"
    return pages.page(
        name,
        request,
        w=wording,
        kind=KINDS[kind],
        done=[one for one in done if not one.refused],
        refused=[one for one in done if one.refused],
        back=_back(typed),
    )


class Runner:
    """Makes one move on slices of lines, in threads."""

    def __init__(
        self,
        store: EventStore,
        account: Account,
        sites: Sites,
        teams: Teams,
        choice: Choice,
        command: UUID,
    ) -> None:
        self.store = store
        self.account = account
        self.sites = sites
        self.teams = teams
        self.choice = choice
        self.command = command

    def plan(self, lines: Sequence[Selected]) -> list[Planned]:
        """What it would do on each. Blocking."""
        return [one for line in lines if (one := self._plan(line))]

    def make(self, lines: Sequence[Selected]) -> list[Planned]:
        """Do it on each; a refusal stops none of the others. Blocking."""
        return [one for line in lines if (one := self._make(line))]

    def _plan(self, selected: Selected) -> Planned | None:
        loaded = self.store.load(selected.id)
        line, person = loaded.line, self.account.person
        if line is None or not person.sees(line.details.site):
            return None
        site = self._site(line)
        now = site.now(loaded.at)
        try:
            facts = decide(line, self.choice, Maker(person, now, site))
        except Refused as refused:
            return self._told(line, site, now.today, refused=words_of(refused, self.teams))
        after = target(line, facts)
        how = _HOW.get(type(facts[0]).__name__, "") if facts else ""
        return self._told(line, site, now.today, after=after, how=how)

    def _make(self, selected: Selected) -> Planned | None:
        person = self.account.person
        loaded = self.store.load(selected.id)
        before = loaded.line
        if before is None or not person.sees(before.details.site):
            return None
        site = self._site(before)
        today = site.now(loaded.at).today
        command = uuid5(self.command, str(selected.id))
        try:
            line, facts = make(
                self.store, selected.id, selected.seen, self.choice, person, self._site, command
            )
        except Refused as refused:
            return self._told(before, site, today, refused=words_of(refused, self.teams))
        except LineUnknown:
            return None
        said = said_at_once([f for f in facts if f.topic != "line.note_added"], line,
                            self.teams, today)  # fmt: skip
        return self._told(line, site, today, how=said)

    def _site(self, line: Line) -> Site:
        return self.sites.get(line.details.site) or Site(id=line.details.site, name="")

    def _told(
        self,
        line: Line,
        site: Site,
        today: Any,
        *,
        after: Terms | None = None,
        how: str = "",
        refused: str = "",
    ) -> Planned:
        unit = line.details.unit
        return Planned(
            id=line.id,
            order=wording.order_words(line),
            customer=line.details.customer,
            product=line.details.product,
            version=line.version,
            before=_before(line, today),
            after=wording.terms_words(after, unit, today=today) if after else "",
            how=how,
            refused=refused,
        )


_HOW = {
    "DateRequested": "asked",
    "DateCommitted": "agreed at once",
    "DateCountered": "offered",
    "CounterAccepted": "agreed at once",
    "RevisionAccepted": "agreed at once",
    "RevisionProposed": "proposed",
    "DeliveryConfirmed": "confirmed",
}


def _before(line: Line, today: Any) -> str:
    """The date that the line has now."""
    if line.state in IN_FORCE and line.committed_remainder:
        words = wording.terms_words(line.committed_remainder, line.details.unit, today=today)
        return f"{words}, agreed"
    if line.counter:
        return f"{wording.terms_words(line.counter.terms, line.details.unit, today=today)}, offered"
    if line.request:
        return f"{wording.terms_words(line.request.terms, line.details.unit, today=today)}, asked"
    return "no date"


async def _planned(
    store: EventStore,
    commands: Commands,
    selected: Sequence[Selected],
    choice: Choice,
    account: Account,
    sites: Sites,
    teams: Teams,
) -> list[Planned]:
    runner = Runner(store, account, sites, teams, choice, uuid4())
    return await _sliced(commands, runner.plan, selected)


async def _sliced(commands: Commands, work: Any, selected: Sequence[Selected]) -> list[Planned]:
    """The work on all lines, in as many threads as there are, in the order of the selection."""
    slices = [selected[n : n + SLICE] for n in range(0, len(selected), SLICE)]
    found = await asyncio.gather(*(commands.run(work, part) for part in slices))
    return [one for part in found for one in part]


def _kind(typed: Typed, person: Person) -> str:
    """Which move it is. Raises PermissionDeniedException for one of the other side."""
    name = first(typed, "move")
    if name not in {kind.name for kind in kinds_for(person)}:
        raise PermissionDeniedException
    return name


def _fields(kind: str) -> tuple[Field, ...]:
    return tuple(FIELDS[name] for name in KINDS[kind].fields)


def _choice(kind: str, values: Mapping[str, Any]) -> Choice:
    return Choice(
        kind=kind,
        days=values.get("days") or 0,
        day=values.get("day"),
        reason=values.get("reason"),
        words=values.get("words") or "",
    )


def _suggested(account: Account, sites: Sites) -> dict[str, Sequence[str]]:
    home = home_site(sites, account)
    day = earliest(home, home.now(datetime.now(UTC)))
    return {"days": ["5"], "day": [day.isoformat()], "reason": [""]}


def _selected(typed: Typed, *names: str) -> list[Selected]:
    """The lines of a form, each an id, with the version behind it where the preview gave it."""
    found = []
    for text in (text for name in names for text in typed.get(name, ())):
        line, _, seen = text.partition(":")
        try:
            version = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else 0
            found.append(Selected(UUID(line), version))
        except ValueError:
            continue
    return found


def _unique(selected: Sequence[Selected]) -> list[Selected]:
    return list({one.id: one for one in selected}.values())[:MOST_LINES]


async def _in_groups(
    pool: given.Pool,
    keys: Sequence[str],
    typed: Typed,
    account: Account,
    sites: Sites,
    teams: Teams,
) -> list[Selected]:
    """All lines of whole groups, as the board behind the form shows them."""
    home = home_site(sites, account)
    looking = Looking.read(dict(parse_qsl(urlsplit(_back(typed)).query)), home.timezone)
    now = datetime.now(UTC)
    shown = await read_board(pool, looking, account, home, now)

    def today(site: str) -> Any:
        return (sites.get(site) or home).now(now).today

    rows = [
        row
        for row in shown.rows
        if (not looking.mine or concerns(row, account))
        and (not looking.mark or bears(row, looking.mark, today(row.line.details.site)))
    ]
    groups = grouped(rows, looking.group, account.person, teams, today)
    return [Selected(row.line.id, 0) for group in groups if group.key in keys for row in group.rows]


def _back(typed: Typed) -> str:
    """The board that the selection came from; only an address of the board itself."""
    back = first(typed, "back")
    return back if back == "/" or back.startswith("/?") else "/"


def _preview_page(
    request: AnyRequest,
    pages: Pages,
    kind: str,
    typed: Typed,
    shown: Typed,
    planned: Sequence[Planned],
    errors: Mapping[str, str],
    *,
    status: int = 200,
) -> Response[bytes]:
    reasons = [(r.value, wording.capital(words)) for r, words in wording.REASONS.items()]
    controls = [
        Control(
            field=field,
            values=list(shown.get(field.name, ())) or [""],
            choices=reasons if field.kind is Kind.REASON else [],
            error=errors.get(field.name, ""),
            rows=[],
        )
        for field in _fields(kind)
    ]
    return pages.page(
        "bulk/preview.html",
        request,
        status=status,
        w=wording,
        kind=KINDS[kind],
        controls=controls,
        planned=[one for one in planned if not one.refused],
        refused=[one for one in planned if one.refused],
        command=command_in(typed),
        back=_back(typed),
    )


ROUTES = (no_selection, preview, run)
