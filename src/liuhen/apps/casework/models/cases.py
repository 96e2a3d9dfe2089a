"""执法事项：stages, contents and handovers."""

from typing import ClassVar
from uuid import UUID

from django.db import models

from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.apps.registry.permission import Place
from liuhen.apps.search.words import Words, joined


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
        TRANSFERRED = "transferred", "移送"

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


class CaseHandover(Recorded):
    """交接登记：一件执法事项的材料、物品或者承办责任从一方交给另一方，双方在同一份清单上签名。Append-only.

    `things` is the list as both sign it: of what a digest exists, the digest stands in it. Without signatures it is only prepared;
    signed by the giver alone it is on its way; whose it is changes when the receiver signs.
    """

    class Point(models.TextChoices):
        DISPATCH = "dispatch", "接处警"
        ACCEPTANCE = "acceptance", "受案、立案或者不予受理、不予立案"
        OFFICER_CHANGE = "officer_change", "回避、办案人员变动"
        EVIDENCE = "evidence", "调查取证"
        MEASURE = "measure", "采取强制措施"
        COOPERATION = "cooperation", "办案协作"
        TRANSFER = "transfer", "移交、移送"
        REVIEW = "review", "案审"
        OTHER = "other", "其他交接"
        TO_LEGAL = "to_legal", "案卷送法制部门"
        EXTERNAL = "external", "与法院、检察院等外单位"
        WITH_PARTY = "with_party", "与当事人、受委托单位"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="handovers")
    number = models.CharField("交接编号", max_length=60, unique=True)
    point = models.CharField("交接环节", max_length=16, choices=Point.choices)
    giver = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="handovers_given")
    receiver = models.ForeignKey(
        Officer, on_delete=models.PROTECT, null=True, related_name="handovers_received"
    )
    outside = models.CharField("外单位或者当事人", max_length=120, default="")
    things = models.JSONField("清单")
    note = models.CharField("说明", max_length=500, default="")
    at = models.DateTimeField("制作时间")
    by = models.UUIDField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["case", "at"], name="handover_of_case"),
            models.Index(fields=["receiver", "-at"], name="handover_of_receiver"),
        ]

    @property
    def agency_id(self) -> UUID:
        return self.case.agency_id

    @property
    def receiving(self) -> str:
        """Who receives, as people read it."""
        return self.receiver.name if self.receiver else self.outside

    def place(self) -> Place:
        officers = frozenset(filter(None, [self.giver_id, self.receiver_id]))
        return Place(self.case.agency_id, self.case.unit.path, officers, self.pk)


class HandoverSignature(Recorded):
    """一方在交接清单上的签名，或者不予接收及其理由。`seen` is the digest of the list he signed. Append-only; each side answers once."""

    class Side(models.TextChoices):
        GIVER = "giver", "移交经办人"
        RECEIVER = "receiver", "接收经办人"

    handover = models.ForeignKey(CaseHandover, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=8, choices=Side.choices)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True)
    name = models.CharField("签名", max_length=50)
    image = models.TextField("笔迹", default="")
    seen = models.CharField("清单摘要", max_length=64)
    refused = models.CharField("不予接收的理由", max_length=500, default="")
    at = models.DateTimeField()
    by = models.UUIDField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handover", "side"], name="handover_signed_once_a_side")
        ]


class Recusal(Recorded):
    """回避：whose, asked by whom and why. Append-only; until it is decided nothing changes."""

    class Asked(models.TextChoices):
        SELF = "self", "自行回避"
        PARTY = "party", "当事人申请"
        OFFICE = "office", "机关提出"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="recusals")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="recusals")
    asked = models.CharField("怎样提出", max_length=8, choices=Asked.choices)
    reason = models.CharField("理由", max_length=500)
    at = models.DateTimeField("提出时间")
    by = models.UUIDField()

    def place(self) -> Place:
        whole = self.case.place()
        return Place(whole.agency, whole.path, whole.officers, self.pk)


class RecusalDecision(Recorded):
    """回避决定：by another than the officer concerned. Append-only; one for each."""

    recusal = models.OneToOneField(Recusal, on_delete=models.PROTECT, related_name="decision")
    agreed = models.BooleanField("回避")
    reason = models.CharField("理由", max_length=500)
    at = models.DateTimeField("决定时间")
    by = models.UUIDField()


class CaseParty(Recorded):
    """案件中的人：当事人和其他人，何时由谁登记。One entered wrongly is struck out with a reason and stays; nothing else of it changes."""

    class Role(models.TextChoices):
        PARTY = "party", "当事人"
        APPLICANT = "applicant", "申请人"
        COMPLAINANT = "complainant", "投诉举报人"
        VICTIM = "victim", "被侵害人"
        THIRD = "third", "第三人"
        AGENT = "agent", "代理人"
        GUARDIAN = "guardian", "法定代理人"
        WITNESS = "witness", "证人"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parties")
    role = models.CharField("身份", max_length=12, choices=Role.choices)
    name = models.CharField("姓名或者名称", max_length=100)
    note = models.CharField("说明", max_length=200, default="")
    at = models.DateTimeField("登记时间")
    by = models.UUIDField()
    struck_at = models.DateTimeField("撤销时间", null=True)
    struck_by = models.UUIDField(null=True)
    struck_why = models.CharField("撤销的原因", max_length=200, default="")

    FROZEN: ClassVar[tuple[str, ...]] = ("id", "case_id", "role", "name", "note", "at", "by")

    def place(self) -> Place:
        whole = self.case.place()
        return Place(whole.agency, whole.path, whole.officers, self.pk)
