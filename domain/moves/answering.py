"""What the promiser answers: when the answer comes, yes, another date, or no."""

from datetime import datetime

from domain.events import (
    AnswerScheduled,
    DateCommitted,
    DateCountered,
    Fact,
    RequestDeclined,
    Spoken,
    Text,
)
from domain.line import Line, State
from domain.moves.checks import adds_up, in_time, still_fits, working_days
from domain.moves.permission import Now, check_may
from domain.people import Person
from domain.reasons import Reason
from domain.refusals import Refused, Wrong
from domain.terms import Terms


def schedule_answer(
    line: Line, by_when: datetime, *, by: Person, now: Now, text: Text | None = None
) -> tuple[Fact, ...]:
    """ "I answer by …": a moment in the future. Raises Refused."""
    check_may("schedule_answer", line, by, now)
    if by_when <= now.at:
        raise Refused(Wrong.TIME, "Say when you will answer: a moment that is still to come.")
    return (AnswerScheduled(by_when=by_when, text=text),)


def commit_date(
    line: Line,
    terms: Terms,
    *,
    by: Person,
    now: Now,
    buffer: int = 0,
    ordered_by: datetime | None = None,
    take_over: bool = False,
    text: Text | None = None,
) -> tuple[Fact, ...]:
    """The promiser says yes to exactly what is asked for.

    A take-over copies the order system's date on the first day, where nothing was asked.
    Raises Refused.
    """
    check_may("commit_date", line, by, now)
    working_days(buffer)
    _condition_to_come(ordered_by, now)
    in_time(terms, now)
    adds_up(line, terms)
    if line.request is not None or not take_over:
        _as_asked(line, terms)
    committed = DateCommitted(
        terms=terms,
        version=1 + len(line.commitments),
        buffer=buffer,
        ordered_by=ordered_by,
        take_over=take_over,
        text=text,
    )
    return (committed,)


def _as_asked(line: Line, terms: Terms) -> None:
    if line.request is None:
        raise Refused(
            Wrong.VERB, "No date is asked for yet. Sales has to ask first; add a note to tell them."
        )
    if still_fits(line, line.request) != terms:
        raise Refused(Wrong.VERB, "These are other terms than asked for. Offer them as a counter.")


def asked_terms(line: Line) -> Terms:
    """What is asked for and still open. Raises Refused."""
    if line.request is None:
        raise Refused(Wrong.VERB, "No date is asked for yet. Request one first.")
    return still_fits(line, line.request)


def _condition_to_come(ordered_by: datetime | None, now: Now) -> None:
    if ordered_by is not None and ordered_by <= now.at:
        raise Refused(Wrong.TIME, "The order must still be able to come: choose a later moment.")


def counter_date(
    line: Line,
    terms: Terms,
    *,
    valid_until: datetime,
    reason: Reason,
    by: Person,
    now: Now,
    buffer: int = 0,
    ordered_by: datetime | None = None,
    spoken: Spoken | None = None,
    take_over: bool = False,
    text: Text | None = None,
) -> tuple[Fact, ...]:
    """The promiser offers other terms, or amends its offer. Raises Refused."""
    check_may("counter_date", line, by, now)
    if line.state is State.NEW and not take_over:
        raise Refused(
            Wrong.VERB, "No date is asked for yet. Sales has to ask first; add a note to tell them."
        )
    working_days(buffer)
    in_time(terms, now)
    adds_up(line, terms)
    if valid_until <= now.at:
        raise Refused(Wrong.TIME, "The offer must be valid for a while: choose a later moment.")
    _condition_to_come(ordered_by, now)
    countered = DateCountered(
        terms=terms,
        valid_until=valid_until,
        reason=reason,
        buffer=buffer,
        ordered_by=ordered_by,
        spoken=spoken,
        take_over=take_over,
        text=text,
    )
    return (countered,)


def decline_request(
    line: Line, *, reason: Reason, by: Person, now: Now, text: Text | None = None
) -> tuple[Fact, ...]:
    """The promiser can't do it and offers nothing. Raises Refused."""
    check_may("decline_request", line, by, now)
    return (RequestDeclined(reason=reason, text=text),)
