"""Devices that leave the house for a while, and those that are lost or damaged and paid for."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from liuhen.apps.devices.models.ledger import Device, DeviceAct
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Officer
from liuhen.apps.registry.permission import Place


class OutsideLoan(Recorded):
    """外借：借给本机关以外的单位，为何、何时归还；经批准才交出，归还时核对。The asking is frozen; handing over and return are added."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="outside_loans")
    borrower = models.CharField("借用单位", max_length=100)
    purpose = models.CharField("用途", max_length=200)
    due_at = models.DateTimeField("应归还时间")
    asked_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    approval = models.CharField("审批编号", max_length=60, default="", blank=True)
    receiver = models.CharField("接收人和证件", max_length=100, default="", blank=True)
    handed_at = models.DateTimeField("交出时间", null=True)
    handed_by = models.UUIDField(null=True)
    returned_at = models.DateTimeField("归还时间", null=True)
    returned_by = models.UUIDField(null=True)
    condition = models.CharField("归还时的情况", max_length=300, default="", blank=True)

    FROZEN: ClassVar[tuple[str, ...]] = (
        "id", "agency_id", "device_id", "borrower", "purpose", "due_at", "asked_by_id", "asked_at",
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["device"],
                condition=Q(handed_at__isnull=False, returned_at__isnull=True),
                name="outsideloan_one_at_a_time",
            )
        ]

    def place(self) -> Place:
        return Place(self.agency_id, self.device.unit.path, frozenset({self.asked_by_id}), self.pk)


class Compensation(Recorded):
    """赔偿：保管不善或者使用不当，丢失、损坏的设备由当时的持有人照原价赔偿；报批以后打印通知书。只增不改。"""

    class Cause(models.TextChoices):
        KEEPING = "keeping", "保管不善"
        USE = "use", "使用不当"

    act = models.OneToOneField(DeviceAct, on_delete=models.PROTECT, related_name="compensation")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    number = models.CharField("编号", max_length=60, unique=True)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField("原因", max_length=10, choices=Cause.choices)
    amount = models.DecimalField("金额（元），按原价", max_digits=10, decimal_places=2)
    says = models.CharField("认定的依据", max_length=500)
    proposed_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    def place(self) -> Place:
        return Place(self.agency_id, self.act.device.unit.path, frozenset({self.proposed_by_id}), self.pk)


class CompensationPaid(Recorded):
    """赔偿款收到：何时、凭什么票据。只增不改。"""

    compensation = models.OneToOneField(Compensation, on_delete=models.PROTECT, related_name="paid")
    paid_on = models.DateField("收到日期")
    receipt = models.CharField("票据", max_length=100)
    at = models.DateTimeField()
    by = models.UUIDField()
