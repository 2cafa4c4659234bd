"""Two people agree on a date in two browsers, while a wall looks on."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from board.database import Addresses
from domain import moves
from domain.calendar import WorkingCalendar
from domain.events import Fact
from domain.line import Line
from domain.moves import Now
from domain.people import Person, Role
from domain.terms import Terms
from tests.board.office import Office, office

SITE = ZoneInfo("Europe/Berlin")


@pytest.fixture
def served(database: Addresses) -> Iterator[Office]:
    with office(database) as at:
        yield at


def _day(working_days: int) -> date:
    return WorkingCalendar().add(datetime.now(SITE).date(), working_days)


def _said(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _page_of(browser: Browser, at: Office, role: Role, team: str, **context: Any) -> Page:
    """Somebody's browser, signed in."""
    person = at.add_person(role, team=team, sites=["nord"])
    opened = browser.new_context(locale="en-GB", timezone_id="Europe/Berlin", **context)
    opened.add_cookies([{"name": at.cookie_name, "value": at.sign_in(person), "url": at.url}])
    return opened.new_page()


def _loads(page: Page) -> None:
    """From now on, a reload of this page would lose the mark."""
    page.evaluate("window.neverReloaded = true")


def _never_reloaded(page: Page) -> bool:
    return bool(page.evaluate("window.neverReloaded === true"))


def test_a_rep_asks_a_planner_offers_the_rep_accepts_and_the_wall_shows_it(
    served: Office, browser: Browser
) -> None:
    line = served.enter(customer="Brandt Pumpen", wanted=_day(5))
    rep = _page_of(browser, served, Role.REP, "sales")
    planner = _page_of(browser, served, Role.PLANNER, "production")
    _, token = served.wall("nord")
    wall = browser.new_context().new_page()
    rep.goto(served.url)
    planner.goto(served.url)
    wall.goto(f"{served.url}/wall/{token}")
    for page in (rep, planner, wall):
        _loads(page)
    theirs = planner.locator(f"#line-{line}")
    expect(theirs).to_contain_text("Brandt Pumpen")

    rep.locator(f"#line-{line} .who a").click()
    asking = rep.locator("#move-request")
    asking.locator("input[name=date]").first.fill(_day(5).isoformat())
    asking.get_by_role("button", name="Ask").click()
    expect(rep.locator("#done")).to_be_visible()

    expect(theirs).to_contain_text("Asked")
    expect(theirs).to_contain_text(_said(_day(5)))
    expect(wall.locator("body")).to_contain_text("Brandt Pumpen")
    theirs.locator(".who a").click()
    offer = planner.locator("#move-counter")
    planner.locator("details[data-name=counter_date] > summary").evaluate(
        "s => s.parentElement.open = true"
    )
    offer.locator("input[name=date]").first.fill(_day(10).isoformat())
    offer.locator("select[name=reason]").select_option("capacity_full")
    offer.get_by_role("button", name="Offer").click()
    expect(planner.locator("#done")).to_be_visible()

    ours = rep.locator(f"#line-{line}")
    expect(ours).to_contain_text("Offered")
    accept = rep.locator("#move-acceptance").get_by_role("button", name="Accept")
    accept.click()
    expect(rep.locator("#done")).to_be_visible()

    expect(theirs).to_contain_text("Agreed")
    expect(theirs).to_contain_text(_said(_day(10)))
    expect(wall.locator("body")).to_contain_text(_said(_day(10)))
    expect(wall.locator("body")).to_contain_text("Production Nord")
    expect(wall.locator("body")).to_contain_text("Sales")
    assert all(_never_reloaded(page) for page in (rep, planner, wall))

    planner.goto(f"{served.url}/lines/{line}")
    story = planner.locator("#line-story, .story").first
    expect(story).to_contain_text("Kim Ahrend")
    expect(story).to_contain_text(re.compile(r"\d\d:\d\d"))
    found = served.store.load(line).line
    assert found is not None
    assert found.agreed == _day(10)


def test_what_somebody_types_survives_a_change_of_the_line_under_it(
    served: Office, browser: Browser
) -> None:
    line = served.enter(wanted=_day(5))
    served.change(line, _asks(served, _day(5)), by=_someone(served))
    planner = _page_of(browser, served, Role.PLANNER, "production")
    planner.goto(served.url)
    planner.locator(f"#line-{line} .who a").click()
    planner.locator("details[data-name=counter_date] > summary").evaluate(
        "s => s.parentElement.open = true"
    )
    offer = planner.locator("#move-counter")
    offer.locator("input[name=date]").first.fill(_day(10).isoformat())
    offer.locator("select[name=reason]").select_option("tooling")
    note = planner.locator("#note-text")
    note.press_sequentially("The paint line is down unt")

    served.change(line, _asks(served, _day(7)), by=_someone(served))

    expect(planner.locator("#line-changed")).to_contain_text(re.compile("chang", re.IGNORECASE))
    note.press_sequentially("il Thursday")
    expect(note).to_have_value("The paint line is down until Thursday")
    expect(note).to_be_focused()
    expect(offer.locator("input[name=date]").first).to_have_value(_day(10).isoformat())
    expect(offer.locator("select[name=reason]")).to_have_value("tooling")

    offer.get_by_role("button", name="Offer").click()
    refused = planner.locator("#refused")
    expect(refused).to_contain_text("changed while your form was open")
    expect(refused).to_contain_text(_said(_day(7)))
    again = planner.locator("#move-counter")
    expect(again.locator("input[name=date]").first).to_have_value(_day(10).isoformat())
    expect(again.locator("select[name=reason]")).to_have_value("tooling")
    again.get_by_role("button", name="Offer").click()
    expect(planner.locator("#done")).to_be_visible()


def test_everything_works_without_a_script(served: Office, browser: Browser) -> None:
    line = served.enter(wanted=_day(5))
    rep = _page_of(browser, served, Role.REP, "sales", java_script_enabled=False)
    planner = _page_of(browser, served, Role.PLANNER, "production", java_script_enabled=False)
    rep.goto(served.url)
    rep.locator(f"#line-{line} .who a").click()
    asking = rep.locator("#move-request")
    asking.locator("input[name=date]").first.fill(_day(5).isoformat())
    asking.get_by_role("button", name="Ask").click()
    expect(rep.locator("#done")).to_be_visible()
    planner.goto(f"{served.url}/lines/{line}")
    planner.locator("#move-commitment").get_by_role("button", name="Accept").click()
    expect(planner.locator("#done")).to_be_visible()
    found = served.store.load(line).line
    assert found is not None
    assert found.agreed == _day(5)


def _someone(at: Office) -> Person:
    return Person(at.add_person(Role.REP, team="sales"), Role.REP, "sales", frozenset({"nord"}))


def _asks(at: Office, day: date) -> Callable[[Line | None, datetime], tuple[Fact, ...]]:
    rep = _someone(at)

    def decide(line: Line | None, moment: datetime) -> tuple[Fact, ...]:
        assert line is not None
        now = Now(moment, moment.astimezone(SITE).date())
        return moves.request_date(line, Terms.single(line.open, day), by=rep, now=now)

    return decide
