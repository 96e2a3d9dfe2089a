"""A department that supervises requires a recording of the unit that made it: told its purpose, answered in time.

It needs no approval; the head of the unit supplies, or objects with a reason. What is supplied may be played by whoever
asked, for a few days, each look with its line; a mark of secrecy stands above it.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from liuhen.apps.access.models import SupplyRequest
from liuhen.apps.evidence.knowing import known_to
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow, reach_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused
from liuhen.kernel.grants import Grant

ANSWER_WITHIN = timedelta(days=2)
SUPPLIED_FOR = timedelta(days=3)


def require_supply(
    recording: Recording,
    *,
    by: Actor,
    officer: Officer,
    purpose: str,
    says: str,
    at: datetime,
    due_at: datetime | None = None,
) -> SupplyRequest:
    """要求提供。Raises `Refused` without a reason, in another's name, for a time that is over, and twice for the same."""
    row = SupplyRequest(
        agency_id=recording.agency_id, unit=recording.unit, recording=recording, purpose=purpose, says=says.strip(),
        asked_by=officer, asked_at=at, due_at=due_at or at + ANSWER_WITHIN,
    )  # fmt: skip
    allow(by, "supply.ask", on=recording, at=at)
    if by.id != officer.pk:
        raise Refused("不能代他人提出", do="请由本人登录后提出。")
    if not row.says:
        raise Refused("须写明事由", do="请写明为哪一件事、需要核对什么。")
    if row.due_at <= at:
        raise Refused("答复期限须在现在以后", do="请核对时间。")
    if SupplyRequest.objects.filter(recording=recording, asked_by=officer, answer="").exists():
        raise Refused(f"您已要求提供 {recording.number}，正在等采集部门答复", do="请等答复；逾期的可以催办。")
    with act("supply.required", by=by, at=at, agency=recording.agency_id) as line:
        row.number = next_number(recording.agency, "提供", at=at)
        row.save(force_insert=True)
        line.about(row)
        line.about(recording)
    return row


def answer_supply(
    row: SupplyRequest, *, by: Actor, officer: Officer, answer: str, reply: str, at: datetime
) -> None:
    """答复：supplied, or an objection with its reason. Raises `Refused` for a second answer and for one's own request."""
    allow(by, "supply.answer", on=row, at=at)
    if row.answer:
        raise Refused(f"{row.number} 已于此前答复", do="请刷新页面查看答复。")
    if officer.pk == row.asked_by_id:
        raise Refused("不能答复本人提出的要求", do="请由采集部门的其他负责人答复。")
    if answer == SupplyRequest.Answer.OBJECTED and not reply.strip():
        raise Refused("提出异议须写明理由", do="请写明不能提供的理由，要求的部门据此报机关负责人。")
    with act("supply.answered", by=by, at=at, agency=row.agency_id) as line:
        if SupplyRequest.objects.select_for_update().get(pk=row.pk).answer:
            raise Refused(f"{row.number} 刚刚有人答复", do="请刷新页面查看答复。")
        row.answer, row.reply, row.answered_by, row.answered_at = answer, reply.strip(), officer, at
        row.save(update_fields=["answer", "reply", "answered_by", "answered_at"])
        line.about(row)
        line.about(row.recording)


def supply_grant(recording: Recording, *, by: Actor) -> Grant | None:
    """What a supply gives whoever asked for it; None without one."""
    row = (
        SupplyRequest.objects.filter(
            recording=recording, asked_by=by.id, answer=SupplyRequest.Answer.SUPPLIED
        )
        .order_by("-answered_at")
        .first()
    )
    if row is None or row.answered_at is None:
        return None
    return Grant(
        holder=by.id, action="recording.play", objects=frozenset({recording.pk}), opens=row.answered_at,
        closes=row.answered_at + SUPPLIED_FOR, approval=row.number,
    )  # fmt: skip


def supplied_among(recordings: list[UUID], *, by: Actor) -> frozenset[UUID]:
    """Which of these were ever supplied to this person, in one query."""
    rows = SupplyRequest.objects.filter(
        recording__in=recordings, asked_by=by.id, answer=SupplyRequest.Answer.SUPPLIED
    )
    return frozenset(rows.values_list("recording", flat=True))


def supplies_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[SupplyRequest]:
    """What this person asked for, and what is asked of the part of the house that he answers for."""
    mine = Q(asked_by=viewer.id)
    rows = SupplyRequest.objects.filter(mine | reach_of(viewer, "supply.answer", at=at, officers="asked_by"))
    known = rows.filter(known_to(viewer, at=at, by="recording"))
    return known.select_related("unit", "recording", "asked_by", "answered_by")


def supplies() -> QuerySet[SupplyRequest]:
    return SupplyRequest.objects.select_related("unit", "recording", "asked_by")
