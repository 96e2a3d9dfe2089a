import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0005_tombstone"),
        ("registry", "0002_law"),
        ("retention", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DisposalList",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="清单编号")),
                ("cutoff", models.DateTimeField(verbose_name="届满早于")),
                ("count", models.PositiveIntegerField(verbose_name="段数")),
                ("size", models.BigIntegerField(verbose_name="字节数")),
                ("sha256", models.CharField(max_length=64, verbose_name="清单的摘要")),
                ("drawn_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待核对批准"),
                            ("returned", "已退回"),
                            ("approved", "待执行"),
                            ("running", "执行中"),
                            ("aside", "恢复期"),
                            ("called_off", "已撤回"),
                            ("done", "已销毁"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("approval", models.CharField(default="", max_length=60, verbose_name="审批编号")),
                ("executed_at", models.DateTimeField(null=True, verbose_name="移出时间")),
                ("recover_until", models.DateTimeField(null=True, verbose_name="恢复期至")),
                ("closed_at", models.DateTimeField(null=True)),
                ("called_off", models.TextField(default="", verbose_name="撤回的原因")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disposal_lists",
                        to="registry.agency",
                    ),
                ),
                (
                    "drawn_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drawn_lists",
                        to="registry.officer",
                    ),
                ),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.unit")),
            ],
        ),
        migrations.CreateModel(
            name="DisposalItem",
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
                ("sha256", models.CharField(max_length=64)),
                ("sm3", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("until", models.DateTimeField(verbose_name="保存至")),
                ("reason", models.TextField(verbose_name="依据")),
                ("links", models.PositiveIntegerField(verbose_name="列入时的关联数")),
                ("in_sample", models.BooleanField(default=False, verbose_name="抽查对象")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("listed", "已列入"),
                            ("out", "落下"),
                            ("aside", "已移出"),
                            ("back", "已放回"),
                            ("destroyed", "已销毁"),
                        ],
                        default="listed",
                        max_length=10,
                    ),
                ),
                ("why", models.TextField(default="", verbose_name="落下或者放回的原因")),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disposal_items",
                        to="evidence.recording",
                    ),
                ),
                (
                    "disposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="retention.disposallist",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DisposalHand",
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
                ("part", models.CharField(choices=[("execute", "执行"), ("sample", "抽查")], max_length=8)),
                ("outside", models.CharField(default="", max_length=120, verbose_name="上级机关到场人")),
                ("agrees", models.BooleanField(default=True, verbose_name="与清单相符")),
                ("note", models.TextField(default="")),
                ("at", models.DateTimeField()),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.officer"
                    ),
                ),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.unit")),
                (
                    "disposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hands",
                        to="retention.disposallist",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DisposalCertificate",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="证明编号")),
                ("sha256", models.CharField(max_length=64)),
                ("sm3", models.CharField(max_length=64)),
                ("pdf", models.TextField(verbose_name="打印件，Base64")),
                ("at", models.DateTimeField()),
                (
                    "disposal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificate",
                        to="retention.disposallist",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Hold",
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
                ("number", models.CharField(max_length=60, unique=True, verbose_name="暂缓编号")),
                ("subject_kind", models.CharField(max_length=60)),
                ("subject", models.UUIDField(db_index=True)),
                ("subject_number", models.CharField(max_length=120, verbose_name="对象编号")),
                (
                    "matter",
                    models.CharField(
                        choices=[
                            ("reconsideration", "行政复议"),
                            ("litigation", "诉讼"),
                            ("petition", "信访"),
                            ("supervision", "督察或者纪检"),
                            ("other", "其他"),
                        ],
                        max_length=16,
                        verbose_name="事项",
                    ),
                ),
                ("reference", models.CharField(max_length=120, verbose_name="案号或者登记号")),
                ("authority", models.CharField(max_length=120, verbose_name="决定或者受理的机关")),
                ("reason", models.TextField(verbose_name="事由")),
                ("placed_at", models.DateTimeField()),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="registry.agency",
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="placed_holds",
                        to="registry.officer",
                    ),
                ),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="registry.unit")),
            ],
        ),
        migrations.CreateModel(
            name="HoldRelease",
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
                ("reason", models.TextField(verbose_name="终结的事由")),
                ("approval", models.CharField(max_length=60, verbose_name="审批编号")),
                ("at", models.DateTimeField()),
                (
                    "hold",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="release",
                        to="retention.hold",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="KeepingDecision",
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
                ("until", models.DateTimeField(verbose_name="保存至")),
                ("reason", models.TextField(verbose_name="理由")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.officer"
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="keeping_decisions",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Shortening",
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
                ("before_rank", models.CharField(max_length=12)),
                ("before_until", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(verbose_name="缩短至")),
                ("reason", models.TextField(verbose_name="事由")),
                ("proposed_at", models.DateTimeField()),
                ("approval", models.CharField(default="", max_length=60, verbose_name="审批编号")),
                ("applied_at", models.DateTimeField(null=True)),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.officer"
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shortenings",
                        to="evidence.recording",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="disposallist",
            index=models.Index(fields=["agency", "-drawn_at", "-id"], name="disposal_newest"),
        ),
        migrations.AddConstraint(
            model_name="disposalitem",
            constraint=models.UniqueConstraint(fields=("disposal", "recording"), name="disposal_each_once"),
        ),
        migrations.AddConstraint(
            model_name="disposalhand",
            constraint=models.UniqueConstraint(
                fields=("disposal", "officer"), name="disposal_hand_nobody_twice"
            ),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(fields=["agency", "-placed_at", "-id"], name="hold_newest"),
        ),
        AppendOnly("retention_hold"),
        AppendOnly("retention_holdrelease"),
        AppendOnly("retention_keepingdecision"),
        AppendOnly("retention_disposalhand"),
        AppendOnly("retention_disposalcertificate"),
        AppendOnly(
            "retention_disposallist",
            columns=[
                "id",
                "agency_id",
                "unit_id",
                "number",
                "cutoff",
                "count",
                "size",
                "sha256",
                "drawn_by_id",
                "drawn_at",
            ],
        ),
        AppendOnly(
            "retention_disposalitem",
            columns=[
                "id",
                "disposal_id",
                "recording_id",
                "sha256",
                "sm3",
                "size",
                "until",
                "reason",
                "links",
            ],
        ),
        AppendOnly(
            "retention_shortening",
            columns=[
                "id",
                "recording_id",
                "before_rank",
                "before_until",
                "until",
                "reason",
                "proposed_by_id",
                "proposed_at",
            ],
        ),
    ]
