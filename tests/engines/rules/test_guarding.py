"""环节的关口：守关的规则按“已经到了那个环节”来判断，没有办妥的和不能判定的都在关口前面。"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from liuhen.engines.rules import combine_packs, load_pack
from liuhen.engines.rules.facts import ActivityFacts, Facts
from liuhen.engines.rules.guarding import guards_of, in_the_way, overtaken
from liuhen.engines.rules.office_facts import CaseFacts
from liuhen.engines.rules.packs import Rulebook
from liuhen.server.paths import data_folder

NOW = datetime(2026, 5, 8, tzinfo=UTC)
CASE = CaseFacts(
    category="penalty", start_mode="ex_officio", stage="review", stages=("intake", "investigation", "review"),
    recorded=frozenset(), occurred=frozenset({"ex_officio"}), steps=(), documents=frozenset(),
)  # fmt: skip


@pytest.fixture(scope="module")
def law() -> Rulebook:
    return combine_packs([load_pack(data_folder("rulepacks") / "subdistrict")])


def test_what_waits_for_a_later_moment_is_asked_for_at_the_gate(law: Rulebook) -> None:
    told = in_the_way(law, to="service", facts=Facts(case=CASE), now=NOW)
    assert [one.rule_id for one in told] == ["decision-steps", "decision-content"]
    assert "没有办理" in told[0].reason
    assert told[1].reason.startswith("尚缺：")  # 决定还没有作出，不说作出决定的时间


def test_only_rules_about_what_is_given_are_asked(law: Rulebook) -> None:
    activity = Facts(
        activity=ActivityFacts(type="onsite_enforcement", flags=frozenset({"liberty"}), recorded=None)
    )
    assert {one.rule.judge.subject for one in in_the_way(law, to="review", facts=activity, now=NOW)} == {
        "activity"
    }
    assert {rule.judge.subject for rule in guards_of(law, "review")} == {"activity", "case"}
    assert in_the_way(law, to="archived", facts=Facts(case=CASE), now=NOW) == ()


def test_what_cannot_be_told_stands_in_the_way(law: Rulebook) -> None:
    dark = CaseFacts(stage="review", recorded=None, steps=None, occurred=None)
    told = in_the_way(law, to="service", facts=Facts(case=dark), now=NOW)
    assert {one.verdict.value for one in told} == {"无法判定"}


@pytest.mark.parametrize(
    ("steps", "step", "missing"),
    [
        ((), "proposal", None),
        ((), "legal_review", "proposal"),
        (("proposal", "intended"), "legal_review", None),
        (("proposal",), "approval", "intended"),
        (("proposal",), "unheard_of", None),
    ],
)
def test_the_first_step_that_was_passed_over(
    law: Rulebook, steps: tuple[str, ...], step: str, missing: str | None
) -> None:
    case = CaseFacts(stage="review", steps=steps, occurred=frozenset())
    found = overtaken(law, case=case, step=step)
    assert (found[1].code if found else None) == missing
    assert overtaken(law, case=CaseFacts(stage="review", steps=(), occurred=None), step=step) is None


def test_at_the_gate_the_case_counts_as_ended_now(law: Rulebook) -> None:
    """办结以后才开始计算的期限，在关口前按“现在办结”计算，不能说成还不知道何时办结。"""
    told = in_the_way(
        law, to="archived", facts=Facts(case=replace(CASE, steps=("proposal",), ended_at=None)), now=NOW
    )
    assert not [one for one in told if "尚未发生" in one.reason or "不知道" in one.reason]
