import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0005_redactions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Watching",
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
                ("spans", models.JSONField(verbose_name="时段，整秒")),
                ("is_sound_only", models.BooleanField(default=False, verbose_name="只听声音")),
                ("at", models.DateTimeField(verbose_name="报来的时间")),
                (
                    "viewing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="watchings",
                        to="access.viewing",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        AppendOnly("access_watching"),
    ]
