"""A fault from its report to its repair: who found it, whether the keeper found it true, where it was mended.

The device stops at the report. Nothing goes to repair before the keeper has checked; an unfounded fault is told as such,
because it may have been an excuse for not recording.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from liuhen.apps.devices.models import Device, Fault, FaultStep, Loan
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import allow
from liuhen.kernel.actors import Actor
from liuhen.kernel.citations import Citation
from liuhen.kernel.errors import Refused

_ENDS = ("unfounded", "repaired", "scrapped")
_STATES = {
    "sent": Device.State.REPAIR,
    "repaired": Device.State.IN_STOCK,
    "scrapped": Device.State.RETIRED,
}
REPAIRERS = {"manager": "管理员收回检修", "professional": "专业部门", "manufacturer": "厂家"}


def report_fault(
    device: Device,
    *,
    by: Actor,
    found_by: Officer,
    found_at: datetime,
    says: str,
    interruption: UUID | None = None,
    at: datetime,
) -> Fault:
    """报告故障：the device stops now. Raises `Refused` where it is out of use already, or the time lies ahead."""
    allow(by, "device.report", on=device, at=at)
    if device.state not in (Device.State.IN_STOCK, Device.State.ISSUED):
        raise Refused(
            f"设备 {device.number} 现为“{device.get_state_display()}”，已经停用",
            do="同一故障无需重复报告；情况有变化的，请在原来的故障下说明。",
        )
    if found_at > at:
        raise Refused("发现故障的时间晚于现在", do="请核对时间。")
    fault = Fault(
        device=device, agency_id=device.agency_id, found_by=found_by, found_at=found_at, reported_at=at, says=says.strip(),
        interruption=interruption,
    )  # fmt: skip
    with act("device.fault-reported", by=by, at=at, agency=device.agency_id) as line:
        fault.save(force_insert=True)
        device.state = Device.State.FAULT
        device.save(update_fields=["state"])
        line.about(fault)
        line.about(device)
        line.schedule("device.judge", device)
        line.schedule("unit.judge", device.unit)
    return fault


def check_fault(fault: Fault, *, by: Actor, is_real: bool, says: str, at: datetime) -> FaultStep:
    """核实：the keeper looked at the device. An unfounded fault puts it back where it was; either needs a word of what was seen."""
    allow(by, "device.keep", on=fault, at=at)
    if _steps(fault):
        raise Refused("这一故障已经核实过", do="请按核实的结果办理下一步。")
    if by.id == fault.found_by_id:
        raise Refused("不能核实本人报告的故障", do="请由另一名设备管理员核实。")
    if not says.strip():
        raise Refused("核实须写明看到了什么", do="请写明检查的方法和结果。")
    step = FaultStep(
        fault=fault, step="checked" if is_real else "unfounded", says=says.strip(), at=at, by=by.id
    )
    with act("device.fault-checked", by=by, at=at, agency=fault.agency_id) as line:
        step.save(force_insert=True)
        line.about(step)
        if not is_real:
            _back_in_use(fault.device)
            line.about(fault.device)
        line.schedule("device.judge", fault.device)
        if fault.interruption is not None:
            line.schedule("fault.checked", fault)
    return step


def go_on_with_fault(
    fault: Fault,
    *,
    by: Actor,
    step: str,
    repairer: str = "",
    cost: Decimal | None = None,
    says: str = "",
    cite: Citation | None = None,
    at: datetime,
) -> FaultStep:
    """送修、修好收回、报废：in this order, and never before the keeper found the fault true (`cite` is the article that says so)."""
    allow(by, "device.maintain", on=fault, at=at)
    done = _steps(fault)
    if "checked" not in done:
        raise Refused(
            "管理员还没有核实，不能送修", do="请先由设备管理员核实；核实后没有故障的，不必送修。", cite=cite
        )
    if done & set(_ENDS) or step in done:
        raise Refused("这一步已经办过", do="请刷新页面查看最新进展。")
    if step == "repaired" and "sent" not in done:
        raise Refused("还没有送修，不能收回", do="请先登记送修的时间和单位。")
    row = FaultStep(fault=fault, step=step, repairer=repairer, cost=cost, says=says.strip(), at=at, by=by.id)
    with act("device.fault-handled", by=by, at=at, agency=fault.agency_id) as line:
        row.save(force_insert=True)
        fault.device.state = _STATES[step]
        fault.device.save(update_fields=["state"])
        line.about(row)
        line.about(fault.device)
        line.schedule("device.judge", fault.device)
        line.schedule("unit.judge", fault.device.unit)
    return row


def faults_of(device: UUID) -> list[Fault]:
    """The newest first, each with its steps."""
    found = Fault.objects.filter(device=device).select_related("found_by", "device__unit")
    return list(found.prefetch_related("steps").order_by("-found_at"))


def open_faults(devices: Iterable[UUID]) -> list[Fault]:
    """Faults that nothing has ended yet, the oldest first."""
    found = Fault.objects.filter(device__in=list(devices)).exclude(steps__step__in=_ENDS)
    return list(found.select_related("found_by", "device").prefetch_related("steps").order_by("reported_at"))


def fault(key: UUID) -> Fault | None:
    return Fault.objects.select_related("device__unit", "found_by").filter(pk=key).first()


def _steps(fault: Fault) -> set[str]:
    return set(fault.steps.values_list("step", flat=True))


def _back_in_use(device: Device) -> None:
    is_out = Loan.objects.filter(device=device, returned_at__isnull=True).exists()
    device.state = Device.State.ISSUED if is_out else Device.State.IN_STOCK
    device.save(update_fields=["state"])
