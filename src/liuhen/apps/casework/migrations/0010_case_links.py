import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0009_ways_in"),
        ("evidence", "0006_seen"),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseLink",
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
                ("begins", models.FloatField(null=True, verbose_name="起，秒")),
                ("ends", models.FloatField(null=True, verbose_name="止，秒")),
                ("is_evidence", models.BooleanField(default=False, verbose_name="作为证据")),
                ("reasons", models.JSONField(default=list, verbose_name="依据")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="casework.case"
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="case_links",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CaseUnlinking",
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
                ("reason", models.TextField(verbose_name="理由")),
                ("approval", models.CharField(max_length=60, verbose_name="审批编号")),
                ("at", models.DateTimeField()),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unlinking",
                        to="casework.caselink",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        AppendOnly("casework_caselink"),
        AppendOnly("casework_caseunlinking"),
    ]
