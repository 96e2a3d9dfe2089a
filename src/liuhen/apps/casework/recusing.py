"""回避：asked for with a reason, decided by somebody else; who is recused does nothing more in the case than hand it over."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from django.db.models import QuerySet

from liuhen.apps.casework.models import Case, Recusal, RecusalDecision
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import allow
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused


def ask_recusal(case: Case, *, by: Actor, officer: Officer, asked: str, reason: str, at: datetime) -> Recusal:
    """Put down that an officer of the case should not deal with it, and why."""
    allow(by, "case.write", on=case, at=at)
    if officer.pk not in (case.officer_id, case.second_officer_id):
        raise Refused(f"{officer.name}不是本事项的承办人", do="回避的须是现在的承办人或者协办人。")
    if asked == Recusal.Asked.SELF and by.id != officer.pk:
        raise Refused("自行回避由本人提出", do="请由本人登录后提出，或者按当事人申请、机关提出登记。")
    if not reason.strip():
        raise Refused("没有写明回避的理由", do="请写明与本事项的关系；当事人申请的，写明申请人和他说的理由。")
    if case.recusals.filter(officer=officer, decision=None).exists():
        raise Refused(f"{officer.name}的回避已经提出，还没有决定", do="请等决定之后再提。")
    row = Recusal(case=case, officer=officer, asked=asked, reason=reason.strip(), at=at, by=by.id)
    with act("recusal.asked", by=by, at=at, agency=case.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(case)
    return row


def decide_recusal(row: Recusal, *, by: Actor, agreed: bool, reason: str, at: datetime) -> RecusalDecision:
    """The decision of somebody who is neither the officer concerned nor the one who asked."""
    allow(by, "recusal.decide", on=row, at=at)
    if by.id in (row.officer_id, row.by):
        raise Refused("提出的人和所涉的人不能决定", do="请由另一位有权的负责人决定。")
    if not reason.strip():
        raise Refused("没有写明决定的理由", do="请写明。")
    made = RecusalDecision(recusal=row, agreed=agreed, reason=reason.strip(), at=at, by=by.id)
    with act("recusal.decided", by=by, at=at, agency=row.case.agency_id) as line:
        try:
            made.save(force_insert=True)
        except IntegrityError as error:
            raise Refused("已经有决定", do="请刷新页面查看。") from error
        line.about(made)
        line.about(row)
        line.about(row.case)
    return made


def recusals() -> QuerySet[Recusal]:
    return Recusal.objects.select_related("officer", "case__unit", "case__agency", "decision")


def recusals_of(case: UUID) -> list[Recusal]:
    return list(recusals().filter(case=case).order_by("at", "pk"))


def is_recused(case: Case, officer: UUID) -> bool:
    """Whether it was decided that this person keeps out of the case."""
    return case.recusals.filter(officer=officer, decision__agreed=True).exists()


def check_not_recused(case: Case, by: Actor) -> None:
    """Raises `Refused` for whoever must keep out of the case."""
    if by.kind == "officer" and is_recused(case, by.id):
        raise Refused(
            f"您在 {case.number} 中已决定回避，不能再办理",
            do="请制作“回避、办案人员变动”的交接清单，把承办责任移交他人。",
        )
