"""The glossary: one English word for one official term, every table, role and kind of rule in it, every clause real."""

import re
import tomllib
from typing import Any

import pytest
from django.apps import apps
from tests.house.tree import ROOT

from liuhen.apps.registry.policy import ROLES
from liuhen.engines.rules import facts
from liuhen.engines.rules.kinds import KINDS

TERMS: list[dict[str, Any]] = tomllib.loads((ROOT / "glossary.toml").read_text("utf-8"))["term"]
FOREIGN = ("auth", "contenttypes", "sessions", "axes")
CLAUSES = {
    clause["id"]
    for path in (ROOT / "rulepacks").glob("*/clauses.toml")
    for clause in tomllib.loads(path.read_text("utf-8"))["clause"]
}
# The words that style and design name: one word per concept, everywhere.
HOUSE_WORDS = {
    "recording": "音像记录", "document": "文书", "officer": "执法人员", "party": "当事人", "case": "案件", "stage": "环节",
    "interruption": "记录中断", "explanation": "情况说明", "device": "音像记录设备", "hand-out": "领用", "keeping period": "保存期限",
    "finding": "合规结论", "dossier": "归档包",
}  # fmt: skip


def named(key: str) -> dict[str, str]:
    return {term[key]: term["chinese"] for term in TERMS if key in term}


def test_each_term_has_one_word_and_each_word_one_term() -> None:
    for key in ("english", "chinese", "table", "role", "rule"):
        words = [term[key] for term in TERMS if key in term]
        assert sorted(words) == sorted(set(words)), key


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term["english"])
def test_term_is_english_and_chinese_and_rests_on_a_clause_or_says_why_not(term: dict[str, Any]) -> None:
    assert set(term) <= {"english", "chinese", "table", "role", "rule", "clause", "note"}
    assert re.fullmatch(r"[a-z][a-z -]*", term["english"])
    assert re.fullmatch(r"[\u4e00-\u9fff、]+", term["chinese"])
    assert term.get("clause") or term.get("note")
    assert set(term.get("clause", [])) <= CLAUSES


def test_every_table_is_in_the_glossary() -> None:
    tables = {m._meta.label for m in apps.get_models() if m._meta.app_label not in FOREIGN}
    assert set(named("table")) == tables


def test_every_role_is_in_the_glossary_under_its_title() -> None:
    assert named("role") == dict(ROLES)


def test_every_role_a_rule_may_ask_for_is_in_the_glossary() -> None:
    english = {term["english"].replace(" ", "_") for term in TERMS}
    assert set(facts.ROLES) <= english


def test_every_kind_of_rule_is_in_the_glossary() -> None:
    assert set(named("rule")) == set(KINDS)


def test_words_of_the_house_are_what_the_glossary_says() -> None:
    told = {term["english"]: term["chinese"] for term in TERMS}
    assert {word: told.get(word) for word in HOUSE_WORDS} == HOUSE_WORDS


def test_table_is_named_by_its_word() -> None:
    """A class and its English word are the same word, but where the glossary's note says more."""
    differs = {
        term["table"]: term["english"]
        for term in TERMS
        if "table" in term
        and term["table"].rpartition(".")[2].lower() != term["english"].title().replace(" ", "").lower()
    }
    assert differs == {"evidence.Derived": "derived copy"}
