"""Reviews a pack for its authors: what is carried and by what, what is wrong, what is left to the office.

Called by `liuhen pack lint`, `show` and `coverage` and by the build. Loading already refuses malformed packs; this looks
at what is well formed and still wrong.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from typing import Any, Literal

from liuhen.engines.rules.approvals import FLOOR
from liuhen.engines.rules.duties import Duty
from liuhen.engines.rules.facts import CAUSES, CIRCUMSTANCES, EXEMPTIONS, PURPOSES, ROLES, SEATS
from liuhen.engines.rules.kinds.approver_chain import ApproverChain
from liuhen.engines.rules.kinds.interruption import Interruption
from liuhen.engines.rules.kinds.may_skip import MaySkip
from liuhen.engines.rules.packs import CARRIERS, Pack, Rule
from liuhen.kernel.errors import Malformed
from liuhen.kernel.months import Period

# 本规则包没有写的，引擎怎样办（参数表“文本未作规定”一栏）。
WHEN_SILENT = {
    "must_record": "不要求任何活动记录",
    "may_skip": "不提供不予记录的情形",
    "start_stop": "不核对是否全程",
    "interruption": "中断没有说明的途径，缺失即为缺失",
    "deadline": "不核对期限",
    "device_count": "不核对台数",
    "pre_use_check": "领用前不核对检查项目",
    "content_checklist": "提供五项通用内容，不作核对",
    "announcement": "不要求告知，可以自行告知",
    "objection": "说明后继续记录，不核对",
    "keeping_period": "没有期限，一律不得销毁",
    "approver_chain": "按引擎底线办理",
    "required": "不核对文书、要素和台账",
    "signatures": "按文书格式自身的签名栏办理",
    "sequence": "按系统的环节办理，不另核对",
    "prohibition": "引擎本来就没有修改、删除和外传的功能",
    "same_times": "不核对文书与音像的起止时间",
    "guidance": "不提示",
}

How = Literal["carried", "planned", "not_encoded", "hole"]


@dataclass(frozen=True, slots=True)
class Carried:
    """How one clause is dealt with: `by` what carries it today, `planned` what is to come, or the reason why neither.

    Each carrier is `sort name`. A clause with something in `by` is carried; one with `planned` alone is not.
    """

    clause: str
    article: str
    kind: str
    says: str
    how: How
    by: tuple[str, ...]
    planned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something well formed and still wrong: where, what, and what to do."""

    where: str
    why: str
    do: str

    def __str__(self) -> str:
        return f"{self.where}：{self.why}。{self.do}"


@dataclass(frozen=True, slots=True)
class Review:
    """What the commands print: the clauses and how they are carried, and the problems."""

    pack: Pack
    clauses: tuple[Carried, ...]
    problems: tuple[Problem, ...]

    def count(self, how: How) -> int:
        return sum(clause.how == how for clause in self.clauses)

    @property
    def holes(self) -> tuple[Carried, ...]:
        return tuple(clause for clause in self.clauses if clause.how == "hole")

    @property
    def silent(self) -> tuple[str, ...]:
        """What the pack leaves unsaid, and what then happens: kinds without a rule, purposes without a chain."""
        kinds = {rule.kind for rule in self.pack.rules}
        chains = {r.judge.purpose for r in self.pack.rules if isinstance(r.judge, ApproverChain)}
        return (
            *(f"{kind}：{then}" for kind, then in WHEN_SILENT.items() if kind not in kinds),
            *(f"{PURPOSES[p]}：{_floor_told(p)}" for p in PURPOSES if p not in chains),
        )

    def summary(self) -> str:
        """One line for `pack coverage`."""
        return (
            f"{self.pack.head.title}：共 {len(self.clauses)} 款，已承载 {self.count('carried')}，"
            f"待承载 {self.count('planned')}，不编码 {self.count('not_encoded')}，遗漏 {self.count('hole')}。"
        )

    def rules_told(self) -> tuple[str, ...]:
        """One line a rule for `pack show`: article, our words, the agency settings it rests on."""
        return tuple(_rule_told(rule) for rule in self.pack.rules)


