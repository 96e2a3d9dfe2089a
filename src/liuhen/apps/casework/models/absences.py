"""应有未有：what was said of what did not come, and how much is open."""

from django.db import models

from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Unit
from liuhen.apps.registry.permission import Place


class AbsenceNote(Recorded):
    """对一项应有未有的说明：缺的是什么、查明的结果、理由。Append-only; one for each thing that is absent.

    The absence itself is computed anew each time; `says` keeps how it read when it was explained.
    """

    class Outcome(models.TextChoices):
        EXPLAINED = "explained", "已说明"
        ELSEWHERE = "elsewhere", "另有保存"
        LOST = "lost", "确已缺失"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    absence = models.UUIDField("应有未有", unique=True)
    cause = models.CharField("情形", max_length=20)
    says = models.TextField("当时的所见")
    outcome = models.CharField("结果", max_length=10, choices=Outcome.choices)
    reason = models.TextField("理由")
    at = models.DateTimeField()
    by = models.UUIDField()

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)


class AbsenceTally(models.Model):
    """应有未有的数目：一个部门在最近一次比对时还有几项没有说明。Overwritten at each comparison: for the desk, never evidence."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE)
    unit = models.OneToOneField(Unit, on_delete=models.CASCADE)
    open = models.PositiveIntegerField("还没有说明的项数")
    at = models.DateTimeField("比对时间")
