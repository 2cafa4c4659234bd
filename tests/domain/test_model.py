"""Random moves of random people: the domain and a plainer model of it say the same."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from domain import moves
from domain.events import Fact, LineChanges, Text
from domain.line import Line
from domain.moves import Now
from domain.moves.answering import asked_terms
from domain.people import Person
from domain.reasons import Reason
from domain.terms import Terms
from tests.domain.model import Model
from tests.facts import (
    BUYER,
    CLOCK,
    ERP,
    NOV_23,
    OTHER_REP,
    PLANNER,
    REP,
    SHIFT_LEAD,
    START,
    VIEWER,
    line_entered,
    product_changed,
)
from tests.story import Story, given

Facts = tuple[Fact, ...]
_SIDES = {"production": PLANNER.side, "purchasing": BUYER.side}


@dataclass(frozen=True)
class Attempt:
    """Somebody tries something, some minutes after the last try."""

    by: Person
    name: str
    minutes: int
    days: tuple[int, ...]
    amount: int
    whole: bool
    usual: bool

    def in_state(self, state: str) -> "Attempt":
        """The same try, as what somebody would usually do now."""
        usual = USUAL.get(state)
        if not self.usual or usual is None:
            return self
        by, name = usual[self.amount % len(usual)]
        return replace(self, by=by, name=name)


#: What people usually do where a conversation stands; without it few stories get anywhere.
USUAL: dict[str, list[tuple[Person, str]]] = {
    "new": [(REP, "ask")],
    "requested": [(PLANNER, "commit"), (PLANNER, "offer"), (BUYER, "commit"), (REP, "ask")],
    "countered": [(REP, "accept"), (REP, "accept"), (PLANNER, "offer"), (CLOCK, "expire")],
    "committed": [
        (REP, "propose"),
        (PLANNER, "propose"),
        (PLANNER, "deliver"),
        (ERP, "report_total"),
        (ERP, "change_quantity"),
        (ERP, "change_product"),
        (PLANNER, "take_back"),
        (REP, "take_back"),
        (PLANNER, "cannot_keep"),
        (BUYER, "hand_over"),
    ],
    "revision_open": [
        (REP, "accept_change"),
        (PLANNER, "accept_change"),
        (REP, "refuse_change"),
        (PLANNER, "retract_change"),
        (REP, "propose"),
        (PLANNER, "deliver"),
        (ERP, "change_quantity"),
    ],
    "delivered": [
        (REP, "confirm"),
        (REP, "dispute"),
        (ERP, "change_quantity"),
        (ERP, "report_total"),
    ],
    "closed": [(ERP, "change_quantity")],
    **{state: [(REP, "ask")] for state in ("declined", "withdrawn", "expired", "reneged")},
}

attempts = st.builds(
    Attempt,
    usual=st.sampled_from([True, True, True, False]),
    by=st.sampled_from(
        [REP, REP, REP, PLANNER, PLANNER, PLANNER, BUYER, ERP, CLOCK, SHIFT_LEAD, VIEWER, OTHER_REP]
    ),
    name=st.sampled_from(
        [
            "ask",
            "ask",
            "ask",
            "commit",
            "commit",
            "offer",
            "offer",
            "accept",
            "accept",
            "decline",
            "withdraw",
            "expire",
            "propose",
            "propose",
            "accept_change",
            "accept_change",
            "refuse_change",
            "retract_change",
            "cannot_keep",
            "release",
            "cancel",
            "take_back",
            "deliver",
            "deliver",
            "report_total",
            "dispute",
            "confirm",
            "change_quantity",
            "change_product",
            "hand_over",
            "note",
        ]
    ),
    minutes=st.sampled_from([0, 0, 1, 14, 15, 60, 600, 2880]),
    days=st.lists(st.integers(0, 20), min_size=1, max_size=2, unique=True).map(tuple),
    amount=st.integers(0, 150),
    whole=st.booleans(),
)


def _schedule(attempt: Attempt, model: Model) -> dict[int, int]:
    """What is open over the days tried, or now and then a quantity that doesn't add up."""
    quantity = model.open if attempt.whole or attempt.amount < 130 else attempt.amount
    days = [model.today - 1 + day for day in attempt.days]
    if len(days) == 1 or quantity < 2:
        return {days[0]: quantity} if quantity else {}
    return {days[0]: quantity - 1, days[1]: 1}


def _terms(schedule: dict[int, int]) -> Terms:
    return Terms.of((quantity, NOV_23 + timedelta(days=day)) for day, quantity in schedule.items())


