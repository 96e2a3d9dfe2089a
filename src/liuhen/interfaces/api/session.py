"""Routes of the door and the session: who may come in, who is in, and how one leaves."""

from typing import Annotated

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from pydantic import SecretStr, StringConstraints

from liuhen.apps.registry import actions, factors
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.factors import key_of
from liuhen.apps.registry.models import Account
from liuhen.apps.registry.passwords import is_given
from liuhen.apps.registry.permission import posts_of
from liuhen.apps.registry.policy import ADMINISTRATORS
from liuhen.apps.registry.sessions import must_secure
from liuhen.interfaces.api import pages_session
from liuhen.interfaces.api.answers import Unknown, WrongFields
from liuhen.interfaces.api.gate import PUBLIC, Asking, Routes, asked, asking_of, origin_of
from liuhen.interfaces.api.lists import Line, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import DeadlineBell, Done, Door, Form, FormField, Session
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import as_utc_text, now
from liuhen.kernel.errors import Refused

routes = Routes("登录")
Password = Annotated[SecretStr, StringConstraints(max_length=200)]
Code = Annotated[Line, StringConstraints(max_length=20)]


class LogIn(Told):
    name: Annotated[Line, StringConstraints(max_length=50)]
    password: SecretStr
    code: Code | None = None


class ProvenBy(Told):
    code: Code | None = None
    password: SecretStr | None = None


class NewPassword(Told):
    old: SecretStr
    new: SecretStr
    again: SecretStr


@routes.get("/door", policy=PUBLIC, response=Door)
def door(request: HttpRequest) -> Door:
    """What is said before log-in; sets the token that every unsafe request must carry."""
    get_token(request)
    return pages_session.door(request.office)  # type: ignore[attr-defined]


@routes.get("/session", policy="desk.view", response=Session, unpaired=True)
def session(request: HttpRequest) -> Session:
    return _shown(request, asked(request))


@routes.post("/session", policy=PUBLIC, response=Session)
def log_in(request: HttpRequest, told: LogIn) -> Session:
    """The same words for an unknown name and a wrong password; five failures lock the account for fifteen minutes."""
    account = authenticate(request, username=told.name, password=told.password.get_secret_value()[:1000])
    origin = origin_of(request)
    if not isinstance(account, Account) or registry.officer(account.officer_id) is None:
        _note_failure(told.name, origin)
        raise Refused("用户名或口令不对", do="请核对后再输；连续输错五次，账号锁定十五分钟。")
    moment = now()
    held = {post.role for post in posts_of(account.officer_id, at=moment)}
    if not held:
        actions.note_login(account, origin=origin, succeeded=False)
        raise Refused("您现在没有在任的职务，不能登录", do="请联系安全管理员核对任职；暂停执法期间不能登录。")
    factor = factors.in_use(account)
    if factor is not None:
        _check_code(request, account, told.code or "")
    office = request.office  # type: ignore[attr-defined]
    login(request, account)
    request.session["admin"] = bool(held & ADMINISTRATORS)
    request.session["pairing"] = (
        factor is None and office.asks_second_factor and factors.asks_for(account.officer_id, at=moment)
    )
    request.session["choosing"] = office.asks_own_password and is_given(account)
    request.session["since"] = request.session["seen"] = request.session["proved"] = as_utc_text(moment)
    actions.note_login(account, origin=origin, succeeded=True)
    return _shown(request, asking_of(request))


@routes.delete("/session", policy=PUBLIC, response={204: None})
def log_out(request: HttpRequest) -> HttpResponse:
    """Ends the session at the server; asked without one it changes nothing."""
    if isinstance(request.user, Account):
        actions.note_logout(request.user, origin=origin_of(request))
        logout(request)
    return HttpResponse(status=204)


@routes.get("/session/proof", policy="desk.view", response=Form)
def proof_form(request: HttpRequest) -> Form:
    account = _account(asked(request))
    paired = factors.in_use(account) is not None
    field = (
        FormField(name="code", label="动态码", kind="text", hint="身份验证器上的六位数字，或者一个备用码。")
        if paired
        else FormField(name="password", label="口令", kind="password")
    )
    return Form(
        title="请再次证明是您本人", intro="对外提供、缩短期限和销毁之前，须再证明一次；十五分钟之内不再问。", submit="证明", url="/session/proof", fields=[field]
    )  # fmt: skip


@routes.post("/session/proof", policy="desk.view", response=Done)
def prove(request: HttpRequest, told: ProvenBy) -> Done:
    """By the second factor where one is bound, else by the password; wrong ones count towards the lock-out."""
    asking = asked(request)
    account = _account(asking)
    if factors.in_use(account) is not None:
        _check_code(request, account, told.code or "")
    else:
        words = told.password.get_secret_value()[:1000] if told.password else ""
        known = authenticate(request, username=account.login, password=words)
        if not isinstance(known, Account) or known.pk != account.pk:
            actions.note_login(account, origin=asking.by.origin, succeeded=False)
            raise WrongFields("口令不对", {"password": "口令不对。"})
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


def _check_code(request: HttpRequest, account: Account, code: str) -> None:
    """Raises `WrongFields` at the code. A wrong one counts as a failed log-in under the account's name."""
    if not code:
        raise WrongFields(
            "还需要动态码", {"code": "请输入身份验证器上的六位数字。"}, do="没有带手机的，可以输一个备用码。"
        )
    by = Actor("officer", account.officer_id, origin_of(request))
    if factors.accepts(account, code, by=by, key=key_of(request.office.opening_key), at=now()):  # type: ignore[attr-defined]
        return
    actions.note_login(account, origin=by.origin, succeeded=False)
    AxesProxyHandler.user_login_failed(__name__, {"username": account.login}, request)
    raise WrongFields("动态码不对", {"code": "不对，或者已经用过；请等下一个码。"})


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
    kept = {name: request.session.get(name) for name in ("admin", "since", "seen", "proved", "pairing")}
    account.backend = "django.contrib.auth.backends.ModelBackend"
    login(request, account)
    request.session.update(kept)


def _note_failure(name: str, origin: str) -> None:
    known = registry.account_by_login(name)
    if known is None:
        actions.note_stranger(origin=origin)
    else:
        actions.note_login(known, origin=origin, succeeded=False)
