"""What a move has just done, in a few plain words, and whose move it is now."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from board.sites import Teams
from board.wording import amount, day_words, terms_words
from domain import events as e
from domain.line import Line


def said_at_once(facts: Sequence[e.Fact], after: Line, teams: Teams, today: date) -> str:
    """What a move has just done, and whose move it is now: "Offered Thu 10 Dec. …"."""
    if not facts:
        return "Nothing changed."
    fact = facts[-1]
    words = _DONE[type(fact)](fact, after, today)
    return f"{words}. {whose_move(after, teams, today)}".strip()


def whose_move(line: Line, teams: Teams, today: date) -> str:
    """ "Waiting on Machining." or nothing, for everybody."""
    match line.ball(today):
        case "promiser":
            return f"Waiting on {teams[line.details.team].name}."
        case "requester":
            return f"Waiting on {teams[line.details.sales_team].name}."
    return ""


_DONE: dict[type[e.Fact], Callable[[Any, Line, date], str]] = {
    e.LineEntered: lambda f, a, t: "Entered",
    e.OrderNumberGiven: lambda f, a, t: f"This is order {f.order_number} · {f.line_number} now",
    e.LineChanged: lambda f, a, t: "Changed",
    e.LineCancelled: lambda f, a, t: "Cancelled",
    e.DateRequested: lambda f, a, t: f"Asked for {terms_words(f.terms, a.details.unit, today=t)}",
    e.AnswerScheduled: lambda f, a, t: (
        f"Sales knows: you answer by {day_words(f.by_when.date(), t)}"
    ),
    e.DateCommitted: lambda f, a, t: f"Agreed: {terms_words(f.terms, a.details.unit, today=t)}",
    e.DateCountered: lambda f, a, t: f"Offered {terms_words(f.terms, a.details.unit, today=t)}",
    e.CounterAccepted: lambda f, a, t: f"Agreed: {_agreed_words(a, t)}",
    e.RequestDeclined: lambda f, a, t: "Told sales that it is not possible",
    e.RequestWithdrawn: lambda f, a, t: "Withdrawn",
    e.OfferExpired: lambda f, a, t: "The offer ran out",
    e.ConditionMet: lambda f, a, t: f"Agreed for good: {_agreed_words(a, t)}",
    e.RevisionProposed: lambda f, a, t: (
        f"Proposed {terms_words(f.terms, a.details.unit, today=t)}. "
        f"{_agreed_words(a, t)} stays until it is accepted"
    ),
    e.RevisionAccepted: lambda f, a, t: f"Agreed: {_agreed_words(a, t)}",
    e.RevisionRefused: lambda f, a, t: f"{_agreed_words(a, t)} stays agreed",
    e.RevisionRetracted: lambda f, a, t: f"Taken back. {_agreed_words(a, t)} stays agreed",
    e.CommitmentTakenBack: lambda f, a, t: "Undone: the line is as it was before",
    e.CommitmentReneged: lambda f, a, t: "Told sales that the date cannot be kept",
    e.CommitmentReleased: lambda f, a, t: "Released",
    e.ProgressReported: lambda f, a, t: (
        f"Sales sees it: now expected {day_words(f.expected, t)}" if f.expected else "On track"
    ),
    e.QuantityDelivered: lambda f, a, t: f"{amount(a.delivered)} {a.details.unit} delivered in all",
    e.DeliveryCorrected: lambda f, a, t: (
        f"Corrected: {amount(a.delivered)} {a.details.unit} in all"
    ),
    e.DeliveryConfirmed: lambda f, a, t: "Confirmed. This line is closed",
    e.DeliveryDisputed: lambda f, a, t: f"{amount(a.open)} {a.details.unit} are open again",
    e.DisputePeriodEnded: lambda f, a, t: "Closed",
    e.CustomerTold: lambda f, a, t: f"Noted: the customer was told {day_words(f.day, t)}",
    e.NoteAdded: lambda f, a, t: "Noted",
    e.NoteTakenBack: lambda f, a, t: "Taken back: its words are erased",
    e.TeamAssigned: lambda f, a, t: "Handed over",
    e.OrderNumberClaimed: lambda f, a, t: "",
}


def _agreed_words(line: Line, today: date) -> str:
    return (
        terms_words(line.commitment.terms, line.details.unit, today=today)
        if line.commitment
        else ""
    )
