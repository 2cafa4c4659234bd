"""The words of the screens: days, quantities, states, reasons and moves. The screen is kind."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from domain.events import Milestone, Need, Spoken
from domain.line import Line, State
from domain.people import Role, Side
from domain.reasons import Reason
from domain.terms import Terms

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

STATES: Mapping[State, str] = {
    State.NEW: "Not asked yet",
    State.REQUESTED: "Asked",
    State.COUNTERED: "Offered",
    State.COMMITTED: "Agreed",
    State.REVISION_OPEN: "Change proposed",
    State.DELIVERED: "Delivered",
    State.CLOSED: "Closed",
    State.DECLINED: "Declined",
    State.WITHDRAWN: "Withdrawn",
    State.EXPIRED: "Offer ran out",
    State.RENEGED: "Cannot be kept",
    State.RELEASED: "Released",
    State.CANCELLED: "Cancelled",
}

REASONS: Mapping[Reason, str] = {
    Reason.MATERIAL_LATE: "material is late",
    Reason.CAPACITY_FULL: "capacity is full",
    Reason.MACHINE_DOWN: "a machine is down",
    Reason.TOOLING: "tooling",
    Reason.SPECIFICATION_INCOMPLETE: "the specification is incomplete",
    Reason.CUSTOMER_CHANGED: "the customer changed something",
    Reason.ESTIMATE_SHORT: "it takes longer than estimated",
    Reason.QUALITY: "quality",
    Reason.CREDIT_HOLD: "credit hold",
    Reason.PRIORITY_DISPLACED: "another order came first",
    Reason.CARRIER: "the carrier",
    Reason.DATE_TOO_LATE: "the date is too late",
    Reason.PRICE: "the price",
    Reason.PLAN_DROPPED: "the plan was dropped",
    Reason.OTHER: "another reason",
}

NEEDS: Mapping[Need, str] = {
    Need.FLEXIBLE: "flexible",
    Need.FIRM: "firm",
    Need.URGENT: "urgent",
    Need.NOT_BEFORE: "not before this day",
}

SPOKEN: Mapping[Spoken, str] = {
    Spoken.PHONE: "agreed by phone",
    Spoken.MEETING: "agreed in the meeting",
}

SIDES: Mapping[Side, str] = {
    Side.SALES: "sales",
    Side.PRODUCTION: "production",
    Side.PURCHASING: "purchasing",
    Side.LOGISTICS: "logistics",
    Side.ORDER_SYSTEM: "the order system",
    Side.CLOCK: "the clock",
    Side.NONE: "a reader",
}

ROLES: Mapping[Role, str] = {
    Role.REP: "Sales rep",
    Role.PLANNER: "Planner",
    Role.BUYER: "Buyer",
    Role.LOGISTICS: "Logistics",
    Role.SHIFT_LEAD: "Shift lead",
    Role.VIEWER: "Viewer",
    Role.ADMIN: "Admin",
    Role.ORDER_SYSTEM: "Order system",
    Role.CLOCK: "Clock",
}

MILESTONES: Mapping[Milestone, str] = {
    Milestone.READY: "ready",
    Milestone.DISPATCHED: "dispatched",
    Milestone.ARRIVES: "arrives",
}


def day_words(day: date, today: date | None = None) -> str:
    """A day as people say it: "Thu 3 Dec", with the year where it is far from today's."""
    words = f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
    far = today is not None and day.year != today.year and abs((day - today).days) > 180
    return f"{words} {day.year}" if far else words


def short_day(day: date) -> str:
    """The day without its weekday: "3 Dec"."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


def week_words(day: date) -> str:
    """The ISO week as plants say it: "W49"."""
    return f"W{day.isocalendar().week}"


def moment_words(at: datetime, zone: str, today: date | None = None) -> str:
    """A moment at a site: "14:02" today, otherwise "Thu 3 Dec, 14:02"."""
    local = at.astimezone(ZoneInfo(zone))
    clock = f"{local:%H:%M}"
    if today is not None and local.date() == today:
        return clock
    return f"{day_words(local.date(), today)}, {clock}"


def past_words(at: datetime, zone: str) -> str:
    """A moment that is looked back to: "Thu 3 Dec, 14:02", with its year if it isn't this one."""
    local = at.astimezone(ZoneInfo(zone))
    year = f" {local.year}" if local.year != datetime.now(ZoneInfo(zone)).year else ""
    return f"{day_words(local.date())}{year}, {local:%H:%M}"


def field_moment(at: datetime, zone: str) -> str:
    """A moment as a datetime-local field holds it."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def apart(days: int) -> str:
    """A distance without its sign: "5 working days"."""
    return f"{abs(days)} working day{'' if abs(days) == 1 else 's'}"


def amount(quantity: Decimal) -> str:
    """A quantity as people write it: no trailing zeros, thousands apart: "1,200"."""
    return f"{quantity.normalize():,f}"


def terms_words(terms: Terms, unit: str = "", *, today: date | None = None) -> str:
    """ "Thu 3 Dec" for one instalment, otherwise "60 pcs on Mon 28 Dec and 15 pcs on Fri 8 Jan"."""
    if len(terms.instalments) == 1:
        return day_words(terms.last_date, today)
    return parts_words(terms, unit, today=today)


def parts_words(terms: Terms, unit: str = "", *, today: date | None = None) -> str:
    """Every instalment with its quantity: "100 pcs on Thu 3 Dec"."""
    parts = [
        f"{amount(part.quantity)}{' ' + unit if unit else ''} on {day_words(part.date, today)}"
        for part in terms.instalments
    ]
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def age_words(since: datetime, at: datetime, today: date, since_day: date, working: int) -> str:
    """How long something has lain: "now", "40 min", "5 h", then working days: "3 d".

    Over days off, since when: "Fri".
    `working` are the working days between `since_day` and `today`, the site's days.
    """
    if since_day < today:
        return f"{working} d" if working else _WEEKDAYS[since_day.weekday()]
    minutes = int(max(at - since, timedelta(0)).total_seconds() // 60)
    if minutes < 1:
        return "now"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"


def order_words(line: Line) -> str:
    """The order and the line in it: "41207 · 2", or "Enquiry"."""
    details = line.details
    if not details.order_number:
        return "Enquiry"
    leg = f" · {details.leg}" if details.leg else ""
    return f"{details.order_number} · {details.line_number}{leg}"


def sentence(words: str) -> str:
    """With a capital in front and a full stop behind."""
    words = words.strip()
    if not words:
        return ""
    ended = words if words[-1] in ".!?" else f"{words}."
    return ended[0].upper() + ended[1:]


def capital(words: str) -> str:
    """With a capital in front."""
    return words[:1].upper() + words[1:]
