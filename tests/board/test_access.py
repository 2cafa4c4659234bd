"""Who gets through which door: every route of the application times everybody who might knock."""

import re
from collections.abc import Iterator
from uuid import uuid4

import httpx
import psycopg
import pytest
from litestar import Litestar, get

from board import access, sessions, wall_links
from board.access import routes_of
from board.app import RouteWithoutAccess, create_app
from board.database import Addresses, addresses, make_database
from board.embedded.server import Server
from board.security import csrf_for
from board.settings import Settings
from domain.people import HUMAN_ROLES, Role
from tests.board.visitors import House, serving

NOBODY = "nobody"
SCREEN = "a screen that knows a wall's token"
STAFF = frozenset(role.value for role in HUMAN_ROLES)
MOVERS = frozenset({"rep", "planner", "buyer", "logistics", "shift_lead", "viewer", "admin"})
IMPORTERS = frozenset({"planner", "admin"})
REP = frozenset({"rep"})
ADMIN = frozenset({"admin"})
ANYBODY = STAFF | {NOBODY, SCREEN}
#: The token is in the address: whoever has the address gets in, whoever guesses one does not.
WITH_TOKEN = "whoever has the wall's address"

#: Who gets in. Written out here once more, by hand, so that a slip in board/access.py shows.
EXPECTED: dict[tuple[str, str], frozenset[str] | str] = {
    ("GET", "/"): STAFF,
    ("GET", "/bulk"): MOVERS,
    ("GET", "/export/board.csv"): STAFF,
    ("GET", "/export/board.xlsx"): STAFF,
    ("GET", "/export/commitments.csv"): STAFF,
    ("GET", "/export/commitments.xlsx"): STAFF,
    ("GET", "/health"): ANYBODY,
    ("GET", "/import"): IMPORTERS,
    ("GET", "/import/{job_id}"): IMPORTERS,
    ("GET", "/import/{job_id}/bad-rows.csv"): IMPORTERS,
    ("GET", "/lines/new"): REP,
    ("GET", "/lines/{line_id}"): STAFF,
    ("GET", "/lines/{line_id}/news"): STAFF,
    ("GET", "/live"): STAFF,
    ("GET", "/ready"): ANYBODY,
    ("GET", "/settings"): STAFF,
    ("GET", "/settings/account"): STAFF,
    ("GET", "/settings/parked"): ADMIN,
    ("GET", "/settings/people"): ADMIN,
    ("GET", "/settings/people/{person_id}"): ADMIN,
    ("GET", "/settings/sites"): ADMIN,
    ("GET", "/settings/sites/{site_id}"): ADMIN,
    ("GET", "/settings/teams"): ADMIN,
    ("GET", "/settings/walls"): ADMIN,
    ("GET", "/sign-in"): ANYBODY,
    ("GET", "/sign-in/{token}"): ANYBODY,
    ("GET", "/static/{digest}/{name}"): ANYBODY,
    ("GET", "/wall"): STAFF,
    ("GET", "/wall/{token}"): WITH_TOKEN,
    ("GET", "/wall/{token}/live"): WITH_TOKEN,
    ("POST", "/bulk"): MOVERS,
    ("POST", "/bulk/run"): MOVERS,
    ("POST", "/import"): IMPORTERS,
    ("POST", "/import/reps/removal"): ADMIN,
    ("POST", "/import/{job_id}/mapping"): IMPORTERS,
    ("POST", "/import/{job_id}/removal"): IMPORTERS,
    ("POST", "/import/{job_id}/run"): IMPORTERS,
    ("POST", "/lines"): REP,
    ("POST", "/lines/{line_id}/{noun}"): MOVERS,
    ("POST", "/settings/account/password"): STAFF,
    ("POST", "/settings/account/sign-out-everywhere"): STAFF,
    ("POST", "/settings/parked/{line_id}/retry"): ADMIN,
    ("POST", "/settings/people"): ADMIN,
    ("POST", "/settings/people/{person_id}"): ADMIN,
    ("POST", "/settings/people/{person_id}/activation"): ADMIN,
    ("POST", "/settings/people/{person_id}/deactivation"): ADMIN,
    ("POST", "/settings/people/{person_id}/erasure"): ADMIN,
    ("POST", "/settings/people/{person_id}/link"): ADMIN,
    ("POST", "/settings/sites"): ADMIN,
    ("POST", "/settings/sites/{site_id}"): ADMIN,
    ("POST", "/settings/sites/{site_id}/closures"): ADMIN,
    ("POST", "/settings/sites/{site_id}/closures/{first}/removal"): ADMIN,
    ("POST", "/settings/teams"): ADMIN,
    ("POST", "/settings/teams/{team_id}"): ADMIN,
    ("POST", "/settings/walls"): ADMIN,
    ("POST", "/settings/walls/{link_id}/revocation"): ADMIN,
    ("POST", "/sign-in"): ANYBODY,
    ("POST", "/sign-in/{token}"): ANYBODY,
    ("POST", "/sign-out"): STAFF,
}

