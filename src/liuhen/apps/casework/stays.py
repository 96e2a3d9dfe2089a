"""办案区停留：bringing a person in, each step in its room, leaving; and how far the rooms' own cameras recorded all of it.

A stay has no holes by its make: a step lasts until the next begins, so what no camera of the room recorded is a gap and shows. Nobody is
questioned in a room that was not checked and opened; what is entered afterwards is kept, and says that the room was not ready.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError
from django.db.models import QuerySet

from liuhen.apps.casework.models import Activity, Stay, StayStep
from liuhen.apps.devices.models import Room
from liuhen.apps.devices.rooms import CASE_AREA, cameras_of, why_not_ready
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow, reach_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.citations import Citation
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Refused
from liuhen.kernel.spans import Span, minus, union, within

Sort = StayStep.Sort
AS_IT_BEGINS = timedelta(minutes=10)  # 在此之内登记的，是正要开始；更晚的，是事后补记。
TOLERATED = timedelta(seconds=5)  # 一段录完、下一段开始之间，机器自己要用的时间。


class Covered(NamedTuple):
    """One step with its time, what the room's cameras recorded of it, and what is missing; `until` is None while it lasts."""

    step: StayStep
    until: datetime | None
    recordings: list[Recording]
    missing: tuple[Span, ...]


def bring_in(
    activity: Activity, *, by: Actor, person: str, room: Room, entered_at: datetime, at: datetime
) -> Stay:
    """入区：the person is in the case area from this moment, and the activity knows it."""
    allow(by, "activity.write", on=activity, at=at)
    if not person.strip():
        raise Refused("没有写明被带入的人", do="请写明姓名；身份不明的，写明特征或者编号。")
    if activity.state == Activity.State.CLOSED:
        raise Refused(f"活动 {activity.number} 已办结", do="请登记新的活动，再登记入区。")
    _check_time(entered_at, at)
    stay = Stay(activity=activity, person=person.strip(), at=at, by=by.id)
    step = _step(stay, sort=Sort.ENTER, room=room, starts_at=entered_at, says="", by=by, at=at)
    with act("stay.entered", by=by, at=at, agency=activity.agency_id) as line:
        stay.number = next_number(activity.agency, "办案区", at=at)
        stay.save(force_insert=True)
        line.about(stay)
        step.save(force_insert=True)
        line.about(step)
        row = Activity.objects.select_for_update().get(pk=activity.pk)
        row.suspect_brought_back = True
        row.case_area_entry_at = min(filter(None, [row.case_area_entry_at, entered_at]))
        row.save(update_fields=["suspect_brought_back", "case_area_entry_at"])
        _judge(row, line)
    return stay


def go_on(
    stay: Stay, *, by: Actor, sort: str, room: Room | None, starts_at: datetime, says: str, cite: Citation | None, at: datetime
) -> StayStep:  # fmt: skip
    """The next step, or leaving. Raises `Refused`, citing `cite`, where somebody is about to be questioned in a room that is not ready."""
    allow(by, "activity.write", on=stay, at=at)
    if sort not in Sort.values or sort == Sort.ENTER:
        raise Refused("没有这一步", do="请从所列各步中选择；再次带入的，另行登记入区。")
    if (sort == Sort.LEAVE) != (room is None):
        raise Refused("除离区之外，每一步都须写明在哪一间", do="请选择房间；离区的不选。")
    if sort == Sort.OTHER and not says.strip():
        raise Refused("其他情形须写明是什么", do="请写明。")
    _check_time(starts_at, at)
    step = _step(stay, sort=sort, room=room, starts_at=starts_at, says=says, by=by, at=at)
    if step.unready and sort == Sort.QUESTIONING and at - starts_at <= AS_IT_BEGINS:
        raise Refused(
            f"不能在{room.name if room else ''}开始询问、讯问：{step.unready}",
            do="请先检查这一间并投入使用，或者换一间。",
            cite=cite,
        )
    with act("stay.step-entered", by=by, at=at, agency=stay.agency_id) as line:
        row = Activity.objects.select_for_update().get(pk=stay.activity_id)
        _check_order(stay, starts_at)
        try:
            step.save(force_insert=True)
        except IntegrityError as error:
            raise Refused("这一时刻已经登记了一步", do="请刷新页面查看。") from error
        line.about(step)
        line.about(stay)
        if sort == Sort.LEAVE and not _others_inside(stay):
            row.case_area_left_at = max(filter(None, [row.case_area_left_at, starts_at]))
            row.save(update_fields=["case_area_left_at"])
        _judge(row, line)
    return step


