"""A tale: one line's history, told with the domain's own moves at moments that have passed."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from board.demo.factory import Factory, Plant
from board.demo.orders import ORDERS, SOURCE
from domain.calendar import WorkingCalendar
from domain.events import Fact, LineDetails, Recorded, Text
from domain.evolve import evolve
from domain.line import Line, line_id
from domain.moves import Now, enter_line
from domain.people import CLOCK, Person, Role
from domain.terms import Instalment, Terms
from projections.texts import Words, digest

_T = TypeVar("_T")
OPENS, CLOSES = time(7), time(17)


def _known(value: _T | None) -> _T:
    """A tale that speaks of what has not happened in it is told wrong."""
    if value is None:
        raise LookupError("this has not happened in the tale")
    return value


class Site(Struct, frozen=True):
    """A plant on the day of the demo's first start."""

    plant: Plant
    calendar: WorkingCalendar
    start: datetime

    @property
    def today(self) -> date:
        """The plain day of the first start."""
        return self.day(self.start)

    def day(self, at: datetime) -> date:
        """The plant's plain day at a moment."""
        return at.astimezone(ZoneInfo(self.plant.timezone)).date()

    def at(self, day: date, hours: float) -> datetime:
        """So many hours after the gates open on `day`, in UTC."""
        opens = datetime.combine(day, OPENS, tzinfo=ZoneInfo(self.plant.timezone))
        return (opens + timedelta(hours=hours)).astimezone(UTC)

    def after(self, at: datetime, hours: float) -> datetime:
        """`at` moved on by so many hours in which the gates are open."""
        left = timedelta(hours=hours)
        local = at.astimezone(ZoneInfo(self.plant.timezone))
        while True:
            opens = datetime.combine(local.date(), OPENS, tzinfo=local.tzinfo)
            closes = datetime.combine(local.date(), CLOSES, tzinfo=local.tzinfo)
            if self.calendar.is_working_day(local.date()) and local < closes:
                local = max(local, opens)
                if local + left <= closes:
                    return (local + left).astimezone(UTC)
                left -= closes - local
            local = opens + timedelta(days=1)


