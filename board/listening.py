"""One connection a process that hears when the read models changed, and comes back when lost."""

import asyncio
import logging
import random

import psycopg
from psycopg import AsyncConnection, sql

from projections.recorder import network

_log = logging.getLogger("accord.live")

CHANNEL = "accord_read"
SHORTEST, LONGEST = 0.05, 5.0  # seconds between two tries to connect


async def listen(url: str, heard: asyncio.Event, *, channel: str = CHANNEL) -> None:
    """Set `heard` whenever the channel speaks, and whenever it may have spoken unheard. For ever.

    Who waits for `heard` should look from time to time all the same: behind a pooler that hands
    connections from one client to the next, nothing is ever heard.
    """
    pause = SHORTEST
    while True:
        try:
            async with await AsyncConnection.connect(
                url, autocommit=True, **network(url)
            ) as connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                pause = SHORTEST
                heard.set()
                async for _ in connection.notifies():
                    heard.set()
        except psycopg.Error as error:
            _log.warning("The live stream lost its database connection: %s", error)
        heard.set()
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 -- no secret
        pause = min(2 * pause, LONGEST)
