"""The rows that didn't go in, as a file: the original columns, and in front of them the reason."""

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from board.imports.limits import FileRefused
from board.imports.neutral import neutral
from board.imports.reading import Row, Table
from board.imports.survey import text_of

#: The columns in front. A corrected file can be read again with them: they mean nothing.
IN_FRONT = ("What is wrong", "Row in the file")


class BadRows:
    """Writes rows with their reasons. CSV with the original's separator, UTF-8 with a mark."""

    def __init__(self, path: Path, table: Table) -> None:
        self.count = 0
        self._path = path
        self._heading = [*IN_FRONT, *table.columns]
        self._delimiter = table.delimiter
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, row: Row, reason: str) -> None:
        """One more bad row; without any there is no file. Raises FileRefused."""
        if self._file is None:
            self._file = self._opened()
        self.count += 1
        self._write([reason, row.number, *_cells(row.cells)])

    def _opened(self) -> TextIO:
        try:
            file = self._path.open("w", encoding="utf-8-sig", newline="")
        except OSError as error:
            raise FileRefused(
                "The bad rows can't be written to {name}: {why}.",
                name=str(self._path),
                why=error.strerror or "unknown",
            ) from None
        self._write = csv.writer(file, delimiter=self._delimiter).writerow
        self._write(self._heading)
        return file


def _cells(cells: Sequence[object]) -> list[str]:
    return [neutral(cell if isinstance(cell, str) else text_of(cell)) for cell in cells]  # type: ignore[arg-type]
