"""The law in force, article by article: what it asks in our words, its own text where attached, what carries it, how we stand.

Each number of this month leads to the rows behind it. With several packs in force each is a tab of its own.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta

from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.registers import REGISTERS
from liuhen.apps.oversight.rounds import newest_round
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry import statutes
from liuhen.apps.registry.law import pack_as_adopted
from liuhen.apps.registry.models import AgencySetting as AgencySettingRow
from liuhen.apps.registry.models import LawChange, PackInForce
from liuhen.apps.registry.permission import Place
from liuhen.engines.rules import review
from liuhen.engines.rules.packs import AgencySetting, NotEncoded, Pack, Reading, Rulebook
from liuhen.engines.rules.proofreading import proofread
from liuhen.engines.rules.reviewing import Carried
from liuhen.engines.rules.text import Passage, Statute
from liuhen.interfaces.api.answers import Gone, cite_of
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.law_words import cite, rule_shown, setting_word
from liuhen.interfaces.api.shapes import Action, Fact, State
from liuhen.interfaces.api.shapes_law import (
    ArticleShown,
    ClauseShown,
    NotEncodedShown,
    PackTab,
    PassageShown,
    ReadingShown,
    RoundShown,
    RulesPage,
    SettingShown,
    Standing,
    TextAttached,
    TextLine,
    Waiting,
)
from liuhen.interfaces.api.words import VERDICT_TONES
from liuhen.kernel.clock import BEIJING, shown
from liuhen.kernel.errors import Malformed, Refused, Tampered

_ORDER = ("不符合", "无法判定", "未到期", "依规免除", "符合")
_HOW = {
    "carried": State(label="已编入", tone="action"), "planned": State(label="待编入"),
    "not_encoded": State(label="不编入", tone="plain"), "hole": State(label="遗漏", tone="breach"),
}  # fmt: skip

# The sorts of carriers, as the office calls what they stand for.
_SORTS = {
    "rule": "规则", "type": "活动类型", "guidance": "指引", "reading": "读法", "form": "文书格式", "register": "台账",
    "permission": "权限控制", "route": "系统功能", "command": "核验和维护程序", "test": "自动检验",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the Beijing calendar, as the address writes it: 2026-11."""

    text: str
    since: datetime
    until: datetime


def rules(asking: Asking, *, pack: str, month: str) -> RulesPage:
    """The page; before the first activation it says so and how to begin."""
    try:
        law = asking.law
    except (Refused, Tampered) as error:
        return _without_law(asking, error)
    chosen = next((p for p in law.packs if p.head.key == pack), law.packs[0])
    span = month_of(month, at=asking.at)
    statute = statutes.statute_of(asking.officer.agency_id, chosen.head.key, chosen.head.version)
    row = _row_of(asking, chosen)
    return RulesPage(
        title=chosen.head.title,
        state=State(label="在用", tone="action"),
        says="逐条列出：条文要求什么（我们自己的话）、由什么承载、本月在您可见范围内办得如何。点数字看各件，点条号看原文。",
        facts=_head_facts(chosen, row),
        packs=_tabs(asking, law, chosen),
        month=span.text,
        months=_months(asking.at),
        waiting=[_waiting(change) for change in registry.changes_waiting(asking.officer.agency_id)],
        round=_round(asking),
        text=_text(asking, chosen, statute, row),
        articles=_articles(asking, chosen, statute, span),
        settings=_settings(asking, chosen),
        readings=[_reading(chosen, reading) for reading in chosen.readings],
        not_encoded=[_not_encoded(chosen, one) for one in chosen.not_encoded],
        actions=_actions(asking, chosen),
        attach_to=f"{chosen.head.key}@{chosen.head.version}" if _may(asking, "statute.attach") else None,
    )


def passage(asking: Asking, clause: str) -> PassageShown:
    """One cited place: the article's own text beside our words; absent for a clause no pack in force has."""
    law = asking.law_or_none
    pack = next((p for p in law.packs if clause in p.articles), None) if law else None
    if pack is None or law is None:
        raise Gone
    says = next(c.says for c in pack.clauses if c.id == clause)
    found = statutes.passage_of(asking.officer.agency_id, law, clause)
    note = "本机关还没有附上这部制度的原文；以上是我们自己的话。法制审核人员可在“制度”页附上。"
    return PassageShown(
        cite=cite(pack.cite(clause)), says=says, heading=found.heading if found else "",
        lines=_lines(found), note=found.note if found else note,
        to=f"/rules?pack={pack.head.key}#{_anchor(pack.articles[clause])}",
    )  # fmt: skip


