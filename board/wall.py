"""The wall in the hall: what waits on whom, this week's commitments, what just happened."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from markupsafe import Markup
from msgspec import Struct
from psycopg_pool import AsyncConnectionPool

from board import wording
from board.frames import Topic
from board.grouping import reading_day
from board.rows import age_of, environment
from board.sites import Directory, Site, Sites, Teams
from board.standing import overdue_days, who_words
from domain.events import Fact
from domain.line import Ball, Line, State
from domain.people import Side
from domain.terms import Terms
from projections import history
from projections.line_row import Changed, LineRow, Promise
from projections.lines import Filter, board

#: The blocks of a wall: each is the template wall/NAME.html and the element wall-NAME.
BLOCKS = ("kept", "promisers", "sales", "week", "ticker")
#: Rows of one page of a list, and the most pages that it turns.
PAGE, PAGES = 7, 4
TICKER = 9
#: Working days over which kept promises are counted, and the least number that is shown.
KEPT_DAYS, LEAST = 10, 5
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


class Mark(Struct, frozen=True):
    """One promise of a day: kept, agreed, at risk, over or late."""

    kind: str
    words: str


class Day(Struct, frozen=True):
    """A day of this week and what was promised for it."""

    name: str
    under: str
    today: bool
    marks: list[Mark]
    more: int
    words: str
    risks: str


class Word(Struct, frozen=True):
    """One move of the ticker, by a team."""

    when: str
    at: datetime
    who: str
    what: str
    about: str


class Seen(Struct, frozen=True, kw_only=True):
    """Everything that a wall shows at a moment."""

    site: Site
    teams: Teams
    team: str
    rows: Sequence[LineRow]
    latest: Sequence[history.Entry]
    at: datetime

    @property
    def today(self) -> date:
        """The site's day."""
        return self.site.now(self.at).today


async def look(
    pool: AsyncConnectionPool, site: Site, teams: Teams, team: str, at: datetime
) -> Seen:
    """Read what the wall of a site, or of one team of it, shows now."""
    today = site.now(at).today
    stays = site.calendar.add(today, -KEPT_DAYS - 2)
    flt = Filter(sites=frozenset({site.id}), team=team)
    shown = await board(pool, flt, today=today, stays_since=stays, limit=5000)
    latest = await history.latest(pool, {site.id}, 60)
    return Seen(site=site, teams=teams, team=team, rows=shown.rows, latest=latest, at=at)


def wall_blocks(seen: Seen) -> dict[str, bytes]:
    """The wall's blocks: the id of each element, and its markup."""
    values: dict[str, Any] = {
        "w": wording,
        "kept": _kept(seen),
        "promisers": _waiting(seen, Ball.PROMISER),
        "sales": _waiting(seen, Ball.REQUESTER),
        "days": (days := _days(seen)),
        "promised": sum(len(day.marks) + day.more for day in days),
        "week": wording.week_words(_monday(seen)),
        "title": "Promised this week" if _monday(seen) <= seen.today else "Promised next week",
        "later": _later_risks(seen),
        "ticker": _ticker(seen),
        "site": seen.site,
    }
    return {
        f"wall-{name}": environment().get_template(f"wall/{name}.html").render(values).encode()
        for name in BLOCKS
    }


def as_markup(blocks: dict[str, bytes]) -> dict[str, Markup]:
    """The same, to be put into the page."""
    return {key.removeprefix("wall-"): Markup(html.decode()) for key, html in blocks.items()}  # noqa: S704 our own templates


class WallFeed:
    """The blocks of a live wall's topic, for the stream."""

    def __init__(self, pool: AsyncConnectionPool, directory: Directory) -> None:
        self._pool = pool
        self._directory = directory

    async def __call__(self, topic: Topic) -> dict[str, bytes]:
        """The blocks of the wall that the topic names; none for a site that is gone."""
        found = topic.sites or frozenset()
        site = _one(self._directory.sites, found)
        if site is None:
            return {}
        team = topic.view.partition("/")[2]
        seen = await look(self._pool, site, self._directory.teams, team, datetime.now(UTC))
        return wall_blocks(seen)


