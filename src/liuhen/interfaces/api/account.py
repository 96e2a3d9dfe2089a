"""Routes of one's own account: the second factor bound, renewed and released by the person himself."""

from django.http import HttpRequest

from liuhen.apps.registry import factors
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.factors import key_of
from liuhen.apps.registry.models import Account
from liuhen.apps.registry.sessions import must_choose, must_pair
from liuhen.engines.ledger.qr import drawn
from liuhen.interfaces.api.answers import Unknown, WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked, require_fresh
from liuhen.interfaces.api.lists import Told
from liuhen.interfaces.api.session import Code
from liuhen.interfaces.api.shapes import Action, Done, Fact, State
from liuhen.interfaces.api.shapes_people import AccountPage, PairingShown
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Refused

routes = Routes("账号")


class FirstCode(Told):
    code: Code


@routes.get("/account", policy="desk.view", response=AccountPage, unpaired=True)
def account_page(request: HttpRequest) -> AccountPage:
    asking = asked(request)
    account = _account(asking)
    factor, asks = factors.in_use(account), _asks(asking)
    facts = [
        Fact(label="登录名", value=account.login),
        Fact(label="动态码", value=f"{shown(factor.confirmed_at)} 绑定" if factor and factor.confirmed_at else "没有绑定"),
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
        "您的职务须绑定动态码才能办理业务。"
        if asks
        else "您的职务不强制绑定；绑定之后别人即使知道口令也登录不了。"
    )
    end = Action(
        key="end", label="解除绑定", method="POST", url="/account/factor/end",
        confirm="解除之后，登录只凭口令；您的职务要求动态码的，下一步就要重新绑定。",
    )  # fmt: skip
    return AccountPage(
        says=says, facts=facts, state=State(label="已绑定", tone="proven") if factor else State(label="未绑定", tone="due" if asks else "plain"),
        is_paired=factor is not None, must_choose=must_choose(request.session), must_pair=must_pair(request.session),
        actions=[Action(key="password", label="更改口令", form_url="/session/password"), *([end] if factor else [])],
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
    factors.end(_account(asking), by=asking.by, at=asking.at)
    request.session["pairing"] = asking.office.asks_second_factor and _asks(asking)
    return Done(said="动态码已解除")


def _account(asking: Asking) -> Account:
    account = registry.account_of(asking.officer.pk)
    if account is None:
        raise Unknown
    return account


def _asks(asking: Asking) -> bool:
    return factors.asks_for(asking.officer.pk, at=asking.at)
