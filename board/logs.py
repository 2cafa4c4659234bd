"""What the program says about itself: one line a request, plain for people or JSON for machines.

A line never holds a name, a token, what was typed or what was searched for. Exceptions are told
by their kinds and places; their messages are left out, because they quote what was typed.
"""

import logging
import secrets
import sys
import time
import traceback
from pathlib import Path
from typing import Any, Literal

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, Processor

_ROOT = Path(__file__).resolve().parents[1]

log: structlog.stdlib.BoundLogger = structlog.get_logger("accord")


def configure(form: Literal["plain", "json"]) -> None:
    """Everything that is logged in this process, by whatever library, goes to stderr like this."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _kinds_and_places,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("accord").setLevel(logging.INFO)


def _kinds_and_places(_: Any, __: str, event: EventDict) -> EventDict:
    """Replace an exception by its kind, those behind it, and where each was raised."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if not isinstance(error, BaseException):
        return event
    told, seen = [], set()
    behind: BaseException | None = error
    while behind is not None and id(behind) not in seen:
        seen.add(id(behind))
        told.append(f"{_kind(behind)} at {_places(behind)}")
        behind = behind.__cause__ or behind.__context__
    event["error"] = told
    # The standard library would format it once more, message and all.
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        record.exc_info = record.exc_text = None
    return event


def _kind(error: BaseException) -> str:
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return " > ".join(f"{_short(frame.filename)}:{frame.lineno}" for frame in frames) or "?"


def _short(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
        return path.relative_to(_ROOT).as_posix()
    return "/".join(path.parts[-2:])


class Logged:
    """Wraps the whole application: gives every request an id, and says a line when it is over."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The line has the route's template, never the path, which may hold a token."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=request_id)
        status, began = 0, time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            self._say(scope, status, time.perf_counter() - began)

    def _say(self, scope: Scope, status: int, seconds: float) -> None:
        template = scope.get("path_template") or "(no route)"
        if template in QUIET and status < 400:
            return
        log.info(
            "request",
            method=scope.get("method"),
            route=template,
            status=status,
            ms=round(seconds * 1000, 1),
        )


#: Asked for every few seconds, or many times a page: worth a line only when they fail.
QUIET = frozenset({"/health", "/ready", "/static/{digest}/{name}"})


def request_id() -> str:
    """The id of the request that is being answered, for a page that somebody may ask about."""
    return str(structlog.contextvars.get_contextvars().get("request", ""))
