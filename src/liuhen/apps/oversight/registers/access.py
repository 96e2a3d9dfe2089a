"""Registers of who saw footage, and what was given out of the house."""

from datetime import datetime

from django.db.models import Q, QuerySet

from liuhen.apps.access import supplying, visiting
from liuhen.apps.access.models import Package, Redaction, Viewing, Visit
from liuhen.apps.approval.models import Request, SuperiorPaper
from liuhen.apps.archive.discs import packages_known
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.knowing import known_to
from liuhen.apps.evidence.models import Recording
from liuhen.apps.oversight.registers.cells import YES, name, said
from liuhen.apps.oversight.registers.definition import Register
from liuhen.apps.registry.permission import reach_of
from liuhen.kernel.actors import Actor


def _redactions(by: Actor, at: datetime) -> QuerySet[Redaction]:
    """Copies of footage that falls to this person, and his own."""
    seen = Recording.objects.filter(reach_of(by, "redaction.view", at=at)).values("pk")
    rows = Redaction.objects.filter(Q(recording__in=seen) | Q(drawn_by=by.id))
    known = rows.filter(known_to(by, at=at, by="recording"))
    return known.select_related("recording__unit", "drawn_by", "answered__by")


def _answered(row: Redaction) -> tuple[str, str]:
    answer = getattr(row, "answered", None)
    return (answer.by.name, answer.get_answer_display()) if answer else ("", "")


def _given(row: Package) -> tuple[str, str]:
    """What goes out, and for what use."""
    terms = getattr(row, "terms", None)
    return ("遮挡副本", terms.get_use_display()) if terms else ("原件", "作为证据" if row.is_evidence else "")


def _taken(row: Package) -> tuple[str, str, str]:
    """When it was handed over, who signed for it, what became of it."""
    delivery, back = getattr(row, "delivery", None), getattr(row, "returned", None)
    handed = (
        (f"{said(delivery.handed_at)} {delivery.handed_by.name}", delivery.receiver) if delivery else ("", "")
    )
    terms = getattr(row, "terms", None)
    due = f"应于 {terms.due_back.isoformat()} 以前归还" if terms and terms.due_back else ""
    return (*handed, f"{back.get_outcome_display()} {said(back.happened_at)}" if back else due)


def _made(row: Package) -> str:
    if row.made_at is None:
        return "没有制成"
    gone = getattr(row, "removal", None)
    return f"{said(row.made_at)}，{said(gone.at)} 从副本库清除" if gone else said(row.made_at)


def _looked(row: Visit) -> tuple[str, str]:
    """By which approval, and each window: who opened it, from when to when."""
    request, windows = visiting.request_of(row), visiting.windows_of(row)
    told = "；".join(
        f"{one.opened_by.name} {said(one.opened_at)} 至 {said(visiting.closed_at(one))}" for one in windows
    )
    return (f"{request.number} {request.get_state_display()}" if request else "", told)


def _papers(by: Actor, at: datetime) -> QuerySet[SuperiorPaper]:
    """Written words of the superior about packages that this person may know of."""
    known = packages_known(by, at=at).values("pk")
    seen = Request.objects.filter(
        reach_of(by, "package.view", at=at, officers="requester"), subject__in=known
    )
    return SuperiorPaper.objects.filter(request__in=seen).select_related(
        "request", "entered_by", "check_row__by"
    )


def _held_against(row: SuperiorPaper) -> tuple[str, str]:
    check = getattr(row, "check_row", None)
    return (check.by.name, check.get_outcome_display()) if check else ("", "待核对")


