"""The floors: the contracts name every room there is, and they hold."""

import configparser
import re
import subprocess
import sys

import pytest
from tests.house.tree import HOUSE, ROOT

CONTRACTS = configparser.ConfigParser()
CONTRACTS.read(ROOT / ".importlinter", encoding="utf-8")


def layers(contract: str) -> list[str]:
    return re.findall(r"\w+", CONTRACTS[f"importlinter:contract:{contract}"]["layers"])


def rooms(floor: str) -> set[str]:
    """Folders with code; a folder of data is none."""
    return {p.name for p in (HOUSE / floor).iterdir() if p.is_dir() and any(p.glob("*.py"))}


@pytest.mark.parametrize(
    ("contract", "floor"), [("floors", ""), ("corridor", "apps"), ("engines", "engines")]
)
def test_contract_names_every_room_and_no_other(contract: str, floor: str) -> None:
    named = layers(contract)
    assert len(named) == len(set(named))
    assert set(named) == rooms(floor)


def test_ways_in_do_not_know_each_other() -> None:
    listed = re.findall(r"liuhen\.interfaces\.(\w+)", CONTRACTS["importlinter:contract:ways-in"]["modules"])
    assert set(listed) == rooms("interfaces")


def test_rooms_that_may_not_open_the_vault_are_all_but_four() -> None:
    listed = re.findall(r"liuhen\.apps\.(\w+)", CONTRACTS["importlinter:contract:vault"]["source_modules"])
    assert set(listed) == rooms("apps") - {"evidence", "access", "retention", "archive"}


def test_every_contract_is_a_sentence() -> None:
    names = [CONTRACTS[s]["name"] for s in CONTRACTS.sections() if s.startswith("importlinter:contract:")]
    assert len(names) == len(set(names))
    assert all(name[0].isupper() and len(name.split()) >= 4 for name in names)


def test_contracts_hold() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-2000:]
    assert "0 broken" in ran.stdout
