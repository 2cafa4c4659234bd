"""The simulated people: who plays, which line they turn to, and what they choose to do with it."""

import random
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from board.demo import promiser_habits, sales_habits
from board.demo.factory import Factory
from board.demo.scene import Habit, Scene
from board.sites import Site, Sites
from domain.moves import legal_moves
from domain.people import PROMISERS, Person, Role, Side
from projections.lines import LineRow

#: How many lines somebody looks at before choosing.
LOOKS_AT = 40
#: A visitor's line: their own side leaves it alone, the other side answers after a moment.
HANDS_OFF = timedelta(minutes=30)
ANSWERS_AFTER = timedelta(seconds=45)
#: How often a visitor who waits comes first.
HOSPITALITY = 0.7

_LIVELY = {Role.REP: 4, Role.PLANNER: 4, Role.BUYER: 2, Role.LOGISTICS: 1, Role.SHIFT_LEAD: 1}


class Choice(Struct, frozen=True):
    """Somebody has decided to make a move on a line as they saw it."""

    row: LineRow
    site: Site
    by: Person
    habit: Habit


class Players:
    """Everybody who plays: the people of the factory, without the visitors' chairs."""

    def __init__(self, factory: Factory, sites: Sites, chance: random.Random) -> None:
        self._playing = [
            e.person for e in factory.people if e.person.role in _LIVELY and not e.guest
        ]
        self._weights = [_LIVELY[person.role] for person in self._playing]
        self._sites = sites
        self._chance = chance
        self._ids = {person.id for person in self._playing}

    def choose(
        self, rows: Sequence[LineRow], at: datetime, *, visiting: Collection[str], think: timedelta
    ) -> Choice | None:
        """What happens next; nothing where nobody has anything to do.

        visiting: the teams for which real people are here now. think: nobody answers sooner.
        """
        return self._answer_to_visitor(rows, at, visiting) or self._anything(
            rows, at, visiting, think
        )

    def _answer_to_visitor(
        self, rows: Sequence[LineRow], at: datetime, visiting: Collection[str]
    ) -> Choice | None:
        """Who came to see how it works does not wait for minutes."""
        if self._chance.random() > HOSPITALITY:
            return None
        lately = [r for r in rows if at - r.changed.at < HANDS_OFF and self._is_visitors(r)]
        for row in self._chance.sample(lately, len(lately)):
            for person in self._chance.sample(self._playing, len(self._playing)):
                free = self._is_free(row, person, at, visiting, ANSWERS_AFTER)
                if free and _concerns(row, person) and (choice := self._liked([row], person, at)):
                    return choice
        return None

    def _anything(
        self, rows: Sequence[LineRow], at: datetime, visiting: Collection[str], think: timedelta
    ) -> Choice | None:
        for person in self._chance.choices(self._playing, self._weights, k=8):
            theirs = [row for row in rows if _concerns(row, person)]
            looked = self._chance.sample(theirs, min(LOOKS_AT, len(theirs)))
            free = [row for row in looked if self._is_free(row, person, at, visiting, think)]
            if choice := self._liked(free, person, at):
                return choice
        return None

    def _is_free(
        self,
        row: LineRow,
        person: Person,
        at: datetime,
        visiting: Collection[str],
        think: timedelta,
    ) -> bool:
        """Nobody's hand is taken: a visitor's line is theirs for a while."""
        age = at - row.changed.at
        if not self._is_visitors(row):
            return age >= think * self._chance.uniform(0.5, 2)
        same = (row.changed.side is Side.SALES) == (person.side is Side.SALES)
        if same or person.team in visiting:
            return age >= HANDS_OFF
        return age >= ANSWERS_AFTER

    def _is_visitors(self, row: LineRow) -> bool:
        """Whether a real person said the last word."""
        by_people = row.changed.side is Side.SALES or row.changed.side in PROMISERS
        return by_people and row.changed.by not in self._ids

    def _liked(self, rows: list[LineRow], person: Person, at: datetime) -> Choice | None:
        options = [option for row in rows for option in self._options(row, person, at)]
        if not options:
            return None
        choices, likings = zip(*options, strict=True)
        chosen: Choice = self._chance.choices(choices, likings)[0]
        return chosen

    def _options(
        self, row: LineRow, person: Person, at: datetime
    ) -> Iterator[tuple[Choice, float]]:
        """The habits that are legal moves now, and how much somebody feels like them."""
        site = self._sites.get(row.line.details.site)
        if site is None:
            return
        scene = Scene(row.line, person, at, site, self._chance)
        legal = {move.name for move in legal_moves(row.line, person, scene.now)}
        habits = sales_habits.HABITS if person.side is Side.SALES else promiser_habits.HABITS
        for habit in habits:
            liking = habit.liking(scene) if habit.move in legal else 0
            if liking > 0:
                yield Choice(row, site, person, habit), liking


def _concerns(row: LineRow, person: Person) -> bool:
    details = row.line.details
    if person.side is Side.SALES:
        return details.sales_team == person.team
    return details.team == person.team and person.sees(details.site)
