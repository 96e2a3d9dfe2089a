"""The ledger besides the devices: models, purchase, vehicles, media, rooms; faults to repair; maintenance, stock, loss and misuse."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.apps.steps import HOUR, handed_out, last_line, planned, refused
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions as casework
from liuhen.apps.devices import entries, faults, rooms, upkeep
from liuhen.apps.devices.actions import (
    enroll_station,
    hand_out,
    let_station_clear,
    register_device,
    take_back,
)
from liuhen.apps.devices.entries import Particulars
from liuhen.apps.devices.facts import facts_of_device, facts_of_room, facts_of_unit
from liuhen.apps.devices.models import Device, Fault, Room
from liuhen.apps.journal.models import Job
from liuhen.apps.oversight.models import Finding
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.policy import POLICY
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.spans import Span
from liuhen.server.works import works

DAY = timedelta(days=1)


def reported(cast: Cast, at: datetime, **more: Any) -> Fault:
    device = Device.objects.get(pk=cast.camera.pk)
    return faults.report_fault(
        device, by=as_actor(cast.li), found_by=cast.li, found_at=at - HOUR, says="黑屏", at=at, **more
    )


@pytest.mark.clause("NDG-34.c", "BMZ-16", "SUB-24")
def test_fault_stops_the_device_and_goes_to_repair_only_after_the_check(cast: Cast, noon: datetime) -> None:
    zhao = as_actor(cast.zhao)
    fault = reported(cast, noon)
    assert last_line().verb == "device.fault-reported"
    refused(lambda: handed_out(cast, cast.wang, at=noon), says="故障停用")
    refused(lambda: reported(cast, noon), says="已经停用")
    told: dict[str, Any] = {"by": zhao, "step": "sent", "repairer": "manufacturer", "at": noon}
    refused(lambda: faults.go_on_with_fault(fault, **told), says="还没有核实")
    refused(
        lambda: faults.check_fault(fault, by=as_actor(cast.li), is_real=True, says="x", at=noon), says="权限"
    )
    refused(lambda: faults.check_fault(fault, by=zhao, is_real=True, says=" ", at=noon), says="看到了什么")
    faults.check_fault(fault, by=zhao, is_real=True, says="换电池后仍黑屏", at=noon + HOUR)
    refused(lambda: faults.check_fault(fault, by=zhao, is_real=True, says="x", at=noon), says="已经核实")
    refused(lambda: faults.go_on_with_fault(fault, **told | {"step": "repaired"}), says="还没有送修")
    assert facts_of_device(fault.device, at=noon).fault_steps == ("stopped", "reported", "checked")
    faults.go_on_with_fault(fault, **told)
    assert Device.objects.get(pk=cast.camera.pk).state == "repair"
    faults.go_on_with_fault(fault, **told | {"step": "repaired", "cost": Decimal("80.00"), "at": noon + DAY})
    told_now = facts_of_device(Device.objects.get(pk=cast.camera.pk), at=noon + DAY)
    assert told_now.fault_steps == ("stopped", "reported", "checked", "repaired")
    assert told_now.fault_closed_at == noon + DAY
    refused(lambda: faults.go_on_with_fault(fault, **told | {"step": "scrapped"}), says="已经办过")
    assert handed_out(cast, cast.wang, at=noon + 2 * DAY).device.state == "issued"


@pytest.mark.clause("NDG-13.p2c")
def test_unfounded_fault_explains_no_interruption(cast: Cast, office: Office, noon: datetime) -> None:
    loan = handed_out(cast, cast.li, at=noon)
    activity = planned(cast, cast.li, at=noon)
    casework.note_activity(activity, by=as_actor(cast.li), at=noon, arrived_at=noon, ended_at=noon + HOUR)
    stop = casework.enter_interruption(
        activity, by=as_actor(cast.li), span=Span(noon, noon + HOUR / 2), cause="device_fault", at=noon + HOUR,
        law=cast.law,
    )  # fmt: skip
    fault = reported(cast, noon + HOUR, interruption=stop.pk)
    take_back(loan, by=as_actor(cast.zhao), content="", at=noon + 2 * HOUR)
    assert Device.objects.get(pk=cast.camera.pk).state == "fault"
    faults.check_fault(fault, by=as_actor(cast.zhao), is_real=False, says="开机正常", at=noon + 2 * HOUR)
    assert Device.objects.get(pk=cast.camera.pk).state == "in_stock"
    works(office)["fault.checked"](fault.pk)
    stop.refresh_from_db()
    assert stop.fault_confirmed is False
    assert last_line().verb == "interruption.fault-checked"
    assert Job.objects.filter(kind="activity.judge", subject=activity.pk).exists()
    count = last_line().number
    works(office)["fault.checked"](fault.pk)
    assert last_line().number == count
    assert facts_of_device(fault.device, at=noon).fault_steps is None


@pytest.mark.clause("FZH-7", "FZH-7.1", "FZH-7.2", "FZH-7.3", "FZH-7.4", "FZH-7.5", "TNH-8")
def test_model_is_checked_once_for_all_its_devices_and_its_report_runs_out(
    cast: Cast, noon: datetime
) -> None:
    device = register_device(
        cast.team,
        by=OPERATOR,
        number="执记-07",
        serial="7",
        device_type="body_recorder",
        model="测试型 A",
        at=noon,
    )
    assert facts_of_device(device, at=noon).specification == frozenset()
    points = ("resolution", "battery", "smooth", "locked", "special")
    told: dict[str, Any] = {
        "by": as_actor(cast.zhao), "name": "测试型 A", "standard": "GA/T 947-2015", "points": points,
        "tested_until": noon.date() + DAY, "says": "检测报告", "at": noon,
    }  # fmt: skip
    refused(lambda: entries.check_model(cast.team, **told | {"says": " "}), says="依据")
    refused(lambda: entries.check_model(cast.team, **told | {"by": as_actor(cast.li)}), says="权限")
    entries.check_model(cast.team, **told)
    assert facts_of_device(device, at=noon).specification == {*points, "standard"}
    assert facts_of_device(device, at=noon + 3 * DAY).specification == set(points)
    assert facts_of_device(device, at=noon).in_service_at is None
    handed_out(cast, cast.li, at=noon, device=device)
    assert facts_of_device(device, at=noon).in_service_at == noon


@pytest.mark.clause("TNH-7.p2", "FZH-6", "TNH-15", "NDG-34", "SUB-29")
def test_unit_is_told_with_what_it_has_built_in_planned_and_registered(cast: Cast, noon: datetime) -> None:
    zhao = as_actor(cast.zhao)
    at = {"by": zhao, "at": noon}
    car = entries.enter_vehicle(cast.team, plate="测A00001", use="escort", planned_on=None, **at)
    refused(
        lambda: entries.enter_vehicle(cast.team, plate="测A00001", use="other", planned_on=None, **at),
        says="已有",
    )
    told = facts_of_unit(cast.team, at=noon)
    assert (told.vehicles, told.facilities) == (1, {"portable"})
    refused(lambda: entries.plan_vehicle(car, planned_on=noon.date(), **at), says="今天以后")
    entries.plan_vehicle(car, planned_on=noon.date() + 9 * DAY, **at)
    assert facts_of_unit(cast.team, at=noon).facilities == {"portable", "vehicle_recorder", "inside_camera"}
    assert facts_of_unit(cast.team, at=noon + 10 * DAY).facilities == {"portable"}
    desk = rooms.enter_room(cast.team, name="受理窗口", room_kind="reception", **at)
    for number, kind, where in (("车-1", "vehicle_recorder", {"vehicle": car}), ("固-1", "fixed_camera", {"vehicle": car}),
                                ("固-2", "fixed_camera", {"room": desk})):  # fmt: skip
        device = register_device(cast.team, number=number, serial=number, device_type=kind, **at)
        entries.enter_particulars(
            device, Particulars(location="装备室", price=Decimal("1850.00"), **where), **at
        )
    facilities = facts_of_unit(cast.team, at=noon + 10 * DAY).facilities
    assert facilities == {"portable", "vehicle_recorder", "inside_camera", "reception_video"}
    assert facts_of_unit(cast.team, at=noon).registers == {"ledger", "damage"}
    for device in (cast.camera, cast.spare):
        entries.enter_particulars(device, Particulars(location="一号柜"), **at)
    handed_out(cast, cast.li, at=noon)
    devices = Device.objects.filter(unit=cast.team)
    seen = {device.pk: device.pk != cast.camera.pk for device in devices}
    refused(lambda: upkeep.check_stock(cast.team, seen={}, says="", **at), says="没有盘到：固-1")
    counted = upkeep.check_stock(cast.team, seen=seen, says="", **at)
    assert counted.missing == 1
    assert [row["last"] for row in counted.counted if not row["seen"]] == ["李"]
    everything = {"ledger", "application", "issue", "checks", "stock_check", "allocation", "damage"}
    assert facts_of_unit(cast.team, at=noon).registers == everything
    assert facts_of_unit(cast.team, at=noon + 800 * DAY).registers == everything - {"issue", "checks", "stock_check", "allocation"}  # fmt: skip
    assert facts_of_unit(cast.team, at=noon).period_ended_at is None
    assert facts_of_unit(cast.team, at=noon + 800 * DAY).period_ended_at is not None


@pytest.mark.clause("NDG-8.p2d", "TNH-6.d", "NDG-23.a")
def test_logistics_keeps_maintenance_and_plays_nothing(cast: Cast, noon: datetime) -> None:
    wu = registry.add_officer(cast.chen.unit, by=OPERATOR, person=registry.Person("吴", "010021"), at=noon)
    registry.appoint(wu, by=OPERATOR, role="logistics", unit=cast.chen.unit, since=noon, at=noon)
    by = as_actor(wu)
    row = upkeep.plan_maintenance(cast.camera, by=by, says="升级固件", due_at=noon + DAY, at=noon)
    assert facts_of_device(cast.camera, at=noon).maintenance_due_at == noon + DAY
    refused(lambda: upkeep.note_maintained(row, by=by, result="", at=noon), says="结果")
    upkeep.note_maintained(row, by=by, result="已升到 2.1", at=noon + HOUR)
    refused(lambda: upkeep.note_maintained(row, by=by, result="x", at=noon), says="已经登记完成")
    assert facts_of_device(cast.camera, at=noon).maintained_at == noon + HOUR
    assert {action for action, roles in POLICY.items() if "logistics" in roles} & {
        action for action in POLICY if action.startswith(("recording.", "package."))
    } == set()
    refused(
        lambda: upkeep.plan_maintenance(cast.camera, by=as_actor(cast.li), says="x", due_at=noon, at=noon),
        says="权限",
    )


@pytest.mark.clause("NDG-33", "BMZ-15.c", "BMZ-17", "FZH-18")
def test_what_was_done_to_a_device_is_judged_and_its_holder_named(
    cast: Cast, office: Office, noon: datetime
) -> None:
    handed_out(cast, cast.li, at=noon)
    device = Device.objects.get(pk=cast.camera.pk)
    told: dict[str, Any] = {
        "by": as_actor(cast.zhang),
        "happened_at": noon,
        "says": "工作群截图",
        "at": noon + HOUR,
    }
    refused(lambda: upkeep.enter_act(device, act_kind="sold", **told), says="没有这种情形")
    refused(lambda: upkeep.enter_act(device, act_kind="lent", **told | {"says": ""}), says="经过")
    refused(
        lambda: upkeep.enter_act(device, act_kind="lent", **told | {"by": as_actor(cast.zhao)}), says="权限"
    )
    refused(
        lambda: upkeep.enter_act(device, act_kind="lent", **told | {"happened_at": noon + DAY}), says="晚于"
    )
    row = upkeep.enter_act(device, act_kind="dismantled", **told)
    assert row.officer == cast.li
    works(office)["device.judge"](device.pk)
    assert Finding.objects.get(rule="no-dismantling", subject=device.pk).verdict == "不符合"
    upkeep.enter_act(device, act_kind="lent", **told)
    assert facts_of_device(device, at=noon).loan_approved is False
    upkeep.enter_act(device, act_kind="lost", **told)
    assert Device.objects.get(pk=device.pk).state == "lost"
    refused(lambda: reported(cast, noon), says="遗失")
    upkeep.note_found(device, by=as_actor(cast.zhao), at=noon + DAY)
    assert Device.objects.get(pk=device.pk).state == "issued"
    refused(lambda: upkeep.note_found(device, by=as_actor(cast.zhao), at=noon), says="没有登记遗失")


@pytest.mark.clause("NDG-23", "NDG-24", "NDG-26", "NDG-34.b")
def test_room_is_used_only_when_everything_works_is_signed_and_a_camera_faces_the_person(
    cast: Cast, noon: datetime
) -> None:
    at = {"by": as_actor(cast.zhao), "at": noon}
    room = rooms.enter_room(cast.team, name="询问室一", room_kind="interview", **at)
    refused(lambda: rooms.enter_room(cast.team, name="询问室一", room_kind="hearing", **at), says="已有")
    refused(
        lambda: rooms.check_room(room, passed=rooms.LINES, facilities=["sign"], opens=True, **at),
        says="中心的摄像机",
    )
    refused(
        lambda: rooms.check_room(room, passed=["works"], facilities=rooms.FACILITIES, opens=True, **at),
        says="图像",
    )
    rooms.check_room(room, passed=["works"], facilities=["sign"], opens=False, **at)
    told = facts_of_room(room)
    assert told is not None
    assert (told.opened_at, told.passed, told.facilities) == (None, {"works"}, {"sign"})
    rooms.check_room(
        room,
        passed=rooms.LINES,
        facilities=rooms.FACILITIES,
        opens=True,
        by=as_actor(cast.li),
        at=noon + HOUR,
    )
    told = facts_of_room(room)
    assert told is not None
    assert (told.opened_at, told.passed, told.facilities) == (
        noon + HOUR,
        set(rooms.LINES),
        set(rooms.FACILITIES),
    )
    hall = rooms.enter_room(cast.team, name="听证室", room_kind=Room.Kind.HEARING, **at)
    assert facts_of_room(hall) is None
    rooms.check_room(hall, passed=rooms.LINES, facilities=[], opens=True, **at)


@pytest.mark.clause("TNH-14.d")
def test_medium_has_its_number_once(cast: Cast, noon: datetime) -> None:
    at = {"by": as_actor(cast.zhao), "at": noon}
    told: dict[str, Any] = {"medium_kind": "store", "location": "机房", "network_number": "", "station": None}
    medium = entries.enter_medium(cast.team, name="存储一", **told, **at)
    refused(lambda: entries.enter_medium(cast.team, name="存储一", **told, **at), says="已有")
    refused(lambda: entries.register_medium(medium, network_number=" ", **at), says="没有写明")
    station, _token = enroll_station(cast.team, by=OPERATOR, name="A-01", at=noon)
    disk = entries.enter_medium(cast.team, name="站内盘", **told | {"station": station}, **at)
    refused(lambda: let_station_clear(station, may_clear=True, **at), says="站内盘”没有登记号")
    entries.register_medium(disk, network_number="网-0009", **at)
    let_station_clear(station, may_clear=True, **at)
    entries.register_medium(medium, network_number="网-0001", **at)
    refused(lambda: entries.register_medium(medium, network_number="网-2", **at), says="网-0001")


def test_device_goes_to_another_only_when_its_files_are_in(cast: Cast, noon: datetime) -> None:
    loan = handed_out(cast, cast.li, at=noon)
    take_back(loan, by=as_actor(cast.zhao), content="两段", files=2, at=noon + HOUR)
    assert loan.told.files == 2
    lines = [line.label for line in cast.law.check_lines]
    told: dict[str, Any] = {
        "by": as_actor(cast.zhao), "purpose": "巡查", "check": dict.fromkeys(lines, True), "required": lines, "cite": None,
        "due_at": noon + 9 * HOUR, "at": noon + 2 * HOUR, "still_on_it": 1,
    }  # fmt: skip
    device = Device.objects.get(pk=cast.camera.pk)
    refused(lambda: hand_out(device, to=cast.wang, **told), says="还有 1 个没有入库")
    assert hand_out(device, to=cast.li, **told).device.state == "issued"


@pytest.mark.clause("NDG-3.a")
def test_covert_device_is_not_handed_out_here(cast: Cast, noon: datetime) -> None:
    told = Particulars(is_covert=True, bought_on=date(2026, 1, 5))
    entries.enter_particulars(cast.spare, told, by=as_actor(cast.zhao), at=noon)
    refused(lambda: handed_out(cast, cast.li, at=noon, device=cast.spare), says="涉密专用设备")
    assert handed_out(cast, cast.li, at=noon).device.state == "issued"
