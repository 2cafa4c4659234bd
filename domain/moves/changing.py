"""What happens to a commitment: revisions, conditions, taking back, not keeping, releasing."""

from domain.events import (
    CommitmentReleased,
    CommitmentReneged,
    CommitmentTakenBack,
    ConditionMet,
    Fact,
    RevisionAccepted,
    RevisionProposed,
    RevisionRefused,
    RevisionRetracted,
    Spoken,
    Text,
)
from domain.line import Line
from domain.moves.checks import adds_up, in_time, not_over, still_fits, working_days
from domain.moves.permission import Now, check_may
from domain.people import Person
from domain.reasons import Reason
from domain.refusals import Refused, Wrong
from domain.terms import Terms


def propose_revision(
    line: Line,
    terms: Terms,
    *,
    reason: Reason,
    by: Person,
    now: Now,
    buffer: int = 0,
    spoken: Spoken | None = None,
    text: Text | None = None,
) -> tuple[Fact, ...]:
    """Other terms for what is open; the commitment stays in force meanwhile. Raises Refused."""
    check_may("propose_revision", line, by, now)
    working_days(buffer)
    in_time(terms, now)
    adds_up(line, terms)
    if line.fits and terms == line.committed_remainder:
        raise Refused(Wrong.INPUT, "This is what is agreed already. Propose another date.")
    proposed = RevisionProposed(terms=terms, reason=reason, buffer=buffer, spoken=spoken, text=text)
    return (proposed,)


def accept_revision(line: Line, *, by: Person, now: Now) -> tuple[Fact, ...]:
    """The other side accepts: the next version is in force. Raises Refused."""
    check_may("accept_revision", line, by, now)
    not_over(still_fits(line, line.proposal), now)
    return (RevisionAccepted(version=1 + len(line.commitments)),)


def refuse_revision(
    line: Line,
    *,
    by: Person,
    now: Now,
    reason: Reason | None = None,
    text: Text | None = None,
) -> tuple[Fact, ...]:
    """The other side keeps to what is in force. Raises Refused."""
    check_may("refuse_revision", line, by, now)
    return (RevisionRefused(reason=reason, text=text),)


def retract_revision(line: Line, *, by: Person, now: Now) -> tuple[Fact, ...]:
    """The proposing side takes its proposal back. Raises Refused."""
    check_may("retract_revision", line, by, now)
    return (RevisionRetracted(),)


def meet_condition(line: Line, *, by: Person, now: Now) -> tuple[Fact, ...]:
    """The order came in time: the commitment is unconditional from now on. Raises Refused."""
    check_may("meet_condition", line, by, now)
    return (ConditionMet(),)


def take_back_commitment(line: Line, *, by: Person, now: Now) -> tuple[Fact, ...]:
    """Its maker undoes a slip of the finger within 15 minutes. Raises Refused."""
    check_may("take_back_commitment", line, by, now)
    return (CommitmentTakenBack(),)


def renege_commitment(
    line: Line, *, reason: Reason, by: Person, now: Now, text: Text | None = None
) -> tuple[Fact, ...]:
    """The promiser says that the date cannot be kept and offers none. Raises Refused."""
    check_may("renege_commitment", line, by, now)
    return (CommitmentReneged(reason=reason, text=text),)


def release_commitment(
    line: Line, *, reason: Reason, by: Person, now: Now, text: Text | None = None
) -> tuple[Fact, ...]:
    """Sales no longer needs it. Raises Refused."""
    check_may("release_commitment", line, by, now)
    return (CommitmentReleased(reason=reason, text=text),)
