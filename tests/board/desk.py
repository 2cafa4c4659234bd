"""Somebody at a desk: reads pages over HTTP and sends their forms just as they stand there."""

from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import httpx

from board.security import csrf_for
from domain.line import Line
from domain.people import Person, Role
from tests.board.office import Office

Fields = dict[str, list[str]]


class Form:
    """A form of a page: where it goes and what stands in it."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: Fields = {}
        self.required: set[str] = set()
        self.choices: dict[str, list[str]] = {}

    def filled(self, **changes: Any) -> Fields:
        """What is sent: as it stands, with these changes."""
        given = {k: v if isinstance(v, list) else [v] for k, v in changes.items()}
        return {**self.fields, **given}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._field: str = ""
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""))
            self.forms.append(self._form)
        if self._form is None:
            return
        name = given.get("name", "")
        if name and "required" in given:
            self._form.required.add(name)
        box = given.get("type") in ("checkbox", "radio")
        if tag == "input" and name and (not box or "checked" in given):
            self._form.fields.setdefault(name, []).append(given.get("value", ""))
        elif tag == "select":
            self._field = name
            self._form.choices[name] = []
        elif tag == "option" and self._field:
            self._option(self._form, given)
        elif tag == "textarea":
            self._field, self._text = name, []

    def _option(self, form: Form, given: dict[str, str]) -> None:
        form.choices[self._field].append(given.get("value", ""))
        if "selected" in given or self._field not in form.fields:
            form.fields[self._field] = [given.get("value", "")]

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._form is not None and self._text is not None:
            words = "".join(self._text).removeprefix("\n")
            self._form.fields.setdefault(self._field, []).append(words)
            self._text = None
        if tag in ("select", "textarea"):
            self._field = ""
        if tag == "form":
            self._form = None


def forms_in(page: str) -> dict[str, Form]:
    """The forms of a page by the address that they go to; the first one of each."""
    reader = _Forms()
    reader.feed(page)
    found: dict[str, Form] = {}
    for form in reader.forms:
        found.setdefault(form.action, form)
    return found


class Desk:
    """One person, signed in."""

    def __init__(
        self, at: Office, role: Role, team: str = "", sites: tuple[str, ...] = ("nord",)
    ) -> None:
        self.at = at
        self.person = Person(
            at.add_person(role, team=team, sites=list(sites)), role, team, frozenset(sites)
        )
        token = at.sign_in(self.person.id)
        self.csrf = csrf_for(token)
        self.http = httpx.Client(
            base_url=at.url, cookies={at.cookie_name: token}, follow_redirects=False, timeout=60
        )

    def get(self, path: str) -> str:
        """A page that is there."""
        answer = self.http.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
        return answer.text

    def forms(self, line: UUID) -> dict[str, Form]:
        """The forms of a line's page, by the noun of their move."""
        found = forms_in(self.get(f"/lines/{line}"))
        before = f"/lines/{line}/"
        return {a.removeprefix(before): form for a, form in found.items() if a.startswith(before)}

    def send(self, line: UUID, noun: str, **changes: Any) -> httpx.Response:
        """Open the line, change these fields of the move's form, send it without a script."""
        return self.post(f"/lines/{line}/{noun}", self.forms(line)[noun].filled(**changes))

    def post(
        self, path: str, fields: Fields | dict[str, Any], *, part: bool = False
    ) -> httpx.Response:
        """Send a form; `part`: as htmx would."""
        headers = {"hx-request-type": "partial"} if part else {}
        return self.http.post(path, data={"csrf": self.csrf, **fields}, headers=headers)

    def line(self, line_id: UUID) -> Line:
        """The line as it is in the log."""
        found = self.at.store.load(line_id).line
        assert found is not None
        return found
