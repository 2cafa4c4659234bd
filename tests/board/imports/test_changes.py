"""What a file does to the log: facts only, once, and only what changed."""

import csv
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from board.database import Addresses
from board.imports.limits import FileRefused
from board.imports.plan import Kind
from board.imports.reps import forget_rep, rep_names
from board.imports.run import Stopped, alone
from domain import events as e
from domain import moves
from domain.line import Line, State, line_id
from domain.people import Person, Role, Side
from domain.terms import Terms
from projections.event_store import EventStore, enquiry_id, known
from tests.board.imports.conftest import HEADING, TakeIn, WriteCsv, events_in

REP = Person("rep", Role.REP, "sales")
PLANNER = Person("planner", Role.PLANNER, "production")
SOON = datetime.now(UTC).date() + timedelta(days=30)


def facts(store: EventStore, order: str = "4711", line: str = "1") -> list[e.Fact]:
    return [event.fact for event in store.events(line_id("erp", order, line))]


def line_of(store: EventStore, order: str = "4711", line: str = "1") -> Line:
    found = store.load(line_id("erp", order, line)).line
    assert found is not None
    return found


def say(
    store: EventStore, stream: UUID, by: Person, name: str, *args: object, **rest: object
) -> Line:
    """A person's move."""

    def decide(line: Line | None, at: datetime) -> Sequence[e.Fact]:
        move = getattr(moves, name)
        made: Sequence[e.Fact] = move(
            known(line, stream), *args, by=by, now=moves.Now(at, at.date()), **rest
        )
        return made

    return store.change(stream, decide, by=by, command_id=uuid4()).line


LINE = "4711,1,Møller,Bolt,100,2026-11-02,2026-12-03,"


def test_a_changed_file_records_only_what_changed(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore
) -> None:
    take_in(csv_file(LINE, "4711,2,Møller,Nut,5,2026-11-02,2026-12-03,"))
    report = take_in(
        csv_file(
            "4711,1,Møller,Bolt,120,2026-11-02,2026-12-10,",
            "4711,2,Møller,Nut,5,2026-11-02,2026-12-03,",
        )
    )
    assert (report.of("changed"), report.of("unchanged")) == (1, 1)
    assert report.changed_fields == {"Customer wants it on": 1, "Quantity": 1}
    (_, changed) = facts(store)
    assert changed == e.LineChanged(
        changes=e.LineChanges(quantity=Decimal(120), wanted=date(2026, 12, 10))
    )
    assert len(facts(store, line="2")) == 1
    event = store.events(line_id("erp", "4711", "1"))[-1]
    assert (event.by, event.side) == ("source:erp", Side.ORDER_SYSTEM)


def test_a_line_of_another_site_is_neither_shown_nor_changed(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore
) -> None:
    take_in(csv_file(LINE))
    before = facts(store)
    report = take_in(
        csv_file("4711,1,Someone else,Nut,7,2026-11-02,2026-12-10,"), fixed={"site": "sued"}
    )
    assert report.of("bad") == 1
    assert facts(store) == before


def test_going_back_to_an_older_file_is_a_change_too(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore
) -> None:
    old = csv_file(LINE, name="old.csv")
    new = csv_file(LINE.replace("100", "120"), name="new.csv")
    for path in (old, new, old, old):
        take_in(path)
    assert line_of(store).details.quantity == 100
    assert len(facts(store)) == 3


def test_a_dry_run_writes_nothing_at_all(
    csv_file: WriteCsv, take_in: TakeIn, factory: Addresses
) -> None:
    report = take_in(
        csv_file(f"{LINE},Steven", heading=f"{HEADING},rep"),
        dry_run=True,
    )  # fmt: skip
    assert report.of("new") == 1
    assert events_in(factory) == 0
    with psycopg.connect(factory.app) as connection:
        for table in ("import_rep", "import_source"):
            assert connection.execute(f"SELECT count(*) FROM accord.{table}").fetchone() == (0,)


def test_silence_of_a_file_is_no_statement(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore
) -> None:
    take_in(csv_file(LINE))
    report = take_in(
        csv_file("4711,1,Møller,Bolt,100", heading="order,line,customer,product,quantity")
    )
    assert report.of("unchanged") == 1
    assert line_of(store).details.wanted == date(2026, 12, 3)
    emptied = take_in(csv_file("4711,1,Møller,Bolt,100,2026-11-02,,"))
    assert emptied.of("changed") == 1
    assert line_of(store).details.wanted is None


