import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


def first_head(apps, _editor):
    """The counter every line is numbered from."""
    apps.get_model("journal", "Head").objects.create(pk=1, number=0)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.CharField(max_length=64)),
                ("note", models.TextField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
                ("verb", models.CharField(db_index=True, max_length=80)),
                ("actor_kind", models.CharField(max_length=12)),
                ("actor", models.UUIDField(db_index=True)),
                ("agency", models.UUIDField(db_index=True, null=True)),
                ("body", models.TextField()),
                ("salt", models.CharField(max_length=32)),
                ("leaf", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="Job",
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
                ("kind", models.CharField(max_length=60)),
                ("subject", models.UUIDField(db_index=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等待"),
                            ("running", "进行中"),
                            ("done", "完成"),
                            ("failed", "未成功"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("rank", models.PositiveSmallIntegerField(default=5)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("run_after", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("reason", models.TextField(default="")),
                ("line", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["state", "rank", "run_after"], name="job_next")],
            },
        ),
        migrations.CreateModel(
            name="About",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=60)),
                ("thing", models.UUIDField()),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="abouts", to="journal.line"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "thing", "line"), name="about_once")],
            },
        ),
        AppendOnly("journal_line"),
        AppendOnly("journal_about"),
        AppendOnly("journal_checkpoint"),
        migrations.RunPython(first_head, migrations.RunPython.noop),
    ]
