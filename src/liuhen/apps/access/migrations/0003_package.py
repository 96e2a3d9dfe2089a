import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_glimpse"),
        ("registry", "0002_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="Package",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="包号")),
                ("subject_kind", models.CharField(max_length=60)),
                ("subject", models.UUIDField(db_index=True)),
                ("title", models.CharField(max_length=300, verbose_name="内容")),
                (
                    "recipient_kind",
                    models.CharField(
                        choices=[
                            ("court", "人民法院"),
                            ("procuratorate", "人民检察院"),
                            ("supervision", "纪检监察机关"),
                            ("justice", "司法行政机关"),
                            ("agency", "其他行政机关"),
                        ],
                        max_length=16,
                        verbose_name="接收机关的种类",
                    ),
                ),
                ("recipient", models.CharField(max_length=100, verbose_name="接收机关")),
                ("case_number", models.CharField(max_length=100, verbose_name="案号")),
                ("is_evidence", models.BooleanField(verbose_name="作为证据使用")),
                ("is_sensitive", models.BooleanField(verbose_name="内容复杂、敏感或者易引发争议")),
                ("asked_at", models.DateTimeField()),
                ("approval", models.CharField(default="", max_length=60, verbose_name="审批编号")),
                ("ordered_by", models.UUIDField(null=True)),
                ("ordered_at", models.DateTimeField(null=True)),
                ("made_at", models.DateTimeField(null=True)),
                ("size", models.BigIntegerField(null=True)),
                ("sha256", models.CharField(default="", max_length=64)),
                ("sm3", models.CharField(default="", max_length=64)),
                (
                    "agency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="packages",
                        to="registry.officer",
                    ),
                ),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.unit")),
            ],
            options={
                "abstract": False,
            },
        ),
        AppendOnly(
            "access_package",
            columns=[
                "id",
                "agency_id",
                "unit_id",
                "number",
                "subject_kind",
                "subject",
                "title",
                "recipient_kind",
                "recipient",
                "case_number",
                "is_evidence",
                "is_sensitive",
                "asked_by_id",
                "asked_at",
            ],
        ),
    ]
