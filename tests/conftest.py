"""What every test may ask for: a real PostgreSQL, a fresh migrated database, a real browser."""

import fcntl
import inspect
import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from pytest_playwright import pytest_playwright as plugin

from board.database import Addresses, addresses, make_database, migrate
from board.embedded.server import Server
from board.embedded.sharing import shared
from tests.browser import ADVICE, find_browser

RUN_FOLDER = "ACCORD_TEST_RUN_FOLDER"  # made by the run itself, inherited by its workers
TEMPLATE = "migrated"


def pytest_configure(config: pytest.Config) -> None:
    """One folder for the whole run, short and reachable for PostgreSQL's user."""
    # Started in the background by a shell, the run would hand an ignored ctrl-c on to every
    # program that a test starts, and none of them could be told to end by one.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="accord-test-"))
        if os.geteuid() == 0:
            folder.chmod(0o711)
        os.environ[RUN_FOLDER] = str(folder)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """The workers have ended by now, and with them the server."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(RUN_FOLDER), ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One PostgreSQL for the whole run, as durable as a real one; the last worker stops it."""
    with shared(Path(os.environ[RUN_FOLDER]) / "shared") as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: Server) -> str:
    """The name of a migrated database that is only ever copied."""
    with _alone(postgres.folder / "template.lock"), _superuser(postgres) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [TEMPLATE])
        if not found.rowcount:
            connection.execute("DROP DATABASE IF EXISTS migrating")
            make_database(postgres, "migrating")
            migrate(addresses(postgres, "migrating"))
            connection.execute(
                sql.SQL("ALTER DATABASE migrating RENAME TO {}").format(sql.Identifier(TEMPLATE))
            )
    return TEMPLATE


@pytest.fixture
def database(postgres: Server, migrated: str) -> Iterator[Addresses]:
    """A fresh database of one's own, migrated, with the two roles."""
    with _own_database(postgres, template=migrated) as name:
        yield addresses(postgres, name)


@pytest.fixture
def empty_database(postgres: Server) -> Iterator[Addresses]:
    """A fresh database of one's own with nothing in it, for tests of the migrations."""
    with _own_database(postgres, template="template1") as name:
        yield addresses(postgres, name)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium or Chrome; as root it runs without its sandbox."""
    path = find_browser()
    if not path:
        pytest.fail(ADVICE, pytrace=False)
    words = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {
        **browser_type_launch_args,
        "executable_path": path,
        "args": [*browser_type_launch_args.get("args", []), *words],
    }


def _of_a_file(fixture: Any) -> Any:
    """The plugin's own fixture, ended with the file that asked for it.

    While playwright runs, its event loop runs in the main thread, and a test that starts one of
    its own fails. The plugin would keep it to the end of the run.
    """
    return pytest.fixture(scope="module")(inspect.unwrap(fixture))


playwright = _of_a_file(plugin.playwright)
browser_type = _of_a_file(plugin.browser_type)
launch_browser = _of_a_file(plugin.launch_browser)
browser = _of_a_file(plugin.browser)
browser_context_args = _of_a_file(plugin.browser_context_args)


@contextmanager
def _own_database(postgres: Server, *, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:16]}"
    make_database(postgres, name, template=template)
    try:
        yield name
    finally:
        with _superuser(postgres) as connection:
            words = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(words.format(sql.Identifier(name)))


def _superuser(postgres: Server) -> psycopg.Connection:
    return psycopg.connect(postgres.address("postgres", "postgres"), autocommit=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Only one worker at a time."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