def review(pack: Pack, *, existing: Mapping[str, frozenset[str]] | None = None) -> Review:
    """The review of a loaded pack. `existing` names what there is of each sort of carrier (form, route, command …).

    A sort that is not in `existing` is not looked up: an installed office has no tests beside it.
    """
    clauses = tuple(_carried(pack))
    problems = (*_problems(pack, clauses), *_carrier_problems(pack, existing or {}))
    return Review(pack, clauses, problems)


def _floor_told(purpose: str) -> str:
    return "、".join(f"{step.title}{step.act}" for step in FLOOR[purpose]) or "不设审批"


def _rule_told(rule: Rule) -> str:
    own = f"［本机关设定：{'、'.join(rule.settings)}］" if rule.settings else ""
    return f"{rule.cite}　{rule.says}　（{rule.kind}，{rule.id}）{own}"


def _carried(pack: Pack) -> Iterator[Carried]:
    by, coming = _carriers(pack)
    reasons = {entry.clause: entry.reason for entry in pack.not_encoded}
    for clause in pack.clauses:
        names = (*by.get(clause.id, ()), *clause.carrier)
        planned = (*coming.get(clause.id, ()), *clause.planned)
        how: How = "carried" if names else "planned" if planned else "hole"
        if how == "hole" and clause.id in reasons:
            how, names = "not_encoded", (reasons[clause.id],)
        yield Carried(clause.id, clause.article, clause.kind, clause.says, how, names, planned)


