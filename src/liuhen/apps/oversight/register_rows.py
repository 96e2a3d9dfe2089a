"""Every register of the house, defined once: devices, recordings, casework, and what oversight keeps.

A register whose rows no room keeps yet is not here; it is named as planned by the clause that asks for it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from liuhen.apps.access.models import Viewing
from liuhen.apps.archive import discs, volumes
from liuhen.apps.archive.models import ArchiveNumber, Disc, Volume, VolumeStep
from liuhen.apps.casework import handing
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.models import Activity, CaseHandover, CaseLink, Exemption, Interruption, Link
from liuhen.apps.devices import queries as devices
from liuhen.apps.devices.models import Device, Loan
from liuhen.apps.documents import queries as documents
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.models import Recording
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.models import Drawn, Remark, Score
from liuhen.apps.oversight.records import UNIT_RULES
from liuhen.apps.oversight.registers import Register
from liuhen.apps.registry.models import Officer, PackInForce, RoleAssignment, Unit
from liuhen.apps.registry.permission import Place, may, reach_of
from liuhen.apps.registry.policy import ROLES
from liuhen.apps.retention.models import KeepingPeriod
from liuhen.engines.rules.facts import CAUSES, EXEMPTIONS
from liuhen.engines.rules.office_facts import CONDUCTS
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import shown

_DAY = timedelta(hours=24)
_USABLE = (Device.State.IN_STOCK, Device.State.ISSUED)
_YES = {True: "是", False: "否", None: ""}
_IN_CHARGE = ("unit_head", "deputy_head", "device_keeper", "custodian", "archive_clerk", "archive_head", "legal_reviewer", "inspector", "logistics", "comms")  # fmt: skip


def _counted(row: Volume) -> tuple[object, ...]:
    closed, filed = (
        volumes.last_of(row, VolumeStep.Step.CLOSED),
        volumes.last_of(row, VolumeStep.Step.ACCEPTED),
    )
    counts = closed.counts if closed else {}
    told = (counts.get(key, "") for key in ("document", "pages", "recording", "disc"))
    return (*told, _at(filed.at) if filed else "")


def _read_back(row: Disc) -> tuple[str, str, str]:
    check = discs.last_check(row)
    return (
        (_at(check.at), "相符" if check.good else "不符", _at(check.next_at))
        if check
        else ("", "没有核对", "")
    )


def _at(moment: datetime | None) -> str:
    return shown(moment) if moment else ""


def _name(row: Any) -> str:
    return row.name if row is not None else ""


def _recordings(by: Actor, at: datetime) -> QuerySet[Recording]:
    rows = evidence.visible_to(by, at=at).exclude(form=Recording.Form.LOG)
    return rows.select_related("unit", "device", "officer", "station")


def _activities(by: Actor, at: datetime) -> QuerySet[Activity]:
    counted = casework.activities_visible_to(by, at=at).annotate(
        recordings=Count("links", filter=Q(links__unlinking__isnull=True), distinct=True),
        stops=Count("interruptions", distinct=True),
    )
    return counted.select_related("unit").prefetch_related("members__officer")


def _loans(by: Actor, at: datetime) -> QuerySet[Loan]:
    seen = devices.visible_to(by, at=at).values("pk")
    return Loan.objects.filter(device__in=seen).select_related("device__unit", "officer")


def _links(by: Actor, at: datetime) -> QuerySet[Link]:
    """Links whose both ends this person may know of: a keeper of devices sees recordings, and of whose activity they are not."""
    seen = casework.activities_visible_to(by, at=at).values("pk")
    rows = Link.objects.filter(recording__in=evidence.visible_to(by, at=at).values("pk"), activity__in=seen)
    return rows.select_related("recording__unit", "activity__case", "unlinking")


def _case_links(by: Actor, at: datetime) -> QuerySet[CaseLink]:
    """Straight links to cases whose both ends this person may know of."""
    seen = casework.cases_visible_to(by, at=at).values("pk")
    rows = CaseLink.objects.filter(recording__in=evidence.visible_to(by, at=at).values("pk"), case__in=seen)
    return rows.select_related("recording__unit", "case", "unlinking")


def _equipped(by: Actor, at: datetime) -> QuerySet[Unit]:
    """The parts of the office whose devices this person may see."""
    units = _units(by, at)
    return units.filter(
        pk__in=[u.pk for u in units if may(by, "device.view", on=Place(u.agency_id, u.path), at=at)]
    )


def _units(by: Actor, at: datetime) -> QuerySet[Unit]:
    mine = Unit.objects.filter(agency__in=RoleAssignment.objects.filter(officer=by.id).values("unit__agency"))
    portable = Q(devices__state__in=_USABLE) & ~Q(
        devices__device_type__in=("fixed_camera", "vehicle_recorder")
    )
    enforcing = Q(
        officers__state=Officer.State.ACTIVE,
        officers__roles__role="officer",
        officers__roles__until__isnull=True,
    )
    counted = mine.annotate(
        enforcing=Count("officers", filter=enforcing, distinct=True), portable=Count("devices", filter=portable, distinct=True)
    )  # fmt: skip
    return counted.prefetch_related("roles__officer")


def _in_charge(unit: Unit) -> list[str]:
    """Who holds each office in the unit itself now; empty where nobody does."""
    held: dict[str, list[str]] = {}
    for post in unit.roles.all():
        if post.until is None and post.officer.state == Officer.State.ACTIVE:
            held.setdefault(post.role, []).append(post.officer.name)
    return ["、".join(sorted(set(held.get(role, [])))) for role in _IN_CHARGE]


def _of_officer(remark: Remark) -> str:
    """Whose the thing was that was drawn: of a recording who made it, of an activity who took part, of a case who conducts it."""
    if remark.drawn is None:
        return ""
    of, key = remark.examination.of, remark.drawn.subject
    found = {
        "recording": Q(recordings=key), "activity": Q(memberships__activity=key), "case": Q(cases=key) | Q(seconded_cases=key),
    }.get(of)  # fmt: skip
    return "、".join(Officer.objects.filter(found).distinct().values_list("name", flat=True)) if found else ""


def _late(row: Recording) -> str:
    if row.ended_at is None:
        return "结束时间不明"
    over = row.received_at - row.ended_at - _DAY
    return f"迟 {int(over.total_seconds() // 60)} 分钟" if over > timedelta() else "按时"


_HANDED = {"prepared": "待移交人签名", "on_its_way": "在途", "done": "已交接", "refused": "不予接收"}


def _handovers(by: Actor, at: datetime) -> QuerySet[CaseHandover]:
    return handing.handovers().filter(case__in=casework.cases_visible_to(by, at=at).values("pk"))


def _sides(row: CaseHandover) -> tuple[str, str]:
    signed = {one.side: _at(one.at) for one in row.signatures.all() if not one.refused}
    return signed.get("giver", ""), signed.get("receiver", "")


_ALL: tuple[Register, ...] = (
    Register(
        key="devices", title="设备台账", group="设备", says="每台设备的编号、类型、所属和现在的状态。", action="device.view",
        columns=("设备编号", "产品序号", "类型", "型号", "部门", "状态"), words=("number", "serial", "model"),
        rows=lambda by, at: devices.visible_to(by, at=at).select_related("unit"), to=lambda _row: "/devices",
        cells=lambda d: (d.number, d.serial, d.get_device_type_display(), d.model, d.unit.name, d.get_state_display()),
    ),
    Register(
        key="recorder-use", title="执法记录仪配备使用情况台账", group="设备", says="谁领用、何时交接、用途和记录内容。", action="device.view",
        columns=("设备编号", "使用人", "领用", "应还", "归还", "用途", "记录内容"), when="out_at", unit="device__unit__path",
        words=("device__number", "officer__name", "purpose"), rows=_loans, to=lambda _row: "/devices",
        cells=lambda x: (x.device.number, x.officer.name, _at(x.out_at), _at(x.due_at), _at(x.returned_at), x.purpose, x.content),
    ),
    Register(
        key="pre-use-checks", title="使用前检查登记", group="设备", says="每次领用之前逐项检查的结果。", action="device.view",
        columns=("设备编号", "使用人", "检查时间", "合格", "不合格"), when="out_at", unit="device__unit__path",
        words=("device__number", "officer__name"), rows=_loans, to=lambda _row: "/devices",
        cells=lambda x: (x.device.number, x.officer.name, _at(x.out_at), "、".join(k for k, v in x.check_lines.items() if v),
                         "、".join(k for k, v in x.check_lines.items() if v is False)),
    ),
    Register(
        key="equipment", title="装备配备情况", group="设备", says="每个部门在岗执法人员与可用便携设备之比；固定和车载设备不计。", action="device.view",
        columns=("部门", "执法人员", "可用设备", "缺", "配发率"), unit="path", words=("name",), rows=_equipped,
        cells=lambda u: (u.name, u.enforcing, u.portable, max(0, u.enforcing - u.portable),
                         f"{min(1.0, u.portable / u.enforcing):.0%}" if u.enforcing else ""),
    ),
    Register(
        key="recordings", title="音像资料登记", group="音像", says="名称、设备、人员、时间和由来，每段一行。", action="recording.list",
        columns=("音像编号", "原文件名", "形式", "设备", "执法人员", "开始", "结束", "部门", "字节数", "SHA-256"), when="received_at",
        words=("number", "source_name"), rows=_recordings, to=lambda r: f"/recordings/{r.pk}",
        cells=lambda r: (r.number, r.source_name, r.get_form_display(), r.device.number if r.device else r.device_serial, _name(r.officer),
                         _at(r.started_at), _at(r.ended_at), r.unit.name, r.size, r.sha256),
    ),
    Register(
        key="ingest", title="移交入库登记", group="音像", says="何时记录完成、何时入库、迟了多久；宽限另见合规结论。", action="recording.list",
        columns=("音像编号", "执法人员", "记录完成", "入库", "迟早", "采集站", "复核"), when="received_at", words=("number", "officer__name"),
        rows=_recordings, to=lambda r: f"/recordings/{r.pk}",
        cells=lambda r: (r.number, _name(r.officer), _at(r.ended_at), _at(r.received_at), _late(r), _name(r.station), _at(r.verified_at)),
    ),
    Register(
        key="association", title="警情案件关联登记", group="音像", says="每段音像关联到哪次活动、哪件案，何时由谁关联，有没有解除。", action="activity.view",
        columns=("音像编号", "活动", "案号", "范围", "关联时间", "解除"), when="at", unit="recording__unit__path",
        words=("recording__number", "activity__number"), rows=_links, to=lambda x: f"/recordings/{x.recording_id}",
        cells=lambda x: (x.recording.number, x.activity.number, x.activity.case.number if x.activity.case else "", x.get_part_display(),
                         _at(x.at), _at(x.unlinking.at) if hasattr(x, "unlinking") else ""),
    ),
    Register(
        key="case-association", title="直接关联案件登记", group="音像", says="没有现场活动、直接归到一件案的音像，何时关联，有没有解除。", action="case.view",
        columns=("音像编号", "案号", "案由", "范围", "作为证据", "关联时间", "解除"), when="at", unit="recording__unit__path",
        words=("recording__number", "case__number", "case__cause"), rows=_case_links, to=lambda x: f"/recordings/{x.recording_id}",
        cells=lambda x: (x.recording.number, x.case.number, x.case.cause, x.get_part_display(), "是" if x.is_evidence else "否",
                         _at(x.at), _at(x.unlinking.at) if hasattr(x, "unlinking") else ""),
    ),
    Register(
        key="archive-numbers", title="编号存档登记", group="音像", says="档案编号和编号时间。", action="recording.list",
        columns=("档案编号", "音像编号", "编号时间"), when="at", unit="recording__unit__path", words=("number", "recording__number"),
        rows=lambda by, at: ArchiveNumber.objects.filter(recording__in=evidence.visible_to(by, at=at).values("pk")).select_related("recording"),
        to=lambda x: f"/recordings/{x.recording_id}", cells=lambda x: (x.number, x.recording.number, _at(x.at)),
    ),
    Register(
        key="retention", title="保存期限登记", group="音像", says="每段音像依哪一条保存到何时。", action="recording.list",
        columns=("音像编号", "类别", "保存至", "条文", "理由"), when="derived_at", unit="recording__unit__path", words=("recording__number", "label"),
        rows=lambda by, at: KeepingPeriod.objects.filter(recording__in=evidence.visible_to(by, at=at).values("pk")).select_related("recording"),
        to=lambda x: f"/recordings/{x.recording_id}", cells=lambda x: (x.recording.number, x.label, _at(x.until), x.article, x.reason),
    ),
    Register(
        key="viewings", title="查阅登记", group="音像", says="谁、何时、凭什么看了哪一段；看之前就已登记。", action="recording.list",
        columns=("查阅人", "音像编号", "依据", "审批", "开始", "截止"), when="opened_at", unit="recording__unit__path",
        words=("officer__name", "recording__number"), to=lambda x: f"/recordings/{x.recording_id}",
        rows=lambda by, at: Viewing.objects.filter(recording__in=evidence.visible_to(by, at=at).values("pk")).select_related("recording", "officer"),
        cells=lambda x: (x.officer.name, x.recording.number, x.basis, x.approval, _at(x.opened_at), _at(x.closes_at)),
    ),
    Register(
        key="activities", title="应录已录登记", group="办案", says="每次现场活动关联了几段音像、中断几次。", action="activity.view",
        columns=("活动编号", "事由", "地点", "执法人员", "到达", "结束", "音像", "中断", "状态"), when="planned_at", words=("number", "subject", "place_text"),
        rows=_activities, to=lambda a: f"/activities/{a.pk}",
        cells=lambda a: (a.number, a.subject, a.place_text, "、".join(m.officer.name for m in a.members.all()), _at(a.arrived_at), _at(a.ended_at),
                         a.recordings, a.stops, a.get_state_display()),
    ),
    Register(
        key="announcements", title="告知和异议登记", group="办案", says="有没有告知正在录音录像，当事人有无异议，怎样处理。", action="activity.view",
        columns=("活动编号", "事由", "已告知", "未告知的说明", "提出异议", "已说明", "因异议停录"), when="planned_at", words=("number", "subject"),
        rows=_activities, to=lambda a: f"/activities/{a.pk}",
        cells=lambda a: (a.number, a.subject, _YES[a.announced], a.not_announced_reason, _YES[a.objected], _YES[a.objection_explained],
                         _YES[a.stopped_on_objection]),
    ),
    Register(
        key="interruptions", title="记录中断登记", group="办案", says="哪次活动、哪一段、何因，恢复时有无语音说明，有无书面说明。", action="activity.view",
        columns=("活动编号", "自", "至", "原因", "后来恢复", "语音说明", "书面说明"), when="start", unit="activity__unit__path", words=("activity__number",),
        rows=lambda by, at: Interruption.objects.filter(activity__in=casework.activities_visible_to(by, at=at).values("pk")).select_related("activity", "statement"),
        to=lambda x: f"/activities/{x.activity_id}",
        cells=lambda x: (x.activity.number, _at(x.start), _at(x.end), CAUSES.get(x.cause, x.cause), _YES[x.resumed], _YES[x.voice_explained],
                         x.statement.number if x.statement else ""),
    ),
    Register(
        key="exemptions", title="不予记录登记", group="办案", says="哪次活动、哪种情形、原因和依据。", action="activity.view",
        columns=("活动编号", "情形", "原因", "依据", "登记"), when="entered_at", unit="activity__unit__path", words=("activity__number", "reason"),
        rows=lambda by, at: Exemption.objects.filter(activity__in=casework.activities_visible_to(by, at=at).values("pk")).select_related("activity"),
        to=lambda x: f"/activities/{x.activity_id}",
        cells=lambda x: (x.activity.number, EXEMPTIONS.get(x.code, x.code), x.reason, x.basis, _at(x.entered_at)),
    ),
    Register(
        key="documents", title="文书登记", group="办案", says="每份文书的名称、制作人和办到哪一步。", action="document.view",
        columns=("文书编号", "名称", "制作人", "制作", "定稿", "状态"), when="made_at", words=("number", "title"),
        rows=lambda by, at: documents.visible_to(by, at=at).select_related("unit", "made_by"), to=lambda d: f"/documents/{d.pk}",
        cells=lambda d: (d.number, d.title, d.made_by.name, _at(d.made_at), _at(d.finalised_at), d.get_state_display()),
    ),
    Register(
        key="handovers", title="执法交接登记", group="办案", says="哪件事项、哪个环节，谁交给谁，清单几项，双方何时签名。", action="case.view",
        columns=("交接编号", "案号", "环节", "移交", "接收", "清单", "制作", "移交签名", "接收签名", "状态"), when="at", unit="case__unit__path",
        words=("number", "case__number", "outside"), rows=_handovers, to=lambda x: f"/cases/{x.case_id}",
        cells=lambda x: (x.number, x.case.number, x.get_point_display(), x.giver.name, x.receiving, len(x.things), _at(x.at), *_sides(x),
                         _HANDED[handing.state_of(x)]),
    ),
    Register(
        key="volumes", title="案卷登记", group="归档", says="每件案卷何时立卷、封卷、移交、接收，卷内多少，应于何时归档。", action="volume.view",
        columns=("案卷号", "题名", "案号", "立卷", "应归档", "现况", "文书", "页数", "音像", "光盘", "归档"), when="at",
        words=("number", "title", "case__number"), rows=lambda by, at: volumes.volumes_visible_to(by, at=at), to=lambda x: f"/volumes/{x.pk}",
        cells=lambda x: (x.number, x.title, x.case.number, _at(x.at), _at(volumes.due_of(x)), volumes.STATES[volumes.state_of(x)], *_counted(x)),
    ),
    Register(
        key="discs", title="光盘登记", group="归档", says="每张光盘刻了什么、放在哪里、读回是否相符、下次何时核对。", action="disc.view",
        columns=("光盘编号", "第几份", "内容", "案号", "盘片", "存放处", "刻录", "制作人", "核对", "结果", "下次核对"), when="at",
        unit="disc_set__unit__path", words=("number", "shelf", "disc_set__case__number"), rows=lambda by, at: discs.discs_visible_to(by, at=at),
        cells=lambda x: (x.number, x.copy, x.disc_set.title, x.disc_set.case.number, x.get_medium_display(), x.shelf, _at(x.at), x.officer.name,
                         *_read_back(x)),
    ),
    Register(
        key="inspections", title="监督检查登记", group="监督", says="每次检查的种类、部门、选取和结果。", action="examination.view",
        columns=("编号", "种类", "事由", "部门", "选取", "件数", "立项", "应办结", "办结", "结果"), when="planned_at", words=("number", "title"),
        rows=lambda by, at: oversight.examinations_seen(by, at=at), to=lambda x: f"/inspections/{x.pk}",
        cells=lambda x: (x.number, x.get_kind_of_check_display(), x.title, x.unit.name, x.get_method_display(), x.size, _at(x.planned_at),
                         _at(x.due_at), _at(x.closed_at), x.summary),
    ),
    Register(
        key="samples", title="抽样登记", group="监督", says="每次检查抽中的各件，按抽取的次序，连同排序的值。", action="examination.view",
        columns=("检查", "次序", "查什么", "编号代码", "排序值", "合格项", "不合格项"), when="examination__planned_at", unit="examination__unit__path",
        words=("examination__number",), to=lambda x: f"/inspections/{x.examination_id}",
        rows=lambda by, at: Drawn.objects.filter(examination__in=oversight.examinations_seen(by, at=at).values("pk")).select_related("examination").prefetch_related("scores"),
        cells=lambda x: (x.examination.number, x.order, x.examination.get_of_display(), str(x.subject), x.key[:16],
                         "、".join(s.label for s in x.scores.all() if s.answer == "pass"), "、".join(s.label for s in x.scores.all() if s.answer == "fail")),
    ),
    Register(
        key="enforcement-archive", title="执法档案", group="监督", says="检查中对每个部门、每名执法人员提出的问题和表扬，连同答复。", action="examination.view",
        columns=("检查", "部门", "执法人员", "性质", "意见", "条文", "提出", "整改期限", "答复"), when="at", unit="examination__unit__path", words=("says", "examination__number"),
        rows=lambda by, at: Remark.objects.filter(examination__in=oversight.examinations_seen(by, at=at).values("pk")).select_related("examination__unit", "drawn").prefetch_related("replies"),
        to=lambda x: f"/inspections/{x.examination_id}",
        cells=lambda x: (x.examination.number, x.examination.unit.name, _of_officer(x), x.get_sort_display(), x.says, x.article, _at(x.at), _at(x.due_at),
                         "；".join(f"{r.get_sort_display()} {r.says}" for r in x.replies.all())),
    ),
    Register(
        key="liability-facts", title="责任事实登记", group="监督", says="陈述的事实和办到哪一步；只列事实，不作认定。", action="liability.view",
        columns=("编号", "情形", "人员", "部门", "事实", "登记", "状态", "办结"), when="stated_at", words=("number", "says"),
        rows=lambda by, at: oversight.liability_seen(by, at=at), to=lambda x: f"/liability/{x.pk}",
        cells=lambda x: (x.number, "、".join(CONDUCTS[c] for c in x.acts), _name(x.officer), x.unit.name, x.says, _at(x.stated_at),
                         x.get_state_display(), _at(x.closed_at)),
    ),
    Register(
        key="scores",
        title="评定登记",
        group="监督",
        says="抽中的每一件在评分表每一项上的评定；评过几次的都在。",
        action="examination.view",
        columns=("检查", "第几件", "评分项", "评定", "说明", "时间"),
        when="at",
        unit="drawn__examination__unit__path",
        words=("label", "drawn__examination__number"),
        rows=lambda by, at: Score.objects.filter(
            drawn__examination__in=oversight.examinations_seen(by, at=at).values("pk")
        ).select_related("drawn__examination"),
        to=lambda x: f"/inspections/{x.drawn.examination_id}",
        cells=lambda x: (
            x.drawn.examination.number,
            x.drawn.order,
            x.label,
            x.get_answer_display(),
            x.note,
            _at(x.at),
        ),
    ),
    Register(
        key="officers",
        title="执法人员名册",
        group="制度",
        says="姓名、号码、部门、执法证和状态。",
        action="roster.view",
        columns=("姓名", "警号或工号", "部门", "执法证号", "有效期至", "状态"),
        words=("name", "number"),
        rows=lambda by, at: Officer.objects.filter(reach_of(by, "roster.view", at=at)).select_related("unit"),
        cells=lambda x: (
            x.name,
            x.number,
            x.unit.name,
            x.card,
            str(x.card_valid_until or ""),
            x.get_state_display(),
        ),
    ),
    Register(
        key="training", title="教育培训登记", group="制度", says="安排和办理了哪些培训，谁参加，结果怎样。", action="register.view",
        columns=("内容", "部门", "应办", "办理", "讲授人", "参加人员", "结果"), when="due_at", words=("title", "attendees"),
        rows=lambda by, at: oversight.trainings_seen(by, at=at),
        cells=lambda x: (x.title, x.unit.name, _at(x.due_at), _at(x.held_at), x.trainer, x.attendees, x.result),
    ),
    Register(
        key="unit-rules", title="管理制度登记", group="制度", says="本机关自己订立的制度、清单、指引和报备，从何时起、至何时止。", action="register.view",
        columns=("种类", "名称", "文号", "部门", "施行", "终止"), when="since", words=("title", "issue_number"),
        rows=lambda by, at: oversight.unit_rules_seen(by, at=at),
        cells=lambda x: (UNIT_RULES.get(x.code, x.code), x.title, x.issue_number, x.unit.name, _at(x.since), _at(x.until)),
    ),
    Register(
        key="pack-versions", title="规则包版本登记", group="制度", says="哪一版制度从何时施行、至何时止。", action="register.view",
        columns=("规则包", "版本", "施行", "终止", "摘要"), when="since", unit="", words=("key",), to=lambda _row: "/rules",
        rows=lambda by, at: PackInForce.objects.filter(reach_of(by, "law.view", at=at)),
        cells=lambda x: (x.key, x.version, _at(x.since), _at(x.until), x.digest[:16]),
    ),
    Register(
        key="departments", title="部门职责登记", group="制度", says="每个部门由谁负责、谁管设备、谁保管；空着的就是还没有指定。", action="register.view",
        columns=("部门", "职能", *(ROLES[role] for role in _IN_CHARGE)), unit="path", words=("name",), rows=_units,
        cells=lambda u: (u.name, u.get_function_display(), *_in_charge(u)),
    ),
)  # fmt: skip
REGISTERS: Mapping[str, Register] = {register.key: register for register in _ALL}
