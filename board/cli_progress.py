"""Progress bars on the terminal; nothing where nobody looks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Counting = Callable[[int, int], None]
Stepping = Callable[[str, int, int], None]


@contextmanager
def stepping() -> Iterator[Stepping]:
    """A bar that is told the step, how much of it is done, and how much there is (0: unknown)."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not Console(stderr=True).is_terminal,
    ) as bar:
        task = bar.add_task("", total=None)

        def step(words: str, done: int, total: int) -> None:
            said = words[:1].upper() + words[1:]
            bar.update(task, description=said, completed=done, total=total or None)

        yield step


@contextmanager
def counting(words: str) -> Iterator[Counting]:
    """The same for one step."""
    with stepping() as step:
        step(words, 0, 0)
        yield lambda done, total: step(words, done, total)
