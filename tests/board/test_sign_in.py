"""Signing in and out: passwords, one-time links, limits, and cookies that somebody planted."""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from board import people, sign_in_links, sign_in_tries
from board.database import Addresses
from board.passwords import Passwords, check_password
from board.people import Db
from board.sign_in import own_path
from domain.people import Role
from domain.refusals import Refused
from tests.board.visitors import PASSWORD, House, serving

WRONG = "Login and password don&#39;t match"


@pytest.fixture
def house(database: Addresses) -> Iterator[House]:
    with serving(database) as served:
        yield served


@pytest.fixture
def proxied(database: Addresses) -> Iterator[House]:
    """Behind a proxy that is believed, so that a test can come from any network."""
    with serving(database, ACCORD_TRUSTED_PROXIES="127.0.0.1") as served:
        yield served


def anna(house: House, role: Role = Role.REP) -> str:
    """Somebody with a login and a password; their id."""
    person = house.add(role, login="anna@example.com", name="Anna Reuter")
    kept = Passwords()._argon2.hash(PASSWORD)
    house.write(lambda db: people.set_password(db, person, kept))
    return person


def link_for(house: House, person: str, *, sets_password: bool = False) -> str:
    """The path of a one-time link."""

    async def make(db: Db) -> str:
        return await sign_in_links.new_link(db, person, sets_password=sets_password)

    return f"/sign-in/{house.write(make)}"


def test_login_and_password_lead_to_where_one_wanted_to_go(house: House) -> None:
    anna(house)
    visitor = house.visitor()
    asked = visitor.get("/settings/account")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?next=/settings/account"
    page = visitor.get(asked.headers["location"])
    assert 'value="/settings/account"' in page.text
    answer = visitor.post(
        "/sign-in", login=" Anna@Example.com ", password=PASSWORD, next="/settings/account"
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/account")
    assert "Anna Reuter" in visitor.get("/settings/account").text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "", "/a\r\nX: y"]
)
def test_signing_in_sends_nobody_to_another_site(elsewhere: str) -> None:
    assert own_path(elsewhere) == "/"


