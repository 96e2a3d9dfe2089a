"""The telemetry of action cameras (GPMF): the first satellite fix and its time.

Key, kind, size, count, then the values, nested at most three deep (device, stream, values). Two dialects say
where the camera is: `GPS5` with `GPSU` (cameras), `GLPI` with `SYST` (flying cameras). All else is passed over.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ENTRY_LIMIT = 20_000
_YEAR_2000, _YEAR_2100 = 946_684_800_000, 4_102_444_800_000


@dataclass(frozen=True, slots=True)
class Fix:
    """A position in degrees and metres; `written` is the receiver's time, in UTC, as ISO text, empty where none."""

    latitude: float
    longitude: float
    altitude: float
    written: str


def first_fix(payload: bytes) -> Fix | None:
    """The first position in one telemetry sample that the receiver itself calls a fix."""
    for device in _inside(payload, b"DEVC"):
        streams = [{key: values for key, _, values in _entries(one)} for one in _inside(device, b"STRM")]
        clock = next((_unix(stream[b"SYST"]) for stream in streams if b"SYST" in stream), "")
        for stream in streams:
            fix = _from_camera(stream) or _from_aircraft(stream, clock)
            if fix:
                return fix
    return None


def _inside(payload: bytes, wanted: bytes) -> Iterator[bytes]:
    return (values for key, kind, values in _entries(payload) if key == wanted and kind == 0)


def _entries(payload: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    at = 0
    for _ in range(ENTRY_LIMIT):
        if len(payload) - at < 8:
            return
        key, kind, size, count = struct.unpack_from(">4sBBH", payload, at)
        length = size * count
        yield key, kind, payload[at + 8 : at + 8 + length]
        at += 8 + (length + 3) // 4 * 4


def _from_camera(stream: dict[bytes, bytes]) -> Fix | None:
    """`GPS5`: latitude, longitude, height, two speeds; `GPSF` 2 or 3 is a fix, `GPSU` yymmddhhmmss.sss."""
    if int.from_bytes(stream.get(b"GPSF", b"")[:4], "big") not in (2, 3):
        return None
    written = stream.get(b"GPSU", b"")[:16].decode("ascii", "replace")
    day, rest = (f"20{written[:2]}-{written[2:4]}-{written[4:6]}", written[6:])
    told = f"{day}T{rest[:2]}:{rest[2:4]}:{rest[4:6]}Z" if written[:12].isdecimal() else ""
    return _fix(stream.get(b"GPS5", b""), stream.get(b"SCAL", b""), told)


def _from_aircraft(stream: dict[bytes, bytes], clock: str) -> Fix | None:
    """`GLPI`: time, latitude, longitude, height …, each with its own scale."""
    return _fix(stream.get(b"GLPI", b"")[4:], stream.get(b"SCAL", b"")[4:], clock)


def _fix(values: bytes, scales: bytes, written: str) -> Fix | None:
    if len(values) < 12 or len(scales) < 12:
        return None
    raw, units = struct.unpack_from(">3i", values), struct.unpack_from(">3i", scales)
    if not all(units):
        return None
    latitude, longitude, altitude = (value / unit for value, unit in zip(raw, units, strict=True))
    # Zero and zero is what a receiver writes before it knows anything.
    if abs(latitude) > 90 or abs(longitude) > 180 or not (latitude or longitude):
        return None
    return Fix(round(latitude, 6), round(longitude, 6), round(altitude, 2), written)


def _unix(values: bytes) -> str:
    """`SYST`: the second number is milliseconds since 1970."""
    milliseconds = int.from_bytes(values[8:16], "big")
    if not _YEAR_2000 < milliseconds < _YEAR_2100:
        return ""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
