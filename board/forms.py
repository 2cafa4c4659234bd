"""The form of every move, in one table: its words, its fields, and how they become the move."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from board.fields import Field, Kind
from board.sites import Site, Teams
from domain import moves
from domain.events import Fact
from domain.line import Line, State
from domain.moves import Now
from domain.moves.answering import asked_terms
from domain.people import Person
from domain.refusals import Refused, Wrong


class Making(Struct, frozen=True):
    """Who makes a move, when and where."""

    by: Person
    now: Now
    site: Site
    teams: Teams


#: (line, the form's values, who makes it) -> facts, or Refused.
Make = Callable[[Line, Mapping[str, Any], Making], tuple[Fact, ...]]


class Form(Struct, frozen=True):
    """A move's form: the heading, the button, the fields, and the move that it makes.

    grave: not lightly taken back, so that it looks so.
    """

    title: str
    button: str
    make: Make
    fields: tuple[Field, ...] = ()
    grave: bool = False


TERMS = Field("date", Kind.TERMS, "Date", required=True)
REASON = Field("reason", Kind.REASON, "Why", required=True)
PERHAPS_REASON = Field("reason", Kind.REASON, "Why")
NOTE = Field("text", Kind.NOTE, "Note", aside=True)
NOTE_SHOWN = Field("text", Kind.NOTE, "Note")
BUFFER = Field(
    "buffer", Kind.DAYS, "Days in hand", aside=True,
    hint="Working days of the date that you keep in hand, said openly.",
)  # fmt: skip
ORDERED_BY = Field(
    "ordered_by", Kind.MOMENT, "Only if ordered by", aside=True,
    hint="After this moment the date is free again.",
)  # fmt: skip
SPOKEN = Field("spoken", Kind.SPOKEN, "Agreed aloud?", aside=True)
VALID = Field("valid_until", Kind.MOMENT, "Valid until", required=True)
NEED = Field("need", Kind.NEED, "The customer's need", required=True)


def _move(move: Callable[..., tuple[Fact, ...]], *first: str) -> Make:
    """The values under the names that the move itself has; `first` are given by their place."""

    def make(line: Line, given: Mapping[str, Any], making: Making) -> tuple[Fact, ...]:
        rest = {k: v for k, v in given.items() if k not in first and v is not None}
        places = [given[name] for name in first]
        return move(line, *places, by=making.by, now=making.now, **rest)

    return make


def _with_terms(move: Callable[..., tuple[Fact, ...]]) -> Make:
    def make(line: Line, given: Mapping[str, Any], making: Making) -> tuple[Fact, ...]:
        rest = {k: v for k, v in given.items() if k != "date" and v is not None}
        return move(line, given["date"], by=making.by, now=making.now, **rest)

    return make


def _commit(line: Line, given: Mapping[str, Any], making: Making) -> tuple[Fact, ...]:
    """Yes to what is asked for; on a line that nobody asked for, the first day's take-over."""
    rest = {k: v for k, v in given.items() if k != "date" and v is not None}
    if line.state is State.NEW:
        if given.get("date") is None:
            raise Refused(Wrong.INPUT, "Give the date that the order system shows.")
        return moves.commit_date(
            line, given["date"], by=making.by, now=making.now, take_over=True, **rest
        )
    moves.check_may("commit_date", line, making.by, making.now)
    return moves.commit_date(line, asked_terms(line), by=making.by, now=making.now, **rest)


def _counter(line: Line, given: Mapping[str, Any], making: Making) -> tuple[Fact, ...]:
    rest = {k: v for k, v in given.items() if k != "date" and v is not None}
    return moves.counter_date(
        line,
        given["date"],
        by=making.by,
        now=making.now,
        take_over=line.state is State.NEW,
        **rest,
    )


def _tell(line: Line, given: Mapping[str, Any], making: Making) -> tuple[Fact, ...]:
    return moves.tell_customer(
        line, given["day"], by=making.by, now=making.now, calendar=making.site.calendar
    )


def _progress(line: Line, given: Mapping[str, Any], making: Making) -> tuple[Fact, ...]:
    """At risk with the day now expected; without one it is on track, and no reason counts."""
    rest = {k: v for k, v in given.items() if v is not None}
    if "expected" not in rest:
        rest.pop("reason", None)
    return moves.report_progress(line, by=making.by, now=making.now, **rest)


def _hand_over(line: Line, given: Mapping[str, Any], making: Making) -> tuple[Fact, ...]:
    team = making.teams.get(given["team"])
    if team is None:
        raise Refused(Wrong.INPUT, "Choose a team from the list.")
    rest = {k: v for k, v in given.items() if k != "team" and v is not None}
    return moves.assign_team(line, team.id, team.side, by=making.by, now=making.now, **rest)


def _number(line: Line, given: Mapping[str, Any], making: Making) -> tuple[Fact, ...]:
    return moves.give_order_number(
        line,
        source=given["source"].strip().casefold(),
        order_number=given["order_number"],
        line_number=given["line_number"],
        by=making.by,
        now=making.now,
    )


