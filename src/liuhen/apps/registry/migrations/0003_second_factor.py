import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0002_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecondFactor",
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
                ("secret", models.CharField(max_length=200, verbose_name="密封的种子")),
                ("begun_at", models.DateTimeField(verbose_name="开始绑定")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="绑定完成")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="解除")),
                ("last_step", models.BigIntegerField(default=0)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="factors",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RecoveryCode",
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
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="摘要")),
                ("used_at", models.DateTimeField(null=True, verbose_name="用掉的时间")),
                (
                    "factor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="codes",
                        to="registry.secondfactor",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="secondfactor",
            constraint=models.UniqueConstraint(
                condition=models.Q(("confirmed_at__isnull", False), ("ended_at__isnull", True)),
                fields=("account",),
                name="factor_in_use_once",
            ),
        ),
        AppendOnly("registry_secondfactor", columns=["id", "account_id", "secret", "begun_at"]),
        AppendOnly("registry_recoverycode", columns=["id", "factor_id", "digest"]),
    ]
