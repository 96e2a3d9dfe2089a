"""A list of devices taken in at once: every row is told what would become of it, and either all of them go in or none does."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from liuhen.apps.devices.entries import Particulars
from liuhen.apps.devices.models import Device, DeviceEntry
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Unit
from liuhen.apps.registry.permission import allow
from liuhen.apps.search.actions import enter
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Malformed, Refused

COLUMNS = ("设备编号", "产品序号", "类型", "型号", "购置日期", "原价", "批次", "存放地点")
_MUST = COLUMNS[:3]
_KINDS = {label: value for value, label in Device.Kind.choices}
_LONGEST = {"设备编号": 30, "产品序号": 40, "型号": 60, "批次": 40, "存放地点": 100}
_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would become of one row: a new device, one that is there already and stays as it is, or what is wrong."""

    number: int
    told: dict[str, str]
    is_new: bool
    wrong: tuple[str, ...] = ()

    @property
    def particulars(self) -> Particulars:
        bought, price = self.told.get("购置日期", ""), self.told.get("原价", "")
        return Particulars(
            bought_on=_date(bought) if bought else None, price=Decimal(price) if price else None,
            batch=self.told.get("批次", ""), location=self.told.get("存放地点", ""),
        )  # fmt: skip


Table = Iterable[tuple[int, Sequence[str], Sequence[str]]]
"""Rows as (number, cells, faults); the first holds the names of the columns."""


def outcomes(unit: Unit, table: Table) -> list[Outcome]:
    """What would become of each row. Nothing is written. Raises `Malformed` where the columns are not those of the ledger."""
    rows = list(table)
    names = _columns(rows[0][1])
    held = dict(Device.objects.filter(agency=unit.agency_id).values_list("number", "serial"))
    serials = {serial: number for number, serial in held.items()}
    found, numbers, seen = [], set[str](), set[str]()
    for number, cells, faults in rows[1:]:
        told = {name: cells[place] if place < len(cells) else "" for name, place in names.items()}
        wrong = [*faults, *_wrong(told)]
        mine, serial = told["设备编号"], told["产品序号"]
        if mine and mine in numbers:
            wrong.append("设备编号在表中重复")
        if serial and serial in seen:
            wrong.append("产品序号在表中重复")
        is_new = mine not in held
        if not is_new and held[mine] != serial:
            wrong.append(f"台账中 {mine} 的产品序号是 {held[mine]}")
        if is_new and serial in serials:
            wrong.append(f"台账中这一产品序号属于 {serials[serial]}")
        numbers.add(mine)
        seen.add(serial)
        found.append(Outcome(number, told, is_new, tuple(wrong)))
    return found


def import_devices(unit: Unit, found: Sequence[Outcome], *, by: Actor, at: datetime) -> int:
    """Take in every new device of the list in one act; return how many. Raises `Refused` where any row is wrong, and then takes in none."""
    allow(by, "device.keep", on=Device(agency_id=unit.agency_id, unit=unit), at=at)
    bad = [one for one in found if one.wrong]
    if bad:
        raise Refused(
            f"有 {len(bad)} 行不合要求，一台也没有导入，最先的是第 {bad[0].number} 行：{bad[0].wrong[0]}",
            do="请在表里改正以后重新选择文件。",
        )
    new = [one for one in found if one.is_new]
    if not new:
        raise Refused("表里的设备都已经在台账中", do="没有需要导入的。")
    rows = [_device(unit, one) for one in new]
    entries = [_entry(device, one.particulars, by=by, at=at) for device, one in zip(rows, new, strict=True)]
    with act("device.list-imported", by=by, at=at, agency=unit.agency_id) as line:
        Device.objects.bulk_create(rows, batch_size=500)
        DeviceEntry.objects.bulk_create(entries, batch_size=500)
        for device, entry in zip(rows, entries, strict=True):
            line.about(device)
            line.about(entry)
            enter(device.words())
        line.schedule("unit.judge", unit)
    return len(rows)


def _device(unit: Unit, one: Outcome) -> Device:
    return Device(
        agency_id=unit.agency_id, unit=unit, number=one.told["设备编号"], serial=one.told["产品序号"],
        device_type=_KINDS[one.told["类型"]], model=one.told.get("型号", ""),
    )  # fmt: skip


def _entry(device: Device, told: Particulars, *, by: Actor, at: datetime) -> DeviceEntry:
    return DeviceEntry(
        device=device, bought_on=told.bought_on, price=told.price, batch=told.batch, location=told.location, entered_at=at,
        entered_by=by.id,
    )  # fmt: skip


def _columns(head: Sequence[str]) -> dict[str, int]:
    names = {name: place for place, name in enumerate(head) if name in COLUMNS}
    lacking = [name for name in _MUST if name not in names]
    if lacking:
        raise Malformed(
            f"第一行缺少这些列：{'、'.join(lacking)}", do=f"第一行写列名，可用的列名：{'、'.join(COLUMNS)}。"
        )
    return names


def _wrong(told: dict[str, str]) -> Iterable[str]:
    for name in _MUST:
        if not told[name]:
            yield f"没有填{name}"
    for name, most in _LONGEST.items():
        if len(told.get(name, "")) > most:
            yield f"{name}超过 {most} 个字"
    if told["类型"] and told["类型"] not in _KINDS:
        yield f"类型“{told['类型']}”不在所列各项中：{'、'.join(_KINDS)}"
    if told.get("购置日期") and _date(told["购置日期"]) is None:
        yield f"购置日期“{told['购置日期']}”认不出，请写作 2026-03-01"
    if told.get("原价") and not _is_price(told["原价"]):
        yield f"原价“{told['原价']}”不是金额，请只写数字，如 1850.00"


def _date(told: str) -> date | None:
    """As written, or as the number of days in which a table program keeps it."""
    if told.isdecimal() and 20_000 < int(told) < 80_000:
        return _EPOCH + timedelta(days=int(told))
    parts = [part for part in re.split(r"[-/.年月日]", told) if part]
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError:
        return None


def _is_price(told: str) -> bool:
    try:
        price = Decimal(told)
    except InvalidOperation:
        return False
    return price.is_finite() and 0 <= price < 100_000_000 and round(price, 2) == price
