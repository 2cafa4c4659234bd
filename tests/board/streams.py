"""A reader of live streams as a browser is one: over a real connection, message by message."""

import asyncio
import json
import socket
from collections.abc import Callable
from typing import Any, NamedTuple, Self


class Message(NamedTuple):
    """One message of the stream; `id` is empty where it had none."""

    event: str
    data: str
    id: str

    @property
    def json(self) -> Any:
        """The data of a named event."""
        return json.loads(self.data)


class Stream:
    """An open stream: status, headers, and its messages as they come."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._reader = reader
        self._writer = writer
        self._text = b""

    @classmethod
    async def open(cls, port: int, path: str, **headers: str) -> Self:
        """Ask for `path` on this machine; header names with _ for -."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        stream = cls(reader, writer)
        asked = "".join(f"{name.replace('_', '-')}: {text}\r\n" for name, text in headers.items())
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{asked}\r\n".encode())
        stream.status = int((await reader.readline()).split()[1])
        while (line := (await reader.readline()).decode().strip()) != "":
            name, _, text = line.partition(":")
            stream.headers[name.lower()] = text.strip()
        return stream

    async def next(self, *, wait: float = 5.0) -> Message:
        """The next message, comments left out. Raises TimeoutError, EOFError when it ended."""
        async with asyncio.timeout(wait):
            while True:
                while b"\n\n" not in self._text:
                    self._text += await self._chunk()
                block, _, self._text = self._text.partition(b"\n\n")
                if (found := _parsed(block.decode())) is not None:
                    return found

    async def until(self, event: str, *, wait: float = 5.0) -> Message:
        """The next message of this name; what comes before is passed over."""
        async with asyncio.timeout(wait):
            while (found := await self.next(wait=wait)).event != event:
                pass
            return found

    async def rest(self, *, wait: float = 5.0) -> list[Message]:
        """Everything up to the stream's end. Raises TimeoutError if it does not end."""
        found = []
        async with asyncio.timeout(wait):
            while True:
                try:
                    found.append(await self.next(wait=wait))
                except EOFError:
                    return found

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    async def _chunk(self) -> bytes:
        size = await self._reader.readline()
        if not size.strip() or (length := int(size, 16)) == 0:
            raise EOFError
        chunk = await self._reader.readexactly(length + 2)
        return chunk[:-2]


async def eventually(holds: Callable[[], object], *, wait: float = 5.0) -> None:
    """Return when `holds` does. Raises TimeoutError."""
    async with asyncio.timeout(wait):
        while not holds():  # noqa: ASYNC110 -- what is waited for has no event of its own
            await asyncio.sleep(0.01)


def stalled(port: int, path: str, **headers: str) -> socket.socket:
    """A viewer whose machine took the connection and never reads a byte of it."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", port))
    asked = "".join(f"{name.replace('_', '-')}: {text}\r\n" for name, text in headers.items())
    reader.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{asked}\r\n".encode())
    return reader


def _parsed(block: str) -> Message | None:
    event, number, data = "", "", []
    for line in block.split("\n"):
        field, _, text = line.partition(":")
        text = text.removeprefix(" ")
        if field == "event":
            event = text
        elif field == "id":
            number = text
        elif field == "data":
            data.append(text)
    return Message(event, "\n".join(data), number) if data else None
