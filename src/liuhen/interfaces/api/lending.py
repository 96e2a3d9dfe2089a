"""Routes of devices that are lent outside, and of compensation for those that were lost or damaged by poor keeping."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import StringConstraints

from liuhen.apps.devices import compensating, lending, queries
from liuhen.apps.devices.models import Compensation, Device, DeviceAct, OutsideLoan
from liuhen.engines.rules.kinds.prohibition import Prohibition
from liuhen.engines.rules.office_facts import DEVICE_ACTS
from liuhen.engines.rules.packs import Rule, Rulebook
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Moment, Text, Told
from liuhen.interfaces.api.rail import done, tone_of_deadline
from liuhen.interfaces.api.shapes import Action, Deadline, Done, DueItem, Form, State
from liuhen.interfaces.api.shapes_devices import LedgerRow, LedgerSection
from liuhen.kernel.clock import BEIJING, shown
from liuhen.kernel.errors import Refused

routes = Routes("设备")


class LendingWish(Told):
    borrower: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    purpose: Annotated[Line, StringConstraints(min_length=1, max_length=200)]
    due_at: Moment


class HandedOutside(Told):
    receiver: Annotated[Line, StringConstraints(min_length=1, max_length=100)]


class BackFromOutside(Told):
    condition: Annotated[Text, StringConstraints(min_length=1, max_length=300)]


class CompensationTold(Told):
    cause: Literal["keeping", "use"]
    says: Annotated[Text, StringConstraints(min_length=1, max_length=500)]


class PaymentTold(Told):
    paid_on: date
    receipt: Annotated[Line, StringConstraints(min_length=1, max_length=100)]


# ── 外借 ───────────────────────────────────────────────────


@routes.get("/devices/{uuid:device}/outside-loan", policy="device.keep", response=Form)
def lending_form(request: HttpRequest, device: UUID) -> Form:
    row = _device(asked(request), device, to="device.keep")
    return Form(
        title=f"外借 {row.number}", submit="提交审批", url=f"/devices/{row.pk}/outside-loans",
        intro="借给本机关以外的单位，须机关负责人批准以后才能交出；交出前请取出存储卡或者清空，归还时核对。",
        fields=[fields.text("borrower", "借用单位", hint="写全称。"), fields.text("purpose", "用途"), fields.moment("due_at", "应归还")],
    )  # fmt: skip


@routes.post("/devices/{uuid:device}/outside-loans", policy="device.keep", response=Done)
def ask_to_lend(request: HttpRequest, device: UUID, told: LendingWish) -> Done:
    asking = asked(request)
    row = _device(asking, device)
    asking.require("device.keep", row)
    rule = _lending_rule(asking.law)
    made = lending.ask_to_lend(
        row, by=asking.by, requester=asking.officer, borrower=told.borrower, purpose=told.purpose, due_at=told.due_at,
        is_allowed=may_be_lent(asking.law), cite=rule.citation if rule else None, at=asking.at,
    )  # fmt: skip
    return done(f"已提交审批 {made.number}", about=made.pk)


@routes.get("/devices/{uuid:device}/outside-handover", policy="device.keep", response=Form)
def handover_form(request: HttpRequest, device: UUID) -> Form:
    row = _loan(_device(asked(request), device, to="device.keep"))
    return Form(
        title=f"交出 {row.device.number}", intro=f"借给{row.borrower}，{shown(row.due_at)} 归还。", submit="登记交出",
        url=f"/devices/{row.device_id}/outside-handovers", fields=[fields.text("receiver", "接收人和证件", hint="如：林某，工作证 B-07。")],
    )  # fmt: skip


@routes.post("/devices/{uuid:device}/outside-handovers", policy="device.keep", response=Done)
def hand_outside(request: HttpRequest, device: UUID, told: HandedOutside) -> Done:
    asking = asked(request)
    found = _device(asking, device)
    asking.require("device.keep", found)
    row = _loan(found)
    lending.hand_outside(row, by=asking.by, receiver=told.receiver, at=asking.at)
    return done(f"{found.number} 已借给{row.borrower}", about=row.pk)


@routes.get("/devices/{uuid:device}/outside-return", policy="device.keep", response=Form)
def return_form(request: HttpRequest, device: UUID) -> Form:
    row = _loan(_device(asked(request), device, to="device.keep"))
    return Form(
        title=f"收回 {row.device.number}", intro=f"{row.borrower}于 {shown(row.due_at)} 以前归还。", submit="登记收回",
        url=f"/devices/{row.device_id}/outside-returns",
        fields=[fields.long("condition", "归还时的情况", hint="外观、能否开机、存储卡里有没有留下内容。")],
    )  # fmt: skip


@routes.post("/devices/{uuid:device}/outside-returns", policy="device.keep", response=Done)
def take_back(request: HttpRequest, device: UUID, told: BackFromOutside) -> Done:
    asking = asked(request)
    found = _device(asking, device)
    asking.require("device.keep", found)
    row = _loan(found)
    lending.take_back_from_outside(row, by=asking.by, condition=told.condition, at=asking.at)
    return done(f"{found.number} 已收回", about=row.pk)


# ── 赔偿 ───────────────────────────────────────────────────


@routes.get("/device-acts/{uuid:act}/compensation", policy="device.censure", response=Form)
def compensation_form(request: HttpRequest, act: UUID) -> Form:
    asking = asked(request)
    row = _act(asking, act)
    price = compensating.price_of(row.device)
    return Form(
        title=f"提出赔偿 · {row.device.number}", submit="提交审批", url=f"/device-acts/{row.pk}/compensations",
        intro=f"{shown(row.happened_at)} {DEVICE_ACTS[row.act]}，当时持有人{row.officer.name if row.officer else '不明'}，原价 {f'{price:,.2f} 元' if price is not None else '没有登记'}。持有人和金额取自台账，不能另填；经机关负责人批准以后打印通知书。",
        fields=[
            fields.select("cause", "原因", fields.options(dict(Compensation.Cause.choices))),
            fields.long("says", "认定的依据", hint="凭什么认定是保管不善或者使用不当。"),
        ],
    )  # fmt: skip


@routes.post("/device-acts/{uuid:act}/compensations", policy="device.censure", response=Done)
def propose(request: HttpRequest, act: UUID, told: CompensationTold) -> Done:
    asking = asked(request)
    row = _act(asking, act)
    asking.require("device.censure", row.device)
    rule = _compensation_rule(asking.law)
    made = compensating.propose_compensation(
        row, by=asking.by, requester=asking.officer, cause=told.cause, says=told.says, cite=rule.citation if rule else None, at=asking.at
    )  # fmt: skip
    return done(f"已提交审批 {made.number}", about=made.pk)


@routes.get("/compensations/{uuid:compensation}/notice", policy="device.view", response=str)
def notice(request: HttpRequest, compensation: UUID) -> HttpResponse:
    """赔偿通知书 as PDF, once it was approved."""
    asking = asked(request)
    row = _compensation(asking, compensation)
    rule = _compensation_rule(asking.law)
    basis = str(rule.citation) if rule else ""
    content = compensating.print_notice(
        row, by=asking.by, regulation=basis, at=asking.at, forms=asking.office.forms
    )
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="compensation-{row.pk}.pdf"'
    return answer


@routes.get("/compensations/{uuid:compensation}/payment", policy="device.censure", response=Form)
def payment_form(request: HttpRequest, compensation: UUID) -> Form:
    asking = asked(request)
    row = _compensation(asking, compensation, to="device.censure")
    return Form(
        title=f"收到赔偿款 · {row.number}", intro=f"{row.officer.name}，{row.amount:,.2f} 元。登记以后这件事办结。", submit="登记",
        url=f"/compensations/{row.pk}/payments",
        fields=[
            fields.text("paid_on", "收到日期", value=asking.at.astimezone(BEIJING).date().isoformat()),
            fields.text("receipt", "票据", hint="名称和编号。"),
        ],
    )  # fmt: skip


@routes.post("/compensations/{uuid:compensation}/payments", policy="device.censure", response=Done)
def note_paid(request: HttpRequest, compensation: UUID, told: PaymentTold) -> Done:
    asking = asked(request)
    row = _compensation(asking, compensation)
    paid = compensating.note_paid(row, by=asking.by, paid_on=told.paid_on, receipt=told.receipt, at=asking.at)
    return done(f"{row.number} 的赔偿款已收到", about=paid.pk)


# ── 页面上的部分 ─────────────────────────────────────────────


def may_be_lent(law: Rulebook | None) -> bool:
    """Whether the law in force forbids lending but for what was approved: only then is there anything to approve."""
    rule = _lending_rule(law)
    return (
        rule is not None
        and isinstance(rule.judge, Prohibition)
        and any(str(one.fact) == "device.loan_approved" for one in rule.judge.unless)
    )


def actions(asking: Asking, device: Device) -> list[Action]:
    base, row = f"/devices/{device.pk}", lending.open_loan(device.pk)
    if not asking.may("device.keep", device):
        return []
    if row is None:
        asks = device.state == Device.State.IN_STOCK and may_be_lent(asking.law_or_none)
        return [Action(key="lend", label="外借", form_url=f"{base}/outside-loan")] if asks else []
    if row.handed_at is not None:
        return [Action(key="lent-back", label="收回外借", main=True, form_url=f"{base}/outside-return")]
    request = lending.approval_of(row)
    is_approved = request is not None and request.state == "approved"
    return [Action(key="lend-out", label="交出外借", main=True, form_url=f"{base}/outside-handover")] if is_approved else []  # fmt: skip


def sections(asking: Asking, device: Device) -> list[LedgerSection]:
    """Shown where there is something to show: most regulations leave no room for lending, and most devices are not lost."""
    loans = [
        _loan_row(row) for row in lending.outside_loans().filter(device=device).order_by("-asked_at")[:20]
    ]
    owed = [
        _owed_row(asking, row)
        for act in DeviceAct.objects.filter(device=device, act__in=compensating.CAUSES_HARM).order_by("-happened_at")[:20]
        if (row := compensating.compensation_of(act)) is not None
    ]  # fmt: skip
    found = []
    if loans:
        found.append(LedgerSection(key="outside", title="外借", says="经批准借给本机关以外的单位。", columns=["借用单位", "用途", "应归还", "审批", "交出", "归还"], rows=loans, actions=[]))  # fmt: skip
    if owed:
        found.append(LedgerSection(key="compensations", title="赔偿", says="照原价，不计折旧；批准以后打印通知书。", columns=["编号", "赔偿人", "原因", "金额", "收款"], rows=owed, actions=[]))  # fmt: skip
    return found


def act_actions(asking: Asking, row: DeviceAct) -> list[Action]:
    """Beside a loss or a damage, where the law in force knows compensation."""
    asks = (
        row.act in compensating.CAUSES_HARM
        and _compensation_rule(asking.law_or_none) is not None
        and asking.may("device.censure", row.device)
        and compensating.compensation_of(row) is None
    )
    return [Action(key="compensate", label="提出赔偿", form_url=f"/device-acts/{row.pk}/compensation")] if asks else []  # fmt: skip


def desk_items(asking: Asking) -> list[DueItem]:
    """Outside longer than was approved."""
    if not asking.can("device.keep"):
        return []
    return [
        DueItem(
            key=f"lent-{row.pk}", title="收回外借的设备", what=f"{row.device.number} 借给{row.borrower}", number=row.approval,
            deadline=Deadline(label="应归还", due_at=row.due_at, tone=tone_of_deadline(row.due_at, asking.at)), state=State(label="逾期未归还", tone="breach"),
            action=Action(key=f"lent-{row.pk}", label="去登记", to=f"/devices/{row.device_id}"), cite=None,
        )
        for row in lending.loans_overdue(asking.by, at=asking.at)[:10]
    ]  # fmt: skip


def _loan_row(row: OutsideLoan) -> LedgerRow:
    request = lending.approval_of(row)
    if row.returned_at is not None:
        state = State(label="已归还", tone="plain")
    elif row.handed_at is not None:
        state = State(label="在外", tone="due")
    else:
        state = State(label=request.get_state_display() if request else "待报批", tone="due")
    handed = f"{shown(row.handed_at)} {row.receiver}" if row.handed_at else "—"
    back = f"{shown(row.returned_at)} {row.condition}" if row.returned_at else "—"
    return LedgerRow(
        id=str(row.pk), cells=[row.borrower, row.purpose, shown(row.due_at), request.number if request else "—", handed, back], state=state, to=None,
        actions=[],
    )  # fmt: skip


def _owed_row(asking: Asking, row: Compensation) -> LedgerRow:
    request, paid = compensating.approval_of(row), getattr(row, "paid", None)
    is_approved = compensating.is_approved(row)
    label = (
        "已收款"
        if paid
        else "已批准"
        if is_approved
        else request.get_state_display()
        if request
        else "待报批"
    )
    found = []
    if is_approved:
        found.append(Action(key="notice", label="打印通知书", to=f"/api/v1/compensations/{row.pk}/notice"))
    if is_approved and paid is None and asking.may("device.censure", row.act.device):
        found.append(Action(key="paid", label="登记收款", form_url=f"/compensations/{row.pk}/payment"))
    return LedgerRow(
        id=str(row.pk), cells=[row.number, row.officer.name, row.get_cause_display(), f"{row.amount:,.2f} 元", f"{paid.paid_on.isoformat()} {paid.receipt}" if paid else "—"],
        state=State(label=label, tone="plain" if paid else "due"), to=None, actions=found,
    )  # fmt: skip


def _lending_rule(law: Rulebook | None) -> Rule | None:
    rules = law.rules_of("prohibition") if law else ()
    return next((rule for rule in rules if "lent" in getattr(rule.judge, "acts", ())), None)


def _compensation_rule(law: Rulebook | None) -> Rule | None:
    return (
        next((rule for rule in law.rules_of("guidance") if rule.id == "compensation"), None) if law else None
    )


def _device(asking: Asking, key: UUID, *, to: str = "") -> Device:
    visible = queries.visible_to(asking.by, at=asking.at)
    found: Device = asking.found(visible, key, anyhow=queries.devices(), action="device.view")
    asking.check_form(to, found)
    return found


def _loan(device: Device) -> OutsideLoan:
    row = lending.open_loan(device.pk)
    if row is None:
        raise Refused(f"{device.number} 没有在办的外借", do="请刷新页面查看最新状态。")
    return row


def _act(asking: Asking, key: UUID) -> DeviceAct:
    row = DeviceAct.objects.select_related("device__unit", "device__agency", "officer").filter(pk=key).first()
    if row is None:
        raise Gone
    _device(asking, row.device_id, to="device.censure")
    return row


def _compensation(asking: Asking, key: UUID, *, to: str = "") -> Compensation:
    row = compensating.compensation(key)
    if row is None:
        raise Gone
    _device(asking, row.act.device_id, to=to)
    return row
