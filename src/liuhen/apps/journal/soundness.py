"""What stands around the lines: the guards of append-only tables, the columns of each table, and silence. Read by `verify` and the proof page."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import F, Window
from django.db.models.functions import Lag

from liuhen.apps.journal.guards import AppendOnly, Unguarded, statements
from liuhen.apps.journal.models import Line
from liuhen.apps.journal.queries import Fault

QUIET = timedelta(minutes=6)
"""Longer than two heartbeats apart: nobody wrote anything, not even the worker."""
_READ_BACK = 50_000
_BESIDE = {"search_entry": {"tokens"}}  # Made by its migration beside the model: the index of PostgreSQL.


class Silence(NamedTuple):
    """From the last line before it to the first after it."""

    line: int
    since: datetime
    until: datetime


def first_beat() -> int | None:
    """The line of the first heartbeat: before it no service ran that could have fallen silent; None where none ever ran."""
    beats = Line.objects.filter(verb="journal.heartbeat").order_by("number")
    return beats.values_list("number", flat=True).first()


def silences(*, since: datetime) -> list[Silence]:
    """Stretches without a line since the service first ran, the newest first, among the last fifty thousand lines."""
    newest = Line.objects.order_by("-number").values_list("number", flat=True).first() or 0
    begun = first_beat()
    if begun is None:
        return []
    rows = Line.objects.filter(number__gt=max(newest - _READ_BACK, begun - 1), at__gte=since)
    told = rows.annotate(before=Window(Lag("at"), order_by=F("number").asc())).order_by("-number")
    pairs = told.values_list("number", "before", "at").iterator(chunk_size=5_000)
    return [
        Silence(number, before, at)
        for number, before, at in pairs
        if before is not None and at - before > QUIET
    ]


def verify_tables() -> Iterator[Fault]:
    """Every guard as its migration made it, and every table with the columns its model has, no fewer and no more."""
    yield from _guards()
    with connection.cursor() as cursor:
        for model in apps.get_models():
            table = model._meta.db_table  # noqa: SLF001  Django names it so
            wanted = {str(field.column) for field in model._meta.local_concrete_fields}  # noqa: SLF001
            found = {one.name for one in connection.introspection.get_table_description(cursor, table)}
            for column in sorted(wanted ^ (found - _BESIDE.get(table, set()))):
                yield Fault(
                    f"数据表 {table}", f"“{column}”栏{'缺失' if column in wanted else '不是本系统所建'}"
                )


@cache
def guarded_tables() -> dict[str, tuple[str, ...]]:
    """Each guarded table with the columns that are frozen; none named: the whole row."""
    found: dict[str, tuple[str, ...]] = {}
    migrations = MigrationLoader(None).disk_migrations
    for key in sorted(migrations):
        for step in migrations[key].operations:
            if isinstance(step, AppendOnly):
                found[step.table] = step.columns
            elif isinstance(step, Unguarded):
                found.pop(step.table, None)
    return found


def _guards() -> Iterator[Fault]:
    standing = _triggers()
    for table, columns in sorted(guarded_tables().items()):
        wanted = {
            _name(text): text for text in statements(connection.vendor, table, columns) if "TRIGGER" in text
        }
        here = standing.get(table, {})
        for name in sorted(wanted.keys() | here.keys()):
            if name not in here:
                yield Fault(f"数据表 {table}", f"只增不改的锁 {name} 不在了")
            elif name not in wanted:
                yield Fault(f"数据表 {table}", f"触发器 {name} 不是本系统所建")
            elif not _is_same(here[name], wanted[name]):
                yield Fault(f"数据表 {table}", f"只增不改的锁 {name} 已被改动或者停用")


def _name(statement: str) -> str:
    return statement.split('"')[1]


def _triggers() -> dict[str, dict[str, str]]:
    """By table and name: what it does on SQLite, whether it is on in PostgreSQL."""
    asked = (
        "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT c.relname, t.tgname, t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND n.nspname = current_schema()"
    )
    found: dict[str, dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(asked)
        for table, name, told in cursor.fetchall():
            found.setdefault(table, {})[name] = told
    return found


def _is_same(found: str, wanted: str) -> bool:
    return found.split() == wanted.split() if connection.vendor == "sqlite" else found in ("O", "A")
