"""The README says what is true: its files are there, its commands and settings exist."""

import re
from pathlib import Path

import pytest

from board import layout
from board.cli import whole
from board.settings import VARIABLES

ROOT = layout.checkout() or Path()
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_file_and_folder_it_names_is_there() -> None:
    named = re.findall(
        r"`((?:domain|projections|board|templates|migrations|tests|benchmarks|deploy|docs)/[^`\s]*)`",
        README,
    )
    assert len(named) > 25
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_picture_it_shows_is_there_and_small() -> None:
    shown = re.findall(r"\]\((docs/pictures/[^)]+)\)", README)
    assert len(shown) >= 5
    assert [p for p in shown if not 0 < (ROOT / p).stat().st_size < 200_000] == []


def test_its_table_has_every_setting_and_no_other() -> None:
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE))
    assert table == {variable.name for variable in VARIABLES}


def test_its_list_of_commands_is_whole() -> None:
    listed = set(re.findall(r"^accord (\w+) {2,}", README, re.MULTILINE))
    assert listed == set(whole().commands) - {"settings"}


_MADE = sorted(set(re.findall(r"(?:`|^)make ([a-z]+)", README, re.MULTILINE)))


@pytest.mark.parametrize("target", _MADE)
def test_what_is_to_be_made_can_be_made(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_functions_it_traces_a_click_through_are_where_it_says() -> None:
    for name, path in {
        "legal_moves": "domain/moves/permission.py",
        "commit_date": "domain/moves/answering.py",
        "change": "projections/event_store.py",
    }.items():
        assert f"`{name}()`" in README
        assert re.search(rf"^\s*def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
