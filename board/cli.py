"""The command `accord`: what there is to type, and what it says when something is in the way."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from board import __version__
from board.settings import VARIABLES, Settings, SettingsError

if TYPE_CHECKING:  # --help should not wait for a database driver and a web framework
    from board.database import Addresses


class _Misused(click.ClickException):
    """Something was set that makes no sense."""

    exit_code = 2


class Accord(click.Group):
    """Commands in the order in which they are needed; errors as sentences."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """As they were added."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Say what is in the way, and how to get past it."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise _Misused(str(error)) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from board.cli_errors import sentence_for

            if sentence := sentence_for(error):
                raise click.ClickException(sentence) from None
            raise


_EPILOG = """\b
Examples:
  accord demo                     a living factory, nothing to set up
  DATABASE_URL=… accord migrate   make or update the tables
  DATABASE_URL=… accord serve     the real thing
Settings come from the environment: see `accord settings`."""


@click.group(cls=Accord, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="accord")
def accord() -> None:
    """One agreed date per order line: asked by sales, promised by production, seen by both."""


#: Seconds in which what serves waits for a database that starts at the same time.
PATIENCE = 10.0


def read_settings(**given: object) -> Settings:
    """The environment's settings; what was given on the command line counts more."""
    names = {variable.field: variable.name for variable in VARIABLES}
    over = {names[field]: str(value) for field, value in given.items() if value is not None}
    return Settings.read({**os.environ, **over})


@contextmanager
def opened(
    settings: Settings, *, migrated: bool = True, patience: float = 0
) -> "Iterator[Addresses]":
    """The database to work with, and a refusal where its tables are not this Accord's.

    patience: seconds to wait for a database that is only just starting.
    """
    from board.database import database
    from board.migrated import refuse_unmigrated

    with database(settings) as addresses:
        if migrated:
            refuse_unmigrated(addresses.app, patience=patience)
        yield addresses


_Command = Callable[..., None]


def listening_options(command: _Command) -> _Command:
    """Where to listen; the environment decides what is not given."""
    port = click.option("--port", type=int, help="Port to listen on, 0 for any free one. [8080]")
    host = click.option("--host", help="Address to listen on. [127.0.0.1: this machine only]")
    return host(port(command))


@accord.command(short_help="A living factory, nothing to set up; ctrl-c ends it.")
@listening_options
@click.option("--pace", type=float, help="Moves a minute of the simulated people, 0: off. [6]")
@click.option("--fresh", is_flag=True, help="Forget the demo's data and begin anew.")
@click.option("--reload", is_flag=True, help="Start again whenever a source file changes.")
@click.option("--verbose", is_flag=True, help="Log every request.")
@click.option("--no-links", is_flag=True, hidden=True, help="Say nothing when ready.")
def demo(
    host: str | None,
    port: int | None,
    pace: float | None,
    fresh: bool,
    reload: bool,
    verbose: bool,
    no_links: bool,
) -> None:
    """A living factory on its own database; ctrl-c ends all of it.

    Prints the address and links that sign in, once each: as a rep, a planner, a buyer and an
    admin. The next start goes on with the same data.

    \b
    Examples:
      accord demo
      accord demo --port 9000 --pace 20
      accord demo --fresh --pace 0
    """
    settings = read_settings(host=host, port=port, pace=pace)
    if reload:
        from board.demo.reloading import run_again_and_again

        run_again_and_again(settings, fresh=fresh)
        return
    from board.demo.start import run

    if not run(settings, fresh=fresh, verbose=verbose, links=not no_links):
        _leave_at_once()


