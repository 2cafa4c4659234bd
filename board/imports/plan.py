"""The dry run: for each row of a file, what taking it in would do. Nothing is written."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from uuid import UUID

from msgspec import Struct

from board.imports.fields import ABOUT, Field
from board.imports.limits import FileRefused
from board.imports.reading import Row, Table
from board.imports.understanding import NotUnderstood, Said, Understanding
from domain.events import Fact, LineEntered, QuantityDelivered
from projections.order_system import Heard, Known

#: Rows that are looked up at once.
TOGETHER = 1_000


#: Order number, line number and leg.
Key = tuple[str, str, str]


class Kind(StrEnum):
    """What a row does."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT_OUT = "left out"
    BAD = "bad"


class Change(Struct, frozen=True):
    """One thing that a row says differently, in words for the screen."""

    label: str
    before: str
    after: str


class Planned(Struct, frozen=True, kw_only=True):
    """What one row would do. reason: why it is bad, or left out. key: its line, where it is bad."""

    row: Row
    kind: Kind
    said: Said | None = None
    known: Known | None = None
    changes: tuple[Change, ...] = ()
    reason: str = ""
    key: Key = ("", "", "")

    @property
    def delivers(self) -> bool:
        """Whether the source reports another total than it did before."""
        return self.said is not None and _delivers(self.said, self.known)


LookUp = Callable[[Sequence[UUID]], dict[UUID, Heard]]
_Read = list[tuple[Row, Said | None, str, Key]]


def plan(
    table: Table, understanding: Understanding, twice: dict[Key, list[int]], look_up: LookUp
) -> Generator[list[Planned], None, None]:
    """What the rows would do, so many together that looking them up is cheap.

    While some are looked up, in a thread of its own, the next ones are read.
    """
    rows = table.rows()
    with ThreadPoolExecutor(1, thread_name_prefix="look up") as looking:
        under_way: deque[tuple[_Read, Future[dict[UUID, Heard]]]] = deque()
        while chunk := list(islice(rows, TOGETHER)):
            read = _read(chunk, understanding, twice)
            ids = [said.id for _, said, *_ in read if said]
            under_way.append((read, looking.submit(look_up, ids)))
            if len(under_way) > 1:
                yield _planned(*under_way.popleft())
        while under_way:
            yield _planned(*under_way.popleft())


def lines_twice(table: Table, understanding: Understanding) -> dict[Key, list[int]]:
    """The lines that stand more than once in a file, with the rows where they do."""
    first: dict[Key, int] = {}
    twice: dict[Key, list[int]] = {}
    for row in table.rows():
        if row.problem:
            continue
        key = understanding.key(row)
        if not key[0] or not key[1]:
            continue
        if key in first:
            twice.setdefault(key, [first[key]]).append(row.number)
        else:
            first[key] = row.number
    return twice


def _read(rows: list[Row], understanding: Understanding, twice: dict[Key, list[int]]) -> _Read:
    """Each row with what it says, or with why it can't be understood."""
    read: _Read = []
    for row in rows:
        try:
            said = understanding.understand(row)
        except NotUnderstood as problem:
            key = understanding.key(row) if not row.problem else ("", "", "")
            read.append((row, None, str(problem), key))
            continue
        key = (said.details.order_number, said.details.line_number, said.details.leg)
        if twice and key in twice:
            read.append((row, None, _twice(key, twice[key]), key))
        else:
            read.append((row, said, "", key))
    return read


def _planned(read: _Read, found: Future[dict[UUID, Heard]]) -> list[Planned]:
    heard = found.result()
    return [
        compared(row, said, heard.get(said.id))
        if said
        else Planned(row=row, kind=Kind.BAD, reason=reason, key=key)
        for row, said, reason, key in read
    ]


def _twice(key: Key, rows: list[int]) -> str:
    shown = ", ".join(str(row) for row in rows[:10])
    return f"Line {key[0]}/{key[1]} stands {len(rows)} times in this file: rows {shown}"


