"""What people are told, one line for each way a kind can speak: kind, verdict, sentence, how to mend it.

Written to told.txt (`python -m tests.laws.told`) and read by whoever reviews the wording; a test holds it current, so that no
sentence changes unseen.
"""

from pathlib import Path

from tests.laws.cases import every_case

from liuhen.engines.rules import assess

FILE = Path(__file__).parent / "told.txt"


def lines() -> list[str]:
    """For each template of each kind, the first case that speaks it."""
    found: dict[tuple[str, str, str, str], str] = {}
    for case in every_case():
        if case.table["expect"] in ("提示", "不适用"):
            continue
        judged = assess(case.rulebook, facts=case.facts, now=case.now)
        for judgement in (j for j in judged if j.rule_id == case.rule):
            finding = judgement.finding
            key = (judgement.kind, judgement.verdict.value, finding.told.template, finding.mend[:4])
            turns = f" ｜ {judgement.turns_at:%Y-%m-%d %H:%M}" if judgement.turns_at else ""
            found.setdefault(
                key,
                f"{judgement.kind} ｜ {judgement.verdict.value} ｜ {judgement.reason} ｜ {judgement.mend}{turns}",
            )
    return sorted(found.values())


if __name__ == "__main__":
    FILE.write_text("\n".join(lines()) + "\n", encoding="utf-8")
