"""Which clock is believed: satellite before name before container, the file system's never; a measured error comes off."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.apps.steps import received
from tests.cast import Cast

from liuhen.apps.evidence.clocks import believed, end_of, readings_of
from liuhen.apps.evidence.models import Recording
from liuhen.engines.media import Inspection
from liuhen.engines.media.findings import Finding
from liuhen.engines.media.report import ClockReading
from liuhen.interfaces.office import Office

TRUE = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NAME = "DCAM_7000001_010001_20261116_120100.mp4"  # one minute ahead
GPS = ClockReading("gpmf.gps", "2026-11-16T04:00:00Z", TRUE)
HEADER = ClockReading("mp4.mvhd", "…", TRUE + 2 * MINUTE)
LOCAL = ClockReading("exif.original", "2026:11:16 12:03:00", None, "2026-11-16T12:03:00")
TIMECODE = ClockReading("tmcd", "12:00:00:00", None, "12:00:00")


def looked_at(*clocks: ClockReading, doubtful: bool = False, duration: float | None = 30.0) -> Inspection:
    findings = (Finding("clock_suspicious", "设备时钟可疑"),) if doubtful else ()
    return Inspection(
        size=4, inspected_at=TRUE, sandbox="none", complete=True, kind="video", format="mp4", duration=duration,
        header_duration=duration, tracks=(), clocks=clocks, place=None, device="", findings=findings,
    )  # fmt: skip


@pytest.fixture
def recording(cast: Cast, office: Office) -> Recording:
    return received(cast, office, at=TRUE, name=NAME, file_time=TRUE + 4 * MINUTE)


def test_clocks_stand_in_the_order_of_belief_and_none_is_dropped(recording: Recording) -> None:
    found = readings_of(recording, looked_at(TIMECODE, LOCAL, HEADER, GPS))
    assert [r.source for r in found] == ["gpmf.gps", "name", "exif.original", "mp4.mvhd", "tmcd", "file"]
    minutes = [None if r.moment is None else (r.moment - TRUE) / MINUTE for r in found]
    assert minutes == [0, 1, 3, 2, None, 3.5]  # the file's time is its end: thirty seconds come off
    assert all(reading.why for reading in found)


@pytest.mark.parametrize(
    ("clocks", "doubtful", "source"),
    [
        ([HEADER, GPS], False, "gpmf.gps"),
        ([HEADER, GPS], True, "gpmf.gps"),
        ([HEADER], False, "name"),
        ([HEADER], True, "name"),
        ([TIMECODE], False, "name"),
    ],
)
def test_best_clock_that_is_not_doubtful_is_believed(
    recording: Recording, clocks: list[ClockReading], doubtful: bool, source: str
) -> None:
    found = believed(recording, looked_at(*clocks, doubtful=doubtful))
    assert found is not None
    assert found.source == source


@pytest.mark.parametrize(("doubtful", "source"), [(False, "mp4.mvhd"), (True, None)])
def test_doubtful_container_clock_is_worth_nothing(
    cast: Cast, office: Office, doubtful: bool, source: str | None
) -> None:
    recording = received(cast, office, at=TRUE, name="a.mp4", file_time=TRUE)
    found = believed(recording, looked_at(HEADER, doubtful=doubtful))
    assert (found.source if found else None) == source


def test_time_of_the_file_system_is_shown_and_never_believed(cast: Cast, office: Office) -> None:
    recording = received(cast, office, at=TRUE, name="a.mp4", file_time=TRUE)
    assert [r.source for r in readings_of(recording, None)] == ["file"]
    assert believed(recording, looked_at()) is None


def test_measured_error_comes_off_the_devices_clocks_and_not_off_the_satellites(
    cast: Cast, office: Office
) -> None:
    recording = received(cast, office, at=TRUE, name=NAME, file_time=TRUE + 4 * MINUTE, clock_error=60.0)
    moments = {r.source: r.moment for r in readings_of(recording, looked_at(HEADER, LOCAL, GPS))}
    assert moments == {
        "gpmf.gps": TRUE, "name": TRUE, "mp4.mvhd": TRUE + MINUTE, "exif.original": TRUE + 2 * MINUTE,
        "file": TRUE + 2.5 * MINUTE,
    }  # fmt: skip


def test_end_is_known_where_the_length_is() -> None:
    assert end_of(TRUE, 90.5) == TRUE + timedelta(seconds=90.5)
    assert end_of(TRUE, None) is None
