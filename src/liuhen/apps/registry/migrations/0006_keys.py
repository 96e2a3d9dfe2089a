import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0005_unit_comms"),
    ]

    operations = [
        migrations.CreateModel(
            name="Passkey",
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
                ("name", models.CharField(max_length=40, verbose_name="名称")),
                ("credential", models.CharField(max_length=1400, unique=True, verbose_name="凭据编号")),
                ("public_key", models.TextField(verbose_name="公钥，Base64")),
                ("registered_at", models.DateTimeField(verbose_name="登记")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="移除")),
                ("sign_count", models.BigIntegerField(default=0)),
                ("last_challenge", models.CharField(default="", max_length=64)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="passkeys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OutsideIdentity",
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
                    "source",
                    models.CharField(
                        choices=[
                            ("directory", "目录"),
                            ("provider", "统一身份认证"),
                            ("certificate", "数字证书"),
                        ],
                        max_length=20,
                        verbose_name="来源",
                    ),
                ),
                ("authority", models.CharField(max_length=300, verbose_name="由谁证明")),
                ("subject", models.CharField(max_length=300, verbose_name="在那里的名字")),
                ("proposed_by", models.UUIDField(verbose_name="登记人")),
                ("proposed_at", models.DateTimeField(verbose_name="登记")),
                ("confirmed_by", models.UUIDField(null=True, verbose_name="核对人")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="核对")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="解除")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identities",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("source", "authority", "subject"),
                        name="identity_of_one",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("account", "source"),
                        name="identity_once",
                    ),
                ],
            },
        ),
        AppendOnly(
            "registry_passkey", columns=["id", "account_id", "credential", "public_key", "registered_at"]
        ),
        AppendOnly(
            "registry_outsideidentity",
            columns=["id", "account_id", "source", "authority", "subject", "proposed_by", "proposed_at"],
        ),
    ]
