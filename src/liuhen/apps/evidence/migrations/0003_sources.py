import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0002_card_lists"),
        ("registry", "0002_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="ErasureNote",
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
                ("says", models.TextField(verbose_name="怎样删除、由谁在场")),
                ("erased_at", models.DateTimeField(verbose_name="删除时间")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "recording",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasure_note",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SourceStatement",
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
                    "source",
                    models.CharField(
                        choices=[
                            ("phone", "手机"),
                            ("camera", "照相机、摄像机"),
                            ("voice_pen", "录音笔"),
                            ("fixed", "固定场所音像系统"),
                            ("disc", "光盘或者其他存储介质"),
                            ("agency", "其他机关移送"),
                            ("other", "其他"),
                        ],
                        max_length=12,
                        verbose_name="来源种类",
                    ),
                ),
                ("maker", models.CharField(max_length=100, verbose_name="厂牌型号")),
                ("serial", models.CharField(default="", max_length=100, verbose_name="设备或者介质编号")),
                ("taken_by", models.CharField(max_length=100, verbose_name="摄录人")),
                ("taken_at", models.DateTimeField(verbose_name="摄录时间")),
                ("taken_where", models.CharField(max_length=200, verbose_name="摄录地点")),
                ("why", models.TextField(verbose_name="未用配发设备的原因")),
                ("handed_by", models.CharField(max_length=100, verbose_name="交出人")),
                ("handed_to", models.CharField(max_length=100, verbose_name="接收人")),
                ("package", models.CharField(default="", max_length=100, verbose_name="移送文号或者清单号")),
                ("substitute", models.BooleanField(verbose_name="替代设备摄录")),
                ("allowed_by", models.CharField(default="", max_length=100, verbose_name="制度允许的措施")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "officer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_sources",
                        to="registry.officer",
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="source_statements",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SourceAnswer",
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
                    "answer",
                    models.CharField(choices=[("confirm", "属实"), ("return", "退回")], max_length=10),
                ),
                ("reason", models.TextField(default="")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "statement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answered",
                        to="evidence.sourcestatement",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        AppendOnly("evidence_sourcestatement"),
        AppendOnly("evidence_sourceanswer"),
        AppendOnly("evidence_erasurenote"),
    ]
