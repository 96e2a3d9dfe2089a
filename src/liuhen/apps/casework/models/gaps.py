"""缺口：what the media themselves say of an interruption. Its begin and end are reckoned, never entered."""

from typing import ClassVar

from django.db import models

from liuhen.apps.casework.models.activities import Interruption
from liuhen.apps.evidence.models import KeySegment, Recording
from liuhen.apps.journal.models import Recorded


class InterruptionGap(Recorded):
    """中断所办的缺口：在哪段音像的第几秒断开，在哪段的第几秒恢复，采取了什么措施。Append-only."""

    class Found(models.TextChoices):
        BEFORE = "before", "第一段音像之前"
        BETWEEN = "between", "两段音像之间"
        INSIDE = "inside", "一段音像之内"
        AFTER = "after", "最后一段音像之后"
        NOTHING = "nothing", "没有音像"

    interruption = models.OneToOneField(Interruption, on_delete=models.PROTECT, related_name="gap")
    found = models.CharField("缺口所在", max_length=10, choices=Found.choices)
    broke_off = models.ForeignKey(Recording, on_delete=models.PROTECT, null=True, related_name="+")
    broke_off_second = models.FloatField("断开处，秒", null=True)
    went_on = models.ForeignKey(Recording, on_delete=models.PROTECT, null=True, related_name="+")
    went_on_second = models.FloatField("恢复处，秒", null=True)
    measures = models.JSONField("采取的措施", default=list)
    measures_note = models.CharField("措施的说明", max_length=500, default="")


class VoiceMark(Recorded):
    """恢复时的语音说明在音像的哪一段；标记撤回的，不再算数。Append-only."""

    interruption = models.ForeignKey(Interruption, on_delete=models.PROTECT, related_name="voice_marks")
    segment = models.ForeignKey(KeySegment, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.UUIDField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interruption", "segment"], name="voice_marked_once")
        ]
