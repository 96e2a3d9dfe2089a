"""A pack small enough to read at a glance, and a way to write one down with a slip in it."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.laws import cases

from liuhen.engines.rules import load_pack
from liuhen.engines.rules.packs import Pack

HEAD = """
[pack]
key = "demo"
version = "1"
title = "示范办法"
issuer = "示范机关"
agency_type = "township"
id_prefix = "DEM"

[[clause]]
id = "DEM-1"
article = "第一条"
kind = "av-duty"
says = "应当记录"

[[clause]]
id = "DEM-2"
article = "第二条"
kind = "deadline"
says = "及时入库"
"""

RULE = """
[[rule]]
id = "store"
kind = "deadline"
clause = "DEM-2"
cite = "第二条"
says = "24 小时内入库"
since = "recording.ended_at"
until = "recording.stored_at"
within = "24h"
"""

Write = Callable[..., Pack]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a pack from the small head and `body`, and load it."""

    def written(body: str = RULE, *, head: str = HEAD, settings: dict[str, str] | None = None) -> Pack:
        folder = tmp_path / "demo"
        folder.mkdir(exist_ok=True)
        (folder / "pack.toml").write_text(head + body, encoding="utf-8")
        return load_pack(folder, settings=settings)

    return written


def pytest_sessionstart() -> None:
    """A process that runs the tests again, as mutation testing does, reads the packs again."""
    cases.rulebook.cache_clear()
    columns = sys.modules.get("tests.engines.rules.test_columns")
    if columns is not None:
        columns.read.cache_clear()
