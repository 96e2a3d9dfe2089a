"""What the ledger says besides a device's number: models checked, purchase and place, vehicles, storage media.

A check of a model and an entry of a device are never changed: the newest counts, and what was said before stays.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.devices.models import Device, DeviceEntry, DeviceModel, Room, Station, StorageMedium, Vehicle
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Unit
from liuhen.apps.registry.permission import Place, allow, reach_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

CAPABILITIES = {
    "sync_av": "声音图像同步", "explosion_proof": "防爆", "night_vision": "红外夜视", "gps": "定位",
    "wireless_upload": "无线上传", "write_protect": "文件写保护",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """Purchase, place and build of one device; the price is in yuan, what it cost when it was bought."""

    bought_on: date | None = None
    price: Decimal | None = None
    batch: str = ""
    location: str = ""
    capabilities: tuple[str, ...] = ()
    vehicle: Vehicle | None = None
    room: Room | None = None
    is_covert: bool = False


def check_model(
    unit: Unit,
    *,
    by: Actor,
    name: str,
    standard: str,
    points: Collection[str],
    tested_until: date | None,
    says: str,
    at: datetime,
) -> DeviceModel:
    """Enter which standard a model follows and which of the five points were found good. Raises `Refused` without a source."""
    row = DeviceModel(
        agency_id=unit.agency_id, name=name.strip(), standard=standard.strip(), tested_until=tested_until, points=sorted(points),
        says=says.strip(), checked_at=at, checked_by=by.id,
    )  # fmt: skip
    allow(by, "device.maintain", on=Place(unit.agency_id, unit.path), at=at)
    if points and not says.strip():
        raise Refused(
            "核对型号须写明依据", do="请写明依据的检测报告、说明书或者试用情况，日后有人查问时以此为凭。"
        )
    with act("device.model-checked", by=by, at=at, agency=unit.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        for device in Device.objects.filter(agency=unit.agency_id, model=row.name):
            line.schedule("device.judge", device)
    return row


def enter_particulars(device: Device, told: Particulars, *, by: Actor, at: datetime) -> DeviceEntry:
    """Enter purchase, place and build of a device. What stood before stays as it was."""
    allow(by, "device.maintain", on=device, at=at)
    row = DeviceEntry(
        device=device, bought_on=told.bought_on, price=told.price, batch=told.batch.strip(), location=told.location.strip(),
        capabilities=sorted(told.capabilities), vehicle=told.vehicle, room=told.room, is_covert=told.is_covert,
        entered_at=at, entered_by=by.id,
    )  # fmt: skip
    with act("device.particulars-entered", by=by, at=at, agency=device.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(device)
        line.schedule("device.judge", device)
        line.schedule("unit.judge", device.unit)
    return row


def enter_vehicle(
    unit: Unit, *, by: Actor, plate: str, use: str, planned_on: date | None, at: datetime
) -> Vehicle:
    """Enter a vehicle for which recorders are meant, with the day by which it is to have them."""
    row = Vehicle(
        agency_id=unit.agency_id,
        unit=unit,
        plate=plate.strip(),
        use=use,
        planned_on=planned_on,
        entered_at=at,
    )
    allow(by, "device.maintain", on=row, at=at)
    if Vehicle.objects.filter(agency=unit.agency_id, plate=row.plate).exists():
        raise Refused(f"台账中已有号牌为 {row.plate} 的车辆", do="请核对号牌；如系同一辆，无需重复登记。")
    with act("vehicle.entered", by=by, at=at, agency=unit.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.schedule("unit.judge", unit)
    return row


def plan_vehicle(vehicle: Vehicle, *, by: Actor, planned_on: date, at: datetime) -> None:
    """Set the day by which the vehicle is to have its recorders."""
    allow(by, "device.maintain", on=vehicle, at=at)
    if planned_on <= at.date():
        raise Refused("计划日期须在今天以后", do="已经配齐的，请在设备的登记事项里写明装在哪辆车上。")
    with act("vehicle.planned", by=by, at=at, agency=vehicle.agency_id) as line:
        vehicle.planned_on = planned_on
        vehicle.save(update_fields=["planned_on"])
        line.about(vehicle)
        line.schedule("unit.judge", vehicle.unit)


def enter_medium(
    unit: Unit,
    *,
    by: Actor,
    name: str,
    medium_kind: str,
    location: str,
    network_number: str,
    station: Station | None,
    at: datetime,
) -> StorageMedium:
    """Enter a storage medium. A station's medium without a network number takes the station's leave to clear away."""
    row = StorageMedium(
        agency_id=unit.agency_id, unit=unit, name=name.strip(), medium_kind=medium_kind, location=location.strip(),
        network_number=network_number.strip(), station=station, entered_at=at,
    )  # fmt: skip
    allow(by, "device.maintain", on=row, at=at)
    if StorageMedium.objects.filter(agency=unit.agency_id, name=row.name).exists():
        raise Refused(f"已有名为 {row.name} 的存储介质", do="请换一个名称，如加上存放地点或者序号。")
    with act("medium.entered", by=by, at=at, agency=unit.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
    return row


def register_medium(medium: StorageMedium, *, by: Actor, network_number: str, at: datetime) -> None:
    """Enter the number under which the network knows the medium; once given it is not changed."""
    allow(by, "device.maintain", on=medium, at=at)
    if medium.network_number:
        raise Refused(
            f"{medium.name} 已有登记号 {medium.network_number}", do="登记号不能更改；介质换了，请另行登记。"
        )
    if not network_number.strip():
        raise Refused("没有写明登记号", do="请填写网络管理部门给出的登记号。")
    with act("medium.registered", by=by, at=at, agency=medium.agency_id) as line:
        medium.network_number = network_number.strip()
        medium.save(update_fields=["network_number"])
        line.about(medium)


def vehicles_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Vehicle]:
    return vehicles().filter(reach_of(viewer, "device.view", at=at, officers="pk"))


def vehicles() -> QuerySet[Vehicle]:
    return Vehicle.objects.select_related("unit", "agency")


def installed_in(vehicle: Vehicle) -> list[Device]:
    """The devices whose newest entry says that they are built into this vehicle."""
    told: dict[UUID, DeviceEntry] = {}
    for entry in (
        DeviceEntry.objects.filter(device__entries__vehicle=vehicle)
        .select_related("device")
        .order_by("entered_at")
    ):
        told[entry.device_id] = entry
    return [entry.device for entry in told.values() if entry.vehicle_id == vehicle.pk]


def media_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[StorageMedium]:
    return media().filter(reach_of(viewer, "device.view", at=at, officers="pk"))


def media() -> QuerySet[StorageMedium]:
    return StorageMedium.objects.select_related("unit", "agency", "station")


def models_of(agency: UUID) -> list[DeviceModel]:
    """The newest check of each model that was ever checked."""
    newest: dict[str, DeviceModel] = {}
    for row in DeviceModel.objects.filter(agency=agency).order_by("checked_at"):
        newest[row.name] = row
    return sorted(newest.values(), key=lambda row: row.name)
