"""外部身份: who somebody is, as a directory, a provider or a certificate proves it; never what he may.

系统管理员 enters that a person there is an account here, 安全管理员 confirms it: neither lets anybody in alone. What is not
confirmed, or was ended, proves nothing, and a session that rests on it is over with its next request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Account, Officer, OutsideIdentity, RoleAssignment
from liuhen.apps.registry.permission import Place, allow, may
from liuhen.kernel.actors import NOBODY, Actor
from liuhen.kernel.errors import Refused

Source = OutsideIdentity.Source
_HOLDS = Q(confirmed_at__isnull=False, ended_at__isnull=True)


@dataclass(frozen=True, slots=True)
class Shown:
    """Somebody as he is known elsewhere: by whom, and under which name."""

    source: str
    authority: str
    subject: str


def of(account: Account) -> list[OutsideIdentity]:
    """Those that were not ended, confirmed or not."""
    return list(account.identities.filter(ended_at__isnull=True).order_by("proposed_at", "pk"))


def directory_of(account: Account) -> OutsideIdentity | None:
    """Where a directory proves this person, in place of a password of the house."""
    return account.identities.filter(_HOLDS, source=Source.DIRECTORY).first()


def proven_by(shown: Shown) -> OutsideIdentity | None:
    """The confirmed link to an account that is open, with its account."""
    rows = OutsideIdentity.objects.filter(_HOLDS, account__is_active=True).select_related("account__officer")
    return rows.filter(source=shown.source, authority=shown.authority, subject=shown.subject).first()


def still_holds(session: Mapping[str, Any]) -> bool:
    """Whether what this session rests on was not ended since; most rest on a password and need not be asked."""
    rests_on = session.get("identity")
    return not rests_on or OutsideIdentity.objects.filter(_HOLDS, pk=UUID(rests_on)).exists()


def propose(account: Account, shown: Shown, *, by: Actor, at: datetime) -> OutsideIdentity:
    """Raises `Refused` where the account has such a link, or the other one belongs to somebody."""
    allow(by, "account.manage", on=_place(account))
    if account.identities.filter(source=shown.source, ended_at__isnull=True).exists():
        raise Refused(f"这个账号已有{Source(shown.source).label}的身份", do="请先解除原有的，再登记新的。")
    taken = OutsideIdentity.objects.filter(
        source=shown.source, authority=shown.authority, subject=shown.subject, ended_at__isnull=True
    )
    if taken.exists():
        raise Refused("这个外部身份已经对应另一个账号", do="请核对；一个外部身份只对应一个人。")
    row = OutsideIdentity(
        account=account, source=shown.source, authority=shown.authority, subject=shown.subject, proposed_by=by.id, proposed_at=at
    )  # fmt: skip
    with act("identity.proposed", by=by, at=at, agency=account.officer.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
    return row


def confirm(row: OutsideIdentity, *, by: Actor, at: datetime) -> None:
    """From now on it proves who somebody is. Not by whoever entered it, nor by the person himself.

    Raises `Refused` where nobody would be left who manages accounts with a password of the house: a directory that is down must not shut it.
    """
    allow(by, "role.appoint", on=_place(row.account))
    if by.id in (row.proposed_by, row.account.officer_id):
        raise Refused("登记的人和本人不能核对", do="请另一名安全管理员核对。")
    with act("identity.confirmed", by=by, at=at, agency=row.account.officer.agency_id) as line:
        kept = OutsideIdentity.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if kept.ended_at is not None or kept.confirmed_at is not None:
            raise Refused("这一条已经核对或者解除", do="请刷新页面。")
        if kept.source == Source.DIRECTORY and not _others_with_a_password(kept.account, at=at):
            raise Refused(
                "须有一名系统管理员留用本机口令",
                do="目录连不上时要靠他登录；请先另任一名系统管理员，再核对这一条。",
            )
        kept.confirmed_by, kept.confirmed_at = by.id, at
        kept.save(update_fields=["confirmed_by", "confirmed_at"])
        line.about(kept)


def end(row: OutsideIdentity, *, by: Actor, at: datetime) -> None:
    """It proves nothing any more. Either administrator may: shutting out needs no second one."""
    place = _place(row.account)
    if not may(by, "account.manage", on=place, at=at):
        allow(by, "role.appoint", on=place, at=at)
    if row.ended_at is not None:
        raise Refused("这一条已经解除", do="请刷新页面。")
    with act("identity.ended", by=by, at=at, agency=row.account.officer.agency_id) as line:
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        line.about(row)


def note_forged(*, origin: str, at: datetime) -> None:
    """Somebody showed a certificate's header without having come through the proxy."""
    with act("certificate.forged", by=Actor("officer", NOBODY, origin), at=at) as line:
        line.note(account=None)


def _place(account: Account) -> Place:
    return Place(account.officer.agency_id, account.officer.unit.path)


def _others_with_a_password(account: Account, *, at: datetime) -> bool:
    """Whether a 系统管理员 of the agency other than this one logs in by a password of the house."""
    posts = RoleAssignment.objects.filter(
        Q(until__isnull=True) | Q(until__gt=at), role="system_admin", since__lte=at, unit__agency=account.officer.agency_id,
        officer__state=Officer.State.ACTIVE, officer__account__is_active=True,
    )  # fmt: skip
    by_directory = OutsideIdentity.objects.filter(_HOLDS, source=Source.DIRECTORY).values("account")
    return posts.exclude(officer__account=account.pk).exclude(officer__account__in=by_directory).exists()
