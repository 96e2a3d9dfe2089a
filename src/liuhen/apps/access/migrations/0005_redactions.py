import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0004_who_may_see"),
        ("evidence", "0006_seen"),
        ("registry", "0002_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="Redaction",
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
                ("purpose", models.CharField(max_length=500, verbose_name="为何制作")),
                ("masks", models.JSONField(verbose_name="遮挡清单")),
                ("drawn_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("drawn", "正在制作"), ("rendered", "待审核"), ("failed", "没有制成")],
                        default="drawn",
                        max_length=10,
                    ),
                ),
                ("proof", models.JSONField(null=True, verbose_name="证明")),
                (
                    "trouble",
                    models.CharField(blank=True, default="", max_length=300, verbose_name="没有制成的原因"),
                ),
                (
                    "agency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
                ),
                (
                    "derived",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redactions",
                        to="evidence.derived",
                    ),
                ),
                (
                    "drawn_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redactions",
                        to="registry.officer",
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redactions",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RedactionAnswer",
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
                    models.CharField(
                        choices=[("approved", "可以使用"), ("returned", "退回重做")],
                        max_length=10,
                        verbose_name="意见",
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=500, verbose_name="理由")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.officer"
                    ),
                ),
                (
                    "redaction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answered",
                        to="access.redaction",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RedactionLook",
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
                ("opened_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.officer"
                    ),
                ),
                (
                    "redaction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="looks",
                        to="access.redaction",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        AppendOnly(
            "access_redaction",
            columns=[
                "id",
                "agency_id",
                "number",
                "recording_id",
                "purpose",
                "masks",
                "drawn_by_id",
                "drawn_at",
            ],
        ),
        AppendOnly("access_redactionanswer"),
        AppendOnly("access_redactionlook"),
    ]
