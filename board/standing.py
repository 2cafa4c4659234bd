"""How a line stands, in a word and a tone, and the last word that was said on it."""

from collections.abc import Callable
from datetime import date

from msgspec import Struct

from board.sites import Teams
from board.wording import REASONS, SIDES, amount, capital, day_words, short_day, terms_words
from domain.calendar import WorkingCalendar
from domain.events import Need
from domain.line import Line, State
from projections.line_row import Changed, LineRow, Promise


class Standing(Struct, frozen=True):
    """The line's state in a word; its tone is a colour by meaning and the row's class."""

    word: str
    tone: str


class Badge(Struct, frozen=True):
    """A short word beside the state, with its full sentence for those who ask."""

    word: str
    tone: str
    title: str


def standing(row: LineRow, today: date, calendar: WorkingCalendar) -> Standing:
    """What somebody has to see first: what is amiss before what is agreed."""
    line = row.line
    if row.misfit:
        return Standing("Needs new terms", "risk")
    if days := overdue_days(row, today, calendar):
        return Standing(f"{_days(days)} over", "risk")
    if row.in_force and line.state is State.COMMITTED:
        return _agreed(row)
    if line.state in (State.DELIVERED, State.CLOSED):
        return _delivered(row, today, calendar)
    if line.state is State.NEW and line.totals:
        return Standing("Left without a date", "offered")
    if line.state is State.NEW and not line.details.order_number:
        return Standing("Enquiry", "new")
    if line.state is State.REQUESTED and line.request and line.request.need is Need.URGENT:
        return Standing("Asked, urgent", "asked")
    if line.state is State.REVISION_OPEN and row.offered:
        return Standing("Change proposed", "offered")
    return _STANDINGS[line.state]


_STANDINGS = {
    State.NEW: Standing("Not asked yet", "new"),
    State.REQUESTED: Standing("Asked", "asked"),
    State.COUNTERED: Standing("Offered", "offered"),
    State.REVISION_OPEN: Standing("Change proposed", "asked"),
    State.DECLINED: Standing("Not possible", "offered"),
    State.WITHDRAWN: Standing("Withdrawn", "new"),
    State.EXPIRED: Standing("Offer ran out", "offered"),
    State.RENEGED: Standing("Cannot be kept", "risk"),
    State.RELEASED: Standing("Released", "done"),
    State.CANCELLED: Standing("Cancelled", "done"),
}


def _agreed(row: LineRow) -> Standing:
    if row.at_risk:
        return Standing("At risk", "risk")
    if row.told_early:
        return Standing("Told earlier", "told")
    if row.conditional_until:
        return Standing("Agreed if ordered", "agreed")
    return Standing("Agreed", "agreed")


def _delivered(row: LineRow, today: date, calendar: WorkingCalendar) -> Standing:
    outcome = row.outcome(today)
    if outcome is None or row.agreed is None or row.delivered_on is None:
        return Standing("Delivered", "done")
    days = calendar.between(row.agreed, row.delivered_on)
    if outcome is Promise.KEPT:
        return Standing("Kept, early" if days < 0 else "Kept", "kept")
    return Standing(f"{_days(days)} late" if days > 0 else "One part late", "risk")


def overdue_days(row: LineRow, today: date, calendar: WorkingCalendar) -> int:
    """Working days since the earliest promised day that has something to come; at least 1."""
    if row.next_due is None or row.next_due >= today:
        return 0
    return max(1, calendar.between(row.next_due, today))


def badges(row: LineRow, today: date) -> list[Badge]:
    """What else somebody should see on a row."""
    line, found = row.line, []
    if row.erp_differs and line.details.erp_date and row.agreed:
        title = f"The ERP shows {day_words(line.details.erp_date, today)}, agreed is "
        title += day_words(row.agreed, today)
        found.append(Badge(f"ERP {short_day(line.details.erp_date)}", "erp", title))
    if row.told_early and row.told and (row.at_risk or line.state is not State.COMMITTED):
        title = f"The customer was told {day_words(row.told, today)}"
        found.append(Badge("told earlier", "told", title))
    if row.customer_not_yet_told:
        title = "The date moved since the customer was told one"
        found.append(Badge("tell customer", "told", title))
    if row.spoken:
        found.append(Badge("aloud", "asked", "Agreed aloud: the ordinary answer confirms it"))
    if 0 < line.delivered < line.details.quantity:
        title = f"{amount(line.open)} {line.details.unit} still open"
        found.append(Badge(f"{amount(line.delivered)} gone", "kept", title))
    if line.disputed and line.open:
        found.append(Badge("disputed", "risk", "Part of a delivery was missing or unusable"))
    return found


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"


