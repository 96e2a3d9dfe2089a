"""Sees what is wrong with a film's picture: black, frozen, very dark, blurred, interrupted, cut.

Cheap first: where the sizes of the coded pictures raise doubt (`stillness`), and at sparse sample points over the
whole film, pictures are decoded, key pictures wherever they will do. The sizes only raise doubt; the pictures judge.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import BinaryIO

import numpy as np

from liuhen.engines.media.cuts import judge_cuts
from liuhen.engines.media.findings import Confidence, Spans
from liuhen.engines.media.looks import Look, Viewer, look_at
from liuhen.engines.media.reading import Floats, Packets, Reading
from liuhen.engines.media.report import Track
from liuhen.engines.media.stillness import INTERLUDE, SHORTEST, Sizes, merge

GAP = 1.0
_STEP, _FURTHEST = 0.5, 20
LOOKS_EACH, KEYS_EACH = 9, 4
FRAME_BUDGET = 1_500
VERY_DARK = 0.08
GLARING = 0.5
DROPPED, FEWEST, UNEVEN = 0.03, 5, 0.1
BLURRED = 8.5
# What this part can find: taken over whole where a check goes on that had finished with the picture.
SEEN = frozenset(
    {"black", "frozen", "very_dark", "covered", "overexposed", "blurred", "gap", "frames_dropped", "variable_rate", "cut"}
)  # fmt: skip


def judge_sight(source: BinaryIO, reading: Reading) -> None:
    """Add the findings on the picture of a film."""
    packets = reading.packets
    if packets is None or not len(packets.sizes):
        return
    film = next(track for track in reading.tracks if track.kind == "video")
    length = max(film.duration or 0.0, float(packets.times.max()))
    _judge_gaps(packets, length, reading)
    _judge_rate(packets, reading)
    with Viewer(source, reading.demuxer, packets, budget=FRAME_BUDGET) as viewer:
        seen = see(viewer, packets, film, length)
        if viewer.broken and not seen.looks:
            reading.note("decode_errors", "画面数据损坏，取不出一幅完整的画面。")
            return
        judge_cuts(viewer, packets, reading, seen.looks)
    looks = seen.looks
    _note_stretches(reading, seen.black, seen.frozen, length, sure=seen.sure)
    _judge_light(reading, looks)
    _judge_glare(reading, looks, length)
    covered = _judge_cover(reading, looks, length)
    _judge_sharpness(reading, [look for look in looks if not _within(look.time, covered)])


@dataclass(frozen=True, slots=True)
class Seen:
    """Samples over the film, the stretches that are black, those that stand still, and whether the sizes agree that they do."""

    looks: list[Look]
    black: Spans
    frozen: Spans
    sure: bool


def see(viewer: Viewer, packets: Packets, film: Track, length: float, *, sharpness: bool = True) -> Seen:
    """Where nothing is shown and where nothing moves; the samples are measured for sharpness too unless nobody asks."""
    sizes = Sizes(packets, film.width * film.height, length)
    still, steady = sizes.still(), sizes.steady()
    looks = _sample(viewer, sizes.strange((*still, *steady)), length, sharpness=sharpness)
    dark, frozen = _judge_still(viewer, sizes, still, length)
    dimmed, held = _judge_still(viewer, sizes, steady, length)
    # Where every picture is filled up to a rate, a run of equal ones may end before the dark does.
    black = merge([*dark, *dimmed, *_dark_between(viewer, looks, length, known=dark)])
    found = merge([*frozen, *held])
    return Seen(looks, black, found or _frozen_by_samples(looks), sure=bool(found))


def judge_photograph(look: Look, reading: Reading) -> None:
    """Add the findings on a single picture."""
    if look.is_dark:
        reading.note("black", "整幅图片几乎全黑。", measure=look.luma)
    elif look.luma < VERY_DARK:
        reading.note("very_dark", f"图片过暗，平均亮度只有 {look.luma:.0%}。", measure=look.luma)
    if look.blur is not None and look.blur >= BLURRED:
        says = f"图片模糊，边缘宽约 {look.blur:.1f} 像素，可能没有对准焦距。"
        reading.note("blurred", says, measure=look.blur, confidence="medium")


def _judge_gaps(packets: Packets, length: float, reading: Reading) -> None:
    times = np.sort(packets.times)
    steps = np.diff(times)
    if not len(steps):
        return
    usual = float(np.median(steps))
    at = np.flatnonzero(steps > max(GAP, 5 * usual))[:500]
    spans = tuple((float(times[i]) + usual, float(times[i + 1])) for i in at)
    if spans:
        lost = sum(b - a for a, b in spans)
        says = f"画面有 {len(spans)} 处中断，共 {lost:.1f} 秒没有画面。"
        reading.note("gap", says, spans=spans, measure=lost)


def _sample(viewer: Viewer, strange: Sequence[float], length: float, *, sharpness: bool) -> list[Look]:
    """Pictures over the whole film: one a second in short films, one in ten in long ones, at most 360; and those the sizes find `strange`."""
    step = max(1.0, min(10.0, length / 18), length / 360)
    wanted: Floats = np.union1d(np.arange(0.0, max(length, 0.001), step), np.asarray(strange))
    looks: dict[float, Look] = {}
    for moment in wanted:
        far = moment - viewer.key_before(float(moment)) > 0.9 * step  # no key picture of its own
        seen = viewer.look(float(moment), exact=bool(far), sharpness=sharpness)
        if seen is not None:
            looks[seen.time] = seen
    return [looks[time] for time in sorted(looks)]


def _judge_still(
    viewer: Viewer, sizes: Sizes, still: Spans, length: float
) -> tuple[list[tuple[float, float]], Spans]:
    black, frozen = [], []
    for start, end in still:
        looks = _looks_in(viewer, start, end)
        if looks and all(seen.is_dark for seen in looks):
            black.append((start, end))
        elif looks and all(seen.is_covered for seen in looks):
            continue  # What covers the lens stands still too; that it is covered says more.
        elif len(looks) > 1 and all(a.is_like(b) for a, b in pairwise(looks)):
            frozen.append(
                (_earlier(viewer, sizes, start, looks[0]), _later(viewer, sizes, end, looks[0], length))
            )
    return black, merge(frozen)


def _looks_in(viewer: Viewer, start: float, end: float) -> list[Look]:
    """Key pictures are cheap and a few of them tell; where the stretch holds fewer than two, the pictures between are decoded in one go."""
    count = min(LOOKS_EACH, 3 + int((end - start) / INTERLUDE))
    inside = np.linspace(start + 0.05, max(end - 0.15, start + 0.05), count).tolist()
    keys = sorted({key for moment in inside if (key := viewer.key_before(moment)) >= start})
    if len(keys) < 2:
        return viewer.several(inside)
    targets = np.linspace(keys[0], keys[-1], KEYS_EACH)
    reach = (keys[-1] - keys[0]) / (2 * KEYS_EACH)
    chosen = sorted({min(keys, key=lambda key: _way_to(key, target, viewer, reach)) for target in targets})
    return [seen for moment in chosen if (seen := viewer.look(moment)) is not None]


def _way_to(key: float, target: float, viewer: Viewer, reach: float) -> float:
    """How far a key picture is from where one is wanted; one that was decoded already is nearer."""
    return abs(key - target) - (reach if viewer.knows(key) else 0.0)


def _earlier(viewer: Viewer, sizes: Sizes, start: float, held: Look) -> float:
    """From when on the same picture is shown: an encoder may go on for seconds making it finer, and sizes look alive.

    Where each picture before took its usual share something moved, and none is decoded to see it; a key picture is asked where one lies near.
    """
    for _ in range(_FURTHEST):
        before = max(start - _STEP, viewer.key_before(start - 0.01), 0.0)
        if start <= 0 or sizes.moves(before, start):
            break
        seen = viewer.look(before, exact=True)
        if seen is None or not seen.is_like(held):
            break
        start = before
    return start


def _later(viewer: Viewer, sizes: Sizes, end: float, held: Look, length: float) -> float:
    """The same, to when."""
    for _ in range(_FURTHEST):
        key = viewer.key_before(end + _STEP)
        after = key if key > end + 0.01 else end + _STEP
        if after >= length or sizes.moves(end, after):
            break
        seen = viewer.look(after, exact=True)
        if seen is None or not seen.is_like(held):
            break
        end = after
    return end


def _dark_between(
    viewer: Viewer, looks: Sequence[Look], length: float, *, known: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Stretches that the samples found dark; edges not known from the sizes are sought by halving."""
    spans, start = [], None
    for before, now in pairwise([None, *looks, None]):
        was, is_now = bool(before and before.is_dark), bool(now and now.is_dark)
        if is_now and not was and now:
            edges = [begin for begin, _ in known]
            start = _edge(viewer, before.time, now.time, edges, rising=True) if before else 0.0
        if was and not is_now and before and start is not None:
            edges = [end for _, end in known]
            end = _edge(viewer, before.time, now.time, edges, rising=False) if now else length
            spans.append((start, end))
    return [(a, b) for a, b in spans if b - a >= SHORTEST or b - a >= 0.9 * length]


