"""The whole application on a real server and database, with two sites and a few people in it."""

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import psycopg
import uvicorn

from board import people, sessions, wall_links
from board.app import create_app
from board.database import Addresses
from board.settings import Settings
from domain import moves
from domain.events import Fact
from domain.line import Line
from domain.people import Person, Role
from projections.event_store import EventStore, open_store
from tests.facts import ERP, details

T = TypeVar("T")

_PLACES = """
INSERT INTO accord.site (id, name, timezone) VALUES
    ('nord', 'Werk Nord', 'Europe/Berlin'), ('sued', 'Werk Süd', 'Europe/Berlin');
INSERT INTO accord.team (id, name, side, site) VALUES
    ('sales', 'Sales', 'sales', NULL), ('production', 'Production Nord', 'production', 'nord'),
    ('south', 'Production Süd', 'production', 'sued');
"""


class Office:
    """A served Accord. What a test does to it goes the way that everybody's moves go."""

    def __init__(self, addresses: Addresses, store: EventStore) -> None:
        self.addresses = addresses
        self.store = store
        self.port = 0
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        with psycopg.connect(addresses.app) as connection:
            connection.execute(_PLACES)

    def start(self) -> None:
        """Serve, on the port that was served on before."""
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", self.port))
        door.listen(256)
        self.port = door.getsockname()[1]
        settings = Settings.read({"ACCORD_PORT": str(self.port)})
        self.app = create_app(settings, self.addresses)
        config = uvicorn.Config(
            self.app, log_config=None, lifespan="on", timeout_graceful_shutdown=1
        )
        self._server = server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: server.run(sockets=[door]), daemon=True)
        self._thread.start()
        while not server.started:
            assert self._thread.is_alive(), "the server does not start"
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop serving, as a signal would: the streams first."""
        server, thread = self._server, self._thread
        assert server is not None
        assert thread is not None
        self.on_the_loop(self.app.state.hub.close)
        server.should_exit = True
        thread.join(5)
        assert not thread.is_alive()
        self._server = None

    @property
    def serving(self) -> bool:
        """Whether it is served now."""
        return self._server is not None

    def on_the_loop(self, work: Callable[[], object]) -> None:
        """Have the server's own thread do something."""
        servers = self._server.servers if self._server else []
        servers[0].get_loop().call_soon_threadsafe(work)

    @property
    def url(self) -> str:
        """What a person types."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def cookie_name(self) -> str:
        """The cookie of a session here."""
        return sessions.session_cookie(self.app.state.settings)

    def enter(self, **said: Any) -> UUID:
        """An order line, as an import enters it; by default of site nord."""
        line_id = uuid4()
        entered = details(**{"order_number": str(line_id)[:8], **said})
        self.change(line_id, lambda line, _: moves.enter_line(line, entered, by=ERP), by=ERP)
        return line_id

    def change(
        self, line_id: UUID, decide: Callable[[Line | None, datetime], Sequence[Fact]], by: Person
    ) -> Line:
        """A move."""
        return self.store.change(line_id, decide, by=by, command_id=uuid4()).line

    @property
    def last_position(self) -> int:
        """The log's last position."""
        with psycopg.connect(self.addresses.app) as connection:
            query = "SELECT coalesce(max(notification_id), 0) FROM accord.stored_events"
            return int((connection.execute(query).fetchone() or (0,))[0])

    @property
    def settled(self) -> bool:
        """Whether everything that was recorded has been given to the hub."""
        return bool(self.app.state.hub.published >= self.last_position)

    def add_person(self, role: Role, *, team: str = "", sites: Sequence[str] = ()) -> str:
        """Somebody with an account; their id."""
        return self.write(
            lambda db: people.add_person(
                db, login=f"{uuid4()}@example.com", name="Kim Ahrend", role=role, team=team,
                sites=sites,
            )
        )  # fmt: skip

    def sign_in(self, person_id: str) -> str:
        """A session of theirs: the token in its cookie."""
        return self.write(lambda db: sessions.begin(db, person_id, None))

    def cookie(self, token: str) -> str:
        """The header that carries the session."""
        return f"{self.cookie_name}={token}"

    def wall(self, site: str, team: str = "") -> tuple[str, str]:
        """A wall's link: its id and its token."""
        return self.write(
            lambda db: wall_links.new_link(db, site=site, label=f"Wall {uuid4()}", team=team)
        )

    def write(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Do something to the tables that can be changed."""
        # In a thread of its own: a browser's driver may hold this one's event loop.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(people.once, self.addresses.app, work).result()


@contextmanager
def office(addresses: Addresses) -> Iterator[Office]:
    """An office that is served until the block ends."""
    with open_store(addresses.app) as store:
        at = Office(addresses, store)
        at.start()
        try:
            yield at
        finally:
            if at.serving:
                at.stop()


def run(scenario: Any) -> None:
    """Run an async scenario, for half a minute at most."""

    async def within() -> None:
        async with asyncio.timeout(30):
            await scenario

    asyncio.run(within())
