"""D6: bits that turn over on the medium, one in each of many files. One reading finds every one and names it, and nothing else.

`FLIPS` says how many of each kind (a thousand by `make rot`). Pages of the database are struck in a house of its own (rotting.py): each bit is found and placed,
or lies where nothing that anybody can read rests on it, which a dump of everything shows.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from liuhen.apps.archive.backup_set import BackupSet
from liuhen.engines.ledger import FileLogStore, Log, Signer
from liuhen.engines.vault import FileVault
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import LiuhenError, Tampered
from liuhen.kernel.sealed import public_bytes
from liuhen.server.home import prepare

FLIPS = int(os.environ.get("FLIPS", "60"))
PAGES = int(os.environ.get("PAGE_FLIPS", str(FLIPS if FLIPS >= 1000 else 12)))
SEED = int(os.environ.get("SEED", str(random.randrange(10**9))))
DICE = random.Random(SEED)
SIGNER = Signer("liuhen/test", Ed25519PrivateKey.from_private_bytes(b"\7" * 32))
LEAVES = 700  # Two full tiles, one that is not full, and one above them.


def turned(path: Path) -> bytes:
    """One bit of the file turned over in place; its bytes from before."""
    before = path.read_bytes()
    after = bytearray(before)
    after[DICE.randrange(len(after))] ^= 1 << DICE.randrange(8)
    path.chmod(0o640)
    path.write_bytes(after)
    return before


def filled(vault: FileVault, count: int) -> list[Digest]:
    found = []
    for turn in range(count):
        arriving = vault.incoming(f"{turn:032x}")
        arriving.write(DICE.randbytes(DICE.randrange(1, 6000)))
        found.append(arriving.commit().digest)
    return found


def unread(vault: FileVault, digests: list[Digest]) -> Iterator[Digest]:
    for one in digests:
        try:
            vault.reread(one)
        except Tampered as error:
            assert one.sha256[:8] in error.why
            yield one


@pytest.mark.parametrize("kind", ["originals", "previews"])
def test_every_turned_bit_of_an_object_is_found_in_one_reading_and_nothing_else(
    kind: str, tmp_path: Path
) -> None:
    vault = FileVault(tmp_path / kind, free=lambda _: 1 << 40)
    digests = filled(vault, FLIPS + FLIPS // 4)
    struck = DICE.sample(digests, FLIPS)
    for one in struck:
        turned(vault.path(one))
    assert set(unread(vault, digests)) == set(struck), f"SEED={SEED}"


def named_by_the_log(folder: Path) -> str:
    """What one reading of a log says: the path of a file, or the place of a hash; empty where all fits."""
    log = Log(FileLogStore(folder), signer=SIGNER)
    try:
        latest = log.latest()
        wrong = next(log.differences(0, latest.size), None)
        if wrong is not None:
            return f"{wrong.level}/{wrong.position // 256}"
        log.check(latest)
    except LiuhenError as error:
        return error.why
    return ""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    Log(FileLogStore(tmp_path / "log"), signer=SIGNER).extend([f"entry {n}".encode() for n in range(LEAVES)])
    return tmp_path / "log"


def test_every_turned_bit_of_the_log_is_found_and_named_by_its_tile(log: Path) -> None:
    files = sorted(path for path in (log / "tile").rglob("*") if path.is_file())
    assert named_by_the_log(log) == ""
    for _ in range(FLIPS):
        path = DICE.choice(files)
        before = turned(path)
        told, place = named_by_the_log(log), path.relative_to(log).as_posix()
        path.write_bytes(before)
        level, tile = (0 if "entries" in place else int(place.split("/")[1])), int(place.split("/")[2][:3])
        own = {
            f"{level}/{tile}",
            f"{level + 1}/{tile // 256}",
        }  # A hash, or the one above that it no longer gives.
        assert (
            told in own or place in told or (level, told) == (1, "日志的前 700 条已不再给出检查点的根摘要")
        ), (f"SEED={SEED}", place, told)


def test_every_turned_bit_of_a_checkpoint_is_found(log: Path) -> None:
    for _ in range(FLIPS):
        before = turned(log / "checkpoint")
        told = named_by_the_log(log)
        (log / "checkpoint").write_bytes(before)
        assert told, f"SEED={SEED}"


def test_every_turned_bit_of_a_backup_is_found_in_one_reading_and_never_opened(tmp_path: Path) -> None:
    backup, key = BackupSet(tmp_path), X25519PrivateKey.generate()
    backup.prepare()
    sealed: dict[str, str] = {}
    for _ in range(FLIPS + FLIPS // 4):
        content = DICE.randbytes(DICE.randrange(1, 6000))
        address = hashlib.sha256(content).hexdigest()
        sealed[address] = backup.add(address, [content], house=public_bytes(key))
    struck = set(DICE.sample(sorted(sealed), FLIPS))
    for address in struck:
        turned(backup.path(address))
    assert {
        address for address, digest in sealed.items() if not backup.is_whole(address, digest)
    } == struck, f"SEED={SEED}"


@pytest.mark.slow
@pytest.mark.skipif(bool(os.environ.get("LIUHEN_DATABASE")), reason="PostgreSQL has checksums of its pages")
def test_every_turned_bit_of_the_database_is_found_or_shown_to_change_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    prepare(home, log_name="liuhen/test", is_demo=True)
    told = {"LIUHEN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "liuhen.server.django_settings"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.rotting", str(PAGES), str(SEED)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False, timeout=3600, env=os.environ | told,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"SEED={SEED} {found['pages']} pages: {found['counts']}")
    for place, words in found["examples"].items():
        print(f"  {place}: {words}")
    for one in found["missed"]:
        print(f"  ✗ {one}")
    assert found["missed"] == [], f"SEED={SEED}"
    assert found["counts"].get("found", 0) > 0


@pytest.mark.skipif(FLIPS < 1000, reason="make rot")
def test_how_fast_one_reading_is(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "vault", free=lambda _: 1 << 40)
    arriving, piece = vault.incoming("0" * 32), DICE.randbytes(1 << 20)
    for _ in range(512):
        arriving.write(piece)
    digest = arriving.commit().digest
    begun, spent = time.perf_counter(), time.process_time()
    vault.reread(digest)
    print(f"512 MiB read again with both digests: {537 / (time.perf_counter() - begun):.0f} MB/s, {537 / (time.process_time() - spent):.0f} MB a second of processor")  # fmt: skip
