"""Passwords: what is a good one, and Argon2 in threads of its own."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from board.typed_names import clean_login
from domain.refusals import Refused, Wrong

SHORTEST, LONGEST = 12, 1000  # characters
#: Each takes some 64 MB and a core for a moment: a crowd waits in line instead of pushing.
AT_ONCE = 2


class Passwords:
    """Makes and checks hashes without holding up the event loop."""

    def __init__(self) -> None:
        self._argon2 = PasswordHash((Argon2Hasher(),))
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")
        # Verified when there is nothing to verify, so that the time taken tells nothing.
        self._nobody = self._argon2.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """What to keep of a password."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._argon2.hash, password)

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether it is the password; as slow where none was ever set."""
        if len(password) > LONGEST:
            password = ""
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(
            self._threads, self._argon2.verify, password, kept or self._nobody
        )
        return right and kept is not None

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def check_password(password: str, login: str) -> None:
    """Raise Refused unless this is a password to have. Length is all that counts."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refused(
            Wrong.INPUT,
            "A password has at least {least} characters. Four words in a row are a good one.",
            least=SHORTEST,
        )
    bare = "".join(password.casefold().split())
    name = clean_login(login)
    if bare in (name, name * 2, name[::-1]) or bare == name.partition("@")[0]:
        raise Refused(
            Wrong.INPUT, "The password is too much like the login name. Choose another one."
        )
    if len(set(bare)) < 4:
        raise Refused(Wrong.INPUT, "The password repeats the same few signs. Choose another one.")
