"""Which moves are legal for a person on a line now: the one place that says so.

The screen's buttons, the server's check and the tests all read `legal_moves` and `check_may`.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from msgspec import Struct

from domain.line import ASKABLE, IN_FORCE, TERMINAL, Line, State
from domain.people import MAY, PROMISERS, Person, Role, Side
from domain.refusals import Refused, Wrong


class Now(Struct, frozen=True):
    """The moment by the store's clock (aware, UTC), and the site's plain day at that moment."""

    at: datetime
    today: date


#: How long a slip of the finger can be undone.
TAKE_BACK = timedelta(minutes=15)

_OPEN = frozenset(State) - TERMINAL
_Check = Callable[[Line, Person, Now], None]


class Move(Struct, frozen=True):
    """A move: its name, its address below a line, where it is legal, and who speaks.

    `instead` says, for a state in which it is refused, what to do there.
    `stale_matters`: whether a form opened before the line changed is refused.
    """

    name: str
    noun: str
    states: frozenset[State]
    speaker: _Check
    instead: dict[State, str] = {}
    otherwise: str = ""
    condition: _Check | None = None
    stale_matters: bool = True


def _nothing(_line: Line, _by: Person, _now: Now) -> None:
    return None


def _sales(_line: Line, by: Person, _now: Now) -> None:
    if by.side is not Side.SALES:
        raise Refused(Wrong.SIDE, "This is for sales to say. Add a note to tell them.")


def _promiser(line: Line, by: Person, _now: Now) -> None:
    if by.side not in PROMISERS:
        raise Refused(
            Wrong.SIDE,
            "{team} answers for this line, sales asks. Request the date you need instead.",
            team=line.details.team,
        )
    if by.team != line.details.team:
        raise Refused(
            Wrong.SIDE,
            "{team} answers for this line. Ask them, or have the line handed over to your team.",
            team=line.details.team,
        )


def _either(line: Line, by: Person, now: Now) -> None:
    if by.side is not Side.SALES:
        _promiser(line, by, now)


def _answers_proposal(line: Line, by: Person, now: Now) -> None:
    _either(line, by, now)
    if line.proposal is not None and _same_side(line.proposal.side, by.side):
        raise Refused(
            Wrong.SIDE,
            "Your own side proposed this, the other side answers it. You can take it back.",
        )


def _made_proposal(line: Line, by: Person, now: Now) -> None:
    _either(line, by, now)
    if line.proposal is not None and not _same_side(line.proposal.side, by.side):
        raise Refused(
            Wrong.SIDE, "The other side proposed this. Accept it, refuse it or propose another."
        )


def _same_side(one: Side, other: Side) -> bool:
    """Sales is one side; production, purchasing and logistics promise: the other."""
    return (one is Side.SALES) == (other is Side.SALES)


def _revises(line: Line, by: Person, now: Now) -> None:
    if line.state is State.REVISION_OPEN:
        _answers_proposal(line, by, now)
    else:
        _either(line, by, now)


def _hands_over(line: Line, by: Person, now: Now) -> None:
    if line.state not in IN_FORCE and line.state is not State.DELIVERED:
        _either(line, by, now)
    elif by.side not in PROMISERS:
        raise Refused(
            Wrong.SIDE,
            "A date is agreed: only the team that takes the line over can say so. Ask them to.",
        )
    elif by.team == line.details.team:
        raise Refused(
            Wrong.SIDE,
            "A date is agreed: only the receiving team can take the line over. Ask them to.",
        )


def _maker_in_time(line: Line, by: Person, now: Now) -> None:
    made = line.commitments[-1] if line.commitments else None
    if line.before is None or made is None:
        raise Refused(
            Wrong.TIME,
            "Something else happened since the date was agreed. Propose a change instead.",
        )
    if now.at > line.since + TAKE_BACK:
        raise Refused(
            Wrong.TIME,
            "A date can be taken back for 15 minutes after it was agreed. "
            "Propose a change instead.",
        )
    if made.by != by.id:
        raise Refused(
            Wrong.SIDE,
            "Only the person who agreed to this date can take that back. Propose a change instead.",
        )


def _condition_open(line: Line, _by: Person, now: Now) -> None:
    ordered_by = line.commitment.ordered_by if line.commitment else None
    if ordered_by is None:
        raise Refused(Wrong.VERB, "This date has no condition: it is agreed as it stands.")
    if now.at > ordered_by:
        raise Refused(
            Wrong.TIME, "The order came too late for this date. Ask again with these terms."
        )


def _counter_valid(line: Line, _by: Person, now: Now) -> None:
    counter = line.counter
    if counter is not None and counter.valid_until is not None and now.at > counter.valid_until:
        raise Refused(Wrong.TIME, "The offer's time is over. Ask again with these terms.")
    if counter is not None and counter.ordered_by is not None and now.at > counter.ordered_by:
        raise Refused(
            Wrong.TIME, "The order came too late for this offer. Ask again with these terms."
        )


def _promise_valid(line: Line, _by: Person, now: Now) -> None:
    ordered_by = line.commitment.ordered_by if line.commitment else None
    if ordered_by is not None and now.at > ordered_by:
        raise Refused(
            Wrong.TIME, "The order came too late for this date. Ask again with these terms."
        )


def _asked_or_on_show(line: Line, _by: Person, _now: Now) -> None:
    # On the first day a promiser may take over what the order system shows, before anybody asks.
    if line.state is State.NEW and line.details.erp_date is None:
        raise Refused(
            Wrong.VERB, "No date is asked for yet. Sales has to ask first; add a note to tell them."
        )


def _something_delivered(line: Line, _by: Person, _now: Now) -> None:
    if not line.totals:
        raise Refused(Wrong.VERB, "Nothing was delivered yet. Report the delivery instead.")


def _own_note(line: Line, by: Person, _now: Now) -> None:
    if not any(note.by == by.id for note in line.notes):
        raise Refused(Wrong.SIDE, "Only its author can take a note back. Add a note of your own.")


_PROPOSE = "A date is agreed: propose a change of it, or say that it cannot be kept."
_RELEASE = "A date is agreed: propose a change of it, or release the commitment."
_AGREED_ASK = "A date is agreed: propose a change of it."
_ASK_FIRST = "No date is asked for yet. Request one first."
_DONE = "Everything is delivered. Confirm the delivery or dispute it."
_NOT_IN_FORCE = "No date is agreed. Request one first."
_REVISION = "A change is proposed: accept it, refuse it or propose another."

_MOVES = [
    Move(
        "enter_line", "", frozenset(), _nothing,
        otherwise="This line is known already. Open it instead of entering it again.",
    ),
    Move(
        "give_order_number", "order-number", _OPEN, _sales,
        condition=lambda line, by, now: _is_enquiry(line), stale_matters=False,
    ),
    Move("change_line", "change", frozenset(State), _nothing, stale_matters=False),
    Move(
        "cancel_line", "cancellation", ASKABLE | IN_FORCE | {State.REQUESTED, State.COUNTERED},
        _sales, {State.DELIVERED: _DONE},
    ),
    Move(
        "request_date", "request", ASKABLE | {State.REQUESTED, State.COUNTERED}, _sales,
        {
            State.COMMITTED: _AGREED_ASK,
            State.REVISION_OPEN: _REVISION,
            State.DELIVERED: _DONE,
        },
    ),
    Move(
        "schedule_answer", "answer-day", frozenset({State.REQUESTED}), _promiser,
        {State.COUNTERED: "You have answered: sales has the next move."},
        otherwise="No request waits for an answer.", stale_matters=False,
    ),
    Move(
        "commit_date", "commitment", frozenset({State.REQUESTED, State.NEW}), _promiser,
        {
            State.COUNTERED: "You offered another date: sales has to accept it. "
            "Change your offer if the date asked for is possible after all.",
            State.COMMITTED: _PROPOSE,
            State.REVISION_OPEN: _REVISION,
            State.DELIVERED: _DONE,
        },
        otherwise="Nothing is asked for: sales has to ask again first.",
        condition=_asked_or_on_show,
    ),
    Move(
        "counter_date", "counter",
        frozenset({State.REQUESTED, State.COUNTERED, State.NEW}), _promiser,
        {
            State.COMMITTED: _PROPOSE,
            State.REVISION_OPEN: _REVISION,
            State.DELIVERED: _DONE,
        },
        otherwise="Nothing is asked for: sales has to ask again first.",
        condition=_asked_or_on_show,
    ),
    Move(
        "accept_counter", "acceptance", frozenset({State.COUNTERED}), _sales,
        {
            State.REQUESTED: "There is no offer yet: the other side has the next move.",
            State.COMMITTED: "This date is agreed already.",
            State.EXPIRED: "The offer's time is over. Ask again with these terms.",
        },
        otherwise="There is no offer to accept. Request a date instead.",
        condition=_counter_valid,
    ),
    Move(
        "decline_request", "decline", frozenset({State.REQUESTED, State.COUNTERED}), _promiser,
        {State.COMMITTED: _PROPOSE, State.REVISION_OPEN: _REVISION},
        otherwise="There is no request to decline.",
    ),
    Move(
        "withdraw_request", "withdrawal", frozenset({State.REQUESTED, State.COUNTERED}), _sales,
        {State.COMMITTED: _RELEASE, State.REVISION_OPEN: _RELEASE},
        otherwise="There is no request to withdraw.",
    ),
    Move("expire_offer", "expiry", frozenset({State.COUNTERED}) | IN_FORCE, _nothing),
    Move(
        "meet_condition", "condition", IN_FORCE, _sales, otherwise=_NOT_IN_FORCE,
        condition=_condition_open,
    ),
    Move(
        "propose_revision", "revision", IN_FORCE, _revises,
        {
            State.NEW: _ASK_FIRST,
            State.REQUESTED: "Nothing is agreed yet: answer the request, or amend it.",
            State.COUNTERED: "Nothing is agreed yet: accept the offer, amend it or ask again.",
            State.DELIVERED: _DONE,
        },
        otherwise=_NOT_IN_FORCE, condition=_promise_valid,
    ),
    Move(
        "accept_revision", "revision-acceptance", frozenset({State.REVISION_OPEN}),
        _answers_proposal, otherwise="No change is proposed.", condition=_promise_valid,
    ),
    Move(
        "refuse_revision", "revision-refusal", frozenset({State.REVISION_OPEN}),
        _answers_proposal, otherwise="No change is proposed.",
    ),
    Move(
        "retract_revision", "revision-retraction", frozenset({State.REVISION_OPEN}),
        _made_proposal, otherwise="No change is proposed.",
    ),
    Move(
        "take_back_commitment", "undo", frozenset({State.COMMITTED}), _either,
        otherwise="There is no agreed date to take back.", condition=_maker_in_time,
    ),
    Move(
        "renege_commitment", "cannot-be-kept", IN_FORCE, _promiser,
        {
            State.REQUESTED: "Nothing is agreed yet: decline the request or offer another date.",
            State.DELIVERED: _DONE,
        },
        otherwise=_NOT_IN_FORCE,
    ),
    Move(
        "release_commitment", "release", IN_FORCE, _sales,
        {
            State.REQUESTED: "Nothing is agreed yet: withdraw the request.",
            State.COUNTERED: "Nothing is agreed yet: withdraw the request.",
            State.DELIVERED: _DONE,
        },
        otherwise=_NOT_IN_FORCE,
    ),
    Move(
        "report_progress", "progress", IN_FORCE, _promiser,
        {State.DELIVERED: _DONE}, otherwise=_NOT_IN_FORCE, stale_matters=False,
    ),
    Move(
        "deliver_quantity", "delivery", _OPEN, _promiser,
        {State.DELIVERED: "Everything is delivered already. Correct the delivery instead."},
        condition=lambda line, by, now: _not_delivered(line),
    ),
    Move(
        "correct_delivery", "delivery-correction", _OPEN, _promiser,
        condition=_something_delivered,
    ),
    Move(
        "confirm_delivery", "confirmation", frozenset({State.DELIVERED}), _sales,
        otherwise="Not everything is delivered: there is nothing to confirm yet.",
    ),
    Move(
        "dispute_delivery", "dispute", frozenset({State.DELIVERED}), _sales,
        otherwise="Not everything is delivered. Add a note about what is missing.",
    ),
    Move("end_dispute_period", "dispute-period", frozenset({State.DELIVERED}), _nothing),
    Move("tell_customer", "told-date", _OPEN, _sales, stale_matters=False),
    Move("add_note", "note", frozenset(State), _nothing, stale_matters=False),
    Move(
        "take_back_note", "note-withdrawal", frozenset(State), _nothing,
        condition=_own_note, stale_matters=False,
    ),
    Move("assign_team", "team", _OPEN, _hands_over),
]  # fmt: skip

MOVES: dict[str, Move] = {move.name: move for move in _MOVES}

_FINISHED = {
    State.CLOSED: "This line is closed. A note is still possible; for more, ask for a new line.",
    State.RELEASED: "The commitment was released. A note is still possible; "
    "for a new date, enter a new line.",
    State.CANCELLED: "This line is cancelled. A note is still possible; "
    "if it is wanted after all, enter a new line.",
}


def _is_enquiry(line: Line) -> None:
    if line.details.order_number:
        raise Refused(
            Wrong.VERB,
            "This line belongs to order {order} already.",
            order=line.details.order_number,
        )


def _not_delivered(line: Line) -> None:
    if line.state is State.DELIVERED:
        raise Refused(Wrong.QUANTITY, MOVES["deliver_quantity"].instead[State.DELIVERED])


def check_may(name: str, line: Line, by: Person, now: Now) -> None:
    """Raise Refused unless `by` may make the move `name` on `line` now.

    The order system reports facts: for it only the table of roles counts, in every state.
    """
    move = MOVES[name]
    if by.role not in MAY[name]:
        raise Refused(*_wrong_role(name, line, by), team=line.details.team)
    if by.side in (Side.ORDER_SYSTEM, Side.CLOCK):
        if name == "meet_condition":
            _in_state(move, line)
            _condition_open(line, by, now)
        return
    if not by.sees(line.details.site):
        raise Refused(Wrong.SIDE, "This line is of a site that you don't work with.")
    _in_state(move, line)
    move.speaker(line, by, now)
    if move.condition is not None:
        move.condition(line, by, now)


def _wrong_role(name: str, line: Line, by: Person) -> tuple[Wrong, str]:
    if by.role in (Role.CLOCK, Role.ORDER_SYSTEM):
        return (
            Wrong.SIDE,
            "Dates are agreed by people, or by a rule that they published: "
            "an import or a clock only reports facts.",
        )
    if by.role in (Role.VIEWER, Role.ADMIN):
        return Wrong.SIDE, "You can read this line and add notes. Sales and {team} make its moves."
    if by.side is Side.SALES:
        return Wrong.SIDE, "{team} answers for this line. Request the date you need instead."
    if Role.REP in MAY[name]:
        return Wrong.SIDE, "This is for sales to say. Offer another date or add a note."
    return Wrong.SIDE, "Your role can't do this. Ask the planner, or add a note."


def _in_state(move: Move, line: Line) -> None:
    if line.state in move.states:
        return
    sentence = move.instead.get(line.state) or _FINISHED.get(line.state) or move.otherwise
    raise Refused(Wrong.VERB, sentence or "This is not possible now. Reload the line.")


def check_fresh(name: str, line: Line, seen: int) -> None:
    """Raise Refused where the line changed in substance after version `seen` was shown."""
    if MOVES[name].stale_matters and seen < line.moved:
        raise Refused(
            Wrong.STALE,
            "The line changed while your form was open. "
            "See what changed; your input is still here.",
        )


def legal_moves(line: Line, by: Person, now: Now) -> tuple[Move, ...]:
    """The moves that `by` may make on `line` now, in the order of the table."""
    return tuple(move for move in _MOVES if _is_legal(move.name, line, by, now))


def _is_legal(name: str, line: Line, by: Person, now: Now) -> bool:
    try:
        check_may(name, line, by, now)
    except Refused:
        return False
    return name != "enter_line"
