import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("approval", "0001_initial"),
        ("registry", "0007_superiors"),
    ]

    operations = [
        migrations.CreateModel(
            name="SuperiorPaper",
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
                ("step", models.PositiveSmallIntegerField()),
                ("organ", models.CharField(max_length=100, verbose_name="批准机关")),
                ("number", models.CharField(max_length=100, verbose_name="文号")),
                ("dated", models.DateField(verbose_name="批准日期")),
                ("signer", models.CharField(max_length=50, verbose_name="签署人")),
                ("office", models.CharField(max_length=100, verbose_name="签署人职务")),
                (
                    "answer",
                    models.CharField(
                        choices=[("agree", "同意"), ("return", "退回")], max_length=10, verbose_name="意见"
                    ),
                ),
                ("assessment", models.TextField(verbose_name="分析评估")),
                ("scan", models.TextField(verbose_name="扫描件，Base64")),
                ("scan_type", models.CharField(max_length=40)),
                ("sha256", models.CharField(max_length=64)),
                ("entered_at", models.DateTimeField()),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.officer"
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="papers",
                        to="approval.request",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PaperCheck",
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
                    "outcome",
                    models.CharField(
                        choices=[("fits", "与纸质一致"), ("differs", "与纸质不符")],
                        max_length=10,
                        verbose_name="结论",
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=500, verbose_name="说明")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.officer"
                    ),
                ),
                (
                    "paper",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="check_row",
                        to="approval.superiorpaper",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        AppendOnly("approval_superiorpaper"),
        AppendOnly("approval_papercheck"),
    ]
