"""The hub, served by the real server over real connections."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest
import uvicorn
import uvloop
from litestar import Litestar, asgi
from litestar.types import Receive, Scope, Send

from board.frames import News, Topic, message, partial
from board.hub import Hub, Viewer
from board.recent import LARGEST_ANSWER
from tests.board.streams import Stream, eventually, stalled

ULM = Topic("board", frozenset({"ulm"}))
EVERY_SITE = Topic("board", None)
HEADERS = [(b"content-type", b"text/event-stream")]


class Served(NamedTuple):
    """A hub, and the port on which its viewers come."""

    hub: Hub
    port: int
    opened: list[Viewer]

    async def watch(self, *, sites: str = "", after: int = 0) -> Stream:
        """One more viewer of the board; no sites are all sites."""
        known = len(self.opened)
        stream = await Stream.open(self.port, f"/?sites={sites}&after={after}")
        await eventually(lambda: len(self.opened) > known)
        return stream


@asynccontextmanager
async def served(**options: Any) -> AsyncIterator[Served]:
    """A hub on a server of its own."""
    hub, opened = Hub(**options), list[Viewer]()

    @asgi("/", copy_scope=False)
    async def watch(scope: Scope, receive: Receive, send: Send) -> None:
        asked = dict(pair.split("=") for pair in scope["query_string"].decode().split("&"))
        sites = frozenset(asked["sites"].split(",")) if asked["sites"] else None
        viewer = Viewer(Topic("board", sites), send, after=int(asked["after"]))
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        opened.append(viewer)
        await hub.watch(viewer, receive)

    door = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        Litestar([watch]), log_level="warning", timeout_graceful_shutdown=1, lifespan="off"
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[door]))
    delivering = asyncio.create_task(hub.run())
    try:
        yield Served(hub, door.getsockname()[1], opened)
    finally:
        hub.close()
        server.should_exit = True
        await asyncio.wait_for(running, 5)
        await asyncio.wait_for(delivering, 5)


def on_the_servers_loop(scenario: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """Run an async test on uvloop, as the server does."""

    def test() -> None:
        async def within() -> None:
            async with asyncio.timeout(30):
                await scenario()

        uvloop.run(within())

    test.__name__ = scenario.__name__
    return test


def row(position: int, key: str = "a", site: str = "ulm", text: str = "") -> News:
    """A changed row."""
    html = partial(f"#line-{key}", f"<tr>{text or position}</tr>".encode())
    return News(position, "board", site, key, html, json.dumps({"id": key}).encode())


@on_the_servers_loop
async def test_a_change_reaches_every_viewer_with_the_same_bytes() -> None:
    async with served() as at:
        viewers = [await at.watch() for _ in range(3)]
        at.hub.publish([row(1)], 1)
        told = [[await viewer.next(), await viewer.next()] for viewer in viewers]
        assert told[0] == told[1] == told[2]
        html, changed = told[0]
        assert html.data == (
            '<hx-partial hx-target="#line-a" hx-swap="outerMorph"><tr>1</tr></hx-partial>'
        )
        assert (changed.event, changed.json, changed.id) == ("changed", [{"id": "a"}], "1")


@on_the_servers_loop
async def test_when_it_is_quiet_a_change_is_sent_at_once() -> None:
    async with served(tick=1.0) as at:
        viewer = await at.watch()
        at.hub.publish([row(1)], 1)
        await viewer.until("changed", wait=0.5)


@on_the_servers_loop
async def test_under_load_a_row_is_sent_once_a_tick_in_its_last_state() -> None:
    async with served(tick=0.2) as at:
        viewer = await at.watch()
        at.hub.publish([row(1)], 1)
        await viewer.until("changed")
        for position in range(2, 50):
            at.hub.publish([row(position), row(position, "b")], position)
            await asyncio.sleep(0)
        html, changed = await viewer.next(), await viewer.next()
        assert html.data.count("<hx-partial") == 2
        assert html.data.count("<tr>49</tr>") == 2
        assert changed.id == "49"


@on_the_servers_loop
async def test_bytes_of_another_site_never_arrive() -> None:
    async with served(tick=0.01) as at:
        ulm, everywhere = await at.watch(sites="ulm"), await at.watch()
        at.hub.publish([row(1, "z", "brno", "secret"), row(2, "a", "ulm")], 2)
        at.hub.publish([row(3, "y", "brno", "secret")], 3)
        at.hub.beat(lambda topic: b"{}")
        seen = [await ulm.next(), await ulm.next(), await ulm.until("heartbeat")]
        assert "secret" not in str(seen)
        assert [m.json for m in seen if m.event == "changed"] == [[{"id": "a"}]]
        assert "secret" in (await everywhere.next()).data
        again = await at.watch(sites="ulm", after=0)
        answer = [await again.next(), await again.next()]
        assert "secret" not in str(answer)


@on_the_servers_loop
async def test_who_comes_back_gets_exactly_what_they_missed() -> None:
    async with served(tick=0.01) as at:
        at.hub.publish([row(1, "a"), row(2, "b")], 2)
        at.hub.publish([row(3, "c"), row(4, "a")], 4)
        viewer = await at.watch(after=2)
        html, changed = await viewer.next(), await viewer.next()
        assert "#line-c" in html.data
        assert "<tr>4</tr>" in html.data
        assert "#line-b" not in html.data
        assert changed.id == "4"


@on_the_servers_loop
async def test_who_missed_nothing_gets_nothing() -> None:
    async with served(position=7) as at:
        viewer = await at.watch(after=7)
        with pytest.raises(TimeoutError):
            await viewer.next(wait=0.3)


@on_the_servers_loop
async def test_who_comes_while_news_is_gathered_gets_it_once() -> None:
    async with served(tick=0.3) as at:
        first = await at.watch()
        at.hub.publish([row(1)], 1)
        await first.until("changed")
        at.hub.publish([row(2)], 2)
        second = await at.watch(after=1)
        assert (await second.until("changed")).id == "2"
        assert (await first.until("changed")).id == "2"
        at.hub.publish([row(3)], 3)
        assert (await second.until("changed")).id == "3"


@on_the_servers_loop
async def test_who_was_away_too_long_is_told_to_fetch_the_page_anew() -> None:
    async with served(position=7) as at:
        for after in (-1, 6, 8):  # nothing seen, seen too little, seen what is not known here
            viewer = await at.watch(after=after)
            told = await viewer.next()
            assert (told.event, told.id) == ("resync", "7")


@on_the_servers_loop
async def test_what_is_kept_for_those_away_is_bounded() -> None:
    async with served() as at:
        for position in range(1, 10_000):
            at.hub.publish([row(position, f"{position}")], position)
        assert (await (await at.watch(after=5_000)).next()).event == "resync"
        assert (await (await at.watch(after=9_998)).next()).data.count("<tr>") == 1
        big = "x" * 100_000
        for position in range(10_000, 10_200):
            at.hub.publish([row(position, f"{position}", text=big)], position)
        assert (await (await at.watch(after=10_100)).next()).event == "resync"


@on_the_servers_loop
async def test_too_much_at_once_is_fetched_rather_than_sent() -> None:
    async with served() as at:
        viewer = await at.watch()
        many = [row(1, f"{n}", text="x" * 1000) for n in range(LARGEST_ANSWER // 1000)]
        at.hub.publish(many, 1)
        assert (await viewer.next()).event == "resync"


@on_the_servers_loop
async def test_a_stalled_reader_holds_nobody_up_and_costs_no_more_memory() -> None:
    async with served(tick=0.005) as at:
        quick = await at.watch()
        with stalled(at.port, "/?sites=&after=0") as reader:
            await eventually(lambda: len(at.opened) == 2)
            sluggish, text = at.opened[1], "x" * 50_000
            position = 0
            while not sluggish.lagging:
                position += 1
                at.hub.publish([row(position, text=text)], position)
                assert (await quick.until("changed")).id == str(position)
            assert at.hub.lagging == 1
            stuck_at = sluggish.position
            for _ in range(20):
                position += 1
                at.hub.publish([row(position, text=text)], position)
                assert (await quick.until("changed", wait=0.5)).id == str(position)
            assert sluggish.position == stuck_at
            assert at.hub.fell_behind == 1

            reader.setblocking(False)
            received = b""
            while f"id: {position}\n".encode() not in received:
                received += await asyncio.get_running_loop().sock_recv(reader, 1 << 20)
            assert at.hub.lagging == 0
            # In between only the last state of the row came, not each of the twenty.
            assert received.count(b"event: changed") <= stuck_at + 2


@on_the_servers_loop
async def test_a_lagging_viewer_does_not_miss_the_word_to_fetch_anew() -> None:
    async with served(tick=0.005) as at:
        with stalled(at.port, "/?sites=&after=0") as reader:
            await eventually(lambda: at.opened)
            position = 0
            while not at.opened[0].lagging:
                position += 1
                at.hub.publish([row(position, text="x" * 50_000)], position)
                await asyncio.sleep(0.01)
            at.hub.fetch_anew(lambda topic: topic == EVERY_SITE)
            await asyncio.sleep(0.05)
            reader.setblocking(False)
            received = b""
            async with asyncio.timeout(5):
                while b"event: resync" not in received:
                    received += await asyncio.get_running_loop().sock_recv(reader, 1 << 20)


@on_the_servers_loop
async def test_only_those_whom_it_concerns_fetch_anew() -> None:
    async with served(tick=0.005) as at:
        ulm, brno = await at.watch(sites="ulm"), await at.watch(sites="brno")
        at.hub.fetch_anew(lambda topic: topic == ULM)
        assert (await ulm.next()).event == "resync"
        with pytest.raises(TimeoutError):
            await brno.next(wait=0.2)


@on_the_servers_loop
async def test_a_heartbeat_says_something_to_each_topic_and_moves_the_position_on() -> None:
    async with served(tick=0.005) as at:
        ulm, brno = await at.watch(sites="ulm"), await at.watch(sites="brno")
        at.hub.publish([row(5, "z", "brno")], 5)
        at.hub.beat(lambda topic: json.dumps(sorted(topic.sites or ())).encode())
        heard = await ulm.next()
        assert (heard.event, heard.json, heard.id) == ("heartbeat", ["ulm"], "5")
        assert (await brno.until("heartbeat")).json == ["brno"]


@on_the_servers_loop
async def test_one_viewer_can_be_sent_away_with_a_last_word() -> None:
    async with served() as at:
        stays, goes = await at.watch(), await at.watch()
        at.hub.end(at.opened[1], message(b"{}", event="signed_out"))
        assert [m.event for m in await goes.rest(wait=1)] == ["signed_out"]
        at.hub.publish([row(1)], 1)
        await stays.until("changed")
        assert at.hub.viewers == 1


@on_the_servers_loop
async def test_closing_ends_all_streams_at_once() -> None:
    async with served() as at:
        viewers = [await at.watch() for _ in range(50)]
        assert at.hub.topics == {EVERY_SITE: 50}
        at.hub.close()
        async with asyncio.timeout(0.5):
            assert [await viewer.rest() for viewer in viewers] == [[]] * 50
        assert at.hub.viewers == 0


@on_the_servers_loop
async def test_a_viewer_who_leaves_is_forgotten() -> None:
    async with served() as at:
        viewer = await at.watch()
        viewer.close()
        await eventually(lambda: not at.hub.viewers)
        assert at.hub.topics == {}


@on_the_servers_loop
async def test_begun_again_at_an_earlier_position_nobody_waits_for_the_old_one() -> None:
    async with served(position=90, tick=0.005) as at:
        viewer = await at.watch(after=90)
        at.hub.forget(3)
        at.hub.fetch_anew(lambda topic: True)
        assert (await viewer.next()).id == "3"
        at.hub.publish([row(4)], 4)
        assert (await viewer.until("changed")).id == "4"
        assert (await (await at.watch(after=90)).next()).event == "resync"


def test_every_kind_of_line_end_stays_inside_its_message() -> None:
    assert message(b"a\nb\r\nc\rd\n\nid: 9", position=1) == (
        b"id: 1\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \ndata: id: 9\n\n"
    )
