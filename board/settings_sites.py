"""The admin's pages about sites and their calendars."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import available_timezones

from litestar import Response, Router, get, post
from litestar.datastructures import FormMultiDict
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from board import given, sites_changing
from board.people import Db
from board.problems import refusal
from board.rendering import AnyRequest, Pages
from board.sign_in import go_to
from board.sites import Directory, Site, holidays_of
from domain.events import Milestone
from domain.refusals import Refused, Wrong

DONE = {"changed": "Changed.", "added": "Added."}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MILESTONES = {
    Milestone.READY: "ready: the goods are finished",
    Milestone.DISPATCHED: "dispatched: the goods leave the site",
    Milestone.ARRIVES: "arrives: the goods reach the customer",
}
#: Days off that the page lists, so that one sees whether the calendar is right.
SHOWN = 12


class SiteForm(Struct, frozen=True):
    """What the form about a site holds, as typed."""

    name: str = ""
    timezone: str = "Europe/Berlin"
    country: str = ""
    subdivision: str = ""
    weekdays: tuple[str, ...] = ("0", "1", "2", "3", "4")
    milestone: str = Milestone.READY.value
    wall_names_customers: bool = True

    def values(self) -> dict[str, Any]:
        """For sites_changing. Raises Refused."""
        if self.milestone not in [m.value for m in Milestone]:
            raise Refused(Wrong.INPUT, "Choose what a date means at this site.")
        return {
            "name": self.name,
            "timezone": self.timezone.strip(),
            "country": self.country.strip().upper(),
            "subdivision": self.subdivision.strip(),
            "weekdays": [int(day) for day in self.weekdays if day in set("0123456")],
            "milestone": Milestone(self.milestone),
            "wall_names_customers": self.wall_names_customers,
        }


def _typed(form: FormMultiDict) -> SiteForm:
    words = ("name", "timezone", "country", "subdivision", "milestone")
    return SiteForm(
        **{name: str(form.get(name, "")) for name in words},
        weekdays=tuple(str(day) for day in form.getall("weekdays", [])),
        wall_names_customers="wall_names_customers" in form,
    )


def _form_of(site: Site) -> SiteForm:
    return SiteForm(
        site.name,
        site.timezone,
        site.country,
        site.subdivision,
        tuple(str(day) for day in sorted(site.weekdays)),
        site.milestone.value,
        site.wall_names_customers,
    )


@get("/sites")
async def sites_page(
    request: AnyRequest, pages: given.Pages, sites: given.Sites, done: FromQuery[str] = ""
) -> Response[bytes]:
    """Every site, and the form to add one."""
    return await _list(request, pages, said=DONE.get(done, ""), open_form=not len(sites))


@post("/sites", status_code=200)
async def add_site(
    request: AnyRequest, pages: given.Pages, pool: given.Pool, directory: given.Directory
) -> Response[bytes]:
    """Add a site."""
    typed = _typed(await request.form())
    try:
        async with pool.connection() as db:
            site_id = await sites_changing.add_site(db, **typed.values())
    except Refused as refused:
        return await _list(request, pages, open_form=True, typed=typed, **refusal(refused))
    await directory.refresh(pool)
    return go_to(f"/settings/sites/{site_id}?done=added")


@get("/sites/{site_id:str}")
async def site_page(
    request: AnyRequest,
    site_id: FromPath[str],
    pages: given.Pages,
    pool: given.Pool,
    done: FromQuery[str] = "",
) -> Response[bytes]:
    """One site, with its calendar."""
    async with pool.connection() as db:
        return await _one(request, db, site_id, pages, said=DONE.get(done, ""))


@post("/sites/{site_id:str}", status_code=200)
async def change_site(
    request: AnyRequest,
    site_id: FromPath[str],
    pages: given.Pages,
    pool: given.Pool,
    directory: given.Directory,
) -> Response[bytes]:
    """Change a site."""
    typed = _typed(await request.form())
    _site(directory, site_id)
    async with pool.connection() as db:
        try:
            async with db.transaction():
                await sites_changing.change_site(db, site_id, **typed.values())
        except Refused as refused:
            return await _one(request, db, site_id, pages, typed=typed, **refusal(refused))
    await directory.refresh(pool)
    return go_to(f"/settings/sites/{site_id}?done=changed")


@post("/sites/{site_id:str}/closures", status_code=200)
async def add_closure(
    request: AnyRequest,
    site_id: FromPath[str],
    pages: given.Pages,
    pool: given.Pool,
    directory: given.Directory,
) -> Response[bytes]:
    """Days on which the site does not work."""
    form = await request.form()
    _site(directory, site_id)
    async with pool.connection() as db:
        try:
            first = _day(str(form.get("first", "")))
            last = _day(str(form.get("last", "")) or first.isoformat())
            words = str(form.get("words", ""))
            await sites_changing.add_closure(db, site_id, first, last, words)
        except Refused as refused:
            return await _one(request, db, site_id, pages, **refusal(refused))
    await directory.refresh(pool)
    return go_to(f"/settings/sites/{site_id}?done=changed")


@post("/sites/{site_id:str}/closures/{first:date}/removal", status_code=200)
async def remove_closure(
    site_id: FromPath[str], first: FromPath[date], pool: given.Pool, directory: given.Directory
) -> Response[bytes]:
    """The site works on these days after all."""
    async with pool.connection() as db:
        await sites_changing.remove_closure(db, site_id, first)
    await directory.refresh(pool)
    return go_to(f"/settings/sites/{site_id}?done=changed")


def _site(directory: Directory, site_id: str) -> Site:
    site = directory.sites.get(site_id)
    if site is None:
        raise NotFoundException
    return site


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(Wrong.INPUT, "Give the days like 2026-12-24.") from None


async def _list(
    request: AnyRequest,
    pages: Pages,
    *,
    typed: SiteForm | None = None,
    status: int = 200,
    said: str = "",
    error: str = "",
    open_form: bool = False,
) -> Response[bytes]:
    return pages.page(
        "settings/sites.html",
        request,
        status=status,
        typed=typed or SiteForm(),
        said=said,
        error=error,
        open_form=open_form,
        sites=request.app.state.sites,
        **await _choices(),
    )


async def _one(
    request: AnyRequest,
    db: Db,
    site_id: str,
    pages: Pages,
    *,
    typed: SiteForm | None = None,
    status: int = 200,
    said: str = "",
    error: str = "",
) -> Response[bytes]:
    site = _site(request.app.state.directory, site_id)
    today = site.now(datetime.now(UTC)).today
    named = holidays_of(site.country, site.subdivision, today.year)
    return pages.page(
        "settings/site.html",
        request,
        status=status,
        site=site,
        typed=typed or _form_of(site),
        said=said,
        error=error,
        closures=await sites_changing.closures(db, site_id),
        days_off=[(day, named[day]) for day in sorted(named) if day >= today][:SHOWN],
        today=today,
        **await _choices(),
    )


async def _choices() -> dict[str, Any]:
    return {
        "countries": await asyncio.to_thread(sites_changing.countries),
        "zones": sorted(available_timezones()),
        "weekdays": WEEKDAYS,
        "milestones": MILESTONES,
    }


router = Router(
    "/settings",
    route_handlers=[
        sites_page,
        add_site,
        site_page,
        change_site,
        add_closure,
        remove_closure,
    ],
)
