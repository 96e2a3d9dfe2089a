"""The words and tones of the pages: what a verb of the journal is called, what a verdict looks like, how facts read.

Green only for what is proven, red only for a breach, amber for what is due. A test holds that every verb the code
writes has its words here.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from liuhen.engines.rules.facts import SCHEMA
from liuhen.interfaces.api.shapes import Fact, State, Tone
from liuhen.kernel.clock import from_text, shown, shown_length
from liuhen.kernel.errors import Malformed
from liuhen.kernel.spans import Span, total

THIN = "\u2009"

VERBS: Mapping[str, str] = {
    "absence.explained": "说明应有未有",
    "account.closed": "停用账号",
    "account.logged-in": "登录",
    "account.log-in-failed": "登录失败",
    "account.logged-out": "退出登录",
    "account.opened": "开通账号",
    "account.password-changed": "更改口令",
    "account.proved": "再次证明本人",
    "activity.closed": "活动办结",
    "activity.noted": "登记活动情况",
    "activity.alignment-requested": "要求对齐各路音像",
    "activity.planned": "登记现场活动",
    "agency.founded": "建立机关",
    "agency.superior-named": "写明上级机关",
    "alert.escalated": "逾期未办，报给上级",
    "approval.agreed": "审批同意",
    "approval.paper-confirmed": "核对上级批准文书，相符",
    "approval.paper-entered": "登记上级批准文书",
    "approval.paper-refused": "核对上级批准文书，不符",
    "approval.requested": "提交审批",
    "approval.returned": "审批退回",
    "approval.withdrawn": "撤回审批",
    "checkpoint.cosigned": "收下带回的会签",
    "clock.changed": "服务器时钟跳变",
    "package.removed": "清除过期证据包",
    "voucher.issued": "出具当事人凭条",
    "log.keys-changed": "更换签名密钥",
    "case.contents-entered": "登记办案内容",
    "case.handover-given": "移交人签名",
    "case.handover-taken": "接收人签名",
    "case.handover-prepared": "制作交接清单",
    "case.handover-refused": "不予接收",
    "case.opened": "启动执法事项",
    "case.stage-changed": "转入下一环节",
    "disposal.approved": "销毁清单获批准",
    "disposal.called-off": "撤回销毁清单",
    "disposal.certified": "出具销毁证明",
    "disposal.closed": "清单办结，原件放回",
    "disposal.listed": "列出销毁清单",
    "disposal.executed": "清单执行，进入恢复期",
    "disposal.item-dropped": "复核时落下",
    "disposal.resumed": "继续办理销毁清单",
    "disposal.returned": "销毁清单退回",
    "disposal.sampled": "抽查销毁清单",
    "disposal.attended": "登记执行人到场",
    "recording.disposed": "销毁原件",
    "recording.put-back": "原件放回",
    "recording.moved-out": "原件移出待销毁",
    "device.log-transcribed": "识读设备日志",
    "device.handed-out": "设备领用",
    "device.registered": "设备登记",
    "device.returned": "设备归还",
    "device.model-checked": "核对设备型号",
    "device.particulars-entered": "登记购置和存放",
    "vehicle.entered": "登记执法车辆",
    "vehicle.planned": "列入配备计划",
    "medium.entered": "登记存储介质",
    "medium.registered": "登记介质网络号",
    "device.fault-reported": "报告故障",
    "device.fault-checked": "核实故障",
    "device.fault-handled": "办理故障",
    "device.maintenance-planned": "列维护计划",
    "device.maintained": "完成维护",
    "device.stock-checked": "盘点",
    "device.act-entered": "登记设备违规",
    "device.found": "设备找回",
    "device.list-imported": "导入设备清单",
    "room.entered": "登记记录场所",
    "room.checked": "检查记录场所",
    "interruption.fault-checked": "核实中断的故障",
    "document.drafted": "起草文书",
    "document.filled": "填写文书",
    "document.finalised": "文书定稿",
    "document.marked": "文书捺印",
    "document.refusal-noted": "注明拒签",
    "document.replaced": "文书另立新版本",
    "document.voided": "文书作废",
    "document.signed": "文书签名",
    "examination.closed": "监督检查办结",
    "examination.sampled": "抽取检查的各件",
    "examination.planned": "立项监督检查",
    "examination.remarked": "提出检查意见",
    "examination.replied": "办理检查意见",
    "examination.scored": "评定抽中的一件",
    "liability.noted": "办理责任事实",
    "liability.stated": "登记责任事实",
    "statistics.reported": "形成统计报告",
    "training.held": "登记培训情况",
    "training.planned": "安排教育培训",
    "rule.ended": "终止管理制度",
    "rule.entered": "登记管理制度",
    "exemption.claimed": "主张不予记录",
    "finding.judged": "作出合规结论",
    "handover.tried": "向上级平台发送清单",
    "intake.entered": "受理登记",
    "party.entered": "登记当事人",
    "party.withdrawn": "撤销当事人登记",
    "recusal.asked": "提出回避",
    "recusal.decided": "决定回避",
    "stay.entered": "登记入区",
    "stay.step-entered": "登记停留的一步",
    "intake.received": "收到系统推送",
    "intake.outside-changed": "来文有变更",
    "intake.step-received": "收到推送的一步",
    "intake.step-taken": "办理受理登记",
    "system.enrolled": "登记外部系统",
    "system.revoked": "停用外部系统",
    "system.informed": "告知外部系统",
    "interruption.entered": "登记记录中断",
    "interruption.filed": "就缺口登记记录中断",
    "interruption.completed": "补齐中断手续",
    "interruption.stated": "附上书面说明",
    "journal.heartbeat": "台账心跳",
    "hold.placed": "登记暂缓处置",
    "hold.released": "终结暂缓处置",
    "keeping.decided": "决定保存期限",
    "keeping.derived": "确定保存期限",
    "keeping.shortened": "缩短保存期限",
    "keeping.shortening-proposed": "提出缩短保存期限",
    "log.halted": "停止封存",
    "log.resumed": "恢复封存",
    "witness.policy-changed": "设定见证策略",
    "law.change-proposed": "拟缩短保存期限，报批",
    "factor.started": "开始绑定动态码",
    "factor.confirmed": "绑定动态码",
    "factor.ended": "解除动态码",
    "factor.recovered": "用掉一个备用码",
    "factor.cleared": "解除他人的第二要素",
    "passkey.registered": "登记通行密钥",
    "passkey.renamed": "通行密钥改名",
    "passkey.ended": "移除通行密钥",
    "identity.proposed": "登记外部身份",
    "identity.confirmed": "核对外部身份",
    "identity.ended": "解除外部身份",
    "certificate.forged": "不经入口出示证书",
    "officer.added": "登记人员",
    "officer.changed": "更正人员",
    "bulk.answered": "核查大量查看",
    "compensation.received": "收到赔偿款",
    "compensation.proposed": "提出赔偿",
    "device.loan-ended": "收回外借的设备",
    "device.lending-asked": "申请外借设备",
    "device.loaned-out": "外借设备",
    "bulk.noticed": "一天查看很多原件，已提醒",
    "package.asked": "申请证据包",
    "package.ordered": "制作证据包",
    "package.completed": "证据包制成",
    "package.fetched": "下载证据包",
    "package.delivered": "交付证据包",
    "package.returned": "收回证据包",
    "pack.activated": "启用制度",
    "pack.ended": "终止制度",
    "permission.refused": "越权请求被拒",
    "recording.aligned": "对齐各路音像",
    "recording.reconciled": "与存储卡上的原件对上",
    "recording.copy-derived": "制作副本",
    "recording.declared": "摄录申报",
    "handover.listed": "列入上报清单",
    "recording.reference-entered": "登记平台编号",
    "recording.reference-received": "收到平台编号",
    "recording.identified": "查明来源",
    "recording.inspected": "技术检查",
    "recording.late-explained": "登记迟交说明",
    "recording.left-unlinked": "说明无对应活动",
    "recording.case-linked": "直接关联执法事项",
    "recording.linked": "关联现场活动",
    "recording.numbered": "编号存档",
    "store.required": "规定同步存储的事项",
    "store.entered": "登记同步存储",
    "recording.quarantined": "入库待查",
    "recording.received": "入库",
    "recording.secrecy-noted": "保密标记",
    "recording.circle-settled": "补定知悉范围",
    "recording.secret-refused": "不在知悉范围，被拒",
    "recording.source-confirmed": "来源属实",
    "recording.source-returned": "来源说明退回",
    "recording.source-stated": "作来源说明",
    "recording.substitute-cleared": "确认替代设备已删除",
    "recording.unlinked": "解除关联",
    "recording.verified": "复核一致",
    "recording.viewed": "查看音像",
    "recording.watched": "看过的时段",
    "recording.glimpsed": "看缩略图",
    "redaction.approved": "遮挡副本审核通过",
    "redaction.proposed": "画出遮挡",
    "redaction.failed": "遮挡副本没有制成",
    "redaction.rendered": "制成遮挡副本",
    "redaction.returned": "遮挡副本退回",
    "redaction.viewed": "查看遮挡副本",
    "role.appointed": "任命职务",
    "role.ended": "免去职务",
    "round.advanced": "逐批重判",
    "round.started": "开始全面重判",
    "segment.marked": "标记关键内容",
    "speech.requested": "要求语音识别",
    "speech.recognized": "语音识别完成",
    "speech.failed": "语音识别未成",
    "segment.withdrawn": "撤回关键内容标记",
    "setting.entered": "更改机关设定",
    "backup.rehearsed": "恢复演练",
    "backup.restored": "由备份恢复",
    "backup.verified": "备份并重读核对",
    "disc.ordered": "提出刻录光盘",
    "disc.imaged": "光盘映像制成",
    "disc.burned": "登记刻录",
    "disc.checked": "光盘读回核对",
    "fixity.checked": "定期重读一批原件",
    "fixity.repaired": "用第二份修复原件",
    "fixity.scheduled": "安排定期重读",
    "volume.opened": "立卷",
    "volume.entered": "登记案卷材料或者说明",
    "volume.closed": "封卷",
    "volume.submitted": "检查并移交案卷",
    "volume.accepted": "接收案卷归档",
    "volume.returned": "退回案卷",
    "volume.examined": "四性检测",
    "card.listed": "存储卡清单",
    "recording.card-cleared": "清除存储卡",
    "station.clearing-changed": "设定可否清卡",
    "statute.attached": "附上制度原文",
    "station.certificate-allowed": "准许采集站领取证书",
    "station.certificate-issued": "签发采集站证书",
    "station.certified": "启用采集站证书",
    "station.enrolled": "登记采集站",
    "station.lock-changed": "设定是否只采已登记设备",
    "station.refused": "已停用的采集站仍来连接",
    "station.reported": "采集站报告",
    "station.revoked": "停用采集站",
    "supply.answered": "答复要求提供",
    "supply.required": "要求提供音像",
    "unit.added": "设立机构",
    "joining.opened": "开始合并分片",
    "slice.received": "分片收完",
    "upload.closed": "上传终止",
    "upload.measured": "补报文件大小",
    "upload.opened": "开始上传",
    "upload.released": "交还上传地址",
    "visit.asked": "登记来人查看",
    "visit.ended": "结束窗口查看",
    "visit.opened": "打开查看窗口",
}
_LOUD: Mapping[str, Tone] = {
    "permission.refused": "breach", "approval.returned": "due", "approval.paper-refused": "due", "recording.quarantined": "due", "hold.placed": "due", "recording.moved-out": "due", "recording.disposed": "due", "keeping.shortened": "due", "intake.outside-changed": "due", "recording.source-returned": "due", "recording.unlinked": "due", "device.fault-reported": "due", "device.act-entered": "due", "recording.secret-refused": "breach", "recording.verified": "proven", "redaction.returned": "due", "redaction.failed": "due", "bulk.noticed": "due",
}  # fmt: skip

RULE_TITLES: Mapping[str, str] = {
    "must_record": "应当记录", "may_skip": "不予记录", "start_stop": "全程记录", "interruption": "记录中断",
    "deadline": "期限", "device_count": "设备数量", "pre_use_check": "使用前检查", "content_checklist": "摄录内容",
    "announcement": "告知", "objection": "异议处理", "keeping_period": "保存期限", "approver_chain": "审批次序",
    "required": "必备各项", "signatures": "签名", "sequence": "办理次序", "prohibition": "禁止和疑点", "same_times": "时间一致",
    "guidance": "指引",
}  # fmt: skip

VERDICT_TONES: Mapping[str, Tone] = {
    "不符合": "breach", "未到期": "due", "无法判定": "due", "依规免除": "plain", "符合": "proven", "不适用": "plain",
}  # fmt: skip
GRAVITY: Mapping[str, int] = {"不符合": 4, "无法判定": 3, "未到期": 2, "依规免除": 1, "符合": 0}


def verb_words(verb: str) -> str:
    return VERBS.get(verb, "办理一事")


def verb_tone(verb: str) -> Tone:
    return _LOUD.get(verb, "plain")


def verdict(word: str, reason: str = "") -> State:
    return State(label=word, tone=VERDICT_TONES.get(word, "plain"), reason=reason or None)


def seconds_shown(moment: datetime) -> str:
    """With seconds, where a minute is too coarse."""
    return f"{shown(moment)}:{moment.second:02d}"


def size_shown(count: int) -> str:
    """3.4 GB, as people here write sizes."""
    value, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.0f} {units[0]}" if units[0] == "B" or value >= 99.5 else f"{value:.1f} {units[0]}"


def count_label(count: int) -> str:
    """No exact totals above a thousand."""
    return "超过 1,000 条" if count > 1000 else f"共 {count} 条"


def span_shown(start: datetime, end: datetime | None) -> str:
    """2026-11-21 09:00 至 10:12; both days where they differ."""
    if end is None:
        return f"{shown(start)} 起"
    first, last = shown(start), shown(end)
    return f"{first} 至 {last[11:] if last[:10] == first[:10] else last}"


def said(words: str, *, beside: str = "") -> str:
    """A sentence of the rules; the article is left out where the page shows it `beside`."""
    told = re.sub(r"\s+", " ", words).strip()
    return told.replace(f"（{beside}）", "") if beside else told


def fact_of(path: str, value: Any) -> Fact:
    """A fact a judgement used, with its meaning and its value as people read it."""
    known = SCHEMA.get(path)
    label = known.says if known else path
    return Fact(label=label, value=_value(value, known.words if known else {}), tone="plain")


def _value(value: Any, words: Mapping[str, str]) -> str:
    if value is None:
        return "不知道"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return words.get(value) or _moment(value)
    if isinstance(value, list):
        return _list(value, words)
    if isinstance(value, dict):
        told = [f"{key}" if item is True else _value(item, words) for key, item in value.items() if item]
        return "、".join(told) or "没有"
    return str(value)


def _list(value: list[Any], words: Mapping[str, str]) -> str:
    if not value:
        return "没有"
    if all(isinstance(item, list) and len(item) == 2 for item in value):
        spans = [Span(from_text(item[0]), from_text(item[1])) for item in value]
        return f"{len(spans)} 段，共 {shown_length(total(spans))}"
    if all(isinstance(item, dict) for item in value):
        return f"{len(value)} 项"
    return "、".join(_value(item, words) for item in value)


def _moment(text: str) -> str:
    """A time is shown as one; any other text as it stands."""
    if not re.match(r"\d{4}-\d\d-\d\dT", text):
        return text
    try:
        return shown(from_text(text))
    except Malformed:
        return text


def short(text: str, *, most: int = 18) -> str:
    """A name on a button: cut where it would not fit; the whole of it stands beside."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
