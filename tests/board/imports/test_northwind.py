"""The public Northwind sample goes in whole: 2,155 lines of 830 orders."""

import csv
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from board.database import Addresses
from board.imports.plan import Kind
from domain.line import State, line_id
from projections.event_store import EventStore
from tests.board.imports.conftest import TakeIn, events_in


def test_the_whole_file_goes_in_and_a_second_time_changes_nothing(
    northwind: Path, take_in: TakeIn, factory: Addresses, store: EventStore
) -> None:
    report = take_in(northwind, source="Northwind")
    assert report.counts[Kind.NEW] == report.rows == 2155
    assert report.counts[Kind.BAD] == 0
    first = events_in(factory)
    with northwind.open(encoding="utf-8", newline="") as file:
        shipped = [bool(row["shipped_date"]) for row in csv.DictReader(file)]
    assert first == 2155 + sum(shipped)

    again = take_in(northwind, source="northwind ")
    assert again.counts[Kind.UNCHANGED] == 2155
    assert events_in(factory) == first


def test_names_keep_their_accents_and_apostrophes_and_dates_their_meaning(
    northwind: Path, take_in: TakeIn, store: EventStore
) -> None:
    take_in(northwind, source="northwind")
    with northwind.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows[::7]:
        line = store.load(line_id("northwind", row["order_number"], row["line_number"])).line
        assert line is not None
        details = line.details
        assert (details.customer, details.product) == (row["customer"], row["product"])
        assert details.supplier == row["supplier"]
        assert details.quantity == int(row["quantity"])
        assert details.wanted == date.fromisoformat(row["required_date"])
        assert details.ordered_on == date.fromisoformat(row["order_date"])
        assert row["sales_rep"] not in details.rep
        assert line.state is (State.DELIVERED if row["shipped_date"] else State.NEW)
        if row["shipped_date"]:
            assert line.delivered_on == date.fromisoformat(row["shipped_date"])
        assert not line.commitments
        assert line.request is None


def test_orders_customers_and_reps_are_all_there(
    northwind: Path, take_in: TakeIn, factory: Addresses
) -> None:
    take_in(northwind, source="northwind")
    with psycopg.connect(factory.app) as connection:
        details = [
            row[0]
            for row in connection.execute(
                "SELECT convert_from(state, 'UTF8')::jsonb -> 'fact' -> 'details'"
                " FROM accord.stored_events WHERE topic = 'line.entered:1'"
            )
        ]
        names = connection.execute("SELECT count(*) FROM accord.import_rep").fetchone()
    assert len({d["order_number"] for d in details}) == 830
    # Two of the 91 customers never ordered.
    assert len({d["customer"] for d in details}) == 89
    assert len({d["rep"] for d in details}) == 9
    assert names == (9,)
    assert Counter(d["team"] for d in details) == {"production": 2155}


def test_an_old_file_becomes_last_weeks_by_whole_weeks(
    northwind: Path, take_in: TakeIn, store: EventStore, factory: Addresses
) -> None:
    report = take_in(northwind, source="northwind", shift_weeks="auto")
    assert report.counts[Kind.NEW] == 2155
    line = store.load(line_id("northwind", "11077", "1")).line
    assert line is not None
    ordered = line.details.ordered_on
    assert ordered is not None
    assert ordered.weekday() == date(1998, 5, 6).weekday()
    today = datetime.now(ZoneInfo("Europe/Berlin")).date()
    monday = today - timedelta(days=today.weekday())
    assert monday - timedelta(days=7) <= ordered < monday
    assert ordered == date(1998, 5, 6) + timedelta(weeks=report.shift_weeks)

    # The shift is kept for the source: next week the same file still changes nothing.
    before = events_in(factory)
    assert take_in(northwind, source="northwind").counts[Kind.UNCHANGED] == 2155
    again = take_in(northwind, source="northwind", shift_weeks="auto")
    assert again.counts[Kind.UNCHANGED] == 2155
    assert events_in(factory) == before


def test_the_families_and_suppliers_say_who_promises(
    northwind: Path, take_in: TakeIn, store: EventStore
) -> None:
    take_in(
        northwind, source="northwind", team_by="family", teams={"Seafood": "buying"}
    )  # fmt: skip
    fish = store.load(line_id("northwind", "11077", "23")).line
    drink = store.load(line_id("northwind", "11077", "24")).line
    assert fish is not None
    assert drink is not None
    assert (fish.details.team, fish.details.team_side) == ("buying", "purchasing")
    assert (drink.details.team, drink.details.team_side) == ("production", "production")


def test_nothing_leaves_in_the_future_when_a_part_of_an_old_file_is_moved(
    northwind: Path, take_in: TakeIn, tmp_path: Path
) -> None:
    part = tmp_path / "part.csv"
    part.write_text("\n".join(northwind.read_text(encoding="utf-8").split("\n")[:200]), "utf-8")
    report = take_in(part, source="northwind", shift_weeks="auto")
    assert (report.counts[Kind.NEW], report.counts[Kind.BAD]) == (199, 0)
