"""A board in a real browser that loses contact: it catches up, and nothing typed is lost."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from board import sessions
from board.database import Addresses
from domain.people import Role
from tests.board.asking import ask
from tests.board.office import Office, office


@pytest.fixture
def at(database: Addresses) -> Iterator[Office]:
    with office(database) as served:
        yield served


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(locale="en-GB", timezone_id="Europe/Berlin")
    opened.set_default_timeout(8_000)
    yield opened
    opened.close()


def planner(at: Office, context: BrowserContext) -> tuple[Page, str]:
    """A planner's browser, signed in, and who that is."""
    person = at.add_person(Role.PLANNER, team="production", sites=["nord"])
    context.add_cookies([{"name": at.cookie_name, "value": at.sign_in(person), "url": at.url}])
    return context.new_page(), person


def is_live(page: Page, at: Office, viewers: int = 1) -> None:
    """Wait until the page's stream is open."""
    _until(page, lambda: at.app.state.hub.viewers == viewers)


def _until(page: Page, holds: object, seconds: float = 8) -> None:
    for _ in range(int(seconds * 20)):
        if holds():  # type: ignore[operator]
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come to hold")


def row(page: Page, line_id: UUID):  # type: ignore[no-untyped-def]
    return page.locator(f"#line-{line_id}")


def open_board(page: Page, at: Office, path: str = "/") -> None:
    _until(page, lambda: at.settled)
    page.goto(at.url + path)
    is_live(page, at)
    page.evaluate("window.neverReloaded = true")


def test_somebody_elses_change_lights_its_row_up(at: Office, context: BrowserContext) -> None:
    lines = [at.enter(customer=name) for name in ("Ahrend", "Brandt", "Cordes")]
    page, _ = planner(at, context)
    errors: list[str] = []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_board(page, at)
    before = page.locator(".row").evaluate_all("rows => rows.map(row => row.id)")
    row(page, lines[0]).hover()
    ask(at, lines[1])
    expect(row(page, lines[1])).to_have_attribute("data-state", "requested")
    expect(row(page, lines[1])).to_have_attribute("data-news", "")
    expect(row(page, lines[1])).not_to_have_attribute("data-news", "", timeout=5_000)
    # What moved into another group is offered, not done under a pointer.
    assert page.locator(".row").evaluate_all("rows => rows.map(row => row.id)") == before
    fresh = page.locator("#fresh button")
    expect(fresh).to_have_text("1 moved, sort again")
    fresh.click()
    group = page.locator("tbody", has=row(page, lines[1]))
    expect(group).to_have_attribute("data-group", "mine")
    expect(page.locator("#fresh")).to_be_hidden()
    assert page.evaluate("window.neverReloaded")
    assert errors == []


def test_a_new_line_is_offered_and_shown_when_asked_for(
    at: Office, context: BrowserContext
) -> None:
    known = at.enter(customer="Ahrend")
    page, _ = planner(at, context)
    open_board(page, at)
    row(page, known).hover()
    new = at.enter(customer="Neumann")
    at.enter(customer="Andere", site="sued", team="south")
    fresh = page.locator("#fresh button")
    expect(fresh).to_have_text("1 new, show")
    expect(row(page, new)).to_have_count(0)
    fresh.click()
    expect(row(page, new)).to_contain_text("Neumann")
    expect(page.locator("#fresh")).to_be_hidden()
    assert page.evaluate("window.neverReloaded")


def test_a_board_nobody_touches_shows_what_is_new_by_itself(
    at: Office, context: BrowserContext
) -> None:
    known = at.enter(customer="Ahrend")
    page, _ = planner(at, context)
    open_board(page, at)
    new = at.enter(customer="Neumann")
    expect(row(page, new)).to_contain_text("Neumann")
    ask(at, known)
    expect(page.locator("tbody", has=row(page, known))).to_have_attribute("data-group", "mine")
    expect(page.locator("#fresh")).to_be_hidden()
    assert page.evaluate("window.neverReloaded")


def test_a_board_waits_for_the_hand_on_it(at: Office, context: BrowserContext) -> None:
    known = at.enter(customer="Ahrend")
    page, _ = planner(at, context)
    open_board(page, at)
    box = row(page, known).locator(".pick input")
    box.check()
    new = at.enter(customer="Neumann")
    expect(page.locator("#fresh button")).to_have_text("1 new, show")
    page.wait_for_timeout(5_000)
    expect(row(page, new)).to_have_count(0)
    box.uncheck()
    box.evaluate("box => box.blur()")
    page.wait_for_timeout(4_000)
    expect(row(page, new)).to_have_count(0)
    page.mouse.move(5, 5)
    expect(row(page, new)).to_be_visible()