def coverage(stay: Stay, *, at: datetime) -> list[Covered]:
    """Step by step, what the cameras of its room recorded; a step that still lasts is told up to now."""
    steps = list(stay.steps.select_related("room").order_by("starts_at"))
    rooms = cameras_of({step.room_id for step in steps if step.room_id})
    ends = [*(step.starts_at for step in steps[1:]), None]
    told = []
    for step, until in zip(steps, ends, strict=True):
        if step.sort == Sort.LEAVE or step.room_id is None:
            continue
        span = Span(step.starts_at, max(step.starts_at, until or at))
        rows = _recorded(rooms[step.room_id], span)
        told.append(Covered(step, until, rows, _missing(span, rows)))
    return told


def stays() -> QuerySet[Stay]:
    return Stay.objects.select_related("activity__unit", "activity__agency", "activity__case")


def stays_seen(viewer: Actor, *, at: datetime) -> QuerySet[Stay]:
    seen = Activity.objects.filter(reach_of(viewer, "activity.view", at=at, officers="members__officer"))
    return stays().filter(activity__in=seen.values("pk"))


def stays_of(activity: UUID) -> list[Stay]:
    return list(stays().filter(activity=activity).order_by("at", "pk"))


def case_area_rooms(agency: UUID) -> list[Room]:
    """Where a person may be kept or questioned."""
    return list(Room.objects.filter(agency=agency, room_kind__in=CASE_AREA).order_by("name"))


def has_left(stay: Stay) -> bool:
    return stay.steps.filter(sort=Sort.LEAVE).exists()


def _step(
    stay: Stay, *, sort: str, room: Room | None, starts_at: datetime, says: str, by: Actor, at: datetime
) -> StayStep:
    if room is not None and (room.agency_id != stay.activity.agency_id or room.room_kind not in CASE_AREA):
        raise Refused("这不是本机关办案区的房间", do="请从登记的办案区、候问室、询问室中选择。")
    unready = why_not_ready(room, at=starts_at) if room else ""
    return StayStep(
        stay=stay,
        sort=sort,
        room=room,
        starts_at=starts_at,
        says=says.strip(),
        unready=unready,
        at=at,
        by=by.id,
    )


def _check_time(moment: datetime, at: datetime) -> None:
    if moment > at + AS_IT_BEGINS:
        raise Refused("时间在将来", do="请在开始时登记。")


def _check_order(stay: Stay, starts_at: datetime) -> None:
    last = stay.steps.order_by("-starts_at").first()
    if last is not None and last.sort == Sort.LEAVE:
        raise Refused(f"{stay.person}已于 {shown(last.starts_at)} 离区", do="再次带入的，另行登记入区。")
    if last is not None and starts_at <= last.starts_at:
        raise Refused(f"上一步自 {shown(last.starts_at)} 开始，这一步须在其后", do="请核对时间。")


def _others_inside(stay: Stay) -> bool:
    """Whether somebody else whom this activity brought in is still there."""
    gone = StayStep.objects.filter(sort=Sort.LEAVE).values("stay")
    return Stay.objects.filter(activity=stay.activity_id).exclude(pk=stay.pk).exclude(pk__in=gone).exists()


def _recorded(cameras: Iterable[UUID], span: Span) -> list[Recording]:
    rows = Recording.objects.filter(
        device__in=list(cameras), started_at__lt=span.end, ended_at__gt=span.start
    )
    return list(rows.select_related("unit", "device", "officer").order_by("started_at"))


def _missing(span: Span, rows: Sequence[Recording]) -> tuple[Span, ...]:
    ran = union(Span(row.started_at, row.ended_at) for row in rows if row.started_at and row.ended_at)
    return tuple(gap for gap in minus([span], within(ran, span)) if gap.length > TOLERATED)


def _judge(row: Activity, line: Pen) -> None:
    line.about(row)
    line.schedule("activity.judge", row)
