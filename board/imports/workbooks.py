"""Has a spreadsheet read in a process of its own, and survives whatever is in it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from board.imports.limits import FileRefused, Limits
from board.imports.workbook_reader import Head, Stored

_PACKAGES = Path(__file__).resolve().parents[2]
_ROW = msgspec.json.Decoder(list[Stored])


def unpack_workbook(source: Path, target: Path, limits: Limits, sheet: str = "") -> Head:
    """Write the rows of a spreadsheet to `target`, see workbook_reader.

    Raises FileRefused for what is damaged, hostile, protected or too large.
    """
    words = [str(source), str(target), sheet, msgspec.json.encode(limits).decode()]
    path = os.pathsep.join(filter(None, [str(_PACKAGES), os.environ.get("PYTHONPATH", "")]))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "board.imports.workbook_reader", *words],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limits.seconds,
            env={**os.environ, "PYTHONPATH": path},
        )
    except subprocess.TimeoutExpired:
        raise _too_much() from None
    if done.returncode:
        raise _too_much()
    with target.open("rb") as file:
        head = msgspec.json.decode(file.readline(), type=Head)
    if head.refused:
        raise FileRefused(head.refused, **head.values)
    return head


def stored_rows(target: Path) -> Iterator[list[Stored]]:
    """The rows that were written to `target`."""
    with target.open("rb") as file:
        file.readline()
        for line in file:
            yield _ROW.decode(line)


def _too_much() -> FileRefused:
    return FileRefused(
        "Reading this spreadsheet takes more memory or time than a list of order lines ever "
        "needs, so it was stopped. Export the lines as CSV instead."
    )
