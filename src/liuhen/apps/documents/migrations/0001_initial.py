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
            name="Document",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="文书编号")),
                ("form", models.CharField(max_length=60, verbose_name="格式")),
                ("form_version", models.CharField(max_length=20)),
                ("title", models.CharField(max_length=100, verbose_name="名称")),
                ("subject_kind", models.CharField(max_length=60)),
                ("subject", models.UUIDField(db_index=True)),
                ("values", models.JSONField(verbose_name="内容")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("to_sign", "待签名"),
                            ("finalised", "已定稿"),
                            ("replaced", "已被新版本取代"),
                            ("void", "作废"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("made_at", models.DateTimeField()),
                ("finalised_at", models.DateTimeField(null=True)),
                ("sha256", models.CharField(default="", max_length=64)),
                ("sm3", models.CharField(default="", max_length=64)),
                (
                    "agency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
                ),
                (
                    "earlier",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="later",
                        to="documents.document",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
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
            name="Print",
            fields=[
                (
                    "document",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="printed",
                        serialize=False,
                        to="documents.document",
                    ),
                ),
                ("content", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Signature",
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
                ("role", models.CharField(max_length=30)),
                ("name", models.CharField(max_length=50)),
                (
                    "means",
                    models.CharField(
                        choices=[("sign", "手写签名"), ("seal", "盖章"), ("fingerprint", "捺指印")],
                        default="sign",
                        max_length=12,
                    ),
                ),
                ("image", models.TextField(default="", verbose_name="签名图（SVG 路径）")),
                ("at", models.DateTimeField()),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="documents.document",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="registry.officer"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("document", "role", "name"), name="signature_once")
                ],
            },
        ),
        AppendOnly("documents_signature"),
        AppendOnly("documents_print"),
        AppendOnly(
            "documents_document",
            columns=[
                "id",
                "agency_id",
                "unit_id",
                "number",
                "form",
                "subject_kind",
                "subject",
                "version",
                "earlier_id",
                "made_by_id",
                "made_at",
            ],
        ),
    ]
