"""What an order system has said about its lines so far, read in bulk.

An import compares every row of a file with this, so that a row that says nothing new costs no
loading of its line.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import psycopg
from msgspec import UNSET, Raw, Struct, json
from msgspec.structs import asdict, replace

from domain.events import (
    DeliveryCorrected,
    Fact,
    LineCancelled,
    LineChanged,
    LineDetails,
    LineEntered,
    OrderNumberClaimed,
    OrderNumberGiven,
    QuantityDelivered,
    Recorded,
)
from domain.people import Side
from projections.recording import from_stored, topic_of

#: Facts by which a line's details and an order system's word become known.
_TOPICS = [
    fact.topic
    for fact in (
        LineEntered, LineChanged, LineCancelled, OrderNumberGiven, OrderNumberClaimed,
        QuantityDelivered, DeliveryCorrected,
    )
]  # fmt: skip
_READ = """
SELECT originator_id, originator_version, topic, state
FROM accord.stored_events
WHERE originator_id = ANY(%s) AND split_part(topic, ':', 1) = ANY(%s)
ORDER BY originator_id, originator_version
"""


_CLAIM = f"{OrderNumberClaimed.topic}:"


class _Raw(Struct):
    """An event as it is stored, with its fact as it stands there."""

    fact: Raw


_raw = json.Decoder(_Raw).decode
_encode = json.Encoder().encode


class Known(Struct, frozen=True, kw_only=True):
    """What is known about a line as far as order systems speak of it.

    id: of the stream in which it lives. version: of the last event that said any of it.
    totals: source -> the total to date that the source itself reported last; a person's
    correction of it is not the source's word. cancelled_by_source: not by a rep.
    """

    id: UUID
    version: int
    details: LineDetails
    totals: dict[str, Decimal] = {}
    cancelled: bool = False
    cancelled_by_source: bool = False


class Heard:
    """The events of one line that speak of what an order system says, read only as far as asked."""

    def __init__(self, rows: Sequence[tuple[UUID, int, str, bytes]]) -> None:
        self._rows = rows

    def says_only(self, facts: Sequence[Fact]) -> bool:
        """Whether exactly these facts are all there is: byte for byte, without decoding them."""
        return len(facts) == len(self._rows) and all(
            topic == topic_of(fact) and bytes(_raw(state).fact) == _encode(fact)
            for fact, (_, _, topic, state) in zip(facts, self._rows, strict=True)
        )

    @property
    def is_claim(self) -> bool:
        """Whether this is no line but a number that belongs to one."""
        return self._rows[0][2].startswith(_CLAIM)

    @property
    def claimed_by(self) -> UUID | None:
        """The line that claimed this order number, where it began as an enquiry."""
        fact = self._events[0].fact
        return fact.line_id if isinstance(fact, OrderNumberClaimed) else None

    @property
    def known(self) -> Known | None:
        """What they tell. Raises Unreadable."""
        first = self._events[0].fact
        return _known(first, self._events) if isinstance(first, LineEntered) else None

    @cached_property
    def _events(self) -> list[Recorded]:
        return [from_stored(*row) for row in self._rows]


def heard_of(connection: psycopg.Connection[Any], ids: Sequence[UUID]) -> dict[UUID, Heard]:
    """For each id of an order line what was heard of it, as far as there is a line.

    A number that an enquiry claimed leads to the enquiry's own stream. Raises Unreadable.
    """
    found = dict(_streams(connection, ids))
    claims = {
        number: line
        for number, heard in found.items()
        if heard.is_claim and (line := heard.claimed_by)
    }
    if claims:
        lines = heard_of(connection, list(claims.values()))
        found |= {number: lines[line] for number, line in claims.items() if line in lines}
    return found


def _streams(
    connection: psycopg.Connection[Any], ids: Sequence[UUID]
) -> Iterator[tuple[UUID, Heard]]:
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(_READ, (list(ids), _TOPICS)).fetchall()
    for stream, of_one in groupby(rows, key=itemgetter(0)):
        yield stream, Heard(list(of_one))


def _known(first: LineEntered, events: list[Recorded]) -> Known:
    known = Known(id=events[0].originator_id, version=1, details=first.details)
    for event in events[1:]:
        known = _heard(known, event.fact, event)
    return known


def _heard(known: Known, fact: Fact, event: Recorded) -> Known:
    known = replace(known, version=event.originator_version)
    by_source = event.side is Side.ORDER_SYSTEM
    match fact:
        case LineChanged():
            changes = {k: v for k, v in asdict(fact.changes).items() if v is not UNSET}
            return replace(known, details=replace(known.details, **changes))
        case OrderNumberGiven():
            number = {
                "source": fact.source,
                "order_number": fact.order_number,
                "line_number": fact.line_number,
            }
            return replace(known, details=replace(known.details, **number))
        case LineCancelled():
            return replace(
                known,
                cancelled=True,
                cancelled_by_source=known.cancelled_by_source or by_source,
            )
        case QuantityDelivered() | DeliveryCorrected() if by_source:
            return replace(known, totals={**known.totals, fact.source: fact.total})
    return known


def for_looking_up(url: str) -> psycopg.Connection[Any]:
    """A connection for `heard_of`: however little the database knows yet about a log that has
    just grown, it never reads all of it to find a few lines."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("SET enable_seqscan = off")
    connection.execute("SET max_parallel_workers_per_gather = 0")
    return connection


def clock(connection: psycopg.Connection[Any]) -> datetime:
    """The store's moment: the database's, in UTC."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None  # noqa: S101 a SELECT without FROM has one row
    moment: datetime = row[0]
    return moment
