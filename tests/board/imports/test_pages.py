"""An import on the screens: send, map, try, take in, and the file of bad rows."""

import csv
import io
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from board.database import Addresses
from board.imports.limits import LIMITS
from board.security import csrf_for
from domain.line import line_id
from domain.people import Role
from tests.board.imports.conftest import HEADING, WriteCsv, events_in
from tests.board.office import Office, office


@pytest.fixture
def at(database: Addresses) -> Iterator[Office]:
    with office(database) as served:
        yield served


class Visitor:
    """Somebody who is signed in, with a browser that has no JavaScript."""

    def __init__(self, at: Office, role: Role, team: str = "") -> None:
        token = at.sign_in(at.add_person(role, team=team))
        self._csrf = csrf_for(token)
        self._client = httpx.Client(
            base_url=at.url, cookies={at.cookie_name: token}, timeout=30, follow_redirects=True
        )

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._client.get(path, headers=headers)

    def post(
        self, path: str, data: dict[str, str] | None = None, file: Path | None = None
    ) -> httpx.Response:
        files = {"file": (file.name, file.read_bytes())} if file else None
        return self._client.post(path, data={"csrf": self._csrf, **(data or {})}, files=files)

    def waits(self, job: str, words: str) -> httpx.Response:
        """The page of a file once it says `words`."""
        for _ in range(300):
            page = self.get(job)
            if words in page.text:
                return page
            time.sleep(0.1)
        raise AssertionError(f"never said {words!r}: {page.text}")


