"""Where the camera went, and whether the satellite's clock ran on evenly beside the film."""

import pytest

from liuhen.engines.media.gpmf import Fix
from liuhen.engines.media.reading import Reading
from liuhen.engines.media.telemetry import chosen, note_telemetry


def walk(*seconds: float, away: float = 0.0, from_fourth: float = 0.0) -> list[tuple[float, Fix]]:
    """A fix a second, a few metres north each; from the fourth second on the satellite's clock is off by so much."""
    return [
        (at, Fix(26.07 + at / 1e5, 119.3, 9.0, f"2026-05-06T08:00:{at + away + (from_fourth if at >= 4 else 0):02.0f}Z"))
        for at in seconds
    ]  # fmt: skip


def told(fixes: list[tuple[float, Fix]]) -> Reading:
    reading = Reading()
    note_telemetry(reading, fixes)
    return reading


def test_way_is_kept_second_by_second_and_its_beginning_is_the_place() -> None:
    reading = told(walk(0, 1, 2, 3))
    assert reading.route == tuple((float(n), 26.07 + n / 1e5, 119.3) for n in range(4))
    assert reading.place is not None
    assert (reading.place.latitude, reading.place.source) == (26.07, "gpmf")
    assert [clock.source for clock in reading.clocks] == ["gpmf.gps"]
    assert reading.findings == []


@pytest.mark.parametrize(
    ("by", "way"),
    [(20, "向前跳了 20 秒"), (3, "向前跳了 3 秒"), (40, "向前跳了 40 秒"), (-3, "向后跳了 3 秒")],
)
def test_clock_that_jumps_within_a_film_is_told_at_its_second(by: float, way: str) -> None:
    reading = told(walk(0, 1, 2, 3, 4, 5, 6, away=5, from_fourth=by))
    assert [(one.code, one.spans, one.measure) for one in reading.findings] == [
        ("clock_jumped", ((3.0, 4.0),), by)
    ]
    assert way in reading.findings[0].says


def test_clock_that_runs_evenly_has_not_jumped_also_where_fixes_are_missing_or_untimed() -> None:
    assert told(walk(0, 1, 2, 7, 8, from_fourth=1)).findings == []
    untimed = [(at, Fix(26.0, 119.0, 0.0, "")) for at in range(5)]
    reading = told([(float(at), fix) for at, fix in untimed])
    assert (reading.findings, reading.clocks, len(reading.route)) == ([], [], 5)


def test_one_fix_is_a_place_and_no_way_and_none_is_nothing() -> None:
    assert told(walk(0)).route == ()
    assert told([]).place is None


@pytest.mark.parametrize("count", [0, 1, 999, 1_000, 1_001, 43_200])
def test_no_more_is_read_than_a_map_can_show(count: int) -> None:
    samples = list(chosen(count))
    assert len(samples) == min(count, len(samples)) <= 1_000
    assert samples[:1] == ([0] if count else [])
    assert not count or samples[-1] >= count - 1 - count // 500
