"""Add and change sites and teams. Ids are made once, from the name: events go on naming them.

Every function takes a connection and leaves the commit to its caller.
"""

import re
import unicodedata
from collections.abc import Collection
from datetime import UTC, date, datetime
from zoneinfo import available_timezones

from board.people import Db
from board.sites import holidays_of
from board.typed_names import clean_name
from domain.events import Milestone
from domain.people import PROMISERS, Side
from domain.refusals import Refused, Wrong

TEAM_SIDES = (Side.SALES, *sorted(PROMISERS))
LONGEST_CLOSURE = 366  # days


async def add_site(
    db: Db,
    *,
    name: str,
    timezone: str,
    country: str = "",
    subdivision: str = "",
    weekdays: Collection[int] = range(5),
    milestone: Milestone = Milestone.READY,
    wall_names_customers: bool = True,
) -> str:
    """Add a site and return its id. Raises Refused."""
    values = _site(name, timezone, country, subdivision, weekdays, milestone, wall_names_customers)
    site_id = await _free_id(db, "site", name)
    await db.execute(
        "INSERT INTO accord.site (name, timezone, country, subdivision, weekdays, milestone,"
        " wall_names_customers, id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [*values, site_id],
    )
    return site_id


async def change_site(
    db: Db,
    site_id: str,
    *,
    name: str,
    timezone: str,
    country: str = "",
    subdivision: str = "",
    weekdays: Collection[int] = range(5),
    milestone: Milestone = Milestone.READY,
    wall_names_customers: bool = True,
) -> None:
    """Change everything but the id. Lines that are there keep the milestone they were made with.

    Raises Refused.
    """
    values = _site(name, timezone, country, subdivision, weekdays, milestone, wall_names_customers)
    await db.execute(
        "UPDATE accord.site SET name = %s, timezone = %s, country = %s, subdivision = %s,"
        " weekdays = %s, milestone = %s, wall_names_customers = %s WHERE id = %s",
        [*values, site_id],
    )


async def add_closure(db: Db, site_id: str, first: date, last: date, words: str) -> None:
    """The site does not work from `first` to `last`, both included. Raises Refused."""
    if not 0 <= (last - first).days < LONGEST_CLOSURE:
        raise _input("The last day comes on or after the first, and within a year.")
    await db.execute(
        "INSERT INTO accord.site_closure (site, first, last, words) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (site, first) DO UPDATE SET last = excluded.last, words = excluded.words",
        [site_id, first, last, " ".join(words.split())[:80]],
    )


async def remove_closure(db: Db, site_id: str, first: date) -> None:
    """The site works on these days after all."""
    await db.execute(
        "DELETE FROM accord.site_closure WHERE site = %s AND first = %s", [site_id, first]
    )


async def closures(db: Db, site_id: str) -> list[tuple[date, date, str]]:
    """First day, last day and reason of each closure, in order."""
    cursor = await db.execute(
        "SELECT first, last, words FROM accord.site_closure WHERE site = %s ORDER BY first",
        [site_id],
    )
    return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]


async def add_team(db: Db, *, name: str, side: Side, site: str = "") -> str:
    """Add a team of a side, for one site or for all, and return its id. Raises Refused."""
    await _side_and_site(db, side, site)
    team_id = await _free_id(db, "team", name)
    await db.execute(
        "INSERT INTO accord.team (id, name, side, site) VALUES (%s, %s, %s, %s)",
        [team_id, clean_name(name), side.value, site or None],
    )
    return team_id


async def change_team(db: Db, team_id: str, *, name: str, site: str = "") -> None:
    """Change name and site. The side stays: promises were made for it. Raises Refused."""
    await _side_and_site(db, Side.SALES, site)
    await db.execute(
        "UPDATE accord.team SET name = %s, site = %s WHERE id = %s",
        [clean_name(name), site or None, team_id],
    )


def countries() -> dict[str, str]:
    """The countries whose public holidays are known: name by code, in the order of the names."""
    from holidays.registry import COUNTRIES  # slow to import, and only needed here

    names = {codes[1]: name.replace("_", " ").title() for name, codes in COUNTRIES.items()}
    return dict(sorted(names.items(), key=lambda item: item[1]))


def _site(
    name: str,
    timezone: str,
    country: str,
    subdivision: str,
    weekdays: Collection[int],
    milestone: Milestone,
    wall_names_customers: bool,
) -> list[object]:
    if timezone not in available_timezones():
        raise _input("Choose a time zone from the list, like Europe/Berlin.")
    days = sorted(set(weekdays))
    if not days or not set(days) <= set(range(7)):
        raise _input("Choose at least one day of the week on which this site works.")
    _known_holidays(country, subdivision)
    return [
        clean_name(name),
        timezone,
        country,
        subdivision,
        days,
        milestone.value,
        wall_names_customers,
    ]


def _known_holidays(country: str, subdivision: str) -> None:
    if not country:
        if subdivision:
            raise _input("Choose the country too, or leave its part empty.")
        return
    try:
        holidays_of(country, subdivision, datetime.now(UTC).year)
    except NotImplementedError:
        raise _input(_which_parts(country)) from None


def _which_parts(country: str) -> str:
    from holidays import list_supported_countries

    parts = list_supported_countries().get(country)
    if parts is None:
        return "Choose a country from the list."
    if not parts:
        return "For this country the holidays are the same everywhere. Leave its part empty."
    return f"For this country the part is one of: {', '.join(parts)}. Or leave it empty."


async def _side_and_site(db: Db, side: Side, site: str) -> None:
    if side not in TEAM_SIDES:
        raise _input("Choose for whom the team speaks.")
    found = await db.execute("SELECT FROM accord.site WHERE id = %s", [site])
    if site and not found.rowcount:
        raise _input("Choose a site from the list.")


async def _free_id(db: Db, table: str, name: str) -> str:
    """The name in small letters and hyphens, with a number behind it where that is taken."""
    plain = unicodedata.normalize("NFKD", clean_name(name).replace("ß", "ss"))
    plain = plain.encode("ascii", "ignore").decode().lower()
    wanted = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:32].strip("-") or table
    cursor = await db.execute(f"SELECT id FROM accord.{table}")  # noqa: S608 our own words
    taken = {row[0] for row in await cursor.fetchall()}
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted}-{number}"
    return free


def _input(sentence: str) -> Refused:
    # The sentences here hold no names to fill in; braces in what was typed stay what they are.
    return Refused(Wrong.INPUT, sentence.replace("{", "{{").replace("}", "}}"))
