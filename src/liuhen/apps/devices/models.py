"""Tables of the device ledger."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.apps.registry.permission import Place
from liuhen.apps.search.words import Words, joined
from liuhen.kernel.identifiers import made_at


class Device(Recorded):
    """音像记录设备。"""

    class Kind(models.TextChoices):
        CAMERA = "camera", "照相机"
        VIDEO_CAMERA = "video_camera", "录像机"
        AUDIO_RECORDER = "audio_recorder", "录音笔"
        BODY_RECORDER = "body_recorder", "执法记录仪"
        MOBILE_TERMINAL = "mobile_terminal", "移动执法终端"
        VEHICLE_RECORDER = "vehicle_recorder", "车载记录仪"
        FIXED_CAMERA = "fixed_camera", "固定摄像机"
        OTHER = "other", "其他"

    class State(models.TextChoices):
        IN_STOCK = "in_stock", "在库"
        ISSUED = "issued", "领用"
        FAULT = "fault", "故障停用"
        REPAIR = "repair", "检修"
        LOST = "lost", "遗失"
        RETIRED = "retired", "报废"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="devices")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="devices")
    number = models.CharField("设备编号", max_length=30)
    serial = models.CharField("产品序号", max_length=40)
    device_type = models.CharField("类型", max_length=20, choices=Kind.choices, default=Kind.BODY_RECORDER)
    model = models.CharField("型号", max_length=60, default="", blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.IN_STOCK)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency", "number"], name="device_number"),
            models.UniqueConstraint(fields=["agency", "serial"], name="device_serial"),
        ]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)

    def words(self) -> Words:
        return Words(
            kind=self.kind(), thing=self.pk, agency=self.agency_id, path=self.unit.path, at=made_at(self.pk),
            number=self.number, title=f"{self.get_device_type_display()} {self.model}".strip(),
            text=joined([self.serial, self.unit.name]),
        )  # fmt: skip


class Loan(Recorded):
    """领用与归还：谁、何时、何用途、领用前检查、归还时记录内容。"""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="loans")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="loans")
    purpose = models.CharField("用途", max_length=200)
    check_lines = models.JSONField("领用前检查")
    out_at = models.DateTimeField("领用时间")
    out_by = models.UUIDField()
    due_at = models.DateTimeField("应归还时间")
    returned_at = models.DateTimeField("归还时间", null=True)
    returned_by = models.UUIDField(null=True)
    content = models.CharField("记录内容", max_length=500, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["device"], condition=Q(returned_at__isnull=True), name="loan_one_at_a_time"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["device", "out_at"], name="loan_by_time")]

    def place(self) -> Place:
        return Place(self.agency_id, self.device.unit.path, frozenset({self.officer_id}), self.pk)


class Station(Recorded):
    """采集站。Its credential can only add; the token and the key of a certificate are known to the station alone."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="stations")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    name = models.CharField("名称", max_length=60)
    token_digest = models.CharField(max_length=64, unique=True)
    key = models.CharField("采集站公钥", max_length=200, default="")
    may_clear = models.BooleanField("可在复核后清除存储卡", default=False)
    enrolled_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)


class StationTerms(Recorded):
    """采集站约定：what the office laid down for a station besides; a station without a row has none of it."""

    station = models.OneToOneField(Station, on_delete=models.PROTECT, related_name="terms")
    is_locked = models.BooleanField("只采已登记的设备", default=False)
    certifiable_until = models.DateTimeField("可凭令牌领取证书至", null=True)
    revoked_reason = models.CharField("停用原因", max_length=200, default="")


class StationCertificate(Recorded):
    """采集站证书：a client certificate by its fingerprint. It comes into use by being used; until then the one before it holds,
    so that a station that never got the answer is not shut out.
    """

    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="certificates")
    fingerprint = models.CharField("指纹（SHA-256）", max_length=64, unique=True)
    issued_at = models.DateTimeField("签发时间")
    until = models.DateTimeField("有效期至")
    used_at = models.DateTimeField("启用时间", null=True)


class StationReport(Recorded):
    """采集站报告：what a station refused and told of: a server that is not the house, another way out, a medium that is not of the house."""

    class What(models.TextChoices):
        UNKNOWN_SERVER = "unknown_server", "服务器身份不符"
        OTHER_NETWORK = "other_network", "另有网络出口"
        FOREIGN_MEDIUM = "foreign_medium", "未登记的介质"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="reports")
    what = models.CharField("情形", max_length=20, choices=What.choices)
    detail = models.CharField("详情", max_length=300, default="")
    noticed_at = models.DateTimeField("发现时间")
    told_at = models.DateTimeField("报告时间")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["station", "-noticed_at"], name="station_report_by_time")]

    def place(self) -> Place:
        return Place(self.agency_id, self.station.unit.path, frozenset(), self.pk)
