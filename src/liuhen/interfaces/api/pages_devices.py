"""The board of devices: out, in stock, out of order; what is overdue first."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from liuhen.apps.devices import queries
from liuhen.apps.devices.models import Device, Loan
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.rounds import confirmed_by
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.permission import reach_of
from liuhen.interfaces.api.answers import cite_of
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, containing
from liuhen.interfaces.api.rail import finding_shown, guidance_for, tone_of_deadline
from liuhen.interfaces.api.shapes import (
    Action,
    Deadline,
    DeviceGroup,
    DevicesPage,
    DeviceTile,
    Due,
    Filter,
    Finding,
    Link,
    Option,
    State,
    Teach,
    Tone,
)
from liuhen.interfaces.api.shapes_devices import BoardDevice, BoardPerson, HandOutBoard, LedgerRow
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed

_SHOWN, _MOST = 12, 400
_OPEN = ("不符合", "无法判定")
TONES: dict[str, Tone] = {
    "issued": "action", "in_stock": "plain", "fault": "due", "repair": "due", "lent": "due", "lost": "breach", "retired": "plain",
}  # fmt: skip
LABELS = {
    "issued": "领用中", "in_stock": "在库", "fault": "故障停用", "repair": "检修", "lent": "外借", "lost": "遗失", "retired": "报废",
}  # fmt: skip
_SAYS = {
    "issued": "归还后请接入采集站",
    "in_stock": "可以领用",
    "fault": "待检修",
    "repair": "",
    "lent": "借在外单位",
    "lost": "",
    "retired": "",
}
_BOARD = Action(key="hand-out", label="领用台", main=True, to="/hand-out")
_IMPORT = Action(key="import", label="导入清单", to="/device-imports")
_REGISTER = Action(key="register", label="登记设备", form_url="/forms/device")


def board(asking: Asking, asked: ListAsked) -> DevicesPage:
    """Every device this person may know of, by state."""
    visible = queries.visible_to(asking.by, at=asking.at)
    devices = list(visible.filter(_asked(asked)).order_by("number")[:_MOST])
    loans = {loan.device_id: loan for loan in queries.open_loans(visible)}
    late = [d for d in devices if d.pk in loans and loans[d.pk].due_at < asking.at]
    keeps = asking.can("device.keep")
    groups = [_group(asking, state, devices, loans, whole=bool(asked.state or asked.q)) for state in LABELS]
    return DevicesPage(
        due=_due(late, loans),
        groups=[group for group in groups if group.count],
        filters=[
            Filter(key="q", label="编号、序号、型号、使用人", kind="text"),
            Filter(key="state", label="状态", kind="select", options=[Option(value=v, label=w) for v, w in LABELS.items()]),
        ],
        actions=[_BOARD, _REGISTER, _IMPORT] if keeps else [],
        teach=None if devices else _teach(keeps, filtered=bool(asked.q or asked.state)),
    )  # fmt: skip


def _asked(asked: ListAsked) -> Q:
    found = Q()
    for word in asked.q.split()[:8]:
        held = Q(
            pk__in=queries.devices()
            .filter(loans__returned_at=None, loans__officer__name__icontains=word)
            .values("pk")
        )
        found &= containing(word, ("number", "serial", "model", "unit__name")) | held
    if asked.state and asked.state not in LABELS:
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    return found & Q(state=asked.state) if asked.state else found


def _group(
    asking: Asking,
    state: str,
    devices: Iterable[Device],
    loans: dict[UUID, Loan],
    *,
    whole: bool,
) -> DeviceGroup:
    mine = [d for d in devices if d.state == state]
    mine.sort(key=lambda d: (loans[d.pk].due_at.timestamp() if d.pk in loans else 0, d.number))
    shown_ones = mine if whole else mine[:_SHOWN]
    told = _findings(asking, [loans[d.pk] for d in shown_ones if d.pk in loans])
    late = sum(1 for d in mine if d.pk in loans and loans[d.pk].due_at < asking.at)
    more = len(mine) > len(shown_ones)
    return DeviceGroup(
        key=state,
        state=State(label=LABELS[state], tone=TONES[state]),
        count=len(mine),
        says=f"其中 {late} 台逾期未还" if late else _SAYS[state],
        devices=[_tile(asking, device, loans.get(device.pk), told) for device in shown_ones],
        more=Link(label=f"全部 {len(mine)} 台", to=f"/devices?state={state}") if more else None,
    )


def _findings(asking: Asking, loans: list[Loan]) -> dict[UUID, list[Finding]]:
    """What the rules say of hand-outs still open, where something is to be done about it."""
    if not loans or not asking.can("finding.view"):
        return {}
    law = asking.law_or_none
    visible = oversight.open_findings(asking.by, at=asking.at, verdicts=_OPEN).filter(
        subject__in=[loan.pk for loan in loans]
    )
    confirmation = confirmed_by(asking.officer.agency_id)
    found: dict[UUID, list[Finding]] = {}
    for row in visible.distinct():
        shown_one = finding_shown(asking, row, law=law, confirmation=confirmation)
        found.setdefault(row.subject, []).append(shown_one)
    return found


def _tile(asking: Asking, device: Device, loan: Loan | None, told: dict[UUID, list[Finding]]) -> DeviceTile:
    late = loan is not None and loan.due_at < asking.at
    state = (
        State(label="逾期未还", tone="breach")
        if late
        else State(label=LABELS[device.state], tone=TONES[device.state])
    )
    clock = None
    if loan is not None:
        clock = Deadline(label="归还", due_at=loan.due_at, tone=tone_of_deadline(loan.due_at, asking.at))
    return DeviceTile(
        id=str(device.pk), number=device.number, model=device.model or "型号未填", kind=device.get_device_type_display(),
        unit=device.unit.name, holder=loan.officer.name if loan else None, state=state,
        since=loan.out_at if loan else None, note=loan.purpose if loan else None, deadline=clock,
        findings=told.get(loan.pk, []) if loan else [], actions=_actions(asking, device, loan),
    )  # fmt: skip


def _actions(asking: Asking, device: Device, loan: Loan | None) -> list[Action]:
    if not asking.may("device.keep", device):
        return []
    if loan is not None and device.state == Device.State.ISSUED:
        return [Action(key="return", label="归还", main=True, form_url=f"/devices/{device.pk}/return")]
    if device.state == Device.State.IN_STOCK:
        return [Action(key="hand-out", label="领用", form_url=f"/devices/{device.pk}/hand-out")]
    return []


def _due(late: list[Device], loans: dict[UUID, Loan]) -> Due | None:
    if not late:
        return None
    first = min((loans[d.pk] for d in late), key=lambda loan: loan.due_at)
    return Due(
        says=f"有 {len(late)} 台设备该还未还，最早的是 {first.officer.name} 领用的 {first.device.number}（应于 {shown(first.due_at)} 归还）",
        tone="breach", deadline=Deadline(label="归还", due_at=first.due_at, tone="breach"),
        action=Action(key="see", label="查看领用中的设备", to="/devices?state=issued"),
    )  # fmt: skip


def _teach(keeps: bool, *, filtered: bool) -> Teach:  # noqa: FBT001  said at the one place that calls it
    if filtered:
        return Teach(
            title="没有符合这些条件的设备", what_belongs="可以清除筛选后重新查找。", how_it_gets_here="",
            action=Action(key="all", label="全部设备", to="/devices"),
        )  # fmt: skip
    return Teach(
        title="这里放音像记录设备", what_belongs="执法记录仪、摄像机、录音笔、照相机：谁领用、何时归还、检查结果。",
        how_it_gets_here="由设备管理员登记；领用前按制度逐项检查。", action=_REGISTER if keeps else None,
    )  # fmt: skip


# ── 领用台 ─────────────────────────────────────────────────


def hand_out_board(asking: Asking, *, due_at: datetime) -> HandOutBoard:
    """Every device that is kept here, whoever may take one, what is checked before, and what is overdue."""
    visible = queries.visible_to(asking.by, at=asking.at)
    kept = visible.filter(reach_of(asking.by, "device.keep", at=asking.at, officers="pk"))
    devices = list(kept.exclude(device_type="fixed_camera").order_by("number")[:_MOST])
    loans = {loan.device_id: loan for loan in queries.open_loans(visible)}
    law = asking.law_or_none
    rule = next(iter(law.rules_of("pre_use_check")), None) if law else None
    holds = Counter(loan.officer_id for loan in loans.values())
    return HandOutBoard(
        devices=[_board_device(device, loans.get(device.pk)) for device in devices],
        people=[BoardPerson(id=str(o.id), number=o.number, name=o.name, holds=holds[o.id]) for o in registry.colleagues(asking.officer.agency_id)],
        lines=[Option(value=line.code, label=line.label) for line in law.check_lines] if law else [],
        purposes=queries.recent_purposes(kept), due_at=due_at, cite=cite_of(rule.citation) if rule else None,
        guidance=guidance_for(law, at="hand_out"), overdue=[_overdue(loan) for loan in _late(loans.values(), asking.at)],
    )  # fmt: skip


def _late(loans: Iterable[Loan], at: datetime) -> list[Loan]:
    return sorted((loan for loan in loans if loan.due_at < at), key=lambda loan: loan.due_at)


def _overdue(loan: Loan) -> LedgerRow:
    return LedgerRow(
        id=str(loan.device_id), cells=[loan.device.number, loan.officer.name, f"应于 {shown(loan.due_at)} 归还"],
        state=State(label="逾期未还", tone="breach"), to=f"/devices/{loan.device_id}", actions=[],
    )  # fmt: skip


def _board_device(device: Device, loan: Loan | None) -> BoardDevice:
    why = (
        None
        if device.state == Device.State.IN_STOCK
        else f"{loan.officer.name}领用中"
        if loan
        else LABELS[device.state]
    )
    return BoardDevice(
        id=str(device.pk), number=device.number, serial=device.serial, kind=f"{device.get_device_type_display()} {device.model}".strip(),
        state=State(label=LABELS[device.state], tone=TONES[device.state]), unavailable=why,
    )  # fmt: skip
