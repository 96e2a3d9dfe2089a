"""Small numbers in what leaves the house: a count of a few people's doings is not told, nor what would give it away.

A column of counts goes out with its sum. A count below five (or one that leaves fewer than five of its whole) is hidden, and others with
it until who knows the sum and every whole cannot tell a hidden count to within four. Where even that is not enough the sum is hidden too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LEAST = 5
SPREAD = 4


@dataclass(frozen=True, slots=True)
class Hidden:
    """Which counts of a column, by their place, are not told, and whether its sum is told."""

    places: frozenset[int]
    total: bool = False


def is_small(count: int) -> bool:
    return 0 < count < LEAST


def hidden_among(values: Sequence[int], *, most: Sequence[int], at_risk: Sequence[bool]) -> Hidden:
    """`most` is how large each could be as far as the reader knows."""
    risky = {place for place, risk in enumerate(at_risk) if risk}
    places = set(risky)
    left = sorted((m, values[place], place) for place, m in enumerate(most) if place not in risky)
    while risky and not _is_safe(values, most, risky, places):
        if not left:
            return Hidden(frozenset(places), total=True)
        places.add(left.pop(0)[2])
    return Hidden(frozenset(places))


def _is_safe(values: Sequence[int], most: Sequence[int], risky: set[int], places: set[int]) -> bool:
    """Whether each of the risky could be as far apart as `SPREAD` for who knows the sum of the hidden."""
    total, room = sum(values[place] for place in places), sum(most[place] for place in places)
    return all(min(most[place], total) - max(0, total - (room - most[place])) >= SPREAD for place in risky)


def hidden_parts(rows: Sequence[tuple[int, int]]) -> tuple[Hidden, Hidden]:
    """Of rows of (part, whole): what is not told of the parts, and of the wholes."""
    wholes, total = [whole for _, whole in rows], sum(whole for _, whole in rows)
    of_wholes = hidden_among(wholes, most=[total] * len(rows), at_risk=[is_small(whole) for whole in wholes])
    known = [
        total if of_wholes.total or place in of_wholes.places else whole for place, whole in enumerate(wholes)
    ]
    risk = [
        place in of_wholes.places or is_small(part) or is_small(whole - part)
        for place, (part, whole) in enumerate(rows)
    ]
    return hidden_among([part for part, _ in rows], most=known, at_risk=risk), of_wholes
