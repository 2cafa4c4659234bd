"""What a file may be at the most, checked before any work on it begins."""

from msgspec import Struct

from domain.refusals import Refused, Wrong

MEGABYTE = 1024 * 1024


class FileRefused(Refused):
    """A file that is not taken in. Nothing was recorded; the sentence says what to do."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(Wrong.INPUT, sentence, **values)


class Limits(Struct, frozen=True, kw_only=True):
    """The most that is accepted. Sizes in bytes, `seconds` of work on one spreadsheet.

    unpacked: of everything inside a spreadsheet together. memory: of the process that reads it.
    """

    size: int = 100 * MEGABYTE
    rows: int = 500_000
    columns: int = 150
    cell: int = 32_767
    unpacked: int = 600 * MEGABYTE
    entries: int = 2_000
    memory: int = 2_048 * MEGABYTE
    seconds: int = 120


LIMITS = Limits()


def check_size(size: int, limits: Limits = LIMITS) -> None:
    """Raise FileRefused for an empty file and for one that is too large; `size` in bytes."""
    if size == 0:
        raise FileRefused("The file is empty. Export it again and check that it has lines.")
    if size > limits.size:
        raise FileRefused(
            "The file has {size} MB, {most} MB are the most. Split it, or leave out columns "
            "that aren't needed.",
            size=-(-size // MEGABYTE),
            most=limits.size // MEGABYTE,
        )


def check_columns(columns: int, limits: Limits = LIMITS) -> None:
    """Raise FileRefused for a table wider than any list of order lines needs."""
    if columns > limits.columns:
        raise FileRefused(
            "The table has {columns} columns, {most} are the most. Delete the columns that "
            "aren't about order lines and try again.",
            columns=columns,
            most=limits.columns,
        )


def check_rows(rows: int, limits: Limits = LIMITS) -> None:
    """Raise FileRefused for more rows than one file may bring."""
    if rows > limits.rows:
        raise FileRefused(
            "The table has more than {most} rows. Split the file, for example by year.",
            most=f"{limits.rows:,}",
        )
