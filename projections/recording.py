"""How an event is written down: its stored name with a version, and plain JSON that SQL can read.

A topic of the log is a fact's stored name and the version of its meaning, "line.date_committed:1".
"""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from domain.events import FACTS, Fact, Recorded
from domain.people import Side


class Unreadable(Exception):
    """A stored event that this version of Accord can't read. Its stream stops before it."""

    def __init__(self, line_id: UUID, version: int, why: str) -> None:
        super().__init__(f"event {version} of line {line_id} can't be read: {why}")
        self.line_id = line_id
        self.version = version


class _Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is stored as an event's state."""

    at: datetime
    by: str
    side: Side
    team: str = ""
    command_id: UUID
    fact: msgspec.Raw


_encode = msgspec.json.Encoder().encode
_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_DECODERS = {
    f"{topic}:{fact.schema_version}": msgspec.json.Decoder(fact).decode
    for topic, fact in FACTS.items()
}


def topic_of(fact: Fact) -> str:
    """A fact's stored name and the version of its meaning."""
    return f"{fact.topic}:{fact.schema_version}"


def to_stored(event: Recorded) -> StoredEvent:
    """The event as it is stored."""
    envelope = _Envelope(
        at=event.at,
        by=event.by,
        side=event.side,
        team=event.team,
        command_id=event.command_id,
        fact=msgspec.Raw(_encode(event.fact)),
    )
    return StoredEvent(
        originator_id=event.originator_id,
        originator_version=event.originator_version,
        topic=topic_of(event.fact),
        state=_encode(envelope),
    )


def from_stored(line_id: UUID, version: int, topic: str, state: bytes) -> Recorded:
    """The event as it was recorded. Raises Unreadable, also for a version newer than this code."""
    decode_fact = _DECODERS.get(topic)
    if decode_fact is None:
        raise Unreadable(line_id, version, _unknown(topic))
    try:
        envelope = _decode_envelope(state)
        fact = decode_fact(envelope.fact)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable(line_id, version, f"{topic}: {error}") from error
    return Recorded(
        originator_id=line_id,
        originator_version=version,
        command_id=envelope.command_id,
        at=envelope.at,
        by=envelope.by,
        side=envelope.side,
        team=envelope.team,
        fact=fact,
    )


def _unknown(topic: str) -> str:
    name, _, version = topic.rpartition(":")
    known = FACTS.get(name)
    if known is not None and version.isdecimal() and int(version) > known.schema_version:
        return (
            f"{name} is of version {version}, this Accord knows {known.schema_version}: update it"
        )
    return f"this Accord knows no event {topic!r}: update it"


class EventMapper(Mapper[UUID]):
    """The library's door to the two functions above."""

    def __init__(self) -> None:
        super().__init__(JSONTranscoder())

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """See `to_stored`."""
        return to_stored(cast("Recorded", domain_event))

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """See `from_stored`. Raises Unreadable."""
        line_id = stored_event.originator_id
        return from_stored(
            line_id if isinstance(line_id, UUID) else UUID(line_id),
            stored_event.originator_version,
            stored_event.topic,
            stored_event.state,
        )
