"""The board's groups: by whose move it is (mine first), or by week, customer, family."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from msgspec import Struct

from board.sites import Team, Teams
from board.wording import short_day, week_words
from domain.events import Need
from domain.line import Ball, Line, State
from domain.people import Person, Side
from projections.line_row import LineRow, Mark


class Group(Struct):
    """Some rows under a heading. `rank` orders the groups; `hint` says what is to be done."""

    key: str
    title: str
    rank: tuple[int, str]
    hint: str = ""
    mine: bool = False
    rows: list[LineRow] = []


def grouped(
    rows: Iterable[LineRow],
    by: str,
    person: Person,
    teams: Teams,
    today: Callable[[str], date],
) -> list[Group]:
    """The rows in their groups, both in the order of reading. `today`: site id -> its day."""
    head = {"week": _week, "customer": _customer, "family": _family}.get(by)
    groups: dict[str, Group] = {}
    for row in rows:
        day = today(row.line.details.site)
        found = head(row.line, day) if head else _ball(row.line, day, person, teams)
        group = groups.setdefault(found.key, found)
        group.rows.append(row)
    ordered = sorted(groups.values(), key=lambda group: group.rank)
    for group in ordered:
        group.rows.sort(key=_urgency)
    return ordered


def is_mine(line: Line, person: Person, today: date) -> bool:
    """Whether it is this person's team that has the next move."""
    ball = line.ball(today)
    if ball is Ball.REQUESTER:
        return person.side is Side.SALES and person.team == line.details.sales_team
    return ball is Ball.PROMISER and bool(person.team) and person.team == line.details.team


def _ball(line: Line, today: date, person: Person, teams: Teams) -> Group:
    ball = line.ball(today)
    if line.state is State.DELIVERED:
        return Group("delivered", "Delivered", (6, ""), "Confirm, or say what is missing")
    if ball is Ball.NOBODY:
        return _with_nobody(line)
    if is_mine(line, person, today):
        if line.state is State.NEW and not line.totals:
            return Group("ask", "Ask for a date", (2, ""), "No date is asked for yet", mine=True)
        return Group("mine", "Your move", (0, ""), mine=True)
    if line.state is State.NEW and not line.totals:
        return Group("new", "No date asked yet", (5, ""), "Sales asks first")
    waiting = line.details.sales_team if ball is Ball.REQUESTER else line.details.team
    team = teams[waiting] if waiting else Team("sales", "sales", Side.SALES)
    return Group(f"on-{waiting}", f"Waiting on {team.name}", (3, team.name.lower()))


def _with_nobody(line: Line) -> Group:
    if line.state in (State.CLOSED, State.RELEASED, State.CANCELLED):
        return Group("closed", "Closed", (7, ""))
    return Group("agreed", "Agreed", (4, ""))


def _week(line: Line, _today: date) -> Group:
    day = reading_day(line)
    if day is None:
        return Group("none", "No date yet", (1, ""))
    year, week, _ = day.isocalendar()
    monday = date.fromisocalendar(year, week, 1)
    return Group(
        f"{year}-{week:02}", f"{week_words(day)}", (0, f"{year}-{week:02}"), short_day(monday)
    )


def _customer(line: Line, _today: date) -> Group:
    name = line.details.customer
    return Group(name, name or "No customer", (0, name.casefold()))


def _family(line: Line, _today: date) -> Group:
    name = line.details.family
    return Group(name, name or "No family", (0 if name else 1, name.casefold()))


def reading_day(line: Line) -> date | None:
    """The day by which a line is read: agreed, else on the table, else wanted."""
    if line.agreed:
        return line.next_due or line.agreed
    if line.on_the_table:
        return line.on_the_table.terms.last_date
    return line.details.wanted or line.delivered_on


def _urgency(row: LineRow) -> tuple[int, date, str, str]:
    line = row.line
    urgent = line.request is not None and line.request.need is Need.URGENT and not line.commitment
    details = line.details
    return (
        0 if urgent else 1,
        reading_day(line) or date.max,
        details.customer.casefold(),
        f"{details.order_number:>12} {details.line_number:>6}",
    )


def bears(row: LineRow, mark: str, today: date) -> bool:
    """Whether the line bears this mark on the site's day."""
    return row.overdue(today) if mark == Mark.OVERDUE else mark in row.marks


def counts(rows: Sequence[LineRow], today: Callable[[str], date]) -> dict[str, int]:
    """How many lines bear each mark."""
    found = Counter(mark for row in rows for mark in row.marks)
    late = sum(1 for row in rows if row.overdue(today(row.line.details.site)))
    return {mark.value: found[mark] for mark in Mark} | {Mark.OVERDUE.value: late}
