"""应有未有: what a list, a number, a declaration or a hand-out promises and nobody brought; when nothing may be said."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.apps.steps import HOUR, handed_out, last_line, opened_case, planned, received, refused, with_times
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions as casework
from liuhen.apps.casework.completeness import Absence, absences, explain_absence, notes_of
from liuhen.apps.casework.linking import link_to_case
from liuhen.apps.casework.models import AbsenceNote, Activity
from liuhen.apps.devices.actions import enroll_station, take_back
from liuhen.apps.devices.models import Station
from liuhen.apps.evidence.models import CardList, Recording
from liuhen.apps.evidence.naming import suspicions_about
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, Actor
from liuhen.kernel.clock import BEIJING, as_utc_text
from liuhen.kernel.spans import Span

DAY = timedelta(days=1)
SERIAL = "7700123"


@pytest.fixture
def station(cast: Cast, noon: datetime) -> Station:
    return enroll_station(cast.team, by=OPERATOR, name="一号站", at=noon)[0]


def found(cast: Cast, noon: datetime, *causes: str, by: Actor | None = None) -> list[Absence]:
    """What 张 (or another) is told three days later of the days around noon."""
    span = Span(noon - 3 * DAY, noon + 3 * DAY)
    told = absences(by or as_actor(cast.zhang), within=span, at=noon + 3 * DAY)
    return [one for one in told if not causes or one.cause in causes]


def listed(
    station: Station, *files: tuple[str, int], at: datetime, serial: str = "", problem: str = ""
) -> CardList:
    rows = [
        {"path": path, "size": size, "modified": as_utc_text(at), "problem": problem} for path, size in files
    ]
    return CardList.objects.create(
        agency=station.agency, unit=station.unit, station=station, device_serial=serial, listed_at=at, received_at=at,
        count=len(files), size=sum(size for _, size in files), body=json.dumps({"files": rows}), signature={},
    )  # fmt: skip


def file_name(moment: datetime, number: int) -> str:
    return f"{SERIAL}_010001{moment.astimezone(BEIJING):%Y%m%d%H%M%S}_{number:04d}.MP4"


def came(cast: Cast, office: Office, moment: datetime, number: int, **more: object) -> Recording:
    row = received(
        cast, office, f"{moment}{number}".encode(), at=moment + HOUR, name=file_name(moment, number), **more
    )
    return with_times(row, moment, moment + HOUR / 4)


# ── 采集站清单 ──────────────────────────────────────────────


def test_file_on_the_signed_list_that_never_came_is_named_with_where_it_lay(
    cast: Cast, office: Office, noon: datetime, station: Station
) -> None:
    received(cast, office, b"clip", at=noon, name="A.MP4", path="DCIM/A.MP4", station=station)
    listed(station, ("DCIM/A.MP4", 4), ("DCIM/B.MP4", 9), at=noon, problem="读到一半")
    [one] = found(cast, noon, "card")
    assert "B.MP4" in one.what and one.since == noon
    assert "一号站" in one.why and "DCIM/B.MP4" in one.why and "读到一半" in one.why
    assert one.do


def test_list_that_is_being_read_promises_nothing_yet(cast: Cast, noon: datetime, station: Station) -> None:
    listed(station, ("DCIM/B.MP4", 9), at=noon)
    span = Span(noon - DAY, noon + DAY)
    assert not absences(as_actor(cast.zhang), within=span, at=noon + HOUR)
    assert absences(as_actor(cast.zhang), within=span, at=noon + 3 * HOUR)


def test_same_file_brought_another_way_is_not_missing_and_one_listed_twice_is_told_once(
    cast: Cast, office: Office, noon: datetime, station: Station
) -> None:
    received(cast, office, b"clip", at=noon, name="A.MP4", path="elsewhere/A.MP4")
    listed(station, ("DCIM/A.MP4", 4), ("DCIM/B.MP4", 9), at=noon)
    listed(station, ("DCIM/A.MP4", 4), ("DCIM/B.MP4", 9), at=noon + HOUR)
    [one] = found(cast, noon, "card")
    assert "B.MP4" in one.what and one.since == noon


# ── 文件名中的编号 ──────────────────────────────────────────


def test_number_missing_between_neighbours_is_told_on_the_list_and_on_both_recordings(
    cast: Cast, office: Office, noon: datetime
) -> None:
    rows = [came(cast, office, noon + n * HOUR / 2, number) for n, number in enumerate((1, 2, 4))]
    [one] = found(cast, noon, "sequence")
    assert "0003" in one.why and one.to == f"/recordings/{rows[2].pk}"
    visible = Recording.objects.all()
    assert [label for label, _ in suspicions_about(rows[1], visible=visible)] == ["疑似取舍"]
    assert [label for label, _ in suspicions_about(rows[2], visible=visible)] == ["疑似取舍"]
    assert suspicions_about(rows[0], visible=visible) == []


def test_number_on_a_card_list_is_not_a_gap_but_a_file_that_did_not_come(
    cast: Cast, office: Office, noon: datetime, station: Station
) -> None:
    for n, number in enumerate((1, 2, 4)):
        came(cast, office, noon + n * HOUR / 2, number)
    listed(station, (f"DCIM/{file_name(noon + HOUR * 0.75, 3)}", 9), at=noon + 2 * HOUR, serial=SERIAL)
    assert [one.cause for one in found(cast, noon)] == ["card"]


def test_number_after_its_neighbours_with_an_earlier_time_is_doubtful(
    cast: Cast, office: Office, noon: datetime
) -> None:
    rows = [came(cast, office, noon + n * HOUR / 2, number) for n, number in enumerate((1, 2, 9, 3, 4))]
    [one] = found(cast, noon)
    assert one.cause == "backdated" and one.to == f"/recordings/{rows[2].pk}"
    assert [label for label, _ in suspicions_about(rows[2], visible=Recording.objects.all())] == ["疑似补录"]


def test_neighbour_that_may_not_be_seen_is_no_gap_and_is_not_named(
    cast: Cast, office: Office, noon: datetime
) -> None:
    rows = [came(cast, office, noon + n * HOUR / 2, number) for n, number in enumerate((1, 2, 3, 5))]
    seen = Recording.objects.exclude(pk__in=[rows[2].pk])
    assert suspicions_about(rows[1], visible=seen) == []
    assert suspicions_about(rows[3], visible=seen) == []


def test_time_written_on_the_card_long_after_the_name_says_is_doubtful(
    cast: Cast, office: Office, noon: datetime, station: Station
) -> None:
    name = "DCAM_A1_010001_" + f"{noon.astimezone(BEIJING):%Y%m%d_%H%M%S}.mp4"
    for extra, doubtful in ((0 * HOUR, False), (5 * HOUR, True), (8 * HOUR, False)):
        row = received(
            cast, office, str(extra).encode(), at=noon + 10 * HOUR, name=name, station=station,
            file_time=noon + HOUR / 4 + extra,
        )  # fmt: skip
        with_times(row, noon, noon + HOUR / 4)
        told = suspicions_about(row, visible=Recording.objects.all())
        assert bool(told) is doubtful, extra
    early = received(cast, office, b"early", at=noon - HOUR, name=name)
    assert suspicions_about(early, visible=Recording.objects.all())[0][0] == "疑似补录"


# ── 摄录申报与领用 ──────────────────────────────────────────


def declared(cast: Cast, noon: datetime) -> None:
    by = as_actor(cast.li)
    handed_out(cast, cast.li, at=noon)
    activity = planned(cast, cast.li, at=noon)
    casework.declare_recording(activity, by=by, device=cast.camera, officer=cast.li, at=noon)
    casework.note_activity(activity, by=by, at=noon + HOUR, arrived_at=noon, ended_at=noon + HOUR)


def test_declared_recording_of_which_nothing_came_is_absent(cast: Cast, noon: datetime) -> None:
    declared(cast, noon)
    [one] = found(cast, noon, "declared")
    assert cast.camera.number in one.what and "李" in one.why
    assert one.since == noon + HOUR


def test_declared_recording_is_there_once_the_device_brought_that_time(
    cast: Cast, office: Office, noon: datetime
) -> None:
    declared(cast, noon)
    row = received(cast, office, at=noon + 2 * HOUR, device_serial=cast.camera.serial)
    with_times(row, noon, noon + HOUR / 2)
    assert found(cast, noon, "declared") == []


def test_recording_of_another_time_does_not_stand_for_the_declared_one(
    cast: Cast, office: Office, noon: datetime
) -> None:
    declared(cast, noon)
    row = received(cast, office, at=noon + 9 * HOUR, device_serial=cast.camera.serial)
    with_times(row, noon + 7 * HOUR, noon + 8 * HOUR)
    assert len(found(cast, noon, "declared")) == 1


@pytest.mark.parametrize(
    ("days", "part", "answers"),
    [(0, "whole", True), (3, "whole", False), (0, "context", False)],
    ids=["当天的", "三天前的", "只是背景的"],
)
def test_recording_put_straight_to_the_case_answers_for_its_activity_unless_it_is_of_another_day(
    cast: Cast, office: Office, noon: datetime, days: int, part: str, answers: bool
) -> None:
    """The camera's clock was three hours behind, so that the times alone say nothing; somebody knew the case."""
    case = opened_case(cast, at=noon)
    declared(cast, noon)
    Activity.objects.update(case=case)
    start = noon - 3 * HOUR - days * DAY
    row = received(cast, office, at=noon + 6 * HOUR, device_serial=cast.camera.serial)
    with_times(row, start, start + HOUR)
    assert len(found(cast, noon, "declared")) == 1
    link_to_case(case, by=as_actor(cast.li), recording=row, reasons=["同一案"], at=row.received_at, part=part)
    assert (found(cast, noon, "declared") == []) is answers


