"""What fell due today, in a small house and in a large one: it must cost what fell due, not what is kept.

Run by hand: `python bench/due.py [COUNT …]` (default 1000000). A scratch house (`houses.py`) whose keeping periods end over 1,100 days is
asked through the desk's own query, for an archivist who sees the whole agency, and by the hand-written statement on the same
connection, in turn. The same count from both; medians, the ratio, and microseconds a due row.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "bench")]

from houses import THEN, filled_house  # noqa: E402  the path comes first

# Each recording's end, spread by a number that shares no factor with the days.
_ENDS = "strftime('%%Y-%%m-%%d %%H:%%M:%%S', '2026-01-05 01:00:00', ((i * 7919) %% 1100) || ' days', ((i * 31) %% 600) || ' minutes')"
_HAND = """SELECT count(*) FROM retention_keepingperiod k WHERE k.rank = 'until' AND k.until >= %s AND k.until < %s"""
_HAND_SEEN = """SELECT count(*) FROM retention_keepingperiod k JOIN evidence_recording r ON r.id = k.recording_id
 WHERE k.rank = 'until' AND k.until >= %s AND k.until < %s AND r.agency_id = %s"""


def main(counts: list[int]) -> None:
    """One process for each count: a process has one home."""
    if len(counts) == 1:
        with filled_house(counts[0], until=_ENDS) as cast:
            _measure(counts[0], cast)
        return
    for count in counts:
        os.spawnv(os.P_WAIT, sys.executable, [sys.executable, __file__, str(count)])


def _measure(count: int, cast) -> None:  # type: ignore[no-untyped-def]
    from django.db import connection
    from tests.cast import as_actor

    from liuhen.apps.evidence import queries as evidence
    from liuhen.apps.retention.queries import fell_due

    day = THEN.replace(hour=0) + timedelta(days=500)
    since, until = day, day + timedelta(days=1)
    keeper = as_actor(cast.zhou)

    visible = evidence.visible_to(keeper, at=THEN + timedelta(days=300))

    def ours() -> int:
        return fell_due(visible, since=since, until=until).count()

    def whole() -> int:
        return fell_due(
            evidence.visible_to(keeper, at=THEN + timedelta(days=300)), since=since, until=until
        ).count()

    def rows() -> int:
        return len(fell_due(visible, since=since, until=until).values_list("pk", flat=True))

    def hand(statement: str, *more: str) -> int:
        with connection.cursor() as cursor:
            return cursor.execute(
                statement, [since.replace(tzinfo=None), until.replace(tzinfo=None), *more]
            ).fetchone()[0]

    seen = lambda: hand(_HAND_SEEN, cast.agency.pk.hex)  # noqa: E731  one of four ways to ask
    ways: dict[str, Callable[[], int]] = {
        "本产品的查询": ours,
        "连同查明可见范围": whole,
        "取出各件的编号": rows,
        "手写语句": lambda: hand(_HAND),
        "手写语句，限本机关": seen,
    }
    found = {name: _times(way) for name, way in ways.items()}
    due = {way() for way in ways.values()}
    assert len(due) == 1, due
    (rows_due,) = due
    base = statistics.median(found["手写语句，限本机关"])
    print(f"{count} 段，今日到期 {rows_due} 段")
    for name, times in found.items():
        middle = statistics.median(times)
        print(
            f"    {name}  {middle * 1e3:.2f} ms，每段 {middle * 1e6 / rows_due:.2f} µs，为限本机关语句的 {middle / base:.2f} 倍",
            flush=True,
        )
    print("   ", fell_due(visible, since=since, until=until).explain())


def _times(way: Callable[[], int]) -> list[float]:
    times = []
    for _ in range(31):
        began = time.perf_counter()
        way()
        times.append(time.perf_counter() - began)
    return times


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or [1_000_000])
