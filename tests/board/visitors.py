"""A served Accord with settings of one's own, and visitors whose browsers run no JavaScript."""

import re
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx
import psycopg
import uvicorn
from litestar import Litestar

from board import people, sessions
from board.app import create_app
from board.database import Addresses
from board.people import Db
from board.security import csrf_for
from board.settings import Settings
from domain.people import Role

T = TypeVar("T")

PASSWORD = "four words in a row"
TEAM_OF = {
    Role.REP: "sales",
    Role.PLANNER: "production",
    Role.BUYER: "purchasing",
    Role.LOGISTICS: "logistics",
    Role.SHIFT_LEAD: "production",
}

_PLACES = """
INSERT INTO accord.site (id, name, timezone, country) VALUES
    ('nord', 'Werk Nord', 'Europe/Berlin', 'DE'), ('sued', 'Werk Süd', 'Europe/Berlin', '')
    ON CONFLICT DO NOTHING;
INSERT INTO accord.team (id, name, side, site) VALUES
    ('sales', 'Sales', 'sales', NULL), ('production', 'Production Nord', 'production', 'nord'),
    ('purchasing', 'Purchasing', 'purchasing', NULL), ('logistics', 'Logistics', 'logistics', NULL)
    ON CONFLICT DO NOTHING;
"""


class House:
    """An Accord that is served on this machine, and the tables behind it."""

    def __init__(self, addresses: Addresses, app: Litestar, url: str) -> None:
        self.addresses = addresses
        self.app = app
        self.url = url
        self.settings: Settings = app.state.settings

    def write(self, work: Callable[[Db], Coroutine[Any, Any, T]]) -> T:
        """Do something to the tables that can be changed."""
        return people.once(self.addresses.app, work)

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database, as the application's role."""
        with psycopg.connect(self.addresses.app) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def add(
        self, role: Role, *, login: str = "", name: str = "Kim Ahrend", sites: Sequence[str] = ()
    ) -> str:
        """Somebody with an account and no password; their id."""
        login = login or f"{uuid4()}@example.com"
        team = TEAM_OF.get(role, "")
        return self.write(
            lambda db: people.add_person(
                db, login=login, name=name, role=role, team=team, sites=sites
            )
        )

    def visitor(self, person_id: str = "") -> "Visitor":
        """A browser; signed in where a person is named."""
        visitor = Visitor(self)
        if person_id:
            visitor.carry(self.write(lambda db: sessions.begin(db, person_id, None)))
        return visitor


class Visitor:
    """A browser: it keeps cookies, and fills in the forms of the page that it saw last."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.client = httpx.Client(base_url=house.url, timeout=30)
        self.page = ""

    @property
    def token(self) -> str:
        """The cookie of the session, empty without one."""
        return self.client.cookies.get(sessions.session_cookie(self.house.settings)) or ""

    def carry(self, token: str) -> Self:
        """Have this session's cookie."""
        name = sessions.session_cookie(self.house.settings)
        self.client.cookies.set(name, token, domain="127.0.0.1", path="/")
        return self

    @property
    def csrf(self) -> str:
        """What the forms of this browser carry."""
        if self.token:
            return csrf_for(self.token)
        found = re.search(r'name="csrf" value="([^"]+)"', self.page)
        return found.group(1) if found else ""

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Look at a page; header names with _ for -."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        answer = self.client.get(path, headers=named)
        self.page = answer.text
        return answer

    def post(
        self, path: str, _headers: Mapping[str, str] | None = None, /, **data: Any
    ) -> httpx.Response:
        """Send a form with the token that its page had."""
        form = {"csrf": self.csrf, **data}
        return self.client.post(path, data=form, headers=_headers)

    def sign_in(self, login: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
        """By the form."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        self.get("/sign-in")
        return self.post("/sign-in", named, login=login, password=password)

    def is_in(self) -> bool:
        """Whether this browser is signed in."""
        return self.get("/settings/account").status_code == 200


@contextmanager
def serving(addresses: Addresses, *, places: bool = True, **environ: str) -> Iterator[House]:
    """Serve until the block ends, with this environment, as `accord serve` does.

    places: whether to make two sites and a team of each side first.
    """
    if places:
        with psycopg.connect(addresses.app) as connection:
            connection.execute(_PLACES)
    door = socket.create_server(("127.0.0.1", 0))
    port = door.getsockname()[1]
    settings = Settings.read({"ACCORD_PORT": str(port), "ACCORD_PROJECTOR": "off", **environ})
    app = create_app(settings, addresses)
    config = uvicorn.Config(
        app,
        log_config=None,
        lifespan="on",
        access_log=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=[str(network) for network in settings.trusted_proxies],
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: server.run(sockets=[door]), daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server does not start"
            time.sleep(0.01)
        yield House(addresses, app, f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()
