"""光盘：a set of identical discs with their image and label, each disc as it was burned, each time it was read back. All append-only."""

from typing import ClassVar

from django.db import models

from liuhen.apps.casework.models import Case
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.apps.registry.permission import Place


class DiscSet(Recorded):
    """刻录任务：一件事项的若干段音像刻成几份相同的光盘。`label` is what the label says, field by field, in the words of the rules."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="disc_sets")
    number = models.CharField("光盘组编号", max_length=60, unique=True)
    title = models.CharField("内容", max_length=300)
    copies = models.PositiveSmallIntegerField("份数")
    label = models.JSONField("标签")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="disc_sets")
    at = models.DateTimeField("提出时间")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "-at"], name="disc_set_of_case")]

    def place(self) -> Place:
        own = self.case.place().officers | {self.officer_id}
        return Place(self.agency_id, self.unit.path, frozenset(own), self.pk)


class DiscItem(Recorded):
    """光盘上的一段音像。"""

    disc_set = models.ForeignKey(DiscSet, on_delete=models.PROTECT, related_name="items")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="disc_items")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["disc_set", "recording"], name="disc_item_once")
        ]


class DiscImage(Recorded):
    """制成的光盘映像：在副本库中的摘要和大小，其中修复数据占多少。"""

    disc_set = models.OneToOneField(DiscSet, on_delete=models.PROTECT, related_name="image")
    sha256 = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    parity = models.BigIntegerField("修复数据字节数")
    at = models.DateTimeField()


class Disc(Recorded):
    """一张光盘：第几份，何时、由谁、用什么刻成，放在哪里。Of one copy the newest counts: a bad disc is burned anew."""

    class Medium(models.TextChoices):
        CD_R = "cd_r", "CD-R"
        DVD_R = "dvd_r", "DVD±R"
        BD_R = "bd_r", "BD-R"
        OTHER = "other", "其他"

    disc_set = models.ForeignKey(DiscSet, on_delete=models.PROTECT, related_name="discs")
    copy = models.PositiveSmallIntegerField("第几份")
    number = models.CharField("光盘编号", max_length=60, unique=True)
    medium = models.CharField("盘片", max_length=8, choices=Medium.choices)
    shelf = models.CharField("存放处", max_length=200)
    same_place_why = models.CharField("与另一份同处存放的理由", max_length=300, default="")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="discs")
    at = models.DateTimeField("刻录时间")
    by = models.UUIDField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["disc_set", "copy", "-at"], name="disc_of_set")]

    def place(self) -> Place:
        return self.disc_set.place()


class DiscCheck(Recorded):
    """读回核对：从盘上读出的摘要与映像是否相同，下次何时再核对。`how` says whether the program read the disc or a person told the digest."""

    class How(models.TextChoices):
        READ = "read", "程序读盘"
        TOLD = "told", "人工读出摘要后登记"

    disc = models.ForeignKey(Disc, on_delete=models.PROTECT, related_name="checks")
    good = models.BooleanField("相符")
    how = models.CharField(max_length=5, choices=How.choices)
    found = models.CharField("读出的摘要", max_length=64, default="")
    says = models.CharField("说明", max_length=300, default="")
    next_at = models.DateTimeField("下次核对")
    at = models.DateTimeField()
    by = models.UUIDField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["disc", "-at"], name="disc_check_newest")]
