"""Everything is killed again and again in the middle of moves, and no acknowledged word is lost.

A program of its own makes moves and says each one aloud once it is acknowledged; the database, that
program and the follower are killed in turn, never asked to end.
"""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from board.database import Addresses, addresses, make_database, migrate
from board.embedded.server import Server
from board.embedded.sharing import shared
from projections import history
from projections.check import check
from projections.recording import from_stored
from tests.projections.at_work import caught_up, seen

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 24

WRITER = """
    import random, sys, uuid
    from projections.event_store import StoreUnavailable, open_store
    from tests.facts import BUYER, ERP, PLANNER, REP
    from tests.projections.at_work import enter, random_decision

    url, seed, resend = sys.argv[1], sys.argv[2], sys.argv[3:]
    chance = random.Random(seed)

    def say(store, line, command):
        by = chance.choice([REP, REP, PLANNER, PLANNER, BUYER, ERP])
        decide = random_decision(chance, by)
        while True:
            try:
                outcome = store.change(line, decide, by=by, command_id=command)
            except StoreUnavailable:
                continue  # sent again, as a person would
            break
        if outcome.facts:
            print("done", line, command, flush=True)

    with open_store(url) as store:
        if resend:
            say(store, uuid.UUID(resend[0]), uuid.UUID(resend[1]))
        while True:
            try:
                lines = [enter(store, number=f"{seed}-{n}") for n in range(3)]
            except StoreUnavailable:
                continue
            break
        for _ in range(100_000):
            line, command = chance.choice(lines), uuid.uuid4()
            print("says", line, command, flush=True)
            say(store, line, command)
"""

FOLLOWER = """
    import sys, time
    from projections.projector import Projector
    Projector(sys.argv[1]).start()
    time.sleep(600)
"""


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
def test_no_acknowledged_move_is_lost_or_doubled_in_two_dozen_kills(
    server: Server, database: Addresses
) -> None:
    said = Said()
    victims = ("database", "writer", "follower")
    follower = _program(FOLLOWER, database.app)
    stands_by = _program(FOLLOWER, database.app)
    try:
        for number in range(ROUNDS):
            victim = victims[number % 3]
            with _writing(database, number, said) as writer:
                said.wait_for(6)
                if victim == "database":
                    _kill_database(server)
                    said.wait_for(4)  # the same program goes on by itself
                elif victim == "writer":
                    writer.kill()
                else:
                    follower.kill()
                    follower.wait()
                    follower, stands_by = stands_by, _program(FOLLOWER, database.app)
                    said.wait_for(4)
        caught_up(database.app, seconds=20)
    finally:
        for program in (follower, stands_by):
            program.kill()
            program.wait()

    recorded = _recorded(database)
    assert len(said.done) > 6 * ROUNDS
    assert set(said.done) <= set(recorded), "an acknowledged move is lost"
    assert max(Counter(said.done).values()) == 1
    assert all(len(versions) == 1 for versions in recorded.values()), "a command is recorded twice"
    assert check(database.app) == []
    stories = [seen(database.app, history.story, line) for line in {line for line, _ in recorded}]
    assert sum(map(len, stories)) == len(recorded)


class Said:
    """What the writers said: begun and acknowledged, as (line, command)."""

    def __init__(self) -> None:
        self.done: list[tuple[UUID, UUID]] = []
        self.begun: tuple[UUID, UUID] | None = None

    def hear(self, program: "subprocess.Popen[str]") -> None:
        assert program.stdout is not None
        for words in program.stdout:
            verb, *ids = words.split()
            if len(ids) < 2 or len(ids[1]) < 36:
                continue  # killed in the middle of a word: nobody heard it
            line, command = ids
            if verb == "done":
                self.done.append((UUID(line), UUID(command)))
                self.begun = None
            else:
                self.begun = (UUID(line), UUID(command))

    def wait_for(self, more: int) -> None:
        enough, give_up = len(self.done) + more, time.monotonic() + 30
        while len(self.done) < enough:
            assert time.monotonic() < give_up, "nobody gets a word in any more"
            time.sleep(0.005)


@contextmanager
def _writing(database: Addresses, number: int, said: Said) -> Iterator["subprocess.Popen[str]"]:
    """A program at work; what the last one began and nobody acknowledged is sent again first."""
    resend = [str(word) for word in said.begun] if said.begun else []
    said.begun = None
    program = _program(WRITER, database.app, str(number), *resend)
    ear = threading.Thread(target=said.hear, args=(program,))
    ear.start()
    try:
        yield program
    finally:
        program.kill()
        program.wait()
        ear.join()


def _kill_database(server: Server) -> None:
    pid = server.postmaster()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def _recorded(database: Addresses) -> dict[tuple[UUID, UUID], list[int]]:
    """(line, command) -> the versions that it made."""
    query = "SELECT originator_id, originator_version, topic, state FROM accord.stored_events"
    found: dict[tuple[UUID, UUID], list[int]] = {}
    with psycopg.connect(database.app) as connection:
        for row in connection.execute(query):
            event = from_stored(*row)
            found.setdefault((event.originator_id, event.command_id), []).append(row[1])
    return found


def _program(text: str, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(text), *words],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
