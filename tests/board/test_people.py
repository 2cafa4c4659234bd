"""People, teams and sites, looked after on the admin's pages; and people who are forgotten."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from board import people, sign_in_links, sites_changing
from board.database import Addresses
from board.sites import Directory
from domain.people import Role, Side
from domain.refusals import Refused
from tests.board.visitors import PASSWORD, House, Visitor, serving


@pytest.fixture
def house(database: Addresses) -> Iterator[House]:
    with serving(database) as served:
        yield served


@pytest.fixture
def admin(house: House) -> Visitor:
    return house.visitor(house.add(Role.ADMIN, login="admin@example.com", name="Ada Brandt"))


def add(admin: Visitor, **said: object) -> str:
    """Add somebody by the form; the path of the page about them."""
    form = {"name": "Rosa Kahn", "login": "rosa@example.com", "role": "rep", "team": "sales"}
    answer = admin.post("/settings/people", **form | said)
    assert answer.status_code == 200, answer.text
    found = re.search(r'action="(/settings/people/[0-9a-f-]+)"', answer.text)
    assert found
    admin.page = answer.text
    return found.group(1)


def test_the_admin_adds_somebody_who_comes_in_by_the_invitation(
    house: House, admin: Visitor
) -> None:
    add(admin, extension="214", sites=["nord"])
    link = re.search(r'value="http://[^/]+(/sign-in/[^"]+)"', admin.page)
    assert link
    rosa = house.visitor()
    rosa.get(link.group(1))
    assert rosa.post(link.group(1), password=PASSWORD, again=PASSWORD).status_code == 303
    page = rosa.get("/settings/account").text
    for words in ("Rosa Kahn", "rosa@example.com", "Rep, Sales", "Werk Nord", "214"):
        assert words in page
    assert "Werk Süd" not in page


def test_the_invitation_is_shown_once(house: House, admin: Visitor) -> None:
    path = add(admin)
    token = re.search(r"/sign-in/([^\"]+)", admin.page)
    assert token
    assert token.group(1) not in admin.get(path).text
    again = admin.post(f"{path}/link")
    assert "/sign-in/" in again.text
    assert house.visitor().get(f"/sign-in/{token.group(1)}").status_code == 404


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"login": "ADMIN@example.com"}, "Somebody has this login already"),
        ({"login": ""}, "A login has 1 to 120 characters"),
        ({"login": "two words"}, "no spaces"),
        ({"name": "  "}, "Give a name"),
        ({"name": "x" * 81}, "Give a name"),
        ({"role": "clock"}, "Choose one of the roles"),
        ({"role": "emperor"}, "Choose one of the roles"),
        ({"team": ""}, "Choose a team"),
        ({"team": "nowhere"}, "Choose a team from the list"),
        ({"team": "production"}, "Production Nord speaks for production, a rep for sales"),
        ({"role": "shift_lead"}, "a shift lead for production"),
        ({"sites": ["nord", "nowhere"]}, "Choose sites from the list"),
    ],
)
def test_what_can_not_be_is_refused_and_what_was_typed_is_still_there(
    admin: Visitor, said: dict[str, object], sentence: str
) -> None:
    form = {"name": "Rosa Kahn", "login": "rosa@example.com", "role": "rep", "team": "sales"}
    answer = admin.post("/settings/people", **form | said, extension="214")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="214"' in answer.text
    assert "rosa@example.com" not in admin.get("/settings/people").text


def test_role_team_and_sites_can_be_changed(house: House, admin: Visitor) -> None:
    path = add(admin)
    rosa = house.visitor(path.rpartition("/")[2])
    form = {"name": "Rosa Kahn", "login": "rosa@example.com", "role": "planner"}
    assert admin.post(path, **form, team="sales").status_code == 422
    assert admin.post(path, **form, team="production", sites=["sued"]).status_code == 303
    page = rosa.get("/settings/account").text
    assert "Planner, Production Nord" in page
    assert "Werk Süd" in page


def test_the_only_admin_stays(house: House, admin: Visitor) -> None:
    (row,) = house.sql("SELECT id FROM accord.person WHERE role = 'admin'")
    path = f"/settings/people/{row[0]}"
    closed = admin.post(f"{path}/deactivation")
    assert closed.status_code == 409
    assert "Make somebody else an admin first" in closed.text
    form = {"name": "Ada Brandt", "login": "admin@example.com", "role": "viewer"}
    assert admin.post(path, **form).status_code == 409
    assert admin.post(f"{path}/erasure", confirm="admin@example.com").status_code == 409
    house.add(Role.ADMIN)
    assert admin.post(f"{path}/deactivation").status_code == 303
    assert not admin.is_in()


def test_two_admins_who_close_each_other_at_once_leave_one(house: House) -> None:
    admins = [house.add(Role.ADMIN) for _ in range(2)]

    def close(person: str) -> bool:
        try:
            house.write(lambda db: people.deactivate(db, person))
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(close, admins)) == [False, True]


def test_an_account_is_closed_and_opened_again(house: House, admin: Visitor) -> None:
    path = add(admin)
    rosa = house.visitor(path.rpartition("/")[2])
    admin.post(f"{path}/deactivation")
    assert not rosa.is_in()
    assert "Open the account again" in admin.get(path).text
    person = path.rpartition("/")[2]
    with pytest.raises(Refused, match="closed"):
        house.write(lambda db: sign_in_links.new_link(db, person))
    admin.post(f"{path}/activation")
    assert house.visitor(path.rpartition("/")[2]).is_in()


def test_a_person_who_is_erased_leaves_an_id_and_nothing_else(house: House, admin: Visitor) -> None:
    path = add(admin, extension="214-secret")
    person = path.rpartition("/")[2]
    rosa = house.visitor(person)
    house.visitor().sign_in("rosa@example.com", "wrong password")
    assert "Nothing is erased" in admin.post(f"{path}/erasure", confirm="somebody").text
    assert rosa.is_in()
    assert admin.post(f"{path}/erasure", confirm=" Rosa@example.com ").status_code == 303
    assert not rosa.is_in()
    assert admin.get(path).status_code == 404
    assert "Rosa" not in admin.get("/settings/people").text
    (row,) = house.sql("SELECT p::text FROM accord.person p WHERE id = %s", person)
    for words in ("Rosa", "rosa@example.com", "214-secret"):
        assert words not in row[0]
    assert house.sql("SELECT count(*) FROM accord.sign_in_try") == [(0,)]
    assert house.sql("SELECT count(*) FROM accord.sign_in_link") == [(0,)]
    assert house.write(lambda db: people.contacts(db, [person])) == {}


def test_a_login_that_was_erased_can_be_given_to_somebody_new(house: House, admin: Visitor) -> None:
    path = add(admin)
    admin.post(f"{path}/erasure", confirm="rosa@example.com")
    assert add(admin, name="Rosa Nowak") != path


def test_names_are_words_and_never_markup(house: House, admin: Visitor) -> None:
    add(admin, name="<script>alert(1)</script>", login="x@y\"'><img>")
    page = admin.get("/settings/people").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<img>" not in page
    braces = admin.post("/settings/people", name="{0.__class__}{", login="{x}", role="rep", team="")
    assert braces.status_code == 422
    assert 'value="{0.__class__}{"' in braces.text


def test_a_story_finds_names_and_extensions_by_id(house: House) -> None:
    person = house.add(Role.REP, name="Kim Ahrend")
    found = house.write(lambda db: people.contacts(db, [person, "nobody", person]))
    assert found == {person: people.Contact("Kim Ahrend", "")}


def test_teams_are_added_and_renamed_and_keep_their_id(house: House, admin: Visitor) -> None:
    assert admin.post("/settings/teams", name="Gießerei Süd", side="production").status_code == 303
    assert house.app.state.teams["giesserei-sud"].name == "Gießerei Süd"
    again = admin.post("/settings/teams", name="Gießerei Süd", side="production", site="sued")
    assert again.status_code == 303
    assert house.app.state.teams["giesserei-sud-2"].site == "sued"
    changed = admin.post("/settings/teams/giesserei-sud", name="Foundry", site="nord")
    assert changed.status_code == 303
    team = house.app.state.teams["giesserei-sud"]
    assert (team.name, team.site, team.side) == ("Foundry", "nord", Side.PRODUCTION)
    assert "Foundry" in admin.get("/settings/teams").text
    for bad in ({"name": ""}, {"name": "X", "side": "clock"}, {"name": "X", "site": "nowhere"}):
        assert admin.post("/settings/teams", **{"side": "sales"} | bad).status_code == 422


def test_a_site_has_its_holidays_its_weekdays_and_its_shutdowns(
    house: House, admin: Visitor
) -> None:
    year = date.today().year + 1  # noqa: DTZ011 any year near this one will do
    form = {
        "name": "Werk West",
        "timezone": "Europe/Berlin",
        "country": "DE",
        "milestone": "arrives",
    }
    answer = admin.post(
        "/settings/sites", **form, subdivision="BY", weekdays=["0", "1", "2", "3", "4", "5"]
    )
    assert answer.headers["location"] == "/settings/sites/werk-west?done=added"
    path = "/settings/sites/werk-west"
    closure = {"first": f"{year}-08-03", "last": f"{year}-08-05", "words": "Stocktaking"}
    assert admin.post(f"{path}/closures", **closure).status_code == 303
    page = admin.get(path).text
    assert "Stocktaking" in page
    calendar = house.app.state.sites["werk-west"].calendar
    assert not calendar.is_working_day(date(year, 1, 6))  # Epiphany, a holiday in Bavaria
    assert not any(calendar.is_working_day(date(year, 8, day)) for day in (3, 4, 5))
    saturdays = [day for day in range(1, 32) if date(year, 7, day).weekday() == 5]
    assert all(calendar.is_working_day(date(year, 7, day)) for day in saturdays)
    assert admin.post(f"{path}/closures/{year}-08-03/removal").status_code == 303
    calendar = house.app.state.sites["werk-west"].calendar
    assert any(calendar.is_working_day(date(year, 8, day)) for day in (3, 4, 5))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"timezone": "Europe/Nowhere"}, "Choose a time zone"),
        ({"country": "XX"}, "Choose a country from the list"),
        ({"country": "DE", "subdivision": "ZZ"}, "BB, BE, BW, BY"),
        ({"country": "", "subdivision": "BY"}, "Choose the country too"),
        ({"weekdays": []}, "at least one day"),
        ({"weekdays": ["9"]}, "at least one day"),
        ({"milestone": "someday"}, "what a date means"),
        ({"name": ""}, "Give a name"),
    ],
)
def test_a_site_that_can_not_be_is_refused(
    admin: Visitor, said: dict[str, object], sentence: str
) -> None:
    form = {
        "name": "Werk West",
        "timezone": "Europe/Berlin",
        "weekdays": ["0"],
        "milestone": "ready",
    }
    answer = admin.post("/settings/sites", **form | said)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_shutdown_ends_on_or_after_it_begins(admin: Visitor) -> None:
    for first, last in (("2027-01-02", "2027-01-01"), ("2027-01-01", "2028-06-01"), ("soon", "")):
        answer = admin.post("/settings/sites/nord/closures", first=first, last=last)
        assert answer.status_code == 422


def test_the_plain_day_is_the_site_s_own(house: House) -> None:
    site = house.app.state.sites["nord"]
    assert site.now(datetime(2026, 11, 22, 22, 59, tzinfo=UTC)).today == date(2026, 11, 22)
    assert site.now(datetime(2026, 11, 22, 23, 0, tzinfo=UTC)).today == date(2026, 11, 23)


def test_another_process_knows_a_new_site_with_the_next_click(
    house: House, database: Addresses
) -> None:
    rep = house.add(Role.REP)
    with serving(database) as other:
        visitor = other.visitor(rep)
        assert "Werk Ost" not in visitor.get("/settings/account").text
        house.write(lambda db: sites_changing.add_site(db, name="Werk Ost", timezone="UTC"))
        assert visitor.is_in()
        assert "werk-ost" in other.app.state.sites


def test_a_program_without_a_browser_knows_sites_and_teams_too(house: House) -> None:
    directory = Directory()
    directory.load(house.addresses.app)
    assert [site.id for site in directory.sites] == ["nord", "sued"]
    assert directory.teams["unheard-of"].name == "unheard-of"
    assert {team.id for team in directory.teams.of(Side.PRODUCTION, site="nord")} == {"production"}
