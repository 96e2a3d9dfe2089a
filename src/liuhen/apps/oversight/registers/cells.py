"""How the cells of registers are said."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from liuhen.kernel.clock import shown

YES: Mapping[bool | None, str] = {True: "是", False: "否", None: ""}


def said(moment: datetime | None) -> str:
    return shown(moment) if moment else ""


def name(row: Any) -> str:
    return row.name if row is not None else ""


def listed(words: Iterable[str]) -> str:
    return "、".join(word for word in words if word)


def rows_said(table: str) -> str:
    """A table of a document in one cell: its lines, each with what stands in its columns."""
    lines = [[cell.strip() for cell in line.split("\t")] for line in table.splitlines() if line.strip()]
    return "；".join(" ".join(filter(None, cells)) for cells in lines)
