"""Sides, roles and persons, and which role may make which move: one table."""

from enum import StrEnum

from msgspec import Struct


class Side(StrEnum):
    """Whom somebody speaks for. Sales requests; the next three promise."""

    SALES = "sales"
    PRODUCTION = "production"
    PURCHASING = "purchasing"
    LOGISTICS = "logistics"
    ORDER_SYSTEM = "order_system"
    CLOCK = "clock"
    NONE = "none"


PROMISERS = frozenset({Side.PRODUCTION, Side.PURCHASING, Side.LOGISTICS})


class Role(StrEnum):
    """What somebody does here. The last two are machines: they report facts, no more."""

    REP = "rep"
    PLANNER = "planner"
    BUYER = "buyer"
    LOGISTICS = "logistics"
    SHIFT_LEAD = "shift_lead"
    VIEWER = "viewer"
    ADMIN = "admin"
    ORDER_SYSTEM = "order_system"
    CLOCK = "clock"


SIDE_OF = {
    Role.REP: Side.SALES,
    Role.PLANNER: Side.PRODUCTION,
    Role.BUYER: Side.PURCHASING,
    Role.LOGISTICS: Side.LOGISTICS,
    Role.SHIFT_LEAD: Side.PRODUCTION,
    Role.VIEWER: Side.NONE,
    Role.ADMIN: Side.NONE,
    Role.ORDER_SYSTEM: Side.ORDER_SYSTEM,
    Role.CLOCK: Side.CLOCK,
}

HUMAN_ROLES = tuple(r for r in Role if r not in (Role.ORDER_SYSTEM, Role.CLOCK))


class Person(Struct, frozen=True):
    """Who speaks: an opaque id, a role, a team, and the sites whose lines they see.

    Import, API and the clock are persons of a machine's role. No sites means all sites.
    """

    id: str
    role: Role
    team: str = ""
    sites: frozenset[str] = frozenset()

    @property
    def side(self) -> Side:
        """The side this person speaks for."""
        return SIDE_OF[self.role]

    def sees(self, site: str) -> bool:
        """Whether the lines of `site` are shown to this person."""
        return not self.sites or site in self.sites


CLOCK = Person(id="clock", role=Role.CLOCK)


def order_system(source: str) -> Person:
    """The import or API that speaks for one source of orders."""
    return Person(id=f"source:{source}", role=Role.ORDER_SYSTEM)


_REP = frozenset({Role.REP})
_PROMISER = frozenset({Role.PLANNER, Role.BUYER, Role.LOGISTICS})
_FLOOR = _PROMISER | {Role.SHIFT_LEAD}
_ORDERS = frozenset({Role.ORDER_SYSTEM})
_CLOCK = frozenset({Role.CLOCK})
_PEOPLE = frozenset(HUMAN_ROLES)

#: Move -> the roles that may make it. The web, the board's buttons and the tests read this table.
MAY: dict[str, frozenset[Role]] = {
    "enter_line": _REP | _ORDERS,
    "give_order_number": _REP | _ORDERS,
    "change_line": _ORDERS,
    "cancel_line": _REP | _ORDERS,
    "request_date": _REP,
    "schedule_answer": _PROMISER,
    "commit_date": _PROMISER,
    "counter_date": _PROMISER,
    "accept_counter": _REP,
    "decline_request": _PROMISER,
    "withdraw_request": _REP,
    "expire_offer": _CLOCK,
    "meet_condition": _REP | _ORDERS,
    "propose_revision": _REP | _PROMISER,
    "accept_revision": _REP | _PROMISER,
    "refuse_revision": _REP | _PROMISER,
    "retract_revision": _REP | _PROMISER,
    "take_back_commitment": _REP | _PROMISER,
    "renege_commitment": _PROMISER,
    "release_commitment": _REP,
    "report_progress": _FLOOR,
    "deliver_quantity": _FLOOR | _ORDERS,
    "correct_delivery": _PROMISER | _ORDERS,
    "confirm_delivery": _REP,
    "dispute_delivery": _REP,
    "end_dispute_period": _CLOCK,
    "tell_customer": _REP | _ORDERS,
    "add_note": _PEOPLE,
    "take_back_note": _PEOPLE,
    "assign_team": _REP | _PROMISER,
}
