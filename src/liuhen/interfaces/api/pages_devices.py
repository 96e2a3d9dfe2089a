"""The board of devices: out, in stock, out of order; what is overdue first."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from liuhen.apps.devices import queries
from liuhen.apps.devices.models import Device, Loan
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.rounds import confirmed_by
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, containing
from liuhen.interfaces.api.rail import finding_shown, tone_of_deadline
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
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed

_SHOWN, _MOST = 12, 400
_OPEN = ("不符合", "无法判定")
_TONES: dict[str, Tone] = {
    "issued": "action", "in_stock": "plain", "fault": "due", "repair": "due", "lost": "breach", "retired": "plain",
}  # fmt: skip
_LABELS = {
    "issued": "领用中", "in_stock": "在库", "fault": "故障停用", "repair": "检修", "lost": "遗失", "retired": "报废",
}  # fmt: skip
_SAYS = {
    "issued": "归还后请接入采集站",
    "in_stock": "可以领用",
    "fault": "待检修",
    "repair": "",
    "lost": "",
    "retired": "",
}
_REGISTER = Action(key="register", label="登记设备", form_url="/forms/device")


def board(asking: Asking, asked: ListAsked) -> DevicesPage:
    """Every device this person may know of, by state."""
    visible = queries.visible_to(asking.by, at=asking.at)
    devices = list(visible.filter(_asked(asked)).order_by("number")[:_MOST])
    loans = {loan.device_id: loan for loan in queries.open_loans(visible)}
    late = [d for d in devices if d.pk in loans and loans[d.pk].due_at < asking.at]
    keeps = asking.can("device.keep")
    groups = [_group(asking, state, devices, loans, whole=bool(asked.state or asked.q)) for state in _LABELS]
    return DevicesPage(
        due=_due(late, loans),
        groups=[group for group in groups if group.count],
        filters=[
            Filter(key="q", label="编号、序号、型号、使用人", kind="text"),
            Filter(key="state", label="状态", kind="select", options=[Option(value=v, label=w) for v, w in _LABELS.items()]),
        ],
        actions=[_REGISTER] if keeps else [],
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
    if asked.state and asked.state not in _LABELS:
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
        state=State(label=_LABELS[state], tone=_TONES[state]),
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
        shown_one = finding_shown(row, law=law, confirmation=confirmation)
        found.setdefault(row.subject, []).append(shown_one)
    return found


def _tile(asking: Asking, device: Device, loan: Loan | None, told: dict[UUID, list[Finding]]) -> DeviceTile:
    late = loan is not None and loan.due_at < asking.at
    state = (
        State(label="逾期未还", tone="breach")
        if late
        else State(label=_LABELS[device.state], tone=_TONES[device.state])
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
    if loan is not None:
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
