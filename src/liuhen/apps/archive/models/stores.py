"""第二存储：which matters must lie in the enforcement information system as well, and when each recording was put there. Append-only."""

from typing import ClassVar

from django.db import models

from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency


class SyncMatter(Recorded):
    """一类现场活动是否需要同步存入执法信息系统。The newest of a type counts."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    activity_type = models.CharField("活动类型", max_length=60)
    required = models.BooleanField("需要同步存储")
    why = models.CharField("依据", max_length=300)
    at = models.DateTimeField()
    by = models.UUIDField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["agency", "activity_type", "-at"], name="sync_matter_newest")
        ]


class SecondStore(Recorded):
    """一段音像存入执法信息系统：哪个系统、那里的编号、何时、由谁。"""

    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="second_store")
    system = models.CharField("系统", max_length=100)
    reference = models.CharField("系统中的编号", max_length=120)
    stored_at = models.DateTimeField("存入时间")
    at = models.DateTimeField()
    by = models.UUIDField()
