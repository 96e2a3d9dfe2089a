"""What is to be hidden in a copy, as data: boxes that move over time, and stretches without sound, each with its reason.

Boxes are told in shares of the upright picture, so that the same list serves the original and a smaller copy. Between two
places a box moves in a straight line; before the first and after the last it stands still. A list a detector made becomes
the same kind of list. Pure: no picture is read here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from liuhen.kernel.errors import Malformed

Made = Literal["drawn", "motion", "detector"]
Sound = Literal["mute", "lower", "higher"]
MOST_MASKS, MOST_PLACES, LONGEST_REASON = 200, 2_000, 200
_DETECTIONS = "liuhen-detections-v1"
_SAME_THING, _PAUSE, _MARGIN = 0.2, 1.5, 0.1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box stands at a second: left, top, width, height in shares of the picture from 0 to 1."""

    at: float
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Mask:
    """One thing hidden from `begins` to `ends`, in seconds of the recording."""

    begins: float
    ends: float
    places: tuple[Place, ...]
    reason: str
    made: Made = "drawn"

    def place_at(self, second: float) -> Place | None:
        """Where it stands at a second, None where it hides nothing then."""
        if not self.begins <= second < self.ends:
            return None
        after = next((n for n, place in enumerate(self.places) if place.at > second), len(self.places))
        if after in (0, len(self.places)):
            return self.places[min(after, len(self.places) - 1)]
        one, two = self.places[after - 1], self.places[after]
        share = (second - one.at) / (two.at - one.at)
        left, top, width, height = (
            a + (b - a) * share
            for a, b in zip(_box(one), _box(two), strict=True)
        )  # fmt: skip
        return Place(second, left, top, width, height)


@dataclass(frozen=True, slots=True)
class Mute:
    """No sound from `begins` to `ends`, or the voice disguised: lower or higher than it was, every word at its time."""

    begins: float
    ends: float
    reason: str
    sound: Sound = "mute"


