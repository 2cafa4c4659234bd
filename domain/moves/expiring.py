"""What the clock does: offers run out, an undisputed delivery closes."""

from datetime import date, datetime

from domain.calendar import WorkingCalendar
from domain.events import DisputePeriodEnded, Fact, OfferExpired
from domain.line import IN_FORCE, Line, State
from domain.moves.permission import Now, check_may
from domain.people import CLOCK, Person
from domain.refusals import Refused, Wrong

#: Working days in which sales can dispute a delivery.
DISPUTE_DAYS = 10


def expires_at(line: Line) -> datetime | None:
    """The last moment at which what is offered, or conditionally agreed, is valid."""
    if line.state is State.COUNTERED and line.counter is not None:
        return line.counter.valid_until
    if line.state in IN_FORCE and line.commitment is not None:
        return line.commitment.ordered_by
    return None


def disputable_until(line: Line, calendar: WorkingCalendar) -> date | None:
    """The last day on which a delivery can be disputed, by the site's calendar."""
    if line.state is not State.DELIVERED or line.delivered_on is None:
        return None
    return calendar.add(line.delivered_on, DISPUTE_DAYS)


def expire_offer(line: Line, *, by: Person, now: Now) -> tuple[Fact, ...]:
    """The offer's, or the condition's, moment has passed. Raises Refused."""
    check_may("expire_offer", line, by, now)
    until = expires_at(line)
    if until is None or now.at <= until:
        raise Refused(Wrong.TIME, "Nothing has run out here.")
    return (OfferExpired(),)


def end_dispute_period(
    line: Line, *, by: Person, now: Now, calendar: WorkingCalendar
) -> tuple[Fact, ...]:
    """Nobody disputed the delivery within 10 working days. Raises Refused."""
    check_may("end_dispute_period", line, by, now)
    until = disputable_until(line, calendar)
    if until is None or now.today <= until:
        raise Refused(Wrong.TIME, "The delivery can still be disputed.")
    return (DisputePeriodEnded(),)


def clock_moves(line: Line, *, now: Now, calendar: WorkingCalendar) -> tuple[Fact, ...]:
    """Whatever the clock has to say on this line now; nothing for most lines."""
    until = expires_at(line)
    if until is not None and now.at > until:
        return expire_offer(line, by=CLOCK, now=now)
    last_day = disputable_until(line, calendar)
    if last_day is not None and now.today > last_day:
        return end_dispute_period(line, by=CLOCK, now=now, calendar=calendar)
    return ()


def next_tick(line: Line, calendar: WorkingCalendar) -> datetime | date | None:
    """When the clock has to look at this line again: after a moment, or after a site's day."""
    return expires_at(line) or disputable_until(line, calendar)
