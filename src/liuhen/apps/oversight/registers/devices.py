"""Registers of devices: the ledger, who had what, and what the devices are built into and kept on."""

from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from liuhen.apps.devices import entries, rooms
from liuhen.apps.devices import queries as devices
from liuhen.apps.devices.models import Device, DeviceEntry, DeviceModel, Loan, RoomCheck, StationReport
from liuhen.apps.oversight.registers.cells import YES, listed, name, said
from liuhen.apps.oversight.registers.definition import Register
from liuhen.apps.registry.models import Officer, RoleAssignment, Unit
from liuhen.apps.registry.permission import Place, may
from liuhen.kernel.actors import Actor

_CHECKED = rooms.LINES | rooms.FACILITIES
_USABLE = (Device.State.IN_STOCK, Device.State.ISSUED)


def _loans(by: Actor, at: datetime) -> QuerySet[Loan]:
    seen = devices.visible_to(by, at=at).values("pk")
    return Loan.objects.filter(device__in=seen).select_related("device__unit", "officer")


def _equipped(by: Actor, at: datetime) -> QuerySet[Unit]:
    """The parts of the office whose devices this person may see."""
    units = units_counted(by, at)
    return units.filter(
        pk__in=[u.pk for u in units if may(by, "device.view", on=Place(u.agency_id, u.path), at=at)]
    )


def units_counted(by: Actor, at: datetime) -> QuerySet[Unit]:
    mine = Unit.objects.filter(agency__in=RoleAssignment.objects.filter(officer=by.id).values("unit__agency"))
    portable = Q(devices__state__in=_USABLE) & ~Q(
        devices__device_type__in=("fixed_camera", "vehicle_recorder")
    )
    enforcing = Q(
        officers__state=Officer.State.ACTIVE,
        officers__roles__role="officer",
        officers__roles__until__isnull=True,
    )
    counted = mine.annotate(
        enforcing=Count("officers", filter=enforcing, distinct=True), portable=Count("devices", filter=portable, distinct=True)
    )  # fmt: skip
    return counted.prefetch_related("roles__officer")


def _covert(by: Actor, at: datetime) -> QuerySet[Device]:
    """Devices whose newest entry says that they are kept apart."""
    newest = DeviceEntry.objects.filter(device=OuterRef("pk")).order_by("-entered_at")
    return (
        devices.visible_to(by, at=at)
        .filter(Exists(newest))
        .annotate(covert=Subquery(newest.values("is_covert")[:1]))
        .filter(covert=True)
    )


def _models(by: Actor, at: datetime) -> QuerySet[DeviceModel]:
    mine = [unit.agency_id for unit in _equipped(by, at)]
    return DeviceModel.objects.filter(agency__in=mine)


def _room_checks(by: Actor, at: datetime) -> QuerySet[RoomCheck]:
    seen = rooms.rooms_visible_to(by, at=at).values("pk")
    return RoomCheck.objects.filter(room__in=seen).select_related("room__unit")


def _station_reports(by: Actor, at: datetime) -> QuerySet[StationReport]:
    seen = devices.stations_visible_to(by, at=at).values("pk")
    return StationReport.objects.filter(station__in=seen).select_related("station__unit")


def _points(row: DeviceModel, *, met: bool) -> str:
    return listed(point.label for point in DeviceModel.Point if (point.value in row.points) is met)


