"""The whole demo: a database, a factory, the board, people who work, and links to get in."""

import logging
import threading
import time
from collections.abc import Callable

import psycopg
from rich.console import Console

from board import server
from board.app import create_app
from board.database import Addresses, database, migrate, migrate_back
from board.demo.factory import factory
from board.demo.loading import load, refuse_others
from board.demo.simulation import Simulation
from board.demo.welcome import say_welcome
from board.settings import Settings

#: Seconds that the board gets to show what was loaded before people are let in.
FILLING_UP = 30.0


def run(settings: Settings, *, fresh: bool, verbose: bool, links: bool) -> bool:
    """Run the demo until it is told to stop; whether everything ended in order.

    links: print where to go, and the links that sign in. Raises CannotListen, EmbeddedError,
    NotTheDemo.
    """
    waiting = Console(stderr=True)
    listening = server.listen(settings.host, settings.port)
    settings = server.with_port(settings, listening)
    with (
        listening,
        waiting.status("Starting PostgreSQL") as status,
        database(settings) as addresses,
    ):
        status.update("Preparing the tables")
        _prepare(addresses, fresh=fresh)
        load(addresses.app, status.update)
        status.update("Opening the board")
        app = create_app(settings, addresses)
        if not verbose:
            logging.getLogger("accord").setLevel(logging.WARNING)
        opening = _Opening(settings, addresses, status.stop, links=links)
        try:
            return server.serve(
                app,
                listening,
                trusted_proxies=settings.trusted_proxies,
                close_streams=app.state.hub.close,
                on_ready=opening.start,
            )
        finally:
            opening.stop()


def _prepare(addresses: Addresses, *, fresh: bool) -> None:
    """The demo's own tables, or none yet: what is somebody else's is left as it is."""
    with psycopg.connect(addresses.app) as db:
        known = db.execute("SELECT to_regclass('accord.person') IS NOT NULL").fetchone()
        if known and known[0]:
            refuse_others(db, factory())
    if fresh:
        migrate_back(addresses, to="base")
    migrate(addresses)


class _Opening:
    """Beside the server: lets people in once the board is filled, and sends them home."""

    def __init__(
        self,
        settings: Settings,
        addresses: Addresses,
        still: Callable[[], None],
        *,
        links: bool,
    ) -> None:
        self._settings = settings
        self._addresses = addresses
        self._still = still
        self._links = links
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._open, name="opening", daemon=True)
        self._simulation = Simulation(addresses.app, pace=settings.pace) if settings.pace else None

    def start(self) -> None:
        """The server answers."""
        self._thread.start()

    def stop(self) -> None:
        """Return when nobody works any more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._simulation:
            self._simulation.stop()

    def _open(self) -> None:
        self._wait_until_shown()
        if self._stopping.is_set():
            return
        self._still()
        if self._links:
            say_welcome(self._settings, self._addresses, Console())
        if self._simulation:
            self._simulation.start()

    def _wait_until_shown(self) -> None:
        """Until the views have caught up with the log."""
        until = time.monotonic() + FILLING_UP
        with psycopg.connect(self._addresses.app, autocommit=True) as db:
            while not self._stopping.wait(0.05) and time.monotonic() < until:
                row = db.execute(
                    "SELECT position >= (SELECT coalesce(max(notification_id), 0)"
                    " FROM accord.stored_events) FROM accord.read_models WHERE live"
                ).fetchone()
                if row and row[0]:
                    return
