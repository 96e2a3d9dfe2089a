"""现场活动：who takes part, what was declared, what interrupts or excuses a recording."""

from typing import ClassVar

from django.db import models

from liuhen.apps.casework.models.cases import Case
from liuhen.apps.devices.models import Device
from liuhen.apps.documents.models import Document
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.apps.registry.permission import Place
from liuhen.apps.search.words import Words, joined
from liuhen.kernel.spans import Span


class Activity(Recorded):
    """现场活动：类型、地点、起止、标记，以及记录义务办到哪一步。"""

    class State(models.TextChoices):
        PLANNED = "planned", "待开始"
        UNDER_WAY = "under_way", "进行中"
        ENDED = "ended", "已结束"
        CLOSED = "closed", "已办结"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="activities")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="activities")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="activities")
    number = models.CharField("活动编号", max_length=60, unique=True)
    activity_type = models.CharField("类型", max_length=60)
    subject = models.CharField("事由", max_length=200)
    place_text = models.CharField("地点", max_length=200, default="")
    latitude = models.FloatField("纬度", null=True)
    longitude = models.FloatField("经度", null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    planned_at = models.DateTimeField("计划时间")
    arrived_at = models.DateTimeField("到达时间", null=True)
    started_at = models.DateTimeField("开始时间", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    left_at = models.DateTimeField("离开时间", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    suspect_brought_back = models.BooleanField("带回违法嫌疑人", null=True)
    case_area_entry_at = models.DateTimeField("进入办案区时间", null=True)
    case_area_left_at = models.DateTimeField("离开办案区时间", null=True)
    flags = models.JSONField("标记", default=list)
    acts = models.JSONField("须告知的行为", default=list)
    carriers = models.PositiveSmallIntegerField("携带设备人数", null=True)
    shortfall_reason = models.CharField("设备不足的说明", max_length=500, default="")
    not_recorded_reason = models.CharField("不录的说明", max_length=500, default="")
    announced = models.BooleanField("已告知", null=True)
    not_announced_reason = models.CharField("未告知的说明", max_length=500, default="")
    objected = models.BooleanField("当事人提出异议", null=True)
    objection_explained = models.BooleanField("已说明", null=True)
    stopped_on_objection = models.BooleanField("因异议停录", null=True)
    checklist = models.JSONField("摄录内容", default=list)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["agency", "-planned_at", "-id"], name="activity_newest"),
            models.Index(fields=["unit", "-planned_at", "-id"], name="activity_newest_of_unit"),
            models.Index(fields=["agency", "arrived_at"], name="activity_by_arrival"),
            models.Index(fields=["agency", "started_at"], name="activity_by_start"),
            models.Index(fields=["agency", "ended_at"], name="activity_by_end"),
        ]

    def place(self) -> Place:
        officers = frozenset(self.members.values_list("officer_id", flat=True))
        return Place(self.agency_id, self.unit.path, officers, self.pk)

    def words(self) -> Words:
        """By its number, what and where it was, who took part, and every note and reason entered about it."""
        members = {member.officer_id: member.officer.name for member in self.members.all()}
        claims = [part for e in Exemption.objects.filter(activity=self) for part in (e.reason, e.basis)]
        notes = [self.shortfall_reason, self.not_recorded_reason, self.not_announced_reason, *claims]
        return Words(
            kind=self.kind(), thing=self.pk, agency=self.agency_id, path=self.unit.path, at=self.planned_at,
            number=self.number, title=self.subject, officers=frozenset(members),
            text=joined([self.place_text, *sorted(members.values()), *notes]),
        )  # fmt: skip


class Member(Recorded):
    """参加活动的执法人员。"""

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="members")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="memberships")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["activity", "officer"], name="member_once")]


class Declaration(Recorded):
    """摄录申报：现场声明正在用哪台设备记录；文件其后送到。Append-only."""

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="declarations")
    device = models.ForeignKey(Device, on_delete=models.PROTECT)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["activity", "device"], name="declared_once")]


class Interruption(Recorded):
    """记录中断：哪一段、何因、恢复时有无语音说明、报告、书面说明。"""

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="interruptions")
    start = models.DateTimeField()
    end = models.DateTimeField()
    cause = models.CharField(max_length=30)
    resumed = models.BooleanField(null=True)
    voice_explained = models.BooleanField(null=True)
    reported_at = models.DateTimeField(null=True)
    fault_confirmed = models.BooleanField(null=True)
    statement = models.ForeignKey(Document, on_delete=models.PROTECT, null=True)
    entered_at = models.DateTimeField()
    entered_by = models.UUIDField()

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    def place(self) -> Place:
        return self.activity.place()


class Exemption(Recorded):
    """不予记录的主张：情形、原因、依据、工作记录。"""

    activity = models.OneToOneField(Activity, on_delete=models.PROTECT, related_name="exemption")
    code = models.CharField(max_length=40)
    reason = models.TextField("原因")
    basis = models.TextField("依据")
    entered_at = models.DateTimeField()
    entered_by = models.UUIDField()

    def place(self) -> Place:
        return self.activity.place()
