"""What simulated planners, buyers, logistics and shift leads do: answer, report, deliver."""

from board.demo.phrases import HOLDUPS
from board.demo.sales_habits import note
from board.demo.scene import Habit, Scene
from domain import moves
from domain.events import Fact
from domain.line import State
from domain.moves.answering import asked_terms
from domain.reasons import Reason
from domain.terms import Terms


def _can_do_it(scene: Scene) -> float:
    """The sooner it is asked for, the less."""
    if scene.line.state is not State.REQUESTED or not scene.offer_fits:
        return 0
    days = scene.site.calendar.between(scene.today, asked_terms(scene.line).first_date)
    return min(6.0, 0.8 * days)


def _commit(scene: Scene) -> tuple[Fact, ...]:
    buffer = scene.chance.choice([0, 0, 0, 0, 1, 2])
    terms = asked_terms(scene.line)
    return moves.commit_date(scene.line, terms, buffer=buffer, by=scene.by, now=scene.now)


def _needs_longer(scene: Scene) -> float:
    """Or has to renew an offer that no longer is for the quantity ordered."""
    if scene.line.state is State.COUNTERED:
        return 0 if scene.offer_fits else 3
    return 3 if scene.line.state is State.REQUESTED else 0


def _counter(scene: Scene) -> tuple[Fact, ...]:
    """Some working days later, valid for a few days."""
    offer = scene.line.on_the_table
    day = scene.ahead(2, 7, since=offer.terms.last_date if offer else None)
    reason = scene.chance.choice(list(HOLDUPS))
    return moves.counter_date(
        scene.line,
        Terms.single(scene.line.open, day),
        valid_until=scene.within(40, 130),
        reason=reason,
        text=scene.says(*HOLDUPS[reason]),
        by=scene.by,
        now=scene.now,
    )


def _has_to_ask_first(scene: Scene) -> float:
    return 0.8 if scene.line.answer_by is None else 0


def _schedule(scene: Scene) -> tuple[Fact, ...]:
    text = scene.says("I ask the foundry first.", "Have to look at the load of that week.")
    by_when = scene.within(2, 20)
    return moves.schedule_answer(scene.line, by_when, text=text, by=scene.by, now=scene.now)


def _cannot_help(scene: Scene) -> float:
    return 0.08


def _decline(scene: Scene) -> tuple[Fact, ...]:
    reason = Reason.TOOLING
    text = scene.says(*HOLDUPS[reason])
    return moves.decline_request(scene.line, reason=reason, text=text, by=scene.by, now=scene.now)


def _can_follow(scene: Scene) -> float:
    return 4 if scene.offer_fits else 0


def _accept_revision(scene: Scene) -> tuple[Fact, ...]:
    return moves.accept_revision(scene.line, by=scene.by, now=scene.now)


def _cannot_follow(scene: Scene) -> float:
    return 1


def _refuse_revision(scene: Scene) -> tuple[Fact, ...]:
    reason = Reason.CAPACITY_FULL
    text = scene.says(*HOLDUPS[reason])
    return moves.refuse_revision(scene.line, reason=reason, text=text, by=scene.by, now=scene.now)


def _has_news_of_it(scene: Scene) -> float:
    """The nearer the day, the more there is to say; once is enough."""
    due = scene.line.next_due
    if due is None or due < scene.today or scene.line.progress is not None:
        return 0
    return 0.8 if scene.site.calendar.between(scene.today, due) <= 6 else 0.05


def _report(scene: Scene) -> tuple[Fact, ...]:
    """Mostly on track."""
    if scene.chance.random() < 0.7:
        return moves.report_progress(scene.line, by=scene.by, now=scene.now)
    reason = scene.chance.choice(list(HOLDUPS))
    return moves.report_progress(
        scene.line,
        expected=scene.ahead(1, 4, since=scene.line.next_due),
        reason=reason,
        text=scene.says(*HOLDUPS[reason]),
        by=scene.by,
        now=scene.now,
    )


def _will_be_late(scene: Scene) -> float:
    if scene.line.state is not State.COMMITTED:
        return 0
    due, progress = scene.line.next_due, scene.line.progress
    if due is not None and due < scene.today:
        return 1.5
    return 2 if progress is not None and progress.expected is not None else 0


def _propose_later(scene: Scene) -> tuple[Fact, ...]:
    progress = scene.line.progress
    expected = progress.expected if progress else None
    reason = (progress.reason if progress else None) or Reason.ESTIMATE_SHORT
    agreed = scene.line.agreed or scene.today
    day = max(expected or scene.ahead(1, 4), scene.ahead(1, 2, since=agreed))
    return moves.propose_revision(
        scene.line,
        Terms.single(scene.line.open, day),
        reason=reason,
        text=scene.says(*HOLDUPS.get(reason, HOLDUPS[Reason.ESTIMATE_SHORT])),
        by=scene.by,
        now=scene.now,
    )


def _gives_the_day_up(scene: Scene) -> float:
    overdue = scene.line.next_due is not None and scene.line.next_due < scene.today
    return 0.2 if overdue else 0


def _renege(scene: Scene) -> tuple[Fact, ...]:
    reason = Reason.MATERIAL_LATE
    text = scene.says(*HOLDUPS[reason])
    return moves.renege_commitment(scene.line, reason=reason, text=text, by=scene.by, now=scene.now)


def _is_ready(scene: Scene) -> float:
    """On the day, and now and then a few days before."""
    due = scene.line.next_due
    if due is None:
        return 0
    if due <= scene.today:
        return 5
    days = scene.site.calendar.between(scene.today, due)
    return 0.25 if days <= 2 else 0.06 if days <= 8 else 0


def _deliver(scene: Scene) -> tuple[Fact, ...]:
    """The earliest instalment that is still to come."""
    remainder = scene.line.committed_remainder
    due = remainder.instalments[0].quantity if remainder else scene.line.open
    quantity = min(due, scene.line.open)
    return moves.deliver_quantity(
        scene.line, quantity=quantity, on=scene.today, by=scene.by, now=scene.now
    )


def _is_in_the_mood(scene: Scene) -> float:
    return 0.05 if len(scene.line.notes) < 3 else 0


HABITS = (
    Habit("commit_date", _can_do_it, _commit),
    Habit("counter_date", _needs_longer, _counter),
    Habit("schedule_answer", _has_to_ask_first, _schedule),
    Habit("decline_request", _cannot_help, _decline),
    Habit("accept_revision", _can_follow, _accept_revision),
    Habit("refuse_revision", _cannot_follow, _refuse_revision),
    Habit("report_progress", _has_news_of_it, _report),
    Habit("propose_revision", _will_be_late, _propose_later),
    Habit("renege_commitment", _gives_the_day_up, _renege),
    Habit("deliver_quantity", _is_ready, _deliver),
    Habit("add_note", _is_in_the_mood, note),
)