def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(house: House) -> None:
    anna(house)
    answers = [
        house.visitor().sign_in("anna@example.com", "a wrong one that is long"),
        house.visitor().sign_in("nobody@example.com", "a wrong one that is long"),
        house.visitor().sign_in("not even a login", "a wrong one that is long"),
        house.visitor().sign_in("anna@example.com", "x" * 5000),
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert all(WRONG in answer.text for answer in answers)
    assert "set-cookie" not in answers[0].headers


def test_the_time_taken_does_not_tell_whether_a_login_exists(house: House) -> None:
    anna(house)
    house.add(Role.REP, login="invited@example.com")

    def seconds(login: str) -> float:
        began = time.perf_counter()
        assert house.visitor().sign_in(login, "wrong, but long enough").status_code == 422
        return time.perf_counter() - began

    known = statistics.median(seconds("anna@example.com") for _ in range(3))
    for login in ("nobody@example.com", "invited@example.com"):
        assert statistics.median(seconds(login) for _ in range(3)) > known / 3


def test_who_has_no_password_yet_can_not_sign_in_with_an_empty_one(house: House) -> None:
    house.add(Role.REP, login="invited@example.com")
    assert house.visitor().sign_in("invited@example.com", "").status_code == 422


def test_a_closed_account_opens_to_nobody(house: House) -> None:
    person = anna(house)
    link = link_for(house, person)
    house.add(Role.ADMIN)
    house.write(lambda db: people.deactivate(db, person))
    assert WRONG in house.visitor().sign_in("anna@example.com").text
    assert house.visitor().get(link).status_code == 404


def test_an_invented_session_id_is_never_taken_over(house: House) -> None:
    anna(house)
    planted = "planted-by-somebody-who-waits-for-anna"
    visitor = house.visitor().carry(planted)
    visitor.client.get("/sign-in")
    page = visitor.client.get("/sign-in").text
    visitor.page = page
    visitor.client.cookies.delete(f"accord-{house.settings.port}")
    csrf = visitor.csrf
    visitor.carry(planted)
    answer = visitor.client.post(
        "/sign-in", data={"csrf": csrf, "login": "anna@example.com", "password": PASSWORD}
    )
    assert answer.status_code == 303
    given = answer.headers["set-cookie"].split(";")[0].partition("=")[2]
    assert given != planted
    assert not house.visitor().carry(planted).is_in()
    assert house.visitor().carry(given).is_in()


def test_somebody_else_s_session_planted_in_a_browser_is_dead_after_signing_in(
    house: House,
) -> None:
    anna(house)
    mallory = house.visitor(house.add(Role.REP, login="mallory@example.com"))
    planted = mallory.token
    victim = house.visitor().carry(planted)
    assert victim.post("/sign-in", login="anna@example.com", password=PASSWORD).status_code == 303
    assert victim.token != planted
    assert victim.is_in()
    assert not mallory.is_in()


def test_five_wrong_tries_make_the_sixth_wait_even_with_the_right_password(house: House) -> None:
    anna(house)
    for _ in range(sign_in_tries.FOR_LOGIN_FROM_NETWORK):
        assert house.visitor().sign_in("anna@example.com", "wrong").status_code == 422
    answer = house.visitor().sign_in("anna@example.com")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 15 * 60
    assert "Please wait" in answer.text
    house.sql("UPDATE accord.sign_in_try SET at = at - interval '16 minutes'")
    assert house.visitor().sign_in("anna@example.com").status_code == 303


def test_unknown_logins_have_to_wait_just_the_same(house: House) -> None:
    for _ in range(sign_in_tries.FOR_LOGIN_FROM_NETWORK):
        assert house.visitor().sign_in("nobody@example.com", "wrong").status_code == 422
    assert house.visitor().sign_in("NOBODY@example.com", "wrong").status_code == 429


def test_a_header_does_not_dodge_the_limit_unless_the_proxy_is_trusted(house: House) -> None:
    anna(house)
    answers = [
        house.visitor().sign_in("anna@example.com", "wrong", X_Forwarded_For=f"203.0.113.{n}")
        for n in range(sign_in_tries.FOR_LOGIN_FROM_NETWORK + 1)
    ]
    assert answers[-1].status_code == 429
    assert house.sql("SELECT DISTINCT network FROM accord.sign_in_try") == [("127.0.0.1",)]


def test_what_a_client_writes_before_the_proxy_s_own_word_is_not_believed(proxied: House) -> None:
    for n in range(3):
        spoofed = f"198.51.100.{n}, 203.0.113.7"
        proxied.visitor().sign_in("nobody@example.com", "wrong", X_Forwarded_For=spoofed)
    assert proxied.sql("SELECT DISTINCT network FROM accord.sign_in_try") == [("203.0.113.7",)]


def test_neighbours_in_one_ipv6_network_share_a_limit(proxied: House) -> None:
    for n in range(3):
        address = f"2001:db8:1:2::{n}"
        proxied.visitor().sign_in("nobody@example.com", "wrong", X_Forwarded_For=address)
    found = proxied.sql("SELECT DISTINCT network FROM accord.sign_in_try")
    assert found == [("2001:db8:1:2::/64",)]


def test_many_networks_against_one_login_are_stopped_and_its_owner_is_not(proxied: House) -> None:
    anna(proxied)
    home = "198.51.100.1"
    assert proxied.visitor().sign_in("anna@example.com", X_Forwarded_For=home).status_code == 303
    statuses = [
        proxied.visitor()
        .sign_in("anna@example.com", "wrong", X_Forwarded_For=f"203.0.113.{n}")
        .status_code
        for n in range(sign_in_tries.FOR_LOGIN + 2)
    ]
    assert statuses == [422] * sign_in_tries.FOR_LOGIN + [429] * 2
    assert proxied.visitor().sign_in("anna@example.com", X_Forwarded_For=home).status_code == 303


def test_one_network_against_many_logins_is_stopped(house: House) -> None:
    house.sql(
        "INSERT INTO accord.sign_in_try (login, network)"
        " SELECT sha256(n::text::bytea), '127.0.0.1' FROM generate_series(1, %s) AS n",
        sign_in_tries.FROM_NETWORK,
    )
    anna(house)
    assert house.visitor().sign_in("anna@example.com").status_code == 429


def test_tries_that_have_to_wait_do_not_make_the_wait_longer(house: House) -> None:
    for _ in range(sign_in_tries.FOR_LOGIN_FROM_NETWORK + 4):
        house.visitor().sign_in("nobody@example.com", "wrong")
    found = house.sql("SELECT count(*) FROM accord.sign_in_try")
    assert found == [(sign_in_tries.FOR_LOGIN_FROM_NETWORK,)]


def test_many_tries_at_once_can_not_all_be_the_fifth(house: House) -> None:
    anna(house)
    visitors = [house.visitor() for _ in range(16)]
    for visitor in visitors:
        visitor.get("/sign-in")

    def guess(n: int) -> int:
        return visitors[n].post("/sign-in", login="anna@example.com", password="wrong").status_code

    with ThreadPoolExecutor(16) as crowd:
        statuses = list(crowd.map(guess, range(16)))
    assert statuses.count(422) <= sign_in_tries.FOR_LOGIN_FROM_NETWORK
    assert set(statuses) <= {422, 429}


def test_signing_in_forgives_the_slips_before_it(house: House) -> None:
    anna(house)
    for _ in range(3):
        for _ in range(sign_in_tries.FOR_LOGIN_FROM_NETWORK - 1):
            house.visitor().sign_in("anna@example.com", "wrong")
        assert house.visitor().sign_in("anna@example.com").status_code == 303


def test_no_login_and_no_password_stands_in_the_table_of_tries(house: House) -> None:
    house.visitor().sign_in("hunter2-typed-into-the-wrong-field", "wrong")
    (row,) = house.sql("SELECT t::text FROM accord.sign_in_try t")
    assert "hunter2" not in row[0]


def test_a_link_is_used_up_by_its_button_and_not_by_looking_at_it(house: House) -> None:
    link = link_for(house, anna(house))
    for _ in range(3):
        scanner = house.visitor()
        assert "Welcome, Anna Reuter" in scanner.get(link).text
        assert not scanner.is_in()
    visitor = house.visitor()
    visitor.get(link)
    answer = visitor.post(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert visitor.is_in()
    late = house.visitor()
    assert late.get(link).status_code == 404
    assert "does not work any more" in late.page
    late.get("/sign-in")
    assert late.post(link).status_code == 404
    assert not late.is_in()


def test_a_link_pressed_by_many_at_once_lets_one_in(house: House) -> None:
    link = link_for(house, anna(house))
    visitors = [house.visitor() for _ in range(8)]
    for visitor in visitors:
        visitor.get(link)
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda visitor: visitor.post(link), visitors))
    assert sorted(answer.status_code for answer in answers) == [303] + [404] * 7


