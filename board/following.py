"""The follower of the log and the clock as a process of their own, without the web."""

import contextlib
import signal
import threading

import psycopg

from board import logs
from board.clock import Clock
from board.database import Addresses
from board.server import STOPPING
from board.settings import Settings
from board.sites import Directory
from projections.event_store import open_store
from projections.projector import Projector

#: Seconds after which it looks whether sites changed.
LOOK_AGAIN = 20.0


def follow(settings: Settings, addresses: Addresses) -> None:
    """Follow until SIGINT, SIGTERM or SIGHUP; to be called in the main thread."""
    logs.configure(settings.log)
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in STOPPING}
    directory = Directory()
    directory.load(addresses.app)
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(open_store(addresses.app))
        for follower in (Projector(addresses.app), Clock(store, directory.sites)):
            follower.start()
            stack.callback(follower.stop)
        while not ended.wait(LOOK_AGAIN):
            with contextlib.suppress(psycopg.Error):
                directory.load(addresses.app)
    for number, handler in before.items():
        signal.signal(number, handler)
