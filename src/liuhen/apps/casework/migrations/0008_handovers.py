import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0007_outward"),
        ("registry", "0002_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseHandover",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="交接编号")),
                (
                    "point",
                    models.CharField(
                        choices=[
                            ("dispatch", "接处警"),
                            ("acceptance", "受案、立案或者不予受理、不予立案"),
                            ("officer_change", "回避、办案人员变动"),
                            ("evidence", "调查取证"),
                            ("measure", "采取强制措施"),
                            ("cooperation", "办案协作"),
                            ("transfer", "移交、移送"),
                            ("review", "案审"),
                            ("other", "其他交接"),
                            ("to_legal", "案卷送法制部门"),
                            ("external", "与法院、检察院等外单位"),
                            ("with_party", "与当事人、受委托单位"),
                        ],
                        max_length=16,
                        verbose_name="交接环节",
                    ),
                ),
                ("outside", models.CharField(default="", max_length=120, verbose_name="外单位或者当事人")),
                ("things", models.JSONField(verbose_name="清单")),
                ("note", models.CharField(default="", max_length=500, verbose_name="说明")),
                ("at", models.DateTimeField(verbose_name="制作时间")),
                ("by", models.UUIDField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="casework.case",
                    ),
                ),
                (
                    "giver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers_given",
                        to="registry.officer",
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers_received",
                        to="registry.officer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HandoverSignature",
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
                    "side",
                    models.CharField(
                        choices=[("giver", "移交经办人"), ("receiver", "接收经办人")], max_length=8
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="签名")),
                ("image", models.TextField(default="", verbose_name="笔迹")),
                ("seen", models.CharField(max_length=64, verbose_name="清单摘要")),
                ("refused", models.CharField(default="", max_length=500, verbose_name="不予接收的理由")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                (
                    "handover",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="casework.casehandover",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="registry.officer"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="casehandover",
            index=models.Index(fields=["case", "at"], name="handover_of_case"),
        ),
        migrations.AddIndex(
            model_name="casehandover",
            index=models.Index(fields=["receiver", "-at"], name="handover_of_receiver"),
        ),
        migrations.AddConstraint(
            model_name="handoversignature",
            constraint=models.UniqueConstraint(
                fields=("handover", "side"), name="handover_signed_once_a_side"
            ),
        ),
        AppendOnly("casework_casehandover"),
        AppendOnly("casework_handoversignature"),
    ]
