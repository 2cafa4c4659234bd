"""The board as a query: now, at any moment before, and as somebody filters it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from board.database import Addresses
from domain import moves
from domain.calendar import WorkingCalendar
from domain.events import LineChanges, Recorded, Spoken
from domain.evolve import replay
from domain.line import Line, State
from domain.reasons import Reason
from projections import history, lines
from projections.check import check
from projections.event_store import EventStore, open_store
from projections.lines import Filter
from projections.rebuild import rebuild
from tests.facts import ERP, PLANNER, REP, all_on, terms
from tests.projections.at_work import enter, move, random_moves, seen

TODAY = datetime.now(UTC).date()
SOON = TODAY + timedelta(days=5)
LATER = TODAY + timedelta(days=12)


def test_the_board_as_of_any_moment_is_the_log_replayed_up_to_it(
    database: Addresses, store: EventStore
) -> None:
    random = Random(7)
    ids = [enter(store, line=str(n)) for n in range(6)]
    random_moves(store, ids, random, 150)
    rebuild(database.app)
    _every_moment_agrees(database, store, ids)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 40), batch=st.integers(1, 60))
def test_it_is_so_for_any_history_in_batches_of_any_size(
    database: Addresses, seed: int, count: int, batch: int
) -> None:
    with open_store(database.app) as store:
        ids = [enter(store, number=str(uuid4()), line=str(n)) for n in range(2)]
        random_moves(store, ids, Random(seed), count)
        rebuild(database.app, batch=batch)
        assert check(database.app) == []
        _every_moment_agrees(database, store, ids)


def test_several_facts_of_one_command_are_one_moment(
    database: Addresses, store: EventStore
) -> None:
    line = enter(store, number="")
    until = datetime.now(UTC) + timedelta(days=1)
    move(store, line, moves.request_date, all_on(SOON), by=REP)
    move(store, line, moves.commit_date, all_on(SOON), by=PLANNER, ordered_by=until)
    named: dict[str, Any] = {"source": "erp", "order_number": "5001", "line_number": "1"}
    move(store, line, moves.give_order_number, by=REP, **named)
    rebuild(database.app)
    given_at = store.events(line)[-1].at
    assert [e.at for e in store.events(line)].count(given_at) == 2
    row = seen(database.app, lines.row, line, at=given_at)
    assert row is not None
    assert row.line.version == 5
    before = seen(database.app, lines.row, line, at=given_at - timedelta(microseconds=1))
    assert before is not None
    assert before.line.version == 3


def test_rows_that_changed_come_in_the_order_of_their_last_event(
    database: Addresses, store: EventStore
) -> None:
    one, two = enter(store, line="1"), enter(store, line="2")
    rebuild(database.app)
    assert [r.line.id for r in seen(database.app, lines.rows_changed, 0)] == [one, two]
    move(store, one, moves.request_date, all_on(SOON), by=REP)
    rebuild(database.app)
    assert [r.line.id for r in seen(database.app, lines.rows_changed, 0)] == [two, one]
    assert [r.position for r in seen(database.app, lines.rows_changed, 2)] == [3]
    assert seen(database.app, lines.rows_changed, 3) == []
    assert seen(database.app, lines.position) == 3


class TestFilters:
    """Which lines are meant; what is empty doesn't count."""

    @pytest.fixture(autouse=True)
    def _lines(self, database: Addresses, store: EventStore) -> Iterator[None]:
        self.url, self.store = database.app, store
        self.ids: dict[str, UUID] = {}
        yield
        self.ids.clear()

    def enter(self, name: str, **other: Any) -> UUID:
        self.ids[name] = enter(self.store, line=name, **other)
        return self.ids[name]

    def board(self, **wanted: Any) -> set[str]:
        names = {id_: name for name, id_ in self.ids.items()}
        found = seen(self.url, lines.board, Filter(**wanted), today=TODAY)
        assert found.total == len(found.rows)
        return {names[row.line.id] for row in found.rows}

    def test_by_what_the_order_says(self) -> None:
        self.enter("1", site="nord", customer="Brandt", family="Impellers", rep="ann")
        self.enter("2", site="sued", customer="Vitale", team="south", sales_team="export")
        rebuild(self.url)
        assert self.board() == {"1", "2"}
        assert self.board(sites=frozenset({"nord"})) == {"1"}
        assert self.board(sites=frozenset({"nord", "sued"})) == {"1", "2"}
        assert self.board(team="south") == {"2"}
        assert self.board(sales_team="export") == {"2"}
        assert self.board(customer="Brandt", family="Impellers", rep="ann") == {"1"}
        assert self.board(customer="Brandt", team="south") == set()

    def test_by_state(self) -> None:
        self.enter("new")
        asked = self.enter("asked")
        move(self.store, asked, moves.request_date, all_on(SOON), by=REP)
        rebuild(self.url)
        assert self.board(state=frozenset({State.REQUESTED})) == {"asked"}
        assert self.board(state=frozenset({State.REQUESTED, State.NEW})) == {"asked", "new"}

    @pytest.mark.parametrize(
        "text",
        [
            "41207",
            "207",
            "müller",
            "MULLER",
            "sohne",
            "shaft 41207",
            "po-77",
            "9001",
            "40×900",
            "x",
        ],
    )
    def test_by_words_in_any_order_in_the_middle_and_without_accents(self, text: str) -> None:
        self.enter(
            "x", number="41207", customer="Müller & Söhne", product="Drive shaft 40×900",
            customer_order="PO-77", customer_part="K-9001-B",
        )  # fmt: skip
        self.enter("2", number="555", customer="Brandt", product="Impeller")
        rebuild(self.url)
        assert self.board(text=text) == {"x"}

    def test_a_search_takes_no_signs_for_wildcards(self) -> None:
        self.enter("1", product="100% bronze")
        self.enter("2", product="1000 bronze")
        rebuild(self.url)
        assert self.board(text="100%") == {"1"}
        assert self.board(text="bron_e") == set()
        assert self.board(text="%") == {"1"}
        assert self.board(text="' OR 1=1 --") == set()

    def test_a_line_is_found_by_what_it_is_called_by_now(self) -> None:
        line = self.enter("1", customer="Brandt")
        before = self.store.load(line).at
        move(self.store, line, moves.change_line, LineChanges(customer="Vitale"), by=ERP)
        rebuild(self.url)
        assert self.board(text="vitale") == {"1"}
        assert self.board(text="brandt") == set()
        then = seen(self.url, lines.board, Filter(text="brandt"), today=TODAY, at=before)
        assert [row.line.details.customer for row in then.rows] == ["Brandt"]

    def test_by_what_makes_somebody_look(self) -> None:
        self.enter("plain")
        for name in ("at_risk", "erp_differs", "overdue", "misfit", "not_told"):
            self._agree(self.enter(name))
        tell: dict[str, Any] = {"by": REP, "calendar": WorkingCalendar()}
        progress: dict[str, Any] = {"expected": LATER, "reason": Reason.QUALITY, "by": PLANNER}
        move(self.store, self.ids["at_risk"], moves.report_progress, **progress)
        move(
            self.store, self.ids["erp_differs"], moves.change_line, LineChanges(erp_date=LATER),
            by=ERP,
        )  # fmt: skip
        more = LineChanges(quantity=Decimal(120))
        move(self.store, self.ids["misfit"], moves.change_line, more, by=ERP)
        move(self.store, self.ids["not_told"], moves.tell_customer, SOON, **tell)
        because: dict[str, Any] = {"reason": Reason.OTHER, "by": REP}
        move(self.store, self.ids["not_told"], moves.propose_revision, all_on(LATER), **because)
        move(self.store, self.ids["not_told"], moves.accept_revision, by=PLANNER)
        move(self.store, self.enter("told_early"), moves.tell_customer, SOON, **tell)
        spoken: dict[str, Any] = {"spoken": Spoken.PHONE, "by": REP}
        move(self.store, self.enter("spoken"), moves.request_date, all_on(SOON), **spoken)
        rebuild(self.url)
        for mark in ("at_risk", "erp_differs", "misfit", "not_told", "told_early", "spoken"):
            assert self.board(mark=mark) == {mark}
        assert self.board(mark="overdue") == set()
        overdue = seen(self.url, lines.board, Filter(mark="overdue"), today=SOON + timedelta(1))
        assert self.ids["overdue"] in {row.line.id for row in overdue.rows}
        assert self.ids["not_told"] not in {row.line.id for row in overdue.rows}

    def test_what_is_finished_folds_away_ten_working_days_after_its_delivery(self) -> None:
        self.enter("open")
        cancelled = self.enter("cancelled")
        move(self.store, cancelled, moves.cancel_line, by=REP)
        for name, days in (("yesterday", 1), ("long ago", 15)):
            line = self.enter(name)
            on = TODAY - timedelta(days=days)
            total: dict[str, Any] = {"on": on, "total": Decimal(100), "source": "erp"}
            move(self.store, line, moves.deliver_quantity, by=ERP, **total)
            move(self.store, line, moves.confirm_delivery, by=REP)
        rebuild(self.url)
        assert self.board() == {"open", "yesterday"}
        assert self.board(folded=True) == set(self.ids)
        board = seen(self.url, lines.board, Filter(), today=TODAY, stays_since=TODAY)
        assert board.total == 1

    def test_a_limit_keeps_the_earliest_and_tells_how_many_there_are(self) -> None:
        for n in range(7):
            self.enter(str(n), wanted=TODAY + timedelta(days=7 - n))
        rebuild(self.url)
        board = seen(self.url, lines.board, Filter(), today=TODAY, limit=3)
        assert board.total == 7
        assert [row.line.details.line_number for row in board.rows] == ["6", "5", "4"]
        before = self.store.load(self.ids["0"]).at
        board = seen(self.url, lines.board, Filter(), today=TODAY, limit=3, at=before)
        assert (board.total, len(board.rows)) == (7, 3)

    def test_what_waits_for_somebody_is_kept_before_what_waits_for_nobody(self) -> None:
        gone = TODAY - timedelta(days=1)
        for name in ("agreed", "delivered", "closed"):
            self._agree(self.enter(name))
        total: dict[str, Any] = {"on": gone, "total": Decimal(100), "source": "erp"}
        for name in ("delivered", "closed"):
            move(self.store, self.ids[name], moves.deliver_quantity, by=ERP, **total)
        move(self.store, self.ids["closed"], moves.confirm_delivery, by=REP)
        self.enter("theirs", wanted=SOON, sales_team="export", rep="bob")
        self.enter("mine", wanted=SOON + timedelta(days=300), sales_team="metal", rep="ann")
        rebuild(self.url)
        assert self._kept(1) == ["mine"]
        assert self._kept(2) == ["theirs", "mine"]
        assert set(self._kept(3)) == {"theirs", "mine", "agreed"}
        assert self._kept(4)[0] == "delivered"
        assert len(self._kept(5)) == 5

    def _kept(self, limit: int) -> list[str]:
        ann = lines.Whose(team="metal", reps=("ann",))
        wanted: dict[str, Any] = {"today": TODAY, "limit": limit, "first": ann}
        board = seen(self.url, lines.board, Filter(), **wanted)
        return [row.line.details.line_number for row in board.rows]

    def test_a_tally_counts_what_the_board_would_show(self) -> None:
        self._agree(self.enter("1", erp_date=LATER, rep="ann", sales_team="export"))
        self._agree(self.enter("2", erp_date=LATER, sales_team="metal"))
        self.enter("3", sales_team="export", team="south", customer="Vitale")
        rebuild(self.url)
        day = SOON + timedelta(days=1)
        whose = {
            lines.Whose(team="metal", reps=("ann",)): {"1", "2"},
            lines.Whose(team="", reps=("ann",)): {"1"},
            lines.Whose(team="south", promises=True): {"3"},
        }
        for somebody, theirs in whose.items():
            for at in (None, datetime.now(UTC)):
                tally = seen(self.url, lines.tally, Filter(), somebody, today=day, at=at)
                assert (tally.total, tally.mine) == (3, len(theirs))
                assert {mark: n for mark, n in tally.marks.items() if n} == {
                    "overdue": 2,
                    "erp_differs": 2,
                }
            assert self.board(whose=somebody) == theirs
        only = Filter(customer="Vitale")
        assert seen(self.url, lines.tally, only, somebody, today=day).total == 1

    def _agree(self, line: UUID) -> None:
        move(self.store, line, moves.request_date, terms((100, SOON)), by=REP)
        move(self.store, line, moves.commit_date, terms((100, SOON)), by=PLANNER)


