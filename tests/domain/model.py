"""A second, plainer telling of the same rules, to hold the domain against.

Written from the words alone: mutable dictionaries, no shared code with the domain but its names.
Days are counted from the start of the story; every move says whether it is allowed.
"""

import copy
from dataclasses import dataclass, field
from typing import Any

SALES, PROMISERS = "sales", ("production", "purchasing", "logistics")
ASKABLE = ("new", "declined", "withdrawn", "expired", "reneged")
FINISHED = ("closed", "released", "cancelled")
AGREED = ("committed", "revision_open")
TAKE_BACK_MINUTES = 15
DISPUTE_DAYS = 14  # ten working days from a Monday to Friday delivery


def take_off(schedule: dict[int, int], delivered: int) -> dict[int, int]:
    """A schedule {day: quantity} less what was delivered, earliest first."""
    left = dict(sorted(schedule.items()))
    for day in list(left):
        taken = min(left[day], delivered)
        delivered -= taken
        left[day] -= taken
        if not left[day]:
            del left[day]
    return left


@dataclass
class Offer:
    schedule: dict[int, int]
    delivered: int
    side: str
    product: str
    valid_until: int | None = None  # minutes


@dataclass
class Agreed:
    schedule: dict[int, int]
    delivered: int
    product: str
    maker: str


