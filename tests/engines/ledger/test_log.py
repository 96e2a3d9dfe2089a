"""The log: tiles in the published form, every proof out of them, and no signature over what does not fit.

A crash is a store that stops writing at the n-th write; whoever opens the same files again goes on, and never signs
another past.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.engines.ledger.trees import mth, path, proof

from liuhen.engines.ledger import FileLogStore, Log, LogStore, MemoryLogStore, Signer, tiles
from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.engines.ledger.log import Difference
from liuhen.engines.ledger.tree import check_consistency, check_inclusion, leaf_hash
from liuhen.kernel.errors import Tampered

SIGNER = Signer("liuhen/test", Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
OTHER = Signer("liuhen/other", Ed25519PrivateKey.from_private_bytes(b"\2" * 32))
WIDTH = tiles.WIDTH


def entries(start: int, end: int) -> list[bytes]:
    return [n.to_bytes(32, "big") for n in range(start, end)]


def log_over(store: LogStore, signer: Signer = SIGNER) -> Log:
    return Log(store, signer=signer)


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> LogStore:
    return FileLogStore(tmp_path / "log") if request.param == "file" else MemoryLogStore()


@pytest.fixture
def memory() -> MemoryLogStore:
    return MemoryLogStore()


# -- growing -----------------------------------------------------------------------------------------------------


def test_log_apart_for_another_thread_reads_the_same(store: LogStore) -> None:
    log = log_over(store)
    assert Checkpoint.opened(log.offered(), SIGNER.verifier).size == 0
    log.extend(entries(0, 3))
    assert (log.apart().latest(), log.apart().offered()) == (log.latest(), log.note())


def test_empty_log_has_size_nothing(store: LogStore) -> None:
    log = log_over(store)
    assert log.latest() == Checkpoint(SIGNER.name, 0, mth([]))
    assert log.note() == ""
    assert log.extend([]) == log.latest()
    assert list(log.entries(0, 0)) == []


@pytest.mark.parametrize("steps", [[1, 2, 3], [255, 1, 1], [256, 256], [100, 200, 300], [700]])
def test_log_grown_in_steps_is_the_log_grown_at_once(store: LogStore, steps: list[int]) -> None:
    log, size = log_over(store), 0
    for step in steps:
        after = log.extend(entries(size, size + step))
        size += step
        assert after == Checkpoint(SIGNER.name, size, mth(entries(0, size)))
        assert log_over(store).latest() == after
        assert list(log.entries(0, size)) == entries(0, size)
    assert Checkpoint.opened(log.note(), SIGNER.verifier).size == size
    assert list(log.differences(0, size)) == []


def test_proofs_out_of_tiles_check_also_for_earlier_sizes(memory: MemoryLogStore) -> None:
    log, every = log_over(memory), entries(0, 600)
    for start, end in ((0, 3), (3, 250), (250, 600)):
        log.extend(every[start:end])
    for size in (1, 3, 7, 249, 250, 256, 257, 512, 599, 600):
        root = log.root(size)
        assert root == mth(every[:size])
        for index in {0, 1, size // 2, size - 1} & set(range(size)):
            steps = log.inclusion(index, size)
            assert steps == path(index, every[:size])
            check_inclusion(steps, leaf=leaf_hash(every[index]), index=index, size=size, root=root)
        steps = log.consistency(size, 600)
        assert steps == proof(size, every)
        check_consistency(steps, old=size, new=600, old_root=root, new_root=log.root(600))


def test_entries_are_read_from_the_middle(memory: MemoryLogStore) -> None:
    log = log_over(memory)
    log.extend(entries(0, 600))
    assert list(log.entries(255, 514)) == entries(255, 514)
    with pytest.raises(Tampered, match="缺失"):
        list(log.entries(590, 601))


def test_third_level_of_tiles_is_kept_and_checked(
    memory: MemoryLogStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same code with tiles four wide, so that a few entries make four levels."""
    monkeypatch.setattr(tiles, "WIDTH", 4)
    monkeypatch.setattr(tiles, "HEIGHT", 2)
    log, every = log_over(memory), entries(0, 150)
    for start in range(0, 150, 7):
        log.extend(every[start : min(start + 7, 150)])
    assert log.latest().root == mth(every)
    assert "tile/3/000.p/2" in memory.files
    assert list(log.differences(0, 150)) == []
    memory.files["tile/2/001"] = bytes(128)
    assert Difference(3, 1) in list(log_over(memory).differences(0, 150))


