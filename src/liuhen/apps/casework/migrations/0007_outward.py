import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0006_papers"),
        ("evidence", "0004_device_logs"),
        ("registry", "0002_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="AbsenceTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("open", models.PositiveIntegerField(verbose_name="还没有说明的项数")),
                ("at", models.DateTimeField(verbose_name="比对时间")),
            ],
        ),
        migrations.CreateModel(
            name="OutwardHandover",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="上报编号")),
                ("platform", models.CharField(max_length=100, verbose_name="上级平台")),
                (
                    "way",
                    models.CharField(
                        choices=[("file", "清单文件"), ("line", "联网接口")],
                        max_length=6,
                        verbose_name="方式",
                    ),
                ),
                ("count", models.PositiveIntegerField(verbose_name="段数")),
                ("manifest", models.TextField(verbose_name="签名的清单")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name="OutwardItem",
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OutwardReference",
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
                ("reference", models.CharField(max_length=100, verbose_name="平台编号")),
                (
                    "way",
                    models.CharField(
                        choices=[("entered", "登记"), ("received", "接口收到")],
                        max_length=10,
                        verbose_name="方式",
                    ),
                ),
                ("given_at", models.DateTimeField(verbose_name="平台给出的时间")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OutwardTry",
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
                ("trouble", models.CharField(default="", max_length=300, verbose_name="没有送成的原因")),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(fields=["agency", "ended_at"], name="activity_by_end"),
        ),
        migrations.AddField(
            model_name="absencetally",
            name="agency",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="registry.agency"),
        ),
        migrations.AddField(
            model_name="absencetally",
            name="unit",
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="registry.unit"),
        ),
        migrations.AddField(
            model_name="outwardhandover",
            name="agency",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
        ),
        migrations.AddField(
            model_name="outwarditem",
            name="handover",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="casework.outwardhandover",
            ),
        ),
        migrations.AddField(
            model_name="outwarditem",
            name="recording",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="outward", to="evidence.recording"
            ),
        ),
        migrations.AddField(
            model_name="outwardreference",
            name="item",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reference",
                to="casework.outwarditem",
            ),
        ),
        migrations.AddField(
            model_name="outwardtry",
            name="handover",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tries",
                to="casework.outwardhandover",
            ),
        ),
        migrations.AddIndex(
            model_name="outwardhandover",
            index=models.Index(fields=["agency", "-at", "-id"], name="outward_newest"),
        ),
        AppendOnly("casework_outwardhandover"),
        AppendOnly("casework_outwarditem"),
        AppendOnly("casework_outwardreference"),
        AppendOnly("casework_outwardtry"),
    ]
