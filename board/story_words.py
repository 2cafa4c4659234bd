"""Each fact as it is told in a line's story: "offered 60 pcs on Mon 28 Dec"."""

from collections.abc import Callable
from datetime import date
from typing import Any

from msgspec import UNSET
from msgspec.structs import asdict

from board.wording import amount, day_words, parts_words
from domain import events as e
from domain.line import Line
from domain.terms import Terms


def what(fact: e.Fact, before: Line, after: Line, today: date) -> str:
    """What was said, as the rest of a sentence that begins with who said it."""
    return _WHAT[type(fact)](fact, before, after, today)


def _in_words(terms: Terms, line: Line, today: date) -> str:
    """A single day for everything, otherwise each part with its quantity."""
    if len(terms.instalments) == 1 and terms.quantity == line.open:
        return (
            f"{amount(terms.quantity)} {line.details.unit} on {day_words(terms.last_date, today)}"
        )
    return parts_words(terms, line.details.unit, today=today)


def _entered(fact: e.LineEntered, _b: Line, _a: Line, today: date) -> str:
    d = fact.details
    what = "entered the line" if d.order_number else "entered an enquiry"
    wanted = f", wanted {day_words(d.wanted, today)}" if d.wanted else ""
    return f"{what}: {amount(d.quantity)} {d.unit} {d.product}{wanted}"


_CHANGED = {
    "quantity": "the quantity",
    "product": "the product",
    "customer": "the customer",
    "wanted": "the wanted day",
    "erp_date": "the ERP's date",
    "unit": "the unit",
    "family": "the family",
    "customer_order": "the customer's order number",
    "customer_part": "the customer's part number",
    "milestone": "what the date means",
    "transit_days": "the days on the road",
    "purchase_order": "the purchase order",
    "supplier": "the supplier",
    "work_centre": "the work centre",
    "rep": "the rep",
}


def _changed(fact: e.LineChanged, before: Line, _a: Line, today: date) -> str:
    changes = {k: v for k, v in asdict(fact.changes).items() if v is not UNSET}
    known = [
        f"{words} from {_value(getattr(before.details, name), today)} "
        f"to {_value(changes[name], today)}"
        for name, words in _CHANGED.items()
        if name in changes
    ]
    return "changed " + (", ".join(known) if known else "the order's details")


def _value(value: Any, today: date) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, date):
        return day_words(value, today)
    return amount(value) if hasattr(value, "normalize") else str(value)


def _requested(fact: e.DateRequested, before: Line, _a: Line, today: date) -> str:
    again = "asks now" if before.request else "asked"
    return f"{again} for {_in_words(fact.terms, before, today)}"


def _scheduled(fact: e.AnswerScheduled, _b: Line, _a: Line, today: date) -> str:
    return f"answers by {day_words(fact.by_when.date(), today)}"


def _committed(fact: e.DateCommitted, before: Line, _a: Line, today: date) -> str:
    return f"agreed to {_in_words(fact.terms, before, today)}"


def _countered(fact: e.DateCountered, before: Line, _a: Line, today: date) -> str:
    again = "offers now" if before.counter else "offered"
    return f"{again} {_in_words(fact.terms, before, today)}"


def _accepted(_f: e.CounterAccepted, _b: Line, after: Line, today: date) -> str:
    return f"accepted {_made(after, today)}: agreed"


def _made(after: Line, today: date) -> str:
    return _in_words(after.commitment.terms, after, today) if after.commitment else "the offer"


def _proposed(fact: e.RevisionProposed, before: Line, _a: Line, today: date) -> str:
    instead = f" instead of {day_words(before.agreed, today)}" if before.agreed else ""
    return f"proposes {_in_words(fact.terms, before, today)}{instead}"


def _revised(_f: e.RevisionAccepted, before: Line, after: Line, today: date) -> str:
    instead = f", no longer {day_words(before.agreed, today)}" if before.agreed else ""
    return f"accepted {_made(after, today)}{instead}"