def test_what_left_is_delivered_on_its_day_and_counted_once(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore
) -> None:
    take_in(csv_file(LINE))
    for _ in range(2):
        take_in(csv_file(f"{LINE}2026-11-20"))
    assert facts(store)[1:] == [
        e.QuantityDelivered(source="erp", total=Decimal(100), on=date(2026, 11, 20))
    ]
    assert line_of(store).state is State.DELIVERED


PARTS = "order,line,customer,product,quantity,delivered quantity,shipped date"


def test_totals_to_date_go_up_and_are_corrected_down(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore
) -> None:
    for total in ("0", "40", "40", "70", "60"):
        take_in(csv_file(f"4711,1,Møller,Bolt,100,{total},2026-11-20", heading=PARTS))
    assert [type(fact) for fact in facts(store)] == [
        e.LineEntered, e.QuantityDelivered, e.QuantityDelivered, e.DeliveryCorrected,
    ]  # fmt: skip
    assert line_of(store).delivered == 60


def test_what_a_person_corrected_is_not_undone_by_the_same_file(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore
) -> None:
    path = csv_file("4711,1,Møller,Bolt,100,40,2026-11-20", heading=PARTS)
    take_in(path)
    say(store, line_id("erp", "4711", "1"), PLANNER, "correct_delivery", total=Decimal(30))
    assert take_in(path).of("unchanged") == 1
    assert line_of(store).delivered == 30
    take_in(csv_file("4711,1,Møller,Bolt,100,50,2026-11-21", heading=PARTS))
    assert line_of(store).delivered == 50


CANCELS = "order,line,customer,product,quantity,cancelled"


def test_a_cancelled_line_is_cancelled_once_and_does_not_come_back(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore
) -> None:
    take_in(csv_file("4711,1,Møller,Bolt,100,", heading=CANCELS))
    gone = csv_file("4711,1,Møller,Bolt,100,yes", heading=CANCELS)
    assert take_in(gone).of("changed") == 1
    assert take_in(gone).of("unchanged") == 1
    assert line_of(store).state is State.CANCELLED
    back = take_in(csv_file("4711,1,Møller,Bolt,100,no", heading=CANCELS))
    assert back.of("bad") == 1
    assert "doesn't come back" in back.examples[Kind.BAD][0].reason
    assert [type(fact) for fact in facts(store)] == [e.LineEntered, e.LineCancelled]


def test_a_line_that_was_cancelled_before_it_was_known_is_left_out(
    csv_file: WriteCsv, take_in: TakeIn, factory: Addresses
) -> None:
    report = take_in(csv_file("4711,1,Møller,Bolt,100,storniert", heading=CANCELS))
    assert report.of("left out") == 1
    assert events_in(factory) == 0


def test_an_import_changes_a_line_in_the_middle_of_a_conversation_and_agrees_to_nothing(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore
) -> None:
    take_in(csv_file(LINE))
    stream = line_id("erp", "4711", "1")
    terms = Terms.single(100, SOON)
    say(store, stream, REP, "request_date", terms)
    say(store, stream, PLANNER, "commit_date", terms)
    take_in(csv_file(LINE.replace("100", "120")))
    line = line_of(store)
    assert line.state is State.COMMITTED
    assert line.agreed == SOON
    assert not line.fits
    assert not {type(f) for f in facts(store)[3:]} & {e.DateRequested, e.DateCommitted}


def test_an_enquiry_that_got_its_number_is_found(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore, factory: Addresses
) -> None:
    details = e.LineDetails(
        source="by_hand", site="nord", sales_team="sales", team="production",
        team_side=Side.PRODUCTION, customer="Møller", product="Bolt", family="",
        quantity=Decimal(100),
    )  # fmt: skip
    command = uuid4()
    stream = enquiry_id(command)
    store.change(
        stream,
        lambda line, _: moves.enter_line(line, details, by=REP),
        by=REP,
        command_id=command,
    )
    say(
        store, stream, REP, "give_order_number",
        source="erp", order_number="4711", line_number="1",
    )  # fmt: skip
    assert store.find("erp", "4711", "1") == stream
    before = events_in(factory)
    report = take_in(csv_file(LINE))
    assert report.of("changed") == 1
    assert events_in(factory) == before + 1
    assert store.load(stream).line is not None
    assert store.load(stream).line.details.wanted == date(2026, 12, 3)  # type: ignore[union-attr]
    assert take_in(csv_file(LINE)).of("unchanged") == 1


