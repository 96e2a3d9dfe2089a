"""Several programs over one station folder, `watch` and `sync` and `send`: none takes another's work away, and a dead one's remains are found."""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from liuhen.engines.ledger import Signer
from liuhen.kernel.canonical import canonical
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Unavailable
from liuhen.kernel.sealed import PIECE, SEALED_PIECE, Opener
from liuhen.station import memory, spool, sync
from liuhen.station.clearing import finish_clearings
from liuhen.station.config import Config
from liuhen.station.memory import Memory
from liuhen.station.source import Folder
from liuhen.station.spool import Spool
from liuhen.station.sync import Docking
from liuhen.station.upload import Server

HOUSE = X25519PrivateKey.generate()
KEY = Ed25519PrivateKey.generate()
CONTENT = b"".join(number.to_bytes(4, "big") * 1024 for number in range(3 * PIECE // 4096))

SEALING = """
import sys
from pathlib import Path
from tests.station.test_sharing import declared, of
from liuhen.station.spool import Spool
folder, house, card, size = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
with card.open("rb") as file:
    Spool(of(folder, house)).add("film", file, declared=declared("film"), size=size)
"""
KEEPING = """
import sys
from pathlib import Path
from liuhen.station.memory import Memory
for number in range(100):
    Memory(Path(sys.argv[1]), "files").keep("film", **{f"{sys.argv[2]}{number}": "x" * 4000})
"""


def of(folder: Path, house: str) -> Config:
    """A station of its own, whose line is dead."""
    key = Signer("liuhen/test", KEY)
    return Config(folder=folder, server="http://127.0.0.1:9", token="", name="一号站", receipt_key=key.verifier,
                  house_key=base64.b64decode(house), spool_keeps_free=0)  # fmt: skip


def declared(name: str, content: bytes = CONTENT) -> dict[str, str]:
    digest = digest_of(content)
    return {"filename": name, "path": name, "sha256": digest.sha256, "sm3": digest.sm3}


@pytest.fixture
def house_key() -> str:
    return base64.b64encode(HOUSE.public_key().public_bytes_raw()).decode()


@pytest.fixture
def config(tmp_path: Path, house_key: str) -> Config:
    folder = tmp_path / "station"
    folder.mkdir()
    return of(folder, house_key)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A file that gives its bytes when the test writes them."""
    path = tmp_path / "film"
    os.mkfifo(path)
    return path


@pytest.fixture
def sealing(config: Config, house_key: str, card: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another program, in the middle of sealing a file."""
    told = [str(config.folder), house_key, str(card), str(len(CONTENT))]
    process = subprocess.Popen(
        [sys.executable, "-c", SEALING, *told], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    yield process
    process.kill()
    process.wait()


def parts(config: Config) -> list[Path]:
    return sorted((config.folder / "spool").glob("*.part"))


def opened(config: Config) -> dict[str, bytes]:
    """What the house reads of the spool."""
    found = {}
    for one in Spool(config).entries():
        with Spool(config).open(one) as file:
            body = file.read()
        opener = Opener.made(
            HOUSE, fresh=base64.b64decode(one.fresh), bound=canonical(one.declared), sealed=len(body)
        )
        pieces = range(opener.measure.pieces)
        found[one.file] = b"".join(
            opener.open(n, body[n * SEALED_PIECE : (n + 1) * SEALED_PIECE]) for n in pieces
        )
    return found


def test_what_another_program_is_sealing_is_not_swept(
    config: Config, card: Path, sealing: subprocess.Popen[bytes]
) -> None:
    with card.open("wb", buffering=0) as film:
        film.write(CONTENT[: 2 * PIECE])  # More than a pipe holds: the other has begun.
        assert len(parts(config)) == 1
        Spool(config).sweep()
        assert len(parts(config)) == 1
        Spool(config).add("other", BytesIO(CONTENT), declared=declared("other"), size=len(CONTENT))
        film.write(CONTENT[2 * PIECE :])
    assert sealing.wait(timeout=30) == 0
    assert opened(config) == {"film": CONTENT, "other": CONTENT}


def test_what_a_killed_program_left_is_swept(
    config: Config, card: Path, sealing: subprocess.Popen[bytes]
) -> None:
    with card.open("wb", buffering=0) as film:
        film.write(CONTENT[: 2 * PIECE])
        assert len(parts(config)) == 1
        sealing.send_signal(signal.SIGKILL)
        sealing.wait()
    Spool(config).sweep()
    assert parts(config) == []


def test_same_file_sealed_by_two_programs_is_one_whole_copy(
    config: Config, card: Path, sealing: subprocess.Popen[bytes]
) -> None:
    with card.open("wb", buffering=0) as film:
        film.write(CONTENT[: 2 * PIECE])
        second = threading.Thread(
            target=lambda: Spool(config).add(
                "film", BytesIO(CONTENT), declared=declared("film"), size=len(CONTENT)
            )
        )
        second.start()
        second.join(0.5)
        assert second.is_alive()  # It waits for the one who was first.
        film.write(CONTENT[2 * PIECE :])
    second.join(30)
    assert sealing.wait(timeout=30) == 0
    assert opened(config) == {"film": CONTENT}
    assert parts(config) == []


def test_same_file_is_sealed_by_the_second_program_where_the_first_died(
    config: Config, card: Path, sealing: subprocess.Popen[bytes]
) -> None:
    with card.open("wb", buffering=0) as film:
        film.write(CONTENT[: 2 * PIECE])
        sealing.send_signal(signal.SIGKILL)
        sealing.wait()
    Spool(config).add("film", BytesIO(CONTENT), declared=declared("film"), size=len(CONTENT))
    assert opened(config) == {"film": CONTENT}


def test_sealed_body_that_waits_for_its_note_is_not_swept(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed, go_on = threading.Event(), threading.Event()

    def waits(folder: Path) -> None:
        renamed.set()
        assert go_on.wait(30)

    Memory(config.folder, "spool")
    monkeypatch.setattr(spool, "make_durable", waits)
    other = threading.Thread(
        target=lambda: Spool(config).add(
            "film", BytesIO(CONTENT), declared=declared("film"), size=len(CONTENT)
        )
    )
    other.start()
    assert renamed.wait(30)
    Spool(config).sweep()
    go_on.set()
    other.join()
    assert opened(config) == {"film": CONTENT}


def test_body_without_a_note_that_nobody_holds_is_swept(config: Config) -> None:
    Spool(config).add("film", BytesIO(CONTENT), declared=declared("film"), size=len(CONTENT))
    (body,) = (config.folder / "spool").glob("*.sealed")
    Spool(config).sweep()
    assert body.exists()
    body.with_suffix(".json").unlink()
    Spool(config).sweep()
    assert not body.exists()


def test_note_whose_body_is_gone_does_not_pass_for_a_copy(config: Config) -> None:
    Spool(config).add("film", BytesIO(CONTENT), declared=declared("film"), size=len(CONTENT))
    (body,) = (config.folder / "spool").glob("*.sealed")
    body.unlink()
    Spool(config).add("film", BytesIO(CONTENT), declared=declared("film"), size=len(CONTENT))
    assert opened(config) == {"film": CONTENT}


def test_file_that_fails_while_it_is_sealed_leaves_nothing(config: Config) -> None:
    with pytest.raises(Exception, match="两次读取之间变了"):
        Spool(config).add("film", BytesIO(CONTENT[:-1]), declared=declared("film"), size=len(CONTENT))
    assert parts(config) == []
    assert opened(config) == {}


def test_a_card_is_spooled_without_reading_every_note_for_every_file(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, sweeps, read = tmp_path / "card", list[Path](), list[str]()
    card.mkdir()
    for number in range(40):
        (card / f"{number}.mp4").write_bytes(str(number).encode())
    real_sweep, real_recall = Spool.sweep, Memory.recall

    def sweep(self: Spool) -> None:
        sweeps.append(self._folder)
        real_sweep(self)

    def recall(self: Memory, key: str) -> dict[str, object]:
        read.append(key)
        return real_recall(self, key)

    def dead(*_given: object, **_more: object) -> None:
        raise Unavailable("连接服务器失败")

    monkeypatch.setattr(Server, "_ask", dead)
    monkeypatch.setattr(Spool, "sweep", sweep)
    monkeypatch.setattr(Memory, "recall", recall)
    monkeypatch.setattr(Spool, "entries", None)  # Nobody asks for all of them.
    assert {outcome.state for outcome in Docking(Folder(card), config, 5).run()} == {"暂存"}
    assert len(sweeps) == 1
    assert len(read) <= 10 * 40


def test_two_programs_that_remember_at_once_lose_nothing(config: Config) -> None:
    def other(mark: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", KEEPING, str(config.folder), mark])

    both = [other("a"), other("b")]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    kept = Memory(config.folder, "files").recall("film")
    assert {name for name in kept if name != "key"} == {f"{mark}{n}" for mark in "ab" for n in range(100)}
    assert [path.suffix for path in (config.folder / "files").iterdir()] == [".json"]


def test_clearing_under_way_in_one_program_is_not_taken_for_remains_by_another(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other listed the card while the file was there; the first removes it, and its line breaks before it can say so."""
    card, told, clearings = tmp_path / "card", list[str](), Memory(config.folder, "clearings")
    card.mkdir()
    (card / "film.mp4").write_bytes(CONTENT)

    def tell(self: Server, upload: str, *, path: str, cleared_at: str) -> None:
        told.append(path)

    monkeypatch.setattr(Server, "tell_cleared", tell)
    other = threading.Thread(
        target=lambda: finish_clearings("card", Folder(card), server=Server(config), memory=clearings)
    )
    with clearings.alone("card"):
        clearings.keep(
            "one", card="card", path="film.mp4", upload="/files/1", cleared_at="2026-11-16T06:05:00Z"
        )
        other.start()
        other.join(0.3)
        assert other.is_alive()
        (card / "film.mp4").unlink()
    other.join(30)
    assert told == ["film.mp4"]
    assert not list(clearings.entries())


def test_clearing_that_a_crash_cut_short_is_forgotten_where_the_file_is_still_there(
    config: Config, tmp_path: Path
) -> None:
    card, clearings = tmp_path / "card", Memory(config.folder, "clearings")
    card.mkdir()
    (card / "film.mp4").write_bytes(CONTENT)
    clearings.keep("one", card="card", path="film.mp4", upload="/files/1", cleared_at="2026-11-16T06:05:00Z")
    finish_clearings("card", Folder(card), server=Server(config), memory=clearings)
    assert not list(clearings.entries())


def test_half_written_memory_of_a_crash_is_removed_at_the_next_run(config: Config) -> None:
    files = Memory(config.folder, "files")
    files.keep("film", upload="/files/1")
    for suffix in (".new", ".lock"):
        (config.folder / "files" / f"0000{suffix}").touch()
    left = config.folder / "files" / "0000.new"
    left.write_bytes(json.dumps({"half": "a note"}).encode()[:7])
    memory._SWEPT.clear()  # As a new process begins.
    files.keep("film", upload="/files/2")
    assert {path.suffix for path in left.parent.iterdir()} == {".json"}
    assert files.recall("film")["upload"] == "/files/2"


def test_docking_sweeps_what_a_crash_left_before_it_spools(config: Config, tmp_path: Path) -> None:
    Memory(config.folder, "spool")
    (config.folder / "spool" / "0000.part").write_bytes(b"half")
    docking = sync.Docking(Folder(tmp_path), config, 5)
    docking._swept_spool()
    assert parts(config) == []
