"""given(facts).when(move, …).then(facts): a test of the domain reads as a sentence."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from domain.events import Fact, LineEntered, Recorded
from domain.evolve import evolve
from domain.line import Line
from domain.moves import Now
from domain.people import Person
from domain.refusals import Refused, Wrong
from tests.facts import START, line_entered, recorded

Said = Fact | tuple[Person, Fact]


@dataclass(frozen=True)
class Story:
    """What happened so far: one event a minute from the start on."""

    events: tuple[Recorded, ...] = ()
    line: Line | None = None
    at: datetime = START
    said: tuple[Fact, ...] = ()
    refusal: Refused | None = None
    _pending: tuple[Any, ...] = field(default=())

    def and_then(self, *facts: Said) -> "Story":
        """More facts, each by whoever usually says it or by the person named with it."""
        story = self
        for said in facts:
            by, fact = said if isinstance(said, tuple) else (None, said)
            event = recorded(fact, len(story.events) + 1, story.at, by)
            story = replace(
                story,
                events=(*story.events, event),
                line=evolve(story.line, event),
                at=story.at + timedelta(minutes=1),
            )
        return story

    def later(self, **passed: float) -> "Story":
        """Time passes, as for timedelta."""
        return replace(self, at=self.at + timedelta(**passed))

    def until(self, moment: datetime) -> "Story":
        """Time passes up to this moment."""
        return replace(self, at=moment)

    @property
    def now(self) -> Now:
        return Now(self.at, self.at.date())

    def when(
        self, move: Callable[..., tuple[Fact, ...]], *given: Any, by: Person, **named: Any
    ) -> "Story":
        """Somebody makes a move; a refusal is kept for the next word of the sentence."""
        try:
            facts = move(self._line, *given, by=by, now=self.now, **named)
        except Refused as refusal:
            return replace(self, refusal=refusal, said=())
        return replace(self.and_then(*((by, fact) for fact in facts)), said=facts, refusal=None)

    def then(self, *facts: Fact, **line: Any) -> "Story":
        """These facts came of it, and the line is now like this."""
        assert self.refusal is None, f"refused: {self.refusal}"
        if facts:
            assert self.said == facts
        return self.the_line(**line)

    def the_line(self, **expected: Any) -> "Story":
        """The line's attributes are these; a callable is called with today."""
        for name, value in expected.items():
            found = getattr(self._line, name)
            found = found(self.now.today) if callable(found) else found
            assert found == value, f"{name} is {found!r}, not {value!r}"
        return self

    def refused(self, words: str = "", wrong: Wrong | None = None) -> "Story":
        """The move was refused with these words among its own; nothing was recorded."""
        assert self.refusal is not None, f"not refused: {self.said}"
        assert words in str(self.refusal), str(self.refusal)
        assert wrong is None or self.refusal.wrong is wrong
        return self

    @property
    def _line(self) -> Line:
        assert self.line is not None
        return self.line


def given(*facts: Said) -> Story:
    """A story begins; the line's entry goes without saying."""
    first = facts[0][1] if facts and isinstance(facts[0], tuple) else (facts or (None,))[0]
    entry: tuple[Said, ...] = () if isinstance(first, LineEntered) else (line_entered(),)
    return Story().and_then(*entry, *facts)
