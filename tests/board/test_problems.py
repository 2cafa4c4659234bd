"""What people are told when something is refused or goes wrong, and what the log says about it."""

import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from litestar import get
from psycopg.conninfo import conninfo_to_dict

from board import access
from board.access import EVERYBODY, PUBLIC
from board.database import Addresses
from board.embedded.server import Server
from board.problems import words_of
from board.sites import Team, Teams
from domain.people import Role, Side
from domain.refusals import Refused, Wrong
from projections.event_store import LineUnknown, StoreUnavailable, Unreadable
from tests.board.visitors import House, Visitor, serving

SECRET = "what-somebody-typed"


@pytest.fixture
def house(database: Addresses) -> Iterator[House]:
    with serving(database) as served:
        yield served


@pytest.fixture
def admin(house: House) -> Visitor:
    return house.visitor(house.add(Role.ADMIN))


def raising(house: House, monkeypatch: pytest.MonkeyPatch, error: Exception) -> str:
    """An address at which this happens."""

    @get("/it-happens", sync_to_thread=False)
    def it_happens() -> None:
        raise error

    monkeypatch.setitem(access.ACCESS, ("GET", "/it-happens"), EVERYBODY)
    house.app.register(it_happens)
    return "/it-happens"


def test_a_page_that_is_not_there_says_where_to_go(house: House) -> None:
    answer = house.visitor().get("/no/such/page?with=words")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert 'href="/"' in answer.text


def test_a_method_that_is_not_there_says_which_are(admin: Visitor) -> None:
    answer = admin.client.put("/settings/people")
    assert answer.status_code == 405
    assert "use the buttons of the page" in answer.text
    assert "GET" in answer.headers["allow"]


def test_a_page_of_another_role_says_whom_to_ask(house: House) -> None:
    answer = house.visitor(house.add(Role.REP)).get("/settings/people")
    assert answer.status_code == 403
    assert "Your role does not include this page" in answer.text


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (Wrong.SIDE, 403),
        (Wrong.INPUT, 422),
        (Wrong.QUANTITY, 422),
        (Wrong.TIME, 409),
        (Wrong.VERB, 409),
        (Wrong.STALE, 409),
    ],
)
def test_a_refusal_is_told_in_its_own_words(
    house: House,
    admin: Visitor,
    monkeypatch: pytest.MonkeyPatch,
    wrong: Wrong,
    status: int,
) -> None:
    refused = Refused(wrong, "{team} answers for it. Ask {who}.", team="production", who="<b>")
    path = raising(house, monkeypatch, refused)
    page = admin.get(path)
    assert page.status_code == status
    assert "Production Nord answers for it. Ask &lt;b&gt;." in page.text
    part = admin.get(path, HX_Request="true", HX_Request_Type="partial")
    assert part.status_code == status
    assert part.text.lstrip().startswith('<div class="notice bad" role="alert">')
    told = admin.get(path, Accept="application/json")
    assert told.headers["content-type"].startswith("application/problem+json")
    assert told.json()["status"] == told.status_code == status
    assert told.json()["detail"] == "Production Nord answers for it. Ask <b>."


def test_a_team_that_is_not_known_keeps_its_id_in_a_refusal() -> None:
    teams = Teams([Team("nord", "Nord", Side.SALES)])
    for team, shown in (("nord", "Nord"), ("old", "old")):
        refused = Refused(Wrong.SIDE, "Ask {team}.", team=team)
        assert words_of(refused, teams) == f"Ask {shown}."


