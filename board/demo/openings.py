"""Tales that have not come to an agreement yet: new, asked for, countered, or ended without one."""

from typing import Any

from board.demo.orders import ORDERS
from board.demo.phrases import HOLDUPS, NEEDS
from board.demo.tale import Tale
from domain.events import LineChanges, Need, Spoken
from domain.moves import (
    accept_counter,
    assign_team,
    cancel_line,
    change_line,
    commit_date,
    counter_date,
    decline_request,
    expire_offer,
    request_date,
    schedule_answer,
    withdraw_request,
)
from domain.people import Side
from domain.reasons import Reason


def asks(t: Tale, **words: Any) -> None:
    """The rep asks for everything at the wanted day, or soon after."""
    day = t.line.details.wanted or t.ahead(8, 20)
    words.setdefault("terms", t.all_on(day))
    t.makes(t.rep, request_date, words.pop("terms"), **words)


def offers(t: Tale, least: int = 2, most: int = 8, **words: Any) -> None:
    """The promiser offers so many working days later, for a reason, valid for some days."""
    day = t.beyond(t.asked.last_date, least, most)
    reason = t.chance.choice(list(HOLDUPS))
    words.setdefault("terms", t.all_on(day))
    words.setdefault("valid_until", t.site.at(t.ahead(1, 6), 10))
    text = t.says_one_of(*HOLDUPS[reason])
    t.makes(t.promiser, counter_date, words.pop("terms"), reason=reason, text=text, **words)


def agrees(t: Tale, **words: Any) -> None:
    """The promiser says yes to what is asked."""
    t.makes(t.promiser, commit_date, t.asked, **words)


def new(t: Tale) -> None:
    """Nobody has asked yet."""
    wanted = t.ahead(5, 32)
    t.enters(wanted=wanted, erp=t.beyond(wanted, -3, 6) if t.chance.random() < 0.6 else None)


def new_without_a_day(t: Tale) -> None:
    """The order names no day; the order system shows one."""
    t.enters(wanted=None, erp=t.ahead(8, 30))


def asked(t: Tale) -> None:
    """The promiser has the next move."""
    wanted = t.ahead(5, 28)
    t.enters(wanted=wanted, erp=t.beyond(wanted, 0, 5) if t.chance.random() < 0.4 else None)
    asks(t, need=t.chance.choice([Need.FIRM, Need.FIRM, Need.FLEXIBLE, Need.NOT_BEFORE]))


def asked_urgently(t: Tale) -> None:
    """Needed within days, and why."""
    t.enters(wanted=t.ahead(2, 5))
    reason = t.chance.choice(list(NEEDS))
    asks(t, need=Need.URGENT, reason=reason, text=t.says_one_of(*NEEDS[reason]))


def asked_in_parts(t: Tale) -> None:
    """Two or three instalments."""
    first = t.ahead(5, 14)
    days = [first, t.beyond(first, 4, 8)]
    if t.details.quantity >= 60:
        days.append(t.beyond(days[1], 4, 8))
    t.enters(wanted=days[-1])
    asks(t, terms=t.in_parts(*days))


def asked_and_answer_promised(t: Tale) -> None:
    """ "I answer by tomorrow noon": still to come, or overdue by now."""
    asked(t)
    t.later(1, 6)
    # Made when it was still to come; for some of them it has passed.
    by_when = t.site.after(t.at, t.chance.uniform(3, 16))
    t.makes(t.promiser, schedule_answer, by_when, text=t.says_one_of("I ask the foundry first."))


def asked_aloud(t: Tale) -> None:
    """Asked on the phone or in the meeting, written down afterwards."""
    t.enters(wanted=t.ahead(6, 20))
    asks(t, spoken=t.chance.choice(list(Spoken)))


def asked_then_amended(t: Tale) -> None:
    """The customer moved; sales asks for another day before there was an answer."""
    asked(t)
    t.later(3, 9)
    text = t.says_one_of(*NEEDS[Reason.CUSTOMER_CHANGED])
    asks(t, terms=t.all_on(t.ahead(7, 25)), reason=Reason.CUSTOMER_CHANGED, text=text)


