"""What is not written down does not exist: every key, kind, fact and word of the format stands in its document."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from liuhen.engines.rules.duties import ActivityType, Duty
from liuhen.engines.rules.kinds import KINDS
from liuhen.engines.rules.kinds.approver_chain import Step
from liuhen.engines.rules.kinds.deadline import Relief
from liuhen.engines.rules.kinds.guidance import PLACES
from liuhen.engines.rules.kinds.lines import Need
from liuhen.engines.rules.kinds.may_skip import Ground
from liuhen.engines.rules.packs import AgencySetting, Clause, Head, NotEncoded, Reading

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/formats/rulepack.md").read_text(encoding="utf-8")
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
    Need,
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


def test_document_of_facts_is_what_the_schema_says() -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "tools/facts.py", "--check"], capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stderr.decode()


def test_every_strength_of_duty_and_every_page_of_guidance_stands() -> None:
    assert all(f"`{duty.value}`" in TEXT for duty in Duty)
    assert all(f"`{place}`" in section("guidance") for place in PLACES)
