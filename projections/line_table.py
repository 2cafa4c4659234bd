"""A row of the board as the database keeps it: columns for filters, the line itself as JSON."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import json

from domain.events import Recorded
from domain.evolve import evolve
from domain.line import Line
from domain.people import Side
from projections import search
from projections.line_row import Changed, LineRow

#: Raised by one whenever the same events make other rows than before: the views rebuild themselves.
SHAPE = 2

_encode = json.Encoder().encode
_decode = json.Decoder(Line).decode


class TableRow(NamedTuple):
    """A row of the table `lines`, its columns in their order."""

    id: UUID
    version: int
    position: int
    valid_from: datetime
    line: str
    changed_at: datetime
    changed_by: str
    changed_side: str
    changed_team: str
    changed_topic: str
    site: str
    sales_team: str
    team: str
    customer: str
    family: str
    rep: str
    state: str
    finished: bool
    marks: list[str]
    search: str
    day: date | None
    next_due: date | None
    delivered_on: date | None
    expires_at: datetime | None


COLUMNS = ", ".join(TableRow._fields)
#: The few of them that make a row for a screen; see `shown`.
SHOWN = "line, position, changed_at, changed_by, changed_side, changed_team, changed_topic"


def after(former: LineRow | None, event: Recorded, position: int) -> LineRow:
    """The row once `event`, at this position of the log, happened too. Raises ValueError."""
    line = evolve(former.line if former else None, event)
    return LineRow(line, position, Changed.after(former.changed if former else None, event))


def keep(row: LineRow, since: datetime) -> TableRow:
    """The row as it is stored; it is like this since that moment."""
    line, details, changed = row.line, row.line.details, row.changed
    return TableRow(
        id=line.id,
        version=line.version,
        position=row.position,
        valid_from=since,
        line=_encode(line).decode(),
        changed_at=changed.at,
        changed_by=changed.by,
        changed_side=changed.side.value,
        changed_team=changed.team,
        changed_topic=changed.topic,
        site=details.site,
        sales_team=details.sales_team,
        team=details.team,
        customer=details.customer,
        family=details.family,
        rep=details.rep,
        state=line.state.value,
        finished=row.finished,
        marks=[mark.value for mark in row.marks],
        search=searched(line),
        day=row.day,
        next_due=row.next_due,
        delivered_on=row.delivered_on,
        expires_at=row.expires_at,
    )


def shown(columns: tuple[Any, ...]) -> LineRow:
    """The columns SHOWN as the row that screens take."""
    line, position, at, by, side, team, topic = columns
    return LineRow(_decode(line), position, Changed(at, by, Side(side), team, topic))


def shown_again(row: TableRow) -> LineRow:
    """The same from a whole row."""
    changed = (row.changed_at, row.changed_by, row.changed_side, row.changed_team)
    return shown((row.line, row.position, *changed, row.changed_topic))


def searched(line: Line) -> str:
    """What a line is found by: order, customer, the customer's order and part, product."""
    d = line.details
    names = (d.order_number, d.line_number, d.customer, d.customer_code, d.customer_order)
    return search.folded(" ".join([*names, d.customer_part, d.product, d.product_code]))
