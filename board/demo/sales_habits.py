"""What simulated reps do: ask, accept, tell, confirm, and now and then change their mind."""

from decimal import Decimal

from board.demo.phrases import NEEDS, NOTES, SHORTAGES
from board.demo.scene import Habit, Scene
from domain import moves
from domain.events import Fact, Need
from domain.line import ASKABLE, State
from domain.moves.talking import arrival
from domain.reasons import Reason
from domain.terms import Terms


def _wants_to_ask(scene: Scene) -> float:
    return 6 if scene.line.state in ASKABLE else 0


def _ask(scene: Scene) -> tuple[Fact, ...]:
    """At the wanted day, or the first one that is still possible."""
    wanted = scene.line.lapsed.last_date if scene.line.lapsed else scene.line.details.wanted
    day = max(wanted or scene.ahead(8, 20), scene.ahead(2, 4))
    need = scene.chance.choice([Need.FIRM, Need.FIRM, Need.FLEXIBLE, Need.NOT_BEFORE])
    terms = Terms.single(scene.line.open, day)
    return moves.request_date(scene.line, terms, need=need, by=scene.by, now=scene.now)


def _likes_the_offer(scene: Scene) -> float:
    return 6 if scene.offer_fits else 0


def _accept(scene: Scene) -> tuple[Fact, ...]:
    return moves.accept_counter(scene.line, by=scene.by, now=scene.now)


def _wants_it_earlier(scene: Scene) -> float:
    return 1.5 if scene.line.state is State.COUNTERED and scene.line.counters < 2 else 0


def _ask_in_between(scene: Scene) -> tuple[Fact, ...]:
    """Between what was asked and what was offered."""
    offered = scene.line.counter.terms.last_date if scene.line.counter else scene.ahead(8, 12)
    day = scene.ahead(-3, -1, since=offered)
    reason = scene.chance.choice(list(NEEDS))
    return moves.request_date(
        scene.line,
        Terms.single(scene.line.open, day),
        reason=reason,
        text=scene.says(*NEEDS[reason]),
        by=scene.by,
        now=scene.now,
    )


def _gives_up(scene: Scene) -> float:
    return 0.3 if scene.line.counters >= 2 else 0


def _withdraw(scene: Scene) -> tuple[Fact, ...]:
    text = scene.says("Too late for them, they look elsewhere for this one.")
    reason = Reason.DATE_TOO_LATE
    return moves.withdraw_request(scene.line, reason=reason, text=text, by=scene.by, now=scene.now)


def _accepts_change(scene: Scene) -> float:
    return 5 if scene.offer_fits else 0


def _accept_revision(scene: Scene) -> tuple[Fact, ...]:
    return moves.accept_revision(scene.line, by=scene.by, now=scene.now)


def _keeps_to_the_day(scene: Scene) -> float:
    return 1


def _refuse_revision(scene: Scene) -> tuple[Fact, ...]:
    text = scene.says("They have booked a crane for that day.")
    reason = Reason.DATE_TOO_LATE
    return moves.refuse_revision(scene.line, reason=reason, text=text, by=scene.by, now=scene.now)


def _customer_moved(scene: Scene) -> float:
    if scene.line.state is not State.COMMITTED or scene.line.details.quantity == 0:
        return 0
    return 0.04 if scene.line.fits else 4


def _propose(scene: Scene) -> tuple[Fact, ...]:
    """Another day, or the same one for what the quantity is now."""
    agreed = scene.line.agreed or scene.today
    day = scene.ahead(1, 5, since=agreed) if scene.line.fits else max(agreed, scene.today)
    reason = Reason.CUSTOMER_CHANGED
    return moves.propose_revision(
        scene.line,
        Terms.single(scene.line.open, day),
        reason=reason,
        text=scene.says(*NEEDS[reason]),
        by=scene.by,
        now=scene.now,
    )


def _customer_waits_for_word(scene: Scene) -> float:
    if scene.line.state is not State.COMMITTED:
        return 0
    return 2 if scene.line.told is None or scene.line.customer_not_yet_told else 0


def _tell(scene: Scene) -> tuple[Fact, ...]:
    """Mostly the agreed arrival; seldom a day early."""
    day = arrival(scene.line, scene.line.agreed or scene.today, scene.site.calendar)
    if scene.chance.random() < 0.1:
        day = scene.site.calendar.add(day, -1)
    calendar = scene.site.calendar
    return moves.tell_customer(scene.line, day, calendar=calendar, by=scene.by, now=scene.now)


def _goods_arrived(scene: Scene) -> float:
    return 2


def _confirm(scene: Scene) -> tuple[Fact, ...]:
    return moves.confirm_delivery(scene.line, by=scene.by, now=scene.now)


def _something_is_missing(scene: Scene) -> float:
    return 0.1


def _dispute(scene: Scene) -> tuple[Fact, ...]:
    short = Decimal(max(1, int(scene.line.delivered) // 20))
    return moves.dispute_delivery(
        scene.line,
        reason=Reason.QUALITY,
        short=short,
        text=scene.says(*SHORTAGES, always=True),
        by=scene.by,
        now=scene.now,
    )


def _is_in_the_mood(scene: Scene) -> float:
    return 0.06 if len(scene.line.notes) < 3 else 0


def note(scene: Scene) -> tuple[Fact, ...]:
    """Something that nobody asked for."""
    text = scene.says(*NOTES, always=True)
    assert text is not None  # noqa: S101 always
    return moves.add_note(scene.line, text, by=scene.by, now=scene.now)


HABITS = (
    Habit("request_date", _wants_to_ask, _ask),
    Habit("accept_counter", _likes_the_offer, _accept),
    Habit("request_date", _wants_it_earlier, _ask_in_between),
    Habit("withdraw_request", _gives_up, _withdraw),
    Habit("accept_revision", _accepts_change, _accept_revision),
    Habit("refuse_revision", _keeps_to_the_day, _refuse_revision),
    Habit("propose_revision", _customer_moved, _propose),
    Habit("tell_customer", _customer_waits_for_word, _tell),
    Habit("confirm_delivery", _goods_arrived, _confirm),
    Habit("dispute_delivery", _something_is_missing, _dispute),
    Habit("add_note", _is_in_the_mood, note),
)
