"""What programs heard in recordings: words with how sure they are, and which recording is a live copy of which. Beside the originals, never in them."""

from typing import ClassVar

from django.db import models

from liuhen.apps.evidence.models.recordings import Recording
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.permission import Place


class Recognition(Recorded):
    """语音识别：哪个模型在一份音像里听到了什么，可能是哪些口头告知。Append-only; the newest counts. Hints never judge.

    `why` stands in place of words where it could not be done; then somebody may ask again.
    """

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="recognitions")
    model = models.CharField("模型", max_length=60)
    sha256 = models.CharField("模型的 SHA-256", max_length=64)
    program = models.CharField(max_length=40)
    words = models.JSONField("听到的字：秒、字、把握", default=list)
    hints = models.JSONField("可能的口头告知：哪一项、起、止、把握、听到的话", default=list)
    why = models.CharField("没有做成的原因", max_length=300, default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["recording", "at"], name="recognition_newest")]

    def place(self) -> Place:
        return self.recording.place()


class LiveCopy(Recorded):
    """实时副本：一份音像是另一份的实时传输副本，凭什么看出来，盖住原件的多少。Append-only; the newest of a copy counts.

    The original counts for what the law asks; the copy stays what it is, an original of its own way here.
    """

    class Way(models.TextChoices):
        SOUND = "sound", "按声音"
        PICTURE = "picture", "按画面"

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="originals")
    original = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="live_copies")
    way = models.CharField("依据", max_length=12, choices=Way.choices)
    offset = models.FloatField("副本的开头在原件的第几秒")
    measure = models.FloatField("两份相像的程度")
    covered = models.FloatField("盖住原件的秒数")
    length = models.FloatField("原件的秒数")
    program = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["recording", "at"], name="livecopy_newest"),
            models.Index(fields=["original", "at"], name="livecopy_of"),
        ]

    def place(self) -> Place:
        return self.recording.place()
