"""SQLite as the embedded store: WAL, synchronous=FULL, triggers that also fire inside REPLACE, and an authorizer.

The authorizer refuses, on every connection, to delete or replace lines of append-only tables and to drop the
triggers that guard them. It is the second lock; the triggers are the first. Migrations need the locks open and
say so with `maintenance()`.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any

from django.db.backends.sqlite3 import base

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "secure_delete": 1,
    "trusted_schema": 0,
}
_OPEN = False


@contextlib.contextmanager
def maintenance() -> Iterator[None]:
    """While inside, tables may be altered: migrations only."""
    global _OPEN  # noqa: PLW0603  one process, one migration at a time
    _OPEN = True
    try:
        yield
    finally:
        _OPEN = False


def authorize(action: int, first: str | None, second: str | None, _db: str | None, _by: str | None) -> int:
    """Deny DELETE on guarded tables and the removal of their triggers."""
    if _OPEN:
        return sqlite3.SQLITE_OK
    table = {
        sqlite3.SQLITE_DELETE: first,
        sqlite3.SQLITE_DROP_TABLE: first,
        sqlite3.SQLITE_DROP_TRIGGER: second,
    }
    return sqlite3.SQLITE_DENY if table.get(action) in GUARDED else sqlite3.SQLITE_OK


# Tables with a guarding trigger, read from the database itself when a connection opens.
GUARDED: set[str] = set()
_KEPT = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name = tbl_name || '_kept'"


class DatabaseWrapper(base.DatabaseWrapper):
    """Opens every connection in the safe settings."""

    # With trusted_schema off a table's CHECK may not call JSON_VALID; the field writes nothing but JSON anyway.
    data_type_check_constraints = {  # noqa: RUF012  Django's own declaration is an instance variable
        kind: check
        for kind, check in base.DatabaseWrapper.data_type_check_constraints.items()
        if kind != "JSONField"
    }

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        for name, value in PRAGMAS.items():
            connection.execute(f"PRAGMA {name}={value}")
        GUARDED.update(table for (table,) in connection.execute(_KEPT))
        connection.set_authorizer(authorize)
        return connection
