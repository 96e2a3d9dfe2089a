"""Facts beyond recordings and activities: cases, documents, devices, the unit, its rooms, handovers, inspections, conduct.

Same rules as `facts`: None means 不知道, an empty set means 查明没有. `facts` joins them into the one schema.
"""

# ruff: noqa: RUF009  `known` is dataclasses.field with its meaning beside it.
from dataclasses import dataclass
from datetime import datetime

from liuhen.engines.rules.known import known
from liuhen.kernel.spans import Span

CATEGORIES = {
    "permit": "行政许可",
    "penalty": "行政处罚",
    "coercion": "行政强制",
    "inspection": "行政检查",
    "charging": "行政收费",
    "criminal": "刑事案件",
    "other": "其他",
}
START_MODES = {
    "ex_officio": "依职权",
    "on_application": "依申请",
    "on_complaint": "投诉举报",
    "on_incident": "接处警",
}
STAGES = {
    "intake": "启动",
    "investigation": "调查取证",
    "review": "审查决定",
    "service": "送达执行",
    "concluded": "终结",
    "archived": "归档",
    "not_started": "不启动",
    "transferred": "移送",
}
DOCUMENTS = {
    "decision": "行政执法决定文书",
    "receipt": "书面凭证或者回执",
    "rights_notice": "权利告知书",
    "evidence_notice": "调取证据通知书",
    "evidence_list": "证据登记保存清单",
    "sampling_notice": "抽查取样通知书",
    "item_list": "物品清单",
    "preservation": "先行登记保存证据文书",
    "measure": "行政强制措施文书",
    "interview": "询问笔录",
    "inspection_record": "现场检查（勘验）笔录",
    "defence_record": "陈述申辩笔录",
    "hearing_record": "听证全过程记录文书",
    "hearing_report": "听证报告",
    "expert_report": "专家论证报告",
    "appraisal": "鉴定意见",
    "internal_approval": "内部审批表",
    "service_receipt": "送达回证",
    "post_slip": "邮寄回执单",
    "public_notice": "公告文书",
    "statement": "情况说明",
    "work_note": "工作记录",
    "handover": "交接登记",
    "application": "申请登记",
    "acceptance": "受理或者不予受理通知",
    "supplement_notice": "补正告知书",
    "printed_approval": "打印附卷的审批表",
    "other": "其他法定文书",
}
OCCURRENCES = {
    **{mode: f"{label}启动" for mode, label in START_MODES.items()},
    "investigated": "作了调查取证",
    "questioning": "询问",
    "inspection": "现场检查或者勘验",
    "obtaining": "调取证据",
    "sampling": "抽样取证",
    "defence": "当事人陈述申辩",
    "hearing": "听证",
    "appraisal": "鉴定",
    "other_method": "其他调查取证方式",
    "coercive_measure": "采取行政强制措施",
    "corrected": "申请材料当场更正",
    "incomplete": "申请材料须补正",
    "second_supplement_notice": "第二次告知补正",
    "real_name_not_started": "实名投诉举报不启动",
    "major": "情节复杂或者重大，须集体讨论",
    "approved": "经过内部审批",
    "approval_to_file": "审批表须打印附卷",
    "decided": "作出了决定",
    "appraised": "取得鉴定意见",
    "expert_meeting": "召开专家论证会",
    "hearing_held": "举行了听证",
    "served": "送达",
    "compulsory": "强制执行",
    "confiscated": "没收财物",
    "explained": "作了情况说明",
    "handed_over": "办理了交接",
    "dispatch": "接处警",
    "acceptance": "受案、立案或者不予受理、不予立案",
    "officer_change": "回避、办案人员变动",
    "evidence": "调查取证中的交接",
    "measure": "采取强制措施中的交接",
    "cooperation": "办案协作",
    "transfer": "移交、移送",
    "review": "案审中的交接",
    "other": "其他交接",
}
SERVICE_METHODS = {
    "direct": "直接送达",
    "commission": "委托送达",
    "post": "邮寄送达",
    "public_notice": "公告送达",
    "leaving": "留置送达",
}
SIGNERS = {
    "officer": "执法人员",
    "party": "当事人",
    "present": "在场人员",
    "provider": "证据提供人",
    "participants": "听证参加人",
    "server": "送达人",
    "recipient": "受送达人",
    "witness": "见证人",
    "giver": "移交经办人",
    "receiver": "接收经办人",
}
LOAN_FIELDS = {
    "user": "使用人员",
    "giver": "移交人",
    "out_at": "领用时间",
    "purpose": "用途",
    "returned_at": "归还时间",
    "content": "记录内容",
}
DEVICE_ACTS = {
    "rented": "出租",
    "lent": "外借",
    "transferred": "转让",
    "given": "赠送",
    "diverted": "挪用",
    "private_use": "私用",
    "unlawful_use": "在非法执法中使用",
    "damaged": "故意损毁",
    "internet": "连接互联网计算机",
    "unrelated_device": "连接与工作无关的设备",
    "dismantled": "私自拆装",
    "parts_replaced": "私自更换部件",
    "against_manual": "违反说明书操作",
    "lost": "遗失",
}
FAULT_STEPS = {
    "stopped": "停止使用",
    "reported": "报告并登记",
    "checked": "管理员核实",
    "repaired": "送专门维修",
}
CHECKS = {"inspection": "督察", "supervision": "执法监督", "assessment": "考评", "correction": "督促整改"}
CONDUCTS = {
    "not_recorded": "应当记录而不记录或者不全程记录",
    "tampered": "剪接、删改、毁损资料",
    "poor_keeping": "保管不善致使毁损、灭失、泄露",
    "unauthorised_use": "违反规定调取、复制、使用、提供",
    "device_damaged": "故意毁损设备",
    "false_fault": "借口设备故障不记录",
    "handover_chaos": "交接混乱、证据不全",
    "leaked": "泄露、外传",
    "lent": "外借设备",
    "private_use": "将设备用于非公务或者违法活动",
    "device_lost": "保管不善致使设备丢失、被盗",
    "device_misuse": "其他严重违反设备管理规定",
    "not_archived": "未归档或者未按规定归档",
    "no_system": "未建立记录制度",
    "late_or_unlinked": "不按规定移交、存储、关联",
    "other": "其他应当追责的情形",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """One case (案件)."""

    category: str | None = known("案件类别", words=CATEGORIES)
    concluded_at: datetime | None = known("执法行为终结的时间")
    archived_at: datetime | None = known("立卷归档的时间")
    start_mode: str | None = known("启动方式", words=START_MODES)
    stage: str | None = known("现在的环节", words=STAGES)
    stages: tuple[str, ...] | None = known("先后经过的环节", words=STAGES)
    ended_at: datetime | None = known("终结或者归档的时间，取较早的")
    recorded: frozenset[str] | None = known("已经记录或者注明没有发生的内容")
    documents: frozenset[str] | None = known("案件中已有的文书", words=DOCUMENTS)
    occurred: frozenset[str] | None = known("案件中采用的方式和出现的情形", words=OCCURRENCES)
    steps: tuple[str, ...] | None = known("审查决定已办的各步，按先后")
    decided_at: datetime | None = known("作出决定的时间")
    volume: frozenset[str] | None = known("案卷中已有的各项")
    volume_closed_at: datetime | None = known("案卷封卷的时间")
    transferred_at: datetime | None = known("案卷移交档案机构的时间")
    filing_due_at: datetime | None = known("立卷的到期时间")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """One document (文书)."""

    form: str | None = known("文书种类", words=DOCUMENTS)
    fields: frozenset[str] | None = known("已填写的各项")
    method: str | None = known("送达方式", words=SERVICE_METHODS)
    finalised_at: datetime | None = known("定稿的时间")
    signed: frozenset[str] | None = known("已经签名、盖章的各方", words=SIGNERS)
    officer_signatures: int | None = known("签名的执法人员人数")
    refused: frozenset[str] | None = known("拒绝签名的各方", words=SIGNERS)
    refusal_noted: bool | None = known("拒签情况已在文书上注明")
    filmed: bool | None = known("当时有音像记录")
    pages: int | None = known("页数")
    straddled: bool | None = known("各页已捺骑缝指印或者盖骑缝章")
    corrections: int | None = known("改动处的数目")
    corrections_marked: int | None = known("改动处已捺印或者盖章的数目")
    stated: Span | None = known("文书记载的起止时间")
    recorded: Span | None = known("相应音像记录的起止时间")
    times_explained: bool | None = known("起止时间的差异已经书面说明")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLoanFacts:
    """One hand-out of a device (领用)."""

    out_at: datetime | None = known("领出的时间")
    passed: frozenset[str] | None = known("检查合格的各项代码")
    failed: frozenset[str] | None = known("检查不合格的各项代码")
    due_at: datetime | None = known("应当归还的时间")
    returned_at: datetime | None = known("归还的时间")
    register: frozenset[str] | None = known("台账已登记的各项", words=LOAN_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """One device (音像记录设备)."""

    acts: frozenset[str] | None = known("已经查实的、对设备所作的行为", words=DEVICE_ACTS)
    loan_approved: bool | None = known("外借或者转作他用经过批准")
    fault_steps: tuple[str, ...] | None = known("故障处理已办的各步，按先后", words=FAULT_STEPS)
    fault_closed_at: datetime | None = known("故障处理完毕的时间")
    fault_reported_at: datetime | None = known("故障报告的时间")
    fault_found_at: datetime | None = known("发现故障的时间")
    specification: frozenset[str] | None = known("型号资料已核对合格的各项")
    in_service_at: datetime | None = known("投入使用的时间")
    maintenance_due_at: datetime | None = known("应当维护保养的时间")
    maintained_at: datetime | None = known("完成维护保养的时间")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFacts:
    """One unit and what it has set up (执法机构)."""

    officers: int | None = known("在岗执法人员人数")
    devices: int | None = known("可用的便携记录设备台数")
    roles: frozenset[str] | None = known("已经指定到人的岗位")
    vehicles: int | None = known("接处警、抓捕、押送车辆的数目")
    rules: frozenset[str] | None = known("现行有效的制度、清单和指引")
    facilities: frozenset[str] | None = known("已经配备的场所、车辆和设施")
    registers: frozenset[str] | None = known("已经建立的台账")
    reports: frozenset[str] | None = known("本期已经形成的统计和报告", filled=False)
    period_ended_at: datetime | None = known("统计期或者考核期届满的时间")
    month_ended_at: datetime | None = known("本月终了的时间", filled=False)
    backed_up_at: datetime | None = known("本月异地备份完成的时间", filled=False)
    inspection_due_at: datetime | None = known("应当开展督察的时间")
    inspected_at: datetime | None = known("完成督察的时间")
    training_due_at: datetime | None = known("应当完成培训的时间")
    trained_at: datetime | None = known("完成培训的时间")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFacts:
    """One room of the case-handling area (办案区)."""

    opened_at: datetime | None = known("投入当次使用的时间")
    passed: frozenset[str] | None = known("使用前检查合格的各项")
    facilities: frozenset[str] | None = known("房间已有的设施和标识")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverFacts:
    """One handover (执法交接)."""

    point: str | None = known("交接环节")
    fields: frozenset[str] | None = known("交接记录已写明的各项")
    signed: frozenset[str] | None = known("已经签名的经办人", words=SIGNERS)
    handed_at: datetime | None = known("交接的时间")


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionFacts:
    """One inspection, assessment or correction order (督察、考评、督促整改)."""

    kind: str | None = known("监督检查的种类", words=CHECKS)
    items: frozenset[str] | None = known("已经检查或者计分的各项")
    closed_at: datetime | None = known("检查或者考评办结的时间")
    due_at: datetime | None = known("整改答复的到期时间")
    answered_at: datetime | None = known("答复整改的时间")
    entered: frozenset[str] | None = known("结果已记入的档案和考评")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductFacts:
    """One established set of facts for which somebody may be held responsible (责任事实). People decide; this lists."""

    acts: frozenset[str] | None = known("查实的情形", words=CONDUCTS)
    deliberate: bool | None = known("出于故意")
    consequence: bool | None = known("造成规定的后果")
    stated: frozenset[str] | None = known("责任事实已写明的各项")
    closed_at: datetime | None = known("责任事实办结的时间")
