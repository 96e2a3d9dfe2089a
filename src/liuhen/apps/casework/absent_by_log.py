"""What a recorder's own log says against what came: recorded and not there, switched off while declared, no fault at all.

A log is the device's word, by the device's clock: it raises a question and answers none. Where nothing came of a device's
log, nothing is said here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from liuhen.apps.casework.absence import PATIENCE, READING, Absence
from liuhen.apps.casework.models import Activity, Declaration, Interruption
from liuhen.apps.evidence.device_logs import Told, told_by_logs
from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry.permission import reach_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import shown, shown_length
from liuhen.kernel.spans import Span, minus, total, union

SLACK = timedelta(minutes=1)
"""Clock and file begin and end a little apart from the log's line; a recording shorter than this is not looked for."""
_FAULT = "device_fault"


def absent_by_logs(viewer: Actor, within: Span, at: datetime) -> Iterator[Absence]:
    told = told_by_logs(viewer, within=within, at=at, received_before=at - READING)
    if not told:
        return
    came = _came_of({one.device for one in told}, within)
    yield from _unreceived(told, came)
    yield from _during_activities(viewer, told, within, at)


# ── 日志记有摄录，没有收到 ──────────────────────────────────


def _unreceived(told: Iterable[Told], came: dict[UUID, list[Recording]]) -> Iterator[Absence]:
    for one in told:
        rows = came[one.device]
        if one.kind == "off" or _has_file(one, rows):
            continue
        if one.kind == "photo":
            if not any(_near(row, one.start) for row in rows):
                yield _missing(one, "照片", f"{shown(one.start)} 拍照，没有收到这张照片")
            continue
        gone = _gone(one, rows)
        if gone is None:
            continue
        until = f"到 {shown(one.end)}" if one.end else "起，没有写停止"
        partly = "" if gone == one.span() or one.end is None else f"，其中 {shown_length(gone.length)}"
        yield _missing(one, "录像或录音", f"{shown(one.start)} {until} 在摄录{partly}没有收到")


def _gone(one: Told, rows: list[Recording]) -> Span | None:
    """The longest part of the stretch that no recording covers; nothing where some recording does not tell its time."""
    span = one.span()
    if span is None:
        near = [row for row in rows if _near(row, one.start)]
        return None if near or one.end is not None else Span(one.start, one.start + SLACK)
    covered = [
        Span(start - SLACK, end + SLACK) for row in rows for start, end in [_times(row)] if start and end
    ]
    left = sorted(minus([span], covered), key=lambda part: part.length)
    return left[-1] if left and left[-1].length > SLACK else None


def _times(row: Recording) -> tuple[datetime | None, datetime | None]:
    return row.started_at, row.ended_at or row.started_at


def _near(row: Recording, moment: datetime) -> bool:
    start, end = _times(row)
    return bool(start and end and start - SLACK <= moment <= end + SLACK)


def _has_file(one: Told, rows: list[Recording]) -> bool:
    """The log names the file, and it came: under whatever time."""
    name = one.file.replace("\\", "/").rpartition("/")[2].casefold()
    return bool(name) and any(row.source_name.casefold() == name for row in rows)


def _missing(one: Told, what: str, says: str) -> Absence:
    device = one.recording.device.number if one.recording.device else one.recording.device_serial
    named = f"（{one.file}）" if one.file else ""
    return Absence(
        cause="logged", what=f"{device}：{shown(one.start)} 的{what}{named}", since=one.start,
        why=f"设备日志 {one.recording.source_name} 记有 {says}；时间依设备自己的时钟",
        do="请将设备和存储卡再次接入采集站；文件已不在的，查明是谁、何时、为何删除后说明。", agency=one.recording.agency_id,
        unit=one.recording.unit, mark=f"{one.device}|{one.start.isoformat()}|{what}", to=f"/recordings/{one.recording.pk}", about=device,
    )  # fmt: skip


def _came_of(devices: set[UUID], within: Span) -> dict[UUID, list[Recording]]:
    """Pictures and sound of these devices around that time, with nothing but their times and names."""
    day = timedelta(days=1)
    start, end = within.start - day, within.end + day
    timed = Q(started_at__gte=start - day, started_at__lt=end)
    rows = Recording.objects.filter(timed | Q(started_at=None, received_at__gte=start), device__in=devices)
    found: dict[UUID, list[Recording]] = defaultdict(list)
    for row in rows.exclude(form=Recording.Form.LOG).only("device", "started_at", "ended_at", "source_name"):
        if row.device_id is not None:
            found[row.device_id].append(row)
    return found


