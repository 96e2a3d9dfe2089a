"""The values of rules and settings as people read them: lengths, roles, orders of approval, keeping periods.

Shared by the pages of the law in force, of comparisons and of trials.
"""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any

from liuhen.engines.rules.duties import Duty
from liuhen.engines.rules.facts import CAUSES, CIRCUMSTANCES, PURPOSES, ROLES, SCHEMA, FactPath
from liuhen.engines.rules.kinds.approver_chain import ApproverChain
from liuhen.engines.rules.kinds.deadline import Deadline
from liuhen.engines.rules.kinds.device_count import DeviceCount
from liuhen.engines.rules.kinds.guidance import PLACES, Guidance
from liuhen.engines.rules.kinds.keeping_period import KeepingPeriod
from liuhen.engines.rules.kinds.prohibition import Prohibition
from liuhen.engines.rules.packs import Pack, Rule
from liuhen.interfaces.api.answers import cite_of
from liuhen.interfaces.api.shapes import Cite, Fact
from liuhen.interfaces.api.shapes_law import Relief, RuleShown
from liuhen.interfaces.api.words import RULE_TITLES
from liuhen.kernel.citations import Citation
from liuhen.kernel.errors import Malformed
from liuhen.kernel.months import Period


def rule_shown(pack: Pack, rule: Rule) -> RuleShown:
    """One rule: what it asks, its values, its exceptions."""
    reliefs = getattr(rule.judge, "relief", ()) or getattr(rule.judge, "later_stop", ())
    return RuleShown(
        id=rule.id, kind=RULE_TITLES.get(rule.kind, "其他"), cite=cite(rule.citation), says=rule.says,
        parameters=parameters(pack, rule),
        reliefs=[Relief(cite=cite_of(pack.cite(r.clause)), says=r.says) for r in reliefs],
    )  # fmt: skip


def cite(citation: Citation) -> Cite:
    return Cite(regulation=citation.regulation, article=citation.article, clause=citation.clause)


def setting_word(value: Any) -> str:
    """A setting is a length (24h), a role, or a plain value."""
    text = str(value)
    if text in ROLES:
        return ROLES[text]
    try:
        return str(Period.parse(text))
    except Malformed:
        return text


# ── 参数 ───────────────────────────────────────────────────

_NAMES = {
    "within": "限期", "since": "起算", "until": "办结", "files_within": "文件入库限期", "duty": "强度", "edge_tolerance": "首尾容差",
    "split_tolerance": "衔接容差", "start": "起点", "stop": "终点", "minimum": "至少", "from_officers": "执法人数达到",
    "per_officers": "每几人一台", "reason_suffices": "说明即可", "counted": "计数", "wording": "告知用语", "wording_fixed": "用语固定",
    "before": "须先告知", "explain_required": "须作说明", "advice": "处理", "cause": "允许的原因", "voice": "恢复时语音说明",
    "report_to": "报告", "report_within": "报告限期", "statement": "书面说明", "statement_within": "书面说明限期",
    "signatures": "签字人数", "ground": "情形", "document": "文件", "basis": "须写依据", "line": "各项",
    "clock_limit_seconds": "时钟误差上限（秒）", "purpose": "事项", "register": "登记", "label": "类别", "measures": "处置",
    "found": "核对", "by": "到时", "step": "各步", "officers": "执法人员签名人数", "done": "核对", "one": "核对", "other": "对照",
    "tolerance": "容差", "marks": "改动处捺印、多页骑缝",
}  # fmt: skip


def parameters(pack: Pack, rule: Rule) -> list[Fact]:
    """The values of a rule as people read them."""
    judge = rule.judge
    if isinstance(judge, Prohibition | Guidance):
        return _told(judge)
    if isinstance(judge, Deadline):
        return _facts([("限期", judge.within), ("起算", judge.since), ("办结", judge.until)])
    if isinstance(judge, KeepingPeriod):
        return _keeping(judge)
    if isinstance(judge, ApproverChain):
        return _chain(pack, judge)
    if isinstance(judge, DeviceCount):
        each = [("每几人一台", judge.per_officers)] if judge.per_officers else []
        return _facts(
            [("执法人数达到", judge.from_officers), (judge.counted.says, f"至少 {judge.minimum}"), *each]
        )
    assert is_dataclass(judge)  # noqa: S101  every kind is one
    told = [
        (_NAMES[field.name], getattr(judge, field.name))
        for field in fields(judge)
        if field.name in _NAMES and not field.metadata.get("given")
    ]
    return _facts(told)


def _told(judge: Prohibition | Guidance) -> list[Fact]:
    if isinstance(judge, Guidance):
        return _facts([("提示于", tuple(PLACES[place] for place in sorted(judge.at)))])
    acts = tuple(judge.found.label(act) for act in sorted(judge.acts))
    return _facts([("核对", judge.found), ("所列情形", acts), ("只作疑点", judge.suspected)])


def _facts(told: Iterable[tuple[str, Any]]) -> list[Fact]:
    return [Fact(label=label, value=words) for label, value in told if (words := _shown(value))]


def _shown(value: Any) -> str:  # noqa: PLR0911  one line a kind of value
    if isinstance(value, bool):
        return "是" if value else ""
    if value is None or value in ("", ()):
        return ""
    if isinstance(value, FactPath):
        return value.says
    if isinstance(value, Duty):
        return value.label
    if value == Period():
        return "当时办结"
    if isinstance(value, Period | timedelta | int | str):
        return str(value)
    if isinstance(value, frozenset | tuple):
        return "、".join(
            filter(
                None,
                (_shown_item(item) for item in (sorted(value) if isinstance(value, frozenset) else value)),
            )
        )
    return ""


def _shown_item(item: Any) -> str:
    if isinstance(item, FactPath):
        return item.says
    label = getattr(item, "label", None)
    if label:
        return str(label)
    return SCHEMA["activity.acts"].words.get(item, CAUSES.get(item, str(item)))


def _keeping(judge: KeepingPeriod) -> list[Fact]:
    forever = {"permanent": "永久", "long_term": "长期", "held": "暂缓处置", "undecided": "待定"}
    if judge.forever:
        return [Fact(label=judge.label, value=forever[judge.forever])]
    return [
        Fact(label=judge.label, value=f"{term.since.says}起 {term.keep or '本机关尚未确定'}")
        for term in judge.term
    ]


def _chain(pack: Pack, judge: ApproverChain) -> list[Fact]:
    steps = [
        f"{step.title or pack.terms.get(step.role) or ROLES.get(step.role, step.role)}{step.act}"
        for step in judge.step
    ]
    facts = [
        Fact(label="事项", value=PURPOSES.get(judge.purpose, judge.purpose)),
        Fact(label="次序", value=" → ".join(steps) or "无"),
    ]
    if judge.papers:
        facts.append(Fact(label="证件和文书", value=f"{CIRCUMSTANCES[judge.papers]}的，申请时须有"))
    return facts + ([Fact(label="登记", value="、".join(judge.register))] if judge.register else [])
