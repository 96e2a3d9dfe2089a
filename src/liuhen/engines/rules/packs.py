"""A rule pack in memory: one regulation as frozen values, and the rulebook of one or several packs in force together.

Made by the loader and by `combine_packs`; read by everything else. Knows no files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from typing import Any, Literal, TypeVar

from liuhen.engines.rules.conditions import When
from liuhen.engines.rules.duties import ActivityType, Duty, strongest
from liuhen.engines.rules.facts import ActivityFacts, FactPath, Facts
from liuhen.engines.rules.kinds import ASKED, Kind
from liuhen.engines.rules.kinds.announcement import Announcement
from liuhen.engines.rules.kinds.interruption import Interruption
from liuhen.engines.rules.kinds.lines import ContentChecklist, Line, PreUseCheck
from liuhen.engines.rules.kinds.may_skip import Ground, MaySkip
from liuhen.kernel.citations import Citation

K = TypeVar("K")

COMMON_LINES = (
    Line(code="scene", label="现场环境"),
    Line(code="persons", label="在场人员的体貌和言行"),
    Line(code="objects", label="重要物品和其他证据"),
    Line(code="documents", label="出具、送达文书和采取措施"),
    Line(code="other", label="其他重要内容"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The regulation: title and issuer as printed, our key and version, the prefix of its clause ids."""

    key: str
    version: str
    title: str
    issuer: str
    agency_type: Literal["police", "subdistrict", "township", "committee"]
    id_prefix: str
    note: str = ""