def test_what_one_reads_further_down_stays_where_it_is(at: Office, context: BrowserContext) -> None:
    lines = [at.enter(customer=f"Customer {n:02}") for n in range(30)]
    page, _ = planner(at, context)
    open_board(page, at)
    page.evaluate("scrollTo(0, 600)")
    page.wait_for_timeout(300)
    read = page.locator(".row").nth(18)
    name = read.get_attribute("id")
    before = read.bounding_box()
    ask(at, lines[2])
    ask(at, lines[3])
    for moved in lines[2:4]:
        group = page.locator("tbody", has=row(page, moved))
        expect(group).to_have_attribute("data-group", "mine", timeout=12_000)
    page.wait_for_timeout(300)
    after = page.locator(f"#{name}").bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 2


def test_what_only_the_server_can_tell_is_asked_of_it(at: Office, context: BrowserContext) -> None:
    known = at.enter(customer="Ahrend", product="Impeller")
    page, _ = planner(at, context)
    open_board(page, at, "/?q=impeller")
    row(page, known).hover()
    at.enter(customer="Brandt", product="Shaft")
    fits = at.enter(customer="Cordes", product="Impeller")
    expect(page.locator("#fresh button")).to_have_text("1 new, show", timeout=10_000)
    page.locator("#fresh button").click()
    expect(row(page, fits)).to_be_visible()
    expect(page.locator(".row")).to_have_count(2)


def test_a_line_that_no_longer_fits_the_filter_stays_and_is_marked(
    at: Office, context: BrowserContext
) -> None:
    line_id = at.enter()
    page, _ = planner(at, context)
    open_board(page, at, "/?state=new")
    ask(at, line_id)
    expect(row(page, line_id)).to_have_attribute("data-gone", "")
    expect(row(page, line_id)).to_be_visible()


def test_after_a_restart_of_the_server_the_board_is_right_without_a_reload(
    at: Office, context: BrowserContext
) -> None:
    line_id = at.enter()
    page, _ = planner(at, context)
    open_board(page, at)
    contact = page.locator("#contact")
    expect(contact).to_be_empty()
    at.stop()
    expect(contact).to_contain_text("No contact since", timeout=12_000)
    assert page.evaluate("document.documentElement.dataset.contact") == "lost"
    ask(at, line_id)
    at.start()
    expect(row(page, line_id)).to_have_attribute("data-state", "requested", timeout=30_000)
    expect(contact).to_contain_text("In contact again")
    expect(contact).to_be_empty(timeout=20_000)
    assert page.evaluate("window.neverReloaded")
    is_live(page, at)


def test_a_first_connection_that_fails_is_tried_again(at: Office, context: BrowserContext) -> None:
    line_id = at.enter()
    page, _ = planner(at, context)
    failing = [True, True, True]
    page.route(
        "**/live?*", lambda route: route.abort() if failing and failing.pop() else route.continue_()
    )
    open_board(page, at)
    assert not failing
    ask(at, line_id)
    expect(row(page, line_id)).to_have_attribute("data-state", "requested")


def test_a_laptop_that_slept_catches_up_and_keeps_one_stream(
    at: Office, context: BrowserContext
) -> None:
    line_id = at.enter()
    page, _ = planner(at, context)
    page.clock.install()
    open_board(page, at)
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/live?" in r.url else None)
    page.clock.fast_forward(8 * 3600 * 1000)
    _until(page, lambda: asked)
    assert "after=" in asked[0]
    assert "edition=" in asked[0]
    is_live(page, at)
    ask(at, line_id)
    expect(row(page, line_id)).to_have_attribute("data-state", "requested")


def test_a_line_that_went_dead_is_noticed_by_its_silence(
    at: Office, context: BrowserContext
) -> None:
    at.app.state.live.feed._heartbeat = 3600
    page, _ = planner(at, context)
    page.clock.install()
    open_board(page, at)
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/live?" in r.url else None)
    for _ in range(9):
        page.clock.run_for(5_000)
    _until(page, lambda: asked)
    is_live(page, at)


def test_a_tab_in_the_background_lets_its_stream_go_and_catches_up(
    at: Office, context: BrowserContext
) -> None:
    line_id = at.enter()
    page, _ = planner(at, context)
    page.clock.install()
    open_board(page, at)
    _turn(page, hidden=True)
    for _ in range(7):
        page.clock.run_for(10_000)
    is_live(page, at, viewers=0)
    ask(at, line_id)
    _until(page, lambda: at.settled)
    _turn(page, hidden=False)
    is_live(page, at)
    expect(row(page, line_id)).to_have_attribute("data-state", "requested")
    expect(page.locator("#contact")).to_be_empty()


