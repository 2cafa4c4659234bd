"""The database's addresses: the server that DATABASE_URL names, or the embedded PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from board import layout
from board.embedded.server import Server
from board.embedded.sharing import shared
from board.settings import Settings

if TYPE_CHECKING:
    from alembic.config import Config  # slow to import, and only a migration needs it

DATABASE = "accord"
OWNER_ROLE = "accord_owner"
APP_ROLE = "accord_app"

SETTING_UP = 0x4143434F5244  # an advisory lock, "ACCORD": only one process at a time sets up


class Addresses(NamedTuple):
    """The URLs of one database, as libpq and psycopg take them."""

    app: str
    """As the application's role: it reads the log, appends through the function, no more."""
    owner: str
    """As the role that owns the tables: it migrates."""


@contextmanager
def database(settings: Settings) -> Iterator[Addresses]:
    """The database to work with; an embedded server runs as long as somebody uses it.

    Raises board.embedded.owner.EmbeddedError when there is none to be had.
    """
    if settings.database_url:
        owner = settings.migration_database_url or settings.database_url
        yield Addresses(app=settings.database_url, owner=owner)
        return
    with shared(settings.data) as server:
        make_database(server, DATABASE)
        yield addresses(server, DATABASE)


def addresses(server: Server, name: str) -> Addresses:
    """The two URLs of the database `name` on an embedded server."""
    return Addresses(app=server.address(APP_ROLE, name), owner=server.address(OWNER_ROLE, name))


def make_database(server: Server, name: str, *, template: str = "template1") -> None:
    """Make the two roles, neither of them a superuser, and the owner's database `name`.

    What is there already stays as it is. Processes that start together wait for the first one.
    """
    with psycopg.connect(server.address("postgres", "postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [SETTING_UP])
        for role in (OWNER_ROLE, APP_ROLE):
            found = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
            if not found.rowcount:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if not found.rowcount:
            names = (sql.Identifier(word) for word in (name, OWNER_ROLE, template))
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(*names))


def migrate(addresses: Addresses, *, to: str = "head") -> None:
    """Bring the tables up to the revision `to`; nothing happens when they are there already.

    Processes that start together wait for the first one. Raises psycopg.OperationalError when
    either role can't connect.
    """
    from alembic import command

    with _alembic(addresses) as config:
        command.upgrade(config, to)


def migrate_back(addresses: Addresses, *, to: str) -> None:
    """Take the tables back to an earlier revision, or to "base": nothing. Data is lost."""
    from alembic import command

    with _alembic(addresses) as config:
        command.downgrade(config, to)


@contextmanager
def _alembic(addresses: Addresses) -> Iterator["Config"]:
    """What migrations/env.py is told, while nobody else migrates this database."""
    from alembic.config import Config

    with psycopg.connect(addresses.app) as connection:
        app_role = connection.info.user
    config = Config(attributes={"url": _for_alembic(addresses.owner), "app_role": app_role})
    config.set_main_option("script_location", str(layout.migrations()).replace("%", "%%"))
    with psycopg.connect(addresses.owner, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [SETTING_UP])
        yield config


def _for_alembic(address: str) -> str:
    """The same address as SQLAlchemy writes it; several hosts and all options stay as they are."""
    from sqlalchemy import URL

    options = {name: str(value) for name, value in conninfo_to_dict(address).items()}
    name = options.pop("dbname", None)
    url = URL.create("postgresql+psycopg", database=name, query=options)
    return url.render_as_string(hide_password=False)
