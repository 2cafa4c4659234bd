"""Why a move is refused, in a sentence that says what to do instead."""

from enum import StrEnum


class Wrong(StrEnum):
    """The kinds of refusal."""

    SIDE = "side"
    TIME = "time"
    VERB = "verb"
    QUANTITY = "quantity"
    STALE = "stale"
    INPUT = "input"


class Refused(Exception):
    """A move that may not be made. Nothing was recorded.

    `sentence` is the text with `{names}` left open, so that it can be translated;
    `values` fills them: days, quantities and ids as they are, for a screen to put in its own
    words. `str()` gives the whole sentence, plainly.
    """

    def __init__(self, wrong: Wrong, sentence: str, **values: object) -> None:
        super().__init__(sentence)
        self.wrong = wrong
        self.sentence = sentence
        self.values = values

    def __str__(self) -> str:
        return self.sentence.format(**self.values)
