"""Changes of casework. Each is one line; each schedules the judgement of exactly what it touched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from liuhen.apps.approval.actions import ChainStep, request_approval
from liuhen.apps.approval.models import Request
from liuhen.apps.casework.linking import check_linkable, length_of, live_links, span_of_media
from liuhen.apps.casework.models import (
    Activity,
    Case,
    ContentEntry,
    Declaration,
    Exemption,
    Intake,
    Interruption,
    Link,
    Member,
)
from liuhen.apps.casework.receiving import Step, add_step, start_of
from liuhen.apps.casework.recusing import check_not_recused
from liuhen.apps.devices.models import Device
from liuhen.apps.documents.models import Document
from liuhen.apps.documents.queries import documents_about
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer, Unit
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import Place, allow
from liuhen.apps.search.actions import keep
from liuhen.engines.rules.packs import Rulebook
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Malformed, Refused
from liuhen.kernel.spans import Span

_NEXT = timedelta(microseconds=1)
_EDITABLE = frozenset(
    {
        "arrived_at", "started_at", "ended_at", "left_at", "suspect_brought_back", "case_area_entry_at",
        "case_area_left_at", "flags", "acts", "carriers", "shortfall_reason", "not_recorded_reason", "announced",
        "not_announced_reason", "objected", "objection_explained", "stopped_on_objection", "checklist",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What is entered of a new activity."""

    activity_type: str
    subject: str
    place_text: str
    planned_at: datetime
    officers: Sequence[Officer]
    case: Case | None = None
    flags: Sequence[str] = field(default=())
    acts: Sequence[str] = field(default=())
    latitude: float | None = None
    longitude: float | None = None
    intake: Intake | None = None


def open_case(
    unit: Unit, *, by: Actor, category: str, start_mode: str, cause: str, officer: Officer, at: datetime,
    second_officer: Officer | None = None, place_text: str = "", party: str = "", intake: Intake | None = None,
) -> Case:  # fmt: skip
    """启动一件执法事项；`intake` is what it comes from, whose kind then says how it begins."""
    start_mode = start_of(intake) if intake else start_mode
    case = Case(
        agency_id=unit.agency_id, unit=unit, category=category, start_mode=start_mode, cause=cause.strip(),
        officer=officer, second_officer=second_officer, place_text=place_text, party=party, opened_at=at,
    )  # fmt: skip
    allow(by, "case.write", on=case, at=at)
    if not case.cause:
        raise Refused("启动执法事项需写明案由", do="请填写案由。")
    _check_own(unit, officer, second_officer, intake)
    with act("case.opened", by=by, at=at, agency=case.agency_id) as line:
        case.number = next_number(unit.agency, "案", at=at)
        case.save(force_insert=True)
        line.about(case)
        keep(case)
        if intake is not None:
            add_step(intake, line, step=Step.OPENED, by=by, at=at, case=case)
        line.schedule("case.judge", case)
    return case


def enter_contents(
    case: Case, *, by: Actor, answers: Mapping[str, str], note: str, at: datetime
) -> list[ContentEntry]:
    """登记办案内容：what was recorded elsewhere, what did not occur, what occurred. Only what changes is entered.

    Raises `Refused` where something is said not to have occurred, or to stand elsewhere, without a word of explanation.
    """
    allow(by, "case.write", on=case, at=at)
    check_not_recused(case, by)
    held = {row.code: row.answer for row in case.content_entries.order_by("at", "id")}
    fresh = {
        code: answer for code, answer in answers.items() if held.get(code, ContentEntry.Answer.OPEN) != answer
    }
    if not fresh:
        raise Refused("没有要登记的更改", do="请选择有变化的项目。")
    explained = (ContentEntry.Answer.RECORDED, ContentEntry.Answer.ABSENT)
    if not note.strip() and any(answer in explained for answer in fresh.values()):
        raise Refused("注明没有发生或者已在别处记录的，须写明说明", do="请写明依据，如文书、案卷的页次。")
    # Each a microsecond after the other: steps of the decision stand in the order they were told.
    rows = [
        ContentEntry(case=case, code=code, answer=answer, note=note.strip(), at=at + n * _NEXT, by=by.id)
        for n, (code, answer) in enumerate(fresh.items())
    ]
    with act("case.contents-entered", by=by, at=at, agency=case.agency_id) as line:
        for row in rows:
            row.save(force_insert=True)
            line.about(row)
        line.schedule("case.judge", case)
    return rows


