"""Builders of people, days and facts, so that a test names only what it is about."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from domain import events as e
from domain.moves import Now
from domain.people import Person, Role, Side, order_system
from domain.reasons import Reason
from domain.terms import Terms

NOV_23 = date(2026, 11, 23)  # a Monday; the stories begin here
NOV_30 = date(2026, 11, 30)
DEC_1 = date(2026, 12, 1)
DEC_3 = date(2026, 12, 3)
DEC_4 = date(2026, 12, 4)
DEC_10 = date(2026, 12, 10)
DEC_17 = date(2026, 12, 17)
JAN_8 = date(2027, 1, 8)

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LINE = UUID("6c8b3c52-0000-4000-8000-000000000001")

REP = Person("rep", Role.REP, "sales", frozenset({"nord"}))
OTHER_REP = Person("other-rep", Role.REP, "sales", frozenset({"nord"}))
PLANNER = Person("planner", Role.PLANNER, "production", frozenset({"nord"}))
OTHER_PLANNER = Person("other-planner", Role.PLANNER, "production", frozenset({"nord"}))
SOUTH_PLANNER = Person("south", Role.PLANNER, "south", frozenset({"sued"}))
BUYER = Person("buyer", Role.BUYER, "purchasing", frozenset({"nord"}))
LOGISTICS = Person("logistics", Role.LOGISTICS, "logistics", frozenset({"nord"}))
SHIFT_LEAD = Person("shift", Role.SHIFT_LEAD, "production", frozenset({"nord"}))
VIEWER = Person("viewer", Role.VIEWER, "", frozenset({"nord"}))
ADMIN = Person("admin", Role.ADMIN)
CLOCK = Person("clock", Role.CLOCK)
ERP = order_system("erp")
PEOPLE = [REP, PLANNER, BUYER, LOGISTICS, SHIFT_LEAD, VIEWER, ADMIN, CLOCK, ERP]

_SPEAKERS = {
    e.LineEntered: ERP,
    e.LineChanged: ERP,
    e.LineCancelled: REP,
    e.OrderNumberGiven: REP,
    e.DateRequested: REP,
    e.CounterAccepted: REP,
    e.RequestWithdrawn: REP,
    e.ConditionMet: REP,
    e.CommitmentReleased: REP,
    e.DeliveryConfirmed: REP,
    e.DeliveryDisputed: REP,
    e.CustomerTold: REP,
    e.OfferExpired: CLOCK,
    e.DisputePeriodEnded: CLOCK,
}


def now(**later: float) -> Now:
    """So much later than the start of the stories (as for timedelta), in UTC."""
    at = START + timedelta(**later)
    return Now(at, at.date())


def recorded(fact: e.Fact, version: int, at: datetime, by: Person | None = None) -> e.Recorded:
    """A fact in the stories' stream, said by whoever usually says such a thing."""
    speaker = by or _SPEAKERS.get(type(fact), PLANNER)
    return e.Recorded(
        originator_id=LINE,
        originator_version=version,
        command_id=uuid5(LINE, str(version)),
        at=at,
        by=speaker.id,
        side=speaker.side,
        team=speaker.team,
        fact=fact,
    )


def terms(*instalments: tuple[int, date]) -> Terms:
    """Terms out of (quantity, date) pairs."""
    return Terms.of(instalments)


def all_on(day: date, quantity: int = 100) -> Terms:
    """The whole quantity of the stories' line on one day."""
    return Terms.single(quantity, day)


def details(**other: Any) -> e.LineDetails:
    """A line of 100 pieces of plant Nord, made by production."""
    usual: dict[str, Any] = {
        "source": "erp",
        "order_number": "41207",
        "line_number": "2",
        "site": "nord",
        "sales_team": "sales",
        "team": "production",
        "team_side": Side.PRODUCTION,
        "customer": "Brandt Pumpen",
        "product": "Impeller",
        "family": "Impellers",
        "quantity": Decimal(100),
        "wanted": DEC_3,
    }
    return e.LineDetails(**{**usual, **other})


def line_entered(**other: Any) -> e.LineEntered:
    return e.LineEntered(details=details(**other))


def quantity_changed(quantity: int) -> e.LineChanged:
    return e.LineChanged(changes=e.LineChanges(quantity=Decimal(quantity)))


def product_changed(product: str) -> e.LineChanged:
    return e.LineChanged(changes=e.LineChanges(product=product))


def date_requested(asked: date | Terms = DEC_3, **other: Any) -> e.DateRequested:
    return e.DateRequested(terms=_terms(asked), **other)


def date_committed(agreed: date | Terms = DEC_3, version: int = 1, **other: Any) -> e.DateCommitted:
    return e.DateCommitted(terms=_terms(agreed), version=version, **other)


def date_countered(offered: date | Terms = DEC_10, **other: Any) -> e.DateCountered:
    usual = {"valid_until": START + timedelta(days=3), "reason": Reason.CAPACITY_FULL}
    return e.DateCountered(terms=_terms(offered), **{**usual, **other})


def revision_proposed(proposed: date | Terms = DEC_10, **other: Any) -> e.RevisionProposed:
    usual = {"reason": Reason.MATERIAL_LATE}
    return e.RevisionProposed(terms=_terms(proposed), **{**usual, **other})


def quantity_delivered(total: int, on: date = DEC_1, source: str = "erp") -> e.QuantityDelivered:
    return e.QuantityDelivered(source=source, total=Decimal(total), on=on)


def _terms(given: date | Terms) -> Terms:
    return given if isinstance(given, Terms) else all_on(given)
