"""The log beside pymerkle in one run: `python -m bench.ledger [SIZES] [TIMES]`, sizes such as 10000,1000000.

L1 a batch of 10,000 leaves appended, durable, with a new root; L2 one leaf durably, beside a commit of SQLite with synchronous=FULL;
L3 proofs, p50 and p99; L4 the whole log verified from its files, beside the hashing alone. pymerkle (GPL) is a tool of this bench only.
"""

import hashlib
import os
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pymerkle
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liuhen.engines.ledger import FileLogStore, Log, Signer

SIZES = [int(size) for size in (sys.argv[1] if len(sys.argv) > 1 else "10000,1000000").split(",")]
TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 3
BATCH, SINGLES, PROOFS = 10_000, 200, 400
Row = tuple[str, str]


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="liuhen-bench-", dir=os.environ.get("PERF_DIR")))
    try:
        for size in SIZES:
            entries = [
                hashlib.sha256(f"entry {n}".encode()).digest() for n in range(size + BATCH * TIMES + SINGLES)
            ]
            print(f"\n{size:,} leaves")
            for what, told in rows(folder / str(size), size, entries):
                print(f"  {what:66s} {told}")
    finally:
        shutil.rmtree(folder)


def rows(folder: Path, size: int, entries: list[bytes]) -> Iterable[Row]:
    log = Log(FileLogStore(folder / "log"), signer=Signer("bench/log", Ed25519PrivateKey.generate()))
    begun = time.perf_counter()
    for at in range(0, size, BATCH):
        log.extend(entries[at : min(at + BATCH, size)])
    yield "ours: the whole in batches", f"{size / (time.perf_counter() - begun):,.0f} leaf/s"
    peer = pymerkle.SqliteTree(str(folder / "peer.db"), algorithm="sha256")
    begun = time.perf_counter()
    for at in range(0, size, 100_000):
        peer.append_entries(entries[at : min(at + 100_000, size)])
    yield "pymerkle: the whole in bulk", f"{size / (time.perf_counter() - begun):,.0f} leaf/s"
    memory = pymerkle.InmemoryTree(algorithm="sha256")
    for entry in entries[: min(size, 1_000_000)]:
        memory.append_entry(entry)
    yield from batches(log, peer, size, entries)
    yield from singles(log, peer, folder, size + BATCH * TIMES, entries)
    yield from proofs(log, peer, memory, size)
    yield from whole(log, peer, size, entries)


def batches(log: Log, peer: Any, size: int, entries: list[bytes]) -> Iterable[Row]:
    ours, theirs = [], []
    for number in range(TIMES):
        more = entries[size + number * BATCH : size + (number + 1) * BATCH]
        ours.append(BATCH / timed(lambda more=more: log.extend(more)))
        theirs.append(BATCH / timed(lambda more=more: (peer.append_entries(more), peer.get_root())))
    yield "L1 ours: 10,000 leaves with root", f"{statistics.median(ours):,.0f} leaf/s"
    yield "L1 pymerkle SQLite: 10,000 leaves with root", f"{statistics.median(theirs):,.0f} leaf/s"
    yield "L1 ours ÷ pymerkle (goal ≥ 1.0)", f"{statistics.median(ours) / statistics.median(theirs):.2f}"


def singles(log: Log, peer: Any, folder: Path, size: int, entries: list[bytes]) -> Iterable[Row]:
    base = sqlite3.connect(folder / "commits.db", isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute("CREATE TABLE line (number INTEGER PRIMARY KEY, body BLOB)")
    ours, theirs, commits = [], [], []
    for number in range(SINGLES):
        entry = entries[size + number]
        ours.append(timed(lambda entry=entry: log.extend([entry])))
        theirs.append(timed(lambda entry=entry: peer.append_entry(entry)))
        commits.append(
            timed(
                lambda number=number, entry=entry: base.execute(
                    "INSERT INTO line VALUES (?, ?)", (number, entry)
                )
            )
        )
    base.close()
    rates = [1 / statistics.median(one) for one in (ours, theirs, commits)]
    yield "L2 a journal line, durable (SQLite, synchronous=FULL)", f"{rates[2]:,.0f}/s"
    yield "L2 ours: one leaf sealed, tiles and checkpoint signed and read back", f"{rates[0]:,.0f}/s"
    yield "L2 pymerkle SQLite: one leaf", f"{rates[1]:,.0f}/s"


def proofs(log: Log, peer: Any, memory: Any, size: int) -> Iterable[Row]:
    dice = random.Random(1)
    at = [dice.randrange(1, size) for _ in range(PROOFS)]
    log.check(log.latest())
    for what, run in (
        ("L3 ours: inclusion", lambda n: log.inclusion(n, size)), ("L3 ours: consistency", lambda n: log.consistency(n, size)),
        ("L3 pymerkle memory: inclusion", lambda n: memory.prove_inclusion(n, size)), ("L3 pymerkle memory: consistency", lambda n: memory.prove_consistency(n, size)),
        ("L3 pymerkle SQLite: inclusion", lambda n: peer.prove_inclusion(n, size)), ("L3 pymerkle SQLite: consistency", lambda n: peer.prove_consistency(n, size)),
    ):  # fmt: skip
        told, until = [], time.monotonic() + 20
        for number in at:
            told.append(timed(lambda run=run, number=number: run(number)) * 1e6)
            if time.monotonic() > until:
                break
        told.sort()
        yield f"{what} (p50, p99)", f"{told[len(told) // 2]:,.0f} µs, {told[int(len(told) * 0.99)]:,.0f} µs"


def whole(log: Log, peer: Any, size: int, entries: list[bytes]) -> Iterable[Row]:
    def floor() -> None:
        row = [hashlib.sha256(b"\0" + entry).digest() for entry in entries[:size]]
        while len(row) > 1:
            pairs = [hashlib.sha256(b"\1" + row[n] + row[n + 1]).digest() for n in range(0, len(row) - 1, 2)]
            row = pairs + row[len(pairs) * 2 :]

    def verify() -> None:
        latest = log.latest()
        log.check(latest)
        if list(log.differences(0, latest.size)):
            raise SystemExit("the log does not verify")

    least, ours = (statistics.median(timed(run) for _ in range(TIMES)) for run in (floor, verify))
    yield "L4 hashing alone", f"{least:.2f} s"
    yield (
        "L4 ours: every entry, tile and the signed root, from files",
        f"{ours:.2f} s, {ours / least:.2f} times the hashing (goal ≤ 1.5)",
    )
    yield "L4 pymerkle SQLite: root from stored leaf hashes", f"{timed(peer.get_root):.2f} s"


def timed(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
