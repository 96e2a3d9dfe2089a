import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly, Unguarded

_KEY = models.UUIDField(
    default=liuhen.kernel.identifiers.new_id, editable=False, primary_key=True, serialize=False
)


class Migration(migrations.Migration):
    """A link that was taken back may be made again, so the pair is no longer unique; standing links are held by the act."""

    dependencies = [
        ("casework", "0003_absence_note"),
        ("evidence", "0003_sources"),
    ]

    operations = [
        # SQLite makes the table anew without its constraint; the guard goes before and comes back after.
        Unguarded("casework_link"),
        migrations.RemoveConstraint(model_name="link", name="link_once"),
        AppendOnly("casework_link"),
        migrations.CreateModel(
            name="LinkSpan",
            fields=[
                ("id", _KEY.clone()),
                ("begins", models.FloatField(verbose_name="起，秒")),
                ("ends", models.FloatField(verbose_name="止，秒")),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="span",
                        to="casework.link",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Unlinking",
            fields=[
                ("id", _KEY.clone()),
                ("reason", models.TextField(verbose_name="理由")),
                ("approval", models.CharField(max_length=60, verbose_name="审批编号")),
                ("at", models.DateTimeField()),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unlinking",
                        to="casework.link",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="NoCase",
            fields=[
                ("id", _KEY.clone()),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("test", "试录、培训或者演练"),
                            ("mistake", "误录，没有执法内容"),
                            ("nothing", "到场后没有发生执法活动"),
                            ("refused", "制度不接受的设备摄录"),
                            ("other", "其他"),
                        ],
                        max_length=10,
                        verbose_name="情形",
                    ),
                ),
                ("reason", models.TextField(verbose_name="理由")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "recording",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="no_case",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        AppendOnly("casework_linkspan"),
        AppendOnly("casework_unlinking"),
        AppendOnly("casework_nocase"),
    ]