def plan_activity(unit: Unit, *, by: Actor, plan: Plan, law: Rulebook, at: datetime) -> Activity:
    """登记一次现场活动。Raises `Malformed` for a type the pack does not know."""
    known = {t.code: t.label for t in law.activity_types}
    if plan.activity_type not in known:
        raise Malformed(
            f"制度中没有“{plan.activity_type}”这类活动", do=f"可选的有：{'、'.join(known.values())}。"
        )
    activity = Activity(
        agency_id=unit.agency_id, unit=unit, case=plan.case, activity_type=plan.activity_type,
        subject=plan.subject.strip(), place_text=plan.place_text, planned_at=plan.planned_at,
        flags=sorted(plan.flags), acts=sorted(plan.acts), latitude=plan.latitude, longitude=plan.longitude,
    )  # fmt: skip
    place = Place(unit.agency_id, unit.path, frozenset(o.pk for o in plan.officers), activity.pk)
    allow(by, "activity.write", on=place, at=at)
    if not plan.officers or not activity.subject:
        raise Refused("登记活动需写明事由和参加人员", do="请补全后再提交。")
    _check_own(unit, *plan.officers, plan.case, plan.intake)
    with act("activity.planned", by=by, at=at, agency=activity.agency_id) as line:
        activity.number = next_number(unit.agency, "活动", at=at)
        activity.save(force_insert=True)
        line.about(activity)
        for officer in plan.officers:
            member = Member(activity=activity, officer=officer)
            member.save(force_insert=True)
            line.about(member)
        keep(activity)
        if plan.intake is not None:
            add_step(plan.intake, line, step=Step.PLANNED, by=by, at=at, activity=activity)
        line.schedule("activity.judge", activity)
    return activity


def note_activity(activity: Activity, *, by: Actor, at: datetime, **changes: Any) -> Activity:
    """Enter what happened: times, flags, announcement, checklist. Times must stand in their order."""
    allow(by, "activity.write", on=activity, at=at)
    unknown = changes.keys() - _EDITABLE
    if unknown:
        raise Malformed(f"活动没有可登记的“{'、'.join(sorted(unknown))}”")
    if activity.state == Activity.State.CLOSED:
        raise Refused(f"活动 {activity.number} 已办结", do="如需补充，请另附情况说明。")
    for name, value in changes.items():
        setattr(activity, name, value)
    _check_times(activity)
    activity.state = _state_of(activity)
    with act("activity.noted", by=by, at=at, agency=activity.agency_id) as line:
        activity.save(update_fields=[*changes, "state"])
        line.about(activity)
        keep(activity)
        line.schedule("activity.judge", activity)
    return activity


def close_activity(activity: Activity, *, by: Actor, at: datetime) -> Activity:
    """办结：此后只能另附说明。"""
    allow(by, "activity.write", on=activity, at=at)
    if activity.state != Activity.State.ENDED:
        raise Refused("活动尚未结束，不能办结", do="请先登记结束时间。")
    with act("activity.closed", by=by, at=at, agency=activity.agency_id) as line:
        activity.state, activity.closed_at = Activity.State.CLOSED, at
        activity.save(update_fields=["state", "closed_at"])
        line.about(activity)
        line.schedule("activity.judge", activity)
    return activity


