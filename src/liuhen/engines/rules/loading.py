"""Reads a rule pack from its folder: every .toml beside pack.toml belongs to it. Strict; see docs/formats/rulepack.md.

The only part of this engine that opens files.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from liuhen.engines.rules.conditions import When
from liuhen.engines.rules.decoding import Place, check_keys, decode, one_of_these
from liuhen.engines.rules.duties import ActivityType
from liuhen.engines.rules.facts import ROLES
from liuhen.engines.rules.kinds import KINDS
from liuhen.engines.rules.kinds.approver_chain import ApproverChain
from liuhen.engines.rules.kinds.deadline import Deadline
from liuhen.engines.rules.kinds.interruption import Interruption
from liuhen.engines.rules.kinds.lines import Need
from liuhen.engines.rules.kinds.may_skip import MaySkip
from liuhen.engines.rules.kinds.must_record import MustRecord
from liuhen.engines.rules.kinds.required import Required
from liuhen.engines.rules.kinds.sequence import Sequence
from liuhen.engines.rules.kinds.start_stop import StartStop
from liuhen.engines.rules.packs import AgencySetting, Clause, Head, NotEncoded, Pack, Reading, Rule, Stage
from liuhen.kernel.citations import Citation
from liuhen.kernel.errors import Malformed

_LISTS = {
    "clause": "id",
    "not_encoded": "clause",
    "agency_setting": "key",
    "reading": "id",
    "activity_type": "code",
    "rule": "id",
}
_TITLES = {
    "clause": "条款",
    "not_encoded": "不编码的条款",
    "agency_setting": "本机关设定",
    "reading": "读法",
    "activity_type": "活动类型",
    "rule": "规则",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """The keys every rule has, whatever its kind."""

    id: str
    kind: str
    clause: str
    cite: str
    says: str
    when: When = ()
    also: tuple[str, ...] = ()
    guards: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One table of a list, with the place it was found."""

    place: Place
    table: dict[str, Any]


_COMMON = {field.name for field in fields(_Common)}


def load_pack(folder: Path, *, settings: Mapping[str, str] | None = None) -> Pack:
    """The pack in `folder`, compiled. `settings` are the office's own values for the pack's agency settings.

    Raises `Malformed` naming the file, the entry and the key, with what was probably meant.
    """
    head_place, top, entries = _read(folder)
    head = decode(Head, top.get("pack"), head_place.inside("[pack]"))
    terms = decode_terms(top.get("terms", {}), head_place.inside("[terms]"))
    clauses = _each(Clause, entries["clause"])
    declared = _each(AgencySetting, entries["agency_setting"])
    values = _setting_values(declared, settings or {}, head_place)
    articles = {clause.id: clause.article for clause in clauses}
    types = _each(ActivityType, entries["activity_type"])
    rules = _titled(tuple(_rule(entry, head, values) for entry in entries["rule"]), terms)
    pack = Pack(
        head=head,
        terms=terms,
        clauses=clauses,
        not_encoded=_each(NotEncoded, entries["not_encoded"]),
        settings=declared,
        readings=_each(Reading, entries["reading"]),
        activity_types=types,
        rules=_bound(
            rules, types, {clause: Citation(head.title, articles[clause], clause) for clause in articles}
        ),
        articles=articles,
    )
    _check_clauses(pack, entries)
    return pack


def _read(folder: Path) -> tuple[Place, dict[str, Any], dict[str, list[Entry]]]:
    files = sorted(folder.glob("*.toml"), key=lambda file: (file.name != "pack.toml", file.name))
    if not files or files[0].name != "pack.toml":
        raise Malformed(f"{folder} 里没有 pack.toml", do="规则包是一个文件夹，其中须有 pack.toml。")
    entries: dict[str, list[Entry]] = {name: [] for name in _LISTS}
    tops: dict[str, Any] = {}
    for file in files:
        place = Place(f"{folder.name}/{file.name}")
        top = _toml(file, place)
        allowed = {*_LISTS, "pack", "terms"} if file.name == "pack.toml" else _LISTS
        check_keys(top, allowed, place)
        for name in _LISTS:
            entries[name] += _entries(name, top.get(name, []), place)
        tops |= {name: top[name] for name in ("pack", "terms") if name in top}
    _no_twins(entries)
    return Place(f"{folder.name}/pack.toml"), tops, entries


