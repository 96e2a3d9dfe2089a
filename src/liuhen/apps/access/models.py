"""Tables of access."""

from typing import ClassVar

from django.db import models

from liuhen.apps.evidence.models import Derived, Recording
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


class Watching(Recorded):
    """看过的时段：这一次查看里，哪些整秒在眼前放过。播放器报来，随报随记，只增不改。"""

    viewing = models.ForeignKey(Viewing, on_delete=models.PROTECT, related_name="watchings")
    spans = models.JSONField("时段，整秒")
    is_sound_only = models.BooleanField("只听声音", default=False)
    at = models.DateTimeField("报来的时间")


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
        PARTY = "party", "当事人"
        MEDIA = "media", "新闻媒体"
        OTHER = "other", "其他单位或者个人"

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


class PackageRemoval(Recorded):
    """证据包清除：制成三十天以后，证据包从副本库中清除；它的摘要和由来留在登记里，原件不动。只增不改。"""

    package = models.OneToOneField(Package, on_delete=models.PROTECT, related_name="removal")
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()


class PackageTerms(Recorded):
    """提供的条件：只提供遮挡副本的，做什么用、随证据包还是单独交付、何时归还或者销毁。随申请一并写下，只增不改。"""

    class Use(models.TextChoices):
        RIGHTS = "rights", "当事人阅看"
        PUBLICITY = "publicity", "社会宣传"
        TRAINING = "training", "教育培训"
        REPLY = "reply", "答复信访、投诉或者申请公开"
        OTHER = "other", "其他"

    class Wrapping(models.TextChoices):
        BAG = "bag", "随证据包"
        ALONE = "alone", "单独交付"

    package = models.OneToOneField(Package, on_delete=models.PROTECT, related_name="terms")
    use = models.CharField("用途", max_length=12, choices=Use.choices)
    wrapping = models.CharField("交付方式", max_length=8, choices=Wrapping.choices)
    due_back = models.DateField("归还或者销毁期限", null=True)


class PackageCopy(Recorded):
    """随包提供的遮挡副本：申请时就定下是哪一份，批准的就是它。只增不改。"""

    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="copies")
    redaction = models.ForeignKey("Redaction", on_delete=models.PROTECT, related_name="given_in")
    sha256 = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)
    size = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["package", "redaction"], name="packagecopy_once")
        ]


class PackageDelivery(Recorded):
    """交付签收：何时由谁交给谁，接收人出示什么证件，双方怎样签名。一包一次，只增不改。"""

    class Means(models.TextChoices):
        SCREEN = "screen", "在屏幕上签名"
        SCAN = "scan", "在纸质交接单上签名，已扫描"
        PAPER = "paper", "在纸质交接单上签名，原件存卷"

    package = models.OneToOneField(Package, on_delete=models.PROTECT, related_name="delivery")
    receiver = models.CharField("接收人", max_length=50)
    post = models.CharField("接收人的单位和职务", max_length=100, default="", blank=True)
    paper = models.CharField("证件名称", max_length=40)
    paper_number = models.CharField("证件号码", max_length=60)
    legal_document = models.CharField("法律文书", max_length=200, default="", blank=True)
    means = models.CharField("签名方式", max_length=8, choices=Means.choices)
    giver_ink = models.TextField("交付人签名图", default="", blank=True)
    ink = models.TextField("接收人签名图", default="", blank=True)
    scan = models.TextField("扫描件，Base64", default="", blank=True)
    scan_type = models.CharField(max_length=40, default="", blank=True)
    sha256 = models.CharField("扫描件的摘要", max_length=64, default="", blank=True)
    kept_where = models.CharField("纸质交接单存放处", max_length=200, default="", blank=True)
    handed_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    handed_at = models.DateTimeField("交付时间")
    at = models.DateTimeField("登记时间")


class PackageReturn(Recorded):
    """收回：交出去的归还了，或者接收人书面说明已经销毁。只增不改。"""

    class Outcome(models.TextChoices):
        RETURNED = "returned", "已归还"
        DESTROYED = "destroyed", "接收人说明已销毁"
        KEPT = "kept", "依法留存，不再归还"

    package = models.OneToOneField(Package, on_delete=models.PROTECT, related_name="returned")
    outcome = models.CharField("结果", max_length=10, choices=Outcome.choices)
    says = models.CharField("说明", max_length=500)
    happened_at = models.DateTimeField("时间")
    at = models.DateTimeField("登记时间")
    by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")


class SecrecyMark(Recorded):
    """保密标记：有人指出涉及秘密或者隐私，有权的人作出标记并指定知悉范围，另一人可以解除。只增不改。"""

    class Step(models.TextChoices):
        TOLD = "told", "指出涉及"
        MARKED = "marked", "作出标记"
        LIFTED = "lifted", "解除"

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="secrecy")
    secret = models.CharField("种类", max_length=20)
    step = models.CharField("办理", max_length=8, choices=Step.choices)
    persons = models.JSONField("知悉范围", default=list)
    says = models.CharField("理由", max_length=500)
    at = models.DateTimeField()
    by = models.UUIDField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["recording", "at"], name="secrecy_by_time")]

    def place(self) -> Place:
        return self.recording.place()


