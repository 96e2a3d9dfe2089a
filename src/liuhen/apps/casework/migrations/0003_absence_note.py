import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0002_lists"),
        ("registry", "0002_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="AbsenceNote",
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
                ("absence", models.UUIDField(unique=True, verbose_name="应有未有")),
                ("cause", models.CharField(max_length=20, verbose_name="情形")),
                ("says", models.TextField(verbose_name="当时的所见")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("explained", "已说明"), ("elsewhere", "另有保存"), ("lost", "确已缺失")],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("reason", models.TextField(verbose_name="理由")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "agency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
                ),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.unit")),
            ],
            options={
                "abstract": False,
            },
        ),
        AppendOnly("casework_absencenote"),
    ]
