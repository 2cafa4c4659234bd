"""`accord import` and `accord export`: order lines in, agreed dates out."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from board.cli import opened, read_settings

if TYPE_CHECKING:  # reading files takes a while to load, and --help doesn't need it
    from board.imports.report import Report


def _pairs(words: Iterable[str], shape: str) -> dict[str, str]:
    """Options like "quantity=Menge" as a mapping. Raises UsageError."""
    pairs = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise click.UsageError(f"Write it like {shape}, not {word!r}.")
        pairs[name.strip()] = value.strip()
    return pairs


def _weeks(text: str | None) -> int | Literal["auto"] | None:
    if text is None or text == "auto":
        return None if text is None else "auto"
    try:
        return int(text)
    except ValueError:
        raise click.UsageError(
            f"--shift-weeks takes whole weeks or the word auto, not {text!r}."
        ) from None


@click.command("import", short_help="Take order lines in from a file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", required=True, help="The order system it comes from, e.g. erp.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@click.option(
    "--column", "columns", multiple=True, metavar="FIELD=COLUMN",
    help="Which column a field is in; may be repeated. The rest is proposed, or kept from before.",
)  # fmt: skip
@click.option(
    "--fix", "fixed", multiple=True, metavar="FIELD=VALUE",
    help="One value for every row, e.g. site=nord; may be repeated.",
)  # fmt: skip
@click.option("--team-by", metavar="FIELD", default="", help="Field that decides the team.")
@click.option(
    "--team", "teams", multiple=True, metavar="VALUE=TEAM",
    help="Which team answers for a value of --team-by; may be repeated.",
)  # fmt: skip
@click.option(
    "--shift-weeks", metavar="WEEKS|auto",
    help="Move all dates by whole weeks; auto: the newest order is of last week.",
)  # fmt: skip
@click.option(
    "--bad-rows", type=click.Path(path_type=Path, dir_okay=False),
    help="Where rows that can't be read go, with the reason in a column. [FILE.bad.csv]",
)  # fmt: skip
@click.option("--encoding", default="", help="Where the guess was wrong, e.g. cp1252.")
@click.option("--delimiter", default="", help="Where the guess was wrong, e.g. ';'.")
@click.option("--sheet", default="", help="Sheet of a workbook.")
def import_(
    file: Path,
    source: str,
    dry_run: bool,
    columns: tuple[str, ...],
    fixed: tuple[str, ...],
    team_by: str,
    teams: tuple[str, ...],
    shift_weeks: str | None,
    bad_rows: Path | None,
    encoding: str,
    delimiter: str,
    sheet: str,
) -> None:
    """Take order lines in from a CSV or XLSX file.

    Facts only: nothing is asked for or agreed to. Reading the same file again changes nothing.
    Good rows go in, bad rows come back in a file. Exits 3 if there were any.

    \b
    Examples:
      accord import orders.csv --source erp --dry-run
      accord import orders.xlsx --source erp --fix site=nord --column quantity=Menge
      accord import old.csv --source trial --shift-weeks auto
    """
    from board.cli_progress import stepping
    from board.imports.file import Choices, import_file
    from board.imports.reading import ReadAs
    from board.sites import Directory
    from projections.event_store import open_store

    choices = Choices(
        columns=_pairs(columns, "quantity=Menge"),
        fixed=_pairs(fixed, "site=nord"),
        team_by=team_by,
        teams=_pairs(teams, "Shafts=nord-machining"),
        shift_weeks=_weeks(shift_weeks),
        read_as=ReadAs(encoding=encoding, delimiter=delimiter, sheet=sheet)
        if encoding or delimiter or sheet
        else None,
    )
    bad = bad_rows or file.with_name(f"{file.stem}.bad.csv")
    with opened(read_settings()) as addresses, open_store(addresses.app) as store:
        directory = Directory()
        directory.load(addresses.app)
        with stepping() as progress:
            report = import_file(
                file,
                source=source,
                store=store,
                directory=directory,
                choices=choices,
                dry_run=dry_run,
                bad=bad,
                progress=progress,
            )
    _say(report, dry_run=dry_run, bad=bad)
    if report.of("bad"):
        sys.exit(3)


def _say(report: "Report", *, dry_run: bool, bad: Path) -> None:
    """What came, or would come, of the file."""
    from board.imports.plan import Kind

    would = "would be " if dry_run else ""
    words = {
        "new": f"{would}entered",
        "changed": f"{would}changed",
        "unchanged": "say nothing new",
        "left out": "left out",
        "bad": "can't be read",
    }
    click.echo(f"{report.rows} rows in {report.seconds:.1f} s:")
    for kind, said in words.items():
        if count := report.of(kind):
            click.echo(f"  {count:6} {said}")
    for note in report.notes:
        click.echo(f"  {note}")
    if report.shift_weeks:
        click.echo(f"  all dates moved by {report.shift_weeks} weeks")
    for example in report.examples[Kind.BAD][:5]:
        click.echo(f"  row {example.row}: {example.reason}")
    if report.of("bad"):
        click.echo(f"All rows that can't be read, with the reason: {bad}")


@click.command(short_help="Write agreed dates, or the board, to a file.")
@click.argument("what", type=click.Choice(["commitments", "board"]))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--since", type=click.IntRange(min=0), metavar="POSITION",
    help="Only what changed after this position of the log (of the last export).",
)  # fmt: skip
@click.option(
    "--filter", "query", default="", metavar="QUERY",
    help="The board as a page shows it: what stands behind the ? in its address.",
)  # fmt: skip
def export(what: str, file: Path, since: int | None, query: str) -> None:
    """Write the agreed dates, or the board, to a CSV or XLSX file.

    The name decides which. Prints the position to ask with next time, so that nobody types a
    date twice.

    \b
    Examples:
      accord export commitments agreed.csv
      accord export commitments changed.xlsx --since 1400
      accord export board late.csv --filter 'mark=overdue&site=nord'
    """
    from urllib.parse import parse_qs

    from board.exports import export_file
    from board.looking import Looking
    from board.sites import Directory

    if since is not None and what == "board":
        raise click.UsageError("--since is for commitments; the board has --filter.")
    if query and what == "commitments":
        raise click.UsageError("--filter is for the board; commitments have --since.")
    looking = Looking.read({name: values[-1] for name, values in parse_qs(query).items()})
    with opened(read_settings()) as addresses:
        directory = Directory()
        directory.load(addresses.app)
        rows, position = export_file(
            addresses.app,
            "commitments" if what == "commitments" else "board",
            file,
            directory=directory,
            since=since,
            looking=looking,
        )
    click.echo(f"{rows} rows in {file}.")
    if what == "commitments":
        click.echo(f"Next time: --since {position}")