class TestHistory:
    """Who said what, when and why."""

    def test_the_story_of_a_line_is_its_events(
        self, database: Addresses, store: EventStore
    ) -> None:
        ids = [enter(store, line=str(n)) for n in range(3)]
        random_moves(store, ids, Random(3), 40)
        rebuild(database.app)
        for line in ids:
            told = [
                (e.line_id, e.version, e.at, e.by, e.side, e.team, e.fact)
                for e in seen(database.app, history.story, line)
            ]
            assert told == [
                (e.originator_id, e.originator_version, e.at, e.by, e.side, e.team, e.fact)
                for e in store.events(line)
            ]

    def test_the_latest_of_some_sites_comes_first(
        self, database: Addresses, store: EventStore
    ) -> None:
        for n in range(4):
            enter(store, line=str(n), site="nord" if n % 2 else "sued")
        rebuild(database.app)
        positions = [e.position for e in seen(database.app, history.latest, limit=3)]
        assert positions == [4, 3, 2]
        nord = seen(database.app, history.latest, {"nord"})
        assert [e.position for e in nord] == [4, 2]

    def test_what_was_said_since_a_moment(self, database: Addresses, store: EventStore) -> None:
        enter(store, line="1")
        moment = store.events(enter(store, line="2"))[0].at
        enter(store, line="3", site="sued")
        enter(store, line="4")
        rebuild(database.app)
        assert [e.position for e in seen(database.app, history.since, moment)] == [3, 4]
        assert [e.position for e in seen(database.app, history.since, moment, {"sued"})] == [3]


def _every_moment_agrees(database: Addresses, store: EventStore, ids: list[UUID]) -> None:
    events = [event for id_ in ids for event in store.events(id_)]
    moments = sorted({event.at for event in events})
    for moment in [moments[0] - timedelta(seconds=1), *moments[:: max(1, len(moments) // 12)]]:
        board = seen(
            database.app, lines.board, Filter(folded=True), today=date.max, at=moment, limit=10_000
        )
        shown = {row.line.id: row.line for row in board.rows if row.line.id in ids}
        assert shown == _replayed(events, moment)


def _replayed(events: list[Recorded], moment: datetime) -> dict[UUID, Line]:
    streams: dict[UUID, list[Recorded]] = {}
    for event in events:
        if event.at <= moment:
            streams.setdefault(event.originator_id, []).append(event)
    return {id_: line for id_, stream in streams.items() if (line := replay(stream)) is not None}
