"""What one act's re-judgement costs in a small house and in a large one: it must not grow with what lies in the archive.

Run by hand: `python bench/rejudgement.py [COUNT …]` (default 10000 1000000). For each count a house is filled (`houses.py`).
Then single acts are judged through the product's own works, and the next due clock is looked for with every clock still to
come. Medians and the worst of the rounds.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "bench")]

from houses import filled_house  # noqa: E402  the path comes first

ROUNDS = 60


def main(counts: list[int]) -> None:
    """One process for each count: a process has one home."""
    if len(counts) == 1:
        measure(counts[0])
        return
    for count in counts:
        os.spawnv(os.P_WAIT, sys.executable, [sys.executable, __file__, str(count)])


def measure(count: int) -> None:
    began = time.perf_counter()
    with filled_house(count, settled=True) as cast:
        _measure(count, cast, time.perf_counter() - began)


def _measure(count: int, cast, made: float) -> None:  # type: ignore[no-untyped-def]
    from django.db import connection

    from liuhen.apps.evidence.models import Recording
    from liuhen.apps.journal.jobs import run_next
    from liuhen.server.wiring import office
    from liuhen.server.works import works

    table = works(office())
    while run_next(table):
        pass
    keys = list(Recording.objects.order_by("pk").values_list("pk", flat=True)[: 3 * ROUNDS : 3])
    judged = rounds([lambda key=key: table["recording.judge"](key) for key in keys])
    again = rounds([lambda key=key: table["recording.judge"](key) for key in keys])
    idle = rounds([lambda: run_next(table)] * ROUNDS)
    with connection.cursor() as cursor:
        size = cursor.execute(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        ).fetchone()[0]
    print(f"{count:>9} 段（{size / 1e6:.0f} MB，写入 {made:.0f} s）")
    print(f"    一段重判，结论有变（含落盘）  {told(judged)}")
    print(f"    一段重判，结论未变            {told(again)}")
    print(f"    找下一个到时的时钟（{count // 10} 个在等） {told(idle)}")


def rounds(works: list[Callable[[], object]]) -> list[tuple[float, float]]:
    spent = []
    for work in works:
        began, cpu = time.perf_counter(), time.process_time()
        work()
        spent.append((time.perf_counter() - began, time.process_time() - cpu))
    return spent


def told(spent: list[tuple[float, float]]) -> str:
    wall, cpu = (sorted(s[i] * 1e3 for s in spent) for i in (0, 1))
    return f"中位 {statistics.median(wall):.1f} ms（CPU {statistics.median(cpu):.1f} ms），最慢 {wall[-1]:.1f} ms"


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or [10_000, 1_000_000])
