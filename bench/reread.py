"""Verifying a stored object, cold: `python -m bench.reread [MIB] [TIMES]`. Ours (both digests, past the page cache) beside what hashlib does
with the same file (SHA-256 alone, both in turn) and `sha256sum`, in turn; medians, MB/s and CPU-s/GB.
"""

import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from liuhen.engines.vault import FileVault
from liuhen.kernel.digests import Digest

SIZE = (int(sys.argv[1]) if len(sys.argv) > 1 else 256) << 20
TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 3
_PIECE = 1 << 20


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="liuhen-bench-", dir=os.environ.get("PERF_DIR")))
    try:
        vault, source = FileVault(folder / "vault"), folder / "source"
        with source.open("wb") as file:
            for _ in range(SIZE // _PIECE):
                file.write(os.urandom(_PIECE))
        with source.open("rb") as file:
            digest = vault.put(file).digest
        path = vault.path(digest)
        ways: dict[str, Callable[[], object]] = {
            "ours, SHA-256 (monthly reading)": lambda: vault.reread(Digest(digest.sha256)),
            "ours, both digests": lambda: vault.reread(digest),
            "hashlib, SHA-256": lambda: _read(path, "sha256"),
            "hashlib, SHA-256 and SM3 in turn": lambda: _read(path, "sha256", "sm3"),
            "sha256sum": lambda: subprocess.run(
                ["sha256sum", str(path)], check=True, stdout=subprocess.DEVNULL
            ),
        }
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(TIMES):
            for name, way in ways.items():
                _drop(path)
                began, cpu = time.perf_counter(), _cpu()
                way()
                took[name].append((time.perf_counter() - began, _cpu() - cpu))
        for name, times in took.items():
            seconds, spent = (statistics.median(one) for one in zip(*times, strict=True))
            print(f"{name:34s} {SIZE / seconds / 1e6:6.0f} MB/s {spent / SIZE * 1e9:5.2f} CPU-s/GB")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read(path: Path, *names: str) -> None:
    hashes, buffer = [hashlib.new(name) for name in names], memoryview(bytearray(_PIECE))
    with path.open("rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
        while got := file.readinto(buffer):
            for one in hashes:
                one.update(buffer[:got])


def _drop(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _cpu() -> float:
    told = os.times()
    return told.user + told.system + told.children_user + told.children_system


if __name__ == "__main__":
    main()
