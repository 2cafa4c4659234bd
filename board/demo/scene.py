"""What a simulated person sees when they look at a line, and what they may feel like doing."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from msgspec import Struct

from board.sites import Site
from domain.events import Fact, Text
from domain.line import Line
from domain.moves import Now
from domain.people import Person
from projections.texts import Words, new_text


class Scene:
    """The line, who looks at it, and the moment; the words that they say go into `texts`."""

    def __init__(
        self, line: Line, by: Person, at: datetime, site: Site, chance: random.Random
    ) -> None:
        self.line = line
        self.by = by
        self.site = site
        self.chance = chance
        self.now: Now = site.now(at)
        self.texts: dict[UUID, Words] = {}

    @property
    def today(self) -> date:
        """The site's plain day."""
        return self.now.today

    @property
    def offer_fits(self) -> bool:
        """Whether what is on the table is for what is open now."""
        offer = self.line.on_the_table
        terms = offer.remaining(self.line.delivered) if offer else None
        return terms is not None and terms.quantity == self.line.open

    def ahead(self, least: int, most: int, since: date | None = None) -> date:
        """A working day so many after today, or after `since`; never before today."""
        day = self.site.calendar.add(since or self.today, self.chance.randint(least, most))
        return self.site.calendar.on_or_after(max(day, self.today))

    def within(self, least: float, most: float) -> datetime:
        """A moment so many hours from now."""
        return self.now.at + timedelta(hours=self.chance.uniform(least, most))

    def says(self, *words: str, always: bool = False) -> Text | None:
        """One of these, or nothing: people don't explain everything."""
        if not always and self.chance.random() < 0.4:
            return None
        text, said = new_text(self.chance.choice(words))
        self.texts[text.id] = said
        return text


class Habit(Struct, frozen=True):
    """A move that people like to make: how much they like it now (0: not at all), and how."""

    move: str
    liking: Callable[[Scene], float]
    make: Callable[[Scene], tuple[Fact, ...]]
