"""How an event changes a line: evolve only remembers, and never refuses."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from msgspec import UNSET
from msgspec.structs import asdict, replace

from domain import events as e
from domain.line import (
    IN_FORCE,
    TERMINAL,
    Commitment,
    Delivery,
    Line,
    Note,
    Offer,
    Progress,
    State,
    Told,
)
from domain.terms import Terms

_F = TypeVar("_F", bound=e.Fact)
_ON: dict[type[e.Fact], Callable[[Line, Any, e.Recorded], Line]] = {}


def _on(
    fact: type[_F],
) -> Callable[[Callable[[Line, _F, e.Recorded], Line]], Callable[[Line, _F, e.Recorded], Line]]:
    def register(
        remember: Callable[[Line, _F, e.Recorded], Line],
    ) -> Callable[[Line, _F, e.Recorded], Line]:
        _ON[fact] = remember
        return remember

    return register


def evolve(line: Line | None, recorded: e.Recorded) -> Line:
    """The line after one more of its events. Never refuses.

    Raises ValueError where the first event is not the line's entry or one is missing: that is a
    damaged stream, not a decision.
    """
    if line is None:
        return _entered(recorded)
    if recorded.originator_version != line.version + 1:
        raise ValueError(f"event {recorded.originator_version} follows version {line.version}")
    after = _ON[type(recorded.fact)](line, recorded.fact, recorded)
    undoable = after.before is not line.before or isinstance(
        recorded.fact, (e.NoteAdded, e.NoteTakenBack)
    )
    after = replace(
        after,
        version=recorded.originator_version,
        commands=(*line.commands, recorded.command_id)[-_REMEMBERED_COMMANDS:],
        before=after.before if undoable else None,
    )
    if _substance(after) != _substance(line):
        after = replace(after, moved=after.version)
    if (after.state, after.fits) != (line.state, line.fits) or (
        after.on_the_table is not line.on_the_table
    ):
        after = replace(after, since=recorded.at)
    return after


def replay(events: Iterable[e.Recorded]) -> Line | None:
    """The line that these events made; None for none."""
    line = None
    for recorded in events:
        line = evolve(line, recorded)
    return line


# A form that is sent again comes soon; the stream itself holds the rest.
_REMEMBERED_COMMANDS = 8


def _substance(line: Line) -> tuple[object, ...]:
    return (
        line.state,
        line.request,
        line.counter,
        line.proposal,
        line.commitment,
        line.delivered,
        line.details.quantity,
        line.details.product,
        line.details.team,
    )


def _entered(recorded: e.Recorded) -> Line:
    if not isinstance(recorded.fact, e.LineEntered):
        raise ValueError(f"a line begins with its entry, not with {recorded.fact.topic}")
    return Line(
        id=recorded.originator_id,
        version=recorded.originator_version,
        moved=recorded.originator_version,
        entered_at=recorded.at,
        since=recorded.at,
        details=recorded.fact.details,
        commands=(recorded.command_id,),
    )


def _cleared(line: Line, state: State, **changes: Any) -> Line:
    """The line in `state` with nothing left on the table."""
    return replace(
        line, state=state, request=None, counter=None, proposal=None, answer_by=None, **changes
    )


def _in_force(line: Line, recorded: e.Recorded, made: Commitment) -> Line:
    """The line with one more commitment, and the way back for a slip of the finger."""
    return _cleared(
        line,
        State.COMMITTED,
        commitment=made,
        commitments=(*line.commitments, made),
        counters=0,
        progress=None,
        before=replace(line, before=None),
    )


def _commitment_out_of(offer: Offer, line: Line, recorded: e.Recorded, version: int) -> Commitment:
    previous = line.commitment
    return Commitment(
        version=version,
        promise=previous.promise if previous else _next_promise(line),
        terms=offer.remaining(line.delivered) or offer.terms,
        delivered=line.delivered,
        at=recorded.at,
        by=recorded.by,
        team=line.details.team,
        side=line.details.team_side,
        proposed_by=offer.side,
        product=line.details.product,
        buffer=offer.buffer,
        ordered_by=previous.ordered_by if previous else offer.ordered_by,
        take_over=offer.take_over,
        forced=previous is not None and not line.fits,
    )


def _next_promise(line: Line) -> int:
    return 1 + (line.commitments[-1].promise if line.commitments else 0)


def _settled(line: Line) -> Line:
    """The line after its quantity or its deliveries changed."""
    if line.state in (State.RELEASED, State.CANCELLED):
        return line
    if line.open == 0:
        return line if line.state is State.CLOSED else _nothing_open(line)
    if line.state is State.DELIVERED:
        return _cleared(line, State.COMMITTED if line.commitment else State.NEW)
    offer = line.on_the_table
    if offer is not None and offer.remaining(line.delivered) is None:
        return _cleared(line, State.COMMITTED if line.commitment else State.NEW)
    return line


def _nothing_open(line: Line) -> Line:
    if line.delivered > 0:
        return _cleared(line, State.DELIVERED)
    state = State.RELEASED if line.commitment else State.CANCELLED
    return _cleared(line, state, commitment=None, progress=None)


@_on(e.OrderNumberGiven)
def _order_number_given(line: Line, fact: e.OrderNumberGiven, _: e.Recorded) -> Line:
    details = replace(
        line.details,
        source=fact.source,
        order_number=fact.order_number,
        line_number=fact.line_number,
    )
    return replace(line, details=details)


@_on(e.LineChanged)
def _line_changed(line: Line, fact: e.LineChanged, _: e.Recorded) -> Line:
    changes = {name: value for name, value in asdict(fact.changes).items() if value is not UNSET}
    was = line.details.quantity
    line = replace(line, details=replace(line.details, **changes))
    if line.state is State.REQUESTED and line.request is not None and line.open > 0:
        line = replace(line, request=_following(line.request, line))
    if line.details.quantity == was:
        return line
    if line.state is State.CLOSED and line.open > 0:
        return replace(line, state=State.NEW, commitment=None, confirmed=False)
    return _settled(line)


def _following(request: Offer, line: Line) -> Offer:
    if len(request.terms.instalments) > 1:
        return request
    remaining = request.remaining(line.delivered)
    if remaining is None or remaining.quantity == line.open:
        return replace(request, product=line.details.product)
    return replace(
        request,
        terms=request.terms.resized(line.open),
        delivered=line.delivered,
        product=line.details.product,
    )


@_on(e.LineCancelled)
def _line_cancelled(line: Line, _fact: e.LineCancelled, _: e.Recorded) -> Line:
    if line.state in TERMINAL or line.state is State.DELIVERED:
        return line
    if line.state in IN_FORCE:
        return _cleared(line, State.RELEASED, commitment=None, progress=None)
    return _cleared(line, State.CANCELLED)


@_on(e.DateRequested)
def _date_requested(line: Line, fact: e.DateRequested, recorded: e.Recorded) -> Line:
    request = _offer(
        line, fact.terms, recorded, need=fact.need, reason=fact.reason, text=fact.text,
        spoken=fact.spoken,
    )  # fmt: skip
    return replace(
        line,
        state=State.REQUESTED,
        request=request,
        counter=None,
        lapsed=None,
        answer_by=None,
        commitment=None,
        progress=None,
    )


def _offer(line: Line, terms: Terms, recorded: e.Recorded, **rest: Any) -> Offer:
    return Offer(
        terms=terms,
        delivered=line.delivered,
        product=line.details.product,
        at=recorded.at,
        by=recorded.by,
        side=recorded.side,
        team=recorded.team,
        **rest,
    )


@_on(e.AnswerScheduled)
def _answer_scheduled(line: Line, fact: e.AnswerScheduled, _: e.Recorded) -> Line:
    return replace(line, answer_by=fact.by_when)


@_on(e.DateCommitted)
def _date_committed(line: Line, fact: e.DateCommitted, recorded: e.Recorded) -> Line:
    made = Commitment(
        version=fact.version,
        promise=_next_promise(line),
        terms=fact.terms,
        delivered=line.delivered,
        at=recorded.at,
        by=recorded.by,
        team=line.details.team,
        side=line.details.team_side,
        proposed_by=line.request.side if line.request else recorded.side,
        product=line.details.product,
        buffer=fact.buffer,
        ordered_by=fact.ordered_by,
        rule=fact.rule,
        take_over=fact.take_over,
    )
    return _in_force(line, recorded, made)


@_on(e.DateCountered)
def _date_countered(line: Line, fact: e.DateCountered, recorded: e.Recorded) -> Line:
    counter = _offer(
        line, fact.terms, recorded, reason=fact.reason, text=fact.text, spoken=fact.spoken,
        buffer=fact.buffer, valid_until=fact.valid_until, ordered_by=fact.ordered_by,
        take_over=fact.take_over,
    )  # fmt: skip
    return replace(
        line,
        state=State.COUNTERED,
        counter=counter,
        answer_by=None,
        counters=line.counters + 1,
    )


@_on(e.CounterAccepted)
def _counter_accepted(line: Line, fact: e.CounterAccepted, recorded: e.Recorded) -> Line:
    if line.counter is None:
        return line
    made = _commitment_out_of(line.counter, line, recorded, fact.version)
    return _in_force(line, recorded, made)


@_on(e.RequestDeclined)
def _request_declined(line: Line, _fact: e.RequestDeclined, _: e.Recorded) -> Line:
    return _cleared(line, State.DECLINED)


@_on(e.RequestWithdrawn)
def _request_withdrawn(line: Line, _fact: e.RequestWithdrawn, _: e.Recorded) -> Line:
    return _cleared(line, State.WITHDRAWN)


@_on(e.OfferExpired)
def _offer_expired(line: Line, _fact: e.OfferExpired, _: e.Recorded) -> Line:
    lapsed = line.counter or line.commitment
    terms = lapsed.remaining(line.delivered) if lapsed else None
    return _cleared(line, State.EXPIRED, commitment=None, lapsed=terms)


@_on(e.ConditionMet)
def _condition_met(line: Line, _fact: e.ConditionMet, recorded: e.Recorded) -> Line:
    if line.commitment is None:
        return line
    met = replace(line.commitment, ordered_by=None, at=recorded.at)
    return replace(line, commitment=met, commitments=(*line.commitments[:-1], met))


@_on(e.RevisionProposed)
def _revision_proposed(line: Line, fact: e.RevisionProposed, recorded: e.Recorded) -> Line:
    proposal = _offer(
        line, fact.terms, recorded, reason=fact.reason, text=fact.text, spoken=fact.spoken,
        buffer=fact.buffer, take_over=bool(line.commitment and line.commitment.take_over),
    )  # fmt: skip
    return replace(line, state=State.REVISION_OPEN, proposal=proposal)


@_on(e.RevisionAccepted)
def _revision_accepted(line: Line, fact: e.RevisionAccepted, recorded: e.Recorded) -> Line:
    if line.proposal is None:
        return line
    made = _commitment_out_of(line.proposal, line, recorded, fact.version)
    return _in_force(line, recorded, made)


@_on(e.RevisionRefused)
def _revision_refused(line: Line, _fact: e.RevisionRefused, _: e.Recorded) -> Line:
    return replace(line, state=State.COMMITTED, proposal=None)


@_on(e.RevisionRetracted)
def _revision_retracted(line: Line, _fact: e.RevisionRetracted, _: e.Recorded) -> Line:
    return replace(line, state=State.COMMITTED, proposal=None)


@_on(e.CommitmentTakenBack)
def _commitment_taken_back(line: Line, _fact: e.CommitmentTakenBack, _: e.Recorded) -> Line:
    if line.before is None:
        return line
    return replace(line.before, notes=line.notes)


@_on(e.CommitmentReneged)
def _commitment_reneged(line: Line, _fact: e.CommitmentReneged, _: e.Recorded) -> Line:
    return _cleared(line, State.RENEGED, commitment=None, progress=None)


@_on(e.CommitmentReleased)
def _commitment_released(line: Line, _fact: e.CommitmentReleased, _: e.Recorded) -> Line:
    return _cleared(line, State.RELEASED, commitment=None, progress=None)


@_on(e.ProgressReported)
def _progress_reported(line: Line, fact: e.ProgressReported, recorded: e.Recorded) -> Line:
    progress = Progress(at=recorded.at, expected=fact.expected, reason=fact.reason, text=fact.text)
    return replace(line, progress=progress)


@_on(e.QuantityDelivered)
def _quantity_delivered(line: Line, fact: e.QuantityDelivered, _: e.Recorded) -> Line:
    total = max(fact.total, line.totals.get(fact.source, Decimal(0)))
    line = replace(line, totals={**line.totals, fact.source: total})
    return _settled(_counted(line, fact.on))


def _counted(line: Line, on: date) -> Line:
    """The line with a delivery for every step of the delivered quantity, up or down."""
    before = line.deliveries[-1].total if line.deliveries else Decimal(0)
    if line.delivered == before:
        return line
    kept = tuple(d for d in line.deliveries if d.total < line.delivered)
    if line.delivered < before:
        on = next(d.on for d in line.deliveries if d.total >= line.delivered)
        if line.delivered == 0:
            return replace(line, deliveries=())
    return replace(line, deliveries=(*kept, Delivery(on, line.delivered)))


@_on(e.DeliveryCorrected)
def _delivery_corrected(line: Line, fact: e.DeliveryCorrected, recorded: e.Recorded) -> Line:
    # A correction downwards is the source admitting what was disputed: it is not taken off twice.
    admitted = max(Decimal(0), line.totals.get(fact.source, Decimal(0)) - fact.total)
    line = replace(
        line,
        totals={**line.totals, fact.source: fact.total},
        short=max(Decimal(0), line.short - admitted),
    )
    return _settled(_counted(line, fact.on or recorded.at.date()))


@_on(e.DeliveryConfirmed)
def _delivery_confirmed(line: Line, _fact: e.DeliveryConfirmed, _: e.Recorded) -> Line:
    return _cleared(line, State.CLOSED, confirmed=True)


@_on(e.DeliveryDisputed)
def _delivery_disputed(line: Line, fact: e.DeliveryDisputed, recorded: e.Recorded) -> Line:
    line = replace(line, short=line.short + fact.short, disputed=True)
    return _settled(_counted(line, recorded.at.date()))


@_on(e.DisputePeriodEnded)
def _dispute_period_ended(line: Line, _fact: e.DisputePeriodEnded, _: e.Recorded) -> Line:
    return _cleared(line, State.CLOSED)


@_on(e.CustomerTold)
def _customer_told(line: Line, fact: e.CustomerTold, recorded: e.Recorded) -> Line:
    version = line.commitment.version if line.commitment else 0
    told = Told(day=fact.day, agreed=fact.agreed, version=version, at=recorded.at)
    return replace(line, told=told)


@_on(e.NoteAdded)
def _note_added(line: Line, fact: e.NoteAdded, recorded: e.Recorded) -> Line:
    return replace(line, notes=(*line.notes, Note(fact.text.id, recorded.by)))


@_on(e.NoteTakenBack)
def _note_taken_back(line: Line, fact: e.NoteTakenBack, _: e.Recorded) -> Line:
    return replace(line, notes=tuple(n for n in line.notes if n.text_id != fact.text_id))


@_on(e.TeamAssigned)
def _team_assigned(line: Line, fact: e.TeamAssigned, _: e.Recorded) -> Line:
    line = replace(line, details=replace(line.details, team=fact.team, team_side=fact.side))
    if line.state is not State.COUNTERED:
        return line
    state = State.REQUESTED if line.request else State.NEW
    return replace(line, state=state, counter=None, answer_by=None)
