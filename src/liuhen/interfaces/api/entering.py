"""The steps of coming in that every way shares: who was proven, whether he may, the second factor, the session.

Between the first proof and the second stands a half-open session: it names the account, opens nothing, and lasts five minutes.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, NoReturn
from uuid import UUID

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import login
from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.access import visiting
from liuhen.apps.registry import actions, factors, passkeys
from liuhen.apps.registry.factors import key_of
from liuhen.apps.registry.models import Account
from liuhen.apps.registry.passkeys import Question
from liuhen.apps.registry.passwords import is_given
from liuhen.apps.registry.permission import posts_of
from liuhen.apps.registry.policy import ADMINISTRATORS
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.gate import origin_of
from liuhen.interfaces.api.lists import Told
from liuhen.interfaces.backend import PATH
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import as_utc_text, from_text, now
from liuhen.kernel.errors import Refused, Unavailable

_LASTS = timedelta(minutes=5)
_HALF, _ASKED = "half", "asked"
WINDOW = "window"
"""In a session: the one window at the counter that it knows, and nothing else."""
How = Literal["password", "directory", "provider", "certificate"]


@dataclass(frozen=True, slots=True)
class Proven:
    """An account that something proved: by what, and on which outside identity that rests."""

    account: Account
    how: How
    identity: UUID | None = None


Packed = Annotated[str, StringConstraints(max_length=8192, pattern=r"^[A-Za-z0-9_-]*$")]


class KeyResponse(Told):
    """What the browser's key gave; of the two kinds of answer each has its own parts."""

    clientDataJSON: Packed  # noqa: N815  the names are those of WebAuthn
    attestationObject: Packed | None = None  # noqa: N815
    authenticatorData: Packed | None = None  # noqa: N815
    signature: Packed | None = None
    userHandle: Packed | None = None  # noqa: N815


class KeyAnswer(Told):
    rawId: Packed  # noqa: N815
    response: KeyResponse

    def bare(self) -> dict[str, Any]:
        return self.model_dump(exclude_none=True)


def enter(request: HttpRequest, proven: Proven, *, code: str = "") -> None:
    """Open the session, or ask for the second factor (`WrongFields`). Raises `Refused` for who may not come in at all."""
    account, moment, office = proven.account, now(), office_of(request)
    held = {post.role for post in posts_of(account.officer_id, at=moment)}
    if not account.is_active or not held:
        actions.note_login(account, origin=origin_of(request), succeeded=False)
        raise Refused("您现在没有在任的职务，不能登录", do="请联系安全管理员核对任职；暂停执法期间不能登录。")
    is_both = proven.how == "certificate" and office.proxy is not None and office.proxy.is_enough
    if not is_both and factors.is_bound(account):
        if not code:
            _ask(request, proven)
        check_code(request, account, code)
    let_in(request, proven, is_both=is_both)


def let_in(request: HttpRequest, proven: Proven, *, is_both: bool = False) -> None:
    """The session itself, under a new id."""
    account, moment, office = proven.account, now(), office_of(request)
    held = {post.role for post in posts_of(account.officer_id, at=moment)}
    if (
        WINDOW in request.session
    ):  # Whoever came to the counter has gone: his window ends where the office logs in again.
        leave_window(request)
    asks = office.asks_second_factor and factors.asks_for(account.officer_id, at=moment)
    request.session.pop(_HALF, None)
    request.session.pop(_ASKED, None)
    login(request, account, backend=PATH)
    request.session["admin"] = bool(held & ADMINISTRATORS)
    request.session["pairing"] = asks and not is_both and not factors.is_bound(account)
    request.session["choosing"] = proven.how == "password" and office.asks_own_password and is_given(account)
    request.session["how"] = proven.how
    request.session["identity"] = str(proven.identity) if proven.identity else ""
    request.session["since"] = request.session["seen"] = request.session["proved"] = as_utc_text(moment)
    actions.note_login(account, origin=origin_of(request), succeeded=True)


def leave_window(request: HttpRequest) -> None:
    """This browser's window ends, and with it all that its session knew."""
    found = visiting.window(UUID(request.session[WINDOW]))
    if found is not None:
        by = Actor("officer", found.opened_by_id, f"查看窗口 {origin_of(request)}")
        visiting.end_window(found, by=by, at=now())
    request.session.flush()


