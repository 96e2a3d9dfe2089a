"""Tables of evidence. What was received never changes; what was found out later stands in rows of its own."""

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from django.db import models

from liuhen.apps.devices.models import Device, Station
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.apps.registry.permission import Place
from liuhen.apps.search.words import Words, joined
from liuhen.kernel.digests import Digest


class Recording(Recorded):
    """音像资料：一份原件及其来历。Columns after `verified_at` are read from the file later; the rest is frozen."""

    class Kind(models.TextChoices):
        ON_SCENE = "on_scene", "现场"
        CASE_AREA = "case_area", "办案区"
        RECEPTION = "reception", "受理"
        HANDOVER = "handover", "交接"

    class Form(models.TextChoices):
        PHOTO = "photo", "照片"
        AUDIO = "audio", "录音"
        VIDEO = "video", "录像"
        LOG = "log", "设备日志"
        UNKNOWN = "unknown", "未能识别"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="recordings")
    number = models.CharField("音像编号", max_length=60, unique=True)
    kind_of_scene = models.CharField("种类", max_length=12, choices=Kind.choices, default=Kind.ON_SCENE)
    source_name = models.TextField("原文件名")
    source_path = models.TextField("来源路径", default="")
    size = models.BigIntegerField("字节数")
    sha256 = models.CharField(max_length=64, db_index=True)
    sm3 = models.CharField(max_length=64)
    device_serial = models.CharField("申报的设备序号", max_length=80, default="")
    officer_number = models.CharField("申报的警号", max_length=80, default="")
    file_time = models.DateTimeField("文件时间", null=True)
    clock_error = models.FloatField("对接时设备时钟误差（秒）", null=True)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, null=True)
    received_at = models.DateTimeField("入库时间")
    received_by = models.UUIDField()

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="recordings")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="recordings")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, related_name="recordings")
    quarantine = models.TextField("待查明原因", default="")
    verified_at = models.DateTimeField("复核时间", null=True)
    form = models.CharField("形式", max_length=10, choices=Form.choices, default=Form.UNKNOWN)
    started_at = models.DateTimeField("开始时间", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    clock_believed = models.CharField("采信的时钟", max_length=40, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["agency", "-received_at", "-id"], name="recording_newest"),
            models.Index(fields=["unit", "-received_at", "-id"], name="recording_newest_of_unit"),
            models.Index(fields=["officer", "-received_at", "-id"], name="recording_newest_of_officer"),
            models.Index(fields=["unit", "started_at"], name="recording_by_unit_time"),
            models.Index(fields=["agency", "started_at"], name="recording_by_agency_time"),
            models.Index(fields=["agency", "source_name"], name="recording_by_name"),
            models.Index(fields=["station", "source_path"], name="recording_by_place"),
        ]

    FROZEN: ClassVar[tuple[str, ...]] = (
        "id", "agency_id", "number", "kind_of_scene", "source_name", "source_path", "size", "sha256", "sm3",
        "device_serial", "officer_number", "file_time", "clock_error", "station_id", "received_at", "received_by",
    )  # fmt: skip

    @property
    def digest(self) -> Digest:
        return Digest(self.sha256, self.sm3)

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(filter(None, [self.officer_id])), self.pk)

    def words(self) -> Words:
        """By its number, the file's own name, who and what recorded it, and what was said of its lateness."""
        told = self.words_with(
            note.reason for note in sorted(self.late_notes.all(), key=lambda note: note.at)
        )
        narrowed = getattr(self, "seclusion", None)
        return told if narrowed is None else replace(told, circle=narrowed.circle)

    def words_with(self, notes: Iterable[str]) -> Words:
        """The same where it is known what was said of its lateness: nothing, of a new one."""
        officer = self.officer.name if self.officer else ""
        device = self.device.number if self.device else ""
        return Words(
            kind=self.kind(), thing=self.pk, agency=self.agency_id, path=self.unit.path, at=self.received_at,
            number=self.number, title=self.source_name, officers=self.place().officers,
            text=joined([officer, self.officer_number, device, self.device_serial, self.quarantine, *notes]),
        )  # fmt: skip


