"""Words of notes and reasons: kept beside the log, where they can be erased."""

import hashlib
import secrets
from uuid import uuid4

from msgspec import Struct

from domain.events import Text


class Words(Struct, frozen=True):
    """What somebody wrote, and the salt without which its hash tells nothing."""

    words: str
    salt: bytes


def new_text(words: str) -> tuple[Text, Words]:
    """For the event: an id and the salted hash. For the table beside it: the words, the salt.

    NUL, which PostgreSQL can't keep, is left out.
    """
    said = Words(words.replace("\0", ""), secrets.token_bytes(16))
    return Text(id=uuid4(), digest=digest(said)), said


def digest(said: Words) -> str:
    """The salted SHA-256 of the words, in hex."""
    return hashlib.sha256(said.salt + said.words.encode()).hexdigest()
