"""The event store: eventsourcing's Application on our log. Load a line, change it, read its words.

Blocking: the web calls it from a pool of threads.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar, cast
from uuid import UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.persistence import (
    ApplicationRecorder,
    InfrastructureFactory,
    IntegrityError,
    InterfaceError,
    Mapper,
    OperationalError,
)
from eventsourcing.utils import Environment, EnvType
from msgspec import Struct

from domain.events import Fact, LineEntered, OrderNumberClaimed, OrderNumberGiven, Recorded
from domain.line import Line, evolve, line_id, replay
from domain.people import Person
from domain.refusals import Refused, Wrong
from projections.recorder import LogFactory, LogRecorder, StoredRow
from projections.recording import EventMapper, Unreadable, from_stored
from projections.texts import Words, new_text

__all__ = [
    "EventStore",
    "LineUnknown",
    "Loaded",
    "Outcome",
    "StoreUnavailable",
    "Unreadable",
    "Words",
    "enquiry_id",
    "known",
    "new_text",
    "open_store",
]

_Read = TypeVar("_Read")
_LOST = (OperationalError, InterfaceError)

Decide = Callable[[Line | None, datetime], Sequence[Fact]]

_AWAY = "The database doesn't answer. Nothing is lost: send it again in a moment."

#: Seconds in which a move is tried again after the database went away.
PERSISTENCE = 8.0
#: How often a move is decided anew because others were quicker on the same line.
TRIES = 24

_ENQUIRIES = UUID("5b1c7a52-6c0e-4d0e-9d59-2f6a1f0f7d11")


class LineUnknown(LookupError):
    """There is no line of this id."""


class StoreUnavailable(Exception):
    """The database doesn't answer. The move may or may not be recorded: sent again with the same
    command id it is recorded once."""


class Loaded(Struct, frozen=True):
    """A line, None where its stream is empty, and the database's clock (UTC) at that moment."""

    line: Line | None
    at: datetime


class Outcome(Struct, frozen=True):
    """The line after a command, and what the command said.

    repeated: it was recorded before, and nothing was recorded now.
    """

    line: Line
    facts: tuple[Fact, ...]
    repeated: bool


class _Log(Application[UUID]):
    """The library's application, without snapshots and with nothing read from the environment."""

    name = "log"

    def __init__(self, url: str) -> None:
        self._url = url
        super().__init__()

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """The library would take any POSTGRES_… variable of the machine for ours."""
        return Environment(name, {})

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        """Our own pool, recorder and address."""
        return LogFactory(self._url)

    def construct_mapper(self) -> Mapper[UUID]:
        """Our own stored form."""
        return EventMapper()

    def construct_recorder(self) -> ApplicationRecorder:
        """Our own append function."""
        return self.factory.application_recorder()