class Upload(Recorded):
    """一次上传。The bytes lie in the vault's incoming folder; this row says whose they are and how it ended.

    A slice of a file comes as an upload of its own, which never becomes a recording by itself; another upload joins them.
    `size` is empty as long as the client has not told it.
    """

    class State(models.TextChoices):
        OPEN = "open", "上传中"
        SLICE = "slice", "分片上传中"
        WHOLE = "whole", "分片已收完"
        JOINING = "joining", "合并中"
        JOINED = "joined", "已并入"
        STORED = "stored", "已入库"
        REFUSED = "refused", "未入库"
        ENDED = "ended", "已取消"
        RELEASED = "released", "已入库，上传地址已交还"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, null=True)
    opened_by = models.UUIDField()
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    size = models.BigIntegerField(null=True)
    clip = models.JSONField("申报")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    reason = models.TextField(default="")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, null=True)

    ARRIVING: ClassVar = (State.OPEN, State.SLICE, State.JOINING)  # Bytes may come to it.
    UNFINISHED: ClassVar = (*ARRIVING, State.WHOLE)
    SLICES: ClassVar = (State.SLICE, State.WHOLE, State.JOINED)
    BYTES_ARE_OVER: ClassVar = (State.JOINED, State.REFUSED, State.ENDED, State.RELEASED)

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)


class Inspection(Recorded):
    """一次技术检查的所见。Append-only: a later look adds a row, the newest counts."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="inspections")
    at = models.DateTimeField()
    program = models.CharField(max_length=40)
    sandbox = models.CharField(max_length=20)
    facts = models.JSONField()
    findings = models.JSONField()


class Derived(Recorded):
    """一份派生件：缩略图、可播放副本。It names its original and never stands for it."""

    class Kind(models.TextChoices):
        THUMBNAIL = "thumbnail", "缩略图"
        PROXY = "proxy", "播放副本"
        REDACTED = "redacted", "遮挡副本"

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="derived")
    kind_of_copy = models.CharField(max_length=12, choices=Kind.choices)
    media_type = models.CharField(max_length=60)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_how = models.CharField("制作方法", max_length=200)

    @property
    def digest(self) -> Digest:
        return Digest(self.sha256, self.sm3)


class LateNote(Recorded):
    """迟交说明：为何未按时入库，何时返回单位。Append-only."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="late_notes")
    reason = models.TextField("事由")
    remote_duty = models.BooleanField("连续、异地或偏远执法")
    circumstance = models.CharField("情形", max_length=30, default="")
    reported = models.BooleanField("已向负责人报告", null=True)
    returned_at = models.DateTimeField("返回单位时间", null=True)
    at = models.DateTimeField()
    by = models.UUIDField()


class CardList(Recorded):
    """存储卡清单：采集站在读取任何文件之前列出的全部文件，经采集站签名。Append-only.

    `body` is the signed text as it came; what is on it and never arrived is missing by name.
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="card_lists")
    device_serial = models.CharField("设备序号", max_length=80, default="")
    officer_number = models.CharField("警号", max_length=80, default="")
    listed_at = models.DateTimeField("列出时间，采集站时钟")
    received_at = models.DateTimeField("收到时间")
    clock_error = models.FloatField("设备时钟误差（秒）", null=True)
    count = models.PositiveIntegerField("文件数")
    size = models.BigIntegerField("总字节数")
    body = models.TextField("签名的正文")
    signature = models.JSONField("采集站签名")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["agency", "-received_at", "-id"], name="cardlist_newest"),
            models.Index(fields=["agency", "listed_at"], name="cardlist_by_time"),
        ]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)


class Clearing(Recorded):
    """清除存储卡：哪个采集站、何时、按哪份许可从卡上清除了这份录像的原始文件。Append-only."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="clearings")
    station = models.ForeignKey(Station, on_delete=models.PROTECT)
    path = models.TextField("卡上的位置")
    cleared_at = models.DateTimeField("清除时间，采集站时钟")
    told_at = models.DateTimeField("报告时间")
    leave_line = models.BigIntegerField("所依的复核行")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recording", "station", "path", "cleared_at"], name="clearing_once"
            )
        ]


