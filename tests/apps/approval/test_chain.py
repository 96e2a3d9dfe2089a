"""A chain of approvers: in order, nobody twice, nobody on his own request, every opinion kept."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import last_line, refused
from tests.cast import LONG_AGO, Cast, as_actor

from liuhen.apps.approval import queries
from liuhen.apps.approval.actions import ChainStep, decide, request_approval, withdraw
from liuhen.apps.approval.models import Opinion, Request
from liuhen.apps.journal.models import Job
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Officer
from liuhen.kernel.actors import OPERATOR

HEAD = ChainStep("unit_head", "队长", "SUB-21.b")
LEGAL = ChainStep("legal_reviewer", "法制审核", "SUB-21.c")
MINUTE = timedelta(minutes=1)


def ask(cast: Cast, at: datetime, *, by: Officer | None = None, **more: Any) -> Request:
    officer = by or cast.li
    told: dict[str, Any] = {"purpose": "interruption", "reason": "设备没电", "chain": [HEAD, LEGAL]} | more
    return request_approval(
        cast.camera, by=as_actor(officer), requester=officer, unit=cast.team, at=at, **told
    )


def give(request: Request, officer: Officer, at: datetime, *, agree: bool = True, reason: str = "") -> None:
    decide(request, by=as_actor(officer), officer=officer, agree=agree, reason=reason, at=at)


def test_request_goes_through_its_chain_in_order(cast: Cast, noon: datetime) -> None:
    request = ask(cast, noon)
    assert (last_line().verb, request.number) == ("approval.requested", "BMZ-审批-20261116-0001")
    refused(lambda: give(request, cast.chen, noon), says="应由队长审批")
    give(request, cast.zhang, noon + MINUTE)
    assert (last_line().verb, request.state) == ("approval.agreed", Request.State.PENDING)
    assert not Job.objects.filter(kind="approval.closed").exists()
    give(request, cast.chen, noon + 2 * MINUTE)
    assert (request.state, request.closed_at) == (Request.State.APPROVED, noon + 2 * MINUTE)
    assert Job.objects.get(kind="approval.closed").subject == request.pk
    assert queries.approved(cast.camera.pk, "interruption", requester=cast.li.pk) == request
    told = queries.view_of(request)
    assert [(s.title, s.officer, s.answer) for s in told.steps] == [
        ("队长", "张", "同意"),
        ("法制审核", "陈", "同意"),
    ]


def test_request_without_reason_or_chain_is_refused(cast: Cast, noon: datetime) -> None:
    refused(lambda: ask(cast, noon, reason="  \n"), says="写明事由")
    refused(lambda: ask(cast, noon, chain=[]), says="没有为此事规定审批人")
    assert not Request.objects.exists()


def test_request_is_made_by_the_one_who_asks(cast: Cast, noon: datetime) -> None:
    """Else somebody could ask in another's name and then agree to it himself."""
    refused(
        lambda: request_approval(
            cast.camera, by=as_actor(cast.zhang), requester=cast.li, unit=cast.team, purpose="interruption",
            reason="设备没电", chain=[HEAD], at=noon,
        ),
        says="不能代他人报批",
    )  # fmt: skip


def test_nobody_decides_on_his_own_request(cast: Cast, noon: datetime) -> None:
    request = ask(cast, noon, by=cast.zhang)
    refused(lambda: give(request, cast.zhang, noon), says="本人提出")
    deputy = second_head(cast)
    give(request, deputy, noon)
    assert request.opinions.get().officer == deputy


def second_head(cast: Cast) -> Officer:
    officer = registry.add_officer(
        cast.team, by=OPERATOR, person=registry.Person("吴", "010097"), at=LONG_AGO
    )
    for role in ("unit_head", "legal_reviewer"):
        registry.appoint(officer, by=OPERATOR, role=role, unit=cast.team, since=LONG_AGO, at=LONG_AGO)
    return officer