NOWHERE = Addresses("postgresql://nobody@localhost/none", "postgresql://nobody@localhost/none")
ROUTES = routes_of(create_app(Settings.read({}), NOWHERE))
UNSAFE = [route for route in ROUTES if route[0] != "GET"]
KNOCKING = [NOBODY, SCREEN, *sorted(STAFF)]


@pytest.fixture(scope="module")
def house(postgres: Server, migrated: str) -> Iterator[House]:
    """One house for all these knocks: nothing that gets in here finds anything to change."""
    name = f"test_{uuid4().hex[:16]}"
    make_database(postgres, name, template=migrated)
    with serving(addresses(postgres, name)) as served:
        yield served
    with psycopg.connect(postgres.address("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def staff(house: House) -> dict[str, str]:
    """Somebody of each role: their id."""
    return {role.value: house.add(role) for role in HUMAN_ROLES}


@pytest.fixture(scope="module")
def wall(house: House) -> str:
    """The token of a wall's link."""
    return house.write(lambda db: wall_links.new_link(db, site="nord", label="Hall 2"))[1]


def path_of(template: str, wall: str) -> str:
    """An address of this route at which there is nothing, but for the wall."""
    token = wall if template.startswith("/wall/") else "no-such-token"
    known = {"token": token, "line_id": str(uuid4()), "job_id": str(uuid4()), "first": "2026-12-24"}
    return re.sub(r"{(\w+)}", lambda found: known.get(found[1], "no-such-thing"), template)


def knock(
    house: House, route: tuple[str, str], path: str, token: str, **headers: str
) -> httpx.Response:
    """Ask as whoever has this session, and read no more of a stream than its head."""
    method, _ = route
    cookies = {sessions.session_cookie(house.settings): token} if token else {}
    form = {"csrf": csrf_for(token)} if method == "POST" and token else None
    if method == "POST" and not token:
        form = {"csrf": csrf_for("a visit")}
        cookies = {sessions.visit_cookie(house.settings): "a visit"}
    named = {"accept": "application/problem+json", **headers}
    client = httpx.Client(base_url=house.url, cookies=cookies, timeout=30)
    with client, client.stream(method, path, data=form, headers=named) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
        return answer


def kept_out(answer: httpx.Response) -> bool:
    """By the door, not by what is behind it: that has words of its own."""
    if answer.status_code in (401, 403):
        title = answer.json()["title"]
        return title in ("You are signed out", "This is not open to you")
    return False


def test_every_route_is_in_the_table_and_the_table_names_no_other() -> None:
    assert set(ROUTES) == set(EXPECTED)


@pytest.mark.parametrize("who", KNOCKING)
@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_a_door_opens_to_those_it_is_for(
    house: House, staff: dict[str, str], wall: str, route: tuple[str, str], who: str
) -> None:
    token = "" if who == NOBODY else wall if who == SCREEN else house.visitor(staff[who]).token
    answer = knock(house, route, path_of(route[1], wall), token)
    expected = EXPECTED[route]
    opens = expected == WITH_TOKEN or who in expected
    assert kept_out(answer) is not opens, f"{answer.status_code}"
    assert answer.status_code < 500
    if expected == WITH_TOKEN:
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if EXPECTED.get(route) == WITH_TOKEN], ids=" ".join
)
@pytest.mark.parametrize("who", KNOCKING)
def test_a_guessed_wall_address_shows_nothing_to_anybody(
    house: House, staff: dict[str, str], wall: str, route: tuple[str, str], who: str
) -> None:
    token = "" if who == NOBODY else wall if who == SCREEN else house.visitor(staff[who]).token
    answer = knock(house, route, path_of(route[1], wall[:-1] + "x"), token)
    assert answer.status_code == 404


