"""What was found by looking at several recordings of one event, or by watching one: beside the originals, never in them."""

from typing import ClassVar

from django.db import models

from liuhen.apps.evidence.models.recordings import Recording
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.permission import Place


class Alignment(Recorded):
    """对齐：一份音像的开头在另一份的开头之后多少秒，凭什么看出来，可能差多少。Append-only; the newest of a pair counts.

    Media time against media time: no clock is changed by it, and what the law counts goes by the believed clocks as before.
    """

    class Way(models.TextChoices):
        SOUND = "sound", "按声音"
        SATELLITE = "satellite", "按卫星时间"
        CLOCK = "clock", "按所采信的时钟"

    ground = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="laid_on_it")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="alignments")
    way = models.CharField("依据", max_length=12, choices=Way.choices)
    offset = models.FloatField("开头在后多少秒")
    drift = models.FloatField("每秒多走多少秒")
    error = models.FloatField("可能差多少秒")
    measure = models.FloatField("两路声音相像的程度", null=True)
    program = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ground", "recording", "at"], name="alignment_of_pair")]


class KeySegment(Recorded):
    """关键内容：一份音像从第几秒到第几秒是什么。The words and the seconds stay; taking one back adds who, when and why."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="key_segments")
    begins = models.FloatField("起，媒体时间的秒")
    ends = models.FloatField("止，媒体时间的秒")
    says = models.CharField("内容", max_length=500)
    at = models.DateTimeField()
    by = models.UUIDField()
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by = models.UUIDField(null=True)
    withdrawn_why = models.CharField("撤回理由", max_length=500, default="", blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["recording", "begins"], name="keysegment_in_order")]

    FROZEN: ClassVar[tuple[str, ...]] = ("id", "recording_id", "begins", "ends", "says", "at", "by")

    def place(self) -> Place:
        return self.recording.place()
