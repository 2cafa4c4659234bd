"""What the board's page shows: the groups with their rendered rows, counts, filters."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from markupsafe import Markup
from msgspec import Struct

from board import wording
from board.access import IMPORTERS
from board.grouping import Group, bears, counts, grouped
from board.looking import GROUPINGS, MARKS, Looking
from board.many import kinds_for
from board.people import Account
from board.rows import render_row
from board.sites import Site, Sites, Teams
from board.track import Axis
from domain.people import MAY, PROMISERS
from projections.line_row import LineRow
from projections.lines import Board, Whose


class Drawn(Struct):
    """A group as the template sees it: its rows are bytes already."""

    key: str
    title: str
    hint: str
    mine: bool
    rows: list[LineRow]
    html: Markup


class Field(Struct, frozen=True):
    """One filter of the sheet: its choices, each a value and its words."""

    name: str
    label: str
    value: str
    options: list[tuple[str, str]]


def board_values(
    board: Board,
    *,
    looking: Looking,
    account: Account,
    sites: Sites,
    teams: Teams,
    at: datetime,
) -> dict[str, Any]:
    """The values of templates/board/page.html for these rows, as of `at`."""
    rows, whole = board.rows, board.whole
    seen = sites.seen_by(account.person)
    home = seen[0] if seen else Site(id="", name="")
    days = {site.id: site.now(at).today for site in sites}
    today: Callable[[str], date] = lambda site: days.get(site) or home.now(at).today  # noqa: E731
    mine = [row for row in rows if concerns(row, account)]
    shown = mine if looking.mine else list(rows)
    if looking.mark:
        shown = [r for r in shown if bears(r, looking.mark, today(r.line.details.site))]
    groups = grouped(shown, looking.group, account.person, teams, today)
    past = looking.query(line=None) if looking.at else ""
    return {
        "w": wording,
        "title": _title(looking, seen),
        "looking": looking,
        "past": wording.past_words(at, home.timezone) if looking.at else "",
        "at_field": wording.field_moment(at, home.timezone),
        "groups": [_drawn(group, sites, home, teams, at, past) for group in groups],
        "total": whole.total if whole else board.total,
        "shown": len(rows),
        "left_off": board.total if board.total > len(rows) else 0,
        "mine": whole.mine if whole else len(mine),
        "counts": whole.marks if whole else counts(rows, today),
        "marks": MARKS,
        "groupings": GROUPINGS,
        "filters": _fields(rows, looking, seen, teams),
        "chosen": _chosen(looking, sites, teams),
        "refine": False,
        "axis": Axis.board(home.now(at).today, home.calendar),
        "moves": kinds_for(account.person),
        "enters": account.person.role in MAY["enter_line"] and not looking.at,
        "imports": account.person.role in IMPORTERS,
    }


def concerns(row: LineRow, account: Account) -> bool:
    """Whether the line is this person's: theirs as a rep, or their team's."""
    details, person = row.line.details, account.person
    if person.side in PROMISERS:
        return details.team == person.team
    return details.rep in (person.id, account.name, account.login) or (
        details.sales_team == person.team and bool(person.team)
    )


def whose(account: Account) -> Whose:
    """The same for the read model."""
    person = account.person
    reps = (person.id, account.name, account.login)
    return Whose(team=person.team, promises=person.side in PROMISERS, reps=reps)


def _drawn(group: Group, sites: Sites, home: Site, teams: Teams, at: datetime, past: str) -> Drawn:
    html = b"".join(
        render_row(row, sites.get(row.line.details.site) or home, teams, at=at, past=past)
        for row in group.rows
    )
    rows = Markup(html.decode())  # noqa: S704 rendered by the row's own template
    return Drawn(group.key, group.title, group.hint, group.mine, group.rows, rows)


def _title(looking: Looking, seen: Sequence[Site]) -> str:
    if looking.site:
        return next((site.name for site in seen if site.id == looking.site), "Board")
    return seen[0].name if len(seen) == 1 else "All sites"


def _fields(
    rows: Sequence[LineRow], looking: Looking, seen: Sequence[Site], teams: Teams
) -> list[Field]:
    details = [row.line.details for row in rows]
    customers = {d.customer for d in details} | {looking.customer}
    families = {d.family for d in details} | {looking.family}
    found = {t for d in details for t in (d.team, d.sales_team)} | {looking.team}
    team_names = sorted((teams[team].name, team) for team in found if team)
    fields = [
        Field("team", "Team", looking.team, [(team, name) for name, team in team_names]),
        Field("customer", "Customer", looking.customer, _plain(customers)),
        Field("family", "Product family", looking.family, _plain(families)),
        Field("state", "State", looking.state, [(s.value, w) for s, w in wording.STATES.items()]),
    ]
    if len(seen) > 1:
        sites = [(site.id, site.name) for site in seen]
        fields.insert(0, Field("site", "Site", looking.site, sites))
    return fields


def _plain(words: set[str]) -> list[tuple[str, str]]:
    return [(word, word) for word in sorted(filter(None, words), key=str.casefold)]


def _chosen(looking: Looking, sites: Sites, teams: Teams) -> list[tuple[str, str, str]]:
    """The filters that are set: name, value in words, and the query without it."""
    site = sites.get(looking.site)
    states = {state.value: words for state, words in wording.STATES.items()}
    found = [
        ("Search", looking.text, looking.query(text="")),
        ("Site", site.name if site else looking.site, looking.query(site="")),
        ("Team", teams[looking.team].name if looking.team else "", looking.query(team="")),
        ("Customer", looking.customer, looking.query(customer="")),
        ("Family", looking.family, looking.query(family="")),
        ("State", states.get(looking.state, ""), looking.query(state="")),
        ("Finished", "too" if looking.finished else "", looking.query(finished=False)),
        ("By", GROUPINGS[looking.group] if looking.group != "ball" else "",
         looking.query(group="ball")),
    ]  # fmt: skip
    return [(name, words, query) for name, words, query in found if words]
