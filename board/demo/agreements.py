"""Tales in which a day is agreed: in force, at risk, about to be revised, or given up."""

from datetime import date
from typing import Any

from board.demo.openings import agrees, asks, offers
from board.demo.orders import ORDERS
from board.demo.phrases import HOLDUPS, NEEDS, NOTES
from board.demo.tale import Tale
from domain.events import LineChanges, Spoken
from domain.moves import (
    accept_counter,
    accept_revision,
    add_note,
    change_line,
    commit_date,
    deliver_quantity,
    propose_revision,
    refuse_revision,
    release_commitment,
    renege_commitment,
    report_progress,
    tell_customer,
)
from domain.moves.talking import arrival
from domain.reasons import Reason


def tells(t: Tale, working_days: int = 0) -> None:
    """The rep tells the customer the agreed arrival, or so many working days beside it."""
    day = t.site.calendar.add(arrival(t.line, t.agreed, t.site.calendar), working_days)
    t.makes(t.rep, tell_customer, day, calendar=t.site.calendar)


def order_system_follows(t: Tale, day: date | None = None) -> None:
    """The day goes into the order system, where somebody types it."""
    t.makes(ORDERS, change_line, LineChanges(erp_date=day or t.agreed))


def says_something(t: Tale) -> None:
    """A note, sometimes."""
    if t.chance.random() < 0.25:
        t.makes(t.chance.choice([t.rep, t.promiser]), add_note, t.says(t.chance.choice(NOTES)))


def agreed_on(t: Tale, day: date, **words: Any) -> None:
    """Asked for and agreed, at once or by way of an offer."""
    if t.chance.random() < 0.65:
        t.enters(wanted=day, erp=t.beyond(day, -4, 4) if t.chance.random() < 0.5 else None)
        asks(t)
        t.later(2, 12)
        agrees(t, **words)
    else:
        t.enters(wanted=t.beyond(day, -5, -2))
        asks(t)
        t.later(2, 9)
        offers(t, terms=t.all_on(day), valid_until=t.site.after(t.at, 30), **words)
        t.later(2, 9)
        t.makes(t.rep, accept_counter)
    t.later(0.3, 3)
    says_something(t)


def agreed(t: Tale) -> None:
    """In force and fine; most customers know it, most order systems show it."""
    agreed_on(t, t.ahead(1, 30), buffer=t.chance.choice([0, 0, 0, 0, 1, 2]))
    if t.chance.random() < 0.55:
        tells(t, t.chance.choice([0, 0, 0, 1]))
    if t.chance.random() < 0.6:
        order_system_follows(t)


def agreed_for_today(t: Tale) -> None:
    """To be finished today."""
    agreed_on(t, t.site.calendar.on_or_after(t.site.today))
    tells(t)
    order_system_follows(t)


def agreed_in_parts(t: Tale) -> None:
    """Instalments; the first one may be out already."""
    first = t.chance.choice([t.ago(1, 3), t.ahead(2, 6)])
    second = t.ahead(8, 16)
    t.enters(wanted=second)
    asks(t, terms=t.in_parts(first, second))
    t.later(1, 6)
    agrees(t)
    tells(t)
    if first < t.site.today:
        t.on(first)
        part = t.parts[0].quantity
        t.makes(t.promiser, deliver_quantity, quantity=part, on=t.now.today)


def one_part_late(t: Tale) -> None:
    """The first of two instalments is overdue, the other is still to come."""
    first, second = t.ago(1, 2), t.ahead(6, 12)
    t.enters(wanted=second)
    asks(t, terms=t.in_parts(first, second))
    t.later(1, 6)
    agrees(t)


def told_early(t: Tale) -> None:
    """The customer was told an earlier day than the one in force."""
    agreed_on(t, t.ahead(4, 22))
    tells(t, -t.chance.randint(1, 3))
    order_system_follows(t)


def told_before_anything_was_agreed(t: Tale) -> None:
    """Told on the phone, asked for afterwards."""
    day = t.ahead(6, 18)
    t.enters(wanted=day)
    told = arrival(t.line, day, t.site.calendar)
    t.makes(t.rep, tell_customer, told, calendar=t.site.calendar)
    asks(t)
    t.later(2, 9)
    offers(t, 2, 5)


