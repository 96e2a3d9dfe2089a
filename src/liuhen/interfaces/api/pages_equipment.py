"""The equipment of the unit as one page: how many devices there should be and are, models, rooms, vehicles, media, stock checks."""

from collections.abc import Iterable
from datetime import timedelta

from liuhen.apps.devices import entries, rooms, upkeep
from liuhen.apps.devices.facts import facts_of_unit
from liuhen.apps.devices.models import Device, DeviceModel, Room, StockCheck, StorageMedium, Vehicle
from liuhen.apps.devices.queries import stock_checks_visible_to, visible_to
from liuhen.apps.registry import queries as registry
from liuhen.engines.rules.kinds.device_count import DeviceCount
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Action, Figure, State
from liuhen.interfaces.api.shapes_devices import EquipmentPage, LedgerRow, LedgerSection
from liuhen.kernel.clock import shown

_MOST = 200
_SOON = timedelta(days=90)


def page(asking: Asking) -> EquipmentPage:
    maintains = asking.can("device.maintain")
    return EquipmentPage(
        says="设备、场所、车辆和存储介质配齐了没有，检查过没有，差在哪里。",
        rates=list(_rates(asking)),
        actions=[Action(key="stock", label="盘点", form_url="/forms/stock-check")]
        if asking.can("device.keep")
        else [],
        sections=[
            _rooms(asking, maintains=maintains),
            _vehicles(asking, maintains=maintains),
            _models(asking, maintains=maintains),
            _media(asking, maintains=maintains),
            _maintenance(asking),
            _stock(asking),
        ],
    )


def _new(key: str, label: str, *, shown_to: bool) -> list[Action]:
    return [Action(key=key, label=label, form_url=f"/forms/{key}")] if shown_to else []


def _rates(asking: Asking) -> Iterable[Figure]:
    """What each law in force asks of the number of devices, now and when what is out of order is back."""
    unit, law = asking.officer.unit, asking.law_or_none
    told = facts_of_unit(unit, at=asking.at)
    broken = Device.objects.filter(unit=unit, state__in=("fault", "repair")).count()
    for rule in law.rules_of("device_count") if law else ():
        if not isinstance(rule.judge, DeviceCount) or str(rule.judge.counted) != "unit.devices":
            continue
        needed, have = rule.judge.needed(told.officers or 0), told.devices or 0
        short = max(0, needed - have)
        later = max(0, needed - have - broken)
        note = f"{told.officers} 名执法人员，应有 {needed} 台，可用 {have} 台（{rule.cite}）"
        if broken:
            note += f"；{broken} 台在修，修好后还缺 {later} 台" if later else f"；{broken} 台在修，修好后即够"
        yield Figure(
            key=rule.id, label="设备配备", value=f"缺 {short} 台" if short else "够用", note=note,
            tone="breach" if short else "plain",
        )  # fmt: skip


def _rooms(asking: Asking, *, maintains: bool) -> LedgerSection:
    rows = rooms.rooms_visible_to(asking.by, at=asking.at).order_by("name")[:_MOST]
    return LedgerSection(
        key="rooms", title="记录场所", says="每次使用前检查设备、标识和摄像机朝向；没有通过的不能投入使用。",
        columns=["名称", "种类", "最近检查", "标识和朝向"], rows=[_room(asking, row) for row in rows],
        actions=_new("room", "登记场所", shown_to=maintains),
    )  # fmt: skip


def _room(asking: Asking, row: Room) -> LedgerRow:
    check = rooms.newest_check(row.pk)
    missing = [label for code, label in rooms.LINES.items() if check is None or code not in check.passed]
    has = [
        label for code, label in rooms.FACILITIES.items() if check is not None and code in check.facilities
    ]
    state = State(label="未检查", tone="due")
    if check is not None:
        state = (
            State(label="可用", tone="plain")
            if check.opens
            else State(label="停用", tone="breach", reason=f"没有通过：{'、'.join(missing)}")
        )
    action = Action(key="check", label="检查", form_url=f"/rooms/{row.pk}/check")
    return LedgerRow(
        id=str(row.pk), cells=[row.name, row.get_room_kind_display(), shown(check.checked_at) if check else "没有", "、".join(has) or "没有"],
        state=state, to=None, actions=[action] if asking.may("room.check", row) else [],
    )  # fmt: skip


def _vehicles(asking: Asking, *, maintains: bool) -> LedgerSection:
    rows = entries.vehicles_visible_to(asking.by, at=asking.at).order_by("plate")[:_MOST]
    return LedgerSection(
        key="vehicles", title="执法车辆", says="接处警、抓捕、押送车辆逐步配备车载记录和车内摄录设备。", columns=["号牌", "用途", "已装设备", "计划配齐"],
        rows=[_vehicle(asking, row) for row in rows], actions=_new("vehicle", "登记车辆", shown_to=maintains),
    )  # fmt: skip


