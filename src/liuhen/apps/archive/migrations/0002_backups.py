from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("archive", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="RestoreDrill",
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
                ("run", models.CharField(max_length=60, verbose_name="备份编号")),
                ("sampled", models.PositiveIntegerField(verbose_name="取出核对的份数")),
                ("good", models.PositiveIntegerField(verbose_name="相符的份数")),
                ("note", models.TextField(verbose_name="结果")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="BackupRun",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="备份编号")),
                ("place", models.CharField(max_length=200, verbose_name="异地存放处")),
                ("carried_by", models.CharField(max_length=100, verbose_name="带去的人")),
                ("medium", models.CharField(max_length=200, verbose_name="介质")),
                ("originals", models.PositiveIntegerField(verbose_name="原件份数")),
                ("files", models.PositiveIntegerField(verbose_name="文件总数")),
                ("added", models.PositiveIntegerField(verbose_name="本次新增")),
                ("bytes_added", models.BigIntegerField(verbose_name="本次新增字节")),
                ("index", models.CharField(max_length=64, verbose_name="清单的摘要")),
                ("log_size", models.BigIntegerField(verbose_name="检查点大小")),
                ("log_root", models.CharField(max_length=64, verbose_name="检查点根摘要")),
                ("covers", models.DateTimeField(verbose_name="截至")),
                ("at", models.DateTimeField(verbose_name="重读核对完毕")),
                ("by", models.UUIDField()),
            ],
            options={
                "indexes": [models.Index(fields=["-at", "-id"], name="backup_newest")],
            },
        ),
        AppendOnly("archive_backuprun"),
        AppendOnly("archive_restoredrill"),
    ]
