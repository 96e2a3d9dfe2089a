"""A recorder's log: read once, kept with its file, never told twice, and no obstacle where nobody can read it."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.apps.steps import last_line, received
from tests.cast import Cast, as_actor

from liuhen.apps.evidence.device_logs import told_by_logs, unread_logs
from liuhen.apps.evidence.models import DeviceEvent, DeviceLog, Recording
from liuhen.apps.oversight.models import Finding
from liuhen.interfaces.office import Office
from liuhen.kernel.errors import Malformed
from liuhen.kernel.spans import Span
from liuhen.server.media_works import inspect_recording, log_forms, read_waiting_logs
from liuhen.server.works import judge

DAY = b"2026-05-06 08:50:00,2\n2026-05-06 09:12:00,4,A.MP4\n2026-05-06 09:40:00,7\n2026-05-06 10:00:00,1\n"
NEXT = DAY + b"2026-05-07 08:50:00,2\n"
STRANGE = b"ON;06.05.2026 09:12\nOFF;06.05.2026 10:12\n"
OWN = """
[[form]]
id = "own"
example = "ON;06.05.2026 09:12"
says = "事件；日期"
expression = '(?P<event>[A-Z]+);(?P<time>[0-9.]+ [0-9:]+)'
time_format = "%d.%m.%Y %H:%M"
events = { power_on = ["ON"], power_off = ["OFF"] }
"""


def brought(cast: Cast, office: Office, content: bytes, noon: datetime, **more: object) -> Recording:
    """A log from 李's camera, looked at as every file is."""
    told = {"device_serial": cast.camera.serial, "name": "20260506.log"} | more
    row = received(cast, office, content, at=noon, **told)  # type: ignore[arg-type]
    inspect_recording(office, row.pk)
    return Recording.objects.get(pk=row.pk)


def test_log_is_kept_as_it_came_and_read_line_by_line_with_its_file_as_the_source(
    cast: Cast, office: Office, noon: datetime
) -> None:
    row = brought(cast, office, DAY, noon)
    log = DeviceLog.objects.get(recording=row)
    assert (log.form, log.count, log.unread, row.form) == ("time-code-file", 4, 0, "log")
    events = list(DeviceEvent.objects.order_by("line"))
    assert [(event.what, event.device_id) for event in events] == [
        (what, cast.camera.pk) for what in ("power_on", "video_start", "video_stop", "power_off")
    ]
    assert events[1].told_at == datetime(2026, 5, 6, 1, 12, tzinfo=UTC) and events[1].file == "A.MP4"
    assert office.vault.path(row.digest).read_bytes() == DAY
    assert last_line().verb == "recording.inspected"


def test_error_that_the_station_measured_is_taken_off_and_both_times_stay(
    cast: Cast, office: Office, noon: datetime
) -> None:
    brought(cast, office, DAY, noon, clock_error=90.0)
    event = DeviceEvent.objects.get(what="video_start")
    assert event.told_at - event.moment == timedelta(seconds=90)


def test_log_that_goes_on_from_yesterdays_adds_only_what_is_new(
    cast: Cast, office: Office, noon: datetime
) -> None:
    brought(cast, office, DAY, noon)
    second = brought(cast, office, NEXT, noon)
    assert DeviceLog.objects.get(recording=second).count == 5
    assert DeviceEvent.objects.filter(log__recording=second).count() == 1
    inspect_recording(office, second.pk)
    assert DeviceLog.objects.filter(recording=second).count() == 1
    assert DeviceEvent.objects.count() == 5


def test_log_of_no_known_form_is_kept_unread_until_the_office_adds_its_form(
    cast: Cast, office: Office, noon: datetime
) -> None:
    row = brought(cast, office, STRANGE, noon, name="LOG.TXT")
    assert (row.form, DeviceLog.objects.get().form) == ("unknown", "")
    assert unread_logs(Recording.objects.all()) == [row]
    (office.home / "device-logs.toml").write_text("x")
    with pytest.raises(Malformed, match="device-logs"):
        read_waiting_logs(office)
    (office.home / "device-logs.toml").write_text(OWN)
    assert read_waiting_logs(office) == (1, 0)
    row.refresh_from_db()
    assert (row.form, DeviceEvent.objects.count()) == ("log", 2)
    assert unread_logs(Recording.objects.all()) == []


@pytest.mark.parametrize("content", [b"[[form]]\nid=1", b"\xff\xfe\x00"])
def test_mistake_in_the_offices_own_forms_stops_no_intake(
    office: Office, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    Path(office.home / "device-logs.toml").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert log_forms(office)
    assert "device-logs.toml" in caplog.text


def test_device_told_by_a_line_counts_before_the_one_told_of_the_file(
    cast: Cast, office: Office, noon: datetime
) -> None:
    serial = cast.spare.serial
    brought(
        cast,
        office,
        f"20260506091200 4 {serial} 010001 a.MP4\n20260506094000 7 9999999 010001".encode(),
        noon,
    )
    told = [(event.device_id, event.device_serial) for event in DeviceEvent.objects.order_by("line")]
    assert told == [(cast.spare.pk, serial), (None, "9999999")]


def test_no_duty_is_judged_on_a_log(cast: Cast, office: Office, noon: datetime) -> None:
    row = received(cast, office, DAY, at=noon, name="a.log", device_serial=cast.camera.serial)
    judge(office, "recording", row.pk)
    assert Finding.objects.filter(subject=row.pk).exists()
    inspect_recording(office, row.pk)
    judge(office, "recording", row.pk)
    assert not Finding.objects.filter(subject=row.pk, verdict__in=("不符合", "无法判定", "未到期")).exists()


def test_what_a_log_says_is_told_to_those_who_may_know_of_the_log_alone(
    cast: Cast, office: Office, noon: datetime
) -> None:
    brought(cast, office, DAY, noon)
    moment = datetime(2026, 5, 6, 4, tzinfo=UTC)
    window, later = Span(moment - timedelta(days=1), moment + timedelta(days=1)), noon + timedelta(days=1)
    told = told_by_logs(as_actor(cast.zhang), within=window, at=later, received_before=later)
    assert [(one.kind, one.file) for one in told] == [("recorded", "A.MP4"), ("off", "")]
    assert told_by_logs(as_actor(cast.sun), within=window, at=later, received_before=later) == []
