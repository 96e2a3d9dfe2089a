"""Append-only by trigger: what a migration adds to a table so that no UPDATE or DELETE can pass, on either database.

`AppendOnly("evidence_inspection")` guards the whole row; `AppendOnly(table, columns=[…])` lets other columns change.
Rows are never deleted from a guarded table.
"""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

_SAYS = "此表只增不改"
_FUNCTION = (
    "CREATE OR REPLACE FUNCTION liuhen_append_only() RETURNS trigger AS $$ BEGIN "
    f"RAISE EXCEPTION '{_SAYS}：%', TG_TABLE_NAME; END $$ LANGUAGE plpgsql"
)


class AppendOnly(Operation):
    """A migration operation. Reversible, so that a migration can be stepped back in a test.

    It asks for no models, only for the table's name: Django then need not draw up every model of the house once more for each guard, which
    took most of the time that a new house takes to be set up.
    """

    reversible = True

    def __init__(self, table: str, columns: Sequence[str] = ()) -> None:
        self.table, self.columns = table, tuple(columns)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """A guard changes no model."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:  # fmt: skip
        _run(schema_editor, statements(schema_editor.connection.vendor, self.table, self.columns))

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:  # fmt: skip
        _run(schema_editor, removals(schema_editor.connection.vendor, self.table))

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return ("AppendOnly", [self.table], {"columns": list(self.columns)} if self.columns else {})

    def describe(self) -> str:
        return f"Guard {self.table} against change"


class Unguarded(Operation):
    """A guard taken away within a migration that makes the table anew, before an `AppendOnly` brings it back; `columns` as it had them."""

    reversible = True

    def __init__(self, table: str, columns: Sequence[str] = ()) -> None:
        self.table, self._guard = table, AppendOnly(table, columns)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """A guard changes no model."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:  # fmt: skip
        self._guard.database_backwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:  # fmt: skip
        self._guard.database_forwards(app_label, schema_editor, from_state, to_state)


def _run(editor: BaseDatabaseSchemaEditor, lines: Sequence[str]) -> None:
    for line in lines:
        editor.execute(line, params=None)


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
