import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("devices", "0001_initial"),
        ("documents", "0001_initial"),
        ("evidence", "0001_initial"),
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="案号")),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("permit", "行政许可"),
                            ("penalty", "行政处罚"),
                            ("coercion", "行政强制"),
                            ("inspection", "行政检查"),
                            ("charging", "行政收费"),
                            ("other", "其他"),
                        ],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                (
                    "start_mode",
                    models.CharField(
                        choices=[
                            ("ex_officio", "依职权"),
                            ("on_application", "依申请"),
                            ("on_complaint", "投诉举报"),
                            ("on_incident", "接处警"),
                        ],
                        max_length=16,
                        verbose_name="启动方式",
                    ),
                ),
                ("cause", models.CharField(max_length=200, verbose_name="案由")),
                ("place_text", models.CharField(default="", max_length=200, verbose_name="地点")),
                ("party", models.CharField(default="", max_length=100, verbose_name="当事人")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("intake", "启动"),
                            ("investigation", "调查取证"),
                            ("review", "审查决定"),
                            ("service", "送达执行"),
                            ("concluded", "终结"),
                            ("archived", "归档"),
                            ("not_started", "不启动"),
                        ],
                        default="intake",
                        max_length=16,
                        verbose_name="环节",
                    ),
                ),
                ("opened_at", models.DateTimeField(verbose_name="启动时间")),
                ("concluded_at", models.DateTimeField(null=True, verbose_name="终结时间")),
                ("archived_at", models.DateTimeField(null=True, verbose_name="归档时间")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="registry.agency",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="registry.officer",
                    ),
                ),
                (
                    "second_officer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seconded_cases",
                        to="registry.officer",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="registry.unit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Activity",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="活动编号")),
                ("activity_type", models.CharField(max_length=60, verbose_name="类型")),
                ("subject", models.CharField(max_length=200, verbose_name="事由")),
                ("place_text", models.CharField(default="", max_length=200, verbose_name="地点")),
                ("latitude", models.FloatField(null=True, verbose_name="纬度")),
                ("longitude", models.FloatField(null=True, verbose_name="经度")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "待开始"),
                            ("under_way", "进行中"),
                            ("ended", "已结束"),
                            ("closed", "已办结"),
                        ],
                        default="planned",
                        max_length=10,
                    ),
                ),
                ("planned_at", models.DateTimeField(verbose_name="计划时间")),
                ("arrived_at", models.DateTimeField(null=True, verbose_name="到达时间")),
                ("started_at", models.DateTimeField(null=True, verbose_name="开始时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                ("left_at", models.DateTimeField(null=True, verbose_name="离开时间")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("suspect_brought_back", models.BooleanField(null=True, verbose_name="带回违法嫌疑人")),
                ("case_area_entry_at", models.DateTimeField(null=True, verbose_name="进入办案区时间")),
                ("case_area_left_at", models.DateTimeField(null=True, verbose_name="离开办案区时间")),
                ("flags", models.JSONField(default=list, verbose_name="标记")),
                ("acts", models.JSONField(default=list, verbose_name="须告知的行为")),
                ("carriers", models.PositiveSmallIntegerField(null=True, verbose_name="携带设备人数")),
                (
                    "shortfall_reason",
                    models.CharField(default="", max_length=500, verbose_name="设备不足的说明"),
                ),
                (
                    "not_recorded_reason",
                    models.CharField(default="", max_length=500, verbose_name="不录的说明"),
                ),
                ("announced", models.BooleanField(null=True, verbose_name="已告知")),
                (
                    "not_announced_reason",
                    models.CharField(default="", max_length=500, verbose_name="未告知的说明"),
                ),
                ("objected", models.BooleanField(null=True, verbose_name="当事人提出异议")),
                ("objection_explained", models.BooleanField(null=True, verbose_name="已说明")),
                ("stopped_on_objection", models.BooleanField(null=True, verbose_name="因异议停录")),
                ("checklist", models.JSONField(default=list, verbose_name="摄录内容")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activities",
                        to="registry.agency",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activities",
                        to="registry.unit",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activities",
                        to="casework.case",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Declaration",
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
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="declarations",
                        to="casework.activity",
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="devices.device"),
                ),
                (
                    "officer",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.officer"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Exemption",
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
                ("code", models.CharField(max_length=40)),
                ("reason", models.TextField(verbose_name="原因")),
                ("basis", models.TextField(verbose_name="依据")),
                ("entered_at", models.DateTimeField()),
                ("entered_by", models.UUIDField()),
                (
                    "activity",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exemption",
                        to="casework.activity",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Interruption",
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
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("cause", models.CharField(max_length=30)),
                ("resumed", models.BooleanField(null=True)),
                ("voice_explained", models.BooleanField(null=True)),
                ("reported_at", models.DateTimeField(null=True)),
                ("fault_confirmed", models.BooleanField(null=True)),
                ("entered_at", models.DateTimeField()),
                ("entered_by", models.UUIDField()),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interruptions",
                        to="casework.activity",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="documents.document"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Link",
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
                    "part",
                    models.CharField(
                        choices=[("whole", "全段"), ("segment", "部分"), ("context", "背景")],
                        default="whole",
                        max_length=10,
                    ),
                ),
                ("is_evidence", models.BooleanField(default=False, verbose_name="作为证据")),
                ("reasons", models.JSONField(default=list, verbose_name="依据")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links",
                        to="casework.activity",
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links",
                        to="evidence.recording",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Member",
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
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="casework.activity",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="registry.officer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StageChange",
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
                ("before", models.CharField(max_length=16)),
                ("after", models.CharField(max_length=16)),
                ("note", models.CharField(default="", max_length=500)),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stage_changes",
                        to="casework.case",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["agency", "-opened_at", "-id"], name="case_newest"),
        ),
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(fields=["agency", "-planned_at", "-id"], name="activity_newest"),
        ),
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(fields=["unit", "planned_at"], name="activity_by_unit_time"),
        ),
        migrations.AddConstraint(
            model_name="declaration",
            constraint=models.UniqueConstraint(fields=("activity", "device"), name="declared_once"),
        ),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.UniqueConstraint(fields=("activity", "recording"), name="link_once"),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(fields=("activity", "officer"), name="member_once"),
        ),
        AppendOnly("casework_link"),
        AppendOnly("casework_stagechange"),
        AppendOnly("casework_declaration"),
        AppendOnly("casework_exemption"),
        AppendOnly("casework_member"),
        # Rows whose state goes on changing, each change with its line: none is removed, none becomes another.
        AppendOnly("casework_case", columns=["id"]),
        AppendOnly("casework_activity", columns=["id"]),
        AppendOnly("casework_interruption", columns=["id"]),
    ]
