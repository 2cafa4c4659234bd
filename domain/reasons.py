"""Why a date is asked, refused or moved: a condition, never a person."""

from enum import StrEnum


class Reason(StrEnum):
    """One list, owned by both sides."""

    MATERIAL_LATE = "material_late"
    CAPACITY_FULL = "capacity_full"
    MACHINE_DOWN = "machine_down"
    TOOLING = "tooling"
    SPECIFICATION_INCOMPLETE = "specification_incomplete"
    CUSTOMER_CHANGED = "customer_changed"
    ESTIMATE_SHORT = "estimate_short"
    QUALITY = "quality"
    CREDIT_HOLD = "credit_hold"
    PRIORITY_DISPLACED = "priority_displaced"
    CARRIER = "carrier"
    DATE_TOO_LATE = "date_too_late"
    PRICE = "price"
    PLAN_DROPPED = "plan_dropped"
    OTHER = "other"
