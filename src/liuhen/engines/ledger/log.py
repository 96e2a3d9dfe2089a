"""`Log`: append entries, keep tiles, sign checkpoints, prove.

Order of an extension: entries and tiles are written, read back from the store and hashed again, and only then is a
checkpoint signed (security rule 9). A log that went back, or whose tiles no longer give the signed root, is
reported and never signed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from liuhen.engines.ledger import tiles
from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.engines.ledger.note import Signer, open_note
from liuhen.engines.ledger.store import LogStore
from liuhen.engines.ledger.tree import (
    EMPTY_ROOT,
    HASH,
    consistency_proof,
    full_root,
    inclusion_proof,
    leaf_hashes,
    root_hash,
    rows_over,
)
from liuhen.kernel.errors import Tampered

CHECKPOINT = "checkpoint"
_CACHED = 4096


class Difference(NamedTuple):
    """A stored hash that is not the hash of what it stands for: of an entry at level 0, above of a tile below."""

    level: int
    position: int

    def __str__(self) -> str:
        if self.level == 0:
            return f"第 {self.position} 条的叶摘要与条目不符"
        return f"瓦片 {tiles.tile_path(self.level - 1, self.position)} 与其上层摘要不符"


class Log:
    """One log under one name, `origin`. Only one process may extend it at a time (the caller sees to that)."""

    def __init__(self, store: LogStore, *, signer: Signer) -> None:
        self._store, self._signer = store, signer
        self._tiles: dict[tuple[int, int, int], bytes] = {}
        self._rows: dict[tuple[int, int], list[list[bytes]]] = {}
        self._edge: dict[
            tuple[int, int], bytes
        ] = {}  # Complete subtrees of the tiles that still grow: they never change.

    def apart(self) -> "Log":
        """The same log for another thread: what was read is remembered apart."""
        return Log(self._store, signer=self._signer)

    @property
    def origin(self) -> str:
        return self._signer.name

    def latest(self) -> Checkpoint:
        """The last signed checkpoint; an empty log has size 0. Raises `Tampered` where its signature is wrong."""
        note = self._store.read(CHECKPOINT)
        if note is None:
            return Checkpoint(self.origin, 0, root_hash(self._subtree_in(0), 0))
        return self.opened(note.decode(errors="replace"))

    def opened(self, note: str) -> Checkpoint:
        """A checkpoint this log signed. Raises `Tampered` for any other."""
        checkpoint = Checkpoint.opened(note, self._signer.verifier)
        if checkpoint.origin != self.origin:
            raise Tampered(f"检查点属于另一本日志“{checkpoint.origin}”")
        return checkpoint

    def check_twin(self, note: str) -> None:
        """Raise `Tampered` where this log signs with SM2 too and `note` bears no such signature, or one that does not fit."""
        if self._signer.twin is not None:
            open_note(note, self._signer.twin.verifier)

    def note(self) -> str:
        """The last checkpoint as it was signed, for witnesses and packages; empty where there is none yet."""
        return (self._store.read(CHECKPOINT) or b"").decode(errors="replace")

    def offered(self) -> str:
        """The checkpoint to show to a witness: the last, or for a log without one, that of the empty tree."""
        return self.note() or Checkpoint(self.origin, 0, EMPTY_ROOT).signed(self._signer)

    def extend(
        self, entries: Sequence[bytes], *, again: Callable[[], Iterable[bytes]] | None = None
    ) -> Checkpoint:
        """Append `entries` and sign. Entries already there are not given again: the caller starts at `latest().size`.

        `again` computes the same entries anew from where they come from. It is asked before the signature, and what was stored is held
        against that: else a bit that turns over in `entries` themselves would be written, found as written, and signed.
        """
        before = self.latest()
        self.check(before)
        if not entries:
            return before
        size = before.size + len(entries)
        given = list(entries)
        self._store.write_all(self._bundles(before.size, given) | self._tiles_over(before.size, given))
        self._forget()
        self._compare(before.size, size, entries if again is None else again())
        after = Checkpoint(self.origin, size, self.root(size))
        # Told from the new tiles: the old partial ones may still lie beside them unchanged.
        if root_hash(self._subtree_in(size), before.size) != before.root:
            raise Tampered("封存前复核：原有部分的根摘要改变了，拒绝签发检查点")
        self._store.write(CHECKPOINT, self._signed(after).encode())
        self._drop_partials(before.size, size)
        return after

    def published(self, path: str) -> bytes | None:
        """A file of the log by the path C2SP tlog-tiles gives it; None for any other path, whatever lies there."""
        return self._store.read(path) if path == CHECKPOINT or tiles.is_tile_path(path) else None

    def check(self, checkpoint: Checkpoint) -> None:
        """Raise `Tampered` unless the tiles, read anew from the store, still give this checkpoint's root."""
        if self.stored_root(checkpoint.size) != checkpoint.root:
            raise Tampered(f"日志的前 {checkpoint.size} 条已不再给出检查点的根摘要")

    def stored_root(self, size: int) -> bytes:
        """The root of `size` out of the newest tiles, read anew from the store: older partial ones may lie beside them unchanged."""
        self._forget()
        return root_hash(self._subtree_in(max(size, self.latest().size)), size)

    def _forget(self) -> None:
        """What is read next comes from the store."""
        self._tiles.clear()
        self._rows.clear()
        self._edge.clear()

    def root(self, size: int) -> bytes:
        return root_hash(self._subtree_in(size), size)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The audit path of entry `index` in the tree of `size`."""
        return inclusion_proof(self._subtree_in(size), index, size)

    def consistency(self, old: int, new: int) -> list[bytes]:
        return consistency_proof(self._subtree_in(new), old, new)

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """Entries [start, end) as stored. Raises `Tampered` where one is missing."""
        while start < end:
            index, offset = divmod(start, tiles.WIDTH)
            bundle = self._bundle(index, min(tiles.WIDTH, end - index * tiles.WIDTH))
            for entry in bundle[offset:]:
                yield entry
                start += 1

    def differences(self, start: int, size: int) -> Iterator["Difference"]:
        """Where entries [start, size) and the hashes over them, as stored, do not fit each other.

        Together with `check` of the checkpoint of `size` this binds every stored byte to the signature.
        """
        yield from self._differences_at(0, start, size, self._leaf_hashes)
        level = 1
        while size >> tiles.HEIGHT * level:
            yield from self._differences_at(
                level, start >> tiles.HEIGHT * level, size >> tiles.HEIGHT * level, self._roots_below(level)
            )
            level += 1

    def _differences_at(
        self, level: int, start: int, end: int, wanted: Callable[[int, int], bytes]
    ) -> Iterator["Difference"]:
        """Tile by tile: the hashes as stored beside those of what they stand for; only where they differ one by one."""
        while start < end:
            index, offset = divmod(start, tiles.WIDTH)
            upto = min(end - index * tiles.WIDTH, tiles.WIDTH)
            stored, found = (
                self._tile(level, index, upto)[offset * HASH :],
                wanted(start, index * tiles.WIDTH + upto),
            )
            if stored != found:
                for at in range(0, len(stored), HASH):
                    if stored[at : at + HASH] != found[at : at + HASH]:
                        yield Difference(level, start + at // HASH)
            start = (index + 1) * tiles.WIDTH

    def _leaf_hashes(self, start: int, end: int) -> bytes:
        index, offset = divmod(start, tiles.WIDTH)
        return leaf_hashes(self._bundle(index, end - index * tiles.WIDTH)[offset:])

    def _roots_below(self, level: int) -> Callable[[int, int], bytes]:
        def roots(start: int, end: int) -> bytes:
            return b"".join(full_root(self._tile(level - 1, at, tiles.WIDTH)) for at in range(start, end))

        return roots

    def _signed(self, checkpoint: Checkpoint) -> str:
        """The note, given out only where it opens and where the tiles, read once more, give the root that stands in it."""
        note = checkpoint.signed(self._signer)
        self.check_twin(note)
        self.check(self.opened(note))
        return note

    # -- tiles -----------------------------------------------------------------------------------------------

    def _bundle(self, index: int, width: int) -> list[bytes]:
        for wide in _widths(width):
            packed = self._store.read(tiles.entries_path(index, wide))
            if packed is not None:
                entries = tiles.unpack_entries(packed)
                if len(entries) != wide:
                    raise Tampered(f"日志条目文件 {tiles.entries_path(index, wide)} 已损坏")
                return entries[:width]
        raise Tampered(f"日志条目文件 {tiles.entries_path(index, width)} 缺失")

    def _bundles(self, start: int, entries: list[bytes]) -> dict[str, bytes]:
        index, offset = divmod(start, tiles.WIDTH)
        pending = (self._bundle(index, offset) if offset else []) + entries
        bundles = [pending[at : at + tiles.WIDTH] for at in range(0, len(pending), tiles.WIDTH)]
        return {
            tiles.entries_path(number, len(bundle)): tiles.pack_entries(bundle)
            for number, bundle in enumerate(bundles, index)
        }

    def _tiles_over(self, before: int, entries: list[bytes]) -> dict[str, bytes]:
        """Level 0 from the entries, each level above from the full tiles below."""
        fresh, files = leaf_hashes(entries), dict[str, bytes]()
        level, at = 0, before
        while fresh:
            index, offset = divmod(at, tiles.WIDTH)
            pending = self._tile(level, index, offset) + fresh if offset else fresh
            fresh, at = b"", index
            for start in range(0, len(pending), tiles.WIDTH * HASH):
                tile = pending[start : start + tiles.WIDTH * HASH]
                files[tiles.tile_path(level, index, len(tile) // HASH)] = tile
                if len(tile) == tiles.WIDTH * HASH:
                    fresh += full_root(tile)
                index += 1
            level += 1
        return files

    def _drop_partials(self, before: int, size: int) -> None:
        """A tile that is full now stands for its partial ones (tlog-tiles, Partial Tiles): thousands of files less."""
        level = 0
        while before >> tiles.HEIGHT * level != size >> tiles.HEIGHT * level:
            for index in range(tiles.widths(level, before)[0], tiles.widths(level, size)[0]):
                self._store.drop(tiles.partials_of(tiles.tile_path(level, index)))
                if level == 0:
                    self._store.drop(tiles.partials_of(tiles.entries_path(index)))
            level += 1

    def _compare(self, start: int, end: int, entries: Iterable[bytes]) -> None:
        for offset, (given, found) in enumerate(zip_longest(entries, self.entries(start, end))):
            if given != found:
                raise Tampered(f"封存前复核：第 {start + offset} 条与写入的不同，拒绝签发检查点")
        for where in self.differences(start - start % tiles.WIDTH, end):
            raise Tampered(f"封存前复核：{where}，拒绝签发检查点")

    def _tile(self, level: int, index: int, width: int) -> bytes:
        """The first `width` hashes of a tile, from it or from a wider one of a later size."""
        for wide in _widths(width):
            key = (level, index, wide)
            found = self._tiles.get(key) or self._store.read(tiles.tile_path(level, index, wide))
            if found is not None:
                if len(found) != wide * HASH:
                    raise Tampered(f"日志瓦片 {tiles.tile_path(level, index, wide)} 已损坏")
                if len(self._tiles) > _CACHED:
                    self._tiles.clear()
                self._tiles[key] = found
                return found[: width * HASH]
        raise Tampered(f"日志瓦片 {tiles.tile_path(level, index, width)} 缺失")

    def _inner(self, level: int, index: int) -> list[list[bytes]]:
        """Every hash inside a full tile, row over row: the next proof out of it costs no hashing."""
        found = self._rows.get((level, index))
        if found is None:
            if len(self._rows) >= _CACHED:
                self._rows.clear()
            found = self._rows[level, index] = rows_over(self._tile(level, index, tiles.WIDTH))
        return found

    def _subtree_in(self, size: int):  # type: ignore[no-untyped-def]
        def subtree(level: int, index: int) -> bytes:
            tile_level, inner = divmod(level, tiles.HEIGHT)
            first = index << inner
            tile_index, offset = divmod(first, tiles.WIDTH)
            full, partial = tiles.widths(tile_level, size)
            if tile_index < full and inner:
                return self._inner(tile_level, tile_index)[inner][offset >> inner]
            if inner and (found := self._edge.get((level, index))):
                return found
            tile = self._tile(tile_level, tile_index, tiles.WIDTH if tile_index < full else partial)
            root = _tile_root(tile, inner, offset)
            if inner:
                if len(self._edge) >= _CACHED:
                    self._edge.clear()
                self._edge[level, index] = root
            return root

        return subtree


def _widths(width: int) -> Iterator[int]:
    """Where hashes of a tile may lie: in the one so wide, in the full one, in one between."""
    yield width
    if width < tiles.WIDTH:
        yield tiles.WIDTH
        yield from range(width + 1, tiles.WIDTH)


def _tile_root(tile: bytes, height: int, offset: int) -> bytes:
    """The root over 2**height hashes of a tile from `offset` on."""
    return rows_over(tile[offset * HASH : (offset + (1 << height)) * HASH])[-1][0]
