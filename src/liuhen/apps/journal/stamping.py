"""Trusted time over checkpoints: what is stamped, and the token beside its checkpoint once it was checked whole.

Stamped is the signed note itself: so the token says that by then the house had signed this.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from liuhen.apps.journal.models import Checkpoint, TimeToken
from liuhen.apps.journal.queries import Fault
from liuhen.engines.ledger.timestamp import TimeAuthority, check_token
from liuhen.kernel.errors import Tampered


def due_for_time(authority: str, *, every: timedelta, at: datetime) -> Checkpoint | None:
    """The newest checkpoint, where it has no token of this authority and the last token is old enough."""
    newest = Checkpoint.objects.order_by("-size").first()
    last = newest_token(authority)
    if newest is None or (last is not None and last.checkpoint_id == newest.size):
        return None
    return newest if last is None or at - last.received_at >= every else None


def keep_token(
    point: Checkpoint, token: bytes, authority: TimeAuthority, *, nonce: int, at: datetime
) -> TimeToken:
    """Keep a token over this checkpoint. Raises `Tampered` where anything of it does not fit."""
    stamped = check_token(token, point.note.encode(), authority, nonce=nonce)
    with transaction.atomic():
        kept, _ = TimeToken.objects.get_or_create(
            checkpoint=point, authority=authority.name,
            defaults={
                "token": token, "serial": str(stamped.serial)[:80], "policy": stamped.policy, "at": stamped.at, "received_at": at,
            },
        )  # fmt: skip
    return kept


def newest_token(authority: str) -> TimeToken | None:
    return TimeToken.objects.filter(authority=authority).order_by("-checkpoint_id").first()


def token_over(size: int) -> TimeToken | None:
    """A token over exactly this checkpoint."""
    return TimeToken.objects.filter(checkpoint=size).order_by("at").first()


def verify_tokens(authority: TimeAuthority | None) -> Iterator[Fault]:
    """Every kept token against its checkpoint and the roots of the settings; what nobody can check is told as such.

    A token of an earlier authority is checked against the same roots: its root stays in the file.
    """
    rows = TimeToken.objects.select_related("checkpoint").order_by("checkpoint", "authority")
    if authority is None:
        count = rows.count()
        if count:
            yield Fault("可信时间", f"有 {count} 枚时间戳，设置中没有时间戳机构及其根证书，无法核对")
        return
    for row in rows.iterator(chunk_size=500):
        yield from _faults(row, authority)


def _faults(row: TimeToken, authority: TimeAuthority) -> Iterator[Fault]:
    where = f"检查点 {row.checkpoint_id} 的时间戳"
    named = (
        authority if row.authority == authority.name else replace(authority, name=row.authority, policy="")
    )
    try:
        told = check_token(bytes(row.token), row.checkpoint.note.encode(), named)
    except Tampered as error:
        yield Fault(where, error.why)
        return
    if (told.at, str(told.serial)[:80], told.policy) != (row.at, row.serial, row.policy):
        yield Fault(where, "登记的时间、序号或策略与时间戳中的不符")
