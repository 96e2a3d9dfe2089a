"""One device: who had it, what broke, what was mended, how its clock went, and everything that may be done with it."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from liuhen.apps.devices import faults, queries, upkeep
from liuhen.apps.devices.entries import CAPABILITIES
from liuhen.apps.devices.faults import REPAIRERS
from liuhen.apps.devices.models import Device, DeviceEntry, Fault, Loan
from liuhen.apps.evidence import dockings
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.registry import queries as registry
from liuhen.engines.rules.office_facts import DEVICE_ACTS
from liuhen.interfaces.api import lending
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.pages_devices import LABELS, TONES
from liuhen.interfaces.api.rail import rail
from liuhen.interfaces.api.shapes import Action, Due, Fact, Head, Link, State, Tone
from liuhen.interfaces.api.shapes_devices import DevicePage, DriftPoint, LedgerRow, LedgerSection, LoanSlip
from liuhen.kernel.clock import shown, shown_length
from liuhen.kernel.spans import Span

_MOST, _DOCKINGS = 20, 40
BAD_CLOCK = 30.0
"""Seconds. From here on what was recorded before a docking is told to have a doubtful time."""


def page(asking: Asking, device: Device) -> DevicePage:
    told = faults.faults_of(device.pk)
    loans = queries.loans_of(device.pk, most=_MOST)
    things = [device.pk, *(fault.pk for fault in told), *(loan.pk for loan in loans)]
    seen = oversight.open_findings(asking.by, at=asking.at, verdicts=("不符合", "无法判定", "未到期", "符合"))
    findings = seen.filter(subject__in=[device.pk, *(loan.pk for loan in loans if loan.returned_at is None)])
    drift = _drift(device)
    return DevicePage(
        head=_head(asking, device, told),
        rail=rail(asking, findings=findings.distinct(), law=asking.law_or_none, things=things),
        facts=_facts(device),
        drift=drift,
        drift_says=_drift_says(asking, device, drift),
        sections=[
            _faults(told),
            _maintenances(device),
            _acts(asking, device),
            *lending.sections(asking, device),
            _loans(loans),
        ],
        slip=Link(label="打印领用单", to=f"/devices/{device.pk}/slip") if loans else None,
    )


def slip(device: Device, loan: Loan) -> LoanSlip:
    giver = registry.names_of([loan.out_by]).get(loan.out_by, "设备管理员")
    return LoanSlip(
        title="音像记录设备领用单",
        number=device.number,
        facts=[
            Fact(label="设备", value=f"{device.get_device_type_display()} {device.model}".strip()),
            Fact(label="产品序号", value=device.serial, mono=True),
            Fact(label="领用人", value=f"{loan.officer.name}（{loan.officer.number}）"),
            Fact(label="用途", value=loan.purpose),
            Fact(label="领用时间", value=shown(loan.out_at)),
            Fact(label="应归还", value=shown(loan.due_at)),
            Fact(label="发放人", value=giver),
        ],
        checks=[Fact(label=line, value="正常" if ok else "不正常") for line, ok in loan.check_lines.items()],
        says="领用人签名：　　　　　　　　　　　　归还人签名：　　　　　　　　　　　　归还时间：",
    )


def contradictions(fault: Fault) -> list[str]:
    """What the device's own log says between the finding of the fault and its report: a device that was broken did none of it."""
    told = dockings.done_by(fault.device_id, Span(fault.found_at, max(fault.found_at, fault.reported_at)))
    return [f"{shown(event.moment)} {event.word or event.what}" for event in told]


# ── 抬头 ───────────────────────────────────────────────────


def _head(asking: Asking, device: Device, told: list[Fault]) -> Head:
    state = State(label=LABELS[device.state], tone=TONES[device.state])
    return Head(
        id=str(device.pk), number=device.number, title=f"{device.number} {device.model}".strip(), state=state,
        due=_due(asking, device, told), actions=_actions(asking, device, told), crumbs=[Link(label="设备", to="/devices")],
    )  # fmt: skip


def _due(asking: Asking, device: Device, told: list[Fault]) -> Due | None:
    if not told or device.state not in (Device.State.FAULT, Device.State.REPAIR):
        return None
    action = next((a for a in _actions(asking, device, told) if a.key in ("check", "step")), None)
    says = f"{shown(told[0].found_at)} {told[0].found_by.name}发现：{told[0].says}"
    return Due(says=says, tone="due", action=action)


