"""The report on one file: what `inspect_file` answers and what a row keeps.

Frozen values with one JSON form (`to_json`, `from_json`). The report comes out of a child that has just read a
hostile file, so `from_json` believes nothing: kinds, lengths and names are checked and `Malformed` is raised.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from liuhen.engines.media.findings import TITLES, Finding
from liuhen.kernel.clock import as_utc_text, from_text
from liuhen.kernel.errors import Malformed

VERSION = 1
TEXT_LIMIT = 2_000
COUNT_LIMIT = 2_000
# Reports kept before these fields existed do not have them.
_LATER = {"progress", "route"}

Sandbox = Literal["bubblewrap", "limited", "none"]
FileKind = Literal["video", "audio", "picture", "unknown"]
TrackKind = Literal["video", "audio", "picture", "data"]
# Where the device went: the second of the recording, latitude, longitude.
Route = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Track:
    """One track. `rotation` is the clockwise turn that makes the picture upright; `duration` is in seconds.

    `codec` uses FFmpeg's names (h264, amr_nb); `tag` is what the file itself writes (avc1, samr, gpmd).
    """

    kind: TrackKind
    codec: str
    tag: str = ""
    width: int = 0
    height: int = 0
    frames_per_second: float | None = None
    sample_rate: int = 0
    channels: int = 0
    rotation: int = 0
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One clock as the file tells it: `raw` is the text found, `moment` its meaning where a zone is known.

    Where no zone is known `moment` is None and `local` holds `yyyy-mm-ddThh:mm:ss` as the device showed it;
    a time code has only `local` of the form `hh:mm:ss`. Nothing here is corrected.
    """

    source: str
    raw: str
    moment: datetime | None = None
    local: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the device believed it was, in degrees and metres (WGS-84); `source` says which part of the file."""

    latitude: float
    longitude: float
    altitude: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a check came that was stopped, so that the next goes on from there.

    `seen`: the picture is done. Of the sound: heard `until` this second, from where it `begins`, its summed `power`, and
    the stretches found so far (`silent`, `holes`) with the packets that were `broken`; `jumbled`: its times run backwards somewhere.
    """

    seen: bool = False
    until: float = 0.0
    begins: float = 0.0
    power: float = 0.0
    silent: tuple[tuple[float, float], ...] = ()
    holes: tuple[tuple[float, float], ...] = ()
    broken: int = 0
    jumbled: bool = False


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file says of itself. `complete` is False where the check was stopped; then a finding says why.

    Where it can go on, `progress` says from where. `route` is the way it went, where the file tells it.

    `duration` is measured from the samples really present, `header_duration` is what the header claims; both in
    seconds. `format` is the sniffed container (mp4, mov, avi, jpeg …), empty where unknown.
    """

    size: int
    inspected_at: datetime
    sandbox: Sandbox
    complete: bool
    kind: FileKind
    format: str
    duration: float | None
    header_duration: float | None
    tracks: tuple[Track, ...]
    clocks: tuple[ClockReading, ...]
    place: Place | None
    device: str
    findings: tuple[Finding, ...]
    version: int = VERSION
    progress: Progress | None = None
    route: Route = ()

    def found(self, code: str) -> Finding | None:
        """The first finding with this code, or None."""
        return next((finding for finding in self.findings if finding.code == code), None)

    def tracks_of(self, kind: TrackKind) -> tuple[Track, ...]:
        """The tracks of one kind."""
        return tuple(track for track in self.tracks if track.kind == kind)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; times as UTC text."""
        answer = _plain(self)
        assert isinstance(answer, dict)  # noqa: S101  said for the type checker
        return answer

    @classmethod
    def from_json(cls, value: object) -> "Inspection":
        """Read what `to_json` wrote. Raises `Malformed` for anything else."""
        if isinstance(value, Mapping) and value.get("version") != VERSION:
            raise Malformed(f"检查报告的版本应为 {VERSION}，收到的是 {str(value.get('version'))[:20]}")
        read: Inspection = _read(cls, value, "report")
        unknown = {finding.code for finding in read.findings} - set(TITLES)
        if unknown:
            raise Malformed(f"检查报告里有未知的问题代码：{'、'.join(sorted(unknown))[:200]}")
        return read


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return as_utc_text(value) if isinstance(value, datetime) else value


def _read(kind: Any, value: Any, where: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return None if value is None else _read(get_args(kind)[0], value, where)
    if origin is tuple:
        return _read_items(get_args(kind), value, where)
    if origin is Literal:
        _expect(value in get_args(kind), where, value)
        return value
    if is_dataclass(kind):
        return _read_fields(kind, value, where)
    return _read_scalar(kind, value, where)


def _read_items(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    _expect(isinstance(value, list) and len(value) <= COUNT_LIMIT, where, value)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    _expect(len(kinds) == len(value), where, value)
    return tuple(_read(kind, item, where) for kind, item in zip(kinds, value, strict=True))


def _read_fields(kind: Any, value: Any, where: str) -> Any:
    hints = get_type_hints(kind)
    _expect(isinstance(value, Mapping) and set(hints) - _LATER <= set(value) <= set(hints), where, value)
    told = {name: hint for name, hint in hints.items() if name in value}
    return kind(**{name: _read(hint, value[name], f"{where}.{name}") for name, hint in told.items()})


def _read_scalar(kind: Any, value: Any, where: str) -> Any:
    if kind is datetime:
        _expect(isinstance(value, str), where, value)
        return from_text(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    _expect(type(value) is kind, where, value)
    if kind is str:
        _expect(len(value) <= TEXT_LIMIT, where, value)
    if kind is float:
        _expect(abs(value) < 1e15, where, value)  # also refuses NaN and infinities
    return value


def _expect(condition: object, where: str, value: object) -> None:
    if not condition:
        raise Malformed(f"检查报告的 {where} 不合格式，收到的是“{str(value)[:60]}”")
