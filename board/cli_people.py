"""`accord user`: the accounts, above all the first one."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from board.cli import opened, read_settings
from domain.people import HUMAN_ROLES, Role

if TYPE_CHECKING:  # --help should not wait for a database driver
    from board.people import Db, Entry

T = TypeVar("T")
_ROLES = [role.value for role in HUMAN_ROLES]


@click.group(short_help="Add people and let them in.")
def user() -> None:
    """Add people and let them in; the rest is in the settings of the board.

    \b
    Examples:
      accord user add anna@example.com --name "Anna Beck" --role admin
      accord user link anna@example.com
    """


def _do(work: "Callable[[Db], Awaitable[T]]") -> T:
    from board import people

    with opened(read_settings()) as addresses:
        return people.once(addresses.app, work)


async def _known(db: "Db", login: str) -> "Entry":
    from board import people

    entry = await people.by_login(db, login)
    if entry is None:
        raise click.ClickException(f"Nobody has the login {login}. See: accord user list")
    return entry


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="As it shows in a line's story.")
@click.option("--role", required=True, type=click.Choice(_ROLES))
@click.option("--team", default="", help="Id of the team; not for an admin or viewer.")
@click.option("--site", "sites", multiple=True, help="Sees only this site; may be repeated.")
@click.option("--extension", default="", help="Telephone, for when people should talk.")
def add(
    login: str, name: str, role: str, team: str, sites: tuple[str, ...], extension: str
) -> None:
    """Add a person and print a link on which they choose a password."""
    from board import people, sign_in_links

    async def work(db: "Db") -> str:
        person_id = await people.add_person(
            db, login=login, name=name, role=Role(role), team=team, sites=sites,
            extension=extension,
        )  # fmt: skip
        return await sign_in_links.new_link(db, person_id, sets_password=True)

    _show_link(_do(work))


@user.command("list")
def list_() -> None:
    """Everybody with an account."""
    from rich.console import Console
    from rich.table import Table

    from board import people

    table = Table("Login", "Name", "Role", "Team", "Sites", "")
    for entry in _do(people.everybody):
        state = "closed" if not entry.active else "invited" if entry.invited else ""
        sites = ", ".join(entry.sites) or "all"
        table.add_row(entry.login, entry.name, entry.role.value, entry.team, sites, state)
    Console().print(table)


@user.command()
@click.argument("login")
@click.option("--sign-in", is_flag=True, help="Signs in once, without a new password.")
def link(login: str, sign_in: bool) -> None:
    """Print a link on which somebody chooses a new password; it works once, for a day."""
    from board import sign_in_links

    async def work(db: "Db") -> str:
        entry = await _known(db, login)
        return await sign_in_links.new_link(db, entry.id, sets_password=not sign_in)

    _show_link(_do(work))


@user.command()
@click.argument("login")
def close(login: str) -> None:
    """Close an account: signed out everywhere, and nothing opens it."""
    from board import people

    async def work(db: "Db") -> None:
        await people.deactivate(db, (await _known(db, login)).id)

    _do(work)
    click.echo(f"{login} is closed.")


@user.command("open")
@click.argument("login")
def open_(login: str) -> None:
    """Open a closed account again."""
    from board import people

    async def work(db: "Db") -> None:
        await people.activate(db, (await _known(db, login)).id)

    _do(work)
    click.echo(f"{login} is open.")


@user.command()
@click.argument("login")
def sign_out(login: str) -> None:
    """Sign somebody out everywhere."""
    from board import sessions

    async def work(db: "Db") -> int:
        return await sessions.end_all(db, (await _known(db, login)).id)

    click.echo(f"Signed out of {_do(work)} browsers.")


@user.command()
@click.argument("login")
@click.confirmation_option(prompt="Name, login and extension will be gone for good. Go on?")
def erase(login: str) -> None:
    """Forget who somebody was; what they said stays, under an id that tells nothing."""
    from board import people

    async def work(db: "Db") -> None:
        await people.erase_person(db, (await _known(db, login)).id)

    _do(work)
    click.echo("Erased.")


def _show_link(token: str) -> None:
    from board import sign_in_links

    click.echo(sign_in_links.address(read_settings(), token))
