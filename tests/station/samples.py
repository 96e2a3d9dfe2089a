"""`python -m tests.station.samples` (`make samples`): every reference sample as one card, through the real `liuhen station sync` into a real house, and
what became of each, as a table. The test of the same name holds it against the facts beside the samples.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liuhen.engines.ledger import Receipt
from liuhen.engines.media.findings import TITLES
from tests.live import House

BESIDE = Path(__file__).parents[3] / "shared"
SAMPLES = Path(os.environ.get("LIUHEN_REFERENCE", BESIDE)) / "samples"
_TOLD = """
import json
from liuhen.apps.evidence.models import Derived, Recording
from liuhen.apps.evidence.queries import newest_inspections
from liuhen.apps.journal.models import Job
rows = list(Recording.objects.order_by("source_path"))
looks = newest_inspections(row.pk for row in rows)
copies = {}
for one in Derived.objects.all():
    copies.setdefault(one.recording_id, []).append(one.kind_of_copy)
waiting = list(Job.objects.filter(kind__in=("recording.verify", "recording.inspect", "recording.derive")).exclude(state__in=("done", "failed")).values_list("kind", "state", "reason"))
print(json.dumps({"waiting": waiting, "rows": [{
    "path": row.source_path, "size": row.size, "sha256": row.sha256, "sm3": row.sm3, "verified": row.verified_at is not None,
    "quarantine": row.quarantine, "seen": row.pk in looks, "facts": looks[row.pk].facts if row.pk in looks else {},
    "findings": sorted(f["code"] for f in looks[row.pk].findings) if row.pk in looks else [], "copies": sorted(copies.get(row.pk, [])),
} for row in rows]}))
"""


@dataclass(frozen=True, slots=True)
class Came:
    """One sample: what the station said of it, the receipt it holds, and what the house knows of it."""

    path: str
    state: str
    receipt: Receipt | None
    row: dict[str, Any]


def bring(house: House, samples: Path, *, within: float = 900) -> list[Came]:
    """The samples as they lie, brought by one station; back when every file was looked into and no job waits."""
    done = subprocess.run(
        [sys.executable, "-m", "liuhen.server", "station", "sync", str(samples), "--station", str(house.station), "--json", "--patience", "120"],
        env=house.environment, capture_output=True, text=True, timeout=within, check=False,
    )  # fmt: skip
    told = {one["file"]: one for one in map(json.loads, done.stdout.splitlines())}
    until = time.monotonic() + within
    while (known := _known(house))["waiting"] or not all(row["seen"] for row in known["rows"]):
        assert time.monotonic() < until, f"还没有办完：{known['waiting']}"
        time.sleep(2)
    rows = {row["path"]: row for row in known["rows"]}
    return [_came(house, path, one, rows.get(path, {})) for path, one in sorted(told.items())]


def _known(house: House) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(house.told(_TOLD.strip()))
    return found


def _came(house: House, path: str, told: dict[str, Any], row: dict[str, Any]) -> Came:
    receipt = Receipt.opened(dict(told["receipt"]), house.key) if told.get("receipt") else None
    return Came(path, told["state"], receipt, row)


def files_of(samples: Path) -> dict[str, Path]:
    return {
        path.relative_to(samples).as_posix(): path for path in sorted(samples.rglob("*")) if path.is_file()
    }


def table(came: list[Came], expected: dict[str, set[str]]) -> Iterator[str]:
    """A line a sample: what the station said, what the receipt says, what was found, and whether it is what was expected."""
    for one in came:
        found = "、".join(TITLES[code] for code in one.row.get("findings", [])) or "无"
        receipt = one.receipt.state if one.receipt else "无"
        wanted = expected.get(one.path)
        held = "" if wanted is None else "符合" if set(one.row.get("findings", [])) == wanted else "不符合"
        yield f"{_cut(one.path, 58)} {_cut(one.state, 8)} {_cut(receipt, 9)} {_cut(found, 34)} {_cut('、'.join(one.row.get('copies', [])), 18)} {held}"


def _cut(words: str, width: int) -> str:
    kept, used = "", 0
    for letter in words:
        used += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if used > width:
            return kept + "…"
        kept += letter
    return kept + " " * (width - used)


def main() -> None:
    from tests.engines.media.test_samples import EXPECTED

    if not SAMPLES.is_dir():
        raise SystemExit(f"没有参考样本（{SAMPLES}）；设置 LIUHEN_REFERENCE 后再运行")
    with tempfile.TemporaryDirectory(prefix="liuhen-samples-") as folder:
        house = House(Path(folder))
        try:
            house.found()
            house.start()
            began = time.monotonic()
            came = bring(house, SAMPLES)
            took = time.monotonic() - began
        finally:
            house.kill()
    print(*table(came, EXPECTED), sep="\n")
    verified = sum(1 for one in came if one.receipt and one.receipt.state == "verified")
    as_told = sum(
        1 for one in came if one.path in EXPECTED and set(one.row["findings"]) == EXPECTED[one.path]
    )
    print(
        f"\n{len(came)} 个文件，{verified} 个有复核回执，{as_told}/{len(EXPECTED)} 个有说明的样本如所料，{took:.0f} 秒"
    )


if __name__ == "__main__":
    main()
