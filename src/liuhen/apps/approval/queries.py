"""Reading approvals: what waits for me, how a matter stands."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from liuhen.apps.approval.models import Request
from liuhen.apps.registry.permission import posts_of
from liuhen.kernel.actors import Actor


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


def approved(subject: UUID, purpose: str) -> Request | None:
    """The approval that stands for `purpose`, if there is one."""
    return Request.objects.filter(subject=subject, purpose=purpose, state=Request.State.APPROVED).first()


def waiting_for(by: Actor, *, at: datetime) -> list[RequestView]:
    """Requests whose due step this person may decide: never his own, never a second step."""
    posts = posts_of(by.id, at=at)
    pending = Request.objects.filter(
        state=Request.State.PENDING, agency__in={post.agency for post in posts}
    ).select_related("requester", "unit")
    return [view_of(request) for request in pending if _is_due(request, by, posts)]


def _is_due(request: Request, by: Actor, posts: list) -> bool:  # type: ignore[type-arg]
    opinions = list(request.opinions.all())
    if by.id == request.requester_id or any(o.officer_id == by.id for o in opinions):
        return False
    role = request.chain[len(opinions)]["role"]
    return any(post.role == role and request.unit.path.startswith(post.path) for post in posts)


def view_of(request: Request) -> RequestView:
    opinions = {o.step: o for o in request.opinions.select_related("officer")}
    steps = []
    for number, step in enumerate(request.chain):
        given = opinions.get(number)
        steps.append(
            StepView(
                title=step["title"],
                clause=step["clause"],
                officer=given.officer.name if given else "",
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