def test_a_line_that_is_not_there_is_not_found(
    house: House, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert admin.get(raising(house, monkeypatch, LineUnknown("x"))).status_code == 404


def test_a_line_that_cannot_be_read_says_whom_to_tell(
    house: House, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = admin.get(raising(house, monkeypatch, Unreadable(UUID(int=1), 2, "a newer event")))
    assert stopped.status_code == 409
    assert "This line stands still" in stopped.text
    assert "a newer event" not in stopped.text


def test_a_fault_of_ours_shows_a_number_and_no_trace(
    database: Addresses, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(database, ACCORD_LOG="json") as house:
        admin = house.visitor(house.add(Role.ADMIN))
        answer = admin.get(raising(house, monkeypatch, KeyError(SECRET)) + f"?q={SECRET}")
    assert answer.status_code == 500
    assert "It is a fault of Accord, not yours" in answer.text
    for words in (SECRET, "KeyError", "Traceback", ".py"):
        assert words not in answer.text
    number = answer.headers["x-request-id"]
    assert number in answer.text
    said = capsys.readouterr().err
    (fault,) = [line for line in lines(said) if line["event"] == "fault"]
    assert fault["request"] == number
    assert fault["route"] == "/it-happens"
    assert fault["error"][0].startswith("KeyError at ")
    assert "test_problems.py:" in fault["error"][0]
    assert SECRET not in said


def lines(text: str) -> list[dict[str, Any]]:
    """The log's lines, as a machine reads them."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_the_log_names_no_person_no_token_and_nothing_that_was_typed(
    database: Addresses, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(database, ACCORD_LOG="json") as house:
        person = house.add(Role.ADMIN, login="anna@example.com", name="Anna Reuter")
        admin = house.visitor(person)
        admin.get(f"/?q={SECRET}")
        admin.get(f"/sign-in/{SECRET}-token")
        admin.get(f"/wall/{SECRET}-token")
        admin.get(f"/{SECRET}/page")
        admin.post("/settings/people", name=SECRET, login=SECRET, role=SECRET)
        house.visitor().sign_in("anna@example.com", SECRET)
        admin.get(f"/settings/people/{person}")
    said = capsys.readouterr().err
    for words in (SECRET, "Anna", "anna@example.com", admin.token, admin.csrf, person):
        assert words not in said
    told = [line for line in lines(said) if line["event"] == "request"]
    assert {"/sign-in/{token}", "/settings/people", "/sign-in", "(no route)"} <= {
        line["route"] for line in told
    }
    for line in told:
        assert {"method", "status", "ms", "request", "timestamp"} <= set(line)


def test_a_plain_log_is_for_people(database: Addresses, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(database) as house:
        house.visitor().get("/sign-in")
    said = capsys.readouterr().err
    assert "route=/sign-in" in said
    assert "status=200" in said


def test_every_answer_forbids_the_browser_what_we_do_not_need(house: House, admin: Visitor) -> None:
    answers = [
        admin.get("/settings/account"),
        admin.get("/health"),
        admin.get("/no-such-page"),
        admin.get(house.app.state.static_files.address("accord.css")),
        admin.client.put("/settings/people"),
        house.visitor().get("/"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "strict-transport-security" not in answer.headers


def test_no_page_of_ours_has_what_the_policy_forbids(house: House, admin: Visitor) -> None:
    for path in ("/sign-in", "/settings/account", "/settings/people", "/settings/sites", "/no"):
        page = (house.visitor() if path == "/sign-in" else admin).get(path).text
        for forbidden in ("style=", "<style", "onclick=", "onload=", "javascript:", "http://www"):
            assert forbidden not in page, f"{path}: {forbidden}"
        assert "<script>" not in page


def test_files_are_kept_for_ever_under_an_address_that_changes_with_them(house: House) -> None:
    visitor = house.visitor()
    address = house.app.state.static_files.address("accord.css")
    answer = visitor.get(address)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/css")
    former = visitor.get(address.replace(house.app.state.static_files.digest, "0123456789ab"))
    assert (former.status_code, former.headers["cache-control"]) == (200, "no-cache")
    for path in ("/../../app.py", "/%2e%2e/app.py", "/nothing.css", "//etc/passwd"):
        assert visitor.get(address.removesuffix("/accord.css") + path).status_code == 404


def test_a_form_that_is_too_large_is_refused(admin: Visitor) -> None:
    answer = admin.post("/settings/people", name="x" * 3_000_000)
    assert answer.status_code == 413
    assert "This is too large" in answer.text


def test_a_body_that_is_no_form_is_refused_without_a_fault(admin: Visitor) -> None:
    for content, kind in (
        (b"{", "application/json"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"--x", "multipart/form-data; boundary=x"),
        (b"--x", "multipart/form-data"),
    ):
        answer = admin.client.post(
            "/settings/people", content=content, headers={"content-type": kind}
        )
        assert 400 <= answer.status_code < 500, kind


class Away:
    """A database that takes nobody in, until it does again."""

    def __init__(self, postgres: Server, addresses: Addresses) -> None:
        self._server = postgres.address("postgres", "postgres")
        self._name = str(conninfo_to_dict(addresses.app)["dbname"])

    def goes(self) -> None:
        """Now."""
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS false")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [self._name],
            )

    def comes_back(self) -> None:
        """Now."""
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS true")


@pytest.fixture
def away(postgres: Server, database: Addresses) -> Iterator[Away]:
    found = Away(postgres, database)
    yield found
    found.comes_back()


def test_while_the_database_is_away_people_are_told_and_it_goes_on_by_itself(
    house: House, admin: Visitor, away: Away
) -> None:
    assert admin.is_in()
    away.goes()
    page = admin.get("/settings/account")
    assert page.status_code == 503
    assert page.headers["retry-after"] == page.headers["refresh"] == "5"
    assert "Everything that was confirmed is safe" in page.text
    told = admin.get("/settings/account", Accept="application/json")
    assert told.json()["status"] == 503
    sent = admin.post("/settings/teams", name="X", side="sales")
    assert sent.status_code == 503
    assert "refresh" not in sent.headers
    assert admin.get("/health").status_code == 200
    assert admin.get("/ready").json() == {"status": "database away"}
    away.comes_back()
    began = time.monotonic()
    while (answer := admin.get("/settings/account")).status_code != 200:
        assert answer.status_code == 503
        assert time.monotonic() - began < 10
        time.sleep(0.2)
    assert admin.get("/ready").status_code == 200


def test_a_restart_of_the_database_costs_nobody_a_click(
    house: House, admin: Visitor, away: Away
) -> None:
    assert [admin.get("/settings/account").status_code for _ in range(12)] == [200] * 12
    away.goes()
    away.comes_back()
    assert [admin.get("/settings/account").status_code for _ in range(12)] == [200] * 12


def test_it_starts_while_the_database_is_away_and_serves_when_it_is_back(
    database: Addresses, away: Away
) -> None:
    with serving(database) as before:
        token = before.visitor(before.add(Role.ADMIN)).token
    away.goes()
    with serving(database, places=False) as house:
        visitor = house.visitor().carry(token)
        assert visitor.get("/settings/people").status_code == 503
        away.comes_back()
        began = time.monotonic()
        while visitor.get("/settings/people").status_code != 200:
            assert time.monotonic() - began < 10
            time.sleep(0.2)
        assert "Production Nord" in visitor.page


def test_a_store_that_does_not_answer_is_the_same_to_people(
    house: House, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = raising(house, monkeypatch, StoreUnavailable("x"))
    assert admin.get(path).status_code == 503


def test_public_means_public(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    @get("/open-to-all", sync_to_thread=False)
    def open_to_all() -> str:
        return "hello"

    monkeypatch.setitem(access.ACCESS, ("GET", "/open-to-all"), PUBLIC)
    house.app.register(open_to_all)
    assert house.visitor().get("/open-to-all").text == "hello"
