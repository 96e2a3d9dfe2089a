"""Tables of oversight."""

from typing import ClassVar

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import StrIndex, Substr

from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.apps.registry.permission import Place


class Finding(Recorded):
    """合规结论：一条规定对一件事的现行结论。Each change is a line; the line says what it was before.

    `pack` (key@version) is the version under which it was judged; later versions that say the same leave it.
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    subject_kind = models.CharField(max_length=60)
    subject = models.UUIDField()
    rule = models.CharField(max_length=80)
    rule_kind = models.CharField(max_length=40)
    pack = models.CharField(max_length=80)
    clause = models.CharField(max_length=40)
    regulation = models.CharField(max_length=120)
    article = models.CharField(max_length=60)
    verdict = models.CharField(max_length=10)
    asks = models.TextField("条文要求")
    reason = models.TextField("理由")
    mend = models.TextField("如何补正", default="")
    turns_at = models.DateTimeField("何时转变", null=True, db_index=True)
    facts = models.JSONField("所依事实")
    judged_at = models.DateTimeField()

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, thing=self.pk)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "pack", "rule"], name="finding_once"),
            models.UniqueConstraint(
                "subject",
                Substr("pack", 1, StrIndex("pack", Value("@"))),
                "rule",
                condition=~Q(verdict="不适用"),
                name="finding_once_in_force",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agency", "verdict", "-judged_at"], name="finding_by_verdict"),
            models.Index(fields=["unit", "verdict", "-judged_at"], name="finding_of_unit_by_verdict"),
        ]


class Round(Recorded):
    """全面重判：制度变动之后，本机关的全部事项逐批再判一遍；判到哪里，随时可查、可续。"""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="rounds")
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    part = models.CharField("正判的一类", max_length=20)
    after = models.UUIDField("已判到", null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)


class Examination(Recorded):
    """监督检查：督察、监督、考评、督促整改。查谁、哪一段时间、哪一类、怎样选取、何时办完。

    `frame` is everything that could be drawn, one id a line in ascending order, laid down before the seed exists; see
    docs/formats/sample.md. Only what comes of it changes: the drawing and the end, each with its line.
    """

    class Kind(models.TextChoices):
        INSPECTION = "inspection", "督察"
        SUPERVISION = "supervision", "执法监督"
        ASSESSMENT = "assessment", "考评"
        CORRECTION = "correction", "督促整改"

    class Method(models.TextChoices):
        RANDOM = "random", "随机抽取"
        TARGETED = "targeted", "指定查看"

    class Of(models.TextChoices):
        RECORDING = "recording", "音像资料"
        ACTIVITY = "activity", "现场活动"
        CASE = "case", "执法事项"
        DOCUMENT = "document", "文书"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    number = models.CharField("编号", max_length=60, unique=True)
    kind_of_check = models.CharField("种类", max_length=12, choices=Kind.choices)
    method = models.CharField("选取", max_length=10, choices=Method.choices)
    of = models.CharField("查什么", max_length=10, choices=Of.choices)
    title = models.CharField("事由", max_length=200)
    reason = models.TextField("指定查看的理由", default="")
    since = models.DateTimeField("自")
    until = models.DateTimeField("至")
    frame = models.TextField("可抽的全部")
    frame_digest = models.CharField(max_length=64)
    frame_count = models.PositiveIntegerField("可抽的件数")
    size = models.PositiveIntegerField("抽取件数")
    due_at = models.DateTimeField("应办结时间")
    planned_by = models.UUIDField()
    planned_at = models.DateTimeField()

    checkpoint_size = models.BigIntegerField("作种子的检查点", null=True)
    root = models.CharField(max_length=64, default="")
    drawn_at = models.DateTimeField("抽取时间", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.UUIDField(null=True)
    entered = models.JSONField("结果已记入", default=list)
    summary = models.TextField("结果", default="")

    FROZEN: ClassVar[tuple[str, ...]] = (
        "id", "agency_id", "unit_id", "number", "kind_of_check", "method", "of", "title", "reason", "since", "until",
        "frame", "frame_digest", "frame_count", "size", "due_at", "planned_by", "planned_at",
    )  # fmt: skip

    class Meta:
        indexes: ClassVar = [models.Index(fields=["agency", "-planned_at", "-id"], name="examination_newest")]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)


class Drawn(Recorded):
    """抽中的一件，按次序。`key` is the value it was ordered by; empty where a person chose it. Append-only."""

    examination = models.ForeignKey(Examination, on_delete=models.PROTECT, related_name="drawn")
    order = models.PositiveIntegerField("次序")
    subject = models.UUIDField(db_index=True)
    key = models.CharField(max_length=64, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["examination", "subject"], name="drawn_once")
        ]


class Score(Recorded):
    """一件在一项上的评定。Append-only; the newest of an item holds."""

    class Answer(models.TextChoices):
        PASS = "pass", "合格"
        FAIL = "fail", "不合格"
        ABSENT = "absent", "不适用"

    drawn = models.ForeignKey(Drawn, on_delete=models.PROTECT, related_name="scores")
    code = models.CharField("评分项", max_length=40)
    label = models.CharField(max_length=100)
    answer = models.CharField(max_length=8, choices=Answer.choices)
    note = models.CharField("说明", max_length=500, default="")
    at = models.DateTimeField()
    by = models.UUIDField()


class Remark(Recorded):
    """检查意见：指出的问题，或者表扬；指到一段音像的某一秒和一条规定。Append-only."""

    class Sort(models.TextChoices):
        PROBLEM = "problem", "问题"
        PRAISE = "praise", "表扬"

    examination = models.ForeignKey(Examination, on_delete=models.PROTECT, related_name="remarks")
    drawn = models.ForeignKey(Drawn, on_delete=models.PROTECT, null=True, related_name="remarks")
    sort = models.CharField(max_length=8, choices=Sort.choices)
    says = models.TextField("意见")
    second = models.FloatField("音像的第几秒", null=True)
    clause = models.CharField(max_length=40, default="")
    regulation = models.CharField(max_length=120, default="")
    article = models.CharField(max_length=60, default="")
    due_at = models.DateTimeField("整改期限", null=True)
    at = models.DateTimeField()
    by = models.UUIDField()


class Reply(Recorded):
    """对一条检查意见的往来：整改答复、申诉，和检查一方的认可、退回、撤销。Append-only."""

    class Sort(models.TextChoices):
        ANSWERED = "answered", "整改答复"
        APPEALED = "appealed", "申诉"
        ACCEPTED = "accepted", "认可"
        RETURNED = "returned", "退回"
        LIFTED = "lifted", "撤销意见"

    remark = models.ForeignKey(Remark, on_delete=models.PROTECT, related_name="replies")
    sort = models.CharField(max_length=10, choices=Sort.choices)
    says = models.TextField()
    at = models.DateTimeField()
    by = models.UUIDField()


class LiabilityFact(Recorded):
    """责任事实：有人陈述或者检查查明的一件事，连同条款和证据。It lists; whether anybody is liable, people with the power decide.

    Only where it stands changes, with its line; whatever is added later stands in `LiabilityStep`.
    """

    class State(models.TextChoices):
        STATED = "stated", "已陈述"
        ANSWERED = "answered", "已申辩"
        REFERRED = "referred", "已移送"
        CLOSED = "closed", "已办结"

    class Source(models.TextChoices):
        STATEMENT = "statement", "有人陈述"
        REMARK = "remark", "检查意见"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True)
    number = models.CharField("编号", max_length=60, unique=True)
    acts = models.JSONField("情形")
    says = models.TextField("事实")
    deliberate = models.BooleanField("出于故意", null=True)
    consequence = models.BooleanField("造成后果", null=True)
    source = models.CharField("来源", max_length=10, choices=Source.choices)
    remark = models.ForeignKey(Remark, on_delete=models.PROTECT, null=True)
    stated_by = models.UUIDField()
    stated_at = models.DateTimeField()

    state = models.CharField(max_length=10, choices=State.choices, default=State.STATED)
    closed_at = models.DateTimeField("办结时间", null=True)

    FROZEN: ClassVar[tuple[str, ...]] = (
        "id", "agency_id", "unit_id", "officer_id", "number", "acts", "says", "deliberate", "consequence", "source",
        "remark_id", "stated_by", "stated_at",
    )  # fmt: skip

    class Meta:
        indexes: ClassVar = [models.Index(fields=["agency", "-stated_at", "-id"], name="liability_newest")]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(filter(None, [self.officer_id])), self.pk)


class LiabilityStep(Recorded):
    """责任事实办理的一步：补充一项、申辩、移送、办结。Append-only; of each part the newest holds."""

    class Sort(models.TextChoices):
        ADDED = "added", "补充"
        ANSWERED = "answered", "申辩"
        REFERRED = "referred", "移送"
        CLOSED = "closed", "办结"

    fact = models.ForeignKey(LiabilityFact, on_delete=models.PROTECT, related_name="steps")
    sort = models.CharField(max_length=10, choices=Sort.choices)
    part = models.CharField("补充的是哪一项", max_length=20, default="")
    answer = models.BooleanField("是否", null=True)
    says = models.TextField()
    at = models.DateTimeField()
    by = models.UUIDField()


class Training(Recorded):
    """教育培训：应于何时办、何时办的、谁讲、谁参加、结果。What was planned never changes."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    title = models.CharField("内容", max_length=200)
    due_at = models.DateTimeField("应办时间")
    planned_by = models.UUIDField()
    planned_at = models.DateTimeField()
    held_at = models.DateTimeField("办理时间", null=True)
    trainer = models.CharField("讲授人", max_length=100, default="")
    attendees = models.TextField("参加人员", default="")
    result = models.TextField("结果", default="")
    held_by = models.UUIDField(null=True)

    FROZEN: ClassVar[tuple[str, ...]] = (
        "id", "agency_id", "unit_id", "title", "due_at", "planned_by", "planned_at",
    )  # fmt: skip

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)


