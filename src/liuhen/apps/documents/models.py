"""Tables of documents. A finalised document is locked; a later change is a new version with its signatures cleared."""

from typing import ClassVar
from uuid import UUID

from django.db import models

from liuhen.apps.evidence.knowing import circle_of
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.apps.registry.permission import Place
from liuhen.apps.search.words import Words, joined
from liuhen.engines.forms.filled import stated_in
from liuhen.kernel.spans import Span


class Document(Recorded):
    """一份文书：按哪个格式、填了什么、关于什么。"""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        TO_SIGN = "to_sign", "待签名"
        FINALISED = "finalised", "已定稿"
        REPLACED = "replaced", "已被新版本取代"
        VOID = "void", "作废"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    number = models.CharField("文书编号", max_length=60, unique=True)
    form = models.CharField("格式", max_length=60)
    form_version = models.CharField(max_length=20)
    title = models.CharField("名称", max_length=100)
    subject_kind = models.CharField(max_length=60)
    subject = models.UUIDField(db_index=True)
    values = models.JSONField("内容")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.PositiveSmallIntegerField(default=1)
    earlier = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="later")
    made_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="documents")
    made_at = models.DateTimeField()
    finalised_at = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64, default="")
    sm3 = models.CharField(max_length=64, default="")

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset({self.made_by_id}), self.pk)

    @property
    def stated(self) -> Span | None:
        """From when to when what it records took place, as it says; None where it does not."""
        return stated_in(self.values)

    def circle(self) -> frozenset[UUID] | None:
        """Who alone may know of it: it tells of a recording, or of a paper that does, and is known to no more than that is."""
        about = self.subject
        if self.subject_kind == self.kind():
            first = Document.objects.filter(pk=about, subject_kind=Recording.kind()).first()
            about = first.subject if first else about
        elif self.subject_kind != Recording.kind():
            return None
        return circle_of(about)

    def words(self) -> Words:
        """By its number and all that is written in it."""
        return Words(
            kind=self.kind(), thing=self.pk, agency=self.agency_id, path=self.unit.path, at=self.made_at,
            number=self.number, title=self.title, officers=self.place().officers,
            text=joined([*(value for _, value in sorted(self.values.items())), self.made_by.name]), circle=self.circle(),
        )  # fmt: skip


class Signature(Recorded):
    """一处签名：以何身份、何人、何时、以何方式。Append-only."""

    class Means(models.TextChoices):
        SIGN = "sign", "手写签名"
        SEAL = "seal", "盖章"
        FINGERPRINT = "fingerprint", "捺指印"

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="signatures")
    role = models.CharField(max_length=30)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True)
    name = models.CharField(max_length=50)
    means = models.CharField(max_length=12, choices=Means.choices, default=Means.SIGN)
    image = models.TextField("签名图（SVG 路径）", default="")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "role", "name"], name="signature_once"),
        ]


class Content(Recorded):
    """文书要素：填写的内容在制度的词汇里说明了什么。Written whenever the document is filled; the page count when first signed."""

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="content")
    items = models.JSONField("已填各项", default=list)
    records = models.JSONField("所记录的办案内容", default=list)
    shows = models.JSONField("所表明的情形", default=list)
    step = models.CharField("审查决定的一步", max_length=40, default="")
    method = models.CharField("送达方式", max_length=40, default="")
    pages = models.PositiveSmallIntegerField("页数", null=True)


class Refusal(Recorded):
    """拒签注明：何人、以何身份没有签名，原因，由谁注明。Append-only."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="refusals")
    role = models.CharField(max_length=30)
    name = models.CharField(max_length=50)
    reason = models.CharField("原因", max_length=500)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "role", "name"], name="refusal_once"),
        ]


class Mark(Recorded):
    """文书上的印记：改动处的捺印或者盖章，或者各页的骑缝印。Append-only."""

    class Sort(models.TextChoices):
        CORRECTION = "correction", "改动处"
        STRADDLE = "straddle", "骑缝"

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="marks")
    sort = models.CharField(max_length=10, choices=Sort.choices)
    says = models.CharField("改动了什么", max_length=200, default="")
    means = models.CharField(max_length=12, choices=Signature.Means.choices, blank=True, default="")
    name = models.CharField(max_length=50, default="")
    image = models.TextField(default="")
    answers = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="answered_by")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT)
    at = models.DateTimeField()


class Voiding(Recorded):
    """文书作废：没有定稿的一份不再用了，由谁、为何。它和它上面的签名照原样留着。Append-only."""

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="voided")
    reason = models.CharField("原因", max_length=500)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT)
    at = models.DateTimeField()


class Print(models.Model):
    """The PDF of a finalised document: small bytes, kept with the row that names their digests."""

    document = models.OneToOneField(
        Document, on_delete=models.PROTECT, primary_key=True, related_name="printed"
    )
    content = models.BinaryField()
