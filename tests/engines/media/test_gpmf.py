"""The first fix of action cameras' telemetry, built here entry by entry."""

import struct

import pytest

from liuhen.engines.media.gpmf import Fix, first_fix


def entry(key: bytes, kind: bytes, values: bytes, *, size: int | None = None) -> bytes:
    wide = size or len(values)
    count = len(values) // wide if wide else 0
    return (
        key
        + kind
        + bytes([wide])
        + struct.pack(">H", count)
        + values.ljust((len(values) + 3) // 4 * 4, b"\0")
    )


def nested(key: bytes, values: bytes) -> bytes:
    return entry(key, b"\0", values, size=4)


def camera(
    *,
    fix: int = 3,
    scale: tuple[int, ...] = (10_000_000, 10_000_000, 1_000),
    clock: bytes = b"260506080000.500",
) -> bytes:
    stream = (
        entry(b"SCAL", b"l", struct.pack(">3i", *scale), size=4)
        + entry(b"GPSF", b"L", struct.pack(">I", fix), size=4)
        + entry(b"GPSU", b"U", clock, size=16)
        + entry(b"GPS5", b"l", struct.pack(">5i", 260_745_000, 1_192_965_000, 12_340, 0, 0), size=20)
    )
    return nested(b"DEVC", entry(b"DVNM", b"c", b"cam ") + nested(b"STRM", stream))


def aircraft(milliseconds: int) -> bytes:
    place = entry(b"SCAL", b"l", struct.pack(">4i", 1_000, 10_000_000, 10_000_000, 1_000), size=4)
    place += entry(b"GLPI", b"?", struct.pack(">I3i", 1, 260_745_000, 1_192_965_000, 15_000), size=16)
    clock = entry(b"SYST", b"?", struct.pack(">QQ", 1, milliseconds), size=16)
    return nested(b"DEVC", nested(b"STRM", place) + nested(b"STRM", clock))


def test_camera_with_a_fix_gives_place_and_time() -> None:
    assert first_fix(camera()) == Fix(26.0745, 119.2965, 12.34, "2026-05-06T08:00:00Z")


def test_aircraft_gives_place_and_system_time() -> None:
    assert first_fix(aircraft(1_778_054_400_000)) == Fix(26.0745, 119.2965, 15.0, "2026-05-06T08:00:00Z")
    fix = first_fix(aircraft(5))
    assert fix is not None
    assert fix.written == ""


def test_unreadable_camera_time_leaves_the_place() -> None:
    fix = first_fix(camera(clock=b"not a time at al"))
    assert fix is not None
    assert fix.written == ""


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"DEVC",
        camera(fix=0),
        camera(scale=(0, 0, 0)),
        camera(scale=(1, 1, 1)),
        camera()[:60],
        b"\0" * 900_000,
    ],
    ids=["empty", "cut", "no fix", "no scale", "no place on earth", "short", "zeros"],
)
def test_telemetry_without_a_fix_gives_none(payload: bytes) -> None:
    assert first_fix(camera()) is not None
    assert first_fix(payload) is None
