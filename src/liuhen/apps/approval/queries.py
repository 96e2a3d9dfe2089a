"""Reading approvals: what waits for me, how a matter stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from liuhen.apps.approval.actions import SUPERIOR, deciders_of, decides_above, sits_at
from liuhen.apps.approval.models import Opinion, PaperCheck, Request, SuperiorPaper
from liuhen.apps.approval.superiors import may_check, paper_due
from liuhen.apps.registry.permission import reach_of
from liuhen.apps.registry.seats import Seat, seats_of
from liuhen.apps.registry.superiors import subordinates_of
from liuhen.kernel.actors import Actor

_TO_SUPERIORS = ("package",)


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a chain as shown: title, who decided, what, when; empty while it is due."""

    title: str
    clause: str
    officer: str
    answer: str
    reason: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestView:
    """An approval as shown."""

    id: UUID
    number: str
    purpose: str
    subject_kind: str
    subject: UUID
    reason: str
    requester: str
    state: str
    state_label: str
    made_at: datetime
    steps: tuple[StepView, ...]


def requests_about(subject: UUID) -> list[RequestView]:
    found = Request.objects.filter(subject=subject).select_related("requester").order_by("made_at")
    return [view_of(request) for request in found]


def is_asked_by(requester: UUID, subject: UUID) -> bool:
    """Whether a request of this very person about it is on its way; two people may bear one name."""
    return Request.objects.filter(subject=subject, requester=requester, state=Request.State.PENDING).exists()


def approved(subject: UUID, purpose: str, *, requester: UUID, number: str = "") -> Request | None:
    """The newest approval of this person's for `purpose`, or the one with this number: what another was granted helps nobody else."""
    mine = Request.objects.filter(
        subject=subject, purpose=purpose, requester=requester, state=Request.State.APPROVED
    )
    mine = mine.filter(number=number) if number else mine
    return mine.order_by("-closed_at").first()


def approved_among(subjects: Iterable[UUID], purpose: str, *, requester: UUID) -> frozenset[UUID]:
    """Which of these things have an approval of this person's for `purpose`, in one query."""
    mine = Request.objects.filter(
        subject__in=list(subjects), purpose=purpose, requester=requester, state=Request.State.APPROVED
    )
    return frozenset(mine.values_list("subject", flat=True))


def request(request_id: UUID) -> Request | None:
    return Request.objects.filter(pk=request_id).select_related("requester", "unit", "agency").first()


def may_read(request: Request, by: Actor, *, at: datetime) -> bool:
    """Who asked, who decided, who sits where a step of the chain is decided, and who decides at the superior agency."""
    if request.requester_id == by.id or request.opinions.filter(officer=by.id).exists():
        return True
    if decides_above(request, by, at=at):
        return True
    seats = seats_of(by.id, at=at)
    return any(sits_at(step, request, seats) for step in request.chain)


def is_due_for(request: Request, by: Actor, *, at: datetime) -> bool:
    """Whether the step that is due is this person's to decide."""
    if request.state != Request.State.PENDING:
        return False
    return _is_due(request, by, seats_of(by.id, at=at)) or decides_above(request, by, at=at)


def turn_of(request_id: UUID, *, at: datetime) -> str:
    """Whose the step that is due is, by title, unit and name; empty where none is due. It says so where nobody holds that place."""
    found = request(request_id)
    if found is None or found.state != Request.State.PENDING:
        return ""
    step = found.chain[found.opinions.count()]
    if step["role"] == SUPERIOR:
        return f"现由{step['title']}审批"
    names = "、".join(f"{one.unit.name}{one.officer.name}" for one in deciders_of(found, step, at=at)[:3])
    return (
        f"现由{step['title']}审批：{names}"
        if names
        else f"现由{step['title']}审批，但没有可以办这一步的人，请由安全管理员任命"
    )


def waiting_for(by: Actor, *, at: datetime) -> list[RequestView]:
    """Requests whose due step this person may decide: never his own, never a second step."""
    seats = seats_of(by.id, at=at)
    below = subordinates_of(by.id, at=at)
    pending = Request.objects.filter(
        state=Request.State.PENDING, agency__in={seat.unit.agency_id for seat in seats} | below
    ).select_related("requester", "unit")
    return [
        view_of(request)
        for request in pending
        if _is_due(request, by, seats) or (request.agency_id in below and decides_above(request, by, at=at))
    ]


def papers_waiting(by: Actor, *, at: datetime) -> list[SuperiorPaper]:
    """Written words of a superior that this person may hold against the paper, having had no hand in them."""
    seen = Request.objects.filter(reach_of(by, "approval.check-paper", at=at, officers="requester"))
    waiting = SuperiorPaper.objects.filter(
        check_row=None, request__in=seen, request__state=Request.State.PENDING
    )
    return [one for one in waiting.select_related("request", "entered_by") if may_check(one, by)]


def papers_wanted(by: Actor) -> list[Request]:
    """This person's own requests for which the superior's written word is due."""
    mine = Request.objects.filter(requester=by.id, state=Request.State.PENDING, purpose__in=_TO_SUPERIORS)
    return [one for one in mine if paper_due(one)]


def _is_due(request: Request, by: Actor, seats: list[Seat]) -> bool:
    opinions = list(request.opinions.all())
    if by.id == request.requester_id or any(o.officer_id == by.id for o in opinions):
        return False
    return sits_at(request.chain[len(opinions)], request, seats)


def _who(given: Opinion | None, paper: SuperiorPaper | None) -> str:
    """Who decided: where it was on paper, whoever signed there, not the one who held it against the paper."""
    if given is None:
        return ""
    return f"{paper.organ}{paper.signer}" if paper else given.officer.name


def view_of(request: Request) -> RequestView:
    opinions = {o.step: o for o in request.opinions.select_related("officer")}
    on_paper = {one.step: one for one in request.papers.filter(check_row__outcome=PaperCheck.Outcome.FITS)}
    steps = []
    for number, step in enumerate(request.chain):
        given = opinions.get(number)
        steps.append(
            StepView(
                title=step["title"],
                clause=step["clause"],
                officer=_who(given, on_paper.get(number)),
                answer=given.get_answer_display() if given else "",
                reason=given.reason if given else "",
                at=given.at if given else None,
            )
        )
    return RequestView(
        id=request.pk, number=request.number, purpose=request.purpose, subject_kind=request.subject_kind,
        subject=request.subject, reason=request.reason, requester=request.requester.name, state=request.state,
        state_label=request.get_state_display(), made_at=request.made_at, steps=tuple(steps),
    )  # fmt: skip
