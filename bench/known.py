"""What it costs a list that some recordings are withheld: the first pages, deep pages and counts among many, with none, some and many marked.

.venv/bin/python -m bench.known [recordings]
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "bench")]

from houses import THEN, filled_house  # noqa: E402  the path comes first

ROUNDS = 15


def timed(work: Callable[[], Any]) -> str:
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return f"{statistics.median(taken):7.1f} ms (least {min(taken):.1f})"


def measure(cast: Any, marked: int) -> None:
    from tests.cast import as_actor

    from liuhen.apps.evidence.queries import visible_to
    from liuhen.apps.oversight import queries as oversight
    from liuhen.interfaces.api.lists import page_of
    from liuhen.kernel.clock import now

    at = now()
    for name, who in (("officer of the unit", cast.wang), ("inspector of the agency", cast.zhou)):
        viewer = as_actor(who)
        deep = visible_to(viewer, at=at).order_by("-received_at", "-pk")[5000:5001][0]
        works = {
            "first page with its count": lambda v=viewer: page_of(
                visible_to(v, at=at), by="received_at", after=""
            ),
            "page of an earlier day": lambda v=viewer, d=deep: page_of(
                visible_to(v, at=at).filter(received_at__lte=d.received_at), by="received_at", after=""
            ),
            "unlinked, counted to 1001": lambda v=viewer: (
                visible_to(v, at=at).filter(quarantine="").order_by()[:1001].count()
            ),
            "breaches, newest 120": lambda v=viewer: list(
                oversight.open_findings(v, at=at).order_by("verdict", "turns_at")[:120]
            ),
            "one by its key": lambda v=viewer, d=deep: visible_to(v, at=at).filter(pk=d.pk).first(),
        }
        for what, work in works.items():
            print(f"{marked:6d} marked  {name:24s} {what:28s} {timed(work)}", flush=True)


def plan(cast: Any) -> None:
    from django.db import connection
    from tests.cast import as_actor

    from liuhen.apps.evidence.queries import visible_to

    rows = visible_to(as_actor(cast.wang), at=THEN).order_by("-received_at", "-pk").values_list("pk")[:31]
    sql, told = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", told)
        for line in cursor.fetchall():
            print("   ", line[-1])


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    with filled_house(count) as cast:
        from liuhen.apps.evidence.models import Recording, Seclusion

        keys = list(Recording.objects.order_by("pk").values_list("pk", flat=True)[::7])
        done = 0
        plan(cast)
        for marked in (0, 100, 10_000):
            rows = [
                Seclusion(recording_id=key, is_closed=True, persons=str(cast.li.pk), at=THEN)
                for key in keys[done:marked]
            ]
            Seclusion.objects.bulk_create(rows, batch_size=2000)
            done = marked
            measure(cast, marked)


if __name__ == "__main__":
    main()
