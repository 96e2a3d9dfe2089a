"""上级机关的批准: on paper it is entered by one and held against the paper by another; at home somebody of the superior decides himself."""

import base64
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import last_line, refused
from tests.cast import LONG_AGO, Cast, as_actor

from liuhen.apps.approval import queries, superiors
from liuhen.apps.approval.actions import SUPERIOR, ChainStep, decide, request_approval
from liuhen.apps.approval.models import PaperCheck, Request, SuperiorPaper
from liuhen.apps.approval.superiors import WrittenWord, check_paper, enter_paper
from liuhen.apps.journal.models import Job
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Agency, Officer
from liuhen.apps.registry.superiors import name_superior, subordinates_of, superior_of
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.citations import Citation
from liuhen.kernel.errors import Malformed

HEAD, ABOVE = ChainStep("unit_head", "队长", "TNH-18.p4a"), ChainStep(SUPERIOR, "上级公安机关", "TNH-18.p4b")
CITE = Citation("规定", "第十八条第四款", "TNH-18.p4b")
HOUR = timedelta(hours=1)
SCAN = base64.b64encode(b"%PDF-1.7 a letter").decode()
WORD = WrittenWord("市公安局", "市公批〔2026〕7 号", date(2026, 11, 16), "周某", "副局长", agree=True, assessment="已评估，可以提供。", scan=SCAN)  # fmt: skip


@pytest.fixture
def request_(cast: Cast, noon: datetime) -> Request:
    """李 asks; the head has agreed; the superior's step is due."""
    made = request_approval(
        cast.camera, by=as_actor(cast.li), requester=cast.li, unit=cast.team, purpose="package", reason="法院调取", chain=[HEAD, ABOVE], at=noon
    )  # fmt: skip
    return decide(made, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=noon)


def enter(request: Request, officer: Officer, at: datetime, **other: Any) -> SuperiorPaper:
    word = replace(WORD, **other)
    return enter_paper(request, word, by=as_actor(officer), officer=officer, cite=CITE, at=at)


def check(
    paper: SuperiorPaper, officer: Officer, at: datetime, *, fits: bool = True, reason: str = ""
) -> PaperCheck:
    return check_paper(
        paper, by=as_actor(officer), officer=officer, fits=fits, reason=reason, cite=CITE, at=at
    )


def test_written_word_entered_by_one_and_checked_by_another_is_the_step_of_the_superior(
    cast: Cast, noon: datetime, request_: Request
) -> None:
    assert [one.pk for one in queries.papers_wanted(as_actor(cast.li))] == [request_.pk]
    paper = enter(request_, cast.li, noon + HOUR)
    assert last_line().verb == "approval.paper-entered"
    assert paper.sha256 in last_line().body
    assert (request_.state, queries.papers_wanted(as_actor(cast.li))) == (Request.State.PENDING, [])
    assert [one.pk for one in queries.papers_waiting(as_actor(cast.chen), at=noon + HOUR)] == [paper.pk]
    assert queries.papers_waiting(as_actor(cast.zhang), at=noon + HOUR) == []  # He decided the step before.
    check(paper, cast.chen, noon + 2 * HOUR)
    request_.refresh_from_db()
    assert (last_line().verb, request_.state) == ("approval.paper-confirmed", Request.State.APPROVED)
    assert Job.objects.get(kind="approval.closed").subject == request_.pk
    step = queries.view_of(request_).steps[1]
    assert (step.officer, step.answer) == ("市公安局周某", "同意")
    assert "市公批〔2026〕7 号" in step.reason


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"scan": ""}, "没有附上级机关批准文书的扫描件"),
        ({"dated": date(2026, 11, 15)}, "早于本件申请"),
        ({"dated": date(2026, 11, 17)}, "还没有到"),
        ({"number": " ", "signer": ""}, "没有写明文号、签署人"),
        ({"assessment": ""}, "没有写明分析评估"),
    ],
)
def test_paper_that_proves_nothing_is_refused_with_the_article(
    cast: Cast, noon: datetime, request_: Request, other: dict[str, Any], says: str
) -> None:
    found = refused(lambda: enter(request_, cast.li, noon + HOUR, **other), says=says)
    assert found.cite == CITE
    assert not SuperiorPaper.objects.exists()
    refused(lambda: enter(request_, cast.li, noon + HOUR, scan=base64.b64encode(b"MZ").decode()), says="扫描件应是", kind=Malformed)  # fmt: skip


def test_same_person_never_enters_and_checks_nor_whoever_had_a_hand_in_it(
    cast: Cast, noon: datetime, request_: Request
) -> None:
    paper = enter(request_, cast.chen, noon + HOUR)
    for who, says in ((cast.chen, "登记人和申请人不能核对"), (cast.zhang, "不能再核对")):
        assert refused(lambda who=who: check(paper, who, noon + HOUR), says=says).cite == CITE  # type: ignore[misc]
    refused(lambda: check(paper, cast.li, noon + HOUR), says="没有办理此事的权限")
    refused(lambda: enter(request_, cast.li, noon + HOUR), says="等待另一人核对")
    assert Request.objects.get(pk=request_.pk).state == Request.State.PENDING


