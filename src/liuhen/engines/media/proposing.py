"""The parent's side of proposals: asks the child what moves in a stretch of a film, and checks what it answers."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from liuhen.engines.media import child_program
from liuhen.engines.media.detector import Detector
from liuhen.engines.media.inspection import made
from liuhen.engines.media.masks import Mask, Place, place_of, tracked
from liuhen.engines.media.sandbox import Limits, Mode, open_for_child, run
from liuhen.kernel.errors import Malformed

LONGEST = 30.0
_PERSON = (1.2, 4.5)
# A model has its weights in memory beside the pictures.
_DETECTING = Limits(memory=4_000_000_000, cpu_seconds=300, wall_seconds=600.0)
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


def detected(
    path: Path, detector: Detector, *, begins: float, ends: float, sandbox: Mode | None = None
) -> tuple[Mask, ...]:
    """What the agency's detector sees between two seconds, as masks to be looked over; the surest score of each stands in its reason.

    Raises `Malformed` where there is no film, the stretch is too long or the model is none, `Unavailable` where a file cannot be opened.
    """
    if not 0 <= begins < ends <= begins + LONGEST:
        raise Malformed(f"一次最多找 {LONGEST:.0f} 秒", do="请把起止分成几段来找。")
    source = open_for_child(path)
    try:
        model = open_for_child(detector.path)
        try:
            told = made(
                run(
                    {"begins": begins, "ends": ends, "width": detector.width, "height": detector.height, "threshold": detector.threshold},
                    source.descriptor, limits=_DETECTING, mode=sandbox, beside=model.descriptor, program=child_program.DETECT,
                )
            ).get("boxes")  # fmt: skip
        finally:
            os.close(model.descriptor)
    finally:
        os.close(source.descriptor)
    if (
        not isinstance(told, list)
        or len(told) > _MOST
        or any(not isinstance(one, list) or len(one) != 7 for one in told)
    ):
        raise Malformed("处理程序的回答不可信")
    return tuple(
        mask for number, word in detector.classes.items() for mask in _of_class(told, number, word, ends)
    )


def _of_class(told: list[list[Any]], number: int, word: str, ends: float) -> Iterator[Mask]:
    mine = [one for one in told if one[6] == number]
    scores = {(one[0], one[1], one[2]): float(one[5]) for one in mine}
    ordered = sorted((place_of(one[:5]) for one in mine), key=lambda place: place.at)
    for mask in tracked(ordered, length=ends, reason=word, made="detector"):
        near = [score for (at, _, _), score in scores.items() if mask.begins <= at <= mask.ends]
        reason = f"{word}（检测程序，最高把握 {max(near, default=0):.0%}），待核对"
        yield Mask(mask.begins, mask.ends, mask.places, reason, mask.made)


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
