"""Registers of footage: what came, from where, what it belongs to, and how long it is kept."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from liuhen.apps.archive.models import ArchiveNumber, SecondStore
from liuhen.apps.casework import outward
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.models import CaseLink, Link, OutwardItem
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.models import Recording, SourceStatement
from liuhen.apps.oversight.registers.cells import YES, name, said
from liuhen.apps.oversight.registers.definition import Register
from liuhen.apps.retention.models import KeepingPeriod
from liuhen.kernel.actors import Actor

_DAY = timedelta(hours=24)


def _recordings(by: Actor, at: datetime) -> QuerySet[Recording]:
    rows = evidence.visible_to(by, at=at).exclude(form=Recording.Form.LOG)
    return rows.select_related("unit", "device", "officer", "station")


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


def _late(row: Recording) -> str:
    if row.ended_at is None:
        return "结束时间不明"
    over = row.received_at - row.ended_at - _DAY
    return f"迟 {int(over.total_seconds() // 60)} 分钟" if over > timedelta() else "按时"


def _sources(by: Actor, at: datetime) -> QuerySet[SourceStatement]:
    seen = evidence.visible_to(by, at=at).values("pk")
    rows = SourceStatement.objects.filter(recording__in=seen)
    return rows.select_related("recording__unit", "recording__erasure_note", "answered")


def _second_stores(by: Actor, at: datetime) -> QuerySet[SecondStore]:
    return SecondStore.objects.filter(
        recording__in=evidence.visible_to(by, at=at).values("pk")
    ).select_related("recording__unit")


def _checked(row: SourceStatement) -> str:
    answer = getattr(row, "answered", None)
    return f"{said(answer.at)} {answer.get_answer_display()}" if answer else "待核实"


def _erased(row: SourceStatement) -> str:
    note = getattr(row.recording, "erasure_note", None)
    return said(note.erased_at) if note else ""


def _numbered(row: OutwardItem) -> tuple[str, str]:
    given = getattr(row, "reference", None)
    return (given.reference, said(given.given_at)) if given else ("没有编号", "")


FOOTAGE: tuple[Register, ...] = (
    Register(
        key="recordings", title="音像资料登记", group="音像", says="名称、设备、人员、时间和由来，每段一行。", action="recording.list",
        columns=("音像编号", "原文件名", "形式", "设备", "执法人员", "开始", "结束", "部门", "字节数", "SHA-256"), when="received_at",
        words=("number", "source_name"), rows=_recordings, to=lambda r: f"/recordings/{r.pk}",
        cells=lambda r: (r.number, r.source_name, r.get_form_display(), r.device.number if r.device else r.device_serial, name(r.officer),
                         said(r.started_at), said(r.ended_at), r.unit.name, r.size, r.sha256),
    ),
    Register(
        key="ingest", title="移交入库登记", group="音像", says="何时记录完成、何时入库、迟了多久；宽限另见合规结论。", action="recording.list",
        columns=("音像编号", "执法人员", "记录完成", "入库", "迟早", "采集站", "复核"), when="received_at", words=("number", "officer__name"),
        rows=_recordings, to=lambda r: f"/recordings/{r.pk}",
        cells=lambda r: (r.number, name(r.officer), said(r.ended_at), said(r.received_at), _late(r), name(r.station), said(r.verified_at)),
    ),
    Register(
        key="association", title="警情案件关联登记", group="音像", says="每段音像关联到哪次活动、哪件案，何时由谁关联，有没有解除。", action="activity.view",
        columns=("音像编号", "活动", "案号", "范围", "关联时间", "解除"), when="at", unit="recording__unit__path",
        words=("recording__number", "activity__number"), rows=_links, to=lambda x: f"/recordings/{x.recording_id}",
        cells=lambda x: (x.recording.number, x.activity.number, x.activity.case.number if x.activity.case else "", x.get_part_display(),
                         said(x.at), said(x.unlinking.at) if hasattr(x, "unlinking") else ""),
    ),
    Register(
        key="case-association", title="直接关联案件登记", group="音像", says="没有现场活动、直接归到一件案的音像，何时关联，有没有解除。", action="case.view",
        columns=("音像编号", "案号", "案由", "范围", "作为证据", "关联时间", "解除"), when="at", unit="recording__unit__path",
        words=("recording__number", "case__number", "case__cause"), rows=_case_links, to=lambda x: f"/recordings/{x.recording_id}",
        cells=lambda x: (x.recording.number, x.case.number, x.case.cause, x.get_part_display(), "是" if x.is_evidence else "否",
                         said(x.at), said(x.unlinking.at) if hasattr(x, "unlinking") else ""),
    ),
    Register(
        key="outward-association", title="上报关联登记", group="音像", says="哪段音像列入哪份清单交给上级平台，平台给了什么编号。", action="handover.view",
        columns=("音像编号", "上报编号", "上级平台", "方式", "上报", "平台编号", "给出"), when="handover__at", unit="recording__unit__path",
        words=("recording__number", "handover__number", "reference__reference"), rows=lambda by, at: outward.items_seen(by, at=at),
        to=lambda x: f"/recordings/{x.recording_id}",
        cells=lambda x: (x.recording.number, x.handover.number, x.handover.platform, x.handover.get_way_display(), said(x.handover.at), *_numbered(x)),
    ),
    Register(
        key="outside-sources", title="外来和替代设备音像登记", group="音像", says="不是由采集站从本机关设备取来的音像：从哪里来、谁拍的、为何、谁核实，替代设备上的何时删除。", action="recording.list",
        columns=("音像编号", "来源", "厂牌型号", "摄录人", "摄录", "未用配发设备的原因", "移送文号", "替代设备", "核实", "原文件删除"), when="at",
        unit="recording__unit__path", words=("recording__number", "taken_by", "maker"), rows=_sources, to=lambda x: f"/recordings/{x.recording_id}",
        cells=lambda x: (x.recording.number, x.get_source_display(), x.maker, x.taken_by, said(x.taken_at), x.why, x.package, YES[x.substitute],
                         _checked(x), _erased(x)),
    ),
    Register(
        key="storage-places", title="同步存储登记", group="音像", says="需要同步存入执法信息系统的音像：存入哪个系统、那里的编号、何时。", action="recording.list",
        columns=("音像编号", "系统", "系统中的编号", "存入", "登记"), when="stored_at", unit="recording__unit__path", words=("recording__number", "reference"),
        rows=_second_stores, to=lambda x: f"/recordings/{x.recording_id}",
        cells=lambda x: (x.recording.number, x.system, x.reference, said(x.stored_at), said(x.at)),
    ),
    Register(
        key="archive-numbers", title="编号存档登记", group="音像", says="档案编号和编号时间。", action="recording.list",
        columns=("档案编号", "音像编号", "编号时间"), when="at", unit="recording__unit__path", words=("number", "recording__number"),
        rows=lambda by, at: ArchiveNumber.objects.filter(recording__in=evidence.visible_to(by, at=at).values("pk")).select_related("recording"),
        to=lambda x: f"/recordings/{x.recording_id}", cells=lambda x: (x.number, x.recording.number, said(x.at)),
    ),
    Register(
        key="retention", title="保存期限登记", group="音像", says="每段音像依哪一条保存到何时。", action="recording.list",
        columns=("音像编号", "类别", "保存至", "条文", "理由"), when="derived_at", unit="recording__unit__path", words=("recording__number", "label"),
        rows=lambda by, at: KeepingPeriod.objects.filter(recording__in=evidence.visible_to(by, at=at).values("pk")).select_related("recording"),
        to=lambda x: f"/recordings/{x.recording_id}", cells=lambda x: (x.recording.number, x.label, said(x.until), x.article, x.reason),
    ),
)  # fmt: skip