def test_a_link_ends_after_a_day_and_when_a_newer_one_is_made(house: House) -> None:
    person = anna(house)
    former = link_for(house, person)
    newer = link_for(house, person)
    assert house.visitor().get(former).status_code == 404
    (left,) = house.sql("SELECT expires_at - now() FROM accord.sign_in_link")
    assert 23.9 < left[0].total_seconds() / 3600 <= 24
    house.sql("UPDATE accord.sign_in_link SET expires_at = now()")
    assert house.visitor().get(newer).status_code == 404


def test_the_token_of_a_link_is_not_in_the_database(house: House) -> None:
    token = link_for(house, anna(house)).rpartition("/")[2]
    (row,) = house.sql("SELECT l::text FROM accord.sign_in_link l")
    assert token not in row[0]


def test_an_invitation_lets_a_person_choose_a_password(house: House) -> None:
    person = house.add(Role.REP, login="new@example.com")
    link = link_for(house, person, sets_password=True)
    visitor = house.visitor()
    assert "Choose a password" in visitor.get(link).text
    short = visitor.post(link, password="short", again="short")
    assert short.status_code == 422
    assert "at least 12 characters" in short.text
    differs = visitor.post(link, password=PASSWORD, again=f"{PASSWORD}!")
    assert "Type the same one twice" in differs.text
    assert visitor.post(link, password=PASSWORD, again=PASSWORD).status_code == 303
    assert visitor.is_in()
    assert house.visitor().sign_in("new@example.com").status_code == 303


