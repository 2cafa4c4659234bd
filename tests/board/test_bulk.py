"""Many lines at once: the preview, the move on each line, what is refused and why."""

import re
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
import pytest

from board.bulk import MOST_LINES
from board.database import Addresses
from domain.calendar import WorkingCalendar
from domain.line import State
from domain.people import Role
from tests.board.desk import Desk, Form, forms_in
from tests.board.office import Office, office
from tests.board.told import Told, day

CALENDAR = WorkingCalendar()


@pytest.fixture
def at(database: Addresses) -> Iterator[Office]:
    with office(database) as served:
        yield served


@pytest.fixture
def rep(at: Office) -> Desk:
    return Desk(at, Role.REP, "sales")


@pytest.fixture
def planner(at: Office) -> Desk:
    return Desk(at, Role.PLANNER, "production")


@pytest.fixture
def told(at: Office, rep: Desk, planner: Desk) -> Told:
    return Told(at, rep, planner)


def _preview(desk: Desk, move: str, lines: list[UUID], **more: object) -> tuple[str, Form]:
    fields = {"move": move, "line": [str(line) for line in lines], "back": "/?team=production"}
    answer = desk.post("/bulk", {**fields, **more})
    assert answer.status_code == 200, answer.text[:400]
    return answer.text, forms_in(answer.text)["/bulk/run"]


def _run(desk: Desk, form: Form, **changes: object) -> str:
    answer = desk.post("/bulk/run", form.filled(**changes))
    assert answer.status_code == 200, answer.text[:400]
    return answer.text


def _done(page: str) -> int:
    return len(re.findall(r"<tr data-done>", page))


def _agreed(desk: Desk, line: UUID) -> date | None:
    return desk.line(line).agreed


def test_many_lines_are_asked_for_at_their_wanted_days(at: Office, rep: Desk) -> None:
    lines = [at.enter(wanted=day(5 + n)) for n in range(3)]
    without = at.enter(wanted=None)
    page, form = _preview(rep, "ask", [*lines, without])
    assert "Ask for 3 lines" in page
    assert "Not possible on 1 line" in page
    assert "The order names no wanted day. Ask for a date." in page
    assert rep.line(lines[0]).state is State.NEW, "a preview records nothing"
    result = _run(rep, form)
    assert _done(result) == 3
    for n, line in enumerate(lines):
        request = rep.line(line).request
        assert request is not None
        assert request.terms.last_date == day(5 + n)


def test_accepting_says_yes_to_whatever_waits_for_it(told: Told, rep: Desk, planner: Desk) -> None:
    offered, proposed, new = told.countered(), told.revised_by_production(), told.new()
    _, form = _preview(rep, "accept", [offered, proposed, new])
    page = _run(rep, form)
    assert _done(page) == 2
    assert _agreed(rep, offered) == day(15)
    assert _agreed(rep, proposed) == day(18)
    assert rep.line(new).state is State.NEW
    asked = told.requested()
    _, form = _preview(planner, "accept", [asked])
    assert _done(_run(planner, form)) == 1
    assert _agreed(planner, asked) == day(10)


def test_a_machine_that_is_down_takes_one_sentence(told: Told, planner: Desk) -> None:
    asked, agreed = told.requested(), told.committed()
    page, form = _preview(planner, "shift", [asked, agreed])
    assert "Shift 2 lines" in page
    refused = planner.post("/bulk/run", form.filled(days="5"))
    assert refused.status_code == 422
    assert "Choose a reason." in refused.text
    assert planner.line(asked).state is State.REQUESTED
    page = _run(planner, form, days="5", reason="machine_down", words="the big lathe stands")
    assert _done(page) == 2
    later = CALENDAR.add(day(10), 5)
    counter, proposal = planner.line(asked).counter, planner.line(agreed).proposal
    assert counter is not None
    assert proposal is not None
    assert (counter.terms.last_date, proposal.terms.last_date) == (later, later)
    assert _agreed(planner, agreed) == day(10), "what is agreed stays in force"
    assert "the big lathe stands" in planner.get(f"/lines/{asked}")


def test_dates_move_earlier_too(told: Told, rep: Desk) -> None:
    agreed = told.committed()
    _, form = _preview(rep, "shift", [agreed])
    assert _done(_run(rep, form, days="-2", reason="customer_changed")) == 1
    proposal = rep.line(agreed).proposal
    assert proposal is not None
    assert proposal.terms.last_date == CALENDAR.add(day(10), -2)


def test_the_preview_follows_what_is_typed_and_tries_refused_lines_again(
    told: Told, planner: Desk
) -> None:
    asked, closed = told.requested(), told.closed()
    page, form = _preview(planner, "day", [asked, closed])
    assert form.fields["line"][0].startswith(str(asked))
    again = planner.post("/bulk", form.filled(day=day(30).isoformat(), reason="tooling"))
    assert again.status_code == 200
    assert "Put on this day: 1 line" in again.text
    assert "Not possible on 1 line" in again.text
    assert "Nothing of this line is open any more." in again.text
    assert page != again.text


def test_all_on_one_date_agrees_where_that_is_what_was_asked(told: Told, planner: Desk) -> None:
    same, other = told.requested(), told.committed()
    _, form = _preview(planner, "day", [same, other])
    _run(planner, form, day=day(10).isoformat(), reason="capacity_full")
    assert _agreed(planner, same) == day(10)
    assert planner.line(other).proposal is None, "it is agreed for that day already"


def test_the_erps_date_is_taken_over_and_marked_so(told: Told, planner: Desk) -> None:
    lines = [told.new() for _ in range(4)]
    _, form = _preview(planner, "take-over", lines)
    page = _run(planner, form, reason="other")
    assert _done(page) == 4
    for line in lines:
        made = planner.line(line).commitment
        assert made is not None
        assert made.take_over
        assert made.terms.last_date == day(12)


