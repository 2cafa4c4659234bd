"""The follower misses nothing, stops for nothing, and hands over to the next one."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from board.database import Addresses
from domain import moves
from projections import batch, history, lines
from projections.check import check
from projections.event_store import EventStore, new_text, open_store
from projections.parked import Parked, parked, retry
from projections.projector import PROJECTOR, Projector
from projections.rebuild import RebuildRunning, rebuild
from tests.facts import REP, all_on
from tests.projections.at_work import caught_up, enter, move, random_moves, seen, until

TODAY = datetime.now(UTC).date()

ALONE = """
    import sys, time
    from projections.projector import Projector
    projector = Projector(sys.argv[1])
    projector.start()
    while projector.state != "leading":
        time.sleep(0.01)
    print("leading", flush=True)
    time.sleep(60)
"""


def test_a_move_is_on_the_board_at_once(
    database: Addresses, store: EventStore, projector: Projector
) -> None:
    line = enter(store)
    caught_up(database.app)
    began = time.monotonic()
    move(store, line, moves.request_date, all_on(TODAY), by=REP)
    caught_up(database.app)
    assert time.monotonic() - began < 0.5
    row = seen(database.app, lines.row, line)
    assert row is not None
    assert row.line == store.load(line).line
    assert (row.position, row.changed.by, row.changed.topic) == (2, "rep", "line.date_requested")


def test_a_note_is_not_what_changed_a_line_last(
    database: Addresses, store: EventStore, projector: Projector
) -> None:
    line = enter(store)
    move(store, line, moves.request_date, all_on(TODAY), by=REP)
    move(store, line, moves.add_note, new_text("still there?")[0], by=REP)
    caught_up(database.app)
    row = seen(database.app, lines.row, line)
    assert row is not None
    assert (row.position, row.changed.topic) == (3, "line.date_requested")


def test_events_that_commit_slowly_are_not_passed_over(
    database: Addresses, projector: Projector
) -> None:
    """The classic loss: a low position commits after a high one, and the reader is past it."""
    with psycopg.connect(database.owner, autocommit=True) as owner:
        owner.execute(
            """
            CREATE FUNCTION pg_temp.sleep() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_sleep(random() * 0.15); RETURN NULL; END $$;
            CREATE TRIGGER slow AFTER INSERT ON accord.stored_events FOR EACH ROW
            WHEN (NEW.notification_id %% 3 = 0) EXECUTE FUNCTION pg_temp.sleep();
        """.replace("%%", "%")
        )
        with ThreadPoolExecutor(6) as threads:
            list(threads.map(lambda seed: _write(database, seed, 12), range(6)))
        assert caught_up(database.app) >= 6
    assert _shown_positions(database) == _logged_positions(database)
    assert check(database.app) == []


def test_several_writers_are_followed_without_a_gap(
    database: Addresses, projector: Projector
) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda seed: _write(database, seed, 40), range(8)))
    position = caught_up(database.app)
    assert _shown_positions(database) == list(range(1, position + 1))
    assert check(database.app) == []


def test_a_lost_wake_up_costs_a_second_and_no_event(
    database: Addresses, store: EventStore, projector: Projector
) -> None:
    with psycopg.connect(database.owner, autocommit=True) as owner:
        source = owner.execute(
            "SELECT prosrc FROM pg_proc WHERE oid = 'accord.append_events'::regproc"
        ).fetchone()
        assert source is not None
        assert "pg_notify" in source[0]
        silent = source[0].replace("PERFORM pg_notify('accord_log', last::text);", "")
        assert silent != source[0]
        owner.execute(f"""
            CREATE OR REPLACE FUNCTION accord.append_events(
                ids uuid[], versions bigint[], topics text[], states bytea[],
                text_ids uuid[], salts bytea[], words text[]
            ) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $body${silent}$body$""")
    until(lambda: projector.state == "leading")
    time.sleep(0.2)
    enter(store)
    caught_up(database.app, seconds=3)
    assert _shown_positions(database) == [1]


def test_when_the_leaders_connection_is_killed_somebody_leads_again(
    database: Addresses, projector: Projector
) -> None:
    other = Projector(database.app)
    other.start()
    with _writing(database):
        for _ in range(4):
            until(lambda: "leading" in (projector.state, other.state))
            time.sleep(0.2)
            assert (projector.state, other.state).count("leading") == 1
            _kill_leader(database)
            until(lambda: (projector.state, other.state).count("leading") < 2)
    caught_up(database.app)
    other.stop()
    assert check(database.app) == []


def test_when_the_leading_process_is_killed_another_one_takes_over(database: Addresses) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _program(ALONE), database.app], stdout=subprocess.PIPE, text=True
    ) as leader:
        assert leader.stdout is not None
        assert leader.stdout.readline() == "leading\n"
        stands_by = Projector(database.app)
        stands_by.start()
        with _writing(database):
            time.sleep(0.3)
            assert stands_by.state == "standing by"
            leader.kill()
            until(lambda: stands_by.state == "leading", seconds=5)
    caught_up(database.app)
    stands_by.stop()
    assert check(database.app) == []


def test_the_lead_is_handed_over_when_a_projector_stops(
    database: Addresses, projector: Projector
) -> None:
    until(lambda: projector.state == "leading")
    other = Projector(database.app)
    other.start()
    began = time.monotonic()
    projector.stop()
    assert time.monotonic() - began < 0.5
    assert projector.state == "stopped"
    until(lambda: other.state == "leading", seconds=3)
    other.stop()


def test_readers_are_woken_with_the_position(database: Addresses, store: EventStore) -> None:
    with psycopg.connect(database.app, autocommit=True) as reader:
        reader.execute("LISTEN accord_read")
        reader.execute("LISTEN accord_log")
        enter(store)
        projector = Projector(database.app)
        projector.start()
        heard = [(n.channel, n.payload) for n in reader.notifies(timeout=5, stop_after=2)]
        projector.stop()
    assert heard == [("accord_log", "1"), ("accord_read", "1")]


class TestPoison:
    """What can't be shown stops its own stream; everything else goes on."""

    def test_an_event_of_the_future_parks_its_stream_only(
        self, database: Addresses, store: EventStore, projector: Projector
    ) -> None:
        bad, good = enter(store, line="1"), enter(store, line="2")
        caught_up(database.app)
        _poison(database, bad, "line.teleported:1")
        store_after = [move(store, good, moves.add_note, new_text("on")[0], by=REP)]
        caught_up(database.app)
        (found,) = seen(database.app, parked)
        assert isinstance(found, Parked)
        assert (found.line_id, found.version, found.position) == (bad, 2, 3)
        assert "this Accord knows no event" in found.error
        stuck, moved = (seen(database.app, lines.row, line) for line in (bad, good))
        assert stuck is not None
        assert stuck.line.version == 1
        assert moved is not None
        assert moved.line == store_after[0].line
        assert [d.table for d in check(database.app)] == ["parked"]

    def test_a_parked_stream_skips_its_later_events_until_it_is_tried_again(
        self, database: Addresses, store: EventStore, projector: Projector
    ) -> None:
        bad = enter(store)
        move(store, bad, moves.request_date, all_on(TODAY), by=REP)
        _poison(database, bad, "line.date_requested:7", version=3)
        _poison(database, bad, "line.note_added:1", version=4)
        caught_up(database.app)
        assert len(seen(database.app, history.story, bad)) == 2
        assert retry(database.app, bad) is False
        assert [p.version for p in seen(database.app, parked)] == [3]

        _repair(database, bad)
        assert retry(database.app, bad) is True
        assert seen(database.app, parked) == []
        row = seen(database.app, lines.row, bad)
        assert row is not None
        assert row.line == store.load(bad).line
        assert row.line.version == 4
        assert check(database.app) == []

    def test_what_is_readable_by_now_goes_on_with_the_next_start(
        self, database: Addresses, store: EventStore
    ) -> None:
        bad = enter(store)
        _poison(database, bad, "line.date_requested:7")
        _following(database)
        assert len(seen(database.app, parked)) == 1
        _repair(database, bad)
        _following(database)
        assert seen(database.app, parked) == []
        assert check(database.app) == []

    def test_what_the_database_cannot_hold_parks_its_stream_only(
        self, database: Addresses, store: EventStore
    ) -> None:
        good = [enter(store, line=str(n)) for n in range(5)]
        bad = enter(store, line="bad", customer="Müller\0Söhne")
        good += [enter(store, line=str(n)) for n in range(5, 9)]
        _following(database)
        assert [p.line_id for p in seen(database.app, parked)] == [bad]
        shown = seen(database.app, lines.board, lines.Filter(), today=TODAY).rows
        assert {row.line.id for row in shown} == set(good)

    def test_a_missing_event_parks_its_stream_only(
        self, database: Addresses, store: EventStore
    ) -> None:
        bad = enter(store)
        enter(store, line="2")
        _poison(database, bad, "line.offer_expired:1", version=5)
        _following(database)
        (found,) = seen(database.app, parked)
        assert "event 5 follows version 1" in found.error


