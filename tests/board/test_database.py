"""The embedded PostgreSQL under real kills, and what the two roles may do."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

import board.database
from board.database import Addresses, addresses, make_database, migrate, migrate_back
from board.embedded import owner
from board.embedded.owner import EmbeddedError, owner_of
from board.embedded.server import Server
from board.embedded.sharing import shared
from board.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

# A program of its own that uses the database of a folder until it is told to end.
USER = """
    import sys, time
    from board.database import database
    from board.settings import Settings
    with database(Settings.read({"ACCORD_DATA": sys.argv[1]})) as addresses:
        print(addresses.owner, flush=True)
        time.sleep(60)
"""

# A program that inserts row after row and says each one aloud once it is acknowledged.
WRITER = """
    import sys, psycopg
    with psycopg.connect(sys.argv[1], autocommit=True) as connection:
        for number in range(1_000_000):
            connection.execute("INSERT INTO kept VALUES (%s)", [number])
            print(number, flush=True)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that PostgreSQL's user can reach, wherever pytest keeps its own."""
    path = Path(tempfile.mkdtemp(prefix="accord-test-"))
    if os.geteuid() == 0:
        path.chmod(0o711)
    yield path / "data"
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.name() == "postgres" and str(path) in " ".join(process.cmdline()):
                process.kill()
    subprocess.run(["rm", "-rf", path], check=True)


def test_what_was_written_is_there_at_the_next_start(folder: Path) -> None:
    with _database(folder) as first:
        _execute(first.owner, "CREATE TABLE kept AS SELECT 7 AS number")
    with _database(folder) as second:
        assert _numbers(second.owner) == [7]


def test_no_process_is_left_when_the_only_user_leaves(folder: Path) -> None:
    with shared(folder) as server:
        assert len(_alive(server)) > 3
    assert _alive(server) == set()


def test_everything_is_flushed_before_it_is_acknowledged(folder: Path) -> None:
    with _database(folder) as found, psycopg.connect(found.app) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


