"""The board's rows: their words, their badges, and that the same bytes are kept and given."""

from datetime import date, datetime, timedelta

import pytest

from board.rows import forget_rows, render_row
from board.sites import Site, Team, Teams
from board.standing import standing
from domain.events import (
    CommitmentReneged,
    CounterAccepted,
    CustomerTold,
    LineChanged,
    LineChanges,
    Need,
    ProgressReported,
    Spoken,
)
from domain.people import Side
from domain.reasons import Reason
from projections.line_row import Changed, LineRow
from tests.facts import (
    DEC_1,
    DEC_3,
    DEC_10,
    DEC_17,
    NOV_23,
    START,
    date_committed,
    date_countered,
    date_requested,
    line_entered,
    quantity_changed,
    quantity_delivered,
    revision_proposed,
)
from tests.story import Said, Story, given

SITE = Site(id="nord", name="Plant Nord", timezone="Europe/Berlin")
TEAMS = Teams(
    [Team("sales", "Sales", Side.SALES), Team("production", "Machining", Side.PRODUCTION)]
)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    forget_rows()


def _row(story: Story) -> LineRow:
    changed: Changed | None = None
    for event in story.events:
        changed = Changed.after(changed, event)
    assert story.line is not None
    assert changed is not None
    return LineRow(story.line, 1, changed)


def _html(*facts: Said, at: datetime = START + timedelta(hours=2)) -> str:
    return render_row(_row(given(*facts)), SITE, TEAMS, at=at).decode()


def _word(*facts: Said, today: date = NOV_23) -> str:
    return standing(_row(given(*facts)), today, SITE.calendar).word


def test_a_row_says_who_did_what_last_and_names_no_person() -> None:
    html = _html(date_requested(DEC_3), date_countered(DEC_10))
    assert "Machining offered Thu 10 Dec: capacity is full" in html
    assert "planner" not in html


def test_two_dates_stand_in_a_row_until_they_are_one() -> None:
    open_ = _html(date_requested(DEC_3), date_countered(DEC_10))
    assert "Asked </span>Thu 3 Dec" in open_
    assert "Offered </span>Thu 10 Dec" in open_
    agreed = _html(date_requested(DEC_3), date_countered(DEC_10), CounterAccepted(version=1))
    assert '<span class="agreed">' in agreed
    assert "Thu 3 Dec" not in agreed
    assert "W50, ready" in agreed


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ((), "Not asked yet"),
        ((line_entered(order_number="", line_number=""),), "Enquiry"),
        ((date_requested(DEC_3),), "Asked"),
        ((date_requested(DEC_3, need=Need.URGENT, reason=Reason.PRICE),), "Asked, urgent"),
        ((date_requested(DEC_3), date_countered(DEC_10)), "Offered"),
        ((date_requested(DEC_3), date_committed(DEC_3)), "Agreed"),
        (
            (date_requested(DEC_3), date_committed(DEC_3, ordered_by=START + timedelta(days=2))),
            "Agreed if ordered",
        ),
        ((date_requested(DEC_3), date_committed(DEC_3), revision_proposed()), "Change proposed"),
        ((date_requested(DEC_3), date_committed(DEC_3), quantity_changed(120)), "Needs new terms"),
        (
            (
                date_requested(DEC_3), date_committed(DEC_3),
                ProgressReported(expected=DEC_10, reason=Reason.QUALITY),
            ),
            "At risk",
        ),
        (
            (
                date_requested(DEC_10), date_committed(DEC_10),
                CustomerTold(day=DEC_3, agreed=DEC_10),
            ),
            "Told earlier",
        ),
        ((date_requested(), date_committed(), quantity_delivered(100, DEC_3)), "Kept"),
        ((date_requested(), date_committed(), quantity_delivered(100, DEC_1)), "Kept, early"),
        ((date_requested(DEC_1), date_committed(DEC_1), quantity_delivered(100, DEC_3)),
         "2 days late"),
        ((quantity_delivered(40),), "Left without a date"),
        (
            (date_requested(), date_committed(), CommitmentReneged(reason=Reason.QUALITY)),
            "Cannot be kept",
        ),
    ],
)  # fmt: skip
def test_the_state_is_said_in_a_kind_word(facts: tuple[Said, ...], word: str) -> None:
    assert _word(*facts) == word


def test_a_promised_day_that_passed_says_for_how_long() -> None:
    assert _word(date_requested(DEC_3), date_committed(DEC_3), today=DEC_10) == "5 days over"


def test_a_badge_says_that_the_erp_shows_another_date() -> None:
    erp = LineChanged(changes=LineChanges(erp_date=DEC_17))
    html = _html(date_requested(DEC_3), date_committed(DEC_3), erp)
    assert "ERP 17 Dec" in html
    assert "The ERP shows Thu 17 Dec, agreed is Thu 3 Dec" in html
    assert "ERP 17 Dec" not in _html(date_requested(DEC_3), erp)


def test_badges_for_agreed_aloud_and_for_goods_that_have_gone() -> None:
    assert "aloud" in _html(date_requested(DEC_3, spoken=Spoken.PHONE))
    part = _html(date_requested(DEC_3), date_committed(DEC_3), quantity_delivered(40))
    assert "40 gone" in part
    assert "60 pcs still open" in part


def test_a_row_is_kept_and_only_its_age_grows() -> None:
    row = _row(given(date_requested(DEC_3)))
    first = render_row(row, SITE, TEAMS, at=START + timedelta(minutes=30))
    later = render_row(row, SITE, TEAMS, at=START + timedelta(hours=3))
    assert b">29 min<" in first
    assert b">2 h<" in later
    assert first.replace(b">29 min<", b"><") == later.replace(b">2 h<", b"><")


def test_ages_count_working_days() -> None:
    friday = START - timedelta(days=3)
    row = _row(given(date_requested(DEC_3)))
    assert row.line.since.date() == NOV_23
    assert b">5 d<" in render_row(row, SITE, TEAMS, at=START + timedelta(days=7))
    assert b">now<" in render_row(row, SITE, TEAMS, at=friday)


def test_the_next_day_the_row_is_drawn_anew() -> None:
    row = _row(given(date_requested(DEC_3), date_committed(DEC_3)))
    assert b"over" not in render_row(row, SITE, TEAMS, at=START)
    late = render_row(row, SITE, TEAMS, at=START + timedelta(days=11))
    assert b"1 day over" in late
    assert b">1 d<" in late


def test_markup_in_an_order_is_text_in_its_row() -> None:
    evil = '"><script>alert(1)</script>'
    html = _html(line_entered(customer=evil, product=evil, family=evil, site="nord"))
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 2
    assert 'data-family="&#34;&gt;&lt;script' in html


def test_a_row_of_the_past_can_not_be_selected() -> None:
    row = _row(given(date_requested(DEC_3)))
    past = render_row(row, SITE, TEAMS, at=START, past="?at=2026-11-23T08:00:00").decode()
    assert "checkbox" not in past
    assert f'href="/lines/{row.line.id}?at=2026-11-23T08:00:00"' in past


def test_no_row_carries_a_style_or_a_script() -> None:
    html = _html(date_requested(DEC_3), date_countered(DEC_10))
    assert "style=" not in html
    assert " hx-" not in html
    assert " on" not in html.replace(" on ", "")
