"""Clocks are read apart and never corrected; what cannot be true is said."""

from datetime import UTC, datetime, timedelta

import pytest

from liuhen.engines.media.clocks import from_1904, from_time_code, from_written, judge_clocks
from liuhen.engines.media.reading import Reading, plain_text
from liuhen.engines.media.report import ClockReading, Place

AT = datetime(2026, 5, 7, 1, 0, tzinfo=UTC)
FUZHOU = Place(26.07, 119.29, None, "exif")


def judged(
    *clocks: ClockReading | None, duration: float = 10.0, place: Place | None = None
) -> dict[str, str]:
    reading = Reading(duration=duration, clocks=[clock for clock in clocks if clock], place=place)
    judge_clocks(reading, at=AT)
    return {finding.code: finding.says for finding in reading.findings}


@pytest.mark.parametrize(
    ("raw", "moment", "local"),
    [
        ("2019-07-24T11:25:40+0300", datetime(2019, 7, 24, 8, 25, 40, tzinfo=UTC), ""),
        ("2024-02-03T07:05:38.000000Z", datetime(2024, 2, 3, 7, 5, 38, tzinfo=UTC), ""),
        ("2012:09:10 20:52:00", None, "2012-09-10T20:52:00"),
        ("MON SEP 10 20:52:00 2012", None, "2012-09-10T20:52:00"),
        ("2026/05/06 16:00:00", None, "2026-05-06T16:00:00"),
        ("20260506160000", None, "2026-05-06T16:00:00"),
        ("yesterday", None, ""),
        ("2026:13:45 99:00:00", None, ""),
    ],
)
def test_written_times_keep_their_text_and_get_their_meaning(
    raw: str, moment: datetime | None, local: str
) -> None:
    assert from_written(raw, "avi") == ClockReading("avi", raw, moment, local)


def test_zone_told_beside_makes_a_moment() -> None:
    clock = from_written("2020:05:04 18:39:11", "exif", zone="-04:00")
    assert clock is not None
    assert clock.moment == datetime(2020, 5, 4, 22, 39, 11, tzinfo=UTC)


def test_zone_that_is_none_leaves_the_time_local() -> None:
    clock = from_written("2020:05:04 18:39:11", "exif", zone="nowhere")
    assert clock == ClockReading("exif", "2020:05:04 18:39:11", local="2020-05-04T18:39:11")


def test_empty_and_zero_times_are_no_reading() -> None:
    assert from_written(b" \0", "avi") is None
    assert from_1904(0, "container") is None
    assert from_1904(1 << 40, "container") is None


def test_chinese_bytes_are_text_in_either_coding() -> None:
    assert plain_text("执法".encode("gb18030")) == "执法"
    assert plain_text("执法\0\x1b") == "执法"
    assert plain_text(b"\xff\xfe\xff") == "\\xff\\xfe\\xff"


@pytest.mark.parametrize(
    ("frames", "rate", "drop", "raw"),
    [
        (2_100_244, 30, False, "19:26:48:04"),
        (17_982, 30, True, "00:10:00:00"),
        (1_800, 30, True, "00:01:00:02"),
        (25 * 3_600, 25, False, "01:00:00:00"),
    ],
)
def test_time_codes_are_told_as_the_camera_counts(frames: int, rate: int, drop: bool, raw: str) -> None:
    clock = from_time_code(frames, rate, drop=drop)
    assert clock is not None
    assert clock.raw == raw


def test_time_code_without_rate_is_no_reading() -> None:
    assert from_time_code(1, 0, drop=False) is None


@pytest.mark.parametrize(
    ("raw", "part"),
    [
        ("2008-08-08T08:08:08Z", "人工设定"),
        ("2010-01-01T00:03:00Z", "出厂时间"),
        ("1980-03-04T05:06:07Z", "年代"),
        ("2026-05-08T01:00:00Z", "比检查时刻还晚 1 天"),
    ],
)
def test_times_that_cannot_be_true_are_suspicious(raw: str, part: str) -> None:
    assert part in judged(from_written(raw, "container"))["clock_suspicious"]
    assert judged(from_written("2026-05-06T08:00:00Z", "container")) == {}


