"""Rows of the device ledger, and who holds what office in a unit, as the facts the rules ask about."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from liuhen.apps.devices.models import (
    Device,
    DeviceAct,
    DeviceEntry,
    DeviceModel,
    Fault,
    Loan,
    Maintenance,
    Room,
    RoomCheck,
    StockCheck,
    Vehicle,
)
from liuhen.apps.devices.rooms import CASE_AREA
from liuhen.apps.devices.upkeep import NEEDS_APPROVAL
from liuhen.apps.registry.models import Officer, RoleAssignment, Unit
from liuhen.engines.rules.kinds.lines import Line
from liuhen.engines.rules.office_facts import DeviceFacts, DeviceLoanFacts, RoomFacts, UnitFacts
from liuhen.kernel.clock import BEIJING
from liuhen.kernel.identifiers import made_at

_USABLE = (Device.State.IN_STOCK, Device.State.ISSUED)
_FIXED = (Device.Kind.FIXED_CAMERA, Device.Kind.VEHICLE_RECORDER)
_YEAR = timedelta(days=365)


def facts_of_loan(loan: Loan, *, lines: Iterable[Line]) -> DeviceLoanFacts:
    """What is known of a hand-out. `lines` are the check's lines in force: the ledger keeps their labels."""
    lines = tuple(lines)
    return DeviceLoanFacts(
        out_at=loan.out_at,
        passed=frozenset(line.code for line in lines if loan.check_lines.get(line.label)),
        failed=frozenset(line.code for line in lines if loan.check_lines.get(line.label) is False),
        due_at=loan.due_at,
        returned_at=loan.returned_at,
        register=_register(loan),
    )


def _register(loan: Loan) -> frozenset[str]:
    entered = {
        "user": loan.officer_id,
        "giver": loan.out_by,
        "out_at": loan.out_at,
        "purpose": loan.purpose,
        "returned_at": loan.returned_at,
        "content": loan.content,
    }
    return frozenset(name for name, value in entered.items() if value)


def facts_of_unit(unit: Unit, *, at: datetime) -> UnitFacts:
    """Who enforces in the unit, with how many devices that can be carried, and which offices are held there or above."""
    held = RoleAssignment.objects.filter(Q(until__isnull=True) | Q(until__gt=at), since__lte=at)
    held = held.filter(unit__agency=unit.agency_id, officer__state=Officer.State.ACTIVE)
    enforcing = held.filter(role="officer", officer__unit=unit).values("officer").distinct()
    here = [role for role, path in held.values_list("role", "unit__path") if unit.path.startswith(path)]
    devices = Device.objects.filter(unit=unit, state__in=_USABLE).exclude(device_type__in=_FIXED)
    ended = _year_ended(at)
    return UnitFacts(
        officers=enforcing.count(),
        devices=devices.count(),
        roles=frozenset(here),
        vehicles=unit.vehicles.exclude(use=Vehicle.Use.OTHER).count(),
        facilities=frozenset(_facilities(unit, at=at)),
        registers=frozenset(_registers(unit, since=ended - _YEAR)),
        period_ended_at=ended if _oldest(unit, ended) else None,
    )


def _facilities(unit: Unit, *, at: datetime) -> Iterable[str]:
    """What the unit has: a fixed camera where people are received, devices to carry, and recorders in its vehicles.

    A vehicle whose recorders are still to come counts while the day they are planned for lies ahead.
    """
    usable = Device.objects.filter(unit=unit, state__in=_USABLE)
    if usable.exclude(device_type__in=_FIXED).exists():
        yield "portable"
    fixed = usable.filter(device_type=Device.Kind.FIXED_CAMERA)
    rooms = [entry.room for entry in _entries(fixed)]
    if any(room is not None and room.room_kind == Room.Kind.RECEPTION for room in rooms):
        yield "reception_video"
    vehicles = list(unit.vehicles.exclude(use=Vehicle.Use.OTHER))
    today = at.astimezone(BEIJING).date()
    for code, kind in (
        ("vehicle_recorder", Device.Kind.VEHICLE_RECORDER),
        ("inside_camera", Device.Kind.FIXED_CAMERA),
    ):
        built = {entry.vehicle_id for entry in _entries(usable.filter(device_type=kind))}
        if all(v.pk in built or (v.planned_on and v.planned_on >= today) for v in vehicles):
            yield code


