import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0007_vouchers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Seclusion",
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
                ("is_closed", models.BooleanField(verbose_name="限制知悉")),
                ("persons", models.TextField(blank=True, default="", verbose_name="知悉范围")),
                ("at", models.DateTimeField()),
                (
                    "recording",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seclusion",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        AppendOnly("evidence_seclusion", columns=["id", "recording_id"]),
    ]
