"""The demo as a newcomer runs it: from nothing to ready, in by a link, out by ctrl-c, and again."""

import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from board.database import Addresses, addresses
from board.embedded.server import Server
from tests.command import Running, accord, running

READY = "Ctrl-c ends everything"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the demo keeps its data; as root, PostgreSQL's own user has to reach it."""
    made = Path(tempfile.mkdtemp(prefix="accord-demo-"))
    if os.geteuid() == 0:
        made.chmod(0o711)
    yield made / "data"
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[Running]:
    """The first start, on an empty folder."""
    words = ("demo", "--port", "0", "--pace", "120")
    with running(*words, ACCORD_DATA=str(folder)) as command:
        command.until(READY)
        command.ready_after = time.monotonic() - command.began
        yield command


def _events(folder: Path) -> int:
    with psycopg.connect(addresses(Server(folder), "accord").app) as db:
        row = db.execute("SELECT count(*) FROM accord.stored_events").fetchone()
    assert row is not None
    return int(row[0])


def _left_behind(folder: Path) -> list[str]:
    """Processes that know the folder, by their words or by where they work."""
    found = []
    mark = Server(folder).mark
    for process in psutil.process_iter(["pid", "cmdline"]):
        words = " ".join(process.info["cmdline"] or [])
        try:
            where = process.cwd()
        except psutil.Error:
            where = ""
        if process.pid != os.getpid() and (mark in words or str(folder) in words + where):
            found.append(f"{process.pid} {words}")
    return found


def _sign_in(client: httpx.Client, address: str) -> httpx.Response:
    """Open the link and press its button."""
    page = client.get(address)
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf, page.text
    return client.post(address, data={"csrf": csrf[1]})


def test_from_nothing_to_ready_within_a_minute(demo: Running) -> None:
    assert demo.ready_after < 60
    assert httpx.get(f"{demo.address()}/health").json() == {"status": "ok"}
    assert httpx.get(f"{demo.address()}/ready").status_code == 200


def test_the_terminal_names_a_link_for_each_of_four_people(demo: Running) -> None:
    links = re.findall(r"a (?:rep|planner|buyer)\b|an admin", demo.said)
    assert links == ["a rep", "a planner", "a buyer", "an admin"]
    assert len(re.findall(r"/sign-in/\S{20,}", demo.said)) == 4


def test_a_link_signs_in_once(demo: Running) -> None:
    link = demo.address("/sign-in/")
    with httpx.Client(follow_redirects=True) as visitor:
        board = _sign_in(visitor, link)
        assert board.status_code == 200
        assert 'id="line-' in board.text
    with httpx.Client() as late:
        assert late.get(link).status_code == 404


def test_the_walls_link_shows_the_wall_to_a_screen_without_an_account(demo: Running) -> None:
    wall = httpx.get(demo.address("/wall/"))
    assert wall.status_code == 200
    assert "Plant Nord" in wall.text


def test_people_make_moves(demo: Running, folder: Path) -> None:
    before = _events(folder)
    give_up = time.monotonic() + 30
    while _events(folder) < before + 3:
        assert time.monotonic() < give_up
        time.sleep(0.2)


def test_a_second_demo_on_the_same_port_is_refused_in_a_sentence(
    demo: Running, folder: Path
) -> None:
    port = demo.address().rpartition(":")[2]
    ended = accord("demo", "--port", port, ACCORD_DATA=str(folder))
    assert ended.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_ctrl_c_ends_all_of_it_and_the_next_start_goes_on_with_the_same_data(
    demo: Running, folder: Path
) -> None:
    wall = demo.address("/wall/").partition("/wall/")[2]
    with httpx.Client(follow_redirects=True) as visitor:
        signed_in = _sign_in(visitor, _last_link(demo))
        assert signed_in.status_code == 200
    before = _events(folder)
    assert demo.stop(signal.SIGINT) < 5
    assert demo.process.returncode == 0
    assert _left_behind(folder) == []

    words = ("demo", "--port", "0", "--pace", "0")
    with running(*words, ACCORD_DATA=str(folder)) as again:
        again.until(READY)
        assert again.address("/wall/").endswith(wall)
        assert _events(folder) >= before
        again.stop(signal.SIGINT)
    assert _left_behind(folder) == []


def _last_link(demo: Running) -> str:
    links: list[str] = re.findall(r"http://\S+/sign-in/\S+", demo.said)
    return links[-1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_otherwise_to_end_it_leaves_nothing_behind_either(number: int, folder: Path) -> None:
    """A closed terminal says SIGHUP, a service manager SIGTERM."""
    words = ("demo", "--port", "0", "--pace", "60")
    with running(*words, ACCORD_DATA=str(folder)) as command:
        command.until(READY)
        assert command.stop(number) < 5
    assert _left_behind(folder) == []


@pytest.mark.parametrize("seconds", [0.4, 1.0, 1.6, 2.2])
def test_ctrl_c_while_it_still_starts_leaves_nothing_behind(seconds: float, folder: Path) -> None:
    words = ("demo", "--port", "0", "--pace", "60")
    with running(*words, ACCORD_DATA=str(folder)) as command:
        time.sleep(seconds)
        command.stop(signal.SIGINT)
    assert _left_behind(folder) == []


def test_what_the_demo_recorded_checks(folder: Path) -> None:
    ended = accord("check", ACCORD_DATA=str(folder))
    assert ended.returncode == 0
    assert ended.stdout.startswith("What people see is what the log says, up to position ")


def test_a_fresh_start_forgets_what_was_said(folder: Path) -> None:
    words = ("demo", "--port", "0", "--pace", "0", "--fresh")
    with running(*words, ACCORD_DATA=str(folder)) as command:
        command.until(READY)
        again = _events(folder)
        command.stop(signal.SIGINT)
    assert 1000 < again < 2000


def test_the_demo_runs_on_a_server_of_ones_own(empty_database: Addresses, folder: Path) -> None:
    given = {
        "DATABASE_URL": empty_database.app,
        "MIGRATION_DATABASE_URL": empty_database.owner,
        "ACCORD_DATA": str(folder),
    }
    with running("demo", "--port", "0", "--pace", "0", **given) as command:
        command.until(READY)
        assert httpx.get(f"{command.address()}/ready").status_code == 200
        assert command.stop(signal.SIGINT) < 5
        assert command.process.returncode == 0


def test_the_demo_refuses_a_database_of_real_people(database: Addresses, folder: Path) -> None:
    with psycopg.connect(database.app) as db:
        db.execute(
            "INSERT INTO accord.person (id, login, name, role) VALUES ('1', 'a', 'A', 'admin')"
        )
    given = {"DATABASE_URL": database.app, "MIGRATION_DATABASE_URL": database.owner}
    for words in (("--fresh",), ()):
        ended = accord("demo", "--port", "0", *words, ACCORD_DATA=str(folder), **given)
        assert ended.returncode == 1
        assert "leaves it alone" in ended.stderr
    with psycopg.connect(database.app) as db:
        assert db.execute("SELECT name FROM accord.person").fetchall() == [("A",)]
