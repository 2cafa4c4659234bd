"""A process of its own that turns one spreadsheet into lines of JSON, within fixed limits.

A hostile workbook can make any reader of workbooks take all memory or never end. Here it takes
down this process alone. It writes one line a row, a list of cells: text, number, or a list with
one ISO day. What it has to say goes into the first line.
"""

import contextlib
import math
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
)

from board.imports.archives import check_archive
from board.imports.limits import FileRefused, Limits, check_columns, check_rows

Stored = str | int | float | list[str]


class Head(Struct, frozen=True):
    """The first line: the sheet that was taken and all there are, or why nothing was read."""

    sheet: str = ""
    sheets: tuple[str, ...] = ()
    refused: str = ""
    values: dict[str, str | int] = {}


def main(arguments: list[str]) -> int:
    """`SOURCE TARGET SHEET LIMITS`: reads, writes, and says how it went in the head."""
    source, target, sheet = Path(arguments[0]), Path(arguments[1]), arguments[2]
    limits = msgspec.json.decode(arguments[3], type=Limits)
    _limit_ourselves(limits)
    try:
        _write(source, target, sheet, limits)
    except FileRefused as refused:
        values = {k: v for k, v in refused.values.items() if isinstance(v, str | int)}
        target.write_bytes(msgspec.json.encode(Head(refused=refused.sentence, values=values)))
    return 0


def _limit_ourselves(limits: Limits) -> None:
    with contextlib.suppress(ImportError):  # not on Windows: there the waiting parent has the time
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
        resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write(source: Path, target: Path, wanted: str, limits: Limits) -> None:
    with source.open("rb") as file:
        packed = file.read(2) == b"PK"
    if packed:
        check_archive(source, limits)
    try:
        with CalamineWorkbook.from_path(source) as workbook:
            names = _visible(workbook)
            sheet = _sheet(workbook, names, wanted)
            rows, columns = sheet.end or (0, 0)  # the last ones, counted from 0
            check_columns(columns + 1, limits)
            check_rows(rows, limits)
            with target.open("wb") as out:
                out.write(msgspec.json.encode(Head(sheet=sheet.name, sheets=tuple(names))) + b"\n")
                for row in _rows(sheet):
                    out.write(msgspec.json.encode([_stored(cell) for cell in row]) + b"\n")
    except PasswordError:
        raise FileRefused("This file is protected with a password. Save it without one.") from None
    except (CalamineError, OSError, ValueError) as error:
        if isinstance(error, FileRefused):
            raise
        raise FileRefused(
            "This spreadsheet can't be read: it is damaged, or another kind of document. "
            "Save it again as XLSX, or as CSV."
        ) from None


def _visible(workbook: CalamineWorkbook) -> list[str]:
    shown = [s.name for s in workbook.sheets_metadata if s.visible is SheetVisibleEnum.Visible]
    return shown or workbook.sheet_names


def _sheet(workbook: CalamineWorkbook, names: list[str], wanted: str) -> CalamineSheet:
    """The sheet asked for, else the first that has more than a heading."""
    if wanted:
        if wanted not in names:
            raise FileRefused(
                "There is no sheet named “{sheet}” in this file. It has: {names}.",
                sheet=wanted,
                names=", ".join(names),
            )
        return workbook.get_sheet_by_name(wanted)
    for name in names:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.height > 1 or name == names[-1]:
            return sheet
    raise FileRefused("This file has no sheet. Save the order lines as a table first.")


def _rows(sheet: CalamineSheet) -> Iterator[Sequence[object]]:
    if sheet.start is None:
        raise FileRefused("The sheet is empty. Export it again and check that it has lines.")
    yield from sheet.iter_rows()


def _stored(cell: object) -> Stored:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return [cell.date().isoformat()]
    if isinstance(cell, date):
        return [cell.isoformat()]
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)
    if isinstance(cell, str | int | float):
        return cell
    if isinstance(cell, time | timedelta):
        return str(cell)
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
