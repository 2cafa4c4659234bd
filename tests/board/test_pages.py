"""The board, a line, the wall and the new line, as a browser without a script sees them."""

import html
import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest

from board import pages
from board.database import Addresses
from domain import moves
from domain.events import Fact
from domain.line import Line, State
from domain.people import Role
from domain.terms import Terms
from tests.board.desk import Desk, forms_in
from tests.board.office import Office, office
from tests.board.told import Told, day, now


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


def _settle(at: Office) -> None:
    until = time.monotonic() + 20
    while not at.settled:
        assert time.monotonic() < until, "the board is not up to date"
        time.sleep(0.02)


def _groups(page: str) -> list[str]:
    return re.findall(r'data-group="([^"]+)"', page)


def _rows(page: str) -> list[str]:
    return re.findall(r'<tr role="row" id="line-([0-9a-f-]+)"', page)


def _in_group(page: str, key: str) -> list[str]:
    body = page.split(f'data-group="{key}"', 1)[1].split("</tbody>", 1)[0]
    return _rows(body)


def test_an_empty_board_teaches_the_next_step(rep: Desk, planner: Desk) -> None:
    page = rep.get("/")
    assert "No lines yet" in page
    assert 'href="/lines/new"' in page
    assert 'href="/import"' in planner.get("/")


def test_the_board_groups_by_whose_move_it_is_mine_first(
    at: Office, told: Told, rep: Desk, planner: Desk
) -> None:
    lines = {
        "asked": told.requested(),
        "offered": told.countered(),
        "agreed": told.committed(),
        "new": told.new(),
        "delivered": told.delivered(),
    }
    _settle(at)
    mine = planner.get("/")
    assert _groups(mine) == ["mine", "on-sales", "agreed", "new", "delivered"]
    assert _in_group(mine, "mine") == [str(lines["asked"])]
    theirs = rep.get("/")
    assert _groups(theirs) == ["mine", "ask", "on-production", "agreed", "delivered"]
    assert _in_group(theirs, "mine") == [str(lines["offered"])]
    assert _in_group(theirs, "ask") == [str(lines["new"])]


def test_filters_live_in_the_address(at: Office, told: Told, rep: Desk) -> None:
    mine = at.enter(customer="Åkerström & Söner", family="Shafts", customer_part="AX-77")
    told.requested()
    _settle(at)
    for query in ("customer=%C3%85kerstr%C3%B6m+%26+S%C3%B6ner", "family=Shafts", "q=akerstrom",
                  "q=ax-77"):  # fmt: skip
        assert _rows(rep.get(f"/?{query}")) == [str(mine)], query
    assert len(_rows(rep.get("/?state=requested"))) == 1
    assert len(_rows(rep.get("/?team=production"))) == 2
    page = rep.get("/?q=nobody")
    assert "No line fits this view" in page
    assert rep.http.get("/?state=nonsense&mark=no&group=%00&at=&line=x").status_code == 200


@pytest.mark.parametrize("name", ["q", "customer", "family", "team", "site", "at", "line"])
def test_a_nul_in_the_address_is_as_if_it_were_not_there(at: Office, rep: Desk, name: str) -> None:
    line = at.enter()
    _settle(at)
    assert _rows(rep.get(f"/?{name}=%00")) == [str(line)]
    file = rep.http.get(f"/export/board.csv?{name}=%00")
    assert file.status_code == 200
    assert len(file.text.splitlines()) == 2


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("garbage", "can't be read"),
        ("0001-01-01T00:00", "can't be read"),
        ("1400-05-05T00:00Z", "can't be read"),
        ("9999-12-31T23:59", "still to come"),
        ("2098-12-03T14:00", "still to come"),
    ],
)
def test_a_moment_that_is_none_or_still_to_come_is_refused(
    told: Told, rep: Desk, moment: str, words: str
) -> None:
    line = told.requested()
    for path in ("/", f"/lines/{line}", "/export/board.csv"):
        answer = rep.http.get(path, params={"at": moment})
        assert answer.status_code == 422, path
        said = html.unescape(answer.text)
        assert words in said
        assert "Give one that is over, written like 2026-12-03T14:00." in said


def test_the_past_says_its_year_where_it_is_not_this_one(rep: Desk) -> None:
    page = rep.get("/?at=2020-01-01T14:00")
    assert "The board as it stood on Wed 1 Jan 2020, 14:00." in page
    today = datetime.now(UTC)
    page = rep.http.get("/", params={"at": today.isoformat()}).text
    assert "The board as it stood on" in page
    assert f" {today.year}, " not in page


