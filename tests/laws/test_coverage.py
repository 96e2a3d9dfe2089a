"""Coverage that counts: every clause is carried, planned or reasoned away, and a carried one is shown by a case or a test.

A rule is shown by its cases; what carries a clause besides is shown by a test that bears the clause's id (`clause` mark).
"""

import ast
import json
from collections import Counter
from functools import cache
from pathlib import Path

import click
import pytest
from tests.laws.cases import PACKS, every_case, rulebook

from liuhen.apps.oversight.registers import REGISTERS
from liuhen.apps.registry.policy import POLICY
from liuhen.engines.rules import review
from liuhen.engines.rules.facts import SCHEMA
from liuhen.engines.rules.reviewing import Carried, Review
from liuhen.interfaces.cli.packs import existing_carriers
from liuhen.server.commands import program
from liuhen.station.commands import station

ROOT = Path(__file__).parents[2]
KEYS = ("baimiaozi", "fuzhou", "nandagang", "subdistrict", "tonghua")
CASES = every_case()
GOOD, BAD = {"符合", "依规免除", "提示", "不适用"}, {"不符合", "无法判定", "提示", "不适用"}


@cache
def existing() -> dict[str, frozenset[str]]:
    """Everything a clause may name, from the repository itself."""
    commands = click.Group(commands={**program.commands, "station": station})
    return existing_carriers(ROOT, commands) | {
        "permission": frozenset(POLICY),
        "register": frozenset(REGISTERS),
    }


@cache
def reviewed(key: str) -> Review:
    return review(rulebook(key).packs[0], existing=existing())


@cache
def marked() -> dict[str, list[str]]:
    """Clause or reading -> the tests that bear its id."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for clause in _marks(node):
                    found.setdefault(clause, []).append(f"{file.relative_to(ROOT)}::{node.name}")
    return found


def _marks(function: ast.FunctionDef) -> list[str]:
    calls = [node for node in function.decorator_list if isinstance(node, ast.Call)]
    mine = [call for call in calls if ast.unparse(call.func) == "pytest.mark.clause"]
    return [arg.value for call in mine for arg in call.args if isinstance(arg, ast.Constant)]  # type: ignore[misc]


def every(how: str) -> list[Carried]:
    return [clause for key in KEYS for clause in reviewed(key).clauses if clause.how == how]


def test_no_clause_is_a_hole_and_the_figures_are_apart() -> None:
    counts = Counter(clause.how for key in KEYS for clause in reviewed(key).clauses)
    assert sum(counts.values()) == 440
    assert counts["hole"] == 0
    assert counts["carried"] >= 246, counts


@pytest.mark.parametrize("key", KEYS)
def test_what_the_pack_names_exists(key: str) -> None:
    assert [str(problem) for problem in reviewed(key).problems] == []


@pytest.mark.parametrize("clause", every("carried"), ids=lambda clause: clause.clause)
def test_carried_clause_is_shown_by_a_case_or_a_test(clause: Carried) -> None:
    rules = [name for name in clause.by if name.split()[0] in ("rule", "type", "guidance")]
    seen = {case.table["expect"] for case in CASES if clause.clause in case.clauses and _is_live(case)}
    if rules:
        assert seen & GOOD, f"{clause.clause} 没有一例符合"
        assert seen & BAD, f"{clause.clause} 没有一例不符合"
    if len(rules) < len(clause.by):
        assert marked().get(clause.clause), f"{clause.clause} 由 {clause.by} 承载，却没有带其编号的测试"


def _is_live(case: object) -> bool:
    return not case.law.unfilled  # type: ignore[attr-defined]


@pytest.mark.parametrize("clause", every("planned"), ids=lambda clause: clause.clause)
def test_planned_clause_whose_rule_is_written_has_its_cases(clause: Carried) -> None:
    if any(name.startswith("rule ") for name in clause.planned):
        seen = {case.table["expect"] for case in CASES if clause.clause in case.clauses}
        assert seen & GOOD
        assert seen & BAD


def test_case_is_of_a_clause_its_rule_rests_on() -> None:
    strangers = []
    for case in CASES:
        pack = rulebook(case.pack).packs[0]
        own = {c.clause for c in reviewed(case.pack).clauses if f" {case.rule}" in _names(c)}
        types = (
            {t.clause for t in pack.activity_types}
            if case.law.kind in ("must_record", "start_stop")
            else set()
        )
        strangers += [case.id for clause in case.clauses if clause not in own | types]
    assert strangers == []


def _names(clause: Carried) -> str:
    return "\n".join((*clause.by, *clause.planned)) + "\n"


def test_every_mark_names_a_clause_or_a_reading() -> None:
    clauses = {c.clause for key in KEYS for c in reviewed(key).clauses}
    readings = {r.id for key in KEYS for r in rulebook(key).packs[0].readings}
    assert set(marked()) - clauses - readings == set()


@pytest.mark.parametrize("number", range(1, 32))
def test_every_conflict_is_read_and_its_reading_has_a_case(number: int) -> None:
    reading = f"C-{number:02d}"
    assert [key for key in KEYS if reading in {r.id for r in rulebook(key).packs[0].readings}]
    shown = [case.id for case in CASES if case.table.get("reading") == reading]
    assert shown or marked().get(reading), reading


def test_fact_is_marked_filled_exactly_where_a_room_sets_it() -> None:
    """`filled` is held against the rooms: every keyword of every facts value that facts.py, subjects.py or handing.py makes."""
    shapes = {
        "RecordingFacts": "recording",
        "ActivityFacts": "activity",
        "CaseFacts": "case",
        "DeviceLoanFacts": "device_loan",
        "UnitFacts": "unit",
        "DeviceFacts": "device",
        "RoomFacts": "room",
        "DocumentFacts": "document",
        "InspectionFacts": "inspection",
        "ConductFacts": "conduct",
        "HandoverFacts": "handover",
    }
    rooms = ROOT / "src/liuhen/apps"
    files = [*rooms.glob("*/facts.py"), rooms / "oversight/subjects.py", rooms / "casework/handing.py"]
    found = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                subject = shapes.get(ast.unparse(node.func)) or _replaced(node)
                found |= {f"{subject}.{word.arg}" for word in node.keywords if subject}
    made = set(shapes.values())
    assert found == {path for path, fact in SCHEMA.items() if fact.filled}
    assert {path.partition(".")[0] for path in found} == made


def _replaced(node: ast.Call) -> str:
    """`replace(told, numbered_at=…)`: what a higher room knows of a recording, or of a unit or a case."""
    if ast.unparse(node.func) != "replace":
        return ""
    return _REPLACED.get(ast.unparse(node.args[0]), "recording")


_REPLACED = {"unit": "unit", "case": "case"}


@pytest.mark.reference
def test_coverage_command_prints_the_ids_of_the_register() -> None:
    from click.testing import CliRunner

    printed = CliRunner().invoke(program, ["pack", "coverage", "--json"])
    assert printed.exit_code == 0
    clauses = json.loads(printed.output)["clauses"]
    assert len({clause["id"] for clause in clauses}) == 440
    assert {path.name for path in PACKS.iterdir()} == {clause["pack"] for clause in clauses}
