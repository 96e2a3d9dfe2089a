"""回避 and 移送：who is recused only hands over; a case is another organ's when that organ has signed for it."""

from datetime import datetime
from typing import Any

import pytest
from tests.apps.steps import opened_case
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions as casework
from liuhen.apps.casework.handing import Thing, prepare_handover, seen_of, sign_for_outside, sign_handover
from liuhen.apps.casework.models import Case, Recusal
from liuhen.apps.casework.recusing import ask_recusal, decide_recusal, recusals_of
from liuhen.apps.casework.stages import move_case, next_stages
from liuhen.apps.journal.models import Line
from liuhen.kernel.errors import Refused


def asked(cast: Cast, case: Case, noon: datetime, **more: Any) -> Recusal:
    told: dict[str, Any] = {
        "by": as_actor(cast.wang),
        "officer": cast.li,
        "asked": "party",
        "reason": "当事人钱某称李是其亲属",
    }
    return ask_recusal(case, at=noon, **told | more)


@pytest.mark.clause("NDG-7.3")
def test_recused_officer_does_nothing_but_hand_over_and_takes_nothing_back(
    cast: Cast, noon: datetime
) -> None:
    case, li = opened_case(cast, at=noon), as_actor(cast.li)
    row = asked(cast, case, noon)
    casework.enter_contents(
        case, by=li, answers={"questioning": "absent"}, note="x", at=noon
    )  # Not decided yet.
    decide_recusal(row, by=as_actor(cast.zhang), agreed=True, reason="属实", at=noon)
    told: dict[str, Any] = {"giver": cast.li, "receiver": cast.zhang, "outside": "", "note": "", "at": noon}
    for act in (
        lambda: casework.enter_contents(case, by=li, answers={"seized": "absent"}, note="x", at=noon),
        lambda: move_case(case, by=li, to="investigation", note="", law=None, at=noon),
        lambda: prepare_handover(case, by=li, point="review", things=[Thing("goods", "x")], **told),
    ):
        with pytest.raises(Refused, match="已决定回避") as error:
            act()
        assert "交接清单" in error.value.do
    given = prepare_handover(case, by=li, point="officer_change", things=[], **told)
    sign_handover(given, by=li, officer=cast.li, seen=seen_of(given), at=noon)
    sign_handover(given, by=as_actor(cast.zhang), officer=cast.zhang, seen=seen_of(given), at=noon)
    case.refresh_from_db()
    assert case.officer == cast.zhang
    with pytest.raises(Refused, match="不能接收"):
        prepare_handover(
            case, by=as_actor(cast.zhang), point="officer_change", things=[], **told | {"giver": cast.zhang, "receiver": cast.li}
        )  # fmt: skip
    assert [line.verb for line in Line.objects.filter(abouts__thing=row.pk).order_by("number")] == [
        "recusal.asked",
        "recusal.decided",
    ]


def test_recusal_is_decided_once_by_neither_of_the_two_and_with_a_reason(cast: Cast, noon: datetime) -> None:
    case = opened_case(cast, at=noon)
    row = asked(cast, case, noon)
    head = as_actor(cast.zhang)
    for who, reason, why in (
        (as_actor(cast.li), "x", "没有办理此事的权限"), (as_actor(cast.zhou), "x", "没有办理此事的权限"), (head, " ", "没有写明决定的理由"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=why):
            decide_recusal(row, by=who, agreed=True, reason=reason, at=noon)
    decide_recusal(row, by=head, agreed=False, reason="不属实", at=noon)
    with pytest.raises(Refused, match="已经有决定"):
        decide_recusal(row, by=head, agreed=True, reason="x", at=noon)
    move_case(
        case, by=as_actor(cast.li), to="investigation", note="", law=None, at=noon
    )  # It was not agreed to.
    own = asked(cast, case, noon, by=head, asked="office")
    with pytest.raises(Refused, match="不能决定"):
        decide_recusal(own, by=head, agreed=True, reason="x", at=noon)
    assert len(recusals_of(case.pk)) == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"reason": " "}, "理由"),
        ({"asked": "self"}, "本人提出"),
        ({"officer": "zhang"}, "不是本事项的承办人"),
    ],
)
def test_recusal_names_an_officer_of_the_case_and_why(
    cast: Cast, noon: datetime, change: dict[str, Any], why: str
) -> None:
    case = opened_case(cast, at=noon)
    if "officer" in change:
        change = {"officer": cast.zhang}
    with pytest.raises(Refused, match=why):
        asked(cast, case, noon, **change)
    asked(cast, case, noon)
    with pytest.raises(Refused, match="还没有决定"):
        asked(cast, case, noon)


@pytest.mark.clause("NDG-7.7")
@pytest.mark.parametrize("stage", ["intake", "investigation", "review", "service"])
def test_case_is_transferred_when_the_other_organ_has_signed(cast: Cast, noon: datetime, stage: str) -> None:
    case, li = opened_case(cast, at=noon), as_actor(cast.li)
    Case.objects.update(stage=stage)
    case.refresh_from_db()
    assert "transferred" in next_stages(case)
    move: dict[str, Any] = {"by": li, "to": "transferred", "note": "涉嫌犯罪", "law": cast.law, "at": noon}
    with pytest.raises(Refused, match="没有由接收机关签收"):
        move_case(case, **move)
    given = prepare_handover(
        case, by=li, point="external", giver=cast.li, receiver=None, outside="清河区公安分局", things=[Thing("goods", "案卷一册")], note="", at=noon
    )  # fmt: skip
    sign_handover(given, by=li, officer=cast.li, seen=seen_of(given), at=noon)
    with pytest.raises(Refused, match="没有由接收机关签收"):
        move_case(case, **move)
    sign_for_outside(
        given, by=li, name="吴某", image="data:image/png;base64,AA==", seen=seen_of(given), at=noon
    )
    move_case(case, **move)
    assert case.stage == "transferred"
    assert next_stages(case) == ()
