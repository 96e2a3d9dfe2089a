"""Whether anything at all has been written since a question was answered: then, and only then, the answer is asked for anew.

A player asks for a film in hundreds of ranges, and each asks whether it may. What that depends on lies in the database and in the time. SQLite tells
by one number that no other connection has committed and by another that this one has written nothing; PostgreSQL by its snapshot. As long as these
stand, every row is what it was. Time ends looks and sessions too, so no answer stands for longer than a second.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from django.db import connection

T = TypeVar("T")
LASTS = 1.0
_MOST = 256


class Answers(Generic[T]):
    """What was answered on each thread of the database, with what the database was then."""

    def __init__(self, *, lasts: float = LASTS) -> None:
        self._lasts, self._here = lasts, threading.local()

    def answer(self, question: Hashable, ask: Callable[[], T]) -> T:
        """As `ask` answers, or as it did a moment ago with every row the same. What it raises is raised and never kept."""
        kept: OrderedDict[Hashable, tuple[float, Any, T]] = self._kept()
        before, clock = state(), time.monotonic()
        known = kept.get(question)
        if known is not None and known[1] == before and clock < known[0]:
            return known[2]
        kept.pop(question, None)
        told = ask()
        # Asking may itself have written (that somebody is awake); what stood before and what stands now must be one, or it is asked again.
        if state() == before:
            kept[question] = (clock + self._lasts, before, told)
            while len(kept) > _MOST:
                kept.popitem(last=False)
        return told

    def _kept(self) -> OrderedDict[Hashable, tuple[float, Any, T]]:
        if not hasattr(self._here, "kept"):
            self._here.kept = OrderedDict()
        found: OrderedDict[Hashable, tuple[float, Any, T]] = self._here.kept
        return found


def state() -> tuple[Any, ...]:
    """What stands for all rows as this thread's connection sees them now. Two that are equal: nothing was written between."""
    connection.ensure_connection()
    raw = connection.connection
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA data_version")
            return id(raw), cursor.fetchone()[0], raw.total_changes
        cursor.execute("SELECT pg_current_snapshot()::text")
        return id(raw), cursor.fetchone()[0], 0
