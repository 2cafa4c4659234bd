"""Every move as a person makes it: through the form of the line's page, over HTTP."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from board.database import Addresses
from board.forms import FORMS
from domain import moves
from domain.events import Fact, LineChanges
from domain.line import Line, State
from domain.moves import MOVES, Now, legal_moves
from domain.people import CLOCK, Role
from domain.terms import Terms
from tests.board.desk import Desk, forms_in
from tests.board.office import Office, office
from tests.board.told import Told, day, now
from tests.facts import ERP


@pytest.fixture
def at(database: Addresses) -> Iterator[Office]:
    with office(database) as served:
        yield served


@pytest.fixture
def rep(at: Office) -> Desk:
    return Desk(at, Role.REP, "sales")


@pytest.fixture
def planner(at: Office) -> Desk:
    return Desk(at, Role.PLANNER, "production")


@pytest.fixture
def told(at: Office, rep: Desk, planner: Desk) -> Told:
    return Told(at, rep, planner)


#: What a form needs beside what stands in it already.
FILLED: dict[str, dict[str, object]] = {
    "counter_date": {"reason": "capacity_full"},
    "propose_revision": {"reason": "quality"},
    "dispute_delivery": {"reason": "quality", "short": "3"},
    "decline_request": {"reason": "tooling"},
    "withdraw_request": {"reason": "price"},
    "renege_commitment": {"reason": "machine_down"},
    "release_commitment": {"reason": "plan_dropped"},
    "give_order_number": {"order_number": "77001", "line_number": "1", "source": "erp"},
    "add_note": {"text": "called them"},
    "correct_delivery": {"total": "39", "reason": "quality"},
}
MAKERS = [
    Told.new, Told.requested, Told.countered, Told.conditional, Told.committed,
    Told.revised_by_sales, Told.revised_by_production, Told.partly_delivered, Told.delivered,
    Told.declined, Told.closed,
]  # fmt: skip


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_every_legal_move_has_a_form_that_works(
    told: Told, rep: Desk, planner: Desk, maker: Callable[[Told], UUID]
) -> None:
    tried = 0
    for desk in (rep, planner):
        line_id = maker(told)
        legal = {move.name for move in legal_moves(desk.line(line_id), desk.person, now())}
        nouns = {MOVES[name].noun for name in legal & set(FORMS)} - {"note-withdrawal"}
        assert nouns <= set(desk.forms(line_id)), "a legal move without a form"
        for name in sorted(legal & set(FORMS) - {"take_back_note", "assign_team"}):
            line_id = maker(told)
            if desk is planner and name == "take_back_commitment":
                line_id = _committed_by_form(told, planner)
            before = desk.line(line_id).version
            answer = desk.send(line_id, MOVES[name].noun, **FILLED.get(name, {}))
            assert answer.status_code == 303, (name, _error(answer.text))
            assert desk.line(line_id).version > before, name
            assert "notice good" in desk.get(answer.headers["location"]), name
            tried += 1
    assert tried >= 2


def _committed_by_form(told: Told, planner: Desk) -> UUID:
    line = told.requested()
    assert planner.send(line, "commitment").status_code == 303
    return line


def _error(page: str) -> str:
    return page[page.find('role="alert"') :][:300] if 'role="alert"' in page else page[:200]


def test_no_form_is_shown_for_a_move_that_is_not_legal(
    told: Told, rep: Desk, planner: Desk
) -> None:
    for maker in MAKERS:
        line_id = maker(told)
        for desk in (rep, planner):
            legal = {m.noun for m in legal_moves(desk.line(line_id), desk.person, now())}
            assert set(desk.forms(line_id)) <= legal


def test_several_instalments_can_be_offered_without_a_script(told: Told, planner: Desk) -> None:
    line = told.requested()
    form = planner.forms(line)["counter"]
    assert len(form.fields["date"]) > 2, "a few empty rows"
    dates, quantities = [""] * len(form.fields["date"]), [""] * len(form.fields["date"])
    dates[:2], quantities[:2] = [day(9).isoformat(), day(20).isoformat()], ["60", "40"]
    answer = planner.send(line, "counter", date=dates, quantity=quantities, reason="tooling")
    assert answer.status_code == 303
    counter = planner.line(line).counter
    assert counter is not None
    assert counter.terms == Terms.of([(60, day(9)), (40, day(20))])


def test_a_wrong_quantity_is_said_and_what_was_typed_stays(told: Told, planner: Desk) -> None:
    line = told.requested()
    answer = planner.send(
        line, "counter", quantity=["70", "", "", ""], reason="tooling", text="half of the <b>batch"
    )
    assert answer.status_code == 422
    assert "Make the quantities add up to 100." in answer.text
    form = forms_in(answer.text)[f"/lines/{line}/counter"]
    assert form.fields["quantity"][0] == "70"
    assert form.fields["text"] == ["half of the <b>batch"]
    assert planner.line(line).state is State.REQUESTED


def test_what_cannot_be_understood_is_said_beside_its_field(told: Told, planner: Desk) -> None:
    line = told.requested()
    answer = planner.send(line, "counter", date=["soon", "", "", ""], buffer="many", reason="x")
    assert answer.status_code == 422
    for words in (
        "Write the date like 2026-12-03.",
        "Write a whole number of working days.",
        "Choose one from the list.",
    ):
        assert words in answer.text
    assert forms_in(answer.text)[f"/lines/{line}/counter"].fields["date"][0] == "soon"


@pytest.mark.parametrize("quantity", ["NaN", "Infinity", "-5", "0", "1e30", "a hundred", "1,5"])
def test_a_strange_quantity_is_refused(told: Told, planner: Desk, quantity: str) -> None:
    line = told.requested()
    answer = planner.send(line, "counter", quantity=[quantity, "", "", ""], reason="tooling")
    assert answer.status_code == 422
    assert planner.line(line).state is State.REQUESTED


def test_a_stale_form_keeps_what_was_typed_and_says_what_changed(
    told: Told, rep: Desk, planner: Desk
) -> None:
    line = told.requested()
    form = planner.forms(line)["counter"]
    assert rep.send(line, "request", date=[day(5).isoformat(), "", "", ""]).status_code == 303
    mine = form.filled(text="after the furnace is free", reason="tooling")
    answer = planner.post(f"/lines/{line}/counter", mine)
    assert answer.status_code == 409
    assert "The line changed while your form was open." in answer.text
    assert "What happened since you opened it:" in answer.text
    assert "asks now for" in answer.text
    again = forms_in(answer.text)[f"/lines/{line}/counter"]
    assert again.fields["text"] == ["after the furnace is free"]
    assert again.fields["date"] == mine["date"]
    assert planner.line(line).state is State.REQUESTED
    # What changed was seen: the same input goes in now.
    assert planner.post(f"/lines/{line}/counter", again.fields).status_code == 303
    assert planner.line(line).state is State.COUNTERED


def test_what_was_typed_is_kept_even_where_its_form_is_gone(
    told: Told, rep: Desk, planner: Desk
) -> None:
    line = told.requested()
    form = planner.forms(line)["counter"]
    assert rep.send(line, "withdrawal", reason="price").status_code == 303
    mine = form.filled(text="we could do it with a night shift", reason="tooling")
    answer = planner.post(f"/lines/{line}/counter", mine)
    assert answer.status_code == 409
    assert "What you had typed:" in answer.text
    assert "we could do it with a night shift" in answer.text


def test_a_note_in_between_makes_no_form_stale(told: Told, rep: Desk, planner: Desk) -> None:
    line = told.requested()
    form = planner.forms(line)["commitment"]
    assert rep.send(line, "note", text="they call twice a day").status_code == 303
    assert planner.post(f"/lines/{line}/commitment", form.fields).status_code == 303


def test_the_same_form_sent_twice_is_one_event(told: Told, planner: Desk) -> None:
    line = told.requested()
    form = planner.forms(line)["commitment"].fields
    first = planner.post(f"/lines/{line}/commitment", form)
    version = planner.line(line).version
    second = planner.post(f"/lines/{line}/commitment", form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    assert planner.line(line).version == version


def test_with_a_script_the_answer_is_the_panel_and_the_row(told: Told, planner: Desk) -> None:
    line = told.requested()
    form = planner.forms(line)["counter"].filled(reason="tooling")
    answer = planner.post(f"/lines/{line}/counter", form, part=True)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "Offered " in answer.text
    assert "Waiting on Sales." in answer.text
    assert f'<hx-partial hx-target="#line-{line}"' in answer.text
    assert f'<tr role="row" id="line-{line}"' in answer.text


def test_a_refusal_says_what_to_do_instead(told: Told, rep: Desk, planner: Desk) -> None:
    line = told.countered()
    fields = {"seen": "99", "command": str(uuid4())}
    mine = planner.post(f"/lines/{line}/acceptance", fields)
    assert mine.status_code == 403
    assert "Offer another date or add a note." in mine.text
    committed = told.committed()
    decline = planner.post(f"/lines/{committed}/decline", {**fields, "reason": "price"})
    assert decline.status_code == 409
    assert "propose a change of it, or say that it cannot be kept" in decline.text


def test_markup_in_notes_and_names_is_only_text(at: Office, rep: Desk) -> None:
    line = at.enter(
        customer='<img src=x onerror="alert(1)">', product="<script>alert(2)</script>",
        family="'\"><b>", wanted=day(3),
    )  # fmt: skip
    assert rep.send(line, "note", text="</textarea><script>alert(3)</script>").status_code == 303
    page = rep.get(f"/lines/{line}")
    for evil in ("<img src=x", "<script>alert", "</textarea><script>"):
        assert evil not in page
    assert "&lt;/textarea&gt;&lt;script&gt;alert(3)" in page


def test_a_note_can_be_taken_back_and_its_words_are_gone(told: Told, rep: Desk) -> None:
    line = told.new()
    rep.send(line, "note", text="wrong line, sorry")
    assert "wrong line, sorry" in rep.get(f"/lines/{line}")
    assert rep.send(line, "note-withdrawal").status_code == 303
    page = rep.get(f"/lines/{line}")
    assert "wrong line, sorry" not in page
    assert "Words taken back." in page


def test_a_slip_of_the_finger_can_be_undone(told: Told, planner: Desk) -> None:
    line = told.requested()
    answer = planner.send(line, "commitment")
    assert "Undo" in planner.get(answer.headers["location"])
    assert planner.send(line, "undo").status_code == 303
    assert planner.line(line).state is State.REQUESTED


def test_an_offer_that_ran_out_is_asked_for_again_with_its_terms(
    told: Told, at: Office, rep: Desk
) -> None:
    line = told.countered()
    offered = rep.line(line).counter
    assert offered is not None

    def ends(found: Line | None, _: datetime) -> Sequence[Fact]:
        assert found is not None
        later = Now(datetime.now(UTC) + timedelta(days=4), day(4))
        return moves.expire_offer(found, by=CLOCK, now=later)

    at.change(line, ends, by=CLOCK)
    page = rep.get(f"/lines/{line}")
    assert "Ask again with these terms" in page
    form = rep.forms(line)["request"]
    assert form.fields["date"][0] == offered.terms.last_date.isoformat()


def test_an_unknown_move_or_line_is_not_found(told: Told, rep: Desk) -> None:
    line = told.new()
    assert rep.post(f"/lines/{line}/coffee", {}).status_code == 404
    assert rep.post(f"/lines/{uuid4()}/request", {}).status_code == 404


def test_a_line_of_another_site_is_not_found(at: Office, rep: Desk) -> None:
    line = at.enter(site="sued", team="south")
    assert rep.http.get(f"/lines/{line}").status_code == 404
    assert rep.post(f"/lines/{line}/note", {"text": "hello"}).status_code == 404


def test_from_the_second_offer_on_people_are_sent_to_each_other(
    told: Told, rep: Desk, planner: Desk
) -> None:
    line = told.countered()
    assert "Talk to each other." not in rep.get(f"/lines/{line}")
    planner.send(line, "counter", date=[day(14).isoformat(), "", "", ""], reason="tooling")
    page = rep.get(f"/lines/{line}")
    assert "Talk to each other." in page
    assert page.count("Kim Ahrend") >= 2


def test_a_changed_order_shows_that_the_terms_no_longer_fit(
    told: Told, at: Office, rep: Desk
) -> None:
    line = told.committed()

    def grows(found: Line | None, _: datetime) -> Sequence[Fact]:
        assert found is not None
        changes = LineChanges(quantity=Decimal(120))
        return moves.change_line(found, changes, by=ERP, now=now())

    at.change(line, grows, by=ERP)
    page = rep.get(f"/lines/{line}")
    assert "Needs new terms" in page
    assert rep.forms(line)["revision"].fields["quantity"][0] == "120"
