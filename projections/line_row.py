"""A row of the board: a line, and everything about it that a screen asks for."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from domain.events import NoteAdded, NoteTakenBack, Recorded
from domain.line import IN_FORCE, TERMINAL, Ball, Line, Offer, State
from domain.people import Side
from domain.terms import Terms


class Mark(StrEnum):
    """What makes somebody look at a line. Overdue depends on the day: see LineRow.overdue."""

    AT_RISK = "at_risk"
    TOLD_EARLY = "told_early"
    ERP_DIFFERS = "erp_differs"
    SPOKEN = "spoken"
    OVERDUE = "overdue"
    MISFIT = "misfit"
    NOT_TOLD = "not_told"


class Promise(StrEnum):
    """How a promise went, computed from what was delivered when."""

    KEPT = "kept"
    LATE = "late"
    SHORT = "short"
    OVERDUE = "overdue"


class Changed(Struct, frozen=True):
    """The last event that was not a note: when, by whom, and its stored name."""

    at: datetime
    by: str
    side: Side
    team: str
    topic: str

    @classmethod
    def after(cls, former: "Changed | None", event: Recorded) -> "Changed":
        """What it is once `event` happened too."""
        if former is not None and isinstance(event.fact, (NoteAdded, NoteTakenBack)):
            return former
        return cls(event.at, event.by, event.side, event.team, event.fact.topic)


class LineRow(Struct, frozen=True):
    """A line as it is, or was: at which position of the log, and who changed it last.

    Dates are the site's plain days, and where terms have several instalments, the last one's.
    """

    line: Line
    position: int
    changed: Changed

    @property
    def asked(self) -> date | None:
        """The day that sales asks for: requested, or proposed while another one is in force."""
        terms = _remaining(self.line, self.line.request)
        if terms is None and self.line.proposal and self.line.proposal.side is Side.SALES:
            terms = _remaining(self.line, self.line.proposal)
        return terms.last_date if terms else None

    @property
    def offered(self) -> date | None:
        """The day that the promiser offers: countered, or proposed while another is in force."""
        terms = _remaining(self.line, self.line.counter)
        if terms is None and self.line.proposal and self.line.proposal.side is not Side.SALES:
            terms = _remaining(self.line, self.line.proposal)
        return terms.last_date if terms else None

    @property
    def proposed(self) -> date | None:
        """The day that somebody proposes instead of the agreed one."""
        terms = _remaining(self.line, self.line.proposal)
        return terms.last_date if terms else None

    @property
    def agreed(self) -> date | None:
        """The completion date in force, or the one under which the line was delivered."""
        return self.line.agreed

    @property
    def first_agreed(self) -> date | None:
        """The completion date that this promise began with; the same as agreed if never moved."""
        first = self.line.first_of_promise
        return first.terms.last_date if first else None

    @property
    def buffer(self) -> int:
        """Declared working days that are part of the date that is agreed or on offer."""
        if self.line.commitment is not None:
            return self.line.commitment.buffer
        return self.line.on_the_table.buffer if self.line.on_the_table else 0

    @property
    def conditional_until(self) -> datetime | None:
        """The moment by which the order has to come, for a date with that condition."""
        held = self.line.commitment or self.line.counter
        return held.ordered_by if held else None

    @property
    def expires_at(self) -> datetime | None:
        """The moment after which the clock ends an offer, or a promise with a condition."""
        if self.line.state is State.COUNTERED and self.line.counter is not None:
            return self.line.counter.valid_until
        if self.in_force and self.line.commitment is not None:
            return self.line.commitment.ordered_by
        return None

    @property
    def in_force(self) -> bool:
        """Whether a commitment is in force and not fulfilled yet."""
        return self.line.state in IN_FORCE

    @property
    def finished(self) -> bool:
        """Whether nothing but a note can still be said."""
        return self.line.state in TERMINAL

    @property
    def expected(self) -> date | None:
        """The day now expected where the agreed one is at risk."""
        return self.line.progress.expected if self.in_force and self.line.progress else None

    @property
    def at_risk(self) -> bool:
        """Whether the floor expects another day than the agreed one."""
        return self.expected is not None

    @property
    def told(self) -> date | None:
        """The arrival day that the customer was told."""
        return self.line.told.day if self.line.told else None

    @property
    def told_early(self) -> bool:
        """Told with nothing in force, or earlier than what was in force then."""
        return self.line.told is not None and self.line.told.early and not self.finished

    @property
    def customer_not_yet_told(self) -> bool:
        """The customer was told a day, and a later agreement overtook it: a task."""
        return self.in_force and self.line.customer_not_yet_told

    @property
    def erp_differs(self) -> bool:
        """The order system shows another date than the agreed completion date."""
        erp = self.line.details.erp_date
        return self.in_force and erp is not None and erp != self.line.agreed

    @property
    def spoken(self) -> bool:
        """Agreed aloud, and waits for the other side to confirm it."""
        offer = self.line.on_the_table
        return offer is not None and offer.spoken is not None

    @property
    def misfit(self) -> bool:
        """What is agreed or on the table is no longer for the quantity and product ordered."""
        if self.in_force and not self.line.fits:
            return True
        offer = self.line.on_the_table
        terms = _remaining(self.line, offer)
        return offer is not None and (terms.quantity if terms else 0) != self.line.open

    @property
    def needs_talk(self) -> bool:
        """From the second counter-offer on people should talk to each other."""
        return self.line.state is State.COUNTERED and self.line.counters >= 2

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Everything that makes somebody look, except what depends on the day."""
        found = {
            Mark.AT_RISK: self.at_risk,
            Mark.TOLD_EARLY: self.told_early,
            Mark.ERP_DIFFERS: self.erp_differs,
            Mark.SPOKEN: self.spoken,
            Mark.MISFIT: self.misfit,
            Mark.NOT_TOLD: self.customer_not_yet_told,
        }
        return tuple(mark for mark, holds in found.items() if holds)

    @property
    def next_due(self) -> date | None:
        """The earliest promised day that still has something to come."""
        return self.line.next_due if self.in_force else None

    def overdue(self, today: date) -> bool:
        """Whether a promised day has passed without its quantity."""
        return self.next_due is not None and self.next_due < today

    @property
    def delivered_on(self) -> date | None:
        """The day of the last delivery, once nothing is open any more."""
        return self.line.delivered_on if self.line.open == 0 else None

    @property
    def day(self) -> date | None:
        """The day by which the board orders the line: delivered, due, on the table, wanted."""
        offer = _remaining(self.line, self.line.on_the_table)
        return (
            self.delivered_on
            or self.next_due
            or (offer.first_date if offer else None)
            or self.line.details.wanted
        )

    @property
    def week(self) -> tuple[int, int] | None:
        """The ISO year and week of `day`."""
        return self.day.isocalendar()[:2] if self.day else None

    def ball(self, today: date) -> Ball:
        """Whose move it is on `today`, the site's day."""
        return self.line.ball(today)

    def outcome(self, today: date) -> Promise | None:
        """How the promise went so far; None without one, or while nothing of it is due.

        Kept: on every instalment's day at least as much was delivered as was promised by then,
        or all that is ordered by now.
        """
        made = self.line.commitment
        if made is None or self.line.state not in _WITH_OUTCOME:
            return None
        kept = all(
            _delivered_by(self.line, i.date)
            >= min(made.delivered + made.terms.promised_by(i.date), self.line.details.quantity)
            for i in made.terms.instalments
            if i.date < today or self.line.open == 0
        )
        if self.line.open == 0:
            return Promise.KEPT if kept else Promise.LATE
        if kept:
            return None
        all_due = made.terms.last_date < today
        some_came = self.line.delivered > made.delivered
        return Promise.SHORT if all_due and some_came else Promise.OVERDUE


_WITH_OUTCOME = IN_FORCE | {State.DELIVERED, State.CLOSED}


def _remaining(line: Line, offer: Offer | None) -> Terms | None:
    return offer.remaining(line.delivered) if offer else None


def _delivered_by(line: Line, day: date) -> Decimal:
    totals = [delivery.total for delivery in line.deliveries if delivery.on <= day]
    return max(totals, default=Decimal(0))
