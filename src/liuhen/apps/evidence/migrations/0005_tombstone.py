import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0004_device_logs"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tombstone",
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
                ("disposal", models.CharField(max_length=60, verbose_name="销毁清单")),
                ("sha256", models.CharField(max_length=64)),
                ("sm3", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("copies", models.JSONField(verbose_name="派生件的摘要")),
                ("set_aside_at", models.DateTimeField(verbose_name="移出时间")),
                ("put_back_at", models.DateTimeField(null=True, verbose_name="放回时间")),
                ("destroyed_at", models.DateTimeField(null=True, verbose_name="销毁时间")),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tombstones",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("put_back_at", None)),
                        fields=("recording",),
                        name="tombstone_one_at_a_time",
                    )
                ],
            },
        ),
        AppendOnly(
            "evidence_tombstone",
            columns=["id", "recording_id", "disposal", "sha256", "sm3", "size", "copies", "set_aside_at"],
        ),
    ]
