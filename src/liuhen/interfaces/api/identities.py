"""Routes of outside identities: 系统管理员 enters, 安全管理员 confirms, either ends."""

import unicodedata
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.registry import identities
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.identities import Shown, Source
from liuhen.apps.registry.models import OutsideIdentity
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.answers import Gone, WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked, require_fresh
from liuhen.interfaces.api.lists import Line, Told
from liuhen.interfaces.api.pages_identities import sources
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form
from liuhen.interfaces.proxy import plain_serial

routes = Routes("外部身份")


class NewIdentity(Told):
    source: Literal["directory", "provider", "certificate"]
    subject: Annotated[Line, StringConstraints(min_length=1, max_length=300)]
    authority: Annotated[Line, StringConstraints(max_length=300)] | None = None


@routes.get("/people/{uuid:person}/identity", policy="account.manage", response=Form)
def identity_form(request: HttpRequest, person: UUID) -> Form:
    asking = asked(request)
    row = registry.officer(person)
    if row is None or row.agency_id != asking.officer.agency_id:
        raise Gone
    return Form(
        title=f"登记 {row.name} 的外部身份", submit="登记", url=f"/people/{person}/identities",
        intro="登记之后由安全管理员核对，核对之后才能用来登录。目录里有了身份的，登录时口令由目录验证，不再用本机的。",
        fields=[
            fields.select("source", "来源", sources(asking)),
            fields.text("subject", "在那里的名字", hint="目录：在目录中的名字；统一身份认证：对方给的用户标识（sub）；数字证书：证书序列号，十六进制。"),
            fields.text("authority", "证书的颁发者", required=False, hint="只有数字证书要填：颁发者名称，照反向代理给出的写法，如 CN=某某CA,O=某某,C=CN。"),
        ],
    )  # fmt: skip


@routes.post("/people/{uuid:person}/identities", policy="account.manage", response=Done)
def propose(request: HttpRequest, person: UUID, told: NewIdentity) -> Done:
    asking = asked(request)
    require_fresh(request)
    account = registry.account_of(person)
    if account is None or account.officer.agency_id != asking.officer.agency_id:
        raise Gone
    row = identities.propose(account, _shown(asking, told), by=asking.by, at=asking.at)
    return done("已登记，待安全管理员核对", about=row.pk)


@routes.post("/identities/{uuid:identity}/confirmation", policy="role.appoint", response=Done)
def confirm(request: HttpRequest, identity: UUID) -> Done:
    asking = asked(request)
    require_fresh(request)
    row = _row(asking, identity)
    identities.confirm(row, by=asking.by, at=asking.at)
    return done("已核对，可以用来登录", about=row.pk)


@routes.post("/identities/{uuid:identity}/end", policy="person.view", response=Done)
def end(request: HttpRequest, identity: UUID) -> Done:
    asking = asked(request)
    row = _row(asking, identity)
    identities.end(row, by=asking.by, at=asking.at)
    return done("外部身份已解除", about=row.pk)


def _shown(asking: Asking, told: NewIdentity) -> Shown:
    """Under the authority that is configured here; of a certificate it is written beside its number."""
    office = asking.office
    source = Source(told.source)
    if source == Source.CERTIFICATE:
        serial = plain_serial(told.subject)
        if office.proxy is None or not serial:
            raise WrongFields("证书序列号不对", {"subject": "请写十六进制的序列号，如 0A1B2C。"})
        if not told.authority:
            raise WrongFields("没有写颁发者", {"authority": "数字证书必须写明颁发者。"})
        return Shown(source.value, told.authority, serial)
    part = office.directory if source == Source.DIRECTORY else office.provider
    if part is None:
        raise WrongFields("这个来源没有配置", {"source": "请从所列来源中选择。"})
    is_folded = source == Source.DIRECTORY
    return Shown(source.value, part.authority, _folded(told.subject) if is_folded else told.subject)


def _folded(name: str) -> str:
    """One spelling for what a directory takes for one name: width, case and runs of spaces do not count there."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _row(asking: Asking, identity: UUID) -> OutsideIdentity:
    rows = OutsideIdentity.objects.select_related("account__officer__unit")
    row = rows.filter(pk=identity, account__officer__agency=asking.officer.agency_id).first()
    if row is None:
        raise Gone
    return row
