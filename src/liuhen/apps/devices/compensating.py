"""Compensation for a device that was lost or damaged by poor keeping or improper use: at what it cost, by who had it at that time.

Nobody's fault is found here: the cause is stated by one with its grounds, agreed to by another, and only then printed as a notice.
The price and the holder are the ledger's; neither is typed in.
"""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.approval.actions import ChainStep, request_approval
from liuhen.apps.approval.models import Request
from liuhen.apps.devices.models import Compensation, CompensationPaid, Device, DeviceAct, DeviceEntry
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow
from liuhen.engines.forms import Filled, load_form, print_document
from liuhen.engines.rules.office_facts import DEVICE_ACTS
from liuhen.kernel.actors import Actor
from liuhen.kernel.citations import Citation
from liuhen.kernel.clock import BEIJING, shown
from liuhen.kernel.errors import Refused

COMPENSATE = "compensate-device"
CAUSES_HARM = ("lost", "damaged")


def propose_compensation(
    row: DeviceAct, *, by: Actor, requester: Officer, cause: str, says: str, cite: Citation | None, at: datetime
) -> Request:  # fmt: skip
    """提出赔偿。Raises `Refused` where the law in force knows none (`cite`), without holder or price in the ledger, and for a second time."""
    allow(by, "device.censure", on=row.device, at=at)
    if cite is None:
        raise Refused("施行的制度没有规定照价赔偿", do="责任由有权的人依制度另行认定。")
    if row.act not in CAUSES_HARM:
        raise Refused("只有遗失、损坏的才办理赔偿", do="其他情形请在“责任事实”登记。", cite=cite)
    if row.officer is None:
        raise Refused("台账上不知道当时由谁持有", do="请先查明持有人，重新登记这次遗失或者损坏。", cite=cite)
    if requester.pk == row.officer_id:
        raise Refused("不能提出由本人赔偿", do="请由本部门其他负责人提出。")
    if cause not in Compensation.Cause.values or not says.strip():
        raise Refused("没有写明原因和认定的依据", do="请选原因，并写明凭什么认定。", cite=cite)
    price = price_of(row.device)
    if price is None:
        raise Refused(
            f"设备 {row.device.number} 没有登记原价", do="请设备管理员先凭票据登记购置和原价。", cite=cite
        )
    if Compensation.objects.filter(act=row).exists():
        raise Refused("这一次已经提出赔偿", do="请在设备页上查看办理的情况。")
    made = Compensation(
        act=row, agency_id=row.agency_id, officer=row.officer, cause=cause, amount=price, says=says.strip(), proposed_by=requester, proposed_at=at,
    )  # fmt: skip
    with act("compensation.proposed", by=by, at=at, agency=row.agency_id) as line:
        made.number = next_number(row.device.agency, "赔偿", at=at)
        made.save(force_insert=True)
        line.about(made)
        line.about(row.device)
    step = ChainStep("agency_head", "机关负责人", cite.clause)
    return request_approval(
        made, by=by, requester=requester, unit=row.device.unit, purpose=COMPENSATE, reason=says, chain=[step], at=at
    )  # fmt: skip


def note_paid(row: Compensation, *, by: Actor, paid_on: date, receipt: str, at: datetime) -> CompensationPaid:
    """收到赔偿款，and with it the matter ends. Raises `Refused` before it was approved, without a receipt, and for a second time."""
    allow(by, "device.censure", on=row.act.device, at=at)
    if not is_approved(row):
        raise Refused(f"{row.number} 还没有批准", do="请等机关负责人审批。")
    if (
        not receipt.strip()
        or not row.proposed_at.astimezone(BEIJING).date() <= paid_on <= at.astimezone(BEIJING).date()
    ):
        raise Refused("没有写明票据，或者日期不对", do="请写明收据的名称和编号；日期应在提出以后、今天以前。")
    if CompensationPaid.objects.filter(compensation=row).exists():
        raise Refused(f"{row.number} 的赔偿款已经登记", do="无需再次登记。")
    paid = CompensationPaid(compensation=row, paid_on=paid_on, receipt=receipt.strip(), at=at, by=by.id)
    with act("compensation.received", by=by, at=at, agency=row.agency_id) as line:
        paid.save(force_insert=True)
        line.about(paid)
        line.about(row)
    return paid


def print_notice(row: Compensation, *, by: Actor, regulation: str, at: datetime, forms: Path) -> bytes:
    """赔偿通知书 as PDF, once it was approved."""
    allow(by, "device.view", on=row.act.device, at=at)
    if not is_approved(row):
        raise Refused(f"{row.number} 还没有批准，不能打印", do="请等机关负责人审批。")
    device, request = row.act.device, approval_of(row)
    told = {
        "officer": f"{row.officer.name}（{row.officer.number}，{row.officer.unit.name}）",
        "device": f"{device.get_device_type_display()} {device.model} {device.number}（产品序号 {device.serial}）".replace("  ", " "),
        "happened": f"{shown(row.act.happened_at)} {DEVICE_ACTS[row.act.act]}：{row.act.says}",
        "cause": f"{row.get_cause_display()}。{row.says}",
        "amount": f"人民币 {row.amount:,.2f} 元（购置时的原价，不计折旧）",
        "basis": f"{regulation}；审批 {request.number if request else ''}",
        "duty": "请缴清并取得收据。对持有人、原因或者金额有异议的，可以书面说明，由本机关复核。",
    }  # fmt: skip
    form = replace(load_form(forms / "house" / "compensation-notice.form"), folder=forms)
    return print_document(
        Filled(
            form=form, number=row.number, agency=device.agency.name, made_at=at, values=told, signatures=[]
        )
    )


def price_of(device: Device) -> Decimal | None:
    """What it cost when it was bought, as the ledger said last; None where nobody entered it."""
    newest = DeviceEntry.objects.filter(device=device, price__isnull=False).order_by("-entered_at").first()
    return newest.price if newest else None


def approval_of(row: Compensation) -> Request | None:
    return Request.objects.filter(subject=row.pk, purpose=COMPENSATE).order_by("-made_at").first()


def is_approved(row: Compensation) -> bool:
    request = approval_of(row)
    return request is not None and request.state == Request.State.APPROVED


def compensation(key: UUID) -> Compensation | None:
    return _rows().filter(pk=key).first()


def compensation_of(row: DeviceAct) -> Compensation | None:
    return _rows().filter(act=row).first()


def _rows() -> QuerySet[Compensation]:
    return Compensation.objects.select_related(
        "act__device__unit", "act__device__agency", "officer__unit", "proposed_by"
    )
