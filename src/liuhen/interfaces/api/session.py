"""Routes of the door and the session: who may come in, who is in, and how one leaves."""

import secrets
from typing import Annotated

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from pydantic import SecretStr, StringConstraints

from liuhen.apps.registry import actions, factors, identities, passkeys
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.identities import Shown, Source
from liuhen.apps.registry.models import Account
from liuhen.apps.registry.policy import PUBLIC
from liuhen.apps.registry.sessions import must_secure
from liuhen.interfaces.api import pages_session
from liuhen.interfaces.api.answers import Unknown, WrongFields
from liuhen.interfaces.api.entering import (
    KeyAnswer,
    Proven,
    asked_for,
    check_code,
    check_key,
    enter,
    half_way,
    let_in,
    office_of,
)
from liuhen.interfaces.api.gate import Asking, Routes, asked, asking_of, origin_of
from liuhen.interfaces.api.lists import Line, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import DeadlineBell, Done, Door, Form, FormField, Session
from liuhen.interfaces.api.shapes_people import KeyQuestion, SentTo
from liuhen.interfaces.backend import PATH
from liuhen.interfaces.pace import Pace
from liuhen.interfaces.proxy import certificate_shown
from liuhen.kernel.clock import as_utc_text, from_text, now
from liuhen.kernel.errors import Refused

routes = Routes("登录")
_STARTS = Pace(
    "从统一身份认证登录", most=30, seconds=60
)  # Of one address: an office behind a proxy shares one, a loop does not stop at this.
Password = Annotated[SecretStr, StringConstraints(max_length=200)]
Code = Annotated[Line, StringConstraints(max_length=20)]


class LogIn(Told):
    name: Annotated[Line, StringConstraints(max_length=50)]
    password: SecretStr
    code: Code | None = None


class SecondStep(Told):
    """One of the two."""

    code: Code | None = None
    passkey: KeyAnswer | None = None


class ProvenBy(SecondStep):
    password: SecretStr | None = None


class CameBack(Told):
    """What the provider gave the browser to bring back."""

    code: Annotated[Line, StringConstraints(min_length=1, max_length=2000)]
    state: Annotated[Line, StringConstraints(min_length=1, max_length=200)]


class NewPassword(Told):
    old: SecretStr
    new: SecretStr
    again: SecretStr


@routes.get("/door", policy=PUBLIC, response=Door)
def door(request: HttpRequest) -> Door:
    """What is said before log-in; sets the token that every unsafe request must carry."""
    get_token(request)
    return pages_session.door(office_of(request))


@routes.get("/session", policy="desk.view", response=Session, unpaired=True)
def session(request: HttpRequest) -> Session:
    return _shown(request, asked(request))


@routes.post("/session", policy=PUBLIC, response=Session)
def log_in(request: HttpRequest, told: LogIn) -> Session:
    """The same words for an unknown name and a wrong password; five failures lock the account for fifteen minutes."""
    account = authenticate(request, username=told.name, password=told.password.get_secret_value()[:1000])
    if not isinstance(account, Account) or registry.officer(account.officer_id) is None:
        _note_failure(told.name, origin_of(request))
        raise Refused("用户名或口令不对", do="请核对后再输；连续输错五次，账号锁定十五分钟。")
    linked = identities.directory_of(account)
    proven = Proven(account, "directory", linked.pk) if linked else Proven(account, "password")
    enter(request, proven, code=told.code or "")
    return _shown(request, asking_of(request))


@routes.post("/session/second", policy=PUBLIC, response=Session)
def second_step(request: HttpRequest, told: SecondStep) -> Session:
    """After the first proof, in the same browser: a code, or a passkey's answer to `/session/second/passkey`."""
    proven = half_way(request)
    if told.passkey is not None:
        check_key(request, proven.account, told.passkey)
    else:
        check_code(request, proven.account, told.code or "")
    let_in(request, proven)
    return _shown(request, asking_of(request))


