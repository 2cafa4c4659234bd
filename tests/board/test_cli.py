"""The command line: help that helps, sentences instead of tracebacks, exit codes that count."""

import csv
import re
import signal
import time
from pathlib import Path

import httpx
import psycopg
import pytest
from click.testing import CliRunner, Result

from board.cli import whole
from board.database import Addresses
from board.demo.loading import load
from board.settings import VARIABLES
from projections.rebuild import rebuild
from tests.command import accord, running

COMMANDS = [
    "demo", "serve", "project", "migrate", "rebuild", "check", "settings", "import", "export",
    "user",
]  # fmt: skip


def _typed(*words: str, addresses: Addresses | None = None, **given: str) -> Result:
    """What a terminal would show, in this process."""
    clean: dict[str, str | None] = {v.name: None for v in VARIABLES}
    if addresses:
        clean |= {"DATABASE_URL": addresses.app, "MIGRATION_DATABASE_URL": addresses.owner}
    return CliRunner().invoke(whole(), words, env={**clean, **given}, prog_name="accord")


@pytest.fixture
def loaded(database: Addresses) -> Addresses:
    load(database.app)
    rebuild(database.app)
    return database


def test_help_lists_every_command_with_a_whole_sentence() -> None:
    shown = _typed("--help")
    assert shown.exit_code == 0
    lines = re.findall(r"^  (\w+)  +(.+)$", shown.output, re.MULTILINE)
    assert [name for name, _ in lines] == COMMANDS
    assert all(words.endswith(".") and not words.endswith("...") for _, words in lines)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    shown = _typed(command, "--help")
    assert shown.exit_code == 0
    assert len(shown.output) > 100


@pytest.mark.parametrize("command", ["demo", "serve", "migrate", "import", "export", "user"])
def test_commands_with_options_show_examples(command: str) -> None:
    assert f"accord {command}" in _typed(command, "--help").output.partition("Examples:")[2]


def test_every_setting_is_named() -> None:
    shown = _typed("settings").output
    assert all(variable.name in shown and variable.does in shown for variable in VARIABLES)


def test_settings_that_make_no_sense_are_all_named_at_once() -> None:
    shown = _typed("check", ACCORD_PORT="many", DATABASE_URL="mysql://x")
    assert shown.exit_code == 2
    assert "ACCORD_PORT" in shown.output
    assert "DATABASE_URL" in shown.output
    assert "mysql" not in shown.output


def test_options_count_more_than_the_environment() -> None:
    shown = _typed("serve", "--port", "99999", ACCORD_PORT="8080")
    assert shown.exit_code == 2
    assert "from 0 (any free one) to 65535" in shown.output


def test_a_database_that_is_away_is_a_sentence() -> None:
    shown = _typed("check", DATABASE_URL="postgresql://nobody:secret@127.0.0.1:1/none")
    assert shown.exit_code == 1
    assert "The database doesn't answer" in shown.output
    assert "secret" not in shown.output


def test_a_database_without_tables_says_what_makes_them(empty_database: Addresses) -> None:
    for words in (("check",), ("rebuild",), ("user", "list")):
        shown = _typed(*words, addresses=empty_database)
        assert shown.exit_code == 1
        assert "accord migrate" in shown.output


def test_migrating_makes_the_tables_and_goes_back(empty_database: Addresses) -> None:
    assert "up to date" in _typed("migrate", addresses=empty_database).output
    assert _typed("check", addresses=empty_database).exit_code == 0
    refused = _typed("migrate", "--back", "--to", "base", addresses=empty_database)
    assert refused.exit_code == 1
    assert _typed("check", addresses=empty_database).exit_code == 0
    back = CliRunner().invoke(
        whole(),
        ["migrate", "--back", "--to", "base"],
        input="y\n",
        env={"DATABASE_URL": empty_database.app, "MIGRATION_DATABASE_URL": empty_database.owner},
    )
    assert back.exit_code == 0
    assert "accord migrate" in _typed("check", addresses=empty_database).output


def test_migrating_as_the_applications_role_says_which_role_is_needed(
    empty_database: Addresses,
) -> None:
    shown = _typed("migrate", DATABASE_URL=empty_database.app)
    assert shown.exit_code == 1
    assert "MIGRATION_DATABASE_URL" in shown.output


