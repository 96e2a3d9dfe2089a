"""Rooms in which people are recorded: their entry, and the check before each use: equipment, sign, and which way a camera faces."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.devices.models import DeviceEntry, Room, RoomCheck
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Unit
from liuhen.apps.registry.permission import allow, reach_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.citations import Citation
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Refused

LINES = {
    "works": "设备工作正常", "picture": "图像清晰", "sound": "声音清晰", "clock": "时间准确", "switched_on": "已经开启",
}  # fmt: skip
FACILITIES = {"sign": "视音频记录标识", "suspect_camera": "以违法犯罪嫌疑人为中心的摄像机"}
_GOOD_FOR = timedelta(days=1)
CASE_AREA = (Room.Kind.CASE_AREA, Room.Kind.WAITING, Room.Kind.INTERVIEW)


def enter_room(unit: Unit, *, by: Actor, name: str, room_kind: str, at: datetime) -> Room:
    """Enter a room. Its cameras are devices that stand in it."""
    row = Room(agency_id=unit.agency_id, unit=unit, name=name.strip(), room_kind=room_kind, entered_at=at)
    allow(by, "device.maintain", on=row, at=at)
    if Room.objects.filter(agency=unit.agency_id, name=row.name).exists():
        raise Refused(f"已有名为 {row.name} 的场所", do="请换一个名称，如加上楼层或者序号。")
    with act("room.entered", by=by, at=at, agency=unit.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.schedule("room.judge", row)
        line.schedule("unit.judge", unit)
    return row


def check_room(
    room: Room,
    *,
    by: Actor,
    passed: Collection[str],
    facilities: Collection[str],
    opens: bool,
    cite: Citation | None = None,
    at: datetime,
) -> RoomCheck:
    """使用前检查。A room of the case area is not put to use while a line fails, the sign is missing, or no camera faces the person."""
    row = RoomCheck(
        room=room,
        passed=sorted(passed),
        facilities=sorted(facilities),
        opens=opens,
        checked_at=at,
        checked_by=by.id,
    )
    allow(by, "room.check", on=room, at=at)
    missing = [label for code, label in lines_of(room).items() if code not in {*passed, *facilities}]
    if opens and missing:
        raise Refused(
            f"{room.name}不能投入使用，检查没有通过：{'、'.join(missing)}",
            do="请排除问题后重新检查，或者换一间；只登记检查结果的，不要勾选投入使用。", cite=cite,
        )  # fmt: skip
    with act("room.checked", by=by, at=at, agency=room.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(room)
        line.schedule("room.judge", room)
    return row


def lines_of(room: Room) -> dict[str, str]:
    """What is checked before the room is used: in the case area also its sign and which way a camera faces."""
    return LINES | FACILITIES if room.room_kind in CASE_AREA else LINES


def rooms_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Room]:
    seen = Room.objects.filter(reach_of(viewer, "device.view", at=at, officers="pk"))
    return seen.select_related("unit")


def rooms() -> QuerySet[Room]:
    return Room.objects.select_related("unit", "agency")


def newest_check(room: UUID) -> RoomCheck | None:
    return RoomCheck.objects.filter(room=room).order_by("-checked_at").first()


def why_not_ready(room: Room, *, at: datetime) -> str:
    """Why a room may not be used at a moment: never checked, last check too long ago, or not opened by it. Empty where it may."""
    check = RoomCheck.objects.filter(room=room, checked_at__lte=at).order_by("-checked_at").first()
    if check is None:
        return "使用之前没有检查过"
    if not check.opens:
        return f"最近一次检查（{shown(check.checked_at)}）没有投入使用"
    return f"最近一次检查是 {shown(check.checked_at)}，已过一天" if at - check.checked_at > _GOOD_FOR else ""


def cameras_of(rooms: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """The devices that stand in each room, as their newest entries say."""
    found: dict[UUID, set[UUID]] = {room: set() for room in rooms}
    known = DeviceEntry.objects.filter(room__in=rooms).values("device")
    entries = DeviceEntry.objects.filter(device__in=known).order_by("entered_at", "pk")
    newest = dict(entries.values_list("device", "room"))
    for device, room in newest.items():
        if room in found:
            found[room].add(device)
    return found
