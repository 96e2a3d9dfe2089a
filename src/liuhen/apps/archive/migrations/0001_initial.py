import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("evidence", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ArchiveNumber",
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
                ("number", models.CharField(max_length=120, unique=True, verbose_name="档案编号")),
                ("parts", models.JSONField(verbose_name="编号各部分")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "recording",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="archive_number",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        AppendOnly("archive_archivenumber"),
    ]
