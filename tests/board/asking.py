"""One move for tests that only need some move: a rep asks for a date, or for another one."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from domain import moves
from domain.events import Fact
from domain.line import Line
from projections.event_store import known
from tests.board.office import Office
from tests.facts import REP, all_on

A_REP = replace(REP, sites=frozenset())  # of all sites


def ask(at: Office, line_id: UUID, days: int = 20) -> int:
    """A rep asks for all of it so many days from now; the line's version after it."""
    day = (datetime.now(UTC) + timedelta(days=days)).date()

    def decide(line: Line | None, moment: datetime) -> Sequence[Fact]:
        now = moves.Now(moment, moment.date())
        return moves.request_date(known(line, line_id), all_on(day), by=A_REP, now=now)

    return at.change(line_id, decide, by=A_REP).version