def declare_recording(
    activity: Activity, *, by: Actor, device: Device, officer: Officer, at: datetime
) -> Declaration:
    """摄录申报：现场先声明，文件后送到。"""
    allow(by, "activity.write", on=activity, at=at)
    _check_own(activity.unit, officer, device)
    loan = device.loans.filter(returned_at__isnull=True).first()
    if loan is None:
        raise Refused(f"设备 {device.number} 没有领用登记，不能申报", do="请先办理领用。")
    if activity.declarations.filter(device=device).exists():
        raise Refused(f"设备 {device.number} 已在这次活动中申报", do="无需重复申报。")
    declaration = Declaration(activity=activity, device=device, officer=officer, at=at)
    with act("recording.declared", by=by, at=at, agency=activity.agency_id) as line:
        declaration.save(force_insert=True)
        line.about(declaration)
        line.schedule("activity.judge", activity)
    return declaration


def link_recording(
    activity: Activity, *, by: Actor, recording: Recording, reasons: Sequence[str], at: datetime,
    part: str = Link.Part.WHOLE, is_evidence: bool = False, begins: float | None = None, ends: float | None = None,
) -> Link:  # fmt: skip
    """关联音像与活动：由人确认，写明依据。A part (`segment`) says where in the original it lies, in seconds of its own time."""
    check_linkable(recording, by=by, at=at)
    allow(by, "activity.view", on=activity, at=at)
    if recording.agency_id != activity.agency_id:
        raise Refused("音像资料与活动不属于同一机关", do="请核对编号。")
    if part not in Link.Part.values:
        raise Malformed("没有这种关联方式", do=f"可选的有：{'、'.join(Link.Part.labels)}。")
    span = span_of_media(begins, ends, length=length_of(recording)) if part == Link.Part.SEGMENT else None
    link = Link(
        activity=activity,
        recording=recording,
        part=part,
        is_evidence=is_evidence,
        reasons=list(reasons),
        at=at,
        by=by.id,
    )
    with act("recording.linked", by=by, at=at, agency=activity.agency_id) as line:
        Recording.objects.select_for_update().get(pk=recording.pk)  # Two hands at once make one link.
        if live_links().filter(activity=activity, recording=recording).exists():
            raise Refused("这段音像已关联到该活动", do="无需重复关联。")
        link.save(force_insert=True)
        line.about(link)
        line.about(recording)
        if span is not None:
            span.link = link
            span.save(force_insert=True)
            line.about(span)
        line.schedule("activity.judge", activity)
        line.schedule("recording.judge", recording)
        for document in documents_about([activity.pk]):  # Its times are held against what was recorded.
            line.schedule("document.judge", document)
    return link


def enter_interruption(
    activity: Activity, *, by: Actor, span: Span, cause: str, at: datetime, law: Rulebook,
    resumed: bool | None = None, voice_explained: bool | None = None, reported_at: datetime | None = None,
) -> Interruption:  # fmt: skip
    """登记一段记录中断，不问缺口。The cause must be one the pack knows, the span must lie in the activity.

    People file what the media show: `interrupting.file_interruption`. This is for what came from elsewhere with its times.
    """
    allow(by, "activity.write", on=activity, at=at)
    check_cause(law, cause)
    first = activity.arrived_at or activity.started_at
    if first is None or span.start < first or (activity.ended_at and span.end > activity.ended_at):
        raise Refused("中断时段须在活动起止时间之内", do="请核对时间轴上缺失的那一段。")
    interruption = Interruption(
        activity=activity, start=span.start, end=span.end, cause=cause, resumed=resumed,
        voice_explained=voice_explained, reported_at=reported_at, entered_at=at, entered_by=by.id,
    )  # fmt: skip
    with act("interruption.entered", by=by, at=at, agency=activity.agency_id) as line:
        interruption.save(force_insert=True)
        line.about(interruption)
        line.schedule("activity.judge", activity)
    return interruption