def test_nobody_takes_two_steps_of_one_chain(cast: Cast, noon: datetime) -> None:
    both = second_head(cast)
    request = ask(cast, noon)
    give(request, both, noon)
    refused(lambda: give(request, both, noon), says="同一人")
    assert request.pk not in {view.id for view in queries.waiting_for(as_actor(both), at=noon)}
    give(request, cast.chen, noon)
    assert request.state == Request.State.APPROVED


def test_opinion_is_given_by_the_person_himself(cast: Cast, noon: datetime) -> None:
    request = ask(cast, noon)
    refused(
        lambda: decide(request, by=as_actor(cast.wang), officer=cast.zhang, agree=True, reason="", at=noon),
        says="不能代他人审批",
    )


def test_head_of_another_agency_does_not_decide(cast: Cast, noon: datetime) -> None:
    request = ask(cast, noon)
    refused(lambda: give(request, cast.sun, noon), says="权限")
    assert queries.waiting_for(as_actor(cast.sun), at=noon) == []


def test_head_whose_office_ended_does_not_decide(cast: Cast, noon: datetime) -> None:
    request = ask(cast, noon)
    registry.end_role(cast.zhang.roles.get(role="unit_head"), by=OPERATOR, at=noon)
    refused(lambda: give(request, cast.zhang, noon), says="应由队长审批")
    assert [view.id for view in queries.waiting_for(as_actor(cast.zhang), at=noon)] == []


def test_return_needs_a_reason_and_ends_the_matter(cast: Cast, noon: datetime) -> None:
    request = ask(cast, noon)
    refused(lambda: give(request, cast.zhang, noon, agree=False, reason=" "), says="写明理由")
    give(request, cast.zhang, noon, agree=False, reason="照片不清楚")
    assert (last_line().verb, request.state) == ("approval.returned", Request.State.RETURNED)
    refused(lambda: give(request, cast.chen, noon), says="已办结")
    assert queries.approved(cast.camera.pk, "interruption", requester=cast.li.pk) is None
    assert Job.objects.get(kind="approval.closed").subject == request.pk
    again = ask(cast, noon + MINUTE)
    assert [view.number for view in queries.requests_about(cast.camera.pk)] == [request.number, again.number]


def test_requester_withdraws_while_it_is_pending_and_nobody_else(cast: Cast, noon: datetime) -> None:
    request = ask(cast, noon)
    refused(lambda: withdraw(request, by=as_actor(cast.zhang), at=noon), says="只有申请人")
    withdraw(request, by=as_actor(cast.li), at=noon)
    assert (last_line().verb, request.state) == ("approval.withdrawn", Request.State.WITHDRAWN)
    refused(lambda: withdraw(request, by=as_actor(cast.li), at=noon), says="尚未办结")
    refused(lambda: give(request, cast.zhang, noon), says="已办结")


def test_what_waits_is_shown_to_the_one_whose_turn_it_is(cast: Cast, noon: datetime) -> None:
    request = ask(cast, noon)

    def waiting(officer: Officer) -> list[str]:
        return [view.number for view in queries.waiting_for(as_actor(officer), at=noon)]

    assert (waiting(cast.zhang), waiting(cast.chen), waiting(cast.li)) == ([request.number], [], [])
    give(request, cast.zhang, noon)
    assert (waiting(cast.zhang), waiting(cast.chen)) == ([], [request.number])
    give(request, cast.chen, noon)
    assert (waiting(cast.zhang), waiting(cast.chen)) == ([], [])


def test_chain_stays_as_it_was_when_asked(cast: Cast, noon: datetime) -> None:
    request = ask(cast, noon, chain=[HEAD])
    assert Request.objects.get().chain == [
        {"role": "unit_head", "title": "队长", "clause": "SUB-21.b", "seat": "line"}
    ]
    give(request, cast.zhang, noon)
    assert Opinion.objects.get().role == "unit_head"


@pytest.mark.parametrize("who", ["wang", "zhao", "zhou"])
def test_only_the_role_of_the_step_decides(cast: Cast, noon: datetime, who: str) -> None:
    request = ask(cast, noon)
    officer: Officer = getattr(cast, who)
    refused(lambda: give(request, officer, noon), says="应由队长审批")
    give(request, cast.zhang, noon)