def _vehicle(asking: Asking, row: Vehicle) -> LedgerRow:
    built = entries.installed_in(row)
    kinds = {device.device_type for device in built}
    whole = {Device.Kind.VEHICLE_RECORDER, Device.Kind.FIXED_CAMERA} <= kinds
    state = State(label="已配齐", tone="plain") if whole else State(label="没有计划", tone="breach")
    if not whole and row.planned_on is not None:
        late = row.planned_on < asking.at.date()
        state = State(label="计划逾期", tone="breach") if late else State(label="已列入计划", tone="due")
    action = Action(key="plan", label="列入计划", form_url=f"/vehicles/{row.pk}/plan")
    told = "、".join(f"{d.get_device_type_display()} {d.number}" for d in built) or "没有"
    return LedgerRow(
        id=str(row.pk), cells=[row.plate, row.get_use_display(), told, str(row.planned_on or "—")], state=state, to=None,
        actions=[action] if not whole and asking.may("device.maintain", row) else [],
    )  # fmt: skip


def _models(asking: Asking, *, maintains: bool) -> LedgerSection:
    known = {row.name: row for row in entries.models_of(asking.officer.agency_id)}
    used = set(visible_to(asking.by, at=asking.at).exclude(model="").values_list("model", flat=True)[:_MOST])
    return LedgerSection(
        key="models", title="设备型号", says="投入使用前按标准和五项要求核对；检测报告到期的须重新核对。",
        columns=["型号", "执行标准", "检测有效期", "核对合格", "依据"],
        rows=[_model(asking, name, known.get(name)) for name in sorted(used | known.keys())],
        actions=_new("model", "核对型号", shown_to=maintains),
    )  # fmt: skip


def _model(asking: Asking, name: str, row: DeviceModel | None) -> LedgerRow:
    if row is None:
        state = State(label="未核对", tone="due")
        return LedgerRow(id=name, cells=[name, "—", "—", "—", "—"], state=state, to=None, actions=[])
    missing = [label for code, label in DeviceModel.Point.choices if code not in row.points]
    today = asking.at.date()
    state = State(label="合格", tone="plain")
    if row.tested_until and row.tested_until < today:
        state = State(label="检测过期", tone="breach")
    elif missing:
        state = State(label=f"缺 {len(missing)} 项", tone="breach", reason="、".join(missing))
    elif row.tested_until and row.tested_until < today + _SOON:
        state = State(label="将到期", tone="due")
    passed = "、".join(label for code, label in DeviceModel.Point.choices if code in row.points)
    return LedgerRow(
        id=str(row.pk), cells=[name, row.standard or "未写明", str(row.tested_until or "—"), passed or "没有", row.says or "—"],
        state=state, to=None, actions=[],
    )  # fmt: skip


def _media(asking: Asking, *, maintains: bool) -> LedgerSection:
    rows = entries.media_visible_to(asking.by, at=asking.at).order_by("name")[:_MOST]
    return LedgerSection(
        key="media", title="存储介质", says="没有登记号的介质不得存入资料；采集站所用介质没有登记号的，不能获准清卡。",
        columns=["名称", "种类", "存放地点", "登记号"], rows=[_medium(asking, row) for row in rows],
        actions=_new("medium", "登记介质", shown_to=maintains),
    )  # fmt: skip


def _medium(asking: Asking, row: StorageMedium) -> LedgerRow:
    action = Action(key="register", label="填登记号", form_url=f"/storage-media/{row.pk}/registration")
    open_ = not row.network_number
    where = f"{row.location}（{row.station.name}）" if row.station else row.location
    return LedgerRow(
        id=str(row.pk), cells=[row.name, row.get_medium_kind_display(), where, row.network_number or "没有"],
        state=State(label="未登记", tone="breach") if open_ else State(label="已登记", tone="plain"), to=None,
        actions=[action] if open_ and asking.may("device.maintain", row) else [],
    )  # fmt: skip


def _maintenance(asking: Asking) -> LedgerSection:
    due = upkeep.maintenance_due(visible_to(asking.by, at=asking.at), at=asking.at)[:_MOST]
    rows = [
        LedgerRow(
            id=str(row.pk), cells=[row.device.number, row.says, shown(row.due_at)], state=State(label="逾期", tone="breach"),
            to=f"/devices/{row.device_id}", actions=[],
        )
        for row in due
    ]  # fmt: skip
    return LedgerSection(
        key="maintenance",
        title="逾期未做的维护",
        says="",
        columns=["设备", "内容", "应完成"],
        rows=rows,
        actions=[],
    )


def _stock(asking: Asking) -> LedgerSection:
    found = stock_checks_visible_to(asking.by, at=asking.at).order_by("-at")[:12]
    names = registry.names_of(row.by for row in found)
    return LedgerSection(
        key="stock", title="盘点", says="每年至少一次；没有见到的，写明最后在谁手里。", columns=["时间", "盘点人", "台数", "没有见到"],
        rows=[_counted(row, names.get(row.by, "本机终端")) for row in found], actions=[],
    )  # fmt: skip


def _counted(row: StockCheck, who: str) -> LedgerRow:
    lost = [f"{one['number']}（最后在{one['last'] or '库'}）" for one in row.counted if not one["seen"]]
    return LedgerRow(
        id=str(row.pk), cells=[shown(row.at), who, str(len(row.counted)), "、".join(lost) or "没有"],
        state=State(label=f"差 {row.missing} 台", tone="breach") if row.missing else State(label="相符", tone="plain"), to=None,
        actions=[],
    )  # fmt: skip
