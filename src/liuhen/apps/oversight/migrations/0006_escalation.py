import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("oversight", "0005_oversight"),
        ("registry", "0002_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="Escalation",
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
                    "sort",
                    models.CharField(
                        choices=[
                            ("approval", "审批"),
                            ("finding", "不符合"),
                            ("loan", "归还设备"),
                            ("remark", "整改"),
                        ],
                        max_length=10,
                        verbose_name="事项",
                    ),
                ),
                ("subject_kind", models.CharField(max_length=60)),
                ("subject", models.UUIDField()),
                ("number", models.CharField(max_length=120, verbose_name="编号")),
                ("says", models.CharField(max_length=300, verbose_name="情况")),
                ("late", models.CharField(max_length=300, verbose_name="应办的人")),
                ("since", models.DateTimeField(verbose_name="从何时起等办")),
                ("level", models.PositiveSmallIntegerField(verbose_name="第几次上报")),
                ("role", models.CharField(max_length=30, verbose_name="上级职务")),
                ("at", models.DateTimeField(verbose_name="上报时间")),
                (
                    "agency",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.agency"),
                ),
                (
                    "told",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.officer"
                    ),
                ),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.unit")),
            ],
        ),
        migrations.AddIndex(
            model_name="escalation",
            index=models.Index(fields=["told", "-at"], name="escalation_told"),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint(
                fields=("subject", "sort", "since", "level"), name="escalation_each_level_once"
            ),
        ),
        AppendOnly("oversight_escalation"),
    ]
