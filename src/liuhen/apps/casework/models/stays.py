"""办案区停留：a person brought to the case area, step by step and room by room until he leaves."""

from typing import ClassVar
from uuid import UUID

from django.db import models

from liuhen.apps.casework.models.activities import Activity
from liuhen.apps.devices.models import Room
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.permission import Place


class Stay(Recorded):
    """一次停留：谁、因哪次活动被带入。Append-only; where he is stands in the steps."""

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="stays")
    number = models.CharField("停留编号", max_length=60, unique=True)
    person = models.CharField("被带入的人", max_length=50)
    at = models.DateTimeField("登记时间")
    by = models.UUIDField()

    @property
    def agency_id(self) -> UUID:
        return self.activity.agency_id

    def place(self) -> Place:
        whole = self.activity.place()
        return Place(whole.agency, whole.path, whole.officers, self.pk)


class StayStep(Recorded):
    """停留的一步：自何时起在哪一间做什么；下一步开始，这一步就结束。

    `unready` says why the room was not ready for it; empty where it was. Append-only.
    """

    class Sort(models.TextChoices):
        ENTER = "enter", "入区"
        SAFETY = "safety", "安全检查"
        INFORMATION = "information", "信息采集"
        QUESTIONING = "questioning", "询问、讯问"
        IDENTIFICATION = "identification", "辨认"
        WAITING = "waiting", "候问看管"
        OTHER = "other", "其他"
        LEAVE = "leave", "离区"

    stay = models.ForeignKey(Stay, on_delete=models.PROTECT, related_name="steps")
    sort = models.CharField("一步", max_length=14, choices=Sort.choices)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, related_name="stay_steps")
    starts_at = models.DateTimeField("开始")
    says = models.CharField("说明", max_length=500, default="")
    unready = models.CharField("场所没有就绪", max_length=200, default="")
    at = models.DateTimeField("登记时间")
    by = models.UUIDField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stay", "starts_at"], name="stay_step_once_a_moment")
        ]
