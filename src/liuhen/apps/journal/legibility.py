"""Whether the database can be read at all: its pages and indexes as SQLite judges them, and every row, column by column.

A bit that turned over in a page makes an index disagree, a page unreadable or a value no time, no number, no text. `verify` asks here first,
and asks for the place where one of its other checks came upon what cannot be read.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connection, models

from liuhen.apps.journal.queries import Fault

UNREADABLE = (ValueError, TypeError, KeyError, ArithmeticError, DatabaseError)
"""What reading a value that is none may raise."""
_AT_ONCE, _MOST = 500, 100
_INDEX, _PAGE = re.compile(r"index (\w+)"), re.compile(r"[Pp]age (\d+)")


def damaged_pages() -> Iterator[Fault]:
    """What SQLite says of its pages and indexes; PostgreSQL has checksums of its own, and `amcheck`."""
    if connection.vendor != "sqlite":
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA integrity_check({_MOST})")
            said = [str(line) for (line,) in cursor.fetchall()]
    except UNREADABLE as error:  # Also what the schema itself no longer is: then no connection comes about.
        yield Fault("数据库文件", f"打不开，或者读不下去：{error}")
        return
    for line in said:
        if line != "ok":
            index, page = _INDEX.search(line), _PAGE.search(line)
            where = f"索引 {index[1]}" if index else f"第 {page[1]} 页" if page else "数据库文件"
            yield Fault(where, f"数据库文件已损坏：{line}")


def unreadable_values() -> Iterator[Fault]:
    """Every value that cannot be read, by table, row and column. Slow where there is one: asked only after something failed."""
    for model in apps.get_models():
        try:
            yield from _of(model)
        except UNREADABLE as error:
            yield Fault(f"数据表 {model._meta.db_table}", f"读不下去：{error}")  # noqa: SLF001  Django names it so


def _of(model: type[models.Model]) -> Iterator[Fault]:
    columns = [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001
    keys = _keys(model)
    for at in range(0, len(keys), _AT_ONCE):
        if _reads(model, keys[at : at + _AT_ONCE], columns):
            continue
        for key in keys[at : at + _AT_ONCE]:
            wrong = [column for column in columns if not _reads(model, [key], [column])]
            yield from (
                Fault(f"{model._meta.label_lower} 第 {key} 行", f"字段“{column}”读不出来")  # noqa: SLF001
                for column in wrong
            )


def _keys(model: type[models.Model]) -> list[Any]:
    """How to find each row without reading it: SQLite numbers its rows beside all columns."""
    table, key = model._meta.db_table, _key_of(model)  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key} FROM {connection.ops.quote_name(table)} ORDER BY 1")  # noqa: S608  # nosec B608  names of our own tables
        return [key for (key,) in cursor.fetchall()]


def _key_of(model: type[models.Model]) -> str:
    pk = model._meta.pk  # noqa: SLF001
    return "rowid" if connection.vendor == "sqlite" else connection.ops.quote_name(str(pk.column))


def _reads(model: type[models.Model], keys: list[Any], columns: list[str]) -> bool:
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001
    marks = ", ".join(["%s"] * len(keys))
    rows = model._base_manager.extra(where=[f"{table}.{_key_of(model)} IN ({marks})"], params=keys)  # noqa: SLF001, S610  # nosec B610  names of our own tables, values as parameters
    try:
        list(rows.order_by().values_list(*columns))
    except UNREADABLE:
        return False
    return True