@routes.post("/session/second/passkey", policy=PUBLIC, response=KeyQuestion)
def second_question(request: HttpRequest) -> KeyQuestion:
    return _question(request, half_way(request).account)


@routes.post("/session/provider", policy=PUBLIC, response=SentTo)
def to_provider(request: HttpRequest) -> SentTo:
    """Where to send the browser; what it must bring back is kept in its session."""
    _STARTS.take(origin_of(request))
    provider = office_of(request).provider
    if provider is None:
        raise Refused("没有配置统一身份认证", do="请用用户名和口令登录。")
    kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    request.session["provider"] = {**kept, "at": as_utc_text(now())}
    return SentTo(url=provider.address(**kept))


@routes.post("/session/provider/answer", policy=PUBLIC, response=Session)
def from_provider(request: HttpRequest, told: CameBack) -> Session:
    """The browser came back: once, within ten minutes, to the session that sent it."""
    provider, kept = office_of(request).provider, request.session.pop("provider", None)
    fits = kept is not None and secrets.compare_digest(kept["state"].encode(), told.state.encode())
    if provider is None or kept is None or not fits or (now() - from_text(kept["at"])).total_seconds() > 600:
        raise Refused("这次登录对不上", do="请回到登录页重新点“统一身份认证”。")
    subject = provider.subject(told.code, nonce=kept["nonce"], verifier=kept["verifier"])
    return _by_identity(request, Shown(Source.PROVIDER, provider.authority, subject))


@routes.post("/session/certificate", policy=PUBLIC, response=Session)
def by_certificate(request: HttpRequest) -> Session:
    """By the certificate which the proxy saw on this very request."""
    return _by_identity(
        request, certificate_shown(request.headers, office_of(request).proxy, origin=origin_of(request))
    )


@routes.delete("/session", policy=PUBLIC, response={204: None})
def log_out(request: HttpRequest) -> HttpResponse:
    """Ends the session at the server; asked without one it changes nothing."""
    if isinstance(request.user, Account):
        actions.note_logout(request.user, origin=origin_of(request))
        logout(request)
    return HttpResponse(status=204)


@routes.get("/session/proof", policy="desk.view", response=Form)
def proof_form(request: HttpRequest) -> Form:
    account, office = _account(asked(request)), office_of(request)
    fields = []
    if factors.in_use(account) is not None:
        hint = "身份验证器上的六位数字，或者一个备用码。"
        fields = [FormField(name="code", label="动态码", kind="text", hint=hint)]
    elif not factors.is_bound(account):
        fields = [FormField(name="password", label="口令", kind="password")]
    by_key = office.passkeys is not None and bool(passkeys.keys_of(account))
    return Form(
        title="请再次证明是您本人", intro="对外提供、缩短期限和销毁之前，须再证明一次；十五分钟之内不再问。", submit="证明", url="/session/proof",
        fields=fields, passkey_url="/session/proof/passkey" if by_key else None,
    )  # fmt: skip


@routes.post("/session/proof/passkey", policy="desk.view", response=KeyQuestion)
def proof_question(request: HttpRequest) -> KeyQuestion:
    return _question(request, _account(asked(request)))


@routes.post("/session/proof", policy="desk.view", response=Done)
def prove(request: HttpRequest, told: ProvenBy) -> Done:
    """By a second factor where one is bound, else by the password; wrong ones count towards the lock-out."""
    asking = asked(request)
    account = _account(asking)
    if told.passkey is not None:
        check_key(request, account, told.passkey)
    elif factors.is_bound(account):
        check_code(request, account, told.code or "")
    else:
        _check_password(request, account, told.password)
    request.session.cycle_key()
    request.session["proved"] = as_utc_text(asking.at)
    actions.note_proof(account, origin=asking.by.origin)
    return Done(said="已证明是您本人")


