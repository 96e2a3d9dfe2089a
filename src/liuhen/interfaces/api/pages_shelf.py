"""The shelf: every pack that could be adopted, with its state and its faults; and two packs compared, value by value.

A pack of the agency's own that does not load is shown with what is wrong, so that a jurist can mend it.
"""

from collections.abc import Iterator
from pathlib import Path

from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.permission import Place
from liuhen.engines.rules import load_pack, review
from liuhen.engines.rules.packs import Pack, Rule
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.law_words import rule_shown
from liuhen.interfaces.api.shapes import Action, Fact, State
from liuhen.interfaces.api.shapes_law import (
    ComparisonPage,
    PackOnShelf,
    PackTab,
    PairGroup,
    ParameterPair,
    RulePair,
    ShelfPage,
)
from liuhen.interfaces.api.words import RULE_TITLES
from liuhen.interfaces.office import pack_folders
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed

_NOTHING = "（没有规定）"


def shelf(asking: Asking) -> ShelfPage:
    return ShelfPage(
        says="这里是可以施行的规则包：随系统提供的，和本机关自己编写、放在数据目录 packs 文件夹里的。启用之前先试算，看清会改变什么。",
        packs=[_on_shelf(asking, folder) for folder in pack_folders(asking.office)],
    )


def loaded(asking: Asking, key: str) -> tuple[Path, Pack]:
    """A pack of the shelf by its key. `Gone` where there is none; `Malformed` where it does not load."""
    folder = next((f for f in pack_folders(asking.office) if f.name == key), None)
    if folder is None:
        raise Gone
    return folder, load_pack(folder)


def _on_shelf(asking: Asking, folder: Path) -> PackOnShelf:
    is_own = folder.parent != asking.office.packs
    source = "本机关编写" if is_own else "随系统提供"
    try:
        pack = load_pack(folder)
    except Malformed as error:
        return PackOnShelf(
            key=folder.name, version="", title=folder.name, issuer="", source=source, facts=[], problems=[str(error)],
            state=State(label="读不出", tone="breach"), actions=[],
        )  # fmt: skip
    found = review(pack)
    facts = [
        Fact(label="条款", value=f"{len(found.clauses)} 款，已编入 {found.count('carried')}"),
        Fact(label="规则", value=f"{len(pack.rules)} 条"),
        Fact(label="本机关设定", value=f"{len(pack.settings)} 项"),
    ]
    state, is_current = _state(asking, pack)
    return PackOnShelf(
        key=pack.head.key, version=pack.head.version, title=pack.head.title, issuer=pack.head.issuer, source=source,
        facts=facts, problems=[str(problem) for problem in found.problems], state=state,
        actions=_actions(asking, pack, is_current=is_current, has_problems=bool(found.problems)),
    )  # fmt: skip


def _state(asking: Asking, pack: Pack) -> tuple[State, bool]:
    agency, at = asking.officer.agency_id, asking.at
    for row in registry.packs_in_force(agency, at=at):
        if row.key == pack.head.key:
            is_same = row.version == pack.head.version
            label = "在用" if is_same else f"在用的是版本 {row.version}"
            return State(label=label, tone="action", reason=f"{shown(row.since)} 起"), is_same
    for row in registry.packs_to_come(agency, at=at):
        if row.key == pack.head.key:
            return State(
                label="待施行", tone="due", reason=f"自 {shown(row.since)} 起"
            ), row.version == pack.head.version
    return State(label="未启用"), False


def _actions(asking: Asking, pack: Pack, *, is_current: bool, has_problems: bool) -> list[Action]:
    key, top = pack.head.key, Place(asking.officer.agency_id, asking.officer.unit.path)
    found = [Action(key="compare", label="对照", to=f"/rules/comparison?other={key}")]
    if is_current:
        return [Action(key="open", label="逐条查看", to=f"/rules?pack={key}"), *found]
    if asking.may("law.simulate", top):
        found.append(Action(key="try", label="试算", to=f"/rules/trial?kind=activate&key={key}"))
    if asking.may("pack.activate", top):
        why = "规则包还有问题，改正后再启用。" if has_problems else None
        found.append(
            Action(
                key="activate",
                label="启用",
                main=True,
                form_url=f"/rules/activation?key={key}",
                unavailable=why,
            )
        )
    return found


