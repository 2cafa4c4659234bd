"""Out again: commitments and the board as CSV and XLSX, over real HTTP."""

import asyncio
import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import openpyxl
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from board.database import Addresses
from board.export_columns import Column, Holds, Row
from board.export_files import Sheet, csv_bytes, csv_heading
from board.exports import export_file
from board.imports.dates import DateFormat, day_of
from board.imports.file import import_file
from board.imports.numbers import NumberFormat, number_of
from board.imports.reading import open_table, tidy
from board.imports.survey import text_of
from board.sites import Directory
from domain import moves
from domain.events import Fact
from domain.line import Line, line_id
from domain.people import Person, Role
from domain.reasons import Reason
from domain.terms import Terms
from projections.event_store import known, open_store
from tests.board.office import Office, office
from tests.facts import ERP, details

REP = Person("rep", Role.REP, "sales", frozenset({"nord"}))
PLANNER = Person("planner", Role.PLANNER, "production", frozenset({"nord"}))
TODAY = datetime.now(UTC).date()
SOON, LATER = TODAY + timedelta(days=14), TODAY + timedelta(days=21)


@pytest.fixture
def at(database: Addresses) -> Iterator[Office]:
    with office(database) as served:
        yield served


def say(
    at: Office, stream: UUID, by: Person, move: Callable[[Line, moves.Now], tuple[Fact, ...]]
) -> None:
    """A move on a line that there is."""

    def decide(line: Line | None, moment: datetime) -> tuple[Fact, ...]:
        return move(known(line, stream), moves.Now(moment, moment.date()))

    at.change(stream, decide, by=by)


def agree(at: Office, stream: UUID, *parts: tuple[Decimal | int, date]) -> None:
    """A rep asks for these instalments and the planner says yes."""
    terms = Terms.of(parts)
    say(at, stream, REP, lambda line, now: moves.request_date(line, terms, by=REP, now=now))
    say(at, stream, PLANNER, lambda line, now: moves.commit_date(line, terms, by=PLANNER, now=now))


def caught_up(at: Office) -> int:
    """Wait until the read models show the whole log; its position."""
    query = (
        "SELECT coalesce(max(notification_id), 0),"
        " (SELECT position FROM accord.read_models WHERE live) FROM accord.stored_events"
    )
    for _ in range(400):
        with psycopg.connect(at.addresses.app) as connection:
            last, shown = connection.execute(query).fetchone() or (0, 0)
        if last == shown:
            return int(last)
        asyncio.run(asyncio.sleep(0.02))
    raise AssertionError("the read models never caught up")


def get(
    at: Office, path: str, role: Role = Role.REP, team: str = "sales", sites: tuple[str, ...] = ()
) -> httpx.Response:
    token = at.sign_in(at.add_person(role, team=team, sites=sites))
    return httpx.get(at.url + path, cookies={at.cookie_name: token}, timeout=30)


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_commitment_goes_out_with_a_row_for_each_instalment(at: Office) -> None:
    stream = at.enter(
        order_number="4711", line_number="2", customer="Møller", customer_order="PO 9",
        quantity=Decimal(100),
    )  # fmt: skip
    at.enter(order_number="4712")
    agree(at, stream, (60, SOON), (40, LATER))
    position = caught_up(at)
    answer = get(at, "/export/commitments.csv")
    first, second = rows_of(answer)
    assert (first["order number"], first["line number"], first["customer order"]) == (
        "4711", "2", "PO 9",
    )  # fmt: skip
    assert (first["agreed date"], first["agreed quantity"]) == (SOON.isoformat(), "60")
    assert (second["agreed date"], second["agreed quantity"]) == (LATER.isoformat(), "40")
    assert (second["instalment"], second["instalments"], second["version"]) == ("2", "2", "1")
    assert datetime.fromisoformat(first["agreed at"]).date() == TODAY
    assert first["position"] == str(position)
    assert answer.headers["accord-position"] == str(position)
    assert f"accord-commitments-{position}.csv" in answer.headers["content-disposition"]
    assert not {"rep", "by"} & set(first)


