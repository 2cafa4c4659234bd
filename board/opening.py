"""Opens a line for somebody: its events as they are in the log now, the words, the names."""

from datetime import UTC, datetime
from uuid import UUID

from litestar.exceptions import NotFoundException
from psycopg_pool import AsyncConnectionPool

from board.commands import Commands
from board.opened import Opened
from board.order_systems import the_only_source
from board.people import Account, contacts
from board.sites import Sites, Teams
from board.story import person_ids, text_ids
from domain.events import Recorded
from domain.evolve import replay
from projections.event_store import EventStore


class Reading:
    """What it takes to open lines: the log, the words beside it, people, sites and teams."""

    def __init__(
        self,
        store: EventStore,
        commands: Commands,
        pool: AsyncConnectionPool,
        sites: Sites,
        teams: Teams,
    ) -> None:
        self.store = store
        self.commands = commands
        self.pool = pool
        self.sites = sites
        self.teams = teams

    async def open(self, line_id: UUID, account: Account, at: datetime | None = None) -> Opened:
        """The line as it is, or as it stood at a moment (aware).

        Raises NotFoundException for a line that is not known, not known yet, or of a site that
        this person doesn't see; StoreUnavailable.
        """
        events, words = await self.commands.run(self._read, line_id)
        if at is not None:
            events = [event for event in events if event.at <= at]
        line = replay(events)
        if line is None or not account.person.sees(line.details.site):
            raise NotFoundException
        site = self.sites.get(line.details.site)
        if site is None:
            raise NotFoundException
        async with self.pool.connection() as db:
            names = await contacts(db, person_ids(events))
            source = "" if line.details.order_number else await the_only_source(db)
        return Opened(
            line=line,
            events=events,
            site=site,
            at=at or datetime.now(UTC),
            account=account,
            teams=self.teams,
            contacts=names,
            words=words,
            source=source,
            past=at is not None,
        )

    def _read(self, line_id: UUID) -> tuple[list[Recorded], dict[UUID, str]]:
        events = self.store.events(line_id)
        ids = text_ids(events)
        return events, self.store.words(ids) if ids else {}
