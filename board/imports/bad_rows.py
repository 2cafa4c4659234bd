"""The rows that didn't go in, as a file: the original columns, and in front of them the reason."""

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from board.imports.neutral import neutral
from board.imports.reading import Row, Table
from board.imports.survey import text_of

#: The columns in front. A corrected file can be read again with them: they mean nothing.
IN_FRONT = ("What is wrong", "Row in the file")


class BadRows:
    """Writes rows with their reasons. CSV with the original's separator, UTF-8 with a mark."""

    def __init__(self, path: Path, table: Table) -> None:
        self.path = path
        self.count = 0
        self._columns = table.columns
        delimiter = table.delimiter if len(table.delimiter) == 1 else ","
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file, delimiter=delimiter)
        self._writer.writerow([*IN_FRONT, *(name for name in table.columns)])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, row: Row, reason: str) -> None:
        """One more bad row."""
        self.count += 1
        self._writer.writerow([reason, row.number, *_cells(row.cells)])


def _cells(cells: Sequence[object]) -> list[str]:
    return [neutral(cell if isinstance(cell, str) else text_of(cell)) for cell in cells]  # type: ignore[arg-type]
