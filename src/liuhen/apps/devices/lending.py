"""Lending outside the agency: only where the regulation leaves room for it, approved first, handed over, given back, checked.

Where no regulation in force lets a device be lent, there is no such loan: what happened all the same is entered as an act (`upkeep`).
"""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.approval.actions import ChainStep, request_approval
from liuhen.apps.approval.models import Request
from liuhen.apps.devices.models import Device, OutsideLoan
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import allow, reach_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.citations import Citation
from liuhen.kernel.errors import Refused

LEND = "lend-device"


def ask_to_lend(
    device: Device,
    *,
    by: Actor,
    requester: Officer,
    borrower: str,
    purpose: str,
    due_at: datetime,
    is_allowed: bool,
    cite: Citation | None,
    at: datetime,
) -> Request:
    """报批外借。Raises `Refused` where the law in force leaves no room for it (`is_allowed`, `cite`), and for a device that is not in stock."""
    row = OutsideLoan(
        agency_id=device.agency_id, device=device, borrower=borrower.strip(), purpose=purpose.strip(), due_at=due_at, asked_by=requester, asked_at=at,
    )  # fmt: skip
    allow(by, "device.keep", on=device, at=at)
    if not is_allowed:
        raise Refused(
            "施行的制度没有外借设备的余地", do="请由本机关人员领用；需要外借的，须制度先有规定。", cite=cite
        )
    if not row.borrower or not row.purpose:
        raise Refused("没有写明借给谁、做什么用", do="请写借用单位的全称和用途。", cite=cite)
    if due_at <= at:
        raise Refused("归还时间须在现在以后", do="请核对时间。")
    _check_in_stock(device)
    if open_loan(device.pk) is not None:
        raise Refused(f"设备 {device.number} 的外借正在办理", do="请先办结。")
    with act("device.lending-asked", by=by, at=at, agency=device.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(device)
    step = ChainStep("agency_head", "机关负责人", cite.clause if cite else "")
    return request_approval(
        row, by=by, requester=requester, unit=device.unit, purpose=LEND, reason=f"外借给{row.borrower}：{row.purpose}", chain=[step], at=at
    )  # fmt: skip


def hand_outside(row: OutsideLoan, *, by: Actor, receiver: str, at: datetime) -> None:
    """交出：only what was approved, against the receiver's name and paper."""
    allow(by, "device.keep", on=row, at=at)
    request = approval_of(row)
    if request is None or request.state != Request.State.APPROVED:
        raise Refused("外借还没有批准，不能交出", do="请等机关负责人审批。")
    if row.handed_at is not None:
        raise Refused("已经交出", do="请刷新页面查看。")
    if at > row.due_at:
        raise Refused("批准的外借已过归还时间，不能再交出", do="仍要外借的，请重新报批。")
    if not receiver.strip():
        raise Refused("没有写明接收人和证件", do="请核对接收人的证件后填写。")
    row.device.refresh_from_db(fields=["state"])
    _check_in_stock(row.device)
    with act("device.loaned-out", by=by, at=at, agency=row.agency_id, approval=request.number) as line:
        row.approval, row.receiver, row.handed_at, row.handed_by = request.number, receiver.strip(), at, by.id
        row.save(update_fields=["approval", "receiver", "handed_at", "handed_by"])
        _become(row.device, Device.State.LENT)
        line.about(row)
        line.about(row.device)
        line.schedule("device.judge", row.device)
        line.schedule("unit.judge", row.device.unit)


def take_back_from_outside(row: OutsideLoan, *, by: Actor, condition: str, at: datetime) -> None:
    """收回：with what was found on it. It is in stock again."""
    allow(by, "device.keep", on=row, at=at)
    if row.handed_at is None or row.returned_at is not None:
        raise Refused("这台设备没有在外借", do="请刷新页面查看最新状态。")
    if not condition.strip():
        raise Refused("没有写明归还时的情况", do="请写明外观、能否开机、存储卡里有没有留下内容。")
    with act("device.loan-ended", by=by, at=at, agency=row.agency_id, approval=row.approval) as line:
        row.returned_at, row.returned_by, row.condition = at, by.id, condition.strip()
        row.save(update_fields=["returned_at", "returned_by", "condition"])
        row.device.refresh_from_db(fields=["state"])
        if row.device.state == Device.State.LENT:  # One that was entered as lost meanwhile stays so.
            _become(row.device, Device.State.IN_STOCK)
        line.about(row)
        line.about(row.device)
        line.schedule("device.judge", row.device)
        line.schedule("unit.judge", row.device.unit)


def _become(device: Device, state: str) -> None:
    device.state = state
    device.save(update_fields=["state"])


def _check_in_stock(device: Device) -> None:
    if device.state != Device.State.IN_STOCK:
        raise Refused(
            f"设备 {device.number} 现为“{device.get_state_display()}”，不能外借", do="请换一台在库的设备。"
        )


def approval_of(row: OutsideLoan) -> Request | None:
    return Request.objects.filter(subject=row.pk, purpose=LEND).order_by("-made_at").first()


def open_loan(device: UUID) -> OutsideLoan | None:
    """The loan of a device that is asked for, approved or outside; a refused one is over."""
    for row in outside_loans().filter(device=device, returned_at=None).order_by("-asked_at"):
        request = approval_of(row)
        if row.handed_at is not None or (
            request is not None and request.state in (Request.State.PENDING, Request.State.APPROVED)
        ):
            return row
    return None


def outside_loans() -> QuerySet[OutsideLoan]:
    return OutsideLoan.objects.select_related("device__unit", "asked_by")


def loans_overdue(viewer: Actor, *, at: datetime) -> QuerySet[OutsideLoan]:
    """Outside longer than was approved, of the devices that this person keeps."""
    kept = Device.objects.filter(reach_of(viewer, "device.keep", at=at)).values("pk")
    late = outside_loans().filter(device__in=kept, handed_at__isnull=False, returned_at=None, due_at__lt=at)
    return late.order_by("due_at")
