"""A line that somebody has opened, with all that its page is made of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from board.people import Account, Contact
from board.sites import Site, Teams
from domain.events import Recorded
from domain.evolve import evolve
from domain.line import Line
from domain.moves import Now, legal_moves
from projections.line_row import Changed, LineRow


class Opened(Struct, frozen=True, kw_only=True):
    """A line with all that its page is made of. `events` are its whole story so far.

    source: the order system whose number an enquiry will get, where there is only one.
    """

    line: Line
    events: Sequence[Recorded]
    site: Site
    at: datetime
    account: Account
    teams: Teams
    contacts: Mapping[str, Contact] = {}
    words: Mapping[UUID, str] = {}
    source: str = ""
    past: bool = False

    @property
    def now(self) -> Now:
        """The moment with the site's day."""
        return self.site.now(self.at)

    def may(self, name: str) -> bool:
        """Whether the move is legal for this person now."""
        moves = legal_moves(self.line, self.account.person, self.now)
        return any(move.name == name for move in moves)


def row_of(events: Sequence[Recorded]) -> LineRow | None:
    """The line's row as its own events make it, without waiting for anybody. Raises ValueError."""
    line: Line | None = None
    changed: Changed | None = None
    for event in events:
        line = evolve(line, event)
        changed = Changed.after(changed, event)
    return LineRow(line, 0, changed) if line and changed else None
