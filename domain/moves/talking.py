"""What forces nothing: the day the customer was told, notes, and who answers for the line."""

from datetime import date
from uuid import UUID

from domain.calendar import WorkingCalendar
from domain.events import (
    CustomerTold,
    Fact,
    Milestone,
    NoteAdded,
    NoteTakenBack,
    TeamAssigned,
    Text,
)
from domain.line import IN_FORCE, Line, State
from domain.moves.permission import Now, check_may
from domain.people import PROMISERS, Person, Side
from domain.reasons import Reason
from domain.refusals import Refused, Wrong


def arrival(line: Line, day: date, calendar: WorkingCalendar) -> date:
    """The day on which goods with this milestone day reach the customer."""
    if line.details.milestone is Milestone.ARRIVES:
        return day
    return calendar.add(day, line.details.transit_days)


def tell_customer(
    line: Line, told: date, *, by: Person, now: Now, calendar: WorkingCalendar
) -> tuple[Fact, ...]:
    """The rep told the customer an arrival day; never refused for being early. Raises Refused."""
    check_may("tell_customer", line, by, now)
    in_force = line.agreed if line.state in IN_FORCE or line.state is State.DELIVERED else None
    agreed = arrival(line, in_force, calendar) if in_force else None
    return (CustomerTold(day=told, agreed=agreed),)


def add_note(line: Line, text: Text, *, by: Person, now: Now) -> tuple[Fact, ...]:
    """Anyone who sees the line may say something, always. Raises Refused."""
    check_may("add_note", line, by, now)
    return (NoteAdded(text=text),)


def take_back_note(line: Line, text_id: UUID, *, by: Person, now: Now) -> tuple[Fact, ...]:
    """The author's words are erased; that there was a note stays. Raises Refused."""
    check_may("take_back_note", line, by, now)
    if not any(note.text_id == text_id and note.by == by.id for note in line.notes):
        raise Refused(Wrong.SIDE, "Only its author can take a note back. Add a note of your own.")
    return (NoteTakenBack(text_id=text_id),)


def assign_team(
    line: Line,
    team: str,
    side: Side,
    *,
    by: Person,
    now: Now,
    reason: Reason | None = None,
    text: Text | None = None,
) -> tuple[Fact, ...]:
    """Another team answers from now on; a commitment stays with who made it. Raises Refused."""
    check_may("assign_team", line, by, now)
    if side not in PROMISERS:
        raise Refused(
            Wrong.SIDE, "A line goes to production, purchasing or logistics. Choose one of them."
        )
    if team == line.details.team:
        raise Refused(Wrong.INPUT, "{team} answers for this line already.", team=team)
    if (line.state in IN_FORCE or line.state is State.DELIVERED) and team != by.team:
        raise Refused(
            Wrong.SIDE,
            "A date is agreed: only the receiving team can take the line over. Ask them to.",
        )
    return (TeamAssigned(team=team, side=side, reason=reason, text=text),)