# ── 日志与现场活动 ──────────────────────────────────────────


def _during_activities(viewer: Actor, told: list[Told], within: Span, at: datetime) -> Iterator[Absence]:
    by_device: dict[UUID, list[Told]] = defaultdict(list)
    for one in told:
        by_device[one.device].append(one)
    seen = Activity.objects.filter(reach_of(viewer, "activity.view", at=at, officers="members__officer"))
    seen = seen.filter(ended_at__gte=within.start, ended_at__lt=within.end, ended_at__lte=at - PATIENCE)
    rows = Declaration.objects.filter(activity__in=seen.values("pk"), device__in=by_device)
    declared = list(rows.select_related("activity__unit", "device", "officer"))
    stops: dict[UUID, list[Interruption]] = defaultdict(list)
    for stop in Interruption.objects.filter(activity__in={one.activity_id for one in declared}):
        stops[stop.activity_id].append(stop)
    for row in declared:
        yield from _off(row, by_device[row.device_id], stops[row.activity_id])
        yield from _no_fault(row, by_device[row.device_id], stops[row.activity_id])


def _off(row: Declaration, told: list[Told], stops: list[Interruption]) -> Iterator[Absence]:
    """Switched off between the beginning and the end of the activity, and no interruption says why."""
    activity = row.activity
    start, end = activity.arrived_at or activity.started_at or row.at, activity.ended_at
    if end is None or start >= end:
        return
    said = union(Span(stop.start - SLACK, stop.end + SLACK) for stop in stops)
    for one in told:
        if one.kind != "off" or one.start >= end:
            continue
        off = Span(one.start, max(one.end or end, one.start)).overlap(Span(start, end))
        if off is None or total(minus([off], said)) <= SLACK:
            continue
        again = f"，{shown(one.end)} 再开机" if one.end else "，此后没有再开机"
        yield Absence(
            cause="switched_off", what=f"{activity.number} {activity.subject}：{row.device.number} 关机 {shown_length(off.length)}",
            why=f"{row.officer.name}申报用 {row.device.number} 摄录；设备日志 {one.recording.source_name} 记 {shown(one.start)} 关机{again}，"
            f"活动 {shown(start)} 至 {shown(end)}，没有登记这段中断",
            do="请登记记录中断和原因；电量耗尽或者故障的，由设备管理员核实后作情况说明。", since=off.start, agency=activity.agency_id,
            unit=activity.unit, mark=f"{row.pk}|{one.start.isoformat()}", to=f"/activities/{activity.pk}", about=row.device.number,
        )  # fmt: skip


def _no_fault(row: Declaration, told: list[Told], stops: list[Interruption]) -> Iterator[Absence]:
    """An interruption said to be the device's fault, during which the device's log shows it recording."""
    ran = union(span for one in told if one.kind == "recorded" and (span := one.span()))
    for stop in stops:
        inner = Span(stop.start + SLACK, stop.end - SLACK) if stop.span.length > 2 * SLACK else None
        if stop.cause != _FAULT or inner is None:
            continue
        together = [both for span in ran if (both := span.overlap(inner))]
        if not together:
            continue
        activity, first = row.activity, min(together)
        log = next(
            one for one in told if (span := one.span()) and one.kind == "recorded" and span.overlap(first)
        )
        yield Absence(
            cause="contradicted", what=f"{activity.number} {activity.subject}：{row.device.number} 称设备故障",
            why=f"登记 {shown(stop.start)} 至 {shown(stop.end)} 因设备故障中断；设备日志 {log.recording.source_name} 记这段时间里 "
            f"{shown(first.start)} 至 {shown(first.end)} 在摄录",
            do="请设备管理员核对设备和日志，查明是否确有故障后说明。", since=stop.start, agency=activity.agency_id, unit=activity.unit,
            mark=f"{stop.pk}|{row.pk}", to=f"/activities/{activity.pk}", about=row.device.number,
        )  # fmt: skip
