"""Backup: it counts only after it was read again; whatever is damaged, left out or mixed is refused before anything is called restored."""

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from tests.apps.steps import last_line, received, refused
from tests.cast import Cast

from liuhen.apps.archive import backup, backup_set, parts, restoring
from liuhen.apps.archive.backup import Carrying, Sources
from liuhen.apps.archive.backup_set import BackupSet
from liuhen.apps.archive.models import BackupRun, RestoreDrill
from liuhen.apps.evidence.models import Tombstone
from liuhen.apps.journal.sealing import seal
from liuhen.engines.ledger import Signer
from liuhen.engines.vault import FileVault
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.errors import Malformed, Tampered
from liuhen.kernel.sealed import public_bytes

DAY = timedelta(days=1)
KEY = X25519PrivateKey.generate()


class Set:
    """An office with three recordings and a folder to back it up to."""

    def __init__(self, cast: Cast, office: Office, noon: datetime, tmp_path: Path) -> None:
        self.cast, self.office, self.noon, self.tmp = cast, office, noon, tmp_path
        self.folder, self.snapshot = tmp_path / "usb", tmp_path / "snapshot"
        for folder in (self.folder, self.snapshot):
            folder.mkdir()
        (self.snapshot / "liuhen.sqlite3").write_bytes(b"SQLite rows" * 9000)
        (self.snapshot / "liuhen.toml").write_text("x")
        self.rows = [
            received(cast, office, bytes([n]) * 70_000 * n, at=noon, name=f"{n}.bin") for n in (1, 2, 3)
        ]
        seal(office.log, at=noon)

    @property
    def sources(self) -> Sources:
        assert isinstance(self.office.vault, FileVault) and isinstance(self.office.copies, FileVault)
        return Sources(
            self.office.vault,
            self.office.copies,
            self.snapshot,
            self.office.log,
            self.office.signer,
            public_bytes(KEY),
            self.noon + DAY,
        )

    def run(self, at: datetime | None = None, folder: Path | None = None) -> BackupRun:
        carrying = Carrying(folder or self.folder, "区档案馆", "谭某")
        moment = at or self.noon + DAY
        return backup.run_backup(
            replace(self.sources, taken_at=moment), carrying, by=OPERATOR, clock=lambda: moment
        )

    def restore(self, to: str, folder: Path | None = None, **more: Any) -> Path:
        home = self.tmp / to
        verifier = self.office.signer.verifier
        restoring.restore_files(
            folder or self.folder,
            home,
            key=more.pop("key", KEY),
            verifier=more.pop("verifier", verifier),
            **more,
        )
        return home

    def objects(self) -> list[Path]:
        return sorted((self.folder / backup_set.FOLDER / "objects").rglob("*.sealed"))


@pytest.fixture
def house(cast: Cast, office: Office, noon: datetime, tmp_path: Path) -> Set:
    return Set(cast, office, noon, tmp_path)


@pytest.mark.clause("FZH-20.p2")
def test_run_counts_after_it_was_read_again_and_restores_byte_for_byte(house: Set) -> None:
    row = house.run()
    assert (row.originals, row.place, row.carried_by) == (3, "区档案馆", "谭某") and row.added == row.files
    assert last_line().verb == "backup.verified" and row.index in last_line().body
    assert all(b"\x01" * 999 not in path.read_bytes() for path in house.objects())
    house.rows.append(received(house.cast, house.office, b"new", at=house.noon + 2 * DAY, name="4.bin"))
    assert backup.not_backed_up() == 1 and backup.covering_run(house.rows[0]) == row
    again = house.run(house.noon + 3 * DAY)
    assert (again.originals, again.added) == (4, 1) and backup.not_backed_up() == 0
    home = house.restore("home")
    for recording in house.rows:
        address = recording.sha256
        path = home / "vault/objects" / address[:2] / address[2:4] / address
        assert path.read_bytes() == house.office.vault.path(recording.digest).read_bytes()
    assert (home / "liuhen.sqlite3").read_bytes() == (house.snapshot / "liuhen.sqlite3").read_bytes()
    with pytest.raises(Exception, match="不是空的"):
        house.restore("home")
    older = house.restore("older", number=row.number)
    assert not (older / "vault/objects" / house.rows[3].sha256[:2]).exists()


