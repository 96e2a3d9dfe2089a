"""The memory double keeps every promise of the vault it stands for."""

import pytest
from tests.engines.vault.contract import VaultContract

from liuhen.engines.vault import MemoryVault
from liuhen.kernel.digests import Digest, digest_of
from liuhen.kernel.errors import Unavailable


class TestMemoryVault(VaultContract):
    @pytest.fixture
    def vault(self) -> MemoryVault:  # type: ignore[override]
        return MemoryVault()

    def left_behind(self, vault: MemoryVault) -> list[str]:  # type: ignore[override]
        return list(vault.parts)

    def damage(self, vault: MemoryVault, digest: Digest, *, at: int) -> None:  # type: ignore[override]
        content = bytearray(vault.objects[digest.sha256])
        content[at] ^= 1
        vault.objects[digest.sha256] = bytes(content)


def test_memory_has_no_files_to_point_to() -> None:
    with pytest.raises(Unavailable):
        MemoryVault().path(digest_of(b"clip"))
