"""Who may do what, as data: action -> role -> how far. What is not written here is refused.

Source: the roles and permissions of the five regulations (union of their role tables). How far: `own` things one
takes part in, `unit` one's unit and those below it, `agency` the whole agency. An administrator has no action that
opens footage, and the three administrators share no action but looking at their own page.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Reach = Literal["own", "unit", "agency"]

ROLES: Mapping[str, str] = MappingProxyType(
    {
        "officer": "执法人员",
        "reception_clerk": "受理人员",
        "unit_head": "部门负责人",
        "deputy_head": "副队长",
        "device_keeper": "设备管理员",
        "custodian": "保管人",
        "associator": "关联专人",
        "archive_clerk": "档案员",
        "archive_head": "档案机构负责人",
        "legal_reviewer": "法制审核人员",
        "inspector": "督察人员",
        "logistics": "装备保障人员",
        "comms": "信通人员",
        "requesting_department": "有权监督部门人员",
        "performance": "绩效考核人员",
        "agency_head": "机关负责人",
        "leader_in_charge": "分管领导",
        "system_admin": "系统管理员",
        "security_admin": "安全管理员",
        "audit_admin": "审计管理员",
    }
)

PUBLIC = "public"
"""In place of a row: whoever comes, without a post and without a session."""

ADMINISTRATORS = frozenset({"system_admin", "security_admin", "audit_admin"})
# Who proves at log-in, beside the password, that he holds his own authenticator: administrators, and all who approve, supply, keep or destroy.
PROVES_TWICE = ADMINISTRATORS | frozenset(
    {"unit_head", "deputy_head", "agency_head", "leader_in_charge", "legal_reviewer", "archive_head", "archive_clerk", "custodian",
     "inspector"}
)  # fmt: skip

_EVERYONE: Mapping[str, Reach] = dict.fromkeys(ROLES, "agency")
_WORKING: Mapping[str, Reach] = {role: "agency" for role in ROLES if role not in ADMINISTRATORS}

_SEES_ACTIVITIES: Mapping[str, Reach] = {
    "officer": "unit",
    "reception_clerk": "unit",
    "unit_head": "unit",
    "deputy_head": "unit",
    "custodian": "unit",
    "associator": "agency",
    "archive_clerk": "agency",
    "archive_head": "agency",
    "legal_reviewer": "agency",
    "inspector": "agency",
    "performance": "agency",
    "agency_head": "agency",
    "leader_in_charge": "agency",
}

_EXAMINES: Mapping[str, Reach] = {"inspector": "agency", "legal_reviewer": "agency", "performance": "agency"}

POLICY: Mapping[str, Mapping[str, Reach]] = MappingProxyType(
    {
        # 本人的工作台与名册
        "desk.view": _EVERYONE,
        "roster.view": _EVERYONE,
        "law.view": _EVERYONE,
        "proof.view": _EVERYONE,
        # 音像资料
        "recording.receive": {"officer": "unit", "device_keeper": "unit", "custodian": "unit", "reception_clerk": "unit"},
        "recording.list": {**_SEES_ACTIVITIES, "device_keeper": "unit", "requesting_department": "agency"},
        "recording.play": {"officer": "own", "unit_head": "unit", "deputy_head": "unit", "custodian": "unit"},
        "recording.annotate": {"officer": "own", "unit_head": "unit", "custodian": "unit"},
        "recording.mark": {"unit_head": "unit", "custodian": "unit", "legal_reviewer": "agency"},
        # 作了保密标记的音像，除知悉范围内的人以外，还有谁知道它存在：作标记、解除标记的，保管和到期处置的，批准销毁的
        "recording.know": {"unit_head": "unit", "custodian": "unit", "legal_reviewer": "agency", "archive_clerk": "agency",
                           "archive_head": "agency", "agency_head": "agency", "leader_in_charge": "agency"},
        # 对齐同一事件的各路音像；标记关键内容。看不看得到画面另按播放的权限
        "recording.align": {"officer": "own", "unit_head": "unit", "custodian": "unit", "legal_reviewer": "agency", "inspector": "agency"},
        "segment.mark": {"officer": "own", "unit_head": "unit", "custodian": "unit", "legal_reviewer": "agency", "inspector": "agency"},
        # 遮挡副本：画的人不能审核自己的；能看副本的，不因此能看原件
        "redaction.draw": {"officer": "own", "unit_head": "unit", "custodian": "unit", "legal_reviewer": "agency"},
        "redaction.check": {"unit_head": "unit", "deputy_head": "unit", "custodian": "unit", "legal_reviewer": "agency"},
        # 批准对外提供的负责人看得到要提供的副本，不因此看得到原件
        "redaction.view": {"officer": "own", "unit_head": "unit", "deputy_head": "unit", "custodian": "unit", "legal_reviewer": "agency",
                           "agency_head": "agency", "leader_in_charge": "agency"},
        "recording.link": {"officer": "own", "unit_head": "unit", "associator": "agency"},
        "recording.number": {"officer": "own", "unit_head": "unit", "archive_clerk": "agency", "archive_head": "agency"},
        # 同步存储：哪些事项需要，由法制规定；存入以后由办案、保管或者档案人员登记
        "store.lay-down": {"legal_reviewer": "agency", "agency_head": "agency"},
        "store.enter": {"officer": "own", "unit_head": "unit", "custodian": "unit", "archive_clerk": "agency", "archive_head": "agency"},
        "recording.confirm": {"unit_head": "unit", "deputy_head": "unit", "device_keeper": "unit", "custodian": "unit",
                              "legal_reviewer": "agency"},
        "recording.identify": {"device_keeper": "unit", "custodian": "unit"},
        # 有权监督的部门要求提供（督察、法制，情报指挥、信访、纪检）
        "supply.ask": {"inspector": "agency", "legal_reviewer": "agency", "requesting_department": "agency"},
        "supply.answer": {"unit_head": "unit", "deputy_head": "unit"},
        "supply.view": {"inspector": "agency", "legal_reviewer": "agency", "requesting_department": "agency", "unit_head": "unit",
                        "deputy_head": "unit"},
        # 上报上级平台
        "handover.view": {"associator": "agency", "comms": "agency", "unit_head": "unit", "legal_reviewer": "agency", "inspector": "agency",
                          "agency_head": "agency", "leader_in_charge": "agency"},
        "handover.make": {"associator": "agency", "unit_head": "unit", "comms": "agency"},
        # 保存处置：暂缓由部门也可以登记，终结只由法制或者督察提出、机关负责人批准
        "keeping.view": {"unit_head": "unit", "deputy_head": "unit", "custodian": "unit", "archive_clerk": "agency", "archive_head": "agency",
                         "legal_reviewer": "agency", "inspector": "agency", "agency_head": "agency", "leader_in_charge": "agency"},
        "keeping.shorten": {"legal_reviewer": "agency", "archive_head": "agency"},
        "keeping.decide": {"unit_head": "unit", "agency_head": "agency"},
        # 销毁：列清单、核对批准、执行、抽查各由不同的人
        "disposal.view": {"custodian": "agency", "unit_head": "agency", "archive_clerk": "agency", "archive_head": "agency", "legal_reviewer": "agency",
                          "inspector": "agency", "agency_head": "agency", "leader_in_charge": "agency"},
        "disposal.draw": {"archive_clerk": "agency", "archive_head": "agency"},
        "disposal.execute": {"custodian": "agency", "unit_head": "agency", "archive_clerk": "agency", "archive_head": "agency"},
        "disposal.check": {"archive_head": "agency", "legal_reviewer": "agency", "inspector": "agency"},
        "disposal.call-off": {"archive_head": "agency", "legal_reviewer": "agency", "agency_head": "agency"},
        "hold.view": {**_SEES_ACTIVITIES, "device_keeper": "unit"},
        "hold.place": {"unit_head": "unit", "legal_reviewer": "agency", "inspector": "agency", "archive_head": "agency", "agency_head": "agency"},
        "hold.release": {"legal_reviewer": "agency", "inspector": "agency"},
        # 备份：看登记簿；备份和演练在服务器上由操作人办理
        "backup.view": {"archive_clerk": "agency", "archive_head": "agency", "legal_reviewer": "agency", "inspector": "agency",
                        "agency_head": "agency", "leader_in_charge": "agency"},
        # 案卷：立卷的人不检查自己的案卷，立卷、移交的人不接收（volumes）；光盘由办案或者保管、档案人员刻录和核对
        "volume.view": _SEES_ACTIVITIES,
        "volume.make": {"officer": "own", "unit_head": "unit", "deputy_head": "unit", "custodian": "unit"},
        "volume.submit": {"unit_head": "unit", "deputy_head": "unit", "custodian": "unit"},
        "volume.accept": {"archive_clerk": "agency", "archive_head": "agency", "custodian": "unit"},
        "disc.view": _SEES_ACTIVITIES,
        "disc.make": {"officer": "own", "unit_head": "unit", "custodian": "unit", "archive_clerk": "agency", "archive_head": "agency"},
        "disc.check": {"unit_head": "unit", "custodian": "unit", "archive_clerk": "agency", "archive_head": "agency"},
        # 应有未有
        "absence.view": {**_SEES_ACTIVITIES, "device_keeper": "unit"},
        "absence.explain": {"unit_head": "unit", "device_keeper": "unit", "custodian": "unit", "inspector": "agency"},
        # 现场活动与案件
        "activity.view": _SEES_ACTIVITIES,
        "activity.write": {"officer": "own", "reception_clerk": "own", "unit_head": "unit"},
        "case.view": _SEES_ACTIVITIES,
        "case.write": {"officer": "own", "unit_head": "unit"},
        # 受理登记：谁接到谁登记；启动执法事项、登记活动另问 case.write、activity.write
        "intake.view": {**_SEES_ACTIVITIES, "requesting_department": "agency"},
        "intake.receive": {},  # 只有外部系统凭密钥推送，没有哪个职务可以代它推送
        "intake.write": {"officer": "unit", "reception_clerk": "unit", "unit_head": "unit", "deputy_head": "unit"},
        "recusal.decide": {"unit_head": "unit", "agency_head": "agency", "leader_in_charge": "agency"},
        # 交接：清单由承办人制作，移交人、接收人各在同一份清单上签名
        "handover.sign": {"officer": "own", "unit_head": "own", "deputy_head": "own", "legal_reviewer": "own", "reception_clerk": "own",
                          "custodian": "own", "archive_clerk": "own", "archive_head": "own", "inspector": "own"},
        # 设备
        "device.view": {"officer": "unit", "device_keeper": "unit", "unit_head": "unit", "deputy_head": "unit",
                        "inspector": "agency", "legal_reviewer": "agency", "agency_head": "agency", "logistics": "agency"},
        "device.keep": {"device_keeper": "unit"},
        "device.maintain": {"device_keeper": "unit", "logistics": "agency"},
        "device.report": {"officer": "unit", "device_keeper": "unit", "unit_head": "unit", "deputy_head": "unit"},
        "device.censure": {"unit_head": "unit", "deputy_head": "unit", "inspector": "agency"},
        "room.check": {"officer": "unit", "device_keeper": "unit", "unit_head": "unit"},
        "station.revoke": {"device_keeper": "unit"},
        # 文书与审批
        "document.view": _SEES_ACTIVITIES,
        "document.sign": {"officer": "unit", "unit_head": "unit"},
        "document.sign-as-head": {"unit_head": "unit", "deputy_head": "unit", "agency_head": "agency", "leader_in_charge": "agency"},
        "document.sign-as-legal": {"legal_reviewer": "agency"},
        "document.write": {"officer": "own", "unit_head": "unit"},
        # 法制审核意见由法制审核人员自己写，承办本案的人不能写（interfaces.api.writing）
        "document.write-as-legal": {"legal_reviewer": "agency"},
        "approval.request": {"officer": "own", "unit_head": "unit", "device_keeper": "unit", "custodian": "unit",
                             "legal_reviewer": "agency", "inspector": "agency", "archive_clerk": "agency", "archive_head": "agency"},
        "approval.view": _WORKING,
        "approval.decide": _WORKING,
        # 上级机关的书面批准：登记的人和对照纸质核对的人不是同一人，也不是申请人、其他各步的审批人（approval.superiors）
        "approval.paper": {"officer": "own", "unit_head": "unit", "custodian": "unit", "legal_reviewer": "agency"},
        "approval.check-paper": {"unit_head": "unit", "deputy_head": "unit", "custodian": "unit", "legal_reviewer": "agency",
                                 "archive_head": "agency", "leader_in_charge": "agency"},
        # 证据包：申请的人不能自己制作，批准的人也不是申请的人；制成之后只有申请和要求制作的人取得到（packages.is_for）
        "package.ask": {"officer": "own", "unit_head": "unit", "legal_reviewer": "agency"},
        "package.view": _SEES_ACTIVITIES,
        # 当事人凭条：不显示内容，由管这段音像的人出具
        "voucher.issue": {"officer": "own", "unit_head": "unit", "custodian": "unit", "legal_reviewer": "agency"},
        "package.make": {"custodian": "unit", "archive_clerk": "agency", "archive_head": "agency", "legal_reviewer": "agency"},
        "package.fetch": {"officer": "own", "unit_head": "own", "custodian": "unit", "archive_clerk": "agency", "archive_head": "agency",
                          "legal_reviewer": "agency"},
        # 交付、收回：同样只有申请和制作它的人（delivering.deliver_package）
        "package.deliver": {"officer": "own", "unit_head": "own", "custodian": "unit", "archive_clerk": "agency", "archive_head": "agency",
                            "legal_reviewer": "agency"},
        # 来人查看：登记、报批之后由在岗的人打开窗口，窗口里只有那一段（access.visiting）
        "visit.ask": {"officer": "own", "unit_head": "unit", "custodian": "unit", "legal_reviewer": "agency"},
        "visit.open": {"officer": "own", "unit_head": "unit", "deputy_head": "unit", "custodian": "unit"},
        "visit.view": _SEES_ACTIVITIES,
        # 大量查看：提醒安全管理员核查；只说谁、多少，不说是哪几段
        "bulk.view": {"security_admin": "agency", "inspector": "agency", "agency_head": "agency"},
        "bulk.answer": {"security_admin": "agency"},
        # 制度与监督
        "finding.view": _SEES_ACTIVITIES,
        # 监督检查：查的人立项、评定、提意见、裁定；被查的部门答复、申诉
        "examination.view": {**_EXAMINES, "agency_head": "agency", "leader_in_charge": "agency", "unit_head": "unit", "deputy_head": "unit",
                             "device_keeper": "unit", "custodian": "unit"},
        "examination.write": _EXAMINES,
        "examination.answer": {"unit_head": "unit", "deputy_head": "unit", "device_keeper": "unit", "custodian": "unit",
                               "agency_head": "agency", "leader_in_charge": "agency"},
        # 责任事实：所列的人看得到自己的，可以申辩；陈述和办结不是同一个人（liability.close_fact）
        "liability.view": {"officer": "own", "unit_head": "unit", "legal_reviewer": "agency", "inspector": "agency",
                           "agency_head": "agency", "leader_in_charge": "agency"},
        "liability.state": {"unit_head": "unit", "legal_reviewer": "agency", "inspector": "agency"},
        "liability.answer": {"officer": "own"},
        "liability.decide": {"legal_reviewer": "agency", "inspector": "agency", "agency_head": "agency"},
        # 统计与台账：每本台账另按它所列事项的权限取舍
        "statistics.view": {**_EXAMINES, "agency_head": "agency", "leader_in_charge": "agency", "archive_head": "agency",
                            "unit_head": "unit", "deputy_head": "unit"},
        "statistics.report": {**_EXAMINES, "agency_head": "agency"},
        "register.view": _WORKING,
        "training.keep": {"unit_head": "unit", "legal_reviewer": "agency", "device_keeper": "unit"},
        "unit-rule.keep": {"unit_head": "unit", "legal_reviewer": "agency"},
        "pack.activate": {"legal_reviewer": "agency"},
        "setting.write": {"legal_reviewer": "agency"},
        "statute.attach": {"legal_reviewer": "agency"},
        "law.simulate": {"legal_reviewer": "agency", "agency_head": "agency"},
        # 三员
        # 人员名册：三员和负责人看得到；登记人员和账号、任命职务各归各的管理员
        "person.view": {"system_admin": "agency", "security_admin": "agency", "audit_admin": "agency", "agency_head": "agency",
                        "leader_in_charge": "agency", "unit_head": "unit"},
        "right.explain": {"security_admin": "agency", "audit_admin": "agency", "agency_head": "agency", "inspector": "agency",
                          "legal_reviewer": "agency"},
        "account.manage": {"system_admin": "agency"},
        "role.appoint": {"security_admin": "agency"},
        "proof.carry": {"audit_admin": "agency", "archive_clerk": "agency", "archive_head": "agency", "legal_reviewer": "agency"},
        # 整本台账，限制知悉的音像的各笔也在内；这里只有编号代号，看不到音像
        "audit.whole": {"audit_admin": "agency"},
        "audit.view": {"audit_admin": "agency", "legal_reviewer": "agency", "inspector": "agency"},
    }
)  # fmt: skip

# What those who are not officers may do. The operator sits at the machine itself; the rest of his acts are lines too.
WITHOUT_OFFICER: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "station": frozenset({"recording.receive"}),
        "outside": frozenset({"intake.receive"}),
        # The system compares everything for the desk's numbers and shows nobody anything by it.
        "system": frozenset({"recording.list", "activity.view", "device.view", "recording.receive", "recording.inspect", "finding.judge", "keeping.derive",
                             "pack.activate", "setting.write"}),
        "operator": frozenset(
            {"recording.receive", "account.manage", "role.appoint", "agency.found", "pack.activate", "setting.write",
             "device.keep", "package.make", "package.fetch", "disc.make", "disc.check", "station.enroll", "station.revoke", "system.enroll", "system.revoke",
             "statute.attach"}
        ),
    }
)  # fmt: skip
