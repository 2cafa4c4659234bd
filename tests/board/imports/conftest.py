"""A factory with two sites that files can be taken into, and ways to write such files."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from board.database import Addresses
from board.imports.file import Choices, import_file
from board.imports.report import Report
from board.sites import Directory
from projections.event_store import EventStore, open_store

SITES = """
INSERT INTO accord.site (id, name, timezone) VALUES
    ('nord', 'Werk Nord', 'Europe/Berlin'), ('sued', 'Werk Süd', 'Europe/Berlin');
INSERT INTO accord.team (id, name, side, site) VALUES
    ('sales', 'Sales', 'sales', NULL),
    ('export', 'Export sales', 'sales', NULL),
    ('production', 'Production', 'production', 'nord'),
    ('buying', 'Purchasing', 'purchasing', NULL),
    ('south', 'Production south', 'production', 'sued');
"""
HEADING = "order,line,customer,product,quantity,order date,required date,shipped date"


@pytest.fixture
def factory(database: Addresses) -> Addresses:
    """A database with two sites and their teams."""
    with psycopg.connect(database.owner) as connection:
        connection.execute(SITES)
    return database


@pytest.fixture
def store(factory: Addresses) -> Iterator[EventStore]:
    """The log of that factory."""
    with open_store(factory.app) as opened:
        yield opened


@pytest.fixture
def directory(factory: Addresses) -> Directory:
    """Its sites and teams."""
    found = Directory()
    found.load(factory.app)
    return found


PLACE = {"site": "nord", "sales_team": "sales", "team": "production"}
TakeIn = Callable[..., Report]


@pytest.fixture
def take_in(store: EventStore, directory: Directory) -> TakeIn:
    """`take_in(path, fixed={...}, ...)`: the file goes in as source "erp" of the site "nord"."""

    def run(path: Path, *, source: str = "erp", **rest: object) -> Report:
        names = {name: rest.pop(name) for name in list(rest) if name in Choices.__struct_fields__}
        fixed = {**PLACE, **dict(names.pop("fixed", {}))}  # type: ignore[call-overload]
        columns = dict(names.get("columns", {}))  # type: ignore[call-overload]
        fixed = {name: value for name, value in fixed.items() if name not in columns}
        choices = Choices(fixed=fixed, **names)  # type: ignore[arg-type]
        return import_file(
            path,
            source=source,
            store=store,
            directory=directory,
            choices=choices,
            **rest,  # type: ignore[arg-type]
        )

    return run


WriteCsv = Callable[..., Path]


@pytest.fixture
def csv_file(tmp_path: Path) -> WriteCsv:
    """`csv_file("1,1,Müller,Bolt,10,…", …)`: a file with the usual heading and these lines."""

    def write(*lines: str, heading: str = HEADING, name: str = "lines.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join([heading, *lines, ""]), encoding="utf-8")
        return path

    return write


def events_in(database: Addresses) -> int:
    """How many events there are in the log."""
    with psycopg.connect(database.app) as connection:
        row = connection.execute("SELECT count(*) FROM accord.stored_events").fetchone()
    return int(row[0]) if row else 0


@pytest.fixture
def northwind() -> Path:
    """The public Northwind sample as order lines: in ACCORD_TRIAL_DATA, or beside the checkout."""
    file = Path("northwind", "order_lines.csv")
    if named := os.environ.get("ACCORD_TRIAL_DATA"):
        found = [Path(named) / file, Path(named) / file.name]
    else:
        found = sorted(Path(__file__).resolve().parents[3].parent.glob(f"*/*/{file}"))
    for path in found:
        if path.is_file():
            return path
    pytest.skip("the public Northwind sample is not here: name its folder in ACCORD_TRIAL_DATA")
