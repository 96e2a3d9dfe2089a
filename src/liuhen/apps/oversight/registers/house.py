"""Registers of the house itself: its people, what they learnt, its rules, the packs in force, who answers for what."""

from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.records import UNIT_RULES
from liuhen.apps.oversight.registers.cells import said
from liuhen.apps.oversight.registers.definition import Register
from liuhen.apps.oversight.registers.devices import units_counted
from liuhen.apps.registry.models import Officer, PackInForce, Unit
from liuhen.apps.registry.permission import reach_of
from liuhen.apps.registry.policy import ROLES

_IN_CHARGE = ("unit_head", "deputy_head", "device_keeper", "custodian", "archive_clerk", "archive_head", "legal_reviewer", "inspector", "logistics", "comms")  # fmt: skip


def _in_charge(unit: Unit) -> list[str]:
    """Who holds each office in the unit itself now; empty where nobody does."""
    held: dict[str, list[str]] = {}
    for post in unit.roles.all():
        if post.until is None and post.officer.state == Officer.State.ACTIVE:
            held.setdefault(post.role, []).append(post.officer.name)
    return ["、".join(sorted(set(held.get(role, [])))) for role in _IN_CHARGE]


HOUSE: tuple[Register, ...] = (
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
        cells=lambda x: (x.title, x.unit.name, said(x.due_at), said(x.held_at), x.trainer, x.attendees, x.result),
    ),
    Register(
        key="unit-rules", title="管理制度登记", group="制度", says="本机关自己订立的制度、清单、指引和报备，从何时起、至何时止。", action="register.view",
        columns=("种类", "名称", "文号", "部门", "施行", "终止"), when="since", words=("title", "issue_number"),
        rows=lambda by, at: oversight.unit_rules_seen(by, at=at),
        cells=lambda x: (UNIT_RULES.get(x.code, x.code), x.title, x.issue_number, x.unit.name, said(x.since), said(x.until)),
    ),
    Register(
        key="pack-versions", title="规则包版本登记", group="制度", says="哪一版制度从何时施行、至何时止。", action="register.view",
        columns=("规则包", "版本", "施行", "终止", "摘要"), when="since", unit="", words=("key",), to=lambda _row: "/rules",
        rows=lambda by, at: PackInForce.objects.filter(reach_of(by, "law.view", at=at)),
        cells=lambda x: (x.key, x.version, said(x.since), said(x.until), x.digest[:16]),
    ),
    Register(
        key="departments", title="部门职责登记", group="制度", says="每个部门由谁负责、谁管设备、谁保管；空着的就是还没有指定。", action="register.view",
        columns=("部门", "职能", *(ROLES[role] for role in _IN_CHARGE)), unit="path", words=("name",), rows=units_counted,
        cells=lambda u: (u.name, u.get_function_display(), *_in_charge(u)),
    ),
)  # fmt: skip