def half_way(request: HttpRequest) -> Proven:
    """Who proved himself once within the last five minutes in this browser. Raises `Refused` where nobody did, or it no longer holds."""
    half = request.session.get(_HALF)
    row = (
        Account.objects.select_related("officer__agency", "officer__unit").filter(pk=half["account"]).first()
        if half
        else None
    )
    if half is None or row is None or now() - from_text(half["at"]) > _LASTS:
        raise Refused("登录要从头开始", do="请重新输入用户名和口令；第二步须在五分钟之内完成。")
    if not row.is_active or row.get_session_auth_hash() != half["hash"]:
        raise Refused("登录要从头开始", do="账号或者口令刚刚变动过，请重新登录。")
    return Proven(row, half["how"], UUID(half["identity"]) if half["identity"] else None)


def check_code(request: HttpRequest, account: Account, code: str) -> None:
    """Raises `WrongFields` at the code. A wrong one counts as a failed log-in under the account's name."""
    if not code:
        raise WrongFields(
            "还需要动态码", {"code": "请输入身份验证器上的六位数字。"}, do="没有带手机的，可以输一个备用码。"
        )
    _check_unlocked(request, account)
    by = Actor("officer", account.officer_id, origin_of(request))
    if not factors.accepts(account, code, by=by, key=key_of(office_of(request).opening_key), at=now()):
        _count(request, account)
        raise WrongFields("动态码不对", {"code": "不对，或者已经用过；请等下一个码。"})


def check_key(request: HttpRequest, account: Account, answer: KeyAnswer) -> None:
    """The same for a passkey: its question was asked in this browser, and is answered once."""
    _check_unlocked(request, account)
    party, challenge = office_of(request).passkeys, answered(request, "proof")
    if party is None or not passkeys.accepts(account, party=party, challenge=challenge, answer=answer.bare()):
        _count(request, account)
        raise WrongFields(
            "通行密钥没有通过", {"passkey": "没有通过，请重试；仍不行请换一把，或者改用动态码。"}
        )


def asked_for(request: HttpRequest, question: Question, *, purpose: str) -> dict[str, Any]:
    """Keep the question until its answer comes, for one purpose; a later one takes its place."""
    request.session[_ASKED] = {"challenge": question.challenge, "purpose": purpose, "at": as_utc_text(now())}
    return question.options


def answered(request: HttpRequest, purpose: str) -> str:
    """The question that was asked in this browser for this purpose, used up by this. Raises `Refused` where there is none."""
    kept = request.session.pop(_ASKED, None)
    if kept is None or kept["purpose"] != purpose or now() - from_text(kept["at"]) > _LASTS:
        raise Refused("没有等待回答的询问，或者已经过期", do="请重新点一次按钮。")
    return str(kept["challenge"])


def office_of(request: HttpRequest) -> Office:
    found: Office = request.office  # type: ignore[attr-defined]
    return found


def _ask(request: HttpRequest, proven: Proven) -> NoReturn:
    """Raises `WrongFields` that name every second factor this person can show here; the first proof is kept for it."""
    account, fields = proven.account, {}
    if factors.in_use(account) is not None:
        fields["code"] = "请输入身份验证器上的六位数字。"
    if office_of(request).passkeys is not None and passkeys.keys_of(account):
        fields["passkey"] = "请插入或者触碰登记过的通行密钥。"
    if not fields:
        raise Unavailable(
            "您登记的通行密钥在这里不能用",
            do="请从登记时所用的网址打开页面；网址变更过的，请找安全管理员解除。",
        )
    request.session[_HALF] = {
        "account": str(account.pk), "how": proven.how, "identity": str(proven.identity or ""), "at": as_utc_text(now()),
        "hash": account.get_session_auth_hash(),
    }  # fmt: skip
    words = "还需要动态码" if "code" in fields else "还需要通行密钥"
    raise WrongFields(
        words, fields, do="没有带手机的，可以输一个备用码。" if "code" in fields else "请用登记过的那一把。"
    )


def _check_unlocked(request: HttpRequest, account: Account) -> None:
    """A locked account is not tried: the lock-out's own answer takes the place of this one."""
    if not AxesProxyHandler.is_allowed(request, {"username": account.login}):
        request.axes_locked_out = True  # type: ignore[attr-defined]
        raise Refused("连续输错次数过多，账号已锁定", do="请在十五分钟后再试。")


def _count(request: HttpRequest, account: Account) -> None:
    actions.note_login(account, origin=origin_of(request), succeeded=False)
    AxesProxyHandler.user_login_failed(__name__, {"username": account.login}, request)
