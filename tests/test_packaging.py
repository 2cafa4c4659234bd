"""The lock files pin everything, and the wheel carries everything."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from board import layout

ROOT = layout.checkout() or Path()
LOCKS = ("requirements.lock", "requirements-dev.lock")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of the files in a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    done = subprocess.run([*build, "--outdir", folder, ROOT], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return opened.namelist()


@pytest.mark.parametrize("inside", ["board/templates/", "board/migrations/", "board/static/"])
def test_the_wheel_carries_every_file_of_the_pages_and_the_tables(
    packed: list[str], inside: str
) -> None:
    folder = getattr(layout, inside.split("/")[1])()
    there = {
        inside + str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there
    assert there <= set(packed)


def test_the_wheel_carries_nothing_else(packed: list[str]) -> None:
    tops = {name.split("/")[0] for name in packed}
    tops = {top for top in tops if not top.endswith(".dist-info")}
    assert tops == {"board", "domain", "projections"}
    assert not [name for name in packed if "/tests/" in name or name.endswith(".pyc")]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_hashes_and_no_registry_is_named(lock: str) -> None:
    text = (ROOT / "deploy" / lock).read_text()
    assert "://" not in text
    assert "--index" not in text
    packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 40
    for package in packages:
        assert re.match(r"[a-z0-9._-]+==\S+", package)
        assert "--hash=sha256:" in package


def test_what_is_asked_for_is_in_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = {LOCKS[0]: project["project"]["dependencies"]}
    asked[LOCKS[1]] = asked[LOCKS[0]] + project["dependency-groups"]["dev"]
    for lock, requirements in asked.items():
        pinned = _pins(lock)
        names = {re.split(r"[\[<>=~; ]", requirement)[0].lower() for requirement in requirements}
        assert names <= set(pinned), f"run make lock: {names - set(pinned)}"


def test_people_and_developers_run_the_same_versions() -> None:
    assert _pins(LOCKS[0]).items() <= _pins(LOCKS[1]).items()


def _pins(lock: str) -> dict[str, str]:
    text = (ROOT / "deploy" / lock).read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, flags=re.MULTILINE))
