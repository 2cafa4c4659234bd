"""The moves: one function per move, (line, …, by, now) -> facts, or Refused."""

from domain.moves.answering import (
    commit_date,
    counter_date,
    decline_request,
    schedule_answer,
)
from domain.moves.asking import (
    accept_counter,
    cancel_line,
    change_line,
    enter_line,
    give_order_number,
    request_date,
    withdraw_request,
)
from domain.moves.changing import (
    accept_revision,
    meet_condition,
    propose_revision,
    refuse_revision,
    release_commitment,
    renege_commitment,
    retract_revision,
    take_back_commitment,
)
from domain.moves.delivering import (
    confirm_delivery,
    correct_delivery,
    deliver_quantity,
    dispute_delivery,
    report_progress,
)
from domain.moves.expiring import clock_moves, end_dispute_period, expire_offer, next_tick
from domain.moves.permission import MOVES, Move, Now, check_fresh, check_may, legal_moves
from domain.moves.talking import add_note, assign_team, take_back_note, tell_customer

__all__ = [
    "MOVES",
    "Move",
    "Now",
    "accept_counter",
    "accept_revision",
    "add_note",
    "assign_team",
    "cancel_line",
    "change_line",
    "check_fresh",
    "check_may",
    "clock_moves",
    "commit_date",
    "confirm_delivery",
    "correct_delivery",
    "counter_date",
    "decline_request",
    "deliver_quantity",
    "dispute_delivery",
    "end_dispute_period",
    "enter_line",
    "expire_offer",
    "give_order_number",
    "legal_moves",
    "meet_condition",
    "next_tick",
    "propose_revision",
    "refuse_revision",
    "release_commitment",
    "renege_commitment",
    "report_progress",
    "request_date",
    "retract_revision",
    "schedule_answer",
    "take_back_commitment",
    "take_back_note",
    "tell_customer",
    "withdraw_request",
]
