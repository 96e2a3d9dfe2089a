"""The house rules: proved on their own examples, then held against every file."""

import pytest
from tests.house.rules import NO_INNER_IMPORTS, NO_SETTINGS, RULES, Rule
from tests.house.tree import SOURCES, below

EXAMPLES = [(rule, text, breaks) for rule in RULES for breaks, texts in ((True, rule.bad), (False, rule.good)) for text in texts]  # fmt: skip
SERVER_MAY = {
    NO_INNER_IMPORTS.name: "server 按命令装配各部分，用到才导入",
    NO_SETTINGS.name: "设置就在这里读",
}


@pytest.mark.parametrize(
    ("rule", "text", "breaks"), EXAMPLES, ids=lambda given: getattr(given, "name", str(given)[:40])
)
def test_rule_knows_its_own_examples(rule: Rule, text: str, breaks: bool) -> None:
    assert bool(rule.breaches(text)) is breaks
    assert rule.why.endswith("。")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_house_keeps_its_rule(rule: Rule) -> None:
    found = []
    for path in SOURCES:
        name = below(path)
        if name.startswith("server/") and rule.name in SERVER_MAY:
            continue
        if name.startswith(rule.where) and name not in rule.exempt:
            found += [f"src/liuhen/{name}:{line}" for line in rule.breaches(path.read_text("utf-8"))]
    assert found == [], rule.why


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.exempt], ids=lambda rule: rule.name)
def test_exception_is_still_needed(rule: Rule) -> None:
    """The list of exceptions may only shrink."""
    by_name = {below(path): path for path in SOURCES}
    for name, reason in rule.exempt.items():
        assert reason
        assert name in by_name, f"{name} 已不存在，请删去这条例外"
        assert rule.breaches(by_name[name].read_text("utf-8")), f"{name} 已不需要例外，请删去"