def test_activity_that_ended_today_waits(cast: Cast, noon: datetime) -> None:
    declared(cast, noon)
    span = Span(noon - DAY, noon + DAY)
    assert not absences(as_actor(cast.zhang), within=span, at=noon + 2 * HOUR)


def test_hand_out_after_which_nothing_docked_and_nothing_came_is_absent(cast: Cast, noon: datetime) -> None:
    loan = handed_out(cast, cast.li, at=noon)
    take_back(loan, by=as_actor(cast.zhao), content="巡查一次", at=noon + HOUR)
    [one] = found(cast, noon, "loan")
    assert "巡查一次" in one.why and one.since == noon + HOUR


def test_card_docked_after_the_hand_out_answers_for_it(cast: Cast, noon: datetime, station: Station) -> None:
    loan = handed_out(cast, cast.li, at=noon)
    take_back(loan, by=as_actor(cast.zhao), content="", at=noon + HOUR)
    assert "未登记记录内容" in found(cast, noon, "loan")[0].why
    listed(station, at=noon + 2 * HOUR, serial=cast.camera.serial)
    assert found(cast, noon, "loan") == []


# ── 说明 ───────────────────────────────────────────────────


def test_absence_is_explained_once_with_a_reason_that_stays(cast: Cast, noon: datetime) -> None:
    declared(cast, noon)
    [one] = found(cast, noon, "declared")
    by = as_actor(cast.zhang)
    refused(lambda: explain_absence(one, by=by, outcome="lost", reason=" ", at=noon), says="理由")
    refused(
        lambda: explain_absence(one, by=as_actor(cast.li), outcome="lost", reason="卡坏", at=noon),
        says="权限",
    )
    note = explain_absence(one, by=by, outcome="lost", reason="存储卡损坏，已送检", at=noon)
    assert last_line().verb == "absence.explained"
    assert note.says == f"{one.what}：{one.why}"
    refused(lambda: explain_absence(one, by=by, outcome="lost", reason="再说", at=noon), says="已经说明过")
    [again] = found(cast, noon, "declared")
    assert notes_of([again.id])[again.id].reason == "存储卡损坏，已送检"
    assert AbsenceNote.objects.count() == 1


def test_other_agency_is_told_nothing(cast: Cast, noon: datetime, station: Station, tmp_path: Path) -> None:
    declared(cast, noon)
    listed(station, ("DCIM/B.MP4", 9), at=noon)
    assert found(cast, noon, by=as_actor(cast.sun)) == []
