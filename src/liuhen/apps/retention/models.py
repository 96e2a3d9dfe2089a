"""Tables of retention."""

from typing import ClassVar

from django.db import models

from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Recorded


class KeepingPeriod(Recorded):
    """保存期限：由规则包依事实得出。It follows the facts; a shorter term than before waits for two people."""

    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="keeping")
    rank = models.CharField(max_length=12)
    label = models.CharField(max_length=12)
    until = models.DateTimeField(null=True, db_index=True)
    reason = models.TextField()
    regulation = models.CharField(max_length=120, default="")
    article = models.CharField(max_length=60, default="")
    pack = models.CharField(max_length=80)
    derived_at = models.DateTimeField()
    shorter_until = models.DateTimeField("依现有事实可缩短至", null=True)
    promised_rank = models.CharField("已确定过的最长期限", max_length=12, default="")
    promised_until = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["rank", "until"], name="keeping_due")]
