"""Tables of access."""

from typing import ClassVar

from django.db import models

from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.apps.registry.permission import Place


class Viewing(Recorded):
    """一次查看：谁、看哪一份、凭什么、到何时为止。The line is written before the first frame plays."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="viewings")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT)
    basis = models.CharField("依据", max_length=200)
    approval = models.CharField("审批编号", max_length=60, default="")
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["officer", "-opened_at"], name="viewing_by_officer")]


class Glimpse(Recorded):
    """一瞥：谁在哪一天看了哪一份的缩略图。A thumbnail is a frame of the footage; the first of a day has its line."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="glimpses")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT)
    day = models.DateField("日期，北京时间")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["officer", "recording", "day"], name="glimpse_once_a_day")
        ]


class Package(Recorded):
    """证据包：对什么、交给谁、为哪一件案、依哪份审批；制成以后记下它的摘要。The asking is frozen; what became of it is added."""

    class Recipient(models.TextChoices):
        COURT = "court", "人民法院"
        PROCURATORATE = "procuratorate", "人民检察院"
        SUPERVISION = "supervision", "纪检监察机关"
        JUSTICE = "justice", "司法行政机关"
        AGENCY = "agency", "其他行政机关"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    number = models.CharField("包号", max_length=60, unique=True)
    subject_kind = models.CharField(max_length=60)
    subject = models.UUIDField(db_index=True)
    title = models.CharField("内容", max_length=300)
    recipient_kind = models.CharField("接收机关的种类", max_length=16, choices=Recipient.choices)
    recipient = models.CharField("接收机关", max_length=100)
    case_number = models.CharField("案号", max_length=100)
    is_evidence = models.BooleanField("作为证据使用")
    is_sensitive = models.BooleanField("内容复杂、敏感或者易引发争议")
    asked_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="packages")
    asked_at = models.DateTimeField()

    approval = models.CharField("审批编号", max_length=60, default="")
    ordered_by = models.UUIDField(null=True)
    ordered_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, default="")
    sm3 = models.CharField(max_length=64, default="")

    FROZEN: ClassVar[tuple[str, ...]] = (
        "id", "agency_id", "unit_id", "number", "subject_kind", "subject", "title", "recipient_kind", "recipient", "case_number",
        "is_evidence", "is_sensitive", "asked_by_id", "asked_at",
    )  # fmt: skip

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset({self.asked_by_id}), self.pk)
