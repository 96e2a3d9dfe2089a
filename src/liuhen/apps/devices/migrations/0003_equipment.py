import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0002_certificates"),
        ("registry", "0002_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeviceAct",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=liuhen.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("act", models.CharField(max_length=20, verbose_name="行为")),
                ("happened_at", models.DateTimeField(verbose_name="发生时间")),
                ("says", models.CharField(max_length=500, verbose_name="经过")),
                ("approval", models.CharField(default="", max_length=60, verbose_name="批准文号")),
                ("entered_at", models.DateTimeField()),
                ("entered_by", models.UUIDField()),
                (
                    "agency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
                ),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="acts", to="devices.device"
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.officer",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Fault",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=liuhen.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("found_at", models.DateTimeField(verbose_name="发现时间")),
                ("reported_at", models.DateTimeField(verbose_name="报告时间")),
                ("says", models.CharField(max_length=500, verbose_name="现象")),
                ("interruption", models.UUIDField(null=True, verbose_name="对应的记录中断")),
                (
                    "agency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
                ),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="faults",
                        to="devices.device",
                    ),
                ),
                (
                    "found_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.officer"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FaultStep",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=liuhen.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("checked", "核实属实"),
                            ("unfounded", "核实后没有故障"),
                            ("sent", "送修"),
                            ("repaired", "修好收回"),
                            ("scrapped", "不能修复，报废"),
                        ],
                        max_length=10,
                        verbose_name="办理",
                    ),
                ),
                ("repairer", models.CharField(default="", max_length=60, verbose_name="维修单位")),
                (
                    "cost",
                    models.DecimalField(
                        decimal_places=2, max_digits=10, null=True, verbose_name="费用（元）"
                    ),
                ),
                ("says", models.CharField(default="", max_length=500, verbose_name="说明")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "fault",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="devices.fault"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LoanReturn",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=liuhen.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("files", models.PositiveIntegerField(verbose_name="申报的文件数")),
                (
                    "loan",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="told", to="devices.loan"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Maintenance",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=liuhen.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("says", models.CharField(max_length=200, verbose_name="内容")),
                ("due_at", models.DateTimeField(verbose_name="应完成时间")),
                ("planned_by", models.UUIDField()),
                ("done_at", models.DateTimeField(null=True, verbose_name="完成时间")),
                ("done_by", models.UUIDField(null=True)),
                ("result", models.CharField(default="", max_length=300, verbose_name="结果")),
                (
                    "agency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
                ),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="maintenances",
                        to="devices.device",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Room",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=liuhen.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                (
                    "room_kind",
                    models.CharField(
                        choices=[
                            ("case_area", "办案区"),
                            ("waiting", "候问室"),
                            ("interview", "询问室"),
                            ("hearing", "听证室"),
                            ("reception", "受理地点"),
                        ],
                        max_length=10,
                        verbose_name="种类",
                    ),
                ),
                ("entered_at", models.DateTimeField()),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rooms",
                        to="registry.agency",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rooms", to="registry.unit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RoomCheck",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=liuhen.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("passed", models.JSONField(verbose_name="合格的各项")),
                ("facilities", models.JSONField(verbose_name="标识和朝向")),
                ("opens", models.BooleanField(verbose_name="投入使用")),
                ("checked_at", models.DateTimeField()),
                ("checked_by", models.UUIDField()),
                (
                    "room",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="checks", to="devices.room"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StockCheck",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=liuhen.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("counted", models.JSONField(verbose_name="逐台结果")),
                ("missing", models.PositiveIntegerField(verbose_name="没有见到的台数")),
                ("says", models.CharField(default="", max_length=500, verbose_name="说明")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "agency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stock_checks",
                        to="registry.unit",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StorageMedium",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=liuhen.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                (
                    "medium_kind",
                    models.CharField(
                        choices=[
                            ("server", "服务器"),
                            ("store", "专用存储设备"),
                            ("station", "采集站"),
                            ("disc", "光盘"),
                            ("backup", "备份介质"),
                        ],
                        max_length=10,
                        verbose_name="种类",
                    ),
                ),
                ("location", models.CharField(max_length=100, verbose_name="存放地点")),
                ("network_number", models.CharField(default="", max_length=60, verbose_name="网络登记号")),
                ("entered_at", models.DateTimeField()),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="media",
                        to="registry.agency",
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="media",
                        to="devices.station",
                    ),
                ),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.unit")),
            ],
        ),
        migrations.CreateModel(
            name="Vehicle",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=liuhen.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("plate", models.CharField(max_length=20, verbose_name="号牌")),
                (
                    "use",
                    models.CharField(
                        choices=[
                            ("dispatch", "接处警"),
                            ("arrest", "抓捕"),
                            ("escort", "押送"),
                            ("other", "其他"),
                        ],
                        max_length=10,
                        verbose_name="用途",
                    ),
                ),
                ("planned_on", models.DateField(null=True, verbose_name="计划配齐日期")),
                ("entered_at", models.DateTimeField()),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="vehicles",
                        to="registry.agency",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="vehicles",
                        to="registry.unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DeviceEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=liuhen.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("bought_on", models.DateField(null=True, verbose_name="购置日期")),
                (
                    "price",
                    models.DecimalField(
                        decimal_places=2, max_digits=10, null=True, verbose_name="原价（元）"
                    ),
                ),
                ("batch", models.CharField(default="", max_length=40, verbose_name="批次")),
                ("location", models.CharField(default="", max_length=100, verbose_name="存放地点")),
                ("capabilities", models.JSONField(default=list, verbose_name="功能")),
                ("is_covert", models.BooleanField(default=False, verbose_name="涉密专用设备")),
                ("entered_at", models.DateTimeField()),
                ("entered_by", models.UUIDField()),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="devices.device",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="installed",
                        to="devices.room",
                    ),
                ),
                (
                    "vehicle",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="installed",
                        to="devices.vehicle",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DeviceModel",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=liuhen.kernel.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="型号")),
                ("standard", models.CharField(default="", max_length=60, verbose_name="执行标准")),
                ("tested_until", models.DateField(null=True, verbose_name="检测报告有效期至")),
                ("points", models.JSONField(verbose_name="核对合格的各项")),
                ("says", models.CharField(default="", max_length=300, verbose_name="依据和说明")),
                ("checked_at", models.DateTimeField(verbose_name="核对时间")),
                ("checked_by", models.UUIDField()),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="device_models",
                        to="registry.agency",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["agency", "name", "-checked_at"], name="device_model_newest")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="fault",
            index=models.Index(fields=["device", "-found_at"], name="fault_by_time"),
        ),
        migrations.AddConstraint(
            model_name="faultstep",
            constraint=models.UniqueConstraint(fields=("fault", "step"), name="fault_step_once"),
        ),
        migrations.AddConstraint(
            model_name="room",
            constraint=models.UniqueConstraint(fields=("agency", "name"), name="room_name"),
        ),
        migrations.AddConstraint(
            model_name="storagemedium",
            constraint=models.UniqueConstraint(fields=("agency", "name"), name="medium_name"),
        ),
        migrations.AddConstraint(
            model_name="vehicle",
            constraint=models.UniqueConstraint(fields=("agency", "plate"), name="vehicle_plate"),
        ),
        AppendOnly("devices_devicemodel"),
        AppendOnly("devices_deviceentry"),
        AppendOnly("devices_vehicle", columns=["id", "agency_id", "unit_id", "plate", "use", "entered_at"]),
        AppendOnly("devices_room"),
        AppendOnly("devices_roomcheck"),
        AppendOnly(
            "devices_storagemedium",
            columns=[
                "id",
                "agency_id",
                "unit_id",
                "name",
                "medium_kind",
                "location",
                "station_id",
                "entered_at",
            ],
        ),
        AppendOnly("devices_loanreturn"),
        AppendOnly("devices_fault"),
        AppendOnly("devices_faultstep"),
        AppendOnly(
            "devices_maintenance", columns=["id", "device_id", "agency_id", "says", "due_at", "planned_by"]
        ),
        AppendOnly("devices_stockcheck"),
        AppendOnly("devices_deviceact"),
    ]
