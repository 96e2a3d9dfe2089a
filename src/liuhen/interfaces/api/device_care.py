"""Routes of one device besides its hand-out: its page, faults to repair, purchase and place, maintenance, misuse and loss."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from liuhen.apps.casework.fault_checks import interruptions_with
from liuhen.apps.devices import entries, faults, queries, rooms, upkeep
from liuhen.apps.devices.entries import CAPABILITIES, Particulars
from liuhen.apps.devices.models import Device, Fault, Maintenance
from liuhen.engines.rules.office_facts import DEVICE_ACTS
from liuhen.interfaces.api import fields, pages_device
from liuhen.interfaces.api.answers import Gone, WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Moment, Text, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, FormField, Option
from liuhen.interfaces.api.shapes_devices import DevicePage, LoanSlip
from liuhen.kernel.errors import Refused

routes = Routes("设备")
Said = Annotated[Text, StringConstraints(min_length=1, max_length=500)]
_AMOUNT: dict[str, Any] = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "maxLength": 20}]}
Money = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2), WithJsonSchema(_AMOUNT)]
Blank = BeforeValidator(lambda told: None if told == "" else told)  # What was left empty is not known.
_STEPS = {"sent": "送修", "repaired": "修好收回", "scrapped": "不能修复，报废"}


class FaultTold(Told):
    found_at: Moment
    says: Said
    interruption: UUID | None = None


class FaultChecked(Told):
    is_real: Literal["yes", "no"]
    says: Said


class FaultStep(Told):
    step: Literal["sent", "repaired", "scrapped"]
    repairer: Literal["manager", "professional", "manufacturer"] | None = None
    cost: Annotated[Money | None, Blank] = None
    says: Annotated[Text, StringConstraints(max_length=500)] | None = None


class ParticularsTold(Told):
    bought_on: Annotated[date | None, Blank] = None
    price: Annotated[Money | None, Blank] = None
    batch: Annotated[Line, StringConstraints(max_length=40)] | None = None
    location: Annotated[Line, StringConstraints(max_length=100)] | None = None
    capabilities: Annotated[list[Line], Field(max_length=10, default_factory=list)]
    vehicle: UUID | None = None
    room: UUID | None = None
    is_covert: bool = False


class MaintenancePlan(Told):
    says: Annotated[Line, StringConstraints(min_length=1)]
    due_at: Moment


class MaintenanceResult(Told):
    result: Annotated[Text, StringConstraints(min_length=1, max_length=300)]


class ActTold(Told):
    act: Literal[
        "rented", "lent", "transferred", "given", "diverted", "private_use", "unlawful_use", "damaged", "internet",
        "unrelated_device", "dismantled", "parts_replaced", "against_manual", "lost",
    ]  # fmt: skip
    happened_at: Moment
    says: Said
    approval: Annotated[Line, StringConstraints(max_length=60)] | None = None


# ── 一台设备 ────────────────────────────────────────────────


@routes.get("/devices/{uuid:device}", policy="device.view", response=DevicePage)
def device(request: HttpRequest, device: UUID) -> DevicePage:
    asking = asked(request)
    return pages_device.page(asking, _device(asking, device))


@routes.get("/devices/{uuid:device}/slip", policy="device.view", response=LoanSlip)
def slip(request: HttpRequest, device: UUID) -> LoanSlip:
    row = _device(asked(request), device)
    newest = queries.loans_of(row.pk, most=1)
    if not newest:
        raise Gone
    return pages_device.slip(row, newest[0])


@routes.get("/devices/{uuid:device}/fault", policy="device.report", response=Form)
def fault_form(request: HttpRequest, device: UUID) -> Form:
    asking = asked(request)
    row = _device(asking, device, to="device.report")
    stops = interruptions_with(row.pk, viewer=asking.by, at=asking.at)
    return Form(
        title=f"{row.number} 报故障", intro="报告以后设备停用，由设备管理员核实；不要自行拆装。", submit="报告",
        url=f"/devices/{device}/faults",
        fields=[
            fields.moment("found_at", "发现时间", value=asking.at),
            fields.long("says", "现象", hint="看到什么、当时在做什么。"),
            fields.select("interruption", "对应的记录中断", [Option(value=str(key), label=told) for key, told in stops], required=False,
                          hint="因这一故障中断了记录的，选上；核实的结果会记到那次中断。"),
        ],
    )  # fmt: skip


@routes.post("/devices/{uuid:device}/faults", policy="device.report", response=Done)
def report_fault(request: HttpRequest, device: UUID, told: FaultTold) -> Done:
    asking = asked(request)
    row = _device(asking, device)
    asking.require("device.report", row)
    if told.interruption and told.interruption not in dict(
        interruptions_with(row.pk, viewer=asking.by, at=asking.at)
    ):
        raise WrongFields("没有这次记录中断", {"interruption": "请从列表中选择。"})
    fault = faults.report_fault(
        row, by=asking.by, found_by=asking.officer, found_at=told.found_at, says=told.says, interruption=told.interruption,
        at=asking.at,
    )  # fmt: skip
    return done(f"已报告，{row.number} 停用，待设备管理员核实", about=fault.pk)


@routes.get("/devices/{uuid:device}/fault-check", policy="device.keep", response=Form)
def check_form(request: HttpRequest, device: UUID) -> Form:
    fault = _fault(_device(asked(request), device, to="device.keep"))
    against = pages_device.contradictions(fault)
    intro = f"{fault.found_by.name}报告：{fault.says}"
    if against:
        intro += f"。请注意：设备日志显示发现故障之后仍有{'、'.join(against)}"
    return Form(
        title=f"核实 {fault.device.number} 的故障", intro=intro, submit="登记核实结果", url=f"/devices/{device}/fault-check",
        fields=[fields.yes_no("is_real", "故障属实", value=None), fields.long("says", "检查的方法和结果")],
    )  # fmt: skip


@routes.post("/devices/{uuid:device}/fault-check", policy="device.keep", response=Done)
def check_fault(request: HttpRequest, device: UUID, told: FaultChecked) -> Done:
    asking = asked(request)
    row = _device(asking, device)
    asking.require("device.keep", row)
    step = faults.check_fault(
        _fault(row), by=asking.by, is_real=told.is_real == "yes", says=told.says, at=asking.at
    )
    said = "故障属实，可以送修" if told.is_real == "yes" else "没有故障，设备恢复使用"
    return done(said, about=step.pk)


@routes.get("/devices/{uuid:device}/fault-step", policy="device.maintain", response=Form)
def step_form(request: HttpRequest, device: UUID) -> Form:
    fault = _fault(_device(asked(request), device, to="device.maintain"))
    return Form(
        title=f"{fault.device.number} 维修", intro="先送修，再修好收回或者报废。", submit="登记", url=f"/devices/{device}/fault-step",
        fields=[
            fields.select("step", "办理", fields.options(_STEPS)),
            fields.select("repairer", "维修单位", fields.options(faults.REPAIRERS), required=False),
            fields.text("cost", "费用（元）", required=False),
            fields.long("says", "说明", required=False),
        ],
    )  # fmt: skip


@routes.post("/devices/{uuid:device}/fault-step", policy="device.maintain", response=Done)
def go_on(request: HttpRequest, device: UUID, told: FaultStep) -> Done:
    asking = asked(request)
    row = _device(asking, device)
    asking.require("device.maintain", row)
    rule = next((r for r in asking.law.rules_of("sequence") if r.id == "fault-handling"), None)
    step = faults.go_on_with_fault(
        _fault(row), by=asking.by, step=told.step, repairer=told.repairer or "", cost=told.cost, says=told.says or "",
        cite=rule.citation if rule else None, at=asking.at,
    )  # fmt: skip
    return done(f"{row.number}：{_STEPS[told.step]}", about=step.pk)


@routes.get("/devices/{uuid:device}/particulars", policy="device.maintain", response=Form)
def particulars_form(request: HttpRequest, device: UUID) -> Form:
    asking = asked(request)
    row = _device(asking, device, to="device.maintain")
    held = queries.entry_of(row.pk)
    cars = [
        Option(value=str(v.pk), label=v.plate) for v in entries.vehicles_visible_to(asking.by, at=asking.at)
    ]
    places = [Option(value=str(r.pk), label=r.name) for r in rooms.rooms_visible_to(asking.by, at=asking.at)]
    return Form(
        title=f"{row.number} 购置和存放", intro="以最近一次登记为准；以前的登记仍在。遗失、损坏时按原价计算的，以这里为凭。", submit="登记",
        url=f"/devices/{device}/particulars",
        fields=[
            fields.text("bought_on", "购置日期", required=False, hint="如 2026-03-01。", value=str(held.bought_on or "") if held else ""),
            fields.text("price", "原价（元）", required=False, value=str(held.price or "") if held else ""),
            fields.text("batch", "批次", required=False, value=held.batch if held else ""),
            fields.text("location", "存放地点", required=False, value=held.location if held else ""),
            fields.many("capabilities", "功能", fields.options(CAPABILITIES), required=False, value=held.capabilities if held else ()),
            fields.select("vehicle", "装在哪辆车上", cars, required=False, value=str(held.vehicle_id) if held and held.vehicle_id else None),
            fields.select("room", "装在哪个场所", places, required=False, value=str(held.room_id) if held and held.room_id else None),
            FormField(name="is_covert", label="涉密专用设备（不在本制度范围，不在这里领用）", kind="switch", required=False,
                      value=bool(held and held.is_covert)),
        ],
    )  # fmt: skip


@routes.post("/devices/{uuid:device}/particulars", policy="device.maintain", response=Done)
def enter_particulars(request: HttpRequest, device: UUID, told: ParticularsTold) -> Done:
    asking = asked(request)
    row = _device(asking, device)
    asking.require("device.maintain", row)
    car = (
        entries.vehicles_visible_to(asking.by, at=asking.at).filter(pk=told.vehicle).first()
        if told.vehicle
        else None
    )
    room = rooms.rooms_visible_to(asking.by, at=asking.at).filter(pk=told.room).first() if told.room else None
    if (told.vehicle and car is None) or (told.room and room is None):
        raise WrongFields(
            "没有这辆车或者这个场所", {"vehicle": "请从列表中选择。", "room": "请从列表中选择。"}
        )
    entry = entries.enter_particulars(
        row,
        Particulars(
            bought_on=told.bought_on, price=told.price, batch=told.batch or "", location=told.location or "",
            capabilities=tuple(c for c in told.capabilities if c in CAPABILITIES), vehicle=car, room=room, is_covert=told.is_covert,
        ),
        by=asking.by, at=asking.at,
    )  # fmt: skip
    return done(f"已登记 {row.number} 的购置和存放", about=entry.pk)


@routes.get("/devices/{uuid:device}/maintenance", policy="device.maintain", response=Form)
def maintenance_form(request: HttpRequest, device: UUID) -> Form:
    row = _device(asked(request), device, to="device.maintain")
    return Form(
        title=f"{row.number} 维护计划", intro="到期没有完成的，列入待办。", submit="列入计划", url=f"/devices/{device}/maintenance",
        fields=[fields.text("says", "内容", hint="如季度保养、升级固件。"), fields.moment("due_at", "应完成")],
    )  # fmt: skip


@routes.post("/devices/{uuid:device}/maintenance", policy="device.maintain", response=Done)
def plan_maintenance(request: HttpRequest, device: UUID, told: MaintenancePlan) -> Done:
    asking = asked(request)
    row = upkeep.plan_maintenance(
        _device(asking, device), by=asking.by, says=told.says, due_at=told.due_at, at=asking.at
    )
    return done(f"已列入 {row.device.number} 的维护计划", about=row.pk)


@routes.get("/devices/{uuid:device}/maintenance-result", policy="device.maintain", response=Form)
def result_form(request: HttpRequest, device: UUID) -> Form:
    row = _plan(_device(asked(request), device, to="device.maintain"))
    return Form(
        title=f"{row.device.number} 维护结果", intro=row.says, submit="登记完成", url=f"/devices/{device}/maintenance-result",
        fields=[fields.long("result", "做了什么、设备现在怎样")],
    )  # fmt: skip


@routes.post("/devices/{uuid:device}/maintenance-result", policy="device.maintain", response=Done)
def note_maintained(request: HttpRequest, device: UUID, told: MaintenanceResult) -> Done:
    asking = asked(request)
    found = _device(asking, device)
    asking.require("device.maintain", found)
    row = _plan(found)
    upkeep.note_maintained(row, by=asking.by, result=told.result, at=asking.at)
    return done(f"{row.device.number} 维护完成", about=row.pk)


@routes.get("/devices/{uuid:device}/act", policy="device.censure", response=Form)
def act_form(request: HttpRequest, device: UUID) -> Form:
    asking = asked(request)
    row = _device(asking, device, to="device.censure")
    return Form(
        title=f"{row.number} 违规或遗失", intro="只登记查实的事实；当时持有人取自台账。遗失的设备即刻停用。", submit="登记",
        url=f"/devices/{device}/acts",
        fields=[
            fields.select("act", "情形", fields.options(DEVICE_ACTS)),
            fields.moment("happened_at", "发生时间", value=asking.at),
            fields.long("says", "经过和凭据"),
            fields.text("approval", "批准文号", required=False, hint="外借等经过批准的，写明文号。"),
        ],
    )  # fmt: skip


@routes.post("/devices/{uuid:device}/acts", policy="device.censure", response=Done)
def enter_act(request: HttpRequest, device: UUID, told: ActTold) -> Done:
    asking = asked(request)
    row = upkeep.enter_act(
        _device(asking, device), by=asking.by, act_kind=told.act, happened_at=told.happened_at, says=told.says,
        approval=told.approval or "", at=asking.at,
    )  # fmt: skip
    return done(f"已登记：{DEVICE_ACTS[told.act]}", about=row.pk)


@routes.post("/devices/{uuid:device}/found", policy="device.keep", response=Done)
def note_found(request: HttpRequest, device: UUID) -> Done:
    asking = asked(request)
    row = _device(asking, device)
    upkeep.note_found(row, by=asking.by, at=asking.at)
    return done(f"{row.number} 已找回", about=row.pk)


def _device(asking: Asking, key: UUID, *, to: str = "") -> Device:
    visible = queries.visible_to(asking.by, at=asking.at)
    found: Device = asking.found(visible, key, anyhow=queries.devices(), action="device.view")
    asking.check_form(to, found)
    return found


def _fault(device: Device) -> Fault:
    """The fault that is being dealt with."""
    told = faults.open_faults([device.pk])
    if not told:
        raise Refused(f"{device.number} 没有待办的故障", do="请刷新页面查看最新状态。")
    return told[0]


def _plan(device: Device) -> Maintenance:
    """The maintenance that is due first."""
    row = upkeep.open_maintenance(device.pk)
    if row is None:
        raise Refused(f"{device.number} 没有待做的维护", do="请先列入维护计划。")
    return row
