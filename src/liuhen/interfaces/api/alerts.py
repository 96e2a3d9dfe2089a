"""What overseeing adds to a person's desk: remarks to answer or decide, checks overdue, facts to answer, work that failed."""

from liuhen.apps.journal import queries as journal
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.examining import last_reply
from liuhen.apps.oversight.models import LiabilityFact, Remark, Reply
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.pages_examinations import ways_of
from liuhen.interfaces.api.rail import tone_of_deadline
from liuhen.interfaces.api.shapes import Action, Cite, Deadline, DueItem, State

_MOST = 60


def overseen_items(asking: Asking) -> list[DueItem]:
    return [*_remarks(asking), *_checks(asking), *_facts(asking), *_failed(asking)]


def _remarks(asking: Asking) -> list[DueItem]:
    """Remarks on which this person's side is to act."""
    if not asking.can("examination.view"):
        return []
    waiting = [one for one in oversight.remarks_open(asking.by, at=asking.at) if ways_of(asking, one)]
    return [_remark(asking, one) for one in waiting[:_MOST]]


def _remark(asking: Asking, one: Remark) -> DueItem:
    last = last_reply(one)
    to_mend = last is None or last.sort == Reply.Sort.RETURNED
    clock = None
    if to_mend and one.due_at is not None:
        clock = Deadline(label="整改答复", due_at=one.due_at, tone=tone_of_deadline(one.due_at, asking.at))
    is_late = clock is not None and clock.tone == "breach"
    return DueItem(
        key=f"remark-{one.pk}", title="检查意见", what=one.says, number=one.examination.number, deadline=clock,
        state=State(label="整改逾期" if is_late else "待整改" if to_mend else "待裁定", tone="breach" if is_late else "due"),
        action=Action(key=f"remark-{one.pk}", label="去办理", to=f"/inspections/{one.examination_id}"),
        cite=Cite(regulation=one.regulation, article=one.article, clause=one.clause) if one.clause else None, decides=not to_mend,
    )  # fmt: skip


def _checks(asking: Asking) -> list[DueItem]:
    """Examinations that should have ended, for who conducts them."""
    if not asking.can("examination.write"):
        return []
    rows = oversight.examinations_seen(asking.by, at=asking.at).filter(
        closed_at__isnull=True, due_at__lt=asking.at
    )
    return [
        DueItem(
            key=f"check-{row.pk}", title="监督检查逾期", what=row.title, number=row.number,
            deadline=Deadline(label="办结", due_at=row.due_at, tone="breach"), state=State(label="逾期", tone="breach"),
            action=Action(key=f"check-{row.pk}", label="去办理", to=f"/inspections/{row.pk}"), cite=None,
        )
        for row in rows.order_by("due_at")[:_MOST]
    ]  # fmt: skip


def _facts(asking: Asking) -> list[DueItem]:
    """Facts stated of this very person that he has not answered."""
    rows = oversight.liability_seen(asking.by, at=asking.at).filter(
        officer=asking.officer.pk, state=LiabilityFact.State.STATED
    )
    return [
        DueItem(
            key=f"fact-{row.pk}", title="责任事实", what="有一件责任事实写到您，您可以申辩。", number=row.number, deadline=None,
            state=State(label="可申辩", tone="action"), action=Action(key=f"fact-{row.pk}", label="去看看", to=f"/liability/{row.pk}"), cite=None,
        )
        for row in rows[:_MOST]
    ]  # fmt: skip


def _failed(asking: Asking) -> list[DueItem]:
    """One item for all work that was given up, for who audits: silence would hide it."""
    count = journal.failed_jobs().count() if asking.can("audit.view") else 0
    if not count:
        return []
    return [
        DueItem(
            key="failed-jobs", title="后台作业未成功", what=f"有 {count} 项作业试过五次仍未成功，请系统管理员查看服务日志，查明原因。", number="",
            deadline=None, state=State(label="未成功", tone="breach"), action=Action(key="failed-jobs", label="看存证", to="/proof"), cite=None,
        )
    ]  # fmt: skip
