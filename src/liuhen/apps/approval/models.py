"""Tables of approval. The chain is frozen when the request is made; opinions are append-only, and so is what a superior wrote on paper."""

from typing import ClassVar

from django.db import models

from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.apps.registry.permission import Place


class Request(Recorded):
    """一件报批的事：对什么、为什么、按哪一条、要经过谁。"""

    class State(models.TextChoices):
        PENDING = "pending", "待审批"
        APPROVED = "approved", "已同意"
        RETURNED = "returned", "已退回"
        WITHDRAWN = "withdrawn", "已撤回"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    number = models.CharField("审批编号", max_length=60, unique=True)
    purpose = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=60)
    subject = models.UUIDField(db_index=True)
    reason = models.TextField("事由")
    requester = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="requests")
    chain = models.JSONField("审批链")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset({self.requester_id}), self.pk)


class Opinion(Recorded):
    """一步审批意见：同意或退回、理由、日期。只增不改。"""

    class Answer(models.TextChoices):
        AGREE = "agree", "同意"
        RETURN = "return", "退回"

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="opinions")
    step = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=30)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT)
    answer = models.CharField(max_length=10, choices=Answer.choices)
    reason = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "step"], name="opinion_each_step_once"),
            models.UniqueConstraint(fields=["request", "officer"], name="opinion_nobody_twice"),
        ]


class SuperiorPaper(Recorded):
    """上级机关的书面批准：文号、日期、谁签、分析评估、扫描件；由一人登记，另一人对照纸质核对。只增不改。"""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="papers")
    step = models.PositiveSmallIntegerField()
    organ = models.CharField("批准机关", max_length=100)
    number = models.CharField("文号", max_length=100)
    dated = models.DateField("批准日期")
    signer = models.CharField("签署人", max_length=50)
    office = models.CharField("签署人职务", max_length=100)
    answer = models.CharField("意见", max_length=10, choices=Opinion.Answer.choices)
    assessment = models.TextField("分析评估")
    scan = models.TextField("扫描件，Base64")
    scan_type = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    entered_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    def place(self) -> Place:
        return self.request.place()


class PaperCheck(Recorded):
    """核对：第二个人对照纸质看过之后的结论。相符的，计为审批链上的这一步。只增不改。"""

    class Outcome(models.TextChoices):
        FITS = "fits", "与纸质一致"
        DIFFERS = "differs", "与纸质不符"

    paper = models.OneToOneField(SuperiorPaper, on_delete=models.PROTECT, related_name="check_row")
    outcome = models.CharField("结论", max_length=10, choices=Outcome.choices)
    reason = models.CharField("说明", max_length=500, default="", blank=True)
    by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
