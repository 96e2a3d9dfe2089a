"""What a round over a whole agency costs a recording: when everything is new, when nothing is, when one in a hundred is, and after
a new version of the pack: with the same rules, and with one rule changed.

Run by hand: `python bench/rounds.py [COUNT [TIMES]]` (default 4000 once): the first round over COUNT, then each recording TIMES times with what
was found of it, so that a million need not be judged and written a first time (95 minutes). Beside a checkout of another version to compare two. Whole rounds of
re-judgement run through the product's own functions over a scratch house (`houses.py`). Rows a second and processor a row.
"""

import re
import shutil
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "bench")]

from houses import filled_house, multiply  # noqa: E402  the path comes first


def main(count: int, times: int) -> None:
    with filled_house(count) as cast, tempfile.TemporaryDirectory() as folder:
        _measure(count, times, cast, Path(folder))


def _measure(count: int, times: int, cast, folder: Path) -> None:  # type: ignore[no-untyped-def]
    from django.db import connection
    from django.db.models import F

    from liuhen.apps.evidence.models import Recording
    from liuhen.apps.oversight.models import Finding
    from liuhen.kernel.clock import now

    at = now()
    _round(cast, cast.law, at, count, "一切都新（首轮）")
    if times > 1:
        with connection.cursor() as cursor:
            multiply(cursor, times)
        count *= times
    _round(cast, cast.law, at, count, "毫无变化")
    few = list(Recording.objects.order_by("pk").values_list("pk", flat=True)[::100])
    Recording.objects.filter(pk__in=few).update(ended_at=F("ended_at") - timedelta(days=2))
    _round(cast, cast.law, at, count, "百分之一有变")
    _round(cast, _version(cast, folder, "2", at, {}), at, count, "新版本，规则未变")
    _round(
        cast,
        _version(cast, folder, "3", at, {'within = "24h"': 'within = "23h"'}),
        at,
        count,
        "新版本，一条期限改短",
    )
    print(f"    结论 {Finding.objects.exclude(verdict='不适用').count() / count:.1f} 条一段")


def _version(cast, folder: Path, version: str, at, changes: dict[str, str]):  # type: ignore[no-untyped-def]
    """The law after a new version of the pack was adopted."""
    from tests.cast import as_actor

    from liuhen.apps.registry.adopting import activation, change_law
    from liuhen.apps.registry.law import law_of

    packs = folder / version
    shutil.copytree(ROOT / "rulepacks" / "subdistrict", packs / "subdistrict")
    pack = packs / "subdistrict" / "pack.toml"
    text = re.sub(r'(version\s*= )"1"', rf'\1"{version}"', pack.read_text(), count=1)
    for before, after in changes.items():
        text = text.replace(before, after)
    pack.write_text(text)
    change_law(
        cast.agency, activation(packs / "subdistrict", since=at), by=as_actor(cast.chen), packs=packs, at=at
    )
    return law_of(cast.agency.pk, packs=packs, at=at)


def _round(cast, law, at, count: int, name: str) -> None:  # type: ignore[no-untyped-def]
    from liuhen.apps.journal.models import About
    from liuhen.apps.oversight import rounds
    from liuhen.kernel.actors import SYSTEM

    packs = "、".join(f"{pack.head.key}@{pack.head.version}" for pack in law.packs)
    row = rounds.begin_round(cast.agency, by=SYSTEM, at=at)
    written = About.objects.count()
    began, cpu, changed = time.perf_counter(), time.process_time(), 0
    while row.part == "recording":
        changed += rounds.go_on(row, by=SYSTEM, law=law, packs=packs, at=at)
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    written = About.objects.count() - written
    print(
        f"{name}：{count} 段，{count / wall:,.0f} 段/秒，每段 CPU {used * 1e6 / count:,.0f} µs，"
        f"变动 {changed} 条，登记 {written} 行",
        flush=True,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
