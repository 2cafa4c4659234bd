"""Random moves of random people, sent as forms over HTTP: the history is the domain's own."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from board.database import Addresses
from board.security import csrf_for
from domain import moves
from domain.events import Fact
from domain.evolve import evolve, replay
from domain.line import Line
from domain.moves import Now
from domain.moves.answering import asked_terms
from domain.people import Person, Role
from domain.reasons import Reason
from domain.refusals import Refused
from domain.terms import Terms
from tests.board.office import Office, office

STORIES, LENGTH = 12, 18
SITE = ZoneInfo("Europe/Berlin")
Facts = tuple[Fact, ...]


class Speaker:
    """Somebody signed in: what they say goes to the server as a form, and to the domain as is."""

    def __init__(self, at: Office, role: Role, team: str) -> None:
        self.person = Person(at.add_person(role, team=team, sites=["nord"]), role, team,
                             frozenset({"nord"}))  # fmt: skip
        token = at.sign_in(self.person.id)
        self.csrf = csrf_for(token)
        self.http = httpx.Client(
            base_url=at.url, cookies={at.cookie_name: token}, follow_redirects=False
        )

    def post(self, line: Line, noun: str, form: dict[str, object]) -> int:
        """The status that the form is answered with."""
        sent = {"csrf": self.csrf, "seen": line.version, "command": str(uuid4()), **form}
        return self.http.post(f"/lines/{line.id}/{noun}", data=sent).status_code


Say = Callable[[Line, Person, Now], Facts]


def _tries(
    chance: random.Random, line: Line, today: date
) -> list[tuple[str, dict[str, object], Say]]:
    """What could be said now, as a form and as a move. Not all of it is allowed."""
    split = chance.random() < 0.3 and line.open > 1
    day = today + timedelta(days=chance.randint(0, 20))
    later = day + timedelta(days=3)
    terms = (
        Terms.of([(line.open - 1, day), (Decimal(1), later)])
        if split
        else Terms.single(line.open or Decimal(1), day)
    )
    dated: dict[str, object] = {
        "date": [i.date.isoformat() for i in terms.instalments],
        "quantity": [str(i.quantity) for i in terms.instalments],
    }
    until = datetime(2098, 1, 1, 12, tzinfo=SITE)
    why: dict[str, object] = {"reason": "quality"}
    some = Decimal(chance.randint(1, 60))
    offer = {**dated, **why, "valid_until": until.replace(tzinfo=None).isoformat()}
    reason = Reason.QUALITY
    return [
        ("request", {**dated, "need": "firm"},
         lambda line, by, now: moves.request_date(line, terms, by=by, now=now)),
        ("commitment", {},
         _commit),
        ("counter", offer,
         lambda line, by, now: moves.counter_date(
             line, terms, by=by, now=now, reason=reason, valid_until=until)),
        ("acceptance", {}, lambda line, by, now: moves.accept_counter(line, by=by, now=now)),
        ("decline", why,
         lambda line, by, now: moves.decline_request(line, by=by, now=now, reason=reason)),
        ("withdrawal", why,
         lambda line, by, now: moves.withdraw_request(line, by=by, now=now, reason=reason)),
        ("revision", {**dated, **why},
         lambda line, by, now: moves.propose_revision(
             line, terms, by=by, now=now, reason=reason)),
        ("revision-acceptance", {},
         lambda line, by, now: moves.accept_revision(line, by=by, now=now)),
        ("revision-refusal", why,
         lambda line, by, now: moves.refuse_revision(line, by=by, now=now, reason=reason)),
        ("revision-retraction", {},
         lambda line, by, now: moves.retract_revision(line, by=by, now=now)),
        ("cannot-be-kept", why,
         lambda line, by, now: moves.renege_commitment(line, by=by, now=now, reason=reason)),
        ("undo", {}, lambda line, by, now: moves.take_back_commitment(line, by=by, now=now)),
        ("delivery", {"quantity": str(some), "on": today.isoformat()},
         lambda line, by, now: moves.deliver_quantity(
             line, by=by, now=now, on=today, quantity=some)),
        ("dispute", {**why, "short": str(some)},
         lambda line, by, now: moves.dispute_delivery(
             line, by=by, now=now, reason=reason, short=some)),
        ("confirmation", {}, lambda line, by, now: moves.confirm_delivery(line, by=by, now=now)),
    ]  # fmt: skip


def _commit(line: Line, by: Person, now: Now) -> Facts:
    moves.check_may("commit_date", line, by, now)
    return moves.commit_date(line, asked_terms(line), by=by, now=now)


@pytest.fixture
def served(database: Addresses) -> Iterator[Office]:
    with office(database) as at:
        yield at


def test_the_same_moves_over_http_give_the_same_history(served: Office) -> None:
    chance = random.Random(20261123)
    speakers = [Speaker(served, Role.REP, "sales"), Speaker(served, Role.PLANNER, "production")]
    said = refused = 0
    for _ in range(STORIES):
        line_id = served.enter()
        line = _line(served, line_id)
        expected = [event.fact for event in served.store.events(line_id)]
        for _ in range(LENGTH):
            speaker = chance.choice(speakers)
            now = _now()
            tries = _tries(chance, line, now.today)
            legal = {move.noun for move in moves.legal_moves(line, speaker.person, now)}
            likely = [tried for tried in tries if tried[0] in legal]
            noun, form, say = chance.choice(likely if likely and chance.random() < 0.8 else tries)
            status = speaker.post(line, noun, form)
            try:
                facts = say(line, speaker.person, now)
            except Refused:
                assert status in (403, 409, 422), (noun, status)
                refused += 1
                continue
            assert status == 303, (noun, status)
            said += 1
            expected += facts
            line = _follow(line, served, line_id)
        events = served.store.events(line_id)
        assert [event.fact for event in events] == expected
        assert replay(events) == line
    assert said > STORIES * 5
    assert refused > STORIES


def _now() -> Now:
    at = datetime.now(UTC)
    return Now(at, at.astimezone(SITE).date())


def _line(served: Office, line_id: UUID) -> Line:
    line = served.store.load(line_id).line
    assert line is not None
    return line


def _follow(line: Line, served: Office, line_id: UUID) -> Line:
    for event in served.store.events(line_id)[line.version :]:
        line = evolve(line, event)
    return line
