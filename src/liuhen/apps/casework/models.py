"""Tables of casework: cases, activities with their recording obligation, interruptions, exemptions, links."""

from typing import ClassVar

from django.db import models

from liuhen.apps.devices.models import Device
from liuhen.apps.documents.models import Document
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.apps.registry.permission import Place
from liuhen.apps.search.words import Words, joined
from liuhen.kernel.spans import Span


class Case(Recorded):
    """执法事项（案件）。"""

    class Category(models.TextChoices):
        PERMIT = "permit", "行政许可"
        PENALTY = "penalty", "行政处罚"
        COERCION = "coercion", "行政强制"
        INSPECTION = "inspection", "行政检查"
        CHARGING = "charging", "行政收费"
        OTHER = "other", "其他"

    class Stage(models.TextChoices):
        INTAKE = "intake", "启动"
        INVESTIGATION = "investigation", "调查取证"
        REVIEW = "review", "审查决定"
        SERVICE = "service", "送达执行"
        CONCLUDED = "concluded", "终结"
        ARCHIVED = "archived", "归档"
        NOT_STARTED = "not_started", "不启动"

    class Start(models.TextChoices):
        EX_OFFICIO = "ex_officio", "依职权"
        ON_APPLICATION = "on_application", "依申请"
        ON_COMPLAINT = "on_complaint", "投诉举报"
        ON_INCIDENT = "on_incident", "接处警"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="cases")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="cases")
    number = models.CharField("案号", max_length=60, unique=True)
    category = models.CharField("类别", max_length=12, choices=Category.choices)
    start_mode = models.CharField("启动方式", max_length=16, choices=Start.choices)
    cause = models.CharField("案由", max_length=200)
    place_text = models.CharField("地点", max_length=200, default="")
    party = models.CharField("当事人", max_length=100, default="")
    stage = models.CharField("环节", max_length=16, choices=Stage.choices, default=Stage.INTAKE)
    opened_at = models.DateTimeField("启动时间")
    concluded_at = models.DateTimeField("终结时间", null=True)
    archived_at = models.DateTimeField("归档时间", null=True)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="cases")
    second_officer = models.ForeignKey(
        Officer, on_delete=models.PROTECT, null=True, related_name="seconded_cases"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["agency", "-opened_at", "-id"], name="case_newest"),
            models.Index(fields=["unit", "-opened_at", "-id"], name="case_newest_of_unit"),
        ]

    def place(self) -> Place:
        officers = frozenset(filter(None, [self.officer_id, self.second_officer_id]))
        return Place(self.agency_id, self.unit.path, officers, self.pk)

    def words(self) -> Words:
        officers = [officer.name for officer in (self.officer, self.second_officer) if officer]
        return Words(
            kind=self.kind(), thing=self.pk, agency=self.agency_id, path=self.unit.path, at=self.opened_at,
            number=self.number, title=self.cause, officers=self.place().officers,
            text=joined([self.party, self.place_text, *officers, self.get_category_display()]),
        )  # fmt: skip