def test_an_order_system_asks_only_for_what_changed_since(at: Office) -> None:
    one, two, three = (at.enter(order_number=n) for n in ("1", "2", "3"))
    for stream in (one, two, three):
        agree(at, stream, (100, SOON))
    caught_up(at)
    answer = get(at, "/export/commitments.csv")
    assert len(rows_of(answer)) == 3
    after = httpx.URL(answer.headers["link"].split(">")[0].strip("<"))
    assert rows_of(get(at, str(after))) == []

    revised = Terms.single(100, LATER)
    say(
        at, one, PLANNER,
        lambda line, now: moves.propose_revision(
            line, revised, reason=Reason.TOOLING, by=PLANNER, now=now
        ),
    )  # fmt: skip
    caught_up(at)
    assert rows_of(get(at, str(after))) == [], "a proposal changes nothing that is in force"
    say(at, one, REP, lambda line, now: moves.accept_revision(line, by=REP, now=now))
    say(
        at, two, PLANNER,
        lambda line, now: moves.renege_commitment(
            line, reason=Reason.MACHINE_DOWN, by=PLANNER, now=now
        ),
    )  # fmt: skip
    caught_up(at)
    changed = {row["order number"]: row for row in rows_of(get(at, str(after)))}
    assert set(changed) == {"1", "2"}
    assert (changed["1"]["in force"], changed["1"]["version"]) == ("yes", "2")
    assert changed["1"]["agreed date"] == LATER.isoformat()
    assert (changed["2"]["in force"], changed["2"]["agreed date"]) == ("no", "")
    assert changed["2"]["state"] == "Cannot be kept"


def test_the_workbook_has_real_dates_and_numbers(at: Office) -> None:
    stream = at.enter(order_number="0042", quantity=Decimal("1000000.5"))
    agree(at, stream, (Decimal("1000000.5"), SOON))
    caught_up(at)
    answer = get(at, "/export/commitments.xlsx")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    names, values = ([cell.value for cell in row] for row in sheet.iter_rows())
    row = dict(zip(names, values, strict=True))
    assert row["order number"] == "0042"
    assert row["agreed quantity"] == 1000000.5
    assert isinstance(row["agreed date"], datetime)
    assert row["agreed date"].date() == SOON
    assert isinstance(row["agreed at"], datetime)


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_customer_that_looks_like_a_formula_stays_text(at: Office, name: str) -> None:
    agree(at, at.enter(customer=name), (100, SOON))
    caught_up(at)
    for path in ("/export/commitments", "/export/board"):
        (row,) = rows_of(get(at, f"{path}.csv"))
        assert row["customer"] == f"'{name}"
        book = openpyxl.load_workbook(io.BytesIO(get(at, f"{path}.xlsx").content))
        sheet = book.active
        assert sheet is not None
        names = [cell.value for cell in next(iter(sheet.iter_rows()))]
        cell = sheet.cell(2, names.index("customer") + 1)
        assert cell.data_type == "s"
        assert str(cell.value) == name
        assert cell.hyperlink is None


def test_the_board_goes_out_as_it_is_filtered(at: Office) -> None:
    agree(at, at.enter(order_number="1", customer="Alder"), (100, SOON))
    at.enter(order_number="2", customer="Birch", erp_date=SOON)
    at.enter(order_number="3", customer="Alder", site="sued", team="south")
    caught_up(at)
    everything = rows_of(get(at, "/export/board.csv"))
    assert {row["order number"] for row in everything} == {"1", "2", "3"}
    found = rows_of(get(at, "/export/board.csv?customer=Alder&site=nord"))
    assert [row["order number"] for row in found] == ["1"]
    assert found[0]["agreed date"] == SOON.isoformat()
    assert found[0]["state"] == "Agreed"
    assert found[0]["team"] == "Production Nord"
    searched = rows_of(get(at, "/export/board.csv?q=birch"))
    assert [row["order number"] for row in searched] == ["2"]
    assert searched[0]["promised date"] == SOON.isoformat()


def test_nobody_gets_the_lines_of_a_site_that_they_do_not_see(at: Office) -> None:
    agree(at, at.enter(order_number="1"), (100, SOON))
    agree(at, at.enter(order_number="2"), (100, SOON))
    at.enter(order_number="3", site="sued", team="south")
    caught_up(at)
    for path in ("/export/board.csv", "/export/board.csv?site=nord", "/export/commitments.csv"):
        answer = get(at, path, Role.PLANNER, "south", sites=("sued",))
        assert "1" not in {row["order number"] for row in rows_of(answer)}
    assert httpx.get(f"{at.url}/export/board.csv").status_code == 303


