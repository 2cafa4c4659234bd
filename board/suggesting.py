"""What a move's form holds before anybody typed: sensible days, the open quantity, a deadline."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from board.sites import Site
from board.wording import field_moment
from domain.calendar import NoWorkingDay
from domain.line import Line, State
from domain.moves import Now
from domain.moves.talking import arrival
from domain.terms import Terms

#: Working days for which an offer is valid unless somebody says otherwise, and until what time.
VALID_DAYS, CLOSE = 3, time(17)

Suggested = dict[str, list[str]]


def suggested(name: str, line: Line, site: Site, now: Now) -> Suggested:
    """The values of the form of the move `name`, by field."""
    suggest = _SUGGEST.get(name)
    return suggest(line, site, now) if suggest else {}


def earliest(site: Site, now: Now) -> date:
    """The first working day from today on."""
    try:
        return site.calendar.on_or_after(now.today)
    except NoWorkingDay:
        return now.today


def terms_fields(terms: Terms) -> Suggested:
    """Terms as their rows hold them."""
    return {
        "quantity": [plain(part.quantity) for part in terms.instalments],
        "date": [part.date.isoformat() for part in terms.instalments],
    }


def plain(quantity: object) -> str:
    """A quantity as a number field holds it."""
    return f"{quantity.normalize():f}" if hasattr(quantity, "normalize") else str(quantity)


def _all_on(line: Line, day: date) -> Suggested:
    return {"quantity": [plain(line.open)], "date": [day.isoformat()]}


def _still_possible(line: Line, terms: Terms | None, now: Now) -> Terms | None:
    fits = terms is not None and terms.quantity == line.open and terms.first_date >= now.today
    return terms if fits else None


def _request(line: Line, site: Site, now: Now) -> Suggested:
    """What ran out, what was asked before, the wanted day, the ERP's, or the earliest."""
    need = {"need": [line.request.need.value if line.request else "firm"]}
    for terms in (line.lapsed, _asked(line)):
        if found := _still_possible(line, terms, now):
            return terms_fields(found) | need
    for day in (line.details.wanted, line.details.erp_date):
        if day and day >= now.today:
            return _all_on(line, day) | need
    return _all_on(line, earliest(site, now)) | need


def _asked(line: Line) -> Terms | None:
    return line.request.remaining(line.delivered) if line.request else None


def _commit(line: Line, site: Site, now: Now) -> Suggested:
    if line.state is not State.NEW:
        return {"buffer": ["0"]}
    day = line.details.erp_date or line.details.wanted or earliest(site, now)
    return _all_on(line, max(day, earliest(site, now))) | {"buffer": ["0"]}


def _counter(line: Line, site: Site, now: Now) -> Suggested:
    """The offer so far, or the working day after the one that is asked for."""
    rest = {"valid_until": [field_moment(deadline(site, now), site.timezone)], "buffer": ["0"]}
    offered = line.counter.remaining(line.delivered) if line.counter else None
    if (found := _still_possible(line, offered, now)) and line.counter:
        reason = line.counter.reason.value if line.counter.reason else ""
        return terms_fields(found) | rest | {"reason": [reason]}
    asked = _asked(line)
    day = asked.last_date if asked else (line.details.erp_date or now.today)
    return _all_on(line, _working_day_after(site, max(day, now.today))) | rest


def deadline(site: Site, now: Now) -> datetime:
    """Until when an offer is valid unless somebody says otherwise."""
    try:
        day = site.calendar.add(now.today, VALID_DAYS)
    except NoWorkingDay:
        day = now.today + timedelta(days=VALID_DAYS)
    return datetime.combine(day, CLOSE, tzinfo=ZoneInfo(site.timezone))


def _working_day_after(site: Site, day: date) -> date:
    try:
        return site.calendar.add(day, 1)
    except NoWorkingDay:
        return day


def _revision(line: Line, site: Site, now: Now) -> Suggested:
    """The day now expected, what was proposed, or the working day after the agreed one."""
    if line.progress and line.progress.expected and line.progress.expected >= now.today:
        reason = {"reason": [line.progress.reason.value]} if line.progress.reason else {}
        return _all_on(line, line.progress.expected) | {"buffer": ["0"]} | reason
    remainder = line.committed_remainder
    agreed = remainder.last_date if remainder else line.agreed
    day = _working_day_after(site, max(agreed or now.today, now.today))
    return _all_on(line, day) | {"buffer": ["0"]}


def _told(line: Line, site: Site, now: Now) -> Suggested:
    day = line.agreed or line.details.wanted or earliest(site, now)
    return {"day": [arrival(line, day, site.calendar).isoformat()]}


def _progress(line: Line, site: Site, now: Now) -> Suggested:
    if line.progress and line.progress.expected:
        return {"expected": [line.progress.expected.isoformat()]}
    return {"expected": [""]}


def _delivery(line: Line, site: Site, now: Now) -> Suggested:
    remainder = line.committed_remainder
    due = remainder.instalments[0].quantity if remainder else line.open
    return {"quantity": [plain(min(due, line.open))], "on": [now.today.isoformat()]}


def _correction(line: Line, site: Site, now: Now) -> Suggested:
    return {"total": [plain(max(line.totals.values(), default=line.delivered))]}


def _dispute(line: Line, site: Site, now: Now) -> Suggested:
    return {"short": [plain(line.delivered)]}


def _answer_day(line: Line, site: Site, now: Now) -> Suggested:
    day = _working_day_after(site, now.today)
    by_when = datetime.combine(day, time(12), tzinfo=ZoneInfo(site.timezone))
    return {"by_when": [field_moment(by_when, site.timezone)]}


def _number(line: Line, site: Site, now: Now) -> Suggested:
    source = line.details.source
    return {"line_number": ["1"], "source": ["" if source == BY_HAND else source]}


#: The source of lines that a person enters.
BY_HAND = "by hand"

_SUGGEST: dict[str, Callable[[Line, Site, Now], Suggested]] = {
    "request_date": _request,
    "commit_date": _commit,
    "counter_date": _counter,
    "propose_revision": _revision,
    "tell_customer": _told,
    "report_progress": _progress,
    "deliver_quantity": _delivery,
    "correct_delivery": _correction,
    "dispute_delivery": _dispute,
    "schedule_answer": _answer_day,
    "give_order_number": _number,
}
