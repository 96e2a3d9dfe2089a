"""Finds where one picture gives way to quite another from one frame to the next: a film that was cut, or two put together.

A camera that runs shows no such thing; it pans, and neighbours stay alike. Sizes raise the doubt (a picture that its neighbour does
not help to tell takes many bytes, or an encoder sets a key picture out of turn), four decoded pictures settle it. Runs only in the child.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from liuhen.engines.media.looks import Floats, Look, Viewer
from liuhen.engines.media.reading import Floats as Floats64
from liuhen.engines.media.reading import Packets, Reading

MOST, SEARCHES = 12, 8
_UNLIKE, _ALIKE = 0.3, 0.5
_PLAIN = 0.02
_HELPLESS, _SPIKE, _OUT_OF_TURN = 0.35, 3.0, 0.75


def judge_cuts(viewer: Viewer, packets: Packets, reading: Reading, looks_before: Sequence[Look] = ()) -> None:
    """Add the finding on hard cuts. `looks_before` are samples over the film: where two are unlike, a key picture between may hide one."""
    times = np.sort(packets.times)
    found = []
    worth = [one for one in doubtful(packets) if not _same_place(one, looks_before)]
    for moment in dict.fromkeys((*worth, *hidden(viewer, packets, looks_before))):
        at = int(np.searchsorted(times, moment))
        if 2 <= at < len(times) - 1:
            looks = viewer.between(float(times[at - 2]), float(times[at + 1]))
            if len(looks) == 4 and is_cut(looks):
                found.append((looks[1].time, looks[2].time))
    if found:
        says = f"有 {len(found)} 处画面从一幅到下一幅突然换了景，像是剪接而成；连续摄录的画面不会这样。"
        reading.note("cut", says, spans=tuple(sorted(found)), measure=float(len(found)), confidence="medium")


def _same_place(moment: float, looks: Sequence[Look]) -> bool:
    """Whether the samples around a moment show the same place: then something stirred there, and nothing was cut."""
    after = next((n for n, look in enumerate(looks) if look.time >= moment), len(looks))
    if after in (0, len(looks)):
        return False
    one, other = looks[after - 1].blocks, looks[after].blocks
    return min(one.std(), other.std()) >= _PLAIN and likeness(one, other) > _ALIKE


def doubtful(packets: Packets) -> list[float]:
    """The moments whose picture took unusually many bytes, or came as a key picture out of turn; the most unusual first."""
    order = np.argsort(packets.times, kind="stable")
    times, sizes, keys = packets.times[order], packets.sizes[order].astype(np.float64), packets.keys[order]
    if keys.all():
        steps = np.abs(np.diff(sizes)) / np.maximum(np.minimum(sizes[1:], sizes[:-1]), 1)
        at = np.flatnonzero(steps > 0.2) + 1
        return _first(times[at], steps[at - 1])
    usual, whole = float(np.median(sizes[~keys])), float(np.median(sizes[keys])) if keys.any() else 0.0
    spikes = np.flatnonzero(~keys & (sizes > _SPIKE * usual) & (sizes > _HELPLESS * whole))
    turns = np.flatnonzero(keys)
    apart = np.diff(times[turns])
    early = turns[1:][apart < _OUT_OF_TURN * float(np.median(apart))] if len(apart) > 2 else turns[:0]
    return _first(
        np.concatenate([times[early], times[spikes]]),
        np.concatenate([np.full(len(early), np.inf), sizes[spikes]]),
    )


def hidden(viewer: Viewer, packets: Packets, looks: Sequence[Look]) -> list[float]:
    """Between two samples that have little in common, the moment sought by halving: noise and key pictures in turn hide it from the sizes."""
    times = np.sort(packets.times)
    pairs = [
        (likeness(one.blocks, other.blocks), one, other)
        for one, other in pairwise(looks)
        if min(one.blocks.std(), other.blocks.std()) >= _PLAIN
    ]
    chosen = sorted((one for one in pairs if one[0] < _UNLIKE), key=lambda one: one[0])[:SEARCHES]
    return [moment for _, one, other in chosen if (moment := _halved(viewer, times, one, other)) is not None]


def _halved(viewer: Viewer, times: Floats64, one: Look, other: Look) -> float | None:
    low, high = (int(np.searchsorted(times, look.time - 1e-3)) for look in (one, other))
    while high - low > 1:
        middle = (low + high) // 2
        seen = viewer.look(float(times[middle]), exact=True)
        if seen is None:
            return None
        if likeness(one.blocks, seen.blocks) < likeness(seen.blocks, other.blocks):
            high, other = middle, seen
        else:
            low, one = middle, seen
    return float(times[min(high, len(times) - 1)])


def _first(moments: np.ndarray, weights: np.ndarray) -> list[float]:
    return [float(moments[n]) for n in np.argsort(-weights, kind="stable")[:MOST]]


def is_cut(looks: list[Look]) -> bool:
    """Four pictures in a row: the middle two are unlike, and each is like its other neighbour."""
    if any(one.is_dark or one.is_covered or one.glare >= 0.5 or one.blocks.std() < _PLAIN for one in looks):
        return False
    first, second, third, fourth = (one.blocks for one in looks)
    return (
        likeness(second, third) < _UNLIKE
        and likeness(first, second) > _ALIKE
        and likeness(third, fourth) > _ALIKE
    )


def likeness(one: Floats, other: Floats) -> float:
    """How far things lie in the same places, whatever the light: 1 the same, 0 nothing in common.

    What every place has, a bright sky over a dark ground, is taken out first: each row and each column by its mean.
    """
    first, second = _things(one).ravel(), _things(other).ravel()
    norm = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / norm if norm > 1e-6 else 1.0


def _things(blocks: Floats) -> Floats:
    told: Floats = blocks - blocks.mean(0, keepdims=True) - blocks.mean(1, keepdims=True) + blocks.mean()
    return told


__all__ = ["doubtful", "hidden", "is_cut", "judge_cuts", "likeness"]