class SupplyRequest(Recorded):
    """要求提供：有权监督的部门要求采集部门提供一份音像，限期答复。The asking is frozen; the answer is added once."""

    class Purpose(models.TextChoices):
        INCIDENT = "incident", "警情监督"
        REVIEW = "review", "案件审核"
        RIGHTS = "rights", "民警维权"
        PATROL = "patrol", "执法巡查"
        COMPLAINT = "complaint", "核查信访投诉"

    class Answer(models.TextChoices):
        SUPPLIED = "supplied", "已提供"
        OBJECTED = "objected", "提出异议"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="supply_requests")
    number = models.CharField("编号", max_length=60, unique=True)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="supply_requests")
    purpose = models.CharField("用途", max_length=12, choices=Purpose.choices)
    says = models.CharField("事由", max_length=500)
    asked_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="supply_requests")
    asked_at = models.DateTimeField("要求时间")
    due_at = models.DateTimeField("答复期限")
    answer = models.CharField("答复", max_length=10, choices=Answer.choices, default="", blank=True)
    reply = models.CharField("答复内容", max_length=500, default="", blank=True)
    answered_by = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["unit", "answered_at"], name="supply_of_unit")]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset({self.asked_by_id}), self.pk)


class Redaction(Recorded):
    """遮挡副本：遮挡清单、每处的理由、为何制作；制成之后记下副本的摘要和证明。The list is frozen; what became of it is added once."""

    class State(models.TextChoices):
        DRAWN = "drawn", "正在制作"
        RENDERED = "rendered", "待审核"
        FAILED = "failed", "没有制成"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    number = models.CharField("编号", max_length=60, unique=True)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="redactions")
    purpose = models.CharField("为何制作", max_length=500)
    masks = models.JSONField("遮挡清单")
    drawn_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="redactions")
    drawn_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAWN)
    derived = models.ForeignKey(Derived, on_delete=models.PROTECT, null=True, related_name="redactions")
    proof = models.JSONField("证明", null=True)
    trouble = models.CharField("没有制成的原因", max_length=300, default="", blank=True)

    FROZEN: ClassVar[tuple[str, ...]] = (
        "id", "agency_id", "number", "recording_id", "purpose", "masks", "drawn_by_id", "drawn_at",
    )  # fmt: skip

    def place(self) -> Place:
        place = self.recording.place()
        return Place(place.agency, place.path, place.officers | {self.drawn_by_id}, self.pk)


class RedactionAnswer(Recorded):
    """审核：第二个人看过遮挡副本之后的意见。Append-only; one for each copy."""

    class Answer(models.TextChoices):
        APPROVED = "approved", "可以使用"
        RETURNED = "returned", "退回重做"

    redaction = models.OneToOneField(Redaction, on_delete=models.PROTECT, related_name="answered")
    answer = models.CharField("意见", max_length=10, choices=Answer.choices)
    reason = models.CharField("理由", max_length=500, default="", blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")


class RedactionLook(Recorded):
    """看遮挡副本：谁、看哪一份、到何时为止。The line is written before the first frame plays."""

    redaction = models.ForeignKey(Redaction, on_delete=models.PROTECT, related_name="looks")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()


class PackageWarrant(Recorded):
    """调取凭据：来调取的是谁、出示什么证件、凭哪一份法律文书。随申请一并写下，只增不改。"""

    package = models.OneToOneField(Package, on_delete=models.PROTECT, related_name="warrant")
    bearer = models.CharField("来人姓名", max_length=50)
    paper = models.CharField("证件名称", max_length=40)
    paper_number = models.CharField("证件号码", max_length=60)
    document = models.CharField("法律文书名称和文号", max_length=200)
    scan = models.TextField("法律文书扫描件，Base64")
    scan_type = models.CharField(max_length=40)
    sha256 = models.CharField("扫描件的摘要", max_length=64)


class Visit(Recorded):
    """来人查看：没有账号的人（当事人、上级机关来人）到窗口看一份音像，先登记、按制度审批。The asking is frozen."""

    class Sort(models.TextChoices):
        PARTY = "party", "当事人查看"
        SUPERIOR = "superior", "上级机关调阅"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    number = models.CharField("编号", max_length=60, unique=True)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="visits")
    redaction = models.ForeignKey(Redaction, on_delete=models.PROTECT, null=True, related_name="visits")
    sort = models.CharField("种类", max_length=10, choices=Sort.choices)
    visitor = models.CharField("来人", max_length=50)
    organ = models.CharField("单位", max_length=100, default="", blank=True)
    paper = models.CharField("证件名称", max_length=40)
    paper_number = models.CharField("证件号码", max_length=60)
    reason = models.CharField("事由", max_length=500)
    minutes = models.PositiveSmallIntegerField("一次最多看多少分钟")
    asked_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="visits")
    asked_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["recording", "asked_at"], name="visit_of_recording")]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset({self.asked_by_id}), self.pk)


class VisitWindow(Recorded):
    """查看窗口：谁在哪一刻为来人打开，到何时自己关上。The line is written before the first frame plays."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="windows")
    opened_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    approval = models.CharField("审批编号", max_length=60)
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()


class VisitEnd(Recorded):
    """窗口提前关上。到时自己关上的没有这一笔。只增不改。"""

    window = models.OneToOneField(VisitWindow, on_delete=models.PROTECT, related_name="ended")
    at = models.DateTimeField()


class BulkNotice(Recorded):
    """大量查看提醒：一个人一天之内看了、取走了多少份原件，到了提醒的数。只增不改。"""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    day = models.DateField("日期，北京时间")
    level = models.PositiveIntegerField("第几次到数")
    count = models.PositiveIntegerField("原件份数")
    size = models.BigIntegerField("原件大小，字节")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["officer", "day", "level"], name="bulknotice_once_a_level")
        ]

    def place(self) -> Place:
        return Place(self.agency_id, "/", frozenset(), self.pk)


class BulkAnswer(Recorded):
    """核查大量查看：安全管理员问明了什么。只增不改。"""

    notice = models.OneToOneField(BulkNotice, on_delete=models.PROTECT, related_name="answer")
    says = models.CharField("核查情况", max_length=500)
    by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