def _toml(file: Path, place: Place) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        place.reject(f"不是合格的 TOML：{error}", do="请核对括号、引号和编码（UTF-8）。")


def _entries(name: str, tables: object, place: Place) -> Iterator[Entry]:
    if not isinstance(tables, list):
        place.reject(f"“{name}”应写成 [[{name}]]", do="请用双方括号。")
    for number, table in enumerate(tables, 1):
        if not isinstance(table, dict):
            place.reject(f"“{name}”应写成 [[{name}]]", do="请用双方括号。")
        label = table.get(_LISTS[name], f"第 {number} 项")
        yield Entry(place.inside(f"{_TITLES[name]}“{label}”"), table)


def _no_twins(entries: dict[str, list[Entry]]) -> None:
    for name, key in _LISTS.items():
        seen: set[object] = set()
        for entry in entries[name]:
            value = entry.table.get(key)
            if value in seen:
                entry.place.reject(f"{key} 重复：“{value}”已经用过", do="请换一个，或者删去多余的一份。")
            seen.add(value)


def decode_terms(table: object, place: Place) -> dict[str, str]:
    """The office's own words: free keys, text values."""
    if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
        place.reject("应是“词 = 文字”的表", do="请逐项写成 device_keeper = “记录仪管理员”这样。")
    return dict(table)


def _each(shape: type[Any], entries: list[Entry]) -> tuple[Any, ...]:
    return tuple(decode(shape, entry.table, entry.place) for entry in entries)


def _setting_values(
    declared: tuple[AgencySetting, ...], given: Mapping[str, str], place: Place
) -> dict[str, str | None]:
    values = {setting.key: setting.default for setting in declared}
    for key, value in given.items():
        if key not in values:
            place.reject(f"没有“{key}”这一本机关设定", do=one_of_these(key, values))
        values[key] = value
    for setting in declared:
        chosen = values[setting.key]
        if setting.choices and chosen is not None and chosen not in setting.choices:
            place.inside(f"本机关设定“{setting.key}”").reject(
                f"不能是“{chosen}”", do=one_of_these(chosen, setting.choices)
            )
    return values


def _rule(entry: Entry, head: Head, values: Mapping[str, str | None]) -> Rule:
    kind = entry.table.get("kind")
    if kind is None:
        entry.place.reject("没有写是哪一种规则", do=f"请写 kind。可用的有：{'、'.join(sorted(KINDS))}。")
    if not isinstance(kind, str) or kind not in KINDS:
        entry.place.reject(f"没有“{kind}”这一种规则", do=one_of_these(str(kind), KINDS))
    shape = KINDS[kind]
    own = {f.name for f in fields(shape) if not f.metadata.get("given")}
    check_keys(entry.table, own | _COMMON, entry.place)
    used: list[str] = []
    table = _settled(entry.table, values, used, entry.place)
    judge = decode(shape, {k: v for k, v in table.items() if k in own}, entry.place)
    common = decode(_Common, {k: v for k, v in table.items() if k in _COMMON}, entry.place)
    citation = Citation(head.title, common.cite, common.clause)
    return Rule(
        **{f.name: getattr(common, f.name) for f in fields(common)},
        judge=judge, citation=citation, pack=head, settings=tuple(used), file=str(entry.place),
    )  # fmt: skip


def _settled(value: Any, values: Mapping[str, str | None], used: list[str], place: Place) -> Any:
    """`value` with each `{ setting = "…" }` replaced; a key whose setting has no value is left out."""
    if isinstance(value, list):
        return [_settled(item, values, used, place) for item in value]
    if not isinstance(value, dict):
        return value
    settled = {}
    for key, item in value.items():
        if isinstance(item, dict) and set(item) == {"setting"}:
            name = item["setting"]
            if name not in values:
                place.inside(f"键“{key}”").reject(
                    f"没有“{name}”这一本机关设定", do=one_of_these(str(name), values)
                )
            used.append(name)
            if values[name] is not None:
                settled[key] = _number_or_text(values[name])
        else:
            settled[key] = _settled(item, values, used, place)
    return settled


def _number_or_text(value: str | None) -> object:
    """Settings are texts; a whole number among them is a number in the rule."""
    return int(value) if value is not None and value.isdecimal() else value


