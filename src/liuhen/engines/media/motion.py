"""Proposes what to hide: what moves against its surroundings, box by box, put together to things that move.

What stands still is not proposed, and where the camera itself moves
much, little is. Pure but for `propose_motion`, which decodes, in the child.
"""

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from liuhen.engines.media.container import open_media
from liuhen.engines.media.looks import Floats, luma_of
from liuhen.engines.media.masks import Place
from liuhen.engines.media.reading import Reading
from liuhen.kernel.errors import Malformed

WIDE, HIGH = 64, 36
# Seconds between two pictures that are compared.
EACH = 0.2
_STIRRED, _ABOVE = 0.035, 4.0
_LEAST, _LARGEST, _MOST = 0.004, 0.35, 12

Grid = npt.NDArray[np.bool_]


def propose_motion(source: BinaryIO, reading: Reading, *, begins: float, ends: float) -> dict[str, Any]:
    """What moves between two seconds, as places: second, left, top, width, height. Raises `Malformed` where there is no film."""
    if not any(track.kind == "video" for track in reading.tracks) or not reading.decodable:
        raise Malformed("这份音像没有画面，找不出移动的东西")
    places = boxes_in(_pictures(source, reading, begins, ends))
    return {"kind": "motion", "places": [[p.at, p.left, p.top, p.width, p.height] for p in places]}


def _pictures(
    source: BinaryIO, reading: Reading, begins: float, ends: float
) -> Iterator[tuple[float, Floats]]:
    last = -1.0
    turn = next(track.rotation for track in reading.tracks if track.kind == "video")
    with open_media(source, reading.demuxer) as container:
        start = (container.start_time or 0) / 1e6
        container.seek(int((begins + start) * 1e6) + 1_000)
        for frame in container.decode(container.streams.video[0]):
            at = (frame.time or 0.0) - start
            if at > ends:
                return
            if at >= begins - 1e-3 and at - last >= EACH - 1e-3:
                last = at
                yield at, np.rot90(coarse(luma_of(frame)), -turn // 90)


def coarse(luma: Floats) -> Floats:
    """Means over a grid of 64 by 36."""
    rows = np.linspace(0, luma.shape[0], HIGH + 1).astype(int)[:-1]
    columns = np.linspace(0, luma.shape[1], WIDE + 1).astype(int)[:-1]
    sums = np.add.reduceat(np.add.reduceat(luma, rows, axis=0), columns, axis=1)
    ones = np.diff(rows, append=luma.shape[0])[:, None] * np.diff(columns, append=luma.shape[1])[None, :]
    told: Floats = (sums / np.maximum(ones, 1)).astype(np.float32)
    return told


def boxes_in(pictures: Iterable[tuple[float, Floats]]) -> Iterator[Place]:
    """What differs from what is usually there, and stirs: the whole of it, not its edges alone."""
    held = list(pictures)
    if len(held) < 3:
        return
    usual: Floats = np.median(np.stack([picture for _, picture in held]), axis=0)
    for (_, before), (at, now), (_, after) in zip(held, held[1:], held[2:], strict=False):
        yield from _boxes(at, stirred(usual, now), stirred(before, now) | stirred(now, after))


def stirred(one: Floats, other: Floats) -> Grid:
    """Where two pictures differ by more than light, noise and a moving camera make everywhere."""
    change = np.abs((other - np.median(other)) - (one - np.median(one)))
    return change > max(_STIRRED, _ABOVE * float(np.median(change)))


def _boxes(at: float, unusual: Grid, stirs: Grid) -> Iterator[Place]:
    high, wide = unusual.shape
    found = sorted(_pieces(_spread(unusual)), key=lambda cells: -len(cells))[:_MOST]
    for cells in found:
        if not any(stirs[cell] for cell in cells):
            continue
        rows, columns = [y for y, _ in cells], [x for _, x in cells]
        top, left = min(rows) / high, min(columns) / wide
        height, width = (max(rows) + 1) / high - top, (max(columns) + 1) / wide - left
        if _LEAST <= width * height <= _LARGEST:
            yield Place(round(at, 3), round(left, 4), round(top, 4), round(width, 4), round(height, 4))


def _spread(grid: Grid) -> Grid:
    """One cell more on every side, so that the parts of one thing touch."""
    wide = np.pad(grid, 1)
    return wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:] | grid


def _pieces(grid: Grid) -> Iterator[list[tuple[int, int]]]:
    left = {(int(y), int(x)) for y, x in np.argwhere(grid)}
    while left:
        found, edge = [], [left.pop()]
        while edge:
            y, x = edge.pop()
            found.append((y, x))
            near = {(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)} & left
            left -= near
            edge += near
        yield found
