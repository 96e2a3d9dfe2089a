"""What one act's re-judgement costs in a small house and in a large one: it must not grow with what lies in the archive.

Run by hand: `python bench/rejudgement.py [COUNT …]` (default 10000 1000000). For each count a scratch home is made in the
temporary folder, its rows written straight into SQLite: recordings, one finding and one keeping period each, and a clock
(a waiting job) for every tenth. Then single acts are judged through the product's own works, and the next due clock is
looked for with every clock still to come. Medians and the worst of the rounds; the home is removed afterwards.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
ROUNDS = 60
THEN = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def main(counts: list[int]) -> None:
    """One process for each count: a process has one home."""
    if len(counts) == 1:
        measure(counts[0])
        return
    for count in counts:
        os.spawnv(os.P_WAIT, sys.executable, [sys.executable, __file__, str(count)])


def measure(count: int) -> None:
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
    from tests.cast import assemble

    from liuhen.apps.evidence.models import Recording
    from liuhen.apps.journal.jobs import run_next
    from liuhen.server.database import bring_up_to_date
    from liuhen.server.wiring import office
    from liuhen.server.works import works

    bring_up_to_date()
    table = works(office())
    cast = assemble(office())
    while run_next(table):
        pass
    began = time.perf_counter()
    fill(connection, count, cast)
    made = time.perf_counter() - began
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


def fill(connection, count: int, cast) -> None:  # type: ignore[no-untyped-def]
    """Rows as the product writes them, without its pen: what is measured is reading among many."""
    from liuhen.apps.evidence.models import Recording
    from liuhen.apps.journal.models import Job
    from liuhen.apps.oversight.models import Finding
    from liuhen.apps.retention.models import KeepingPeriod

    now, soon = THEN + timedelta(days=300), THEN + timedelta(days=36500)
    agency, unit = cast.agency.pk.hex, cast.team.pk.hex
    one = Recording(
        agency=cast.agency, unit=cast.team, size=1, started_at=now - timedelta(hours=30),
        ended_at=now - timedelta(hours=29), received_at=now - timedelta(hours=1), received_by=cast.li.pk,
    )  # fmt: skip
    key = "printf('%%032x', i)"
    with connection.cursor() as cursor:
        own = {
            "id": key,
            "number": "'音-' || i",
            "sha256": "printf('%%064x', i)",
            "sm3": "printf('%%064x', i)",
        }
        insert(cursor, one, own, "n", count)
        finding = Finding(
            agency_id=cast.agency.pk, unit_id=cast.team.pk, subject_kind="evidence.recording", rule="old", rule_kind="deadline",
            pack="old@1", clause="X-1", regulation="x", article="x", verdict="不适用", asks="x", reason="x", facts={}, judged_at=now,
        )  # fmt: skip
        insert(cursor, finding, {"id": key, "subject": key}, "n", count)
        keeping = KeepingPeriod(rank="until", label="定期", until=soon, reason="x", pack="x", derived_at=now,
                                promised_rank="until", promised_until=soon)  # fmt: skip
        insert(cursor, keeping, {"id": key, "recording_id": key}, "n", count)
        job = Job(kind="recording.judge", run_after=soon, line=1, rank=3)
        insert(cursor, job, {"id": key, "subject": key}, "n", count // 10)
        cursor.execute("ANALYZE")
    assert Recording.objects.filter(agency=agency, unit=unit).exists()


def insert(cursor, row, own: dict[str, str], name: str, count: int) -> None:  # type: ignore[no-untyped-def]
    """`count` copies of a row; `own` says in SQL what differs from one to the next."""
    fields = row._meta.concrete_fields  # noqa: SLF001  the columns as Django knows them
    values, given = [], []
    for field in fields:
        if field.column in own:
            values.append(own[field.column])
        else:
            values.append("%s")
            given.append(field.get_db_prep_save(getattr(row, field.attname), cursor.db))
    columns = ", ".join(f'"{field.column}"' for field in fields)
    table = row._meta.db_table  # noqa: SLF001
    cursor.execute(
        f"WITH RECURSIVE {name}(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM {name} WHERE i < {int(count)}) "  # noqa: S608
        f'INSERT INTO "{table}" ({columns}) SELECT {", ".join(values)} FROM {name}',
        given,
    )


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
