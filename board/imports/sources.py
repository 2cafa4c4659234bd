"""What was learned about each source: how its files are mapped."""

from typing import Any

import msgspec
import psycopg

from board.imports.limits import FileRefused
from board.imports.mapping import Mapping

LONGEST = 60


def source_name(text: str) -> str:
    """A source's name as it is kept: it is part of every line's identity. Raises FileRefused."""
    name = " ".join(text.split()).casefold()
    if not name or len(name) > LONGEST or not name.isprintable():
        raise FileRefused(
            "Give the order system a short name, such as “erp” or “sap”: the same one each time, "
            "because lines are recognised by it."
        )
    return name


def kept_mapping(connection: psycopg.Connection[Any], source: str) -> Mapping | None:
    """How the last file of this source was mapped; None for a new source.

    A mapping that this version can't read any more is as good as none.
    """
    row = connection.execute(
        "SELECT mapping::text FROM accord.import_source WHERE source = %s", (source,)
    ).fetchone()
    if row is None:
        return None
    try:
        return msgspec.json.decode(row[0], type=Mapping)
    except msgspec.ValidationError:
        return None


def keep_mapping(connection: psycopg.Connection[Any], source: str, mapping: Mapping) -> None:
    """Map this source's next file like this one."""
    connection.execute(
        "INSERT INTO accord.import_source (source, mapping) VALUES (%s, %s::jsonb)"
        " ON CONFLICT (source) DO UPDATE SET mapping = excluded.mapping, kept_at = now()",
        (source, msgspec.json.encode(mapping).decode()),
    )


def sources(connection: psycopg.Connection[Any]) -> list[str]:
    """The sources known so far, by name."""
    rows = connection.execute("SELECT source FROM accord.import_source ORDER BY source")
    return [row[0] for row in rows.fetchall()]
