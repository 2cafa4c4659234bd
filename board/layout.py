"""Where Accord's own folders are: at the checkout's root, or inside the installed wheel."""

import hashlib
import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def templates() -> Path:
    """The folder of the page templates."""
    return _folder("templates")


def migrations() -> Path:
    """The folder of the database migrations."""
    return _folder("migrations")


def static() -> Path:
    """The folder of the files that a browser fetches as they are."""
    return _folder("static")


def checkout() -> Path | None:
    """The root of the checkout that this code runs from, or None when it was installed."""
    root = _PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() else None


def data() -> Path:
    """Where data is kept unless somebody says otherwise.

    For root it is under /var/lib, one folder a checkout: the database works as another user there,
    who could not reach a private home.
    """
    root = checkout()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        which = f"-{hashlib.sha256(os.fsencode(root)).hexdigest()[:10]}" if root else ""
        return Path(f"/var/lib/accord{which}")
    if root:
        return root / ".accord"
    share = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(share) / "accord"


def _folder(name: str) -> Path:
    """The wheel carries every folder inside `board`; a checkout keeps some of them beside it.

    Raises FileNotFoundError when the folder is in neither place.
    """
    for folder in (_PACKAGE / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"Accord's folder {name!r} is missing beside {_PACKAGE}; reinstall it")
