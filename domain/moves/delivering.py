"""What happened to the goods: progress, deliveries, corrections, confirmation, disputes."""

from datetime import date
from decimal import Decimal

from domain.events import (
    DeliveryConfirmed,
    DeliveryCorrected,
    DeliveryDisputed,
    Fact,
    ProgressReported,
    QuantityDelivered,
    Text,
)
from domain.line import Line
from domain.moves.checks import not_past
from domain.moves.permission import Now, check_may
from domain.people import Person, Side
from domain.reasons import Reason
from domain.refusals import Refused, Wrong

#: The source under which people report; the order system reports under its own name.
BY_HAND = "by_hand"


def report_progress(
    line: Line,
    *,
    by: Person,
    now: Now,
    expected: date | None = None,
    reason: Reason | None = None,
    text: Text | None = None,
) -> tuple[Fact, ...]:
    """On track, or at risk with the day now expected and why. Raises Refused."""
    check_may("report_progress", line, by, now)
    if expected is not None:
        not_past(expected, now)
        if reason is None:
            raise Refused(Wrong.INPUT, "Say what puts the date at risk. Choose a reason.")
    return (ProgressReported(expected=expected, reason=reason, text=text),)


def deliver_quantity(
    line: Line,
    *,
    on: date,
    by: Person,
    now: Now,
    quantity: Decimal | None = None,
    total: Decimal | None = None,
    source: str = BY_HAND,
) -> tuple[Fact, ...]:
    """Goods left: a person reports the `quantity` of now, the order system its `total` to date.

    A total below the source's own last one corrects it; the same total is no news.
    Raises Refused.
    """
    check_may("deliver_quantity", line, by, now)
    if on > now.today:
        raise Refused(Wrong.TIME, "A delivery is reported on its day or later, not before.")
    if by.side is Side.ORDER_SYSTEM:
        return _reported(line, source, total or Decimal(0), on)
    if quantity is None or not quantity > 0:
        raise Refused(Wrong.QUANTITY, "Report a quantity above zero.")
    if quantity > line.open:
        raise Refused(
            Wrong.QUANTITY,
            "Only {open} {unit} are open. Report {open} at the most.",
            open=line.open,
            unit=line.details.unit,
        )
    # By hand counts on from what is known, so that two sources never hide each other's goods.
    so_far = max(line.totals.values(), default=Decimal(0))
    return (QuantityDelivered(source=BY_HAND, total=so_far + quantity, on=on),)


def _reported(line: Line, source: str, total: Decimal, on: date) -> tuple[Fact, ...]:
    if total < 0:
        raise Refused(Wrong.QUANTITY, "A delivered total can't be below zero.")
    last = line.totals.get(source, Decimal(0))
    if total == last:
        return ()
    if total < last:
        return (DeliveryCorrected(source=source, total=total, on=on),)
    return (QuantityDelivered(source=source, total=total, on=on),)


def correct_delivery(
    line: Line,
    *,
    total: Decimal,
    by: Person,
    now: Now,
    reason: Reason | None = None,
    source: str | None = None,
    text: Text | None = None,
) -> tuple[Fact, ...]:
    """The delivered total was wrong; a person corrects the source that counts now.

    Raises Refused.
    """
    check_may("correct_delivery", line, by, now)
    if total < 0:
        raise Refused(Wrong.QUANTITY, "A delivered total can't be below zero.")
    known = max(line.totals.values(), default=Decimal(0))
    if by.side is not Side.ORDER_SYSTEM and total > known + line.open:
        raise Refused(
            Wrong.QUANTITY,
            "Only {all} {unit} were ordered. Correct to {all} at the most.",
            all=known + line.open,
            unit=line.details.unit,
        )
    if total == known and by.side is not Side.ORDER_SYSTEM:
        raise Refused(Wrong.INPUT, "This is the delivered total already.")
    if source is None:
        return tuple(
            DeliveryCorrected(source=name, total=total, on=now.today, reason=reason, text=text)
            for name, reported in sorted(line.totals.items())
            if reported > total or (reported == known and reported != total)
        )
    return (DeliveryCorrected(source=source, total=total, on=now.today, reason=reason, text=text),)


def confirm_delivery(line: Line, *, by: Person, now: Now) -> tuple[Fact, ...]:
    """Everything arrived as agreed. Raises Refused."""
    check_may("confirm_delivery", line, by, now)
    return (DeliveryConfirmed(),)


def dispute_delivery(
    line: Line,
    *,
    reason: Reason,
    short: Decimal,
    by: Person,
    now: Now,
    text: Text | None = None,
) -> tuple[Fact, ...]:
    """Part of it is missing or unusable. Raises Refused."""
    check_may("dispute_delivery", line, by, now)
    if not 0 < short <= line.delivered:
        raise Refused(
            Wrong.QUANTITY,
            "Say how much is missing or unusable: above zero, {delivered} {unit} at the most.",
            delivered=line.delivered,
            unit=line.details.unit,
        )
    return (DeliveryDisputed(reason=reason, short=short, text=text),)