def test_cache_of_tiles_does_not_grow_without_end(
    memory: MemoryLogStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liuhen.engines.ledger.log._CACHED", 1)
    log = log_over(memory)
    log.extend(entries(0, 1100))
    assert [log.inclusion(n, 1100) for n in (0, 300, 600, 900)]
    assert len(log._tiles) <= 2
    assert len(log._edge) <= 1


# -- the published form ------------------------------------------------------------------------------------------


def test_tiles_lie_where_the_published_form_says(memory: MemoryLogStore) -> None:
    log_over(memory).extend(entries(0, 600))
    assert set(memory.files) == {
        "checkpoint",
        "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2",
        "tile/entries/000", "tile/entries/001", "tile/entries/002.p/88",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("index", "told"),
    [(0, "000"), (255, "255"), (999, "999"), (1000, "x001/000"), (1234067, "x001/x234/067")],
)
def test_tile_number_is_written_in_groups_of_three(index: int, told: str) -> None:
    assert tiles.tile_path(3, index) == f"tile/3/{told}"
    assert tiles.tile_path(0, index, 7) == f"tile/0/{told}.p/7"
    assert tiles.entries_path(index, 255) == f"tile/entries/{told}.p/255"
    assert tiles.entries_path(index) == f"tile/entries/{told}"


@pytest.mark.parametrize(
    ("level", "size", "full", "partial"),
    [(0, 0, 0, 0), (0, 255, 0, 255), (0, 256, 1, 0), (1, 256, 0, 1), (1, 65_536, 1, 0), (2, 65_536, 0, 1), (1, 70_000, 1, 17)],
)  # fmt: skip
def test_number_of_tiles_follows_from_the_size(level: int, size: int, full: int, partial: int) -> None:
    assert tiles.widths(level, size) == (full, partial)


@pytest.mark.parametrize("packed", [[], [b""], [b"one"], [b"", b"two", b"x" * 65_535]])
def test_bundle_of_entries_reads_back(packed: list[bytes]) -> None:
    bundle = tiles.pack_entries(packed)
    assert tiles.unpack_entries(bundle) == packed
    assert len(tiles.unpack_entries(bundle[:-1])) < max(1, len(packed))


# -- what does not fit is never signed over ----------------------------------------------------------------------


class ChangingStore(MemoryLogStore):
    """A medium that keeps something else than it was given, for one path."""

    def __init__(self, path: str, change: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._path, self._change = path, change

    def write(self, path: str, content: bytes) -> None:
        super().write(path, self._change(content) if path == self._path else content)


def flipped(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize(
    "target",
    ["tile/entries/000", "tile/entries/001.p/44", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"],
)
@pytest.mark.parametrize("change", [flipped, lambda content: content[:-32], lambda _: b""])
def test_file_changed_between_writing_and_reading_is_not_signed(
    target: str, change: Callable[[bytes], bytes]
) -> None:
    store = ChangingStore(target, change)
    log = log_over(store)
    first = log.extend(entries(0, 10))
    with pytest.raises(Tampered):
        log.extend(entries(10, 300))
    assert log_over(store).latest() == first


def test_log_whose_past_was_changed_is_not_extended(store: LogStore) -> None:
    log = log_over(store)
    log.extend(entries(0, 10))
    tile = store.read("tile/0/000.p/10")
    assert tile is not None
    store.write("tile/0/000.p/10", flipped(tile))
    with pytest.raises(Tampered, match="根摘要"):
        log.extend(entries(10, 20))  # the very log that wrote it: what it remembers does not count
    assert log.latest().size == 10


def test_past_changed_while_the_log_grows_is_not_signed() -> None:
    class Undermining(MemoryLogStore):
        """Rewrites the beginning of the tile, and the entry with it, in the moment in which the tile grows."""

        def write(self, path: str, content: bytes) -> None:
            if path == "tile/0/000.p/20":
                content = leaf_hash(b"forged") + content[32:]
            if path == "tile/entries/000.p/20":
                content = tiles.pack_entries([b"forged", *tiles.unpack_entries(content)[1:]])
            super().write(path, content)

    store = Undermining()
    log = log_over(store)
    first = log.extend(entries(0, 10))
    with pytest.raises(Tampered, match="原有部分"):
        log.extend(entries(10, 20))
    assert log.latest() == first


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("tile/entries/000", [Difference(0, 255)]),
        ("tile/0/000", [Difference(0, 255), Difference(1, 0)]),
        ("tile/entries/002.p/88", [Difference(0, 599)]),
        ("tile/0/002.p/88", [Difference(0, 599)]),
        ("tile/1/000.p/2", [Difference(1, 1)]),
    ],
)
def test_every_flipped_byte_is_found_and_placed(
    memory: MemoryLogStore, target: str, found: list[Difference]
) -> None:
    log = log_over(memory)
    log.extend(entries(0, 600))
    assert list(log.differences(0, 600)) == []
    memory.files[target] = flipped(memory.files[target])
    fresh = log_over(memory)
    assert list(fresh.differences(0, 600)) == found
    told = [str(difference) for difference in found]
    assert all(("条" in one) or ("瓦片 tile/0/" in one) for one in told)


@pytest.mark.parametrize("target", ["tile/entries/000", "tile/0/000", "tile/1/000.p/2"])
def test_missing_file_is_named(memory: MemoryLogStore, target: str) -> None:
    log_over(memory).extend(entries(0, 600))
    del memory.files[target]
    with pytest.raises(Tampered, match=target.removesuffix("/2")):
        list(log_over(memory).differences(0, 600))


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\xff\xfe garbage",
        Checkpoint(SIGNER.name, 10, b"\0" * 32).text().encode(),
        Checkpoint(SIGNER.name, 10, b"\0" * 32).signed(OTHER).encode(),
        Checkpoint(OTHER.name, 10, b"\0" * 32).signed(SIGNER).encode(),
    ],
)
def test_checkpoint_that_is_not_ours_is_an_alarm(memory: MemoryLogStore, note: bytes) -> None:
    log_over(memory).extend(entries(0, 10))
    memory.files["checkpoint"] = note
    with pytest.raises(Tampered):
        log_over(memory).latest()
    with pytest.raises(Tampered):
        log_over(memory).extend(entries(10, 11))
    assert isinstance(log_over(memory).note(), str)


