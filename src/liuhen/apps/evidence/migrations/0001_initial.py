import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("devices", "0001_initial"),
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Recording",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="音像编号")),
                (
                    "kind_of_scene",
                    models.CharField(
                        choices=[
                            ("on_scene", "现场"),
                            ("case_area", "办案区"),
                            ("reception", "受理"),
                            ("handover", "交接"),
                        ],
                        default="on_scene",
                        max_length=12,
                        verbose_name="种类",
                    ),
                ),
                ("source_name", models.TextField(verbose_name="原文件名")),
                ("source_path", models.TextField(default="", verbose_name="来源路径")),
                ("size", models.BigIntegerField(verbose_name="字节数")),
                ("sha256", models.CharField(db_index=True, max_length=64)),
                ("sm3", models.CharField(max_length=64)),
                ("device_serial", models.CharField(default="", max_length=80, verbose_name="申报的设备序号")),
                ("officer_number", models.CharField(default="", max_length=80, verbose_name="申报的警号")),
                ("file_time", models.DateTimeField(null=True, verbose_name="文件时间")),
                ("clock_error", models.FloatField(null=True, verbose_name="对接时设备时钟误差（秒）")),
                ("received_at", models.DateTimeField(verbose_name="入库时间")),
                ("received_by", models.UUIDField()),
                ("quarantine", models.TextField(default="", verbose_name="待查明原因")),
                ("verified_at", models.DateTimeField(null=True, verbose_name="复核时间")),
                (
                    "form",
                    models.CharField(
                        choices=[
                            ("photo", "照片"),
                            ("audio", "录音"),
                            ("video", "录像"),
                            ("unknown", "未能识别"),
                        ],
                        default="unknown",
                        max_length=10,
                        verbose_name="形式",
                    ),
                ),
                ("started_at", models.DateTimeField(null=True, verbose_name="开始时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                ("clock_believed", models.CharField(default="", max_length=40, verbose_name="采信的时钟")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recordings",
                        to="registry.agency",
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recordings",
                        to="devices.device",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recordings",
                        to="registry.officer",
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="devices.station"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recordings",
                        to="registry.unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LateNote",
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
                ("reason", models.TextField(verbose_name="事由")),
                ("remote_duty", models.BooleanField(verbose_name="连续、异地或偏远执法")),
                ("circumstance", models.CharField(default="", max_length=30, verbose_name="情形")),
                ("reported", models.BooleanField(null=True, verbose_name="已向负责人报告")),
                ("returned_at", models.DateTimeField(null=True, verbose_name="返回单位时间")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="late_notes",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Inspection",
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
                ("at", models.DateTimeField()),
                ("program", models.CharField(max_length=40)),
                ("sandbox", models.CharField(max_length=20)),
                ("facts", models.JSONField()),
                ("findings", models.JSONField()),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inspections",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Derived",
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
                    "kind_of_copy",
                    models.CharField(choices=[("thumbnail", "缩略图"), ("proxy", "播放副本")], max_length=12),
                ),
                ("media_type", models.CharField(max_length=60)),
                ("size", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("sm3", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
                ("made_how", models.CharField(max_length=200, verbose_name="制作方法")),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="derived",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Upload",
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
                ("opened_by", models.UUIDField()),
                ("opened_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("size", models.BigIntegerField()),
                ("clip", models.JSONField(verbose_name="申报")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "上传中"),
                            ("stored", "已入库"),
                            ("refused", "未入库"),
                            ("ended", "已取消"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField(default="")),
                (
                    "agency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="evidence.recording"
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="devices.station"
                    ),
                ),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.unit")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["agency", "-received_at", "-id"], name="recording_newest"),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["unit", "started_at"], name="recording_by_unit_time"),
        ),
        AppendOnly(
            "evidence_recording",
            columns=[
                "id",
                "agency_id",
                "number",
                "kind_of_scene",
                "source_name",
                "source_path",
                "size",
                "sha256",
                "sm3",
                "device_serial",
                "officer_number",
                "file_time",
                "clock_error",
                "station_id",
                "received_at",
                "received_by",
            ],
        ),
        AppendOnly("evidence_inspection"),
        AppendOnly("evidence_derived"),
        AppendOnly("evidence_latenote"),
        # Rows whose state goes on changing, each change with its line: none is removed, none becomes another.
        AppendOnly("evidence_upload", columns=["id"]),
    ]