def test_the_command_line_writes_the_same_files(at: Office, tmp_path: Path) -> None:
    agree(at, at.enter(order_number="1"), (100, SOON))
    position = caught_up(at)
    directory = Directory()
    directory.load(at.addresses.app)
    target = tmp_path / "out.csv"
    written = export_file(at.addresses.app, "commitments", target, directory=directory)
    assert written == (1, position)
    assert target.read_bytes() == get(at, "/export/commitments.csv").content
    book = tmp_path / "out.xlsx"
    assert export_file(at.addresses.app, "board", book, directory=directory)[0] == 1
    again = tmp_path / "since.csv"
    nothing = export_file(
        at.addresses.app, "commitments", again, directory=directory, since=position
    )
    assert nothing == (0, position)


def test_the_command_line_shows_the_whole_log_where_nobody_serves(
    database: Addresses, tmp_path: Path
) -> None:
    with psycopg.connect(database.app) as connection:
        connection.execute("INSERT INTO accord.site (id, name) VALUES ('nord', 'Nord')")
    with open_store(database.app) as store:
        entered = details(order_number="1", line_number="1")
        store.change(
            line_id("erp", "1", "1"),
            lambda line, _: moves.enter_line(line, entered, by=ERP),
            by=ERP,
            command_id=uuid4(),
        )
    directory = Directory()
    directory.load(database.app)
    written = export_file(database.app, "board", tmp_path / "out.csv", directory=directory)
    assert written == (1, 1)


def test_an_exported_board_can_be_read_again_and_says_the_same(at: Office, tmp_path: Path) -> None:
    entered = details(
        order_number="0815", line_number="10", customer="=Möbel, Groß & \"Klein\"",
        quantity=Decimal("12.5"), wanted=SOON, erp_date=LATER, unit="kg",
    )  # fmt: skip
    at.change(
        line_id("erp", "0815", "10"),
        lambda line, _: moves.enter_line(line, entered, by=ERP),
        by=ERP,
    )
    caught_up(at)
    for suffix in ("csv", "xlsx"):
        path = tmp_path / f"board.{suffix}"
        path.write_bytes(get(at, f"/export/board.{suffix}").content)
        directory = Directory()
        directory.load(at.addresses.app)
        report = import_file(
            path, source="erp", store=at.store, directory=directory, dry_run=True,
        )  # fmt: skip
        assert report.of("unchanged") == 1, report.examples


def test_more_lines_than_one_piece_go_out_whole(at: Office) -> None:
    for number in range(1200):
        at.enter(order_number=str(number))
    caught_up(at)
    assert len(rows_of(get(at, "/export/board.csv"))) == 1200


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), max_size=20
)
ROWS = st.tuples(
    WORDS,
    st.decimals(0, 10**9, places=3, allow_nan=False),
    st.dates(date(1990, 1, 1), date(2199, 12, 31)),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(ROWS, min_size=1, max_size=6))
def test_words_quantities_and_days_come_back_from_both_kinds_of_file(
    tmp_path: Path, rows: list[tuple[str, Decimal, date]]
) -> None:
    columns = (
        Column("order number"), Column("customer"), Column("quantity", Holds.NUMBER),
        Column("required date", Holds.DAY),
    )  # fmt: skip
    written: list[Row] = [(f"n{n}", *row) for n, row in enumerate(rows)]
    (tmp_path / "f.csv").write_bytes(csv_heading(columns) + csv_bytes(written))
    (tmp_path / "f.xlsx").unlink(missing_ok=True)
    sheet = Sheet(tmp_path / "f.xlsx", columns)
    sheet.add(written)
    sheet.close()
    for name in ("f.csv", "f.xlsx"):
        with open_table(tmp_path / name) as table:
            found = [
                (
                    text_of(customer),
                    number_of(text_of(quantity), NumberFormat.POINT),
                    day_of(text_of(day), DateFormat.ISO),
                )
                for _, customer, quantity, day in (row.cells for row in table.rows())
            ]
        assert found == [(tidy(customer), quantity, day) for customer, quantity, day in rows]