def _registers(unit: Unit, *, since: datetime) -> Iterable[str]:
    """Which registers of the unit are kept: each has its rows, and none of its devices is missing from it."""
    devices = Device.objects.filter(unit=unit).exclude(state=Device.State.RETIRED)
    if not devices.exists():
        return
    yield "ledger"
    placed = Exists(DeviceEntry.objects.filter(device=OuterRef("pk")).exclude(location=""))
    if not devices.exclude(placed).exists():
        yield "application"
    loans = Loan.objects.filter(device__in=devices, out_at__gte=since)
    if loans.exists():
        yield "issue"
        if all(loan.check_lines for loan in loans.only("check_lines")):
            yield "checks"
    counted = StockCheck.objects.filter(unit=unit, at__gte=since)
    if counted.exists():
        yield from ("stock_check", "allocation")
    told = Exists(Fault.objects.filter(device=OuterRef("pk")))
    broken = devices.filter(state__in=(Device.State.FAULT, Device.State.REPAIR))
    if not broken.exclude(told).exists():
        yield "damage"


def _year_ended(at: datetime) -> datetime:
    return at.astimezone(BEIJING).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)


def _oldest(unit: Unit, ended: datetime) -> bool:
    """Whether the unit had devices before the year ended: what came later is counted with the next."""
    first = Device.objects.filter(unit=unit).order_by("pk").first()
    return first is not None and made_at(first.pk) < ended


def _entries(devices: QuerySet[Device]) -> list[DeviceEntry]:
    """What stands of each device now."""
    found: dict[object, DeviceEntry] = {}
    for entry in DeviceEntry.objects.filter(device__in=devices).select_related("room").order_by("entered_at"):
        found[entry.device_id] = entry
    return list(found.values())


def facts_of_device(device: Device, *, at: datetime) -> DeviceFacts:
    """What is known of a device: its model's check, its newest fault that is not unfounded, its maintenance, what was done to it."""
    acts = list(DeviceAct.objects.filter(device=device))
    fault = _fault(device)
    steps = {step.step: step.at for step in fault.steps.all()} if fault else {}
    plan = _maintenance(device)
    return DeviceFacts(
        acts=frozenset(row.act for row in acts),
        loan_approved=all(row.approval for row in acts if row.act in NEEDS_APPROVAL),
        fault_steps=_steps(steps) if fault else None,
        fault_closed_at=steps.get("repaired") or steps.get("scrapped"),
        fault_reported_at=fault.reported_at if fault else None,
        fault_found_at=fault.found_at if fault else None,
        specification=frozenset(_specification(device, at=at)),
        in_service_at=_in_service(device),
        maintenance_due_at=plan.due_at if plan else None,
        maintained_at=plan.done_at if plan else None,
    )


def _fault(device: Device) -> Fault | None:
    found = Fault.objects.filter(device=device).exclude(steps__step="unfounded").prefetch_related("steps")
    return found.order_by("-found_at").first()


def _steps(done: dict[str, datetime]) -> tuple[str, ...]:
    """A reported device is stopped by the report; one given up after the check needs no repair."""
    sent = "sent" in done or "scrapped" in done
    return (
        "stopped",
        "reported",
        *(("checked",) if "checked" in done else ()),
        *(("repaired",) if sent else ()),
    )


def _specification(device: Device, *, at: datetime) -> Iterable[str]:
    model = (
        DeviceModel.objects.filter(agency=device.agency_id, name=device.model).order_by("-checked_at").first()
    )
    if model is None or not device.model:
        return
    yield from model.points
    today = at.astimezone(BEIJING).date()
    if model.standard and (model.tested_until is None or model.tested_until >= today):
        yield "standard"


def _in_service(device: Device) -> datetime | None:
    """What is carried enters service with its first hand-out; what is built in, with its entry."""
    if device.device_type in _FIXED:
        return made_at(device.pk)
    first = Loan.objects.filter(device=device).order_by("out_at").first()
    return first.out_at if first else None


def _maintenance(device: Device) -> Maintenance | None:
    """The oldest that is not done; else the one done last."""
    rows = Maintenance.objects.filter(device=device)
    return rows.filter(done_at=None).order_by("due_at").first() or rows.order_by("-done_at").first()


def facts_of_room(room: Room) -> RoomFacts | None:
    """What the newest check found; nothing is asked of a room outside the case area."""
    if room.room_kind not in CASE_AREA:
        return None
    newest = RoomCheck.objects.filter(room=room).order_by("-checked_at").first()
    opened = RoomCheck.objects.filter(room=room, opens=True).order_by("-checked_at").first()
    return RoomFacts(
        opened_at=opened.checked_at if opened else None,
        passed=frozenset(opened.passed if opened else newest.passed if newest else ()),
        facilities=frozenset(newest.facilities if newest else ()),
    )
