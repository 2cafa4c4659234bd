"""The wall's week: its promises as marks, what is at risk, and how many were kept lately."""

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct

from board import wording
from board.grouping import reading_day
from board.wall_seen import KEPT_DAYS, Seen
from domain.line import State
from projections.line_row import LineRow, Promise

#: The least number of promises of which a share is shown.
LEAST = 5


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


def days(seen: Seen) -> list[Day]:
    """The working days of this week; on a weekend those of the next."""
    today, calendar = seen.today, seen.site.calendar
    first = monday(seen)
    week = [first + timedelta(days=n) for n in range(7)]
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


def monday(seen: Seen) -> date:
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


def risks(seen: Seen) -> list[Risk]:
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


def kept(seen: Seen) -> tuple[int, int] | None:
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
