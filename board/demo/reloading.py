"""The demo for developers: starts again whenever a source file changes; the database stays."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from board import layout
from board.database import database
from board.server import listen
from board.settings import Settings

FOLDERS = ("board", "domain", "projections", "templates", "migrations")
ENDINGS = {".py", ".html", ".css", ".js", ".svg", ".mako"}
LOOKS = 0.5  # seconds between two looks at the files
GOING = 5.0  # seconds that a demo gets to end

_COMMAND = [sys.executable, "-P", "-c", "from board.cli import main; main()", "demo"]


def run_again_and_again(settings: Settings, *, fresh: bool) -> None:
    """Until ctrl-c. Raises CannotListen, EmbeddedError."""
    root = layout.checkout()
    if root is None:
        raise click.ClickException("--reload is for a checkout: there are no sources here.")
    listen(settings.host, settings.port).close()  # a port that is taken is said once, and at once
    if not settings.port:
        raise click.ClickException("--reload needs a port that stays the same.")
    options = ["--host", settings.host, "--port", str(settings.port), "--pace", str(settings.pace)]
    first = ["--fresh"] if fresh else []
    with database(settings):
        while True:
            seen = _stamps(root)
            _until_changed(root, seen, [*_COMMAND, *options, *first])
            click.echo("Something changed; starting again.", err=True)
            first = ["--no-links"]


def _until_changed(root: Path, seen: dict[Path, int], command: list[str]) -> None:
    """Run the demo until a file changes; one that failed waits for the change that mends it."""
    running = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(root)})
    try:
        while _stamps(root) == seen:
            if running.poll() == 0:
                raise SystemExit(0)
            time.sleep(LOOKS)
    finally:
        _end(running)


def _end(running: subprocess.Popen[bytes]) -> None:
    if running.poll() is None:
        running.send_signal(signal.SIGTERM)
    try:
        running.wait(GOING)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


def _stamps(root: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in _sources(root)}


def _sources(root: Path) -> Iterator[Path]:
    for name in FOLDERS:
        for path in (root / name).rglob("*"):
            if path.suffix in ENDINGS and path.is_file():
                yield path
