"""上报关联：lists for the superior's platform, its numbers, and the tries."""

from typing import ClassVar

from django.db import models

from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency
from liuhen.apps.registry.permission import Place


class OutwardHandover(Recorded):
    """上报关联：交给上级平台的一份清单，列出每段音像的编号、摘要、活动和案件。Append-only; the list goes out as it stands here."""

    class Way(models.TextChoices):
        FILE = "file", "清单文件"
        LINE = "line", "联网接口"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    number = models.CharField("上报编号", max_length=60, unique=True)
    platform = models.CharField("上级平台", max_length=100)
    way = models.CharField("方式", max_length=6, choices=Way.choices)
    count = models.PositiveIntegerField("段数")
    manifest = models.TextField("签名的清单")
    at = models.DateTimeField()
    by = models.UUIDField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["agency", "-at", "-id"], name="outward_newest")]

    def place(self) -> Place:
        return Place(self.agency_id, "/", frozenset(), self.pk)


class OutwardItem(Recorded):
    """清单中的一段音像。Append-only; a recording is handed over once, and its list can be sent again as often as needed."""

    handover = models.ForeignKey(OutwardHandover, on_delete=models.PROTECT, related_name="items")
    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="outward")

    def place(self) -> Place:
        return self.recording.place()


class OutwardReference(Recorded):
    """上级平台编号：平台收下一段音像之后给出的编号，登记的或者接口收到的。Append-only; the first one stands."""

    class Way(models.TextChoices):
        ENTERED = "entered", "登记"
        RECEIVED = "received", "接口收到"

    item = models.OneToOneField(OutwardItem, on_delete=models.PROTECT, related_name="reference")
    reference = models.CharField("平台编号", max_length=100)
    way = models.CharField("方式", max_length=10, choices=Way.choices)
    given_at = models.DateTimeField("平台给出的时间")
    at = models.DateTimeField()
    by = models.UUIDField()


class OutwardTry(Recorded):
    """一次联网上报：何时、平台怎样回答；没有送成的，是什么原因。Append-only."""

    handover = models.ForeignKey(OutwardHandover, on_delete=models.PROTECT, related_name="tries")
    trouble = models.CharField("没有送成的原因", max_length=300, default="")
    at = models.DateTimeField()
