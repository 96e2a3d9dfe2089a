"""Judges facts under the packs in force: one `Judgement` for each rule that has something to say.

The same facts, moment and pack versions give the same judgements for ever. Nothing here asks the time.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from liuhen.engines.rules.conditions import all_hold, unknown_facts
from liuhen.engines.rules.facts import PLAIN, SCHEMA, SUBJECTS, Facts
from liuhen.engines.rules.kinds.must_record import MustRecord
from liuhen.engines.rules.kinds.start_stop import StartStop
from liuhen.engines.rules.packs import Pack, Rule, Rulebook, combined
from liuhen.engines.rules.verdicts import Finding, Verdict, unknown
from liuhen.kernel.citations import Citation
from liuhen.kernel.errors import Malformed


class PlainFacts(dict[str, Any]):
    """Facts by path as JSON knows them, each made plain once: rules look at the same ones again and again."""

    __slots__ = ("facts",)

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def __missing__(self, name: str) -> Any:
        try:
            value = _AT[name](self.facts)
        except AttributeError:  # Its whole subject is unknown.
            value = None
        make = PLAIN.get(type(value))
        plain = self[name] = value if make is None else make(value)
        return plain


_AT = {name: attrgetter(name) for name in SCHEMA}


class Judgement(NamedTuple):
    """What one rule says of the facts: verdict, article, reason and the way to mend it; `seen` serves all judgements on them."""

    rule: Rule
    finding: Finding
    seen: PlainFacts

    @property
    def facts(self) -> Facts:
        return self.seen.facts

    @property
    def rule_id(self) -> str:
        return self.rule.id

    @property
    def kind(self) -> str:
        return self.rule.kind

    @property
    def pack(self) -> str:
        """Key and version: subdistrict@1."""
        return f"{self.rule.pack.key}@{self.rule.pack.version}"

    @property
    def verdict(self) -> Verdict:
        return self.finding.verdict

    @property
    def cite(self) -> Citation:
        return self.finding.cite or self.rule.citation

    @property
    def says(self) -> str:
        """What the rule asks, in our words."""
        return self.rule.says

    @property
    def reason(self) -> str:
        """Why, with the facts and times used; says so where the measure is the office's own setting."""
        own = "其中的期限、数值或者审批人由本机关设定，条文未作规定。" if self.rule.settings else ""
        return f"{self.finding.told}（{self.cite.article}）。{own}"

    @property
    def mend(self) -> str:
        """What to do now; empty where nothing is to be done."""
        return self.finding.mend

    @property
    def turns_at(self) -> datetime | None:
        """The moment at which a 未到期 turns, if it turns by itself."""
        return self.finding.turns_at

    @property
    def facts_used(self) -> dict[str, Any]:
        """Every fact the rule looked at, by path, ready to be stored beside the verdict; None where not known."""
        seen = self.seen
        return {name: seen[name] for name in self.rule.fact_names}


def combine_packs(packs: Sequence[Pack], *, unfilled: bool = False) -> Rulebook:
    """The rulebook of packs in force together. Every pack's rules are judged; what they share binds at its strictest.

    Rules that rest on facts no room fills yet are not judged, or each subject would get a 无法判定 from every one of
    them; with `unfilled` they are, for the cases of the law.

    Raises `Malformed` where no pack, or one pack twice, is given.
    """
    keys = [pack.head.key for pack in packs]
    if not packs or len(set(keys)) != len(keys):
        raise Malformed(f"规则包不能为空，也不能重复：{'、'.join(keys) or '无'}", do="请核对启用的规则包。")
    packs = tuple(_beside(pack, packs) for pack in packs)
    rules = tuple(rule for pack in packs for rule in pack.rules)
    judged = tuple(rule for rule in rules if unfilled or not rule.unfilled)
    by_subject = {s: tuple(rule for rule in judged if rule.judge.subject == s) for s in SUBJECTS}
    flags: dict[str, frozenset[str]] = {}
    for kind in (kind for pack in packs for kind in pack.activity_types if kind.flags):
        flags[kind.code] = flags.get(kind.code, frozenset()) | frozenset(kind.flags)
    return Rulebook(packs=packs, by_subject=by_subject, in_force=combined(rules), type_flags=flags)


def _beside(pack: Pack, packs: Sequence[Pack]) -> Pack:
    """The pack, told of the activity types only the others know: about those it is silent instead of 无法判定."""
    foreign = frozenset(kind.code for other in packs if other is not pack for kind in other.activity_types)
    if not foreign:
        return pack
    rules = tuple(
        replace(rule, judge=rule.judge.beside(foreign))
        if isinstance(rule.judge, MustRecord | StartStop)
        else rule
        for rule in pack.rules
    )
    return replace(pack, rules=rules)


def assess(rulebook: Rulebook, *, facts: Facts, now: datetime) -> tuple[Judgement, ...]:
    """The judgements on the subjects given in `facts`, in the order of the packs."""
    facts = rulebook.with_type_flags(facts)
    judged: list[Judgement] = []
    seen = PlainFacts(facts)
    for subject, rules in rulebook.by_subject.items():
        if getattr(facts, subject) is not None:
            for rule in rules:
                finding = _judge(rule, facts, now) if rule.when else rule.judge.judge(facts, now=now)
                if finding is not None:
                    judged.append(Judgement(rule, finding, seen))
    return tuple(judged)


def assess_by(rule: Rule, *, facts: Facts, now: datetime) -> Judgement | None:
    """The judgement of one rule on facts that have their type's flags already."""
    finding = _judge(rule, facts, now)
    return None if finding is None else Judgement(rule, finding, PlainFacts(facts))


def _judge(rule: Rule, facts: Facts, now: datetime) -> Finding | None:
    applies = all_hold(rule.when, facts)
    if applies is False:
        return None
    if applies is None:
        what = unknown_facts(rule.when, facts)
        return unknown("不知道{}，不能判断本条是否适用", what, mend=f"请补登{'、'.join(what)}的情况。")
    return rule.judge.judge(facts, now=now)
