"""办案区停留：every step in its room, without a hole; nobody questioned in a room that was not opened; what no camera recorded shows."""

from datetime import datetime, timedelta

import pytest
from tests.apps.steps import HOUR, planned, received, with_times
from tests.cast import Cast, as_actor

from liuhen.apps.casework.models import Activity, Stay
from liuhen.apps.casework.stays import bring_in, coverage, go_on, stays_seen
from liuhen.apps.devices.actions import register_device
from liuhen.apps.devices.models import Device, DeviceEntry, Room
from liuhen.apps.devices.rooms import FACILITIES, LINES, cameras_of, check_room, enter_room
from liuhen.apps.journal.models import Job, Line
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.citations import Citation
from liuhen.kernel.errors import Refused

MINUTE = timedelta(minutes=1)
CITE = Citation("试行规定", "第二十三条", "NDG-23")


def a_room(cast: Cast, name: str, kind: str, at: datetime, *, opened: bool = True) -> tuple[Room, Device]:
    """A room with a camera of its own, checked and opened or not."""
    keeper = as_actor(cast.zhao)
    room = enter_room(cast.team, by=keeper, name=name, room_kind=kind, at=at - HOUR)
    camera = register_device(
        cast.team, by=OPERATOR, number=f"{name}摄像机", serial=name, device_type="fixed_camera", at=at - HOUR
    )
    DeviceEntry.objects.create(device=camera, room=room, entered_at=at - HOUR, entered_by=cast.zhao.pk)
    if opened:
        check_room(room, by=keeper, passed=LINES, facilities=FACILITIES, opens=True, at=at - HOUR / 2)
    return room, camera


def filmed(cast: Cast, office: Office, camera: Device, start: datetime, end: datetime) -> None:
    recording = received(
        cast, office, f"{camera.serial}{start}".encode(), at=end, name=f"{camera.serial}.mp4", device_serial=camera.serial
    )  # fmt: skip
    with_times(recording, start, end)


def brought(cast: Cast, room: Room, at: datetime) -> Stay:
    activity = planned(cast, cast.li, at=at - HOUR)
    return bring_in(activity, by=as_actor(cast.li), person="钱某", room=room, entered_at=at, at=at)


def then(
    stay: Stay, cast: Cast, sort: str, room: Room | None, at: datetime, *, told_at: datetime | None = None
) -> None:
    go_on(
        stay, by=as_actor(cast.li), sort=sort, room=room, starts_at=at, says="", cite=CITE, at=told_at or at
    )


def test_whole_stay_is_covered_by_the_cameras_of_the_rooms_it_went_through(
    cast: Cast, office: Office, noon: datetime
) -> None:
    hall, hall_camera = a_room(cast, "大厅", "case_area", noon)
    desk, desk_camera = a_room(cast, "询问室", "interview", noon)
    stay = brought(cast, hall, noon)
    then(stay, cast, "safety", hall, noon + 5 * MINUTE)
    then(stay, cast, "questioning", desk, noon + 10 * MINUTE)
    then(stay, cast, "leave", None, noon + 40 * MINUTE)
    filmed(cast, office, hall_camera, noon - MINUTE, noon + 12 * MINUTE)
    filmed(cast, office, desk_camera, noon + 10 * MINUTE, noon + 25 * MINUTE)
    told = coverage(stay, at=noon + HOUR)
    assert [one.step.sort for one in told] == ["enter", "safety", "questioning"]
    assert [[gap.length for gap in one.missing] for one in told] == [[], [], [15 * MINUTE]]
    filmed(cast, office, desk_camera, noon + 25 * MINUTE + timedelta(seconds=3), noon + HOUR)
    assert [one.missing for one in coverage(stay, at=noon + HOUR)] == [(), (), ()]
    activity = Activity.objects.get()
    assert (activity.suspect_brought_back, activity.case_area_entry_at, activity.case_area_left_at) == (
        True, noon, noon + 40 * MINUTE,
    )  # fmt: skip
    assert [line.verb for line in Line.objects.filter(abouts__thing=stay.pk).order_by("number")] == [
        "stay.entered", "stay.step-entered", "stay.step-entered", "stay.step-entered",
    ]  # fmt: skip
    assert Job.objects.filter(kind="activity.judge", subject=activity.pk).count() >= 4


