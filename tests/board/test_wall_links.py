"""Links for the wall: shown once, kept as a hash, good until revoked, and blind to people."""

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from board import wall_links
from board.database import Addresses
from domain import moves
from domain.events import LineDetails
from domain.people import Person, Role
from domain.terms import Terms
from projections.event_store import EventStore, known, open_store
from tests.board.visitors import House, Visitor, serving
from tests.facts import ERP, all_on, details


@pytest.fixture
def house(database: Addresses) -> Iterator[House]:
    with serving(database, ACCORD_PROJECTOR="inline") as served:
        yield served


@pytest.fixture
def admin(house: House) -> Visitor:
    return house.visitor(house.add(Role.ADMIN, name="Ada Brandt"))


def make(admin: Visitor, **said: str) -> str:
    """A link made by the form: the path of its address."""
    answer = admin.post("/settings/walls", **{"site": "nord", "label": "Hall 2"} | said)
    found = re.search(r'value="http://[^/]+(/wall/[^"]+)"', answer.text)
    assert found, answer.text
    return found.group(1)


def test_a_link_works_without_signing_in_until_it_is_revoked(house: House, admin: Visitor) -> None:
    path, other = make(admin), make(admin, label="Hall 3")
    screen = house.visitor()
    assert screen.get(path).status_code == 200
    page = admin.get("/settings/walls").text
    assert re.search(r"Hall 2.*?Werk Nord", page, re.DOTALL)
    form = r'action="(/settings/walls/[^"]+/revocation)".*?aria-label="Revoke ([^"]+)"'
    revoke = {label: action for action, label in re.findall(form, page, re.DOTALL)}
    assert admin.post(revoke["Hall 2"]).status_code == 303
    assert screen.get(path).status_code == 404
    assert screen.get(f"{path}/live").status_code == 404
    assert screen.get(other).status_code == 200
    assert admin.get(path).status_code == 404


def test_the_address_is_shown_once_and_kept_as_a_hash(house: House, admin: Visitor) -> None:
    token = make(admin).rpartition("/")[2]
    assert token not in admin.get("/settings/walls").text
    (row,) = house.sql("SELECT w::text FROM accord.wall_link w")
    assert token not in row[0]


def test_the_admin_sees_when_a_screen_was_last_there(house: House, admin: Visitor) -> None:
    path = make(admin)
    assert "never" in admin.get("/settings/walls").text
    house.visitor().get(path)
    assert "never" not in admin.get("/settings/walls").text


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"label": ""}, "Give a label"),
        ({"site": "nowhere"}, "Choose a site"),
        ({"site": ""}, "Choose a site"),
        ({"team": "nowhere"}, "a team that works for it"),
        ({"team": "production", "site": "sued"}, "a team that works for it"),
    ],
)
def test_a_link_to_nothing_is_refused(admin: Visitor, said: dict[str, str], sentence: str) -> None:
    answer = admin.post("/settings/walls", **{"site": "nord", "label": "Hall 2"} | said)
    assert answer.status_code == 422
    assert sentence in answer.text


def in_nine_days(at: datetime) -> Terms:
    return all_on(at.date() + timedelta(days=9))


def ask(store: EventStore, by: Person, entered: LineDetails) -> None:
    """A new line, and a rep who asks for a date."""
    line_id = uuid4()
    store.change(
        line_id,
        lambda line, _: moves.enter_line(line, entered, by=ERP),
        by=ERP,
        command_id=uuid4(),
    )
    store.change(
        line_id,
        lambda line, at: moves.request_date(
            known(line, line_id),
            all_on(at.date() + timedelta(days=9)),
            by=by,
            now=moves.Now(at, at.date()),
        ),
        by=by,
        command_id=uuid4(),
    )


def test_a_screen_sees_one_site_and_no_name_of_a_person(house: House, admin: Visitor) -> None:
    rep = house.add(Role.REP, name="Kim Ahrend", login="kim@example.com")
    by = Person(rep, Role.REP, "sales")
    with open_store(house.addresses.app) as store:
        for number, (site, customer) in enumerate([("nord", "Brandt"), ("sued", "Ortmann")]):
            ask(store, by, details(site=site, customer=customer, order_number=f"4711{number}"))
    screen = house.visitor()
    path = make(admin)
    began = time.monotonic()
    while "Brandt" not in screen.get(path).text:
        assert time.monotonic() - began < 10, screen.page
        time.sleep(0.1)
    assert "Ortmann" not in screen.page
    for words in ("Kim", "Ahrend", "kim@example.com", "Ada", rep):
        assert words not in screen.page
    assert 'method="post"' not in screen.page


def test_what_a_wall_may_see_is_one_site_and_it_makes_no_moves(house: House) -> None:
    house.write(lambda db: wall_links.new_link(db, site="nord", label="Hall 2"))

    (link,) = house.write(wall_links.links)
    assert link.viewer.sees("nord")
    assert not link.viewer.sees("sued")
    assert link.viewer.role is Role.VIEWER
