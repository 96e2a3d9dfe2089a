"""What is not written down does not exist: every key, kind, fact and word of the format stands in its document."""

from dataclasses import fields
from pathlib import Path

import pytest

from liuhen.engines.rules.duties import ActivityType, Duty
from liuhen.engines.rules.facts import SCHEMA, ExemptionFacts, InterruptionFacts
from liuhen.engines.rules.kinds import KINDS
from liuhen.engines.rules.kinds.approver_chain import Step
from liuhen.engines.rules.kinds.deadline import Relief
from liuhen.engines.rules.kinds.may_skip import Ground
from liuhen.engines.rules.packs import AgencySetting, Clause, Head, NotEncoded, Reading

TEXT = (Path(__file__).parents[3] / "docs/formats/rulepack.md").read_text(encoding="utf-8")
TABLES = [
    Head,
    Clause,
    NotEncoded,
    AgencySetting,
    Reading,
    ActivityType,
    Relief,
    Ground,
    Step,
    *KINDS.values(),
]


def section(heading: str) -> str:
    """The text under one heading."""
    return TEXT.split(f"### `{heading}`\n", maxsplit=1)[1].split("\n### ", maxsplit=1)[0]


@pytest.mark.parametrize("shape", TABLES, ids=lambda shape: shape.__name__)
def test_every_key_stands_in_the_document(shape: type) -> None:
    keys = [f.name for f in fields(shape) if not f.metadata.get("given")]
    assert [key for key in keys if f"| `{key}` |" not in TEXT] == []


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_its_section_with_its_keys(name: str) -> None:
    keys = [f.name for f in fields(KINDS[name]) if not f.metadata.get("given")]
    assert [key for key in keys if f"| `{key}` |" not in section(name)] == []


@pytest.mark.parametrize("path", SCHEMA)
def test_every_fact_stands_with_type_meaning_and_vocabulary(path: str) -> None:
    line = next(line for line in TEXT.splitlines() if line.startswith(f"| `{path}` |"))
    fact = SCHEMA[path]
    assert line.startswith(f"| `{path}` | {fact.type} | {fact.says} |")
    assert all(f"`{word}`" in line for word in fact.words)


def test_every_part_of_an_interruption_and_an_exemption_stands() -> None:
    for name, shape in (("interruption", InterruptionFacts), ("exemption", ExemptionFacts)):
        assert [f.name for f in fields(shape) if f"| `{name}.{f.name}` |" not in TEXT] == []
    assert all(f"`{duty.value}`" in TEXT for duty in Duty)
