import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_package"),
        ("evidence", "0004_device_logs"),
        ("registry", "0002_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecrecyMark",
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
                ("secret", models.CharField(max_length=20, verbose_name="种类")),
                (
                    "step",
                    models.CharField(
                        choices=[("told", "指出涉及"), ("marked", "作出标记"), ("lifted", "解除")],
                        max_length=8,
                        verbose_name="办理",
                    ),
                ),
                ("persons", models.JSONField(default=list, verbose_name="知悉范围")),
                ("says", models.CharField(max_length=500, verbose_name="理由")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="secrecy",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["recording", "at"], name="secrecy_by_time")],
            },
        ),
        migrations.CreateModel(
            name="SupplyRequest",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="编号")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("incident", "警情监督"),
                            ("review", "案件审核"),
                            ("rights", "民警维权"),
                            ("patrol", "执法巡查"),
                            ("complaint", "核查信访投诉"),
                        ],
                        max_length=12,
                        verbose_name="用途",
                    ),
                ),
                ("says", models.CharField(max_length=500, verbose_name="事由")),
                ("asked_at", models.DateTimeField(verbose_name="要求时间")),
                ("due_at", models.DateTimeField(verbose_name="答复期限")),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("supplied", "已提供"), ("objected", "提出异议")],
                        default="",
                        max_length=10,
                        verbose_name="答复",
                    ),
                ),
                ("reply", models.CharField(blank=True, default="", max_length=500, verbose_name="答复内容")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="答复时间")),
                (
                    "agency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
                ),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.officer",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supply_requests",
                        to="registry.officer",
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supply_requests",
                        to="evidence.recording",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supply_requests",
                        to="registry.unit",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["unit", "answered_at"], name="supply_of_unit")],
            },
        ),
        AppendOnly("access_secrecymark"),
        AppendOnly(
            "access_supplyrequest",
            columns=[
                "id",
                "agency_id",
                "unit_id",
                "number",
                "recording_id",
                "purpose",
                "says",
                "asked_by_id",
                "asked_at",
                "due_at",
            ],
        ),
    ]
