"""Logins and names as people type them, and as they are kept."""

import unicodedata

from domain.refusals import Refused, Wrong

LONGEST_NAME = 80
LONGEST_LOGIN = 120


def clean_login(text: str) -> str:
    """A login as it is kept: however it is typed, it is the same one. Raises Refused."""
    login = unicodedata.normalize("NFKC", text).strip().casefold()
    if not login or len(login) > LONGEST_LOGIN or any(c.isspace() for c in login):
        raise refused(
            "A login has 1 to {most} characters and no spaces. A mail address is a good one.",
            most=LONGEST_LOGIN,
        )
    if not login.isprintable():
        raise refused("A login has letters, digits and signs that can be seen.")
    return login


def clean_name(text: str, what: str = "name") -> str:
    """A name of a person, team, site or label as it is kept. Raises Refused."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise refused("Give a {what} of 1 to {most} characters.", what=what, most=LONGEST_NAME)
    return name


def refused(sentence: str, **values: object) -> Refused:
    """The refusal of something that was typed; values are never read as part of the sentence."""
    return Refused(Wrong.INPUT, sentence, **values)
