"""Entering a line by hand: with its order number, or as an enquiry while the customer waits."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from litestar import Response, get, post
from msgspec import Struct

from board import given, wording
from board.fields import Field, Kind, Typed, first, understand
from board.line_forms import Control
from board.moves import command_in, typed_in
from board.order_systems import the_only_source
from board.pages import home_site
from board.people import Account
from board.problems import status_of, words_of
from board.rendering import AnyRequest, Pages
from board.sites import Site, Sites, Team, Teams
from board.suggesting import BY_HAND, earliest
from domain.events import Fact, LineDetails, Milestone, Need
from domain.line import Line, line_id
from domain.moves import check_may, enter_line, request_date
from domain.people import PROMISERS
from domain.refusals import Refused, Wrong
from domain.terms import Terms
from projections.event_store import EventStore, Outcome, enquiry_id, known

FIELDS = (
    Field("customer", Kind.WORD, "Customer", required=True),
    Field("product", Kind.WORD, "Product", required=True),
    Field("quantity", Kind.QUANTITY, "Quantity", required=True),
    Field("unit", Kind.WORD, "Unit"),
    Field("wanted", Kind.DATE, "Wanted day"),
    Field("site", Kind.SITE, "Site", required=True),
    Field("team", Kind.TEAM, "Who answers", required=True),
    Field("need", Kind.NEED, "The customer's need"),
)
MORE = (
    Field("family", Kind.WORD, "Product family"),
    Field("customer_order", Kind.WORD, "Customer's order number"),
    Field("customer_part", Kind.WORD, "Customer's part number"),
    Field("transit_days", Kind.DAYS, "Working days on the road"),
)
NUMBER = (
    Field("order_number", Kind.WORD, "Order number", hint="Empty: an enquiry, no order yet."),
    Field("line_number", Kind.WORD, "Line"),
    Field("source", Kind.WORD, "Order system", hint="The name under which its files come in."),
)


class Entry(Struct, frozen=True):
    """A line about to be entered: its stream, and what is said about it."""

    id: UUID
    details: LineDetails
    ask: bool
    need: Need


@get("/lines/new")
async def new_line_page(
    request: AnyRequest,
    account: given.Account,
    pool: given.Pool,
    pages: given.Pages,
    sites: given.Sites,
    teams: given.Teams,
) -> Response[bytes]:
    """The empty form."""
    home = home_site(sites, account)
    day = earliest(home, home.now(datetime.now(UTC)))
    typed = {"unit": ["pcs"], "site": [home.id], "wanted": [""], "need": ["firm"], "ask": ["1"]}
    typed["earliest"] = [day.isoformat()]
    async with pool.connection() as db:
        typed["source"] = [await the_only_source(db)]
    return _page(request, account, pages, sites, teams, typed)


@post("/lines", status_code=200)
async def enter(
    request: AnyRequest,
    account: given.Account,
    store: given.Store,
    commands: given.Commands,
    pages: given.Pages,
    sites: given.Sites,
    teams: given.Teams,
) -> Response[bytes]:
    """Enter it, and ask for the wanted day where the rep says so. The same form twice: one line."""
    typed = await typed_in(request)
    home = home_site(sites, account)
    form = understand((*FIELDS, *MORE, *NUMBER), typed, home.timezone)
    command = command_in(typed)
    try:
        entry = _entry(form.values, first(typed, "ask") == "1", account, sites, teams, command)
    except _Incomplete as error:
        form.errors.update({k: v for k, v in error.errors.items() if k not in form.errors})
    if form.errors:
        return _page(
            request, account, pages, sites, teams, typed, status=422, errors=form.errors,
            command=command,
        )  # fmt: skip
    try:
        outcome = await commands.run(_record, store, entry, account, sites, command)
    except Refused as refused:
        return _page(
            request, account, pages, sites, teams, typed, status=status_of(refused),
            refused=words_of(refused, teams), command=command,
            known_line=entry.id if refused.wrong is Wrong.VERB else None,
        )  # fmt: skip
    to = f"/lines/{outcome.line.id}?said={outcome.line.version}"
    return Response(b"", status_code=303, headers={"location": to})


class _Incomplete(ValueError):
    """What is missing, by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


