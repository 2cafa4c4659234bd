"""Many lines at once: a preview of one move on each, then the move itself, line by line."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.exceptions import PermissionDeniedException

from board import given, wording
from board.board_page import concerns
from board.bulk_run import Planned, Runner, Selected
from board.commands import Commands
from board.fields import Field, Kind, Typed, first, understand
from board.grouping import bears, grouped
from board.line_forms import Control
from board.looking import Looking
from board.many import KINDS, Choice, kinds_for
from board.moves import command_in, typed_in
from board.pages import home_site, read_board
from board.people import Account
from board.rendering import AnyRequest, Pages, asks_for_part
from board.sites import Sites, Teams
from board.suggesting import earliest
from domain.people import Person
from domain.refusals import Refused, Wrong
from projections.event_store import EventStore

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
    """Each line once. Raises Refused for more than one move takes."""
    unique = list({one.id: one for one in selected}.values())
    if len(unique) > MOST_LINES:
        raise Refused(
            Wrong.INPUT,
            "{selected} lines are selected, one move takes {most} at the most. "
            "Narrow the board with a filter, and go on in parts.",
            selected=len(unique),
            most=MOST_LINES,
        )
    return unique


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
