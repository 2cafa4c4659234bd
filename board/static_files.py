"""The files that a browser fetches as they are: in memory, packed, under an address of their own.

One digest over the whole folder stands in every address, so that a browser may keep a file for
ever, and so that a stylesheet or a script finds its neighbours by their plain names.
"""

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import NamedTuple

from litestar import Response
from litestar.exceptions import NotFoundException

FOR_EVER = "public, max-age=31536000, immutable"
_PACKED = frozenset({".css", ".js", ".mjs", ".svg", ".json", ".txt", ".html"})
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2"}


class _File(NamedTuple):
    media_type: str
    content: bytes
    packed: bytes | None


class StaticFiles:
    """Every file of one folder, read once."""

    def __init__(self, folder: Path) -> None:
        self._files: dict[str, _File] = {}
        whole = hashlib.sha256()
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                self._files[name] = file = _read(path)
                whole.update(f"{name}\0{len(file.content)}\0".encode())
                whole.update(file.content)
        self.digest = whole.hexdigest()[:12]

    def address(self, name: str) -> str:
        """The address of the file `name`, like "accord.css" or "vendor/htmx.min.js".

        A name without a file gets an address too: the browser is told, the page is not lost.
        """
        return f"/static/{self.digest}/{name}"

    def response(self, digest: str, name: str, *, packed: bool) -> Response[bytes]:
        """The file as a response. An address of another version gets today's file, not kept.

        Raises NotFoundException.
        """
        file = self._files.get(name)
        if file is None:
            raise NotFoundException
        headers = {
            "cache-control": FOR_EVER if digest == self.digest else "no-cache",
            "vary": "accept-encoding",
        }
        content = file.content
        if packed and file.packed is not None:
            headers["content-encoding"] = "gzip"
            content = file.packed
        return Response(content, media_type=file.media_type, headers=headers)


def _read(path: Path) -> _File:
    content = path.read_bytes()
    guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    media_type = guessed or "application/octet-stream"
    packed = gzip.compress(content, 9, mtime=0) if path.suffix in _PACKED else None
    return _File(media_type, content, packed)
