"""Lines brought into each state by a rep and a planner, as of today."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import moves
from domain.events import Fact, RequestDeclined
from domain.line import Line
from domain.moves import Now
from domain.reasons import Reason
from domain.terms import Terms
from tests.board.desk import Desk
from tests.board.office import Office

ZONE = ZoneInfo("Europe/Berlin")


def now() -> Now:
    """This moment, and the sites' day."""
    at = datetime.now(UTC)
    return Now(at, at.astimezone(ZONE).date())


def day(later: int) -> date:
    """So many plain days from today."""
    return now().today + timedelta(days=later)


class Told:
    """Lines brought into a state by the moves of a rep and a planner."""

    def __init__(self, at: Office, rep: Desk, planner: Desk) -> None:
        self.at, self.rep, self.planner = at, rep, planner

    def new(self) -> UUID:
        return self.at.enter(wanted=day(10), erp_date=day(12))

    def requested(self) -> UUID:
        line = self.new()
        self._by(self.rep, line, lambda found, by, at: moves.request_date(
            found, Terms.single(found.open, day(10)), by=by, now=at))  # fmt: skip
        return line

    def countered(self) -> UUID:
        line = self.requested()
        self._by(self.planner, line, lambda found, by, at: moves.counter_date(
            found, Terms.single(found.open, day(15)), by=by, now=at, reason=Reason.TOOLING,
            valid_until=at.at + timedelta(days=3)))  # fmt: skip
        return line

    def conditional(self) -> UUID:
        line = self.requested()
        self._by(self.planner, line, lambda found, by, at: moves.commit_date(
            found, Terms.single(found.open, day(10)), by=by, now=at,
            ordered_by=at.at + timedelta(days=2)))  # fmt: skip
        return line

    def committed(self) -> UUID:
        line = self.requested()
        self._by(self.planner, line, lambda found, by, at: moves.commit_date(
            found, Terms.single(found.open, day(10)), by=by, now=at))  # fmt: skip
        return line

    def revised_by_sales(self) -> UUID:
        line = self.committed()
        self._by(self.rep, line, lambda found, by, at: moves.propose_revision(
            found, Terms.single(found.open, day(8)), by=by, now=at,
            reason=Reason.CUSTOMER_CHANGED))  # fmt: skip
        return line

    def revised_by_production(self) -> UUID:
        line = self.committed()
        self._by(self.planner, line, lambda found, by, at: moves.propose_revision(
            found, Terms.single(found.open, day(18)), by=by, now=at,
            reason=Reason.MATERIAL_LATE))  # fmt: skip
        return line

    def partly_delivered(self) -> UUID:
        line = self.committed()
        self._by(self.planner, line, lambda found, by, at: moves.deliver_quantity(
            found, quantity=Decimal(40), on=at.today, by=by, now=at))  # fmt: skip
        return line

    def delivered(self) -> UUID:
        line = self.committed()
        self._by(self.planner, line, lambda found, by, at: moves.deliver_quantity(
            found, quantity=found.open, on=at.today, by=by, now=at))  # fmt: skip
        return line

    def declined(self) -> UUID:
        line = self.requested()
        self.at.change(line, lambda found, _: [RequestDeclined(reason=Reason.TOOLING)],
                       by=self.planner.person)  # fmt: skip
        return line

    def closed(self) -> UUID:
        line = self.delivered()
        self._by(self.rep, line, lambda found, by, at: moves.confirm_delivery(
            found, by=by, now=at))  # fmt: skip
        return line

    def _by(self, desk: Desk, line: UUID, move: Callable[..., Sequence[Fact]]) -> None:
        def decide(found: Line | None, _: datetime) -> Sequence[Fact]:
            assert found is not None
            return move(found, desk.person, now())

        self.at.change(line, decide, by=desk.person)
