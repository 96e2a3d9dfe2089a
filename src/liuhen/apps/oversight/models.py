"""Tables of oversight."""

from typing import ClassVar

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import StrIndex, Substr

from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Unit
from liuhen.apps.registry.permission import Place


class Finding(Recorded):
    """合规结论：一条规定对一件事的现行结论。Each change is a line; the line says what it was before.

    `pack` (key@version) is the version under which it was judged; later versions that say the same leave it.
    """

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

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, thing=self.pk)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "pack", "rule"], name="finding_once"),
            models.UniqueConstraint(
                "subject",
                Substr("pack", 1, StrIndex("pack", Value("@"))),
                "rule",
                condition=~Q(verdict="不适用"),
                name="finding_once_in_force",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agency", "verdict", "-judged_at"], name="finding_by_verdict"),
            models.Index(fields=["unit", "verdict", "-judged_at"], name="finding_of_unit_by_verdict"),
        ]


class Round(Recorded):
    """全面重判：制度变动之后，本机关的全部事项逐批再判一遍；判到哪里，随时可查、可续。"""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="rounds")
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    part = models.CharField("正判的一类", max_length=20)
    after = models.UUIDField("已判到", null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