def _kept_to(_f: e.Fact, before: Line, _a: Line, today: date) -> str:
    return f"keeps to {day_words(before.agreed, today)}" if before.agreed else "keeps to the date"


def _retracted(_f: e.Fact, before: Line, _a: Line, today: date) -> str:
    stays = f": {day_words(before.agreed, today)} stays" if before.agreed else ""
    return f"took the proposal back{stays}"


def _no_longer(words: str) -> Callable[[Any, Line, Line, date], str]:
    def tell(_f: e.Fact, before: Line, _a: Line, today: date) -> str:
        return words.format(day=day_words(before.agreed, today) if before.agreed else "the date")

    return tell


def _progress(fact: e.ProgressReported, _b: Line, _a: Line, today: date) -> str:
    if fact.expected is None:
        return "says it is on track"
    return f"now expects {day_words(fact.expected, today)}"


def _delivered(fact: e.QuantityDelivered, before: Line, _a: Line, today: date) -> str:
    new = fact.total - before.totals.get(fact.source, before.delivered * 0)
    return (
        f"reports {amount(new)} {before.details.unit} on {day_words(fact.on, today)}, "
        f"{amount(fact.total)} in all"
    )


def _corrected(fact: e.DeliveryCorrected, before: Line, _a: Line, _today: date) -> str:
    return f"corrected the delivered total to {amount(fact.total)} {before.details.unit}"


def _disputed(fact: e.DeliveryDisputed, before: Line, _a: Line, _today: date) -> str:
    return f"says that {amount(fact.short)} {before.details.unit} are missing or unusable"


def _told(fact: e.CustomerTold, _b: Line, _a: Line, today: date) -> str:
    if fact.agreed is None:
        return f"told the customer {day_words(fact.day, today)}, before a date was agreed"
    if fact.day < fact.agreed:
        return (
            f"told the customer {day_words(fact.day, today)}, "
            f"earlier than agreed ({day_words(fact.agreed, today)})"
        )
    return f"told the customer {day_words(fact.day, today)}"


def _plain(words: str) -> Callable[[Any, Line, Line, date], str]:
    return lambda _fact, _before, _after, _today: words


_WHAT: dict[type[e.Fact], Callable[[Any, Line, Line, date], str]] = {
    e.LineEntered: _entered,
    e.OrderNumberGiven: lambda f, b, a, t: f"gave order number {f.order_number} · {f.line_number}",
    e.LineChanged: _changed,
    e.LineCancelled: _plain("cancelled the line"),
    e.DateRequested: _requested,
    e.AnswerScheduled: _scheduled,
    e.DateCommitted: _committed,
    e.DateCountered: _countered,
    e.CounterAccepted: _accepted,
    e.RequestDeclined: _plain("can't do it"),
    e.RequestWithdrawn: _plain("no longer asks"),
    e.OfferExpired: _plain("ended what was offered: its time was over"),
    e.ConditionMet: _no_longer("has the order: {day} is agreed for good"),
    e.RevisionProposed: _proposed,
    e.RevisionAccepted: _revised,
    e.RevisionRefused: _kept_to,
    e.RevisionRetracted: _retracted,
    e.CommitmentTakenBack: _plain("undid the agreement, a slip of the finger"),
    e.CommitmentReneged: _no_longer("said that {day} cannot be kept"),
    e.CommitmentReleased: _no_longer("no longer needs {day}: released"),
    e.ProgressReported: _progress,
    e.QuantityDelivered: _delivered,
    e.DeliveryCorrected: _corrected,
    e.DeliveryConfirmed: _plain("confirmed the delivery"),
    e.DeliveryDisputed: _disputed,
    e.DisputePeriodEnded: _plain("closed the line: nobody disputed the delivery"),
    e.CustomerTold: _told,
    e.NoteAdded: _plain("noted"),
    e.NoteTakenBack: _plain("took a note back"),
    e.TeamAssigned: lambda f, b, a, t: "handed the line over",
    e.OrderNumberClaimed: _plain("claimed the order number"),
}