def _actions(asking: Asking, device: Device, told: list[Fault]) -> list[Action]:
    base, found = f"/devices/{device.pk}", []
    keeps, maintains = asking.may("device.keep", device), asking.may("device.maintain", device)
    steps = {step.step for step in told[0].steps.all()} if told else set()
    is_usable = device.state in (Device.State.IN_STOCK, Device.State.ISSUED)
    if keeps and device.state == Device.State.IN_STOCK:
        found.append(Action(key="hand-out", label="领用", form_url=f"{base}/hand-out"))
    if keeps and queries.open_loan_of(device.pk) is not None:
        found.append(Action(key="return", label="归还", form_url=f"{base}/return"))
    if is_usable and asking.may("device.report", device):
        found.append(Action(key="fault", label="报故障", form_url=f"{base}/fault"))
    if device.state == Device.State.FAULT and not steps and keeps:
        found.append(Action(key="check", label="核实故障", main=True, form_url=f"{base}/fault-check"))
    if "checked" in steps and not is_usable and device.state != Device.State.RETIRED and maintains:
        found.append(Action(key="step", label="办理维修", main=True, form_url=f"{base}/fault-step"))
    if maintains:
        found.append(Action(key="particulars", label="登记购置和存放", form_url=f"{base}/particulars"))
        found.append(Action(key="maintenance", label="列维护计划", form_url=f"{base}/maintenance"))
        if upkeep.open_maintenance(device.pk) is not None:
            found.append(
                Action(key="maintained", label="登记维护结果", form_url=f"{base}/maintenance-result")
            )
    found += lending.actions(asking, device)
    if asking.may("device.censure", device):
        found.append(Action(key="act", label="登记违规或遗失", form_url=f"{base}/act"))
    if keeps and device.state == Device.State.LOST:
        found.append(
            Action(
                key="found",
                label="已经找回",
                method="POST",
                url=f"{base}/found",
                confirm="找回的设备重新在库；遗失的登记仍在。",
            )
        )
    return found


# ── 正文 ───────────────────────────────────────────────────


def _facts(device: Device) -> list[Fact]:
    entry, model = queries.entry_of(device.pk), queries.model_of(device)
    return [
        Fact(label="类型", value=device.get_device_type_display()),
        Fact(label="产品序号", value=device.serial, mono=True),
        Fact(label="部门", value=device.unit.name),
        Fact(label="型号", value=device.model or "未填", note=_model_says(device) if model is None else f"{shown(model.checked_at)} 核对，{model.standard or '未写明标准'}"),
        *_entry_facts(entry),
    ]  # fmt: skip


def _model_says(device: Device) -> str:
    return "还没有按五项要求核对，见“装备”页" if device.model else ""


def _entry_facts(entry: DeviceEntry | None) -> list[Fact]:
    if entry is None:
        return [Fact(label="购置和存放", value="还没有登记", tone="due")]
    where = entry.vehicle.plate if entry.vehicle else entry.room.name if entry.room else entry.location
    told = [CAPABILITIES.get(one, one) for one in entry.capabilities]
    return [
        Fact(label="购置", value=str(entry.bought_on or "未填"), note=f"批次 {entry.batch}" if entry.batch else None),
        Fact(label="原价", value=f"{entry.price} 元" if entry.price is not None else "未填"),
        Fact(label="存放", value=where or "未填"),
        Fact(label="功能", value="、".join(told) or "未填"),
        *([Fact(label="范围", value="涉密专用设备，不在本制度范围内", tone="due")] if entry.is_covert else []),
    ]  # fmt: skip


def _drift(device: Device) -> list[DriftPoint]:
    return [
        DriftPoint(at=row.listed_at, seconds=row.clock_error, is_bad=abs(row.clock_error) > BAD_CLOCK)
        for row in dockings.dockings_of(device, most=_DOCKINGS)
        if row.clock_error is not None
    ]


