import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0001_initial"),
        ("registry", "0002_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="StationCertificate",
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
                ("fingerprint", models.CharField(max_length=64, unique=True, verbose_name="指纹（SHA-256）")),
                ("issued_at", models.DateTimeField(verbose_name="签发时间")),
                ("until", models.DateTimeField(verbose_name="有效期至")),
                ("used_at", models.DateTimeField(null=True, verbose_name="启用时间")),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificates",
                        to="devices.station",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StationTerms",
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
                ("is_locked", models.BooleanField(default=False, verbose_name="只采已登记的设备")),
                ("certifiable_until", models.DateTimeField(null=True, verbose_name="可凭令牌领取证书至")),
                ("revoked_reason", models.CharField(default="", max_length=200, verbose_name="停用原因")),
                (
                    "station",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="terms",
                        to="devices.station",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StationReport",
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
                        choices=[
                            ("unknown_server", "服务器身份不符"),
                            ("other_network", "另有网络出口"),
                            ("foreign_medium", "未登记的介质"),
                        ],
                        max_length=20,
                        verbose_name="情形",
                    ),
                ),
                ("detail", models.CharField(default="", max_length=300, verbose_name="详情")),
                ("noticed_at", models.DateTimeField(verbose_name="发现时间")),
                ("told_at", models.DateTimeField(verbose_name="报告时间")),
                (
                    "agency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
                ),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="devices.station",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["station", "-noticed_at"], name="station_report_by_time")],
            },
        ),
        AppendOnly("devices_stationreport"),
        AppendOnly(
            "devices_stationcertificate", columns=["id", "station_id", "fingerprint", "issued_at", "until"]
        ),
        AppendOnly("devices_stationterms", columns=["id", "station_id"]),
    ]
