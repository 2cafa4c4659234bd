"""The wall's ticker: the last moves, by team."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from board import wording
from board.standing import who_words
from board.wall_seen import Seen
from domain.events import Fact
from domain.line import Line
from domain.people import Side
from domain.terms import Terms
from projections.line_row import Changed, LineRow

#: The most moves that it shows.
MOST = 9


class Word(Struct, frozen=True):
    """One move of the ticker, by a team."""

    when: str
    at: datetime
    who: str
    what: str
    about: str


_SAID = {
    "line.date_requested": "asked for {asked}",
    "line.date_committed": "agreed to {agreed}",
    "line.date_countered": "offered {offered}",
    "line.counter_accepted": "agreed to {agreed}",
    "line.request_declined": "can't do it",
    "line.request_withdrawn": "no longer asks",
    "line.revision_proposed": "proposes {proposed}",
    "line.revision_accepted": "agreed to {agreed}",
    "line.revision_refused": "keeps to what is agreed",
    "line.commitment_reneged": "says it cannot be kept",
    "line.commitment_released": "released it",
    "line.progress_reported": "{progress}",
    "line.quantity_delivered": "delivered",
    "line.delivery_confirmed": "confirmed the delivery",
    "line.offer_expired": "the offer ran out",
    "line.condition_met": "has the order",
}


def ticker(seen: Seen) -> list[Word]:
    """The last moves, the newest first; notes and what the order system says are left out."""
    rows: dict[UUID, LineRow] = {row.line.id: row for row in seen.rows}
    words: list[Word] = []
    for entry in seen.latest:
        row = rows.get(entry.line_id)
        said = _SAID.get(entry.fact.topic)
        if row is None or said is None or len(words) >= MOST:
            continue
        changed = Changed(entry.at, "", entry.side, entry.team, entry.fact.topic)
        if entry.side in (Side.CLOCK, Side.ORDER_SYSTEM) and "delivered" not in entry.fact.topic:
            continue
        words.append(
            Word(
                when=wording.moment_words(entry.at, seen.site.timezone, seen.today),
                at=entry.at,
                who=who_words(changed, seen.teams),
                what=said.format(**_days_of(entry.fact, row.line, seen.today)),
                about=_about(row, seen),
            )
        )
    return words


def _about(row: LineRow, seen: Seen) -> str:
    d = row.line.details
    return f"{d.customer}, {d.product}" if seen.site.wall_names_customers else d.product


def _days_of(fact: Fact, line: Line, today: date) -> dict[str, str]:
    """The days that a sentence of the ticker may name."""
    terms: Terms | None = getattr(fact, "terms", None)
    day = wording.terms_words(terms, today=today) if terms else ""
    version = getattr(fact, "version", 0)
    made = next((c for c in line.commitments if c.version == version), None)
    agreed = day or (wording.terms_words(made.terms, today=today) if made else "a date")
    expected: date | None = getattr(fact, "expected", None)
    progress = f"now expects {wording.day_words(expected, today)}" if expected else "is on track"
    return {"asked": day, "offered": day, "proposed": day, "agreed": agreed, "progress": progress}