def check_cause(law: Rulebook, cause: str) -> None:
    """Raises `Malformed` for a cause that the law in force does not name."""
    kind = law.interruption
    causes = {c.code: c.label for c in kind.cause} if kind else {}
    if cause not in causes:
        raise Malformed(
            f"制度中没有“{cause}”这种中断原因", do=f"可选的有：{'、'.join(causes.values()) or '无'}。"
        )


def attach_statement(interruption: Interruption, *, by: Actor, document: Document, at: datetime) -> None:
    """附上已定稿的书面说明。"""
    allow(by, "activity.write", on=interruption.activity, at=at)
    if document.state != Document.State.FINALISED or document.subject != interruption.pk:
        raise Refused("所附文书不是这段中断的已定稿书面说明", do="请先完成书面说明的签名并定稿。")
    with act("interruption.stated", by=by, at=at, agency=interruption.activity.agency_id) as line:
        interruption.statement = document
        interruption.save(update_fields=["statement"])
        line.about(interruption)
        line.schedule("activity.judge", interruption.activity)


def claim_exemption(
    activity: Activity, *, by: Actor, code: str, reason: str, basis: str, law: Rulebook, at: datetime
) -> Exemption:
    """主张不予记录。Only grounds of the pack; reason and basis both; who approves comes from the pack."""
    allow(by, "activity.write", on=activity, at=at)
    grounds = {g.code: g.label for g in law.grounds}
    if code not in grounds:
        offered = "、".join(grounds.values())
        raise Refused(
            "本机关施行的制度没有这种不予记录的情形",
            do=f"可主张的有：{offered}。" if offered else "未能记录的，请按记录中断办理。",
        )
    if Exemption.objects.filter(activity=activity).exists():
        raise Refused("这次活动已经主张过不予记录", do="如情况有变，请另附情况说明。")
    if not reason.strip() or not basis.strip():
        raise Refused("不予记录须写明原因和依据", do="请补全后再提交。")
    exemption = Exemption(
        activity=activity,
        code=code,
        reason=reason.strip(),
        basis=basis.strip(),
        entered_at=at,
        entered_by=by.id,
    )
    with act("exemption.claimed", by=by, at=at, agency=activity.agency_id) as line:
        exemption.save(force_insert=True)
        line.about(exemption)
        keep(activity)
        line.schedule("activity.judge", activity)
    return exemption


def ask_for_approval(
    subject: Interruption | Exemption,
    *,
    by: Actor,
    requester: Officer,
    reason: str,
    chain: Sequence[ChainStep],
    at: datetime,
) -> Request:
    """Lay an interruption's statement or an exemption before the chain the pack asks for."""
    purpose = "interruption" if isinstance(subject, Interruption) else "exemption"
    return request_approval(
        subject,
        by=by,
        requester=requester,
        unit=subject.activity.unit,
        purpose=purpose,
        reason=reason,
        chain=chain,
        at=at,
    )


def _check_own(unit: Unit, *others: Officer | Device | Case | Intake | None) -> None:
    """Persons, devices and cases of another agency never take part."""
    if any(other and other.agency_id != unit.agency_id for other in others):
        raise Refused("所选人员、设备或执法事项不属于本机关", do="请从本机关的名册和台账中选择。")


def _check_times(activity: Activity) -> None:
    told = [
        ("到达", activity.arrived_at), ("开始", activity.started_at), ("结束", activity.ended_at), ("离开", activity.left_at),
    ]  # fmt: skip
    known = [(name, moment) for name, moment in told if moment is not None]
    for (earlier, first), (later, second) in pairwise(known):
        if second < first:
            raise Refused(f"{later}时间早于{earlier}时间", do="请核对各项时间的先后。")


def _state_of(activity: Activity) -> str:
    if activity.ended_at is not None:
        return Activity.State.ENDED
    begun = activity.arrived_at or activity.started_at
    return Activity.State.UNDER_WAY if begun else Activity.State.PLANNED
