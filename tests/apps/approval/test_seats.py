"""Who may decide across units, as a table (seats.toml): the unit itself, a unit above it, the agency's unit of that function; and nobody else."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.apps.approval.test_chain import MINUTE, give
from tests.apps.steps import refused
from tests.cast import LONG_AGO, Cast, as_actor

from liuhen.apps.approval import queries
from liuhen.apps.approval.actions import ChainStep, request_approval
from liuhen.apps.approval.models import Request
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry import queries as roll
from liuhen.apps.registry.models import Officer, Unit
from liuhen.kernel.actors import OPERATOR

CASES = tomllib.loads((Path(__file__).parent / "seats.toml").read_text(encoding="utf-8"))["case"]
UNITS = (
    ("法制机构", "FZ", "legal", "局"), ("法制审核组", "FZ1", "legal", "法制机构"), ("档案室", "DA", "archive", "局"),
    ("督察室", "DC", "inspectorate", "局"), ("局领导", "LD", "office", "局"), ("城东分局", "CD", "case", "局"), ("城西分局", "CX", "case", "局"),
    ("刑侦队", "XZ", "case", "城东分局"), ("巡逻队", "XL", "case", "城东分局"), ("巡逻队一组", "XL1", "case", "巡逻队"),
    ("城东法制室", "CDF", "legal", "城东分局"), ("城西法制室", "CXF", "legal", "城西分局"),
)  # fmt: skip


@pytest.fixture
def house(cast: Cast) -> dict[str, Unit]:
    """An agency with branches, each with a review of its own, beside one whose units are none of theirs."""
    found = {"局": roll.top_of(cast.agency.pk)}
    for name, code, function, above in UNITS:
        found[name] = registry.add_unit(
            cast.agency,
            by=OPERATOR,
            name=name,
            code=code,
            function=function,
            parent=found[above],
            at=LONG_AGO,
        )
    found["外机关法制"] = registry.add_unit(
        cast.sun.agency, by=OPERATOR, name="法制", code="FZ", function="legal", at=LONG_AGO
    )
    return found


def seated(unit: Unit, role: str, number: str = "030001") -> Officer:
    person = registry.Person(f"吴{number[-1]}", number)
    officer = registry.add_officer(unit, by=OPERATOR, person=person, at=LONG_AGO)
    registry.appoint(officer, by=OPERATOR, role=role, unit=unit, since=LONG_AGO, at=LONG_AGO)
    return officer


def asked(cast: Cast, unit: Unit, *steps: ChainStep, by: Officer, at: Any) -> Request:
    return request_approval(
        cast.camera, by=as_actor(by), requester=by, unit=unit, purpose="package", reason="检察院调取", chain=steps, at=at
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_step_is_decided_where_its_holder_sits(
    cast: Cast, house: dict[str, Unit], noon: Any, case: dict[str, Any]
) -> None:
    officer = seated(house[case["post"]], case["role"])
    asker = seated(house["巡逻队"], "officer", "030002")
    step = ChainStep(case.get("step", case["role"]), "", "", seat=case.get("seat", ""))
    request = asked(cast, house["巡逻队"], step, by=asker, at=noon)
    waits = [view.id for view in queries.waiting_for(as_actor(officer), at=noon)]
    assert waits == ([request.pk] if case["may"] else [])
    assert queries.may_read(request, as_actor(officer), at=noon) is case["may"]
    if case["may"]:
        assert officer.name in queries.turn_of(request.pk, at=noon)
        give(request, officer, noon)
        assert request.state == Request.State.APPROVED
    else:
        assert officer.name not in queries.turn_of(request.pk, at=noon)
        refused(lambda: give(request, officer, noon), says="应由|权限")
        assert request.state == Request.State.PENDING


def test_a_chain_across_units_is_walked_in_its_order_by_different_people(
    cast: Cast, house: dict[str, Unit], noon: Any
) -> None:
    asker, legal, chief = (
        seated(house["巡逻队"], "officer", "030002"), seated(house["法制机构"], "legal_reviewer", "030003"), seated(house["局领导"], "agency_head", "030004"),
    )  # fmt: skip
    registry.appoint(legal, by=OPERATOR, role="agency_head", unit=house["局"], since=LONG_AGO, at=LONG_AGO)
    review, head = (
        ChainStep("legal_reviewer", "法制部门", "TNH-18.p5"),
        ChainStep("agency_head", "局长", "TNH-18.p4a"),
    )
    request = asked(cast, house["巡逻队"], review, head, by=asker, at=noon)
    told = refused(lambda: give(request, chief, noon), says="应由法制部门审批")
    # 最近的在前；任在最高机构的陈也可以办。
    assert told.do == "请转法制部门（法制机构吴3、清河街道办事处陈）办理。"
    assert queries.turn_of(request.pk, at=noon) == "现由法制部门审批：法制机构吴3、清河街道办事处陈"
    give(request, legal, noon)
    refused(lambda: give(request, legal, noon + MINUTE), says="同一人不能")
    assert queries.turn_of(request.pk, at=noon) == "现由局长审批：局领导吴4"
    give(request, chief, noon + MINUTE)
    assert (request.state, queries.turn_of(request.pk, at=noon)) == (Request.State.APPROVED, "")


def test_a_reviewer_does_not_review_his_own_request(cast: Cast, house: dict[str, Unit], noon: Any) -> None:
    legal = seated(house["法制机构"], "legal_reviewer")
    registry.end_role(cast.chen.roles.get(role="legal_reviewer"), by=OPERATOR, at=LONG_AGO + MINUTE)
    request = asked(cast, house["巡逻队"], ChainStep("legal_reviewer", "法制部门", ""), by=legal, at=noon)
    refused(lambda: give(request, legal, noon), says="本人提出")
    assert "没有可以办这一步的人" in queries.turn_of(request.pk, at=noon)
    assert queries.waiting_for(as_actor(legal), at=noon) == []


def test_a_request_of_before_seats_were_told_goes_by_the_role(
    cast: Cast, house: dict[str, Unit], noon: Any
) -> None:
    legal, beside = (
        seated(house["法制机构"], "legal_reviewer", "030003"),
        seated(house["刑侦队"], "legal_reviewer", "030004"),
    )
    asker = seated(house["巡逻队"], "officer", "030002")
    request = asked(cast, house["巡逻队"], ChainStep("legal_reviewer", "法制部门", ""), by=asker, at=noon)
    request.chain = [{"role": "legal_reviewer", "title": "法制部门", "clause": ""}]
    refused(lambda: give(request, beside, noon), says="应由法制部门")
    give(request, legal, noon)
    assert request.state == Request.State.APPROVED


def test_whoever_is_asked_first_is_the_nearest(cast: Cast, house: dict[str, Unit], noon: Any) -> None:
    agency = seated(house["法制机构"], "legal_reviewer", "030003")
    branch = seated(house["城东法制室"], "legal_reviewer", "030004")
    seated(house["城西法制室"], "legal_reviewer", "030005")
    held = roll.holders(cast.agency.pk, "legal_reviewer", at=noon, path=house["巡逻队"].path)
    assert held[0] == branch
    assert set(held) == {branch, agency, cast.chen}
