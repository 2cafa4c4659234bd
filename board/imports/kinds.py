"""What kind of file this is, by its first bytes and never by its name."""

import re
from enum import StrEnum
from pathlib import Path

from board.imports.limits import FileRefused

_START = 4096


class Kind(StrEnum):
    """The kinds of file that hold a table."""

    TEXT = "CSV"
    WORKBOOK = "spreadsheet"


_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_OTHERS = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"BM": "a picture",
    b"II*\x00": "a picture",
    b"MM\x00*": "a picture",
    b"RIFF": "a picture or a sound",
    b"{\\rtf": "a text document",
    b"\x1f\x8b": "a packed file",
    b"BZh": "a packed file",
    b"7z\xbc\xaf": "a packed file",
    b"\xfd7zXZ": "a packed file",
    b"Rar!": "a packed file",
    b"SQLite format 3": "a database",
    b"PAR1": "a data file for programs",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
}
_MARKUP = re.compile(rb"\s*<(!doctype|html|head|body|table|\?xml|meta|svg|div)", re.IGNORECASE)
_MIME = re.compile(rb"\s*(mime-version|content-type)\s*:", re.IGNORECASE)
_JSON = re.compile(rb'\s*([\[{]\s*["\[{\]}]|\[\s*-?\d|[\[{]\s*$)')
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def kind_of(path: Path) -> Kind:
    """Whether the file is a spreadsheet or text. Raises FileRefused for anything else."""
    with path.open("rb") as file:
        start = file.read(_START)
    if start.startswith(_SPREADSHEETS):
        return Kind.WORKBOOK
    for mark, name in _OTHERS.items():
        if start.startswith(mark):
            raise _no_table(name)
    if not start.startswith(_MARKS[1:]):
        _refuse_other_text(start.removeprefix(_MARKS[0]))
    return Kind.TEXT


def _refuse_other_text(start: bytes) -> None:
    if _MARKUP.match(start) or _MIME.match(start):
        raise FileRefused(
            "This is a web page or XML, not a table, even if it is named like one. Open it in "
            "your spreadsheet program and save it as XLSX or CSV."
        )
    if _JSON.match(start):
        raise _no_table("JSON")
    if b"\x00" in start and not looks_like_utf16(start):
        raise _no_table("a file of another program")


def looks_like_utf16(start: bytes) -> str:
    """The name of UTF-16 for Western text in two bytes a letter without a mark, else ""."""
    even, odd = start[0::2], start[1::2]
    for name, zeros, letters in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros and zeros.count(0) > 0.6 * len(zeros) and letters.count(0) < 0.05 * len(letters):
            return name
    return ""


def _no_table(name: str) -> FileRefused:
    return FileRefused(
        "This is {name}, not a table. Export the order lines as CSV or XLSX.", name=name
    )
