"""What every answer tells the browser to forbid, and which requests were sent by our own pages."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.exceptions import PermissionDeniedException
from litestar.types import BeforeMessageSendHookHandler, Message, Scope

from board.settings import Settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    # Not no-referrer: it would make browsers send forms with `Origin: null`.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
TWO_YEARS = "max-age=63072000; includeSubDomains"


class NotSentByUs(PermissionDeniedException):
    """A form that does not come from one of our own pages, or from one of a former sign-in."""


def add_headers(settings: Settings) -> BeforeMessageSendHookHandler:
    """The hook that puts the headers on every answer, also on refusals and streams."""
    always = HEADERS | ({"strict-transport-security": TWO_YEARS} if settings.secure else {})

    async def hook(message: Message, _: Scope) -> None:
        if message["type"] == "http.response.start":
            message.setdefault("headers", [])
            headers = MutableScopeHeaders(message)
            for name, value in always.items():
                headers[name] = value
            headers.setdefault("cache-control", "no-store")

    return hook


def new_token() -> str:
    """A secret for a cookie or an address: 256 bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def csrf_for(secret: str) -> str:
    """The word that a form carries, bound to the browser's secret and telling nothing about it."""
    made = hmac.digest(secret.encode(), b"csrf", "sha256")
    return urlsafe_b64encode(made).decode().rstrip("=")


async def check_sent_by_us(request: Request[Any, Any, Any]) -> None:
    """Raise NotSentByUs unless a page of ours, shown to this very browser, sent the request."""
    if not _from_our_site(request):
        raise NotSentByUs
    expected = _expected(request)
    given = request.headers.get(CSRF_HEADER) or (await request.form()).get(CSRF_FIELD)
    if not expected or not isinstance(given, str):
        raise NotSentByUs
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise NotSentByUs


def _expected(request: Request[Any, Any, Any]) -> str:
    """The token of the session, or before signing in that of the visit."""
    session = request.scope["auth"]
    found = session.csrf if session else request.scope["state"].get("csrf", "")
    return str(found)


def _from_our_site(request: Request[Any, Any, Any]) -> bool:
    """What the browser itself says about the page that sent this; old ones say nothing."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return True
    ours = {request.headers.get("host", ""), urlsplit(request.app.state.settings.url).netloc}
    return urlsplit(origin).netloc in ours - {""}


def network_of(scope: Scope) -> str:
    """The network that a request comes from: an IPv4 address, or the /64 of an IPv6 one.

    A proxy's word about it has been judged before, by ACCORD_TRUSTED_PROXIES.
    """
    client = scope["client"]
    try:
        address = ip_address(client[0] if client else "")
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network((address, 64), strict=False))
    return str(address)