def _drift_says(asking: Asking, device: Device, drift: list[DriftPoint]) -> str:
    if not drift:
        return "还没有在采集站测得这台设备的时钟。"
    last, bad = drift[-1], [point for point in drift if point.is_bad]
    way = "快" if last.seconds > 0 else "慢"
    told = f"最近一次 {shown(last.at)} 对接时{way} {shown_length(timedelta(seconds=abs(last.seconds)))}。"
    if not bad:
        return told
    before = [point.at for point in drift if point.at < bad[-1].at]
    count = dockings.recorded_between(
        device.pk, before[-1] if before else None, bad[-1].at, viewer=asking.by, at=asking.at
    )
    return f"{told}{shown(bad[-1].at)} 对接时误差超过 {BAD_CLOCK:.0f} 秒，上次对接以来的 {count} 份音像时间存疑；测得的误差写在每一份的“时钟”一栏，原件不改。"


def _faults(told: list[Fault]) -> LedgerSection:
    return LedgerSection(
        key="faults", title="故障和维修", says="自报告起停用；管理员核实之后才送修。", columns=["发现", "发现人", "现象", "办理", "设备日志"],
        rows=[_fault(fault) for fault in told[:_MOST]], actions=[],
    )  # fmt: skip


def _fault(fault: Fault) -> LedgerRow:
    steps = sorted(fault.steps.all(), key=lambda step: step.at)
    told = [f"{shown(s.at)} {s.get_step_display()}{f'（{REPAIRERS[s.repairer]}）' if s.repairer else ''}{'：' + s.says if s.says else ''}" for s in steps]  # fmt: skip
    against = contradictions(fault)
    tone: Tone = "breach" if against else "plain" if steps else "due"
    label = "与日志不符" if against else steps[-1].get_step_display() if steps else "待核实"
    says = f"发现之后仍有：{'、'.join(against)}" if against else "无相反的记载"
    return LedgerRow(
        id=str(fault.pk), cells=[shown(fault.found_at), fault.found_by.name, fault.says, "；".join(told) or "待核实", says],
        state=State(label=label, tone=tone), to=None, actions=[],
    )  # fmt: skip


def _maintenances(device: Device) -> LedgerSection:
    rows = [
        LedgerRow(
            id=str(row.pk), cells=[row.says, shown(row.due_at), shown(row.done_at) if row.done_at else "未完成", row.result or "—"],
            state=State(label="完成", tone="plain") if row.done_at else State(label="待办", tone="due"), to=None, actions=[],
        )
        for row in upkeep.maintenances_of(device.pk)[:_MOST]
    ]  # fmt: skip
    return LedgerSection(
        key="maintenances",
        title="维护",
        says="",
        columns=["内容", "应完成", "完成", "结果"],
        rows=rows,
        actions=[],
    )


def _acts(asking: Asking, device: Device) -> LedgerSection:
    rows = [
        LedgerRow(
            id=str(row.pk), cells=[shown(row.happened_at), DEVICE_ACTS.get(row.act, row.act), row.officer.name if row.officer else "不明", row.says, row.approval or "无"],
            state=None, to=None, actions=lending.act_actions(asking, row),
        )
        for row in upkeep.acts_of(device.pk)[:_MOST]
    ]  # fmt: skip
    says = "只列查实的事实；责任由有权的人认定。"
    return LedgerSection(
        key="acts",
        title="违规和遗失",
        says=says,
        columns=["时间", "情形", "当时持有人", "经过", "批准文号"],
        rows=rows,
        actions=[],
    )


def _loans(loans: Iterable[Loan]) -> LedgerSection:
    rows = [
        LedgerRow(
            id=str(loan.pk), cells=[shown(loan.out_at), loan.officer.name, loan.purpose, shown(loan.returned_at) if loan.returned_at else "未归还", loan.content or "—"],
            state=None, to=None, actions=[],
        )
        for loan in loans
    ]  # fmt: skip
    return LedgerSection(
        key="loans",
        title="领用",
        says="",
        columns=["领用", "使用人", "用途", "归还", "记录内容"],
        rows=rows,
        actions=[],
    )


def still_on(device: UUID) -> int:
    """How many of the files declared at the last return have not come in yet."""
    last = next(iter(queries.loans_of(device, most=1)), None)
    told = queries.return_of(last.pk) if last else None
    if last is None or told is None:
        return 0
    return max(0, told.files - dockings.received_since(device, last.out_at))
