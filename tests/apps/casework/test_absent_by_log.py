"""应有未有 by the recorder's own log: recorded and nothing came, switched off while declared, a fault the log knows nothing of."""

from datetime import datetime, timedelta

from tests.apps.steps import HOUR, handed_out, planned, received, with_times
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions as casework
from liuhen.apps.casework.absence import Absence
from liuhen.apps.casework.completeness import absences, explain_absence, notes_of
from liuhen.apps.casework.models import Activity
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import BEIJING
from liuhen.kernel.spans import Span
from liuhen.server.media_works import inspect_recording

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def found(cast: Cast, noon: datetime, *, at: timedelta = 3 * DAY) -> list[Absence]:
    """What 张 is told of the days around noon, by logs alone."""
    told = absences(as_actor(cast.zhang), within=Span(noon - 3 * DAY, noon + 3 * DAY), at=noon + at)
    return [one for one in told if one.cause in ("logged", "switched_off", "contradicted")]


def logged(cast: Cast, office: Office, noon: datetime, *lines: tuple[float, str, str]) -> Recording:
    """The camera's log, docked four hours after noon: (minutes after noon, event, file)."""
    text = "\n".join(
        f"{(noon + minute * MINUTE).astimezone(BEIJING):%Y-%m-%d %H:%M:%S},{code},{file}".rstrip(",")
        for minute, code, file in lines
    )
    row = received(
        cast, office, text.encode(), at=noon + 4 * HOUR, name="a.log", device_serial=cast.camera.serial
    )
    inspect_recording(office, row.pk)
    return row


def came(cast: Cast, office: Office, noon: datetime, begin: float, end: float, name: str = "a.mp4") -> None:
    row = received(
        cast, office, f"{begin}".encode(), at=noon + 4 * HOUR, name=name, device_serial=cast.camera.serial
    )
    with_times(row, noon + begin * MINUTE, noon + end * MINUTE)


def on_duty(cast: Cast, noon: datetime, *, cause: str | None = None, until: float = 40) -> Activity:
    """李 declares the camera for an hour's check; from the tenth minute on it is interrupted where `cause` says so."""
    by = as_actor(cast.li)
    handed_out(cast, cast.li, at=noon)
    activity = planned(cast, cast.li, at=noon)
    casework.declare_recording(activity, by=by, device=cast.camera, officer=cast.li, at=noon)
    casework.note_activity(activity, by=by, at=noon + HOUR, arrived_at=noon, ended_at=noon + HOUR)
    if cause:
        span = Span(noon + 10 * MINUTE, noon + until * MINUTE)
        casework.enter_interruption(activity, by=by, span=span, cause=cause, at=noon + HOUR, law=cast.law)
    return activity


# ── 日志记有摄录 ────────────────────────────────────────────


def test_log_says_it_recorded_and_nothing_came(cast: Cast, office: Office, noon: datetime) -> None:
    row = logged(cast, office, noon, (0, "2", ""), (12, "4", "B.MP4"), (40, "7", ""), (60, "1", ""))
    [one] = found(cast, noon)
    assert one.cause == "logged" and one.since == noon + 12 * MINUTE
    assert "20:12" not in one.why and "12:12" in one.why and "12:40" in one.why and "B.MP4" in one.what
    assert one.to == f"/recordings/{row.pk}" and one.about == cast.camera.number and one.do


def test_recording_of_that_time_answers_for_the_log(cast: Cast, office: Office, noon: datetime) -> None:
    came(cast, office, noon, 12.5, 39.5)
    logged(cast, office, noon, (12, "4", ""), (40, "7", ""))
    assert found(cast, noon) == []


def test_part_of_it_that_did_not_come_is_told_by_its_length(
    cast: Cast, office: Office, noon: datetime
) -> None:
    came(cast, office, noon, 12, 20)
    logged(cast, office, noon, (12, "4", ""), (40, "7", ""))
    assert "其中 19 分" in found(cast, noon)[0].why


def test_file_the_log_names_is_there_under_whatever_time(cast: Cast, office: Office, noon: datetime) -> None:
    came(cast, office, noon, 200, 220, name="B.MP4")
    logged(cast, office, noon, (12, "4", "DCIM\\b.mp4"), (40, "7", ""))
    assert found(cast, noon) == []


def test_recording_cut_off_without_a_stop_and_a_photo_are_looked_for_too(
    cast: Cast, office: Office, noon: datetime
) -> None:
    logged(cast, office, noon, (12, "4", ""), (50, "3", "p.jpg"))
    assert {one.what.rpartition("的")[2] for one in found(cast, noon)} == {"录像或录音", "照片（p.jpg）"}
    came(cast, office, noon, 11, 30)
    came(cast, office, noon, 50, 50)
    assert found(cast, noon) == []


def test_log_that_has_just_come_promises_nothing_yet(cast: Cast, office: Office, noon: datetime) -> None:
    logged(cast, office, noon, (12, "4", ""), (40, "7", ""))
    assert found(cast, noon, at=5 * HOUR) == []
    assert len(found(cast, noon, at=7 * HOUR)) == 1


# ── 日志与活动 ──────────────────────────────────────────────


def test_device_switched_off_while_declared_is_told_with_from_when_till_when(
    cast: Cast, office: Office, noon: datetime
) -> None:
    activity = on_duty(cast, noon)
    logged(cast, office, noon, (-30, "2", ""), (20, "1", ""), (45, "2", ""))
    [one] = found(cast, noon)
    assert one.cause == "switched_off" and "25 分" in one.what and "12:20" in one.why and "12:45" in one.why
    assert one.to == f"/activities/{activity.pk}"


def test_device_that_was_never_switched_on_again_is_told_up_to_the_activitys_end(
    cast: Cast, office: Office, noon: datetime
) -> None:
    on_duty(cast, noon)
    logged(cast, office, noon, (-30, "2", ""), (20, "1", ""))
    assert "40 分" in found(cast, noon)[0].what and "没有再开机" in found(cast, noon)[0].why


def test_switching_off_with_an_interruption_or_after_the_end_is_nothing(
    cast: Cast, office: Office, noon: datetime
) -> None:
    on_duty(cast, noon, cause="other_objective", until=46)
    logged(cast, office, noon, (10, "1", ""), (45, "2", ""), (61, "1", ""))
    assert found(cast, noon) == []


def test_fault_during_which_the_log_shows_it_recording_is_contradicted(
    cast: Cast, office: Office, noon: datetime
) -> None:
    on_duty(cast, noon, cause="device_fault")
    came(cast, office, noon, 5, 30)
    logged(cast, office, noon, (5, "4", ""), (30, "7", ""))
    [one] = found(cast, noon)
    assert one.cause == "contradicted" and "设备故障" in one.why and "12:11" in one.why and "12:30" in one.why
    note = explain_absence(
        one, by=as_actor(cast.zhang), outcome="explained", reason="麦克风故障，画面仍在", at=noon + 3 * DAY
    )
    assert notes_of([one.id])[one.id] == note


def test_fault_of_which_the_log_says_nothing_stays_uncontradicted(
    cast: Cast, office: Office, noon: datetime
) -> None:
    on_duty(cast, noon, cause="device_fault")
    came(cast, office, noon, 5, 10)
    logged(cast, office, noon, (5, "4", ""), (10, "7", ""))
    assert found(cast, noon) == []
