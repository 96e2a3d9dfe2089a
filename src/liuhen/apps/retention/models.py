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


class DisposalList(Recorded):
    """销毁清单：保存期限已届满、拟销毁的一批音像。What was drawn is frozen; what became of it is added step by step."""

    class State(models.TextChoices):
        ASKED = "asked", "待核对批准"
        RETURNED = "returned", "已退回"
        APPROVED = "approved", "待执行"
        RUNNING = "running", "执行中"
        ASIDE = "aside", "恢复期"
        CALLED_OFF = "called_off", "已撤回"
        DONE = "done", "已销毁"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="disposal_lists")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    number = models.CharField("清单编号", max_length=60, unique=True)
    cutoff = models.DateTimeField("届满早于")
    count = models.PositiveIntegerField("段数")
    size = models.BigIntegerField("字节数")
    sha256 = models.CharField("清单的摘要", max_length=64)
    drawn_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="drawn_lists")
    drawn_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    approval = models.CharField("审批编号", max_length=60, default="")
    executed_at = models.DateTimeField("移出时间", null=True)
    recover_until = models.DateTimeField("恢复期至", null=True)
    closed_at = models.DateTimeField(null=True)
    called_off = models.TextField("撤回的原因", default="")

    FROZEN: ClassVar[tuple[str, ...]] = (
        "id", "agency_id", "unit_id", "number", "cutoff", "count", "size", "sha256", "drawn_by_id", "drawn_at",
    )  # fmt: skip

    class Meta:
        indexes: ClassVar = [models.Index(fields=["agency", "-drawn_at", "-id"], name="disposal_newest")]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset({self.drawn_by_id}), self.pk)


class DisposalItem(Recorded):
    """清单上的一段音像：摘要、期限和依据照列入时的样子；后来移出、落下、放回还是销毁，另行写明。"""

    class Outcome(models.TextChoices):
        LISTED = "listed", "已列入"
        OUT = "out", "落下"
        ASIDE = "aside", "已移出"
        BACK = "back", "已放回"
        DESTROYED = "destroyed", "已销毁"

    disposal = models.ForeignKey(DisposalList, on_delete=models.PROTECT, related_name="items")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="disposal_items")
    sha256 = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    until = models.DateTimeField("保存至")
    reason = models.TextField("依据")
    links = models.PositiveIntegerField("列入时的关联数")
    in_sample = models.BooleanField("抽查对象", default=False)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.LISTED)
    why = models.TextField("落下或者放回的原因", default="")

    FROZEN: ClassVar[tuple[str, ...]] = (
        "id", "disposal_id", "recording_id", "sha256", "sm3", "size", "until", "reason", "links",
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["disposal", "recording"], name="disposal_each_once")
        ]


class DisposalHand(Recorded):
    """到场的人：谁、哪个部门，执行还是抽查；只有一个部门的机关，写明上级机关派来的人。Append-only; nobody twice on one list."""

    class Part(models.TextChoices):
        EXECUTE = "execute", "执行"
        SAMPLE = "sample", "抽查"

    disposal = models.ForeignKey(DisposalList, on_delete=models.PROTECT, related_name="hands")
    part = models.CharField(max_length=8, choices=Part.choices)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    outside = models.CharField("上级机关到场人", max_length=120, default="")
    agrees = models.BooleanField("与清单相符", default=True)
    note = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["disposal", "officer"], name="disposal_hand_nobody_twice")
        ]


class DisposalCertificate(Recorded):
    """销毁证明：一份清单的全部经过和摘要，印成 PDF。Append-only; the line about it holds the digest of the print."""

    disposal = models.OneToOneField(DisposalList, on_delete=models.PROTECT, related_name="certificate")
    number = models.CharField("证明编号", max_length=60, unique=True)
    sha256 = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)
    pdf = models.TextField("打印件，Base64")
    at = models.DateTimeField()
