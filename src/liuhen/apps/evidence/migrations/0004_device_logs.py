import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0002_certificates"),
        ("evidence", "0003_sources"),
        ("registry", "0002_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeviceEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("device_serial", models.CharField(default="", max_length=80, verbose_name="设备序号")),
                ("line", models.PositiveIntegerField(verbose_name="第几行")),
                ("told_at", models.DateTimeField(verbose_name="日志所记时间，设备时钟")),
                ("moment", models.DateTimeField(verbose_name="校正后的时间")),
                ("what", models.CharField(max_length=12, verbose_name="事件")),
                ("word", models.CharField(max_length=40, verbose_name="日志原词")),
                ("file", models.TextField(default="", verbose_name="文件名")),
            ],
        ),
        migrations.CreateModel(
            name="DeviceLog",
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
                ("form", models.CharField(default="", max_length=40, verbose_name="格式")),
                ("encoding", models.CharField(max_length=20, verbose_name="编码")),
                ("count", models.PositiveIntegerField(verbose_name="读出的事件")),
                ("unread", models.PositiveIntegerField(verbose_name="没有读懂的行")),
                ("backward", models.PositiveIntegerField(verbose_name="时间倒退的次数")),
                ("sha256", models.CharField(max_length=64, verbose_name="全部事件的摘要")),
                ("at", models.DateTimeField(verbose_name="识读时间")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AlterField(
            model_name="recording",
            name="form",
            field=models.CharField(
                choices=[
                    ("photo", "照片"),
                    ("audio", "录音"),
                    ("video", "录像"),
                    ("log", "设备日志"),
                    ("unknown", "未能识别"),
                ],
                default="unknown",
                max_length=10,
                verbose_name="形式",
            ),
        ),
        migrations.AddIndex(
            model_name="cardlist",
            index=models.Index(fields=["agency", "listed_at"], name="cardlist_by_time"),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["agency", "started_at"], name="recording_by_agency_time"),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["agency", "source_name"], name="recording_by_name"),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["station", "source_path"], name="recording_by_place"),
        ),
        migrations.AddField(
            model_name="deviceevent",
            name="device",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="log_events",
                to="devices.device",
            ),
        ),
        migrations.AddField(
            model_name="devicelog",
            name="recording",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="device_logs",
                to="evidence.recording",
            ),
        ),
        migrations.AddField(
            model_name="deviceevent",
            name="log",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="events", to="evidence.devicelog"
            ),
        ),
        migrations.AddIndex(
            model_name="deviceevent",
            index=models.Index(fields=["device", "moment"], name="deviceevent_by_device"),
        ),
        migrations.AddIndex(
            model_name="deviceevent",
            index=models.Index(fields=["moment"], name="deviceevent_by_time"),
        ),
        AppendOnly("evidence_devicelog"),
        AppendOnly("evidence_deviceevent"),
    ]
