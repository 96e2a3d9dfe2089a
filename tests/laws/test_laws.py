"""The law, case by case: each rule of each pack has at least one situation that meets it and one that breaks it."""

import pytest
from tests.laws.cases import NOT_APPLICABLE, PACKS, Case, every_case, rulebook

from liuhen.engines.rules import assess, keep_until, timeline
from liuhen.kernel.spans import Span

CASES = every_case()
PACK_KEYS = sorted(folder.name for folder in PACKS.iterdir() if (folder / "pack.toml").exists())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_gets_the_verdict_the_law_gives(case: Case) -> None:
    judged = assess(case.rulebook, facts=case.facts, now=case.now)
    mine = [judgement for judgement in judged if judgement.rule_id == case.rule]
    told = [j.reason for j in mine]
    assert [j.verdict.value for j in mine] == _expected(case), told
    for part in case.table.get("because", []):
        assert part in told[0] + mine[0].mend


def _expected(case: Case) -> list[str]:
    return [] if case.table["expect"] == NOT_APPLICABLE else [case.table["expect"]]


@pytest.mark.parametrize("case", [c for c in CASES if "rank" in c.table], ids=lambda case: case.id)
def test_recording_is_kept_as_long_as_the_law_says(case: Case) -> None:
    recording = case.facts.recording
    assert recording is not None
    keeping = keep_until(case.rulebook, recording=recording)
    assert (keeping.rank, keeping.until) == (case.table["rank"], case.table.get("until"))
    assert keeping.reason.endswith("。")


@pytest.mark.parametrize("case", [c for c in CASES if "missing" in c.table], ids=lambda case: case.id)
def test_timeline_shows_what_is_missing(case: Case) -> None:
    activity = case.facts.activity
    assert activity is not None
    drawn = timeline(case.rulebook, activity=activity, now=case.now)
    assert drawn.missing == tuple(Span(*pair) for pair in case.table["missing"])


@pytest.mark.parametrize("pack", PACK_KEYS)
def test_every_rule_has_a_case_that_meets_it_and_one_that_breaks_it(pack: str) -> None:
    expected: dict[str, set[str]] = {rule.id: set() for rule in rulebook(pack).packs[0].rules}
    for case in CASES:
        if case.pack == pack:
            expected[case.rule].add(case.table["expect"])
    lacking = [
        rule for rule, seen in expected.items() if not (seen & {"符合", "依规免除"} and "不符合" in seen)
    ]
    assert lacking == []
