"""Whether a spreadsheet's archive is what it says: not a bomb, not a lie, not another document."""

import struct
import zipfile
import zlib
from pathlib import Path

from board.imports.limits import MEGABYTE, FileRefused, Limits

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_PIECE = 256 * 1024
_DEFLATED = 8


def check_archive(path: Path, limits: Limits) -> None:
    """Raise FileRefused unless this is a spreadsheet of a bearable size inside.

    First what the archive's directory says, then what is really in it: a directory can lie.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise FileRefused(
            "This spreadsheet is damaged or not whole. Save it again and try once more."
        ) from None
    _check_kind(entries)
    if len(entries) > limits.entries or sum(e.file_size for e in entries) > limits.unpacked:
        raise _too_large(limits)
    _check_contents(path, entries, limits)


def _check_kind(entries: list[zipfile.ZipInfo]) -> None:
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileRefused("This file is protected with a password. Save it without one.")
    if not any(n.startswith("xl/") for n in names) and "content.xml" not in names:
        raise FileRefused(
            "This is an archive or another document, not a spreadsheet. "
            "Export the order lines as CSV or XLSX."
        )


def _check_contents(path: Path, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    left = limits.unpacked
    with path.open("rb") as file:
        for entry in entries:
            if entry.compress_type != _DEFLATED:
                left -= entry.compress_size
            else:
                file.seek(entry.header_offset)
                header = file.read(_LOCAL_HEADER.size)
                if len(header) < _LOCAL_HEADER.size:
                    raise FileRefused("This spreadsheet is not whole. Save it again.")
                names, extra = _LOCAL_HEADER.unpack(header)[-2:]
                file.seek(names + extra, 1)
                left -= _unpacked(file.read(entry.compress_size), left)
            if left < 0:
                raise _too_large(limits)


def _unpacked(packed: bytes, most: int) -> int:
    """How many bytes really come out, counted no further than just past `most`."""
    inflate, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    try:
        while packed and size <= most:
            size += len(inflate.decompress(packed, _PIECE))
            packed = inflate.unconsumed_tail
    except zlib.error:
        raise FileRefused("This spreadsheet is damaged. Save it again and try once more.") from None
    return size


def _too_large(limits: Limits) -> FileRefused:
    return FileRefused(
        "Unpacked, this spreadsheet has more than {most} MB: it is not a usual list of order "
        "lines and was not opened. Export the lines as CSV instead.",
        most=limits.unpacked // MEGABYTE,
    )
