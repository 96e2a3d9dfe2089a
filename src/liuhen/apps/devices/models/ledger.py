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
        LENT = "lent", "外借"
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


class DeviceModel(Recorded):
    """设备型号：一次核对的结果，执行何种标准、五项要求核对合格的各项。The newest check of a name counts; none is changed."""

    class Point(models.TextChoices):
        RESOLUTION = "resolution", "高清分辨率和足够像素"
        BATTERY = "battery", "大容量电池和存储"
        SMOOTH = "smooth", "运行流畅不卡顿"
        LOCKED = "locked", "文件不能被删改"
        SPECIAL = "special", "特殊功能，或者注明不需要"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="device_models")
    name = models.CharField("型号", max_length=60)
    standard = models.CharField("执行标准", max_length=60, default="")
    tested_until = models.DateField("检测报告有效期至", null=True)
    points = models.JSONField("核对合格的各项")
    says = models.CharField("依据和说明", max_length=300, default="")
    checked_at = models.DateTimeField("核对时间")
    checked_by = models.UUIDField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["agency", "name", "-checked_at"], name="device_model_newest")
        ]

    def place(self) -> Place:
        return Place(self.agency_id, "/", frozenset(), self.pk)


class Vehicle(Recorded):
    """执法车辆：what is built into it stands with the devices; what is still to come has its date here."""

    class Use(models.TextChoices):
        DISPATCH = "dispatch", "接处警"
        ARREST = "arrest", "抓捕"
        ESCORT = "escort", "押送"
        OTHER = "other", "其他"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="vehicles")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="vehicles")
    plate = models.CharField("号牌", max_length=20)
    use = models.CharField("用途", max_length=10, choices=Use.choices)
    planned_on = models.DateField("计划配齐日期", null=True)
    entered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["agency", "plate"], name="vehicle_plate")]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)


class Room(Recorded):
    """记录场所：办案区、询问室、听证室、受理地点。"""

    class Kind(models.TextChoices):
        CASE_AREA = "case_area", "办案区"
        WAITING = "waiting", "候问室"
        INTERVIEW = "interview", "询问室"
        HEARING = "hearing", "听证室"
        RECEPTION = "reception", "受理地点"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="rooms")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="rooms")
    name = models.CharField("名称", max_length=60)
    room_kind = models.CharField("种类", max_length=10, choices=Kind.choices)
    entered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["agency", "name"], name="room_name")]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)


class RoomCheck(Recorded):
    """场所检查：记录设备的各项、标识、摄像机朝向；`opens` 表示检查后投入当次使用。"""

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="checks")
    passed = models.JSONField("合格的各项")
    facilities = models.JSONField("标识和朝向")
    opens = models.BooleanField("投入使用")
    checked_at = models.DateTimeField()
    checked_by = models.UUIDField()

    def place(self) -> Place:
        return self.room.place()


class StorageMedium(Recorded):
    """存储介质：在哪里、哪个网络登记号；没有登记号的不得存入资料。"""

    class Kind(models.TextChoices):
        SERVER = "server", "服务器"
        STORE = "store", "专用存储设备"
        STATION = "station", "采集站"
        DISC = "disc", "光盘"
        BACKUP = "backup", "备份介质"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="media")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    name = models.CharField("名称", max_length=60)
    medium_kind = models.CharField("种类", max_length=10, choices=Kind.choices)
    location = models.CharField("存放地点", max_length=100)
    network_number = models.CharField("网络登记号", max_length=60, default="")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, null=True, related_name="media")
    entered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["agency", "name"], name="medium_name")]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)


class DeviceEntry(Recorded):
    """设备登记事项：购置、存放、装在何处。The newest row of a device counts; none is changed."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="entries")
    bought_on = models.DateField("购置日期", null=True)
    price = models.DecimalField("原价（元）", max_digits=10, decimal_places=2, null=True)
    batch = models.CharField("批次", max_length=40, default="")
    location = models.CharField("存放地点", max_length=100, default="")
    capabilities = models.JSONField("功能", default=list)
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, null=True, related_name="installed")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, related_name="installed")
    is_covert = models.BooleanField("涉密专用设备", default=False)
    entered_at = models.DateTimeField()
    entered_by = models.UUIDField()

    def place(self) -> Place:
        return self.device.place()


class LoanReturn(Recorded):
    """归还申报：这次领用摄录了多少个文件；没有全部入库之前，不能领给别人。"""

    loan = models.OneToOneField(Loan, on_delete=models.PROTECT, related_name="told")
    files = models.PositiveIntegerField("申报的文件数")

    def place(self) -> Place:
        return self.loan.place()


class Fault(Recorded):
    """故障：何时发现、谁发现、什么现象、对应哪一次记录中断。What became of it stands in its steps."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="faults")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    found_by = models.ForeignKey(Officer, on_delete=models.PROTECT)
    found_at = models.DateTimeField("发现时间")
    reported_at = models.DateTimeField("报告时间")
    says = models.CharField("现象", max_length=500)
    interruption = models.UUIDField("对应的记录中断", null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["device", "-found_at"], name="fault_by_time")]

    def place(self) -> Place:
        return Place(self.agency_id, self.device.unit.path, frozenset({self.found_by_id}), self.pk)


class FaultStep(Recorded):
    """故障办理的一步。只增不改。"""

    class Step(models.TextChoices):
        CHECKED = "checked", "核实属实"
        UNFOUNDED = "unfounded", "核实后没有故障"
        SENT = "sent", "送修"
        REPAIRED = "repaired", "修好收回"
        SCRAPPED = "scrapped", "不能修复，报废"

    fault = models.ForeignKey(Fault, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField("办理", max_length=10, choices=Step.choices)
    repairer = models.CharField("维修单位", max_length=60, default="")
    cost = models.DecimalField("费用（元）", max_digits=10, decimal_places=2, null=True)
    says = models.CharField("说明", max_length=500, default="")
    at = models.DateTimeField()
    by = models.UUIDField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["fault", "step"], name="fault_step_once")]


class Maintenance(Recorded):
    """维护：应在何时做什么；做了以后记下时间和结果。"""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="maintenances")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    says = models.CharField("内容", max_length=200)
    due_at = models.DateTimeField("应完成时间")
    planned_by = models.UUIDField()
    done_at = models.DateTimeField("完成时间", null=True)
    done_by = models.UUIDField(null=True)
    result = models.CharField("结果", max_length=300, default="")

    def place(self) -> Place:
        return Place(self.agency_id, self.device.unit.path, frozenset(), self.pk)


class StockCheck(Recorded):
    """盘点：当场见到哪些设备，哪些没有见到、最后在谁手里。"""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="stock_checks")
    counted = models.JSONField("逐台结果")
    missing = models.PositiveIntegerField("没有见到的台数")
    says = models.CharField("说明", max_length=500, default="")
    at = models.DateTimeField()
    by = models.UUIDField()

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset(), self.pk)


class DeviceAct(Recorded):
    """设备违规：查实的、对设备所作的行为，或者遗失；不认定责任，只列事实。"""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="acts")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    act = models.CharField("行为", max_length=20)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, related_name="+")
    happened_at = models.DateTimeField("发生时间")
    says = models.CharField("经过", max_length=500)
    approval = models.CharField("批准文号", max_length=60, default="")
    entered_at = models.DateTimeField()
    entered_by = models.UUIDField()

    def place(self) -> Place:
        return Place(self.agency_id, self.device.unit.path, frozenset(), self.pk)
