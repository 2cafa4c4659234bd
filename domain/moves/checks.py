"""What every decision about terms checks."""

from datetime import date

from domain.line import Line, Offer
from domain.moves.permission import Now
from domain.refusals import Refused, Wrong
from domain.terms import Terms


def in_time(terms: Terms, now: Now) -> None:
    """A person's terms begin today or later."""
    not_past(terms.first_date, now)


def not_past(day: date, now: Now) -> None:
    """A day that somebody can still keep."""
    if day < now.today:
        raise Refused(Wrong.TIME, "{day} has passed. Choose today or a later day.", day=day)


def adds_up(line: Line, terms: Terms) -> None:
    """New terms are for exactly what is still open."""
    if terms.quantity != line.open:
        raise Refused(
            Wrong.QUANTITY,
            "{open} {unit} are still open, these dates are for {given}. "
            "Make the quantities add up to {open}.",
            open=line.open,
            unit=line.details.unit,
            given=terms.quantity,
        )


def not_over(terms: Terms, now: Now) -> None:
    """Terms that waited for an answer can be agreed while their first day can still be kept."""
    if terms.first_date < now.today:
        raise Refused(
            Wrong.TIME,
            "{day} has passed while this waited for an answer. Put a later date forward.",
            day=terms.first_date,
        )


def still_fits(line: Line, offer: Offer | None) -> Terms:
    """What an offer on the table is still for: it can be agreed only as long as that is the
    quantity that is open, of the product that is ordered. Raises Refused.
    """
    terms = offer.remaining(line.delivered) if offer else None
    if offer is not None and offer.product != line.details.product:
        raise Refused(
            Wrong.STALE,
            "The product is now {product}: these terms were for another one. Renew them.",
            product=line.details.product,
        )
    if terms is None or terms.quantity != line.open:
        raise Refused(
            Wrong.QUANTITY,
            "The quantity is now {quantity}, {open} of it open: these terms no longer fit. "
            "Renew them for {open} {unit}.",
            quantity=line.details.quantity,
            open=line.open,
            unit=line.details.unit,
        )
    return terms


def working_days(buffer: int) -> None:
    """A declared buffer is part of the date: a count of working days."""
    if not 0 <= buffer <= 250:
        raise Refused(Wrong.INPUT, "The days in hand are a number from 0 to 250.")
