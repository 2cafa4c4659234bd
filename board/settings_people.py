"""The admin's pages about people: who has an account, what they may do, and links to get in."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.datastructures import FormMultiDict
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from msgspec import Struct
from psycopg_pool import AsyncConnectionPool

from board import given, people, sessions, sign_in_links
from board.problems import refusal
from board.rendering import AnyRequest, Pages
from board.settings import Settings
from board.sign_in import go_to
from domain.people import HUMAN_ROLES, Role
from domain.refusals import Refused, Wrong

DONE = {
    "changed": "Changed. It counts from the next click on.",
    "closed": "The account is closed, and signed out everywhere.",
    "opened": "The account is open again.",
    "erased": "Name, login and extension are erased. What was said stays, without a name.",
}
ROLES = {
    Role.REP: ("Rep", "asks for dates and accepts offers, for a sales team"),
    Role.PLANNER: ("Planner", "promises, for a production team"),
    Role.BUYER: ("Buyer", "promises, for a purchasing team"),
    Role.LOGISTICS: ("Logistics", "promises, for a logistics team"),
    Role.SHIFT_LEAD: ("Shift lead", "reports progress and deliveries, for a production team"),
    Role.VIEWER: ("Viewer", "reads, and writes notes"),
    Role.ADMIN: ("Admin", "looks after people, teams, sites and imports"),
}


class PersonForm(Struct, frozen=True):
    """What the form about a person holds, as typed."""

    login: str = ""
    name: str = ""
    role: str = Role.REP.value
    team: str = ""
    sites: tuple[str, ...] = ()
    extension: str = ""

    def values(self) -> dict[str, Any]:
        """For people.add_person and people.change_person. Raises Refused."""
        if self.role not in [role.value for role in HUMAN_ROLES]:
            raise Refused(Wrong.INPUT, "Choose one of the roles in the list.")
        return {
            "login": self.login,
            "name": self.name,
            "role": Role(self.role),
            "team": self.team,
            "sites": self.sites,
            "extension": self.extension,
        }


def _typed(form: FormMultiDict) -> PersonForm:
    words = {name: str(form.get(name, "")) for name in ("login", "name", "role", "team")}
    sites = tuple(str(site) for site in form.getall("sites", []))
    return PersonForm(**words, sites=sites, extension=str(form.get("extension", "")))


@get("/")
async def people_page(
    request: AnyRequest, pages: given.Pages, pool: given.Pool, done: FromQuery[str] = ""
) -> Response[bytes]:
    """Everybody, and the form to add somebody."""
    return await _list(request, pages, pool, said=DONE.get(done, ""))


@post("/", status_code=200)
async def add(
    request: AnyRequest, pages: given.Pages, pool: given.Pool, settings: given.Settings
) -> Response[bytes]:
    """Add a person, and show the invitation."""
    typed = _typed(await request.form())
    try:
        async with pool.connection() as db:
            person_id = await people.add_person(db, **typed.values())
            token = await sign_in_links.new_link(db, person_id, sets_password=True)
    except Refused as refused:
        return await _list(request, pages, pool, typed=typed, **refusal(refused))
    return await _one(request, person_id, pages, pool, link=_link(settings, token))


@get("/{person_id:str}")
async def person_page(
    request: AnyRequest,
    person_id: FromPath[str],
    pages: given.Pages,
    pool: given.Pool,
    done: FromQuery[str] = "",
) -> Response[bytes]:
    """One person."""
    return await _one(request, person_id, pages, pool, said=DONE.get(done, ""))


@post("/{person_id:str}", status_code=200)
async def change(
    request: AnyRequest, person_id: FromPath[str], pages: given.Pages, pool: given.Pool
) -> Response[bytes]:
    """Change role, team, sites and the rest."""
    typed = _typed(await request.form())
    try:
        async with pool.connection() as db:
            entry = await _entry(db, person_id)
            await people.change_person(db, person_id, **typed.values(), locale=entry.locale)
    except Refused as refused:
        return await _one(request, person_id, pages, pool, typed=typed, **refusal(refused))
    return go_to(f"/settings/people/{person_id}?done=changed")


@post("/{person_id:str}/link", status_code=200)
async def make_link(
    request: AnyRequest,
    person_id: FromPath[str],
    pages: given.Pages,
    pool: given.Pool,
    settings: given.Settings,
) -> Response[bytes]:
    """A link that lets the person in and sets a password; shown once, here."""
    async with pool.connection() as db:
        await _entry(db, person_id)
        token = await sign_in_links.new_link(db, person_id, sets_password=True)
    return await _one(request, person_id, pages, pool, link=_link(settings, token))


@post("/{person_id:str}/deactivation", status_code=200)
async def deactivate(
    request: AnyRequest, person_id: FromPath[str], pages: given.Pages, pool: given.Pool
) -> Response[bytes]:
    """Close the account."""
    try:
        async with pool.connection() as db:
            await _entry(db, person_id)
            await people.deactivate(db, person_id)
    except Refused as refused:
        return await _one(request, person_id, pages, pool, **refusal(refused))
    return go_to(f"/settings/people/{person_id}?done=closed")


@post("/{person_id:str}/activation", status_code=200)
async def activate(person_id: FromPath[str], pool: given.Pool) -> Response[bytes]:
    """Open the account again."""
    async with pool.connection() as db:
        await _entry(db, person_id)
        await people.activate(db, person_id)
    return go_to(f"/settings/people/{person_id}?done=opened")


@post("/{person_id:str}/erasure", status_code=200)
async def erase(
    request: AnyRequest, person_id: FromPath[str], pages: given.Pages, pool: given.Pool
) -> Response[bytes]:
    """Erase who this was, once the login was typed to confirm it."""
    typed = str((await request.form()).get("confirm", ""))
    try:
        async with pool.connection() as db:
            entry = await _entry(db, person_id)
            if typed.strip().casefold() != entry.login:
                raise Refused(Wrong.INPUT, "Nothing is erased: the login was typed differently.")
            await people.erase_person(db, person_id)
    except Refused as refused:
        return await _one(request, person_id, pages, pool, **refusal(refused))
    return go_to("/settings/people?done=erased")


async def _entry(db: people.Db, person_id: str) -> people.Entry:
    """Raises NotFoundException, also for somebody who was erased."""
    entry = await people.entry(db, person_id)
    if entry is None or entry.erased:
        raise NotFoundException
    return entry


def _link(settings: Settings, token: str) -> str:
    return sign_in_links.address(settings, token)


async def _list(
    request: AnyRequest,
    pages: Pages,
    pool: AsyncConnectionPool,
    *,
    typed: PersonForm | None = None,
    status: int = 200,
    said: str = "",
    error: str = "",
) -> Response[bytes]:
    async with pool.connection() as db:
        everybody = await people.everybody(db)
    return pages.page(
        "settings/people.html",
        request,
        status=status,
        everybody=everybody,
        typed=typed or PersonForm(),
        said=said,
        error=error,
        open_form=bool(error) or len(everybody) < 2,
        **_choices(request),
    )


async def _one(
    request: AnyRequest,
    person_id: str,
    pages: Pages,
    pool: AsyncConnectionPool,
    *,
    typed: PersonForm | None = None,
    status: int = 200,
    said: str = "",
    error: str = "",
    link: str = "",
) -> Response[bytes]:
    async with pool.connection() as db:
        entry = await _entry(db, person_id)
        signed_in = await sessions.others(db, person_id, None)
    typed = typed or PersonForm(
        entry.login, entry.name, entry.role.value, entry.team, entry.sites, entry.extension
    )
    return pages.page(
        "settings/person.html",
        request,
        status=status,
        entry=entry,
        typed=typed,
        said=said,
        error=error,
        link=link,
        signed_in=signed_in,
        **_choices(request),
    )


def _choices(request: AnyRequest) -> dict[str, Any]:
    state = request.app.state
    return {"roles": ROLES, "teams": state.teams, "sites": state.sites}


router = Router(
    "/settings/people",
    route_handlers=[people_page, add, person_page, change, make_link, deactivate, activate, erase],
)
