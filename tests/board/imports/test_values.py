"""Days and numbers as files write them, and what a whole column tells about its format."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board.imports.dates import DateFormat, day_of, guess_dates
from board.imports.numbers import NumberFormat, guess_numbers, number_of

DEC_3 = date(2026, 12, 3)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-12-03", DateFormat.ISO),
        ("2026/12/3", DateFormat.ISO),
        ("2026-12-03T14:30:00Z", DateFormat.ISO),
        ("2026-12-03 00:00:00.000", DateFormat.ISO),
        ("2026-12-03T14:30:00+01:00", DateFormat.ISO),
        ("03.12.2026", DateFormat.DAY_FIRST),
        ("3.12.26", DateFormat.DAY_FIRST),
        ("03/12/2026 14:30", DateFormat.DAY_FIRST),
        ("03-12-2026", DateFormat.DAY_FIRST),
        ("Do, 03.12.2026", DateFormat.DAY_FIRST),
        ("12/03/2026", DateFormat.MONTH_FIRST),
        ("12/3/2026 2:30:00 PM", DateFormat.MONTH_FIRST),
        ("20261203", DateFormat.COMPACT),
        ("03122026", DateFormat.COMPACT_DAY_FIRST),
        ("3 Dec 2026", DateFormat.NAMED),
        ("03-DEC-26", DateFormat.NAMED),
        ("3. Dezember 2026", DateFormat.NAMED),
        ("Dec 3, 2026", DateFormat.NAMED),
        ("Thu, 3 December 2026", DateFormat.NAMED),
        ("46359", DateFormat.SERIAL),
        ("46359.5", DateFormat.SERIAL),
    ],
)
def test_a_day_is_read_however_it_is_written(text: str, written: DateFormat) -> None:
    assert day_of(text, written) == DEC_3


@pytest.mark.parametrize("text", ["", "0", "00000000", "00.00.0000", "0000-00-00", "-", "NULL"])
def test_what_stands_for_no_day_is_none(text: str) -> None:
    assert all(day_of(text, written) is None for written in DateFormat)


@pytest.mark.parametrize(
    "text", ["31.02.2026", "2026-13-01", "soon", "03.12", "0206-12-03", "12.2026", "2026-12-033"]
)
def test_a_date_that_is_none_is_an_error(text: str) -> None:
    for written in DateFormat:
        with pytest.raises(ValueError, match=r".+"):
            day_of(text, written)


def test_a_column_tells_whether_the_day_comes_first() -> None:
    by_day = guess_dates(["03/04/2026", "14/04/2026"])
    by_month = guess_dates(["03/04/2026", "04/14/2026"])
    assert by_day
    assert by_month
    assert (by_day.written, by_day.doubt) == (DateFormat.DAY_FIRST, "")
    assert (by_month.written, by_month.doubt) == (DateFormat.MONTH_FIRST, "")


def test_a_column_that_leaves_it_open_says_which_way_it_is_read() -> None:
    guess = guess_dates(["03/04/2026", "05/06/2026"])
    assert guess
    assert guess.written is DateFormat.DAY_FIRST
    assert "“03/04/2026” is read as 3 April 2026" in guess.doubt


def test_other_columns_and_dots_settle_it() -> None:
    like = guess_dates(["03/04/2026"], DateFormat.MONTH_FIRST)
    dots = guess_dates(["03.04.2026"])
    same = guess_dates(["03/03/2026", "05/05/2026"])
    assert like
    assert (like.written, like.doubt) == (DateFormat.MONTH_FIRST, "")
    assert dots
    assert (dots.written, dots.doubt) == (DateFormat.DAY_FIRST, "")
    assert same
    assert not same.doubt


def test_a_few_wrong_values_do_not_hide_the_format_of_a_column() -> None:
    guess = guess_dates(["03.12.2026", "24.12.2026", "soon", ""])
    assert guess
    assert (guess.written, guess.wrong) == (DateFormat.DAY_FIRST, 1)
    assert guess_dates(["Smith", "Jones", "3"]) is None


@pytest.mark.parametrize(
    ("text", "written", "value"),
    [
        ("12", NumberFormat.POINT, "12"),
        ("1,234.5", NumberFormat.POINT, "1234.5"),
        ("1.234,5", NumberFormat.COMMA, "1234.5"),
        ("1 234,5", NumberFormat.COMMA, "1234.5"),
        ("1\u202f234,5", NumberFormat.COMMA, "1234.5"),
        ("1'234.5", NumberFormat.POINT, "1234.5"),
        ("1000000.5", NumberFormat.POINT, "1000000.5"),
        ("100,000-", NumberFormat.COMMA, "-100"),
        ("-5", NumberFormat.POINT, "-5"),
        ("12,000", NumberFormat.COMMA, "12"),
        ("12,000", NumberFormat.POINT, "12000"),
        (",5", NumberFormat.COMMA, "0.5"),
        ("1E+05", NumberFormat.POINT, "100000"),
    ],
)
def test_a_number_is_read_however_it_is_written(
    text: str, written: NumberFormat, value: str
) -> None:
    assert number_of(text, written) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["12 pcs", "NaN", "Infinity", "1,23,4", "--5", "1.2.3", "1e999", "1" * 20, "0.0000001"]
)
def test_a_number_that_is_none_or_nobodys_is_an_error(text: str) -> None:
    for written in NumberFormat:
        with pytest.raises(ValueError, match=r".+"):
            number_of(text, written)


@pytest.mark.parametrize(
    ("texts", "written", "doubtful"),
    [
        (["1", "20", "300"], NumberFormat.POINT, False),
        (["1,5", "20"], NumberFormat.COMMA, False),
        (["1.234,5", "20"], NumberFormat.COMMA, False),
        (["12,000", "1,500", "250,000"], NumberFormat.COMMA, True),
        (["12", "1,500"], NumberFormat.POINT, True),
        (["12000", "1,500"], NumberFormat.COMMA, True),
        (["0,500", "1,500"], NumberFormat.COMMA, True),
    ],
)
def test_a_column_tells_its_decimal_sign_or_its_doubt(
    texts: list[str], written: NumberFormat, doubtful: bool
) -> None:
    guess = guess_numbers(texts)
    assert guess
    assert (guess.written, bool(guess.doubt)) == (written, doubtful)


WRITE = {
    DateFormat.ISO: "%Y-%m-%d",
    DateFormat.DAY_FIRST: "%d.%m.%Y",
    DateFormat.MONTH_FIRST: "%m/%d/%Y",
    DateFormat.COMPACT: "%Y%m%d",
    DateFormat.COMPACT_DAY_FIRST: "%d%m%Y",
    DateFormat.NAMED: "%d %b %Y",
}
DAYS = st.dates(date(1996, 1, 1), date(2099, 12, 31))


@given(day=DAYS, written=st.sampled_from(list(WRITE)))
def test_every_day_comes_back_in_every_format(day: date, written: DateFormat) -> None:
    assert day_of(day.strftime(WRITE[written]), written) == day
    serial = str((day - date(1899, 12, 30)).days)
    assert day_of(serial, DateFormat.SERIAL) == day


@given(days=st.lists(DAYS, min_size=1, max_size=30), written=st.sampled_from(list(WRITE)))
def test_a_guessed_format_reads_every_day_right_or_says_its_doubt(
    days: list[date], written: DateFormat
) -> None:
    texts = [day.strftime(WRITE[written]) for day in days]
    guess = guess_dates(texts)
    assert guess is not None
    if not guess.doubt and written not in (DateFormat.COMPACT_DAY_FIRST, DateFormat.COMPACT):
        assert [day_of(text, guess.written) for text in texts] == days


@given(
    value=st.decimals(0, 10**9, places=3, allow_nan=False), written=st.sampled_from(NumberFormat)
)
def test_every_quantity_comes_back_in_both_formats(value: Decimal, written: NumberFormat) -> None:
    text = f"{value:,f}"
    if written is NumberFormat.COMMA:
        text = text.translate(str.maketrans(",.", ".,"))
    assert number_of(text, written) == value


@given(days=st.integers(-3000, 3000), weeks=st.integers(-500, 500))
def test_whole_weeks_keep_the_weekday(days: int, weeks: int) -> None:
    day = DEC_3 + timedelta(days=days)
    assert (day + timedelta(weeks=weeks)).weekday() == day.weekday()