def _titled(rules: tuple[Rule, ...], terms: Mapping[str, str]) -> tuple[Rule, ...]:
    """Chains whose steps bear the office's own name for the role where the regulation gives none."""

    def named(chain: ApproverChain) -> dict[str, Any]:
        own = {**ROLES, **terms}
        return {"step": tuple(replace(s, title=s.title or own.get(s.role, s.role)) for s in chain.step)}

    return _with(rules, (ApproverChain,), named)


def _bound(
    rules: tuple[Rule, ...], types: tuple[ActivityType, ...], cites: Mapping[str, Citation]
) -> tuple[Rule, ...]:
    """The rules with what they need of one another: chains, exemptions, interruptions, duties, citations."""
    roles = {
        rule.judge.purpose: tuple(step.role for step in rule.judge.steps(()))
        for rule in rules
        if isinstance(rule.judge, ApproverChain)
    }
    rules = _with(rules, (MaySkip, Interruption), lambda kind: {"roles": roles.get(kind.chain, ())})
    rules = _with(
        rules, (Deadline,), lambda kind: {"cites": _cited(((r.clause, r.clause) for r in kind.relief), cites)}
    )
    rules = _with(rules, (Required,), lambda kind: {"cites": _cited_lines(kind.line, cites)})
    rules = _with(rules, (Sequence,), lambda kind: {"cites": _cited_lines(kind.step, cites)})
    skip = next((r.judge for r in rules if isinstance(r.judge, MaySkip)), None)
    stop = next((r.judge for r in rules if isinstance(r.judge, Interruption)), None)
    items = _cited(((kind.code, kind.clause) for kind in types), cites)
    law = {"types": types, "cites": items, "skip": skip, "interruption": stop}
    rules = _with(rules, (MustRecord,), lambda _: law)
    duties = tuple(rule.judge for rule in rules if isinstance(rule.judge, MustRecord))
    rules = _with(rules, (MustRecord,), lambda kind: {"stricter": _above(kind, duties)})
    return _with(rules, (StartStop,), lambda _: {"duties": duties, "skip": skip, "interruption": stop})


def _cited(
    named: Iterable[tuple[str, str]], cites: Mapping[str, Citation]
) -> tuple[tuple[str, Citation], ...]:
    """Names with the citations of their clauses; an unknown clause is refused later, with its place."""
    return tuple((name, cites[clause]) for name, clause in named if clause in cites)


def _cited_lines(lines: Iterable[Need], cites: Mapping[str, Citation]) -> tuple[tuple[str, Citation], ...]:
    return _cited(((line.clause, line.clause) for line in lines), cites)


def _above(kind: MustRecord, duties: tuple[MustRecord, ...]) -> tuple[MustRecord, ...]:
    return tuple(other for other in duties if other.duty.strength > kind.duty.strength)


def _with(
    rules: tuple[Rule, ...], shapes: tuple[type[Any], ...], what: Callable[[Any], dict[str, Any]]
) -> tuple[Rule, ...]:
    return tuple(
        replace(rule, judge=replace(rule.judge, **what(rule.judge)))
        if isinstance(rule.judge, shapes)
        else rule
        for rule in rules
    )


def _check_clauses(pack: Pack, entries: dict[str, list[Entry]]) -> None:
    """Every clause a rule, relief, step, ground or line rests on is in the pack's own list."""
    for name in ("not_encoded", "agency_setting", "reading", "activity_type", "rule"):
        for entry in entries[name]:
            for clause in clauses_named(entry.table):
                if clause not in pack.articles:
                    entry.place.reject(
                        f"条款“{clause}”不在本规则包的条款表里", do=_meant(clause, pack.articles)
                    )


def _meant(clause: str, articles: Mapping[str, str]) -> str:
    near = [c for c in articles if c.split(".")[0] == clause.split(".", maxsplit=1)[0]] or list(articles)[:12]
    return one_of_these(clause, near)


def clauses_named(value: object) -> Iterator[str]:
    """The clause ids an entry names, at any depth (`clause` and `also`)."""
    if isinstance(value, list):
        for item in value:
            yield from clauses_named(item)
    elif isinstance(value, dict):
        named = [value.get("clause")]
        also = value.get("also")
        named += also if isinstance(also, list) else []
        yield from (str(clause) for clause in named if clause)
        for key, item in value.items():
            if key not in ("clause", "also"):
                yield from clauses_named(item)
