"""Which lines are meant: the filters of the board as the conditions of a query."""

from collections.abc import Collection
from datetime import date, timedelta

from msgspec import Struct

from domain.line import State
from projections import search
from projections.line_row import Mark

#: Ten working days of a five-day week: how long a delivered line stays on the board.
STAYS = timedelta(days=14)

NOW = "FROM {twin}.lines"
THEN = """FROM (
    SELECT {columns} FROM {twin}.lines WHERE valid_from <= %(at)s
    UNION ALL
    SELECT {columns} FROM {twin}.line_versions WHERE valid_from <= %(at)s AND valid_to > %(at)s
) AS moment"""


class Whose(Struct, frozen=True, kw_only=True):
    """Somebody's lines: those of their team, and those that name them as the rep.

    promises: the team is one that promises, not one of sales.
    """

    team: str
    promises: bool = False
    reps: tuple[str, ...] = ()

    @property
    def condition(self) -> str:
        """The condition of a query, with `values`."""
        if self.promises:
            return "team = %(my_team)s"
        return "(rep = ANY(%(reps)s) OR (sales_team = %(my_team)s AND sales_team <> ''))"

    @property
    def values(self) -> dict[str, object]:
        """The values that `condition` names."""
        return {"my_team": self.team, "reps": list(self.reps)}


class Filter(Struct, frozen=True, kw_only=True):
    """Which lines are meant; what is empty doesn't count.

    text: words that order, customer, part number or product hold, in any order, without regard to
    capitals and accents. mark: one of Mark. folded: with the lines that are finished. whose: only
    the lines that concern somebody.
    """

    sites: frozenset[str] = frozenset()
    team: str = ""
    sales_team: str = ""
    customer: str = ""
    family: str = ""
    state: frozenset[State] = frozenset()
    text: str = ""
    rep: str = ""
    mark: str = ""
    folded: bool = False
    whose: Whose | None = None


def borne(mark: str, name: str) -> str:
    """The condition that a line bears a mark: its value is called `name`, the day "today"."""
    return "next_due < %(today)s" if mark == Mark.OVERDUE else f"%({name})s = ANY(marks)"


class Where:
    """The conditions of a query, and their values by name."""

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.values: dict[str, object] = {}

    @classmethod
    def of(cls, flt: Filter, today: date, stays_since: date | None, *, indexed: bool) -> "Where":
        """The conditions of a filter; see `lines.board` for the days.

        indexed: the index of letters holds these rows, as it does those of now.
        """
        where = cls()
        if not flt.folded:
            where.holds("(NOT finished OR (state = 'closed' AND delivered_on >= %(stays)s))")
            where.values["stays"] = stays_since or today - STAYS
        for column in ("team", "sales_team", "customer", "family", "rep"):
            if value := getattr(flt, column):
                where.holds(f"{column} = %({column})s", **{column: value})
        where.among("site", flt.sites)
        where.among("state", {state.value for state in flt.state})
        where.marked(flt.mark, today)
        if flt.whose:
            where.holds(flt.whose.condition, **flt.whose.values)
        where.found_by(search.words(flt.text), indexed=indexed)
        return where

    def holds(self, condition: str, **values: object) -> None:
        """One more condition, with the values that it names."""
        self.conditions.append(condition)
        self.values |= values

    def among(self, column: str, wanted: Collection[str]) -> None:
        """The column has one of these values; none: any."""
        if wanted:
            self.holds(f"{column} = ANY(%({column})s)", **{column: sorted(wanted)})

    def marked(self, mark: str, today: date) -> None:
        """The line bears this mark on that day."""
        if mark:
            self.holds(borne(mark, "mark"), mark=mark, today=today)

    def found_by(self, words: list[str], *, indexed: bool) -> None:
        """Each word is somewhere in the row; the index of letters finds the few to look at."""
        grams = sorted({gram for word in words for gram in search.grams(word)})
        if grams and indexed:
            self.holds("id IN (SELECT id FROM {twin}.line_grams WHERE grams @> %(grams)s)")
            self.values["grams"] = grams
        for n, word in enumerate(words):
            self.holds(f"search LIKE %(word{n})s", **{f"word{n}": search.pattern(word)})

    def __str__(self) -> str:
        return "WHERE " + " AND ".join(self.conditions) if self.conditions else ""
