"""应有未有：what should be there and is not, with the reason it is believed. Compared anew at each reading, never kept.

Five comparisons: a station's signed list with what came; the numbers in the file names with each other; a declared
recording with what came of that device; a hand-out with what came of it; a recorder's own log with all of these
(`absent_by_log`). Each reads only what the viewer may see.
Everything here is a suspicion to be looked into: a person says what became of it, and that stays.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import DurationField, Exists, F, OuterRef, Q, QuerySet, Value

from liuhen.apps.casework.absence import PATIENCE, READING, Absence, Cause
from liuhen.apps.casework.absent_by_log import absent_by_logs
from liuhen.apps.casework.linking import live_case_links, live_links
from liuhen.apps.casework.models import AbsenceNote, AbsenceTally, Activity, CaseLink, Declaration, Link
from liuhen.apps.devices import queries as devices
from liuhen.apps.devices.models import Loan
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.models import CardList, Recording
from liuhen.apps.evidence.naming import doubts_of, known_names, name_of, never_came_of, runs_of
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.permission import allow, reach_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed, Refused
from liuhen.kernel.spans import Span

_TOOK = ("device", "started_at", "ended_at", "received_at")
_LONGEST = timedelta(days=1)  # No file of a recorder runs longer.
_AROUND, _ABOUT_THEN, _AFTER = timedelta(minutes=30), timedelta(hours=12), timedelta(days=7)
# What the names of files are held against: no more is read of thousands of rows.
_TOLD = (
    "number", "agency", "unit", "device_serial", "source_name", "started_at", "ended_at",
    "received_at", "file_time", "clock_error", "station",
)  # fmt: skip


def absences(viewer: Actor, *, within: Span, at: datetime) -> list[Absence]:
    """What is absent of the time `within` and this person may know of, newest first."""
    found = [
        *_of_cards(viewer, within, at),
        *_of_names(viewer, within, at),
        *_of_declarations(viewer, within, at),
        *_of_loans(viewer, within, at),
        *absent_by_logs(viewer, within, at),
    ]
    inside = {one.id: one for one in found if within.start <= one.since < within.end}
    return sorted(inside.values(), key=lambda one: (one.since, one.id), reverse=True)


def explain_absence(absence: Absence, *, by: Actor, outcome: str, reason: str, at: datetime) -> AbsenceNote:
    """Say what became of it. Once, and never taken back: raises `Refused` without a reason, or a second time."""
    allow(by, "absence.explain", on=absence.place(), at=at)
    if not reason.strip():
        raise Refused("说明需写明理由", do="请写明查明了什么、凭什么这样认定。")
    if outcome not in AbsenceNote.Outcome.values:
        raise Malformed("没有这种结果", do=f"可选的有：{'、'.join(AbsenceNote.Outcome.labels)}。")
    if AbsenceNote.objects.filter(absence=absence.id).exists():
        raise Refused("这一项已经说明过", do="原说明保留，不能更改；有新的情况请作情况说明。")
    note = AbsenceNote(
        agency_id=absence.agency, unit=absence.unit, absence=absence.id, cause=absence.cause,
        says=f"{absence.what}：{absence.why}", outcome=outcome, reason=reason.strip(), at=at, by=by.id,
    )  # fmt: skip
    with act("absence.explained", by=by, at=at, agency=absence.agency) as line:
        note.save(force_insert=True)
        line.about(note)
        AbsenceTally.objects.filter(unit=absence.unit, open__gt=0).update(open=F("open") - 1)
    return note


def notes_of(keys: Iterable[UUID]) -> dict[UUID, AbsenceNote]:
    return {note.absence: note for note in AbsenceNote.objects.filter(absence__in=list(keys))}


# ── 采集站清单 ──────────────────────────────────────────────


def _of_cards(viewer: Actor, within: Span, at: datetime) -> Iterator[Absence]:
    lists = evidence.card_lists(viewer, at=at).filter(
        listed_at__gte=within.start, listed_at__lt=within.end, received_at__lt=at - READING
    )
    # A file listed again keeps its first list: the later one is overwritten.
    for row, file in never_came_of(list(lists.order_by("-listed_at"))):
        trouble = f"；清单注明读取有误：{file.problem}" if file.problem else ""
        yield Absence(
            cause="card", what=f"{name_of(file)}（{file.size:,} 字节）", since=row.listed_at, agency=row.agency_id, unit=row.unit,
            why=f"{row.station.name} {shown(row.listed_at)} 签名的清单列有 {file.path}，至今没有入库{trouble}",
            do="请将原卡再次接入采集站；卡已不在的，查明去向后说明。",
            mark=f"{row.station_id}|{file.path}|{file.size}", to="/stations", about=row.device_serial,
        )  # fmt: skip


# ── 文件名中的编号 ──────────────────────────────────────────


def _of_names(viewer: Actor, within: Span, at: datetime) -> Iterator[Absence]:
    day = timedelta(days=1)
    wide = Span(within.start - day, within.end + day)
    timed = Q(started_at__gte=wide.start, started_at__lt=wide.end)
    untimed = Q(started_at=None, received_at__gte=wide.start, received_at__lt=wide.end + _AFTER)
    seen = evidence.visible_to(viewer, at=at).select_related(None)
    rows = [row for part in (timed, untimed) for row in seen.filter(part).only(*_TOLD)]
    lists = evidence.card_lists(viewer, at=at).filter(
        listed_at__gte=wide.start, listed_at__lt=wide.end + _AFTER
    )
    names = known_names(Recording.objects.none(), lists)
    for part in (timed, untimed):
        for agency, known in known_names(
            Recording.objects.filter(part, agency__in={row.agency_id for row in rows}), ()
        ).items():
            names[agency] |= known
    for run in runs_of(rows, also=names):
        for gap in run.gaps:
            near = run.rows[gap.after.name]
            yield Absence(
                cause="sequence", what=f"设备 {gap.before.device} 编号 {gap.numbers[0]:04d} 起的 {len(gap.numbers)} 个文件",
                why=gap.says, do="请核对该设备和存储卡；确未录制或者已删除的，查明原因后说明。", since=run.moment(gap.after),
                agency=run.agency, unit=near.unit, mark=f"{gap.before.name}|{gap.numbers[0]}",
                to=f"/recordings/{near.pk}", about=gap.before.device,
            )  # fmt: skip
        for misfit in run.misfits:
            yield _doubt(run.rows[misfit.file.name], misfit.doubt, misfit.says, since=run.moment(misfit.file))
    for row in rows:
        for doubt, says in doubts_of(row):
            yield _doubt(row, doubt, says, since=row.started_at or row.received_at)


def _doubt(row: Recording, cause: Cause, says: str, *, since: datetime) -> Absence:
    return Absence(
        cause=cause, what=f"{row.number} {row.source_name}", why=says, since=since, agency=row.agency_id, unit=row.unit,
        do="请核对设备时钟、当日领用和同时段的其他音像；查明后说明。", mark=f"{row.pk}", to=f"/recordings/{row.pk}",
        about=row.device_serial,
    )  # fmt: skip


# ── 摄录申报 ────────────────────────────────────────────────


def _of_declarations(viewer: Actor, within: Span, at: datetime) -> Iterator[Absence]:
    seen = Activity.objects.filter(reach_of(viewer, "activity.view", at=at, officers="members__officer"))
    seen = seen.filter(ended_at__gte=within.start, ended_at__lt=within.end, ended_at__lte=at - PATIENCE)
    answered = live_links().filter(activity=OuterRef("activity"), recording__device=OuterRef("device"))
    straight = _straight_answers()
    rows = Declaration.objects.filter(~Exists(answered), ~Exists(straight), activity__in=seen.values("pk"))
    told = list(rows.select_related("activity__unit", "device", "officer").order_by("at"))
    came = _recordings_of({one.device_id for one in told}, within)
    for one in told:
        activity, end = one.activity, one.activity.ended_at
        if end is None:
            continue
        start = min(filter(None, [one.at, activity.arrived_at, activity.started_at]))
        if any(_ran(row, start - _AROUND, end + _AROUND) for row in came[one.device_id]):
            continue
        yield Absence(
            cause="declared", what=f"{activity.number} {activity.subject}：{one.device.number} 的音像", since=end,
            why=f"{one.officer.name} {shown(one.at)} 申报用 {one.device.number} 摄录，活动 {shown(end)} 结束；该设备在这段时间没有音像关联或入库",
            do="请将设备接入采集站；确未录成的，登记记录中断并作情况说明。", agency=activity.agency_id, unit=activity.unit,
            mark=f"{one.pk}", to=f"/activities/{activity.pk}", about=one.device.number,
        )  # fmt: skip


def _straight_answers() -> QuerySet[CaseLink]:
    """What somebody put straight to the very case of the activity, filmed by the same device about then: the person knew, though the
    camera's clock was wrong by hours. One of another day does not answer, nor does what is only background.
    """
    end, about = OuterRef("activity__ended_at"), Value(_ABOUT_THEN, DurationField())
    then = Q(recording__started_at__gte=end - about, recording__started_at__lte=end + about)
    rows = live_case_links().filter(
        then, case=OuterRef("activity__case"), recording__device=OuterRef("device")
    )
    return rows.exclude(part=Link.Part.CONTEXT)


# ── 领用 ───────────────────────────────────────────────────


def _of_loans(viewer: Actor, within: Span, at: datetime) -> Iterator[Absence]:
    rows = Loan.objects.filter(device__in=devices.visible_to(viewer, at=at).values("pk"))
    rows = rows.filter(
        returned_at__gte=within.start, returned_at__lt=within.end, returned_at__lte=at - PATIENCE
    )
    loans = list(rows.select_related("device__unit", "officer").order_by("out_at"))
    came = _recordings_of({loan.device_id for loan in loans}, within)
    docked = _docked({loan.agency_id for loan in loans}, within)
    for loan in loans:
        back = loan.returned_at
        if back is None or any(_ran(row, loan.out_at, back) for row in came[loan.device_id]):
            continue
        if any(loan.out_at <= moment <= back + _AFTER for moment in docked[loan.device_id]):
            continue
        told = f"归还时登记：{loan.content}" if loan.content else "归还时未登记记录内容"
        yield Absence(
            cause="loan", what=f"{loan.device.number}：{loan.officer.name}领用（{loan.purpose}）", since=back,
            why=f"{shown(loan.out_at)} 领用，{shown(back)} 归还；其后没有接入采集站的清单，也没有这段时间的音像入库。{told}",
            do="请将设备接入采集站；没有录制的，说明未录的原因。", agency=loan.agency_id, unit=loan.device.unit,
            mark=f"{loan.pk}", to="/devices", about=loan.device.number,
        )  # fmt: skip


def _docked(agencies: set[UUID], within: Span) -> dict[UUID, list[datetime]]:
    """When each device's card was listed by a station."""
    found: dict[UUID, list[datetime]] = defaultdict(list)
    lists = CardList.objects.filter(
        agency__in=agencies, listed_at__gte=within.start - _AFTER, listed_at__lt=within.end + _AFTER
    )
    told: dict[tuple[UUID, str], list[datetime]] = defaultdict(list)
    for agency, serial, moment in lists.values_list("agency", "device_serial", "listed_at"):
        told[agency, serial].append(moment)
    known = devices.devices_by_serials(told)
    for which, moments in told.items():
        if which in known:
            found[known[which]] += moments
    return found


class _Took(NamedTuple):
    """When something of a device ran, and came."""

    started_at: datetime | None
    ended_at: datetime | None
    received_at: datetime


def _recordings_of(some: set[UUID], within: Span) -> dict[UUID, list[_Took]]:
    """What came from these devices around that time: in time by its own clock, or in by then where it tells none."""
    start, end = within.start - _AFTER - _LONGEST, within.end + _AFTER
    timed = Q(started_at__lt=end, started_at__gte=start)
    untimed = Q(started_at=None, received_at__gte=start, received_at__lt=end)
    found: dict[UUID, list[_Took]] = defaultdict(list)
    for part in (timed, untimed) if some else ():
        rows = Recording.objects.filter(part, device__in=some).order_by()
        for device, started, ended, received in rows.values_list(*_TOOK):
            found[device].append(_Took(started, ended, received))
    return found


def _ran(row: _Took, start: datetime, end: datetime) -> bool:
    """Whether it ran in that time; one that does not tell its time is given the benefit of the doubt."""
    if row.started_at is None:
        return start <= row.received_at <= end + _AFTER
    return row.started_at < end and (row.ended_at or row.started_at) >= start