def month_of(text: str, *, at: datetime) -> Month:
    """Raises `Malformed` for anything but a month."""
    told = text or f"{at.astimezone(BEIJING):%Y-%m}"
    try:
        first = datetime.strptime(told, "%Y-%m").replace(tzinfo=BEIJING)
    except ValueError as error:
        raise Malformed("月份应写作 2026-11", do="请重新选择月份。") from error
    return Month(told, first, first + timedelta(days=monthrange(first.year, first.month)[1]))


# ── 页首 ───────────────────────────────────────────────────


def _without_law(asking: Asking, error: Refused | Tampered) -> RulesPage:
    is_refused = isinstance(error, Refused)
    return RulesPage(
        title="尚未启用制度" if is_refused else "制度文件与启用时不同",
        state=State(label="未启用", tone="due" if is_refused else "breach"), says=f"{error.why}。{error.do}", facts=[],
        packs=[_tab(row, "待施行", chosen=False) for row in registry.packs_to_come(asking.officer.agency_id, at=asking.at)],
        month="", months=[], waiting=[], round=None, text=None, articles=[], settings=[], readings=[], not_encoded=[],
        actions=[Action(key="shelf", label="选择规则包", main=True, to="/rules/shelf")], attach_to=None,
    )  # fmt: skip


def _row_of(asking: Asking, pack: Pack) -> PackInForce | None:
    adopted = registry.packs_in_force(asking.officer.agency_id, at=asking.at)
    return next((row for row in adopted if row.key == pack.head.key), None)


def _head_facts(pack: Pack, row: PackInForce | None) -> list[Fact]:
    found = review(pack)
    facts = [
        Fact(label="发布机关", value=pack.head.issuer),
        Fact(label="版本", value=f"{pack.head.key}@{pack.head.version}"),
        Fact(
            label="条款",
            value=f"{len(found.clauses)} 款：已编入 {found.count('carried')}，待编入 {found.count('planned')}，不编入 {found.count('not_encoded')}",
        ),
    ]
    if row is not None:
        facts.append(Fact(label="启用", value=shown(row.since)))
        if row.until:
            facts.append(Fact(label="施行至", value=shown(row.until), tone="due"))
    if pack.head.note:
        facts.append(Fact(label="文本说明", value=pack.head.note))
    if row is not None:
        facts.append(Fact(label="文件摘要", value=row.digest, mono=True))
    return facts


def _tabs(asking: Asking, law: Rulebook, chosen: Pack) -> list[PackTab]:
    rows = {row.key: row for row in registry.packs_in_force(asking.officer.agency_id, at=asking.at)}
    tabs = [
        PackTab(
            key=p.head.key, version=p.head.version, title=p.head.title, state=State(label="在用", tone="action"),
            since=rows[p.head.key].since, until=rows[p.head.key].until, chosen=p is chosen,
        )
        for p in law.packs
    ]  # fmt: skip
    coming = registry.packs_to_come(asking.officer.agency_id, at=asking.at)
    return tabs + [_tab(row, "待施行", chosen=False) for row in coming]


def _tab(row: PackInForce, label: str, *, chosen: bool) -> PackTab:
    return PackTab(
        key=row.key, version=row.version, title=row.key, state=State(label=label, tone="due"), since=row.since,
        until=row.until, chosen=chosen,
    )  # fmt: skip


def _months(at: datetime) -> list[str]:
    """This month and the eleven before it."""
    index = at.astimezone(BEIJING).year * 12 + at.astimezone(BEIJING).month - 1
    return [f"{year}-{month + 1:02d}" for year, month in (divmod(index - n, 12) for n in range(12))]


