"""An interruption is filed for a gap that the media show, and for no other minute."""

from datetime import datetime
from typing import Any

import pytest
from tests.apps.casework.test_activities import MINUTE, judged_next, link, under_way
from tests.apps.steps import HOUR, last_line, received, refused, with_times
from tests.cast import Cast, as_actor, assemble

from liuhen.apps.casework.facts import facts_of_activity
from liuhen.apps.casework.interrupting import (
    Filing,
    Gap,
    complete_interruption,
    file_interruption,
    gap_of,
    gaps_of,
    voice_of,
    voices_of,
)
from liuhen.apps.casework.models import Activity, Interruption
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.models import Inspection, KeySegment, Recording
from liuhen.apps.evidence.segments import mark_segment, withdraw_segment
from liuhen.engines.rules import timeline
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.errors import Malformed
from liuhen.kernel.spans import Span

AFTER = 2 * HOUR


def filmed(cast: Cast, office: Office, activity: Activity, noon: datetime, *minutes: tuple[int, int]) -> list[Recording]:  # fmt: skip
    """One recording from minute to minute after noon, each linked to the activity."""
    made = []
    for first, last in minutes:
        row = received(cast, office, f"{first}".encode(), at=noon + AFTER, device_serial=cast.camera.serial)
        with_times(row, noon + first * MINUTE, noon + last * MINUTE)
        link(activity, cast, row, noon + AFTER)
        made.append(row)
    return made


def gaps(cast: Cast, activity: Activity, noon: datetime) -> list[Gap]:
    return gaps_of(activity, law=cast.law, at=noon + AFTER)


def filed(cast: Cast, activity: Activity, noon: datetime, gap: str, **told: Any) -> Interruption:
    filing = Filing(**{"cause": "device_fault", "resumed": True} | told)
    return file_interruption(
        activity, by=as_actor(cast.li), gap=gap, told=filing, law=cast.law, at=noon + AFTER
    )


def marked(cast: Cast, recording: Recording, second: float, noon: datetime) -> KeySegment:
    return mark_segment(
        recording, by=as_actor(cast.li), begins=second, ends=second + 5, says="说明中断原因", at=noon + AFTER
    )


def missing(cast: Cast, activity: Activity, noon: datetime) -> tuple[Span, ...]:
    return timeline(cast.law, activity=facts_of_activity(activity), now=noon + AFTER).missing


def test_gap_between_two_recordings_names_the_seconds_it_broke_off_and_went_on(
    cast: Cast, office: Office, noon: datetime
) -> None:
    activity = under_way(cast, noon, flags=["liberty"])
    first, second = filmed(cast, office, activity, noon, (0, 20), (30, 60))
    (gap,) = gaps(cast, activity, noon)
    stop = filed(cast, activity, noon, gap.key)
    assert (stop.start, stop.end) == (noon + 20 * MINUTE, noon + 30 * MINUTE)
    assert (last_line().verb, judged_next(activity)) == ("interruption.filed", True)
    bound = gap_of(stop)
    assert bound is not None
    assert (bound.found, bound.broke_off, bound.went_on) == ("between", first, second)
    assert (bound.broke_off_second, bound.went_on_second) == (1200.0, 0.0)
    assert gaps(cast, activity, noon) == []


def test_no_other_minute_is_filed_and_none_twice(cast: Cast, office: Office, noon: datetime) -> None:
    activity = under_way(cast, noon, flags=["liberty"])
    filmed(cast, office, activity, noon, (0, 20), (30, 60))
    (gap,) = gaps(cast, activity, noon)
    for first, last in ((19, 30), (20, 31), (20, 29), (0, 60), (5, 10)):
        key = f"{(noon + first * MINUTE).isoformat()}/{(noon + last * MINUTE).isoformat()}"
        refused(lambda k=key: filed(cast, activity, noon, k), says="不是缺口")
    assert Interruption.objects.count() == 0
    filed(cast, activity, noon, gap.key)
    refused(lambda: filed(cast, activity, noon, gap.key), says="已经登记")


@pytest.mark.parametrize(
    ("minutes", "found", "edges"),
    [
        ([(30, 60)], "before", (None, 0.0)),
        ([(0, 30)], "after", (1800.0, None)),
        ([], "nothing", (None, None)),
    ],
)
def test_gap_at_an_end_has_one_second_and_one_without_media_has_none(
    cast: Cast, office: Office, noon: datetime, minutes: list[tuple[int, int]], found: str, edges: tuple[float | None, ...]
) -> None:  # fmt: skip
    activity = under_way(cast, noon, flags=["liberty"])
    filmed(cast, office, activity, noon, *minutes)
    (gap,) = gaps(cast, activity, noon)
    assert (gap.found, tuple(e.second if e else None for e in (gap.broke_off, gap.went_on))) == (found, edges)
    if gap.went_on is None:
        refused(lambda: filed(cast, activity, noon, gap.key), says="之后没有音像")
        assert filed(cast, activity, noon, gap.key, resumed=False).resumed is False


def test_gap_inside_one_recording_is_found_in_its_own_time(
    cast: Cast, office: Office, noon: datetime
) -> None:
    activity = under_way(cast, noon, flags=["liberty"])
    (whole,) = filmed(cast, office, activity, noon, (0, 60))
    assert gaps(cast, activity, noon) == []
    seen = Inspection(
        at=noon + AFTER, program="test", sandbox="none", facts={},
        findings=[{"code": "gap", "says": "中断", "spans": [[600.0, 1200.0]], "measure": 600.0}],
    )  # fmt: skip
    believed = evidence.Believed(form="video", started_at=noon, ended_at=noon + HOUR, clock="name")
    evidence.note_inspection(whole, by=SYSTEM, inspection=seen, believed=believed, at=noon + AFTER)
    (gap,) = gaps(cast, activity, noon)
    assert gap.found == "inside"
    assert (gap.span.start, gap.span.end) == (noon + 10 * MINUTE, noon + 20 * MINUTE)
    bound = gap_of(filed(cast, activity, noon, gap.key))
    assert bound is not None
    assert (bound.broke_off_second, bound.went_on_second) == (600.0, 1200.0)


