"""Tales of goods that left: on the day, early, late, in parts, disputed, confirmed."""

from datetime import date
from decimal import Decimal

from board.demo.agreements import agreed_on, order_system_follows, tells
from board.demo.orders import ORDERS, SOURCE
from board.demo.phrases import SHORTAGES
from board.demo.tale import Tale
from domain.moves import (
    confirm_delivery,
    correct_delivery,
    deliver_quantity,
    dispute_delivery,
    end_dispute_period,
)
from domain.reasons import Reason


def leaves(t: Tale, day: date) -> None:
    """Everything that is open leaves on a day; the floor or the order system says so."""
    t.on(day)
    if t.chance.random() < 0.5:
        t.makes(t.promiser, deliver_quantity, quantity=t.line.open, on=t.now.today)
    else:
        total = t.line.details.quantity
        t.makes(ORDERS, deliver_quantity, total=total, on=t.now.today, source=SOURCE)


def delivered(t: Tale, day: date | None = None) -> None:
    """All of it left, mostly on the agreed day."""
    due = day or t.ago(1, 7)
    agreed_on(t, due)
    tells(t)
    order_system_follows(t)
    leaves(t, t.site.calendar.add(due, t.chance.choice([0, 0, 0, 0, 0, -1, -1, -2])))


def delivered_late(t: Tale) -> None:
    """All of it left, days after the agreed day."""
    due = t.ago(4, 8)
    agreed_on(t, due)
    tells(t)
    leaves(t, t.beyond(due, 2, 3))


def delivered_in_parts(t: Tale) -> None:
    """Half of it on the day, the rest later."""
    due = t.ago(4, 8)
    agreed_on(t, due)
    t.on(due)
    half = Decimal(int(t.line.open) // 2)
    if half:
        t.makes(t.promiser, deliver_quantity, quantity=half, on=t.now.today)
    leaves(t, t.beyond(due, 2, 3))


def delivered_without_agreement(t: Tale) -> None:
    """Goods that left before anybody agreed on a day are a fact."""
    t.enters(wanted=t.ahead(2, 6))
    leaves(t, t.ago(1, 3))


def corrected(t: Tale) -> None:
    """Counted wrong, put right: some are still to come."""
    delivered(t)
    t.later(2, 6)
    total = t.line.delivered - 1
    if total > 0:
        t.makes(t.promiser, correct_delivery, total=total, reason=Reason.OTHER,
                text=t.says("Counted again: one is still on the bench."))  # fmt: skip


def disputed(t: Tale) -> None:
    """Part of it is missing or unusable."""
    delivered(t)
    t.later(6, 16)
    short = Decimal(max(1, int(t.line.delivered) // 10))
    text = t.says(t.chance.choice(SHORTAGES))
    t.makes(t.rep, dispute_delivery, reason=Reason.QUALITY, short=short, text=text)


def confirmed(t: Tale) -> None:
    """Delivered, confirmed, closed."""
    delivered(t, t.ago(3, 9))
    t.later(8, 20)
    t.makes(t.rep, confirm_delivery)


def not_disputed(t: Tale) -> None:
    """Delivered, and nobody said anything for ten working days."""
    delivered(t, t.ago(13, 18))
    t.at = t.site.at(t.site.calendar.add(t.delivered_on, 11), -6.9)
    t.clock(end_dispute_period, calendar=t.site.calendar)
