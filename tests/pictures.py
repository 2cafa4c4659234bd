"""Takes the pictures of the pages for the README: `make pictures`, from a demo of its own.

Needs a Chromium (see tests/browser.py). The same seed and the same day give the same pictures.
"""

import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import click
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import ADVICE, find_browser
from tests.command import Running, running

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
WIDTH, HEIGHT = 1440, 900
LARGEST = 200_000  # bytes of one picture

_FILE = """order;position;customer;article;family;quantity;wanted;confirmed
48901;10;Müller Förderanlagen GmbH;Drive shaft 25 × 310;Shafts;120;12.01.;19.01.
48901;20;Müller Förderanlagen GmbH;Jaw coupling 38;Couplings;24;12.01.;
48902;10;Ateliers d'Orval S.A.S.;Spur gear m2 z48;Gears;60;soon;
"""


def main() -> None:
    """All of them, one after the other."""
    path = find_browser()
    if not path:
        sys.exit(ADVICE)
    PICTURES.mkdir(exist_ok=True)
    with _demo() as demo, sync_playwright() as playwright:
        words = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=words)
        for name, take in PAGES.items():
            _keep(name, take(browser, demo))
        browser.close()


@contextmanager
def _demo() -> Iterator[Running]:
    """A fresh one, in which nobody moves while the picture is taken."""
    folder = Path(tempfile.mkdtemp(prefix="accord-pictures-"))
    folder.chmod(0o711)
    try:
        words = ("demo", "--port", "0", "--pace", "0")
        with running(*words, ACCORD_DATA=str(folder / "data")) as demo:
            demo.until("Ctrl-c ends everything")
            yield demo
            demo.stop(signal.SIGINT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _page(browser: Browser, *, width: int = WIDTH, height: int = HEIGHT) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="light",
        locale="en-GB",
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    return context.new_page()


def _signed_in(browser: Browser, demo: Running, who: str) -> Page:
    """Each link works once: whoever signed in with it stays signed in for all pictures."""
    page = _page(browser)
    if who in _COOKIES:
        page.context.add_cookies(_COOKIES[who])
        page.goto(demo.address())
        return page
    link = re.search(rf"{who}\b.*\n\s*(http\S+/sign-in/\S+)", demo.said)
    assert link, demo.said
    page.goto(link[1])
    page.get_by_role("button").first.click()
    page.wait_for_selector("[id^=line-]")
    _COOKIES[who] = page.context.cookies()
    return page


_COOKIES: dict[str, Any] = {}


def _board(browser: Browser, demo: Running) -> Page:
    return _signed_in(browser, demo, "a rep")


def _line(browser: Browser, demo: Running) -> Page:
    """A line with an offer to answer, beside the board."""
    page = _signed_in(browser, demo, "a rep")
    page.goto(f"{demo.address()}/?state=countered")
    page.locator("[id^=line-] .who a").first.click()
    page.wait_for_selector("[id^=move-]")
    return page


def _wall(browser: Browser, demo: Running) -> Page:
    page = _page(browser, width=1920, height=1080)
    page.goto(demo.address("/wall/"))
    return page


def _bulk(browser: Browser, demo: Running) -> Page:
    """One move on many lines, before it is made."""
    page = _signed_in(browser, demo, "a planner")
    page.goto(f"{demo.address()}/?state=requested")
    for box in page.locator("[id^=line-] input[type=checkbox]").all()[:8]:
        box.check()
    page.locator("button[form=many][name=move]").first.click()
    page.wait_for_selector("#many-run")
    return page


def _import(browser: Browser, demo: Running) -> Page:
    """A file in the form that a German Excel writes."""
    page = _signed_in(browser, demo, "an admin")
    page.goto(f"{demo.address()}/import")
    path = Path(tempfile.mkdtemp()) / "orders.csv"
    path.write_text(_FILE, encoding="cp1252")
    page.locator("input[type=file]").set_input_files(path)
    page.locator("input[name=source]").fill("erp2")
    page.get_by_role("button", name="Look at the columns").click()
    for field, place in {
        "site": "nord",
        "sales_team": "sales-north",
        "team": "nord-machining",
    }.items():
        page.locator(f"[id='fixed.{field}']").select_option(place)
    page.get_by_role("button", name="Try it").click()
    page.wait_for_selector("text=Correct the columns")
    return page


def _sign_in(browser: Browser, demo: Running) -> Page:
    page = _page(browser)
    page.goto(f"{demo.address()}/sign-in")
    return page


def _new_line(browser: Browser, demo: Running) -> Page:
    page = _signed_in(browser, demo, "a rep")
    page.goto(f"{demo.address()}/lines/new")
    return page


def _settings(browser: Browser, demo: Running) -> Page:
    page = _signed_in(browser, demo, "an admin")
    page.goto(f"{demo.address()}/settings/people")
    return page


PAGES: dict[str, Callable[[Browser, Running], Page]] = {
    "board": _board,
    "line": _line,
    "wall": _wall,
    "many-lines": _bulk,
    "import": _import,
    "new-line": _new_line,
    "settings": _settings,
    "sign-in": _sign_in,
}


def _keep(name: str, page: Page) -> None:
    page.wait_for_timeout(400)
    path = PICTURES / f"{name}.png"
    with Image.open(BytesIO(page.screenshot(animations="disabled"))) as picture:
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    page.context.close()
    size = path.stat().st_size
    click.echo(f"{path.relative_to(PICTURES.parents[1])}: {size / 1000:.0f} kB")
    if size > LARGEST:
        sys.exit(f"larger than {LARGEST / 1000:.0f} kB")


if __name__ == "__main__":
    main()
