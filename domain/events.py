"""Every fact that can be recorded about an order line, with its stable stored name.

A fact is bare. The event store wraps it in `Recorded`, which says where, when and by whom.
Stored names are a contract: a topic never changes, a new meaning gets a new version.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from domain.people import Side
from domain.reasons import Reason
from domain.terms import Terms


class Milestone(StrEnum):
    """What a date means."""

    READY = "ready"
    DISPATCHED = "dispatched"
    ARRIVES = "arrives"


class Need(StrEnum):
    """How hard the customer's need is."""

    FLEXIBLE = "flexible"
    FIRM = "firm"
    URGENT = "urgent"
    NOT_BEFORE = "not_before"


class Spoken(StrEnum):
    """Where a move was agreed aloud before it was written down."""

    PHONE = "phone"
    MEETING = "meeting"


class Text(Struct, frozen=True):
    """Words kept elsewhere, where they can be erased: an id and the salted hash of the words."""

    id: UUID
    digest: str


class LineDetails(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the order says about a line. An empty order number is an enquiry.

    quantity: in `unit`, zero or more. transit_days: working days from the milestone to arrival.
    erp_date: the date that the order system shows for the line; nobody promised it here.
    """

    source: str
    site: str
    sales_team: str
    team: str
    team_side: Side
    customer: str
    product: str
    family: str
    quantity: Decimal
    order_number: str = ""
    line_number: str = ""
    leg: str = ""
    customer_code: str = ""
    customer_order: str = ""
    customer_part: str = ""
    product_code: str = ""
    unit: str = "pcs"
    wanted: date | None = None
    erp_date: date | None = None
    ordered_on: date | None = None
    rep: str = ""
    work_centre: str = ""
    supplier: str = ""
    purchase_order: str = ""
    milestone: Milestone = Milestone.READY
    transit_days: int = 0


class LineChanges(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The details that changed, with their new values; the rest is unset."""

    customer: str | UnsetType = UNSET
    customer_code: str | UnsetType = UNSET
    customer_order: str | UnsetType = UNSET
    customer_part: str | UnsetType = UNSET
    product: str | UnsetType = UNSET
    product_code: str | UnsetType = UNSET
    family: str | UnsetType = UNSET
    quantity: Decimal | UnsetType = UNSET
    unit: str | UnsetType = UNSET
    wanted: date | UnsetType | None = UNSET
    erp_date: date | UnsetType | None = UNSET
    ordered_on: date | UnsetType | None = UNSET
    rep: str | UnsetType = UNSET
    work_centre: str | UnsetType = UNSET
    supplier: str | UnsetType = UNSET
    purchase_order: str | UnsetType = UNSET
    milestone: Milestone | UnsetType = UNSET
    transit_days: int | UnsetType = UNSET


class Fact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened. Subclasses name their stored topic and version."""

    topic: ClassVar[str]
    schema_version: ClassVar[int] = 1


class LineEntered(Fact, frozen=True, kw_only=True):
    """A line became known."""

    topic = "line.entered"
    details: LineDetails


class OrderNumberGiven(Fact, frozen=True, kw_only=True):
    """An enquiry became an order line."""

    topic = "line.order_number_given"
    source: str
    order_number: str
    line_number: str


class OrderNumberClaimed(Fact, frozen=True, kw_only=True):
    """The only fact of a stream of its own: this order number belongs to that line's stream."""

    topic = "line.order_number_claimed"
    line_id: UUID


class LineChanged(Fact, frozen=True, kw_only=True):
    """The order system says something else than before."""

    topic = "line.changed"
    changes: LineChanges


class LineCancelled(Fact, frozen=True, kw_only=True):
    """The order for this line is gone."""

    topic = "line.cancelled"
    reason: Reason | None = None
    text: Text | None = None


class DateRequested(Fact, frozen=True, kw_only=True):
    """Sales asks for terms."""

    topic = "line.date_requested"
    terms: Terms
    need: Need = Need.FIRM
    reason: Reason | None = None
    text: Text | None = None
    spoken: Spoken | None = None


class AnswerScheduled(Fact, frozen=True, kw_only=True):
    """The promiser says when the answer comes."""

    topic = "line.answer_scheduled"
    by_when: datetime
    text: Text | None = None


class DateCommitted(Fact, frozen=True, kw_only=True):
    """The promiser says yes to the terms that were asked for.

    version: of the commitment, 1 and up. buffer: declared working days, part of the date.
    ordered_by: valid only if the order comes by this moment. rule: the standing rule that said it.
    take_over: copied from the order system on the first day, left out of reliability.
    """

    topic = "line.date_committed"
    terms: Terms
    version: int
    buffer: int = 0
    ordered_by: datetime | None = None
    rule: str = ""
    take_over: bool = False
    text: Text | None = None


class DateCountered(Fact, frozen=True, kw_only=True):
    """The promiser offers other terms, valid up to and including a moment."""

    topic = "line.date_countered"
    terms: Terms
    valid_until: datetime
    reason: Reason
    buffer: int = 0
    ordered_by: datetime | None = None
    spoken: Spoken | None = None
    take_over: bool = False
    text: Text | None = None


class CounterAccepted(Fact, frozen=True, kw_only=True):
    """Sales takes the offer: commitment `version` is in force."""

    topic = "line.counter_accepted"
    version: int


class RequestDeclined(Fact, frozen=True, kw_only=True):
    """The promiser can't do it and offers nothing."""

    topic = "line.request_declined"
    reason: Reason
    text: Text | None = None


class RequestWithdrawn(Fact, frozen=True, kw_only=True):
    """Sales no longer asks."""

    topic = "line.request_withdrawn"
    reason: Reason
    text: Text | None = None


class OfferExpired(Fact, frozen=True, kw_only=True):
    """An offer's time, or a condition's, ran out."""

    topic = "line.offer_expired"


class ConditionMet(Fact, frozen=True, kw_only=True):
    """The order came: the commitment no longer has a condition."""

    topic = "line.condition_met"


class RevisionProposed(Fact, frozen=True, kw_only=True):
    """One side proposes other terms; the commitment stays in force until the other accepts."""

    topic = "line.revision_proposed"
    terms: Terms
    reason: Reason
    buffer: int = 0
    spoken: Spoken | None = None
    text: Text | None = None


class RevisionAccepted(Fact, frozen=True, kw_only=True):
    """The other side accepts: commitment `version` is in force."""

    topic = "line.revision_accepted"
    version: int


class RevisionRefused(Fact, frozen=True, kw_only=True):
    """The other side keeps to what is in force."""

    topic = "line.revision_refused"
    reason: Reason | None = None
    text: Text | None = None


class RevisionRetracted(Fact, frozen=True, kw_only=True):
    """The proposing side takes its proposal back."""

    topic = "line.revision_retracted"


class CommitmentTakenBack(Fact, frozen=True, kw_only=True):
    """A slip of the finger, undone: the line is as it was before the commitment."""

    topic = "line.commitment_taken_back"


class CommitmentReneged(Fact, frozen=True, kw_only=True):
    """The promiser says that the commitment cannot be kept."""

    topic = "line.commitment_reneged"
    reason: Reason
    text: Text | None = None


class CommitmentReleased(Fact, frozen=True, kw_only=True):
    """Sales no longer needs it: the promiser is free."""

    topic = "line.commitment_released"
    reason: Reason
    text: Text | None = None


class ProgressReported(Fact, frozen=True, kw_only=True):
    """On track (no expected day), or at risk with the day now expected."""

    topic = "line.progress_reported"
    expected: date | None = None
    reason: Reason | None = None
    text: Text | None = None


class QuantityDelivered(Fact, frozen=True, kw_only=True):
    """A source's total to date, in the line's unit, and the day it was reached."""

    topic = "line.quantity_delivered"
    source: str
    total: Decimal
    on: date


class DeliveryCorrected(Fact, frozen=True, kw_only=True):
    """A source's total to date was wrong; this is right, as of the site's day `on`."""

    topic = "line.delivery_corrected"
    source: str
    total: Decimal
    on: date | None = None
    reason: Reason | None = None
    text: Text | None = None


class DeliveryConfirmed(Fact, frozen=True, kw_only=True):
    """Sales confirms that everything arrived as agreed."""

    topic = "line.delivery_confirmed"


class DeliveryDisputed(Fact, frozen=True, kw_only=True):
    """Sales says that `short` (in the line's unit, above zero) is missing or unusable."""

    topic = "line.delivery_disputed"
    reason: Reason
    short: Decimal
    text: Text | None = None


class DisputePeriodEnded(Fact, frozen=True, kw_only=True):
    """Nobody disputed the delivery in time."""

    topic = "line.dispute_period_ended"


class CustomerTold(Fact, frozen=True, kw_only=True):
    """The rep told the customer this arrival day; `agreed` is the arrival day in force then."""

    topic = "line.customer_told"
    day: date
    agreed: date | None = None


class NoteAdded(Fact, frozen=True, kw_only=True):
    """Somebody said something that forces nothing."""

    topic = "line.note_added"
    text: Text


class NoteTakenBack(Fact, frozen=True, kw_only=True):
    """Its words are erased; that there was a note stays."""

    topic = "line.note_taken_back"
    text_id: UUID


class TeamAssigned(Fact, frozen=True, kw_only=True):
    """Another team answers for this line from now on."""

    topic = "line.team_assigned"
    team: str
    side: Side
    reason: Reason | None = None
    text: Text | None = None


#: Topic -> the fact, for everything that may be stored.
FACTS: dict[str, type[Fact]] = {fact.topic: fact for fact in Fact.__subclasses__()}


class Recorded(Struct, frozen=True, kw_only=True):
    """A fact in its stream: which line, its place there, by which command, when and by whom."""

    originator_id: UUID
    originator_version: int
    command_id: UUID
    at: datetime
    by: str
    side: Side
    team: str = ""
    fact: Fact
