"""The event store on a real PostgreSQL: what is said is recorded, once, in order, and no more."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from board.database import Addresses
from domain import moves
from domain.events import Fact, NoteAdded, OrderNumberGiven
from domain.line import Line, State, line_id
from domain.people import Person
from domain.reasons import Reason
from domain.refusals import Refused, Wrong
from projections import event_store
from projections.event_store import (
    EventStore,
    LineUnknown,
    StoreUnavailable,
    Unreadable,
    enquiry_id,
    known,
    new_text,
    open_store,
)
from projections.texts import digest
from tests.facts import ERP, PLANNER, REP, all_on, details
from tests.projections.at_work import enter, move, utc
from tests.projections.cut_line import cut_line

_NO_RIGHT = psycopg.errors.InsufficientPrivilege


def test_a_line_that_was_entered_is_loaded_as_it_was_said(store: EventStore) -> None:
    line = enter(store)
    loaded = store.load(line)
    assert loaded.line is not None
    assert loaded.line.details == details(line_number="1")
    assert abs(loaded.at - datetime.now(UTC)) < timedelta(minutes=1)


def test_an_event_says_who_when_and_by_which_command(store: EventStore) -> None:
    line, command = enter(store), uuid4()
    move(store, line, moves.request_date, all_on(_tomorrow()), by=REP, command_id=command)
    event = store.events(line)[-1]
    assert (event.originator_version, event.command_id) == (2, command)
    assert (event.by, event.side, event.team) == ("rep", REP.side, "sales")
    assert event.at > store.events(line)[0].at


def test_a_decision_for_nothing_records_nothing(store: EventStore) -> None:
    line = enter(store)
    outcome = store.change(line, lambda *_: (), by=REP, command_id=uuid4())
    assert outcome.facts == ()
    assert len(store.events(line)) == 1


def test_what_is_refused_is_not_recorded(store: EventStore) -> None:
    line = enter(store)
    with pytest.raises(Refused, match="no offer to accept"):
        move(store, line, moves.accept_counter, by=REP)
    assert len(store.events(line)) == 1


def test_a_move_on_an_unknown_line_is_told_so(store: EventStore) -> None:
    with pytest.raises(LineUnknown):
        move(store, uuid4(), moves.accept_counter, by=REP)
    with pytest.raises(LineUnknown):
        store.change(
            uuid4(), lambda *_: (NoteAdded(text=new_text("x")[0]),), by=REP, command_id=uuid4()
        )


def test_of_two_opposite_moves_at_the_same_moment_exactly_one_wins(store: EventStore) -> None:
    for _ in range(5):
        line = _offered(store)
        both_have_read = threading.Barrier(2, timeout=10)
        at_once: list[tuple[Callable[..., tuple[Fact, ...]], Person, dict[str, Any]]] = [
            (moves.accept_counter, REP, {}),
            (moves.decline_request, PLANNER, {"reason": Reason.OTHER}),
        ]
        with ThreadPoolExecutor(2) as threads:
            tries = [
                threads.submit(_at_once, store, line, both_have_read, *words) for words in at_once
            ]
        lost = [error for error in (t.exception() for t in tries) if error is not None]
        assert [type(error) for error in lost] == [Refused]
        assert len(store.events(line)) == 4
        loaded = store.load(line).line
        assert loaded is not None
        assert loaded.state in (State.COMMITTED, State.DECLINED)


def test_the_same_command_twice_is_one_event(store: EventStore) -> None:
    line, command = enter(store), uuid4()
    asked = all_on(_tomorrow())
    first = move(store, line, moves.request_date, asked, by=REP, command_id=command)
    again = move(store, line, moves.request_date, asked, by=REP, command_id=command)
    assert (first.repeated, again.repeated) == (False, True)
    assert (again.line, again.facts) == (first.line, first.facts)
    assert len(store.events(line)) == 2


def test_the_same_command_at_the_same_moment_is_one_event(store: EventStore) -> None:
    line, command, asked = enter(store), uuid4(), all_on(_tomorrow())
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(
            threads.map(
                lambda _: move(store, line, moves.request_date, asked, by=REP, command_id=command),
                range(8),
            )
        )
    assert sorted(outcome.repeated for outcome in outcomes) == [False] + [True] * 7
    assert len(store.events(line)) == 2


def test_a_move_whose_acknowledgement_is_lost_is_recorded_once(database: Addresses) -> None:
    with cut_line(database.app) as (line, url), open_store(url) as store:
        entered = enter(store)
        line.cuts = 1
        outcome = move(store, entered, moves.request_date, all_on(_tomorrow()), by=REP)
        assert line.lost == 1
        assert outcome.repeated
        assert outcome.line.state is State.REQUESTED
        assert len(store.events(entered)) == 2


def test_a_form_that_is_sent_again_after_an_error_is_recorded_once(
    database: Addresses, store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, command, asked = enter(store), uuid4(), all_on(_tomorrow())
    monkeypatch.setattr(event_store, "PERSISTENCE", 0.0)
    with cut_line(database.app) as (line, url), open_store(url) as cut_off:
        line.cuts = 100
        with pytest.raises(StoreUnavailable, match="send it again"):
            move(cut_off, entered, moves.request_date, asked, by=REP, command_id=command)
    again = move(store, entered, moves.request_date, asked, by=REP, command_id=command)
    assert again.repeated
    assert len(store.events(entered)) == 2


def test_an_enquiry_that_is_sent_twice_is_one_line(store: EventStore) -> None:
    command = uuid4()
    for _ in range(2):
        store.change(
            enquiry_id(command),
            lambda line, _: moves.enter_line(line, details(order_number=""), by=REP),
            by=REP,
            command_id=command,
        )
    assert len(store.events(enquiry_id(command))) == 1


def test_many_writers_on_one_line_all_get_their_word_in(
    database: Addresses, store: EventStore
) -> None:
    line = enter(store)

    def add(n: int) -> None:
        move(store, line, moves.add_note, new_text(f"note {n}")[0], by=REP)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(40)))
    assert [e.originator_version for e in store.events(line)] == list(range(1, 42))
    assert _ask(
        database.app, "SELECT count(*), max(notification_id) FROM accord.stored_events"
    ) == [(41, 41)]


def test_an_event_is_never_before_the_one_that_it_follows(
    database: Addresses, store: EventStore
) -> None:
    line = enter(store)
    ahead = store.load(line).at + timedelta(hours=1)
    _ask(
        database.owner,
        """UPDATE accord.stored_events SET state = convert_to(jsonb_set(
            convert_from(state, 'UTF8')::jsonb, '{at}', to_jsonb(%s::text))::text, 'UTF8')""",
        ahead.isoformat(),
    )
    move(store, line, moves.add_note, new_text("later")[0], by=REP)
    assert [event.at for event in store.events(line)] == [ahead, ahead]


class TestOrderNumbers:
    """A number belongs to one line, however the line began."""

    def test_an_order_line_is_found_by_its_number(self, store: EventStore) -> None:
        line = enter(store, "41207", "2")
        assert store.find("erp", "41207", "2") == line
        assert store.find("erp", "41207", "3") is None

    def test_an_enquiry_is_found_by_the_number_that_it_was_given(self, store: EventStore) -> None:
        enquiry = _enquiry(store)
        _give_number(store, enquiry, "5001")
        assert store.find("erp", "5001", "1") == enquiry
        loaded = store.load(line_id("erp", "5001", "1")).line
        assert loaded is not None
        assert loaded.id == enquiry

    def test_an_import_of_a_claimed_number_speaks_of_the_enquiry(self, store: EventStore) -> None:
        enquiry = _enquiry(store)
        _give_number(store, enquiry, "5001")
        with pytest.raises(Refused, match="known already"):
            enter(store, "5001")
        number = line_id("erp", "5001", "1")
        move(store, number, moves.cancel_line, by=ERP)
        loaded = store.load(enquiry).line
        assert loaded is not None
        assert loaded.state is State.CANCELLED

    def test_a_number_of_another_enquiry_is_refused(self, store: EventStore) -> None:
        first, second = _enquiry(store), _enquiry(store)
        _give_number(store, first, "5001")
        with pytest.raises(Refused, match="another line already") as refused:
            _give_number(store, second, "5001")
        assert refused.value.wrong is Wrong.INPUT
        assert len(store.events(second)) == 1

    def test_a_number_of_an_imported_line_is_refused(self, store: EventStore) -> None:
        enter(store, "5001")
        with pytest.raises(Refused, match="another line already"):
            _give_number(store, _enquiry(store), "5001")

    def test_a_number_given_twice_at_the_same_moment_goes_to_one_of_them(
        self, store: EventStore
    ) -> None:
        enquiries = [_enquiry(store) for _ in range(4)]
        with ThreadPoolExecutor(4) as threads:
            tries = [threads.submit(_give_number, store, e, "5001") for e in enquiries]
        assert sorted(t.exception() is None for t in tries) == [False, False, False, True]
        given = [
            isinstance(event.fact, OrderNumberGiven) for e in enquiries for event in store.events(e)
        ]
        assert given.count(True) == 1


class TestWords:
    """Words are kept beside the log, in the same transaction, until somebody takes them back."""

    def test_words_are_kept_with_their_event(self, store: EventStore) -> None:
        text, _ = self._note(store, "furnace full, ask for Müller")
        assert store.words([text]) == {text: "furnace full, ask for Müller"}

    def test_erased_words_are_absent_and_their_hash_tells_nothing(
        self, database: Addresses, store: EventStore
    ) -> None:
        text, _ = self._note(store, "yes")
        store.erase(text)
        store.erase(text)
        assert store.words([text]) == {}
        query = "SELECT words, salt FROM accord.texts WHERE id = %s"
        assert _ask(database.app, query, text) == [(None, None)]

    def test_the_hash_in_the_event_is_of_the_salted_words(self) -> None:
        (one, said), (other, _) = new_text("yes"), new_text("yes")
        assert one.digest == digest(said) != other.digest

    def test_words_of_a_move_that_was_refused_are_not_kept(
        self, database: Addresses, store: EventStore
    ) -> None:
        text, said = new_text("too late")
        with pytest.raises(Refused):
            store.change(
                enter(store),
                lambda line, at: moves.accept_counter(known(line, text.id), by=REP, now=utc(at)),
                by=REP,
                command_id=uuid4(),
                texts={text.id: said},
            )
        assert _ask(database.app, "SELECT count(*) FROM accord.texts") == [(0,)]

    def test_words_sent_twice_are_kept_once(self, database: Addresses, store: EventStore) -> None:
        command = uuid4()
        line = enter(store)
        for _ in range(2):
            self._note(store, "the same form", line, command)
        assert _ask(database.app, "SELECT words FROM accord.texts") == [("the same form",)]

    def test_a_character_that_the_database_cannot_keep_is_left_out(self, store: EventStore) -> None:
        text, _ = self._note(store, "before\0after")
        assert store.words([text]) == {text: "beforeafter"}

    @staticmethod
    def _note(
        store: EventStore, words: str, line: UUID | None = None, command: UUID | None = None
    ) -> tuple[UUID, UUID]:
        text, said = new_text(words)
        line = line or enter(store)
        store.change(
            line,
            lambda found, at: moves.add_note(known(found, line), text, by=REP, now=utc(at)),
            by=REP,
            command_id=command or uuid4(),
            texts={text.id: said},
        )
        return text.id, line


class TestForeignEvents:
    """What this version can't read stops its own line, with a sentence, and no other."""

    @pytest.mark.parametrize(
        ("topic", "says"),
        [
            ("line.date_requested:2", "of version 2, this Accord knows 1: update it"),
            ("line.teleported:1", "knows no event 'line.teleported:1'"),
            ("nonsense", "knows no event 'nonsense'"),
        ],
    )
    def test_an_event_of_a_newer_version_stops_its_line(
        self, database: Addresses, store: EventStore, topic: str, says: str
    ) -> None:
        line, other = enter(store, line="1"), enter(store, line="2")
        move(store, line, moves.request_date, all_on(_tomorrow()), by=REP)
        _ask(
            database.owner,
            "UPDATE accord.stored_events SET topic = %s WHERE originator_version = 2",
            topic,
        )
        with pytest.raises(Unreadable, match=says) as error:
            store.load(line)
        assert (error.value.line_id, error.value.version) == (line, 2)
        with pytest.raises(Unreadable):
            move(store, line, moves.request_date, all_on(_tomorrow()), by=REP)
        assert store.load(other).line is not None

    @pytest.mark.parametrize("state", [b"{}", b"\xff", b'{"at": 1}', b"null"])
    def test_a_damaged_event_stops_its_line(
        self, database: Addresses, store: EventStore, state: bytes
    ) -> None:
        line = enter(store)
        _ask(database.owner, "UPDATE accord.stored_events SET state = %s", state)
        with pytest.raises(Unreadable, match=f"event 1 of line {line} can't be read"):
            store.load(line)

    def test_sql_can_read_the_log(self, database: Addresses, store: EventStore) -> None:
        enter(store)
        query = """SELECT convert_from(state, 'UTF8')::jsonb #>> '{fact,details,customer}'
            FROM accord.stored_events"""
        assert _ask(database.app, query) == [("Brandt Pumpen",)]


