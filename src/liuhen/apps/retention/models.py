"""Tables of retention."""

from typing import ClassVar

from django.db import models

from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.apps.registry.permission import Place


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


class Hold(Recorded):
    """暂缓处置：因复议、诉讼、信访等未终结，一段音像、一次活动或者一件案件的音像不得销毁。Append-only.

    Several may stand at once; each ends by its own release and by nothing else.
    """

    class Matter(models.TextChoices):
        RECONSIDERATION = "reconsideration", "行政复议"
        LITIGATION = "litigation", "诉讼"
        PETITION = "petition", "信访"
        SUPERVISION = "supervision", "督察或者纪检"
        OTHER = "other", "其他"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="holds")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    number = models.CharField("暂缓编号", max_length=60, unique=True)
    subject_kind = models.CharField(max_length=60)
    subject = models.UUIDField(db_index=True)
    subject_number = models.CharField("对象编号", max_length=120)
    matter = models.CharField("事项", max_length=16, choices=Matter.choices)
    reference = models.CharField("案号或者登记号", max_length=120)
    authority = models.CharField("决定或者受理的机关", max_length=120)
    reason = models.TextField("事由")
    placed_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="placed_holds")
    placed_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["agency", "-placed_at", "-id"], name="hold_newest")]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset({self.placed_by_id}), self.pk)


class HoldRelease(Recorded):
    """终结：一项暂缓因何终结、依哪份审批。Append-only; one for each hold."""

    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="release")
    reason = models.TextField("终结的事由")
    approval = models.CharField("审批编号", max_length=60)
    at = models.DateTimeField()


class Shortening(Recorded):
    """拟缩短：一段音像的保存期限依现有事实可以缩短，经第二人批准之后才生效。What is proposed is frozen."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="shortenings")
    before_rank = models.CharField(max_length=12)
    before_until = models.DateTimeField(null=True)
    until = models.DateTimeField("缩短至")
    reason = models.TextField("事由")
    proposed_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approval = models.CharField("审批编号", max_length=60, default="")
    applied_at = models.DateTimeField(null=True)

    FROZEN: ClassVar[tuple[str, ...]] = (
        "id", "recording_id", "before_rank", "before_until", "until", "reason", "proposed_by_id", "proposed_at",
    )  # fmt: skip

    def place(self) -> Place:
        return self.recording.place()


class KeepingDecision(Recorded):
    """逐件决定：规定没有写明期限的，负责人决定保存到何时。Append-only; the latest date ever decided binds."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="keeping_decisions")
    until = models.DateTimeField("保存至")
    reason = models.TextField("理由")
    by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