def _edge(viewer: Viewer, low: float, high: float, known: Sequence[float], *, rising: bool) -> float:
    for edge in known:
        if low <= edge <= high:
            return edge
    for _ in range(5):
        if high - low < 0.2:
            break
        middle = (low + high) / 2
        seen = viewer.look(middle, exact=True)
        dark = seen is not None and seen.is_dark
        low, high = (low, middle) if dark == rising else (middle, high)
    return high


def _frozen_by_samples(looks: Sequence[Look]) -> Spans:
    """Where the coding pads its pictures, sizes tell nothing: three samples alike on end are doubtful too."""
    alike = [
        (a.time, b.time) for a, b in pairwise(looks) if not a.is_dark and not a.is_covered and a.is_like(b)
    ]
    return tuple((a, b) for a, b in merge([*alike]) if b - a >= SHORTEST and _count(looks, a, b) > 2)


def _count(looks: Sequence[Look], start: float, end: float) -> int:
    return sum(start <= look.time <= end for look in looks)


def _note_stretches(reading: Reading, black: Spans, frozen: Spans, length: float, *, sure: bool) -> None:
    confidence: Confidence = "high" if sure else "medium"
    if black:
        dark = sum(b - a for a, b in black)
        whole = "全程黑屏" if dark >= 0.95 * length else f"有 {len(black)} 处黑屏，共 {dark:.0f} 秒"
        reading.note("black", f"{whole}，可能镜头被遮挡或设备故障。", spans=black, measure=dark)
    if frozen:
        held = sum(b - a for a, b in frozen)
        whole = "画面全程静止" if held >= 0.95 * length else f"有 {len(frozen)} 处画面静止，共 {held:.0f} 秒"
        reading.note(
            "frozen",
            f"{whole}，可能卡顿或对着不动的景物。",
            spans=frozen,
            measure=held,
            confidence=confidence,
        )


