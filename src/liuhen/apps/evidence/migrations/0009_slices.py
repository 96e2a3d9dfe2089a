import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly, Unguarded

_ID = models.UUIDField(
    default=liuhen.kernel.identifiers.new_id, editable=False, primary_key=True, serialize=False
)


class Migration(migrations.Migration):
    dependencies = [("evidence", "0008_seclusion")]

    operations = [
        Unguarded("evidence_upload", columns=["id"]),
        migrations.AlterField(model_name="upload", name="size", field=models.BigIntegerField(null=True)),
        migrations.AlterField(
            model_name="upload",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "上传中"),
                    ("slice", "分片上传中"),
                    ("whole", "分片已收完"),
                    ("joining", "合并中"),
                    ("joined", "已并入"),
                    ("stored", "已入库"),
                    ("refused", "未入库"),
                    ("ended", "已取消"),
                ],
                default="open",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="ReceivedSlice",
            fields=[
                ("id", _ID),
                ("size", models.BigIntegerField(verbose_name="字节数")),
                ("sha256", models.CharField(max_length=64)),
                ("sm3", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "upload",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="received_slice",
                        to="evidence.upload",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="JoinedSlice",
            fields=[
                ("id", _ID.clone()),
                ("place_in", models.PositiveSmallIntegerField(verbose_name="第几位")),
                ("told", models.CharField(max_length=500)),
                (
                    "part",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="joined_in",
                        to="evidence.upload",
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="joined_slices",
                        to="evidence.upload",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="joinedslice",
            constraint=models.UniqueConstraint(fields=("upload", "place_in"), name="joined_slice_in_order"),
        ),
        migrations.AddConstraint(
            model_name="joinedslice",
            constraint=models.UniqueConstraint(fields=("upload", "part"), name="joined_slice_once"),
        ),
        AppendOnly("evidence_upload", columns=["id"]),
        AppendOnly("evidence_receivedslice"),
        AppendOnly("evidence_joinedslice"),
    ]
