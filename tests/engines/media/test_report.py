"""The report's one JSON form, and its distrust."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from liuhen.engines.media import Inspection
from liuhen.engines.media.findings import Finding
from liuhen.engines.media.report import ClockReading, Place, Track
from liuhen.kernel.canonical import canonical
from liuhen.kernel.errors import Malformed

MOMENT = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)
REPORT = Inspection(
    size=12,
    inspected_at=MOMENT,
    sandbox="bubblewrap",
    complete=True,
    kind="video",
    format="mp4",
    duration=4.5,
    header_duration=None,
    tracks=(Track("video", "h264", "avc1", 640, 360, 25.0, rotation=90, duration=4.5),),
    clocks=(ClockReading("container", "2026-05-06T08:00:00Z", MOMENT), ClockReading("avi", "x", local="y")),
    place=Place(26.07, 119.29, None, "udta"),
    device="某型记录仪",
    findings=(Finding("black", "有 1 处黑屏。", ((0.0, 2.5), (3.0, 4.0)), 3.5, "medium"),),
)


def test_report_survives_json_and_has_canonical_bytes() -> None:
    plain = REPORT.to_json()
    assert Inspection.from_json(json.loads(json.dumps(plain))) == REPORT
    assert canonical(plain) == canonical(Inspection.from_json(plain).to_json())


def test_findings_and_tracks_are_found_by_name() -> None:
    found = REPORT.found("black")
    assert found is not None
    assert found.title == "黑屏"
    assert REPORT.found("silent") is None
    assert REPORT.tracks_of("video") == REPORT.tracks
    assert REPORT.tracks_of("audio") == ()


def test_whole_numbers_are_taken_for_seconds() -> None:
    plain = REPORT.to_json() | {"duration": 4}
    assert Inspection.from_json(plain).duration == 4.0


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"size": "12"},
        {"size": True},
        {"duration": float("nan")},
        {"duration": 1e300},
        {"duration": False},
        {"inspected_at": 7},
        {"inspected_at": "2026-05-06T08:00:00"},
        {"sandbox": "none at all"},
        {"device": "x" * 3_000},
        {"tracks": {}},
        {"tracks": [None]},
        {"tracks": [{"kind": "video"}]},
        {"clocks": [{}] * 3_000},
        {"findings": [{"code": "black", "says": "", "spans": [[0]], "measure": None, "confidence": "high"}]},
        {"findings": [{"code": "boo", "says": "", "spans": [], "measure": None, "confidence": "high"}]},
        {"more": 1},
    ],
    ids=str,
)
def test_changed_report_is_malformed(change: dict[str, Any]) -> None:
    assert Inspection.from_json(REPORT.to_json()) == REPORT  # the same form, unchanged, is read
    with pytest.raises(Malformed):
        Inspection.from_json(REPORT.to_json() | change)


@pytest.mark.parametrize("value", [None, [], "report", 7])
def test_other_values_are_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        Inspection.from_json(value)


def test_reports_differ_where_a_fact_differs() -> None:
    assert replace(REPORT, size=13).to_json() != REPORT.to_json()