@dataclass(frozen=True, slots=True)
class MaskList:
    """Everything that one copy hides."""

    masks: tuple[Mask, ...]
    mutes: tuple[Mute, ...]

    @classmethod
    def from_json(cls, value: object, *, length: float) -> "MaskList":
        """Read what a client or a row tells. Raises `Malformed` in words for anything that is no list of masks."""
        table = _table(value, {"masks", "mutes"}, "遮挡清单")
        found = cls(
            tuple(_mask(one, length) for one in _items(table["masks"], MOST_MASKS, "遮挡")),
            tuple(_mute(one, length) for one in _items(table["mutes"], MOST_MASKS, "静音")),
        )
        if not found.masks and not found.mutes:
            raise Malformed("遮挡清单是空的", do="请至少画一处遮挡，或者标一段静音。")
        return found

    def to_json(self) -> dict[str, Any]:
        return {
            "masks": [
                {"begins": m.begins, "ends": m.ends, "reason": m.reason, "made": m.made,
                 "places": [[p.at, *_box(p)] for p in m.places]}
                for m in self.masks
            ],
            "mutes": [{"begins": m.begins, "ends": m.ends, "reason": m.reason, "sound": m.sound} for m in self.mutes],
        }  # fmt: skip

    def rectangles(self, second: float, *, width: int, height: int) -> list[tuple[int, int, int, int]]:
        """The pixels hidden at a second: left, top, right, bottom, grown outward to even ones, so that colour is hidden too."""
        found = []
        for mask in self.masks:
            place = mask.place_at(second)
            if place is not None:
                left, top = int(place.left * width / 2) * 2, int(place.top * height / 2) * 2
                right = min(width, -(-int((place.left + place.width) * width + 0.999) // 2) * 2)
                bottom = min(height, -(-int((place.top + place.height) * height + 0.999) // 2) * 2)
                if left < right and top < bottom:
                    found.append((left, top, right, bottom))
        return found


def _box(place: Place) -> tuple[float, float, float, float]:
    return place.left, place.top, place.width, place.height


def _mask(value: object, length: float) -> Mask:
    table = _table(value, {"begins", "ends", "reason", "places", "made"}, "遮挡")
    begins, ends = _stretch(table, length)
    made = table["made"]
    if made not in ("drawn", "motion", "detector"):
        raise Malformed("遮挡的来历不认识")
    places = tuple(place_of(one) for one in _items(table["places"], MOST_PLACES, "遮挡的位置"))
    if not places or any(b.at <= a.at for a, b in pairwise(places)):
        raise Malformed("遮挡的位置要按时间先后，每一刻一个", do="请删去重复的位置再提交。")
    return Mask(begins, ends, places, _reason(table), made)


def _mute(value: object, length: float) -> Mute:
    keys = {"begins", "ends", "reason"}  # Lists of before voices could be disguised do not say how.
    is_old = isinstance(value, Mapping) and "sound" not in value
    table = _table(value, keys if is_old else keys | {"sound"}, "声音")
    sound = table.get("sound", "mute")
    if sound not in ("mute", "lower", "higher"):
        raise Malformed("声音的处理不认识", do="请选静音、压低或者抬高。")
    return Mute(*_stretch(table, length), _reason(table), sound)


def place_of(value: object) -> Place:
    """Five numbers as a place. Raises `Malformed` where they are not, or lie outside the picture."""
    numbers = _items(value, 5, "位置")
    if len(numbers) != 5 or not all(_is_number(one) for one in numbers):
        raise Malformed("遮挡的位置应是五个数：秒、左、上、宽、高")
    at, left, top, width, height = (float(one) for one in numbers)
    # A box drawn to the very edge may pass it by a rounding; more is no box in this picture.
    if (
        at < 0
        or not (0 <= left <= 1 and 0 <= top <= 1 and width > 0 and height > 0)
        or left + width > 1.001
        or top + height > 1.001
    ):
        raise Malformed("遮挡的位置不在画面之内")
    return Place(at, left, top, width, height)


def _stretch(table: Mapping[str, Any], length: float) -> tuple[float, float]:
    begins, ends = table["begins"], table["ends"]
    if not (_is_number(begins) and _is_number(ends)) or not 0 <= begins < ends <= length + 1:
        raise Malformed("遮挡的起止不在音像之内", do="请核对每一处的起止。")
    return float(begins), float(ends)


def _reason(table: Mapping[str, Any]) -> str:
    reason = table["reason"]
    if not isinstance(reason, str) or not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Malformed("有一处没有写明理由", do="每一处遮挡、静音都要写明理由，如“无关人员面部”。")
    return reason.strip()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e7


def _table(value: object, keys: set[str], what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or set(value) != keys:
        raise Malformed(f"{what}的写法不对，应有 {'、'.join(sorted(keys))}")
    return value


def _items(value: object, most: int, what: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple) or len(value) > most:
        raise Malformed(f"{what}应是不超过 {most} 项的列表")
    return value


# ── 检测程序的结果 ──────────────────────────────────────────


def from_detections(value: object, *, length: float, reason: str) -> tuple[Mask, ...]:
    """Masks from a detector's file: boxes that overlap from one moment to the next are one thing, grown by a tenth.

    Raises `Malformed` where it is no such file (docs/formats/detections.md).
    """
    table = _table(value, {"format", "boxes"}, "检测结果")
    if table["format"] != _DETECTIONS:
        raise Malformed(f"检测结果的格式应为 {_DETECTIONS}")
    boxes = sorted(
        (place_of(one) for one in _items(table["boxes"], 200_000, "检测结果")), key=lambda place: place.at
    )
    return tracked(
        [place for place in boxes if place.at <= length], length=length, reason=reason, made="detector"
    )


def tracked(boxes: Sequence[Place], *, length: float, reason: str, made: Made) -> tuple[Mask, ...]:
    """Boxes in the order of time, put together to things that move."""
    things: list[list[Place]] = []
    for box in boxes:
        near = [thing for thing in things if 0 < box.at - thing[-1].at <= _PAUSE]
        best = max(near, key=lambda thing: _overlap(thing[-1], box), default=None)
        if best is not None and _overlap(best[-1], box) >= _SAME_THING and len(best) < MOST_PLACES:
            best.append(box)
        elif len(things) < MOST_MASKS:
            things.append([box])
        else:
            raise Malformed(f"检测结果里的东西超过 {MOST_MASKS} 件", do="请分段检测，或者整幅遮挡。")
    return tuple(
        Mask(max(0.0, thing[0].at - _PAUSE / 2), min(length, thing[-1].at + _PAUSE / 2), tuple(_grown(one) for one in thing), reason, made)
        for thing in things
    )  # fmt: skip


def _overlap(one: Place, two: Place) -> float:
    wide = min(one.left + one.width, two.left + two.width) - max(one.left, two.left)
    high = min(one.top + one.height, two.top + two.height) - max(one.top, two.top)
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / (one.width * one.height + two.width * two.height - wide * high)


def _grown(place: Place) -> Place:
    more, higher = place.width * _MARGIN, place.height * _MARGIN
    left, top = max(0.0, place.left - more), max(0.0, place.top - higher)
    right, bottom = min(1.0, place.left + place.width + more), min(1.0, place.top + place.height + higher)
    return Place(place.at, left, top, right - left, bottom - top)
