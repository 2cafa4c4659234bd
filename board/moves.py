"""POST: one shape for every move. Read the form, decide in the log, answer from the new state."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from litestar import Response, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from markupsafe import Markup

from board import given
from board.done import said_at_once
from board.fields import Typed, first, understand
from board.forms import FORMS, MOVE_AT, Making, fields_of
from board.line_forms import Sent
from board.line_page import line_values
from board.opened import Opened, row_of
from board.opening import Reading
from board.people import Account
from board.problems import status_of, words_of
from board.rendering import AnyRequest, Pages, asks_for_part
from board.rows import render_row
from domain.events import Fact, NoteTakenBack
from domain.line import Line
from domain.moves import check_fresh
from domain.refusals import Refused
from projections.event_store import EventStore, Outcome, Words, known, new_text


@post("/lines/{line_id:uuid}/{noun:str}", status_code=200)
async def make_move(
    request: AnyRequest,
    line_id: FromPath[UUID],
    noun: FromPath[str],
    account: given.Account,
    pool: given.Pool,
    store: given.Store,
    commands: given.Commands,
    pages: given.Pages,
    sites: given.Sites,
    teams: given.Teams,
) -> Response[bytes]:
    """Make the move of which `noun` is the address."""
    name = MOVE_AT.get(noun)
    if name is None:
        raise NotFoundException
    typed = await typed_in(request)
    reading = Reading(store, commands, pool, sites, teams)
    opened = await reading.open(line_id, account)
    form = understand(fields_of(name, opened.line), typed, opened.site.timezone)
    command = command_in(typed)
    if form.errors:
        sent = Sent(name, typed, form.errors, command=command)
        return answer(request, pages, opened, 422, sent=sent)
    move = Attempt(name, form.values, seen_in(typed), account, command)
    try:
        outcome = await commands.run(move.make, store, opened)
    except Refused as refused:
        opened = await reading.open(line_id, account)
        sent = Sent(name, typed, refused=words_of(refused, teams), command=command)
        seen = seen_in(typed)
        return answer(request, pages, opened, status_of(refused), sent=sent, seen=seen)
    opened = await reading.open(line_id, account)
    if asks_for_part(request):
        done = said_at_once(outcome.facts, outcome.line, teams, opened.now.today)
        return answer(request, pages, opened, 200, done=done)
    version = next((e.originator_version for e in opened.events if e.command_id == command), 0)
    said = f"?said={version}" if version else ""
    return Response(b"", status_code=303, headers={"location": f"/lines/{opened.line.id}{said}"})


class Attempt:
    """One person's try at one move, with the values of its form."""

    def __init__(
        self, name: str, values: dict[str, Any], seen: int, account: Account, command: UUID
    ) -> None:
        self.name = name
        self.seen = seen
        self.account = account
        self.command = command
        self.values, self.texts = with_texts(values)

    def make(self, store: EventStore, opened: Opened) -> Outcome:
        """Decide on the line as it is in the log, and record it. Blocking; raises Refused."""

        def decide(line: Line | None, at: datetime) -> Sequence[Fact]:
            found = known(line, opened.line.id)
            making = Making(self.account.person, opened.site.now(at), opened.site, opened.teams)
            check_fresh(self.name, found, self.seen)
            return FORMS[self.name].make(found, self.values, making)

        outcome = store.change(
            opened.line.id,
            decide,
            by=self.account.person,
            command_id=self.command,
            texts=self.texts,
        )
        for fact in outcome.facts:
            if isinstance(fact, NoteTakenBack):
                store.erase(fact.text_id)
        return outcome


def with_texts(values: dict[str, Any]) -> tuple[dict[str, Any], dict[UUID, Words]]:
    """The values with an id in place of each text's words, and the words beside them."""
    if not values.get("text"):
        return values, {}
    text, words = new_text(values["text"])
    return {**values, "text": text}, {text.id: words}


async def typed_in(request: AnyRequest) -> Typed:
    """What the form sent, every field with all its values, but for the words of the page itself."""
    form = await request.form()
    typed: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if name != "csrf" and isinstance(value, str):
            typed.setdefault(name, []).append(value.replace("\0", ""))
    return typed


def seen_in(typed: Typed) -> int:
    """The version of the line that the form was made from; 0 where it says none."""
    text = first(typed, "seen")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def command_in(typed: Typed) -> UUID:
    """The form's own id, by which it is recorded once however often it is sent."""
    try:
        return UUID(first(typed, "command"))
    except ValueError:
        return uuid4()


def answer(
    request: AnyRequest,
    pages: Pages,
    opened: Opened,
    status: int,
    *,
    sent: Sent | None = None,
    done: str = "",
    seen: int | None = None,
) -> Response[bytes]:
    """The panel and the row as they are now, or the whole page where no script asks."""
    values = line_values(opened, sent=sent, done=done, seen=seen)
    if not asks_for_part(request):
        return pages.page("line/page.html", request, status=status, position=0, **values)
    row = row_of(opened.events)
    html = render_row(row, opened.site, opened.teams, at=opened.at).decode() if row else ""
    values["row_html"] = Markup(html)  # noqa: S704 the row's own template
    return pages.page("line/answer.html", request, status=status, **values)
