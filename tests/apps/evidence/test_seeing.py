"""Seeing several recordings of one event: laid on each other by what was heard, key content marked to the second."""

import tempfile
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from tests.apps.steps import HOUR, last_line, planned, received, refused, verbs
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions as casework
from liuhen.apps.casework.aligning import ALIGN, ask_to_align
from liuhen.apps.casework.models import Activity
from liuhen.apps.evidence.aligning import alignments_among
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.segments import mark_segment, segment, segments_of, withdraw_segment
from liuhen.apps.journal.models import Job
from liuhen.engines.media.synthetic import Clip, make_clip
from liuhen.interfaces.api.pages_seeing import place_in, segments_written, shifts_of
from liuhen.interfaces.office import Office
from liuhen.kernel.errors import Malformed
from liuhen.server.works import works


@cache
def heard(begin: float, *, with_sound: bool = True) -> bytes:
    """Twenty-five seconds of one event, from its second `begin` on, as one camera of several had it."""
    with tempfile.TemporaryDirectory() as folder:
        path, start = Path(folder) / "a.mp4", datetime.fromisoformat("2026-11-16T04:00:00+00:00")
        plan = Clip(
            start,
            seconds=25,
            size=(160, 90),
            frames_per_second=2,
            event=(3, begin),
            seed=int(begin) + 1,
            with_sound=with_sound,
        )
        make_clip(path, plan)
        return path.read_bytes()


def filmed(cast: Cast, office: Office, activity: Activity, content: bytes, start: datetime) -> Recording:
    """Received, looked into, linked; its camera's clock said `start`."""
    row = received(cast, office, content, at=start + HOUR)
    works(office)["recording.inspect"](row.pk)
    row.refresh_from_db()
    row.started_at, row.ended_at = start, start + timedelta(seconds=25)
    row.save(update_fields=["started_at", "ended_at"])
    casework.link_recording(activity, by=as_actor(cast.li), recording=row, reasons=[], at=start + HOUR)
    return row


@pytest.fixture
def activity(cast: Cast, noon: datetime) -> Activity:
    return planned(cast, cast.li, at=noon)


def test_cameras_whose_clocks_differ_are_laid_on_each_other_by_what_both_heard(
    cast: Cast, office: Office, activity: Activity, noon: datetime
) -> None:
    by = as_actor(cast.li)
    first = filmed(cast, office, activity, heard(0.0), noon)
    refused(lambda: ask_to_align(activity, by=by, at=noon), says="没有可以对齐的")
    # The second began 4.1 seconds later, but its clock is 7.4 seconds slow; the third has no sound.
    second = filmed(cast, office, activity, heard(4.1), noon + timedelta(seconds=4.1 - 7.4))
    third = filmed(cast, office, activity, heard(1.0, with_sound=False), noon + timedelta(seconds=1))
    refused(lambda: ask_to_align(activity, by=as_actor(cast.sun), at=noon), says="没有办理此事的权限")
    ask_to_align(activity, by=by, at=noon)
    assert last_line().verb == "activity.alignment-requested"
    assert Job.objects.filter(kind=ALIGN, subject=activity.pk).exists()
    works(office)[ALIGN](activity.pk)
    assert verbs(1) == ["recording.aligned"]
    found = alignments_among([first.pk, second.pk, third.pk])
    rows = {row.pk: row for row in (first, second, third)}
    ground = rows[next(iter(found.values())).ground_id]
    assert {row.way for row in found.values()} == {"sound", "clock"}
    shifts = shifts_of(list(rows.values()))
    moved = {key: rows[key].started_at + timedelta(seconds=shifts.get(str(key), (0, 0))[0]) for key in rows}
    assert (moved[second.pk] - moved[first.pk]).total_seconds() == pytest.approx(4.1, abs=0.04)
    assert ground.pk in (first.pk, second.pk)
    for row in rows.values():  # Nothing that the law counts by has moved.
        before = row.started_at
        row.refresh_from_db()
        assert row.started_at == before


def test_alone_or_unseen_recordings_are_not_aligned(
    cast: Cast, office: Office, activity: Activity, noon: datetime
) -> None:
    filmed(cast, office, activity, heard(0.0), noon)
    before = last_line().number
    works(office)[ALIGN](activity.pk)
    assert last_line().number == before
    assert alignments_among([]) == {}


def test_key_content_is_marked_to_the_second_printed_and_taken_back_with_a_reason(
    cast: Cast, office: Office, activity: Activity, noon: datetime
) -> None:
    by, row = as_actor(cast.li), filmed(cast, office, activity, heard(0.0), noon)
    refused(
        lambda: mark_segment(row, by=as_actor(cast.sun), begins=1, ends=2, says="x", at=noon),
        says="没有办理此事的权限",
    )
    refused(lambda: mark_segment(row, by=by, begins=1, ends=2, says=" ", at=noon), says="什么内容")
    for begins, ends in ((2.0, 2.0), (-1.0, 3.0), (3.0, 40.0)):
        refused(
            lambda b=begins, e=ends: mark_segment(row, by=by, begins=b, ends=e, says="x", at=noon),
            says="不在音像之内",
            kind=Malformed,
        )  # type: ignore[misc]
    late = mark_segment(row, by=as_actor(cast.chen), begins=20.25, ends=25.4, says="告知救济途径", at=noon)
    early = mark_segment(row, by=by, begins=2.5, ends=9, says="出示证件", at=noon)
    assert last_line().verb == "segment.marked"
    assert late.ends == 25.0
    assert [one.pk for one in segments_of([row.pk])] == [early.pk, late.pk]
    written = segments_written(activity, reader=by, at=noon)
    assert written.splitlines()[0] == f"{row.number}\t0:00:02.5\t0:00:09.0\t出示证件"
    found = segment(early.pk)
    assert found is not None
    refused(lambda: withdraw_segment(found, by=by, why=" ", at=noon), says="写明理由")
    withdraw_segment(found, by=by, why="起止标错", at=noon)
    assert last_line().verb == "segment.withdrawn"
    refused(lambda: withdraw_segment(found, by=by, why="再撤", at=noon), says="已经撤回")
    assert [one.pk for one in segments_of([row.pk])] == [late.pk]
    assert place_in(3723.46) == "1:02:03.5"


def test_recording_of_unknown_length_takes_any_seconds(cast: Cast, office: Office, noon: datetime) -> None:
    row = received(cast, office, at=noon)
    assert mark_segment(row, by=as_actor(cast.li), begins=100, ends=200, says="x", at=noon).ends == 200
