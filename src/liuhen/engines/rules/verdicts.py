"""What a judgement says: five verdicts, the reason in plain Chinese, and when an open one turns.

Kinds make `Finding`s; `assess` joins each with its rule into a `Judgement`. Reasons are kept as a template and
its facts and written out only when read: most judgements are counted, few are shown.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple

from liuhen.kernel.citations import Citation
from liuhen.kernel.clock import shown, shown_length
from liuhen.kernel.spans import Span


class Verdict(Enum):
    """五种结论；没有第六种，也没有真假二值。"""

    MET = "符合"
    BREACHED = "不符合"
    PENDING = "未到期"
    EXEMPT = "依规免除"
    UNKNOWN = "无法判定"


class Told(NamedTuple):
    """A sentence with its facts: times are shown in 北京时间, lengths as people say them."""

    template: str
    facts: tuple[object, ...] = ()

    def __str__(self) -> str:
        return self.template.format(*[f if type(f) in _PLAIN else as_words(f) for f in self.facts])


def as_words(fact: object) -> str:
    """One fact as it stands in a sentence."""
    return _WORDS.get(type(fact), str)(fact)


def _span(span: Span) -> str:
    start, end = shown(span.start), shown(span.end)
    return f"{start} 至 {end[11:] if end[:10] == start[:10] else end}（{shown_length(span.length)}）"


_PLAIN = frozenset((str, int))  # What stands in a sentence as it is.
_WORDS: dict[type, Callable[[Any], str]] = {
    datetime: shown,
    timedelta: shown_length,
    Span: _span,
    tuple: lambda facts: "、".join([fact if type(fact) is str else as_words(fact) for fact in facts]),
}


class Finding(NamedTuple):
    """What one kind says of the facts. `cite` only where another article than the rule's own decides (a relief)."""

    verdict: Verdict
    told: Told
    mend: str = ""
    turns_at: datetime | None = None
    cite: Citation | None = None


def met(template: str, *facts: object) -> Finding:
    return Finding(Verdict.MET, Told(template, facts))


def exempt(template: str, *facts: object) -> Finding:
    return Finding(Verdict.EXEMPT, Told(template, facts))


def breached(template: str, *facts: object, mend: str = "") -> Finding:
    return Finding(Verdict.BREACHED, Told(template, facts), mend)


def pending(template: str, *facts: object, turns_at: datetime | None = None, mend: str = "") -> Finding:
    return Finding(Verdict.PENDING, Told(template, facts), mend, turns_at)


def unknown(template: str, *facts: object, mend: str = "") -> Finding:
    return Finding(Verdict.UNKNOWN, Told(template, facts), mend)


_GRAVITY = {
    Verdict.BREACHED: 4, Verdict.UNKNOWN: 3, Verdict.PENDING: 2, Verdict.EXEMPT: 1, Verdict.MET: 0,
}  # fmt: skip


def gravest(findings: Iterable[Finding]) -> Finding | None:
    """Of several findings under one rule, the one that must be answered first; None of none."""
    return max(findings, key=lambda finding: _GRAVITY[finding.verdict], default=None)
