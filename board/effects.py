"""What a move will do, said before it is made."""

from collections.abc import Callable
from datetime import date

from board.sites import Teams
from board.wording import MILESTONES, amount, capital, day_words, parts_words, terms_words
from domain.line import IN_FORCE, Line, State

#: Where a form's own date stands in a sentence; a script keeps it up to date.
DATE = "{date}"


def effect(name: str, line: Line, teams: Teams, today: date) -> str:
    """One or two sentences; DATE stands for the day that is typed. Nothing where it is plain."""
    says = _EFFECTS.get(name)
    return says(line, teams, today) if says else ""


def title(name: str, line: Line, today: date, usual: str) -> str:
    """The heading of a move's form on this line."""
    says = _TITLES.get(name)
    return (says(line, today) if says else "") or usual


def _agreed(line: Line, today: date) -> str:
    remainder = line.committed_remainder
    if remainder:
        return terms_words(remainder, line.details.unit, today=today)
    return day_words(line.agreed, today) if line.agreed else "the date"


def _promiser(line: Line, teams: Teams) -> str:
    return teams[line.details.team].name


def _sales(line: Line, teams: Teams) -> str:
    return teams[line.details.sales_team].name if line.details.sales_team else "Sales"


def _request(line: Line, teams: Teams, today: date) -> str:
    if line.state is State.COUNTERED and line.counter:
        offered = terms_words(line.counter.terms, line.details.unit, today=today)
        return f"This asks again, for {DATE}; the offer of {offered} is gone then."
    if line.state is State.REQUESTED and line.request:
        asked = terms_words(line.request.terms, line.details.unit, today=today)
        return f"This asks for {DATE} instead of {asked}."
    return f"{_promiser(line, teams)} is asked for {DATE}. Nothing is agreed until they say yes."


def _commit(line: Line, teams: Teams, today: date) -> str:
    meaning = MILESTONES[line.details.milestone]
    if line.state is State.NEW:
        return (
            f"Takes {DATE} over as agreed, {meaning}. Nobody asked for it here, so it is left out "
            "of how often promises are kept."
        )
    asked = line.request.remaining(line.delivered) if line.request else None
    words = parts_words(asked, line.details.unit, today=today) if asked else "the date"
    return f"Agreed at once: {words}, {meaning}. {_sales(line, teams)} sees it immediately."


def _counter(line: Line, teams: Teams, today: date) -> str:
    return f"{_sales(line, teams)} is offered {DATE}. Nothing is agreed until they accept it."


def _accept_counter(line: Line, teams: Teams, today: date) -> str:
    if line.counter is None:
        return ""
    terms = line.counter.remaining(line.delivered) or line.counter.terms
    words = parts_words(terms, line.details.unit, today=today)
    condition = " If it is ordered in time." if line.counter.ordered_by else ""
    return f"Agreed at once: {words}, {MILESTONES[line.details.milestone]}.{condition}"


def _accept_revision(line: Line, teams: Teams, today: date) -> str:
    if line.proposal is None:
        return ""
    terms = line.proposal.remaining(line.delivered) or line.proposal.terms
    words = parts_words(terms, line.details.unit, today=today)
    return f"This replaces {_agreed(line, today)} by {words}, at once."


def _propose(line: Line, teams: Teams, today: date) -> str:
    who = "the other side"
    return (
        f"This replaces {_agreed(line, today)} by {DATE} once {who} agrees. "
        f"Until then {_agreed(line, today)} stays in force."
    )


def _stays(line: Line, teams: Teams, today: date) -> str:
    return f"{_agreed(line, today)} stays in force."


def _renege(line: Line, teams: Teams, today: date) -> str:
    return (
        f"{_agreed(line, today)} is given up and counts as missed. {_sales(line, teams)} has the "
        "next move. If another day is possible, propose it instead."
    )


def _release(line: Line, teams: Teams, today: date) -> str:
    return f"{_promiser(line, teams)} no longer works towards {_agreed(line, today)}. It is final."


def _decline(line: Line, teams: Teams, today: date) -> str:
    return f"{_sales(line, teams)} hears that it is not possible. If another day is, offer it."


def _withdraw(line: Line, teams: Teams, today: date) -> str:
    return f"{_promiser(line, teams)} no longer has to answer. You can ask again later."