def test_what_waits_stays_on_a_board_that_is_too_long(
    at: Office, told: Told, rep: Desk, planner: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        told.delivered()
    agreed = [told.committed(), told.committed()]
    asked = [told.requested(), told.requested()]
    _settle(at)
    monkeypatch.setattr(pages, "MOST_ROWS", 3)
    page = planner.get("/")
    assert set(_in_group(page, "mine")) == {str(line) for line in asked}
    assert _groups(page) == ["mine", "agreed"]
    assert "The first 3 of 7 lines are shown." in page
    assert "All <b>7</b>" in page
    assert "Mine <b>7</b>" in page
    assert "ERP differs <b>2</b>" in page
    marked = planner.get("/?mark=erp_differs")
    assert set(_rows(marked)) == {str(line) for line in agreed}
    assert "lines are shown" not in marked
    assert "All <b>7</b>" in marked
    assert "Mine <b>7</b>" in rep.get("/?mine=1")


def test_marks_are_counted_and_can_be_asked_for(at: Office, told: Told, rep: Desk) -> None:
    line = told.committed()
    rep.send(line, "told-date", day=day(5).isoformat())
    told.committed()
    _settle(at)
    page = rep.get("/")
    assert re.search(r"Told earlier <b>1</b>", page)
    assert re.search(r"ERP differs <b>2</b>", page)
    assert _rows(rep.get("/?mark=told_early")) == [str(line)]


def test_a_board_can_be_grouped_by_customer_and_by_week(at: Office, rep: Desk) -> None:
    at.enter(customer="Zander", wanted=day(3))
    at.enter(customer="Adler", wanted=day(40))
    _settle(at)
    assert _groups(rep.get("/?group=customer")) == ["Adler", "Zander"]
    assert len(_groups(rep.get("/?group=week"))) == 2


def test_only_the_lines_of_ones_own_sites_are_shown(at: Office, rep: Desk) -> None:
    at.enter(site="sued", team="south")
    mine = at.enter()
    _settle(at)
    assert _rows(rep.get("/")) == [str(mine)]
    assert _rows(rep.get("/?site=sued")) == []


def test_the_board_as_it_stood_is_marked_and_has_no_forms(
    at: Office, told: Told, rep: Desk, planner: Desk
) -> None:
    line = told.requested()
    _settle(at)
    time.sleep(0.05)
    before = datetime.now(UTC).isoformat()
    time.sleep(0.05)
    planner.send(line, "commitment")
    _settle(at)
    assert "Agreed" in rep.get("/")
    past = rep.http.get("/", params={"at": before}).text
    assert "The board as it stood on" in past
    assert '<b class="state">Asked</b>' in past
    assert 'name="line"' not in past
    assert 'id="many-bar"' not in past
    then = rep.http.get(f"/lines/{line}", params={"at": before}).text
    assert "As it stood on" in then
    assert set(forms_in(then)) <= {"/", "/sign-out"}
    assert "agreed to" not in then
    assert rep.http.get(f"/lines/{line}", params={"at": "2020-01-01T00:00"}).status_code == 404


def test_a_line_opens_beside_the_board_and_as_a_page_of_its_own(
    at: Office, told: Told, rep: Desk
) -> None:
    line = told.requested()
    _settle(at)
    beside = rep.get(f"/?line={line}")
    assert 'class="board with-panel"' in beside
    assert f'data-line="{line}"' in beside
    part = rep.http.get(f"/lines/{line}", headers={"hx-request-type": "partial"}).text
    assert part.lstrip().startswith("<article")
    assert "<html" in rep.get(f"/lines/{line}")


def test_the_story_names_who_said_what_when_and_why(told: Told, rep: Desk, planner: Desk) -> None:
    line = told.requested()
    planner.send(line, "counter", reason="machine_down", text="the big lathe, until Friday")
    page = rep.get(f"/lines/{line}")
    assert "Kim Ahrend" in page
    assert "Production Nord" in page
    assert "a machine is down" in page
    assert "the big lathe, until Friday" in page
    assert "valid until" in page


def test_the_effect_is_said_before_the_move(told: Told, rep: Desk) -> None:
    line = told.committed()
    page = rep.get(f"/lines/{line}")
    assert re.search(r"This replaces \w+ \d+ \w+ by \w+ \d+ \w+ once the other side agrees", page)


def test_the_customer_sentence_is_the_day_that_they_get_it(
    at: Office, rep: Desk, planner: Desk
) -> None:
    line = at.enter(transit_days=2, wanted=day(7))
    rep.send(line, "request")
    planner.send(line, "commitment")
    page = rep.get(f"/lines/{line}")
    assert "We will have Impeller with you: 100 pcs on " in page
    told_date = forms_in(page)[f"/lines/{line}/told-date"].fields["day"][0]
    assert told_date > day(7).isoformat()
    assert rep.send(line, "told-date").status_code == 303
    assert rep.line(line).told is not None


def test_news_of_an_open_line_leaves_its_forms_alone(told: Told, rep: Desk, planner: Desk) -> None:
    line = told.requested()
    seen = rep.line(line).version
    planner.send(line, "counter", reason="tooling")
    news = rep.get(f"/lines/{line}/news?seen={seen}")
    assert "This line changed while it was open." in news
    assert "offered 100 pcs on" in news
    assert "<hx-partial" in news
    assert 'class="move"' not in news


def test_an_enquiry_is_entered_asked_for_and_gets_its_number(at: Office, rep: Desk) -> None:
    form = forms_in(rep.get("/lines/new"))["/lines"]
    filled = form.filled(
        customer="Brandt", product="Impeller", quantity="12", wanted=day(9).isoformat(),
        team="production", site="nord", ask="1",
    )  # fmt: skip
    answer = rep.post("/lines", filled)
    assert answer.status_code == 303, answer.text
    again = rep.post("/lines", filled)
    assert again.headers["location"].split("?")[0] == answer.headers["location"].split("?")[0]
    line = UUID(answer.headers["location"].split("/")[-1].split("?")[0])
    assert rep.line(line).state is State.REQUESTED
    assert rep.line(line).version == 2
    assert "Enquiry" in rep.get(f"/lines/{line}")
    number = {"order_number": "9001", "line_number": "3", "source": "erp"}
    assert rep.send(line, "order-number", **number).status_code == 303
    assert "9001 · 3" in rep.get(f"/lines/{line}")
    assert at.store.find("erp", "9001", "3") == line


def test_a_line_that_is_known_is_not_entered_twice(rep: Desk) -> None:
    form = forms_in(rep.get("/lines/new"))["/lines"]
    words = {
        "customer": "Brandt", "product": "Impeller", "quantity": "12", "team": "production",
        "site": "nord", "order_number": "7", "line_number": "1", "source": "ERP", "ask": [],
    }  # fmt: skip
    first = rep.post("/lines", form.filled(**words))
    assert first.status_code == 303
    second = rep.post("/lines", form.filled(**words, command=str(uuid4())))
    assert second.status_code == 409
    assert "Open that line" in second.text
    assert forms_in(second.text)["/lines"].fields["product"] == ["Impeller"]


def test_what_is_missing_on_a_new_line_is_said_beside_it(rep: Desk) -> None:
    form = forms_in(rep.get("/lines/new"))["/lines"]
    answer = rep.post("/lines", form.filled(product="Shaft", ask="1", order_number="5"))
    assert answer.status_code == 422
    for words in (
        "Give a quantity.", "Choose a team.", "Give the day to ask for",
        "Give the line&#39;s number in the order.", "Name the order system",
    ):  # fmt: skip
        assert words in answer.text, words
    assert forms_in(answer.text)["/lines"].fields["product"] == ["Shaft"]


def test_the_wall_names_teams_and_what_waits(at: Office, told: Told, planner: Desk) -> None:
    told.requested()
    line = told.requested()
    planner.send(line, "commitment")
    _settle(at)
    _, token = at.wall("nord")
    page = httpx.get(f"{at.url}/wall/{token}")
    assert page.status_code == 200
    text = page.text
    assert re.search(r"<b>1</b><span>Waiting on production", text)
    assert "Brandt Pumpen" in text
    assert "<b>Production Nord</b> agreed to" in text
    assert "Kim Ahrend" not in text
    assert "Nothing waits." in text
    assert planner.http.get("/wall?site=nord").status_code == 200
    assert planner.http.get("/wall?site=sued").status_code == 404
    assert httpx.get(f"{at.url}/wall/{token}x").status_code == 404


def test_the_wall_shows_the_week_as_marks(at: Office, rep: Desk, planner: Desk) -> None:
    today = now().today
    on = today if today.weekday() < 5 else day(7 - today.weekday())
    lines = [at.enter(wanted=on, erp_date=on) for _ in range(3)]

    def agree(found: Line | None, _: datetime) -> Sequence[Fact]:
        assert found is not None
        terms = Terms.single(found.open, on)
        return moves.commit_date(found, terms, by=planner.person, now=now(), take_over=True)

    for line in lines:
        at.change(line, agree, by=planner.person)
    _settle(at)
    page = planner.get("/wall")
    assert page.count('class="m-agreed"') == 3
    assert "three promised" in page


def test_pages_hold_no_style_and_no_script_of_their_own(
    at: Office, told: Told, rep: Desk, planner: Desk
) -> None:
    line = told.countered()
    _settle(at)
    for path in ("/", f"/lines/{line}", f"/?line={line}", "/wall", "/lines/new"):
        page = rep.get(path)
        assert "style=" not in page, path
        assert "<style" not in page, path
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), path
        assert not re.search(r"\son[a-z]+=", page), path


def test_a_viewer_reads_and_notes_but_moves_nothing(at: Office, told: Told) -> None:
    viewer = Desk(at, Role.VIEWER)
    line = told.requested()
    assert set(viewer.forms(line)) == {"note"}
    assert viewer.send(line, "note", text="seen").status_code == 303
    fields = {"seen": "9", "command": str(uuid4())}
    assert viewer.post(f"/lines/{line}/commitment", fields).status_code == 403
    _settle(at)
    assert 'id="many-bar"' not in viewer.get("/")
