"""The board's rows as bytes: rendered once for a version and a day, and kept."""

from collections import OrderedDict
from datetime import UTC, date, datetime
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from board import layout, wording
from board.sites import Site, Teams
from board.standing import badges, last_word, overdue_days, standing
from board.track import Axis, track
from board.wording import MILESTONES, age_words, amount, day_words, order_words, week_words
from domain.line import State
from projections.line_row import LineRow

#: How many rendered rows are kept; a row is some two kilobytes.
KEPT = 20_000
#: Where the age stands in the kept bytes: the one thing in a row that grows old by itself.
_AGE = "\x1a"


class ShownDate(Struct, frozen=True):
    """One line of the dates' column: its meaning, its sign on the track, and the day in words."""

    kind: str
    sign: str
    words: str
    text: str


_Key = tuple[UUID, int, date, str, bool]
_kept: OrderedDict[_Key, tuple[bytes, bytes]] = OrderedDict()


def render_row(
    row: LineRow,
    site: Site,
    teams: Teams,
    *,
    at: datetime | None = None,
    past: str = "",
) -> bytes:
    """The row as it stands at `at` (now, if not given): the same bytes for every viewer.

    past: the query that goes behind the row's address on a board of the past; such a row can't
    be selected.
    """
    at = at or datetime.now(UTC)
    today = site.now(at).today
    key = (row.line.id, row.line.version, today, past, row.line.details.order_number == "")
    halves = _kept.get(key)
    if halves is None:
        whole = _rendered(row, site, teams, today, past)
        before, _, after = whole.partition(_AGE)
        halves = _kept[key] = (before.encode(), after.encode())
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    else:
        _kept.move_to_end(key)
    return halves[0] + age_of(row, site, at).encode() + halves[1]


def forget_rows() -> None:
    """Sites, teams or calendars changed: every row is rendered anew."""
    _kept.clear()


def age_of(row: LineRow, site: Site, at: datetime) -> str:
    """How long the next move has been waited for, in the site's working days."""
    zone, calendar = ZoneInfo(site.timezone), site.calendar
    today = at.astimezone(zone).date()
    if late := overdue_days(row, today, calendar):
        return f"{late} d"
    since = row.line.since
    since_day = since.astimezone(zone).date()
    return age_words(since, at, today, since_day, calendar.between(since_day, today))


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates of everything that is rendered for many viewers at once."""
    return Environment(
        loader=FileSystemLoader(layout.templates()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@lru_cache(maxsize=64)
def _axis(today: date, site: Site) -> Axis:
    return Axis.board(today, site.calendar)


def _rendered(row: LineRow, site: Site, teams: Teams, today: date, past: str) -> str:
    line, calendar = row.line, site.calendar
    return (
        environment()
        .get_template("board/row.html")
        .render(
            w=wording,
            line=line,
            ball=line.ball(today).value,
            standing=standing(row, today, calendar),
            badges=badges(row, today),
            order=order_words(line),
            track=track(line, today, calendar, _axis(today, site)),
            dates=shown_dates(row, today),
            last=last_word(row, teams, today),
            since=line.since,
            age=_AGE,
            past=past,
        )
    )


def shown_dates(row: LineRow, today: date) -> list[ShownDate]:
    """Two dates while they differ, one when they are agreed; under it what belongs to it."""
    line = row.line
    if line.state in (State.RELEASED, State.CANCELLED):
        return []
    shown = []
    if row.agreed:
        shown.append(ShownDate("agreed", "", "Agreed", day_words(row.agreed, today)))
    if row.asked:
        shown.append(ShownDate("ask", "ask", "Asked", day_words(row.asked, today)))
    if row.offered:
        shown.append(ShownDate("offer", "offer", "Offered", day_words(row.offered, today)))
    if len(shown) == 1 and row.agreed:
        shown.append(_under_the_agreed(row, row.agreed, today))
    if not shown and line.delivered_on:
        shown.append(ShownDate("soft", "", "Delivered", day_words(line.delivered_on, today)))
    if not shown and line.details.wanted:
        shown.append(ShownDate("soft", "wanted", "Wanted", day_words(line.details.wanted, today)))
    return shown[:2]


def _under_the_agreed(row: LineRow, agreed: date, today: date) -> ShownDate:
    """What belongs to an agreed date: a part before it, the day it was before, or its week."""
    remainder = row.line.committed_remainder
    if remainder and len(remainder.instalments) > 1:
        first = remainder.instalments[0]
        words = f"{amount(first.quantity)} on {day_words(first.date, today)}"
        return ShownDate("soft", "", "First", words)
    if row.first_agreed and row.first_agreed != agreed:
        return ShownDate("soft", "", "", f"was {day_words(row.first_agreed, today)}")
    milestone = MILESTONES[row.line.details.milestone]
    return ShownDate("soft", "", "", f"{week_words(agreed)}, {milestone}")
