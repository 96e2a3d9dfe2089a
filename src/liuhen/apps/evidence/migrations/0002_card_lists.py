import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0001_initial"),
        ("evidence", "0001_initial"),
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CardList",
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
                ("device_serial", models.CharField(default="", max_length=80, verbose_name="设备序号")),
                ("officer_number", models.CharField(default="", max_length=80, verbose_name="警号")),
                ("listed_at", models.DateTimeField(verbose_name="列出时间，采集站时钟")),
                ("received_at", models.DateTimeField(verbose_name="收到时间")),
                ("clock_error", models.FloatField(null=True, verbose_name="设备时钟误差（秒）")),
                ("count", models.PositiveIntegerField(verbose_name="文件数")),
                ("size", models.BigIntegerField(verbose_name="总字节数")),
                ("body", models.TextField(verbose_name="签名的正文")),
                ("signature", models.JSONField(verbose_name="采集站签名")),
            ],
        ),
        migrations.CreateModel(
            name="Clearing",
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
                ("path", models.TextField(verbose_name="卡上的位置")),
                ("cleared_at", models.DateTimeField(verbose_name="清除时间，采集站时钟")),
                ("told_at", models.DateTimeField(verbose_name="报告时间")),
                ("leave_line", models.BigIntegerField(verbose_name="所依的复核行")),
            ],
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["unit", "-received_at", "-id"], name="recording_newest_of_unit"),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["officer", "-received_at", "-id"], name="recording_newest_of_officer"),
        ),
        migrations.AddField(
            model_name="cardlist",
            name="agency",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
        ),
        migrations.AddField(
            model_name="cardlist",
            name="station",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="card_lists", to="devices.station"
            ),
        ),
        migrations.AddField(
            model_name="cardlist",
            name="unit",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.unit"),
        ),
        migrations.AddField(
            model_name="clearing",
            name="recording",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="clearings", to="evidence.recording"
            ),
        ),
        migrations.AddField(
            model_name="clearing",
            name="station",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="devices.station"),
        ),
        migrations.AddIndex(
            model_name="cardlist",
            index=models.Index(fields=["agency", "-received_at", "-id"], name="cardlist_newest"),
        ),
        migrations.AddConstraint(
            model_name="clearing",
            constraint=models.UniqueConstraint(
                fields=("recording", "station", "path", "cleared_at"), name="clearing_once"
            ),
        ),
        AppendOnly("evidence_cardlist"),
        AppendOnly("evidence_clearing"),
    ]
