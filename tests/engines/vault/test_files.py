"""The file vault: the contract, with direct writes and without; then what only a disk can do wrong."""

import errno
import json
import os
import shutil
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from tests.engines.vault.contract import KEY, VaultContract, content_of, read_all

from liuhen.engines.vault import FileVault, arriving, files
from liuhen.engines.vault.ring import BLOCK, BUFFER, Pool
from liuhen.engines.vault.strand import Strand
from liuhen.kernel.digests import Digest, digest_of
from liuhen.kernel.errors import Tampered, Unavailable

ROOMY = 1 << 40


def open_vault(root: Path, on_fatal: Callable[[OSError], None] = lambda _: None) -> FileVault:
    return FileVault(root, on_fatal=on_fatal, free=lambda _: ROOMY)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def vault(root: Path) -> FileVault:
    return open_vault(root)


class TestFileVault(VaultContract):
    @pytest.fixture
    def vault(self, root: Path) -> FileVault:  # type: ignore[override]
        return open_vault(root)

    def left_behind(self, vault: FileVault) -> list[str]:  # type: ignore[override]
        return sorted(path.name for path in vault._incoming.iterdir())

    def damage(self, vault: FileVault, digest: Digest, *, at: int) -> None:  # type: ignore[override]
        path = vault.path(digest)
        path.chmod(0o600)
        with path.open("r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1]))
            os.fsync(file.fileno())


class TestFileVaultWithoutDirectWrites(TestFileVault):
    """Some file systems (tmpfs, some network disks) refuse O_DIRECT: the page cache serves."""

    @pytest.fixture(autouse=True)
    def _no_direct(self, monkeypatch: pytest.MonkeyPatch) -> None:
        really_open = os.open

        def refuse(path: Any, flags: int, *rest: Any, **named: Any) -> int:
            if flags & os.O_DIRECT:
                raise OSError(errno.EINVAL, "Invalid argument")
            return really_open(path, flags, *rest, **named)

        monkeypatch.setattr(os, "open", refuse)


# -- where and how objects lie -----------------------------------------------------------------------------------


def test_object_lies_under_its_hash_and_nobody_may_write_it(vault: FileVault, root: Path) -> None:
    digest = vault.put(BytesIO(b"clip")).digest
    path = root / "objects" / digest.sha256[:2] / digest.sha256[2:4] / digest.sha256
    assert vault.path(digest) == path
    assert path.stat().st_mode & 0o777 == 0o440
    assert not (path.parent.stat().st_mode | path.parent.parent.stat().st_mode) & 0o007


def test_unfinished_uploads_are_named(vault: FileVault) -> None:
    begun = vault.incoming(KEY)
    begun.write(b"half")
    begun.sync()
    assert list(vault.left_over()) == [KEY]
    begun.commit()
    assert list(vault.left_over()) == []


def test_reserve_belongs_to_the_database(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def disk(total: int, free: int) -> None:
        monkeypatch.setattr(
            shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(total, total - free, free)
        )

    vault = FileVault(root)
    disk(total=1000 << 30, free=30 << 30)
    assert vault.free_bytes() == (30 << 30) - int((1000 << 30) * files.RESERVE_SHARE)
    disk(total=10 << 30, free=3 << 30)
    assert vault.free_bytes() == 2 << 30  # two in a hundred would be too little: at least 1 GiB stays
    disk(total=10 << 30, free=1 << 29)
    assert vault.free_bytes() == 0


def failing(number: int) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return fail


# -- going on after a crash --------------------------------------------------------------------------------------


def test_upload_cut_off_goes_on_from_what_was_durable(root: Path) -> None:
    content = content_of(2 * BUFFER + 5000)
    before = open_vault(root).incoming(KEY)
    before.write(content[: BUFFER + 100])
    assert before.sync() == before.durable == BUFFER + 100
    before.write(content[BUFFER + 100 : BUFFER + 900])  # never made durable: the machine dies here
    after = open_vault(root).incoming(KEY)
    assert after.received == BUFFER + 100
    after.write(content[BUFFER + 100 :])
    assert after.commit(digest_of(content)).size == len(content)


def test_bytes_after_the_durable_ones_are_not_trusted(vault: FileVault, root: Path) -> None:
    begun = vault.incoming(KEY)
    begun.write(b"good")
    begun.sync()
    begun.close()
    with (root / "incoming" / f"{KEY}.part").open("ab") as file:
        file.write(b"\0" * 9000)  # what a crash may leave behind the last fsync
    again = vault.incoming(KEY)
    assert again.received == 4
    again.write(b" clip")
    assert again.commit().digest == digest_of(b"good clip")


@pytest.mark.parametrize(
    "note", [b"", b"{", b"[]", b'{"durable": null}', b'{"other": 1}', b'{"durable": 99999}']
)
def test_damaged_note_of_what_is_durable_promises_nothing_too_much(
    vault: FileVault, root: Path, note: bytes
) -> None:
    begun = vault.incoming(KEY)
    begun.write(b"clip")
    begun.sync()
    begun.close()
    (root / "incoming" / f"{KEY}.durable").write_bytes(note)
    again = vault.incoming(KEY)
    assert again.received in (0, 4)
    again.write(b"clip"[again.received :])
    assert again.commit().digest == digest_of(b"clip")


def test_note_left_by_a_crash_after_the_rename_does_not_shift_the_next_upload(
    vault: FileVault, root: Path
) -> None:
    (root / "incoming" / f"{KEY}.durable").write_bytes(b'{"durable": 4096}')
    fresh = vault.incoming(KEY)
    assert fresh.received == 0
    fresh.write(b"clip")
    assert fresh.commit().digest == digest_of(b"clip")


def test_long_upload_notes_its_progress_on_the_way(
    vault: FileVault, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "_CHECKPOINT", 2 * BUFFER)
    content = content_of(5 * BUFFER)
    begun = vault.incoming(KEY)
    begun.write(content)
    begun.close()  # without a sync: only the progress noted on the way counts
    assert json.loads((root / "incoming" / f"{KEY}.durable").read_bytes()) == {"durable": 4 * BUFFER}
    again = vault.incoming(KEY)
    assert again.received == 4 * BUFFER
    again.write(content[4 * BUFFER :])
    assert again.commit().digest == digest_of(content)


def test_file_that_becomes_shorter_under_our_hands_is_told_and_next_taken_as_long_as_it_is(
    vault: FileVault, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = vault.incoming(KEY)
    begun.write(b"clip")
    begun.sync()
    begun.close()
    with monkeypatch.context() as broken:
        broken.setattr(os, "preadv", lambda *_: 0)
        with pytest.raises(Unavailable, match="became shorter"):
            vault.incoming(KEY)
    os.truncate(root / "incoming" / f"{KEY}.part", 2)
    again = vault.incoming(KEY)
    assert again.received == 2
    again.write(b"ip")
    assert again.commit().digest == digest_of(b"clip")


class SlowReader:
    """The disk as the digests read it: nothing comes before `let_go`; then what `says`, or the truth."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, says: Callable[..., int] | None = None) -> None:
        self._gate, self._says, self._really = threading.Event(), says, os.preadv
        self.asked = threading.Event()
        monkeypatch.setattr(os, "preadv", self._read)

    def let_go(self) -> None:
        self._gate.set()

    def _read(self, descriptor: int, views: list[memoryview], at: int) -> int:
        if threading.current_thread() is threading.main_thread():
            return self._really(descriptor, views, at)
        self.asked.set()
        assert self._gate.wait(20)
        return self._says() if self._says else self._really(descriptor, views, at)


def begun_before(vault: FileVault, content: bytes) -> None:
    """The house stopped after this much was durable."""
    begun = vault.incoming(KEY)
    begun.write(content)
    begun.sync()
    begun.close()


@pytest.mark.parametrize("there", [1, BLOCK, BUFFER, 2 * BUFFER + 77])
def test_what_goes_on_after_a_restart_is_taken_before_what_was_there_is_read_again(
    vault: FileVault, monkeypatch: pytest.MonkeyPatch, there: int
) -> None:
    content = content_of(20 * BUFFER + 5)
    begun_before(vault, content[:there])
    disk = SlowReader(monkeypatch)
    again = vault.incoming(KEY)
    again.write(content[there : 18 * BUFFER])  # more than the ring holds
    assert again.sync() == again.durable == 18 * BUFFER
    assert disk.asked.wait(20)
    disk.let_go()
    assert again.measured().digest == digest_of(content[: 18 * BUFFER])
    again.write(content[18 * BUFFER :])
    assert again.commit(digest_of(content)).size == len(content)


def test_upload_is_let_go_while_its_digests_are_behind_and_goes_on_once_more(
    vault: FileVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = content_of(4 * BUFFER)
    begun_before(vault, content[: 3 * BUFFER])
    disk = SlowReader(monkeypatch)
    again = vault.incoming(KEY)
    assert disk.asked.wait(20)
    disk.let_go()
    again.close()
    once_more = vault.incoming(KEY)
    once_more.write(content[3 * BUFFER :])
    assert once_more.commit().digest == digest_of(content)


@pytest.mark.parametrize("says", [lambda: 0, failing(errno.EIO)], ids=["shorter", "error"])
def test_disk_that_does_not_give_back_what_was_there_stores_nothing(
    vault: FileVault, monkeypatch: pytest.MonkeyPatch, says: Callable[..., int]
) -> None:
    content = content_of(3 * BUFFER)
    begun_before(vault, content[: 2 * BUFFER])
    with monkeypatch.context() as broken:
        disk = SlowReader(broken, says)
        again = vault.incoming(KEY)
        disk.let_go()
        with pytest.raises(Unavailable, match="读写出错"):  # at the next buffer, or at the end
            again.write(content[2 * BUFFER :])
            again.commit()
        again.close()
    assert list(vault.walk()) == []
    healed = vault.incoming(KEY)
    healed.write(content[healed.received :])
    assert healed.commit().digest == digest_of(content)


@pytest.mark.parametrize("keep", [0, 1, BLOCK - 1, BLOCK, BUFFER - 1, BUFFER, BUFFER + 1, BUFFER + BLOCK + 3])
def test_bytes_that_did_not_fit_their_checksum_are_forgotten(vault: FileVault, keep: int) -> None:
    content = content_of(2 * BUFFER)
    begun = vault.incoming(KEY)
    begun.write(content[:keep])
    begun.write(b"\xff" * 5000)
    begun.rewind(keep)
    assert begun.received == begun.durable == keep
    begun.write(content[keep:])
    assert begun.commit(digest_of(content)).size == len(content)


# -- a disk that fails -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "says"), [(errno.ENOSPC, "空间不足"), (errno.EDQUOT, "空间不足"), (errno.EIO, "读写出错")]
)
@pytest.mark.parametrize("size", [100, BLOCK, BUFFER + 100, 12 * BUFFER])
def test_disk_that_refuses_bytes_is_told_and_nothing_is_acknowledged(
    vault: FileVault, monkeypatch: pytest.MonkeyPatch, number: int, says: str, size: int
) -> None:
    content = content_of(size)
    with monkeypatch.context() as broken:
        broken.setattr(os, "pwrite", failing(number))
        with pytest.raises(Unavailable, match=says):
            vault.put(BytesIO(content))
    assert not vault.holds(digest_of(content))
    assert list(vault._incoming.iterdir()) == []
    assert vault.put(BytesIO(content)).digest == digest_of(content)  # the disk has room again


def test_upload_on_a_full_disk_goes_on_once_there_is_room(
    vault: FileVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = content_of(9 * BUFFER)
    begun = vault.incoming(KEY)
    begun.write(content[: BUFFER + 10])
    begun.sync()
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", failing(errno.ENOSPC))
        with pytest.raises(Unavailable):
            begun.write(content[BUFFER + 10 :])
            begun.sync()
        begun.close()
    again = vault.incoming(KEY)
    assert again.received == BUFFER + 10
    again.write(content[BUFFER + 10 :])
    assert again.commit(digest_of(content)).size == len(content)


def test_failed_upload_does_not_lend_its_buffer_to_two_others(
    vault: FileVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "_POOL", Pool())
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", failing(errno.ENOSPC))
        begun = vault.incoming(KEY)
        with pytest.raises(Unavailable):
            for _ in range(20):
                begun.write(content_of(BUFFER))
        begun.discard()
    free = arriving._POOL._free
    assert free
    assert len({id(buffer) for buffer in free}) == len(free)
    one, other = vault.incoming(KEY), vault.incoming(KEY[::-1])
    one.write(b"a" * 5000)
    other.write(b"b" * 5000)
    assert one.commit().digest == digest_of(b"a" * 5000)
    assert other.commit().digest == digest_of(b"b" * 5000)


def test_short_writes_are_completed(vault: FileVault, monkeypatch: pytest.MonkeyPatch) -> None:
    really_write = os.pwrite
    monkeypatch.setattr(
        os, "pwrite", lambda fd, view, at: really_write(fd, view[: max(BLOCK, len(view) // 2)], at)
    )
    content = content_of(2 * BUFFER + 77)
    assert vault.put(BytesIO(content)).digest == digest_of(content)
    assert vault.reread(digest_of(content)).size == len(content)


@pytest.mark.parametrize("size", [100, 3 * BUFFER])
@pytest.mark.parametrize("name", ["fdatasync", "fsync"])
def test_failed_fsync_stops_the_vault_for_good(
    root: Path, monkeypatch: pytest.MonkeyPatch, size: int, name: str
) -> None:
    told: list[OSError] = []
    vault = open_vault(root, told.append)
    sound = vault.put(BytesIO(b"earlier")).digest
    other = vault.incoming("fedcba9876543210")
    other.write(b"on its way")
    with monkeypatch.context() as broken:
        broken.setattr(os, name, failing(errno.EIO))
        with pytest.raises(Unavailable, match="已停止接收"):
            vault.put(BytesIO(content_of(size)))
    assert [error.errno for error in told] == [errno.EIO]
    assert vault.free_bytes() == 0
    with pytest.raises(Unavailable, match="重新启动"):  # A later fsync that succeeds proves nothing.
        vault.put(BytesIO(b"later"))
    with pytest.raises(Unavailable, match="重新启动"):
        other.commit()
    assert read_all(vault.open(sound)) == b"earlier"
    other.close()


def test_failed_fsync_of_progress_on_the_way_stops_too(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[OSError] = []
    vault = open_vault(root, told.append)
    monkeypatch.setattr(arriving, "_CHECKPOINT", BUFFER)
    begun = vault.incoming(KEY)
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", failing(errno.EIO))
        with pytest.raises(Unavailable):
            begun.write(content_of(3 * BUFFER))
            begun.sync()
        begun.discard()
    assert told


@pytest.mark.parametrize("call", ["ftruncate", "preadv"])
def test_disk_that_fails_when_going_on_is_told_and_lets_go(
    vault: FileVault, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    begun = vault.incoming(KEY)
    begun.write(b"clip")
    begun.sync()
    begun.close()
    opened = len(list(Path("/proc/self/fd").iterdir()))
    with monkeypatch.context() as broken:
        broken.setattr(os, call, failing(errno.EIO))
        with pytest.raises(Unavailable, match="读写出错"):
            vault.incoming(KEY)
    assert len(list(Path("/proc/self/fd").iterdir())) == opened
    again = vault.incoming(KEY)
    assert again.received == 4
    again.discard()


def test_full_disk_at_the_first_byte_is_told(vault: FileVault, monkeypatch: pytest.MonkeyPatch) -> None:
    really_open = os.open

    def refuse(path: Any, flags: int, *rest: Any, **named: Any) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.ENOSPC, "No space left on device")
        return really_open(path, flags, *rest, **named)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(Unavailable, match="空间不足"):
        vault.incoming(KEY)


# -- many at once ------------------------------------------------------------------------------------------------


def test_many_uploads_at_once_all_arrive(vault: FileVault) -> None:
    uploads, errors = 24, list[BaseException]()

    def send(number: int) -> None:
        try:
            content = bytes([number]) + content_of(BUFFER + number * 1000)
            begun = vault.incoming(f"{number:016x}")
            for at in range(0, len(content), 300_000):
                begun.write(content[at : at + 300_000])
                begun.is_roomy()
            assert begun.commit(digest_of(content)).size == len(content)
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(uploads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert errors == []
    assert len([vault.reread(digest) for digest in vault.walk()]) == uploads


def test_many_putting_the_same_bytes_make_one_object(vault: FileVault) -> None:
    content = content_of(BUFFER + 1)
    found: list[Digest] = []
    threads = [
        threading.Thread(target=lambda: found.append(vault.put(BytesIO(content)).digest)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [digest_of(content)] * 8
    assert len(list(vault.walk())) == 1
    assert list(vault._incoming.iterdir()) == []


def test_upload_says_when_it_would_have_to_wait(vault: FileVault, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, really_write = threading.Event(), os.pwrite

    def slow(*given: Any) -> int:
        gate.wait(30)
        return really_write(*given)

    monkeypatch.setattr(os, "pwrite", slow)
    begun = vault.incoming(KEY)
    assert begun.is_roomy()
    begun.write(content_of(6 * BUFFER))
    assert not begun.is_roomy()
    waiting = threading.Thread(target=begun.wait_for_room)
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    gate.set()
    waiting.join(30)
    assert not waiting.is_alive()
    begun.sync()
    assert begun.is_roomy()
    begun.wait_for_room()  # At once.
    begun.discard()


def test_medium_that_cannot_read_what_was_begun_is_told(
    vault: FileVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = vault.incoming(KEY)
    begun.write(b"clip")
    begun.measured()
    begun.close()
    monkeypatch.setattr(files.os, "pread", failing(errno.EIO))
    with pytest.raises(Unavailable, match="读写出错"):
        list(vault.begun(KEY, 4))
    monkeypatch.undo()
    assert b"".join(vault.begun(KEY, 4)) == b"clip"


# -- the parts below ---------------------------------------------------------------------------------------------


def test_pool_keeps_a_limited_number_of_buffers() -> None:
    pool = Pool()
    lent = [pool.borrow() for _ in range(70)]
    for buffer in lent:
        pool.give_back(buffer)
    assert len(pool._free) == 64
    assert pool.borrow() is lent[63]


def test_strand_keeps_its_order_and_its_first_error() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        done.append(number)
        if number in (3, 5):
            raise ValueError(number)

    strand, settled = Strand(arriving._DIGESTS), threading.Event()
    for number in range(200):
        strand.do(lambda n=number: work(n))  # type: ignore[misc]
    strand.do(settled.set)
    assert settled.wait(10)
    assert done == list(range(200))
    assert str(strand.error) == "3"


def test_error_that_is_no_disk_error_is_raised_as_it_is(vault: FileVault) -> None:
    begun = vault.incoming(KEY)
    begun._sha256._strand.do(lambda: 1 // 0)
    begun.write(b"clip")  # Its digest comes after that, on the same strand.
    with pytest.raises(ZeroDivisionError):
        begun.commit()
    begun._sha256._strand.error = None
    begun.discard()


def test_damaged_object_is_not_hidden_by_putting_it_again(vault: FileVault) -> None:
    digest = vault.put(BytesIO(b"clip")).digest
    path = vault.path(digest)
    path.chmod(0o600)
    path.write_bytes(b"clop")
    vault.put(BytesIO(b"clip"))
    with pytest.raises(Tampered):
        vault.reread(digest)


def test_failed_overwriting_stops_the_vault_and_leaves_what_was_to_be_destroyed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[OSError] = []
    vault = open_vault(root, told.append)
    digest = vault.put(BytesIO(content_of(3 * BUFFER))).digest
    vault.set_aside(digest)
    assert vault.condemn(digest)
    with monkeypatch.context() as broken:
        broken.setattr(files.os, "pwrite", failing(errno.EIO))
        with pytest.raises(Unavailable, match="已停止接收"):
            vault.destroy(digest)
    assert [error.errno for error in told] == [errno.EIO] and list(vault.aside())
    with pytest.raises(Unavailable):
        vault.destroy(digest)
    again = open_vault(root)
    again.destroy(digest)
    assert list(again.aside()) == []


def test_repair_keeps_what_was_bad_and_refuses_what_is_not_of_the_address(
    vault: FileVault, root: Path
) -> None:
    content = content_of(3 * BLOCK)
    digest = vault.put(BytesIO(content)).digest
    path = vault.path(digest)
    path.chmod(0o600)
    path.write_bytes(b"bad" * 100)
    with pytest.raises(Tampered, match="申报的摘要"):
        vault.repair(digest, [b"neither"])
    assert path.read_bytes() == b"bad" * 100
    assert not (root / "damaged").exists()
    vault.repair(digest, [content[:BLOCK], content[BLOCK:]])
    assert vault.reread(digest).size == len(content)
    assert [one.read_bytes() for one in (root / "damaged").iterdir()] == [b"bad" * 100]
    path.chmod(0o600)
    path.unlink()
    vault.repair(digest, [content])
    assert vault.reread(digest).size == len(content)
    assert len(list((root / "damaged").iterdir())) == 1
    assert list((root / "incoming").iterdir()) == []
    vault.set_aside(digest)
    assert vault.condemn(digest)
    vault.destroy(digest)
    assert list((root / "damaged").iterdir()) == list((root / "aside").iterdir()) == []


# -- the file beside its bytes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("link", "指向别处的链接"),
        ("another name", "还有别的文件名"),
        ("mode", "可以写入"),
        ("owner", "属主不是本系统"),
    ],
)
def test_object_that_is_not_as_the_vault_leaves_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, says: str
) -> None:
    vault = FileVault(tmp_path / "vault")
    stored = vault.put(BytesIO(b"clip"))
    path = vault.path(stored.digest)
    assert vault.exposed(stored.digest) == ""
    if what == "link":
        path.rename(tmp_path / "aside")
        path.symlink_to(tmp_path / "aside")
    elif what == "another name":
        (tmp_path / "aside").hardlink_to(path)
    elif what == "mode":
        path.chmod(0o644)
    else:
        told = list(path.lstat())
        told[4] += 1
        monkeypatch.setattr(Path, "lstat", lambda _: os.stat_result(told))
    assert says in vault.exposed(stored.digest)


def test_object_that_is_not_there_is_told_by_whoever_reads_it(tmp_path: Path) -> None:
    assert FileVault(tmp_path / "vault").exposed(digest_of(b"nothing")) == ""