#: Move -> its form. The names are those of domain.moves.MOVES, the fields those of the move.
FORMS: dict[str, Form] = {
    "request_date": Form(
        "Ask for a date", "Ask", _with_terms(moves.request_date),
        (TERMS, NEED, PERHAPS_REASON, SPOKEN, NOTE),
    ),
    "commit_date": Form(
        "Accept", "Accept", _commit, (BUFFER, ORDERED_BY, NOTE),
    ),
    "counter_date": Form(
        "Offer another date", "Offer", _counter,
        (TERMS, REASON, VALID, BUFFER, ORDERED_BY, SPOKEN, NOTE),
    ),
    "accept_counter": Form("Accept the offer", "Accept", _move(moves.accept_counter)),
    "accept_revision": Form("Accept the change", "Accept", _move(moves.accept_revision)),
    "refuse_revision": Form(
        "Keep to what is agreed", "Keep to it", _move(moves.refuse_revision),
        (PERHAPS_REASON, NOTE_SHOWN),
    ),
    "propose_revision": Form(
        "Propose another date", "Propose", _with_terms(moves.propose_revision),
        (TERMS, REASON, BUFFER, SPOKEN, NOTE),
    ),
    "retract_revision": Form(
        "Take the proposal back", "Take back", _move(moves.retract_revision)
    ),
    "confirm_delivery": Form("Confirm the delivery", "Confirm", _move(moves.confirm_delivery)),
    "dispute_delivery": Form(
        "Something is missing", "Say what is missing", _move(moves.dispute_delivery),
        (Field("short", Kind.QUANTITY, "Missing or unusable", required=True), REASON, NOTE_SHOWN),
    ),
    "meet_condition": Form("The order came", "The order came", _move(moves.meet_condition)),
    "tell_customer": Form(
        "The customer was told", "Note it", _tell,
        (Field("day", Kind.DATE, "Arrival day told", required=True),),
    ),
    "schedule_answer": Form(
        "Say when you will answer", "I answer by then", _move(moves.schedule_answer),
        (Field("by_when", Kind.MOMENT, "Answer by", required=True), NOTE),
    ),
    "report_progress": Form(
        "Report progress", "Report", _progress,
        (
            Field("expected", Kind.DATE, "Now expected", hint="Empty: it is on track."),
            PERHAPS_REASON,
            NOTE,
        ),
    ),
    "deliver_quantity": Form(
        "Report a delivery", "Report", _move(moves.deliver_quantity),
        (
            Field("quantity", Kind.QUANTITY, "Quantity", required=True),
            Field("on", Kind.DATE, "On", required=True),
        ),
    ),
    "correct_delivery": Form(
        "Correct the delivered total", "Correct",
        _move(moves.correct_delivery),
        (
            Field("total", Kind.QUANTITY, "Delivered in all", required=True),
            PERHAPS_REASON,
            NOTE,
        ),
    ),
    "give_order_number": Form(
        "Give the order's number", "Give number", _number,
        (
            Field("order_number", Kind.WORD, "Order number", required=True),
            Field("line_number", Kind.WORD, "Line", required=True),
            Field(
                "source", Kind.WORD, "Order system", required=True,
                hint="The name under which its files are imported.",
            ),
        ),
    ),
    "assign_team": Form(
        "Hand over to another team", "Hand over", _hand_over,
        (Field("team", Kind.TEAM, "Team", required=True), PERHAPS_REASON, NOTE),
    ),
    "take_back_commitment": Form(
        "Undo: a slip of the finger", "Undo", _move(moves.take_back_commitment)
    ),
    "decline_request": Form(
        "Not possible at all", "Say no", _move(moves.decline_request), (REASON, NOTE_SHOWN),
        grave=True,
    ),
    "withdraw_request": Form(
        "No longer needed", "Withdraw", _move(moves.withdraw_request), (REASON, NOTE_SHOWN),
        grave=True,
    ),
    "renege_commitment": Form(
        "It cannot be kept", "Say that it cannot be kept", _move(moves.renege_commitment),
        (REASON, NOTE_SHOWN), grave=True,
    ),
    "release_commitment": Form(
        "Release the date", "Release", _move(moves.release_commitment), (REASON, NOTE_SHOWN),
        grave=True,
    ),
    "cancel_line": Form(
        "Cancel the line", "Cancel the line", _move(moves.cancel_line),
        (PERHAPS_REASON, NOTE_SHOWN), grave=True,
    ),
    "add_note": Form(
        "Note", "Add note", _move(moves.add_note, "text"),
        (Field("text", Kind.NOTE, "Note", required=True),),
    ),
    "take_back_note": Form(
        "Take a note back", "Take back", _move(moves.take_back_note, "text_id"),
        (Field("text_id", Kind.HIDDEN, "Note", required=True),),
    ),
}  # fmt: skip

#: The address of a move below a line -> the move.
MOVE_AT: dict[str, str] = {moves.MOVES[name].noun: name for name in FORMS}

#: On a line that nobody asked for, the promiser's two moves take over what was agreed elsewhere.
TAKE_OVER_FIELDS: dict[str, tuple[Field, ...]] = {
    "commit_date": (TERMS, BUFFER, NOTE),
    "counter_date": (TERMS, REASON, VALID, BUFFER, NOTE),
}


def fields_of(name: str, line: Line) -> tuple[Field, ...]:
    """The fields that the form of this move has on this line."""
    if line.state is State.NEW and name in TAKE_OVER_FIELDS:
        return TAKE_OVER_FIELDS[name]
    return FORMS[name].fields