OTHER_SITE = (
    "This order line belongs to another site. Import it there, or give it a line number of its own"
)


def compared(row: Row, said: Said, heard: Heard | None) -> Planned:
    """What a row that could be read does to what is known."""
    if heard is not None and not said.cancelled and heard.says_only(_as_first_said(said)):
        return Planned(row=row, kind=Kind.UNCHANGED, said=said)
    known = heard.known if heard else None
    if known is None:
        return _first_seen(row, said)
    if known.details.site != said.details.site:
        # Nothing of the line is shown: who imports here may not work there.
        return Planned(row=row, kind=Kind.BAD, said=said, reason=OTHER_SITE)
    if said.cancelled:
        return _cancels(row, said, known)
    if known.cancelled_by_source:
        return Planned(
            row=row,
            kind=Kind.BAD,
            said=said,
            known=known,
            reason="This line was cancelled before, and a cancelled line doesn't come back: give "
            "it a new line number in the order system if it is wanted after all",
        )
    changes = _differences(said, known)
    if not changes:
        return Planned(row=row, kind=Kind.UNCHANGED, said=said, known=known)
    return Planned(row=row, kind=Kind.CHANGED, said=said, known=known, changes=changes)


def _as_first_said(said: Said) -> tuple[Fact, ...]:
    """The facts of a line that was entered by just this row: most lines never change."""
    entered = LineEntered(details=said.details)
    if not said.total or said.on is None:
        return (entered,)
    return entered, QuantityDelivered(source=said.details.source, total=said.total, on=said.on)


def _first_seen(row: Row, said: Said) -> Planned:
    if said.cancelled:
        return Planned(
            row=row, kind=Kind.LEFT_OUT, said=said, reason="cancelled before it was known here"
        )
    if not said.details.quantity > 0:
        reason = f"{ABOUT[Field.QUANTITY].label}: must be above zero"
        return Planned(row=row, kind=Kind.BAD, said=said, reason=reason)
    return Planned(row=row, kind=Kind.NEW, said=said)


def _cancels(row: Row, said: Said, known: Known) -> Planned:
    """Of a cancelled line only that counts, and what left before."""
    changes = [] if known.cancelled else [Change(ABOUT[Field.CANCELLED].label, "no", "yes")]
    if _delivers(said, known):
        changes.append(_delivery(said, known))
    kind = Kind.CHANGED if changes else Kind.UNCHANGED
    return Planned(row=row, kind=kind, said=said, known=known, changes=tuple(changes))


def _differences(said: Said, known: Known) -> tuple[Change, ...]:
    changes = []
    for name in said.given:
        before, after = getattr(known.details, name), getattr(said.details, name)
        if before != after:
            changes.append(_change(Field(name), before, after))
    if _delivers(said, known):
        changes.append(_delivery(said, known))
    return tuple(sorted(changes, key=lambda change: change.label)) if changes else ()


def _change(field: Field, before: object, after: object) -> Change:
    if field is Field.REP:  # ids tell nobody anything, and names are for the line's story
        return Change(ABOUT[field].label, "one person" if before else "", "another person")
    return Change(ABOUT[field].label, _shown(before), _shown(after))


def _delivers(said: Said, known: Known | None) -> bool:
    if said.total is None:
        return False
    return said.total != _last_total(said, known)


def _last_total(said: Said, known: Known | None) -> Decimal:
    return known.totals.get(said.details.source, Decimal(0)) if known else Decimal(0)


def _delivery(said: Said, known: Known) -> Change:
    label = ABOUT[Field.DELIVERED_TOTAL].label
    after = f"{_shown(said.total)} on {_shown(said.on)}"
    return Change(label, _shown(_last_total(said, known)), after)


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def check_useful(rows: int) -> None:
    """Raise FileRefused for a heading without a single row under it."""
    if not rows:
        raise FileRefused("There are column names in this file, and no lines under them.")
