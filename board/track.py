"""The date track: where the days of a line lie on an axis of working days, and what it says."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from msgspec import Struct

from board.wording import apart, day_words
from domain.calendar import NoWorkingDay, WorkingCalendar
from domain.events import Milestone
from domain.line import Line, State
from domain.people import Side
from domain.terms import Terms

#: Weeks on the board's axis: the last one, this one and six to come.
BOARD_WEEKS = 8
_WEEK = timedelta(days=7)
_MOST_WEEKS = 26


class Axis(Struct, frozen=True):
    """Whole weeks side by side from a Monday on; within a week only its working days count."""

    start: date
    weeks: int
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)

    @classmethod
    def board(cls, today: date, calendar: WorkingCalendar) -> "Axis":
        """The axis that all rows of a day share."""
        return cls(_monday(today) - _WEEK, BOARD_WEEKS, _weekdays(calendar))

    @classmethod
    def around(cls, days: Iterable[date], today: date, calendar: WorkingCalendar) -> "Axis":
        """The axis on which one line's days all have their place, at least six weeks of it."""
        known = [today, *days]
        start = max(_monday(min(known)), _monday(today) - 8 * _WEEK)
        weeks = (_monday(max(known)) - start) // _WEEK + 2
        return cls(start, min(max(weeks, 6), _MOST_WEEKS), _weekdays(calendar))

    @property
    def end(self) -> date:
        """The first day after the axis."""
        return self.start + self.weeks * _WEEK

    @property
    def mondays(self) -> list[date]:
        """The first day of each week."""
        return [self.start + n * _WEEK for n in range(self.weeks)]

    def side(self, day: date) -> int:
        """-1 for a day before the axis, 1 for one behind it, 0 for one on it."""
        return -1 if day < self.start else int(day >= self.end)

    def x(self, day: date) -> float:
        """Per cent of the width, the middle of the day; days off the axis lie at its ends."""
        if side := self.side(day):
            return 0.0 if side < 0 else 100.0
        week, weekday = divmod((day - self.start).days, 7)
        before = sum(1 for n in self.weekdays if n < weekday)
        half = 0.5 if weekday in self.weekdays else 0.0
        return round((week + (before + half) / len(self.weekdays)) * 100 / self.weeks, 2)


class Mark(Struct, frozen=True):
    """One sign on the track. `kind` is its shape, `words` what it is; `side` as of Axis.side."""

    kind: str
    x: float
    day: date
    words: str
    side: int = 0
    main: bool = True


class Span(Struct, frozen=True):
    """A stretch between two days, with a few words over it where it has any."""

    kind: str
    x1: float
    x2: float
    words: str = ""


class Track(Struct, frozen=True):
    """All there is to draw, and the same as a sentence for those who don't see it."""

    axis: Axis
    today: float
    marks: list[Mark]
    spans: list[Span]
    off: list[Span]
    sentence: str


def track(line: Line, today: date, calendar: WorkingCalendar, axis: Axis | None = None) -> Track:
    """The track of `line` on `axis`, or on one of its own that has room for all its days."""
    axis = axis or Axis.around(_all_days(line), today, calendar)
    draw = _Drawing(line, today, calendar, axis)
    draw.everything()
    return Track(
        axis=axis,
        today=axis.x(today),
        marks=draw.marks,
        spans=draw.spans,
        off=_days_off(axis, calendar),
        sentence=_sentence(draw.said),
    )


def told_on_the_axis(line: Line, calendar: WorkingCalendar) -> date | None:
    """The milestone's day that belongs to the arrival day which the customer was told."""
    if line.told is None:
        return None
    if line.details.milestone is Milestone.ARRIVES or not line.details.transit_days:
        return line.told.day
    try:
        return calendar.add(line.told.day, -line.details.transit_days)
    except NoWorkingDay:
        return line.told.day


