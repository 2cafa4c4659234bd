"""One embedded server for every process that uses the same folder; the last one out stops it.

A process that uses the server holds a shared lock on a file. The kernel lets go of it when the
process ends, however it ends, so there is no list of process ids that could be wrong.
"""

import fcntl
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from board.embedded.owner import EmbeddedError
from board.embedded.server import Server

_log = logging.getLogger("accord.database")

LOOK_SECONDS = 0.5
ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def shared(folder: Path) -> Iterator[Server]:
    """The running server of `folder`, kept running until the last user of it has left.

    Raises EmbeddedError when it can't be started.
    """
    server = Server(folder)
    with _told_to_end():
        users = os.open(folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with _alone(folder):
                fcntl.flock(users, fcntl.LOCK_SH)
                server.ensure_running()
            with _kept(server):
                yield server
        finally:
            with _undisturbed():
                _leave(server, users)


def _leave(server: Server, users: int) -> None:
    """Stop the server unless somebody else uses it."""
    with _alone(server.folder):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            server.stop()
        except BlockingIOError:
            pass
        finally:
            os.close(users)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one process at a time starts or stops the server of a folder."""
    lock = os.open(folder / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@contextmanager
def _kept(server: Server) -> Iterator[None]:
    """While this lasts, a server that was killed is started again."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(LOOK_SECONDS):
            if server.has_postmaster():
                continue
            try:
                with _alone(server.folder):
                    if not done.is_set():
                        _log.warning("the embedded PostgreSQL has ended; starting it again")
                        server.ensure_running()
            except (EmbeddedError, OSError):
                _log.exception("the embedded PostgreSQL can't be started; trying again")

    keeper = threading.Thread(target=keep, name="keeps-postgresql", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


@contextmanager
def _told_to_end() -> Iterator[None]:
    """SIGTERM and SIGHUP end the program in order, as ctrl-c does, instead of at once."""
    taken = []
    if threading.current_thread() is threading.main_thread():
        taken = [number for number in ENDING if signal.getsignal(number) is signal.SIG_DFL]

    def end(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second ctrl-c does not interrupt the orderly stop, which takes a fraction of a second."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, *ENDING):
            with suppress(ValueError):
                before[number] = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
