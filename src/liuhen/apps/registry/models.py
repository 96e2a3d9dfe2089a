"""Tables of the registry."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.places import Place
from liuhen.apps.search.words import Words, joined
from liuhen.kernel.identifiers import made_at


class Agency(Recorded):
    """执法机关。"""

    class Kind(models.TextChoices):
        POLICE = "police", "公安机关"
        SUBDISTRICT = "subdistrict", "街道办事处"
        TOWNSHIP = "township", "乡镇"
        COMMITTEE = "committee", "管理委员会"

    name = models.CharField("名称", max_length=100)
    code = models.CharField("代码", max_length=20, unique=True)
    agency_type = models.CharField("类型", max_length=20, choices=Kind.choices)


class Subordination(Recorded):
    """上级机关：本系统中的另一机关，自何时起是上级。The newest row counts; where there is none the superior has no accounts here."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="subordinations")
    superior = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField("自何时起")
    named_by = models.UUIDField()


class Unit(Recorded):
    """内设机构。`path` runs from the top unit down, so that a subtree is a prefix."""

    class Function(models.TextChoices):
        CASE = "case", "执法办案"
        LEGAL = "legal", "法制"
        INSPECTORATE = "inspectorate", "督察"
        LOGISTICS = "logistics", "装备保障"
        ARCHIVE = "archive", "档案管理"
        COMMS = "comms", "信息通信"
        OFFICE = "office", "机关"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="units")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    name = models.CharField("名称", max_length=100)
    code = models.CharField("代码", max_length=20)
    function = models.CharField("职能", max_length=20, choices=Function.choices)
    path = models.CharField(max_length=200, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["agency", "code"], name="unit_code")]


class Officer(Recorded):
    """执法人员。"""

    class State(models.TextChoices):
        ACTIVE = "active", "在岗"
        SUSPENDED = "suspended", "暂停执法"
        LEFT = "left", "离岗"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="officers")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="officers")
    name = models.CharField("姓名", max_length=50)
    number = models.CharField("警号或工号", max_length=20)
    card = models.CharField("执法证号", max_length=40, default="", blank=True)
    card_valid_until = models.DateField("执法证有效期至", null=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.ACTIVE)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["agency", "number"], name="officer_number")]

    def place(self) -> Place:
        return Place(self.agency_id, self.unit.path, frozenset({self.pk}), self.pk)

    def words(self) -> Words:
        return Words(
            kind=self.kind(), thing=self.pk, agency=self.agency_id, path=self.unit.path, at=made_at(self.pk),
            number=self.number, title=self.name, text=joined([self.unit.name, self.card]),
        )  # fmt: skip


class RoleAssignment(Recorded):
    """任职：谁、何职、在何机构、自何时至何时、由谁任命。"""

    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="roles")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=30)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    appointed_by = models.UUIDField()


class PackInForce(Recorded):
    """制度自何时起施行。A version never changes in place: `digest` says which bytes were adopted."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="packs")
    key = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    activated_by = models.UUIDField()


class PackVersion(Recorded):
    """规则包版本：启用时的全部文件，原样保存。One key and version are one digest for ever, whatever lies in the folder later."""

    key = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, unique=True)
    files = models.JSONField("文件名与内容")
    kept_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "version"], name="pack_version_once")]


class LawChange(Recorded):
    """制度变动：会缩短保存期限的启用、终止或者设定，待另一人批准。Only its outcome changes, with its line."""

    class What(models.TextChoices):
        ACTIVATE = "activate", "启用"
        END = "end", "终止"
        SET = "set", "设定"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="law_changes")
    what = models.CharField(max_length=10, choices=What.choices)
    key = models.CharField("规则包或者设定", max_length=80)
    version = models.CharField(max_length=20, default="")
    digest = models.CharField(max_length=64, default="")
    replaces = models.JSONField("同时终止", default=list)
    value = models.CharField("值", max_length=80, default="")
    since = models.DateTimeField("自何时起")
    shortened = models.JSONField("缩短的各类", default=list)
    proposed_by = models.UUIDField()
    proposed_at = models.DateTimeField()
    approval = models.CharField("审批编号", max_length=60, default="")
    carried_out_at = models.DateTimeField("办理时间", null=True)


class StatuteText(Recorded):
    """制度原文：由本机关附上，一经附上不再改动；再附即为新的一份。"""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="statutes")
    key = models.CharField("规则包", max_length=40)
    version = models.CharField("规则包版本", max_length=20)
    name = models.CharField("文件名", max_length=200)
    content = models.TextField("文件，Base64")
    digest = models.CharField("摘要", max_length=64)
    attached_by = models.UUIDField()
    attached_at = models.DateTimeField()


class AgencySetting(Recorded):
    """机关设定：制度留白之处由本机关定的值。"""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="settings")
    key = models.CharField(max_length=80)
    value = models.JSONField()
    since = models.DateTimeField()


class Series(models.Model):
    """How far a running number has come. Not evidence: the numbers themselves stand in the rows they were given to."""

    key = models.CharField(max_length=80, primary_key=True)
    last = models.PositiveIntegerField(default=0)


class Accounts(BaseUserManager["Account"]):
    """Django's door to accounts; they are made by `actions.open_account` alone."""


