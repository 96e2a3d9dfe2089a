"""案卷：one volume a case, what was entered by hand for it, its catalogue as it was closed, its way to the archive, its examinations.

All rows are append-only: where a volume stands is told by its newest step, and what is in it by the catalogue of its newest closing.
"""

from typing import ClassVar

from django.db import models

from liuhen.apps.casework.models import Case
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.apps.registry.permission import Place
from liuhen.apps.search.words import Words, joined


class Volume(Recorded):
    """案卷：一件办结事项的文字和音像，立卷一次。`due_at` is when it must be filed by the law in force at that time. Append-only."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="volume")
    number = models.CharField("案卷号", max_length=60, unique=True)
    title = models.CharField("案卷题名", max_length=300)
    due_at = models.DateTimeField("归档到期", null=True)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="volumes")
    at = models.DateTimeField("立卷时间")
    by = models.UUIDField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["agency", "-at", "-id"], name="volume_newest")]

    def place(self) -> Place:
        """Where the case belongs; who made the volume has a part in it besides those of the case."""
        own = self.case.place().officers | {self.officer_id}
        return Place(self.agency_id, self.unit.path, frozenset(own), self.pk)

    def words(self) -> Words:
        place = self.place()
        return Words(
            kind=self.kind(), thing=self.pk, agency=place.agency, path=place.path, at=self.at, number=self.number, title=self.title,
            officers=place.officers, text=joined([self.case.number, self.case.party]),
        )  # fmt: skip


class VolumeEntry(Recorded):
    """人工登记：一件只有纸质的材料，一条说明，或者卷内次序。Of the order the newest counts; a withdrawn sheet names the entry it withdraws. Append-only."""

    class Sort(models.TextChoices):
        SHEET = "sheet", "纸质材料"
        REMARK = "remark", "说明"
        ORDER = "order", "卷内次序"
        WITHDRAWN = "withdrawn", "撤下纸质材料"

    volume = models.ForeignKey(Volume, on_delete=models.PROTECT, related_name="entries")
    sort = models.CharField(max_length=10, choices=Sort.choices)
    code = models.CharField("说明的事项", max_length=40, default="")
    title = models.CharField("材料名称", max_length=200, default="")
    pages = models.PositiveIntegerField("页数", default=0)
    says = models.CharField("说明", max_length=500, default="")
    order = models.JSONField("次序", default=list)
    withdraws = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="withdrawn_by")
    at = models.DateTimeField()
    by = models.UUIDField()


class VolumeItem(Recorded):
    """卷内目录的一行，封卷时写定。Pages run through documents and sheets; recordings and discs have none. Append-only."""

    class Sort(models.TextChoices):
        DOCUMENT = "document", "文书"
        SHEET = "sheet", "纸质材料"
        RECORDING = "recording", "音像资料"
        DISC = "disc", "光盘"

    volume = models.ForeignKey(Volume, on_delete=models.PROTECT, related_name="items")
    edition = models.PositiveSmallIntegerField("第几次封卷")
    place_in = models.PositiveSmallIntegerField("顺序号")
    sort = models.CharField(max_length=10, choices=Sort.choices)
    thing = models.UUIDField()
    number = models.CharField("编号", max_length=120)
    title = models.CharField("题名", max_length=300)
    responsible = models.CharField("责任者", max_length=200, default="")
    dated = models.DateTimeField("日期", null=True)
    first_page = models.PositiveIntegerField(null=True)
    last_page = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64, default="")
    sm3 = models.CharField(max_length=64, default="")
    note = models.CharField("备注", max_length=300, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["volume", "edition", "place_in"], name="volume_item_once")
        ]


class VolumeStep(Recorded):
    """案卷的一步：封卷、移交、接收、退回。`catalogue` is the digest of the catalogue the step is about. Append-only."""

    class Step(models.TextChoices):
        CLOSED = "closed", "封卷"
        SUBMITTED = "submitted", "检查并移交"
        ACCEPTED = "accepted", "接收归档"
        RETURNED = "returned", "退回"

    volume = models.ForeignKey(Volume, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=10, choices=Step.choices)
    edition = models.PositiveSmallIntegerField()
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT)
    counts = models.JSONField("件数、页数、音像、光盘", default=dict)
    catalogue = models.CharField("目录摘要", max_length=64)
    note = models.CharField("说明或者理由", max_length=500, default="")
    due_at = models.DateTimeField("退回后的期限", null=True)
    shelf = models.CharField("存放位置", max_length=200, default="")
    at = models.DateTimeField()
    by = models.UUIDField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["volume", "at"], name="volume_step_of")]


class PropertyReport(Recorded):
    """四性检测：真实、完整、可用、安全各项的结果。`report` is the whole as told in docs/formats/four-properties.md. Append-only."""

    class Moment(models.TextChoices):
        BEFORE = "before", "移交前"
        AFTER = "after", "接收后"

    volume = models.ForeignKey(Volume, on_delete=models.PROTECT, related_name="property_reports")
    moment = models.CharField(max_length=8, choices=Moment.choices)
    edition = models.PositiveSmallIntegerField()
    passed = models.BooleanField("通过")
    report = models.JSONField("报告")
    sha256 = models.CharField("报告摘要", max_length=64)
    at = models.DateTimeField()