def erp_differs(t: Tale) -> None:
    """The order system shows another day than the agreed one."""
    day = t.ahead(4, 24)
    agreed_on(t, day)
    order_system_follows(t, t.beyond(day, *t.chance.choice([(-6, -2), (3, 8)])))


def at_risk(t: Tale) -> None:
    """The floor expects it later."""
    agreed_on(t, t.ahead(2, 9))
    tells(t)
    t.lately(1, 2)
    reason = t.chance.choice(list(HOLDUPS))
    expected = t.beyond(t.agreed, 1, 4)
    text = t.says_one_of(*HOLDUPS[reason])
    t.makes(t.promiser, report_progress, expected=expected, reason=reason, text=text)


def on_track(t: Tale) -> None:
    """The floor says that all is well."""
    agreed_on(t, t.ahead(2, 8))
    t.lately()
    t.makes(t.promiser, report_progress)


def overdue(t: Tale) -> None:
    """The day has passed and nobody said why."""
    agreed_on(t, t.ago(1, 3))
    tells(t)


def taken_over(t: Tale) -> None:
    """On the first day the order system's date was taken over."""
    erp = t.ahead(3, 20)
    t.enters(wanted=t.beyond(erp, -3, 3), erp=erp)
    t.makes(t.promiser, commit_date, t.all_on(erp), take_over=True)


def no_longer_fits(t: Tale) -> None:
    """The quantity changed after the day was agreed."""
    agreed_on(t, t.ahead(5, 18))
    t.lately()
    t.makes(ORDERS, change_line, LineChanges(quantity=t.line.details.quantity + 10))


def promiser_revises(t: Tale) -> None:
    """The promiser proposes a later day; the agreed one stays in force."""
    agreed_on(t, t.ahead(3, 12))
    tells(t)
    t.lately()
    reason = t.chance.choice(list(HOLDUPS))
    terms = t.all_on(t.beyond(t.agreed, 2, 6))
    text = t.says_one_of(*HOLDUPS[reason])
    spoken = Spoken.PHONE if t.chance.random() < 0.25 else None
    t.makes(t.promiser, propose_revision, terms, reason=reason, text=text, spoken=spoken)


def rep_revises(t: Tale) -> None:
    """Sales asks for another day than the agreed one."""
    agreed_on(t, t.ahead(9, 20))
    t.lately()
    reason = Reason.CUSTOMER_CHANGED
    terms = t.all_on(t.beyond(t.agreed, -5, -2))
    text = t.says_one_of(*NEEDS[reason])
    t.makes(t.rep, propose_revision, terms, reason=reason, text=text)


def revised(t: Tale) -> None:
    """A revision was accepted; the customer may not know it yet."""
    promiser_revises(t)
    t.later(1, 6)
    t.makes(t.rep, accept_revision)
    if t.chance.random() < 0.5:
        tells(t)


def kept_to(t: Tale) -> None:
    """A revision was refused: the first day stands."""
    promiser_revises(t)
    t.later(2, 8)
    text = t.says("They have booked a crane for that day.")
    t.makes(t.rep, refuse_revision, reason=Reason.DATE_TOO_LATE, text=text)


def cannot_be_kept(t: Tale) -> None:
    """The promiser says that the day cannot be kept."""
    agreed_on(t, t.ahead(1, 6))
    tells(t)
    t.lately()
    reason = t.chance.choice([Reason.MACHINE_DOWN, Reason.MATERIAL_LATE, Reason.QUALITY])
    t.makes(t.promiser, renege_commitment, reason=reason, text=t.says(HOLDUPS[reason][0]))


def asked_again(t: Tale) -> None:
    """After a day that could not be kept, sales asks anew in the same conversation."""
    cannot_be_kept(t)
    t.later(1, 5)
    asks(t, terms=t.all_on(t.ahead(6, 12)))


def released(t: Tale) -> None:
    """Sales frees the promiser."""
    agreed_on(t, t.ahead(6, 15))
    t.lately(1, 5)
    text = t.says_one_of("They put the machine on hold.")
    t.makes(t.rep, release_commitment, reason=Reason.PLAN_DROPPED, text=text)
