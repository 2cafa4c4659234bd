"""Runs the web application: one process, its own listening socket, an end without waiting."""

import contextlib
import errno
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn
from msgspec.structs import replace

from board.settings import Network, Settings

if TYPE_CHECKING:
    from litestar.types import ASGIApp

STOPPING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
#: Seconds that requests get to finish once a stop was asked for; streams are closed before.
LAST_REQUESTS = 1
#: Seconds that a browser may take nothing of what was sent to it, before it is let go.
STUCK = 60


class CannotListen(RuntimeError):
    """The address can't be had; the message says what to do instead."""


def listen(host: str, port: int) -> socket.socket:
    """The socket to serve on, taken before anything else starts. Port 0 takes any free one.

    Raises CannotListen.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        raise CannotListen(_sentence(error, host, port)) from None
    listening.setblocking(False)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux: every connection inherits it
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STUCK * 1000)
    return listening


def with_port(settings: Settings, listening: socket.socket) -> Settings:
    """The settings with the port that was found; the same where one was named."""
    port = listening.getsockname()[1]
    if settings.port == port:
        return settings
    shown = settings.url.removesuffix(":0")
    return replace(
        settings, port=port, url=settings.url if shown == settings.url else f"{shown}:{port}"
    )


def _sentence(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program (another Accord, perhaps). "
            f"Stop it, or choose another port: --port {port + 1 if port < 65535 else 0}"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than you have. Choose one above 1023: --port 8080"
    return f"Can't listen on {host}, port {port}: {error.strerror or error}."


class Server(uvicorn.Server):
    """uvicorn that closes the live streams first and hands signals back to nobody."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        close_streams: Callable[[], None],
        on_ready: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._close_streams = close_streams
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Requests are answered from here on."""
        await super().startup(sockets)
        if self.started and not self.should_exit:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Open streams would hold up the stop until its limit: they end first."""
        self._close_streams()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal stops, a second ctrl-c waits for nothing more."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Unlike uvicorn's own, a signal that was obeyed is not raised once more."""
        before = {number: signal.signal(number, self.handle_exit) for number in STOPPING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(
    app: "ASGIApp",
    listening: socket.socket,
    *,
    trusted_proxies: Sequence[Network] = (),
    close_streams: Callable[[], None] = lambda: None,
    on_ready: Callable[[], None] = lambda: None,
) -> bool:
    """Serve until SIGINT, SIGTERM or SIGHUP; to be called in the main thread.

    trusted_proxies: whose word counts about where a request came from; nobody's by default.
    Returns whether everything ended in order (False: a second ctrl-c).
    """
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=[str(network) for network in trusted_proxies],
        timeout_graceful_shutdown=LAST_REQUESTS,
    )
    server = Server(config, close_streams=close_streams, on_ready=on_ready)
    server.run(sockets=[listening])
    return not server.force_exit