def test_the_application_role_owns_nothing_and_may_make_nothing(folder: Path) -> None:
    with _database(folder) as found, psycopg.connect(found.app, autocommit=True) as connection:
        assert connection.info.user == "accord_app"
        for statement in (
            "CREATE TABLE public.mine (number int)",
            "CREATE SCHEMA mine",
            "CREATE ROLE mine",
            "SET ROLE accord_owner",
            "ALTER SYSTEM SET fsync = off",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_nobody_else_on_the_machine_reaches_the_server(folder: Path) -> None:
    with shared(folder) as server:
        assert stat.S_IMODE(server.cluster.stat().st_mode) == 0o700
        assert not any(
            connection.status == psutil.CONN_LISTEN
            for pid in server.pids()
            for connection in psutil.Process(pid).net_connections("inet")
        )


def test_no_acknowledged_row_is_lost_when_the_server_is_killed_again_and_again(
    folder: Path,
) -> None:
    acknowledged: list[int] = []
    with shared(folder) as server:
        make_database(server, "accord")
        _execute(addresses(server, "accord").owner, "CREATE TABLE kept (number int)")
    for _ in range(8):
        with shared(folder) as server:
            _execute(addresses(server, "accord").owner, "TRUNCATE kept")
            with _program(WRITER, addresses(server, "accord").owner) as writer:
                assert writer.stdout
                acknowledged = [int(writer.stdout.readline()) for _ in range(50)]
                os.kill(_postmaster(server), signal.SIGKILL)
                acknowledged += [int(line) for line in writer.stdout.read().split()]
            _until(server.answers)
            kept = _numbers(addresses(server, "accord").owner)
            assert kept[: len(acknowledged)] == acknowledged


def test_a_killed_server_is_started_again_while_it_is_used(folder: Path) -> None:
    with _database(folder) as found:
        server = Server(folder)
        _execute(found.owner, "CREATE TABLE kept AS SELECT 7 AS number")
        before = _postmaster(server)
        os.kill(before, signal.SIGKILL)
        _until(lambda: server.has_postmaster() and server.answers())
        assert _postmaster(server) != before
        assert _numbers(found.owner) == [7]


def test_a_start_after_everything_was_killed_finds_the_data(folder: Path) -> None:
    with _program(USER, folder) as user:
        _execute(_said(user), "CREATE TABLE kept AS SELECT 7 AS number")
        user.kill()
        user.wait()
        server = Server(folder)
        os.kill(_postmaster(server), signal.SIGKILL)
    with _database(folder) as found:
        assert _numbers(found.owner) == [7]
    assert _alive(server) == set()


def test_a_server_left_behind_by_a_killed_program_is_taken_over_and_stopped(folder: Path) -> None:
    with _program(USER, folder) as user:
        _said(user)
        user.kill()
        user.wait()
    server = Server(folder)
    before = _postmaster(server)
    with shared(folder):
        assert _postmaster(server) == before
    assert _alive(server) == set()


@pytest.mark.parametrize("recycled", ["a living stranger", "nobody"])
def test_a_recycled_process_id_is_not_taken_for_the_server(folder: Path, recycled: str) -> None:
    with _database(folder) as found:
        _execute(found.owner, "CREATE TABLE kept AS SELECT 7 AS number")
    server = Server(folder)
    with _program("import time; time.sleep(60)") as stranger:
        if recycled == "nobody":
            stranger.kill()
            stranger.wait()
        lines = [str(stranger.pid), str(server.cluster), "1", "5432", str(server.sockets)]
        (server.cluster / "postmaster.pid").write_text("\n".join([*lines, "", "1 1", "ready\n"]))
        (server.sockets / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")
        with _database(folder) as found:
            assert _numbers(found.owner) == [7]
            assert _postmaster(server) != stranger.pid
        assert stranger.poll() == (-signal.SIGKILL if recycled == "nobody" else None)


def test_two_programs_share_one_server_and_the_last_one_stops_it(folder: Path) -> None:
    with _program(USER, folder) as one, _program(USER, folder) as other:
        assert _said(one) == _said(other)
        server = Server(folder)
        shared_by_both = _postmaster(server)
        one.send_signal(signal.SIGINT)
        one.wait(20)
        assert server.answers()
        assert _postmaster(server) == shared_by_both
        other.send_signal(signal.SIGINT)
        other.wait(20)
    assert _alive(server) == set()


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_program_that_is_told_to_end_leaves_no_process(
    folder: Path, told: signal.Signals
) -> None:
    with _program(USER, folder) as user:
        _said(user)
        os.killpg(user.pid, told)  # a terminal tells everything that it started
        os.killpg(user.pid, told)  # an impatient second one changes nothing
        user.wait(20)
    server = Server(folder)
    assert _alive(server) == set()
    assert server.log.read_text().rstrip().endswith("database system is shut down")


def test_a_start_that_was_interrupted_half_way_is_begun_anew(folder: Path) -> None:
    (folder / "postgres.new" / "base").mkdir(parents=True)
    (folder / "postgres.new" / "PG_VERSION").write_text("18\n")
    folder.chmod(0o755)
    with shared(folder) as server:
        assert server.answers()


def test_a_folder_of_another_major_version_is_refused_and_left_alone(folder: Path) -> None:
    with shared(folder) as server:
        pass
    (server.cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedError, match="PostgreSQL 17"), shared(folder):
        pass
    assert (server.cluster / "PG_VERSION").read_text() == "17\n"


def test_a_path_too_long_for_a_socket_still_gets_a_server(folder: Path) -> None:
    deep = folder / ("d" * 90)
    deep.mkdir(parents=True, mode=0o755)
    folder.chmod(0o755)
    with shared(deep) as server:
        assert server.answers()
        assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
    server.sockets.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as another user")
def test_as_root_a_closed_folder_is_refused_and_stays_closed(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    with pytest.raises(EmbeddedError, match="closed to others"), shared(folder / "inside"):
        pass
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as another user")
def test_as_root_the_server_and_its_programs_belong_to_nobody_who_signs_in(folder: Path) -> None:
    with shared(folder) as server:
        assert {psutil.Process(pid).username() for pid in _alive(server)} == {owner.ROOT_RUNS_AS}
    programs = owner_of(folder).binaries
    assert programs.is_relative_to(owner.ROOT_KEEPS)
    assert programs.stat().st_uid == 0
    assert not any(path.lstat().st_mode & 0o022 for path in programs.iterdir())


def test_a_named_server_is_used_as_it_is() -> None:
    environ = {"DATABASE_URL": "postgres://app@db/accord", "MIGRATION_DATABASE_URL": ""}
    with board.database.database(Settings.read(environ)) as found:
        assert found == Addresses("postgresql://app@db/accord", "postgresql://app@db/accord")


def test_migrating_goes_up_back_down_and_up_again(empty_database: Addresses) -> None:
    migrate(empty_database)
    first = _tables(empty_database)
    assert first
    migrate(empty_database)
    assert _tables(empty_database) == first
    migrate_back(empty_database, to="base")
    assert _tables(empty_database) <= {"accord.alembic_version"}
    migrate(empty_database)
    assert _tables(empty_database) == first


def test_programs_that_start_together_migrate_once(empty_database: Addresses) -> None:
    source = """
        import sys
        from board.database import Addresses, migrate
        migrate(Addresses(*sys.argv[1:]))
    """
    with _program(source, *empty_database) as one, _program(source, *empty_database) as other:
        assert (one.wait(30), other.wait(30)) == (0, 0)
    assert _tables(empty_database)


def test_every_test_s_database_is_migrated_and_its_own(database: Addresses) -> None:
    assert _tables(database) > {"accord.alembic_version"}
    _execute(database.owner, "CREATE TABLE accord.mine_alone (number int)")


@contextmanager
def _database(folder: Path) -> Iterator[Addresses]:
    with board.database.database(Settings.read({"ACCORD_DATA": str(folder)})) as found:
        yield found


@contextmanager
def _program(source: str, *words: object) -> Iterator[subprocess.Popen[str]]:
    """A Python program of its own; it is ended at the latest when the block is."""
    command = [sys.executable, "-c", textwrap.dedent(source), *map(str, words)]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environ,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def _execute(address: str, statement: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)


def _tables(found: Addresses) -> set[str]:
    with psycopg.connect(found.owner) as connection:
        rows = connection.execute(
            "SELECT schemaname || '.' || tablename FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        return {row[0] for row in rows}


def _numbers(address: str) -> list[int]:
    with psycopg.connect(address) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM kept ORDER BY 1")]


def _alive(server: Server) -> set[int]:
    """Processes of the server; one that has ended but is not yet reaped is none."""
    return server.pids()


def _postmaster(server: Server) -> int:
    pid = server.postmaster()
    assert pid is not None
    return pid


def _until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