@routes.get("/session/password", policy="desk.view", response=Form, unpaired=True)
def password_form(request: HttpRequest) -> Form:
    return Form(
        title="更改口令", intro="更改后，本账号在别处的登录立即失效。", submit="更改", url="/session/password",
        fields=[
            FormField(name="old", label="现在的口令", kind="password"),
            FormField(name="new", label="新口令", kind="password", hint="不少于 12 位；不能是常见口令，不能全是数字。"),
            FormField(name="again", label="再输一遍新口令", kind="password"),
        ],
    )  # fmt: skip


@routes.post("/session/password", policy="desk.view", response=Done, unpaired=True)
def change_password(request: HttpRequest, told: NewPassword) -> Done:
    asking = asked(request)
    account = _account(asking)
    if identities.directory_of(account) is not None:
        raise Refused("您的口令由目录管理", do="请到目录所在的系统里更改；本机不保存它。")
    old, new = told.old.get_secret_value()[:1000], told.new.get_secret_value()[:1000]
    if not account.check_password(old):
        actions.note_login(account, origin=asking.by.origin, succeeded=False)
        raise WrongFields("现在的口令不对", {"old": "现在的口令不对。"})
    if new != told.again.get_secret_value()[:1000]:
        raise WrongFields("两遍新口令不同", {"again": "与上面的新口令不同。"})
    actions.change_password(account, by=asking.by, password=new, at=asking.at)
    _stay_in(request, account)
    return done("口令已更改", about=account.pk)


def _account(asking: Asking) -> Account:
    account = registry.account_of(asking.officer.pk)
    if account is None:
        raise Unknown
    return account


def _check_password(request: HttpRequest, account: Account, password: SecretStr | None) -> None:
    words = password.get_secret_value()[:1000] if password else ""
    known = authenticate(request, username=account.login, password=words)
    if not isinstance(known, Account) or known.pk != account.pk:
        actions.note_login(account, origin=origin_of(request), succeeded=False)
        raise WrongFields("口令不对", {"password": "口令不对。"})


def _question(request: HttpRequest, account: Account) -> KeyQuestion:
    party = office_of(request).passkeys
    if party is None or not passkeys.keys_of(account):
        raise Refused("没有登记通行密钥", do="请用动态码，或者先在“账号安全”登记。")
    return KeyQuestion(options=asked_for(request, passkeys.question(account, party=party), purpose="proof"))


def _by_identity(request: HttpRequest, shown: Shown) -> Session:
    """The account to which this was linked and confirmed; nobody is made here."""
    linked = identities.proven_by(shown)
    if linked is None:
        actions.note_stranger(origin=origin_of(request))
        raise Refused(
            "您的身份已经证明，但没有对应到本机关的账号", do="请系统管理员登记、安全管理员核对之后再登录。"
        )
    enter(
        request,
        Proven(linked.account, "provider" if shown.source == Source.PROVIDER else "certificate", linked.pk),
    )
    return _shown(request, asking_of(request))


def _shown(request: HttpRequest, asking: Asking) -> Session:
    """While the account is to be made safe first, nothing but who is in, and that."""
    told = pages_session.session(asking)
    if not must_secure(request.session):
        return told
    nothing = DeadlineBell(count=0, tone="plain", nearest=[])
    return told.model_copy(
        update={"must_secure": True, "sections": [], "search": None, "deadlines": nothing, "menu": []}
    )


def _stay_in(request: HttpRequest, account: Account) -> None:
    """This session goes on under a new id; every other one ends with the old password."""
    kept = {
        name: request.session.get(name)
        for name in ("admin", "since", "seen", "proved", "pairing", "how", "identity")
    }
    login(request, account, backend=PATH)
    request.session.update(kept)


def _note_failure(name: str, origin: str) -> None:
    known = registry.account_by_login(name)
    if known is None:
        actions.note_stranger(origin=origin)
    else:
        actions.note_login(known, origin=origin, succeeded=False)
