"""Registers of casework: how work came in, what was recorded of it, and whom it was handed to."""

from datetime import datetime

from django.db.models import Count, Prefetch, Q, QuerySet

from liuhen.apps.casework import handing, receiving, stays
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.models import Activity, CaseHandover, Exemption, Intake, Interruption, StayStep
from liuhen.apps.evidence.knowing import known_to
from liuhen.apps.oversight.registers.cells import YES, listed, name, said
from liuhen.apps.oversight.registers.definition import Register, Rows
from liuhen.engines.rules.facts import CAUSES, EXEMPTIONS
from liuhen.kernel.actors import Actor

_HANDED = {"prepared": "待移交人签名", "on_its_way": "在途", "done": "已交接", "refused": "不予接收"}


def _activities(by: Actor, at: datetime) -> QuerySet[Activity]:
    known = known_to(by, at=at, by="links__recording")
    counted = casework.activities_visible_to(by, at=at).annotate(
        recordings=Count("links", filter=Q(links__unlinking__isnull=True) & known, distinct=True),
        stops=Count("interruptions", distinct=True),
    )
    return counted.select_related("unit").prefetch_related("members__officer")


def _handovers(by: Actor, at: datetime) -> QuerySet[CaseHandover]:
    rows = handing.handovers().filter(case__in=casework.cases_visible_to(by, at=at).values("pk"))
    return rows.exclude(pk__in=handing.closed_lists(by, at=at))


def _sides(row: CaseHandover) -> tuple[str, str]:
    signed = {one.side: said(one.at) for one in row.signatures.all() if not one.refused}
    return signed.get("giver", ""), signed.get("receiver", "")


def _stay_steps(by: Actor, at: datetime) -> QuerySet[StayStep]:
    rows = StayStep.objects.filter(stay__in=stays.stays_seen(by, at=at).values("pk"))
    return rows.select_related("stay__activity__unit", "room")


def _intakes(*sorts: Intake.Sort) -> Rows:
    """Each with its steps; a case or an activity it led to is named to whoever may know of that too."""

    def rows(by: Actor, at: datetime) -> QuerySet[Intake]:
        cases = Prefetch("steps__case", casework.cases_visible_to(by, at=at))
        activities = Prefetch("steps__activity", casework.activities_visible_to(by, at=at))
        seen = receiving.intakes_seen(by, at=at).filter(sort__in=sorts)
        return seen.prefetch_related("steps", cases, activities)

    return rows


def _became(row: Intake) -> tuple[str, str]:
    """The steps taken, and the case or activity it led to."""
    steps = sorted(row.steps.all(), key=lambda step: (step.happened_at, step.at))
    led = [thing.number for step in steps for thing in (step.case, step.activity) if thing is not None]
    return "；".join(f"{said(step.happened_at)} {step.get_sort_display()}" for step in steps), listed(
        dict.fromkeys(led)
    )


def _intake_cells(row: Intake) -> tuple[object, ...]:
    return (
        row.number, row.get_channel_display(), row.subject, row.place_text, row.person, said(row.happened_at), said(row.received_at),
        name(row.officer), *_became(row),
    )  # fmt: skip


_INTAKE = ("受理编号", "来源", "事由", "地点", "来人", "所述时间", "收到", "受理人", "办理", "案件或者活动")