def test_wrong_paper_is_kept_and_another_may_be_entered(
    cast: Cast, noon: datetime, request_: Request
) -> None:
    wrong = enter(request_, cast.li, noon + HOUR)
    refused(lambda: check(wrong, cast.chen, noon + HOUR, fits=False), says="哪里不符")
    check(wrong, cast.chen, noon + HOUR, fits=False, reason="文号是 17 号")
    assert last_line().verb == "approval.paper-refused"
    refused(lambda: check(wrong, cast.chen, noon + HOUR), says="已经核对过")
    right = enter(request_, cast.li, noon + HOUR, number="市公批〔2026〕17 号")
    check(right, cast.chen, noon + 2 * HOUR)
    request_.refresh_from_db()
    assert request_.state == Request.State.APPROVED
    assert [one.check_row.outcome for one in superiors.papers_of(request_)] == ["fits", "differs"]
    again = request_approval(
        cast.camera, by=as_actor(cast.li), requester=cast.li, unit=cast.team, purpose="package", reason="又一次", chain=[ABOVE], at=noon + 2 * HOUR
    )  # fmt: skip
    refused(lambda: enter(again, cast.li, noon + 2 * HOUR), says=f"已经用于审批 {request_.number}")


def test_superior_that_says_no_on_paper_returns_the_request(
    cast: Cast, noon: datetime, request_: Request
) -> None:
    check(enter(request_, cast.li, noon + HOUR, agree=False), cast.chen, noon + HOUR)
    request_.refresh_from_db()
    assert request_.state == Request.State.RETURNED


def test_step_of_somebody_else_takes_no_paper(cast: Cast, noon: datetime) -> None:
    made = request_approval(
        cast.camera, by=as_actor(cast.li), requester=cast.li, unit=cast.team, purpose="package", reason="x", chain=[HEAD, ABOVE], at=noon
    )  # fmt: skip
    refused(lambda: enter(made, cast.li, noon), says="现在这一步由队长审批")
    refused(lambda: decide(made, by=as_actor(cast.chen), officer=cast.chen, agree=True, reason="", at=noon), says="应由队长审批")  # fmt: skip


@pytest.fixture
def above(cast: Cast, noon: datetime) -> Officer:
    """The head of an agency of this house that was named the superior."""
    agency = Agency.objects.exclude(pk=cast.agency.pk).first()
    assert agency is not None
    unit = agency.units.order_by("path").first()
    assert unit is not None
    officer = registry.add_officer(unit, by=OPERATOR, person=registry.Person("郑", "010555"), at=LONG_AGO)
    registry.appoint(officer, by=OPERATOR, role="agency_head", unit=unit, since=LONG_AGO, at=LONG_AGO)
    name_superior(cast.agency, agency, by=OPERATOR, at=LONG_AGO)
    return officer


def test_superior_in_this_house_decides_by_one_of_its_people_and_no_paper_stands_in(
    cast: Cast, noon: datetime, request_: Request, above: Officer
) -> None:
    refused(lambda: enter(request_, cast.li, noon + HOUR), says="就在本系统中")
    refused(
        lambda: decide(request_, by=as_actor(cast.chen), officer=cast.chen, agree=True, reason="", at=noon),
        says="应由上级公安机关审批",
    )
    assert [one.id for one in queries.waiting_for(as_actor(above), at=noon)] == [request_.pk]
    assert queries.may_read(request_, as_actor(above), at=noon)
    assert queries.is_due_for(request_, as_actor(above), at=noon)
    decide(request_, by=as_actor(above), officer=above, agree=True, reason="", at=noon + HOUR)
    assert (request_.state, last_line().verb) == (Request.State.APPROVED, "approval.agreed")
    assert queries.view_of(request_).steps[1].officer == "郑"


def test_head_above_sees_and_decides_nothing_but_his_own_step(
    cast: Cast, noon: datetime, above: Officer
) -> None:
    made = request_approval(
        cast.camera, by=as_actor(cast.li), requester=cast.li, unit=cast.team, purpose="package", reason="x", chain=[HEAD, ABOVE], at=noon
    )  # fmt: skip
    assert queries.waiting_for(as_actor(above), at=noon) == []
    assert not queries.may_read(made, as_actor(above), at=noon)
    refused(lambda: decide(made, by=as_actor(above), officer=above, agree=True, reason="", at=noon), says="没有办理此事的权限")  # fmt: skip


def test_no_agency_is_its_own_superior(cast: Cast, noon: datetime, above: Officer) -> None:
    refused(lambda: name_superior(cast.agency, cast.agency, by=OPERATOR, at=noon), says="自己的上级")
    refused(lambda: name_superior(above.agency, cast.agency, by=OPERATOR, at=noon), says="自己的上级")
    refused(lambda: name_superior(cast.agency, above.agency, by=as_actor(cast.zhang), at=noon), says="没有办理此事的权限")  # fmt: skip
    assert superior_of(cast.agency.pk) == above.agency
    assert subordinates_of(above.pk, at=noon) == {cast.agency.pk}
    assert subordinates_of(cast.zhang.pk, at=noon) == frozenset()