DEVICES: tuple[Register, ...] = (
    Register(
        key="devices", title="设备台账", group="设备", says="每台设备的编号、类型、所属和现在的状态。", action="device.view",
        columns=("设备编号", "产品序号", "类型", "型号", "部门", "状态"), words=("number", "serial", "model"),
        rows=lambda by, at: devices.visible_to(by, at=at).select_related("unit"), to=lambda _row: "/devices",
        cells=lambda d: (d.number, d.serial, d.get_device_type_display(), d.model, d.unit.name, d.get_state_display()),
    ),
    Register(
        key="recorder-use", title="执法记录仪配备使用情况台账", group="设备", says="谁领用、何时交接、用途和记录内容。", action="device.view",
        columns=("设备编号", "使用人", "领用", "应还", "归还", "用途", "记录内容"), when="out_at", unit="device__unit__path",
        words=("device__number", "officer__name", "purpose"), rows=_loans, to=lambda _row: "/devices",
        cells=lambda x: (x.device.number, x.officer.name, said(x.out_at), said(x.due_at), said(x.returned_at), x.purpose, x.content),
    ),
    Register(
        key="pre-use-checks", title="使用前检查登记", group="设备", says="每次领用之前逐项检查的结果。", action="device.view",
        columns=("设备编号", "使用人", "检查时间", "合格", "不合格"), when="out_at", unit="device__unit__path",
        words=("device__number", "officer__name"), rows=_loans, to=lambda _row: "/devices",
        cells=lambda x: (x.device.number, x.officer.name, said(x.out_at), "、".join(k for k, v in x.check_lines.items() if v),
                         "、".join(k for k, v in x.check_lines.items() if v is False)),
    ),
    Register(
        key="equipment", title="装备配备情况", group="设备", says="每个部门在岗执法人员与可用便携设备之比；固定和车载设备不计。", action="device.view",
        columns=("部门", "执法人员", "可用设备", "缺", "配发率"), unit="path", words=("name",), rows=_equipped,
        cells=lambda u: (u.name, u.enforcing, u.portable, max(0, u.enforcing - u.portable),
                         f"{min(1.0, u.portable / u.enforcing):.0%}" if u.enforcing else ""),
    ),
    Register(
        key="device-models", title="设备型号核对登记", group="设备", says="每种型号执行何种标准，五项要求逐项核对的结果；核对过几次的都在。", action="device.view",
        columns=("型号", "执行标准", "检测报告有效期至", "合格", "未核对或不合格", "依据和说明", "核对"), when="checked_at", unit="", words=("name", "standard"),
        rows=_models, to=lambda _row: "/equipment",
        cells=lambda m: (m.name, m.standard, str(m.tested_until or ""), _points(m, met=True), _points(m, met=False), m.says, said(m.checked_at)),
    ),
    Register(
        key="vehicles", title="车辆记录设备登记", group="设备", says="每辆执法车装了哪些记录设备；还没有装齐的，计划何时装齐。", action="device.view",
        columns=("号牌", "用途", "部门", "已装设备", "计划配齐"), when="entered_at", words=("plate",), rows=lambda by, at: entries.vehicles_visible_to(by, at=at),
        to=lambda _row: "/equipment",
        cells=lambda v: (v.plate, v.get_use_display(), v.unit.name, listed(d.number for d in entries.installed_in(v)), str(v.planned_on or "")),
    ),
    Register(
        key="case-area", title="办案区场所检查登记", group="设备", says="办案区和其他记录场所何时检查、哪些合格、标识和朝向，何时投入使用。", action="device.view",
        columns=("场所", "种类", "部门", "检查时间", "合格的各项", "标识和朝向", "投入使用"), when="checked_at", unit="room__unit__path", words=("room__name",),
        rows=_room_checks, to=lambda _row: "/equipment",
        cells=lambda c: (c.room.name, c.room.get_room_kind_display(), c.room.unit.name, said(c.checked_at), listed(_CHECKED.get(p, p) for p in c.passed),
                         listed(_CHECKED.get(p, p) for p in c.facilities), YES[c.opens]),
    ),
    Register(
        key="storage-media", title="存储介质登记", group="设备", says="每件介质在哪里、网络登记号是什么；没有登记号的不得存入资料。", action="device.view",
        columns=("介质", "种类", "部门", "存放地点", "网络登记号", "采集站", "登记"), when="entered_at", words=("name", "network_number", "location"),
        rows=lambda by, at: entries.media_visible_to(by, at=at), to=lambda _row: "/equipment",
        cells=lambda m: (m.name, m.get_medium_kind_display(), m.unit.name, m.location, m.network_number, name(m.station), said(m.entered_at)),
    ),
    Register(
        key="classified-devices", title="涉密专用设备登记", group="设备", says="不在制度范围内、不在这里领用的专用设备。", action="device.view",
        columns=("设备编号", "类型", "型号", "部门", "状态"), words=("number", "model"), rows=_covert, to=lambda d: f"/devices/{d.pk}",
        cells=lambda d: (d.number, d.get_device_type_display(), d.model, d.unit.name, d.get_state_display()),
    ),
    Register(
        key="station-reports", title="采集站报告登记", group="设备", says="采集站拒绝并报告的情形：服务器身份不符、另有网络出口、未登记的介质。", action="device.view",
        columns=("采集站", "部门", "情形", "详情", "发现", "报告"), when="noticed_at", unit="station__unit__path", words=("station__name", "detail"),
        rows=_station_reports, to=lambda _row: "/stations",
        cells=lambda r: (r.station.name, r.station.unit.name, r.get_what_display(), r.detail, said(r.noticed_at), said(r.told_at)),
    ),
)  # fmt: skip