CASEWORK: tuple[Register, ...] = (
    Register(
        key="incidents", title="警情登记", group="办案", says="每起警情何时收到、何时派警、到场、离场，归到哪次活动、哪件案。", action="intake.view",
        columns=_INTAKE, when="received_at", words=("number", "subject", "place_text", "person"), rows=_intakes(Intake.Sort.INCIDENT),
        to=lambda x: f"/intakes/{x.pk}", cells=_intake_cells,
    ),
    Register(
        key="complaints", title="投诉举报登记", group="办案", says="每件投诉举报和线索是否实名、怎样处理、有没有告知本人。", action="intake.view",
        columns=(*_INTAKE, "实名"), when="received_at", words=("number", "subject", "place_text", "person"),
        rows=_intakes(Intake.Sort.COMPLAINT, Intake.Sort.LEAD), to=lambda x: f"/intakes/{x.pk}", cells=lambda x: (*_intake_cells(x), YES[x.real_name]),
    ),
    Register(
        key="applications", title="申请受理登记", group="办案", says="每件申请何时收到、谁受理、办到哪一步。", action="intake.view",
        columns=_INTAKE, when="received_at", words=("number", "subject", "person"), rows=_intakes(Intake.Sort.APPLICATION),
        to=lambda x: f"/intakes/{x.pk}", cells=_intake_cells,
    ),
    Register(
        key="activities", title="应录已录登记", group="办案", says="每次现场活动关联了几段音像、中断几次。", action="activity.view",
        columns=("活动编号", "事由", "地点", "执法人员", "到达", "结束", "音像", "中断", "状态"), when="planned_at", words=("number", "subject", "place_text"),
        rows=_activities, to=lambda a: f"/activities/{a.pk}",
        cells=lambda a: (a.number, a.subject, a.place_text, "、".join(m.officer.name for m in a.members.all()), said(a.arrived_at), said(a.ended_at),
                         a.recordings, a.stops, a.get_state_display()),
    ),
    Register(
        key="announcements", title="告知和异议登记", group="办案", says="有没有告知正在录音录像，当事人有无异议，怎样处理。", action="activity.view",
        columns=("活动编号", "事由", "已告知", "未告知的说明", "提出异议", "已说明", "因异议停录"), when="planned_at", words=("number", "subject"),
        rows=_activities, to=lambda a: f"/activities/{a.pk}",
        cells=lambda a: (a.number, a.subject, YES[a.announced], a.not_announced_reason, YES[a.objected], YES[a.objection_explained],
                         YES[a.stopped_on_objection]),
    ),
    Register(
        key="interruptions", title="记录中断登记", group="办案", says="哪次活动、哪一段、何因，恢复时有无语音说明，有无书面说明。", action="activity.view",
        columns=("活动编号", "自", "至", "原因", "后来恢复", "语音说明", "书面说明"), when="start", unit="activity__unit__path", words=("activity__number",),
        rows=lambda by, at: Interruption.objects.filter(activity__in=casework.activities_visible_to(by, at=at).values("pk")).select_related("activity", "statement"),
        to=lambda x: f"/activities/{x.activity_id}",
        cells=lambda x: (x.activity.number, said(x.start), said(x.end), CAUSES.get(x.cause, x.cause), YES[x.resumed], YES[x.voice_explained],
                         x.statement.number if x.statement else ""),
    ),
    Register(
        key="exemptions", title="不予记录登记", group="办案", says="哪次活动、哪种情形、原因和依据。", action="activity.view",
        columns=("活动编号", "情形", "原因", "依据", "登记"), when="entered_at", unit="activity__unit__path", words=("activity__number", "reason"),
        rows=lambda by, at: Exemption.objects.filter(activity__in=casework.activities_visible_to(by, at=at).values("pk")).select_related("activity"),
        to=lambda x: f"/activities/{x.activity_id}",
        cells=lambda x: (x.activity.number, EXEMPTIONS.get(x.code, x.code), x.reason, x.basis, said(x.entered_at)),
    ),
    Register(
        key="stays", title="办案区使用登记", group="办案", says="谁何时被带入、在哪一间、做什么、何时离开；场所没有就绪的写明。", action="activity.view",
        columns=("停留编号", "被带入的人", "活动编号", "一步", "场所", "开始", "说明", "场所没有就绪"), when="starts_at", unit="stay__activity__unit__path",
        words=("stay__number", "stay__person", "stay__activity__number"), rows=_stay_steps, to=lambda x: f"/stays/{x.stay_id}",
        cells=lambda x: (x.stay.number, x.stay.person, x.stay.activity.number, x.get_sort_display(), name(x.room), said(x.starts_at), x.says, x.unready),
    ),
    Register(
        key="handovers", title="执法交接登记", group="办案", says="哪件事项、哪个环节，谁交给谁，清单几项，双方何时签名。", action="case.view",
        columns=("交接编号", "案号", "环节", "移交", "接收", "清单", "制作", "移交签名", "接收签名", "状态"), when="at", unit="case__unit__path",
        words=("number", "case__number", "outside"), rows=_handovers, to=lambda x: f"/cases/{x.case_id}",
        cells=lambda x: (x.number, x.case.number, x.get_point_display(), x.giver.name, x.receiving, len(x.things), said(x.at), *_sides(x),
                         _HANDED[handing.state_of(x)]),
    ),
)  # fmt: skip
