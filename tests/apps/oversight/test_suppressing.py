"""Small numbers in what leaves the house: who knows the sum and every whole cannot tell a hidden count, by an attacker who tries them all."""

import itertools
import os
import random
from collections.abc import Iterator

import pytest

from liuhen.apps.oversight.suppressing import LEAST, hidden_among, hidden_parts, is_small

SEED = int(os.environ.get("SEED", str(random.randrange(1 << 30))))
TABLES = int(os.environ.get("TABLES", "300"))


def possible(values: list[int], most: list[int], places: frozenset[int]) -> Iterator[tuple[int, ...]]:
    """Every way to fill in what is hidden so that the sum is right, by trying them all."""
    total, hidden = sum(values[place] for place in places), sorted(places)
    for last in itertools.product(*(range(most[place] + 1) for place in hidden[:-1])):
        rest = total - sum(last)
        if 0 <= rest <= most[hidden[-1]]:
            yield (*last, rest)


def test_no_hidden_count_can_be_told_from_the_sum_and_the_others() -> None:
    print(f"SEED={SEED}")
    draw = random.Random(SEED)
    hid = 0
    for _ in range(TABLES):
        most = [draw.randrange(1, 16) for _ in range(draw.randrange(1, 5))]
        values = [draw.randrange(m + 1) for m in most]
        risk = [is_small(value) for value in values]
        found = hidden_among(values, most=most, at_risk=risk)
        assert all(place in found.places for place, risky in enumerate(risk) if risky)
        if found.total or not found.places:
            continue
        hid += 1
        ways = list(possible(values, most, found.places))
        for at, place in enumerate(sorted(found.places)):
            if risk[place]:
                told = {way[at] for way in ways}
                assert values[place] in told
                assert max(told) - min(told) >= LEAST - 1, (values, most, found)
    assert hid > TABLES // 10, "nothing was hidden with its sum told"


@pytest.mark.parametrize(
    ("rows", "parts", "wholes", "total"),
    [
        ([(50, 60), (40, 50)], set(), set(), False),
        ([(3, 60), (40, 50)], {0, 1}, set(), False),  # One alone could be reckoned from the sum.
        (
            [(58, 60), (40, 50)],
            {0, 1},
            set(),
            False,
        ),  # Two were late: as small a number as two that were in time.
        ([(3, 60)], {0}, set(), True),
        ([(2, 3), (40, 50), (20, 30)], {0, 2}, {0, 2}, False),
        ([(0, 0), (40, 50)], set(), set(), False),
    ],
)
def test_small_numbers_and_what_gives_them_away_are_hidden(
    rows: list[tuple[int, int]], parts: set[int], wholes: set[int], total: bool
) -> None:
    of_parts, of_wholes = hidden_parts(rows)
    assert (of_parts.places, of_wholes.places, of_parts.total) == (parts, wholes, total)


def test_a_rule_that_hides_the_small_alone_is_found_out_by_the_attacker() -> None:
    """The deliberate fault: only what is small is hidden, and one hidden count is the sum less the others."""
    values, most = [3, 40], [60, 50]
    assert [way[0] for way in possible(values, most, frozenset({0}))] == [3]
