"""A stream as it was read, and facts put at its end: in which place, when, by whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from msgspec import Struct

from domain.events import Fact, OrderNumberClaimed, OrderNumberGiven, Recorded
from domain.evolve import replay
from domain.line import Line, line_id
from domain.people import Person
from projections.recorder import StoredRow
from projections.recording import from_stored


class Stream(Struct, frozen=True):
    """A stream's id and events, and the database's clock when they were read."""

    id: UUID
    events: list[Recorded]
    at: datetime

    @classmethod
    def of(cls, stream_id: UUID, rows: list[StoredRow]) -> Self:
        """Rows as the recorder reads them. Raises Unreadable."""
        events = [
            from_stored(stream_id, version, topic, bytes(state))
            for _, version, topic, state in rows
            if version is not None
        ]
        return cls(stream_id, events, rows[0][0])

    @property
    def line(self) -> Line | None:
        """The line that these events made; None for none."""
        return replay(self.events)

    @property
    def claimed_by(self) -> UUID | None:
        """The line that claimed the order number which this stream stands for."""
        first = self.events[0].fact if self.events else None
        return first.line_id if isinstance(first, OrderNumberClaimed) else None

    def said_by(self, command_id: UUID) -> tuple[Fact, ...]:
        """What a command said here; nothing where it is not recorded."""
        return tuple(event.fact for event in self.events if event.command_id == command_id)

    def following(self, facts: Sequence[Fact], by: Person, command_id: UUID) -> list[Recorded]:
        """These facts as the stream's next events."""
        last = self.events[-1] if self.events else None
        # A clock that was set back must not put an event before the one that it follows.
        at = max(self.at, last.at) if last else self.at
        first = 1 + (last.originator_version if last else 0)
        return [
            Recorded(
                originator_id=self.id,
                originator_version=version,
                command_id=command_id,
                at=at,
                by=by.id,
                side=by.side,
                team=by.team,
                fact=fact,
            )
            for version, fact in enumerate(facts, first)
        ]


def claims(events: Sequence[Recorded], leg: str) -> list[Recorded]:
    """For an order number that was given: the one event of the stream that the number names."""
    return [
        Recorded(
            originator_id=line_id(
                event.fact.source, event.fact.order_number, event.fact.line_number, leg
            ),
            originator_version=1,
            command_id=event.command_id,
            at=event.at,
            by=event.by,
            side=event.side,
            team=event.team,
            fact=OrderNumberClaimed(line_id=event.originator_id),
        )
        for event in events
        if isinstance(event.fact, OrderNumberGiven)
    ]