def _cancel(line: Line, teams: Teams, today: date) -> str:
    if line.state in IN_FORCE:
        return f"The order for this line is gone: {_agreed(line, today)} is released. It is final."
    return "The order for this line is gone. It is final; only notes are possible then."


def _tell(line: Line, teams: Teams, today: date) -> str:
    return f"Notes that the customer was told {DATE}. It changes nothing that is agreed."


def _progress(line: Line, teams: Teams, today: date) -> str:
    return f"{_agreed(line, today)} stays agreed; the day now expected shows beside it."


def _answer(line: Line, teams: Teams, today: date) -> str:
    return f"{_sales(line, teams)} sees when to expect an answer."


def _confirm(line: Line, teams: Teams, today: date) -> str:
    return f"{amount(line.delivered)} {line.details.unit} arrived as agreed: the line is closed."


def _dispute(line: Line, teams: Teams, today: date) -> str:
    return "That much is open again; what was agreed for it stands."


def _undo(line: Line, teams: Teams, today: date) -> str:
    return "The line is as it was before; it is not counted. For 15 minutes after agreeing."


def _hand_over(line: Line, teams: Teams, today: date) -> str:
    if line.state in IN_FORCE:
        return f"{_agreed(line, today)} stays in force; your team answers for it from now on."
    if line.state is State.COUNTERED:
        return "The offer is gone then: the other team answers the request."
    return "The other team answers for the line from now on."


def _condition(line: Line, teams: Teams, today: date) -> str:
    return f"{_agreed(line, today)} is agreed without a condition from now on."


def _number(line: Line, teams: Teams, today: date) -> str:
    return "The enquiry becomes an order line; an import of this order finds it here."


_EFFECTS: dict[str, Callable[[Line, Teams, date], str]] = {
    "request_date": _request,
    "commit_date": _commit,
    "counter_date": _counter,
    "accept_counter": _accept_counter,
    "accept_revision": _accept_revision,
    "propose_revision": _propose,
    "refuse_revision": _stays,
    "retract_revision": _stays,
    "renege_commitment": _renege,
    "release_commitment": _release,
    "decline_request": _decline,
    "withdraw_request": _withdraw,
    "cancel_line": _cancel,
    "tell_customer": _tell,
    "report_progress": _progress,
    "schedule_answer": _answer,
    "confirm_delivery": _confirm,
    "dispute_delivery": _dispute,
    "take_back_commitment": _undo,
    "assign_team": _hand_over,
    "meet_condition": _condition,
    "give_order_number": _number,
}


def _title_commit(line: Line, today: date) -> str:
    if line.state is State.NEW:
        return "Take over the ERP's date"
    asked = line.request.remaining(line.delivered) if line.request else None
    return f"Accept {terms_words(asked, line.details.unit, today=today)}" if asked else ""


def _title_offer(line: Line, today: date) -> str:
    offer = line.proposal or line.counter
    terms = offer.remaining(line.delivered) if offer else None
    return f"Accept {terms_words(terms, line.details.unit, today=today)}" if terms else ""


def _title_counter(line: Line, today: date) -> str:
    if line.state is State.COUNTERED:
        return "Change the offer"
    return "Take over another date" if line.state is State.NEW else ""


def _title_request(line: Line, today: date) -> str:
    match line.state:
        case State.REQUESTED:
            return "Ask for another date"
        case State.COUNTERED:
            return "Ask for another date instead"
        case State.EXPIRED if line.lapsed:
            return "Ask again with these terms"
        case State.NEW:
            return ""
    return "Ask again"


def _title_stays(line: Line, today: date) -> str:
    return f"Keep to {_agreed(line, today)}"


def _title_cannot(line: Line, today: date) -> str:
    return f"{capital(_agreed(line, today))} cannot be kept"


def _title_progress(line: Line, today: date) -> str:
    return "On track, or at risk"


_TITLES: dict[str, Callable[[Line, date], str]] = {
    "commit_date": _title_commit,
    "accept_counter": _title_offer,
    "accept_revision": _title_offer,
    "counter_date": _title_counter,
    "request_date": _title_request,
    "refuse_revision": _title_stays,
    "renege_commitment": _title_cannot,
    "report_progress": _title_progress,
}