def _turn(page: Page, *, hidden: bool) -> None:
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_who_is_signed_out_elsewhere_is_told_and_keeps_what_was_typed(
    at: Office, context: BrowserContext
) -> None:
    line_id = at.enter()
    page, person = planner(at, context)
    open_board(page, at, f"/?line={line_id}")
    note = page.locator("#note-text")
    note.fill("The customer called at")
    at.write(lambda db: sessions.end_all(db, person))
    expect(page.locator("#contact")).to_contain_text("You are signed out", timeout=12_000)
    expect(note).to_have_value("The customer called at")
    assert page.url.startswith(at.url + "/?line=")
    token = at.sign_in(person)
    context.add_cookies([{"name": at.cookie_name, "value": token, "url": at.url}])
    _turn(page, hidden=False)
    is_live(page, at)
    ask(at, line_id)
    expect(row(page, line_id)).to_have_attribute("data-state", "requested")
    expect(note).to_have_value("The customer called at")


def test_what_somebody_types_is_kept_while_the_line_under_it_changes(
    at: Office, context: BrowserContext
) -> None:
    line_id = at.enter()
    page, _ = planner(at, context)
    open_board(page, at, f"/?line={line_id}")
    note = page.locator("#note-text")
    note.press_sequentially("Ask the")
    ask(at, line_id)
    expect(page.locator("#line-changed")).to_contain_text("This line changed while it was open")
    note.press_sequentially(" foundry")
    expect(note).to_have_value("Ask the foundry")
    expect(note).to_be_focused()
    expect(page.locator("#line-story")).to_contain_text("sked for")
    at.stop()
    note.press_sequentially(" again")
    at.start()
    ask(at, line_id, days=30)
    expect(page.locator("#line-story li")).to_have_count(3, timeout=20_000)
    expect(note).to_have_value("Ask the foundry again")


def test_what_is_typed_while_the_news_is_on_its_way_is_kept_too(
    at: Office, context: BrowserContext
) -> None:
    line_id = at.enter()
    page, _ = planner(at, context)
    open_board(page, at, f"/?line={line_id}")
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(f"**/lines/{line_id}", hold)
    ask(at, line_id)
    _until(page, lambda: waiting)
    page.locator("#note-text").press_sequentially("Wait")
    waiting[0].continue_()
    expect(page.locator("#line-changed")).to_contain_text("This line changed while it was open")
    expect(page.locator("#note-text")).to_have_value("Wait")


@pytest.mark.parametrize("path", ["/?line={}", "/lines/{}"])
def test_that_the_line_changed_is_in_view_beside_the_field_in_use(
    at: Office, context: BrowserContext, path: str
) -> None:
    line_id = at.enter()
    page, _ = planner(at, context)
    page.set_viewport_size({"width": 1300, "height": 420})
    open_board(page, at, path.format(line_id))
    note = page.locator("#note-text")
    note.press_sequentially("Ask the")
    note.evaluate("note => note.scrollIntoView()")
    ask(at, line_id)
    told = page.locator("#line-changed .notice")
    expect(told).to_be_in_viewport(ratio=0.9)
    page.wait_for_timeout(200)
    over, field = told.bounding_box(), note.bounding_box()
    assert over is not None
    assert field is not None
    assert over["y"] + over["height"] <= field["y"]
    expect(note).to_be_focused()


def test_ones_own_move_is_not_told_as_somebody_elses(at: Office, context: BrowserContext) -> None:
    line_id = at.enter()
    page, _ = planner(at, context)
    open_board(page, at, f"/?line={line_id}")
    page.evaluate(
        """() => document.addEventListener("accord:changed", () => {
            window.told = (window.told ?? 0) + 1;
        })"""
    )
    page.locator("#note-text").fill("Called them")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#line-story")).to_contain_text("Called them")
    _until(page, lambda: page.evaluate("window.told > 0"))
    page.wait_for_timeout(300)
    expect(page.locator("#line-changed")).to_be_empty()


def test_it_works_where_only_scripts_with_a_nonce_may_touch_the_page(
    at: Office, context: BrowserContext
) -> None:
    line_id = at.enter()
    page, _ = planner(at, context)
    policy = (
        "default-src 'none'; script-src 'nonce-once'; style-src 'self'; connect-src 'self';"
        " img-src 'self'; font-src 'self'; require-trusted-types-for 'script'; trusted-types htmx"
    )

    def stricter(route: Route) -> None:
        answer = route.fetch()
        csp = '<script nonce="once" src="/static/now/vendor/hx-csp.min.js" defer></script>'
        text = answer.text().replace("<script src", '<script nonce="once" src')
        text = text.replace('<script nonce="once" src', f'{csp}<script nonce="once" src', 2)
        text = text.replace(csp, "", 1)  # behind htmx itself
        headers = {**answer.headers, "content-security-policy": policy}
        route.fulfill(response=answer, body=text, headers=headers)

    page.route(f"{at.url}/", stricter)
    violations: list[str] = []
    page.on("console", lambda m: violations.append(m.text) if "olicy" in m.text else None)
    open_board(page, at)
    ask(at, line_id)
    expect(row(page, line_id)).to_have_attribute("data-state", "requested")
    expect(page.locator("tbody", has=row(page, line_id))).to_have_attribute("data-group", "mine")
    assert violations == []
