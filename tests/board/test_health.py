"""The two addresses that machines ask."""

import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from board import health
from board.database import Addresses
from domain import moves
from projections.event_store import open_store
from tests.board.visitors import House, serving
from tests.facts import ERP, details

NOBODY = {"viewers": 0, "lagging": 0}  # watches


@pytest.fixture
def house(database: Addresses) -> Iterator[House]:
    with serving(database) as served:
        yield served


def enter(house: House) -> UUID:
    """A line, which no projector shows here."""
    line_id = uuid4()
    with open_store(house.addresses.app) as store:
        store.change(
            line_id,
            lambda line, _: moves.enter_line(line, details(), by=ERP),
            by=ERP,
            command_id=uuid4(),
        )
    return line_id


def test_a_process_that_lives_says_so_to_everybody(house: House) -> None:
    answer = house.visitor().get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_process_whose_read_models_are_up_to_date_is_ready(house: House) -> None:
    answer = house.visitor().get("/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "behind": 0, "parked": 0, **NOBODY}


def test_read_models_that_stand_still_are_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(house)
    told = house.visitor().get("/ready").json()
    assert told == {"status": "ok", "behind": 1, "parked": 0, **NOBODY}
    monkeypatch.setattr(health, "PATIENCE", 0)
    told = house.visitor().get("/ready").json()
    assert told == {"status": "behind", "behind": 1, "parked": 0, **NOBODY}


def test_a_line_that_is_parked_is_told(database: Addresses) -> None:
    with serving(database, ACCORD_PROJECTOR="inline") as house:
        line_id = enter(house)
        house.sql(
            "SELECT accord.append_events(%s, %s, %s, %s, '{}', '{}', '{}')",
            [line_id],
            [2],
            ["line.teleported:1"],
            [b"{}"],
        )
        began = time.monotonic()
        while house.visitor().get("/ready").json() != {
            "status": "parked",
            "behind": 0,
            "parked": 1,
            **NOBODY,
        }:
            assert time.monotonic() - began < 10
            time.sleep(0.1)


def test_a_database_that_is_not_migrated_is_not_ready(empty_database: Addresses) -> None:
    with serving(empty_database, places=False) as house:
        answer = house.visitor().get("/ready")
        assert (answer.status_code, answer.json()) == (503, {"status": "not migrated"})
        assert house.visitor().get("/health").status_code == 200


def test_asking_needs_no_session_and_leaves_no_cookie(house: House) -> None:
    for path in ("/health", "/ready"):
        assert "set-cookie" not in house.visitor().get(path).headers
