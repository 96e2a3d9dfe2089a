"""`MemoryVault`: the vault's promises in memory, for tests of the rooms above. Held to the same contract suite."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from liuhen.engines.vault.port import Stored, check_key
from liuhen.kernel.digests import Digest, digest_of
from liuhen.kernel.errors import Tampered, Unavailable
from liuhen.kernel.identifiers import new_id


class MemoryIncoming:
    """See `Incoming` in port.py."""

    def __init__(self, key: str, vault: "MemoryVault") -> None:
        self._key, self._vault = key, vault
        self._bytes = vault.parts.setdefault(key, bytearray())

    @property
    def received(self) -> int:
        return len(self._bytes)

    def write(self, piece: bytes | memoryview) -> None:
        self._bytes += piece

    def sync(self) -> int:
        return len(self._bytes)

    def measured(self) -> Stored:
        return Stored(digest_of(bytes(self._bytes)), len(self._bytes))

    def commit(self, expect: Digest | None = None) -> Stored:
        content = bytes(self._bytes)
        found = digest_of(content)
        self.discard()
        if expect is not None and not expect.agrees_with(found):
            raise Tampered(f"收到的内容与申报的摘要不符：申报 {expect}，实收 {found}", do="请重新上传。")
        self._vault.objects.setdefault(found.sha256, content)
        return Stored(found, len(content))

    def confirm(self, digest: Digest) -> None:
        self._vault.put_back(digest)

    def close(self) -> None:
        """Nothing to let go."""

    def discard(self) -> None:
        self._vault.parts.pop(self._key, None)


class MemoryVault:
    """See `Vault` in port.py."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, bytearray] = {}
        self.put_away: dict[str, bytes] = {}
        self.condemned: dict[str, bytes] = {}

    def incoming(self, key: str) -> MemoryIncoming:
        check_key(key)
        return MemoryIncoming(key, self)

    def begun(self, key: str, size: int) -> Iterator[bytes]:
        check_key(key)
        left = bytes(self.parts.get(key, b""))[:size]
        if left:
            yield left

    def forget(self, key: str) -> None:
        check_key(key)
        self.parts.pop(key, None)

    def put(self, content: BinaryIO, *, expect: Digest | None = None) -> Stored:
        arriving = self.incoming(new_id().hex)
        try:
            while piece := content.read(1 << 20):
                arriving.write(piece)
            return arriving.commit(expect)
        except BaseException:
            arriving.discard()
            raise

    def open(self, digest: Digest) -> BinaryIO:
        try:
            return BytesIO(self.objects[digest.sha256])
        except KeyError as error:
            raise Tampered(f"证据库中没有这个原件：{digest}") from error

    def path(self, digest: Digest) -> Path:
        raise Unavailable("内存证据库没有文件路径")

    def holds(self, digest: Digest) -> bool:
        return digest.sha256 in self.objects

    def reread(self, digest: Digest) -> Stored:
        with self.open(digest) as file:
            content = file.read()
        found = digest_of(content)
        if not digest.agrees_with(found):
            raise Tampered(f"原件内容已改变：应为 {digest}，现为 {found}")
        return Stored(found, len(content))

    def walk(self) -> Iterator[Digest]:
        return (Digest(address) for address in sorted(self.objects))

    def set_aside(self, digest: Digest) -> None:
        if not self.holds(digest):
            self._check_aside(digest)
            return
        self.put_away[digest.sha256] = self.objects.pop(digest.sha256)

    def put_back(self, digest: Digest) -> None:
        if self.holds(digest):
            self.put_away.pop(digest.sha256, None)
            return
        self._check_aside(digest)
        self.objects[digest.sha256] = self.put_away.pop(digest.sha256)

    def condemn(self, digest: Digest) -> bool:
        if digest.sha256 in self.put_away:
            self.condemned[digest.sha256] = self.put_away.pop(digest.sha256)
        return digest.sha256 in self.condemned

    def destroy(self, digest: Digest) -> None:
        self.condemned.pop(digest.sha256, None)

    def aside(self) -> Iterator[Digest]:
        return (Digest(address) for address in sorted(self.put_away.keys() | self.condemned.keys()))

    def _check_aside(self, digest: Digest) -> None:
        if digest.sha256 not in self.put_away:
            raise Tampered(f"证据库中没有这个原件：{digest}")

    def free_bytes(self) -> int:
        return 1 << 40
