"""The event store on a real PostgreSQL: what is said is recorded, once, in order, and no more."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from board.database import Addresses
from domain import moves
from domain.events import Fact
from domain.line import Line, line_id
from projections.event_store import EventStore, open_store
from tests.facts import ERP, LINE, details


@pytest.fixture
def store(database: Addresses) -> Iterator[EventStore]:
    with open_store(database.app) as store:
        yield store


def test_a_line_that_was_entered_is_loaded_as_it_was_said(store: EventStore) -> None:
    def enter(line: Line | None, _: datetime) -> tuple[Fact, ...]:
        return moves.enter_line(line, details(), by=ERP)

    outcome = store.change(LINE, enter, by=ERP, command_id=uuid4())
    loaded = store.load(LINE)
    assert loaded.line == outcome.line
    assert outcome.line.details == details()
    assert abs(loaded.at - datetime.now(UTC)) < timedelta(minutes=1)
