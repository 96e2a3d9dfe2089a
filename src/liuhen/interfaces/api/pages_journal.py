"""Proof as a page: how far the journal is sealed, who witnessed it, how an outsider checks it, and what is not promised."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from liuhen.apps.archive import scrubbing
from liuhen.apps.casework import queries as casework
from liuhen.apps.devices import queries as devices
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.journal import queries
from liuhen.apps.journal.models import Checkpoint, Line
from liuhen.apps.journal.queries import TrailEntry
from liuhen.apps.journal.soundness import Silence, first_beat, silences
from liuhen.apps.journal.witnessing import standing
from liuhen.apps.registry import queries as registry
from liuhen.engines.ledger.note import signatures_under
from liuhen.interfaces.api import pages_witnesses as outside
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.rail import proof_of_line, who
from liuhen.interfaces.api.shapes import Fact, Link, Receipt, State, Tone
from liuhen.interfaces.api.shapes_proof import CheckpointRow, ProofPage, VerifyStep, VerifyWay
from liuhen.interfaces.api.words import seconds_shown, size_shown, verb_words
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import shown, shown_length

_PAGE = 10
_KINDS = {
    "evidence.recording": "音像资料", "casework.activity": "现场活动", "casework.case": "执法事项", "devices.device": "设备",
    "devices.loan": "领用记录", "casework.link": "关联", "casework.interruption": "记录中断", "casework.interruptiongap": "中断缺口", "casework.voicemark": "语音说明标记", "casework.exemption": "不予记录",
    "casework.declaration": "摄录申报", "casework.member": "参加人员", "casework.stagechange": "环节变更",
    "evidence.upload": "上传", "evidence.receivedslice": "收完的分片", "evidence.joinedslice": "并入的分片", "evidence.inspection": "技术检查", "evidence.derived": "派生件", "evidence.latenote": "迟交说明",
    "access.viewing": "查看", "access.watching": "看过的时段", "access.glimpse": "看缩略图", "approval.request": "审批", "approval.opinion": "审批意见", "approval.superiorpaper": "上级批准文书", "approval.papercheck": "批准文书核对", "registry.subordination": "隶属关系", "oversight.finding": "合规结论",
    "retention.keepingperiod": "保存期限", "archive.archivenumber": "档案编号",
    "archive.volume": "案卷", "archive.volumeentry": "案卷登记", "archive.volumeitem": "卷内目录", "archive.volumestep": "案卷办理", "archive.propertyreport": "四性检测",
    "archive.discset": "刻录任务", "archive.discitem": "盘上的音像", "archive.discimage": "光盘映像", "archive.disc": "光盘", "archive.disccheck": "读回核对",
    "archive.secondstore": "第二存储", "archive.syncmatter": "同步存储事项", "archive.fixityrun": "定期重读", "archive.fixityfault": "重读不符", "archive.fixityrepair": "修复",
    "archive.backuprun": "备份", "archive.restoredrill": "恢复演练", "retention.disposallist": "销毁清单", "retention.disposalitem": "清单上的音像", "retention.disposalhand": "到场的人",
    "retention.disposalcertificate": "销毁证明", "evidence.tombstone": "销毁记录", "retention.hold": "暂缓处置", "retention.holdrelease": "暂缓终结", "retention.shortening": "拟缩短", "retention.keepingdecision": "逐件决定", "documents.document": "文书",
    "documents.signature": "签名", "documents.content": "文书要素", "documents.refusal": "拒签注明", "documents.mark": "文书印记", "documents.voiding": "文书作废", "casework.contententry": "办案内容登记", "registry.agency": "机关", "registry.unit": "机构", "registry.officer": "人员",
    "registry.roleassignment": "任职", "registry.packinforce": "制度", "registry.agencysetting": "机关设定",
    "registry.account": "账号", "registry.givenpassword": "给定的口令", "registry.secondfactor": "动态码", "registry.recoverycode": "备用码", "registry.passkey": "通行密钥", "registry.outsideidentity": "外部身份", "devices.station": "采集站",
    "devices.stationreport": "采集站报告", "devices.stationterms": "采集站约定", "devices.stationcertificate": "采集站证书",
    "devices.devicemodel": "设备型号", "devices.deviceentry": "设备登记事项", "devices.vehicle": "执法车辆", "devices.room": "记录场所", "devices.roomcheck": "场所检查", "devices.storagemedium": "存储介质", "devices.loanreturn": "归还申报", "devices.fault": "故障", "devices.faultstep": "故障办理", "devices.maintenance": "维护", "devices.stockcheck": "盘点", "devices.deviceact": "设备违规",
    "access.secrecymark": "保密标记", "evidence.seclusion": "限制知悉", "evidence.recognition": "语音识别", "evidence.livecopy": "实时副本", "access.packageremoval": "证据包清除", "access.packageterms": "提供条件", "access.packagecopy": "随包副本", "access.packagedelivery": "交付签收", "access.packagereturn": "收回登记", "access.packagewarrant": "调取凭据", "access.visit": "来人查看", "access.visitwindow": "查看窗口", "access.visitend": "窗口关闭", "access.bulknotice": "大量查看提醒", "access.bulkanswer": "大量查看核查", "devices.outsideloan": "外借", "devices.compensation": "赔偿", "devices.compensationpaid": "赔偿款收到", "evidence.voucher": "当事人凭条", "access.supplyrequest": "要求提供",
    "journal.halt": "停止封存", "evidence.cardlist": "存储卡清单", "casework.absencenote": "缺失说明",
    "casework.linkspan": "关联片段", "casework.unlinking": "解除关联", "casework.nocase": "无案说明",
    "casework.caselink": "案件关联", "casework.caseunlinking": "解除案件关联",
    "evidence.sourcestatement": "来源说明", "evidence.sourceanswer": "来源核实", "evidence.erasurenote": "删除确认",
    "evidence.devicelog": "设备日志识读", "casework.outwardhandover": "上报清单", "casework.outwarditem": "上报的音像",
    "oversight.examination": "监督检查", "oversight.drawn": "抽中项", "oversight.score": "评定", "oversight.remark": "检查意见",
    "oversight.reply": "意见答复", "oversight.liabilityfact": "责任事实", "oversight.liabilitystep": "责任事实办理",
    "oversight.training": "教育培训", "oversight.unitrule": "管理制度", "oversight.statisticsreport": "统计报告", "oversight.escalation": "逾期上报",
    "casework.outwardreference": "平台编号", "casework.outwardtry": "一次发送",
    "casework.casehandover": "交接登记", "casework.handoversignature": "交接签名",
    "casework.intake": "受理登记", "casework.intakestep": "受理的一步", "casework.intakechange": "来文变更",
    "casework.stay": "办案区停留", "casework.staystep": "停留的一步", "casework.caseparty": "当事人", "casework.recusal": "回避", "casework.recusaldecision": "回避决定",
    "casework.outsidesystem": "外部系统", "casework.systemnotice": "告知外部系统",
}  # fmt: skip
PROMISES_NOT = [
    "拿到服务器最高权限的人可以让系统停下来；我们只保证改动会被发现，不保证改动不会发生。",
    "他也可以换掉程序本身，换过的程序怎样说都不作数；请用另行取得的核验程序，核对见证单位手里的检查点。",
    "记录仪在首次入库之前作假、删除或没有开机，我们看不出来，只能由清单、缺口和其他设备佐证。",
    "没有外部见证时，掌握服务器和日志密钥的人可以连同检查点一起重做；取得见证之后即不能，见证之前的那几秒除外。",
    "服务器被换成旧的副本而又联系不上任何见证单位时，只有持有较新检查点的人能发现。",
    "尚未给出回执的上传不在保护之内。",
]


def proof(asking: Asking, *, before: int | None) -> ProofPage:
    office = asking.office
    last, sealed = queries.last_number(), queries.sealed_size()
    witnessed = standing(office.witnesses)
    found = queries.checkpoints(most=_PAGE + 1, before=before)
    silent = silences(since=asking.at - timedelta(days=30))
    return ProofPage(
        standing=outside.standing_state(office, last, sealed, witnessed, at=asking.at),
        says="每办一件事，台账就多一笔；每隔几秒封存一次并签名。任何一笔被改、被删、被补，都会被下面的办法查出来。",
        facts=_facts(
            asking, last, sealed, outside.witnessed_fact(office, sealed, witnessed, at=asking.at), silent
        ),
        due=None,
        silences=_silences(silent),
        outside=outside.rows(asking, sealed),
        checkpoints=[_row(office, point, witnessed.size if witnessed else 0) for point in found[:_PAGE]],
        next=str(found[_PAGE - 1].size) if len(found) > _PAGE else None,
        verify=_VERIFY,
        promises_not=PROMISES_NOT,
        actions=outside.actions(asking),
    )


def _reread(asking: Asking) -> Fact:
    """How much of what is kept was read again within thirty days; less is less, and is said."""
    found = scrubbing.coverage(at=asking.at, viewer=asking.by)
    note = f"{found.faults} 份不符，尚未修复" if found.faults else None
    tone: Tone = "breach" if found.faults else "proven" if found.objects and found.percent == 100 else "plain"
    return Fact(
        label="三十天内重读",
        value=f"{found.percent}%（{found.read:,} / {found.objects:,} 段音像）",
        tone=tone,
        note=note,
    )


def _silent(found: list[Silence], last: int) -> Fact:
    """Heartbeats are lines at least every five minutes: where none is, nothing ran, whoever saw to that."""
    begun = first_beat()
    before = begun - 1 if begun is not None else last
    laid = f"；前 {before:,} 笔（建库、演示数据）写入时还没有心跳，其间隔不算静默" if before else ""
    if begun is None:
        return Fact(
            label="三十天内静默",
            value="还没有心跳",
            note=f"服务运行时至少每五分钟一笔，没有别的登记就写一笔心跳{laid}",
        )
    if not found:
        return Fact(label="三十天内静默", value="没有", note=f"服务运行时至少每五分钟一笔{laid}")
    whole = sum((one.until - one.since for one in found), timedelta())
    return Fact(
        label="三十天内静默", value=f"{len(found)} 次，共 {shown_length(whole)}", note=f"逐次列在下面{laid}"
    )


def _silences(found: list[Silence]) -> list[Fact]:
    """The newest, each with the line that ended it: what stopped the house nobody can tell from inside; when, everybody can."""
    return [
        Fact(
            label=f"{shown(one.since)} 至 {shown(one.until)}", value=shown_length(one.until - one.since),
            note=f"第 {one.line:,} 笔之前没有任何一笔：停机、断电，或者被停止。请与停机记录、值班记录核对",
        )
        for one in found[:_PAGE]
    ]  # fmt: skip


def _facts(asking: Asking, last: int, sealed: int, witnessed: Fact, silent: list[Silence]) -> list[Fact]:
    office = asking.office
    free = office.vault.free_bytes()
    return [
        Fact(label="台账", value=f"{last:,} 笔"),
        Fact(label="已封存", value=f"{sealed:,} 笔", tone="proven" if sealed >= last else "plain"),
        witnessed,
        Fact(label="日志名称", value=office.log.origin, mono=True),
        Fact(label="签名公钥", value=str(office.signer.verifier), mono=True),
        *_second_key(office),
        Fact(label="可用存储", value=size_shown(free), tone="plain" if free else "breach"),
        _reread(asking),
        _silent(silent, last),
    ]  # fmt: skip


def _second_key(office: Office) -> list[Fact]:
    twin = office.signer.twin
    return [] if twin is None else [Fact(label="SM2 公钥", value=str(twin.verifier), mono=True)]


def _algorithms(office: Office, point: Checkpoint) -> str:
    """What this checkpoint was signed with: the older ones bear one signature."""
    twin = office.signer.twin
    has_both = twin is not None and signatures_under(twin.verifier, point.note)
    return "Ed25519、SM2" if has_both else "Ed25519"


def _row(office: Office, point: Checkpoint, witnessed: int) -> CheckpointRow:
    return CheckpointRow(
        size=point.size,
        at=point.at,
        root=point.root,
        signed_by=f"{office.signer.name}（{_algorithms(office, point)}）",
        witnesses=outside.under(office, point.size),
        state=State(label="已见证", tone="proven") if point.size <= witnessed else State(label="未见证"),
        downloads=[Link(label="下载检查点", to=f"/api/v1/proof/checkpoints/{point.size}")],
    )


_VERIFY = [
    VerifyWay(
        title="在服务器上核验",
        steps=[
            VerifyStep(says="在服务器上运行（重读全部原件，时间较长；加 --quick 只核验台账和各行数据）：", command="liuhen verify"),
            VerifyStep(says="逐项看结果：有不一致的，会写明哪一笔、哪一份原件、哪一个字段。"),
        ],
    ),
    VerifyWay(
        title="不靠服务器核验",
        steps=[
            VerifyStep(says="把上面的公钥和检查点交给见证单位保存；检查点是 C2SP 签名文本，任何实现都能验签。"),
            VerifyStep(says="以后取得的检查点，笔数不得变少，且须与保存的那一个前后一致；变少或分叉即为改动。"),
            VerifyStep(says="某一笔的回执里有这一笔的内容、盐和到树根的路径，用标准的 SHA-256 即可重算。"),
        ],
    ),
]  # fmt: skip


# ── 回执 ───────────────────────────────────────────────────


def receipt(asking: Asking, line: Line) -> Receipt:
    """What stands behind a chip. Who and what only where this person may know of the thing itself."""
    point = queries.sealed_in(line.number)
    readable = may_read(asking, line)
    facts = [
        Fact(label="台账序号", value=f"{line.number:,}"),
        Fact(label="何时", value=seconds_shown(line.at)),
        Fact(label="何事", value=verb_words(line.verb)),
    ]
    if readable:
        facts += _particulars(line)
    facts.append(Fact(label="叶摘要", value=line.leaf, mono=True))
    return Receipt(
        proof=proof_of_line(line, sealed=point.size if point else 0),
        facts=facts,
        checkpoint=_checkpoint(asking.office, point) if point else None,
        witnesses=outside.vouching(asking.office, line.number),
        how_to_verify=_how(sealed=point is not None),
        downloads=_downloads(line, point, readable=readable),
    )


def _particulars(line: Line) -> list[Fact]:
    origin = json.loads(line.body)["actor"]["origin"]
    entry = TrailEntry(line.number, line.at, line.verb, line.actor_kind, line.actor, origin, sealed=False)
    kinds = sorted({_KINDS.get(kind, "其他") for kind, _ in queries.abouts_of(line.number)})
    facts = [Fact(label="何人", value=who(entry, registry.names_of([line.actor])), note=origin or None)]
    return facts + ([Fact(label="登记的内容", value="、".join(kinds))] if kinds else [])


def _checkpoint(office: Office, point: Checkpoint) -> list[Fact]:
    return [
        Fact(label="笔数", value=f"{point.size:,}"),
        Fact(label="签发", value=seconds_shown(point.at)),
        Fact(label="树根", value=point.root, mono=True),
        Fact(label="签名", value=office.signer.name),
    ]


def _how(*, sealed: bool) -> list[str]:
    if not sealed:
        return ["这一笔还没有封存；几秒之后重新打开，即可下载它到检查点的路径。"]
    return [
        "下载回执和检查点。",
        "用 SHA-256 依次计算：内容加盐得叶摘要，叶摘要沿路径得树根。",
        "树根与检查点中的一致，且检查点的签名有效，说明这一笔自封存后没有改过。",
    ]


def _downloads(line: Line, point: Checkpoint | None, *, readable: bool) -> list[Link]:
    found = []
    if readable and point is not None:
        found.append(Link(label="下载回执", to=f"/api/v1/receipts/{line.number}/file"))
    if point is not None:
        found.append(Link(label="下载检查点", to=f"/api/v1/proof/checkpoints/{point.size}"))
    return found


def evidence_of(office: Office, line: Line) -> dict[str, Any]:
    """The line as it was committed to, with its inclusion proof in the newest checkpoint that is kept."""
    point = queries.sealed_in(line.number)
    told: dict[str, Any] = {
        "format": "liuhen-line-proof-v1", "body": line.body, "salt": line.salt, "leaf": line.leaf, "index": line.number - 1,
    }  # fmt: skip
    if point is not None:
        path = office.log.inclusion(line.number - 1, point.size)
        told |= {"size": point.size, "path": [step.hex() for step in path], "checkpoint": point.note}
    return told


def may_read(asking: Asking, line: Line) -> bool:
    """One's own acts, everything for those who audit, else what is about things one may know of."""
    if line.actor == asking.by.id or asking.can("audit.view"):
        return True
    things = queries.abouts_of(line.number)
    return any(_may_know(asking, kind, thing) for kind, thing in things)


def _may_know(asking: Asking, kind: str, thing: UUID) -> bool:
    by, at = asking.by, asking.at
    visible: dict[str, Any] = {
        "evidence.recording": evidence.visible_to, "casework.activity": casework.activities_visible_to,
        "casework.case": casework.cases_visible_to, "devices.device": devices.visible_to,
    }  # fmt: skip
    rows = visible.get(kind)
    return bool(rows and rows(by, at=at).filter(pk=thing).exists())
