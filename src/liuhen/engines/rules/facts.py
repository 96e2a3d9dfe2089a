"""The facts a rule may ask about: one typed schema, filled by casework, evidence, devices and archive.

Every field may be None, and None always means 不知道: a rule that needs it answers 无法判定 and never guesses.
An empty set or tuple means 查明没有. Times are aware. Rule packs name a fact by its path (`recording.ended_at`);
`SCHEMA` holds every path with its type, its closed vocabulary and its meaning, and the lint checks packs against it.
A fact no room fills yet says `filled=False`: rules that read it are tested by cases and left out of the running product.
"""

# ruff: noqa: RUF009  `known` is dataclasses.field with its meaning beside it.
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple, get_args, get_type_hints

from liuhen.engines.rules.known import known
from liuhen.engines.rules.office_facts import (
    CATEGORIES,
    CaseFacts,
    ConductFacts,
    DeviceFacts,
    DeviceLoanFacts,
    DocumentFacts,
    HandoverFacts,
    InspectionFacts,
    RoomFacts,
    UnitFacts,
)
from liuhen.engines.rules.recording_words import (
    DEVICE_TYPES,
    DISC_LABEL,
    DISC_NOTE,
    FOOTAGE_ACTS,
    INDEX,
    NOTES,
    NUMBER_PARTS,
    REGISTERED,
    SECRETS,
    SIGNS,
    TAKEN_WITH,
)
from liuhen.kernel.spans import Span

