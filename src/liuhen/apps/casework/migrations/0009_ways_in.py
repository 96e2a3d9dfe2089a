import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0008_handovers"),
        ("devices", "0003_equipment"),
        ("registry", "0002_law"),
    ]

    operations = [
        migrations.AlterField(
            model_name="case",
            name="stage",
            field=models.CharField(
                choices=[
                    ("intake", "启动"),
                    ("investigation", "调查取证"),
                    ("review", "审查决定"),
                    ("service", "送达执行"),
                    ("concluded", "终结"),
                    ("archived", "归档"),
                    ("not_started", "不启动"),
                    ("transferred", "移送"),
                ],
                default="intake",
                max_length=16,
                verbose_name="环节",
            ),
        ),
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
            name="Recusal",
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
                    "asked",
                    models.CharField(
                        choices=[("self", "自行回避"), ("party", "当事人申请"), ("office", "机关提出")],
                        max_length=8,
                        verbose_name="怎样提出",
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="理由")),
                ("at", models.DateTimeField(verbose_name="提出时间")),
                ("by", models.UUIDField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recusals",
                        to="casework.case",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recusals",
                        to="registry.officer",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RecusalDecision",
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
                ("agreed", models.BooleanField(verbose_name="回避")),
                ("reason", models.CharField(max_length=500, verbose_name="理由")),
                ("at", models.DateTimeField(verbose_name="决定时间")),
                ("by", models.UUIDField()),
                (
                    "recusal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decision",
                        to="casework.recusal",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Stay",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="停留编号")),
                ("person", models.CharField(max_length=50, verbose_name="被带入的人")),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                ("by", models.UUIDField()),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stays",
                        to="casework.activity",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StayStep",
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
                            ("enter", "入区"),
                            ("safety", "安全检查"),
                            ("information", "信息采集"),
                            ("questioning", "询问、讯问"),
                            ("identification", "辨认"),
                            ("waiting", "候问看管"),
                            ("other", "其他"),
                            ("leave", "离区"),
                        ],
                        max_length=14,
                        verbose_name="一步",
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="开始")),
                ("says", models.CharField(default="", max_length=500, verbose_name="说明")),
                ("unready", models.CharField(default="", max_length=200, verbose_name="场所没有就绪")),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                ("by", models.UUIDField()),
                (
                    "room",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stay_steps",
                        to="devices.room",
                    ),
                ),
                (
                    "stay",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="casework.stay"
                    ),
                ),
            ],
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
        migrations.AddConstraint(
            model_name="staystep",
            constraint=models.UniqueConstraint(fields=("stay", "starts_at"), name="stay_step_once_a_moment"),
        ),
        AppendOnly("casework_intake"),
        AppendOnly("casework_intakechange"),
        AppendOnly("casework_intakestep"),
        AppendOnly("casework_systemnotice"),
        AppendOnly("casework_stay"),
        AppendOnly("casework_staystep"),
        AppendOnly("casework_recusal"),
        AppendOnly("casework_recusaldecision"),
        AppendOnly(
            "casework_outsidesystem",
            columns=["id", "agency_id", "unit_id", "name", "scopes", "key_digest", "webhook", "enrolled_at"],
        ),
    ]
