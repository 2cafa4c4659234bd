"""The check finds every difference between what is shown and what the log says, and names it."""

import threading
from random import Random
from uuid import UUID

import psycopg
import pytest

from board.database import Addresses
from projections import check as checking
from projections.check import Difference, check
from projections.event_store import EventStore
from projections.projector import Projector
from projections.rebuild import rebuild
from tests.projections.at_work import enter, random_moves


@pytest.fixture
def shown(database: Addresses, store: EventStore) -> list[UUID]:
    """Three lines with a story, shown as they are."""
    ids = [enter(store, line=str(n)) for n in range(3)]
    random_moves(store, ids, Random(5), 60)
    rebuild(database.app)
    return ids


def test_what_is_shown_as_it_was_said_is_clean(database: Addresses, shown: list[UUID]) -> None:
    told: list[tuple[int, int]] = []
    assert check(database.app, lambda done, every: told.append((done, every))) == []
    assert told[-1][0] == told[-1][1] > 30


def test_nothing_at_all_is_clean(database: Addresses) -> None:
    assert check(database.app) == []


def test_it_is_clean_while_people_work(
    database: Addresses, store: EventStore, shown: list[UUID], projector: Projector
) -> None:
    done = threading.Event()

    def work() -> None:
        random = Random(1)
        while not done.is_set():
            random_moves(store, shown, random, 5)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert [check(database.app) for _ in range(8)] == [[]] * 8
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize(
    ("tampering", "table", "says"),
    [
        ("UPDATE {t}.lines SET team = 'other' WHERE id = %s", "lines", "differs in team"),
        (
            "UPDATE {t}.lines SET line = replace(line, '41207', '41208'), day = NULL WHERE id = %s",
            "lines",
            "differs in line, day",
        ),
        ("DELETE FROM {t}.lines WHERE id = %s", "lines", "missing"),
        (
            "DELETE FROM {t}.line_versions WHERE id = %s AND version = 2",
            "line_versions",
            "missing",
        ),
        (
            "UPDATE {t}.line_versions SET valid_to = valid_to + interval '1 microsecond' "
            "WHERE id = %s AND version = 2",
            "line_versions",
            "differs in valid_to",
        ),
        (
            "UPDATE {t}.history SET by = 'somebody' WHERE line_id = %s AND version = 1",
            "history",
            "differs in by",
        ),
        ("DELETE FROM {t}.history WHERE line_id = %s AND version = 2", "history", "missing"),
        ("UPDATE {t}.line_grams SET grams = '{{}}' WHERE id = %s", "line_grams", "not found by"),
    ],
)
def test_every_difference_is_named(
    database: Addresses, shown: list[UUID], tampering: str, table: str, says: str
) -> None:
    _tamper(database, tampering, shown[1])
    (found,) = check(database.app)
    assert (found.table, found.line_id) == (table, shown[1])
    assert says in found.what
    assert str(found).startswith(f"{table}, line {shown[1]}")


def test_a_row_without_events_is_named(database: Addresses, shown: list[UUID]) -> None:
    stranger = UUID(int=7)
    _tamper(
        database,
        """INSERT INTO {t}.history SELECT 999, %s, 1, at, by, side, team, site, topic, fact
            FROM {t}.history LIMIT 1""",
        stranger,
    )
    assert check(database.app) == [Difference("history", stranger, 1, "not in the log")]


def test_an_event_that_was_taken_out_of_the_log_is_named(
    database: Addresses, shown: list[UUID]
) -> None:
    with psycopg.connect(database.owner, autocommit=True) as owner:
        owner.execute(
            "DELETE FROM accord.stored_events WHERE originator_id = %s AND originator_version = 2",
            [shown[0]],
        )
    found = check(database.app)
    assert found[0].table == "log"
    assert "positions up to" in found[0].what
    assert any("event 3 follows version 1" in d.what for d in found)


def test_views_of_other_code_are_named(database: Addresses, shown: list[UUID]) -> None:
    with psycopg.connect(database.app, autocommit=True) as app:
        app.execute("UPDATE accord.read_models SET shape = 999")
    (found,) = check(database.app)
    assert "rebuild them" in found.what


def test_it_stops_when_there_is_enough_to_know(
    database: Addresses, shown: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "ENOUGH", 4)
    with psycopg.connect(database.app, autocommit=True) as app:
        app.execute("TRUNCATE read_a.history, read_b.history")
    assert len(check(database.app)) == 4


def _tamper(database: Addresses, statement: str, line: UUID) -> None:
    with psycopg.connect(database.app, autocommit=True) as app:
        live = app.execute("SELECT name FROM accord.read_models WHERE live").fetchone()
        assert live is not None
        assert app.execute(statement.format(t=live[0]), [line]).rowcount == 1