def who_words(said: Changed, teams: Teams) -> str:
    """The team, or the side where no team is named; never a person."""
    return teams[said.team].name if said.team else capital(SIDES[said.side])


def last_word(row: LineRow, teams: Teams, today: date) -> str:
    """Who said what last, as one short sentence."""
    what = _WHAT.get(row.changed.topic)
    who = who_words(row.changed, teams)
    return f"{who} {what(row.line, today)}" if what else who


def _asked(line: Line, today: date) -> str:
    request = line.request
    if request is None:
        return "asked for a date"
    words = f"asked for {terms_words(request.terms, today=today)}"
    return f"{words}: {REASONS[request.reason]}" if request.reason else words


def _offered(line: Line, today: date) -> str:
    if line.counter is None:
        return "offered another date"
    words = f"offered {terms_words(line.counter.terms, today=today)}"
    return f"{words}: {REASONS[line.counter.reason]}" if line.counter.reason else words


def _agreed_to(line: Line, today: date) -> str:
    if line.agreed is None:
        return "agreed"
    first = line.first_of_promise
    if first and first.terms.last_date != line.agreed:
        return f"agreed to {day_words(line.agreed, today)} instead of " + day_words(
            first.terms.last_date, today
        )
    return f"agreed to {day_words(line.agreed, today)}"


def _proposed(line: Line, today: date) -> str:
    if line.proposal is None or line.agreed is None:
        return "proposed a change"
    return (
        f"proposes {terms_words(line.proposal.terms, today=today)}; "
        f"{day_words(line.agreed, today)} stays until agreed"
    )


def _progress(line: Line, today: date) -> str:
    progress = line.progress
    if progress is None or progress.expected is None:
        return "says it is on track"
    why = f": {REASONS[progress.reason]}" if progress.reason else ""
    return f"now expects {day_words(progress.expected, today)}{why}"


def _delivery(line: Line, today: date) -> str:
    if line.delivered == 0:
        return "corrected the delivery"
    if line.open:
        return f"delivered {amount(line.delivered)} of {amount(line.details.quantity)}"
    on = line.delivered_on
    return f"delivered all on {day_words(on, today)}" if on else "delivered all"


def _answers_by(line: Line, today: date) -> str:
    if line.answer_by is None:
        return "said when the answer comes"
    return f"answers by {day_words(line.answer_by.date(), today)}"


def _told(line: Line, today: date) -> str:
    if line.told is None:
        return "told the customer a day"
    words = f"told the customer {day_words(line.told.day, today)}"
    return f"{words}, earlier than agreed" if line.told.early else words


def _hand_over(line: Line, _today: date) -> str:
    return "handed the line over"


_WHAT: dict[str, Callable[[Line, date], str]] = {
    "line.entered": lambda line, today: "entered the line",
    "line.order_number_given": lambda line, today: "gave the order's number",
    "line.changed": lambda line, today: "changed the order",
    "line.cancelled": lambda line, today: "cancelled",
    "line.date_requested": _asked,
    "line.answer_scheduled": _answers_by,
    "line.date_committed": _agreed_to,
    "line.date_countered": _offered,
    "line.counter_accepted": _agreed_to,
    "line.request_declined": lambda line, today: "can't do it",
    "line.request_withdrawn": lambda line, today: "no longer asks",
    "line.offer_expired": lambda line, today: "ended the offer: its time was over",
    "line.condition_met": lambda line, today: "has the order: agreed for good",
    "line.revision_proposed": _proposed,
    "line.revision_accepted": _agreed_to,
    "line.revision_refused": lambda line, today: "keeps to what is agreed",
    "line.revision_retracted": lambda line, today: "took the proposal back",
    "line.commitment_taken_back": lambda line, today: "undid the agreement",
    "line.commitment_reneged": lambda line, today: "said it cannot be kept",
    "line.commitment_released": lambda line, today: "no longer needs it",
    "line.progress_reported": _progress,
    "line.quantity_delivered": _delivery,
    "line.delivery_corrected": _delivery,
    "line.delivery_confirmed": lambda line, today: "confirmed the delivery",
    "line.delivery_disputed": lambda line, today: "says that something is missing",
    "line.dispute_period_ended": lambda line, today: "closed it: nobody disputed",
    "line.customer_told": _told,
    "line.team_assigned": _hand_over,
}