ACCESS: tuple[Register, ...] = (
    Register(
        key="viewings", title="查阅登记", group="音像", says="谁、何时、凭什么看了哪一段；看之前就已登记。", action="recording.list",
        columns=("查阅人", "音像编号", "依据", "审批", "开始", "截止"), when="opened_at", unit="recording__unit__path",
        words=("officer__name", "recording__number"), to=lambda x: f"/recordings/{x.recording_id}",
        rows=lambda by, at: Viewing.objects.filter(recording__in=evidence.visible_to(by, at=at).values("pk")).select_related("recording", "officer"),
        cells=lambda x: (x.officer.name, x.recording.number, x.basis, x.approval, said(x.opened_at), said(x.closes_at)),
    ),
    Register(
        key="supplies", title="监督调取登记", group="音像", says="有权监督的部门要求提供哪一段、为何，何时答复、怎样答复。", action="supply.view",
        columns=("编号", "音像编号", "用途", "事由", "要求人", "要求", "答复期限", "答复", "答复人", "答复时间"), when="asked_at",
        words=("number", "recording__number"), rows=lambda by, at: supplying.supplies_visible_to(by, at=at), to=lambda x: f"/recordings/{x.recording_id}",
        cells=lambda x: (x.number, x.recording.number, x.get_purpose_display(), x.says, x.asked_by.name, said(x.asked_at), said(x.due_at),
                         x.get_answer_display(), name(x.answered_by), said(x.answered_at)),
    ),
    Register(
        key="visits", title="来人查看登记", group="音像", says="没有账号的人（当事人、上级机关来人）凭什么证件、为何、依哪份审批，在窗口看了哪一段，谁打开、何时关上。", action="visit.view",
        columns=("编号", "音像编号", "看的", "种类", "来人", "单位", "证件", "事由", "登记人", "登记", "审批", "窗口"), when="asked_at",
        words=("number", "visitor", "organ", "recording__number"), rows=lambda by, at: visiting.visits_visible_to(by, at=at), to=lambda x: f"/recordings/{x.recording_id}",
        cells=lambda x: (x.number, x.recording.number, "遮挡副本" if x.redaction_id else "原件", x.get_sort_display(), x.visitor, x.organ,
                         f"{x.paper} {x.paper_number}", x.reason, x.asked_by.name, said(x.asked_at), *_looked(x)),
    ),
    Register(
        key="disclosures", title="对外提供登记", group="音像", says="什么内容（原件或者遮挡副本）交给谁、做什么用、依哪份审批，制成何时、摘要是什么，谁签收，是否收回。", action="package.view",
        columns=("包号", "内容", "交出的", "用途", "接收方", "种类", "案号", "作为证据", "申请人", "申请", "审批", "制成", "SHA-256", "交付", "签收人", "收回"),
        when="asked_at", words=("number", "recipient", "case_number", "title"),
        rows=lambda by, at: packages_known(by, at=at).select_related("removal", "terms", "delivery__handed_by", "returned"),
        to=lambda x: f"/packages/{x.pk}",
        cells=lambda x: (x.number, x.title, *_given(x), x.recipient, x.get_recipient_kind_display(), x.case_number, YES[x.is_evidence], x.asked_by.name,
                         said(x.asked_at), x.approval, _made(x), x.sha256, *_taken(x)),
    ),
    Register(
        key="superior-approvals", title="上级批准登记", group="音像", says="哪件审批由上级机关以纸质文书批准：文号、日期、谁签，谁登记，谁对照纸质核对。", action="package.view",
        columns=("审批", "批准机关", "文号", "日期", "签署人", "职务", "意见", "分析评估", "登记人", "登记", "核对人", "结论", "扫描件 SHA-256"), when="entered_at",
        unit="request__unit__path", words=("number", "organ", "request__number"), rows=_papers, to=lambda x: f"/packages/{x.request.subject}",
        cells=lambda x: (x.request.number, x.organ, x.number, x.dated.isoformat(), x.signer, x.office, x.get_answer_display(), x.assessment,
                         x.entered_by.name, said(x.entered_at), *_held_against(x), x.sha256),
    ),
    Register(
        key="redacted-copies", title="遮挡副本登记", group="音像", says="为何制作、谁制作、遮了几处、谁看过之后怎样答复。", action="redaction.view",
        columns=("编号", "音像编号", "为何制作", "遮挡处", "制作人", "制作", "状态", "审核人", "审核意见"), when="drawn_at", unit="recording__unit__path",
        words=("number", "recording__number", "purpose"), rows=_redactions, to=lambda x: f"/redactions/{x.pk}",
        cells=lambda x: (x.number, x.recording.number, x.purpose, len(x.masks), x.drawn_by.name, said(x.drawn_at), x.get_state_display(), *_answered(x)),
    ),
)  # fmt: skip