class EventStore:
    """Every line's events: read, decided on and appended here, and nowhere else."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._log = _Log(url)
        self._recorder = cast("LogRecorder", self._log.recorder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._log.close()

    def load(self, line_id: UUID) -> Loaded:
        """The line now, in one round trip. Raises Unreadable, StoreUnavailable."""
        stream = self._stream(line_id)
        return Loaded(replay(stream.events), stream.at)

    def events(self, line_id: UUID) -> list[Recorded]:
        """The line's events in their order; none for an unknown line.

        Raises Unreadable, StoreUnavailable.
        """
        return self._stream(line_id).events

    def find(self, source: str, order_number: str, line_number: str, leg: str = "") -> UUID | None:
        """The stream in which this order line lives, also where it began as an enquiry."""
        stream = self._stream(line_id(source, order_number, line_number, leg))
        return stream.id if stream.events else None

    def change(
        self,
        line_id: UUID,
        decide: Decide,
        *,
        by: Person,
        command_id: UUID,
        texts: Mapping[UUID, Words] | None = None,
    ) -> Outcome:
        """Load the line, decide, and append what was decided, with its words.

        `decide` may be called several times: once more for each time that somebody else was
        quicker. A command that is recorded already is not decided again. Where the id is the one
        of an order number that an enquiry claimed, the enquiry's line is meant.

        Raises Refused (from `decide`), LineUnknown, Unreadable, StoreUnavailable.
        """
        give_up = time.monotonic() + PERSISTENCE
        for _ in _tries():
            stream = self._stream(line_id, give_up)
            if any(event.command_id == command_id for event in stream.events):
                return stream.repeated(command_id)
            line = replay(stream.events)
            facts = tuple(decide(line, stream.at))
            if line is None and not (facts and isinstance(facts[0], LineEntered)):
                raise LineUnknown(line_id)
            events = list(_recorded(facts, stream, by, command_id))
            after = _after(line, events)
            if not events or self._append(events, _claims(events, after), texts, give_up):
                return Outcome(after, facts, repeated=False)
        raise Refused(
            Wrong.STALE, "Others are changing this line at this moment. Try again in a moment."
        )

    def enter_many(self, events: Sequence[Recorded]) -> bool:
        """Append the first events of new lines, of many lines in one transaction.

        False where one of the lines is there already, or nobody can know whether it was recorded:
        then `change` with the same command ids settles each line. Raises nothing else.
        """
        try:
            self._log.save(*events)
        except (IntegrityError, *_LOST):
            return False
        return True

    def words(self, text_ids: Sequence[UUID]) -> dict[UUID, str]:
        """The words of these texts; erased ones are absent. Raises StoreUnavailable."""
        query = "SELECT id, words FROM accord.texts WHERE id = ANY(%s) AND words IS NOT NULL"
        return dict(_patiently(lambda: self._recorder.rows(query, (list(text_ids),))))

    def erase(self, text_id: UUID) -> None:
        """Erase the words of a text for good; erasing twice does nothing more.

        Raises StoreUnavailable.
        """
        query = "SELECT accord.erase_text(%s)"
        _patiently(lambda: self._recorder.rows(query, (text_id,)))

    def _append(
        self,
        events: list[Recorded],
        claims: list[Recorded],
        texts: Mapping[UUID, Words] | None,
        give_up: float,
    ) -> bool:
        """Whether it was recorded; if not, or if nobody can know, the stream will tell.

        Raises Refused, and after the moment `give_up` StoreUnavailable.
        """
        try:
            self._log.save(*events, *claims, texts=texts)
        except IntegrityError:
            for claim in claims:
                self._refuse_taken(claim)
            return False
        except _LOST as error:
            if time.monotonic() > give_up:
                raise StoreUnavailable(_AWAY) from error
            return False
        return True

    def _refuse_taken(self, claim: Recorded) -> None:
        """Raises Refused where the order number belongs to another line."""
        taken = self._stream(claim.originator_id)
        fact = cast("OrderNumberClaimed", claim.fact)
        if taken.events and taken.id != fact.line_id:
            raise Refused(
                Wrong.INPUT,
                "This order number and line belong to another line already. "
                "Open that line, or correct the number.",
            )

    def _stream(self, line_id: UUID, give_up: float | None = None) -> "_Stream":
        """The events of a line; a claimed order number leads on to the line that claimed it."""
        stream = _Stream.of(line_id, _patiently(lambda: self._recorder.read(line_id), give_up))
        first = stream.events[0].fact if stream.events else None
        if isinstance(first, OrderNumberClaimed):
            return self._stream(first.line_id, give_up)
        return stream


class _Stream(Struct, frozen=True):
    """A stream's id and events, and the database's clock when they were read."""

    id: UUID
    events: list[Recorded]
    at: datetime

    @classmethod
    def of(cls, line_id: UUID, rows: list[StoredRow]) -> Self:
        """Rows as the recorder reads them. Raises Unreadable."""
        events = [
            from_stored(line_id, version, topic, bytes(state))
            for _, version, topic, state in rows
            if version is not None
        ]
        return cls(line_id, events, rows[0][0])

    def repeated(self, command_id: UUID) -> Outcome:
        """What a command that is recorded here said, and the line as it is by now."""
        facts = tuple(event.fact for event in self.events if event.command_id == command_id)
        return Outcome(cast("Line", replay(self.events)), facts, repeated=True)


def open_store(url: str) -> EventStore:
    """The store of the database at `url`, as the application's role. Connects when first used."""
    return EventStore(url)


def known(line: Line | None, line_id: UUID) -> Line:
    """The line, for a decision that needs one. Raises LineUnknown."""
    if line is None:
        raise LineUnknown(line_id)
    return line


def enquiry_id(command_id: UUID) -> UUID:
    """The id of a line that a person enters without an order number.

    It follows from the command, so that a form that is sent twice enters one line.
    """
    return uuid5(_ENQUIRIES, str(command_id))


def _patiently(read: Callable[[], _Read], give_up: float | None = None) -> _Read:
    """Read again for a while where the database is away, up to the moment `give_up` (monotonic).

    Raises StoreUnavailable.
    """
    give_up = time.monotonic() + PERSISTENCE if give_up is None else give_up
    while True:
        try:
            return read()
        except _LOST as error:
            if time.monotonic() > give_up:
                raise StoreUnavailable(_AWAY) from error
            time.sleep(0.1)


def _tries() -> Iterator[int]:
    for tried in range(TRIES):
        if tried:
            time.sleep(random.uniform(0, 0.002 * min(tried, 10)))  # noqa: S311 only spreads them
        yield tried


def _recorded(
    facts: tuple[Fact, ...], stream: _Stream, by: Person, command_id: UUID
) -> Iterator[Recorded]:
    """The facts in their envelopes, at the stream's end."""
    last = stream.events[-1] if stream.events else None
    # A clock that was set back must not put an event before the one that it follows.
    at = max(stream.at, last.at) if last else stream.at
    first = 1 + (last.originator_version if last else 0)
    for version, fact in enumerate(facts, first):
        yield Recorded(
            originator_id=stream.id,
            originator_version=version,
            command_id=command_id,
            at=at,
            by=by.id,
            side=by.side,
            team=by.team,
            fact=fact,
        )


def _after(line: Line | None, events: list[Recorded]) -> Line:
    for event in events:
        line = evolve(line, event)
    return cast("Line", line)


def _claims(events: list[Recorded], after: Line) -> list[Recorded]:
    """For an order number that was given: the one event of the stream that the number names."""
    return [
        Recorded(
            originator_id=line_id(
                event.fact.source,
                event.fact.order_number,
                event.fact.line_number,
                after.details.leg,
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