def test_another_rooms_camera_covers_nothing_and_a_camera_counts_where_it_stands_now(
    cast: Cast, office: Office, noon: datetime
) -> None:
    hall, camera = a_room(cast, "大厅", "case_area", noon)
    desk, _ = a_room(cast, "询问室", "interview", noon)
    stay = brought(cast, desk, noon)
    filmed(cast, office, camera, noon - HOUR, noon + HOUR)
    assert [gap.length for gap in coverage(stay, at=noon + HOUR)[0].missing] == [HOUR]
    DeviceEntry.objects.create(device=camera, room=desk, entered_at=noon, entered_by=cast.zhao.pk)
    assert cameras_of([hall.pk])[hall.pk] == set()
    assert coverage(stay, at=noon + HOUR)[0].missing == ()


@pytest.mark.parametrize("state", ["unchecked", "not opened", "yesterday"])
def test_nobody_is_questioned_in_a_room_that_is_not_ready_and_afterwards_it_is_told(
    cast: Cast, noon: datetime, state: str
) -> None:
    hall, _ = a_room(cast, "大厅", "case_area", noon)
    desk, _ = a_room(
        cast,
        "询问室",
        "interview",
        noon - 25 * HOUR if state == "yesterday" else noon,
        opened=state == "yesterday",
    )
    if state == "not opened":
        check_room(desk, by=as_actor(cast.zhao), passed=["works"], facilities=[], opens=False, at=noon)
    stay = brought(cast, hall, noon)
    with pytest.raises(Refused, match="不能在询问室开始") as error:
        then(stay, cast, "questioning", desk, noon + MINUTE)
    assert error.value.cite == CITE
    then(stay, cast, "questioning", desk, noon + MINUTE, told_at=noon + HOUR)
    assert stay.steps.get(sort="questioning").unready


@pytest.mark.parametrize(
    ("sort", "has_room", "minutes", "why"),
    [
        ("enter", True, 5, "没有这一步"), ("nonsense", True, 5, "没有这一步"), ("waiting", False, 5, "在哪一间"), ("leave", True, 5, "在哪一间"),
        ("other", True, 5, "写明是什么"), ("waiting", True, 0, "须在其后"), ("waiting", True, 90, "在将来"),
    ],
)  # fmt: skip
def test_step_out_of_order_or_without_its_room_is_refused(
    cast: Cast, noon: datetime, sort: str, has_room: bool, minutes: int, why: str
) -> None:
    hall, _ = a_room(cast, "大厅", "case_area", noon)
    stay = brought(cast, hall, noon)
    with pytest.raises(Refused, match=why):
        then(
            stay, cast, sort, hall if has_room else None, noon + minutes * MINUTE, told_at=noon + 10 * MINUTE
        )


def test_who_left_is_brought_in_anew_and_the_activity_waits_for_the_last(cast: Cast, noon: datetime) -> None:
    hall, _ = a_room(cast, "大厅", "case_area", noon)
    first = brought(cast, hall, noon)
    second = bring_in(
        first.activity,
        by=as_actor(cast.li),
        person="孙某",
        room=hall,
        entered_at=noon + MINUTE,
        at=noon + MINUTE,
    )
    then(first, cast, "leave", None, noon + 5 * MINUTE)
    with pytest.raises(Refused, match="再次带入的"):
        then(first, cast, "waiting", hall, noon + 6 * MINUTE)
    activity = Activity.objects.get()
    assert activity.case_area_entry_at == noon
    assert activity.case_area_left_at is None
    then(second, cast, "leave", None, noon + 9 * MINUTE)
    activity.refresh_from_db()
    assert activity.case_area_left_at == noon + 9 * MINUTE


def test_stay_is_for_those_of_its_activity_and_in_rooms_of_the_case_area(cast: Cast, noon: datetime) -> None:
    hall, _ = a_room(cast, "大厅", "case_area", noon)
    stay = brought(cast, hall, noon)
    assert stays_seen(as_actor(cast.zhang), at=noon).get() == stay
    assert not stays_seen(as_actor(cast.sun), at=noon).exists()
    with pytest.raises(Refused, match="没有办理此事的权限"):
        go_on(
            stay, by=as_actor(cast.zhou), sort="leave", room=None, starts_at=noon, says="", cite=None, at=noon
        )
    with pytest.raises(Refused, match="没有写明被带入的人"):
        bring_in(stay.activity, by=as_actor(cast.li), person=" ", room=hall, entered_at=noon, at=noon)
    desk, _ = a_room(cast, "受理台", "reception", noon, opened=False)
    with pytest.raises(Refused, match="不是本机关办案区的房间"):
        then(stay, cast, "waiting", desk, noon + MINUTE)
    Activity.objects.update(state="closed")
    stay.activity.refresh_from_db()
    with pytest.raises(Refused, match="已办结"):
        bring_in(stay.activity, by=as_actor(cast.li), person="孙某", room=hall, entered_at=noon, at=noon)