def _one(sites: Sites, ids: Iterable[str]) -> Site | None:
    return next((site for site in map(sites.get, ids) if site is not None), None)


def _waiting(seen: Seen, ball: Ball) -> Column:
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


def _days(seen: Seen) -> list[Day]:
    """The working days of this week; on a weekend those of the next."""
    today, calendar = seen.today, seen.site.calendar
    monday = _monday(seen)
    week = [monday + timedelta(days=n) for n in range(7)]
    due: dict[date, list[LineRow]] = {day: [] for day in week}
    for row in seen.rows:
        for day in _promised_days(row):
            if day in due:
                due[day].append(row)
    return [
        _one_day(day, rows, seen)
        for day, rows in due.items()
        if calendar.is_working_day(day) or rows or day == today
    ]


def _monday(seen: Seen) -> date:
    """Of the week that the next working day is in."""
    day = seen.site.calendar.on_or_after(seen.today)
    return day - timedelta(days=day.weekday())


def _promised_days(row: LineRow) -> set[date]:
    if row.line.commitment is None or row.line.state in (State.RELEASED, State.CANCELLED):
        return set()
    return {part.date for part in row.line.commitment.terms.instalments}


#: The most marks that one day of the week has room for.
MOST_MARKS = 22


def _one_day(day: date, rows: Sequence[LineRow], seen: Seen) -> Day:
    marks = sorted((_mark(row, day, seen) for row in rows), key=lambda m: _ORDER.index(m.kind))
    counts = {kind: sum(1 for mark in marks if mark.kind == kind) for kind in _ORDER}
    return Day(
        name=wording.day_words(day).split(" ", 1)[0],
        under="today" if day == seen.today else wording.short_day(day),
        today=day == seen.today,
        marks=marks[:MOST_MARKS],
        more=max(0, len(marks) - MOST_MARKS),
        words=_day_words(counts, len(marks)),
        risks=_risk_words(counts),
    )


_ORDER = ("kept", "late", "agreed", "risk", "over")


def _mark(row: LineRow, day: date, seen: Seen) -> Mark:
    name = row.line.details.product
    if _gone(row, day):
        outcome = row.outcome(seen.today)
        return Mark("late" if outcome is Promise.LATE else "kept", f"{name}: gone")
    if day < seen.today:
        return Mark("over", f"{name}: over")
    if row.at_risk:
        return Mark("risk", f"{name}: at risk")
    return Mark("agreed", f"{name}: promised")


def _gone(row: LineRow, day: date) -> bool:
    """Whether what was promised up to this day has been delivered."""
    made = row.line.commitment
    return made is not None and row.line.delivered >= min(
        made.delivered + made.terms.promised_by(day), row.line.details.quantity
    )


