"""What the terminal shows when the demo is ready: the address, and a link for everybody."""

from pathlib import Path

import psycopg
from rich.console import Console

from board import people, sign_in_links, wall_links
from board.database import Addresses
from board.demo.factory import Employee, Factory, factory
from board.security import digest
from board.settings import Settings
from domain.people import Role

_CHAIRS = {
    Role.REP: "a rep",
    Role.PLANNER: "a planner",
    Role.BUYER: "a buyer",
    Role.ADMIN: "an admin",
}
WALL_LABEL = "The hall of Plant Nord"


def say_welcome(settings: Settings, addresses: Addresses, console: Console) -> None:
    """Make the links and print them. Raises psycopg.Error."""
    made_up = factory()
    guests = [made_up.guest(role) for role in _CHAIRS]
    tokens = people.once(addresses.app, lambda db: _links(db, guests))
    console.print(f"\nAccord is ready: [bold]{settings.url}[/]\n", highlight=False)
    console.print("Sign in with a link, once each:")
    for guest, token in zip(guests, tokens, strict=True):
        _say(console, _who(made_up, guest), sign_in_links.address(settings, token))
    token = _wall_token(settings, addresses)
    console.print("A screen in the hall, for as long as you like:")
    _say(console, WALL_LABEL, f"{settings.url}/wall/{token}")
    pace = f"{settings.pace:g} moves a minute" if settings.pace else "off (--pace 6 wakes them)"
    console.print(f"\nSimulated people: {pace}. Ctrl-c ends everything.\n", highlight=False)


async def _links(db: people.Db, guests: list[Employee]) -> list[str]:
    return [await sign_in_links.new_link(db, guest.person.id) for guest in guests]


def _who(made_up: Factory, guest: Employee) -> str:
    team = next((t.name for t in made_up.teams if t.id == guest.person.team), "")
    return f"{guest.name}, {_CHAIRS[guest.person.role]}" + (f" of {team}" if team else "")


def _say(console: Console, who: str, address: str) -> None:
    """One line each that can be clicked or copied whole, however narrow the terminal is."""
    console.print(f"  {who}", highlight=False)
    console.print(f"    {address}", highlight=False, soft_wrap=True)


def _wall_token(settings: Settings, addresses: Addresses) -> str:
    """The former link where it still works: a screen in the hall stays on over a restart."""
    kept = settings.data / "wall-link"
    if kept.is_file() and _opens(addresses, token := kept.read_text().strip()):
        return token

    async def make(db: people.Db) -> str:
        _, token = await wall_links.new_link(db, site="nord", label=WALL_LABEL)
        return token

    token = people.once(addresses.app, make)
    _keep(kept, token)
    return token


def _opens(addresses: Addresses, token: str) -> bool:
    with psycopg.connect(addresses.app) as db:
        query = "SELECT FROM accord.wall_link WHERE token = %s AND revoked_at IS NULL"
        return db.execute(query, [digest(token)]).rowcount == 1


def _keep(path: Path, token: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(token)
