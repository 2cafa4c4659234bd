"""By how many weeks the dates of an old file are moved, so that it can be tried as today's."""

from datetime import date, timedelta

from board.imports.dates import DateFormat, day_of
from board.imports.fields import Field
from board.imports.limits import FileRefused
from board.imports.mapping import Mapping
from board.imports.reading import Table

#: A longer way than this is a slip of the finger.
MOST = 5_200


def weeks_to_last_week(table: Table, mapping: Mapping, today: date) -> int:
    """Weeks after which the newest order date of the file lies in the week before `today`'s.

    Raises FileRefused where the file names no order date.
    """
    newest = _newest(table, mapping)
    if newest is None:
        raise FileRefused(
            "The dates can't be moved by themselves: no row says when it was ordered. "
            "Give the number of weeks."
        )
    return (_monday(today) - _monday(newest)).days // 7 - 1


def check_weeks(weeks: int) -> int:
    """The same number. Raises FileRefused where no file is that old."""
    if abs(weeks) > MOST:
        raise FileRefused("Move the dates by {most} weeks at the most.", most=MOST)
    return weeks


def _newest(table: Table, mapping: Mapping) -> date | None:
    column = mapping.columns.get(Field.ORDERED_ON)
    if column not in table.columns:
        return None
    index, newest = table.columns.index(column), None
    written = mapping.dates.get(column, DateFormat.ISO)
    for row in table.rows():
        cell = row.cells[index] if not row.problem else ""
        try:
            day = cell if isinstance(cell, date) else day_of(str(cell), written)
        except ValueError:
            continue
        if day is not None and (newest is None or day > newest):
            newest = day
    return newest


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