def _judge_light(reading: Reading, looks: Sequence[Look]) -> None:
    lit = [look.luma for look in looks if not look.is_dark]
    if not lit or len(lit) * 2 < len(looks):
        return
    usual = float(np.median(lit))
    if usual < VERY_DARK:
        says = f"画面过暗，平均亮度只有 {usual:.0%}，难以辨认。"
        reading.note("very_dark", says, measure=usual)


def _judge_glare(reading: Reading, looks: Sequence[Look], length: float) -> None:
    # What is white and does not stir is a page or a title, made and not filmed.
    still = {one.time for pair in pairwise(looks) if pair[0].is_like(pair[1]) for one in pair}
    spans = _while(looks, lambda look: look.glare >= GLARING and look.time not in still, length)
    if spans:
        worst = max(look.glare for look in looks)
        says = f"有 {len(spans)} 处画面过曝，共 {_sum(spans):.0f} 秒，最多时 {worst:.0%} 的画面全白。"
        reading.note("overexposed", says, spans=spans, measure=worst)


def _judge_cover(reading: Reading, looks: Sequence[Look], length: float) -> Spans:
    spans = _while(looks, lambda look: look.is_covered, length)
    if spans:
        says = f"有 {len(spans)} 处画面没有内容，共 {_sum(spans):.0f} 秒，像是镜头被遮住。"
        reading.note("covered", says, spans=spans, measure=_sum(spans), confidence="medium")
    return spans


