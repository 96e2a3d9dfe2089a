"""Registers of what happens to devices: faults and repairs, maintenance, stock checks, forbidden acts and losses."""

from datetime import datetime

from django.db.models import QuerySet

from liuhen.apps.devices import queries as devices
from liuhen.apps.devices.faults import REPAIRERS
from liuhen.apps.devices.models import DeviceAct, Fault, Maintenance
from liuhen.apps.oversight.registers.cells import listed, name, said
from liuhen.apps.oversight.registers.definition import Register
from liuhen.engines.rules.office_facts import DEVICE_ACTS
from liuhen.kernel.actors import Actor


def _faults(by: Actor, at: datetime) -> QuerySet[Fault]:
    seen = devices.visible_to(by, at=at).values("pk")
    return (
        Fault.objects.filter(device__in=seen)
        .select_related("device__unit", "found_by")
        .prefetch_related("steps")
    )


def _maintenances(by: Actor, at: datetime) -> QuerySet[Maintenance]:
    seen = devices.visible_to(by, at=at).values("pk")
    return Maintenance.objects.filter(device__in=seen).select_related("device__unit")


def _acts(by: Actor, at: datetime) -> QuerySet[DeviceAct]:
    seen = devices.visible_to(by, at=at).values("pk")
    return DeviceAct.objects.filter(device__in=seen).select_related("device__unit", "officer")


def _steps(row: Fault) -> tuple[str, str, str]:
    """What was done about it, by whom outside, and what it cost."""
    steps = sorted(row.steps.all(), key=lambda step: step.at)
    cost = sum(step.cost or 0 for step in steps)
    return (
        "；".join(f"{said(step.at)} {step.get_step_display()}" for step in steps) or "待核实",
        listed(dict.fromkeys(REPAIRERS.get(step.repairer, step.repairer) for step in steps)),
        f"{cost:.2f}" if cost else "",
    )


CARE: tuple[Register, ...] = (
    Register(
        key="device-faults", title="故障维修登记", group="设备", says="何时发现、何时报告、怎样核实、送到哪里修、修好没有。", action="device.view",
        columns=("设备编号", "部门", "发现人", "发现", "报告", "现象", "办理", "维修单位", "费用（元）"), when="found_at", unit="device__unit__path",
        words=("device__number", "says"), rows=_faults, to=lambda f: f"/devices/{f.device_id}",
        cells=lambda f: (f.device.number, f.device.unit.name, f.found_by.name, said(f.found_at), said(f.reported_at), f.says, *_steps(f)),
    ),
    Register(
        key="device-maintenance", title="维护登记", group="设备", says="每台设备应在何时做什么维护，何时做了，结果怎样。", action="device.view",
        columns=("设备编号", "部门", "内容", "应完成", "完成", "结果"), when="due_at", unit="device__unit__path", words=("device__number", "says"),
        rows=_maintenances, to=lambda m: f"/devices/{m.device_id}",
        cells=lambda m: (m.device.number, m.device.unit.name, m.says, said(m.due_at), said(m.done_at), m.result),
    ),
    Register(
        key="stock-checks", title="盘点登记", group="设备", says="每次盘点见到多少台、没有见到多少台。", action="device.view",
        columns=("部门", "盘点", "应有", "没有见到", "说明"), when="at", words=("unit__name", "says"),
        rows=lambda by, at: devices.stock_checks_visible_to(by, at=at), to=lambda _row: "/equipment",
        cells=lambda s: (s.unit.name, said(s.at), len(s.counted), s.missing, s.says),
    ),
    Register(
        key="device-acts", title="设备外借、违规和遗失登记", group="设备", says="查实的行为、经过和批准文号；只列事实，不作认定。", action="device.view",
        columns=("设备编号", "部门", "情形", "人员", "发生", "经过", "批准文号", "登记"), when="happened_at", unit="device__unit__path",
        words=("device__number", "says"), rows=_acts, to=lambda a: f"/devices/{a.device_id}",
        cells=lambda a: (a.device.number, a.device.unit.name, DEVICE_ACTS.get(a.act, a.act), name(a.officer), said(a.happened_at), a.says,
                         a.approval, said(a.entered_at)),
    ),
)  # fmt: skip
