"""Routes of one's own account: second factors (动态码, 通行密钥) bound, renewed and released by the person himself."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.registry import factors, identities, passkeys
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.factors import key_of
from liuhen.apps.registry.models import Account, Passkey
from liuhen.apps.registry.relying import RelyingParty
from liuhen.apps.registry.sessions import must_choose, must_pair
from liuhen.engines.ledger.qr import drawn
from liuhen.interfaces.api.answers import Gone, Unknown, WrongFields
from liuhen.interfaces.api.entering import KeyAnswer, answered, asked_for
from liuhen.interfaces.api.gate import Asking, Routes, asked, require_fresh
from liuhen.interfaces.api.lists import Line, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.session import Code
from liuhen.interfaces.api.shapes import Action, Done, Fact, Form, FormField, State
from liuhen.interfaces.api.shapes_people import AccountPage, KeyQuestion, KeyRow, PairingShown
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Refused

routes = Routes("账号")


class FirstCode(Told):
    code: Code


class KeyName(Told):
    name: Annotated[Line, StringConstraints(min_length=1, max_length=40)]


class NewKey(KeyName):
    passkey: KeyAnswer


@routes.get("/account", policy="desk.view", response=AccountPage, unpaired=True)
def account_page(request: HttpRequest) -> AccountPage:
    asking = asked(request)
    account = _account(asking)
    factor, asks, keys = factors.in_use(account), _asks(asking), passkeys.keys_of(account)
    linked = identities.directory_of(account) is not None
    facts = [
        Fact(label="登录名", value=account.login),
        Fact(label="动态码", value=f"{shown(factor.confirmed_at)} 绑定" if factor and factor.confirmed_at else "没有绑定"),
        Fact(label="通行密钥", value=f"{len(keys)} 把" if keys else "没有登记", note="只有一把的，请再登记一把备用。" if len(keys) == 1 and not factor else None),
    ]  # fmt: skip
    if factor is not None:
        left = factors.codes_left(factor)
        facts.append(
            Fact(
                label="备用码",
                value=f"还剩 {left} 个",
                tone="due" if left < 3 else "plain",
                note="用完之前请重新绑定一次。",
            )
        )
    says = (
        "您的职务须有第二要素才能办理业务：绑定动态码，或者登记通行密钥，有一样即可。"
        if asks
        else "您的职务不强制；绑定动态码或者登记通行密钥之后，别人即使知道口令也登录不了。"
    )
    end = Action(
        key="end", label="解除绑定", method="POST", url="/account/factor/end",
        confirm="解除之后，没有通行密钥的，登录只凭口令；您的职务要求第二要素的，最后一件不能解除。",
    )  # fmt: skip
    password = Action(key="password", label="更改口令", form_url="/session/password")
    is_bound = factor is not None or bool(keys)
    return AccountPage(
        says=says, facts=facts, state=State(label="已绑定", tone="proven") if is_bound else State(label="未绑定", tone="due" if asks else "plain"),
        is_paired=factor is not None, must_choose=must_choose(request.session), must_pair=must_pair(request.session),
        actions=[*([] if linked else [password]), *([end] if factor else [])], keys=[_key_row(key) for key in keys],
        offers_keys=asking.office.passkeys is not None,
    )  # fmt: skip


@routes.post("/account/factor", policy="desk.view", response=PairingShown, unpaired=True)
def begin(request: HttpRequest) -> PairingShown:
    """The picture for the authenticator. What is bound stays so until the new one has given its first code."""
    asking = asked(request)
    account = _account(asking)
    if factors.in_use(account) is not None:
        require_fresh(request)
    told = factors.begin(account, by=asking.by, key=key_of(asking.office.opening_key), at=asking.at)
    return PairingShown(picture=drawn(told.address).svg, seed=told.seed)


@routes.post("/account/factor/confirmation", policy="desk.view", response=Done, unpaired=True)
def confirm(request: HttpRequest, told: FirstCode) -> Done:
    asking = asked(request)
    try:
        codes = factors.confirm(
            _account(asking),
            by=asking.by,
            key=key_of(asking.office.opening_key),
            code=told.code,
            at=asking.at,
        )
    except Refused as error:
        raise WrongFields(error.why, {"code": error.why}, do=error.do) from error
    request.session.cycle_key()
    request.session["pairing"] = False
    return Done(said="动态码已绑定", once="\n".join(f"{code[:5]}-{code[5:]}" for code in codes))


@routes.post("/account/factor/end", policy="desk.view", response=Done)
def end(request: HttpRequest) -> Done:
    asking = asked(request)
    require_fresh(request)
    factors.end(_account(asking), by=asking.by, at=asking.at, needs_one=_needs_one(asking))
    return Done(said="动态码已解除")


# ── 通行密钥 ──────────────────────────────────────────────


@routes.post("/account/passkeys/question", policy="desk.view", response=KeyQuestion, unpaired=True)
def invite(request: HttpRequest) -> KeyQuestion:
    """Where a second factor is bound already, another one is added only by who proved himself lately."""
    asking = asked(request)
    account, party = _account(asking), _party(asking)
    if factors.is_bound(account):
        require_fresh(request)
    question = passkeys.invitation(account, party=party)
    return KeyQuestion(options=asked_for(request, question, purpose="register"))


@routes.post("/account/passkeys", policy="desk.view", response=Done, unpaired=True)
def register(request: HttpRequest, told: NewKey) -> Done:
    asking = asked(request)
    row = passkeys.register(
        _account(asking), by=asking.by, party=_party(asking), challenge=answered(request, "register"), name=told.name,
        answer=told.passkey.bare(), at=asking.at,
    )  # fmt: skip
    request.session.cycle_key()
    request.session["pairing"] = False
    return done("通行密钥已登记", about=row.pk)


@routes.get("/account/passkeys/{uuid:passkey}/name", policy="desk.view", response=Form)
def name_form(request: HttpRequest, passkey: UUID) -> Form:
    held = {key.pk: key.name for key in passkeys.keys_of(_account(asked(request)))}
    if passkey not in held:
        raise Gone
    return Form(
        title="改名", intro="只是给自己看的名称，便于分清哪一把在哪里。", submit="改名", url=f"/account/passkeys/{passkey}/name",
        fields=[FormField(name="name", label="名称", kind="text", value=held[passkey])],
    )  # fmt: skip


@routes.post("/account/passkeys/{uuid:passkey}/name", policy="desk.view", response=Done)
def rename(request: HttpRequest, passkey: UUID, told: KeyName) -> Done:
    asking = asked(request)
    passkeys.rename(_account(asking), passkey, by=asking.by, name=told.name, at=asking.at)
    return done("已改名", about=passkey)


@routes.post("/account/passkeys/{uuid:passkey}/end", policy="desk.view", response=Done)
def remove(request: HttpRequest, passkey: UUID) -> Done:
    asking = asked(request)
    require_fresh(request)
    needs = _needs_one(asking)
    passkeys.remove(_account(asking), passkey, by=asking.by, needs_one=needs, at=asking.at)
    return done("通行密钥已移除", about=passkey)


def _key_row(key: Passkey) -> KeyRow:
    return KeyRow(
        id=str(key.pk), name=key.name, says=f"{shown(key.registered_at)} 登记",
        actions=[
            Action(key="name", label="改名", form_url=f"/account/passkeys/{key.pk}/name"),
            Action(key="end", label="移除", method="POST", url=f"/account/passkeys/{key.pk}/end",
                   confirm=f"移除“{key.name}”之后，它不能再用来登录。"),
        ],
    )  # fmt: skip


def _party(asking: Asking) -> RelyingParty:
    party = asking.office.passkeys
    if party is None:
        raise Refused("这里不能用通行密钥", do="浏览器只在有主机名的地址上支持它；请系统管理员设置主机名。")
    return party


def _needs_one(asking: Asking) -> bool:
    return asking.office.asks_second_factor and _asks(asking)


def _account(asking: Asking) -> Account:
    account = registry.account_of(asking.officer.pk)
    if account is None:
        raise Unknown
    return account


def _asks(asking: Asking) -> bool:
    return factors.asks_for(asking.officer.pk, at=asking.at)
