"""A store on a fresh database, and a follower that keeps what people see up to date."""

from collections.abc import Iterator

import pytest

from board.database import Addresses
from projections.event_store import EventStore, open_store
from projections.projector import Projector


@pytest.fixture
def store(database: Addresses) -> Iterator[EventStore]:
    with open_store(database.app) as store:
        yield store


@pytest.fixture
def projector(database: Addresses) -> Iterator[Projector]:
    projector = Projector(database.app)
    projector.start()
    yield projector
    projector.stop()
