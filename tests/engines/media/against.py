"""`python -m tests.engines.media.against`: the reference samples against what is known of them, as a table.

For each file what was expected and what was found, whether both agree, its length, and how many times faster than real time the
inspection ran, in the sandbox. The samples are found by LIUHEN_REFERENCE, or beside the repository; where they are not, it says so.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from tests.engines.media.test_samples import AT, EXPECTED

from liuhen.engines.media import Inspection, inspect_file

_BESIDE = Path(__file__).parents[4] / "shared"


def reference() -> Path | None:
    """The folder of samples, if it is there."""
    folder = Path(os.environ.get("LIUHEN_REFERENCE", _BESIDE)) / "samples"
    return folder if (folder / "facts.json").is_file() else None


_TOLD = {"black": "black_d0.5_pix0.10", "frozen": "freeze_-60dB_2s", "silent": "silence_-50dB_2s"}


def measured(known: dict[str, Any]) -> dict[str, float]:
    """Seconds of black, frozen and silent that other tools measured, of stretches long enough to be told. An open one ends with the film."""
    found: dict[str, float] = {}
    for code, key in _TOLD.items():
        edges = [edge for one in known.get(key) or () for edge in _edges(one)]
        edges += [float(known.get("duration_s") or 0.0)] if len(edges) % 2 else []
        seconds = sum(
            end - start for start, end in zip(edges[::2], edges[1::2], strict=True) if end - start >= 2
        )
        if seconds:
            found[code] = seconds
    return found


def _edges(one: list[Any]) -> list[float]:
    """Either a pair of seconds, or a word and its second."""
    return [float(one[1])] if isinstance(one[0], str) else [float(one[0]), float(one[1])]


def row(name: str, known: dict[str, Any], found: Inspection, seconds: float) -> tuple[str, bool]:
    codes = {one.code for one in found.findings}
    same = codes == EXPECTED[name] and found.complete
    length = found.duration or 0.0
    pace = f"{length / seconds:8.0f}" if length else f"{'–':>8}"
    beside = " ".join(
        f"{code} {value:.1f}/{_told(found, code):.1f}" for code, value in measured(known).items()
    )
    wanted, got = "、".join(sorted(EXPECTED[name])) or "无", "、".join(sorted(codes)) or "无"
    mark = "符" if same else "不符"
    return (
        f"{mark:4}{name:48}{length:8.2f}{seconds * 1000:9.0f}{pace}  应有 {wanted}；所见 {got}  {beside}",
        same,
    )


def _told(found: Inspection, code: str) -> float:
    one = found.found(code)
    return sum(end - start for start, end in one.spans) if one else 0.0


def main() -> int:
    folder = reference()
    if folder is None:
        print("没有参考样本：请用 LIUHEN_REFERENCE 指出放样本的文件夹（其中应有 samples/facts.json）。")
        return 2
    facts: dict[str, Any] = json.loads((folder / "facts.json").read_text("utf-8"))
    print(
        f"{'':4}{'文件':46}{'秒':>8}{'毫秒':>8}{'倍速':>6}  应有与所见；black/frozen/silent：别的工具量得的秒数/我们的"
    )
    wrong, whole, spent = 0, 0.0, 0.0
    for name in EXPECTED:
        begun = time.perf_counter()
        found = inspect_file(folder / name, at=AT)
        seconds = time.perf_counter() - begun
        line, same = row(name, facts.get(name, {}), found, seconds)
        wrong, whole, spent = wrong + (not same), whole + (found.duration or 0.0), spent + seconds
        print(line, flush=True)
    print(f"{len(EXPECTED)} 份，不符 {wrong} 份；共 {whole:.0f} 秒音像，检查 {spent:.0f} 秒")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
