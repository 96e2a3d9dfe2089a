"""Trusted time over checkpoints: what is stamped, and the token beside its checkpoint once it was checked whole.

Stamped is the signed note itself: so the token says that by then the house had signed this.
"""

from datetime import datetime, timedelta

from django.db import transaction

from liuhen.apps.journal.models import Checkpoint, TimeToken
from liuhen.engines.ledger.timestamp import TimeAuthority, check_token


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