def test_run_without_a_place_or_a_changed_original_does_not_count(house: Set) -> None:
    refused(
        lambda: backup.run_backup(
            house.sources, Carrying(house.folder, " ", "x"), by=OPERATOR, clock=lambda: house.noon
        ),
        says="存放处",
    )
    path = house.office.vault.path(house.rows[0].digest)
    path.chmod(0o600)
    path.write_bytes(b"x" * 70_000)
    with pytest.raises(Tampered, match="不符"):
        house.run()
    path.unlink()
    with pytest.raises(Tampered, match="不在库"):
        house.run()
    assert not BackupRun.objects.exists() and backup.last_run() is None


def test_run_onto_a_medium_that_keeps_something_else_does_not_count(
    house: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that everything was written, and keeps one bit of each file otherwise."""
    really = backup_set._write
    monkeypatch.setattr(backup_set, "_write", lambda target, pieces: _spoiled(target, really(target, pieces)))
    with pytest.raises(Tampered, match="缺失或者损坏"):
        house.run()
    assert not BackupRun.objects.exists()


def test_where_nothing_is_read_again_such_a_run_would_be_lost(
    house: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deliberate fault: a run that takes the medium at its word goes through, and nothing of it can be opened."""
    with monkeypatch.context() as blind:
        blind.setattr(BackupSet, "is_whole", lambda *_: True)
        really = backup_set._write
        blind.setattr(backup_set, "_write", lambda target, pieces: _spoiled(target, really(target, pieces)))
        house.run()
    assert BackupRun.objects.count() == 1
    with pytest.raises(Tampered):
        house.restore("home")


def _spoiled(target: Path, digest: str) -> str:
    """One bit of a sealed file is kept otherwise; indexes are kept as they are."""
    if target.suffix == ".sealed":
        content = bytearray(target.read_bytes())
        content[len(content) // 2] ^= 1
        target.write_bytes(content)
    return digest


def _flip(house: Set, chance: random.Random) -> None:
    path = chance.choice(house.objects())
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def _omit(house: Set, chance: random.Random) -> None:
    chance.choice(house.objects()).unlink()


def _truncate(house: Set, chance: random.Random) -> None:
    path = chance.choice(house.objects())
    path.write_bytes(path.read_bytes()[: -chance.randrange(1, 60_000)])


def _swap(house: Set, chance: random.Random) -> None:
    one, other = chance.sample(house.objects(), 2)
    a, b = one.read_bytes(), other.read_bytes()
    one.write_bytes(b)
    other.write_bytes(a)


def _edit_index(house: Set, chance: random.Random) -> None:
    path = next((house.folder / backup_set.FOLDER / "runs").glob("*.json"))
    text = path.read_text()
    place = chance.randrange(len(text))
    path.write_text(text[:place] + ("1" if text[place] != "1" else "2") + text[place + 1 :])


def test_every_damaged_omitted_or_mixed_set_is_refused_before_success(house: Set) -> None:
    """Two hundred sets: flipped, cut, left out, swapped, edited. The seed is in the failure."""
    house.run()
    kept = house.tmp / "kept"
    shutil.copytree(house.folder, kept)
    harms: tuple[Callable[[Set, random.Random], None], ...] = (_flip, _omit, _truncate, _swap, _edit_index)
    for seed in range(200):
        shutil.rmtree(house.folder)
        shutil.copytree(kept, house.folder)
        harms[seed % len(harms)](house, random.Random(seed))
        with pytest.raises((Tampered, Malformed)):
            house.restore(f"home-{seed}")
        shutil.rmtree(house.tmp / f"home-{seed}", ignore_errors=True)


def test_set_of_another_house_or_under_another_key_does_not_open(house: Set) -> None:
    house.run()
    with pytest.raises(Tampered, match="密钥不对"):
        house.restore("a", key=X25519PrivateKey.generate())
    with pytest.raises(Tampered, match="签名"):
        house.restore("b", verifier=Signer("liuhen/test", Ed25519PrivateKey.generate()).verifier)
    with pytest.raises(Exception, match="没有这次备份"):
        house.restore("c", number="x")


def test_damage_in_the_set_is_found_and_mended_by_the_next_run(house: Set) -> None:
    house.run()
    _omit(house, random.Random(1))
    assert house.run(house.noon + 2 * DAY).added >= 1
    house.restore("home")
    _flip(house, random.Random(2))
    with pytest.raises(Tampered, match="损坏"):
        house.run(house.noon + 3 * DAY)
    assert BackupRun.objects.count() == 2


def test_what_was_disposed_of_leaves_the_set_with_the_next_run(house: Set) -> None:
    first = house.run()
    gone = house.rows[0]
    Tombstone.objects.create(
        recording=gone, disposal="x", sha256=gone.sha256, sm3=gone.sm3, size=gone.size, copies=[], set_aside_at=house.noon,
        destroyed_at=house.noon,
    )  # fmt: skip
    house.run(house.noon + 2 * DAY)
    assert not BackupSet(house.folder).path(gone.sha256).exists()
    home = house.restore(
        "home", number=first.number
    )  # The older run restores as well, without what was disposed of.
    assert not list(home.rglob(gone.sha256)) and list(home.rglob(house.rows[1].sha256))


def test_drill_is_kept_whether_it_went_well_or_not(house: Set) -> None:
    refused(
        lambda: backup.rehearse(house.sources, house.folder, key=KEY, sample=2, by=OPERATOR, at=house.noon),
        says="没有备份",
    )
    house.run()
    row = backup.rehearse(house.sources, house.folder, key=KEY, sample=2, by=OPERATOR, at=house.noon)
    assert (row.sampled, row.good) == (3, 3) and last_line().verb == "backup.rehearsed"
    for path in house.objects():
        path.write_bytes(path.read_bytes()[:-1])
    bad = backup.rehearse(house.sources, house.folder, key=KEY, sample=2, by=OPERATOR, at=house.noon)
    assert bad.good == 0 and "损坏" in bad.note and RestoreDrill.objects.count() == 2


def test_age_runs_from_what_the_last_run_covers(house: Set) -> None:
    age = backup.age_of_backup(at=house.noon + 26 * DAY)
    assert age is not None and age > backup.WARN
    house.run()
    assert backup.age_of_backup(at=house.noon + 26 * DAY) == 25 * DAY


def test_keys_come_together_from_their_two_parts_alone(tmp_path: Path) -> None:
    keys = {"backup.key": b"one" * 40, "log.key": b"two" * 30}
    first, second = parts.split(keys, log="liuhen/test")
    assert parts.join(second, first) == keys and parts.log_of(first) == "liuhen/test"
    assert b"one".hex() not in first + second
    stranger, _ = parts.split(keys, log="liuhen/test")
    for one, other in (
        (first, first),
        (stranger, second),
        (first, "{"),
        (first, "{}"),
        (first, second[:-40]),
    ):
        with pytest.raises(Malformed):
            parts.join(one, other)


def test_death_at_any_call_of_a_run_leaves_no_run_that_counts_and_the_next_one_comes_through(
    house: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        """The process ended here."""

    really = {"fsync": backup_set.os.fsync, "rename": Path.rename, "act": backup.act}
    for die_at in range(1, 60):
        count = 0

        def counting(work: Callable[..., Any], die_at: int = die_at) -> Callable[..., Any]:
            def call(*given: Any, **named: Any) -> Any:
                nonlocal count
                count += 1
                if count == die_at:
                    raise Died
                return work(*given, **named)

            return call

        with monkeypatch.context() as patched:
            patched.setattr(backup_set.os, "fsync", counting(really["fsync"]))
            patched.setattr(Path, "rename", counting(really["rename"]))
            patched.setattr(backup, "act", counting(really["act"]))
            try:
                house.run(house.noon + die_at * DAY)
            except Died:
                assert not BackupRun.objects.exists()
                continue
        break
    assert die_at > 5 and BackupRun.objects.count() == 1
    house.restore("home")