def form_of(page: str) -> dict[str, str]:
    """What the mapping form holds as it is shown."""
    form = page[page.index("import-mapping") : page.index("</form>", page.index("import-mapping"))]
    values = {
        match[1]: match[2].replace("&amp;", "&").replace("&#39;", "'")
        for match in re.finditer(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', form)
        if match[1] not in ("csrf", "shift", "cancelled_filled")
    }
    for name, options in re.findall(
        r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        values[name] = chosen[1] if chosen else ""
    return values


def test_a_file_goes_from_its_columns_to_the_board(at: Office, csv_file: WriteCsv) -> None:
    planner = Visitor(at, Role.PLANNER, "production")
    path = csv_file(
        "4711,1,Møller & Søn,Bolt M8,100,2026-11-02,2026-12-03,",
        "4711,2,Møller & Søn,Nut M8,-5,2026-11-02,2026-12-03,",
        "4712,1,=cmd(),Washer,7,2026-11-02,the third,",
    )
    page = planner.post("/import", {"source": "ERP"}, path)
    assert "What do the columns mean?" in page.text
    job = page.url.path
    form = form_of(page.text)
    assert form["column.order_number"] == "order"
    assert form["column.wanted"] == "required date"
    assert form["column.shipped_on"] == "shipped date"

    form |= {"fixed.site": "nord", "fixed.sales_team": "sales", "fixed.team": "production"}
    assert planner.post(f"{job}/mapping", form).status_code == 200
    plan = planner.waits(job, "This would happen").text
    assert "Nothing is recorded yet" in plan
    assert "Quantity: -5 is below zero" in plan
    assert "the third” is no date" in plan
    assert events_in(at.addresses) == 0

    planner.post(f"{job}/run")
    done = planner.waits(job, "is in</h1>").text
    assert "2 rows didn't go in" in done
    assert events_in(at.addresses) == 1
    line = at.store.load(line_id("erp", "4711", "1")).line
    assert line is not None
    assert line.details.customer == "Møller & Søn"

    sent = planner.get(f"{job}/bad-rows.csv")
    assert sent.headers["content-disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(sent.content.decode("utf-8-sig"))))
    assert rows[0] == ["What is wrong", "Row in the file", *HEADING.split(",")]
    assert [row[1] for row in rows[1:]] == ["3", "4"]
    assert rows[2][4] == "'=cmd()"

    # Its content is no longer kept, its columns are.
    with psycopg.connect(at.addresses.app) as connection:
        kept = connection.execute(
            "SELECT count(*) FROM accord.import_piece WHERE kind = 'file'"
        ).fetchone()
    assert kept == (0,)
    again = planner.post("/import", {"source": "erp"}, path).text
    assert "as for its last file" in again
    assert form_of(again)["fixed.team"] == "production"


def test_the_progress_is_renewed_with_and_without_scripts(at: Office, csv_file: WriteCsv) -> None:
    planner = Visitor(at, Role.PLANNER, "production")
    page = planner.post("/import", {"source": "erp"}, csv_file("1,1,A,B,1,2026-11-02,,"))
    job = page.url.path
    with psycopg.connect(at.addresses.app) as connection:
        connection.execute("UPDATE accord.import_job SET state = 'planning', rows_done = 1")
    whole = planner.get(job).text
    assert '<noscript><meta http-equiv="refresh"' in whole
    part = planner.get(job, **{"hx-request": "true", "hx-request-type": "partial"}).text
    assert part.strip().startswith('<div id="working"')
    assert 'hx-trigger="every 1s"' in part
    with psycopg.connect(at.addresses.app) as connection:
        connection.execute("UPDATE accord.import_job SET heartbeat = now() - interval '1 hour'")
    stopped = planner.get(job)
    assert "begin again" in stopped.text
    assert stopped.headers["hx-refresh"] == "true"


def test_what_is_no_table_is_refused_where_it_is_sent(at: Office, tmp_path: Path) -> None:
    planner = Visitor(at, Role.PLANNER, "production")
    path = tmp_path / "orders.csv"
    path.write_bytes(b"%PDF-1.7 ...")
    page = planner.post("/import", {"source": "erp"}, path)
    assert page.status_code == 422
    assert "This is a PDF, not a table" in page.text
    assert 'value="erp"' in page.text


def test_a_missing_column_is_named_and_the_form_keeps_what_was_chosen(
    at: Office, csv_file: WriteCsv
) -> None:
    planner = Visitor(at, Role.PLANNER, "production")
    path = csv_file("1,1,Bolt,3", heading="order,line,thing,how many")
    page = planner.post("/import", {"source": "erp"}, path)
    form = form_of(page.text)
    assert form["column.quantity"] == ""
    form |= {"column.product": "thing", "fixed.site": "nord"}
    refused = planner.post(f"{page.url.path}/mapping", form)
    assert refused.status_code == 422
    assert "Quantity (quantity)" in refused.text
    assert form_of(refused.text)["column.product"] == "thing"


def test_a_rep_and_another_planner_see_nothing_of_it(at: Office, csv_file: WriteCsv) -> None:
    planner = Visitor(at, Role.PLANNER, "production")
    job = planner.post("/import", {"source": "erp"}, csv_file("1,1,A,B,1,,,")).url.path
    assert Visitor(at, Role.REP, "sales").get("/import").status_code == 403
    assert Visitor(at, Role.PLANNER, "production").get(job).status_code == 404
    assert Visitor(at, Role.ADMIN).get(job).status_code == 200


def test_a_file_can_be_put_away(at: Office, csv_file: WriteCsv) -> None:
    planner = Visitor(at, Role.PLANNER, "production")
    job = planner.post("/import", {"source": "erp"}, csv_file("1,1,A,B,1,,,")).url.path
    assert "No file was sent yet" in planner.post(f"{job}/removal").text
    assert planner.get(job).status_code == 404


def test_two_who_press_the_button_at_once_take_it_in_once(at: Office, csv_file: WriteCsv) -> None:
    planner = Visitor(at, Role.PLANNER, "production")
    page = planner.post("/import", {"source": "erp"}, csv_file("1,1,A,B,1,2026-11-02,,"))
    form = form_of(page.text) | {
        "fixed.site": "nord", "fixed.sales_team": "sales", "fixed.team": "production",
    }  # fmt: skip
    planner.post(f"{page.url.path}/mapping", form)
    planner.waits(page.url.path, "This would happen")
    planner.post(f"{page.url.path}/run")
    planner.waits(page.url.path, "is in</h1>")
    again = planner.post(f"{page.url.path}/run")
    assert again.status_code == 422
    assert "is done" in again.text
    assert events_in(at.addresses) == 1


def test_a_file_beyond_the_limit_is_refused_before_it_is_sent(at: Office) -> None:
    token = at.sign_in(at.add_person(Role.PLANNER, team="production"))
    with socket.create_connection(("127.0.0.1", at.port), timeout=10) as wire:
        wire.sendall(
            f"POST /import HTTP/1.1\r\nHost: 127.0.0.1:{at.port}\r\n"
            f"Cookie: {at.cookie(token)}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            f"Content-Length: {2 * LIMITS.size}\r\n\r\n".encode()
        )
        assert wire.recv(100).startswith(b"HTTP/1.1 413")


def test_a_file_can_be_read_in_another_way(at: Office, tmp_path: Path) -> None:
    planner = Visitor(at, Role.PLANNER, "production")
    path = tmp_path / "orders.csv"
    path.write_bytes("order|line|customer\n1|1|Łódź\n".encode("cp1250"))
    page = planner.post("/import", {"source": "erp"}, path)
    job = page.url.path
    other = planner.post(f"{job}/mapping", {"again": "1", "encoding": "cp1252"})
    assert "£ódŸ" in other.text
    again = planner.post(f"{job}/mapping", {"again": "1", "encoding": "cp1250"})
    assert "Łódź" in again.text
    wrong = planner.post(f"{job}/mapping", {"again": "1", "encoding": "utf-8"})
    assert wrong.status_code == 422
    assert "line 2 has letters" in wrong.text


def test_the_team_that_promises_is_chosen_by_family(at: Office, csv_file: WriteCsv) -> None:
    planner = Visitor(at, Role.PLANNER, "production")
    path = csv_file(
        "1,1,A,B,1,Shafts", "2,1,A,B,1,Gears",
        heading="order,line,customer,product,quantity,product family",
    )  # fmt: skip
    with psycopg.connect(at.addresses.owner) as connection:
        connection.execute(
            "INSERT INTO accord.team (id, name, side) VALUES ('buying', 'Buying', 'purchasing')"
        )
    page = planner.post("/import", {"source": "erp"}, path)
    job = page.url.path
    form = form_of(page.text) | {
        "fixed.site": "nord", "fixed.sales_team": "sales", "fixed.team": "production",
        "team_by": "family", "value.family.0": "Gears", "team.family.0": "buying",
    }  # fmt: skip
    for _ in range(100):  # the application hears of the new team within a moment
        planner.post(f"{job}/mapping", form)
        if ">2 would go in<" in planner.waits(job, "This would happen").text:
            break
        time.sleep(0.3)
    planner.post(f"{job}/run")
    planner.waits(job, "is in</h1>")
    teams = {}
    for order in ("1", "2"):
        line = at.store.load(line_id("erp", order, "1")).line
        assert line is not None
        teams[order] = line.details.team
    assert teams == {"1": "production", "2": "buying"}


def test_an_admin_forgets_the_name_of_a_rep(at: Office, csv_file: WriteCsv) -> None:
    planner, admin = Visitor(at, Role.PLANNER, "production"), Visitor(at, Role.ADMIN)
    heading = "order,line,customer,product,quantity,sales rep"
    path = csv_file("1,1,A,B,1,Nancy D.", heading=heading)
    page = planner.post("/import", {"source": "erp"}, path)
    form = form_of(page.text) | {
        "fixed.site": "nord", "fixed.sales_team": "sales", "fixed.team": "production",
    }  # fmt: skip
    planner.post(f"{page.url.path}/mapping", form)
    planner.waits(page.url.path, "This would happen")
    planner.post(f"{page.url.path}/run")
    planner.waits(page.url.path, "is in</h1>")
    assert "Nancy D." not in planner.get("/import").text
    front = admin.get("/import").text
    assert "Nancy D." in front
    rep = re.findall(r'name="person" value="(rep:[^"]+)"', front)[0]
    assert planner.post("/import/reps/removal", {"person": rep}).status_code == 403
    assert "Nancy D." not in admin.post("/import/reps/removal", {"person": rep}).text
    line = at.store.load(line_id("erp", "1", "1")).line
    assert line is not None
    assert line.details.rep == rep
