"""What programs heard: spoken duties that may be there, kept beside the recording and judged by nobody; a live copy and the original it is of."""

import tempfile
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import av
import pytest
from tests.apps.steps import HOUR, last_line, planned, received, refused, with_times
from tests.cast import Cast, as_actor
from tests.engines.media.speaking import laid, write_said

from liuhen.apps.casework import actions as casework
from liuhen.apps.casework.facts import facts_of_activity
from liuhen.apps.devices.actions import enroll_station
from liuhen.apps.devices.models import Station
from liuhen.apps.evidence.live import RECONCILE, copies_counted_elsewhere, pairs_with, told_of
from liuhen.apps.evidence.models import Recognition, Recording
from liuhen.apps.evidence.speech import (
    RECOGNIZE,
    ask_to_recognize,
    hints_of,
    is_being_heard,
    newest_recognition,
)
from liuhen.apps.journal.models import Job
from liuhen.engines.media.synthetic import Clip, make_clip
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import NOBODY, OPERATOR, Actor
from liuhen.server.works import works


@cache
def told() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write_said(
            Path(folder) / "a.wav", " 天气不错 现在使用音像记录设备进行记录 天气 这是我的执法证 "
        ).read_bytes()


def test_duties_that_may_have_been_spoken_are_kept_as_hints_and_judge_nothing(
    cast: Cast, office: Office, noon: datetime
) -> None:
    by = as_actor(cast.li)
    row = received(
        cast,
        office,
        told(),
        at=noon,
        name="a.wav",
        officer_number=cast.li.number,
        device_serial=cast.camera.serial,
    )
    paper = received(cast, office, b"x", at=noon, name="b.txt", officer_number=cast.li.number)
    refused(lambda: ask_to_recognize(paper, by=by, at=noon), says="没有可以识别")
    works(office)["recording.inspect"](row.pk)
    row.refresh_from_db()
    refused(lambda: ask_to_recognize(row, by=as_actor(cast.sun), at=noon), says="没有办理此事的权限")
    ask_to_recognize(row, by=by, at=noon)
    assert (last_line().verb, is_being_heard(row.pk)) == ("speech.requested", True)
    refused(lambda: ask_to_recognize(row, by=by, at=noon), says="正在识别")
    works(office)[RECOGNIZE](row.pk)
    missing = newest_recognition(row.pk)
    assert missing is not None
    assert (missing.why, last_line().verb) == ("本机关没有装识别模型", "speech.failed")
    laid(office.home)
    Job.objects.filter(kind=RECOGNIZE).update(state=Job.State.DONE)
    ask_to_recognize(row, by=by, at=noon)
    works(office)[RECOGNIZE](row.pk)
    found = newest_recognition(row.pk)
    assert found is not None
    assert (found.why, found.model, len(found.sha256), last_line().verb) == (
        "",
        "听音",
        64,
        "speech.recognized",
    )
    assert [one.duty for one in hints_of(found)] == ["notice", "identity"]
    assert Recognition.objects.count() == 2


@cache
def filmed(*, with_sound: bool = True) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mp4"
        make_clip(
            path,
            Clip(
                datetime.fromisoformat("2026-11-16T04:00:00+00:00"),
                seconds=25,
                size=(160, 90),
                frames_per_second=5,
                event=(4, 0.0),
                with_sound=with_sound,
            ),
        )
        return path.read_bytes()


@cache
def sent_live(begins: float, ends: float) -> bytes:
    """What went over the air: the same scene coded again, smaller, from a second to another."""
    with tempfile.TemporaryDirectory() as folder:
        source, path = Path(folder) / "a.mp4", Path(folder) / "live.mkv"
        source.write_bytes(filmed())
        with av.open(str(source)) as whole, av.open(str(path), "w") as out:
            film = out.add_stream("mpeg4", rate=5)
            film.width, film.height, film.pix_fmt, film.bit_rate = 96, 54, "yuv420p", 60_000
            sound = out.add_stream("aac", rate=16_000, layout="mono")
            for frame in whole.decode(video=0, audio=0):
                if not begins <= frame.time < ends:
                    continue
                frame.pts -= round(begins / float(frame.time_base))
                stream = film if isinstance(frame, av.VideoFrame) else sound
                out.mux(stream.encode(frame.reformat(96, 54) if stream is film else frame))
            for stream in (film, sound):
                out.mux(stream.encode(None))
        return path.read_bytes()


@pytest.fixture
def dock(cast: Cast, noon: datetime) -> Station:
    enroll_station(by=OPERATOR, unit=cast.team, name="一号站", at=noon)
    return Station.objects.get()


def brought(
    cast: Cast,
    office: Office,
    content: bytes,
    start: datetime,
    seconds: float,
    *,
    dock: Station | None = None,
) -> Recording:
    """Received, looked into, and believed to have begun then."""
    by = Actor("station", NOBODY, "采集站") if dock else None
    row = received(
        cast,
        office,
        content,
        at=start + HOUR,
        by=by,
        device_serial=cast.camera.serial,
        officer_number=cast.li.number,
        name="x.mp4",
        station=dock,
    )
    works(office)["recording.inspect"](row.pk)
    row.refresh_from_db()
    row.started_at, row.ended_at = start, start + timedelta(seconds=seconds)
    row.save(update_fields=["started_at", "ended_at"])
    return row


def test_live_copy_is_laid_on_the_cards_original_and_counts_once(
    cast: Cast, office: Office, noon: datetime, dock: Station
) -> None:
    start = noon - HOUR
    copy = brought(cast, office, sent_live(4.0, 20.0), start + timedelta(seconds=70), 16)
    assert pairs_with(copy) == []
    original = brought(cast, office, filmed(), start, 25, dock=dock)
    assert pairs_with(original) == [(copy, original)]
    activity = planned(cast, cast.li, at=start)
    for row in (copy, original):
        casework.link_recording(activity, by=as_actor(cast.li), recording=row, reasons=[], at=noon)
    before = facts_of_activity(activity).recorded
    works(office)[RECONCILE](original.pk)
    assert last_line().verb == "recording.reconciled"
    (found,) = told_of(copy.pk)
    assert (found.recording_id, found.original_id, found.way) == (copy.pk, original.pk, "sound")
    assert (found.offset, found.covered, found.length) == pytest.approx((4.0, 16.0, 25.0), abs=0.2)
    assert copies_counted_elsewhere([copy.pk, original.pk]) == {copy.pk}
    assert copies_counted_elsewhere([copy.pk]) == frozenset()
    after = facts_of_activity(activity).recorded
    assert before is not None
    assert after is not None
    assert (len(before), len(after)) == (2, 1)
    assert pairs_with(copy) == []
    lines = last_line().number
    works(office)[RECONCILE](copy.pk)
    assert last_line().number == lines


def test_inspection_of_either_asks_for_the_other_and_what_is_not_alike_is_none(
    cast: Cast, office: Office, noon: datetime, dock: Station
) -> None:
    start = noon - HOUR
    brought(cast, office, filmed(with_sound=False), start, 25, dock=dock)
    other = brought(cast, office, told(), start, 12)
    other.form = Recording.Form.VIDEO
    other.save(update_fields=["form"])
    works(office)[RECONCILE](other.pk)
    assert told_of(other.pk) == []
    again = brought(cast, office, sent_live(0.0, 9.0), start, 9)
    with_times(again, start, start + timedelta(seconds=9))
    assert Job.objects.filter(kind=RECONCILE, subject=again.pk).exists()
