"""The witness's own folder: its key, the logs it trusts, and for each the last checkpoint it cosigned.

    witness.json            name and, below it, where the key lies
    witness.key             PKCS#8, 0600
    trusted                 one log a line: vkey, then its title
    <origin hash>/checkpoint        the last cosigned one, as it is served
    <origin hash>/history/<day>/<hour>   the first of each hour
    <origin hash>/conflicts/<size>-<digest>   signed by the log and refused: evidence

Every write is whole and durable before it returns.
"""

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from liuhen.engines.ledger import FileLogStore, Verifier
from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.engines.ledger.cosignature import Cosigner
from liuhen.kernel.clock import BEIJING
from liuhen.kernel.errors import Malformed, Refused, Tampered, Unavailable

MOST_CONFLICTS = 200


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """One log: the key that signs its checkpoints, and what the office calls it."""

    key: Verifier
    title: str

    @property
    def origin(self) -> str:
        return self.key.name

    @property
    def folder(self) -> str:
        """The lower-case hex SHA-256 of the origin, as tlog-witness names it."""
        return hashlib.sha256(self.origin.encode()).hexdigest()


class Books:
    """What one witness holds. Raises `Unavailable` where the folder was not set up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._store = FileLogStore(folder)
        self._here = threading.Lock()
        try:
            name = str(json.loads((folder / "witness.json").read_text())["name"])
            key = load_pem_private_key((folder / "witness.key").read_bytes(), password=None)
        except FileNotFoundError as error:
            raise Unavailable(f"{folder} 还不是见证目录", do="请先运行 liuhen witness init。") from error
        except (ValueError, KeyError, TypeError) as error:
            raise Malformed(f"{folder} 中的 witness.json 或 witness.key 无法读取") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise Malformed("witness.key 不是 Ed25519 私钥", do="请从备份恢复该文件。")
        if (folder / "witness.key").stat().st_mode & 0o077:
            raise Refused("密钥文件 witness.key 对他人可读，拒绝启动", do="请执行 chmod 600 witness.key。")
        self.cosigner = Cosigner(name, key)

    def trusted(self) -> list[TrustedLog]:
        """Every log this witness was told to trust, in the order in which it was told."""
        lines = (self._store.read("trusted") or b"").decode().split("\n")
        return [_trusted(line) for line in lines if line.strip()]

    def of(self, origin: str) -> TrustedLog | None:
        return next((log for log in self.trusted() if log.origin == origin), None)

    def trust(self, log: TrustedLog) -> None:
        """Trust one more log. Raises `Refused` where another key stands under its origin: that is changed by hand alone."""
        with self.alone():
            held = self.of(log.origin)
            if held is not None:
                raise Refused(
                    f"“{log.origin}”已登记为“{held.title}”，没有改动",
                    do="要换公钥的，先与该机关书面核对，再由两个人修改 trusted 文件。",
                )
            lines = self._store.read("trusted") or b""
            self._store.write("trusted", lines + f"{log.key} {log.title}\n".encode())

    def latest(self, log: TrustedLog) -> Checkpoint | None:
        """The last checkpoint cosigned. Raises `Tampered` where it is not signed by the log and by this witness."""
        note = self.note(log)
        if not note:
            return None
        return Checkpoint.opened(note, log.key, self.cosigner.verifier)

    def note(self, log: TrustedLog) -> str:
        """The same as it is served; empty where there is none."""
        return (self._store.read(f"{log.folder}/checkpoint") or b"").decode(errors="replace")

    def keep(self, log: TrustedLog, note: str, *, at: datetime) -> None:
        """Make the checkpoint the last one; durable when this returns, and only then may anybody be answered."""
        self._store.write(f"{log.folder}/checkpoint", note.encode())
        hour = f"{log.folder}/history/{at.astimezone(BEIJING):%Y-%m-%d/%H}"
        if self._store.read(hour) is None:
            self._store.write(hour, note.encode())

    def keep_conflict(self, log: TrustedLog, note: str) -> None:
        """Keep what the log signed and we refused. Bounded: who holds the log's key could otherwise fill the disk."""
        size = Checkpoint.read(note).size
        path = f"{log.folder}/conflicts/{size}-{hashlib.sha256(note.encode()).hexdigest()[:16]}"
        if len(self.conflicts(log)) < MOST_CONFLICTS:
            self._store.write(path, note.encode())

    def conflicts(self, log: TrustedLog) -> list[Path]:
        folder = self.folder / log.folder / "conflicts"
        return sorted(path for path in folder.glob("[0-9]*-*")) if folder.is_dir() else []

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Between looking at the last checkpoint and keeping the next nobody else does: no thread, no other process."""
        with self._here, (self.folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def make_books(folder: Path, name: str) -> Books:
    """A new witness with a key of its own. Raises `Refused` where there is one: a key is never overwritten."""
    if (folder / "witness.key").exists():
        raise Refused(f"{folder} 已经是见证目录，没有改动")
    key = Ed25519PrivateKey.generate()
    _ = Cosigner(name, key).verifier  # a name that cannot be one is refused before anything is made
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(folder / "witness.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        os.fsync(file.fileno())
    FileLogStore(folder).write("witness.json", json.dumps({"name": name}, ensure_ascii=False).encode())
    return Books(folder)


def _trusted(line: str) -> TrustedLog:
    key, _, title = line.strip().partition(" ")
    try:
        return TrustedLog(Verifier.parse(key), title.strip() or key.partition("+")[0])
    except Malformed as error:
        raise Tampered(f"trusted 文件中有一行无法读取：{error.why}") from error