def _try(  # noqa: C901  (a table of small functions)
    attempt: Attempt, model: Model, schedule: dict[int, int]
) -> tuple[dict[str, Any], Callable[..., Facts]]:
    """The same attempt for the model (what is given) and for the domain (a move)."""
    to = "purchasing" if attempt.amount % 2 else "production"
    hours = 1 + attempt.amount

    def ask(line: Line, **who: Any) -> Facts:
        return moves.request_date(line, _terms(schedule), **who)

    def commit(line: Line, **who: Any) -> Facts:
        return moves.commit_date(line, asked_terms(line), **who)

    def offer(line: Line, *, by: Person, now: Now) -> Facts:
        return moves.counter_date(
            line,
            _terms(schedule),
            by=by,
            now=now,
            reason=Reason.OTHER,
            valid_until=now.at + timedelta(hours=hours),
        )

    def propose(line: Line, **who: Any) -> Facts:
        return moves.propose_revision(line, _terms(schedule), reason=Reason.OTHER, **who)

    def because(move: Callable[..., Facts]) -> Callable[..., Facts]:
        return lambda line, **who: move(line, reason=Reason.OTHER, **who)

    def deliver(line: Line, *, by: Person, now: Now) -> Facts:
        amount = Decimal(attempt.amount)
        if by is ERP:
            raise AssertionError("the order system reports totals")
        return moves.deliver_quantity(line, by=by, now=now, on=now.today, quantity=amount)

    def report_total(line: Line, *, by: Person, now: Now) -> Facts:
        total = Decimal(attempt.amount)
        return moves.deliver_quantity(line, by=by, now=now, on=now.today, total=total, source="erp")

    def dispute(line: Line, **who: Any) -> Facts:
        short = Decimal(attempt.amount)
        return moves.dispute_delivery(line, reason=Reason.OTHER, short=short, **who)

    def change_quantity(line: Line, **who: Any) -> Facts:
        return moves.change_line(line, LineChanges(quantity=Decimal(attempt.amount)), **who)

    def change_product(line: Line, **who: Any) -> Facts:
        other = "bronze" if line.details.product == "impeller" else "impeller"
        return moves.change_line(line, product_changed(other).changes, **who)

    def hand_over(line: Line, **who: Any) -> Facts:
        return moves.assign_team(line, to, _SIDES[to], **who)

    def note(line: Line, **who: Any) -> Facts:
        return moves.add_note(line, Text(UUID(int=attempt.amount), ""), **who)

    dated = {"schedule": schedule}
    amount = {"amount": attempt.amount}
    table: dict[str, tuple[dict[str, Any], Callable[..., Facts]]] = {
        "ask": (dated, ask),
        "commit": ({}, commit),
        "offer": ({**dated, "hours": hours}, offer),
        "accept": ({}, moves.accept_counter),
        "decline": ({}, because(moves.decline_request)),
        "withdraw": ({}, because(moves.withdraw_request)),
        "expire": ({}, moves.expire_offer),
        "propose": (dated, propose),
        "accept_change": ({}, moves.accept_revision),
        "refuse_change": ({}, moves.refuse_revision),
        "retract_change": ({}, moves.retract_revision),
        "cannot_keep": ({}, because(moves.renege_commitment)),
        "release": ({}, because(moves.release_commitment)),
        "cancel": ({}, moves.cancel_line),
        "take_back": ({}, moves.take_back_commitment),
        "deliver": (amount, deliver),
        "report_total": (amount, report_total),
        "dispute": (amount, dispute),
        "confirm": ({}, moves.confirm_delivery),
        "change_quantity": (amount, change_quantity),
        "change_product": ({}, change_product),
        "hand_over": ({"to": to}, hand_over),
        "note": ({}, note),
    }
    return table[attempt.name]


def _applies(attempt: Attempt, schedule: dict[int, int]) -> bool:
    """Leaves out what can't be said at all: no quantity to date, a total from the wrong mouth."""
    if attempt.name in ("ask", "offer", "propose"):
        return bool(schedule)
    return not (attempt.name == "deliver" and attempt.by is ERP)


def _same(story: Story, model: Model) -> None:
    line = story.line
    assert line is not None
    assert (line.state.value, int(line.delivered), int(line.open), line.details.team) == (
        model.state,
        model.delivered,
        model.open,
        model.team,
    )
    assert line.ball(story.now.today) == model.ball()
    left = model.left_of(model.agreed)
    assert line.committed_remainder == (_terms(left) if left else None)
    assert len(line.commitments) == model.commitments


@settings(max_examples=300, deadline=None)
@given_any(st.lists(attempts, min_size=5, max_size=40))
def test_the_domain_and_the_model_agree(tries: list[Attempt]) -> None:
    story, model = given(line_entered(product="impeller")).until(START), Model()
    for tried in tries:
        attempt = tried.in_state(model.state)
        # The model's day ends at midnight: its story begins at 8 in the morning.
        minute = model.minute + attempt.minutes
        model.minute = minute
        story = story.until(START - timedelta(hours=8) + timedelta(minutes=minute))
        schedule = _schedule(attempt, model)
        if not _applies(attempt, schedule):
            continue
        given_to_model, move = _try(attempt, model, schedule)
        by = attempt.by
        allowed = model.make(attempt.name, by.role, by.id, by.team, given_to_model)
        at = story.at
        story = story.when(move, by=by)
        assert (story.refusal is None) == allowed, (attempt, str(story.refusal))
        story = story.until(at)
        _same(story, model)
