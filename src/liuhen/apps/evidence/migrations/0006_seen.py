import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0005_tombstone"),
    ]

    operations = [
        migrations.AlterField(
            model_name="derived",
            name="kind_of_copy",
            field=models.CharField(
                choices=[("thumbnail", "缩略图"), ("proxy", "播放副本"), ("redacted", "遮挡副本")],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="Alignment",
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
                    "way",
                    models.CharField(
                        choices=[
                            ("sound", "按声音"),
                            ("satellite", "按卫星时间"),
                            ("clock", "按所采信的时钟"),
                        ],
                        max_length=12,
                        verbose_name="依据",
                    ),
                ),
                ("offset", models.FloatField(verbose_name="开头在后多少秒")),
                ("drift", models.FloatField(verbose_name="每秒多走多少秒")),
                ("error", models.FloatField(verbose_name="可能差多少秒")),
                ("measure", models.FloatField(null=True, verbose_name="两路声音相像的程度")),
                ("program", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                (
                    "ground",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="laid_on_it",
                        to="evidence.recording",
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alignments",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["ground", "recording", "at"], name="alignment_of_pair")],
            },
        ),
        migrations.CreateModel(
            name="KeySegment",
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
                ("begins", models.FloatField(verbose_name="起，媒体时间的秒")),
                ("ends", models.FloatField(verbose_name="止，媒体时间的秒")),
                ("says", models.CharField(max_length=500, verbose_name="内容")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                ("withdrawn_by", models.UUIDField(null=True)),
                (
                    "withdrawn_why",
                    models.CharField(blank=True, default="", max_length=500, verbose_name="撤回理由"),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="key_segments",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["recording", "begins"], name="keysegment_in_order")],
            },
        ),
        AppendOnly("evidence_alignment"),
        AppendOnly(
            "evidence_keysegment",
            columns=["id", "recording_id", "begins", "ends", "says", "at", "by"],
        ),
    ]
