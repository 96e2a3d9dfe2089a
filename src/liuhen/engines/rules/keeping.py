"""How long a recording is kept: the longest of all terms that apply, over every pack in force.

Called by retention and by the pages. Where a fact is not known the answer is never an early date: it is 未定.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from liuhen.engines.rules.conditions import all_hold, unknown_facts
from liuhen.engines.rules.facts import Facts, RecordingFacts
from liuhen.engines.rules.kinds.keeping_period import RANKS, KeepingPeriod, Rank, Term, longer
from liuhen.engines.rules.packs import Rule, Rulebook
from liuhen.kernel.citations import Citation
from liuhen.kernel.clock import shown

RANK_LABELS: dict[Rank, str] = {
    "until": "定期", "undecided": "未定", "held": "暂缓处置", "long_term": "长期", "permanent": "永久",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason to keep, with its article; `cite` is None for the house's own floor (an open hold, a frozen file)."""

    term: Term
    cite: Citation | None


@dataclass(frozen=True, slots=True)
class Keeping:
    """`until` is the first moment at which disposal may be proposed; None: not now (permanent, long-term, held, undecided).

    `rank` names which. `grounds` are every reason that applies, the binding one first.
    """

    rank: Rank
    until: datetime | None
    grounds: tuple[Ground, ...]

    @property
    def label(self) -> str:
        return RANK_LABELS[self.rank]

    @property
    def cite(self) -> Citation | None:
        return self.grounds[0].cite

    @property
    def reason(self) -> str:
        """The binding reason, with its article."""
        return self.reason_before_end + shown_end(self.until)

    @property
    def reason_before_end(self) -> str:
        """The binding reason without its end: the same words for every settled term of one ground."""
        first = self.grounds[0]
        article = f"（{first.cite.article}）" if first.cite else ""
        return f"{first.term.reason}{article}"

    def may_be_disposed(self, now: datetime) -> bool:
        """Whether the term has run out; a list, approvals and two persons are still needed."""
        return self.until is not None and now >= self.until


def shown_end(until: datetime | None) -> str:
    """How a reason closes: with the date, where there is one."""
    return f"，保存至 {shown(until)}。" if until else "。"


def keep_until(rulebook: Rulebook, *, recording: RecordingFacts) -> Keeping:
    """How long the recording is kept at least, and why."""
    grounds = [*_lawful(rulebook, rulebook.with_type_flags(Facts(recording=recording))), *_floor(recording)]
    if not grounds:
        grounds = [Ground(Term("undecided", None, "规定没有列明这类记录的保存期限，本机关未作决定"), None)]
    binding = reduce(longer, (ground.term for ground in grounds))
    ordered = sorted(grounds, key=lambda g: (g.term is not binding, -RANKS.index(g.term.rank)))
    return Keeping(binding.rank, binding.until, tuple(ordered))


def _lawful(rulebook: Rulebook, facts: Facts) -> Iterator[Ground]:
    for rule in rulebook.rules_of("keeping_period"):
        applies = all_hold(rule.when, facts)
        if applies is not False:
            yield Ground(_term(rule, facts, known=applies is True), rule.citation)


def _term(rule: Rule, facts: Facts, *, known: bool) -> Term:
    if not known:
        what = "、".join(unknown_facts(rule.when, facts))
        return Term("undecided", None, f"不知道{what}，不能确定是否应“{rule.says}”")
    kind: KeepingPeriod = rule.judge  # type: ignore[assignment]
    return kind.until(facts)


def _floor(recording: RecordingFacts) -> Iterator[Ground]:
    """What holds in every pack: nothing disputed, unsettled, frozen or of an open case runs out."""
    if recording.holds:
        yield Ground(Term("held", None, f"有未终结的事项：{'、'.join(sorted(recording.holds))}"), None)
    if recording.quarantined:
        yield Ground(Term("held", None, "完整性核验异常，已冻结"), None)
    if recording.in_case and recording.case_closed_at is None:
        yield Ground(Term("undecided", None, "所属案件尚未办结"), None)
    if recording.keep_undecided:
        yield Ground(Term("undecided", None, "保存期限尚待负责人决定"), None)
    for moment, why in (
        (recording.case_closed_at, "不早于所属案件办结"),
        (recording.keep_decided_until, "逐件确定的期限"),
        (recording.special_keep_until, "另行规定的期限"),
    ):
        if moment is not None:
            yield Ground(Term("until", moment, why), None)