class Account(AbstractBaseUser, Recorded):
    """登录账号。"""

    unrecorded: ClassVar[tuple[str, ...]] = ("last_login",)  # Every log-in has a line of its own.

    officer = models.OneToOneField(Officer, on_delete=models.PROTECT, related_name="account")
    login = models.CharField("登录名", max_length=50, unique=True)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[Accounts] = Accounts()

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = []


class GivenPassword(Recorded):
    """别人给定的口令：本人用它登录之后只能先更换。The password itself is kept nowhere but in its account, hashed."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="given_passwords")
    at = models.DateTimeField("给定的时间")
    replaced_at = models.DateTimeField("换掉的时间", null=True)


class SecondFactor(Recorded):
    """动态码：口令之外的第二要素（RFC 6238）。The secret is sealed with a key that lies outside the database."""

    unrecorded: ClassVar[tuple[str, ...]] = (
        "last_step",
    )  # The step accepted last; every log-in has a line of its own.

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="factors")
    secret = models.CharField("密封的种子", max_length=200)
    begun_at = models.DateTimeField("开始绑定")
    confirmed_at = models.DateTimeField("绑定完成", null=True)
    ended_at = models.DateTimeField("解除", null=True)
    last_step = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(confirmed_at__isnull=False, ended_at__isnull=True), name="factor_in_use_once"
            )
        ]  # fmt: skip


class RecoveryCode(Recorded):
    """备用码：手机不在时用一次。Only a keyed digest is kept."""

    factor = models.ForeignKey(SecondFactor, on_delete=models.PROTECT, related_name="codes")
    digest = models.CharField("摘要", max_length=64, unique=True)
    used_at = models.DateTimeField("用掉的时间", null=True)


class Passkey(Recorded):
    """通行密钥：浏览器或者安全钥匙里的一对密钥（WebAuthn）。Only the public half is here: it opens nothing."""

    unrecorded: ClassVar[tuple[str, ...]] = (
        "sign_count",
        "last_challenge",
    )  # Every log-in has a line of its own.

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="passkeys")
    name = models.CharField("名称", max_length=40)
    credential = models.CharField("凭据编号", max_length=1400, unique=True)
    public_key = models.TextField("公钥，Base64")
    registered_at = models.DateTimeField("登记")
    ended_at = models.DateTimeField("移除", null=True)
    sign_count = models.BigIntegerField(default=0)
    last_challenge = models.CharField(max_length=64, default="")


class OutsideIdentity(Recorded):
    """外部身份：别处证明的一个人，对应本机关的一个账号。One administrator enters it, another confirms it; it says who, never what he may."""

    class Source(models.TextChoices):
        DIRECTORY = "directory", "目录"
        PROVIDER = "provider", "统一身份认证"
        CERTIFICATE = "certificate", "数字证书"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="identities")
    source = models.CharField("来源", max_length=20, choices=Source.choices)
    authority = models.CharField("由谁证明", max_length=300)
    subject = models.CharField("在那里的名字", max_length=300)
    proposed_by = models.UUIDField("登记人")
    proposed_at = models.DateTimeField("登记")
    confirmed_by = models.UUIDField("核对人", null=True)
    confirmed_at = models.DateTimeField("核对", null=True)
    ended_at = models.DateTimeField("解除", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "authority", "subject"], condition=Q(ended_at__isnull=True), name="identity_of_one"),
            models.UniqueConstraint(fields=["account", "source"], condition=Q(ended_at__isnull=True), name="identity_once"),
        ]  # fmt: skip
