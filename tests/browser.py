"""Find a Chromium or Chrome for the browser tests, and install one when asked to.

`python -m tests.browser` prints the path of one; with `--install` it gets one first if need be.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
CACHES = (".cache/ms-playwright", "Library/Caches/ms-playwright")
CACHED = ("chromium-*/chrome-*/chrome", "chromium-*/chrome-*/*.app/Contents/MacOS/*")
PACKAGES = ("chromium", "libatomic1")  # what drives the browser needs the second
ADVICE = f"""The browser tests need a Chromium or Chrome, and none that works could be had.
Any one of these will do, then run the tests again:
  sudo apt-get install {" ".join(PACKAGES)}    (Debian)
  sudo .venv/bin/python -m playwright install --with-deps chromium    (other systems)
  export ACCORD_TEST_BROWSER=/path/to/a/chromium
To leave them out: make test ARGS="--ignore tests/journeys" """


def find_browser() -> str | None:
    """The path of a browser that starts, and can be driven, or None."""
    if not _starts(compute_driver_executable()[0]):
        return None
    if chosen := os.environ.get("ACCORD_TEST_BROWSER"):
        return chosen if _starts(chosen) else None
    found = [path for name in (*NAMES, *PLACES) if (path := shutil.which(name))]
    return next((path for path in [*found, *_downloaded()] if _starts(path)), None)


def install_browser() -> str | None:
    """Install one as this user can: root by apt, others into playwright's own folder."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
        _told(*quiet, "update")
        _told(*quiet, "install", "--yes", "--no-install-recommends", *PACKAGES)
    elif _starts(compute_driver_executable()[0]):
        _told(sys.executable, "-m", "playwright", "install", "chromium")
    return find_browser()


def _told(*words: str) -> None:
    """Run a command whose words go to stderr, since stdout is for the path alone."""
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print(f"Getting a browser for the tests: {' '.join(words)}", file=sys.stderr)
    subprocess.run(words, check=False, env=environ, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def _starts(program: str) -> bool:
    """Whether it has all the libraries that it needs on this machine."""
    try:
        done = subprocess.run([program, "--version"], check=False, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _downloaded() -> list[str]:
    """What playwright has fetched for this user, the newest first."""
    chosen = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    caches = [Path(chosen)] if chosen else [Path.home() / cache for cache in CACHES]
    return sorted(str(path) for top in caches for way in CACHED for path in top.glob(way))[::-1]


if __name__ == "__main__":
    browser = find_browser() or (install_browser() if "--install" in sys.argv else None)
    if not browser:
        sys.exit(ADVICE)
    print(browser)
