"""What the exported lists say: their columns, and a line as a row of them."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from board.sites import Teams
from board.wording import MILESTONES, STATES
from domain.line import Ball, Line
from domain.terms import Terms
from projections.commitments import Agreed
from projections.line_row import LineRow, Mark

Value = str | int | Decimal | date | datetime | None
Row = tuple[Value, ...]


class Holds(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"


class Column(Struct, frozen=True):
    """A column's name, which an import understands again, and what stands in it."""

    name: str
    holds: Holds = Holds.TEXT


def _columns(text: str) -> tuple[Column, ...]:
    """Names with what they hold behind a colon, text where nothing is said."""
    parts = (word.strip().partition(":") for word in text.split("|"))
    return tuple(Column(name, Holds(holds or "text")) for name, _, holds in parts)


_LINE = (
    "source | order number | line number | leg | site | customer code | customer | customer order"
    " | customer part number | product code | product"
)

#: A row for each instalment; one row without a date where the commitment ended.
COMMITMENTS = _columns(
    f"{_LINE} | unit | in force | agreed date:day | agreed quantity:number | still open:number"
    " | instalment:number | instalments:number | date means | version:number | agreed at:moment"
    " | if ordered by:moment | days in hand:number | team | date in the order system:day | state"
    " | position:number"
)

#: A row for each line.
BOARD = _columns(
    f"{_LINE} | product family | quantity:number | unit | delivered total:number"
    " | still open:number | state | whose move | team | sales team | required date:day"
    " | asked for:day | offered:day | agreed date:day | first agreed:day | agreed in parts"
    " | version:number | days in hand:number | date means | expected:day | customer told:day"
    " | promised date:day | order date:day | shipped date:day | marks | work centre | supplier"
    " | purchase order | since:moment"
)

_BALLS = {Ball.REQUESTER: "sales", Ball.NOBODY: ""}
_MARKS = {
    Mark.AT_RISK: "at risk",
    Mark.TOLD_EARLY: "told earlier than agreed",
    Mark.ERP_DIFFERS: "the order system shows another date",
    Mark.SPOKEN: "agreed aloud, to be confirmed",
    Mark.MISFIT: "quantity or product changed",
    Mark.NOT_TOLD: "customer not told yet",
    Mark.OVERDUE: "over the date",
}


def commitment_rows(agreed: Agreed, teams: Teams) -> list[Row]:
    """A row for each instalment of what is in force."""
    line = agreed.row.line
    made = line.commitment if agreed.in_force else None
    if made is None:
        last = line.commitments[-1]
        end: Row = (
            "no", None, None, None, None, None, "", last.version, None, None, None,
            teams[line.details.team].name, line.details.erp_date, STATES[line.state],
            agreed.position,
        )  # fmt: skip
        return [(*_which(line), line.details.unit, *end)]
    remainder = _open_by_day(line.committed_remainder)
    parts = made.terms.instalments
    return [
        (
            *_which(line), line.details.unit, "yes", part.date, part.quantity,
            remainder.get(part.date, Decimal(0)), number, len(parts),
            MILESTONES[line.details.milestone], made.version, made.at, made.ordered_by,
            made.buffer, teams[made.team].name, line.details.erp_date, STATES[line.state],
            agreed.position,
        )
        for number, part in enumerate(parts, 1)
    ]  # fmt: skip


def board_row(row: LineRow, teams: Teams, today: date) -> Row:
    """A line as the board shows it on `today`."""
    line, details = row.line, row.line.details
    marks = [_MARKS[mark] for mark in row.marks]
    if row.overdue(today):
        marks.append(_MARKS[Mark.OVERDUE])
    return (
        *_which(line), details.family, details.quantity, details.unit, line.delivered, line.open,
        STATES[line.state], _whose(row, teams, today), teams[details.team].name,
        teams[details.sales_team].name, details.wanted, row.asked, row.offered, row.agreed,
        row.first_agreed, _in_parts(line), line.commitment.version if line.commitment else None,
        row.buffer or None, MILESTONES[details.milestone], row.expected, row.told,
        details.erp_date, details.ordered_on, row.delivered_on, ", ".join(marks),
        details.work_centre, details.supplier, details.purchase_order, line.since,
    )  # fmt: skip


def _which(line: Line) -> Row:
    d = line.details
    return (
        d.source, d.order_number, d.line_number, d.leg, d.site, d.customer_code, d.customer,
        d.customer_order, d.customer_part, d.product_code, d.product,
    )  # fmt: skip


def _whose(row: LineRow, teams: Teams, today: date) -> str:
    ball = row.ball(today)
    return _BALLS.get(ball, teams[row.line.details.team].name)


def _open_by_day(remainder: Terms | None) -> dict[date, Decimal]:
    return {part.date: part.quantity for part in remainder.instalments} if remainder else {}


def _in_parts(line: Line) -> str:
    """Several instalments in words, nothing for one: "60 on 2026-12-03, 40 on 2026-12-10"."""
    if line.commitment is None or len(line.commitment.terms.instalments) == 1:
        return ""
    parts = line.commitment.terms.instalments
    return ", ".join(f"{part.quantity:f} on {part.date.isoformat()}" for part in parts)
