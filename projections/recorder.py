"""The library's recorder on our log: one autocommit call appends, and nothing is ever locked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    InterfaceError,
    OperationalError,
    StoredEvent,
)
from eventsourcing.postgres import (
    PostgresApplicationRecorder,
    PostgresDatastore,
    PostgresFactory,
)
from eventsourcing.utils import Environment
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row, tuple_row

from projections.texts import Words

POOL = 8
#: Seconds to wait for a connection, new or out of the pool.
PATIENCE = 4

# A dead network is noticed, instead of being waited for as long as the system likes.
_NETWORK = {
    "connect_timeout": PATIENCE,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}

_APPEND = """
SELECT accord.append_events(
    %s::uuid[], %s::bigint[], %s::text[], %s::bytea[], %s::uuid[], %s::bytea[], %s::text[])
"""
_READ = """
SELECT clock.at, e.originator_version, e.topic, e.state
FROM (SELECT clock_timestamp() AS at) AS clock
LEFT JOIN accord.stored_events AS e ON e.originator_id = %s
ORDER BY e.originator_version
"""

#: The clock, and of an event, if there is one, its version, topic and state.
StoredRow = tuple[datetime, int | None, str, bytes]


def network(url: str) -> dict[str, Any]:
    """Connection options that an address leaves open, so that a lost network is noticed."""
    given = conninfo_to_dict(url)
    return {name: value for name, value in _NETWORK.items() if name not in given}


class LogDatastore(PostgresDatastore):
    """The library's pool, for any address that libpq takes."""

    def __init__(self, url: str) -> None:
        super().__init__(
            "", "", "", "", "",
            connect_timeout=PATIENCE,
            pool_size=1,
            max_overflow=POOL - 1,
            pre_ping=False,
            lock_timeout=PATIENCE,
            schema="accord",
        )  # fmt: skip
        self.pool.conninfo = url
        # After this many seconds of waiting longer and longer, the next caller tries at once.
        self.pool.reconnect_timeout = 1.0
        self.pool.kwargs = {"row_factory": dict_row, **network(url)}

    def register_type_adapters(self) -> None:
        """No composite types here: the append function takes arrays."""


class LogRecorder(PostgresApplicationRecorder):
    """Appends through the function that alembic owns, and never retries by itself.

    Whether a lost answer was a lost append only the command id tells: see EventStore.change.
    """

    datastore: LogDatastore

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        texts: Mapping[UUID, Words] | None = None,
        **_: Any,
    ) -> Sequence[int]:
        """Append the events and their words in one transaction; their positions in the log.

        Raises the library's IntegrityError where a version is taken, OperationalError otherwise.
        """
        if not stored_events:
            return []
        texts = texts or {}
        values = (
            [e.originator_id for e in stored_events],
            [e.originator_version for e in stored_events],
            [e.topic for e in stored_events],
            [e.state for e in stored_events],
            list(texts),
            [said.salt for said in texts.values()],
            [said.words for said in texts.values()],
        )
        ((last,),) = self.rows(_APPEND, values)
        return range(last - len(stored_events) + 1, last + 1)

    def read(self, stream: UUID) -> list[StoredRow]:
        """The database's clock with every event of the stream, or with one row of nothing."""
        return cast("list[StoredRow]", self.rows(_READ, (stream,)))

    def rows(self, query: str, values: Sequence[object]) -> list[Any]:
        """The rows of one statement, in a transaction of its own.

        Raises the library's OperationalError or InterfaceError where the database is away; the
        other connections are then dropped too, if it doesn't know them any more.
        """
        try:
            with self.datastore.get_connection() as connection:
                cursor = connection.cursor(row_factory=tuple_row)
                return cursor.execute(cast("Any", query), values, prepare=True).fetchall()
        except (OperationalError, InterfaceError):
            self.datastore.pool.check()
            raise


class LogFactory(PostgresFactory):
    """Builds the recorder on a pool for our address; nothing is read from the environment."""

    def __init__(self, url: str) -> None:
        env = dict.fromkeys(("POSTGRES_DBNAME", "POSTGRES_HOST", "POSTGRES_USER"), "-")
        super().__init__(Environment("", {**env, "POSTGRES_PASSWORD": "", "CREATE_TABLE": "no"}))
        self.datastore = LogDatastore(url)

    def application_recorder(self) -> ApplicationRecorder:
        """The log's recorder."""
        return LogRecorder(self.datastore)