@dataclass
class Model:
    minute: int = 0
    state: str = "new"
    quantity: int = 100
    product: str = "impeller"
    team: str = "production"
    totals: dict[str, int] = field(default_factory=dict)
    short: int = 0
    delivered_day: int = 0
    request: Offer | None = None
    counter: Offer | None = None
    proposal: Offer | None = None
    agreed: Agreed | None = None
    commitments: int = 0
    undo: "tuple[Model, int] | None" = None

    @property
    def today(self) -> int:
        return self.minute // 1440

    @property
    def delivered(self) -> int:
        return max(0, max(self.totals.values(), default=0) - self.short)

    @property
    def open(self) -> int:
        return max(0, self.quantity - self.delivered)

    def left_of(self, offer: Offer | Agreed | None) -> dict[int, int]:
        if offer is None:
            return {}
        gone = self.delivered - offer.delivered
        if gone < 0:
            first = min(offer.schedule)
            return {**offer.schedule, first: offer.schedule[first] - gone}
        return take_off(offer.schedule, gone)

    def ball(self) -> str:
        if self.state in FINISHED:
            return "nobody"
        if self.state == "requested":
            return "promiser"
        if self.state == "revision_open":
            assert self.proposal
            return "promiser" if self.proposal.side == SALES else "requester"
        if self.state == "committed":
            assert self.agreed
            left = self.left_of(self.agreed)
            if sum(left.values()) != self.open or self.agreed.product != self.product:
                return "requester"
            return "promiser" if left and min(left) < self.today else "nobody"
        return "requester"

    # who speaks -------------------------------------------------------------------------------

    def speaks_for_promise(self, role: str, team: str) -> bool:
        return role in ("planner", "buyer") and team == self.team

    def make(self, name: str, role: str, who: str, team: str, given: dict[str, Any]) -> bool:
        """Try a move; True where it is allowed. Whatever happens but a note ends the undo."""
        before = copy.deepcopy(self)
        undo, self.undo = self.undo, None
        if name == "take_back":
            self.undo = undo
        allowed = bool(getattr(self, name)(role=role, who=who, team=team, **given))
        if not allowed:
            self.__dict__.update(before.__dict__)
        elif name == "note":
            self.undo = undo
        elif self.commitments > before.commitments:
            before.undo = None
            self.undo = (before, self.minute)
        return allowed

    def clear(self, state: str, *, agreed: bool = False) -> bool:
        self.state = state
        self.request = self.counter = self.proposal = None
        if not agreed:
            self.agreed = None
        return True

    def settle(self) -> None:
        if self.state in ("released", "cancelled"):
            return
        if self.open == 0:
            if self.state != "closed":
                if self.delivered:
                    self.clear("delivered", agreed=True)
                else:
                    self.clear("released" if self.agreed else "cancelled")
            return
        table = self.proposal or self.counter or self.request
        if self.state == "delivered" or (table and not self.left_of(table)):
            self.clear("committed" if self.agreed else "new", agreed=True)

    # the moves --------------------------------------------------------------------------------

    def ask(self, *, role: str, schedule: dict[int, int], **_: Any) -> bool:
        if role != "rep" or self.state not in (*ASKABLE, "requested", "countered"):
            return False
        if min(schedule) < self.today or sum(schedule.values()) != self.open:
            return False
        self.clear("requested")
        self.request = Offer(schedule, self.delivered, SALES, self.product)
        return True

    def commit(self, *, role: str, who: str, team: str, **_: Any) -> bool:
        """Yes to exactly what is asked for."""
        if not self.speaks_for_promise(role, team) or self.state != "requested":
            return False
        return self._agree(self.request, who)

    def _agree(self, offer: Offer | None, who: str) -> bool:
        left = self.left_of(offer)
        if sum(left.values()) != self.open or min(left, default=0) < self.today:
            return False
        if offer is None or offer.product != self.product:
            return False
        agreed = Agreed(left, self.delivered, self.product, who)
        self.clear("committed")
        self.agreed = agreed
        self.commitments += 1
        return True

    def offer(
        self, *, role: str, team: str, schedule: dict[int, int], hours: int, **_: Any
    ) -> bool:
        if not self.speaks_for_promise(role, team):
            return False
        if self.state not in ("requested", "countered"):
            return False
        if min(schedule) < self.today or sum(schedule.values()) != self.open:
            return False
        self.state = "countered"
        self.counter = Offer(schedule, self.delivered, team, self.product, self.minute + 60 * hours)
        return True

    def accept(self, *, role: str, who: str, **_: Any) -> bool:
        if role != "rep" or self.state != "countered":
            return False
        assert self.counter
        assert self.counter.valid_until is not None
        return self.minute <= self.counter.valid_until and self._agree(self.counter, who)

    def decline(self, *, role: str, team: str, **_: Any) -> bool:
        answerable = self.state in ("requested", "countered")
        return self.speaks_for_promise(role, team) and answerable and self.clear("declined")

    def withdraw(self, *, role: str, **_: Any) -> bool:
        asked = self.state in ("requested", "countered")
        return role == "rep" and asked and self.clear("withdrawn")

    def expire(self, *, role: str, **_: Any) -> bool:
        if role != "clock" or self.state != "countered":
            return False
        assert self.counter
        assert self.counter.valid_until is not None
        return self.minute > self.counter.valid_until and self.clear("expired")

    def _may_answer_proposal(self, role: str, team: str) -> bool:
        assert self.proposal
        if self.proposal.side == SALES:
            return self.speaks_for_promise(role, team)
        return role == "rep"

    def propose(self, *, role: str, team: str, schedule: dict[int, int], **_: Any) -> bool:
        if self.state not in AGREED:
            return False
        if not (role == "rep" or self.speaks_for_promise(role, team)):
            return False
        if self.state == "revision_open" and not self._may_answer_proposal(role, team):
            return False
        if min(schedule) < self.today or sum(schedule.values()) != self.open:
            return False
        if self.ball_fits() and schedule == self.left_of(self.agreed):
            return False
        self.state = "revision_open"
        side = SALES if role == "rep" else team
        self.proposal = Offer(schedule, self.delivered, side, self.product)
        return True

    def ball_fits(self) -> bool:
        assert self.agreed
        same = self.agreed.product == self.product
        return same and sum(self.left_of(self.agreed).values()) == self.open

    def accept_change(self, *, role: str, team: str, who: str, **_: Any) -> bool:
        if self.state != "revision_open" or not self._may_answer_proposal(role, team):
            return False
        return self._agree(self.proposal, who)

    def refuse_change(self, *, role: str, team: str, **_: Any) -> bool:
        if self.state != "revision_open" or not self._may_answer_proposal(role, team):
            return False
        self.state, self.proposal = "committed", None
        return True

    def retract_change(self, *, role: str, team: str, **_: Any) -> bool:
        if self.state != "revision_open":
            return False
        assert self.proposal
        mine = role == "rep" if self.proposal.side == SALES else self.speaks_for_promise(role, team)
        if not mine:
            return False
        self.state, self.proposal = "committed", None
        return True

    def cannot_keep(self, *, role: str, team: str, **_: Any) -> bool:
        in_force = self.state in AGREED
        return in_force and self.speaks_for_promise(role, team) and self.clear("reneged")

    def release(self, *, role: str, **_: Any) -> bool:
        return role == "rep" and self.state in AGREED and self.clear("released")

    def cancel(self, *, role: str, **_: Any) -> bool:
        if role not in ("rep", "order_system"):
            return False
        if self.state in (*FINISHED, "delivered"):
            return role == "order_system"
        return self.clear("released" if self.state in AGREED else "cancelled")

    def take_back(self, *, who: str, **_: Any) -> bool:
        if self.undo is None or self.state != "committed":
            return False
        assert self.agreed
        before, made_at = self.undo
        if self.agreed.maker != who or self.minute > made_at + TAKE_BACK_MINUTES:
            return False
        minute = self.minute
        self.__dict__.update(copy.deepcopy(before).__dict__)
        self.minute = minute
        return True

    def deliver(self, *, role: str, team: str, amount: int, **_: Any) -> bool:
        on_the_floor = self.speaks_for_promise(role, team) or (
            role == "shift_lead" and team == self.team
        )
        if not on_the_floor or self.state in (*FINISHED, "delivered"):
            return False
        if not 0 < amount <= self.open:
            return False
        total = max(self.totals.values(), default=0) + amount
        self._counted("by_hand", max(total, self.totals.get("by_hand", 0)))
        return True

    def report_total(self, *, role: str, amount: int, **_: Any) -> bool:
        """The order system's total to date; a lower one than its last corrects it."""
        if role != "order_system":
            return False
        last = self.totals.get("erp", 0)
        if amount < last:
            self.short = max(0, self.short - (last - amount))
        if amount != last:
            self._counted("erp", amount)
        return True

    def _counted(self, source: str, total: int) -> None:
        before = self.delivered
        self.totals[source] = total
        if self.delivered > before:
            self.delivered_day = self.today
        self.settle()

    def dispute(self, *, role: str, amount: int, **_: Any) -> bool:
        if role != "rep" or self.state != "delivered" or not 0 < amount <= self.delivered:
            return False
        self.short += amount
        self.settle()
        return True

    def confirm(self, *, role: str, **_: Any) -> bool:
        return role == "rep" and self.state == "delivered" and self.clear("closed", agreed=True)

    def change_quantity(self, *, role: str, amount: int, **_: Any) -> bool:
        if role != "order_system":
            return False
        if amount == self.quantity:
            return True
        self.quantity = amount
        if self.state == "closed" and self.open:
            return self.clear("new")
        if self.state == "requested" and self.open:
            assert self.request
            if len(self.request.schedule) == 1:
                day = next(iter(self.request.schedule))
                self.request = Offer({day: self.open}, self.delivered, SALES, self.product)
        self.settle()
        return True

    def change_product(self, *, role: str, **_: Any) -> bool:
        if role != "order_system":
            return False
        self.product = "bronze" if self.product == "impeller" else "impeller"
        if self.state == "requested" and self.request and len(self.request.schedule) == 1:
            self.request.product = self.product
        return True

    def hand_over(self, *, role: str, team: str, to: str, **_: Any) -> bool:
        if self.state in FINISHED or to == self.team:
            return False
        if self.state in (*AGREED, "delivered"):
            if role not in ("planner", "buyer") or team != to:
                return False
        elif not (role == "rep" or self.speaks_for_promise(role, team)):
            return False
        self.team = to
        if self.state == "countered":
            self.state = "requested" if self.request else "new"
            self.counter = None
        return True

    def note(self, *, role: str, **_: Any) -> bool:
        return role not in ("order_system", "clock")
