import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0003_second_factor"),
    ]

    operations = [
        migrations.CreateModel(
            name="GivenPassword",
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
                ("at", models.DateTimeField(verbose_name="给定的时间")),
                ("replaced_at", models.DateTimeField(null=True, verbose_name="换掉的时间")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="given_passwords",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        AppendOnly("registry_givenpassword", columns=["id", "account_id", "at"]),
    ]
