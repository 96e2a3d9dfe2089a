"""Routes of the door and the session: who may come in, who is in, and how one leaves."""

from typing import Annotated

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from pydantic import SecretStr, StringConstraints

from liuhen.apps.registry import actions
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Account
from liuhen.apps.registry.permission import posts_of
from liuhen.apps.registry.policy import ADMINISTRATORS
from liuhen.interfaces.api import pages_session
from liuhen.interfaces.api.answers import Unknown, WrongFields
from liuhen.interfaces.api.gate import PUBLIC, Routes, asked, asking_of, origin_of
from liuhen.interfaces.api.lists import Line, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Door, Form, FormField, Session
from liuhen.kernel.clock import as_utc_text, now
from liuhen.kernel.errors import Refused

routes = Routes("登录")
Password = Annotated[SecretStr, StringConstraints(max_length=200)]


class LogIn(Told):
    name: Annotated[Line, StringConstraints(max_length=50)]
    password: SecretStr


class NewPassword(Told):
    old: SecretStr
    new: SecretStr
    again: SecretStr


@routes.get("/door", policy=PUBLIC, response=Door)
def door(request: HttpRequest) -> Door:
    """What is said before log-in; sets the token that every unsafe request must carry."""
    get_token(request)
    return pages_session.door(request.office)  # type: ignore[attr-defined]


@routes.get("/session", policy="desk.view", response=Session)
def session(request: HttpRequest) -> Session:
    return pages_session.session(asked(request))


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
    login(request, account)
    request.session["admin"] = bool(held & ADMINISTRATORS)
    request.session["since"] = request.session["seen"] = as_utc_text(moment)
    actions.note_login(account, origin=origin, succeeded=True)
    return pages_session.session(asking_of(request))


@routes.delete("/session", policy=PUBLIC, response={204: None})
def log_out(request: HttpRequest) -> HttpResponse:
    """Ends the session at the server; asked without one it changes nothing."""
    if isinstance(request.user, Account):
        actions.note_logout(request.user, origin=origin_of(request))
        logout(request)
    return HttpResponse(status=204)


@routes.get("/session/password", policy="desk.view", response=Form)
def password_form(request: HttpRequest) -> Form:
    return Form(
        title="更改口令", intro="更改后，本账号在别处的登录立即失效。", submit="更改", url="/session/password",
        fields=[
            FormField(name="old", label="现在的口令", kind="password"),
            FormField(name="new", label="新口令", kind="password", hint="不少于 12 位；不能是常见口令，不能全是数字。"),
            FormField(name="again", label="再输一遍新口令", kind="password"),
        ],
    )  # fmt: skip


@routes.post("/session/password", policy="desk.view", response=Done)
def change_password(request: HttpRequest, told: NewPassword) -> Done:
    asking = asked(request)
    account = registry.account_of(asking.officer.pk)
    if account is None:
        raise Unknown
    old, new = told.old.get_secret_value()[:1000], told.new.get_secret_value()[:1000]
    if not account.check_password(old):
        actions.note_login(account, origin=asking.by.origin, succeeded=False)
        raise WrongFields("现在的口令不对", {"old": "现在的口令不对。"})
    if new != told.again.get_secret_value()[:1000]:
        raise WrongFields("两遍新口令不同", {"again": "与上面的新口令不同。"})
    actions.change_password(account, by=asking.by, password=new, at=asking.at)
    _stay_in(request, account)
    return done("口令已更改", about=account.pk)


def _stay_in(request: HttpRequest, account: Account) -> None:
    """This session goes on under a new id; every other one ends with the old password."""
    kept = {name: request.session.get(name) for name in ("admin", "since", "seen")}
    account.backend = "django.contrib.auth.backends.ModelBackend"
    login(request, account)
    request.session.update(kept)


def _note_failure(name: str, origin: str) -> None:
    known = registry.account_by_login(name)
    if known is None:
        actions.note_stranger(origin=origin)
    else:
        actions.note_login(known, origin=origin, succeeded=False)