def _carriers(pack: Pack) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The rules and activity types that carry each clause, and the rules that will once a room fills their facts.

    A reading explains a clause; it does not carry it.
    """
    by: dict[str, list[str]] = {}
    coming: dict[str, list[str]] = {}
    named: list[tuple[str, Any, bool]] = [
        *((_rule_name(rule), rule, not rule.unfilled) for rule in pack.rules),
        *((f"type {kind.code}", kind, True) for kind in pack.activity_types),
    ]
    for name, value, is_live in named:
        for clause in dict.fromkeys(_clauses_in(value)):
            (by if is_live else coming).setdefault(clause, []).append(name)
    return by, coming


def _rule_name(rule: Rule) -> str:
    return f"guidance {rule.id}" if rule.kind == "guidance" else f"rule {rule.id}"


def _clauses_in(value: object) -> Iterator[str]:
    """The clauses a value rests on, at any depth; what the loader bound in from other rules is not its own."""
    if isinstance(value, tuple):
        for item in value:
            yield from _clauses_in(item)
    elif is_dataclass(value) and not isinstance(value, Period):
        for field in fields(value):
            part = getattr(value, field.name)
            if field.name == "clause":
                yield from (part,) if part else ()
            elif field.name == "also":
                yield from part
            elif field.name == "judge" or not field.metadata.get("given"):
                yield from _clauses_in(part)


def _problems(pack: Pack, clauses: tuple[Carried, ...]) -> Iterator[Problem]:
    yield from _clause_problems(pack, clauses)
    for rule in pack.rules:
        yield from _rule_problems(pack, rule)
    yield from _duty_problems(pack)
    yield from _setting_problems(pack)


def _clause_problems(pack: Pack, clauses: tuple[Carried, ...]) -> Iterator[Problem]:
    reasoned = {entry.clause for entry in pack.not_encoded}
    for clause in clauses:
        where = f"{pack.head.key}，条款“{clause.clause}”"
        if not clause.clause.startswith(pack.head.id_prefix + "-"):
            yield Problem(where, f"编号应以 {pack.head.id_prefix}- 开头", "请核对编号。")
        if clause.how == "hole":
            yield Problem(
                where, "没有规则承载，也没有列为计划或者不编码", "请编入规则，写明承载的对象，或者说明理由。"
            )
        if clause.clause in reasoned and clause.how != "not_encoded":
            carrier = (*clause.by, *clause.planned)[0]
            yield Problem(where, f"已由 {carrier} 承载，却仍列为不编码", "请删去不编码的理由。")


def _carrier_problems(pack: Pack, existing: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    """What carries a clause today must exist; what is planned is named all the same."""
    for clause in pack.clauses:
        where = f"{pack.head.key}，条款“{clause.id}”"
        for carrier in (*clause.carrier, *clause.planned):
            sort, _, name = carrier.partition(" ")
            if sort not in CARRIERS or not name:
                words = "、".join(f"{key}（{label}）" for key, label in CARRIERS.items())
                yield Problem(where, f"“{carrier}”应写作“种类 名称”", f"种类可用：{words}。")
            elif carrier in clause.carrier and sort in existing and name not in existing[sort]:
                near = get_close_matches(name, existing[sort], n=1, cutoff=0.5)
                guess = f"您要写的是不是“{near[0]}”？" if near else ""
                yield Problem(
                    where, f"没有“{name}”这一{CARRIERS[sort]}", f"{guess}还没有做的，请列在 planned。"
                )


def _rule_problems(pack: Pack, rule: Rule) -> Iterator[Problem]:
    if pack.articles[rule.clause] != rule.cite:
        yield Problem(
            rule.file, f"cite 写作“{rule.cite}”，条款表里是“{pack.articles[rule.clause]}”", "请改成一致。"
        )
    kind = rule.judge
    if isinstance(kind, ApproverChain):
        yield from _chain_problems(rule, kind)
    if isinstance(kind, MaySkip | Interruption) and kind.chain and not _has_chain(pack, kind.chain):
        yield Problem(
            rule.file, f"没有事项为“{kind.chain}”的审批次序", "请加一条 approver_chain，或者删去 chain。"
        )
    if isinstance(kind, MaySkip):
        yield from _words(rule, "情形", (g.code for g in kind.ground), EXEMPTIONS)
    if isinstance(kind, Interruption):
        yield from _words(rule, "原因", (c.code for c in kind.cause), CAUSES)


def _chain_problems(rule: Rule, chain: ApproverChain) -> Iterator[Problem]:
    yield from _words(rule, "事项", iter((chain.purpose,)), PURPOSES)
    yield from _words(rule, "角色", (step.role for step in chain.step), ROLES)
    yield from _words(rule, "任职之处", (step.seat for step in chain.step if step.seat), SEATS)
    told = [word for step in chain.step for word in (step.only, step.unless)]
    yield from _words(rule, "情形", filter(None, [*told, chain.papers]), CIRCUMSTANCES)


def _words(rule: Rule, what: str, used: Iterator[str], words: dict[str, str]) -> Iterator[Problem]:
    for word in used:
        if word not in words:
            yield Problem(rule.file, f"没有“{word}”这一{what}", f"可用的有：{'、'.join(words)}。")


def _has_chain(pack: Pack, purpose: str) -> bool:
    return any(isinstance(r.judge, ApproverChain) and r.judge.purpose == purpose for r in pack.rules)


def _duty_problems(pack: Pack) -> Iterator[Problem]:
    asked = {Duty.ASK, Duty.MANDATORY, Duty.MANDATORY_FULL}
    judged = {getattr(rule.judge, "duty", None) for rule in pack.rules}
    for kind in pack.activity_types:
        if kind.duty in asked - judged:
            where = f"{pack.head.key}，活动类型“{kind.code}”"
            yield Problem(
                where, f"强度为“{kind.duty.label}”，却没有这一强度的 must_record 规则", "请加一条规则。"
            )


def _setting_problems(pack: Pack) -> Iterator[Problem]:
    used = {name for rule in pack.rules for name in rule.settings}
    for setting in pack.settings:
        where = f"{pack.head.key}，本机关设定“{setting.key}”"
        if setting.key not in used:
            yield Problem(where, "没有规则用到它", "请在规则里用 { setting = “…” } 引用，或者删去。")
        is_length = setting.default is not None and not setting.choices and not setting.default.isdecimal()
        if is_length:
            try:
                Period.parse(str(setting.default))
            except Malformed as error:
                yield Problem(where, error.why, "请改正默认值。")
