"""Limits on tries to sign in, kept in the database so that no process and no header dodges them.

Guessing is stopped per login and per network. A person is never kept out for long: a login that is
under attack from elsewhere stays open from every network that it was opened from lately, and
a sign-in link always works.
"""

from board.people import Db
from board.security import digest
from board.typed_names import clean_login
from domain.refusals import Refused

#: Failed tries in the last quarter of an hour before the next one has to wait.
FOR_LOGIN_FROM_NETWORK = 5
FOR_LOGIN = 25
FROM_NETWORK = 60
WINDOW = "15 minutes"
#: How long a network is remembered as one that a person signs in from; then tries are erased.
REMEMBERED = "30 days"

_COUNT = f"""
    WITH lately AS (
        SELECT at, login, network FROM accord.sign_in_try
        WHERE at > now() - interval '{WINDOW}' AND NOT succeeded AND id <> %(id)s
          AND (login = %(login)s OR network = %(network)s)
    ), known AS (
        SELECT EXISTS (SELECT FROM accord.sign_in_try WHERE login = %(login)s
                       AND network = %(network)s AND succeeded
                       AND at > now() - interval '{REMEMBERED}') AS known
    ), waits AS (
        SELECT {FOR_LOGIN_FROM_NETWORK} AS most, array_agg(at ORDER BY at DESC) AS tries
        FROM lately WHERE login = %(login)s AND network = %(network)s
        UNION ALL
        SELECT {FOR_LOGIN}, array_agg(at ORDER BY at DESC) FROM lately, known
        WHERE login = %(login)s AND NOT known
        UNION ALL
        SELECT {FROM_NETWORK}, array_agg(at ORDER BY at DESC) FROM lately
        WHERE network = %(network)s
    )
    SELECT ceil(extract(epoch FROM max(tries[most]) + interval '{WINDOW}' - now()))::int
    FROM waits WHERE cardinality(tries) >= most
"""  # noqa: S608 our own words


async def begin_try(db: Db, login: str, network: str) -> tuple[int, int]:
    """Note a try: its id, and the seconds to wait (0: go on).

    The try is noted before it is counted, so that many at once can't all be the fifth. To be
    committed before the password is looked at. One that has to wait is not counted further.
    """
    said = _digest(login)
    cursor = await db.execute(
        "INSERT INTO accord.sign_in_try (login, network) VALUES (%s, %s) RETURNING id",
        [said, network],
    )
    row = await cursor.fetchone()
    try_id = int(row[0]) if row else 0
    await db.commit()
    cursor = await db.execute(_COUNT, {"id": try_id, "login": said, "network": network})
    row = await cursor.fetchone()
    wait = max(1, row[0]) if row and row[0] is not None else 0
    if wait:
        await db.execute("DELETE FROM accord.sign_in_try WHERE id = %s", [try_id])
    await db.commit()
    return try_id, wait


async def succeeded(db: Db, try_id: int) -> None:
    """The try was right; the failed ones of this login from this network are forgiven."""
    await db.execute(
        "WITH right_one AS (UPDATE accord.sign_in_try SET succeeded = true WHERE id = %s"
        " RETURNING login, network)"
        " DELETE FROM accord.sign_in_try t USING right_one r"
        " WHERE t.login = r.login AND t.network = r.network AND NOT t.succeeded AND t.id <> %s",
        [try_id, try_id],
    )
    await db.execute(
        f"DELETE FROM accord.sign_in_try WHERE at < now() - interval '{REMEMBERED}'"  # noqa: S608
    )


def _digest(login: str) -> bytes:
    """The same for every way of typing a login, and for texts that can't be one."""
    try:
        return digest(clean_login(login))
    except Refused:
        return digest("")
