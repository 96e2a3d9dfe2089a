"""What an examination scores, and where its result is entered: from the packs in force, else the house's own short sheet."""

from collections.abc import Iterator, Mapping

from liuhen.engines.rules.kinds.required import Required
from liuhen.engines.rules.packs import Rule, Rulebook

# For kinds of checks about which no pack in force says anything.
OWN_SHEET: Mapping[str, str] = {
    "recorded": "应录事项是否记录", "complete": "记录全面、连续", "clear": "图像、声音清楚", "manner": "态度、用语、举止规范",
    "handling": "移交、关联、保管合规",
}  # fmt: skip
OWN_PLACES: Mapping[str, str] = {
    "archive": "执法档案", "assessment": "考核评议", "correction": "纠正情况", "complaint": "投诉处理结果，或者注明没有投诉",
}  # fmt: skip


def sheet_of(law: Rulebook | None, kind: str) -> dict[str, str]:
    """The items this kind of check scores, code -> words."""
    return _lines(law, kind, "items") or dict(OWN_SHEET)


def places_of(law: Rulebook | None, kind: str) -> dict[str, str]:
    """Where its result may be entered; what a pack asks for comes first."""
    return _lines(law, kind, "entered") | dict(OWN_PLACES)


def rests_on(law: Rulebook | None, kind: str) -> list[Rule]:
    """The rules the sheet comes from."""
    return list(_rules(law, kind, "items"))


def _lines(law: Rulebook | None, kind: str, fact: str) -> dict[str, str]:
    return {
        need.code: need.label
        for rule in _rules(law, kind, fact)
        if isinstance(rule.judge, Required)
        for need in rule.judge.line
    }


def _rules(law: Rulebook | None, kind: str, fact: str) -> Iterator[Rule]:
    for rule in law.rules_of("required") if law else ():
        judge = rule.judge
        if (
            isinstance(judge, Required)
            and str(judge.found) == f"inspection.{fact}"
            and _speaks_of(rule, kind)
        ):
            yield rule


def _speaks_of(rule: Rule, kind: str) -> bool:
    return any(condition.one_of and kind in condition.one_of for condition in rule.when)
