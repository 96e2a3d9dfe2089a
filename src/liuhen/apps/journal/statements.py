"""Statements that every act or every request repeats: their words are made once, and only the values are put in each time.

Making the words of a statement costs Django ten times what the database needs for it.
"""

from collections.abc import Callable, Sequence
from copy import copy
from functools import cache
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import AutoField, Field, Model, QuerySet

M = TypeVar("M", bound=Model)
_ANY = "\x02any\x03"
_MOST = 4096


def insert(rows: Sequence[Model]) -> None:
    """Add rows of one model as they are. Nothing is told back: not for rows whose key the database gives and somebody needs."""
    if not rows:
        return
    fields, words = _insertion(type(rows[0]))
    own = connections[DEFAULT_DB_ALIAS]  # This thread's, looked up once and not for each field.
    values = [[f.get_db_prep_save(f.pre_save(row, add=True), own) for f in fields] for row in rows]
    with own.cursor() as cursor:
        cursor.executemany(words, values)
    for row in rows:  # As after `save`: from now on the row is there.
        row._state.adding, row._state.db = False, own.alias  # noqa: SLF001  Django's own documented state


@cache
def _insertion(model: type[Model]) -> tuple[list["Field[Any, Any]"], str]:
    meta = model._meta  # noqa: SLF001  public to whoever writes SQL: table and columns
    fields = [field for field in meta.local_concrete_fields if not isinstance(field, AutoField)]
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return fields, f"INSERT INTO {quoted(meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608  # nosec B608  names of our own tables


class Question(Generic[M]):
    """One row, asked for by one text again and again: the database is asked each time, and where its whole answer is what it was last time
    (with everything joined to it), the object is not made anew. Each time it is a copy: what somebody changes in it and could not save is not there for the next.
    """

    def __init__(self, rows: Callable[[str], "QuerySet[M]"]) -> None:
        self._rows = rows
        self._known: dict[str, tuple[tuple[Any, ...], M]] = {}
        self._lock = Lock()
        self._words: tuple[str, tuple[Any, ...]] | None = None

    def asked(self, key: str) -> M | None:
        answer = self._answer(key)
        if answer is None:
            self._known.pop(key, None)
            return None
        known = self._known.get(key)
        if known is not None and known[0] == answer:
            return copy(known[1])
        found = self._rows(key).first()
        if found is not None:  # None where it went between the two questions.
            with self._lock:
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[key] = answer, copy(found)
        return found

    def _answer(self, key: str) -> tuple[Any, ...] | None:
        if self._words is None:
            self._words = self._rows(_ANY).order_by()[:1].query.sql_with_params()
        words, values = self._words
        with connection.cursor() as cursor:
            cursor.execute(words, [key if value == _ANY else value for value in values])
            return cursor.fetchone()  # type: ignore[no-any-return]
