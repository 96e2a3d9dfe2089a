"""动态码: the second factor at log-in and before what cannot be undone (RFC 6238: six digits, thirty seconds, SHA-1, as every authenticator knows it).

The seed is sealed, and recovery codes are kept as keyed digests, both under a key derived from one of the house's own: the database alone
gives nobody a code. A code counts once.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db.models import Q

from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.registry.models import Account, Passkey, RecoveryCode, SecondFactor
from liuhen.apps.registry.permission import Place, allow, posts_of
from liuhen.apps.registry.policy import PROVES_TWICE
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

_STEP_SECONDS, _DIGITS, _SEED_BYTES, _CODES = 30, 6, 20, 8
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Pairing:
    """What an authenticator is told: its address for the picture, the seed for typing."""

    address: str
    seed: str


def key_of(house: X25519PrivateKey) -> bytes:
    """The key that seals seeds, derived from the house's opening key for this purpose alone."""
    return HKDF(SHA256(), 32, None, b"liuhen second factor").derive(house.private_bytes_raw())


def asks_for(officer: UUID, *, at: datetime) -> bool:
    """Whether a role this person holds asks for a second factor."""
    return any(post.role in PROVES_TWICE for post in posts_of(officer, at=at))


def in_use(account: Account) -> SecondFactor | None:
    return account.factors.filter(confirmed_at__isnull=False, ended_at__isnull=True).first()


def codes_left(factor: SecondFactor) -> int:
    return factor.codes.filter(used_at__isnull=True).count()


def begin(account: Account, *, by: Actor, key: bytes, at: datetime) -> Pairing:
    """A new seed, not yet in use: what is in use stays so until the new one is confirmed. Only for oneself."""
    _own(account, by)
    seed = secrets.token_bytes(_SEED_BYTES)
    row = SecondFactor(account=account, secret=_sealed(seed, account, key), begun_at=at)
    with act("factor.started", by=by, at=at, agency=account.officer.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
    return Pairing(_totp(seed).get_provisioning_uri(account.login, "留痕"), base64.b32encode(seed).decode())


def confirm(account: Account, *, by: Actor, key: bytes, code: str, at: datetime) -> tuple[str, ...]:
    """The newest seed comes into use with its first code; the recovery codes, told this once.

    Raises `Refused` where nothing was begun or the code is not of it.
    """
    _own(account, by)
    row = (
        account.factors.filter(confirmed_at__isnull=True, ended_at__isnull=True).order_by("-begun_at").first()
    )
    if row is None:
        raise Refused("还没有开始绑定", do="请先点“绑定动态码”，用身份验证器扫码。")
    step = _step_of(row, code, key=key, at=at)
    if step is None:
        raise Refused("动态码不对", do="请核对手机上的时间是否准确，等下一个码再输。")
    codes = tuple(_new_code() for _ in range(_CODES))
    before = account.factors.filter(ended_at__isnull=True).exclude(pk=row.pk)
    with act("factor.confirmed", by=by, at=at, agency=account.officer.agency_id) as line:
        for old in before:
            old.ended_at = at
            old.save(update_fields=["ended_at"])
            line.about(old)
        row.confirmed_at, row.last_step = at, step
        row.save(update_fields=["confirmed_at", "last_step"])
        line.about(row)
        for code_ in codes:
            kept = RecoveryCode(factor=row, digest=_digest(code_, key))
            kept.save(force_insert=True)
            line.about(kept)
    return codes


def accepts(account: Account, code: str, *, by: Actor, key: bytes, at: datetime) -> bool:
    """Whether this is the code of now (half a minute early or late), not used before; or a recovery code, used up by this."""
    factor = in_use(account)
    if factor is None:
        return False
    step = _step_of(factor, code, key=key, at=at)
    if step is not None:
        # One of two that come with the same code at once finds the step taken.
        return SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step) == 1
    spare = factor.codes.filter(digest=_digest(_plain(code), key), used_at__isnull=True).first()
    return spare is not None and _use(spare, factor, by=by, at=at)


def is_bound(account: Account) -> bool:
    """Whether there is any second factor: a seed in use, or a passkey."""
    return in_use(account) is not None or account.passkeys.filter(ended_at__isnull=True).exists()


