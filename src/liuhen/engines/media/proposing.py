"""The parent's side of proposals: asks the child what moves in a stretch of a film, and checks what it answers."""

import os
from collections.abc import Sequence
from pathlib import Path

from liuhen.engines.media.inspection import made
from liuhen.engines.media.masks import Mask, Place, place_of, tracked
from liuhen.engines.media.sandbox import Limits, Mode, open_for_child, run
from liuhen.kernel.errors import Malformed

LONGEST = 30.0
_PERSON = (1.2, 4.5)
_MOST = 5_000
# Of a camera that moves, everything moves: offered is what lasts, and no more than anybody would look over.
_LASTING, _OFFERED = 4, 20


def moving(
    path: Path, *, begins: float, ends: float, shape: tuple[int, int], sandbox: Mode | None = None
) -> tuple[Mask, ...]:
    """What moves between two seconds, as masks to be looked over; `shape` is the upright picture's width and height.

    Raises `Malformed` where there is no film or the stretch is too long, `Unavailable` where file or child cannot be opened.
    """
    if not 0 <= begins < ends <= begins + LONGEST:
        raise Malformed(f"一次最多找 {LONGEST:.0f} 秒", do="请把起止分成几段来找。")
    source = open_for_child(path)
    try:
        task = {"do": "motion", "begins": begins, "ends": ends}
        told = made(run(task, source.descriptor, limits=Limits.for_reading(source.held), mode=sandbox)).get(
            "places"
        )
    finally:
        os.close(source.descriptor)
    if not isinstance(told, list) or len(told) > _MOST:
        raise Malformed("处理程序的回答不可信")
    return proposals([place_of(one) for one in told], length=ends, shape=shape)


def proposals(places: Sequence[Place], *, length: float, shape: tuple[int, int]) -> tuple[Mask, ...]:
    """Things that move, each followed, those longest there first; what only flickers is left out. Their shape stands in the reason."""
    found = tracked(places, length=length, reason="移动的东西，待核对", made="motion")
    lasting = sorted((one for one in found if len(one.places) >= _LASTING), key=lambda one: -len(one.places))
    kept = sorted(lasting[:_OFFERED], key=lambda one: one.begins)
    return tuple(Mask(one.begins, one.ends, one.places, _reason(one, shape), one.made) for one in kept)


def _reason(mask: Mask, shape: tuple[int, int]) -> str:
    width, height = shape
    tall = sorted(place.height * height / (place.width * width) for place in mask.places)[
        len(mask.places) // 2
    ]
    return "移动的人形，待核对" if _PERSON[0] <= tall <= _PERSON[1] else mask.reason
