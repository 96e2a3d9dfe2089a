import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0009_slices"),
    ]

    operations = [
        migrations.CreateModel(
            name="LiveCopy",
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
                        choices=[("sound", "按声音"), ("picture", "按画面")],
                        max_length=12,
                        verbose_name="依据",
                    ),
                ),
                ("offset", models.FloatField(verbose_name="副本的开头在原件的第几秒")),
                ("measure", models.FloatField(verbose_name="两份相像的程度")),
                ("covered", models.FloatField(verbose_name="盖住原件的秒数")),
                ("length", models.FloatField(verbose_name="原件的秒数")),
                ("program", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                (
                    "original",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="live_copies",
                        to="evidence.recording",
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="originals",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["recording", "at"], name="livecopy_newest"),
                    models.Index(fields=["original", "at"], name="livecopy_of"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Recognition",
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
                ("model", models.CharField(max_length=60, verbose_name="模型")),
                ("sha256", models.CharField(max_length=64, verbose_name="模型的 SHA-256")),
                ("program", models.CharField(max_length=40)),
                ("words", models.JSONField(default=list, verbose_name="听到的字：秒、字、把握")),
                (
                    "hints",
                    models.JSONField(
                        default=list, verbose_name="可能的口头告知：哪一项、起、止、把握、听到的话"
                    ),
                ),
                (
                    "why",
                    models.CharField(blank=True, default="", max_length=300, verbose_name="没有做成的原因"),
                ),
                ("at", models.DateTimeField()),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recognitions",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["recording", "at"], name="recognition_newest")],
            },
        ),
        AppendOnly("evidence_recognition"),
        AppendOnly("evidence_livecopy"),
    ]