# ── 对照 ───────────────────────────────────────────────────


def comparison(asking: Asking, one: str, other: str) -> ComparisonPage:
    """Two packs side by side; the first defaults to the one in force, the second to another."""
    packs = [pack for folder in pack_folders(asking.office) if (pack := _whole(folder)) is not None]
    if len(packs) < 2:
        raise Gone
    current = {row.key for row in registry.packs_in_force(asking.officer.agency_id, at=asking.at)}
    first = _named(packs, one) or next((p for p in packs if p.head.key in current), packs[0])
    second = _named(packs, other) or next(p for p in packs if p is not first)
    groups = [group for kind, title in RULE_TITLES.items() if (group := _group(first, second, kind, title))]
    differ = sum(group.differ for group in groups)
    return ComparisonPage(
        one=_tab(asking, first, chosen=True), other=_tab(asking, second, chosen=True),
        choices=[_tab(asking, pack, chosen=pack in (first, second)) for pack in packs],
        says=f"共 {sum(len(group.pairs) for group in groups)} 个事项，其中 {differ} 个不同。两边都空的参数不列。", groups=groups,
    )  # fmt: skip


def _whole(folder: Path) -> Pack | None:
    try:
        return load_pack(folder)
    except Malformed:
        return None


def _named(packs: list[Pack], key: str) -> Pack | None:
    return next((pack for pack in packs if pack.head.key == key), None)


def _tab(asking: Asking, pack: Pack, *, chosen: bool) -> PackTab:
    state, _ = _state(asking, pack)
    return PackTab(
        key=pack.head.key,
        version=pack.head.version,
        title=pack.head.title,
        state=state,
        since=None,
        until=None,
        chosen=chosen,
    )


def _group(one: Pack, other: Pack, kind: str, title: str) -> PairGroup | None:
    pairs = [_pair(one, other, kind, a, b) for a, b in _paired(one, other, kind)]
    differ = sum(not pair.same for pair in pairs)
    return PairGroup(title=title, pairs=pairs, differ=differ) if pairs else None


def _paired(one: Pack, other: Pack, kind: str) -> Iterator[tuple[Rule | None, Rule | None]]:
    """Rules on one matter stand side by side: first those of one slot, then what is left, in the order of the packs."""
    mine = [rule for rule in one.rules if rule.kind == kind]
    theirs = [rule for rule in other.rules if rule.kind == kind]
    rest: list[Rule] = []
    for rule in mine:
        match = next((r for r in theirs if r.judge.slot == rule.judge.slot and r.judge.slot), None)
        if match is None:
            rest.append(rule)
        else:
            theirs.remove(match)
            yield rule, match
    for rule in rest:
        near = next((r for r in theirs if r.when == rule.when), None)
        if near is not None:
            theirs.remove(near)
        yield rule, near
    yield from ((None, rule) for rule in theirs)


def _pair(one: Pack, other: Pack, kind: str, a: Rule | None, b: Rule | None) -> RulePair:
    mine, theirs = (rule_shown(one, a) if a else None), (rule_shown(other, b) if b else None)
    left = {fact.label: fact.value for fact in mine.parameters} if mine else {}
    right = {fact.label: fact.value for fact in theirs.parameters} if theirs else {}
    parameters = [
        ParameterPair(
            label=label,
            one=left.get(label, _NOTHING),
            other=right.get(label, _NOTHING),
            same=left.get(label) == right.get(label),
        )
        for label in dict.fromkeys((*left, *right))
    ]
    same = bool(mine and theirs) and all(pair.same for pair in parameters)
    return RulePair(
        kind=RULE_TITLES.get(kind, kind), one=mine, other=theirs, parameters=parameters, same=same
    )
