"""The law, case by case: each rule of each pack has at least one situation that meets it and one that breaks it."""

import pytest
from tests.laws import told
from tests.laws.cases import NOT_APPLICABLE, PACKS, Case, every_case, rulebook

from liuhen.engines.rules import assess, keep_until, timeline
from liuhen.engines.rules.packs import Rule
from liuhen.kernel.spans import Span

CASES = every_case()
JUDGED = [case for case in CASES if case.table["expect"] != "提示"]
PACK_KEYS = sorted(folder.name for folder in PACKS.iterdir() if (folder / "pack.toml").exists())


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: case.id)
def test_case_gets_the_verdict_the_law_gives(case: Case) -> None:
    judged = assess(case.rulebook, facts=case.facts, now=case.now)
    mine = [judgement for judgement in judged if judgement.rule_id == case.rule]
    reasons = [j.reason for j in mine]
    assert [j.verdict.value for j in mine] == _expected(case), reasons
    for part in case.table.get("because", []):
        assert part in reasons[0] + mine[0].mend


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


@pytest.mark.parametrize("case", [c for c in CASES if "at" in c.table], ids=lambda case: case.id)
def test_guidance_is_shown_where_it_helps(case: Case) -> None:
    shown = case.rulebook.guidance(at=case.table["at"])
    assert [rule.id for rule in shown].count(case.rule) == 1
    assert any(case.table["shows"] in rule.says for rule in shown)


@pytest.mark.parametrize("pack", PACK_KEYS)
def test_every_rule_has_a_case_that_meets_it_and_one_that_breaks_it(pack: str) -> None:
    lacking = [
        rule.id
        for rule in rulebook(pack).packs[0].rules
        if not _is_shown(rule, [c for c in CASES if (c.pack, c.rule) == (pack, rule.id)])
    ]
    assert lacking == []


def _is_shown(rule: Rule, cases: list[Case]) -> bool:
    """Guidance is shown; a doubt is never more than 无法判定; every other rule is met once and broken once."""
    seen = {case.table["expect"] for case in cases}
    broken = "无法判定" if getattr(rule.judge, "suspected", False) else "不符合"
    return (
        seen == {"提示"} if rule.kind == "guidance" else bool(seen & {"符合", "依规免除"}) and broken in seen
    )


def test_nobody_is_told_anything_that_was_not_reviewed() -> None:
    """After a change of wording: `python -m tests.laws.told`, and read what changed in told.txt."""
    assert told.FILE.read_text("utf-8").splitlines() == told.lines()