def test_bad_rows_come_back_with_every_reason_and_good_rows_go_in(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore, tmp_path: Path
) -> None:
    path = csv_file(
        LINE,
        "4711,2,Møller,Bolt,-5,2026-11-02,2026-12-03,",
        "4711,3,,Bolt,ten,soon,2026-12-03,",
        "4711,4,Møller,Bolt,0,2026-11-02,2026-12-03,",
        "4711,5,Møller,Bolt,1,2026-11-02,2026-12-03,2099-01-01",
        ",6,Møller,Bolt,1,2026-11-02,2026-12-03,",
        "4711,7,Møller,Bolt,1,2026-11-02,2026-12-03,,,too many",
        '4711,8,Møller,5" Rohr,1000000.5,2026-11-02,2026-12-03,',
        "4.711E+05,9,Møller,Bolt,1,2026-11-02,2026-12-03,",
    )
    bad = tmp_path / "bad.csv"
    report = take_in(path, bad=bad)
    assert (report.of("new"), report.of("bad")) == (2, 7)
    assert line_of(store, line="8").details.quantity == Decimal("1000000.5")
    with bad.open(encoding="utf-8-sig", newline="") as file:
        reasons = {row["Row in the file"]: row for row in csv.DictReader(file)}
    assert "Quantity: -5 is below zero" in reasons["3"]["What is wrong"]
    three = reasons["4"]["What is wrong"]
    assert "Quantity: “ten” is no number" in three
    assert "Ordered on: “soon” is no date" in three
    assert "Customer: missing" in three
    assert "above zero" in reasons["5"]["What is wrong"]
    assert "still to come" in reasons["6"]["What is wrong"]
    assert "Order number: missing" in reasons["7"]["What is wrong"]
    assert "10 cells and the heading 8" in reasons["8"]["What is wrong"]
    assert "shortened by a spreadsheet" in reasons["10"]["What is wrong"]
    assert reasons["4"]["quantity"] == "ten"

    # Corrected, the file of bad rows is a file like any other.
    text = bad.read_text(encoding="utf-8-sig").replace(",'-5,", ",5,")
    bad.write_text(text, encoding="utf-8")
    assert take_in(bad).of("new") == 1


def test_a_line_twice_in_a_file_goes_in_not_at_all(
    csv_file: WriteCsv, take_in: TakeIn, factory: Addresses
) -> None:
    report = take_in(csv_file(LINE, "4712,1,A,B,1,,,", LINE.replace("100", "120")))
    assert (report.of("new"), report.of("bad")) == (1, 2)
    for example in report.examples[Kind.BAD]:
        assert "Line 4711/1 stands 2 times in this file: rows 2, 4" in example.reason
    assert events_in(factory) == 1


def test_sites_and_teams_are_named_by_id_or_name_and_have_to_fit(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore
) -> None:
    heading = "order,line,customer,product,quantity,site,team"
    report = take_in(
        csv_file(
            "1,1,A,B,1,Werk Nord,Production", "2,1,A,B,1,sued,south", "3,1,A,B,1,West,production",
            "4,1,A,B,1,nord,south", "5,1,A,B,1,nord,sales", heading=heading,
        ),
        columns={"site": "site", "team": "team"},
    )  # fmt: skip
    assert report.of("new") == 2
    assert line_of(store, "1").details.site == "nord"
    assert line_of(store, "2").details.team == "south"
    reasons = [example.reason for example in report.examples[Kind.BAD]]
    assert "there is no site “West”; there are: nord, sued" in reasons[0]
    assert "doesn't work for the site" in reasons[1]
    assert "there is no team that promises “sales”" in reasons[2]


REPS = "order,line,customer,product,quantity,sales rep"


def test_a_reps_name_stays_out_of_the_log_and_can_be_forgotten(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore, factory: Addresses
) -> None:
    path = csv_file("1,1,A,B,1,Steven Buchanan", '2,1,A,B,1,"Buchanan, Steven"', heading=REPS)
    take_in(path)
    rep = line_of(store, "1").details.rep
    assert rep == line_of(store, "2").details.rep
    assert "uchanan" not in rep
    with psycopg.connect(factory.app) as connection:
        assert rep_names(connection, [rep]) == {rep: "Steven Buchanan"}
        log = connection.execute(
            "SELECT string_agg(convert_from(state, 'UTF8'), '') FROM accord.stored_events"
        ).fetchone()
        assert log
        assert "uchanan" not in log[0]
        forget_rep(connection, rep)
        assert rep_names(connection, [rep]) == {}


def test_a_rep_with_an_account_is_known_by_it_and_forgotten_with_it(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore, factory: Addresses
) -> None:
    take_in(csv_file("1,1,A,B,1,Nancy Davolio", heading=REPS), source="other")
    with psycopg.connect(factory.app) as connection:
        connection.execute(
            "INSERT INTO accord.person (id, login, name, role, team)"
            " VALUES ('p-1', 'nancy', 'Nancy Davolio', 'rep', 'sales')"
        )
    take_in(csv_file("1,1,A,B,1,nancy davolio", heading=REPS))
    assert line_of(store, "1").details.rep == "p-1"
    with psycopg.connect(factory.app) as connection:
        connection.execute("UPDATE accord.person SET login = NULL, name = '', erased_at = now()")
        assert connection.execute("SELECT count(*) FROM accord.import_rep").fetchone() == (0,)


