"""Stage guards: what still stands between a case and its next stage, by the rules that say which stage they guard.

A guarding rule is judged as though the case stood in that stage already and every moment it waits for had come: what would then be
missing is missing now. Pure, like all judging.
"""

from dataclasses import replace
from datetime import datetime
from itertools import takewhile

from liuhen.engines.rules.facts import SUBJECTS, Facts
from liuhen.engines.rules.judging import Judgement, assess_by
from liuhen.engines.rules.kinds.lines import Need
from liuhen.engines.rules.kinds.required import Required
from liuhen.engines.rules.kinds.sequence import Sequence
from liuhen.engines.rules.office_facts import CaseFacts
from liuhen.engines.rules.packs import Rule, Rulebook
from liuhen.engines.rules.verdicts import Verdict

_DONE = (Verdict.MET, Verdict.EXEMPT)


def in_the_way(rulebook: Rulebook, *, to: str, facts: Facts, now: datetime) -> tuple[Judgement, ...]:
    """The guarding judgements on one case, activity or document that are neither met nor excused, were the case to enter `to` at `now`.

    What cannot be told stands in the way as well.
    """
    known = given = rulebook.with_type_flags(facts)
    if given.case is not None:
        given = replace(given, case=_as_though(given.case, to, now))
    told = (
        assess_by(rule, facts=given, now=now)
        for rule in guards_of(rulebook, to)
        if getattr(given, rule.judge.subject)
    )
    found = (one for one in told if one is not None and one.verdict not in _DONE)
    return tuple(_in_words_of_now(one, known, now) for one in found)


def _in_words_of_now(one: Judgement, known: Facts, now: datetime) -> Judgement:
    """What is missing, told without the moment that has not come; where that alone asks for it, as it was judged."""
    plain = assess_by(one.rule, facts=known, now=now) if isinstance(one.rule.judge, Required) else None
    return plain if plain is not None and plain.verdict not in _DONE else one


def guards_of(rulebook: Rulebook, to: str) -> tuple[Rule, ...]:
    """The rules that guard a stage, in the order of the packs."""
    return tuple(rule for name in SUBJECTS for rule in rulebook.by_subject[name] if to in rule.guards)


def overtaken(rulebook: Rulebook, *, case: CaseFacts, step: str) -> tuple[Rule, Need] | None:
    """The first step that must be taken before `step` and was not, with the rule that says so; None where none is missing."""
    for rule in rulebook.by_subject["case"]:
        if isinstance(rule.judge, Sequence) and str(rule.judge.done) == "case.steps":
            asked = {need.code: need for need in rule.judge.asked(Facts(case=case)) or ()}
            earlier = takewhile(lambda code: code != step, asked) if step in asked else ()
            missing = next((code for code in earlier if code not in (case.steps or ())), None)
            if missing is not None:
                return rule, asked[missing]
    return None


def _as_though(case: CaseFacts, to: str, now: datetime) -> CaseFacts:
    return replace(
        case, stage=to, stages=(*(case.stages or ()), to), decided_at=case.decided_at or now,
        concluded_at=case.concluded_at or now, ended_at=case.ended_at or now,
    )  # fmt: skip
