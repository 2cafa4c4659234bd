"""The names of the order systems whose files have come in: a rep can't be asked to know them."""

from board.people import Db


async def the_only_source(db: Db) -> str:
    """The one order system that there is; "" where there is none or several."""
    cursor = await db.execute("SELECT source FROM accord.import_source ORDER BY source LIMIT 2")
    rows = await cursor.fetchall()
    return str(rows[0][0]) if len(rows) == 1 else ""
