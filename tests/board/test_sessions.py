"""Sessions: their cookies, how long they last, and what ends them at once."""

from collections.abc import Iterator

import pytest

from board import people, sessions, sign_in_links
from board.database import Addresses
from domain.people import Role
from tests.board.visitors import House, serving


@pytest.fixture
def house(database: Addresses) -> Iterator[House]:
    with serving(database) as served:
        yield served


def cookies_of(house: House, link: str) -> list[str]:
    """What the browser is told to keep when it signs in by a link."""
    visitor = house.visitor()
    page = visitor.get(link)
    answer = visitor.post(link)
    found = [*page.headers.get_list("set-cookie"), *answer.headers.get_list("set-cookie")]
    assert len(found) == 2
    return found


def link_for(house: House, person: str) -> str:
    return f"/sign-in/{house.write(lambda db: sign_in_links.new_link(db, person))}"


def test_a_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    for cookie in cookies_of(house, link_for(house, house.add(Role.REP))):
        assert cookie.startswith("accord-")
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))


def test_behind_https_a_cookie_insists_on_it(database: Addresses) -> None:
    with serving(database, ACCORD_URL="https://accord.example.com") as house:
        link = link_for(house, house.add(Role.REP))
        visitor = house.visitor()
        page = visitor.get(link)
        # httpx keeps no Secure cookie that came by http; a browser behind the proxy would.
        visit = page.headers["set-cookie"].split(";")[0]
        form = {"csrf": visitor.csrf}
        answer = visitor.client.post(link, data=form, headers={"cookie": visit})
        for cookie in (page.headers["set-cookie"], answer.headers["set-cookie"]):
            assert cookie.startswith("__Host-accord")
            assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
            assert "Domain" not in cookie
        assert answer.headers["strict-transport-security"].startswith("max-age=63072000")


def test_two_accords_on_one_machine_keep_their_cookies_apart(house: House) -> None:
    assert sessions.session_cookie(house.settings) == f"accord-{house.settings.port}"


def test_the_database_does_not_know_the_token(house: House) -> None:
    visitor = house.visitor(house.add(Role.REP))
    (row,) = house.sql("SELECT s::text FROM accord.session s")
    assert visitor.token not in row[0]
    assert visitor.token.encode().hex() not in row[0]


@pytest.mark.parametrize(
    ("column", "ago", "open_still"),
    [
        ("seen_at", "11 hours 59 minutes", True),
        ("seen_at", "12 hours 1 minute", False),
        ("created_at", "29 days 23 hours", True),
        ("created_at", "30 days 1 minute", False),
    ],
)
def test_a_session_ends_12_hours_after_its_last_use_and_30_days_after_it_began(
    house: House, column: str, ago: str, open_still: bool
) -> None:
    visitor = house.visitor(house.add(Role.REP))
    assert visitor.is_in()
    house.sql(f"UPDATE accord.session SET {column} = now() - interval '{ago}'")
    assert visitor.is_in() is open_still


def test_using_a_session_keeps_it_open(house: House) -> None:
    visitor = house.visitor(house.add(Role.REP))
    house.sql("UPDATE accord.session SET seen_at = now() - interval '11 hours'")
    assert visitor.is_in()
    (row,) = house.sql("SELECT now() - seen_at FROM accord.session")
    assert row[0].total_seconds() < 60


def test_looking_around_does_not_write_at_every_click(house: House) -> None:
    visitor = house.visitor(house.add(Role.REP))
    before = house.sql("SELECT xmin::text FROM accord.session")
    for _ in range(3):
        assert visitor.is_in()
    assert house.sql("SELECT xmin::text FROM accord.session") == before


def test_sessions_that_are_over_are_swept_up_by_the_next_sign_in(house: House) -> None:
    person = house.add(Role.REP)
    for _ in range(3):
        house.visitor(person)
    house.sql("UPDATE accord.session SET seen_at = now() - interval '13 hours'")
    house.visitor(person)
    assert house.sql("SELECT count(*) FROM accord.session") == [(1,)]


def test_a_role_that_is_taken_away_is_gone_with_the_next_click(house: House) -> None:
    house.add(Role.ADMIN)
    person = house.add(Role.ADMIN)
    visitor = house.visitor(person)
    assert visitor.get("/settings/people").status_code == 200
    house.sql("UPDATE accord.person SET role = 'viewer' WHERE id = %s", person)
    assert visitor.get("/settings/people").status_code == 403


def test_closing_an_account_signs_it_out_everywhere_at_once(house: House) -> None:
    house.add(Role.ADMIN)
    person = house.add(Role.REP)
    visitors = [house.visitor(person) for _ in range(2)]
    house.write(lambda db: people.deactivate(db, person))
    assert not any(visitor.is_in() for visitor in visitors)
    house.write(lambda db: people.activate(db, person))
    assert not any(visitor.is_in() for visitor in visitors)


def test_a_form_that_was_open_when_the_session_ended_says_so_and_records_nothing(
    house: House,
) -> None:
    visitor = house.visitor(house.add(Role.REP))
    house.sql("DELETE FROM accord.session")
    answer = visitor.post("/settings/account/password", password="x", again="x")
    assert answer.status_code == 401
    assert "what you typed is still there" in answer.text
    part = visitor.get("/settings/account", HX_Request_Type="partial")
    assert part.headers["hx-redirect"] == "/sign-in"


def test_pages_of_a_person_are_kept_by_nobody(house: House) -> None:
    visitor = house.visitor(house.add(Role.ADMIN))
    for path in ("/settings/account", "/settings/people", "/sign-in", "/no-such-page"):
        assert visitor.get(path).headers["cache-control"] == "no-store"
