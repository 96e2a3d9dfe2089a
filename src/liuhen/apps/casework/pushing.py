"""外部系统推送：who may push, what comes of a message that comes once, twice, late or changed, and what is told back.

A number is one row for ever. The same content again changes nothing; other content under it is kept beside it and told to people,
who compare it: nothing is overwritten.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.db import IntegrityError
from django.db.models import QuerySet

from liuhen.apps.casework.messages import PushedIntake, PushedStep
from liuhen.apps.casework.models import Intake, IntakeChange, IntakeStep, OutsideSystem, SystemNotice
from liuhen.apps.casework.receiving import (
    SLACK,
    TELL,
    Sort,
    Step,
    add_step,
    check_coming,
    intake_of,
    save_intake,
)
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Unit
from liuhen.apps.registry.permission import allow
from liuhen.kernel.actors import Actor
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Malformed, Refused, Unavailable

STEPS = "steps"
SCOPES: dict[str, str] = {**{sort.value: sort.label for sort in Sort}, STEPS: "办理的各步"}
_PUSHABLE = frozenset(Step.values) - {Step.OPENED, Step.PLANNED, Step.COMPARED}
_LOCAL = ("127.0.0.1", "localhost", "::1")


class Pushed(NamedTuple):
    """What came of a message: the number here, and whether it is new, was known, or says something else than before."""

    number: str
    outcome: str


def enroll_system(
    unit: Unit, *, by: Actor, name: str, scopes: Sequence[str], webhook: str, at: datetime
) -> tuple[OutsideSystem, str]:
    """A new outside system and its key, which is shown once and stored nowhere here."""
    key = secrets.token_urlsafe(32)
    row = OutsideSystem(
        agency_id=unit.agency_id, unit=unit, name=name.strip(), scopes=sorted(set(scopes)), key_digest=_digest(key),
        webhook=webhook.strip(), enrolled_at=at,
    )  # fmt: skip
    allow(by, "system.enroll", on=row, at=at)
    unknown = set(scopes) - SCOPES.keys()
    if unknown or not scopes or not row.name:
        raise Refused("没有写明名称或者可推送的种类", do=f"可推送的有：{'、'.join(SCOPES)}。")
    if OutsideSystem.objects.filter(agency=unit.agency_id, name=row.name).exists():
        raise Refused(f"已有名为“{row.name}”的外部系统", do="停用的名称不再使用，请换一个。")
    _check_address(row.webhook)
    with act("system.enrolled", by=by, at=at, agency=unit.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
    return row, key


def revoke_system(row: OutsideSystem, *, by: Actor, at: datetime) -> None:
    """Its key opens nothing from the next message on, and nothing is told to it any more."""
    allow(by, "system.revoke", on=row, at=at)
    if row.revoked_at is not None:
        raise Refused(f"“{row.name}”已经停用", do="重新使用须重新登记。")
    with act("system.revoked", by=by, at=at, agency=row.agency_id) as line:
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        line.about(row)


def systems() -> QuerySet[OutsideSystem]:
    return OutsideSystem.objects.select_related("unit__agency", "agency").order_by("name")


def system_of(key: str) -> OutsideSystem | None:
    """The system whose key this is, unless it was revoked."""
    return systems().filter(key_digest=_digest(key), revoked_at=None).first()


def push(system: OutsideSystem, message: PushedIntake | PushedStep, *, by: Actor, at: datetime) -> Pushed:
    """Take in one message. Raises `Refused` for what this key may not push, `Unavailable` for a step whose intake has not come yet."""
    allow(by, "intake.receive", on=system, at=at)
    scope = message.coming.sort if isinstance(message, PushedIntake) else STEPS
    if scope not in system.scopes:
        raise Refused(
            f"“{system.name}”的密钥不能推送“{SCOPES.get(scope, scope)}”", do="请由操作人按需要重新登记。"
        )
    if isinstance(message, PushedIntake):
        return _push_intake(system, message, by=by, at=at)
    return _push_step(system, message, by=by, at=at)


def _push_intake(system: OutsideSystem, message: PushedIntake, *, by: Actor, at: datetime) -> Pushed:
    known = _known(system, message.number)
    if known is None:
        check_coming(message.coming, at=at)
        row = intake_of(system.unit, message.coming, at=at, by=by)
        row.system, row.outside_number, row.sha256 = system, message.number, message.sha256
        try:
            with act("intake.received", by=by, at=at, agency=system.agency_id) as line:
                save_intake(row, line)
            return Pushed(row.number, "new")
        except IntegrityError:  # The same message by another hand, a moment earlier.
            known = _known(system, message.number)
            if known is None:
                raise
    if known.sha256 == message.sha256:
        return Pushed(known.number, "known")
    return _keep_change(known, message, by=by, at=at)


def _keep_change(row: Intake, message: PushedIntake, *, by: Actor, at: datetime) -> Pushed:
    if not row.changes.filter(sha256=message.sha256).exists():
        change = IntakeChange(intake=row, content=message.content, sha256=message.sha256, at=at)
        try:
            with act("intake.outside-changed", by=by, at=at, agency=row.agency_id) as line:
                change.save(force_insert=True)
                line.about(change)
                line.about(row)
        except IntegrityError:
            pass  # Kept a moment earlier by another hand.
    return Pushed(row.number, "changed")


def _push_step(system: OutsideSystem, message: PushedStep, *, by: Actor, at: datetime) -> Pushed:
    row = _known(system, message.number)
    if row is None:
        raise Unavailable(
            f"还没有收到 {message.number} 本身", do="请先推送这一件，再推送它的各步；未收到的请稍后重发。"
        )
    if message.step not in _PUSHABLE:
        raise Malformed(f"不能推送“{message.step}”这一步", do=f"可推送的有：{'、'.join(sorted(_PUSHABLE))}。")
    held = row.steps.filter(outside_key=message.key).first()
    if held is not None:
        return _same(row, held, message)
    if not row.received_at - SLACK <= message.happened_at <= at + SLACK:
        raise Refused("这一步的时间早于收到的时间，或者在将来", do="请核对两边的时钟。")
    try:
        with act("intake.step-received", by=by, at=at, agency=row.agency_id) as line:
            add_step(
                row, line, step=message.step, by=by, at=at, says=message.says, happened_at=message.happened_at, outside_key=message.key
            )  # fmt: skip
    except IntegrityError:
        return _same(row, row.steps.get(outside_key=message.key), message)
    return Pushed(row.number, "new")


def _same(row: Intake, held: IntakeStep, message: PushedStep) -> Pushed:
    if (held.sort, held.says, held.happened_at) != (message.step, message.says, message.happened_at):
        raise Refused(
            f"{message.number} 的一步 {message.key} 已经收到，内容不同",
            do="已收到的不改；更正的，请用新的编号再推送一步。",
        )
    return Pushed(row.number, "known")


def differences(change: IntakeChange) -> list[tuple[str, str, str]]:
    """Field by field what was told first and what is told now, as people read them."""
    row = change.intake
    before: dict[str, Any] = {name: getattr(row, name) for name in FIELDS}
    spelled = {
        name: as_utc_text(value) if isinstance(value, datetime) else "" if value is None else str(value)
        for name, value in before.items()
    }
    now = {name: str(change.content.get(name, "")) for name in FIELDS}
    return [(FIELDS[name], spelled[name], now[name]) for name in FIELDS if spelled[name] != now[name]]


FIELDS: dict[str, str] = {
    "sort": "种类", "channel": "来源", "subject": "事由", "content": "内容", "place_text": "地点", "latitude": "纬度", "longitude": "经度",
    "person": "来人", "contact": "联系方式", "real_name": "实名", "happened_at": "所述时间", "received_at": "收到时间",
}  # fmt: skip


def step_told(key: Any) -> IntakeStep | None:
    """A step with all that is told of it."""
    rows = IntakeStep.objects.select_related("intake__system", "case", "activity")
    return rows.filter(pk=key).first()


def note_told(
    step: IntakeStep, *, by: Actor, trouble: str, at: datetime, again: timedelta | None = None
) -> SystemNotice:
    """How one telling went; `again` is after how long it is tried once more."""
    row = SystemNotice(step=step, trouble=trouble[:300], at=at)
    with act("system.informed", by=by, at=at, agency=step.intake.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        if again is not None:
            line.schedule(TELL, step, after=again)
    return row


def notice_of(step: IntakeStep) -> bytes:
    """What a system is told of a step: canonical JSON, the numbers of both sides and nothing of persons."""
    row = step.intake
    return canonical(
        {
            "format": "liuhen-intake-told/1", "number": row.outside_number, "liuhen": row.number, "step": step.sort,
            "happened_at": as_utc_text(step.happened_at), "case": step.case.number if step.case else None,
            "activity": step.activity.number if step.activity else None,
        }
    )  # fmt: skip


def _known(system: OutsideSystem, number: str) -> Intake | None:
    rows = Intake.objects.select_related("unit", "agency", "system")
    return rows.filter(system=system, outside_number=number).first()


def _digest(key: str) -> str:
    return digest_of(key.encode()).sha256


def _check_address(webhook: str) -> None:
    told = urlsplit(webhook)
    is_local = told.scheme == "http" and told.hostname in _LOCAL
    if webhook and (told.scheme != "https" or not told.hostname) and not is_local:
        raise Refused(f"告知地址 {webhook} 不是 https", do="请改用 https；只有本机的地址可以用 http。")
