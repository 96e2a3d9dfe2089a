"""定期重读：batches in the order of addresses, what they found damaged, and what was put back. Append-only.

A batch covers every object whose address lies after `after` and not behind `through`: which object was read when is known without a
row for each of them.
"""

from typing import ClassVar

from django.db import models

from liuhen.apps.journal.models import Recorded


class FixityRun(Recorded):
    """一批重读：从哪个摘要之后到哪个摘要为止，读了多少，多少相符。"""

    after = models.CharField(max_length=64, default="")
    through = models.CharField(max_length=64)
    objects_read = models.PositiveIntegerField("重读的原件")
    size = models.BigIntegerField("字节")
    good = models.PositiveIntegerField("相符")
    begun_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-at", "-id"], name="fixity_newest")]


class FixityFault(Recorded):
    """重读时不符的一件原件：应是什么，读到什么。"""

    run = models.ForeignKey(FixityRun, on_delete=models.PROTECT, related_name="faults")
    sha256 = models.CharField(max_length=64, db_index=True)
    found = models.CharField("读到的情形", max_length=300)
    at = models.DateTimeField()


class FixityRepair(Recorded):
    """用第二份修复：哪件原件、取自哪次备份，坏的一份移到了哪里。"""

    fault = models.OneToOneField(FixityFault, on_delete=models.PROTECT, related_name="repair")
    source = models.CharField("取自", max_length=200)
    at = models.DateTimeField()
    by = models.UUIDField()
