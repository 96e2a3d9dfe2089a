"""Tables of oversight."""

from typing import ClassVar

from django.db import models

from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Unit


class Finding(Recorded):
    """合规结论：一条规定对一件事的现行结论。Each change is a line; the line says what it was before."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    subject_kind = models.CharField(max_length=60)
    subject = models.UUIDField()
    rule = models.CharField(max_length=80)
    rule_kind = models.CharField(max_length=40)
    pack = models.CharField(max_length=80)
    clause = models.CharField(max_length=40)
    regulation = models.CharField(max_length=120)
    article = models.CharField(max_length=60)
    verdict = models.CharField(max_length=10)
    asks = models.TextField("条文要求")
    reason = models.TextField("理由")
    mend = models.TextField("如何补正", default="")
    turns_at = models.DateTimeField("何时转变", null=True, db_index=True)
    facts = models.JSONField("所依事实")
    judged_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "pack", "rule"], name="finding_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agency", "verdict", "-judged_at"], name="finding_by_verdict"),
            models.Index(fields=["unit", "verdict", "-judged_at"], name="finding_of_unit_by_verdict"),
        ]