class TestRebuild:
    """The views are made anew beside the ones that are read, and then take their place."""

    def test_a_rebuild_while_writes_go_on_loses_nothing(
        self, database: Addresses, projector: Projector
    ) -> None:
        _write(database, 1, 60)
        caught_up(database.app)
        before = seen(database.app, lines.board, lines.Filter(folded=True), today=TODAY).total
        totals: list[int] = []
        with _writing(database):
            for _ in range(3):
                told: list[tuple[int, int]] = []
                rebuild(database.app, lambda *words, to=told: to.append(words), batch=20)
                board = seen(database.app, lines.board, lines.Filter(folded=True), today=TODAY)
                totals.append(board.total)
                assert told[-1][0] == told[-1][1]
                assert [done for done, _ in told] == sorted(done for done, _ in told)
        caught_up(database.app)
        assert totals == sorted(totals)
        assert totals[0] >= before
        assert check(database.app) == []

    def test_the_live_views_are_read_meanwhile(
        self, database: Addresses, projector: Projector
    ) -> None:
        _write(database, 1, 60)
        caught_up(database.app)
        seen_meanwhile: list[int] = []

        def look(_done: int, _all: int) -> None:
            board = seen(database.app, lines.board, lines.Filter(folded=True), today=TODAY)
            seen_meanwhile.append(board.total)

        rebuild(database.app, look, batch=10)
        assert len(seen_meanwhile) > 2
        assert set(seen_meanwhile) == {_known(database)}

    def test_only_one_rebuild_runs_at_a_time(self, database: Addresses) -> None:
        _write(database, 1, 30)

        def again(_done: int, _all: int) -> None:
            with pytest.raises(RebuildRunning):
                rebuild(database.app)

        rebuild(database.app, again, batch=10)

    def test_a_rebuild_that_was_interrupted_leaves_the_live_views_alone(
        self, database: Addresses, projector: Projector
    ) -> None:
        _write(database, 1, 30)
        caught_up(database.app)
        with pytest.raises(KeyboardInterrupt):
            rebuild(database.app, _interrupt, batch=10)
        assert check(database.app) == []
        rebuild(database.app)
        assert check(database.app) == []

    def test_views_of_other_code_are_rebuilt_at_the_start(self, database: Addresses) -> None:
        _write(database, 1, 30)
        _following(database)
        with psycopg.connect(database.app, autocommit=True) as app:
            app.execute("UPDATE accord.read_models SET shape = 999 WHERE live")
            app.execute("UPDATE read_a.lines SET customer = 'as other code would say'")
        assert check(database.app) != []
        _following(database)
        assert check(database.app) == []