@accord.command(short_help="Serve the board on your database.")
@listening_options
@click.option(
    "--projector",
    type=click.Choice(["inline", "off"]),
    help="off: `accord project` follows the log in a process of its own. [inline]",
)
def serve(host: str | None, port: int | None, projector: str | None) -> None:
    """Serve the board on the database that DATABASE_URL names.

    Any number of them may serve one database, each on its own port; a proxy in front spreads the
    requests. Migrate first: `accord migrate`. SIGTERM or ctrl-c ends it within two seconds.

    \b
    Examples:
      DATABASE_URL=postgresql://accord_app@db/accord accord serve
      accord serve --host 0.0.0.0 --port 8081
    """
    from board import server
    from board.app import create_app

    settings = read_settings(host=host, port=port, projector=projector)
    listening = server.listen(settings.host, settings.port)
    settings = server.with_port(settings, listening)
    with listening, opened(settings, patience=PATIENCE) as addresses:
        app = create_app(settings, addresses)
        orderly = server.serve(
            app,
            listening,
            trusted_proxies=settings.trusted_proxies,
            close_streams=app.state.hub.close,
            on_ready=lambda: click.echo(f"Serving {settings.url}", err=True),
        )
    if not orderly:
        _leave_at_once()


def _leave_at_once() -> None:
    """After a second ctrl-c nothing is waited for, not even a thread."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(130)


@accord.command(short_help="Follow the log in a process of its own.")
def project() -> None:
    """Follow the log in a process of its own, for `accord serve --projector off`.

    It keeps the read models up to date and is the clock that ends offers in time. Start two of
    them, and the second takes over when the first one ends.
    """
    from board.following import follow

    settings = read_settings()
    with opened(settings, patience=PATIENCE) as addresses:
        follow(settings, addresses)


@accord.command(short_help="Make or update the tables.")
@click.option("--to", default="head", show_default=True, help="Revision to end at.")
@click.option("--back", is_flag=True, help="Go back to an earlier revision; data is lost.")
def migrate(to: str, back: bool) -> None:
    """Make or update the tables, as the role of MIGRATION_DATABASE_URL.

    \b
    Examples:
      accord migrate
      accord migrate --back --to 0003
    """
    from board.database import migrate as forward
    from board.database import migrate_back

    with opened(read_settings(), migrated=False) as addresses:
        if back:
            click.confirm("Tables and what is in them will be lost. Go on?", abort=True, err=True)
            migrate_back(addresses, to=to)
        else:
            forward(addresses, to=to)
    click.echo("The tables are up to date." if not back else f"The tables are at {to}.")


@accord.command(short_help="Build the read models anew.")
def rebuild() -> None:
    """Build the read models anew from the log, beside the ones that people see meanwhile."""
    from board.cli_progress import counting
    from projections.rebuild import rebuild as rebuild_views

    with opened(read_settings()) as addresses, counting("Rebuilding") as progress:
        position = rebuild_views(addresses.app, progress)
    click.echo(f"The views are built anew, up to position {position} of the log.")


@accord.command(short_help="Compare what people see with the log.")
def check() -> None:
    """Replay the whole log and compare it with what people see, row by row.

    Exits 0 if nothing differs, and 1 with every difference named.
    """
    from board.cli_progress import counting
    from projections.check import ENOUGH, reach
    from projections.check import check as differences

    with opened(read_settings()) as addresses, counting("Checking") as progress:
        found = differences(addresses.app, progress)
        position, last = reach(addresses.app)
    for difference in found:
        click.echo(str(difference))
    if found:
        more = "at least " if len(found) >= ENOUGH else ""
        click.echo(f"{more}{len(found)} differences. `accord rebuild` makes the views anew.")
        sys.exit(1)
    click.echo(f"What people see is what the log says, up to position {position} of {last}.")


@accord.command("settings", short_help="What can be set in the environment.")
def show_settings() -> None:
    """Say what can be set in the environment, and what each variable does."""
    for variable in VARIABLES:
        click.secho(variable.name + (" or " + variable.name + "_FILE" if variable.secret else ""))
        click.echo(f"    {variable.does}")


def whole() -> click.Group:
    """The command with all of its groups."""
    from board.cli_files import export, import_
    from board.cli_people import user

    for command in (import_, export, user):
        accord.add_command(command)
    return accord


def main() -> None:
    """What the terminal calls."""
    whole()(prog_name="accord")
