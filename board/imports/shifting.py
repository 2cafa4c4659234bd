"""By how many weeks the dates of an old file are moved, so that it can be tried as today's."""

from datetime import date, timedelta

from board.imports.dates import DateFormat, day_of
from board.imports.fields import Field
from board.imports.limits import FileRefused
from board.imports.mapping import Mapping
from board.imports.reading import Cell, Table

#: A longer way than this is a slip of the finger.
MOST = 5_200


def weeks_to_last_week(table: Table, mapping: Mapping, today: date) -> int:
    """Weeks after which the newest order date of the file lies in the week before `today`'s.

    Fewer where something would have left only in the future. Raises FileRefused where the file
    names no order date.
    """
    newest = _newest(table, mapping)
    if Field.ORDERED_ON not in newest:
        raise FileRefused(
            "The dates can't be moved by themselves: no row says when it was ordered. "
            "Give the number of weeks."
        )
    weeks = (_monday(today) - _monday(newest[Field.ORDERED_ON])).days // 7 - 1
    left = newest.get(Field.SHIPPED_ON)
    return min(weeks, (today - left).days // 7) if left else weeks


def check_weeks(weeks: int) -> int:
    """The same number. Raises FileRefused where no file is that old."""
    if abs(weeks) > MOST:
        raise FileRefused("Move the dates by {most} weeks at the most.", most=MOST)
    return weeks


def _newest(table: Table, mapping: Mapping) -> dict[Field, date]:
    """The newest day of each of the two fields that say what was, as far as there is one."""
    columns = [
        (field, table.columns.index(column), mapping.dates.get(column, DateFormat.ISO))
        for field in (Field.ORDERED_ON, Field.SHIPPED_ON)
        if (column := mapping.columns.get(field)) in table.columns and column is not None
    ]
    newest: dict[Field, date] = {}
    for row in table.rows():
        for field, index, written in columns if not row.problem else ():
            day = _day(row.cells[index], written)
            if day is not None and day > newest.get(field, date.min):
                newest[field] = day
    return newest


def _day(cell: Cell, written: DateFormat) -> date | None:
    try:
        return cell if isinstance(cell, date) else day_of(str(cell), written)
    except ValueError:
        return None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