class _Drawing:
    """Puts one line's marks down, from what lies behind to what lies in front."""

    def __init__(self, line: Line, today: date, calendar: WorkingCalendar, axis: Axis) -> None:
        self.line, self.today, self.calendar, self.axis = line, today, calendar, axis
        self.marks: list[Mark] = []
        self.spans: list[Span] = []
        self.said: list[str] = []

    def everything(self) -> None:
        if self.line.state in (State.RELEASED, State.CANCELLED):
            return
        self.from_the_order()
        self.in_force()
        self.on_the_table()
        self.expected()
        self.told()
        self.delivered()

    def from_the_order(self) -> None:
        details = self.line.details
        asked = self.line.on_the_table or self.line.commitment
        if not asked and not self.line.deliveries:
            if details.wanted:
                self.mark("wanted", details.wanted, "wanted")
            if self.line.lapsed:
                self.terms("lapsed", self.line.lapsed, "offered before")
        agreed = self.line.agreed
        if details.erp_date and details.erp_date != agreed and self.line.open:
            self.mark("erp", details.erp_date, "the ERP says")

    def in_force(self) -> None:
        made, remainder = self.line.commitment, self.line.committed_remainder
        if made is None:
            return
        shown = remainder or made.terms
        first = self.line.first_of_promise
        if first and first.terms.last_date != made.terms.last_date:
            self.span("moved", first.terms.last_date, made.terms.last_date)
            self.mark("was", first.terms.last_date, "first agreed", main=False)
        if made.buffer:
            start = self.calendar.add(made.terms.last_date, -made.buffer)
            self.span("buffer", start, made.terms.last_date)
        if remainder is None:
            return
        due = remainder.first_date
        if due < self.today:
            late = max(1, self.calendar.between(due, self.today))
            self.span("overdue", due, self.today, f"+{late}")
        self.terms("agreed", shown, "agreed")
        if made.buffer:
            self.said.append(f"{apart(made.buffer)} of it in hand")
        if due < self.today:
            self.said.append(f"{apart(late)} over")

    def on_the_table(self) -> None:
        line = self.line
        if line.request:
            self.terms("ask", line.request.remaining(line.delivered), "asked")
        if line.counter:
            self.terms("offer", line.counter.remaining(line.delivered), "offered")
        if line.request and line.counter:
            self.gap(line.request.terms.last_date, line.counter.terms.last_date)
        if line.proposal:
            kind = "ask" if line.proposal.side is Side.SALES else "offer"
            self.terms(kind, line.proposal.remaining(line.delivered), "change proposed to")
            if line.agreed:
                self.gap(line.agreed, line.proposal.terms.last_date)

    def gap(self, one: date, other: date) -> None:
        days = self.calendar.between(one, other)
        if days:
            words = f"{'+' if days > 0 else '−'}{abs(days)} day{'s' if abs(days) != 1 else ''}"
            self.span("gap", one, other, words)
            self.said.append(f"{apart(days)} apart")

    def expected(self) -> None:
        progress, agreed = self.line.progress, self.line.agreed
        if not progress or not progress.expected or not agreed or not self.line.open:
            return
        late = self.calendar.between(agreed, progress.expected)
        if late > 0:
            self.span("risk", agreed, progress.expected)
        self.mark("expect", progress.expected, "now expected")
        if late:
            self.said.append(f"{apart(late)} {'later' if late > 0 else 'earlier'}")

    def told(self) -> None:
        day = told_on_the_axis(self.line, self.calendar)
        if day is None or self.line.told is None:
            return
        early, told = self.line.told.early, self.line.told.day
        words = "customer told" if told == day else "customer told, to arrive"
        self.mark("told-early" if early else "told", day, words, says=told)
        if early:
            self.said.append("earlier than agreed")

    def delivered(self) -> None:
        line = self.line
        for delivery in line.deliveries[:-1]:
            self.mark("part", delivery.on, "part delivered", main=False)
        if not line.deliveries:
            return
        last = line.deliveries[-1]
        if line.open:
            self.mark("part", last.on, "part delivered", main=False)
            return
        agreed = line.agreed
        late = self.calendar.between(agreed, last.on) if agreed else 0
        if late > 0 and agreed:
            self.span("overdue", agreed, last.on, f"+{late}")
            self.mark("was", agreed, "agreed", main=False)
        self.mark("late" if late > 0 else "kept", last.on, "delivered")
        if late:
            self.said.append(f"{apart(late)} {'late' if late > 0 else 'early'}")

    def terms(self, kind: str, terms: Terms | None, words: str) -> None:
        if terms is None:
            return
        for part in terms.instalments:
            main = part.date == terms.last_date
            self.mark(kind, part.date, words, main=main)

    def mark(
        self, kind: str, day: date, words: str, *, main: bool = True, says: date | None = None
    ) -> None:
        """A sign at `day`; `says`: the day that it stands for, where that is another one."""
        said = says or day
        self.marks.append(Mark(kind, self.axis.x(day), said, words, self.axis.side(day), main))
        self.said.append(f"{words} {day_words(said, self.today)}")

    def span(self, kind: str, start: date, end: date, words: str = "") -> None:
        self.spans.append(Span(kind, self.axis.x(start), self.axis.x(end), words))


def _sentence(said: list[str]) -> str:
    if not said:
        return "No date yet"
    sentence = ", ".join(said)
    return sentence[0].upper() + sentence[1:]


def _all_days(line: Line) -> Iterator[date]:
    """Every day that the track of this line may show."""
    for offer in (line.request, line.counter, line.proposal, line.commitment):
        if offer:
            yield from (part.date for part in offer.terms.instalments)
    if line.first_of_promise:
        yield line.first_of_promise.terms.last_date
    if line.told:
        yield line.told.day
    if line.progress and line.progress.expected:
        yield line.progress.expected
    yield from (delivery.on for delivery in line.deliveries)
    yield from filter(None, (line.details.wanted, line.details.erp_date))


def _days_off(axis: Axis, calendar: WorkingCalendar) -> list[Span]:
    """The site's own days off: they take their place on the axis, shaded, neighbours as one."""
    half = 50 / axis.weeks / len(axis.weekdays)
    spans: list[Span] = []
    for day in sorted(calendar.days_off):
        if axis.side(day) or day.weekday() not in axis.weekdays:
            continue
        start, end = round(axis.x(day) - half, 2), round(axis.x(day) + half, 2)
        if spans and start - spans[-1].x2 < half:
            start = spans.pop().x1
        spans.append(Span("off", start, end))
    return spans


def _weekdays(calendar: WorkingCalendar) -> tuple[int, ...]:
    return tuple(sorted(calendar.weekdays)) or (0, 1, 2, 3, 4)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