def test_local_time_is_future_only_beyond_every_zone() -> None:
    assert judged(from_written("2026-05-07 13:00:00", "avi")) == {}
    assert "clock_suspicious" in judged(from_written("2026-05-08 13:00:00", "avi"))


def test_the_same_suspicious_time_is_told_once() -> None:
    reading = Reading(clocks=[from_written("2008-08-08T08:08:08Z", name) for name in ("container", "stream")])  # type: ignore[misc]
    judge_clocks(reading, at=AT)
    assert len(reading.findings) == 1


def test_camera_a_day_behind_the_satellite_disagrees() -> None:
    gps = from_written("2026-05-06 08:00:00", "exif.gps", zone="+00:00")
    assert judged(from_written("2026:05:06 16:00:20", "exif"), gps, place=FUZHOU) == {}
    told = judged(from_written("2026:05:05 16:01:00", "exif"), gps, place=FUZHOU)
    assert "慢" in told["clock_disagrees"]
    assert "约 1 天" in told["clock_disagrees"]


def test_camera_some_minutes_fast_is_told_without_days() -> None:
    gps = from_written("2026-05-06 08:00:00", "exif.gps", zone="+00:00")
    told = judged(from_written("2026:05:06 16:07:00", "exif"), gps)
    assert "快 7 分" in told["clock_disagrees"]
    assert "天" not in told["clock_disagrees"]


def test_abroad_the_zone_is_uncertain() -> None:
    gps = from_written("2026-05-06 08:00:00", "exif.gps", zone="+00:00")
    rome = Place(43.4, 11.9, None, "exif")
    assert judged(from_written("2026:05:06 10:00:00", "exif"), gps, place=rome) == {}
    assert "clock_disagrees" in judged(from_written("2026:05:05 10:00:00", "exif"), gps, place=rome)


def test_local_time_marked_as_world_time_is_a_doubtful_zone() -> None:
    gps = from_written("2026-05-06T08:00:00Z", "gpmf.gps")
    told = judged(from_written("2026-05-06T16:00:05Z", "container"), gps, place=FUZHOU)
    assert set(told) == {"clock_zone_doubtful"}
    told = judged(
        from_written("2026-05-06T16:00:05Z", "container"), from_written("2026-05-06T08:00:00Z", "apple")
    )
    assert set(told) == {"clock_zone_doubtful"}


def test_container_and_phone_may_differ_by_the_length_of_the_film_only() -> None:
    apple = from_written("2019-07-24T11:25:40+0300", "apple")
    assert judged(from_written("2019-07-24T08:25:57Z", "container"), apple) == {}
    assert "clock_disagrees" in judged(from_written("2019-07-24T08:35:57Z", "container"), apple)


def test_time_code_disagrees_beyond_whole_quarter_hours() -> None:
    container = from_written("2017-04-17T19:27:57Z", "container")
    assert (
        "相差 69 秒"
        in judged(ClockReading("timecode", "19:26:48:04", local="19:26:48"), container)["clock_disagrees"]
    )
    assert judged(ClockReading("timecode", "03:27:57:00", local="03:27:57"), container) == {}
    assert judged(ClockReading("timecode", "00:00:10:00", local="00:00:10"), container) == {}
    assert judged(ClockReading("timecode", "19:26:48:04", local="19:26:48")) == {}


def test_satellite_time_without_meaning_judges_nothing() -> None:
    assert judged(ClockReading("exif.gps", "?"), from_written("2026:05:05 16:01:00", "exif")) == {}
    late = AT + timedelta(days=1)
    assert "clock_suspicious" in judged(ClockReading("exif.gps", "x", late))