def test_batches_of_any_size_show_the_same(
    database: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(database, 3, 50)
    for size in (1, 7, 5_000):
        rebuild(database.app, batch=size)
        assert check(database.app) == []
    assert batch.BATCH == 5_000


def _write(database: Addresses, seed: int, count: int) -> None:
    """Random moves on three lines of one's own."""
    random = Random(seed)
    with open_store(database.app) as store:
        mine = [enter(store, number=f"{seed}-{uuid4()}", line=str(n)) for n in range(3)]
        random_moves(store, mine, random, count)


@contextmanager
def _writing(database: Addresses) -> Iterator[None]:
    """People work meanwhile."""
    done = threading.Event()

    def work() -> None:
        seed = 100
        while not done.is_set():
            _write(database, seed, 10)
            seed += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _following(database: Addresses) -> None:
    """A projector for as long as it takes."""
    projector = Projector(database.app)
    projector.start()
    until(lambda: projector.state == "leading")
    caught_up(database.app)
    time.sleep(0.1)
    projector.stop()


def _kill_leader(database: Addresses) -> None:
    query = """SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objid = %s AND classid = %s
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
    _ask(database.owner.replace("accord_owner", "postgres"), query, PROJECTOR & 0xFFFFFFFF,
         PROJECTOR >> 32)  # fmt: skip


def _poison(database: Addresses, line: UUID, topic: str, version: int = 2) -> None:
    """An event that nobody but the owner could have appended, of a topic and version."""
    query = """SELECT accord.append_events(ARRAY[originator_id], ARRAY[%s], ARRAY[%s],
        ARRAY[convert_to(
            jsonb_set(convert_from(state, 'UTF8')::jsonb, '{fact}', %s)::text, 'UTF8')],
        '{}', '{}', '{}') FROM accord.stored_events
        WHERE originator_id = %s AND originator_version = 1"""
    fact = '{"text": {"id": "6c8b3c52-0000-4000-8000-000000000009", "digest": ""}}'
    _ask(database.owner, query, version, topic, fact, line)


def _repair(database: Addresses, line: UUID) -> None:
    """Somebody updated Accord: what it could not read it can read now."""
    query = """UPDATE accord.stored_events SET topic = 'line.note_added:1'
        WHERE originator_id = %s AND topic = 'line.date_requested:7'"""
    _ask(database.owner, query, line)


def _interrupt(_done: int, _all: int) -> None:
    raise KeyboardInterrupt


def _known(database: Addresses) -> int:
    query = "SELECT count(*) FROM accord.stored_events WHERE topic = 'line.entered:1'"
    return int(_ask(database.app, query)[0][0])


def _shown_positions(database: Addresses) -> list[int]:
    entries = seen(database.app, history.since, datetime(2000, 1, 1, tzinfo=UTC))
    return [entry.position for entry in entries]


def _logged_positions(database: Addresses) -> list[int]:
    query = "SELECT notification_id FROM accord.stored_events ORDER BY 1"
    return [row[0] for row in _ask(database.app, query)]


def _ask(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def _program(text: str) -> str:
    return "\n".join(line.removeprefix("    ") for line in text.splitlines())