class SourceStatement(Recorded):
    """来源说明：不是由采集站从本机关设备取来的音像，从哪里来、谁拍的、为何没用配发的设备、谁交给谁。Append-only.

    It counts for nothing until a second person has checked it; one that was returned is followed by a new one.
    """

    class Source(models.TextChoices):
        PHONE = "phone", "手机"
        CAMERA = "camera", "照相机、摄像机"
        VOICE_PEN = "voice_pen", "录音笔"
        FIXED = "fixed", "固定场所音像系统"
        DISC = "disc", "光盘或者其他存储介质"
        AGENCY = "agency", "其他机关移送"
        OTHER = "other", "其他"

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="source_statements")
    source = models.CharField("来源种类", max_length=12, choices=Source.choices)
    maker = models.CharField("厂牌型号", max_length=100)
    serial = models.CharField("设备或者介质编号", max_length=100, default="")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, related_name="taken_sources")
    taken_by = models.CharField("摄录人", max_length=100)
    taken_at = models.DateTimeField("摄录时间")
    taken_where = models.CharField("摄录地点", max_length=200)
    why = models.TextField("未用配发设备的原因")
    handed_by = models.CharField("交出人", max_length=100)
    handed_to = models.CharField("接收人", max_length=100)
    package = models.CharField("移送文号或者清单号", max_length=100, default="")
    substitute = models.BooleanField("替代设备摄录")
    allowed_by = models.CharField("制度允许的措施", max_length=100, default="")
    at = models.DateTimeField()
    by = models.UUIDField()

    def place(self) -> Place:
        return self.recording.place()


class SourceAnswer(Recorded):
    """核实：第二个人看过来源说明之后的意见。Append-only; one for each statement."""

    class Answer(models.TextChoices):
        CONFIRM = "confirm", "属实"
        RETURN = "return", "退回"

    statement = models.OneToOneField(SourceStatement, on_delete=models.PROTECT, related_name="answered")
    answer = models.CharField(max_length=10, choices=Answer.choices)
    reason = models.TextField(default="")
    at = models.DateTimeField()
    by = models.UUIDField()


class ErasureNote(Recorded):
    """删除确认：书面确认替代设备上的原文件已经删除。Append-only."""

    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="erasure_note")
    says = models.TextField("怎样删除、由谁在场")
    erased_at = models.DateTimeField("删除时间")
    at = models.DateTimeField()
    by = models.UUIDField()


class DeviceLog(Recorded):
    """设备日志的一次识读：一份日志文件按哪种格式读出了什么。Append-only: a later reading adds a row, the newest counts.

    The events stand in rows of their own; `sha256` is over all of them as read, so that the line answers for them too.
    """

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="device_logs")
    form = models.CharField("格式", max_length=40, default="")
    encoding = models.CharField("编码", max_length=20)
    count = models.PositiveIntegerField("读出的事件")
    unread = models.PositiveIntegerField("没有读懂的行")
    backward = models.PositiveIntegerField("时间倒退的次数")
    sha256 = models.CharField("全部事件的摘要", max_length=64)
    at = models.DateTimeField("识读时间")


class DeviceEvent(models.Model):
    """设备日志中的一行：按设备自己的时钟，何时开机、关机、开始或停止摄录、拍照。Append-only.

    A log that tells again what another log of the device told adds no row. `moment` is `told_at` less the error the
    station measured when the log came; where it measured none they are the same.
    """

    log = models.ForeignKey(DeviceLog, on_delete=models.PROTECT, related_name="events")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="log_events")
    device_serial = models.CharField("设备序号", max_length=80, default="")
    line = models.PositiveIntegerField("第几行")
    told_at = models.DateTimeField("日志所记时间，设备时钟")
    moment = models.DateTimeField("校正后的时间")
    what = models.CharField("事件", max_length=12)
    word = models.CharField("日志原词", max_length=40)
    file = models.TextField("文件名", default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["device", "moment"], name="deviceevent_by_device"),
            models.Index(fields=["moment"], name="deviceevent_by_time"),
        ]


class Tombstone(Recorded):
    """销毁记录：一份原件依哪份清单移出证据库，是放回了还是销毁了。Who looks for the original finds this and its digests instead.

    The digests stay for ever; `copies` are the addresses of what was derived from it and dies with it.
    """

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="tombstones")
    disposal = models.CharField("销毁清单", max_length=60)
    sha256 = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    copies = models.JSONField("派生件的摘要")
    set_aside_at = models.DateTimeField("移出时间")
    put_back_at = models.DateTimeField("放回时间", null=True)
    destroyed_at = models.DateTimeField("销毁时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recording"], condition=models.Q(put_back_at=None), name="tombstone_one_at_a_time"
            )
        ]

    FROZEN: ClassVar[tuple[str, ...]] = (
        "id",
        "recording_id",
        "disposal",
        "sha256",
        "sm3",
        "size",
        "copies",
        "set_aside_at",
    )

    @property
    def digest(self) -> Digest:
        return Digest(self.sha256, self.sm3)
