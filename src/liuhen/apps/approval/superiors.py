"""上级机关的批准 where the superior has no account here: its written word is entered by one person and held against the paper by another.

Only then it counts as that step of the frozen chain. Whoever has an account at a superior that is in this house decides by `actions.decide`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from liuhen.apps.approval.actions import SUPERIOR, keep_opinion, step_due
from liuhen.apps.approval.models import Opinion, PaperCheck, Request, SuperiorPaper
from liuhen.apps.approval.scans import scan_in
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import allow
from liuhen.apps.registry.superiors import superior_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.citations import Citation
from liuhen.kernel.clock import BEIJING, shown
from liuhen.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class WrittenWord:
    """What stands on the paper, and what was assessed before it was asked for. `scan` is the paper itself, in Base64."""

    organ: str
    number: str
    dated: date
    signer: str
    office: str
    agree: bool
    assessment: str
    scan: str


def enter_paper(
    request: Request, told: WrittenWord, *, by: Actor, officer: Officer, cite: Citation | None, at: datetime
) -> SuperiorPaper:
    """登记上级机关的书面批准。Raises `Refused` with the article where the step is not the superior's, the superior decides here itself,
    anything is not told, the paper is older than the request or younger than today, or there is no scan.
    """
    allow(by, "approval.paper", on=request, at=at)
    if by.id != officer.pk:
        raise Refused("不能代他人登记", do="请由登记人本人登录后办理。")
    step, due = step_due(request)
    if due["role"] != SUPERIOR:
        raise Refused(f"现在这一步由{due['title']}审批，还没有到上级机关", do="请等前面各步办结。", cite=cite)
    superior = superior_of(request.agency_id)
    if superior is not None:
        raise Refused(
            f"上级机关{superior.name}就在本系统中，不以纸质批准代替",
            do="请由其负责人登录后直接审批。",
            cite=cite,
        )
    _check_told(request, told, at=at, cite=cite)
    scan = scan_in(told.scan)
    _check_new(request, step, scan.sha256, cite=cite)
    answer = Opinion.Answer.AGREE if told.agree else Opinion.Answer.RETURN
    row = SuperiorPaper(
        request=request, step=step, organ=told.organ.strip(), number=told.number.strip(), dated=told.dated, signer=told.signer.strip(),
        office=told.office.strip(), answer=answer, assessment=told.assessment.strip(), scan=told.scan, scan_type=scan.type, sha256=scan.sha256,
        entered_by=officer, entered_at=at,
    )  # fmt: skip
    with act(
        "approval.paper-entered", by=by, at=at, agency=request.agency_id, approval=request.number
    ) as line:
        Request.objects.select_for_update(of=("self",)).get(pk=request.pk)
        _check_new(request, step, scan.sha256, cite=cite)
        row.save(force_insert=True)
        line.about(row, sha256=row.sha256)
    return row


def check_paper(
    paper: SuperiorPaper,
    *,
    by: Actor,
    officer: Officer,
    fits: bool,
    reason: str,
    cite: Citation | None,
    at: datetime,
) -> PaperCheck:
    """另一人对照纸质核对。What fits is the opinion of that step; what differs is kept, and another paper may be entered.

    Raises `Refused` for whoever entered it, asked for it or decided another step of the chain, and for a second check.
    """
    request = paper.request
    allow(by, "approval.check-paper", on=request, at=at)
    if by.id != officer.pk:
        raise Refused("不能代他人核对", do="请由核对人本人登录后办理。")
    if officer.pk in (paper.entered_by_id, request.requester_id):
        raise Refused(
            "登记人和申请人不能核对上级机关的批准文书", do="请由另一人对照纸质原件核对。", cite=cite
        )
    if request.opinions.filter(officer=officer).exists():
        raise Refused(
            "已经在这件审批中办过一步的人，不能再核对", do="请由没有办过这件审批的人核对。", cite=cite
        )
    if not fits and not reason.strip():
        raise Refused("与纸质不符的，须写明哪里不符", do="请写明哪一项与纸质不同。")
    outcome = PaperCheck.Outcome.FITS if fits else PaperCheck.Outcome.DIFFERS
    row = PaperCheck(paper=paper, outcome=outcome, reason=reason.strip(), by=officer, at=at)
    verb = "approval.paper-confirmed" if fits else "approval.paper-refused"
    with act(verb, by=by, at=at, agency=request.agency_id, approval=request.number) as line:
        Request.objects.select_for_update(of=("self",)).get(pk=request.pk)
        request.refresh_from_db()
        step, due = step_due(request)
        if PaperCheck.objects.filter(paper=paper).exists() or step != paper.step:
            raise Refused("这份批准文书已经核对过", do="无需再次核对。")
        row.save(force_insert=True)
        line.about(row, sha256=paper.sha256)
        if fits:
            says = f"{paper.organ}{paper.office}{paper.signer} {paper.dated.isoformat()} {paper.number}，纸质，扫描件 SHA-256 {paper.sha256}"
            opinion = Opinion(
                request=request,
                step=step,
                role=due["role"],
                officer=officer,
                answer=paper.answer,
                reason=says,
                at=at,
            )
            keep_opinion(opinion, line)
    return row


def paper_due(request: Request) -> bool:
    """Whether the superior's word is due, on paper, and none waits to be checked."""
    return waits_for_paper(request) and unchecked_paper(request) is None