class UnitRule(Recorded):
    """管理制度：机关或者部门自己订立的制度、清单、指引和报备，从何时起、至何时止。Only its end changes."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    code = models.CharField("种类", max_length=40)
    title = models.CharField("名称", max_length=200)
    issue_number = models.CharField("文号", max_length=100, default="")
    text = models.TextField("正文或者存放处")
    since = models.DateTimeField("施行时间")
    entered_by = models.UUIDField()
    entered_at = models.DateTimeField()
    until = models.DateTimeField("终止时间", null=True)

    FROZEN: ClassVar[tuple[str, ...]] = (
        "id", "agency_id", "unit_id", "code", "title", "issue_number", "text", "since", "entered_by", "entered_at",
    )  # fmt: skip

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)


class StatisticsReport(Recorded):
    """统计报告：为某一方面的运用，把一段时间的各项数字照当时所见固定下来。Append-only."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    use = models.CharField("用于", max_length=20)
    since = models.DateTimeField("自")
    until = models.DateTimeField("至")
    figures = models.JSONField("各项数字")
    says = models.TextField("分析")
    made_by = models.UUIDField()
    made_at = models.DateTimeField()

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)


class Escalation(Recorded):
    """逾期上报：一件等某人办的事过了期限，报给了哪一位上级。Append-only; each superior is told of it once."""

    class Sort(models.TextChoices):
        APPROVAL = "approval", "审批"
        FINDING = "finding", "不符合"
        LOAN = "loan", "归还设备"
        REMARK = "remark", "整改"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    sort = models.CharField("事项", max_length=10, choices=Sort.choices)
    subject_kind = models.CharField(max_length=60)
    subject = models.UUIDField()
    number = models.CharField("编号", max_length=120)
    says = models.CharField("情况", max_length=300)
    late = models.CharField("应办的人", max_length=300)
    since = models.DateTimeField("从何时起等办")
    level = models.PositiveSmallIntegerField("第几次上报")
    told = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    role = models.CharField("上级职务", max_length=30)
    at = models.DateTimeField("上报时间")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject", "sort", "since", "level"], name="escalation_each_level_once"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["told", "-at"], name="escalation_told")]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset({self.told_id}), self.pk)
