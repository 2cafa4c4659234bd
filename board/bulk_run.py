"""One move on slices of lines, planned or made, in the threads of the commands."""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID, uuid5

from msgspec import Struct

from board import wording
from board.done import said_at_once
from board.many import Choice, Maker, decide, make, target
from board.people import Account
from board.problems import words_of
from board.sites import Site, Sites, Teams
from domain.line import IN_FORCE, Line
from domain.refusals import Refused
from domain.terms import Terms
from projections.event_store import EventStore, LineUnknown, StoreUnavailable, Unreadable


class Planned(Struct):
    """One line of the preview, or of the result: from what, to what, or why not."""

    id: UUID
    order: str
    customer: str
    product: str
    version: int
    before: str
    after: str
    how: str
    refused: str


class Selected(Struct, frozen=True):
    """A line that was selected, and the version of it that the person has seen (0: none)."""

    id: UUID
    seen: int


def _or_why_not(do: Callable[[Selected], Planned | None], selected: Selected) -> Planned | None:
    try:
        return do(selected)
    except Unreadable:
        return _unopened(
            selected,
            "This line stands still: its record can't be read by this version of Accord. "
            "Tell the person who looks after it.",
        )
    except StoreUnavailable:
        return _unopened(
            selected,
            "The database did not answer. Look at the line before you make the move once more.",
        )


def _unopened(selected: Selected, why: str) -> Planned:
    """A line of which nothing can be shown but why."""
    return Planned(
        id=selected.id,
        order="Open it",
        customer="",
        product="",
        version=selected.seen,
        before="",
        after="",
        how="",
        refused=why,
    )


class Runner:
    """Makes one move on slices of lines, in threads."""

    def __init__(
        self,
        store: EventStore,
        account: Account,
        sites: Sites,
        teams: Teams,
        choice: Choice,
        command: UUID,
    ) -> None:
        self.store = store
        self.account = account
        self.sites = sites
        self.teams = teams
        self.choice = choice
        self.command = command

    def plan(self, lines: Sequence[Selected]) -> list[Planned]:
        """What it would do on each. Blocking."""
        return [one for line in lines if (one := _or_why_not(self._plan, line))]

    def make(self, lines: Sequence[Selected]) -> list[Planned]:
        """Do it on each; what is refused, or can't be done now, stops none of the others.

        Blocking.
        """
        return [one for line in lines if (one := _or_why_not(self._make, line))]

    def _plan(self, selected: Selected) -> Planned | None:
        loaded = self.store.load(selected.id)
        line, person = loaded.line, self.account.person
        if line is None or not person.sees(line.details.site):
            return None
        site = self._site(line)
        now = site.now(loaded.at)
        try:
            facts = decide(line, self.choice, Maker(person, now, site))
        except Refused as refused:
            return self._told(line, site, now.today, refused=words_of(refused, self.teams))
        after = target(line, facts)
        how = _HOW.get(type(facts[0]).__name__, "") if facts else ""
        return self._told(line, site, now.today, after=after, how=how)

    def _make(self, selected: Selected) -> Planned | None:
        person = self.account.person
        loaded = self.store.load(selected.id)
        before = loaded.line
        if before is None or not person.sees(before.details.site):
            return None
        site = self._site(before)
        today = site.now(loaded.at).today
        command = uuid5(self.command, str(selected.id))
        try:
            line, facts = make(
                self.store, selected.id, selected.seen, self.choice, person, self._site, command
            )
        except Refused as refused:
            return self._told(before, site, today, refused=words_of(refused, self.teams))
        except LineUnknown:
            return None
        said = said_at_once([f for f in facts if f.topic != "line.note_added"], line,
                            self.teams, today)  # fmt: skip
        return self._told(line, site, today, how=said)

    def _site(self, line: Line) -> Site:
        return self.sites.get(line.details.site) or Site(id=line.details.site, name="")

    def _told(
        self,
        line: Line,
        site: Site,
        today: date,
        *,
        after: Terms | None = None,
        how: str = "",
        refused: str = "",
    ) -> Planned:
        unit = line.details.unit
        return Planned(
            id=line.id,
            order=wording.order_words(line),
            customer=line.details.customer,
            product=line.details.product,
            version=line.version,
            before=_before(line, today),
            after=wording.terms_words(after, unit, today=today) if after else "",
            how=how,
            refused=refused,
        )


_HOW = {
    "DateRequested": "asked",
    "DateCommitted": "agreed at once",
    "DateCountered": "offered",
    "CounterAccepted": "agreed at once",
    "RevisionAccepted": "agreed at once",
    "RevisionProposed": "proposed",
    "DeliveryConfirmed": "confirmed",
}


def _before(line: Line, today: date) -> str:
    """The date that the line has now."""
    if line.state in IN_FORCE and line.committed_remainder:
        words = wording.terms_words(line.committed_remainder, line.details.unit, today=today)
        return f"{words}, agreed"
    if line.counter:
        return f"{wording.terms_words(line.counter.terms, line.details.unit, today=today)}, offered"
    if line.request:
        return f"{wording.terms_words(line.request.terms, line.details.unit, today=today)}, asked"
    return "no date"
