"""The law in force, rule by rule: article, our words, parameters, reliefs, and how each stands in this office.

With several packs in force each is a run of chapters of its own, under its title.
"""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any

from liuhen.apps.oversight import queries as oversight
from liuhen.apps.registry import queries as registry
from liuhen.engines.rules.duties import Duty
from liuhen.engines.rules.facts import CAUSES, PURPOSES, ROLES, SCHEMA, FactPath
from liuhen.engines.rules.kinds.approver_chain import ApproverChain
from liuhen.engines.rules.kinds.deadline import Deadline
from liuhen.engines.rules.kinds.device_count import DeviceCount
from liuhen.engines.rules.kinds.guidance import PLACES, Guidance
from liuhen.engines.rules.kinds.keeping_period import KeepingPeriod
from liuhen.engines.rules.kinds.prohibition import Prohibition
from liuhen.engines.rules.packs import Pack, Rule, Rulebook
from liuhen.interfaces.api.answers import cite_of
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import (
    Chapter,
    Fact,
    NotEncodedShown,
    PackHead,
    ReadingShown,
    Relief,
    RuleShown,
    RulesPage,
    SettingShown,
    Standing,
    State,
)
from liuhen.interfaces.api.words import RULE_TITLES, VERDICT_TONES
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Refused, Tampered
from liuhen.kernel.months import Period

_CHAPTERS = (
    ("应录与免录", ("must_record", "may_skip")), ("起止与中断", ("start_stop", "interruption")),
    ("设备与检查", ("device_count", "pre_use_check")), ("告知与摄录内容", ("announcement", "objection", "content_checklist")),
    ("期限", ("deadline",)), ("保存", ("keeping_period",)), ("审批", ("approver_chain",)),
    ("必备、签名和次序", ("required", "signatures", "sequence", "same_times")), ("禁止和疑点", ("prohibition",)),
    ("指引", ("guidance",)),
)  # fmt: skip
_ORDER = ("不符合", "无法判定", "未到期", "依规免除", "符合")


def rules(asking: Asking) -> RulesPage:
    """The pack in force; before the first activation the page says so."""
    try:
        law = asking.law
    except (Refused, Tampered) as error:
        return _without_law(error)
    sees = asking.can("finding.view")
    standing = oversight.standing_of_rules(asking.by, at=asking.at) if sees else {}
    own = registry.settings_in_force(asking.officer.agency_id, at=asking.at)
    several = len(law.packs) > 1
    return RulesPage(
        pack=_head(asking, law),
        chapters=[c for pack in law.packs for c in _chapters(pack, law, standing, several=several)],
        settings=[_setting(pack, s, own) for pack in law.packs for s in pack.settings],
        readings=[_reading(pack, r) for pack in law.packs for r in pack.readings],
        not_encoded=[_not_encoded(pack, n) for pack in law.packs for n in pack.not_encoded],
        actions=[],
    )


def _without_law(error: Refused | Tampered) -> RulesPage:
    head = PackHead(
        title="尚未启用制度" if isinstance(error, Refused) else "制度文件与启用时不同", version="", in_force_from=None,
        state=State(label="未启用", tone="due" if isinstance(error, Refused) else "breach"), says=f"{error.why}。{error.do}",
        facts=[],
    )  # fmt: skip
    return RulesPage(pack=head, chapters=[], settings=[], readings=[], not_encoded=[], actions=[])


