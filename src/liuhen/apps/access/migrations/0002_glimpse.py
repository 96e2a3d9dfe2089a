import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
        ("evidence", "0001_initial"),
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Glimpse",
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
                ("day", models.DateField(verbose_name="日期，北京时间")),
                (
                    "officer",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.officer"),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="glimpses",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("officer", "recording", "day"), name="glimpse_once_a_day")
                ],
            },
        ),
        AppendOnly("access_glimpse"),
    ]
