"""What is agreed, for those who carry it into other systems: everything, or what changed since."""

from collections.abc import AsyncIterator, Collection
from typing import Any

from msgspec import Struct
from psycopg_pool import AsyncConnectionPool

from domain.events import (
    CommitmentReleased,
    CommitmentReneged,
    CommitmentTakenBack,
    ConditionMet,
    CounterAccepted,
    DateCommitted,
    DateRequested,
    DeliveryCorrected,
    DeliveryDisputed,
    LineCancelled,
    LineChanged,
    OfferExpired,
    OrderNumberGiven,
    QuantityDelivered,
    RevisionAccepted,
)
from domain.line import IN_FORCE
from projections.line_row import LineRow
from projections.line_table import shown
from projections.reading import pieces

#: Facts after which something else is in force than before, or of another line or quantity.
_TOPICS = [
    fact.topic
    for fact in (
        DateCommitted, CounterAccepted, RevisionAccepted, ConditionMet, CommitmentTakenBack,
        CommitmentReneged, CommitmentReleased, OfferExpired, LineCancelled, LineChanged,
        OrderNumberGiven, QuantityDelivered, DeliveryCorrected, DeliveryDisputed, DateRequested,
    )
]  # fmt: skip

_LAST = """
(SELECT max(h.position) FROM {twin}.history AS h
 WHERE h.line_id = lines.id AND h.topic = ANY(%(topics)s))
"""
_CHANGED = """
id IN (SELECT line_id FROM {twin}.history WHERE position > %(since)s AND topic = ANY(%(topics)s))
"""


class Agreed(Struct, frozen=True):
    """A line with its commitment, and the log's position at which that last changed."""

    row: LineRow
    position: int

    @property
    def in_force(self) -> bool:
        """Whether it holds now; a line whose commitment ended is told too, after a position."""
        return self.row.in_force


async def commitments(
    pool: AsyncConnectionPool[Any],
    *,
    sites: Collection[str] = (),
    since: int | None = None,
) -> AsyncIterator[list[Agreed]]:
    """The lines with a commitment in force, piece by piece, in the order of the log.

    since: only those whose commitment changed after this position, also those that ended. Begin
    the next call with `lines.position`, read before this one: nothing is missed then, and what
    changes meanwhile may be told twice. sites: none is all.
    """
    conditions = ["site = ANY(%(sites)s)"] if sites else []
    conditions.append("state = ANY(%(in_force)s)" if since is None else _CHANGED)
    where = " AND ".join(conditions)
    query = f"SELECT {{row}}, {_LAST} AS last FROM {{twin}}.lines WHERE {where}"  # noqa: S608
    values = {
        "topics": _TOPICS,
        "since": since,
        "sites": sorted(sites),
        "in_force": sorted(state.value for state in IN_FORCE),
    }
    async with pieces(pool, f"{query} ORDER BY last, id", values) as read:
        async for rows in read:
            found = [Agreed(shown(row[:-1]), row[-1]) for row in rows]
            yield [agreed for agreed in found if agreed.row.line.commitments]