def _waiting(change: LawChange) -> Waiting:
    state = State(label="待批准", tone="due") if not change.approval else State(label="已批准", tone="action")
    return Waiting(
        says=f"{change.get_what_display()}“{change.key}{f'@{change.version}' if change.version else ''}"
        f"{f' = {setting_word(change.value)}' if change.value else ''}”将缩短 {len(change.shortened)} 类音像记录的保存期限，"
        "须另一人批准；批准之前不生效。",
        state=state, lines=[f"{c['class']}：{c['before']} → {c['after']}" for c in change.shortened], since=change.since,
    )  # fmt: skip


def _round(asking: Asking) -> RoundShown | None:
    row = newest_round(asking.officer.agency_id)
    if row is None or row.finished_at is not None:
        return None
    return RoundShown(
        says=f"制度变动之后正在全面重判：已判 {row.done} 件，共约 {row.total} 件。",
        done=row.done,
        total=row.total,
    )


def _may(asking: Asking, action: str) -> bool:
    return asking.may(action, Place(asking.officer.agency_id, asking.officer.unit.path))


def _actions(asking: Asking, pack: Pack) -> list[Action]:
    found = [Action(key="shelf", label="全部规则包", to="/rules/shelf")]
    if _may(asking, "pack.activate"):
        found.append(Action(key="end", label="终止施行", form_url=f"/rules/ending?key={pack.head.key}"))
    return found


# ── 原文 ───────────────────────────────────────────────────


def _text(
    asking: Asking, pack: Pack, statute: Statute | None, adopted: PackInForce | None
) -> TextAttached | None:
    row = next(
        (
            t
            for t in statutes.texts_of(asking.officer.agency_id, pack.head.key)
            if t.version == pack.head.version
        ),
        None,
    )
    if row is None or statute is None:
        return None
    names = registry.names_of([row.attached_by])
    plain = pack_as_adopted(pack.head.key, adopted.digest, packs=asking.office.packs) if adopted else pack
    counts = [(level, statute.count(level)) for level in ("编", "章", "节")]
    told = [Fact(label=level, value=str(n)) for level, n in counts if n]
    told += [
        Fact(label="条", value=str(len(statute.articles))),
        Fact(label="项、目", value=str(statute.items)),
    ]
    told += [
        Fact(label=annex.title or annex.printed, value=f"{len(annex.rows)} 行")
        for annex in statute.annexes
        if annex.rows
    ]
    return TextAttached(
        name=row.name, attached_at=row.attached_at, by=names.get(row.attached_by, "本机终端"), digest=row.digest, counts=told,
        oddities=[str(odd) for odd in statute.oddities], slips=[str(slip) for slip in proofread(plain, statute)],
    )  # fmt: skip


def _lines(found: Passage | None) -> list[TextLine]:
    if found is None:
        return []
    return [TextLine(text=line.text, depth=line.depth, cited=line.cited) for line in found.lines]


# ── 逐条 ───────────────────────────────────────────────────


def _articles(asking: Asking, pack: Pack, statute: Statute | None, month: Month) -> list[ArticleShown]:
    """The clauses under their articles, in the order of the pack."""
    standing = _standing(asking, pack, month)
    groups: dict[str, list[Carried]] = {}
    for clause in review(pack).clauses:
        groups.setdefault(_article_of(clause.article), []).append(clause)
    return [_article(pack, statute, printed, clauses, standing, month) for printed, clauses in groups.items()]


def _article(
    pack: Pack, statute: Statute | None, printed: str, clauses: list[Carried],
    standing: dict[str, dict[str, int]], month: Month,
) -> ArticleShown:  # fmt: skip
    found = statute.passage(printed) if statute else None
    return ArticleShown(
        anchor=_anchor(printed), printed=printed, heading=found.heading if found else "", lines=_lines(found),
        clauses=[_clause(pack, clause, standing.get(clause.clause, {}), month) for clause in clauses],
    )  # fmt: skip


