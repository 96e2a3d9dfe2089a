import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0004_device_logs"),
        ("registry", "0002_law"),
        ("retention", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Hold",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="暂缓编号")),
                ("subject_kind", models.CharField(max_length=60)),
                ("subject", models.UUIDField(db_index=True)),
                ("subject_number", models.CharField(max_length=120, verbose_name="对象编号")),
                (
                    "matter",
                    models.CharField(
                        choices=[
                            ("reconsideration", "行政复议"),
                            ("litigation", "诉讼"),
                            ("petition", "信访"),
                            ("supervision", "督察或者纪检"),
                            ("other", "其他"),
                        ],
                        max_length=16,
                        verbose_name="事项",
                    ),
                ),
                ("reference", models.CharField(max_length=120, verbose_name="案号或者登记号")),
                ("authority", models.CharField(max_length=120, verbose_name="决定或者受理的机关")),
                ("reason", models.TextField(verbose_name="事由")),
                ("placed_at", models.DateTimeField()),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="registry.agency",
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="placed_holds",
                        to="registry.officer",
                    ),
                ),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.unit")),
            ],
        ),
        migrations.CreateModel(
            name="HoldRelease",
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
                ("reason", models.TextField(verbose_name="终结的事由")),
                ("approval", models.CharField(max_length=60, verbose_name="审批编号")),
                ("at", models.DateTimeField()),
                (
                    "hold",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="release",
                        to="retention.hold",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="KeepingDecision",
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
                ("until", models.DateTimeField(verbose_name="保存至")),
                ("reason", models.TextField(verbose_name="理由")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.officer"
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="keeping_decisions",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Shortening",
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
                ("before_rank", models.CharField(max_length=12)),
                ("before_until", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(verbose_name="缩短至")),
                ("reason", models.TextField(verbose_name="事由")),
                ("proposed_at", models.DateTimeField()),
                ("approval", models.CharField(default="", max_length=60, verbose_name="审批编号")),
                ("applied_at", models.DateTimeField(null=True)),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.officer"
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shortenings",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(fields=["agency", "-placed_at", "-id"], name="hold_newest"),
        ),
        AppendOnly("retention_hold"),
        AppendOnly("retention_holdrelease"),
        AppendOnly("retention_keepingdecision"),
        AppendOnly(
            "retention_shortening",
            columns=[
                "id",
                "recording_id",
                "before_rank",
                "before_until",
                "until",
                "reason",
                "proposed_by_id",
                "proposed_at",
            ],
        ),
    ]