def end(account: Account, *, by: Actor, at: datetime, needs_one: bool = False) -> None:
    """One's own seed, no longer in use. Raises `Refused` where it is the last second factor of somebody whose post asks for one."""
    _own(account, by)
    with act("factor.ended", by=by, at=at, agency=account.officer.agency_id) as line:
        Account.objects.select_for_update().get(pk=account.pk)
        live = list(account.factors.filter(Q(ended_at__isnull=True)))
        if not live:
            raise Refused("没有绑定动态码", do="无须解除。")
        if needs_one and not account.passkeys.filter(ended_at__isnull=True).exists():
            raise Refused(
                "这是您最后一件第二要素，您的职务必须有一件",
                do="请先登记通行密钥，再解除动态码；换手机的请点“重新绑定”。",
            )
        _ended(live, line, at=at)


def reset(account: Account, *, by: Actor, at: datetime) -> None:
    """Every second factor of another taken off where a phone or a key was lost, by 安全管理员, who resets no password: nobody takes over an account alone."""
    allow(by, "role.appoint", on=Place(account.officer.agency_id, account.officer.unit.path))
    if by.id == account.officer_id:
        raise Refused(
            "自己的第二要素不能在这里解除", do="请在“账号安全”办理；都遗失了的，请另一名安全管理员解除。"
        )
    live: list[SecondFactor | Passkey] = list(account.factors.filter(ended_at__isnull=True))
    live += list(account.passkeys.filter(ended_at__isnull=True))
    if not live:
        raise Refused("没有绑定第二要素", do="无须解除。")
    with act("factor.cleared", by=by, at=at, agency=account.officer.agency_id) as line:
        _ended(live, line, at=at)


def _ended(live: Sequence[SecondFactor | Passkey], line: Pen, *, at: datetime) -> None:
    for row in live:
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        line.about(row)


def _use(spare: RecoveryCode, factor: SecondFactor, *, by: Actor, at: datetime) -> bool:
    with act("factor.recovered", by=by, at=at, agency=factor.account.officer.agency_id) as line:
        if RecoveryCode.objects.select_for_update().get(pk=spare.pk).used_at is not None:
            return False
        spare.used_at = at
        spare.save(update_fields=["used_at"])
        line.about(spare)
    return True


def _own(account: Account, by: Actor) -> None:
    if by.id != account.officer_id:
        raise Refused("动态码只能由本人绑定", do="请本人登录后办理。")


def _step_of(row: SecondFactor, code: str, *, key: bytes, at: datetime) -> int | None:
    """The thirty seconds to which the code belongs, if it is one of now and of this seed."""
    told, now = _plain(code), int(at.timestamp()) // _STEP_SECONDS
    totp = _totp(_opened(row, key))
    fits = [
        s
        for s in (now, now - 1, now + 1)
        if hmac.compare_digest(totp.generate(s * _STEP_SECONDS), told.encode())
    ]
    return fits[0] if fits else None


def _totp(seed: bytes) -> TOTP:
    return TOTP(seed, _DIGITS, SHA1(), _STEP_SECONDS)  # noqa: S303  # nosec B303  what the standard and every authenticator use


def _sealed(seed: bytes, account: Account, key: bytes) -> str:
    nonce = secrets.token_bytes(12)
    return base64.b64encode(nonce + ChaCha20Poly1305(key).encrypt(nonce, seed, account.pk.bytes)).decode()


def _opened(row: SecondFactor, key: bytes) -> bytes:
    packed = base64.b64decode(row.secret)
    try:
        return ChaCha20Poly1305(key).decrypt(packed[:12], packed[12:], row.account_id.bytes)
    except InvalidTag as error:
        raise Refused("动态码的种子打不开", do="机关端密钥换过的，请系统管理员解除后重新绑定。") from error


def _new_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


def _plain(code: str) -> str:
    return "".join(code.lower().split()).replace("-", "")


def _digest(code: str, key: bytes) -> str:
    return hmac.new(key, code.encode(), hashlib.sha256).hexdigest()
