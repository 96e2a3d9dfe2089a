"""What a round over a whole agency costs a recording: when everything is new, when nothing is, and when one in a hundred is.

Run by hand: `python bench/rounds.py [COUNT]` (default 4000), beside a checkout of another version to compare two. A scratch home is
filled as in `rejudgement.py`; whole rounds of re-judgement run through the product's own functions. Rows a second and processor a row.
"""

import os
import shutil
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "bench")]


def main(count: int) -> None:
    home = Path(tempfile.mkdtemp(prefix="liuhen-bench-")) / "home"
    os.environ |= {"LIUHEN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "liuhen.server.django_settings"}
    from liuhen.server.home import prepare

    prepare(home, log_name="liuhen/bench", is_demo=True)
    try:
        _measure(count)
    finally:
        shutil.rmtree(home.parent)


def _measure(count: int) -> None:
    import django

    django.setup()
    from django.db import connection
    from django.db.models import F
    from rejudgement import fill
    from tests.cast import assemble

    from liuhen.apps.evidence.models import Recording
    from liuhen.apps.oversight.models import Finding
    from liuhen.kernel.clock import now
    from liuhen.server.database import bring_up_to_date
    from liuhen.server.wiring import office

    bring_up_to_date()
    cast = assemble(office())
    fill(connection, count, cast)
    at = now()
    _round(cast, at, count, "一切都新（首轮）")
    _round(cast, at, count, "毫无变化")
    few = list(Recording.objects.order_by("pk").values_list("pk", flat=True)[::100])
    Recording.objects.filter(pk__in=few).update(ended_at=F("ended_at") - timedelta(days=2))
    _round(cast, at, count, "百分之一有变")
    print(f"    结论 {Finding.objects.exclude(verdict='不适用').count() / count:.1f} 条一段")


def _round(cast, at, count: int, name: str) -> None:  # type: ignore[no-untyped-def]
    from liuhen.apps.oversight import rounds
    from liuhen.kernel.actors import SYSTEM

    row = rounds.begin_round(cast.agency, by=SYSTEM, at=at)
    began, cpu, changed = time.perf_counter(), time.process_time(), 0
    while row.part == "recording":
        changed += rounds.go_on(row, by=SYSTEM, law=cast.law, packs="subdistrict@1", at=at)
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    print(
        f"{name}：{count} 段，{count / wall:,.0f} 段/秒，每段 CPU {used * 1e6 / count:,.0f} µs，变动 {changed} 条"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