def test_checkpoint_signed_over_another_root_is_an_alarm(memory: MemoryLogStore) -> None:
    log = log_over(memory)
    log.extend(entries(0, 10))
    memory.files["checkpoint"] = Checkpoint(SIGNER.name, 10, b"\0" * 32).signed(SIGNER).encode()
    with pytest.raises(Tampered, match="根摘要"):
        log.check(log.latest())


# -- crashes -----------------------------------------------------------------------------------------------------


class PowerCut(Exception):
    """The store writes nothing any more."""


class CuttingStore(MemoryLogStore):
    """Works for `writes` writes over the files of another store, then never again."""

    def __init__(self, files: dict[str, bytes], writes: int) -> None:
        super().__init__()
        self.files, self.left = files, writes

    def write(self, path: str, content: bytes) -> None:
        if self.left == 0:
            raise PowerCut
        self.left -= 1
        super().write(path, content)


@pytest.mark.parametrize(("before", "step"), [(0, 3), (10, 5), (250, 20), (250, 600), (512, 1)])
def test_extension_cut_off_at_any_write_is_taken_up_and_signs_no_fork(before: int, step: int) -> None:
    ready = MemoryLogStore()
    first = log_over(ready).extend(entries(0, before))
    cuts = 0
    while True:
        files = dict(ready.files)
        try:
            log_over(CuttingStore(files, cuts)).extend(entries(before, before + step))
        except PowerCut:
            _taken_up(files, first, before, step)
            cuts += 1
        else:
            break
    assert cuts >= 3


def _taken_up(files: dict[str, bytes], first: Checkpoint, before: int, step: int) -> None:
    """Over the same files: nothing new was signed, and the log grows, also by less or by other than was tried."""
    assert log_over(CuttingStore(files, 0)).latest() == first
    for tried in (entries(before, before + step), entries(before, before + 1), [b"other"] * (step + 1)):
        survivor = CuttingStore(dict(files), -1)
        log = log_over(survivor)
        after = log.extend(tried)
        assert after.root == mth([*entries(0, before), *tried])
        check_consistency(
            log.consistency(before, after.size), old=before, new=after.size, old_root=first.root, new_root=after.root
        )  # fmt: skip
        assert list(log_over(survivor).differences(0, after.size)) == []


# -- the folder --------------------------------------------------------------------------------------------------


def test_file_is_replaced_as_one_step_and_leaves_nothing_beside(tmp_path: Path) -> None:
    store = FileLogStore(tmp_path / "log")
    assert store.read("tile/0/000") is None
    for content in (b"first", b"", b"second"):
        store.write("tile/0/000", content)
        assert store.read("tile/0/000") == content
    assert [p.name for p in (tmp_path / "log/tile/0").iterdir()] == ["000"]


def test_failed_write_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileLogStore(tmp_path / "log")
    store.write("checkpoint", b"first")

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    for call in ("write", "fsync"):
        with monkeypatch.context() as broken:
            broken.setattr(os, call, fail)
            with pytest.raises(OSError, match="No space"):
                store.write("checkpoint", b"second")
        assert store.read("checkpoint") == b"first"
        assert [p.name for p in (tmp_path / "log").iterdir()] == ["checkpoint"]


