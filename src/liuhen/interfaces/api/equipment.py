"""Routes of the equipment: one page, and the entry of models, rooms, vehicles, storage media and stock checks."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from pydantic import Field, StringConstraints

from liuhen.apps.devices import entries, queries, rooms, upkeep
from liuhen.apps.devices.models import DeviceModel, Room, StorageMedium, Vehicle
from liuhen.interfaces.api import fields, pages_equipment
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.device_care import Blank
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Text, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, FormField, Option
from liuhen.interfaces.api.shapes_devices import EquipmentPage

routes = Routes("设备")
Name = Annotated[Line, StringConstraints(min_length=1, max_length=60)]
_SEEN = [Option(value="ok", label="见到"), Option(value="bad", label="没见到")]
_PASSED = [Option(value="ok", label="合格"), Option(value="bad", label="不合格")]
Checks = Annotated[dict[str, Literal["ok", "bad"]], Field(max_length=600)]


class ModelTold(Told):
    name: Name
    standard: Annotated[Line, StringConstraints(max_length=60)] | None = None
    tested_until: Annotated[date | None, Blank] = None
    points: Annotated[
        list[Literal["resolution", "battery", "smooth", "locked", "special"]],
        Field(max_length=5, default_factory=list),
    ]
    says: Annotated[Text, StringConstraints(max_length=300)] | None = None


class RoomTold(Told):
    name: Name
    room_kind: Literal["case_area", "waiting", "interview", "hearing", "reception"]


class RoomChecked(Told):
    checks: Checks
    opens: bool = False


class VehicleTold(Told):
    plate: Annotated[Line, StringConstraints(min_length=1, max_length=20)]
    use: Literal["dispatch", "arrest", "escort", "other"]
    planned_on: Annotated[date | None, Blank] = None


class VehiclePlan(Told):
    planned_on: date


class MediumTold(Told):
    name: Name
    medium_kind: Literal["server", "store", "station", "disc", "backup"]
    location: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    network_number: Annotated[Line, StringConstraints(max_length=60)] | None = None
    station: UUID | None = None


class Registration(Told):
    network_number: Name


class StockTold(Told):
    checks: Checks
    says: Annotated[Text, StringConstraints(max_length=500)] | None = None


@routes.get("/equipment", policy="device.view", response=EquipmentPage)
def equipment(request: HttpRequest) -> EquipmentPage:
    return pages_equipment.page(asked(request))


# ── 型号 ───────────────────────────────────────────────────


@routes.get("/forms/model", policy="device.maintain", response=Form)
def model_form(request: HttpRequest) -> Form:
    return Form(
        title="核对设备型号", intro="依检测报告或者说明书逐项核对；同一型号以最近一次为准。", submit="登记核对结果", url="/device-models",
        fields=[
            fields.text("name", "型号", hint="与设备登记的型号写法一致。"),
            fields.text("standard", "执行标准", required=False, hint="如 GA/T 947-2015。"),
            fields.text("tested_until", "检测报告有效期至", required=False, hint="如 2028-12-31。"),
            fields.many("points", "核对合格的各项", fields.options(dict(DeviceModel.Point.choices)), required=False),
            fields.long("says", "依据", required=False, hint="哪份检测报告、说明书，或者怎样试的；不需要特殊功能的在此注明。"),
        ],
    )  # fmt: skip


@routes.post("/device-models", policy="device.maintain", response=Done)
def check_model(request: HttpRequest, told: ModelTold) -> Done:
    asking = asked(request)
    row = entries.check_model(
        asking.officer.unit, by=asking.by, name=told.name, standard=told.standard or "", points=told.points,
        tested_until=told.tested_until, says=told.says or "", at=asking.at,
    )  # fmt: skip
    return done(f"已核对型号 {row.name}", about=row.pk)


# ── 场所 ───────────────────────────────────────────────────


@routes.get("/forms/room", policy="device.maintain", response=Form)
def room_form(request: HttpRequest) -> Form:
    return Form(
        title="登记记录场所", intro="场所里的固定摄像机先登记为设备，再在设备的登记事项里写明装在这里。", submit="登记", url="/rooms",
        fields=[fields.text("name", "名称"), fields.select("room_kind", "种类", fields.options(dict(Room.Kind.choices)))],
    )  # fmt: skip


@routes.post("/rooms", policy="device.maintain", response=Done)
def enter_room(request: HttpRequest, told: RoomTold) -> Done:
    asking = asked(request)
    row = rooms.enter_room(
        asking.officer.unit, by=asking.by, name=told.name, room_kind=told.room_kind, at=asking.at
    )
    return done(f"已登记 {row.name}", about=row.pk)


@routes.get("/rooms/{uuid:room}/check", policy="room.check", response=Form)
def room_check_form(request: HttpRequest, room: UUID) -> Form:
    asking = asked(request)
    row: Room = _seen(
        asking, rooms.rooms_visible_to(asking.by, at=asking.at), room, rooms.rooms(), to="room.check"
    )
    lines = rooms.lines_of(row)
    return Form(
        title=f"检查 {row.name}", intro="逐项检查；全部合格的才能投入使用。", submit="登记检查结果", url=f"/rooms/{room}/checks",
        fields=[
            FormField(name="checks", label="检查", kind="checks", choices=_PASSED, options=fields.options(lines), value={}),
            FormField(name="opens", label="投入使用", kind="switch", required=False, value=True),
        ],
    )  # fmt: skip


@routes.post("/rooms/{uuid:room}/checks", policy="room.check", response=Done)
def check_room(request: HttpRequest, room: UUID, told: RoomChecked) -> Done:
    asking = asked(request)
    row: Room = _seen(asking, rooms.rooms_visible_to(asking.by, at=asking.at), room, rooms.rooms())
    rule = next((r for r in asking.law.rules_of("required") if r.id == "room-checked"), None)
    good = {code for code, answer in told.checks.items() if answer == "ok"}
    rooms.check_room(
        row, by=asking.by, passed=good & rooms.LINES.keys(), facilities=good & rooms.FACILITIES.keys(), opens=told.opens,
        cite=rule.citation if rule else None, at=asking.at,
    )  # fmt: skip
    return done(f"{row.name}已检查，{'可以使用' if told.opens else '未投入使用'}", about=row.pk)


# ── 车辆 ───────────────────────────────────────────────────


@routes.get("/forms/vehicle", policy="device.maintain", response=Form)
def vehicle_form(request: HttpRequest) -> Form:
    return Form(
        title="登记执法车辆", intro="接处警、抓捕、押送车辆还没有配齐的，写明计划配齐的日期。", submit="登记", url="/vehicles",
        fields=[
            fields.text("plate", "号牌"), fields.select("use", "用途", fields.options(dict(Vehicle.Use.choices))),
            fields.text("planned_on", "计划配齐日期", required=False, hint="如 2027-06-30。"),
        ],
    )  # fmt: skip


@routes.post("/vehicles", policy="device.maintain", response=Done)
def enter_vehicle(request: HttpRequest, told: VehicleTold) -> Done:
    asking = asked(request)
    row = entries.enter_vehicle(
        asking.officer.unit,
        by=asking.by,
        plate=told.plate,
        use=told.use,
        planned_on=told.planned_on,
        at=asking.at,
    )
    return done(f"已登记 {row.plate}", about=row.pk)


@routes.get("/vehicles/{uuid:vehicle}/plan", policy="device.maintain", response=Form)
def plan_form(request: HttpRequest, vehicle: UUID) -> Form:
    asking = asked(request)
    row: Vehicle = _seen(
        asking,
        entries.vehicles_visible_to(asking.by, at=asking.at),
        vehicle,
        entries.vehicles(),
        to="device.maintain",
    )
    return Form(
        title=f"{row.plate} 配备计划", intro="车载记录仪和车内摄录设备，计划何时配齐。", submit="列入计划", url=f"/vehicles/{vehicle}/plan",
        fields=[fields.text("planned_on", "计划配齐日期", hint="如 2027-06-30。")],
    )  # fmt: skip


@routes.post("/vehicles/{uuid:vehicle}/plan", policy="device.maintain", response=Done)
def plan_vehicle(request: HttpRequest, vehicle: UUID, told: VehiclePlan) -> Done:
    asking = asked(request)
    row: Vehicle = _seen(
        asking, entries.vehicles_visible_to(asking.by, at=asking.at), vehicle, entries.vehicles()
    )
    entries.plan_vehicle(row, by=asking.by, planned_on=told.planned_on, at=asking.at)
    return done(f"{row.plate} 计划于 {told.planned_on} 配齐", about=row.pk)


# ── 存储介质 ────────────────────────────────────────────────


@routes.get("/forms/medium", policy="device.maintain", response=Form)
def medium_form(request: HttpRequest) -> Form:
    asking = asked(request)
    stations = queries.stations_visible_to(asking.by, at=asking.at).order_by("name")[:100]
    return Form(
        title="登记存储介质", intro="登记号由网络管理部门给出；没有登记号的介质不得存入资料。", submit="登记", url="/storage-media",
        fields=[
            fields.text("name", "名称"), fields.select("medium_kind", "种类", fields.options(dict(StorageMedium.Kind.choices))),
            fields.text("location", "存放地点"), fields.text("network_number", "登记号", required=False),
            fields.select("station", "属于哪个采集站", [Option(value=str(s.pk), label=s.name) for s in stations], required=False),
        ],
    )  # fmt: skip


@routes.post("/storage-media", policy="device.maintain", response=Done)
def enter_medium(request: HttpRequest, told: MediumTold) -> Done:
    asking = asked(request)
    seen = queries.stations_visible_to(asking.by, at=asking.at)
    station = seen.filter(pk=told.station).first() if told.station else None
    if told.station and station is None:
        raise WrongFields("没有这个采集站", {"station": "请从列表中选择。"})
    row = entries.enter_medium(
        asking.officer.unit, by=asking.by, name=told.name, medium_kind=told.medium_kind, location=told.location,
        network_number=told.network_number or "", station=station, at=asking.at,
    )  # fmt: skip
    return done(f"已登记 {row.name}", about=row.pk)


@routes.get("/storage-media/{uuid:medium}/registration", policy="device.maintain", response=Form)
def registration_form(request: HttpRequest, medium: UUID) -> Form:
    asking = asked(request)
    row: StorageMedium = _seen(
        asking,
        entries.media_visible_to(asking.by, at=asking.at),
        medium,
        entries.media(),
        to="device.maintain",
    )
    return Form(
        title=f"{row.name} 的登记号", intro="填写之后不能更改。", submit="登记", url=f"/storage-media/{medium}/registration",
        fields=[fields.text("network_number", "登记号")],
    )  # fmt: skip


@routes.post("/storage-media/{uuid:medium}/registration", policy="device.maintain", response=Done)
def register_medium(request: HttpRequest, medium: UUID, told: Registration) -> Done:
    asking = asked(request)
    row: StorageMedium = _seen(
        asking, entries.media_visible_to(asking.by, at=asking.at), medium, entries.media()
    )
    entries.register_medium(row, by=asking.by, network_number=told.network_number, at=asking.at)
    return done(f"{row.name} 的登记号是 {row.network_number}", about=row.pk)


# ── 盘点 ───────────────────────────────────────────────────


@routes.get("/forms/stock-check", policy="device.keep", response=Form)
def stock_form(request: HttpRequest) -> Form:
    devices = upkeep.to_be_counted(asked(request).officer.unit)
    options = [
        Option(value=str(d.pk), label=d.number, hint=f"{d.get_state_display()} {d.model}") for d in devices
    ]
    return Form(
        title="盘点", intro=f"逐台核对本部门的 {len(devices)} 台设备，见到和没有见到都要注明。", submit="登记盘点结果", url="/stock-checks",
        fields=[
            FormField(name="checks", label="逐台结果", kind="checks", choices=_SEEN, options=options, value={}),
            fields.long("says", "说明", required=False),
        ],
    )  # fmt: skip


@routes.post("/stock-checks", policy="device.keep", response=Done)
def check_stock(request: HttpRequest, told: StockTold) -> Done:
    asking = asked(request)
    seen = {
        device.pk: told.checks[str(device.pk)] == "ok"
        for device in upkeep.to_be_counted(asking.officer.unit)
        if str(device.pk) in told.checks
    }
    row = upkeep.check_stock(asking.officer.unit, by=asking.by, seen=seen, says=told.says or "", at=asking.at)
    return done(f"盘点 {len(row.counted)} 台，没有见到 {row.missing} 台", about=row.pk)


def _seen(asking: Asking, visible: QuerySet[Any], key: UUID, anyhow: QuerySet[Any], *, to: str = "") -> Any:
    row = asking.found(visible, key, anyhow=anyhow, action="device.view")
    asking.check_form(to, row)
    return row
