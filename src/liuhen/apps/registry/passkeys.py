"""通行密钥: a pair of keys in a browser, a telephone or a security key that proves who is there (WebAuthn), beside the password.

The private half never leaves its holder; here is the public one. A question is asked once and answered once. Whether the answer
is right is the library's to say; whose key it is, whether it was answered before and whether its counter goes on, is said here.
It knows no HTTP: the interfaces keep the question until its answer comes.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from struct import error as WrongStructure  # noqa: N812  its own name says nothing
from typing import Any
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from django.db.models import Q
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Account, Passkey
from liuhen.apps.registry.relying import RelyingParty
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

MOST = 10
_LONGEST_ID = 1023
# What the library raises over bytes that are no answer; it checks as it unpacks.
_WRONG = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    AssertionError,
    IndexError,
    WrongStructure,
    UnsupportedAlgorithm,
)


@dataclass(frozen=True, slots=True)
class Question:
    """What a browser is asked, and the one value its answer must contain."""

    options: dict[str, Any]
    challenge: str


def keys_of(account: Account) -> list[Passkey]:
    """Those in use, the oldest first."""
    return list(account.passkeys.filter(ended_at__isnull=True).order_by("registered_at", "pk"))


def invitation(account: Account, *, party: RelyingParty) -> Question:
    """What a browser needs to make a new pair; those that are known already are not made twice."""
    user = PublicKeyCredentialUserEntity(
        id=account.pk.bytes, name=account.login, display_name=account.officer.name
    )
    options, state = _server(party).register_begin(
        user,
        _data(keys_of(account)),
        ResidentKeyRequirement.DISCOURAGED,
        UserVerificationRequirement.PREFERRED,
    )
    return Question(dict(options.public_key), state["challenge"])


def register(
    account: Account, *, by: Actor, party: RelyingParty, challenge: str, name: str, answer: Mapping[str, Any], at: datetime
) -> Passkey:  # fmt: skip
    """A new key, from now on in use. Raises `Refused` for another's account and for an answer that does not fit."""
    _own(account, by)
    if len(keys_of(account)) >= MOST:
        raise Refused(f"一个账号最多 {MOST} 把通行密钥", do="请先移除不用的。")
    try:
        told = RegistrationResponse.from_dict(answer)
        if told.response.client_data.cross_origin:
            raise ValueError("cross-origin")
        data = _server(party).register_complete(_state(challenge), told)
    except _WRONG as error:
        raise _unfit() from error
    made = data.credential_data
    if made is None or made.credential_id != told.raw_id or len(made.credential_id) > _LONGEST_ID:
        raise _unfit()
    row = Passkey(
        account=account, name=name, credential=_text(made.credential_id), public_key=base64.b64encode(made).decode(), registered_at=at,
        sign_count=data.counter, last_challenge=_spent(challenge),
    )  # fmt: skip
    if Passkey.objects.filter(credential=row.credential).exists():
        raise Refused("这把通行密钥已经登记过", do="请换一把，或者直接使用它登录。")
    with act("passkey.registered", by=by, at=at, agency=account.officer.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
    return row


def question(account: Account, *, party: RelyingParty) -> Question:
    """What a browser is asked so that the holder of one of the account's keys proves himself."""
    options, state = _server(party).authenticate_begin(
        _data(keys_of(account)), UserVerificationRequirement.PREFERRED
    )
    return Question(dict(options.public_key), state["challenge"])


def accepts(account: Account, *, party: RelyingParty, challenge: str, answer: Mapping[str, Any]) -> bool:
    """Whether this answers the question with a key of this account, for the first time, its counter going on.

    A counter that does not go on is that of a copied key: it is refused. Keys that count nothing always say nought.
    """
    keys = keys_of(account)
    try:
        told = AuthenticationResponse.from_dict(answer)
        if told.response.client_data.cross_origin:
            return False
        used = _server(party).authenticate_complete(_state(challenge), _data(keys), told)
        handle, count = told.response.user_handle, told.response.authenticator_data.counter
    except _WRONG:
        return False
    if handle not in (None, b"", account.pk.bytes):
        return False
    going_on = Q(sign_count__lt=count) | (Q(sign_count=0) if count == 0 else Q(pk__in=[]))
    row = Passkey.objects.filter(going_on, credential=_text(used.credential_id), ended_at__isnull=True)
    spent = _spent(challenge)
    # Of two that come with the same answer at once, one finds it spent.
    return row.exclude(last_challenge=spent).update(sign_count=count, last_challenge=spent) == 1


def rename(account: Account, key: UUID, *, by: Actor, name: str, at: datetime) -> None:
    _own(account, by)
    row = _one(account, key)
    with act("passkey.renamed", by=by, at=at, agency=account.officer.agency_id) as line:
        row.name = name
        row.save(update_fields=["name"])
        line.about(row)


def remove(account: Account, key: UUID, *, by: Actor, needs_one: bool, at: datetime) -> None:
    """One's own, no longer in use. Raises `Refused` for the last second factor of somebody whose post asks for one."""
    _own(account, by)
    with act("passkey.ended", by=by, at=at, agency=account.officer.agency_id) as line:
        Account.objects.select_for_update().get(pk=account.pk)
        row = _one(account, key)
        others = account.passkeys.filter(ended_at__isnull=True).exclude(pk=row.pk).exists()
        if (
            needs_one
            and not others
            and not account.factors.filter(confirmed_at__isnull=False, ended_at__isnull=True).exists()
        ):
            raise Refused(
                "这是您最后一件第二要素，您的职务必须有一件",
                do="请先登记另一把通行密钥或者绑定动态码，再移除这一把。",
            )
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        line.about(row)


def _own(account: Account, by: Actor) -> None:
    if by.id != account.officer_id:
        raise Refused("通行密钥只能由本人登记和移除", do="请本人登录后办理；遗失的请找安全管理员。")


def _one(account: Account, key: UUID) -> Passkey:
    row = account.passkeys.filter(pk=key, ended_at__isnull=True).first()
    if row is None:
        raise Refused("没有这把通行密钥", do="请刷新页面；它可能已经移除。")
    return row


def _unfit() -> Refused:
    return Refused("通行密钥没有登记成", do="请重新点“登记通行密钥”，在两分钟之内完成；仍不行请换一把。")


def _server(party: RelyingParty) -> Fido2Server:
    entity = PublicKeyCredentialRpEntity(id=party.name, name="留痕")
    return Fido2Server(entity, verify_origin=party.origins.__contains__)


def _state(challenge: str) -> dict[str, Any]:
    return {"challenge": challenge, "user_verification": UserVerificationRequirement.PREFERRED}


def _data(keys: Iterable[Passkey]) -> list[AttestedCredentialData]:
    return [AttestedCredentialData(base64.b64decode(key.public_key)) for key in keys]


def _text(credential: bytes) -> str:
    return base64.urlsafe_b64encode(credential).rstrip(b"=").decode()


def _spent(challenge: str) -> str:
    return hashlib.sha256(challenge.encode()).hexdigest()
