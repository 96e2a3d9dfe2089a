import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0008_handovers"),
        ("registry", "0002_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="Intake",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="受理编号")),
                (
                    "sort",
                    models.CharField(
                        choices=[
                            ("incident", "警情"),
                            ("complaint", "投诉举报"),
                            ("application", "申请"),
                            ("lead", "依职权线索"),
                        ],
                        max_length=12,
                        verbose_name="种类",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("call", "电话"),
                            ("visit", "当面"),
                            ("letter", "书面"),
                            ("online", "网上"),
                            ("patrol", "巡查发现"),
                            ("assigned", "上级交办"),
                            ("referred", "其他单位移送"),
                            ("system", "系统推送"),
                        ],
                        max_length=10,
                        verbose_name="来源",
                    ),
                ),
                ("subject", models.CharField(max_length=200, verbose_name="事由")),
                ("content", models.TextField(default="", verbose_name="内容")),
                ("place_text", models.CharField(default="", max_length=200, verbose_name="地点")),
                ("latitude", models.FloatField(null=True, verbose_name="纬度")),
                ("longitude", models.FloatField(null=True, verbose_name="经度")),
                ("person", models.CharField(default="", max_length=100, verbose_name="来人")),
                ("contact", models.CharField(default="", max_length=100, verbose_name="联系方式")),
                ("real_name", models.BooleanField(null=True, verbose_name="实名")),
                ("happened_at", models.DateTimeField(null=True, verbose_name="所述时间")),
                ("received_at", models.DateTimeField(verbose_name="收到时间")),
                ("outside_number", models.CharField(default="", max_length=100, verbose_name="来文编号")),
                ("sha256", models.CharField(default="", max_length=64, verbose_name="来文摘要")),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                ("by", models.UUIDField()),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="intakes",
                        to="registry.agency",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="intakes",
                        to="registry.officer",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="intakes",
                        to="registry.unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IntakeChange",
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
                ("content", models.JSONField(verbose_name="后来的内容")),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "intake",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="casework.intake",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IntakeStep",
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
                    "sort",
                    models.CharField(
                        choices=[
                            ("dispatched", "派警"),
                            ("arrived", "到达现场"),
                            ("left", "离开现场"),
                            ("planned", "登记现场活动"),
                            ("opened", "启动执法事项"),
                            ("handled", "处置完毕"),
                            ("invalid", "无效警情"),
                            ("no_dispatch", "未出警"),
                            ("no_scene", "无现场"),
                            ("quick_claim", "快速理赔"),
                            ("transferred", "转送有权机关"),
                            ("told", "告知本人"),
                            ("compared", "核对来文变更"),
                        ],
                        max_length=12,
                        verbose_name="一步",
                    ),
                ),
                ("says", models.CharField(default="", max_length=500, verbose_name="说明")),
                ("happened_at", models.DateTimeField(verbose_name="时间")),
                ("outside_key", models.CharField(default="", max_length=100, verbose_name="来文编号")),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                ("by", models.UUIDField()),
                (
                    "activity",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="intake_steps",
                        to="casework.activity",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="intake_steps",
                        to="casework.case",
                    ),
                ),
                (
                    "change",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="casework.intakechange",
                    ),
                ),
                (
                    "intake",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="casework.intake",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OutsideSystem",
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
                ("scopes", models.JSONField(verbose_name="可推送")),
                ("key_digest", models.CharField(max_length=64, unique=True)),
                ("webhook", models.CharField(default="", max_length=300, verbose_name="告知地址")),
                ("enrolled_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outside_systems",
                        to="registry.agency",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outside_systems",
                        to="registry.unit",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="intake",
            name="system",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="intakes",
                to="casework.outsidesystem",
            ),
        ),
        migrations.CreateModel(
            name="SystemNotice",
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
                ("trouble", models.CharField(default="", max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="casework.intakestep",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="intakechange",
            constraint=models.UniqueConstraint(fields=("intake", "sha256"), name="intake_change_once"),
        ),
        migrations.AddIndex(
            model_name="intakestep",
            index=models.Index(fields=["intake", "happened_at"], name="intake_step_in_order"),
        ),
        migrations.AddConstraint(
            model_name="intakestep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outside_key", ""), _negated=True),
                fields=("intake", "outside_key"),
                name="intake_step_once_a_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="outsidesystem",
            constraint=models.UniqueConstraint(fields=("agency", "name"), name="outside_system_name"),
        ),
        migrations.AddIndex(
            model_name="intake",
            index=models.Index(fields=["agency", "-received_at", "-id"], name="intake_newest"),
        ),
        migrations.AddIndex(
            model_name="intake",
            index=models.Index(fields=["unit", "-received_at", "-id"], name="intake_newest_of_unit"),
        ),
        migrations.AddConstraint(
            model_name="intake",
            constraint=models.UniqueConstraint(
                fields=("system", "outside_number"), name="intake_once_a_number"
            ),
        ),
        AppendOnly("casework_intake"),
        AppendOnly("casework_intakechange"),
        AppendOnly("casework_intakestep"),
        AppendOnly("casework_systemnotice"),
        AppendOnly(
            "casework_outsidesystem",
            columns=["id", "agency_id", "unit_id", "name", "scopes", "key_digest", "webhook", "enrolled_at"],
        ),
    ]
