"""Serving: a port of one's own, a stop that waits for nobody, proxies that are believed or not."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from board.database import Addresses
from board.server import STUCK, CannotListen, listen, with_port
from board.settings import Settings
from tests.command import accord, environment, running

# An application with a page that never ends, a page that ends late, and an echo of who asked.
_APP = """
import asyncio, json, sys
from ipaddress import ip_network
from board.server import listen, serve

closing = asyncio.Event()

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive(); await send({"type": "lifespan.startup.complete"})
        await receive(); await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/stream":
        await send({"type": "http.response.body", "body": b"hello", "more_body": True})
        await closing.wait()
        await send({"type": "http.response.body", "body": b"goodbye"})
    elif scope["path"] == "/stuck":
        await send({"type": "http.response.body", "body": b"hello", "more_body": True})
        await asyncio.sleep(60)
    else:
        who = json.dumps([scope["client"][0], scope["scheme"]])
        await send({"type": "http.response.body", "body": who.encode()})

listening = listen("127.0.0.1", 0)
port = listening.getsockname()[1]
trusted = [ip_network(word) for word in sys.argv[1:]]
print(serve(app, listening, trusted_proxies=trusted, close_streams=closing.set,
            on_ready=lambda: print(port, flush=True)), flush=True)
"""


class _Serving:
    def __init__(self, *trusted: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _APP, *trusted],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"

    def stop(self, *numbers: int) -> tuple[float, str]:
        """Seconds from the first signal to the end, and what the server said of it."""
        began = time.monotonic()
        for number in numbers:
            self.process.send_signal(number)
            time.sleep(0.2)
        said, _ = self.process.communicate(timeout=20)
        return time.monotonic() - began, said.strip()


@contextmanager
def _serving(*trusted: str) -> Iterator[_Serving]:
    serving = _Serving(*trusted)
    try:
        yield serving
    finally:
        serving.process.kill()
        serving.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_says_goodbye_to_open_streams_and_takes_less_than_two_seconds(number: int) -> None:
    with _serving() as serving, httpx.stream("GET", f"{serving.url}/stream") as stream:
        body = stream.iter_raw()
        assert next(body) == b"hello"
        seconds, said = serving.stop(number)
        assert next(body) == b"goodbye"
        assert (said, serving.process.returncode) == ("True", 0)
        assert seconds < 2


def test_a_request_that_is_stuck_does_not_hold_up_the_stop() -> None:
    with _serving() as serving, httpx.stream("GET", f"{serving.url}/stuck") as stream:
        assert next(stream.iter_raw()) == b"hello"
        seconds, said = serving.stop(signal.SIGTERM)
    assert said == "True"
    assert seconds < 2


def test_a_second_ctrl_c_waits_for_nothing() -> None:
    with _serving() as serving, httpx.stream("GET", f"{serving.url}/stuck") as stream:
        assert next(stream.iter_raw()) == b"hello"
        seconds, said = serving.stop(signal.SIGINT, signal.SIGINT)
    assert said == "False"
    assert seconds < 1


def _who(url: str, **headers: str) -> list[str]:
    answer = httpx.get(url, headers={n.replace("_", "-"): v for n, v in headers.items()})
    told: list[str] = json.loads(answer.text)
    return told


def test_nobody_is_believed_about_where_a_request_came_from() -> None:
    with _serving() as serving:
        told = _who(serving.url, x_forwarded_for="203.0.113.9", x_forwarded_proto="https")
        assert told == ["127.0.0.1", "http"]


def test_a_trusted_proxy_is_believed_about_its_own_client_and_no_further() -> None:
    with _serving("127.0.0.0/8") as serving:
        told = _who(
            serving.url, x_forwarded_for="198.51.100.1, 203.0.113.9", x_forwarded_proto="https"
        )
        assert told == ["203.0.113.9", "https"]


def test_a_taken_port_is_said_in_a_sentence() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"Port {port} .* is taken .* --port {port + 1}"):
            listen("127.0.0.1", port)


def test_a_name_that_is_no_address_is_said_in_a_sentence() -> None:
    with pytest.raises(CannotListen, match=r"Can't listen on no\.such\.host\.invalid"):
        listen("no.such.host.invalid", 0)


def test_any_free_port_is_named_in_the_address() -> None:
    settings = Settings.read({"ACCORD_PORT": "0"})
    with listen("127.0.0.1", 0) as listening:
        found = with_port(settings, listening)
    assert found.url == f"http://127.0.0.1:{found.port}"
    assert found.port > 0


def test_an_address_that_was_set_is_kept() -> None:
    settings = Settings.read({"ACCORD_PORT": "0", "ACCORD_URL": "https://accord.example.com"})
    with listen("127.0.0.1", 0) as listening:
        assert with_port(settings, listening).url == "https://accord.example.com"


def test_several_processes_serve_one_database(database: Addresses) -> None:
    words = ("serve", "--port", "0")
    with running(*words, DATABASE_URL=database.app) as one:
        with running(*words, DATABASE_URL=database.app) as other:
            for process in (one, other):
                process.until("Serving", seconds=30)
                assert httpx.get(f"{process.address()}/ready").status_code == 200
            assert one.address() != other.address()
            assert other.stop(signal.SIGTERM) < 5  # on a busy machine; 0.4 on an idle one
            assert other.process.returncode == 0
        assert httpx.get(f"{one.address()}/ready").status_code == 200
        assert one.stop(signal.SIGTERM) < 5


def test_serving_refuses_a_database_without_tables(empty_database: Addresses) -> None:
    ended = accord("serve", "--port", "0", DATABASE_URL=empty_database.app)
    assert ended.returncode == 1
    assert "Run: accord migrate" in ended.stderr


def test_serving_refuses_a_port_that_is_taken_before_anything_is_started() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = accord("serve", "--port", port, ACCORD_DATA=os.devnull)
    assert ended.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in ended.stderr


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux can do it")
def test_a_browser_that_takes_nothing_any_more_is_let_go() -> None:
    with listen("127.0.0.1", 0) as door, socket.create_connection(door.getsockname()):
        door.settimeout(5)
        taken, _ = door.accept()
        with taken:
            milliseconds = taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        assert milliseconds == STUCK * 1000
