"""受理登记：how work comes in (incidents, complaints, applications, leads), what became of it, and the systems that push it."""

from typing import ClassVar

from django.db import models

from liuhen.apps.casework.models.activities import Activity
from liuhen.apps.casework.models.cases import Case
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.apps.registry.permission import Place
from liuhen.apps.search.words import Words, joined


class OutsideSystem(Recorded):
    """外部系统：a 110 or case system that may push intakes. Its key is stored as a digest; `webhook` is where it is told (empty: nowhere)."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="outside_systems")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="outside_systems")
    name = models.CharField("名称", max_length=60)
    scopes = models.JSONField("可推送")
    key_digest = models.CharField(max_length=64, unique=True)
    webhook = models.CharField("告知地址", max_length=300, default="")
    enrolled_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency", "name"], name="outside_system_name")
        ]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)


class Intake(Recorded):
    """一件受理登记。Append-only: what became of it stands in its steps, what an outside system tells anew in its changes.

    `happened_at` is the moment it tells of, by which footage is looked for; `real_name` is None where the kind of intake has no such question.
    """

    class Sort(models.TextChoices):
        INCIDENT = "incident", "警情"
        COMPLAINT = "complaint", "投诉举报"
        APPLICATION = "application", "申请"
        LEAD = "lead", "依职权线索"

    class Channel(models.TextChoices):
        CALL = "call", "电话"
        VISIT = "visit", "当面"
        LETTER = "letter", "书面"
        ONLINE = "online", "网上"
        PATROL = "patrol", "巡查发现"
        ASSIGNED = "assigned", "上级交办"
        REFERRED = "referred", "其他单位移送"
        SYSTEM = "system", "系统推送"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="intakes")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="intakes")
    number = models.CharField("受理编号", max_length=60, unique=True)
    sort = models.CharField("种类", max_length=12, choices=Sort.choices)
    channel = models.CharField("来源", max_length=10, choices=Channel.choices)
    subject = models.CharField("事由", max_length=200)
    content = models.TextField("内容", default="")
    place_text = models.CharField("地点", max_length=200, default="")
    latitude = models.FloatField("纬度", null=True)
    longitude = models.FloatField("经度", null=True)
    person = models.CharField("来人", max_length=100, default="")
    contact = models.CharField("联系方式", max_length=100, default="")
    real_name = models.BooleanField("实名", null=True)
    happened_at = models.DateTimeField("所述时间", null=True)
    received_at = models.DateTimeField("收到时间")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, related_name="intakes")
    system = models.ForeignKey(OutsideSystem, on_delete=models.PROTECT, null=True, related_name="intakes")
    outside_number = models.CharField("来文编号", max_length=100, default="")
    sha256 = models.CharField("来文摘要", max_length=64, default="")
    at = models.DateTimeField("登记时间")
    by = models.UUIDField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["system", "outside_number"], name="intake_once_a_number")
        ]
        indexes: ClassVar = [
            models.Index(fields=["agency", "-received_at", "-id"], name="intake_newest"),
            models.Index(fields=["unit", "-received_at", "-id"], name="intake_newest_of_unit"),
        ]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(filter(None, [self.officer_id])), self.pk)

    def words(self) -> Words:
        return Words(
            kind=self.kind(), thing=self.pk, agency=self.agency_id, path=self.unit.path, at=self.received_at, number=self.number,
            title=self.subject, officers=self.place().officers,
            text=joined([self.content, self.place_text, self.person, self.outside_number, self.get_sort_display()]),
        )  # fmt: skip


class IntakeChange(Recorded):
    """来文变更：an outside system told other content under a number that was in already. Kept beside it, never instead of it. Append-only."""

    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="changes")
    content = models.JSONField("后来的内容")
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["intake", "sha256"], name="intake_change_once")
        ]


class IntakeStep(Recorded):
    """受理登记的一步：what was done with it, when, and the case or activity it led to. Append-only."""

    class Sort(models.TextChoices):
        DISPATCHED = "dispatched", "派警"
        ARRIVED = "arrived", "到达现场"
        LEFT = "left", "离开现场"
        PLANNED = "planned", "登记现场活动"
        OPENED = "opened", "启动执法事项"
        HANDLED = "handled", "处置完毕"
        INVALID = "invalid", "无效警情"
        NO_DISPATCH = "no_dispatch", "未出警"
        NO_SCENE = "no_scene", "无现场"
        QUICK_CLAIM = "quick_claim", "快速理赔"
        TRANSFERRED = "transferred", "转送有权机关"
        TOLD = "told", "告知本人"
        COMPARED = "compared", "核对来文变更"

    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="steps")
    sort = models.CharField("一步", max_length=12, choices=Sort.choices)
    says = models.CharField("说明", max_length=500, default="")
    happened_at = models.DateTimeField("时间")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="intake_steps")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, null=True, related_name="intake_steps")
    change = models.ForeignKey(IntakeChange, on_delete=models.PROTECT, null=True, related_name="steps")
    outside_key = models.CharField("来文编号", max_length=100, default="")
    at = models.DateTimeField("登记时间")
    by = models.UUIDField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["intake", "outside_key"],
                condition=~models.Q(outside_key=""),
                name="intake_step_once_a_key",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["intake", "happened_at"], name="intake_step_in_order")]


class SystemNotice(Recorded):
    """告知外部系统：how one telling of a step went; empty `trouble` means it was taken. Append-only."""

    step = models.ForeignKey(IntakeStep, on_delete=models.PROTECT, related_name="notices")
    trouble = models.CharField(max_length=300, default="")
    at = models.DateTimeField()