class TestWithoutTheDatabase:
    """The database goes away and comes back; nothing is lost, doubled or waited for too long."""

    def test_connections_that_died_are_replaced_without_a_word(
        self, database: Addresses, store: EventStore
    ) -> None:
        line = enter(store)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: store.load(line), range(64)))
        _ask(
            database.owner.replace("accord_owner", "postgres"),
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'accord_app'",
        )
        with ThreadPoolExecutor(8) as threads:
            asked = threads.map(
                lambda n: move(store, line, moves.add_note, new_text(str(n))[0], by=REP), range(8)
            )
            assert len(list(asked)) == 8
        assert len(store.events(line)) == 9

    def test_a_database_that_is_not_there_is_said_in_time(
        self, database: Addresses, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(event_store, "PERSISTENCE", 0.3)
        began = time.monotonic()
        with (
            open_store(database.app.replace("host=", "host=/nowhere")) as store,
            pytest.raises(StoreUnavailable, match="Nothing is lost"),
        ):
            store.load(uuid4())
        assert time.monotonic() - began < 8

    def test_a_log_that_is_held_up_is_said_in_time(
        self, database: Addresses, store: EventStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        line = enter(store)
        monkeypatch.setattr(event_store, "PERSISTENCE", 0.3)
        with psycopg.connect(database.owner) as owner:
            owner.execute("SELECT pg_advisory_xact_lock(4702394921427289676)")
            with pytest.raises(StoreUnavailable):
                move(store, line, moves.add_note, new_text("x")[0], by=REP)
        assert len(store.events(line)) == 1


class TestTheApplicationsRole:
    """It reads the log and appends through the function; nothing else, not even by accident."""

    def test_it_cannot_change_what_was_said(self, database: Addresses, store: EventStore) -> None:
        enter(store)
        for table in ("stored_events", "texts"):
            for statement in (
                f"DELETE FROM accord.{table}",
                f"TRUNCATE accord.{table}",
                f"INSERT INTO accord.{table} SELECT * FROM accord.{table}",
                f"COPY accord.{table} FROM STDIN",
                f"ALTER TABLE accord.{table} DISABLE TRIGGER ALL",
                f"DROP TABLE accord.{table}",
                f"LOCK TABLE accord.{table} IN EXCLUSIVE MODE",
            ):
                _may_not(database, statement)
        _may_not(database, "UPDATE accord.stored_events SET topic = 'line.cancelled:1'")
        _may_not(database, "UPDATE accord.texts SET words = 'other words'")

    def test_it_cannot_make_doors_of_its_own(self, database: Addresses) -> None:
        _may_not(database, "CREATE TABLE accord.mine (number int)")
        _may_not(
            database,
            "CREATE OR REPLACE FUNCTION accord.erase_text(text_id uuid) RETURNS void "
            "LANGUAGE sql AS ''",
        )

    def test_a_table_of_the_same_name_does_not_lead_the_append_astray(
        self, database: Addresses, store: EventStore
    ) -> None:
        with psycopg.connect(database.app, autocommit=True) as connection:
            connection.execute("CREATE TEMP TABLE stored_events (LIKE accord.stored_events)")
            connection.execute("SET search_path = pg_temp, accord")
            connection.execute(
                "SELECT accord.append_events(%s, '{1}', '{x:1}', '{abc}', '{}', '{}', '{}')",
                [[uuid4()]],
            )
        assert _ask(database.app, "SELECT count(*) FROM accord.stored_events") == [(1,)]


def _may_not(database: Addresses, statement: str) -> None:
    with psycopg.connect(database.app) as app, pytest.raises(_NO_RIGHT):
        app.execute(statement)


def _tomorrow() -> Any:
    return (datetime.now(UTC) + timedelta(days=1)).date()


def _offered(store: EventStore) -> UUID:
    """A line with an offer that sales may take and the promiser may withdraw."""
    line = enter(store, number=str(uuid4()))
    move(store, line, moves.request_date, all_on(_tomorrow()), by=REP)
    until = datetime.now(UTC) + timedelta(days=1)
    offered = all_on(_tomorrow() + timedelta(days=7))
    move(
        store, line, moves.counter_date, offered, valid_until=until, reason=Reason.OTHER, by=PLANNER
    )
    return line


def _at_once(
    store: EventStore,
    line: UUID,
    both_have_read: threading.Barrier,
    make: Callable[..., tuple[Fact, ...]],
    by: Person,
    named: dict[str, Any],
) -> None:
    first_time = True

    def decide(found: Line | None, at: datetime) -> tuple[Fact, ...]:
        nonlocal first_time
        if first_time:
            first_time = False
            both_have_read.wait()
        return make(known(found, line), by=by, now=utc(at), **named)

    store.change(line, decide, by=by, command_id=uuid4())


def _enquiry(store: EventStore) -> UUID:
    command = uuid4()
    store.change(
        enquiry_id(command),
        lambda line, _: moves.enter_line(line, details(order_number=""), by=REP),
        by=REP,
        command_id=command,
    )
    return enquiry_id(command)


def _give_number(store: EventStore, enquiry: UUID, number: str) -> None:
    names: dict[str, Any] = {"source": "erp", "order_number": number, "line_number": "1"}
    move(store, enquiry, moves.give_order_number, by=REP, **names)


def _ask(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query, values)
        return cursor.fetchall() if cursor.description else []
