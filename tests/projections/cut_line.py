"""A line to PostgreSQL that can be cut: after an append is committed, before its answer comes."""

import contextlib
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_APPENDED = b"command_id"


class CutLine:
    """Passes on everything between a client and the server; `cuts` answers to appends are lost."""

    def __init__(self, server: str) -> None:
        self.cuts = 0
        self.lost = 0
        self._server = server
        self._lock = threading.Lock()

    def serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                answered = threading.Event()
                for source, target in ((client, server), (server, client)):
                    words = (source, target, answered, source is client)
                    threading.Thread(target=self._pass_on, args=words, daemon=True).start()

    def _pass_on(
        self, source: socket.socket, target: socket.socket, cut: threading.Event, asks: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if asks and _holds_append(data) and self._takes_cut():
                    cut.set()
                if not asks and cut.is_set():
                    self.lost += 1
                    break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _takes_cut(self) -> bool:
        with self._lock:
            self.cuts -= 1
            return self.cuts >= 0


def _holds_append(data: bytes) -> bool:
    return _APPENDED in data or _APPENDED.hex().encode() in data


@contextmanager
def cut_line(url: str) -> Iterator[tuple[CutLine, str]]:
    """Such a line, and the address by which one reaches the database over it."""
    host = str(conninfo_to_dict(url)["host"])
    line = CutLine(f"{host}/.s.PGSQL.5432")
    with tempfile.TemporaryDirectory(prefix="accord-cut-") as folder:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(Path(folder) / ".s.PGSQL.5432"))
        listener.listen()
        threading.Thread(target=line.serve, args=(listener,), daemon=True).start()
        yield line, make_conninfo(url, host=folder)
        listener.close()
