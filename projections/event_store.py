"""The event store: eventsourcing's Application on our log. Load a line, change it, read its words.

Blocking: the web calls it from a pool of threads.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar, cast
from uuid import UUID, uuid5

from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError
from msgspec import Struct

from domain.events import Fact, LineEntered, Recorded
from domain.evolve import evolve
from domain.line import Line, line_id
from domain.people import Person
from domain.refusals import Refused, Wrong
from projections.log import Log
from projections.recorder import LogRecorder
from projections.recording import Unreadable
from projections.stream import Stream, claims
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


class EventStore:
    """Every line's events: read, decided on and appended here, and nowhere else."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._log = Log(url)
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
        return Loaded(stream.line, stream.at)

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
            line = stream.line
            if line is not None and (said := stream.said_by(command_id)):
                return Outcome(line, said, repeated=True)
            facts = tuple(decide(line, stream.at))
            if line is None and not (facts and isinstance(facts[0], LineEntered)):
                raise LineUnknown(line_id)
            events = stream.following(facts, by, command_id)
            for event in events:
                line = evolve(line, event)
            line = known(line, line_id)
            if not events or self._append(events, line, texts, give_up):
                return Outcome(line, facts, repeated=False)
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
        after: Line,
        texts: Mapping[UUID, Words] | None,
        give_up: float,
    ) -> bool:
        """Whether it was recorded; if not, or if nobody can know, the stream will tell.

        Raises Refused, and after the moment `give_up` StoreUnavailable.
        """
        claimed = claims(events, after.details.leg)
        try:
            self._log.save(*events, *claimed, texts=texts)
        except IntegrityError:
            for claim in claimed:
                self._refuse_taken(claim, after.id)
            return False
        except _LOST as error:
            if time.monotonic() > give_up:
                raise StoreUnavailable(_AWAY) from error
            return False
        return True

    def _refuse_taken(self, claim: Recorded, line_id: UUID) -> None:
        """Raises Refused where the order number belongs to another line."""
        taken = self._stream(claim.originator_id)
        if taken.events and taken.id != line_id:
            raise Refused(
                Wrong.INPUT,
                "This order number and line belong to another line already. "
                "Open that line, or correct the number.",
            )

    def _stream(self, line_id: UUID, give_up: float | None = None) -> Stream:
        """The events of a line; a claimed order number leads on to the line that claimed it."""
        stream = Stream.of(line_id, _patiently(lambda: self._recorder.read(line_id), give_up))
        return self._stream(stream.claimed_by, give_up) if stream.claimed_by else stream


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
