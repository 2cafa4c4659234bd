"""Pages and parts of pages from the templates, with what every page needs to know."""

import gzip
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import State

from board import layout
from board.people import Account
from board.sessions import Session

HTML = "text/html"
#: Bytes below which packing costs more than it saves.
WORTH_PACKING = 1400

AnyRequest = Request[Account | None, Session | None, State]


class Pages:
    """The templates, ready to be filled. Anything missing in a page is an error, not a gap."""

    def __init__(self, static: Callable[[str], str]) -> None:
        self.environment = Environment(
            loader=FileSystemLoader(layout.templates()),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals["static"] = static

    def page(
        self,
        name: str,
        request: AnyRequest,
        *,
        block: str = "",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response[bytes]:
        """The page `name`, or only its `block` when htmx asks for a part of it.

        Beside `values` a template knows `request`, `account` (None: not signed in), `csrf` and
        `static(name)`. Never kept by a browser or a proxy unless `headers` say so.
        """
        known = self.known(request) | values
        only = block if asks_for_part(request) else ""
        text = self.fragment(name, only, **known) if only else self.render(name, **known)
        said = {"cache-control": "no-store", "vary": "hx-request-type, accept-encoding, cookie"}
        return packed(request, text.encode(), status=status, headers=said | dict(headers or {}))

    def known(self, request: AnyRequest) -> dict[str, Any]:
        """What every template may ask for."""
        session = request.scope.get("auth")
        return {
            "request": request,
            "account": request.scope.get("user"),
            "csrf": session.csrf if session else request.scope["state"].get("csrf", ""),
        }

    def render(self, name: str, **values: Any) -> str:
        """The whole template."""
        return self.environment.get_template(name).render(values)

    def fragment(self, name: str, block: str, **values: Any) -> str:
        """One block of a template, as it stands in the page."""
        template = self.environment.get_template(name)
        return "".join(template.blocks[block](template.new_context(values)))


def asks_for_part(request: AnyRequest) -> bool:
    """Whether htmx wants to swap a part of the page that is open."""
    return request.headers.get("hx-request-type") == "partial"


def packed(
    request: AnyRequest,
    content: bytes,
    *,
    media_type: str = HTML,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """A response, with gzip where the browser takes it and it is worth it."""
    said = dict(headers or {})
    if len(content) > WORTH_PACKING and "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, 4, mtime=0)
        said["content-encoding"] = "gzip"
    return Response(content, media_type=media_type, status_code=status, headers=said)
