"""The pages to look at: the board, now or as of a moment, and one line."""

from datetime import UTC, date, datetime, timedelta
from typing import TypedDict
from uuid import UUID

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from markupsafe import Markup
from msgspec.structs import replace

from board import given
from board.board_page import board_values, whose
from board.done import said_at_once
from board.line_page import line_values
from board.looking import Looking, read_moment
from board.opened import Opened
from board.opening import Reading
from board.people import Account
from board.rendering import AnyRequest, Pages, asks_for_part
from board.sites import Site, Sites
from domain.evolve import replay
from projections.lines import Board, Filter, board, position, tally

#: The most rows that one page shows.
MOST_ROWS = 2000
#: Working days for which a delivered line stays on the board.
STAYS = 10
#: How long after a move its page says what it has done, where a browser comes without a script.
JUST_NOW = timedelta(minutes=5)


@get("/")
async def board_page(
    request: AnyRequest,
    account: given.Account,
    pool: given.Pool,
    store: given.Store,
    commands: given.Commands,
    pages: given.Pages,
    sites: given.Sites,
    teams: given.Teams,
) -> Response[bytes]:
    """All open lines of the person's sites, and beside them the line that is open."""
    home = home_site(sites, account)
    looking = Looking.read(request.query_params, home.timezone)
    at = looking.at or datetime.now(UTC)
    shown = await read_board(pool, looking, account, home, at)
    values = board_values(shown, looking=looking, account=account, sites=sites, teams=teams, at=at)
    panel = Markup()
    if looking.line:
        reading = Reading(store, commands, pool, sites, teams)
        panel = await _panel(request, pages, reading, looking, account)
    said = {"position": shown.position, "panel": panel, **values}
    return pages.page("board/page.html", request, block="main", **said)


async def read_board(
    pool: given.Pool, looking: Looking, account: Account, home: Site, at: datetime
) -> Board:
    """The rows that the view asks for; none where it asks for a site that isn't the person's.

    The mark and whose lines it is about come later, since the board counts those too; but where
    not all rows fit, the database counts, and picks.
    """
    sites = account.person.sites
    if looking.site and sites and looking.site not in sites:
        return Board([], 0, await position(pool))
    flt: Filter = looking.filter(sites)
    today = home.now(at).today
    stays = home.calendar.add(today, -STAYS)
    when: _When = {"at": looking.at, "today": today, "stays_since": stays}
    mine = whose(account)
    found = await board(pool, flt, limit=MOST_ROWS, first=mine, **when)
    if found.total <= len(found.rows):
        return found
    whole = await tally(pool, flt, mine, **when)
    if looking.mine or looking.mark:
        flt = replace(flt, mark=looking.mark, whose=mine if looking.mine else None)
        found = await board(pool, flt, limit=MOST_ROWS, first=mine, **when)
    return replace(found, whole=whole)


class _When(TypedDict):
    at: datetime | None
    today: date
    stays_since: date


def home_site(sites: Sites, account: Account) -> Site:
    """The first of the sites that the person sees: its clock is the page's."""
    seen = sites.seen_by(account.person)
    return seen[0] if seen else Site(id="", name="")


async def _panel(
    request: AnyRequest, pages: Pages, reading: Reading, looking: Looking, account: Account
) -> Markup:
    """The open line; nothing where there is none."""
    if looking.line is None:
        return Markup()
    try:
        opened = await reading.open(looking.line, account, looking.at)
    except NotFoundException:
        return Markup()
    values = pages.known(request) | line_values(opened)
    return Markup(pages.render("line/panel.html", **values))  # noqa: S704 our own template


@get("/lines/{line_id:uuid}")
async def line_page(
    request: AnyRequest,
    line_id: FromPath[UUID],
    account: given.Account,
    pool: given.Pool,
    store: given.Store,
    commands: given.Commands,
    pages: given.Pages,
    sites: given.Sites,
    teams: given.Teams,
) -> Response[bytes]:
    """One line: a page of its own, or the panel beside the board where htmx asks for it."""
    home = home_site(sites, account)
    at = read_moment(request.query_params, home.timezone)
    known = await position(pool)  # before the line: what comes in between is told again, not missed
    opened = await Reading(store, commands, pool, sites, teams).open(line_id, account, at)
    done = _just_done(opened, str(request.query_params.get("said", "")))
    values = line_values(opened, done=done)
    name = "line/panel.html" if asks_for_part(request) else "line/page.html"
    return pages.page(name, request, position=known, **values)


@get("/lines/{line_id:uuid}/news")
async def line_news(
    request: AnyRequest,
    line_id: FromPath[UUID],
    account: given.Account,
    pool: given.Pool,
    store: given.Store,
    commands: given.Commands,
    pages: given.Pages,
    sites: given.Sites,
    teams: given.Teams,
) -> Response[bytes]:
    """What changed on an open line after version `seen`, without the forms: those stay."""
    opened = await Reading(store, commands, pool, sites, teams).open(line_id, account)
    seen = str(request.query_params.get("seen", ""))
    version = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else None
    return pages.page("line/news.html", request, **line_values(opened, seen=version))


def _just_done(opened: Opened, said: str) -> str:
    """What the person did a moment ago, named by its version in the address."""
    if not (said.isascii() and said.isdecimal() and len(said) < 10) or opened.past:
        return ""
    version = int(said)
    if not 0 < version <= len(opened.events):
        return ""
    event = opened.events[version - 1]
    if event.by != opened.account.person.id or opened.at - event.at > JUST_NOW:
        return ""
    facts = [one.fact for one in opened.events if one.command_id == event.command_id]
    after = replay(opened.events[:version])
    return said_at_once(facts, after, opened.teams, opened.now.today) if after else ""


ROUTES = (board_page, line_page, line_news)
