import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Request",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="审批编号")),
                ("purpose", models.CharField(max_length=40)),
                ("subject_kind", models.CharField(max_length=60)),
                ("subject", models.UUIDField(db_index=True)),
                ("reason", models.TextField(verbose_name="事由")),
                ("chain", models.JSONField(verbose_name="审批链")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "待审批"),
                            ("approved", "已同意"),
                            ("returned", "已退回"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "agency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
                ),
                (
                    "requester",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requests",
                        to="registry.officer",
                    ),
                ),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.unit")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Opinion",
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
                ("role", models.CharField(max_length=30)),
                ("answer", models.CharField(choices=[("agree", "同意"), ("return", "退回")], max_length=10)),
                ("reason", models.TextField(default="")),
                ("at", models.DateTimeField()),
                (
                    "officer",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.officer"),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinions",
                        to="approval.request",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("request", "step"), name="opinion_each_step_once"),
                    models.UniqueConstraint(fields=("request", "officer"), name="opinion_nobody_twice"),
                ],
            },
        ),
        AppendOnly("approval_opinion"),
        AppendOnly(
            "approval_request",
            columns=[
                "id",
                "agency_id",
                "unit_id",
                "number",
                "purpose",
                "subject_kind",
                "subject",
                "reason",
                "requester_id",
                "chain",
                "made_at",
            ],
        ),
    ]
