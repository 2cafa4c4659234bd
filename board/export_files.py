"""Rows as CSV and as XLSX, written as they come and never all in memory."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from board.export_columns import Column, Holds, Row, Value
from board.imports.neutral import neutral

#: Rows of one sheet of a workbook; what is more goes on in the next sheet.
SHEET_ROWS = 1_048_575
#: Digits that a spreadsheet's number keeps; a longer one is written as text.
_DIGITS = 15


def csv_heading(columns: tuple[Column, ...]) -> bytes:
    """The mark of UTF-8 and the row of names."""
    return b"\xef\xbb\xbf" + csv_bytes([tuple(column.name for column in columns)])


def csv_bytes(rows: Iterable[Row]) -> bytes:
    """Rows as lines of CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([_text(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return neutral(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


class Sheet:
    """An XLSX file that is written row by row in constant memory."""

    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        self._columns = columns
        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "remove_timezone": True,
                "nan_inf_to_errors": True,
            },
        )
        self._bold = self._book.add_format({"bold": True})
        self._formats = {
            Holds.DAY: self._book.add_format({"num_format": "yyyy-mm-dd"}),
            Holds.MOMENT: self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            Holds.NUMBER: self._book.add_format({"num_format": "General"}),
        }
        self._row = 0
        self._sheet = self._next_sheet()

    def add(self, rows: Iterable[Row]) -> None:
        """More rows."""
        for row in rows:
            if self._row >= SHEET_ROWS:
                self._sheet = self._next_sheet()
            self._row += 1
            for index, (column, value) in enumerate(zip(self._columns, row, strict=True)):
                if value is not None and value != "":
                    self._write(index, column.holds, value)

    def close(self) -> None:
        """Finish the file."""
        self._book.close()

    def _next_sheet(self) -> Any:
        sheet = self._book.add_worksheet()
        sheet.freeze_panes(1, 0)
        for index, column in enumerate(self._columns):
            sheet.set_column(index, index, 12 if column.holds is not Holds.TEXT else 18)
            sheet.write_string(0, index, column.name, self._bold)
        self._row = 0
        return sheet

    def _write(self, index: int, holds: Holds, value: Value) -> None:
        if isinstance(value, date):
            self._sheet.write_datetime(self._row, index, value, self._formats[holds])
        elif isinstance(value, Decimal) and len(value.as_tuple().digits) > _DIGITS:
            self._sheet.write_string(self._row, index, f"{value:f}")
        elif isinstance(value, int | Decimal):
            self._sheet.write_number(self._row, index, value)
        else:
            self._sheet.write_string(self._row, index, str(value))
