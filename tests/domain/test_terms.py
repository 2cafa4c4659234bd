"""Quantities and dates that add up."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.terms import Terms
from tests.facts import DEC_3, DEC_10, all_on, terms

quantities = st.decimals("0.001", 1_000_000, places=3)
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
any_terms = st.lists(st.tuples(quantities, days), min_size=1, max_size=6).map(Terms.of)


@given(any_terms, st.decimals(0, 7_000_000, places=3))
def test_what_remains_and_what_was_delivered_are_the_whole(asked: Terms, out: Decimal) -> None:
    remaining = asked.less(out)
    left = remaining.quantity if remaining else Decimal(0)
    assert left == max(Decimal(0), asked.quantity - out)


@given(any_terms, quantities)
def test_deliveries_fill_the_earliest_instalments_first(asked: Terms, out: Decimal) -> None:
    remaining = asked.less(out)
    if remaining is not None:
        tail = asked.instalments[-len(remaining.instalments) :]
        assert [i.date for i in remaining.instalments] == [i.date for i in tail]
        assert remaining.instalments[1:] == tail[1:]


@given(any_terms, quantities)
def test_goods_that_turned_out_short_are_owed_with_the_earliest(
    asked: Terms, short: Decimal
) -> None:
    owed = asked.less(-short)
    assert owed is not None
    assert owed.instalments[0].quantity == asked.instalments[0].quantity + short
    assert owed.instalments[1:] == asked.instalments[1:]


@given(any_terms)
def test_dates_come_in_order_and_once(asked: Terms) -> None:
    found = [i.date for i in asked.instalments]
    assert found == sorted(set(found))
    assert asked.promised_by(asked.last_date) == asked.quantity
    assert asked.promised_by(asked.first_date - timedelta(days=1)) == 0


def test_two_quantities_of_one_day_are_one_instalment() -> None:
    assert terms((40, DEC_3), (60, DEC_3)) == all_on(DEC_3)


def test_a_split_has_a_first_and_a_completion_date() -> None:
    split = terms((60, DEC_10), (40, DEC_3))
    assert (split.first_date, split.last_date) == (DEC_3, DEC_10)
