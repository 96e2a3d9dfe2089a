import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0002_job_due"),
    ]

    operations = [
        migrations.CreateModel(
            name="Halt",
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
                    "why",
                    models.CharField(
                        choices=[
                            ("rollback", "换成了旧的副本"),
                            ("fork", "同一本日志有两种内容"),
                            ("altered", "内容与签名不符"),
                        ],
                        max_length=10,
                    ),
                ),
                ("size", models.BigIntegerField()),
                ("root", models.CharField(max_length=64)),
                ("note", models.TextField(default="")),
                ("witness", models.CharField(default="", max_length=200)),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OutsideContact",
            fields=[
                ("key", models.CharField(max_length=400, primary_key=True, serialize=False)),
                ("tried_at", models.DateTimeField()),
                ("trouble", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("witness", models.CharField(max_length=200)),
                ("key", models.CharField(max_length=400)),
                ("line", models.TextField()),
                ("at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("on_paper", models.BooleanField(default=False)),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cosignatures",
                        to="journal.checkpoint",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["key", "checkpoint"], name="cosigned_by")],
                "constraints": [models.UniqueConstraint(fields=("checkpoint", "key"), name="cosigned_once")],
            },
        ),
        migrations.CreateModel(
            name="TimeToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("authority", models.CharField(max_length=200)),
                ("token", models.BinaryField()),
                ("serial", models.CharField(max_length=80)),
                ("policy", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tokens",
                        to="journal.checkpoint",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("checkpoint", "authority"), name="stamped_once")
                ],
            },
        ),
        AppendOnly("journal_halt"),
        AppendOnly("journal_cosignature"),
        AppendOnly("journal_timetoken"),
    ]
