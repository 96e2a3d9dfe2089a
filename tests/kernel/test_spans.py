"""Sets of time, held to the same sets counted minute by minute."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuhen.kernel.errors import Malformed
from liuhen.kernel.spans import Span, minus, total, union, within

ZERO = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)


def span(start: int, end: int) -> Span:
    return Span(ZERO + timedelta(minutes=start), ZERO + timedelta(minutes=end))


def minutes(spans: tuple[Span, ...] | list[Span]) -> set[int]:
    """Which minutes are covered: the slow and obvious way."""
    found: set[int] = set()
    for one in spans:
        first, last = ((m - ZERO) // timedelta(minutes=1) for m in (one.start, one.end))
        found |= set(range(first, last))
    return found


SPANS = st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda at: span(at[0], at[0] + at[1]))
SETS = st.lists(SPANS, max_size=6)


@given(SETS)
def test_union_covers_the_same_minutes_once_and_in_order(spans: list[Span]) -> None:
    joined = union(spans)
    assert minutes(joined) == minutes(spans)
    assert all(left.end < right.start for left, right in pairwise(joined))
    assert all(one.length for one in joined)
    assert union(joined) == joined


@given(SETS, SETS)
def test_minus_leaves_what_is_not_taken(spans: list[Span], taken: list[Span]) -> None:
    left = minus(spans, taken)
    assert minutes(left) == minutes(spans) - minutes(taken)
    assert left == union(left)
    assert minus(left, taken) == left


@given(SETS, SPANS)
def test_within_cuts_to_the_window(spans: list[Span], window: Span) -> None:
    assert minutes(within(spans, window)) == minutes(spans) & minutes([window])


@given(SETS, SETS)
def test_total_counts_each_moment_once(spans: list[Span], taken: list[Span]) -> None:
    assert total(spans) == timedelta(minutes=len(minutes(spans)))
    common = [c for a in union(spans) for b in union(taken) if (c := a.overlap(b))]
    assert total(minus(spans, taken)) + total(common) == total(spans)


@given(SPANS, SPANS)
def test_overlap_is_the_same_from_both_sides(one: Span, other: Span) -> None:
    common = one.overlap(other)
    assert common == other.overlap(one)
    assert minutes([common] if common else []) == minutes([one]) & minutes([other])


def test_span_that_ends_before_it_begins_is_malformed() -> None:
    assert not span(5, 5).length
    with pytest.raises(Malformed, match="早于开始"):
        span(5, 4)
