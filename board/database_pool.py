"""The pool of database connections that requests share."""

from psycopg_pool import AsyncConnectionPool

from board.database import Addresses

LARGEST = 10
#: Seconds that a request waits for a connection before it is told that the database is away.
PATIENCE = 3.0


def new_pool(addresses: Addresses) -> AsyncConnectionPool:
    """A pool as the application's role, not open yet.

    Connections are looked at before they are lent out, so that a restart of the database costs
    nobody a failed request; and a lost one is not waited for with ever longer pauses.
    """
    return AsyncConnectionPool(
        addresses.app,
        min_size=1,
        max_size=LARGEST,
        timeout=PATIENCE,
        reconnect_timeout=1.0,
        check=AsyncConnectionPool.check_connection,
        kwargs={
            "connect_timeout": 3,
            "application_name": "accord web",
            "options": "-c statement_timeout=15s -c idle_in_transaction_session_timeout=30s",
        },
        open=False,
    )