def test_tables_of_a_newer_accord_are_left_alone(database: Addresses) -> None:
    with psycopg.connect(database.owner) as db:
        db.execute("UPDATE accord.alembic_version SET version_num = '9999'")
    shown = _typed("check", addresses=database)
    assert shown.exit_code == 1
    assert "a newer Accord (to 9999)" in shown.output


def test_tables_of_an_older_accord_say_what_updates_them(database: Addresses) -> None:
    with psycopg.connect(database.owner) as db:
        db.execute("UPDATE accord.alembic_version SET version_num = '0001'")
    shown = _typed("check", addresses=database)
    assert shown.exit_code == 1
    assert "an older Accord (at 0001). Run: accord migrate" in shown.output


def test_a_clean_log_checks(loaded: Addresses) -> None:
    shown = _typed("check", addresses=loaded)
    assert shown.exit_code == 0
    said = r"What people see is what the log says, up to position (\d+) of \1\.\n"
    assert re.fullmatch(said, shown.stdout)


def test_a_row_that_is_not_what_the_log_says_is_named_and_rebuilt(loaded: Addresses) -> None:
    with psycopg.connect(loaded.owner) as db:
        row = db.execute("SELECT name FROM accord.read_models WHERE live").fetchone()
        assert row is not None
        changed = db.execute(
            f"UPDATE {row[0]}.lines SET customer = 'Somebody else' WHERE id IN"
            f" (SELECT id FROM {row[0]}.lines ORDER BY id LIMIT 2) RETURNING id".encode()
        ).fetchall()
    shown = _typed("check", addresses=loaded)
    assert shown.exit_code == 1
    assert all(f"line {line_id}" in shown.output for (line_id,) in changed)
    assert "accord rebuild" in shown.output

    mended = _typed("rebuild", addresses=loaded)
    assert mended.exit_code == 0
    assert re.search(r"up to position \d{4}", mended.output)
    assert _typed("check", addresses=loaded).exit_code == 0


_FILE = """order;line;customer;article;quantity;wanted;group;sales
A-1;10;Müller & Söhne;Shaft;20;{day};Shafts;x
A-1;20;Müller & Söhne;Shaft;-5;{day};Shafts;x
"""
_HOW = (
    "--source", "trial", "--column", "order_number=order", "--column", "line_number=line",
    "--column", "product=article", "--column", "family=group", "--fix", "site=nord",
    "--fix", "sales_team=sales-north", "--fix", "team=nord-machining",
)  # fmt: skip


