"""What people and programs are told when something is refused or goes wrong: never a stack trace.

Refused is the domain's word, the rest is HTTP's. A page, a part of a page, or problem+json, as the
request asks for.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
import psycopg
from eventsourcing import persistence
from litestar import Response
from litestar.exceptions import HTTPException, NotAuthorizedException
from litestar.types import ExceptionHandlersMap

from board import wording
from board.access import NotForThisRole
from board.logs import log, request_id
from board.rendering import AnyRequest, Pages, asks_for_part, packed
from board.security import SAFE, NotSentByUs
from board.sites import Teams
from domain.refusals import Refused, Wrong
from projections.event_store import LineUnknown, StoreUnavailable, Unreadable


class Problem(NamedTuple):
    """What is said: a title, a sentence about what it means, and what to do."""

    title: str
    sentence: str
    advice: str = ""


class TooMany(Exception):
    """Too many tries. `seconds`: when the next one makes sense."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


PROBLEMS: dict[int, Problem] = {
    400: Problem(
        "This could not be read",
        "Something in the address or in what was sent is not as it should be.",
        "Go back, look at it once more and try again.",
    ),
    403: Problem(
        "This is not for you to do",
        "It is for another role, another team or another site.",
        "Look at what the page offers you, or ask those whose move it is.",
    ),
    404: Problem(
        "There is nothing here",
        "The address may be mistyped, or what stood here is gone.",
        "Search for the order on the board.",
    ),
    405: Problem(
        "That can't be done here",
        "This address exists, but not for what was asked of it.",
        "Go back and use the buttons of the page.",
    ),
    409: Problem("This is not possible now", "The line is not as it was."),
    413: Problem(
        "This is too large",
        "More was sent than this page takes.",
        "Send it in smaller parts.",
    ),
    422: Problem("Something is missing", "Look at what was filled in and send it again."),
    429: Problem("Too many tries", "Please wait a little."),
    500: Problem(
        "This went wrong",
        "It is a fault of Accord, not yours. Nothing was recorded halfway.",
        "Try again. If it stays, tell the person who looks after Accord this number: {request}",
    ),
    503: Problem(
        "One moment: the database does not answer",
        "Everything that was confirmed is safe. Nothing can be shown or recorded until it is back.",
        "This page tries again by itself in a few seconds. What you just sent was not confirmed: "
        "look at the line before you send it once more.",
    ),
}
OTHER_ROLE = Problem(
    "This is not open to you",
    "Your role does not include this page.",
    "If you need it for your work, ask the person who looks after your accounts.",
)
EXPIRED_FORM = Problem(
    "This form is too old",
    "You have signed in or out since it was opened, or it was not sent by a page of Accord. "
    "Nothing was recorded.",
    "Go back, copy what you typed, reload the page and send it again.",
)
SIGNED_OUT = Problem(
    "You are signed out",
    "Nothing was recorded.",
    "Sign in again in another tab, then go back to this one: what you typed is still there.",
)
STANDS_STILL = Problem(
    "This line stands still",
    "Its record holds something that this version of Accord cannot read. Nothing of it is lost.",
    "Tell the person who looks after Accord: the line stands under Settings, with the reason.",
)
RETRY_SECONDS = 5

_STATUS = {Wrong.SIDE: 403, Wrong.INPUT: 422, Wrong.QUANTITY: 422}


def status_of(refused: Refused) -> int:
    """403 for the wrong side, 422 for what can be mended in the form, else 409."""
    return _STATUS.get(refused.wrong, 409)


def refusal(refused: Refused) -> dict[str, Any]:
    """For a page that shows its form once more: the sentence, and the status to answer with."""
    return {"error": str(refused), "status": status_of(refused)}


def words_of(refused: Refused, teams: Teams) -> str:
    """The refusal as a sentence, with a team's name for its id, and days as one says them."""
    values = {name: _said(value) for name, value in refused.values.items()}
    if isinstance(team := values.get("team"), str):
        values["team"] = teams[team].name
    return refused.sentence.format(**values)


def _said(value: object) -> object:
    if isinstance(value, date):
        return wording.day_words(value, value)
    return wording.amount(value) if isinstance(value, Decimal) else value


def wait_words(seconds: int) -> str:
    """When to try again, as one says it."""
    wait = "a minute" if seconds <= 60 else f"{-(-seconds // 60)} minutes"
    return f"Too many tries in a row. Please wait {wait}, then try again."


