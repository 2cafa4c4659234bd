"""An order line as its events made it: remembers, never refuses."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec import Struct, json

from domain import events as e
from domain.people import Side
from domain.reasons import Reason
from domain.terms import Terms

_LINES = uuid5(NAMESPACE_URL, "accord:lines")


def line_id(source: str, order_number: str, line_number: str, leg: str = "") -> UUID:
    """The stream of an order line: the same order, line and leg of one source, the same id."""
    return uuid5(_LINES, json.encode([source, order_number, line_number, leg]).decode())


class State(StrEnum):
    """Where a conversation stands."""

    NEW = "new"
    REQUESTED = "requested"
    COUNTERED = "countered"
    COMMITTED = "committed"
    REVISION_OPEN = "revision_open"
    DELIVERED = "delivered"
    CLOSED = "closed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    RENEGED = "reneged"
    RELEASED = "released"
    CANCELLED = "cancelled"


TERMINAL = frozenset({State.CLOSED, State.RELEASED, State.CANCELLED})
#: Nothing is on the table; sales may ask (again).
ASKABLE = frozenset({State.NEW, State.DECLINED, State.WITHDRAWN, State.EXPIRED, State.RENEGED})
IN_FORCE = frozenset({State.COMMITTED, State.REVISION_OPEN})


class Ball(StrEnum):
    """Whose move it is."""

    REQUESTER = "requester"
    PROMISER = "promiser"
    NOBODY = "nobody"


class Offer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Terms on the table: a request, a counter-offer or a proposed revision.

    delivered: what had been delivered when they were made, product: what was ordered then.
    need: of a request.
    valid_until, ordered_by: of a counter-offer.
    """

    terms: Terms
    delivered: Decimal
    product: str
    at: datetime
    by: str
    side: Side
    team: str = ""
    reason: Reason | None = None
    text: e.Text | None = None
    spoken: e.Spoken | None = None
    need: e.Need = e.Need.FIRM
    buffer: int = 0
    valid_until: datetime | None = None
    ordered_by: datetime | None = None
    take_over: bool = False

    def remaining(self, delivered: Decimal) -> Terms | None:
        """What of it is still open now that `delivered` has been delivered in all."""
        return self.terms.less(delivered - self.delivered)


class Commitment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Version `version` of the terms in force: what was `delivered` then, plus the terms.

    promise: which promise of this line it belongs to, 1 and up; a revision stays in its promise.
    team, side: the promiser who made it. proposed_by: the side whose terms they were.
    forced: a changed quantity or product made the revision necessary.
    """

    version: int
    promise: int
    terms: Terms
    delivered: Decimal
    at: datetime
    by: str
    team: str
    side: Side
    proposed_by: Side
    product: str
    buffer: int = 0
    ordered_by: datetime | None = None
    rule: str = ""
    take_over: bool = False
    forced: bool = False

    def remaining(self, delivered: Decimal) -> Terms | None:
        """What of it is still open now that `delivered` has been delivered in all."""
        return self.terms.less(delivered - self.delivered)


class Progress(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The latest word from the floor; no expected day means on track."""

    at: datetime
    expected: date | None
    reason: Reason | None
    text: e.Text | None = None


class Told(Struct, frozen=True, kw_only=True):
    """What the customer was told, and what was agreed at that moment."""

    day: date
    agreed: date | None
    version: int
    at: datetime

    @property
    def early(self) -> bool:
        """Told with nothing in force, or earlier than what was in force then."""
        return self.agreed is None or self.day < self.agreed


class Delivery(Struct, frozen=True):
    """On this day the delivered quantity became `total`, in the line's unit."""

    on: date
    total: Decimal


class Note(Struct, frozen=True):
    """A note and its author; its words are kept elsewhere."""

    text_id: UUID
    by: str


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One conversation. `version` counts its events, `moved` is the version of the last event
    that changed its state, terms, quantity, product or team: a form opened before is stale.
    `lapsed`: the terms of an offer whose time ran out, to ask for again. `before`: the line
    before the commitment just made, as long as nothing else happened.
    """

    id: UUID
    version: int
    moved: int
    entered_at: datetime
    details: e.LineDetails
    state: State = State.NEW
    since: datetime
    request: Offer | None = None
    counter: Offer | None = None
    proposal: Offer | None = None
    commitment: Commitment | None = None
    commitments: tuple[Commitment, ...] = ()
    lapsed: Terms | None = None
    answer_by: datetime | None = None
    counters: int = 0
    totals: dict[str, Decimal] = {}
    short: Decimal = Decimal(0)
    deliveries: tuple[Delivery, ...] = ()
    disputed: bool = False
    confirmed: bool = False
    progress: Progress | None = None
    told: Told | None = None
    notes: tuple[Note, ...] = ()
    commands: tuple[UUID, ...] = ()
    before: "Line | None" = None

    @property
    def delivered(self) -> Decimal:
        """The highest total that any source reports, less what was disputed as short."""
        return max(Decimal(0), max(self.totals.values(), default=Decimal(0)) - self.short)

    @property
    def open(self) -> Decimal:
        """What is still to be delivered, in the line's unit."""
        return max(Decimal(0), self.details.quantity - self.delivered)

    @property
    def delivered_on(self) -> date | None:
        """The day of the last delivery."""
        return self.deliveries[-1].on if self.deliveries else None

    @property
    def on_the_table(self) -> Offer | None:
        """The terms that wait for an answer."""
        return self.proposal or self.counter or self.request

    @property
    def committed_remainder(self) -> Terms | None:
        """The instalments of the commitment in force that are still to come."""
        return self.commitment.remaining(self.delivered) if self.commitment else None

    @property
    def next_due(self) -> date | None:
        """The earliest promised day that still has something to come."""
        remainder = self.committed_remainder
        return remainder.first_date if remainder else None

    @property
    def agreed(self) -> date | None:
        """The completion date in force."""
        return self.commitment.terms.last_date if self.commitment else None

    @property
    def fits(self) -> bool:
        """Whether the commitment in force is still for this quantity and product."""
        if self.commitment is None:
            return True
        remainder = self.committed_remainder
        promised = remainder.quantity if remainder else Decimal(0)
        return promised == self.open and self.commitment.product == self.details.product

    @property
    def first_of_promise(self) -> Commitment | None:
        """The first version of the promise that is in force: it stays for ever."""
        if self.commitment is None:
            return None
        return next(c for c in self.commitments if c.promise == self.commitment.promise)

    @property
    def customer_not_yet_told(self) -> bool:
        """The customer was told a day, and a later commitment overtook it."""
        return (
            self.told is not None
            and self.commitment is not None
            and self.told.version < self.commitment.version
            and self.told.day != self.agreed
        )

    def ball(self, today: date) -> Ball:
        """Whose move it is on `today`, the site's day."""
        match self.state:
            case State.REQUESTED:
                return Ball.PROMISER
            case State.REVISION_OPEN if self.proposal and self.proposal.side is Side.SALES:
                return Ball.PROMISER
            case State.COMMITTED if self.fits:
                overdue = self.next_due is not None and self.next_due < today
                return Ball.PROMISER if overdue else Ball.NOBODY
            case State.CLOSED | State.RELEASED | State.CANCELLED:
                return Ball.NOBODY
        return Ball.REQUESTER