_NUMBERS = (
    "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip


def _number(n: int) -> str:
    return _NUMBERS[n] if n < len(_NUMBERS) else str(n)


def _day_words(counts: dict[str, int], total: int) -> str:
    gone = counts["kept"] + counts["late"]
    if not total:
        return "nothing promised"
    to_go = total - gone - counts["over"]
    if not gone:
        return f"{_number(total)} promised"
    if gone == total:
        return "all gone" if total > 1 else "gone"
    return f"{_number(gone)} gone" + (f", {_number(to_go)} to go" if to_go else "")


def _risk_words(counts: dict[str, int]) -> str:
    words = []
    if counts["over"]:
        words.append(f"{_number(counts['over'])} over the date")
    if counts["risk"]:
        words.append(f"{_number(counts['risk'])} at risk")
    return ", ".join(words)


class Risk(Struct, frozen=True):
    """A promise that the floor expects later than agreed."""

    name: str
    what: str
    words: str


def _later_risks(seen: Seen) -> list[Risk]:
    """What is at risk, the earliest promised day first."""
    found = [row for row in seen.rows if row.at_risk and row.agreed and row.expected]
    found.sort(key=lambda row: reading_day(row.line) or date.max)
    return [
        Risk(
            name=row.line.details.customer
            if seen.site.wall_names_customers
            else row.line.details.product,
            what=row.line.details.product if seen.site.wall_names_customers else "",
            words=f"{wording.short_day(row.agreed or seen.today)}, now "
            f"{wording.day_words(row.expected or seen.today)}",
        )
        for row in found[:3]
    ]


def _kept(seen: Seen) -> tuple[int, int] | None:
    """How many of the promises due lately were kept, of how many; None for too few."""
    today = seen.today
    start = seen.site.calendar.add(today, -KEPT_DAYS)
    kept = due = 0
    for row in seen.rows:
        line = row.line
        made = line.commitment or (
            line.commitments[-1] if line.commitments and line.state is State.RENEGED else None
        )
        if made is None or made.take_over or not start <= made.terms.last_date < today:
            continue
        due += 1
        kept += row.outcome(today) is Promise.KEPT
    return (kept, due) if due >= LEAST else None


_SAID = {
    "line.date_requested": "asked for {asked}",
    "line.date_committed": "agreed to {agreed}",
    "line.date_countered": "offered {offered}",
    "line.counter_accepted": "agreed to {agreed}",
    "line.request_declined": "can't do it",
    "line.request_withdrawn": "no longer asks",
    "line.revision_proposed": "proposes {proposed}",
    "line.revision_accepted": "agreed to {agreed}",
    "line.revision_refused": "keeps to what is agreed",
    "line.commitment_reneged": "says it cannot be kept",
    "line.commitment_released": "released it",
    "line.progress_reported": "{progress}",
    "line.quantity_delivered": "delivered",
    "line.delivery_confirmed": "confirmed the delivery",
    "line.offer_expired": "the offer ran out",
    "line.condition_met": "has the order",
}


def _ticker(seen: Seen) -> list[Word]:
    """The last moves, the newest first; notes and what the order system says are left out."""
    rows: dict[UUID, LineRow] = {row.line.id: row for row in seen.rows}
    words: list[Word] = []
    for entry in seen.latest:
        row = rows.get(entry.line_id)
        said = _SAID.get(entry.fact.topic)
        if row is None or said is None or len(words) >= TICKER:
            continue
        changed = Changed(entry.at, "", entry.side, entry.team, entry.fact.topic)
        if entry.side in (Side.CLOCK, Side.ORDER_SYSTEM) and "delivered" not in entry.fact.topic:
            continue
        words.append(
            Word(
                when=wording.moment_words(entry.at, seen.site.timezone, seen.today),
                at=entry.at,
                who=who_words(changed, seen.teams),
                what=said.format(**_days_of(entry.fact, row.line, seen.today)),
                about=_about(row, seen),
            )
        )
    return words


def _about(row: LineRow, seen: Seen) -> str:
    d = row.line.details
    return f"{d.customer}, {d.product}" if seen.site.wall_names_customers else d.product


def _days_of(fact: Fact, line: Line, today: date) -> dict[str, str]:
    """The days that a sentence of the ticker may name."""
    terms: Terms | None = getattr(fact, "terms", None)
    day = wording.terms_words(terms, today=today) if terms else ""
    version = getattr(fact, "version", 0)
    made = next((c for c in line.commitments if c.version == version), None)
    agreed = day or (wording.terms_words(made.terms, today=today) if made else "a date")
    expected: date | None = getattr(fact, "expected", None)
    progress = f"now expects {wording.day_words(expected, today)}" if expected else "is on track"
    return {"asked": day, "offered": day, "proposed": day, "agreed": agreed, "progress": progress}