def test_a_take_over_offers_the_erps_date_where_sales_asked_for_another(
    told: Told, planner: Desk
) -> None:
    new, asked = told.new(), told.requested()
    _, form = _preview(planner, "take-over", [new, asked])
    assert _done(_run(planner, form, reason="capacity_full")) == 2
    assert planner.line(new).state is State.COMMITTED
    assert planner.line(asked).state is State.COUNTERED


def test_one_line_that_stands_still_stops_none_of_the_others(
    at: Office, told: Told, planner: Desk
) -> None:
    lines = [told.requested(), told.requested()]
    with psycopg.connect(at.addresses.owner, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO accord.stored_events SELECT originator_id, originator_version + 1, "
            "'line.from_tomorrow:1', state, (SELECT max(notification_id) + 1 "
            "FROM accord.stored_events) FROM accord.stored_events "
            "WHERE originator_id = %s ORDER BY originator_version DESC LIMIT 1",
            [lines[0]],
        )
    page, form = _preview(planner, "accept", lines)
    assert "This line stands still" in page
    assert _done(_run(planner, form)) == 1
    assert planner.line(lines[1]).state is State.COMMITTED


def test_more_lines_than_one_move_takes_are_refused_and_not_cut(planner: Desk) -> None:
    lines = [str(uuid4()) for _ in range(MOST_LINES + 1)]
    answer = planner.post("/bulk", {"move": "accept", "line": lines, "back": "/"})
    assert answer.status_code == 422
    assert "2001 lines are selected" in answer.text


def test_sales_asks_for_the_erps_date(told: Told, rep: Desk) -> None:
    line = told.new()
    _, form = _preview(rep, "ask-erp", [line])
    _run(rep, form, reason="other")
    request = rep.line(line).request
    assert request is not None
    assert request.terms.last_date == day(12)


def test_what_was_agreed_aloud_is_confirmed_and_the_rest_is_not(
    told: Told, rep: Desk, planner: Desk
) -> None:
    spoken = told.new()
    assert rep.send(spoken, "request", spoken="phone").status_code == 303
    written = told.requested()
    _, form = _preview(planner, "confirm", [spoken, written])
    page = _run(planner, form)
    assert _done(page) == 1
    assert planner.line(spoken).state is State.COMMITTED
    assert planner.line(written).state is State.REQUESTED


def test_the_same_run_sent_again_is_no_double(told: Told, planner: Desk) -> None:
    lines = [told.requested() for _ in range(3)]
    _, form = _preview(planner, "accept", lines)
    first = _run(planner, form)
    versions = [planner.line(line).version for line in lines]
    second = _run(planner, form)
    assert (_done(first), _done(second)) == (3, 3)
    assert [planner.line(line).version for line in lines] == versions


def test_a_line_that_changed_since_the_preview_is_refused_and_the_others_go_on(
    told: Told, rep: Desk, planner: Desk
) -> None:
    changed, same = told.requested(), told.requested()
    _, form = _preview(planner, "accept", [changed, same])
    rep.send(changed, "request", date=[day(3).isoformat(), "", "", ""])
    page = _run(planner, form)
    assert _done(page) == 1
    assert "The line changed while your form was open." in page
    assert planner.line(changed).state is State.REQUESTED
    assert planner.line(same).state is State.COMMITTED


def test_a_whole_group_is_selected_without_a_script(at: Office, rep: Desk) -> None:
    lines = [at.enter(wanted=day(5)) for _ in range(3)]
    at.enter(wanted=day(5), team="south", site="sued")
    until = time.monotonic() + 20
    while not at.settled and time.monotonic() < until:
        time.sleep(0.02)
    page, form = _preview(rep, "ask", [], group="ask", back="/")
    assert "Ask for 3 lines" in page
    _run(rep, form)
    assert all(rep.line(line).state is State.REQUESTED for line in lines)


def test_lines_of_another_site_are_left_out(at: Office, rep: Desk) -> None:
    foreign = at.enter(site="sued", team="south", wanted=day(5))
    page, _ = _preview(rep, "ask", [foreign, uuid4()])
    assert "No line is selected" in page
    answer = rep.post("/bulk/run", {"move": "ask", "line": [f"{foreign}:1"]})
    assert _done(answer.text) == 0
    assert rep.line(foreign).state is State.NEW


def test_the_other_sides_moves_and_strange_forms_are_refused(told: Told, rep: Desk) -> None:
    line = told.new()
    assert rep.post("/bulk", {"move": "take-over", "line": [str(line)]}).status_code == 403
    assert rep.post("/bulk", {"move": "", "line": [str(line)]}).status_code == 403
    page, _ = _preview(rep, "ask", [], line=["x", ":", f"{line}:99999999999"])
    assert "Ask for 1 line" in page
    assert rep.http.get("/bulk").headers["location"] == "/"


def test_the_way_back_leads_to_the_board_and_nowhere_else(told: Told, rep: Desk) -> None:
    line = told.new()
    page, _ = _preview(rep, "ask", [line], back="https://example.com/")
    assert "example.com" not in page
    page, _ = _preview(rep, "ask", [line], back="//example.com/")
    assert "example.com" not in page


@pytest.mark.slow
def test_three_hundred_imported_lines_take_seconds(at: Office, planner: Desk) -> None:
    lines = [at.enter(erp_date=day(5 + n % 20), quantity=Decimal(n + 1)) for n in range(300)]
    begun = time.monotonic()
    page, form = _preview(planner, "take-over", lines)
    assert "Take over 300 lines" in page
    result = _run(planner, form, reason="other")
    took = timedelta(seconds=time.monotonic() - begun)
    assert _done(result) == 300
    assert took < timedelta(seconds=20), took
