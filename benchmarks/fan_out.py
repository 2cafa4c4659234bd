"""What it costs to tell everybody: CPU for each delivery, beside uvloop writing the same bytes.

    python -m benchmarks.fan_out [--viewers 100 1000] [--changes 100]

The limit is a bare uvloop server that writes the very same bytes to the same number of sockets, in
the same run. Readers are a process of their own. One after the other, so that they share nothing.
"""

import argparse
import asyncio
import json
import logging
import multiprocessing as mp
import socket
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple, cast

import uvicorn
import uvloop
from litestar import Litestar, get
from litestar.types import ASGIApp, Receive, Scope, Send

from board import logs, security
from board.frames import News, Topic, frame, partial
from board.hub import Hub, Viewer
from board.live import START
from board.settings import Settings

ROW = b"<tr>" + b"x" * 1900 + b"</tr>"  # as long as a rendered row
APART = 0.02  # seconds between two changes
TOPIC = Topic("board", None)


Serve = Callable[[socket.socket, int, int, float], Coroutine[Any, Any, tuple[float, int]]]


class Cost(NamedTuple):
    """Of one way to deliver: microseconds of CPU for each of so many deliveries.

    writes: how many pieces they were sent in.
    """

    way: str
    viewers: int
    deliveries: int
    writes: int
    microseconds: float


def change(n: int) -> News:
    """A changed row."""
    note = json.dumps({"id": n, "version": n, "state": "committed", "site": "nord"}).encode()
    return News(n, "board", "nord", f"{n % 50}", partial(f"#line-{n % 50}", ROW), note)


async def hub(door: socket.socket, viewers: int, changes: int, tick: float) -> tuple[float, int]:
    """CPU seconds and writes of the hub behind all that the application puts around a request."""
    told = Hub(tick=tick)

    @get("/")
    async def stream() -> ASGIApp:
        async def serve(_: Scope, receive: Receive, send: Send) -> None:
            await send(START)
            await told.watch(Viewer(TOPIC, send, after=0), receive)

        return serve

    app = Litestar([stream], before_send=[security.add_headers(Settings.read({}))])
    config = uvicorn.Config(
        logs.Logged(app),
        log_config=None,
        lifespan="off",
        http="httptools",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[door]))
    delivering = asyncio.create_task(told.run())
    while told.viewers < viewers:  # noqa: ASYNC110 -- they come over the network
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    began, before = time.process_time(), told.sent
    for n in range(1, changes + 1):
        told.publish([change(n)], n)
        await asyncio.sleep(APART)
    await asyncio.sleep(2 * tick + 0.2)
    spent = time.process_time() - began
    told.close()
    server.should_exit = True
    writes = told.sent - before
    await asyncio.gather(serving, delivering)
    return spent, writes


async def bare(door: socket.socket, viewers: int, changes: int, _: float) -> tuple[float, int]:
    """CPU seconds and writes of uvloop writing the same bytes."""
    transports: list[asyncio.Transport] = []

    class Reader(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            writing = cast("asyncio.Transport", transport)
            writing.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            transports.append(writing)

    server = await asyncio.get_running_loop().create_server(Reader, sock=door, backlog=4096)
    while len(transports) < viewers:  # noqa: ASYNC110 -- they come over the network
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    began = time.process_time()
    for n in range(1, changes + 1):
        body = frame([change(n)], n)
        chunk = b"%x\r\n%b\r\n" % (len(body), body)
        for transport in transports:
            transport.write(chunk)
        await asyncio.sleep(APART)
    await asyncio.sleep(0.2)
    spent = time.process_time() - began
    for transport in transports:
        transport.close()
    server.close()
    return spent, viewers * changes


def read_everything(port: int, viewers: int) -> None:
    """The process of the readers: opens so many connections and throws away what comes."""

    class Reader(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            cast("asyncio.Transport", transport).write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for _ in range(0, viewers, 50):
            coming = (loop.create_connection(Reader, "127.0.0.1", port) for _ in range(50))
            await asyncio.gather(*coming)
        await asyncio.sleep(600)

    uvloop.run(main())


WAYS: tuple[tuple[str, Serve, float], ...] = (
    ("bare uvloop, the limit", bare, 0),
    ("hub, each change at once", hub, 0),
    ("hub, gathered per 100 ms", hub, 0.1),
)


def measure(way: str, serve: Serve, tick: float, viewers: int, changes: int) -> Cost:
    """Serve so many viewers so many changes, and count."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as door:
        readers = mp.get_context("spawn").Process(
            target=read_everything, args=(door.getsockname()[1], viewers), daemon=True
        )
        readers.start()
        spent, writes = uvloop.run(serve(door, viewers, changes, tick))
        readers.terminate()
        readers.join()
    deliveries = viewers * changes
    return Cost(way, viewers, deliveries, writes, 1e6 * spent / deliveries)


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--changes", type=int, default=100)
    asked = parser.parse_args(words)
    logs.configure("plain")
    logging.disable(logging.WARNING)
    print(f"{'fan out':<27}{'viewers':>8}{'deliveries':>11}{'writes':>9}{'µs each':>9}{'ratio':>7}")
    for viewers in asked.viewers:
        costs = [measure(*way, viewers, asked.changes) for way in WAYS]
        limit = costs[0].microseconds
        for cost in costs:
            ratio = limit / cost.microseconds
            print(
                f"{cost.way:<27}{cost.viewers:>8}{cost.deliveries:>11}{cost.writes:>9}"
                f"{cost.microseconds:>9.1f}{ratio:>7.2f}"
            )


if __name__ == "__main__":
    main()
