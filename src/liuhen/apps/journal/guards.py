"""Append-only by trigger: what a migration adds to a table so that no UPDATE or DELETE can pass, on either database.

`AppendOnly("evidence_inspection")` guards the whole row; `AppendOnly(table, columns=[…])` lets other columns change.
Rows are never deleted from a guarded table.
"""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunPython

_SAYS = "此表只增不改"
_FUNCTION = (
    "CREATE OR REPLACE FUNCTION liuhen_append_only() RETURNS trigger AS $$ BEGIN "
    f"RAISE EXCEPTION '{_SAYS}：%', TG_TABLE_NAME; END $$ LANGUAGE plpgsql"
)


class AppendOnly(RunPython):
    """A migration operation. Reversible, so that a migration can be stepped back in a test."""

    def __init__(self, table: str, columns: Sequence[str] = ()) -> None:
        self.table, self.columns = table, tuple(columns)

        def add(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
            for statement in statements(editor.connection.vendor, table, self.columns):
                editor.execute(statement, params=None)

        def remove(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
            for statement in removals(editor.connection.vendor, table):
                editor.execute(statement, params=None)

        super().__init__(add, remove)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return ("AppendOnly", [self.table], {"columns": list(self.columns)} if self.columns else {})

    def describe(self) -> str:
        return f"Guard {self.table} against change"


def statements(vendor: str, table: str, columns: Sequence[str] = ()) -> list[str]:
    """SQL that guards `table`; where `columns` are given only these are frozen, else all."""
    return (_sqlite if vendor == "sqlite" else _postgresql)(table, columns)


def removals(vendor: str, table: str) -> list[str]:
    names = [f"{table}_frozen", f"{table}_kept"]
    if vendor == "sqlite":
        return [f'DROP TRIGGER IF EXISTS "{name}"' for name in names]
    return [f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"' for name in [*names, f"{table}_whole"]]


def _sqlite(table: str, columns: Sequence[str]) -> list[str]:
    changed = " OR ".join(f'OLD."{c}" IS NOT NEW."{c}"' for c in columns)
    of = " OF " + ", ".join(f'"{c}"' for c in columns) if columns else ""
    when = f" WHEN {changed}" if columns else ""
    stop = f"BEGIN SELECT RAISE(ABORT, '{_SAYS}：{table}'); END"
    return [
        f'CREATE TRIGGER "{table}_frozen" BEFORE UPDATE{of} ON "{table}"{when} {stop}',
        f'CREATE TRIGGER "{table}_kept" BEFORE DELETE ON "{table}" {stop}',
    ]


def _postgresql(table: str, columns: Sequence[str]) -> list[str]:
    changed = " OR ".join(f'OLD."{c}" IS DISTINCT FROM NEW."{c}"' for c in columns)
    when = f" WHEN ({changed})" if columns else ""
    return [
        _FUNCTION,
        f'CREATE TRIGGER "{table}_frozen" BEFORE UPDATE ON "{table}" FOR EACH ROW{when} EXECUTE FUNCTION liuhen_append_only()',
        f'CREATE TRIGGER "{table}_kept" BEFORE DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION liuhen_append_only()',
        f'CREATE TRIGGER "{table}_whole" BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION liuhen_append_only()',
    ]