def test_the_mapping_of_a_source_is_kept_for_its_next_file(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore
) -> None:
    heading = "nr,zl,wer,was,wieviel,wann"
    columns = {
        "order_number": "nr", "line_number": "zl", "customer": "wer", "product": "was",
        "quantity": "wieviel", "wanted": "wann",
    }  # fmt: skip
    take_in(csv_file("1,1,A,B,1,03/04/2026", heading=heading), columns=columns, shift_weeks=2)
    report = take_in(csv_file("1,1,A,B,1,03/04/2026", "2,1,A,B,1,05/04/2026", heading=heading))
    assert (report.of("new"), report.of("unchanged"), report.shift_weeks) == (1, 1, 2)
    assert line_of(store, "2").details.wanted == date(2026, 4, 5) + timedelta(weeks=2)
    assert "is read as 3 April 2026" in report.notes[0]


def test_two_files_of_one_source_go_in_one_after_the_other(
    csv_file: WriteCsv, take_in: TakeIn, factory: Addresses
) -> None:
    with psycopg.connect(factory.app, autocommit=True) as other:
        with alone(other, "erp"), pytest.raises(FileRefused, match="being taken in"):
            take_in(csv_file(LINE))
        assert take_in(csv_file(LINE)).of("new") == 1


def test_an_import_that_was_stopped_goes_on_where_it_was(
    csv_file: WriteCsv, take_in: TakeIn, factory: Addresses
) -> None:
    lines = [f"{n},1,Møller,Bolt,100,2026-11-02,2026-12-03," for n in range(4_000)]
    path, stop = csv_file(*lines), threading.Event()

    def progress(step: str, done: int, _all: int) -> None:
        if step == "taking in" and done >= 1_000:
            stop.set()

    with pytest.raises(Stopped):
        take_in(path, stop=stop, progress=progress)
    some = events_in(factory)
    assert 1_000 <= some < 4_000
    report = take_in(path)
    assert report.of("unchanged") == some
    assert events_in(factory) == 4_000


def test_a_line_that_somebody_else_enters_meanwhile_is_there_once(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore, factory: Addresses
) -> None:
    """After the rows were looked up and before they are written, one of them is entered."""
    details = e.LineDetails(
        source="erp", site="nord", sales_team="sales", team="production", order_number="7",
        team_side=Side.PRODUCTION, customer="Somebody", product="Else", family="",
        quantity=Decimal(1), line_number="1",
    )  # fmt: skip

    class Meanwhile(threading.Event):
        def is_set(self) -> bool:
            if events_in(factory) == 0:
                store.change(
                    line_id("erp", "7", "1"),
                    lambda line, _: moves.enter_line(line, details, by=REP),
                    by=REP,
                    command_id=uuid4(),
                )
            return False

    lines = [f"{n},1,Møller,Bolt,100,2026-11-02,2026-12-03," for n in range(50)]
    report = take_in(csv_file(*lines), stop=Meanwhile())
    assert report.of("bad") == 0
    assert events_in(factory) == 51
    assert [type(fact) for fact in facts(store, "7")] == [e.LineEntered, e.LineChanged]
    assert line_of(store, "7").details.customer == "Møller"


def test_a_format_that_a_person_chose_is_used_and_kept(
    csv_file: WriteCsv, take_in: TakeIn, store: EventStore
) -> None:
    path = csv_file("1,1,A,B,1,,03/04/2026,")
    report = take_in(path, formats={"wanted": "month/day/year"})
    assert line_of(store, "1").details.wanted == date(2026, 3, 4)
    assert report.notes == []
    assert take_in(path).of("unchanged") == 1


@pytest.mark.parametrize(
    ("formats", "says"),
    [({"wanted": "backwards"}, "There is no format"), ({"customer": "1,234.5"}, "no day")],
)
def test_a_format_that_there_is_not_is_named(
    csv_file: WriteCsv, take_in: TakeIn, formats: dict[str, str], says: str
) -> None:
    with pytest.raises(FileRefused, match=says):
        take_in(csv_file(LINE), formats=formats)


def test_a_file_without_a_line_under_its_heading_is_refused(
    csv_file: WriteCsv, take_in: TakeIn
) -> None:
    with pytest.raises(FileRefused, match="no lines under them"):
        take_in(csv_file())
