"""The wall's two lists: what waits on the promisers, what waits on sales, and since when."""

from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from board import wording
from board.rows import age_of
from board.standing import overdue_days
from board.wall_seen import Seen
from domain.line import Ball, State
from domain.terms import Terms
from projections.line_row import LineRow

#: Rows of one page of a list, and the most pages that it turns.
PAGE, PAGES = 7, 4
#: Working days after which a wait is marked as long.
LONG = 2


class Waiting(Struct, frozen=True):
    """A line that waits: whose, what, until when it is wanted, since when."""

    name: str
    what: str
    wants: str
    age: str
    since: datetime
    long: bool
    team: str


class Column(Struct, frozen=True):
    """All that waits on one side."""

    title: str
    count: int
    longest: str
    pages: list[list[Waiting]]
    left: int


def waiting(seen: Seen, ball: Ball) -> Column:
    """The lines that wait on one side, those that waited longest first."""
    rows = [row for row in seen.rows if row.ball(seen.today) is ball and _shows(row)]
    rows.sort(key=lambda row: _since(row, seen))
    shown = [_one_waiting(row, seen) for row in rows]
    pages = [shown[n : n + PAGE] for n in range(0, min(len(shown), PAGE * PAGES), PAGE)]
    return Column(
        title=_title(seen, ball),
        count=len(rows),
        longest=shown[0].age if shown else "",
        pages=pages,
        left=max(0, len(shown) - PAGE * PAGES),
    )


def _shows(row: LineRow) -> bool:
    """What nobody has asked for, and what only has to be confirmed, waits on nobody's answer."""
    return row.line.state not in (State.NEW, State.DELIVERED)


def _since(row: LineRow, seen: Seen) -> datetime:
    """Since when the next move is waited for."""
    if row.overdue(seen.today) and row.next_due:
        due = datetime.combine(row.next_due, datetime.min.time(), tzinfo=UTC)
        return due + timedelta(days=1)
    return row.line.since


def _title(seen: Seen, ball: Ball) -> str:
    if ball is Ball.REQUESTER:
        return "Waiting on sales"
    if seen.team:
        return f"Waiting on {seen.teams[seen.team].name}"
    sides = {row.line.details.team_side for row in seen.rows}
    if len(sides) == 1:
        return f"Waiting on {wording.SIDES[next(iter(sides))]}"
    return "Waiting on the plant"


def _one_waiting(row: LineRow, seen: Seen) -> Waiting:
    d = row.line.details
    named = seen.site.wall_names_customers and d.customer
    team = d.sales_team if row.ball(seen.today) is Ball.REQUESTER else d.team
    since = _since(row, seen)
    return Waiting(
        name=named or d.product,
        what=f"{d.product}, {wording.amount(d.quantity)} {d.unit}"
        if named
        else f"{wording.amount(d.quantity)} {d.unit}",
        wants=_wants(row, seen),
        age=age_of(row, seen.site, seen.at),
        since=since,
        long=seen.site.calendar.between(since.date(), seen.today) >= LONG,
        team=seen.teams[team].name if team else "",
    )


def _wants(row: LineRow, seen: Seen) -> str:
    """What is on the table, in a few words."""
    line, today = row.line, seen.today
    if late := overdue_days(row, today, seen.site.calendar):
        return f"{late} day{'' if late == 1 else 's'} over"
    if line.proposal and row.agreed:
        proposed = _day(line.proposal.remaining(line.delivered) or line.proposal.terms, today)
        return f"{proposed}, not {wording.short_day(row.agreed)}"
    if line.counter:
        return _day(line.counter.remaining(line.delivered) or line.counter.terms, today)
    if line.request:
        asked = _day(line.request.remaining(line.delivered) or line.request.terms, today)
        return f"wants {asked}"
    words = {
        State.RENEGED: "cannot be kept",
        State.DECLINED: "not possible",
        State.EXPIRED: "offer ran out",
        State.WITHDRAWN: "withdrawn",
    }
    return words.get(line.state, "needs new terms")


def _day(terms: Terms, today: date) -> str:
    day = wording.day_words(terms.last_date, today)
    return f"{day}, in parts" if len(terms.instalments) > 1 else day
