"""The live stream: real server, real database, real projector, viewers over real connections."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import psycopg
import pytest
from msgspec.structs import replace

from board import live, people, sessions, wall_links
from board.database import Addresses
from domain.people import Role
from projections.event_store import open_store
from projections.projector import rebuild
from tests.board.asking import ask
from tests.board.office import Office, office, run
from tests.board.streams import Stream, eventually
from tests.facts import line_entered, recorded

BOARD = "/live?view=board"


@pytest.fixture
def at(database: Addresses) -> Iterator[Office]:
    with office(database) as served:
        yield served


async def up_to_date(at: Office, **viewer: str) -> Stream:
    """A viewer who has seen everything there is."""
    await eventually(lambda: at.settled, wait=live.LOOK_EVERY + 2)
    stream = await Stream.open(at.port, f"{BOARD}&after=-", **viewer)
    assert stream.status == 200
    first = await stream.until("resync")
    stream.close()
    stream = await Stream.open(at.port, BOARD, Last_Event_ID=first.id, **viewer)
    assert (await stream.until("heartbeat")).json["edition"]
    return stream


def test_a_change_reaches_two_viewers_as_the_row_that_the_page_shows(at: Office) -> None:
    line_id = at.enter()
    reps = [at.cookie(at.sign_in(at.add_person(Role.REP, team="sales"))) for _ in range(2)]

    async def scenario() -> None:
        viewers = [await up_to_date(at, Cookie=rep) for rep in reps]
        version = await asyncio.to_thread(ask, at, line_id)
        for viewer in viewers:
            html = await viewer.next()
            assert html.data.startswith(f'<hx-partial hx-target="#line-{line_id}" hx-swap=')
            assert f'<tr role="row" id="line-{line_id}"' in html.data
            (note,) = (await viewer.next()).json
            assert (note["id"], note["version"]) == (str(line_id), version)
            assert (note["state"], note["ball"]) == ("requested", "promiser")
            assert (note["site"], note["team"]) == ("nord", "production")
        assert viewers[0].headers["content-type"].startswith("text/event-stream")
        assert "no-store" in viewers[0].headers["cache-control"]
        assert viewers[0].headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in viewers[0].headers

    run(scenario())


def test_who_comes_back_misses_nothing_and_gets_nothing_twice(at: Office) -> None:
    lines = [at.enter() for _ in range(3)]
    rep = at.cookie(at.sign_in(at.add_person(Role.REP, team="sales")))

    async def scenario() -> None:
        viewer, witness = await up_to_date(at, Cookie=rep), await up_to_date(at, Cookie=rep)
        ask(at, lines[0])
        seen = await viewer.until("changed")
        viewer.close()
        ask(at, lines[1])
        ask(at, lines[2])
        ask(at, lines[1], days=30)
        await told(witness, lines[1], version=3)
        again = await Stream.open(at.port, BOARD, Cookie=rep, Last_Event_ID=seen.id)
        assert (await again.next()).data.count("<hx-partial") == 2
        notes = (await again.next()).json
        assert [(n["id"], n["version"]) for n in notes] == [(str(lines[2]), 2), (str(lines[1]), 3)]

    run(scenario())


def test_the_bytes_of_another_site_never_arrive(at: Office) -> None:
    nord, sued = at.enter(), at.enter(site="sued", team="south", customer="Geheim & Co")
    rep = at.cookie(at.sign_in(at.add_person(Role.REP, team="sales", sites=["nord"])))
    boss = at.cookie(at.sign_in(at.add_person(Role.ADMIN)))

    async def scenario() -> None:
        viewer, everywhere = await up_to_date(at, Cookie=rep), await up_to_date(at, Cookie=boss)
        ask(at, sued)
        assert "Geheim" in (await everywhere.next()).data
        position = (await everywhere.next()).id
        ask(at, nord)
        seen = [await viewer.next(), await viewer.next()]
        assert "Geheim" not in str(seen)
        assert [note["site"] for note in seen[1].json] == ["nord"]
        before = str(int(position) - 1)
        again = await Stream.open(at.port, BOARD, Cookie=rep, Last_Event_ID=before)
        assert "Geheim" not in str([await again.next(), await again.next()])
        one = await Stream.open(at.port, f"{BOARD}&site=nord", Cookie=boss, Last_Event_ID=before)
        assert "Geheim" not in str([await one.next(), await one.next()])

    run(scenario())


def test_what_somebody_may_not_see_is_refused(at: Office) -> None:
    rep = at.cookie(at.sign_in(at.add_person(Role.REP, team="sales", sites=["nord"])))
    boss = at.cookie(at.sign_in(at.add_person(Role.ADMIN)))

    async def scenario() -> None:
        for site in ("sued", "nowhere", "nord&site=sued"):
            assert (await Stream.open(at.port, f"{BOARD}&site={site}", Cookie=rep)).status == 403
        assert (await Stream.open(at.port, f"{BOARD}&site=nowhere", Cookie=boss)).status == 403
        for nonsense in ("view=wall", "view=wall&site=nord&team=nobody", "view=else"):
            assert (await Stream.open(at.port, f"/live?{nonsense}", Cookie=boss)).status == 400

    run(scenario())


def test_nobody_watches_without_an_account(at: Office) -> None:
    async def scenario() -> None:
        assert (await Stream.open(at.port, BOARD)).status in (303, 401)
        assert (await Stream.open(at.port, "/wall/none/live")).status == 404

    run(scenario())


def test_a_stream_ends_soon_after_its_session(at: Office) -> None:
    at.app.state.live._look_every = 0.2
    staying, leaving, closed = (at.add_person(Role.ADMIN) for _ in range(3))
    tokens = [at.sign_in(person) for person in (staying, leaving, closed)]

    async def scenario() -> None:
        viewers = [await up_to_date(at, Cookie=at.cookie(token)) for token in tokens]
        await asyncio.to_thread(at.write, lambda db: sessions.end_all(db, leaving))
        await asyncio.to_thread(at.write, lambda db: people.deactivate(db, closed))
        for gone in viewers[1:]:
            assert [m.event for m in await gone.rest(wait=7)][-1] == "signed_out"
        with pytest.raises(TimeoutError):
            await viewers[0].until("signed_out", wait=0.5)

    run(scenario())


def test_who_may_see_less_from_now_on_is_sent_away_to_come_back(at: Office) -> None:
    person = at.add_person(Role.VIEWER)
    viewer = at.cookie(at.sign_in(person))

    async def scenario() -> None:
        stream = await up_to_date(at, Cookie=viewer)
        await asyncio.to_thread(
            at.write,
            lambda db: db.execute(
                "UPDATE accord.person SET sites = '{nord}' WHERE id = %s", [person]
            ),
        )
        assert "signed_out" not in [m.event for m in await stream.rest(wait=7)]
        again = await up_to_date(at, Cookie=viewer)
        ask(at, at.enter(site="sued", team="south"))
        with pytest.raises(TimeoutError):
            await again.until("changed", wait=0.7)

    run(scenario())


def test_a_wall_is_let_in_by_its_link_and_sent_away_when_that_is_revoked(at: Office) -> None:
    link, token = at.wall("nord")

    async def scenario() -> None:
        stream = await Stream.open(at.port, f"/wall/{token}/live")
        assert stream.status == 200
        await stream.until("heartbeat")
        await asyncio.to_thread(at.write, lambda db: wall_links.revoke(db, link))
        assert [m.event for m in await stream.rest(wait=7)][-1] == "signed_out"
        assert (await Stream.open(at.port, f"/wall/{token}/live")).status == 404

    run(scenario())


def test_when_its_listener_is_killed_it_still_hears(at: Office) -> None:
    line_id = at.enter()
    rep = at.cookie(at.sign_in(at.add_person(Role.REP, team="sales")))

    async def scenario() -> None:
        viewer = await up_to_date(at, Cookie=rep)
        for days in range(20, 26):
            _kill_listeners(at.addresses)
            ask(at, line_id, days)
            await viewer.until("changed", wait=4.5)

    run(scenario())


def _kill_listeners(addresses: Addresses) -> None:
    with psycopg.connect(addresses.owner.replace("accord_owner", "postgres")) as connection:
        killed = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert killed.rowcount


def test_behind_a_pooler_that_swallows_notifications_it_looks_by_itself(
    database: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(url: str, heard: asyncio.Event) -> None:
        await asyncio.sleep(3600)

    monkeypatch.setattr(live, "listen", deaf)
    with office(database) as at:
        line_id = at.enter()
        rep = at.cookie(at.sign_in(at.add_person(Role.REP, team="sales")))

        async def scenario() -> None:
            viewer = await up_to_date(at, Cookie=rep)
            ask(at, line_id)
            await told(viewer, line_id, version=2, wait=live.LOOK_EVERY + 2)

        run(scenario())


def test_a_rebuild_loses_nothing_and_has_everybody_fetch_anew(at: Office) -> None:
    line_id = at.enter()
    rep = at.cookie(at.sign_in(at.add_person(Role.REP, team="sales")))

    async def scenario() -> None:
        viewer = await up_to_date(at, Cookie=rep)
        rebuilding = asyncio.create_task(
            asyncio.to_thread(rebuild, at.addresses.app, lambda *_: None)
        )
        for days in range(20, 30):
            await asyncio.to_thread(ask, at, line_id, days)
        await rebuilding
        told = [await viewer.next(wait=7)]
        while int(told[-1].id or 0) < at.last_position:
            told.append(await viewer.next(wait=7))
        anew = [int(message.id) for message in told if message.event == "resync"]
        seen = [n["version"] for m in told if m.event == "changed" for n in m.json]
        assert anew
        assert anew[-1] == at.last_position or seen[-1] == 11

    run(scenario())


def test_while_the_database_can_not_be_read_no_heartbeat_says_that_all_is_well(
    at: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at.app.state.live, "_look_every", 0.1)
    monkeypatch.setattr(at.app.state.live.feed, "_heartbeat", 0.1)
    rep = at.cookie(at.sign_in(at.add_person(Role.REP, team="sales")))

    def lives(*, live: bool) -> None:
        with psycopg.connect(at.addresses.owner) as connection:
            query = "UPDATE accord.read_models SET live = %s WHERE name = 'read_a'"
            connection.execute(query, [live])

    async def beating(viewer: Stream) -> None:
        while True:
            await viewer.until("heartbeat", wait=1)

    async def scenario() -> None:
        viewer = await up_to_date(at, Cookie=rep)
        await viewer.until("heartbeat", wait=7)
        await asyncio.to_thread(lives, live=False)
        with pytest.raises(TimeoutError):
            await beating(viewer)
        await asyncio.to_thread(lives, live=True)
        await viewer.until("heartbeat", wait=2)

    run(scenario())


def test_a_full_house_asks_to_come_back_later(at: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_VIEWERS", 1)
    rep = at.cookie(at.sign_in(at.add_person(Role.REP, team="sales")))

    async def scenario() -> None:
        viewer = await Stream.open(at.port, BOARD, Cookie=rep)
        await viewer.until("heartbeat")
        refused = await Stream.open(at.port, BOARD, Cookie=rep)
        assert (refused.status, refused.headers["retry-after"]) == (503, "5")

    run(scenario())


def test_at_a_sites_midnight_its_viewers_fetch_anew(at: Office) -> None:
    rep = at.cookie(at.sign_in(at.add_person(Role.REP, team="sales")))

    async def scenario() -> None:
        viewer = await up_to_date(at, Cookie=rep)
        yesterday = await Stream.open(at.port, f"{BOARD}&after=-", Cookie=rep)
        message = await yesterday.until("resync")
        edition = (await yesterday.until("heartbeat")).json["edition"]
        yesterday.close()
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        at.app.state.live.feed._clock = lambda: tomorrow
        await viewer.until("resync", wait=7)
        # Who slept over midnight, and missed nothing else, does so on coming back.
        path = f"{BOARD}&after={message.id}&edition={edition}"
        assert (await (await Stream.open(at.port, path, Cookie=rep)).next()).event == "resync"

    run(scenario())


def test_when_a_site_or_team_is_changed_everybody_fetches_anew(at: Office) -> None:
    rep = at.cookie(at.sign_in(at.add_person(Role.REP, team="sales")))

    async def scenario() -> None:
        viewer = await up_to_date(at, Cookie=rep)
        with psycopg.connect(at.addresses.app) as connection:
            connection.execute("UPDATE accord.team SET name = 'Sales East' WHERE id = 'sales'")
        again = await up_to_date(at, Cookie=rep)  # a request: the process notices
        again.close()
        await viewer.until("resync", wait=7)

    run(scenario())


def test_three_hundred_lines_at_once_are_fetched_rather_than_sent(at: Office) -> None:
    rep = at.cookie(at.sign_in(at.add_person(Role.REP, team="sales")))

    async def scenario() -> None:
        viewer = await up_to_date(at, Cookie=rep)
        many = [
            recorded(line_entered(order_number=f"{n}"), 1, datetime.now(UTC)) for n in range(300)
        ]
        many = [replace(one, originator_id=uuid4(), command_id=uuid4()) for one in many]
        assert await asyncio.to_thread(at.store.enter_many, many)
        assert [(await viewer.next()).event for _ in range(1)] == ["resync"]

    run(scenario())


def test_two_processes_tell_the_same_and_end_at_once_with_fifty_open_streams(
    database: Addresses,
) -> None:
    with open_store(database.app) as store, _process(database) as one, _process(database) as two:
        at = Office(database, store)
        line_id, token = at.enter(), at.sign_in(at.add_person(Role.REP, team="sales"))

        async def scenario() -> None:
            viewers = [
                await Stream.open(port, f"{BOARD}&after=-", Cookie=f"accord-{port}={token}")
                for port in (one.port, two.port)
                for _ in range(25)
            ]
            for viewer in viewers:
                await viewer.until("heartbeat")
            ask(at, line_id)
            for viewer in viewers:
                await told(viewer, line_id, version=2)
            took = []
            for served, watching in ((one, viewers[:25]), (two, viewers[25:])):
                began = time.monotonic()
                served.process.send_signal(signal.SIGTERM)
                for viewer in watching:
                    await viewer.rest(wait=1)
                assert await asyncio.to_thread(served.process.wait, 15) == 0
                took.append(time.monotonic() - began)
            assert min(took) < 2  # of two, because others work on this machine too

        run(scenario())


class _Process(NamedTuple):
    """An `accord serve` of its own."""

    process: subprocess.Popen[str]
    port: int


@contextmanager
def _process(database: Addresses) -> Iterator[_Process]:
    program = "from board.cli import main; main()"
    words = [sys.executable, "-c", program, "serve", "--port", "0"]
    environ = {**os.environ, "DATABASE_URL": database.app}
    process = subprocess.Popen(words, env=environ, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        while "Serving http" not in said:
            assert said, "it does not start"
            said = process.stderr.readline()
        draining = threading.Thread(target=process.stderr.read, daemon=True)
        draining.start()
        yield _Process(process, int(said.rsplit(":", 1)[1]))
    finally:
        process.kill()
        process.wait()


def test_a_wall_in_the_hall_is_shown_what_changed(at: Office) -> None:
    line_id = at.enter(customer="Brandt Pumpen")
    at.enter(site="sued", team="south", customer="Geheim & Co")
    _, token = at.wall("nord")

    async def scenario() -> None:
        stream = await Stream.open(at.port, f"/wall/{token}/live?after={at.last_position}")
        first = await stream.until("")  # whoever comes is shown the wall as it is
        assert {"wall-promisers", "wall-ticker"} <= set(
            re.findall('hx-target="#([^"]+)"', first.data)
        )
        ask(at, line_id)
        async with asyncio.timeout(5):
            while "Brandt Pumpen" not in (shown := (await stream.until("")).data):
                pass
        assert "Geheim" not in shown
        assert "asked for" in shown

    run(scenario())


async def told(viewer: Stream, line_id: UUID, *, version: int, wait: float = 5.0) -> None:
    """Read on until the viewer was told of this version of the line."""
    while True:
        notes = (await viewer.until("changed", wait=wait)).json
        if any(note["id"] == str(line_id) and note["version"] >= version for note in notes):
            return
