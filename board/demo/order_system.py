"""The demo's order system: new lines come in, dates follow, a quantity changes now and then."""

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from msgspec import Struct
from msgspec.structs import replace

from board.demo.factory import Factory
from board.demo.orders import FIRST_NUMBER, ORDERS, SOURCE, Orders
from board.sites import Sites
from domain import moves
from domain.events import Fact, LineChanges, LineDetails
from domain.line import IN_FORCE, Line, State, line_id
from domain.moves import Now
from domain.people import Person, Role
from projections.lines import LineRow

#: More lines come in while fewer than so many are talked about; while more than so many are open,
#: some leave a little earlier than agreed.
TALKED_ABOUT, OPEN_LINES = 105, 270
#: Neither happens while so many are shown: those delivered lately are shown for a while too.
SHOWN = 400
#: So many lines may show another date than the agreed one before somebody types it.
DIFFER = 10

_Decide = Callable[[Line | None, datetime], Sequence[Fact]]


class Happening(Struct, frozen=True):
    """Something that the order system, or a customer's order, brings about."""

    line_id: UUID
    by: Person
    decide: _Decide


class OrderSystem:
    """What comes from outside the conversation."""

    def __init__(
        self, factory: Factory, sites: Sites, rows: Sequence[LineRow], chance: random.Random
    ) -> None:
        numbers = [int(n) for r in rows if (n := r.line.details.order_number).isdecimal()]
        self._orders = Orders(factory, chance, max(numbers, default=FIRST_NUMBER))
        # A visitor's chair never acts by itself: a colleague picks up the phone.
        self._reps = {e.person.team: e.person for e in factory.of_role(Role.REP) if not e.guest}
        self._sites = sites
        self._chance = chance

    def happening(self, rows: Sequence[LineRow]) -> Happening | None:
        """Mostly nothing: people make most of the moves."""
        still_open = [r for r in rows if not r.finished and r.line.state is not State.DELIVERED]
        talked_about = [r for r in still_open if r.line.state is not State.COMMITTED]
        few = len(talked_about) < TALKED_ABOUT and len(rows) < SHOWN
        many = len(still_open) > OPEN_LINES and len(rows) < SHOWN
        dice = self._chance.random()
        if dice < 0.01:
            return self._enquiry() if few else None
        if dice < 0.06:
            return self._new_line() if few else None
        if dice < 0.10:
            return self._goods_left(still_open) if many else None
        if dice < 0.12:
            return self._ordered(still_open)
        if dice < 0.20:
            return self._dates_follow(still_open)
        return self._resized(still_open) if dice > 0.993 else None

    def _new_line(self) -> Happening:
        details = self._wanted(self._orders.next_line())
        number = (details.order_number, details.line_number)

        def enter(line: Line | None, _at: datetime) -> Sequence[Fact]:
            return moves.enter_line(line, details, by=ORDERS)

        return Happening(line_id(SOURCE, *number), ORDERS, enter)

    def _enquiry(self) -> Happening:
        """A customer is on the phone; there is no order yet."""
        ordered = self._wanted(self._orders.next_line())
        details = replace(ordered, order_number="", line_number="", erp_date=None)
        rep = self._reps[details.sales_team]

        def enter(line: Line | None, _at: datetime) -> Sequence[Fact]:
            return moves.enter_line(line, details, by=rep)

        return Happening(uuid4(), rep, enter)

    def _wanted(self, details: LineDetails) -> LineDetails:
        site = self._sites[details.site]
        today = self._now(details, datetime.now(UTC)).today
        wanted = site.calendar.add(today, self._chance.randint(5, 30))
        erp = site.calendar.add(wanted, self._chance.randint(-2, 5))
        shown = erp if self._chance.random() < 0.5 else None
        return replace(details, wanted=wanted, erp_date=shown, ordered_on=today)

    def _ordered(self, rows: Sequence[LineRow]) -> Happening | None:
        """The enquiry of an agreed day becomes an order."""
        row = self._one(r for r in rows if r.in_force and not r.line.details.order_number)
        if row is None:
            return None
        number = self._orders.next_line()

        def give(line: Line | None, at: datetime) -> Sequence[Fact]:
            if line is None or line.details.order_number:
                return ()
            return moves.give_order_number(
                line,
                source=SOURCE,
                order_number=number.order_number,
                line_number=number.line_number,
                by=ORDERS,
                now=self._now(line.details, at),
            )

        return Happening(row.line.id, ORDERS, give)

    def _dates_follow(self, rows: Sequence[LineRow]) -> Happening | None:
        """Somebody types the agreed day into the order system."""
        differ = [r for r in rows if r.in_force and r.line.details.erp_date != r.agreed]
        row = self._one(differ) if len(differ) > DIFFER else None
        if row is None:
            return None

        def follow(line: Line | None, at: datetime) -> Sequence[Fact]:
            if line is None or line.state not in IN_FORCE:
                return ()
            changes = LineChanges(erp_date=line.agreed)
            return moves.change_line(line, changes, by=ORDERS, now=self._now(line.details, at))

        return Happening(row.line.id, ORDERS, follow)

    def _goods_left(self, rows: Sequence[LineRow]) -> Happening | None:
        """The line that is due next has left, and the order system knows."""
        due = [r for r in rows if r.line.state is State.COMMITTED and r.line.fits and r.next_due]
        row = min(due, key=lambda r: (r.next_due, r.line.id), default=None)
        if row is None:
            return None

        def leave(line: Line | None, at: datetime) -> Sequence[Fact]:
            if line is None or line.state is not State.COMMITTED:
                return ()
            now = self._now(line.details, at)
            total = line.details.quantity + line.short
            return moves.deliver_quantity(
                line, total=total, on=now.today, source=SOURCE, by=ORDERS, now=now
            )

        return Happening(row.line.id, ORDERS, leave)

    def _resized(self, rows: Sequence[LineRow]) -> Happening | None:
        """The customer wants more of it."""
        row = self._one(r for r in rows if r.line.state in (State.REQUESTED, State.COMMITTED))
        if row is None:
            return None

        def resize(line: Line | None, at: datetime) -> Sequence[Fact]:
            if line is None or line.open == 0:
                return ()
            more = line.details.quantity + max(Decimal(1), line.details.quantity // 4)
            changes = LineChanges(quantity=more)
            return moves.change_line(line, changes, by=ORDERS, now=self._now(line.details, at))

        return Happening(row.line.id, ORDERS, resize)

    def _one(self, rows: Iterable[LineRow]) -> LineRow | None:
        found = list(rows)
        return self._chance.choice(found) if found else None

    def _now(self, details: LineDetails, at: datetime) -> Now:
        return self._sites[details.site].now(at)