def _while(looks: Sequence[Look], holds: Callable[[Look], bool], length: float) -> Spans:
    """From the first sample at which something holds to the next at which it does not; two seconds at least."""
    spans: list[tuple[float, float]] = []
    for look, after in zip_longest(looks, looks[1:]):
        if holds(look):
            spans.append((look.time, after.time if after is not None else max(length, look.time)))
    return tuple(span for span in merge(spans) if _long_enough(span, length))


def _long_enough(span: tuple[float, float], length: float) -> bool:
    return span[1] - span[0] >= min(SHORTEST, 0.9 * length)


def _within(moment: float, spans: Spans) -> bool:
    return any(start <= moment < end for start, end in spans)


def _sum(spans: Spans) -> float:
    return sum(end - start for start, end in spans)


def _judge_rate(packets: Packets, reading: Reading) -> None:
    """Whether pictures come at a steady beat: some missing from the beat is loss, no beat at all is a camera that saves."""
    steps = np.diff(np.sort(packets.times))
    steps = steps[(steps > 1e-4) & (steps < GAP)]
    if len(steps) < 20:
        return
    beat = _beat(steps)
    counts = steps / beat
    uneven = float((np.abs(counts - np.rint(counts)) > 0.2).mean())
    if uneven >= UNEVEN:
        fastest, slowest = 1 / float(np.quantile(steps, 0.02)), 1 / float(np.quantile(steps, 0.98))
        says = f"画面之间的间隔不匀，每秒 {slowest:.1f} 到 {fastest:.1f} 幅。"
        reading.note("variable_rate", says, measure=uneven, confidence="medium")
        return
    missing = float(np.maximum(np.rint(counts) - 1, 0).sum())
    share = missing / (missing + len(steps))
    if share >= DROPPED and missing >= FEWEST:
        says = f"按每秒 {1 / beat:.1f} 幅算，少了 {missing:.0f} 幅（{share:.0%}），画面会一顿一顿。"
        reading.note("frames_dropped", says, spans=_losses(packets, beat), measure=share)


def _beat(steps: Floats) -> float:
    """The shortest step that is no stray: where half the pictures are lost, the usual step is already two beats."""
    low = float(np.quantile(steps, 0.1))
    return float(np.median(steps[steps <= 1.3 * low]))


def _losses(packets: Packets, beat: float) -> Spans:
    """Where pictures are missing, seconds near each other put together."""
    times = np.sort(packets.times)
    at = np.flatnonzero(np.diff(times) > 1.5 * beat)
    return merge([(float(times[i]) + beat, float(times[i + 1])) for i in at], within=1.0)[:500]


def _judge_sharpness(reading: Reading, looks: Sequence[Look]) -> None:
    sharp = [(look.time, look.blur) for look in looks if look.blur is not None]
    if not sharp:
        return
    usual = float(np.median([blur for _, blur in sharp]))
    if usual >= BLURRED:
        says = f"画面大部分模糊，边缘宽约 {usual:.1f} 像素，可能没有对准焦距或镜头有污渍。"
        reading.note("blurred", says, measure=usual, confidence="medium")
        return
    bad = [(a, c) for (a, p), (c, q) in pairwise(sharp) if min(p, q) >= BLURRED + 0.5]
    spans = tuple(span for span in merge(bad) if span[1] - span[0] >= SHORTEST)
    if spans:
        says = f"有 {len(spans)} 处画面模糊。"
        worst = max(blur for _, blur in sharp)
        reading.note("blurred", says, spans=spans, measure=worst, confidence="low")


__all__ = ["SEEN", "judge_photograph", "judge_sight", "look_at", "see"]
