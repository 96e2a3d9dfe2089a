import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="LawChange",
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
                    "what",
                    models.CharField(
                        choices=[("activate", "启用"), ("end", "终止"), ("set", "设定")], max_length=10
                    ),
                ),
                ("key", models.CharField(max_length=80, verbose_name="规则包或者设定")),
                ("version", models.CharField(default="", max_length=20)),
                ("digest", models.CharField(default="", max_length=64)),
                ("replaces", models.JSONField(default=list, verbose_name="同时终止")),
                ("value", models.CharField(default="", max_length=80, verbose_name="值")),
                ("since", models.DateTimeField(verbose_name="自何时起")),
                ("shortened", models.JSONField(default=list, verbose_name="缩短的各类")),
                ("proposed_by", models.UUIDField()),
                ("proposed_at", models.DateTimeField()),
                ("approval", models.CharField(default="", max_length=60, verbose_name="审批编号")),
                ("carried_out_at", models.DateTimeField(null=True, verbose_name="办理时间")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="law_changes",
                        to="registry.agency",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PackVersion",
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
                ("key", models.CharField(max_length=40)),
                ("version", models.CharField(max_length=20)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("files", models.JSONField(verbose_name="文件名与内容")),
                ("kept_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("key", "version"), name="pack_version_once")],
            },
        ),
        migrations.CreateModel(
            name="StatuteText",
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
                ("key", models.CharField(max_length=40, verbose_name="规则包")),
                ("version", models.CharField(max_length=20, verbose_name="规则包版本")),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("content", models.TextField(verbose_name="文件，Base64")),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                ("attached_by", models.UUIDField()),
                ("attached_at", models.DateTimeField()),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statutes",
                        to="registry.agency",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        AppendOnly("registry_packversion"),
        AppendOnly("registry_statutetext"),
        AppendOnly(
            "registry_lawchange",
            columns=[
                "id",
                "agency_id",
                "what",
                "key",
                "version",
                "digest",
                "replaces",
                "value",
                "since",
                "shortened",
                "proposed_by",
                "proposed_at",
            ],
        ),
    ]