ClauseKind = Literal[
    "enforce", "deadline", "retention", "approval", "workflow", "document", "record", "av-duty", "av-exempt",
    "av-content", "device", "access", "disclosure", "integrity", "archive", "backup", "statistics", "oversight",
    "liability", "conduct", "definition", "scope",
]  # fmt: skip
Stage = Literal["investigation", "not_started", "review", "service", "concluded", "archived"]
CARRIERS = {
    "form": "文书格式",
    "register": "台账",
    "permission": "权限",
    "route": "接口",
    "command": "命令",
    "test": "测试",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause of the regulation: its id, its article as printed, its kind, our words, and what carries it.

    Rules, activity types and guidance name their clauses themselves. `carrier` are the forms, permissions, routes,
    commands and tests of the product that carry it besides; `planned` those still to come. Each is `sort name`.
    """

    id: str
    article: str
    kind: ClauseKind
    says: str
    carrier: tuple[str, ...] = ()
    planned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEncoded:
    """A clause that software cannot carry, with the reason."""

    clause: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencySetting:
    """A value the text leaves open. Without `default` nothing may rest on it until the office decides.

    `choices` are the words it may take where it is not a length or a number: the roles that may approve.
    """

    key: str
    label: str
    clause: str
    why: str
    default: str | None = None
    choices: tuple[str, ...] = ()
    proposal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How an ambiguous article is read, and why."""

    id: str
    clause: str
    how: str
    why: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: where it stands, what it says in our words, and the kind that judges it.

    `settings` are the agency settings its parameters rest on. `file` is where it was read. `guards` are the stages of a case that may
    not be entered while the rule is not met (环节关口).
    """

    id: str
    kind: str
    clause: str
    cite: str
    says: str
    when: When = ()
    also: tuple[str, ...] = ()
    guards: tuple[Stage, ...] = ()
    judge: Kind = field(metadata={"given": True})
    citation: Citation = field(metadata={"given": True})
    pack: Head = field(metadata={"given": True})
    settings: tuple[str, ...] = field(default=(), metadata={"given": True})
    file: str = field(default="", metadata={"given": True})

    @property
    def unfilled(self) -> tuple[FactPath, ...]:
        """The facts it needs that no room fills yet. Such a rule is left out of the running product."""
        if self.kind in ASKED:
            return ()
        return tuple(path for path in self.looks_at if not path.is_filled)

    @cached_property
    def looks_at(self) -> tuple[FactPath, ...]:
        """Every fact its verdict and its words rest on, each once."""
        return tuple(dict.fromkeys((*(c.fact for c in self.when), *self.judge.reads)))

    @cached_property
    def fact_names(self) -> tuple[str, ...]:
        """The same, as their paths are written."""
        return tuple(map(str, self.looks_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One regulation. `articles` maps each clause id to its printed article."""

    head: Head
    terms: Mapping[str, str]
    clauses: tuple[Clause, ...]
    not_encoded: tuple[NotEncoded, ...]
    settings: tuple[AgencySetting, ...]
    readings: tuple[Reading, ...]
    activity_types: tuple[ActivityType, ...]
    rules: tuple[Rule, ...]
    articles: Mapping[str, str]

    def cite(self, clause: str) -> Citation:
        """The citation of one of its clauses."""
        return Citation(self.head.title, self.articles.get(clause, clause), clause)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """The packs in force together. What a page offers (types, grounds, lists, wording) is asked here."""

    packs: tuple[Pack, ...]
    by_subject: Mapping[str, tuple[Rule, ...]]
    in_force: Mapping[tuple[str, tuple[object, ...]], Any]
    type_flags: Mapping[str, frozenset[str]]

    def with_type_flags(self, facts: Facts) -> Facts:
        """The facts, with the flags an activity has by its very type (拒绝接受检查 is obstruction without a mark)."""
        activity, recording = facts.activity, facts.recording
        if activity and (flags := self._missing(activity.type, activity.flags)):
            facts = replace(facts, activity=replace(activity, flags=flags))
        if recording and (flags := self._missing(recording.activity_type, recording.flags)):
            facts = replace(facts, recording=replace(recording, flags=flags))
        return facts

    def _missing(self, type_: str | None, flags: frozenset[str] | None) -> frozenset[str] | None:
        own = self.type_flags.get(type_ or "")
        return own | flags if own and flags is not None and not own <= flags else None

    def rules_of(self, kind: str) -> tuple[Rule, ...]:
        """Every rule of a kind, pack by pack."""
        return tuple(rule for pack in self.packs for rule in pack.rules if rule.kind == kind)

    def cite(self, clause: str) -> Citation:
        """The citation of a clause of any of the packs."""
        pack = next((p for p in self.packs if clause in p.articles), self.packs[0])
        return pack.cite(clause)

    def term(self, word: str) -> str:
        """The office's own word for one of our terms (device_keeper: 记录仪管理员); the term itself where it has none."""
        return next((p.terms[word] for p in self.packs if word in p.terms), word)

    @property
    def activity_types(self) -> tuple[ActivityType, ...]:
        """Every activity type, the first pack's meaning where two share a code."""
        return tuple({t.code: t for p in reversed(self.packs) for t in p.activity_types}.values())

    def duty_of(self, activity: ActivityFacts) -> Duty | None:
        """How strongly the activity must be recorded; None where its type or situation leaves that open."""
        facts = self.with_type_flags(Facts(activity=activity))
        answers = [(r.judge.duty, r.judge.applies(facts)) for r in self.rules_of("must_record")]  # type: ignore[attr-defined]
        found = [duty for duty, applies in answers if applies]
        found += [kind.duty for kind in self.activity_types if kind.code == activity.type]
        strongest_known = strongest(tuple(found))
        unsure = any(duty.strength > strongest_known.strength for duty, applies in answers if applies is None)
        return None if unsure or not found else strongest_known

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """The grounds on which recording may be left out: those every regulation in force accepts."""
        skip = self._one(MaySkip)
        carried_by_all = len({rule.pack.key for rule in self.rules_of("may_skip")}) == len(self.packs)
        return skip.ground if skip and carried_by_all else ()

    @property
    def interruption(self) -> Interruption | None:
        """The causes and formalities of an interruption."""
        return self._one(Interruption)

    @property
    def announcement(self) -> Announcement | None:
        """The words with which people are told, and whether they are prescribed."""
        return self._one(Announcement)

    @property
    def checklist(self) -> tuple[Line, ...]:
        """The content every recording must show; where no regulation says, five common lines to offer, not to judge."""
        found = self._one(ContentChecklist)
        return found.line if found else COMMON_LINES

    @property
    def check_lines(self) -> tuple[Line, ...]:
        """The check before a device is used."""
        found = self._one(PreUseCheck)
        return found.line if found else ()

    def guidance(self, *, at: str) -> tuple[Rule, ...]:
        """What the regulations advise, define or leave to judgement, for one of the pages (`guidance.PLACES`)."""
        return tuple(r for r in self.rules_of("guidance") if at in r.judge.at)  # type: ignore[attr-defined]

    def _one(self, kind: type[K]) -> K | None:
        return next((value for value in self.in_force.values() if isinstance(value, kind)), None)


def combined(rules: tuple[Rule, ...]) -> dict[tuple[str, tuple[object, ...]], Any]:
    """Rules of the same kind and slot joined, so that the stricter binds."""
    groups: dict[tuple[str, tuple[object, ...]], list[Any]] = {}
    for rule in rules:
        groups.setdefault((rule.kind, (*rule.judge.slot, rule.when)), []).append(rule.judge)
    return {key: reduce(lambda a, b: a.combine(b), values) for key, values in groups.items()}
