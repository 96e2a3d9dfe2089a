"""Why a verdict is what it is: the chain from facts to verdict in plain Chinese, for the page and for a complaint.

Called with a judgement; adds nothing to it. It shows what was asked, what was known, which easing was tried, what came of
it, and when it turns.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from liuhen.engines.rules.conditions import Condition, When, all_hold
from liuhen.engines.rules.facts import ExemptionFacts, FactPath, Facts, InterruptionFacts
from liuhen.engines.rules.judging import Judgement
from liuhen.engines.rules.kinds.deadline import Deadline
from liuhen.engines.rules.kinds.may_skip import MaySkip
from liuhen.engines.rules.kinds.must_record import MustRecord
from liuhen.engines.rules.kinds.prohibition import Prohibition
from liuhen.engines.rules.kinds.start_stop import StartStop
from liuhen.engines.rules.verdicts import as_words
from liuhen.kernel.clock import shown

_HELD = {True: "成立", False: "不成立", None: "情况不明，不能采用"}


class Explanation(NamedTuple):
    """One judgement told step by step; each part a list of whole lines, empty where there is nothing to tell."""

    article: str
    asks: str
    facts: tuple[str, ...]
    tried: tuple[str, ...]
    result: str
    turns: str
    mend: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The whole chain, line by line."""
        told = (
            f"条文：{self.article}",
            f"要求：{self.asks}",
            *(f"事实：{fact}" for fact in self.facts),
            *(f"宽限和免除：{tried}" for tried in self.tried),
            f"结论：{self.result}",
            self.turns,
            f"怎样补救：{self.mend}" if self.mend else "",
        )
        return tuple(filter(None, told))


def explain(judgement: Judgement) -> Explanation:
    """The chain from the facts to the verdict."""
    rule, cite = judgement.rule, judgement.cite
    return Explanation(
        article=f"《{cite.regulation}》{cite.article}（规则 {rule.id}，{judgement.pack}）",
        asks=f"{rule.says}。",
        facts=tuple(_facts(judgement)),
        tried=tuple(_tried(rule.judge, judgement.facts)),
        result=f"{judgement.verdict.value}。{judgement.reason}",
        turns=f"何时转变：{shown(judgement.turns_at)} 之后按不符合处理。" if judgement.turns_at else "",
        mend=judgement.mend,
    )


def _facts(judgement: Judgement) -> Iterator[str]:
    paths = dict.fromkeys((*(c.fact for c in judgement.rule.when), *judgement.rule.judge.reads))
    for path in paths:
        yield f"{path.says}：{_value(path, path.of(judgement.facts))}"


def _value(path: FactPath, value: Any) -> str:  # noqa: PLR0911  one line a type of fact
    if value is None:
        return "不知道"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, InterruptionFacts):
        return as_words(value.span)
    if isinstance(value, ExemptionFacts):
        return value.reason or "已主张，未写原因"
    if isinstance(value, str):
        return path.label(value)
    if isinstance(value, frozenset | tuple):
        items = sorted(value) if isinstance(value, frozenset) else value
        return "、".join(_value(path, item) for item in items) or "没有"
    return as_words(value)


def _tried(kind: object, facts: Facts) -> Iterator[str]:
    if isinstance(kind, Deadline):
        for relief in kind.relief:
            yield f"{relief.says}——{_HELD[all_hold(relief.when, facts)]}{_missing(relief.when, facts)}"
    if isinstance(kind, Prohibition) and kind.unless:
        yield f"{_words(kind.unless)}——{_HELD[all_hold(kind.unless, facts)]}"
    if isinstance(kind, MustRecord | StartStop):
        yield from _skipped(kind.skip, facts)
        yield from _interrupted(kind, facts)


def _skipped(skip: MaySkip | None, facts: Facts) -> Iterator[str]:
    assert facts.activity is not None  # noqa: S101  rules are asked only about subjects that are given
    if skip is None:
        yield "本规定没有免予记录的情形"
    else:
        yield f"免予记录的主张——{skip.standing(facts.activity).value}"


def _interrupted(kind: MustRecord | StartStop, facts: Facts) -> Iterator[str]:
    assert facts.activity is not None  # noqa: S101  the same
    for stop in facts.activity.interruptions or ():
        held = kind.interruption is not None and kind.interruption.explains(stop)
        yield f"中断 {as_words(stop.span)} 的说明——{_HELD[held]}"


def _missing(when: When, facts: Facts) -> str:
    """What the claim lacked, named."""
    lacking = [condition.fact.says for condition in when if condition.holds(facts) is not True]
    return f"（{'、'.join(lacking)}）" if lacking else ""


def _words(when: tuple[Condition, ...]) -> str:
    return "、".join(condition.fact.says for condition in when)