class StageChange(Recorded):
    """一次环节变更。Append-only."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="stage_changes")
    before = models.CharField(max_length=16)
    after = models.CharField(max_length=16)
    note = models.CharField(max_length=500, default="")
    at = models.DateTimeField()
    by = models.UUIDField()


class ContentEntry(Recorded):
    """一项办案内容的登记：已在别处记录、没有发生、发生了某种情形，或者收回前一登记。Append-only; the newest of a code holds."""

    class Answer(models.TextChoices):
        RECORDED = "recorded", "已记录"
        ABSENT = "absent", "没有发生"
        OCCURRED = "occurred", "发生"
        OPEN = "open", "待登记"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="content_entries")
    code = models.CharField("内容", max_length=40)
    answer = models.CharField(max_length=10, choices=Answer.choices)
    note = models.CharField("说明", max_length=500, default="")
    at = models.DateTimeField()
    by = models.UUIDField()


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


class Link(Recorded):
    """关联：哪段音像属于哪次活动、以何身份、谁凭什么关联。Append-only."""

    class Part(models.TextChoices):
        WHOLE = "whole", "全段"
        SEGMENT = "segment", "部分"
        CONTEXT = "context", "背景"

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="links")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="links")
    part = models.CharField(max_length=10, choices=Part.choices, default=Part.WHOLE)
    is_evidence = models.BooleanField("作为证据", default=False)
    reasons = models.JSONField("依据", default=list)
    at = models.DateTimeField()
    by = models.UUIDField()

    def place(self) -> Place:
        return self.recording.place()


class LinkSpan(Recorded):
    """关联片段：只有一部分属于这次活动的，是原件里的哪一段，从头算起的秒数。Append-only."""

    link = models.OneToOneField(Link, on_delete=models.PROTECT, related_name="span")
    begins = models.FloatField("起，秒")
    ends = models.FloatField("止，秒")


class Unlinking(Recorded):
    """解除关联：一人提出并写明理由，另一人同意。The link stays where it is, ended. Append-only."""

    link = models.OneToOneField(Link, on_delete=models.PROTECT, related_name="unlinking")
    reason = models.TextField("理由")
    approval = models.CharField("审批编号", max_length=60)
    at = models.DateTimeField()


class NoCase(Recorded):
    """无案说明：一段音像为何不属于任何现场活动。Linking it later still counts. Append-only; one for each recording."""

    class Why(models.TextChoices):
        TEST = "test", "试录、培训或者演练"
        MISTAKE = "mistake", "误录，没有执法内容"
        NOTHING = "nothing", "到场后没有发生执法活动"
        REFUSED = "refused", "制度不接受的设备摄录"
        OTHER = "other", "其他"

    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="no_case")
    why = models.CharField("情形", max_length=10, choices=Why.choices)
    reason = models.TextField("理由")
    at = models.DateTimeField()
    by = models.UUIDField()

    def place(self) -> Place:
        return self.recording.place()


class AbsenceNote(Recorded):
    """对一项应有未有的说明：缺的是什么、查明的结果、理由。Append-only; one for each thing that is absent.

    The absence itself is computed anew each time; `says` keeps how it read when it was explained.
    """

    class Outcome(models.TextChoices):
        EXPLAINED = "explained", "已说明"
        ELSEWHERE = "elsewhere", "另有保存"
        LOST = "lost", "确已缺失"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    absence = models.UUIDField("应有未有", unique=True)
    cause = models.CharField("情形", max_length=20)
    says = models.TextField("当时的所见")
    outcome = models.CharField("结果", max_length=10, choices=Outcome.choices)
    reason = models.TextField("理由")
    at = models.DateTimeField()
    by = models.UUIDField()

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)


class AbsenceTally(models.Model):
    """应有未有的数目：一个部门在最近一次比对时还有几项没有说明。Overwritten at each comparison: for the desk, never evidence."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE)
    unit = models.OneToOneField(Unit, on_delete=models.CASCADE)
    open = models.PositiveIntegerField("还没有说明的项数")
    at = models.DateTimeField("比对时间")


class OutwardHandover(Recorded):
    """上报关联：交给上级平台的一份清单，列出每段音像的编号、摘要、活动和案件。Append-only; the list goes out as it stands here."""

    class Way(models.TextChoices):
        FILE = "file", "清单文件"
        LINE = "line", "联网接口"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    number = models.CharField("上报编号", max_length=60, unique=True)
    platform = models.CharField("上级平台", max_length=100)
    way = models.CharField("方式", max_length=6, choices=Way.choices)
    count = models.PositiveIntegerField("段数")
    manifest = models.TextField("签名的清单")
    at = models.DateTimeField()
    by = models.UUIDField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["agency", "-at", "-id"], name="outward_newest")]

    def place(self) -> Place:
        return Place(self.agency_id, "/", frozenset(), self.pk)


class OutwardItem(Recorded):
    """清单中的一段音像。Append-only; a recording is handed over once, and its list can be sent again as often as needed."""

    handover = models.ForeignKey(OutwardHandover, on_delete=models.PROTECT, related_name="items")
    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="outward")

    def place(self) -> Place:
        return self.recording.place()


class OutwardReference(Recorded):
    """上级平台编号：平台收下一段音像之后给出的编号，登记的或者接口收到的。Append-only; the first one stands."""

    class Way(models.TextChoices):
        ENTERED = "entered", "登记"
        RECEIVED = "received", "接口收到"

    item = models.OneToOneField(OutwardItem, on_delete=models.PROTECT, related_name="reference")
    reference = models.CharField("平台编号", max_length=100)
    way = models.CharField("方式", max_length=10, choices=Way.choices)
    given_at = models.DateTimeField("平台给出的时间")
    at = models.DateTimeField()
    by = models.UUIDField()


class OutwardTry(Recorded):
    """一次联网上报：何时、平台怎样回答；没有送成的，是什么原因。Append-only."""

    handover = models.ForeignKey(OutwardHandover, on_delete=models.PROTECT, related_name="tries")
    trouble = models.CharField("没有送成的原因", max_length=300, default="")
    at = models.DateTimeField()
