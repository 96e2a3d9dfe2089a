import django.db.models.deletion
from django.db import migrations, models

import liuhen.kernel.identifiers
from liuhen.apps.journal.guards import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0007_packageremoval"),
        ("registry", "0005_unit_comms"),
    ]

    operations = [
        migrations.AlterField(
            model_name="package",
            name="recipient_kind",
            field=models.CharField(
                choices=[
                    ("court", "人民法院"),
                    ("procuratorate", "人民检察院"),
                    ("supervision", "纪检监察机关"),
                    ("justice", "司法行政机关"),
                    ("agency", "其他行政机关"),
                    ("party", "当事人"),
                    ("media", "新闻媒体"),
                    ("other", "其他单位或者个人"),
                ],
                max_length=16,
                verbose_name="接收机关的种类",
            ),
        ),
        migrations.CreateModel(
            name="PackageDelivery",
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
                ("receiver", models.CharField(max_length=50, verbose_name="接收人")),
                (
                    "post",
                    models.CharField(
                        blank=True, default="", max_length=100, verbose_name="接收人的单位和职务"
                    ),
                ),
                ("paper", models.CharField(max_length=40, verbose_name="证件名称")),
                ("paper_number", models.CharField(max_length=60, verbose_name="证件号码")),
                (
                    "legal_document",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="法律文书"),
                ),
                (
                    "means",
                    models.CharField(
                        choices=[
                            ("screen", "在屏幕上签名"),
                            ("scan", "在纸质交接单上签名，已扫描"),
                            ("paper", "在纸质交接单上签名，原件存卷"),
                        ],
                        max_length=8,
                        verbose_name="签名方式",
                    ),
                ),
                ("giver_ink", models.TextField(blank=True, default="", verbose_name="交付人签名图")),
                ("ink", models.TextField(blank=True, default="", verbose_name="接收人签名图")),
                ("scan", models.TextField(blank=True, default="", verbose_name="扫描件，Base64")),
                ("scan_type", models.CharField(blank=True, default="", max_length=40)),
                (
                    "sha256",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="扫描件的摘要"),
                ),
                (
                    "kept_where",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="纸质交接单存放处"),
                ),
                ("handed_at", models.DateTimeField(verbose_name="交付时间")),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "handed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.officer"
                    ),
                ),
                (
                    "package",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delivery",
                        to="access.package",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PackageReturn",
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
                    "outcome",
                    models.CharField(
                        choices=[
                            ("returned", "已归还"),
                            ("destroyed", "接收人说明已销毁"),
                            ("kept", "依法留存，不再归还"),
                        ],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("says", models.CharField(max_length=500, verbose_name="说明")),
                ("happened_at", models.DateTimeField(verbose_name="时间")),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.officer"
                    ),
                ),
                (
                    "package",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returned",
                        to="access.package",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PackageTerms",
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
                    "use",
                    models.CharField(
                        choices=[
                            ("rights", "当事人阅看"),
                            ("publicity", "社会宣传"),
                            ("training", "教育培训"),
                            ("reply", "答复信访、投诉或者申请公开"),
                            ("other", "其他"),
                        ],
                        max_length=12,
                        verbose_name="用途",
                    ),
                ),
                (
                    "wrapping",
                    models.CharField(
                        choices=[("bag", "随证据包"), ("alone", "单独交付")],
                        max_length=8,
                        verbose_name="交付方式",
                    ),
                ),
                ("due_back", models.DateField(null=True, verbose_name="归还或者销毁期限")),
                (
                    "package",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="terms", to="access.package"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PackageCopy",
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
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="copies",
                        to="access.package",
                    ),
                ),
                (
                    "redaction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="given_in",
                        to="access.redaction",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("package", "redaction"), name="packagecopy_once")
                ],
            },
        ),
        AppendOnly("access_packageterms"),
        AppendOnly("access_packagecopy"),
        AppendOnly("access_packagedelivery"),
        AppendOnly("access_packagereturn"),
    ]
