"""Searching in the middle of words, by the database's own means: every three letters in a row."""

import unicodedata


def folded(text: str) -> str:
    """The text in small letters and without accents, as it is compared: "Müller" is "muller"."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in apart if not unicodedata.combining(c)).split())


def grams(text: str) -> list[str]:
    """Every three letters in a row of each word of a folded text; shorter words have none."""
    return sorted({word[n : n + 3] for word in text.split() for n in range(len(word) - 2)})


def words(text: str) -> list[str]:
    """The folded words of what somebody searches for: a row holds each of them somewhere."""
    return folded(text).split()


def pattern(word: str) -> str:
    """What LIKE takes for "holds this word"."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
