"""Threads of their own for the moves, so that a slow database never holds up the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8


class Commands:
    """`await commands.run(fn, ...)` runs a blocking function in one of a few threads."""

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="command")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work`, or its exception. A caller who goes away doesn't stop it."""
        loop = asyncio.get_running_loop()
        return await asyncio.shield(
            loop.run_in_executor(self._threads, partial(work, *args, **kwargs))
        )

    def close(self) -> None:
        """Take nothing more, and wait for what runs."""
        self._threads.shutdown(wait=True, cancel_futures=True)