def test_importing_says_what_came_of_it_and_hands_bad_rows_back(
    loaded: Addresses, tmp_path: Path
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(_FILE.format(day="2031-05-12"), encoding="cp1252")
    tried = _typed("import", str(file), *_HOW, "--dry-run", addresses=loaded)
    assert tried.exit_code == 3, tried.output
    assert re.search(r"1 would be entered", tried.output)

    shown = _typed("import", str(file), *_HOW, addresses=loaded)
    assert shown.exit_code == 3
    assert re.search(r"1 entered", shown.output)
    assert re.search(r"row 3: ", shown.output)
    bad = (tmp_path / "orders.bad.csv").read_text(encoding="utf-8-sig")
    assert bad.count("A-1") == 1

    again = _typed("import", str(file), *_HOW, addresses=loaded)
    assert re.search(r"1 say nothing new", again.output)


def test_a_file_that_is_none_is_a_sentence(loaded: Addresses, tmp_path: Path) -> None:
    shown = _typed("import", str(tmp_path / "none.csv"), "--source", "trial", addresses=loaded)
    assert shown.exit_code == 1
    assert "There is no file none.csv" in shown.output


@pytest.mark.parametrize(
    "words", [("--fix", "site"), ("--column", "=x"), ("--shift-weeks", "soon")]
)
def test_options_of_another_shape_are_shown_the_right_one(
    words: tuple[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("a,b\n1,2\n")
    shown = _typed("import", str(file), "--source", "trial", *words)
    assert shown.exit_code == 2


def test_exporting_writes_the_agreed_dates_and_where_to_go_on(
    loaded: Addresses, tmp_path: Path
) -> None:
    file = tmp_path / "agreed.csv"
    shown = _typed("export", "commitments", str(file), addresses=loaded)
    assert shown.exit_code == 0, shown.output
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert f"{len(rows)} rows" in shown.output
    assert len(rows) > 100
    found = re.search(r"--since (\d+)", shown.output)
    assert found
    later = tmp_path / "later.xlsx"
    shown = _typed("export", "commitments", str(later), "--since", found.group(1), addresses=loaded)
    assert "0 rows" in shown.output
    assert later.exists()


def test_exporting_the_board_takes_the_filter_of_a_page(loaded: Addresses, tmp_path: Path) -> None:
    every, few = tmp_path / "all.csv", tmp_path / "few.csv"
    whole_board = _typed("export", "board", str(every), addresses=loaded)
    at_risk = _typed("export", "board", str(few), "--filter", "mark=at_risk", addresses=loaded)
    counts = [int(shown.output.split()[0]) for shown in (whole_board, at_risk)]
    assert counts[0] > 200 > 40 > counts[1] > 0


def test_an_export_to_nowhere_is_a_sentence(loaded: Addresses, tmp_path: Path) -> None:
    nowhere = tmp_path / "none" / "agreed.csv"
    shown = _typed("export", "commitments", str(nowhere), addresses=loaded)
    assert shown.exit_code == 1
    assert "No such file or directory" in shown.output


def test_the_first_admin_gets_in_by_the_printed_link(database: Addresses) -> None:
    """The way into an Accord that nobody has an account of yet."""
    with running("serve", "--port", "0", DATABASE_URL=database.app) as serving:
        serving.until("Serving")
        added = _typed(
            "user", "add", "Anna@example.com", "--name", "Anna Beck", "--role", "admin",
            addresses=database, ACCORD_URL=serving.address(),
        )  # fmt: skip
        assert added.exit_code == 0, added.output
        link = added.output.strip()
        with httpx.Client(follow_redirects=True) as browser:
            csrf = re.search(r'name="csrf" value="([^"]+)"', browser.get(link).text)
            assert csrf
            form = {"csrf": csrf[1], "password": "four words in a row", "again": ""}
            form["again"] = form["password"]
            assert browser.post(link, data=form).status_code == 200
            assert browser.get(f"{serving.address()}/settings/people").status_code == 200


def test_accounts_are_closed_opened_and_erased(loaded: Addresses) -> None:
    login = "s.ullrich"
    listed = _typed("user", "list", addresses=loaded, COLUMNS="200").output
    assert login in listed
    assert "Sales North" in listed or "sales-north" in listed
    assert "closed" in _typed("user", "close", login, addresses=loaded).output
    refused = _typed("user", "link", login, addresses=loaded)
    assert refused.exit_code == 1
    assert "closed" in refused.output
    assert "open" in _typed("user", "open", login, addresses=loaded).output
    link = _typed("user", "link", login, "--sign-in", addresses=loaded)
    assert "/sign-in/" in link.output
    assert "0 browsers" in _typed("user", "sign-out", login, addresses=loaded).output
    assert _typed("user", "erase", login, "--yes", addresses=loaded).exit_code == 0
    assert login not in _typed("user", "list", addresses=loaded, COLUMNS="200").output


def test_the_only_admin_is_not_closed(loaded: Addresses) -> None:
    listed = _typed("user", "list", addresses=loaded, COLUMNS="200").output
    admin = next(line for line in listed.splitlines() if "admin" in line).split("│")[1].strip()
    shown = _typed("user", "close", admin, addresses=loaded)
    assert shown.exit_code == 1
    assert "only admin" in shown.output


def test_a_login_that_nobody_has_is_a_sentence(database: Addresses) -> None:
    shown = _typed("user", "link", "nobody", addresses=database)
    assert shown.exit_code == 1
    assert "Nobody has the login nobody" in shown.output


def test_a_process_of_its_own_follows_the_log(database: Addresses) -> None:
    load(database.app)
    with running("project", DATABASE_URL=database.app) as following:
        give_up = time.monotonic() + 30
        with psycopg.connect(database.app, autocommit=True) as db:
            behind = (
                "SELECT position < (SELECT max(notification_id) FROM accord.stored_events)"
                " FROM accord.read_models WHERE live"
            )
            while db.execute(behind).fetchone() != (False,):
                assert time.monotonic() < give_up
                time.sleep(0.1)
        assert following.stop(signal.SIGTERM) < 3
        assert following.process.returncode == 0
    assert _typed("check", addresses=database).exit_code == 0


def test_the_command_says_its_version() -> None:
    ended = accord("--version")
    assert re.fullmatch(r"accord, version \d+\.\d+\.\d+\n", ended.stdout)