def _head(asking: Asking, law: Rulebook) -> PackHead:
    first = law.packs[0]
    adopted = registry.packs_in_force(asking.officer.agency_id, at=asking.at)
    row = next((p for p in adopted if p.key == first.head.key), None)
    carried = {c for rule in first.rules for c in (rule.clause, *rule.also)}
    facts = [
        Fact(label="发布机关", value=first.head.issuer),
        Fact(label="规则", value=f"{len(first.rules)} 条，涉及条款 {len(carried)} 项；另有 {len(first.not_encoded)} 项写明不编入的理由"),
        Fact(label="活动类型", value=f"{len(first.activity_types)} 类"),
    ]  # fmt: skip
    if first.head.note:
        facts.append(Fact(label="文本说明", value=first.head.note))
    if row is not None:
        facts.append(Fact(label="文件摘要", value=row.digest, mono=True))
    facts += [
        Fact(label="同时施行", value=f"《{other.head.title}》", note=f"{other.head.key}@{other.head.version}")
        for other in law.packs[1:]
    ]
    return PackHead(
        title=first.head.title,
        version=f"{first.head.key}@{first.head.version}",
        state=State(label="在用", tone="action"),
        in_force_from=row.since if row else None,
        says="下列规则写明条号，用的是我们自己的话；条文原文由本机关附上后，点条号可看。每条右侧是它在您可见范围内现有的结论。",
        facts=facts,
    )


def _chapters(
    pack: Pack, law: Rulebook, standing: dict[tuple[str, str], dict[str, int]], *, several: bool
) -> list[Chapter]:
    version = f"{pack.head.key}@{pack.head.version}"
    found = []
    for title, kinds in _CHAPTERS:
        shown_rules = [
            _rule(pack, law, rule, standing.get((version, rule.id), {}))
            for rule in pack.rules
            if rule.kind in kinds
        ]
        if shown_rules:
            found.append(
                Chapter(title=f"{title}（《{pack.head.title}》）" if several else title, rules=shown_rules)
            )
    return found


def _rule(pack: Pack, law: Rulebook, rule: Rule, counts: dict[str, int]) -> RuleShown:
    cite = cite_of(rule.citation)
    assert cite is not None  # noqa: S101  a rule always has its citation
    reliefs = getattr(rule.judge, "relief", ()) or getattr(rule.judge, "later_stop", ())
    return RuleShown(
        id=rule.id,
        kind=RULE_TITLES.get(rule.kind, "其他"),
        cite=cite,
        says=rule.says,
        parameters=parameters(pack, law, rule),
        reliefs=[Relief(cite=cite_of(pack.cite(r.clause)), says=r.says) for r in reliefs],
        standing=[
            Standing(state=State(label=v, tone=VERDICT_TONES[v]), count=counts[v])
            for v in _ORDER
            if counts.get(v)
        ],
    )


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


def parameters(pack: Pack, law: Rulebook, rule: Rule) -> list[Fact]:
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
    return facts + ([Fact(label="登记", value="、".join(judge.register))] if judge.register else [])


# ── 设定、理解、未编入 ─────────────────────────────────────


def _setting(pack: Pack, setting: Any, own: dict[str, Any]) -> SettingShown:
    default = _word(setting.default) if setting.default is not None else "尚未确定"
    value = _word(own[setting.key]) if setting.key in own else default
    return SettingShown(
        key=setting.key, label=setting.label, value=value, default_value=default, why=setting.why,
        cite=cite_of(pack.cite(setting.clause)),
    )  # fmt: skip


def _word(value: Any) -> str:
    """A setting is a length (24h), a role, or a plain value."""
    text = str(value)
    if text in ROLES:
        return ROLES[text]
    try:
        return str(Period.parse(text))
    except Exception:  # noqa: BLE001  anything that is no length is shown as it stands
        return text


def _reading(pack: Pack, reading: Any) -> ReadingShown:
    cite = cite_of(pack.cite(reading.clause))
    assert cite is not None  # noqa: S101  made from a citation
    says = {clause.id: clause.says for clause in pack.clauses}
    return ReadingShown(
        cite=cite, question=says.get(reading.clause, ""), reading=reading.how, why=reading.why
    )


def _not_encoded(pack: Pack, one: Any) -> NotEncodedShown:
    cite = cite_of(pack.cite(one.clause))
    assert cite is not None  # noqa: S101  made from a citation
    says = {clause.id: clause.says for clause in pack.clauses}
    return NotEncodedShown(cite=cite, says=says.get(one.clause, ""), why=one.reason)


__all__ = ["rules", "shown"]
