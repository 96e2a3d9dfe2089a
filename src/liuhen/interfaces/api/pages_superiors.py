"""A superior agency's written approval as pages show it: what is due of it, what was entered, and the desk's reminders."""

from uuid import UUID

from liuhen.apps.approval import queries, superiors
from liuhen.apps.approval.models import PaperCheck, Request, SuperiorPaper
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.matters import is_told
from liuhen.interfaces.api.shapes import Action, DueItem, Fact, Link, State
from liuhen.kernel.clock import shown


def actions(asking: Asking, subject: UUID) -> list[Action]:
    """Entering the superior's paper, or holding it against the original, for whoever may."""
    found = []
    for row in Request.objects.filter(subject=subject, state=Request.State.PENDING).select_related("unit"):
        paper = superiors.unchecked_paper(row)
        if superiors.paper_due(row) and asking.may("approval.paper", row):
            found.append(_enter(row))
        elif paper and superiors.may_check(paper, asking.by) and asking.may("approval.check-paper", row):
            found.append(_check(row))
    return found


def says(main: Action) -> str:
    """What a page says is due, where it is this."""
    return {"superior-paper": "报上级机关批准，取得书面批准以后登记", "superior-check": "对照纸质原件，核对上级机关的批准文书"}.get(
        main.key.partition(":")[0], ""
    )  # fmt: skip


def facts(subject: UUID) -> list[Fact]:
    return [
        Fact(
            label="上级批准文书", value=f"{one.organ}，{one.number}，{one.dated.isoformat()}，{one.get_answer_display()}",
            note=f"{one.office}{one.signer}签；{one.entered_by.name}登记，{_checked(one)}；扫描件 SHA-256 {one.sha256[:16]}…",
        )
        for row in Request.objects.filter(subject=subject)
        for one in superiors.papers_of(row)
    ]  # fmt: skip


def things(subject: UUID) -> list[UUID]:
    """Opinions, papers and checks about it: what the trail of the page tells beside the request itself."""
    found = []
    for row in Request.objects.filter(subject=subject):
        found += [one.pk for one in row.opinions.all()]
        for paper in superiors.papers_of(row):
            check = PaperCheck.objects.filter(paper=paper).first()
            found += [paper.pk, *([check.pk] if check else [])]
    return found


def scans(asking: Asking, subject: UUID) -> list[Link]:
    return [
        Link(label="上级批准文书（扫描件）", to=f"/api/v1/approvals/{row.pk}/paper-scan", note=row.number)
        for row in Request.objects.filter(subject=subject).select_related("unit")
        if row.papers.exists()
        and any(asking.may(one, row) for one in ("approval.paper", "approval.check-paper"))
    ]


def due_items(asking: Asking) -> list[DueItem]:
    """On the desk: papers to be brought for one's own requests, and papers that wait for a second person."""
    wanted = queries.papers_wanted(asking.by) if asking.can("approval.paper") else []
    waiting = queries.papers_waiting(asking.by, at=asking.at) if asking.can("approval.check-paper") else []
    return [
        *(_item(row, "报上级机关批准", "前面各步已经同意；取得上级机关的书面批准以后登记。", _enter(row)) for row in wanted),
        *(_item(one.request, "核对上级批准文书", f"{one.entered_by.name}于 {shown(one.entered_at)} 登记 {one.number}，请对照纸质原件核对。", _check(one.request), decides=True)
          for one in waiting if is_told(asking, one.request)),
    ]  # fmt: skip


def _item(row: Request, title: str, what: str, action: Action, *, decides: bool = False) -> DueItem:
    return DueItem(
        key=action.key, title=title, what=what, number=row.number, deadline=None, state=State(label="待办", tone="action"), action=action,
        cite=None, decides=decides,
    )  # fmt: skip


def _enter(row: Request) -> Action:
    return Action(
        key=f"superior-paper:{row.pk}", label="登记上级批准", main=True, form_url=f"/approvals/{row.pk}/paper"
    )


def _check(row: Request) -> Action:
    return Action(
        key=f"superior-check:{row.pk}",
        label="核对上级批准",
        main=True,
        form_url=f"/approvals/{row.pk}/paper-check",
    )


def _checked(paper: SuperiorPaper) -> str:
    check = PaperCheck.objects.filter(paper=paper).select_related("by").first()
    if check is None:
        return "待另一人核对"
    return f"{check.by.name}核对，{check.get_outcome_display()}{f'：{check.reason}' if check.reason else ''}"