def test_gap_between_two_parts_of_recordings_follows_the_parts(
    cast: Cast, office: Office, noon: datetime
) -> None:
    activity = under_way(cast, noon, flags=["liberty"])
    filmed(cast, office, activity, noon, (40, 60))
    row = received(cast, office, b"part", at=noon + AFTER, device_serial=cast.camera.serial)
    with_times(row, noon - 10 * MINUTE, noon + 50 * MINUTE)
    link(activity, cast, row, noon + AFTER, part="segment", begins=600.0, ends=1500.0)
    (gap,) = gaps(cast, activity, noon)
    assert (gap.span.start, gap.span.end) == (noon + 15 * MINUTE, noon + 40 * MINUTE)
    assert gap.broke_off is not None
    assert (gap.broke_off.recording, gap.broke_off.second) == (row, 1500.0)


def test_gap_closes_by_the_second_at_which_the_reason_is_spoken_and_opens_when_the_mark_is_taken_back(
    cast: Cast, office: Office, noon: datetime
) -> None:
    activity = under_way(cast, noon, flags=["liberty"])
    first, second = filmed(cast, office, activity, noon, (0, 20), (30, 60))
    (gap,) = gaps(cast, activity, noon)
    elsewhere, late = marked(cast, first, 10, noon), marked(cast, second, 301, noon)
    near = marked(cast, second, 12, noon)
    assert voices_of(gap.went_on) == [near]
    for wrong in (elsewhere, late):
        refused(lambda v=wrong: filed(cast, activity, noon, gap.key, voice=v), says="五分钟")
    stop = filed(cast, activity, noon, gap.key)
    assert missing(cast, activity, noon) == (gap.span,)
    by = as_actor(cast.li)
    for wrong in (elsewhere, late):
        refused(lambda v=wrong: complete_interruption(stop, by=by, voice=v, at=noon + AFTER), says="五分钟")
    complete_interruption(stop, by=by, voice=near, at=noon + AFTER)
    assert (last_line().verb, judged_next(activity)) == ("interruption.completed", True)
    assert (missing(cast, activity, noon), voice_of(stop)) == ((), near)
    refused(lambda: complete_interruption(stop, by=by, voice=near, at=noon + AFTER), says="已经标出")
    withdraw_segment(near, by=by, why="标错", at=noon + AFTER)
    assert (missing(cast, activity, noon), voice_of(stop)) == ((gap.span,), None)
    refused(lambda: complete_interruption(stop, by=by, voice=near, at=noon + AFTER), says="五分钟")


def test_mark_chosen_at_once_closes_the_gap_and_silence_leaves_it_open(
    cast: Cast, office: Office, noon: datetime
) -> None:
    activity = under_way(cast, noon, flags=["liberty"])
    _, second, third = filmed(cast, office, activity, noon, (0, 10), (20, 30), (40, 60))
    spoken, silent = gaps(cast, activity, noon)
    filed(cast, activity, noon, spoken.key, voice=marked(cast, second, 2, noon))
    stop = filed(cast, activity, noon, silent.key, unspoken=True)
    assert missing(cast, activity, noon) == (silent.span,)
    told = facts_of_activity(activity).interruptions
    assert told is not None
    assert [one.voice_explained for one in told] == [True, False]
    assert stop.voice_explained is False
    assert third == gap_of(stop).went_on  # type: ignore[union-attr]


def test_report_is_entered_later_once_and_not_before_the_gap(
    cast: Cast, office: Office, noon: datetime
) -> None:
    activity = under_way(cast, noon, flags=["liberty"])
    filmed(cast, office, activity, noon, (0, 30))
    (gap,) = gaps(cast, activity, noon)
    refused(lambda: filed(cast, activity, noon, gap.key, resumed=False, reported_at=noon), says="早于中断")
    stop, by = filed(cast, activity, noon, gap.key, resumed=False), as_actor(cast.li)

    def report(minute: int) -> None:
        complete_interruption(stop, by=by, reported_at=noon + minute * MINUTE, at=noon + AFTER)

    for minute in (29, 121):
        refused(lambda m=minute: report(m), says="早于中断")
    refused(lambda: complete_interruption(stop, by=by, at=noon + AFTER), says="没有要补")
    report(31)
    refused(lambda: report(32), says="已经登记")
    stop.refresh_from_db()
    assert stop.reported_at == noon + 31 * MINUTE
    refused(lambda: complete_interruption(stop, by=as_actor(cast.sun), at=noon + AFTER), says="权限")


def test_measures_are_those_of_the_law_or_told_in_words(db: None, office: Office, noon: datetime) -> None:
    cast = assemble(office, pack="nandagang")
    activity = under_way(cast, noon, kind=cast.law.activity_types[0].code, flags=["liberty"])
    (gap,) = gaps(cast, activity, noon)
    refused(
        lambda: filed(cast, activity, noon, gap.key, resumed=False, measures=["等待"]), says="等待", kind=Malformed
    )  # fmt: skip
    stop = filed(
        cast, activity, noon, gap.key, resumed=False, measures=["更换电池"], measures_note=" 电池也没电 "
    )
    bound = gap_of(stop)
    assert bound is not None
    assert (bound.measures, bound.measures_note) == (["更换电池"], "电池也没电")
