"""D7: a bit turns over in memory while the log grows. A thousand times, anywhere between the leaf and the signature: no bad checkpoint is signed.

The memory is the test's: every value that the log computes, is given, reads or writes goes through it, and one of them comes out with one bit turned.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.engines.ledger.trees import mth

from liuhen.engines.ledger import Log, MemoryLogStore, Signer, tree
from liuhen.engines.ledger import log as log_module
from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.kernel.errors import Tampered

FLIPS, BEFORE, AFTER = 1000, 250, 300
SIGNER = Signer("liuhen/test", Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
EVERY = [n.to_bytes(32, "big") for n in range(AFTER)]
ROOTS = {size: mth(EVERY[:size]) for size in (BEFORE, AFTER)}


class Memory:
    """Counts what goes through it and turns over one bit of the `at`-th value."""

    def __init__(self, at: int, place: int) -> None:
        self.at, self.place, self.count = at, place, 0

    def held(self, value: bytes) -> bytes:
        self.count += 1
        if self.count != self.at or not value:
            return value
        changed = bytearray(value)
        changed[self.place % len(value)] ^= 1 << self.place % 8
        return bytes(changed)

    def through(self, work: Callable[..., bytes]) -> Callable[..., bytes]:
        return lambda *told: self.held(work(*told))

    def rows(self, hashes: bytes) -> list[list[bytes]]:
        return [[self.held(row[0]), *row[1:]] for row in tree.rows_over(hashes)]


class Held(MemoryLogStore):
    """Files that come and go through that memory."""

    def __init__(self, files: dict[str, bytes], memory: Memory) -> None:
        self.files, self.memory = dict(files), memory

    def read(self, path: str) -> bytes | None:
        found = super().read(path)
        return found and self.memory.held(found)

    def write(self, path: str, content: bytes) -> None:
        super().write(path, self.memory.held(content))


@contextmanager
def computing_in(memory: Memory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("leaf_hashes", "full_root", "root_hash"):
            patch.setattr(log_module, name, memory.through(getattr(tree, name)))
        patch.setattr(log_module, "rows_over", memory.rows)
        patch.setattr(tree, "node_hash", memory.through(tree.node_hash))
        yield


class Careful(Log):
    def grown(self, memory: Memory) -> None:
        """As the journal's sealing does: the entries once more from where they come from."""
        self.extend([memory.held(one) for one in EVERY[BEFORE:]], again=lambda: EVERY[BEFORE:])


class Trusting(Careful):
    """A deliberate fault: what was handed over is not asked for again."""

    def grown(self, memory: Memory) -> None:
        self.extend([memory.held(one) for one in EVERY[BEFORE:]])


class Unread(Careful):
    """A deliberate fault: what was written is not read and hashed again."""

    def _compare(self, start: int, end: int, entries: Iterable[bytes]) -> None: ...


class Unchecked(Careful):
    """A deliberate fault: the root is computed once and signed as it came out."""

    def _signed(self, checkpoint: Checkpoint) -> str:
        return checkpoint.signed(self._signer)


def bad_checkpoints(kind: type[Careful], flips: int) -> tuple[int, int]:
    """Of so many flips: how many ended in a signature over a wrong root, and how many stopped the sealing."""
    store = MemoryLogStore()
    Log(store, signer=SIGNER).extend(EVERY[:BEFORE])
    counting = Memory(0, 0)
    with computing_in(counting):
        kind(Held(store.files, counting), signer=SIGNER).grown(counting)
    bad = stopped = 0
    for number in range(flips):
        memory = Memory(1 + number * counting.count // flips, number * 7919)
        held = Held(store.files, memory)
        with computing_in(memory), suppress(Tampered):
            stopped += 1
            kind(held, signer=SIGNER).grown(memory)
            stopped -= 1
        with suppress(Tampered):  # What does not open is no signed checkpoint.
            signed = Checkpoint.opened(held.files["checkpoint"].decode(errors="replace"), SIGNER.verifier)
            bad += signed.root != ROOTS.get(signed.size)
    return bad, stopped


def test_no_checkpoint_is_signed_over_a_bit_that_turned_over_in_memory() -> None:
    bad, stopped = bad_checkpoints(Careful, FLIPS)
    assert bad == 0
    assert stopped > FLIPS // 2


@pytest.mark.parametrize("fault", [Trusting, Unread, Unchecked])
def test_log_that_leaves_out_a_look_before_it_signs_is_caught(fault: type[Careful]) -> None:
    assert bad_checkpoints(fault, 150)[0] > 0
