"""A story that ends in each state."""

from domain.events import (
    CommitmentReleased,
    CommitmentReneged,
    DeliveryConfirmed,
    LineCancelled,
    OfferExpired,
    RequestDeclined,
    RequestWithdrawn,
)
from domain.line import State
from domain.reasons import Reason
from tests.facts import (
    REP,
    date_committed,
    date_countered,
    date_requested,
    quantity_delivered,
    revision_proposed,
)
from tests.story import Story, given

STORIES: dict[str, Story] = {
    State.NEW: given(),
    State.REQUESTED: given(date_requested()),
    State.COUNTERED: given(date_requested(), date_countered()),
    State.COMMITTED: given(date_requested(), date_committed()),
    "revision by production": given(date_requested(), date_committed(), revision_proposed()),
    "revision by sales": given(date_requested(), date_committed(), (REP, revision_proposed())),
    State.DELIVERED: given(date_requested(), date_committed(), quantity_delivered(100)),
    State.CLOSED: given(
        date_requested(), date_committed(), quantity_delivered(100), DeliveryConfirmed()
    ),
    State.DECLINED: given(date_requested(), RequestDeclined(reason=Reason.CAPACITY_FULL)),
    State.WITHDRAWN: given(date_requested(), RequestWithdrawn(reason=Reason.PRICE)),
    State.EXPIRED: given(date_requested(), date_countered(), OfferExpired()),
    State.RENEGED: given(
        date_requested(), date_committed(), CommitmentReneged(reason=Reason.QUALITY)
    ),
    State.RELEASED: given(
        date_requested(), date_committed(), CommitmentReleased(reason=Reason.PLAN_DROPPED)
    ),
    State.CANCELLED: given(LineCancelled()),
}
