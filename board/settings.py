"""The environment, read once into one frozen object."""

from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self
from urllib.parse import urlsplit

import msgspec

from board import layout

Network = IPv4Network | IPv6Network


class SettingsError(ValueError):
    """Settings that make no sense; the message has a line for each, with what would."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How this process runs. Every field is one variable of the environment, see VARIABLES."""

    database_url: str | None
    migration_database_url: str | None
    data: Path
    host: str
    port: int
    url: str
    projector: Literal["inline", "off"]
    pace: float
    log: Literal["plain", "json"]
    trusted_proxies: tuple[Network, ...]

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by https, so that cookies may insist on it."""
        return self.url.startswith("https://")

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """The settings that `environ` gives, an empty value counting as none.

        Raises SettingsError, naming every bad value at once.
        """
        values: dict[str, Any] = {}
        errors: list[str] = []
        for variable in VARIABLES:
            try:
                values[variable.field] = variable.value(environ)
            except (ValueError, OSError) as error:
                errors.append(f"{variable.name}: {error}")
        if not errors:
            if values["migration_database_url"] and not values["database_url"]:
                errors.append("MIGRATION_DATABASE_URL: give DATABASE_URL too, or neither of them")
            values["url"] = values["url"] or _address(values["host"], values["port"])
        if errors:
            raise SettingsError("\n".join(errors))
        return cls(**values)


class Variable(NamedTuple):
    """One variable of the environment: its field, what it does, and how its text is understood."""

    name: str
    field: str
    does: str
    default: Callable[[], object]
    understand: Callable[[str], object]
    secret: bool = False

    def value(self, environ: Mapping[str, str]) -> object:
        """Raises ValueError with what would be understood, OSError for a file that can't be read.

        A secret may also stand in a file, named by the variable with `_FILE` behind it.
        """
        text = environ.get(self.name, "").strip()
        if self.secret and (file := environ.get(f"{self.name}_FILE", "").strip()):
            if text:
                raise ValueError(f"given twice, also as {self.name}_FILE; keep one of them")
            text = Path(file).read_text(encoding="utf-8").strip()
        return self.understand(text) if text else self.default()


def _address(host: str, port: int) -> str:
    """The address of a board without a proxy in front, as one types it into a browser."""
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _postgres(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        # The text may hold a password: it is never repeated in the message.
        raise ValueError("must be like postgresql://role:password@host/database")
    return f"postgresql://{rest}"


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise ValueError(f"must be a port from 0 (any free one) to 65535, not {text!r}")
    return int(text)


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"must be like https://accord.example.com, not {text!r}")
    if parts.path.strip("/"):
        raise ValueError(f"must not have a path behind the host, not {text!r}")
    return f"{parts.scheme}://{parts.netloc}"


def _pace(text: str) -> float:
    try:
        pace = float(text)
    except ValueError:
        pace = -1.0
    if not 0 <= pace <= 600:
        raise ValueError(f"must be moves a minute from 0 (off) to 600, not {text!r}")
    return pace


def _one_of(*words: str) -> Callable[[str], str]:
    def understand(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be {' or '.join(words)}, not {text!r}")
        return text

    return understand


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(word) for word in text.replace(",", " ").split())
    except ValueError as error:
        raise ValueError(f"must be addresses like 10.0.0.7 or 10.0.0.0/24: {error}") from None


VARIABLES = (
    Variable(
        "DATABASE_URL",
        "database_url",
        "The PostgreSQL server (15 or later) as the application's role: it reads and appends. "
        "Not set: a PostgreSQL of our own, in ACCORD_DATA.",
        lambda: None,
        _postgres,
        secret=True,
    ),
    Variable(
        "MIGRATION_DATABASE_URL",
        "migration_database_url",
        "The same database as the role that owns its tables. Not set: DATABASE_URL.",
        lambda: None,
        _postgres,
        secret=True,
    ),
    Variable(
        "ACCORD_DATA",
        "data",
        "The folder of the embedded database. Not set: .accord in a checkout, "
        "~/.local/share/accord for an installed Accord, under /var/lib for root.",
        layout.data,
        lambda text: Path(text).expanduser().absolute(),
    ),
    Variable(
        "ACCORD_HOST",
        "host",
        "The address to listen on. Not set: 127.0.0.1, this machine only.",
        lambda: "127.0.0.1",
        str,
    ),
    Variable(
        "ACCORD_PORT",
        "port",
        "The port to listen on, 0 for any free one. Not set: 8080.",
        lambda: 8080,
        _port,
    ),
    Variable(
        "ACCORD_URL",
        "url",
        "The address that people type, without a path. With https, cookies insist on it. "
        "Not set: http, ACCORD_HOST and ACCORD_PORT.",
        lambda: "",
        _url,
    ),
    Variable(
        "ACCORD_PROJECTOR",
        "projector",
        "inline: web processes keep the read models up to date (one of them at a time); "
        "off: a process of its own does. Not set: inline.",
        lambda: "inline",
        _one_of("inline", "off"),
    ),
    Variable(
        "ACCORD_PACE",
        "pace",
        "The demo's simulated people: moves a minute, 0 is off. Not set: 6.",
        lambda: 6.0,
        _pace,
    ),
    Variable(
        "ACCORD_LOG",
        "log",
        "plain for people, json for machines. Not set: plain.",
        lambda: "plain",
        _one_of("plain", "json"),
    ),
    Variable(
        "ACCORD_TRUSTED_PROXIES",
        "trusted_proxies",
        "Addresses whose X-Forwarded-For is believed, with commas. Not set: nobody's.",
        tuple,
        _networks,
    ),
)
