"""Keeping devices whole and accounted for: maintenance planned and done, stock checks, loss, and what must not be done to them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.devices.models import Device, DeviceAct, Loan, Maintenance, StockCheck
from liuhen.apps.devices.queries import loan_at
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer, Unit
from liuhen.apps.registry.permission import allow
from liuhen.engines.rules.office_facts import DEVICE_ACTS
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

NEEDS_APPROVAL = ("lent", "private_use")


def plan_maintenance(device: Device, *, by: Actor, says: str, due_at: datetime, at: datetime) -> Maintenance:
    """维护计划：what is to be done with the device, and by when."""
    row = Maintenance(
        device=device, agency_id=device.agency_id, says=says.strip(), due_at=due_at, planned_by=by.id
    )
    allow(by, "device.maintain", on=row, at=at)
    with act("device.maintenance-planned", by=by, at=at, agency=device.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(device)
        line.schedule("device.judge", device)
    return row


def note_maintained(row: Maintenance, *, by: Actor, result: str, at: datetime) -> None:
    """维护完成：what was done and found, upgrades of the firmware included. Raises `Refused` without a word, and a second time."""
    allow(by, "device.maintain", on=row, at=at)
    if row.done_at is not None:
        raise Refused("这一次维护已经登记完成", do="请刷新页面；再做的维护请另列计划。")
    if not result.strip():
        raise Refused("没有写明维护的结果", do="请写明做了什么、设备现在怎样。")
    with act("device.maintained", by=by, at=at, agency=row.agency_id) as line:
        row.done_at, row.done_by, row.result = at, by.id, result.strip()
        row.save(update_fields=["done_at", "done_by", "result"])
        line.about(row)
        line.about(row.device)
        line.schedule("device.judge", row.device)


def check_stock(unit: Unit, *, by: Actor, seen: Mapping[UUID, bool], says: str, at: datetime) -> StockCheck:
    """盘点：every device of the unit is answered, seen or not; who had the missing ones last stands with them.

    Raises `Refused` where one was passed over: a device that nobody looked for is not accounted for.
    """
    devices = to_be_counted(unit)
    row = StockCheck(
        agency_id=unit.agency_id, unit=unit, says=says.strip(), at=at, by=by.id, counted=[], missing=0
    )
    allow(by, "device.keep", on=row, at=at)
    passed_over = [device.number for device in devices if device.pk not in seen]
    if passed_over:
        raise Refused(
            f"还有设备没有盘到：{'、'.join(passed_over[:10])}", do="请逐台核对，见到或者没有见到都要注明。"
        )
    row.counted = [_counted(device, is_seen=seen[device.pk]) for device in devices]
    row.missing = sum(not seen[device.pk] for device in devices)
    with act("device.stock-checked", by=by, at=at, agency=unit.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.schedule("unit.judge", unit)
    return row


def _counted(device: Device, *, is_seen: bool) -> dict[str, str | bool]:
    last = Loan.objects.filter(device=device).select_related("officer").order_by("-out_at").first()
    holder = last.officer.name if last and not is_seen else ""
    return {
        "device": str(device.pk),
        "number": device.number,
        "state": device.state,
        "seen": is_seen,
        "last": holder,
    }


def enter_act(
    device: Device,
    *,
    by: Actor,
    act_kind: str,
    happened_at: datetime,
    says: str,
    officer: Officer | None = None,
    approval: str = "",
    at: datetime,
) -> DeviceAct:
    """登记查实的违规行为或者遗失：facts alone, no blame. A lost device is out of use at once; who had it is taken from the ledger."""
    had = loan_at(device.pk, happened_at)
    row = DeviceAct(
        device=device, agency_id=device.agency_id, act=act_kind, officer=officer or (had.officer if had else None),
        happened_at=happened_at, says=says.strip(), approval=approval.strip(), entered_at=at, entered_by=by.id,
    )  # fmt: skip
    allow(by, "device.censure", on=row, at=at)
    if act_kind not in DEVICE_ACTS:
        raise Refused("没有这种情形", do="请从所列各项中选择。")
    if not says.strip():
        raise Refused("须写明经过", do="请写明何时、何地、怎样发现，有何凭据。")
    if happened_at > at:
        raise Refused("发生时间晚于现在", do="请核对时间。")
    with act("device.act-entered", by=by, at=at, agency=device.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        if act_kind == "lost":
            device.state = Device.State.LOST
            device.save(update_fields=["state"])
        line.about(device)
        line.schedule("device.judge", device)
        line.schedule("unit.judge", device.unit)
    return row


def note_found(device: Device, *, by: Actor, at: datetime) -> None:
    """失而复得：the device is back; the loss stays in the ledger."""
    allow(by, "device.keep", on=device, at=at)
    if device.state != Device.State.LOST:
        raise Refused(f"设备 {device.number} 没有登记遗失", do="请刷新页面查看最新状态。")
    with act("device.found", by=by, at=at, agency=device.agency_id) as line:
        is_out = Loan.objects.filter(device=device, returned_at__isnull=True).exists()
        device.state = Device.State.ISSUED if is_out else Device.State.IN_STOCK
        device.save(update_fields=["state"])
        line.about(device)
        line.schedule("device.judge", device)


def open_maintenance(device: UUID) -> Maintenance | None:
    """The oldest plan that is not done."""
    rows = Maintenance.objects.filter(device=device, done_at=None).select_related("device__unit")
    return rows.order_by("due_at").first()


def maintenances_of(device: UUID) -> list[Maintenance]:
    """What is to be done first, then what was done last."""
    return list(Maintenance.objects.filter(device=device).order_by("done_at", "-due_at"))


def maintenance_due(devices: QuerySet[Device], *, at: datetime) -> list[Maintenance]:
    """Plans of these devices whose day is over."""
    rows = Maintenance.objects.filter(device__in=devices, done_at=None, due_at__lt=at)
    return list(rows.select_related("device").order_by("due_at"))


def acts_of(device: UUID) -> list[DeviceAct]:
    return list(DeviceAct.objects.filter(device=device).select_related("officer").order_by("-happened_at"))


def to_be_counted(unit: Unit) -> list[Device]:
    """What a stock check of the unit must answer for."""
    return list(Device.objects.filter(unit=unit).exclude(state=Device.State.RETIRED).order_by("number"))