def _clause(pack: Pack, clause: Carried, counts: dict[str, int], month: Month) -> ClauseShown:
    carriers = list(clause.by) if clause.how == "not_encoded" else _carriers(pack, clause)
    return ClauseShown(
        id=clause.clause, cite=cite(pack.cite(clause.clause)), says=clause.says,
        how=_HOW.get(clause.how, State(label=clause.how)), carriers=carriers,
        rules=[rule_shown(pack, rule) for rule in pack.rules if rule.clause == clause.clause],
        standing=[_stands(pack, clause.clause, verdict, counts[verdict], month) for verdict in _ORDER if counts.get(verdict)],
        readings=[Fact(label=r.how, value=r.why) for r in pack.readings if r.clause == clause.clause],
    )  # fmt: skip


def _carriers(pack: Pack, clause: Carried) -> list[str]:
    """What carries a clause besides its rules, which stand below it; and what will."""
    told = [_carrier(pack, name) for name in clause.by]
    coming = dict.fromkeys(_SORTS[name.partition(" ")[0]] for name in clause.planned)
    return [*dict.fromkeys(filter(None, told)), *([f"待建的{'、'.join(coming)}"] if coming else [])]


def _carrier(pack: Pack, name: str) -> str:
    """In words of the office; empty for what the page shows anyway. An activity type and a register by their names."""
    sort, _, code = name.partition(" ")
    if sort in ("rule", "guidance", "reading"):
        return ""
    if sort == "type":
        label = next((kind.label for kind in pack.activity_types if kind.code == code), "")
    else:
        label = REGISTERS[code].title if sort == "register" else ""
    return f"{_SORTS[sort]}“{label}”" if label else _SORTS[sort]


def _stands(pack: Pack, clause: str, verdict: str, count: int, month: Month) -> Standing:
    to = f"/rules/rows?pack={pack.head.key}&clause={clause}&verdict={verdict}&month={month.text}"
    return Standing(state=State(label=verdict, tone=VERDICT_TONES[verdict]), count=count, to=to)


def _standing(asking: Asking, pack: Pack, month: Month) -> dict[str, dict[str, int]]:
    if not asking.can("finding.view"):
        return {}
    return oversight.standing_of_clauses(
        asking.by, at=asking.at, pack=pack.head.key, since=month.since, until=month.until
    )


def _article_of(place: str) -> str:
    """第十四条（二）2、 stands in 第十四条; an annex's rows in the annex."""
    if place.startswith("附件"):
        return place.partition(" 序号")[0]
    article, found, rest = place.partition("条")
    twin = rest[: 2 if rest.startswith("#") else 0]
    return f"{article}{found}{twin}"


def _anchor(place: str) -> str:
    return _article_of(place).replace(" ", "-").replace("#", "-")


# ── 设定、理解、未编入 ─────────────────────────────────────


def _settings(asking: Asking, pack: Pack) -> list[SettingShown]:
    history = registry.setting_history(asking.officer.agency_id)
    return [_setting(asking, pack, setting, history.get(setting.key, [])) for setting in pack.settings]


def _setting(
    asking: Asking, pack: Pack, setting: AgencySetting, rows: list[AgencySettingRow]
) -> SettingShown:
    default = setting_word(setting.default) if setting.default is not None else "尚未确定"
    current = next((row for row in rows if row.since <= asking.at), None)
    action = Action(
        key=f"set-{setting.key}",
        label="更改",
        form_url=f"/rules/setting?pack={pack.head.key}&key={setting.key}",
    )
    return SettingShown(
        key=setting.key, label=setting.label, value=setting_word(current.value) if current else default,
        default_value=default, why=setting.why, since=current.since if current else None,
        history=[f"{shown(row.since)} 起 {setting_word(row.value)}{'（待生效）' if row.since > asking.at else ''}" for row in rows],
        cite=cite_of(pack.cite(setting.clause)), action=action if _may(asking, "setting.write") else None,
    )  # fmt: skip


def _reading(pack: Pack, reading: Reading) -> ReadingShown:
    says = {clause.id: clause.says for clause in pack.clauses}
    return ReadingShown(
        cite=cite(pack.cite(reading.clause)),
        question=says.get(reading.clause, ""),
        reading=reading.how,
        why=reading.why,
    )


def _not_encoded(pack: Pack, one: NotEncoded) -> NotEncodedShown:
    says = {clause.id: clause.says for clause in pack.clauses}
    return NotEncodedShown(cite=cite(pack.cite(one.clause)), says=says.get(one.clause, ""), why=one.reason)