class Tale:
    """One line as it is being told: the line so far, its events, and the moment of the next."""

    def __init__(
        self,
        factory: Factory,
        site: Site,
        details: LineDetails,
        at: datetime,
        chance: random.Random,
    ) -> None:
        self.factory = factory
        self.details = details
        self.site = site
        self.at = at
        self.chance = chance
        self.recorded: list[Recorded] = []
        self.words: dict[UUID, Words] = {}
        self._line: Line | None = None

    @property
    def line(self) -> Line:
        """The line so far; a tale begins with its entry."""
        return _known(self._line)

    @property
    def wanted(self) -> date:
        """The customer's wanted day."""
        return _known(self.line.details.wanted)

    @property
    def asked(self) -> Terms:
        """What is asked for."""
        return _known(self.line.request).terms

    @property
    def agreed(self) -> date:
        """The completion date in force."""
        return _known(self.line.agreed)

    @property
    def parts(self) -> tuple[Instalment, ...]:
        """The instalments in force."""
        return _known(self.line.commitment).terms.instalments

    @property
    def delivered_on(self) -> date:
        """The day of the last delivery."""
        return _known(self.line.delivered_on)

    @property
    def now(self) -> Now:
        """The moment of the next move."""
        return Now(self.at, self.site.day(self.at))

    @property
    def rep(self) -> Person:
        """Who looks after the customer."""
        return self._person(lambda person: person.id == self.line.details.rep)

    @property
    def promiser(self) -> Person:
        """Who plans for the team that answers for the line."""
        team = self.line.details.team
        return self._person(lambda p: p.team == team and p.role is not Role.SHIFT_LEAD)

    def _person(self, fits: Callable[[Person], bool]) -> Person:
        return self.chance.choice([e.person for e in self.factory.people if fits(e.person)])

    # Days and moments

    def ahead(self, least: int, most: int) -> date:
        """A working day after the day of the first start."""
        return self.site.calendar.add(self.site.today, self.chance.randint(least, most))

    def ago(self, least: int, most: int) -> date:
        """A working day before the day of the first start."""
        return self.site.calendar.add(self.site.today, -self.chance.randint(least, most))

    def beyond(self, day: date, least: int, most: int) -> date:
        """`day` and so many working days; before it where negative."""
        return self.site.calendar.add(day, self.chance.randint(least, most))

    def later(self, least: float, most: float) -> None:
        """So many working hours pass, but never all that are left before the first start."""
        hours = self.chance.uniform(least, most)
        while (then := self.site.after(self.at, hours)) >= self.site.start and hours > 0.001:
            hours *= self.chance.uniform(0.3, 0.6)
        if then >= self.site.start:
            then = self.at + (self.site.start - self.at) / 3
        self.at = then

    def on(self, day: date) -> None:
        """The day comes, some time while the gates are open."""
        then = self.site.at(day, self.chance.uniform(0.2, 9.5))
        if self.at < then < self.site.start:
            self.at = then
        else:
            self.later(0.2, 1)

    def lately(self, least: int = 1, most: int = 3) -> None:
        """Some days before the first start; what happens now is what people see first."""
        self.on(self.ago(least, most))

    # Moves

    def enters(self, *, wanted: date | None, erp: date | None = None) -> None:
        """The order system sends the line."""
        details = replace(self.details, wanted=wanted, erp_date=erp)
        stream = line_id(SOURCE, details.order_number, details.line_number, details.leg)
        self._add(stream, ORDERS, enter_line(None, details, by=ORDERS))
        self.later(0.5, 3)

    def asks_around(self, *, wanted: date) -> None:
        """A customer is on the phone: the rep enters an enquiry, there is no order yet."""
        rep = self._person(lambda person: person.id == self.details.rep)
        details = replace(self.details, order_number="", line_number="", leg="", wanted=wanted)
        self._add(self.an_id(), rep, enter_line(None, details, by=rep))
        self.later(0.02, 0.2)

    def makes(self, by: Person, move: Callable[..., tuple[Fact, ...]], *args: object,
              **words: object) -> None:  # fmt: skip
        """`by` makes a move now; some minutes pass."""
        self._add(self.line.id, by, move(self.line, *args, by=by, now=self.now, **words))
        self.later(0.05, 0.4)

    def clock(self, move: Callable[..., tuple[Fact, ...]], **words: object) -> None:
        """The clock makes its move."""
        self.makes(CLOCK, move, **words)

    def says(self, words: str) -> Text:
        """Words for the next move."""
        said = Words(words, self.chance.randbytes(16))
        text = Text(id=self.an_id(), digest=digest(said))
        self.words[text.id] = said
        return text

    def says_one_of(self, *words: str) -> Text | None:
        """One of these, or nothing: people don't explain everything."""
        return self.says(self.chance.choice(words)) if self.chance.random() < 0.6 else None

    def an_id(self) -> UUID:
        """An id that is the same for the same seed."""
        return UUID(bytes=self.chance.randbytes(16), version=4)

    def _add(self, stream: UUID, by: Person, facts: tuple[Fact, ...]) -> None:
        command = self.an_id()
        for fact in facts:
            version = 1 + (self._line.version if self._line else 0)
            recorded = self._wrapped(stream, version, command, by, fact)
            self._line = evolve(self._line, recorded)
            self.recorded.append(recorded)

    def _wrapped(self, stream: UUID, version: int, command: UUID, by: Person, fact: Fact
                 ) -> Recorded:  # fmt: skip
        return Recorded(
            originator_id=stream,
            originator_version=version,
            command_id=command,
            at=self.at,
            by=by.id,
            side=by.side,
            team=by.team,
            fact=fact,
        )

    # Terms

    def all_on(self, day: date) -> Terms:
        """Everything that is open, on one day."""
        return Terms.single(self.line.open, day)

    def in_parts(self, *days: date) -> Terms:
        """Everything that is open, in about equal parts; as many as there are pieces."""
        days = days[-int(self.line.open) :]
        part = Decimal(int(self.line.open) // len(days))
        rest = self.line.open - part * (len(days) - 1)
        return Terms.of([*((part, day) for day in days[:-1]), (rest, days[-1])])