def handed_over(t: Tale) -> None:
    """Bought in after all, or made here after all: another team answers."""
    asked(t)
    t.later(2, 8)
    words = "We don't make these any more, please buy them in."
    team, side = "purchasing", Side.PURCHASING
    if t.line.details.team == team:
        words = "We have the tool for it since spring, we make them ourselves."
        team = "nord-machining" if t.site.plant.id == "nord" else "sued-production"
        side = Side.PRODUCTION
    reason = Reason.CAPACITY_FULL
    t.makes(t.promiser, assign_team, team, side, reason=reason, text=t.says(words))


def countered(t: Tale) -> None:
    """Another day is offered, sales has the next move."""
    asked(t)
    t.later(2, 12)
    offers(t, buffer=t.chance.choice([0, 0, 0, 1, 2]))


def countered_in_parts(t: Tale) -> None:
    """A part on the day that was asked for, the rest later."""
    t.enters(wanted=t.ahead(5, 14))
    asks(t)
    t.later(2, 12)
    assert t.line.details.wanted is not None  # noqa: S101
    offers(t, terms=t.in_parts(t.wanted, t.beyond(t.wanted, 4, 9)))


def countered_aloud(t: Tale) -> None:
    """Offered in the meeting."""
    asked(t)
    t.later(2, 10)
    offers(t, spoken=Spoken.MEETING)


def countered_again(t: Tale) -> None:
    """Back and forth: time to talk to each other."""
    asked(t)
    t.later(2, 8)
    offers(t, 5, 9)
    t.later(2, 8)
    text = t.says_one_of(*NEEDS[Reason.DATE_TOO_LATE])
    asks(t, terms=t.all_on(t.ahead(6, 12)), reason=Reason.DATE_TOO_LATE, text=text)
    t.later(2, 8)
    offers(t, 2, 5)


def countered_then_resized(t: Tale) -> None:
    """The order system changes the quantity while an offer is open."""
    countered(t)
    t.later(1, 5)
    quantity = t.line.details.quantity * 2
    t.makes(ORDERS, change_line, LineChanges(quantity=quantity))


def enquiry(t: Tale) -> None:
    """Still on the phone: asked for, without an order."""
    t.asks_around(wanted=t.ahead(8, 25))
    asks(t, need=Need.FLEXIBLE)


def enquiry_countered(t: Tale) -> None:
    """An offer to an enquiry, if it is ordered in time."""
    enquiry(t)
    t.later(2, 9)
    until = t.site.at(t.ahead(2, 5), 9)
    offers(t, valid_until=until, ordered_by=until)


def conditional(t: Tale) -> None:
    """Agreed if it is ordered in time."""
    enquiry_countered(t)
    t.later(2, 9)
    t.makes(t.rep, accept_counter)


def declined(t: Tale) -> None:
    """The promiser can't do it and offers nothing."""
    asked(t)
    t.lately()
    reason = t.chance.choice([Reason.TOOLING, Reason.CAPACITY_FULL, Reason.MATERIAL_LATE])
    t.makes(t.promiser, decline_request, reason=reason, text=t.says_one_of(*HOLDUPS[reason]))


def withdrawn(t: Tale) -> None:
    """Sales no longer asks."""
    countered(t)
    t.lately()
    text = t.says("Too late for them, they look elsewhere for this one.")
    t.makes(t.rep, withdraw_request, reason=Reason.DATE_TOO_LATE, text=text)


def expired(t: Tale) -> None:
    """The offer's time ran out without an answer."""
    t.enters(wanted=t.ahead(4, 12))
    asks(t)
    t.later(2, 6)
    until = t.site.after(t.at, 8)
    offers(t, valid_until=until)
    t.at = t.site.after(until, 0.02)
    t.clock(expire_offer)


def cancelled(t: Tale) -> None:
    """The customer took the order back before anything was agreed."""
    asked(t)
    t.later(3, 12)
    text = t.says_one_of("They cancelled the whole project.")
    t.makes(t.rep, cancel_line, reason=Reason.PLAN_DROPPED, text=text)
