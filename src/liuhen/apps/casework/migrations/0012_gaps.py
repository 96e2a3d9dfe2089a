import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0011_parties"),
        ("evidence", "0007_vouchers"),
    ]

    operations = [
        migrations.CreateModel(
            name="InterruptionGap",
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
                    "found",
                    models.CharField(
                        choices=[
                            ("before", "第一段音像之前"),
                            ("between", "两段音像之间"),
                            ("inside", "一段音像之内"),
                            ("after", "最后一段音像之后"),
                            ("nothing", "没有音像"),
                        ],
                        max_length=10,
                        verbose_name="缺口所在",
                    ),
                ),
                ("broke_off_second", models.FloatField(null=True, verbose_name="断开处，秒")),
                ("went_on_second", models.FloatField(null=True, verbose_name="恢复处，秒")),
                ("measures", models.JSONField(default=list, verbose_name="采取的措施")),
                ("measures_note", models.CharField(default="", max_length=500, verbose_name="措施的说明")),
                (
                    "broke_off",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.recording",
                    ),
                ),
                (
                    "interruption",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gap",
                        to="casework.interruption",
                    ),
                ),
                (
                    "went_on",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="VoiceMark",
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
                ("by", models.UUIDField()),
                (
                    "interruption",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="voice_marks",
                        to="casework.interruption",
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.keysegment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("interruption", "segment"), name="voice_marked_once")
                ],
            },
        ),
        AppendOnly("casework_interruptiongap"),
        AppendOnly("casework_voicemark"),
    ]
