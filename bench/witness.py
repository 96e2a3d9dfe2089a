"""What a checkpoint costs with a witness: one line sealed, carried over HTTP on loopback, checked, made durable there, kept here; and the disk.

    python -m bench.witness FOLDER [COUNT]

The folder should lie on the kind of disk that is meant. Without Django: the ledger and the witness alone, so that the database is not measured.
"""

import statistics
import sys
import threading
import time
from pathlib import Path

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liuhen.engines.ledger import FileLogStore, Log, Signer
from liuhen.engines.ledger.cosignature import cosigned_at
from liuhen.engines.ledger.submission import Submission
from liuhen.kernel.identifiers import new_id
from liuhen.witness.books import TrustedLog, make_books
from liuhen.witness.service import WitnessServer


def main(folder: Path, count: int) -> None:
    """Print milliseconds (median, 95th of a hundred) and bytes."""
    signer = Signer("liuhen/bench", Ed25519PrivateKey.generate())
    log = Log(FileLogStore(folder / "log"), signer=signer)
    books = make_books(folder / "witness", "bench/w1")
    books.trust(TrustedLog(signer.verifier, "bench"))
    server = WitnessServer(books, "127.0.0.1", 0, say=lambda _: None)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/add-checkpoint"
    sealing, witnessing = list[float](), list[float]()
    with requests.Session() as line:
        for _ in range(count):
            began = time.perf_counter()
            before = log.latest().size
            log.extend([new_id().bytes * 2])
            sealed = time.perf_counter()
            sent = Submission(before, tuple(log.consistency(before, before + 1)), log.note())
            told = line.post(url, data=sent.body(), timeout=10)
            assert told.status_code == 200, told.text
            cosigned_at(sent.note + told.text, books.cosigner.verifier)
            witnessing.append(time.perf_counter() - sealed)
            sealing.append(sealed - began)
    for name, times in (("sealing", sealing), ("witness", witnessing)):
        ordered = sorted(times)
        print(
            f"{name}: median {statistics.median(times) * 1e3:.1f} ms, p95 {ordered[len(ordered) * 95 // 100] * 1e3:.1f} ms"
        )
    for name in ("log", "witness"):
        files = [path for path in (folder / name).rglob("*") if path.is_file()]
        used = sum(path.stat().st_blocks * 512 for path in files)
        print(
            f"{name}: {len(files)} files, {used / 1024:.0f} KiB on disk after {count} checkpoints of one line each"
        )
    server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 600)