@pytest.mark.parametrize("route", UNSAFE, ids=" ".join)
def test_nothing_is_changed_without_the_token_of_one_s_own_forms(
    house: House, staff: dict[str, str], wall: str, route: tuple[str, str]
) -> None:
    role = "rep" if "rep" in EXPECTED[route] else "admin"
    somebody, mallory = house.visitor(staff[role]), house.visitor(staff["viewer"])
    path = path_of(route[1], wall)
    for form in ({}, {"csrf": ""}, {"csrf": "x"}, {"csrf": mallory.csrf}):
        answer = somebody.client.post(path, data=form)
        assert answer.status_code == 403, form
        assert "This form is too old" in answer.text
    assert somebody.is_in()


@pytest.mark.parametrize("route", UNSAFE, ids=" ".join)
@pytest.mark.parametrize(
    "said",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
    ids=str,
)
def test_nothing_is_changed_from_another_site_even_with_the_token(
    house: House, staff: dict[str, str], wall: str, route: tuple[str, str], said: dict[str, str]
) -> None:
    role = "rep" if "rep" in EXPECTED[route] else "admin"
    token = house.visitor(staff[role]).token
    answer = knock(house, route, path_of(route[1], wall), token, **said)
    assert answer.status_code == 403
    assert answer.json()["title"] == "This form is too old"


def test_a_form_of_our_own_site_comes_through_with_or_without_what_browsers_say(
    house: House, staff: dict[str, str]
) -> None:
    for said in (
        {},
        {"origin": house.url},
        {"sec-fetch-site": "same-origin", "origin": house.url},
        {"sec-fetch-site": "same-origin", "origin": "null"},
    ):
        visitor = house.visitor(staff["rep"])
        answer = visitor.post("/settings/account/password", said, password="short", again="short")
        assert answer.status_code == 422, said


def test_the_token_may_come_in_the_header_that_htmx_sends(
    house: House, staff: dict[str, str]
) -> None:
    visitor = house.visitor(staff["rep"])
    for token, status in ((visitor.csrf, 422), ("wrong", 403)):
        answer = visitor.client.post(
            "/settings/account/password", data={"password": "x"}, headers={"x-csrf-token": token}
        )
        assert answer.status_code == status


def test_a_wall_s_token_opens_no_session_and_a_session_opens_no_wall(
    house: House, staff: dict[str, str], wall: str
) -> None:
    assert not house.visitor().carry(wall).is_in()
    token = house.visitor(staff["admin"]).token
    assert house.visitor().get(f"/wall/{token}").status_code == 404


def test_methods_that_a_route_does_not_have_are_refused(
    house: House, staff: dict[str, str]
) -> None:
    admin = house.visitor(staff["admin"])
    for method, path in (
        ("PUT", "/settings/people"),
        ("DELETE", f"/settings/people/{staff['rep']}"),
        ("POST", "/live"),
        ("PATCH", "/"),
        ("POST", "/health"),
    ):
        answer = admin.client.request(method, path, headers={"x-csrf-token": admin.csrf})
        assert answer.status_code in (403, 405), f"{method} {path}: {answer.status_code}"


def test_an_application_with_a_route_that_nobody_decided_about_does_not_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without = {route: who for route, who in access.ACCESS.items() if route[1] != "/health"}
    monkeypatch.setattr(access, "ACCESS", without)
    with pytest.raises(RouteWithoutAccess, match="/health"):
        create_app(Settings.read({}), NOWHERE)


def test_a_route_that_came_in_later_is_closed_to_everybody(
    house: House, staff: dict[str, str]
) -> None:
    @get("/forgotten-by-the-table")
    async def forgotten() -> str:
        return "open"

    app: Litestar = house.app
    app.register(forgotten)
    for who in (Role.REP, Role.ADMIN):
        assert house.visitor(staff[who]).get("/forgotten-by-the-table").status_code == 403
    assert house.visitor().get("/forgotten-by-the-table").status_code == 403
