"""Out again: what is agreed, and the board as it is filtered, as CSV and XLSX.

CSV is UTF-8 with a byte order mark, because Excel takes it for Windows-1252 otherwise, with commas,
ISO dates and decimal points, so that programs read it too. XLSX has real dates and numbers. In both
text stays text: what a spreadsheet would run as a formula is neutralised.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from litestar import Response, Router, get
from litestar.params import FromQuery
from litestar.response import Stream
from psycopg_pool import AsyncConnectionPool

from board import given
from board.board_page import concerns
from board.export_columns import (
    BOARD,
    COMMITMENTS,
    Column,
    Row,
    board_row,
    commitment_rows,
)
from board.export_files import Sheet, csv_bytes, csv_heading
from board.grouping import bears
from board.looking import Looking
from board.people import Account
from board.rendering import AnyRequest
from board.sites import Directory, Site, Sites, Teams
from projections import lines
from projections.check import reach
from projections.commitments import commitments
from projections.event_store import StoreUnavailable
from projections.lines import Filter, LineRow
from projections.projector import Projector

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: The header that says from which position to ask next.
POSITION = "accord-position"

#: Seconds that an export waits for the views.
PATIENCE = 60.0

What = Literal["commitments", "board"]
Batches = AsyncGenerator[list[Row], None]


@get(["/export/commitments.csv", "/export/commitments.xlsx"])
async def export_commitments(
    request: AnyRequest,
    account: given.Account,
    pool: given.Pool,
    teams: given.Teams,
    since: FromQuery[str] = "",
) -> Response[Any]:
    """The commitments in force, or what changed of them after a position of the log.

    The answer names the position to ask with next: in its header, its link and its file name.
    """
    position = await lines.position(pool)
    batches = commitment_batches(pool, teams, account.person.sites, _position(since))
    suffix = _suffix(request)
    headers = {
        POSITION: str(position),
        "link": f'</export/commitments.{suffix}?since={position}>; rel="next"',
    }
    name = f"accord-commitments-{position}.{suffix}"
    return await _answer(suffix, name, COMMITMENTS, batches, headers)


@get(["/export/board.csv", "/export/board.xlsx"])
async def export_board(
    request: AnyRequest,
    account: given.Account,
    pool: given.Pool,
    sites: given.Sites,
    teams: given.Teams,
) -> Response[Any]:
    """The lines of the board with these filters, all of them."""
    at = datetime.now(UTC)
    seen = sites.seen_by(account.person)
    zone = seen[0].timezone if seen else "UTC"
    looking = Looking.read(request.query_params, zone)
    batches = board_batches(pool, sites, teams, looking, account, at)
    suffix = _suffix(request)
    moment = (looking.at or at).strftime("%Y-%m-%d")
    return await _answer(suffix, f"accord-board-{moment}.{suffix}", BOARD, batches, {})


router = Router(path="/", route_handlers=[export_commitments, export_board])


async def commitment_batches(
    pool: AsyncConnectionPool[Any],
    teams: Teams,
    sites: Collection[str] = (),
    since: int | None = None,
) -> Batches:
    """The rows of the commitments, one for each instalment."""
    async for batch in commitments(pool, sites=sites, since=since):
        yield [row for agreed in batch for row in commitment_rows(agreed, teams)]


async def board_batches(
    pool: AsyncConnectionPool[Any],
    sites: Sites,
    teams: Teams,
    looking: Looking,
    account: Account | None,
    now: datetime,
) -> Batches:
    """The rows of the board, one for each line, as `looking` filters them for this person."""
    at = looking.at or now
    home = next(iter(sites), Site(id="", name=""))
    reach = account.person.sites if account else frozenset()

    def today(site: str) -> date:
        return (sites.get(site) or home).now(at).today

    def wanted(row: LineRow) -> bool:
        if looking.mine and account and not concerns(row, account):
            return False
        return not looking.mark or bears(row, looking.mark, today(row.line.details.site))

    flt = _within(looking, reach)
    if flt is None:
        return
    async for batch in lines.every(pool, flt, today=today(home.id), at=looking.at):
        yield [board_row(row, teams, today(row.line.details.site)) for row in batch if wanted(row)]


def _within(looking: Looking, reach: frozenset[str]) -> Filter | None:
    """The filter within what a person sees; None where that leaves no site at all."""
    flt = looking.filter(reach)
    return None if reach and not flt.sites else flt


async def write_file(target: Path, columns: tuple[Column, ...], batches: Batches) -> int:
    """Write a CSV or, where the name ends so, an XLSX. Returns how many rows it has."""
    count = 0
    if target.suffix.lower() == ".xlsx":
        sheet = Sheet(target, columns)
        async for batch in batches:
            await asyncio.to_thread(sheet.add, batch)
            count += len(batch)
        await asyncio.to_thread(sheet.close)
        return count
    with target.open("wb") as file:
        file.write(csv_heading(columns))
        async for batch in batches:
            file.write(csv_bytes(batch))
            count += len(batch)
    return count


def export_file(
    url: str,
    what: What,
    target: Path,
    *,
    directory: Directory,
    since: int | None = None,
    looking: Looking | None = None,
) -> tuple[int, int]:
    """For the command line: write a file; the number of rows and the position to ask with next.

    What the log says at this moment is in it, also where no process is serving. Raises
    StoreUnavailable where the views don't get there within a minute.
    """
    _catch_up(url)

    async def run() -> tuple[int, int]:
        async with _own_pool(url) as pool:
            position = await lines.position(pool)
            if what == "commitments":
                batches = commitment_batches(pool, directory.teams, (), since)
                return await write_file(target, COMMITMENTS, batches), position
            view, now = looking or Looking(), datetime.now(UTC)
            batches = board_batches(pool, directory.sites, directory.teams, view, None, now)
            return await write_file(target, BOARD, batches), position

    return asyncio.run(run())


def _catch_up(url: str) -> None:
    """Wait until the views show what the log says now; follow it ourselves if nobody else does."""
    shown, last = reach(url)
    if shown >= last:
        return
    projector = Projector(url)
    projector.start()
    try:
        give_up = time.monotonic() + PATIENCE
        while reach(url)[0] < last:
            if time.monotonic() > give_up:
                raise StoreUnavailable("The views are far behind the log. Try again in a moment.")
            time.sleep(0.05)
    finally:
        projector.stop()


@asynccontextmanager
async def _own_pool(url: str) -> AsyncIterator[AsyncConnectionPool[Any]]:
    async with AsyncConnectionPool(url, min_size=1, max_size=2, open=False) as pool:
        yield pool


async def _answer(
    suffix: str,
    name: str,
    columns: tuple[Column, ...],
    batches: Batches,
    headers: dict[str, str],
) -> Response[Any]:
    said = headers | {"content-disposition": f'attachment; filename="{name}"'}
    if suffix == "csv":
        # The first rows before the 200: what can't be read is said, not cut off in the middle.
        first: list[Row] = await anext(batches, [])
        return Stream(_csv(columns, first, batches), media_type=CSV, headers=said)
    folder = tempfile.TemporaryDirectory(prefix="accord-")
    path = Path(folder.name) / "export.xlsx"
    try:
        await write_file(path, columns, batches)
    except BaseException:
        folder.cleanup()
        raise
    return Stream(_file(path, folder.cleanup), media_type=XLSX, headers=said)


async def _csv(
    columns: tuple[Column, ...], first: list[Row], batches: Batches
) -> AsyncIterator[bytes]:
    async with aclosing(batches):
        yield csv_heading(columns) + (csv_bytes(first) if first else b"")
        async for batch in batches:
            if batch:
                yield csv_bytes(batch)


async def _file(path: Path, done: Callable[[], None]) -> AsyncIterator[bytes]:
    """The file in pieces; it is removed afterwards, also when nobody wants the rest."""
    try:
        with path.open("rb") as file:
            while piece := file.read(256 * 1024):
                yield piece
    finally:
        done()


def _suffix(request: AnyRequest) -> str:
    return request.url.path.rpartition(".")[2]


def _position(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
