"""The demo as a newcomer runs it: from nothing to ready, in by a link, out by ctrl-c, and again."""

import os
import pty
import re
import shutil
import signal
import socket
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
from tests.command import ACCORD, CHECKOUT, Running, accord, environment, running

pytestmark = pytest.mark.slow

READY = "Ctrl-c ends everything"


@pytest.fixture(scope="module")
def room() -> Iterator[Path]:
    """Where data may be kept; as root, PostgreSQL's own user has to reach it."""
    made = Path(tempfile.mkdtemp(prefix="accord-demo-"))
    if os.geteuid() == 0:
        made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def folder(room: Path) -> Path:
    """The data of the demo that all of these tests look at."""
    return room / "data"


@pytest.fixture(scope="module")
def elsewhere(room: Path) -> Path:
    """The data of demos that are started and stopped."""
    return room / "elsewhere"


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
    elsewhere: Path,
) -> None:
    given = {"ACCORD_DATA": str(elsewhere)}
    with running("demo", "--port", "0", "--pace", "120", **given) as demo:
        demo.until(READY)
        wall = demo.address("/wall/").partition("/wall/")[2]
        with httpx.stream("GET", demo.address("/wall/") + "/live") as stream:
            assert stream.status_code == 200
            before = _events(elsewhere)
            assert demo.stop(signal.SIGINT) < 5
        assert demo.process.returncode == 0
    assert _left_behind(elsewhere) == []

    with running("demo", "--port", "0", "--pace", "0", **given) as again:
        again.until(READY)
        assert again.address("/wall/").endswith(wall)
        assert _events(elsewhere) >= before
        again.stop(signal.SIGINT)
    assert _left_behind(elsewhere) == []
    checked = accord("check", **given)
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.startswith("What people see is what the log says")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_otherwise_to_end_it_leaves_nothing_behind_either(
    number: int, elsewhere: Path
) -> None:
    """A closed terminal says SIGHUP, a service manager SIGTERM."""
    words = ("demo", "--port", "0", "--pace", "60")
    with running(*words, ACCORD_DATA=str(elsewhere)) as command:
        command.until(READY)
        assert command.stop(number) < 5
    assert _left_behind(elsewhere) == []


@pytest.mark.parametrize("seconds", [0.4, 1.0, 1.6, 2.2])
def test_ctrl_c_while_it_still_starts_leaves_nothing_behind(
    seconds: float, elsewhere: Path
) -> None:
    words = ("demo", "--port", "0", "--pace", "60")
    with running(*words, ACCORD_DATA=str(elsewhere)) as command:
        time.sleep(seconds)
        command.stop(signal.SIGINT)
    assert _left_behind(elsewhere) == []


def test_a_terminal_that_is_closed_ends_it_too(elsewhere: Path) -> None:
    """Nobody can be told any more, and nothing stays behind."""
    child, terminal = pty.fork()
    if child == 0:  # what the terminal runs
        os.environ.update(environment(ACCORD_DATA=str(elsewhere)))
        words = [*ACCORD, "demo", "--port", "0", "--pace", "60"]
        os.execv(ACCORD[0], words)  # noqa: S606 a shell of its own would hear the hang-up too
    said = b""
    while READY.encode() not in said:
        said += os.read(terminal, 65536)
    os.close(terminal)
    give_up = time.monotonic() + 10
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        assert time.monotonic() < give_up
        time.sleep(0.1)
    assert _left_behind(elsewhere) == []


def test_a_changed_source_starts_the_demo_again(elsewhere: Path) -> None:
    """For developers: the database stays, and so does who is signed in."""
    port = str(_free_port())
    words = ("demo", "--port", port, "--pace", "0", "--reload")
    with running(*words, ACCORD_DATA=str(elsewhere)) as command:
        command.until(READY)
        source = CHECKOUT / "board" / "demo" / "phrases.py"
        os.utime(source)
        command.until("Something changed; starting again.")
        give_up = time.monotonic() + 30
        while not _answers(f"http://127.0.0.1:{port}/ready"):
            assert time.monotonic() < give_up
            time.sleep(0.2)
        assert command.stop(signal.SIGINT) < 10
    assert _left_behind(elsewhere) == []


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def _answers(address: str) -> bool:
    try:
        return httpx.get(address).status_code == 200
    except httpx.TransportError:
        return False


def test_a_fresh_start_forgets_what_was_changed(elsewhere: Path) -> None:
    given = {"ACCORD_DATA": str(elsewhere)}
    words = ("demo", "--port", "0", "--pace", "0")
    with running(*words, **given) as command:
        command.until(READY)
        command.stop(signal.SIGINT)
    assert accord("user", "erase", "s.ullrich", "--yes", **given).returncode == 0
    assert "s.ullrich" not in accord("user", "list", **given, COLUMNS="200").stdout
    with running(*words, "--fresh", **given) as command:
        command.until(READY)
        command.stop(signal.SIGINT)
    assert "s.ullrich" in accord("user", "list", **given, COLUMNS="200").stdout


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
