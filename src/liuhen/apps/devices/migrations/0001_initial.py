import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Device",
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
                ("number", models.CharField(max_length=30, verbose_name="设备编号")),
                ("serial", models.CharField(max_length=40, verbose_name="产品序号")),
                (
                    "device_type",
                    models.CharField(
                        choices=[
                            ("camera", "照相机"),
                            ("video_camera", "录像机"),
                            ("audio_recorder", "录音笔"),
                            ("body_recorder", "执法记录仪"),
                            ("mobile_terminal", "移动执法终端"),
                            ("vehicle_recorder", "车载记录仪"),
                            ("fixed_camera", "固定摄像机"),
                            ("other", "其他"),
                        ],
                        default="body_recorder",
                        max_length=20,
                        verbose_name="类型",
                    ),
                ),
                ("model", models.CharField(blank=True, default="", max_length=60, verbose_name="型号")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("in_stock", "在库"),
                            ("issued", "领用"),
                            ("fault", "故障停用"),
                            ("repair", "检修"),
                            ("lost", "遗失"),
                            ("retired", "报废"),
                        ],
                        default="in_stock",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="devices",
                        to="registry.agency",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="devices",
                        to="registry.unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Loan",
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
                ("purpose", models.CharField(max_length=200, verbose_name="用途")),
                ("check_lines", models.JSONField(verbose_name="领用前检查")),
                ("out_at", models.DateTimeField(verbose_name="领用时间")),
                ("out_by", models.UUIDField()),
                ("due_at", models.DateTimeField(verbose_name="应归还时间")),
                ("returned_at", models.DateTimeField(null=True, verbose_name="归还时间")),
                ("returned_by", models.UUIDField(null=True)),
                (
                    "content",
                    models.CharField(blank=True, default="", max_length=500, verbose_name="记录内容"),
                ),
                (
                    "agency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
                ),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="loans", to="devices.device"
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loans",
                        to="registry.officer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Station",
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
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("key", models.CharField(default="", max_length=200, verbose_name="采集站公钥")),
                ("may_clear", models.BooleanField(default=False, verbose_name="可在复核后清除存储卡")),
                ("enrolled_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stations",
                        to="registry.agency",
                    ),
                ),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.unit")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="device",
            constraint=models.UniqueConstraint(fields=("agency", "number"), name="device_number"),
        ),
        migrations.AddConstraint(
            model_name="device",
            constraint=models.UniqueConstraint(fields=("agency", "serial"), name="device_serial"),
        ),
        migrations.AddIndex(
            model_name="loan",
            index=models.Index(fields=["device", "out_at"], name="loan_by_time"),
        ),
        migrations.AddConstraint(
            model_name="loan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("returned_at__isnull", True)),
                fields=("device",),
                name="loan_one_at_a_time",
            ),
        ),
        AppendOnly(
            "devices_loan",
            columns=[
                "id",
                "agency_id",
                "device_id",
                "officer_id",
                "purpose",
                "check_lines",
                "out_at",
                "out_by",
                "due_at",
            ],
        ),
        # Rows whose state goes on changing, each change with its line: none is removed, none becomes another.
        AppendOnly("devices_device", columns=["id"]),
        AppendOnly("devices_station", columns=["id"]),
    ]
