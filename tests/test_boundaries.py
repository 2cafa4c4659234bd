"""Boundaries that import-linter can't see, since these folders are no packages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from board import layout

OURS = {"board", "domain", "projections", "tests"}
PRODUCT = ("board", "domain", "projections", "migrations")
ROOT = layout.checkout() or Path()


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0] if not node.level else "board"


def test_migrations_import_nothing_of_ours() -> None:
    files = list(layout.migrations().rglob("*.py"))
    assert files
    assert {path.name: OURS & set(_imported(path)) for path in files} == {
        path.name: set() for path in files
    }


@pytest.mark.parametrize("folder", PRODUCT)
def test_the_product_imports_no_test(folder: str) -> None:
    files = list((ROOT / folder).rglob("*.py"))
    assert files
    assert not [path for path in files if {"tests", "pytest"} & set(_imported(path))]


@pytest.mark.parametrize("folder", PRODUCT)
def test_no_file_is_named_for_nothing(folder: str) -> None:
    vague = {"utils", "helpers", "manager", "service", "core", "base", "common", "misc"}
    assert not [path for path in (ROOT / folder).rglob("*") if path.stem in vague]
