"""Asking for approval and giving it. Who must agree, in which order, comes from the pack and is frozen in the request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from liuhen.apps.approval.models import Opinion, Request
from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Officer, Unit
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow
from liuhen.apps.registry.policy import ROLES
from liuhen.apps.registry.seats import Seat, seat_of, seats_of, seats_over
from liuhen.apps.registry.superiors import subordinates_of, superior_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

SUPERIOR = "superior_agency"
"""The role of a step that the superior agency decides: somebody of it who has an account here, or its written word."""


@dataclass(frozen=True, slots=True)
class ChainStep:
    """One step: which role decides, under which title of the agency's own, resting on which clause; where its holder sits (`registry.seats`)."""

    role: str
    title: str
    clause: str
    seat: str = ""


def request_approval(
    subject: Recorded,
    *,
    by: Actor,
    requester: Officer,
    unit: Unit,
    purpose: str,
    reason: str,
    chain: Sequence[ChainStep],
    at: datetime,
) -> Request:
    """Lay a matter before the chain. Raises `Refused` without a reason or without a chain."""
    if not reason.strip():
        raise Refused("报批需写明事由", do="请填写事由后再提交。")
    if not chain:
        raise Refused("本机关施行的制度没有为此事规定审批人", do="请由法制部门在机关设定中指定审批人。")
    request = Request(
        agency_id=unit.agency_id,
        unit=unit,
        purpose=purpose,
        subject_kind=subject.kind(),
        subject=subject.pk,
        reason=reason.strip(),
        requester=requester,
        chain=[
            {"role": s.role, "title": s.title, "clause": s.clause, "seat": s.seat or seat_of(s.role)}
            for s in chain
        ],
        made_at=at,
    )
    allow(by, "approval.request", on=request, at=at)
    if by.id != requester.pk:
        raise Refused("不能代他人报批", do="请由申请人本人登录后提交。")
    with act("approval.requested", by=by, at=at, agency=unit.agency_id) as line:
        request.number = next_number(unit.agency, "审批", at=at)
        request.save(force_insert=True)
        line.about(request)
    return request


def decide(
    request: Request, *, by: Actor, officer: Officer, agree: bool, reason: str, at: datetime
) -> Request:
    """Give the opinion of the step that is due.

    Raises `Refused` for one's own request, a second step by the same person, a wrong role, a closed request, or a
    return without a reason.
    """
    if not decides_above(request, by, at=at):
        allow(by, "approval.decide", on=request, at=at)
    if by.id != officer.pk:
        raise Refused("不能代他人审批", do="请由审批人本人登录后办理。")
    step, due = step_due(request)
    _check(request, officer, due, agree=agree, reason=reason, at=at)
    answer = Opinion.Answer.AGREE if agree else Opinion.Answer.RETURN
    opinion = Opinion(
        request=request,
        step=step,
        role=due["role"],
        officer=officer,
        answer=answer,
        reason=reason.strip(),
        at=at,
    )
    verb = "approval.agreed" if agree else "approval.returned"
    with act(verb, by=by, at=at, agency=request.agency_id, approval=request.number) as line:
        keep_opinion(opinion, line)
    return request


def keep_opinion(opinion: Opinion, line: Pen) -> None:
    """The opinion under its line, and the request closed by the last of the chain or by the first return."""
    opinion.save(force_insert=True)
    line.about(opinion)
    request, agree = opinion.request, opinion.answer == Opinion.Answer.AGREE
    if not agree or opinion.step + 1 == len(request.chain):
        request.state = Request.State.APPROVED if agree else Request.State.RETURNED
        request.closed_at = opinion.at
        request.save(update_fields=["state", "closed_at"])
        line.about(request)
        line.schedule("approval.closed", request)


def decides_above(request: Request, by: Actor, *, at: datetime) -> bool:
    """Whether the step that is due is the superior agency's, and this person decides for it by an account of this house."""
    step = request.opinions.count()
    is_theirs = step < len(request.chain) and request.chain[step]["role"] == SUPERIOR
    return is_theirs and request.agency_id in subordinates_of(by.id, at=at)


def withdraw(request: Request, *, by: Actor, at: datetime) -> None:
    """The requester takes it back while it is pending."""
    if by.id != request.requester_id or request.state != Request.State.PENDING:
        raise Refused("只有申请人可以撤回尚未办结的申请", do="已办结的申请如需更改，请另行报批。")
    with act("approval.withdrawn", by=by, at=at, agency=request.agency_id, approval=request.number) as line:
        request.state, request.closed_at = Request.State.WITHDRAWN, at
        request.save(update_fields=["state", "closed_at"])
        line.about(request)


def step_due(request: Request) -> tuple[int, dict[str, str]]:
    if request.state != Request.State.PENDING:
        raise Refused(
            f"审批 {request.number} 已办结（{request.get_state_display()}）", do="如仍有需要，请另行报批。"
        )
    step = request.opinions.count()
    return step, request.chain[step]


def _check(
    request: Request, officer: Officer, due: dict[str, str], *, agree: bool, reason: str, at: datetime
) -> None:
    if officer.pk == request.requester_id:
        raise Refused("不能审批本人提出的申请", do="请由同一职务的其他人员或上一级审批。")
    if request.opinions.filter(officer=officer).exists():
        raise Refused("同一人不能在一件审批中办理两步", do="请由下一步的其他人员办理。")
    is_theirs = sits_at(due, request, seats_of(officer.pk, at=at))
    if not is_theirs and not decides_above(request, Actor("officer", officer.pk), at=at):
        title = due["title"] or ROLES.get(due["role"], due["role"])
        raise Refused(f"这一步应由{title}审批", do=_whither(request, due, title, at=at))
    if not agree and not reason.strip():
        raise Refused("退回需写明理由", do="请填写理由，申请人据此补正。")


def sits_at(step: dict[str, str], request: Request, seats: Sequence[Seat]) -> bool:
    """Whether one of these seats is the step's: of its role, and where its holder may sit. Chains of before seats were told go by the role."""
    return any(
        seat.role == step["role"]
        and seat.decides_for(request.agency_id, request.unit.path, step.get("seat", ""))
        for seat in seats
    )


def deciders_of(request: Request, step: dict[str, str], *, at: datetime) -> list[Seat]:
    """Whoever may decide a step: never the one who asked, nor who decided another of its steps. The nearest first."""
    out = {request.requester_id, *request.opinions.values_list("officer", flat=True)}
    path, seat = request.unit.path, step.get("seat", "")
    held = seats_over(request.agency_id, path, step["role"], seat=seat, at=at)
    return [one for one in held if one.officer.pk not in out]


def _whither(request: Request, due: dict[str, str], title: str, *, at: datetime) -> str:
    superior = superior_of(request.agency_id) if due["role"] == SUPERIOR else None
    if superior is not None:
        return f"请由{superior.name}的负责人登录后审批。"
    if due["role"] == SUPERIOR:
        return "请报上级机关；取得书面批准以后登记，由另一人对照纸质核对。"
    names = "、".join(f"{one.unit.name}{one.officer.name}" for one in deciders_of(request, due, at=at)[:3])
    return (
        f"请转{title}（{names}）办理。" if names else f"现在没有可以办这一步的{title}，请由安全管理员任命。"
    )
