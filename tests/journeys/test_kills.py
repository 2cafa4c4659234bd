"""The web process and the database are killed again and again under two open boards."""

import os
import random
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from board.database import Addresses, addresses, make_database, migrate
from board.embedded.server import Server
from board.embedded.sharing import shared
from domain.people import Role
from projections.event_store import StoreUnavailable, open_store
from tests.board.asking import ask
from tests.board.office import Office
from tests.command import Running

KILLS = 22


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of one's own, to be killed without disturbing anybody."""
    with tempfile.TemporaryDirectory(prefix="accord-test-") as folder:
        if os.geteuid() == 0:
            Path(folder).chmod(0o711)
        with shared(Path(folder) / "data") as server:
            yield server


@pytest.fixture
def database(server: Server) -> Addresses:
    make_database(server, "kills")
    migrate(addresses(server, "kills"))
    return addresses(server, "kills")


@pytest.mark.slow
def test_open_boards_come_back_by_themselves_and_miss_nothing(
    server: Server, database: Addresses, browser: Browser
) -> None:
    chance = random.Random(22)
    with open_store(database.app) as store:
        at = Office(database, store)
        lines = [at.enter() for _ in range(6)]
        port = _free_port()
        serving = _served(_serve(database, port), database, port)
        try:
            pages = [_open_board(browser, at, port, len(lines)) for _ in range(2)]
            for kill in range(KILLS):
                if kill % 2:
                    pid = server.postmaster()
                    assert pid is not None
                    os.kill(pid, signal.SIGKILL)  # started again by whoever keeps it
                else:
                    serving.tell(signal.SIGKILL)
                    serving.process.wait()
                    serving = _serve(database, port)
                    if kill % 4:  # else the next kill finds it starting
                        serving = _served(serving, database, port)
                for _ in range(3):
                    _move(at, chance.choice(lines), 20 + kill)
            serving = _served(serving, database, port)
            versions = {f"line-{line}": store.load(line).line for line in lines}
            for page in pages:
                for row, line in versions.items():
                    assert line is not None
                    version = str(line.version)
                    shown = page.locator(f"#{row}")
                    expect(shown).to_have_attribute("data-version", version, timeout=45_000)
                assert page.evaluate("window.neverReloaded")
                expect(page.locator("#contact")).not_to_contain_text("No contact", timeout=30_000)
            assert sum(line.version for line in versions.values() if line) > 3 * KILLS
        finally:
            serving.tell(signal.SIGKILL)
            serving.process.wait()


def _move(at: Office, line_id: object, days: int) -> None:
    while True:
        try:
            ask(at, line_id, days)  # type: ignore[arg-type]
        except StoreUnavailable:
            continue  # sent again, as a person would
        return


def _serve(database: Addresses, port: int) -> Running:
    return Running(("serve", "--port", str(port)), {"DATABASE_URL": database.app})


def _served(serving: Running, database: Addresses, port: int) -> Running:
    """The process once it serves; one that found no database ends, and is started again."""
    while True:
        try:
            serving.until("Serving")
        except AssertionError:
            assert serving.process.wait(10) != 0
            serving = _serve(database, port)
        else:
            return serving


def _open_board(browser: Browser, at: Office, port: int, lines: int) -> Page:
    person = at.add_person(Role.PLANNER, team="production", sites=["nord"])
    context = browser.new_context(locale="en-GB", timezone_id="Europe/Berlin")
    url = f"http://127.0.0.1:{port}"
    context.add_cookies([{"name": f"accord-{port}", "value": at.sign_in(person), "url": url}])
    page = context.new_page()
    page.goto(url)
    expect(page.locator(".row")).to_have_count(lines)
    page.evaluate("window.neverReloaded = true")
    return page


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
        return port