FLAGS = {
    "obstruction": "不配合或者阻碍执法",
    "major": "重大突发事件",
    "mass": "群体性事件",
    "sensitive": "敏感事件",
    "complex": "重大、疑难、复杂",
    "liberty": "涉及人身自由",
    "life_health": "涉及生命健康",
    "major_property": "涉及重大财产权益",
    "explosion_zone": "爆炸危险区域",
    "refusal_of_inspection": "拒绝接受检查",
}
RECORDING_KINDS = {"on_scene": "现场", "case_area": "办案区", "reception": "受理", "handover": "交接"}
FORMS = {"photo": "拍照", "audio": "录音", "video": "录像", "surveillance": "视频监控"}
DELAY_REASONS = {
    "continuous": "连续执法",
    "elsewhere": "异地执法",
    "remote": "边远地区",
    "water": "水上",
    "hard_to_reach": "交通不便",
    "weather": "天气不利",
    "other_special": "其他特殊因素",
}
KEEP_CLASSES = {"simple": "简单无争议", "case": "行政案件", "other": "其他有保存价值"}
CAUSES = {
    "device_fault": "设备故障",
    "damage": "设备损坏",
    "weather": "天气恶劣",
    "battery": "电量不足",
    "storage": "存储空间不足",
    "human_obstruction": "人为阻挠",
    "place_change": "检查场所变化",
    "technical": "技术问题",
    "other_objective": "其他客观原因",
    "deliberate": "故意中断",
}
EXEMPTIONS = {
    "invalid_or_no_dispatch": "无效警情或者未出警",
    "quick_claim": "交通事故快速理赔，无需出警",
    "no_scene": "出警后无现场",
    "covert_means": "采取秘密侦查手段",
    "state_secret": "涉及国家秘密",
    "business_secret": "涉及商业秘密",
    "privacy": "涉及个人隐私",
    "emergency": "情况紧急无法记录",
    "explosion_zone": "爆炸危险区域且未配防爆记录设备",
    "objective_reason": "客观原因无法记录",
    "method_unsuitable": "不适宜音像记录",
}
ACTS = {
    "penalty": "实施处罚",
    "coercive_measure": "采取强制措施",
    "questioning": "询问当事人",
}
ROLES = {
    "officer": "执法人员",
    "unit_head": "部门负责人",
    "collecting_unit_head": "采集资料的部门负责人",
    "deputy_head": "部门副职",
    "device_keeper": "设备管理员",
    "custodian": "保管人",
    "archive_head": "档案管理机构负责人",
    "legal_reviewer": "法制审核人员",
    "agency_head": "机关负责人",
    "leader_in_charge": "分管领导",
    "superior_agency": "上级机关",
}
SEATS = {
    "unit": "本机构",
    "line": "本机构或者上级机构",
    "function": "本机构、上级机构，或者本机关承担该项职能的机构",
}
PURPOSES = {
    "interruption": "中断记录的书面说明",
    "exemption": "不予记录",
    "view_own_unit": "调阅本部门的音像记录",
    "view_other_unit": "调阅其他部门的音像记录",
    "superior_visit": "上级机关调阅",
    "disclosure": "对外提供",
}
CIRCUMSTANCES = {
    "sensitive": "内容复杂、敏感或者易引发争议",
    "judicial": "纪检监察、检察、审判、司法行政机关依法调取",
    "evidence": "作为证据使用",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptionFacts:
    """One stretch in which an obligatory recording stood still (记录中断)."""

    span: Span
    cause: str | None = known("中断原因", words=CAUSES)
    resumed: bool | None = known("后来恢复了记录；否表示确实无法继续")
    voice_explained: bool | None = known("恢复时已在录像中语音说明原因")
    reported_at: datetime | None = known("向负责人报告的时间")
    statement_at: datetime | None = known("书面说明提交的时间")
    signatures: int | None = known("书面说明上签字的执法人员人数")
    approved: tuple[str, ...] | None = known("已经同意的各步，按先后的角色", words=ROLES)
    rejected: bool | None = known("审批中被退回")
    fault_confirmed: bool | None = known("管理员核实故障属实；否表示核实后并无故障")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptionFacts:
    """A claim that an activity need not be recorded (不予记录)."""

    code: str | None = known("不予记录的情形", words=EXEMPTIONS)
    reason: str | None = known("原因")
    basis: str | None = known("依据")
    document_at: datetime | None = known("工作记录形成的时间")
    approved: tuple[str, ...] | None = known("已经同意的各步，按先后的角色", words=ROLES)
    rejected: bool | None = known("审批中被退回")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFacts:
    """One recording (音像记录), with what its activity and case say of it."""

    kind: str | None = known("音像记录的种类", words=RECORDING_KINDS)
    form: str | None = known("形式", words=FORMS)
    started_at: datetime | None = known("开始记录的时间")
    ended_at: datetime | None = known("记录完成的时间")
    stored_at: datetime | None = known("存入系统或者指定存储设备的时间")
    linked_at: datetime | None = known("按规定关联完毕的时间")
    outward_due: bool | None = known("本机关已经开始向上级平台上报，本段在其后入库或者已列入清单")
    outward_at: datetime | None = known("上级平台给出编号的时间")
    no_case_at: datetime | None = known("说明不属于任何执法活动的时间")
    numbered_at: datetime | None = known("申请编号存档的时间")
    remote_duty: bool | None = known("主张因连续、异地、偏远等情形不能按时移交")
    delay_reason: str | None = known("不能按时移交的情形", words=DELAY_REASONS)
    delay_reported: bool | None = known("不能按时移交已报告负责人")
    returned_at: datetime | None = known("返回单位的时间")
    activity_type: str | None = known("所属执法活动的类型代码")
    activity_ended_at: datetime | None = known("所属执法活动结束的时间")
    flags: frozenset[str] | None = known("本记录及其活动的标记", words=FLAGS)
    is_evidence: bool | None = known("已标为证据")
    case_category: str | None = known("所属案件的类别", words=CATEGORIES)
    in_case: bool | None = known("属于某一案件")
    case_closed_at: datetime | None = known("所属案件办结的时间")
    keep_class: str | None = known("保存类别", words=KEEP_CLASSES)
    keep_decided_until: datetime | None = known("逐件确定的保存截止时间")
    keep_undecided: bool | None = known("保存期限尚待负责人决定", filled=False)
    special_keep_until: datetime | None = known(
        "法律、法规、规章或者上级另行规定的保存截止时间", filled=False
    )
    holds: frozenset[str] | None = known("尚未终结的复议、诉讼、信访等事项")
    quarantined: bool | None = known("完整性核验异常，已冻结", filled=False)
    disposed_at: datetime | None = known("已经销毁的时间")
    case_archived_at: datetime | None = known("所属案件归档的时间")
    device_type: str | None = known("摄录设备的类型", words=DEVICE_TYPES)
    index: frozenset[str] | None = known("已经登记的检索要素", words=INDEX)
    number_parts: frozenset[str] | None = known("档案编号已有的各部分", words=NUMBER_PARTS)
    signs: frozenset[str] | None = known("技术检查发现的疑点", words=SIGNS)
    explained_at: datetime | None = known("对疑点或者不全提交书面说明的时间")
    acts: frozenset[str] | None = known("已经查实的、对资料所作的行为", words=FOOTAGE_ACTS, filled=False)
    noted: frozenset[str] | None = known("已经作出的注明", words=NOTES, filled=False)
    on_disc: bool | None = known("已列入刻录光盘")
    disc_at: datetime | None = known("刻成光盘的时间")
    disc_label: frozenset[str] | None = known("光盘标签已写明的各项", words=DISC_LABEL)
    disc_note: frozenset[str] | None = known("证据文字说明已写明的各项", words=DISC_NOTE)
    taken_with: str | None = known("摄录所用的设备", words=TAKEN_WITH)
    substitute: bool | None = known("由替代设备摄录")
    substitute_cleared_at: datetime | None = known("书面确认替代设备上的文件已经删除的时间")
    secrets: frozenset[str] | None = known("涉及的秘密或者隐私", words=SECRETS)
    secrets_marked: frozenset[str] | None = known("已经作出的保密标记", words=SECRETS)
    sync_required: bool | None = known("需要同步存入执法信息系统")
    second_stored_at: datetime | None = known("存入执法信息系统的时间")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFacts:
    """One enforcement activity (执法活动) and what was recorded of it."""

    type: str | None = known("活动类型代码，见规则包的 activity_type")
    flags: frozenset[str] | None = known("活动的标记", words=FLAGS)
    acts: frozenset[str] | None = known("活动中实施的、须先告知的行为", words=ACTS)
    arrived_at: datetime | None = known("到达现场或者进入场所的时间")
    started_at: datetime | None = known("开始执法活动或者申报开录的时间")
    ended_at: datetime | None = known("现场执法活动结束的时间")
    left_at: datetime | None = known("离开场所的时间")
    suspect_brought_back: bool | None = known("将违法犯罪嫌疑人带回")
    case_area_entry_at: datetime | None = known("带入办案区的时间")
    case_area_left_at: datetime | None = known("离开办案区的时间")
    closed_at: datetime | None = known("活动在系统中办结的时间")
    officers: int | None = known("参加的执法人员人数")
    cameras: int | None = known("实际记录的设备台数")
    carriers: int | None = known("携带记录设备的人数")
    shortfall_reason: str | None = known("设备不足的说明")
    declared: bool | None = known("还有已申报的设备没有交来文件；否表示不会再有文件")
    recorded: tuple[Span, ...] | None = known("各设备已记录的时段")
    interruptions: tuple[InterruptionFacts, ...] | None = known("登记的记录中断")
    exemption: ExemptionFacts | None = known("不予记录的主张")
    not_recorded_reason: str | None = known("根据实际决定不录的说明")
    announced: bool | None = known("已告知使用音像记录设备")
    not_announced_reason: str | None = known("未告知的说明")
    objected: bool | None = known("当事人对记录提出异议")
    objection_explained: bool | None = known("对异议已作告知和说明")
    stopped_on_objection: bool | None = known("因异议停止了记录")
    checklist: frozenset[str] | None = known("摄录内容清单中已标记或者已说明的各项代码")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFacts:
    """One request that a chain of approvers decides."""

    purpose: str | None = known("审批的事项", words=PURPOSES, filled=False)
    circumstances: frozenset[str] | None = known("会增减审批步骤的情形", words=CIRCUMSTANCES, filled=False)
    approved: tuple[str, ...] | None = known("已经同意的各步，按先后的角色", words=ROLES, filled=False)
    rejected: bool | None = known("被退回", filled=False)
    used_at: datetime | None = known("依此审批行事（播放、交付、生效）的时间", filled=False)
    registered: frozenset[str] | None = known("办理前已登记的各项", words=REGISTERED, filled=False)
    due_at: datetime | None = known("应当答复的时间", filled=False)
    answered_at: datetime | None = known("答复的时间", filled=False)
    departments_ask: bool | None = known("由有权部门依法要求提供", filled=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of the subjects in question. Rules speak only about subjects that are given."""

    recording: RecordingFacts | None = None
    activity: ActivityFacts | None = None
    device_loan: DeviceLoanFacts | None = None
    case: CaseFacts | None = None
    approval: ApprovalFacts | None = None
    document: DocumentFacts | None = None
    device: DeviceFacts | None = None
    unit: UnitFacts | None = None
    room: RoomFacts | None = None
    handover: HandoverFacts | None = None
    inspection: InspectionFacts | None = None
    conduct: ConductFacts | None = None


class FactType(NamedTuple):
    """A fact's type as packs see it, its closed vocabulary (code: label), its meaning, and whether a room fills it yet."""

    type: str
    words: dict[str, str]
    says: str
    filled: bool


_TYPES: dict[object, str] = {
    datetime: "time",
    bool: "flag",
    int: "number",
    str: "text",
    frozenset[str]: "set",
    tuple[str, ...]: "list",
    tuple[Span, ...]: "spans",
    Span: "span",
    tuple[InterruptionFacts, ...]: "interruptions",
    ExemptionFacts: "exemption",
}
SUBJECTS: dict[str, type] = {
    "recording": RecordingFacts,
    "activity": ActivityFacts,
    "device_loan": DeviceLoanFacts,
    "case": CaseFacts,
    "approval": ApprovalFacts,
    "document": DocumentFacts,
    "device": DeviceFacts,
    "unit": UnitFacts,
    "room": RoomFacts,
    "handover": HandoverFacts,
    "inspection": InspectionFacts,
    "conduct": ConductFacts,
}


def _schema() -> dict[str, FactType]:
    """Made while modules load, before mutation testing has chosen its mutant."""
    found = {}
    for subject, shape in SUBJECTS.items():
        hints = get_type_hints(shape)
        for fact in fields(shape):
            kind = _TYPES[get_args(hints[fact.name])[0]]  # pragma: no mutate
            found[f"{subject}.{fact.name}"] = FactType(kind, **fact.metadata)  # pragma: no mutate
    return found


SCHEMA = _schema()
_MEANINGS = {tuple(path.split(".")): fact.says for path, fact in SCHEMA.items()}


class FactPath(NamedTuple):
    """A fact by its place: `recording.ended_at`."""

    subject: str
    name: str

    def of(self, facts: Facts) -> Any:
        """The fact, or None where it, or its whole subject, is unknown."""
        subject, name = self
        known = getattr(facts, subject)
        return None if known is None else getattr(known, name)

    @property
    def says(self) -> str:
        return _MEANINGS[self]

    @property
    def is_filled(self) -> bool:
        """Whether a room of the running product fills it."""
        return SCHEMA[str(self)].filled

    def label(self, word: str) -> str:
        """A word of its vocabulary as people read it; the word itself where the vocabulary is the pack's."""
        return SCHEMA[str(self)].words.get(word, word)

    def __str__(self) -> str:
        return f"{self.subject}.{self.name}"


def plain_fact(value: Any) -> Any:
    """A fact as JSON knows it, times left as they are: sets sorted, spans as [start, end], values by their fields."""
    make = PLAIN.get(type(value))
    return value if make is None else make(value)


def _by_fields(value: Any) -> dict[str, Any]:
    return {part.name: plain_fact(getattr(value, part.name)) for part in fields(value)}


PLAIN: dict[type, Callable[[Any], Any]] = {
    Span: lambda span: [span.start, span.end],
    frozenset: sorted,
    tuple: lambda items: [plain_fact(item) for item in items],
    InterruptionFacts: _by_fields,
    ExemptionFacts: _by_fields,
}