def test_many_files_get_their_names_only_when_all_are_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, really_sync, syncs = FileLogStore(tmp_path / "log"), os.fsync, iter(range(99))
    files = {f"tile/0/00{n}": b"x" * n for n in range(5)}

    def fail_third(descriptor: int) -> None:
        if next(syncs) == 5:  # After those of the three new folders, from the deepest up to the root.
            raise OSError(5, "Input/output error")
        really_sync(descriptor)

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail_third)
        with pytest.raises(OSError, match="Input"):
            store.write_all(files)
    assert list((tmp_path / "log/tile/0").iterdir()) == []
    monkeypatch.setattr("liuhen.engines.ledger.store._AT_ONCE", 2)
    store.write_all(files)
    assert {path: store.read(path) for path in files} == files
    assert len(list((tmp_path / "log/tile/0").iterdir())) == 5


def test_disk_that_takes_a_byte_at_a_time_gets_the_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_write = os.write
    monkeypatch.setattr(os, "write", lambda fd, content: really_write(fd, content[:1]))
    store = FileLogStore(tmp_path / "log")
    store.write("checkpoint", b"every byte")
    assert store.read("checkpoint") == b"every byte"


def test_new_folders_are_made_durable_up_to_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    really_sync = os.fsync

    def note(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        really_sync(descriptor)

    root = tmp_path / "log"
    store = FileLogStore(root)
    monkeypatch.setattr(os, "fsync", note)
    store.write("tile/entries/000.p/1", b"x")
    assert synced[:4] == [
        str(root / "tile/entries/000.p"),
        str(root / "tile/entries"),
        str(root / "tile"),
        str(root),
    ]
    assert synced[-1] == str(root / "tile/entries/000.p")


# -- published ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("checkpoint", True),
        ("tile/0/000", True),
        ("tile/0/001.p/44", True),
        ("tile/1/000.p/1", True),
        ("tile/entries/001.p/44", True),
        ("tile/0/001.p/45", False),
        ("tile/0/1", False),
        ("tile/00/000", False),
        ("tile/0/x000/000", False),
        ("tile/0/000.p/044", False),
        ("tile/0/000.p/256", False),
        ("tile/64/000", False),
        ("tile/0/000/", False),
        ("tile/0/../../checkpoint", False),
        (".lock", False),
        ("tile/0/.000.abc", False),
        ("tile/0/０00", False),
        ("", False),
    ],
)
def test_only_files_of_the_published_form_are_given_out(store: LogStore, path: str, told: bool) -> None:
    store.write(".lock", b"x")
    store.write("tile/0/.000.abc", b"x")
    log = log_over(store)
    log.extend(entries(0, 300))
    assert (log.published(path) is not None) is told
    if told:
        assert log.published(path) == store.read(path)


@pytest.mark.parametrize("index", [0, 7, 999, 1000, 1_234_067, 10**15])
def test_every_path_we_write_is_one_we_publish(index: int) -> None:
    for width in (1, 9, 10, 99, 100, 199, 249, 255, 256):
        assert tiles.is_tile_path(tiles.entries_path(index, width))
        assert tiles.is_tile_path(tiles.tile_path(63, index, width))


def test_partial_tiles_go_when_the_full_one_is_there(store: LogStore) -> None:
    """Sealed line by line, a log of 600 would else keep over a thousand files; every older checkpoint still proves."""
    log = log_over(store)
    roots = [log.extend(entries(n, n + 3)).root for n in range(0, 600, 3)]
    for gone in ("tile/0/000.p/201", "tile/entries/001.p/2"):
        assert store.read(gone) is None
    for kept in ("tile/0/000", "tile/entries/001", "tile/0/002.p/88", "tile/1/000.p/2"):
        assert store.read(kept) is not None
    for size in (3, 201, 255, 258, 513, 600):
        old = roots[size // 3 - 1]
        assert log.root(size) == old == mth(entries(0, size))
        check_consistency(log.consistency(size, 600), old=size, new=600, old_root=old, new_root=roots[-1])
    assert list(log.differences(0, 600)) == []


def test_partial_tiles_that_were_left_by_a_crash_do_no_harm(tmp_path: Path) -> None:
    log = log_over(FileLogStore(tmp_path))
    log.extend(entries(0, 200))
    left = (tmp_path / "tile/0/000.p/200").read_bytes()
    log.extend(entries(200, 300))
    (tmp_path / "tile/0/000.p").mkdir()
    (tmp_path / "tile/0/000.p/200").write_bytes(left)
    assert log_over(FileLogStore(tmp_path)).extend(entries(300, 301)).root == mth(entries(0, 301))