def test_a_new_password_by_link_ends_the_sessions_that_were_open(house: House) -> None:
    person = anna(house)
    forgotten = house.visitor(person)
    link = link_for(house, person, sets_password=True)
    visitor = house.visitor()
    visitor.get(link)
    visitor.post(link, password="another four words", again="another four words")
    assert visitor.is_in()
    assert not forgotten.is_in()


def test_signing_out_ends_this_browser_s_session_in_the_database(house: House) -> None:
    person = anna(house)
    here, there = house.visitor(person), house.visitor(person)
    token = here.token
    answer = here.post("/sign-out")
    assert answer.headers["location"] == "/sign-in?done=out"
    assert "You are signed out" in here.get(answer.headers["location"]).text
    assert not house.visitor().carry(token).is_in()
    assert there.is_in()


def test_signing_out_everywhere_ends_every_session(house: House) -> None:
    person = anna(house)
    visitors = [house.visitor(person) for _ in range(3)]
    page = visitors[0].get("/settings/account").text
    assert "2 other devices" in page
    assert visitors[0].post("/settings/account/sign-out-everywhere").status_code == 303
    assert not any(visitor.is_in() for visitor in visitors)


def test_one_changes_one_s_password_and_stays_signed_in_here_only(house: House) -> None:
    person = anna(house)
    here, there = house.visitor(person), house.visitor(person)
    former = here.token
    new = "a better one than before"

    def change(current: str, password: str, again: str) -> httpx.Response:
        return here.post(
            "/settings/account/password", current=current, password=password, again=again
        )

    assert "Your present password is another one" in change("wrong", new, new).text
    assert "at least 12" in change(PASSWORD, "short", "short").text
    assert "too much like" in change(PASSWORD, "anna@example.com", "anna@example.com").text
    assert change(PASSWORD, new, new).status_code == 303
    assert here.token != former
    assert here.is_in()
    assert not there.is_in()
    assert house.visitor().sign_in("anna@example.com").status_code == 422
    assert house.visitor().sign_in("anna@example.com", new).status_code == 303


def test_guessing_the_password_of_an_unattended_browser_is_limited_too(house: House) -> None:
    visitor = house.visitor(anna(house))
    statuses = [
        visitor.post(
            "/settings/account/password", current="wrong", password=PASSWORD, again=PASSWORD
        ).status_code
        for _ in range(sign_in_tries.FOR_LOGIN_FROM_NETWORK + 1)
    ]
    assert statuses[-1] == 429


@pytest.mark.parametrize("password", ["all small words", "1234567 89012", "äöüß äöüß äöüß"])
def test_any_long_password_will_do(password: str) -> None:
    check_password(password, "anna@example.com")


@pytest.mark.parametrize(
    "password",
    ["elevenchars", "", "x" * 1001, "xyxyxyxyxyxy", "Anna@Example.com"],
)
def test_short_passwords_and_the_login_itself_are_refused(password: str) -> None:
    with pytest.raises(Refused):
        check_password(password, "anna@example.com")


def test_a_form_of_signing_in_needs_the_token_of_its_own_browser(house: House) -> None:
    anna(house)
    mallory = house.visitor()
    mallory.get("/sign-in")
    visitor = house.visitor()
    visitor.get("/sign-in")
    form: dict[str, Any] = {"login": "anna@example.com", "password": PASSWORD}
    assert visitor.post("/sign-in", csrf=mallory.csrf, **form).status_code == 403
    assert house.visitor().post("/sign-in", **form).status_code == 403
    assert visitor.post("/sign-in", **form).status_code == 303
