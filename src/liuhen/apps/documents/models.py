"""Tables of documents. A finalised document is locked; a later change is a new version with its signatures cleared."""

from typing import ClassVar

from django.db import models

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

    def words(self) -> Words:
        """By its number and all that is written in it."""
        return Words(
            kind=self.kind(), thing=self.pk, agency=self.agency_id, path=self.unit.path, at=self.made_at,
            number=self.number, title=self.title, officers=self.place().officers,
            text=joined([*(value for _, value in sorted(self.values.items())), self.made_by.name]),
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


class Print(models.Model):
    """The PDF of a finalised document: small bytes, kept with the row that names their digests."""

    document = models.OneToOneField(
        Document, on_delete=models.PROTECT, primary_key=True, related_name="printed"
    )
    content = models.BinaryField()
