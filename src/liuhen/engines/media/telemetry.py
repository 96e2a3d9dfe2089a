"""The telemetry track of a film, from end to end: where the camera went, and whether the satellite's clock ran on evenly beside the film.

Part of the box walk: no decoder. One position a sample, a second apart as a rule; of long films as many as a map can show.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from liuhen.engines.media.clocks import from_written
from liuhen.engines.media.gpmf import Fix
from liuhen.engines.media.reading import Reading
from liuhen.engines.media.report import Place

MOST = 1_000
# Seconds by which a clock must leave its course to be said to have jumped.
JUMP = 2.0

Timed = tuple[float, Fix]


def chosen(count: int) -> Iterable[int]:
    """Which samples are read: all of them, or evenly spread ones."""
    return range(0, count, -(-count // MOST) or 1)


def note_telemetry(reading: Reading, fixes: Sequence[Timed]) -> None:
    """Place, way and satellite time; `fixes` are in the order of the film."""
    if not fixes:
        return
    first = fixes[0][1]
    reading.place = reading.place or Place(first.latitude, first.longitude, first.altitude, "gpmf")
    clock = from_written(first.written, "gpmf.gps")
    reading.clocks += [clock] if clock else []
    if len(fixes) > 1:
        reading.route = tuple((round(at, 1), fix.latitude, fix.longitude) for at, fix in fixes)
    _judge_course(reading, fixes)


def _judge_course(reading: Reading, fixes: Sequence[Timed]) -> None:
    """A satellite's clock and the film's seconds run together; where they part, one of them was touched, or a piece is missing."""
    told = [(at, datetime.fromisoformat(fix.written)) for at, fix in fixes if fix.written]
    jumps = [
        (at, later, (then - moment).total_seconds() - (later - at))
        for (at, moment), (later, then) in pairwise(told)
    ]
    jumps = [one for one in jumps if abs(one[2]) > JUMP]
    if jumps:
        at, _, by = max(jumps, key=lambda one: abs(one[2]))
        way = "向前" if by > 0 else "向后"
        says = f"第 {at:.0f} 秒处，卫星时间比画面所走的{way}跳了 {abs(by):.0f} 秒，像是中间缺了一段或者时钟被动过。"
        spans = tuple((start, end) for start, end, _ in jumps)[:500]
        reading.note("clock_jumped", says, spans=spans, measure=by)
