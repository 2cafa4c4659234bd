"""In which encoding a text file is written: by its mark, by trying, and only then by guessing."""

import codecs
import re
from pathlib import Path

import charset_normalizer

from board.imports.kinds import looks_like_utf16
from board.imports.limits import FileRefused

_PIECE = 1024 * 1024
#: The longest mark first: the one of UTF-32 begins with the one of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
#: What order systems write, the usual one first.
USUAL = (
    "cp1252", "iso8859_15", "cp1250", "iso8859_2", "cp850", "mac_roman", "cp1251", "cp1253",
    "cp1254", "cp437", "cp932", "gb18030", "big5", "euc_kr",
)  # fmt: skip
#: What a person can choose where the guess was wrong.
CHOICES = ("utf-8", "utf-16", *USUAL)
# Bytes that are letters of Western Europe in Windows-1252; elsewhere they are signs or Cyrillic.
_WESTERN = frozenset("äöüÄÖÜßéèêëàâçîïôûùñáíóúãõåæøÅÆØÉÈÀÇÑÁÍÓÚ€–—’‘“”„»«°²³½×®©™·…µ§£ ")


def encoding_of(path: Path, chosen: str = "") -> str:
    """The name of the encoding that the whole file can be read in.

    Raises FileRefused where the chosen one doesn't fit, or none does.
    """
    if chosen:
        _must_fit(path, chosen)
        return chosen
    with path.open("rb") as file:
        start = file.read(4096)
    for mark, name in _MARKS.items():
        if start.startswith(mark):
            _must_fit(path, name)
            return name
    if wide := looks_like_utf16(start):
        _must_fit(path, wide)
        return wide
    wrong = _first_wrong_byte(path, "utf-8")
    if wrong is None:
        return "utf-8"
    _refuse_damaged(path)
    return _guess(path)


def _must_fit(path: Path, encoding: str) -> None:
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise FileRefused(
            "There is no encoding named {encoding}. Choose one from the list.", encoding=encoding
        ) from None
    wrong = _first_wrong_byte(path, encoding)
    if wrong is not None:
        raise FileRefused(
            "The file can't be read as {encoding}: line {line} has letters that don't exist in "
            "it. Choose another encoding, or save the file as “CSV UTF-8”.",
            encoding=encoding,
            line=_line_of(path, wrong),
        )


def _first_wrong_byte(path: Path, encoding: str) -> int | None:
    """Where decoding fails, in bytes from the start; None where it doesn't."""
    decoder = codecs.getincrementaldecoder(encoding)()
    before = 0
    with path.open("rb") as file:
        while True:
            piece = file.read(_PIECE)
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                return max(0, before + error.start)
            if not piece:
                return None
            before += len(piece)


def _line_of(path: Path, byte: int) -> int:
    with path.open("rb") as file:
        return 1 + file.read(byte).count(b"\n")


_GOOD_UTF8 = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_HIGH = re.compile(rb"[\x80-\xff]")


def _refuse_damaged(path: Path) -> None:
    """A file that is UTF-8 but for a few bytes was damaged; another encoding would hide that."""
    wrong = _first_wrong_byte(path, "utf-8") or 0
    with path.open("rb") as file:
        file.seek(max(0, wrong - 4 * _PIECE))
        around = file.read(8 * _PIECE)
    good = len(_GOOD_UTF8.findall(around))
    bad = len(_HIGH.findall(_GOOD_UTF8.sub(b"", around)))
    if good > 20 * bad:
        raise FileRefused(
            "Line {line} is damaged: its letters are not UTF-8 as the rest of the file is. "
            "Correct that line, or export the file again.",
            line=_line_of(path, wrong),
        )


def _guess(path: Path) -> str:
    sample = _telling_lines(path)
    if _is_western(sample):
        if _first_wrong_byte(path, "cp1252") is None:
            return "cp1252"
        return "iso8859_15" if b"\x80" not in sample else "mac_roman"
    found = charset_normalizer.from_bytes(sample, cp_isolation=list(USUAL), threshold=0.5)
    for match in found:
        if _first_wrong_byte(path, match.encoding) is None:
            return match.encoding
    raise FileRefused(
        "It can't be told which encoding the file is written in. Save it as “CSV UTF-8” and "
        "try again."
    )


def _is_western(sample: bytes) -> bool:
    """Whether almost all that is not plain ASCII is a Western letter in Windows-1252."""
    high = _HIGH.findall(sample)
    letters = [byte.decode("cp1252", "replace") for byte in high]
    return sum(letter in _WESTERN for letter in letters) >= 0.9 * len(letters)


def _telling_lines(path: Path) -> bytes:
    """The lines that are not plain ASCII, up to 64 kB of them: only they say anything."""
    telling, size = [], 0
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                telling.append(line[:2000])
                size += len(telling[-1])
            if size > 65536:
                break
    return b"".join(telling)