def _entry(
    values: Mapping[str, Any],
    ask: bool,
    account: Account,
    sites: Sites,
    teams: Teams,
    command: UUID,
) -> Entry:
    """Raises _Incomplete."""
    errors: dict[str, str] = {}
    site = sites.get(values.get("site") or "")
    team = teams.get(values.get("team") or "")
    number, line_number = values.get("order_number") or "", values.get("line_number") or ""
    source = (values.get("source") or "").strip().casefold()
    if site is None:
        errors["site"] = "Choose a site."
    if team is None or team.side not in PROMISERS:
        errors["team"] = "Choose a team."
    elif site is not None and team.site not in ("", site.id):
        errors["team"] = f"{team.name} doesn't work for {site.name}. Choose another team."
    wanted = values.get("wanted")
    if ask and wanted is None:
        errors["wanted"] = "Give the day to ask for, or don't ask yet."
    elif ask and site is not None and wanted and wanted < site.now(datetime.now(UTC)).today:
        errors["wanted"] = "This day has passed. Ask for a later one, or don't ask yet."
    if number and not line_number:
        errors["line_number"] = "Give the line's number in the order."
    if number and not source:
        errors["source"] = "Name the order system, so that its next file finds the line."
    if errors or site is None or team is None or values.get("quantity") is None:
        raise _Incomplete(errors)
    details = _details(values, account, site, team, source if number else BY_HAND)
    stream = line_id(source, number, line_number) if number else enquiry_id(command)
    return Entry(stream, details, ask, values.get("need") or Need.FIRM)


def _details(
    values: Mapping[str, Any], account: Account, site: Site, team: Team, source: str
) -> LineDetails:
    def word(name: str) -> str:
        return values.get(name) or ""

    return LineDetails(
        source=source,
        site=site.id,
        sales_team=account.person.team,
        team=team.id,
        team_side=team.side,
        customer=word("customer"),
        product=word("product"),
        family=word("family"),
        quantity=values["quantity"] or Decimal(0),
        order_number=word("order_number"),
        line_number=word("line_number") if word("order_number") else "",
        customer_order=word("customer_order"),
        customer_part=word("customer_part"),
        unit=word("unit") or "pcs",
        wanted=values.get("wanted"),
        rep=account.person.id,
        milestone=Milestone(site.milestone),
        transit_days=max(0, values.get("transit_days") or 0),
    )


def _record(
    store: EventStore, entry: Entry, account: Account, sites: Sites, command: UUID
) -> Outcome:
    """Blocking; raises Refused. A form sent again finds what it has done."""
    person = account.person

    def first_word(line: Line | None, _at: datetime) -> Sequence[Fact]:
        return enter_line(line, entry.details, by=person)

    outcome = store.change(entry.id, first_word, by=person, command_id=command)
    if not entry.ask or entry.details.wanted is None:
        return outcome

    def asking(line: Line | None, at: datetime) -> Sequence[Fact]:
        found = known(line, entry.id)
        now = sites[entry.details.site].now(at)
        check_may("request_date", found, person, now)
        terms = Terms.single(found.open, entry.details.wanted or now.today)
        return request_date(found, terms, by=person, now=now, need=entry.need)

    return store.change(entry.id, asking, by=person, command_id=uuid5(command, "ask"))


def _page(
    request: AnyRequest,
    account: Account,
    pages: Pages,
    sites: Sites,
    teams: Teams,
    typed: Typed,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    refused: str = "",
    command: UUID | None = None,
    known_line: UUID | None = None,
) -> Response[bytes]:
    seen = sites.seen_by(account.person)
    choices: dict[str, list[tuple[str, str]]] = {
        "site": [(site.id, site.name) for site in seen],
        "team": [(team.id, _team_words(team, sites)) for team in teams.of(*PROMISERS)],
        "need": [(n.value, wording.capital(w)) for n, w in wording.NEEDS.items()],
    }

    def control(field: Field) -> Control:
        values = list(typed.get(field.name, ())) or [""]
        error = (errors or {}).get(field.name, "")
        return Control(field, values, choices.get(field.name, []), error, [])

    return pages.page(
        "line/new.html",
        request,
        status=status,
        controls=[control(field) for field in FIELDS],
        more=[control(field) for field in MORE],
        number=[control(field) for field in NUMBER],
        ask=first(typed, "ask") == "1",
        refused=refused,
        command=command or uuid4(),
        known_line=known_line,
    )


def _team_words(team: Team, sites: Sites) -> str:
    site = sites.get(team.site)
    return f"{team.name}, {site.name}" if site else team.name


ROUTES = (new_line_page, enter)
