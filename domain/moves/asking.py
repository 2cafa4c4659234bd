"""What sales and the order system say: entering, asking, accepting, withdrawing, cancelling."""

from datetime import date
from decimal import Decimal

from msgspec import UNSET
from msgspec.structs import asdict

from domain.events import (
    ConditionMet,
    CounterAccepted,
    DateRequested,
    Fact,
    LineCancelled,
    LineChanged,
    LineChanges,
    LineDetails,
    LineEntered,
    Need,
    OrderNumberGiven,
    RequestWithdrawn,
    Spoken,
    Text,
)
from domain.line import Line
from domain.moves.checks import adds_up, in_time, not_over, still_fits
from domain.moves.permission import Now, check_may
from domain.people import MAY, Person
from domain.reasons import Reason
from domain.refusals import Refused, Wrong
from domain.terms import Terms


def enter_line(line: Line | None, details: LineDetails, *, by: Person) -> tuple[Fact, ...]:
    """A line becomes known; without an order number it is an enquiry. Raises Refused."""
    if line is not None:
        raise Refused(Wrong.VERB, "This line is known already. Open it instead.")
    if by.role not in MAY["enter_line"]:
        raise Refused(Wrong.SIDE, "Sales or the order system enters lines. Ask sales to.")
    if not by.sees(details.site):
        raise Refused(Wrong.SIDE, "This is a site that you don't work with.")
    if not details.quantity > 0:
        raise Refused(Wrong.QUANTITY, "The quantity must be above zero.")
    return (LineEntered(details=details),)


def give_order_number(
    line: Line, *, source: str, order_number: str, line_number: str, by: Person, now: Now
) -> tuple[Fact, ...]:
    """The enquiry was ordered; a condition "if ordered by" is met where it is in time.

    The event store claims the number in the same save. Raises Refused.
    """
    if line.details.order_number:
        raise Refused(
            Wrong.VERB,
            "This line belongs to order {order} already.",
            order=line.details.order_number,
        )
    check_may("give_order_number", line, by, now)
    if not order_number.strip() or not line_number.strip():
        raise Refused(Wrong.INPUT, "Give the order's number and the line's number in it.")
    given = OrderNumberGiven(source=source, order_number=order_number, line_number=line_number)
    ordered_by = line.commitment.ordered_by if line.commitment else None
    if ordered_by is not None and now.at <= ordered_by:
        return given, ConditionMet()
    return (given,)


def change_line(line: Line, changes: LineChanges, *, by: Person, now: Now) -> tuple[Fact, ...]:
    """The order system's word; nothing where nothing differs. Raises Refused."""
    check_may("change_line", line, by, now)
    details = asdict(line.details)
    changed = {
        name: value
        for name, value in asdict(changes).items()
        if value is not UNSET and details[name] != value
    }
    if isinstance(quantity := changed.get("quantity"), Decimal) and quantity < 0:
        raise Refused(Wrong.QUANTITY, "The quantity can't be below zero.")
    return (LineChanged(changes=LineChanges(**changed)),) if changed else ()


def cancel_line(
    line: Line, *, by: Person, now: Now, reason: Reason | None = None, text: Text | None = None
) -> tuple[Fact, ...]:
    """The order for this line is gone. Raises Refused."""
    check_may("cancel_line", line, by, now)
    return (LineCancelled(reason=reason, text=text),)


def request_date(
    line: Line,
    terms: Terms,
    *,
    by: Person,
    now: Now,
    need: Need = Need.FIRM,
    reason: Reason | None = None,
    text: Text | None = None,
    spoken: Spoken | None = None,
) -> tuple[Fact, ...]:
    """Sales asks for terms, or amends what it asked. Raises Refused."""
    check_may("request_date", line, by, now)
    in_time(terms, now)
    adds_up(line, terms)
    if need is Need.URGENT and reason is None:
        raise Refused(Wrong.INPUT, "An urgent request needs a reason. Choose one.")
    return (DateRequested(terms=terms, need=need, reason=reason, text=text, spoken=spoken),)


def wanted_terms(line: Line) -> Terms:
    """Everything open on the customer's wanted day. Raises Refused."""
    return _on_day(line, line.details.wanted, "The order names no wanted day. Ask for a date.")


def erp_terms(line: Line) -> Terms:
    """Everything open on the day that the order system shows. Raises Refused."""
    return _on_day(
        line, line.details.erp_date, "The order system shows no date for this line. Name one."
    )


def _on_day(line: Line, day: date | None, sentence: str) -> Terms:
    if day is None:
        raise Refused(Wrong.INPUT, sentence)
    if line.open == 0:
        raise Refused(Wrong.QUANTITY, "Nothing of this line is open any more.")
    return Terms.single(line.open, day)


def accept_counter(line: Line, *, by: Person, now: Now) -> tuple[Fact, ...]:
    """Sales takes the offer, at or before the moment until which it is valid. Raises Refused."""
    check_may("accept_counter", line, by, now)
    not_over(still_fits(line, line.counter), now)
    return (CounterAccepted(version=1 + len(line.commitments)),)


def withdraw_request(
    line: Line, *, reason: Reason, by: Person, now: Now, text: Text | None = None
) -> tuple[Fact, ...]:
    """Sales no longer asks. Raises Refused."""
    check_may("withdraw_request", line, by, now)
    return (RequestWithdrawn(reason=reason, text=text),)
