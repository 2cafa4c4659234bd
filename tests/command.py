"""The command `accord` as a process of its own, as a terminal runs it."""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ACCORD = [sys.executable, "-P", "-c", "import sys; sys.argv[0] = 'accord'; "
          "from board.cli import main; main()"]  # fmt: skip
CHECKOUT = Path(__file__).resolve().parents[1]


def environment(**given: str) -> dict[str, str]:
    """This one, without settings of an Accord that happens to be around."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ACCORD_", "DATABASE_", "MIGRATION_"))
    }
    return {**kept, "PYTHONPATH": str(CHECKOUT), **given}


def accord(*words: str, typed: str = "", **given: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [*ACCORD, *words],
        env=environment(**given),
        input=typed,
        text=True,
        capture_output=True,
        timeout=120,
    )


class Running:
    """A command that goes on until it is told to stop."""

    def __init__(self, words: tuple[str, ...], given: Mapping[str, str]) -> None:
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [*ACCORD, *words],
            env=environment(**given),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # like a terminal: a group of processes of its own
        )
        self.said = ""
        self.ready_after = 0.0
        self._lines: queue.Queue[str] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                self._lines.put(line)
        self._lines.put("")

    def until(self, words: str, *, seconds: float = 60) -> str:
        """Wait until the command has said `words`; everything that it said so far."""
        give_up = time.monotonic() + seconds
        while words not in self.said:
            try:
                line = self._lines.get(timeout=max(0.01, give_up - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {words!r} in {seconds} s, but:\n{self.said}") from None
            assert line, f"it ended without {words!r}:\n{self.said}"
            self.said += line
        return self.said

    def address(self, beginning: str = "") -> str:
        """The first address in what was said that goes on like this behind the port."""
        found = re.search(rf"http://127\.0\.0\.1:\d+{re.escape(beginning)}\S*", self.said)
        assert found, f"no address {beginning} in:\n{self.said}"
        return found.group(0)

    def tell(self, number: int) -> None:
        """Send a signal to all its processes, as a terminal does."""
        os.killpg(self.process.pid, number)

    def stop(self, number: int = signal.SIGINT, *, seconds: float = 20) -> float:
        """Tell it to end; the seconds that it took."""
        began = time.monotonic()
        self.tell(number)
        self.process.wait(seconds)
        return time.monotonic() - began

    def done(self) -> None:
        """Nothing more is to be heard."""
        self._listener.join(10)


@contextmanager
def running(*words: str, **given: str) -> Iterator[Running]:
    """The command at work; killed if the test left it so."""
    command = Running(words, given)
    try:
        yield command
    finally:
        if command.process.poll() is None:
            command.stop(signal.SIGTERM)
        command.done()