def waits_for_paper(request: Request) -> bool:
    step = request.opinions.count()
    is_open = request.state == Request.State.PENDING and step < len(request.chain)
    return is_open and request.chain[step]["role"] == SUPERIOR and superior_of(request.agency_id) is None


def unchecked_paper(request: Request) -> SuperiorPaper | None:
    return request.papers.filter(check_row=None).select_related("entered_by", "request").first()


def papers_of(request: Request) -> list[SuperiorPaper]:
    """Every paper of a request, the newest first, with its check where it has one."""
    return list(request.papers.select_related("entered_by", "check_row__by").order_by("-entered_at", "-pk"))


def may_check(paper: SuperiorPaper, by: Actor) -> bool:
    """Whether this person is somebody else than all who had a hand in it, whatever his posts."""
    request = paper.request
    return (
        by.id not in (paper.entered_by_id, request.requester_id)
        and not request.opinions.filter(officer=by.id).exists()
    )


def _check_told(request: Request, told: WrittenWord, *, at: datetime, cite: Citation | None) -> None:
    lacking = {
        "批准机关": told.organ, "文号": told.number, "签署人": told.signer, "签署人职务": told.office, "分析评估": told.assessment,
    }  # fmt: skip
    missing = [label for label, value in lacking.items() if not value.strip()]
    if missing:
        raise Refused(
            f"没有写明{'、'.join(missing)}",
            do="请照纸质批准文书填写；分析评估写报批之前作的评估。",
            cite=cite,
        )
    if not told.scan:
        raise Refused(
            "没有附上级机关批准文书的扫描件", do="请扫描纸质批准文书，上传 PDF、PNG 或者 JPEG。", cite=cite
        )
    asked, today = request.made_at.astimezone(BEIJING).date(), at.astimezone(BEIJING).date()
    if told.dated < asked:
        raise Refused(
            f"批准文书的日期 {told.dated.isoformat()} 早于本件申请（{shown(request.made_at)}）：申请以前的批准不能用于这一件",
            do="请核对日期；确属另一件的批准，请就本件另行报批。", cite=cite,
        )  # fmt: skip
    if told.dated > today:
        raise Refused(f"批准文书的日期 {told.dated.isoformat()} 还没有到", do="请核对日期。", cite=cite)


def _check_new(request: Request, step: int, sha256: str, *, cite: Citation | None) -> None:
    if request.papers.filter(step=step, check_row=None).exists():
        raise Refused(
            "这一步的批准文书已经登记，等待另一人核对", do="请由另一人对照纸质原件核对。", cite=cite
        )
    other = (
        SuperiorPaper.objects.filter(sha256=sha256).exclude(request=request).select_related("request").first()
    )
    if other is not None:
        raise Refused(
            f"这份扫描件已经用于审批 {other.request.number}，不是本件的批准文书",
            do="请扫描就本件作出的批准文书。",
            cite=cite,
        )
