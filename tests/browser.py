"""Find a Chromium or Chrome for the browser tests, and install one when asked to.

`python -m tests.browser` prints the path of one; with `--install` it gets one first if need be.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ADVICE = """No Chromium or Chrome for the browser tests was found, and none could be installed.
Any one of these will do, then run the tests again:
  sudo apt-get install chromium               (Debian; Ubuntu and Fedora have it too)
  .venv/bin/python -m playwright install chromium
  export ACCORD_TEST_BROWSER=/path/to/a/chromium"""


def find_browser() -> str | None:
    """The path of a browser that can be driven, or None."""
    if chosen := os.environ.get("ACCORD_TEST_BROWSER"):
        return shutil.which(chosen)
    found = (shutil.which(name) for name in (*NAMES, *PLACES))
    return next((path for path in found if path), None) or _playwright_s_own()


def install_browser() -> str | None:
    """Install one as this user can: root by apt, others into playwright's own folder."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
        _told(*quiet, "update")
        _told(*quiet, "install", "--yes", "--no-install-recommends", "chromium")
    if not find_browser():
        _told(sys.executable, "-m", "playwright", "install", "chromium")
    return find_browser()


def _told(*words: str) -> None:
    """Run a command whose words go to stderr, since stdout is for the path alone."""
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print(f"Getting a browser for the tests: {' '.join(words)}", file=sys.stderr)
    subprocess.run(words, check=False, env=environ, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def _playwright_s_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


if __name__ == "__main__":
    browser = find_browser() or (install_browser() if "--install" in sys.argv else None)
    if not browser:
        sys.exit(ADVICE)
    print(browser)