class Problems:
    """Makes the answers. One object for the application, handed to it as exception handlers."""

    def __init__(self, pages: Pages, teams: Teams) -> None:
        self._pages = pages
        self._teams = teams

    def handlers(self) -> ExceptionHandlersMap:
        """What Litestar is to call for which exception."""
        return {
            Refused: self.refused,
            TooMany: self.too_many,
            NotAuthorizedException: self.not_signed_in,
            NotForThisRole: lambda request, _: self.answer(request, 403, OTHER_ROLE),
            NotSentByUs: lambda request, _: self.answer(request, 403, EXPIRED_FORM),
            HTTPException: self.http,
            psycopg.OperationalError: self.away,
            psycopg.InterfaceError: self.away,
            LineUnknown: lambda request, _: self.answer(request, 404, PROBLEMS[404]),
            Unreadable: lambda request, _: self.answer(request, 409, STANDS_STILL),
            StoreUnavailable: self.away,
            persistence.OperationalError: self.away,
            persistence.InterfaceError: self.away,
            Exception: self.fault,
        }

    def refused(self, request: AnyRequest, refused: Refused) -> Response[bytes]:
        """The domain says no, and what to do instead."""
        status = status_of(refused)
        title = "This is not for you to say" if status == 403 else PROBLEMS[status].title
        return self.answer(request, status, Problem(title, words_of(refused, self._teams)))

    def too_many(self, request: AnyRequest, error: TooMany) -> Response[bytes]:
        """Somebody has to wait."""
        problem = Problem(PROBLEMS[429].title, wait_words(error.seconds))
        headers = {"retry-after": str(error.seconds)}
        return self.answer(request, 429, problem, headers)

    def not_signed_in(self, request: AnyRequest, _: NotAuthorizedException) -> Response[bytes]:
        """A page sends to the sign-in and back; a form is told, so that nothing typed is lost."""
        if _wants_json(request) or request.method not in SAFE:
            return self.answer(request, 401, SIGNED_OUT)
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        to = "/sign-in" if path == "/" else f"/sign-in?next={quote(path, safe='/')}"
        if asks_for_part(request):
            return self.answer(request, 401, SIGNED_OUT, {"hx-redirect": "/sign-in"})
        return Response(b"", status_code=303, headers={"location": to})

    def http(self, request: AnyRequest, error: HTTPException) -> Response[bytes]:
        """What the framework or a handler refuses. Its own words are for programmers."""
        status = error.status_code if error.status_code in PROBLEMS else 400
        if error.status_code >= 500:
            return self.fault(request, error)
        kept = {"allow", "retry-after"}
        headers = {k: v for k, v in (error.headers or {}).items() if k.lower() in kept}
        return self.answer(request, status, PROBLEMS[status], headers)

    def away(self, request: AnyRequest, error: Exception) -> Response[bytes]:
        """The database is away, or too slow to wait for."""
        log.warning("database away", exc_info=error)
        headers = {"retry-after": str(RETRY_SECONDS)}
        return self.answer(request, 503, PROBLEMS[503], headers)

    def fault(self, request: AnyRequest, error: Exception) -> Response[bytes]:
        """A fault of ours: everything about it to the log, a number to the person."""
        log.error("fault", exc_info=error, route=request.scope.get("path_template"))
        return self.answer(request, 500, PROBLEMS[500])

    def answer(
        self,
        request: AnyRequest,
        status: int,
        problem: Problem,
        headers: Mapping[str, str] | None = None,
    ) -> Response[bytes]:
        """The problem in the form that was asked for."""
        advice = problem.advice.format(request=request_id())
        said = {"cache-control": "no-store", **(headers or {})}
        if _wants_json(request):
            content = _json(status, problem, advice)
            return packed(request, content, media_type=PROBLEM_JSON, status=status, headers=said)
        values: dict[str, Any] = {
            **self._pages.known(request),
            "status": status,
            "problem": problem,
            "advice": advice,
            "retry": request.method in SAFE and status == 503,
        }
        name = "errors/part.html" if asks_for_part(request) else "errors/page.html"
        if values["retry"] and not asks_for_part(request):
            said["refresh"] = str(RETRY_SECONDS)
        text = self._pages.render(name, **values)
        return packed(request, text.encode(), status=status, headers=said)


PROBLEM_JSON = "application/problem+json"
_KINDS = ["text/html", PROBLEM_JSON, "application/json"]


def _wants_json(request: AnyRequest) -> bool:
    return request.accept.best_match(_KINDS) in _KINDS[1:]


def _json(status: int, problem: Problem, advice: str) -> bytes:
    detail = " ".join(words for words in (problem.sentence, advice) if words)
    return msgspec.json.encode(
        {"type": "about:blank", "title": problem.title, "status": status, "detail": detail}
    )
