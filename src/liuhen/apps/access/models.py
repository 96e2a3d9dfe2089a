"""Tables of access."""

from typing import ClassVar

from django.db import models

from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Officer


class Viewing(Recorded):
    """一次查看：谁、看哪一份、凭什么、到何时为止。The line is written before the first frame plays."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="viewings")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT)
    basis = models.CharField("依据", max_length=200)
    approval = models.CharField("审批编号", max_length=60, default="")
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["officer", "-opened_at"], name="viewing_by_officer")]


class Glimpse(Recorded):
    """一瞥：谁在哪一天看了哪一份的缩略图。A thumbnail is a frame of the footage; the first of a day has its line."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="glimpses")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT)
    day = models.DateField("日期，北京时间")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["officer", "recording", "day"], name="glimpse_once_a_day")
        ]
