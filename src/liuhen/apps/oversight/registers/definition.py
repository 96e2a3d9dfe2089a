"""Registers (台账): one definition each: columns, which rows a person may see, which time and unit they are filtered by.

Pages, tables, prints and exports are all made from the same definition, so that no two of them differ. A register shows
what the rooms hold; it holds nothing itself. The modules beside this one have the definitions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

MOST = 20_000

Rows = Callable[[Actor, datetime], QuerySet[Any]]
Cells = Callable[[Any], Sequence[object]]


@dataclass(frozen=True, slots=True)
class Register:
    """`action` opens it; `when` and `unit` name the columns by which a period and a part of the office are chosen.

    `cells` gives one value a column; `to` the page of a row, where it has one; `told` finds what belongs to many rows at once.
    """

    key: str
    title: str
    group: str
    says: str
    action: str
    columns: tuple[str, ...]
    rows: Rows
    cells: Cells
    when: str = ""
    unit: str = "unit__path"
    words: tuple[str, ...] = ()
    to: Callable[[Any], str | None] = lambda _row: None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a register is asked for: a period, a unit by its path, words."""

    since: datetime | None = None
    until: datetime | None = None
    path: str = ""
    words: str = ""


def rows_of(register: Register, wanted: Wanted, *, by: Actor, at: datetime) -> QuerySet[Any]:
    """The rows this person may see, the newest first: keys of the house grow with time."""
    rows = register.rows(by, at)
    if register.when and wanted.since:
        rows = rows.filter(**{f"{register.when}__gte": wanted.since})
    if register.when and wanted.until:
        rows = rows.filter(**{f"{register.when}__lt": wanted.until})
    if wanted.path and register.unit:
        rows = rows.filter(**{f"{register.unit}__startswith": wanted.path})
    return rows.filter(_containing(register, wanted.words)).order_by("-pk")


def page_of_register(
    register: Register, rows: QuerySet[Any], *, after: UUID | None, size: int
) -> tuple[list[Any], UUID | None]:
    """One page and the key of the next."""
    found = list((rows.filter(pk__lt=after) if after else rows)[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None


def whole(register: Register, rows: QuerySet[Any]) -> list[list[object]]:
    """Every row as cells. Raises `Refused` above twenty thousand: a period or a unit makes it less."""
    found = list(rows[: MOST + 1])
    if len(found) > MOST:
        raise Refused(f"超过 {MOST:,} 行，不能一次导出", do="请缩短时段，或者只选一个部门。")
    return [list(register.cells(row)) for row in found]


def _containing(register: Register, words: str) -> Q:
    found = Q()
    for word in words.split()[:8]:
        any_of = Q()
        for column in register.words:
            any_of |= Q(**{f"{column}__icontains": word})
        found &= any_of
    return found
