"""The promises of every vault, as one suite: a backend's tests inherit it, and so do those of the memory double."""

import random
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

import pytest

from liuhen.engines.vault import Vault
from liuhen.engines.vault.ring import BLOCK, BUFFER
from liuhen.kernel.digests import Digest, digest_of
from liuhen.kernel.errors import Malformed, Tampered

KEY = "0123456789abcdef"
EDGES = [
    size
    for edge in (0, BLOCK, BUFFER, 2 * BUFFER)
    for size in (edge - 1, edge, edge + 1)
    if size >= 0
]  # fmt: skip
ABSENT = digest_of(b"never stored")


def content_of(size: int) -> bytes:
    """Bytes in which every block is different, so that a swapped or repeated block shows."""
    return b"".join(n.to_bytes(8, "big") for n in range(size // 8 + 1))[:size]


class Breaking(BytesIO):
    """A source that breaks off after its first piece."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise ConnectionError
        return super().read(min(size or 10, 10))


class VaultContract:
    """Inherit, and give a fixture `vault`."""

    @pytest.fixture
    def vault(self) -> Iterator[Vault]:
        raise NotImplementedError

    def left_behind(self, vault: Vault) -> list[str]:
        """What stands in the vault beside its objects: must be nothing after each failure."""
        raise NotImplementedError

    # -- storing ---------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("size", EDGES)
    def test_what_was_put_is_read_back_byte_for_byte(self, vault: Vault, size: int) -> None:
        content = content_of(size)
        stored = vault.put(BytesIO(content), expect=digest_of(content))
        assert (stored.digest, stored.size) == (digest_of(content), size)
        with vault.open(stored.digest) as file:
            assert file.read() == content
        assert vault.reread(stored.digest) == stored

    def test_second_put_of_same_bytes_changes_nothing(self, vault: Vault) -> None:
        first = vault.put(BytesIO(b"clip"))
        assert vault.put(BytesIO(b"clip")) == first
        assert list(vault.walk()) == [Digest(first.digest.sha256)]
        assert self.left_behind(vault) == []

    def test_put_with_another_digest_declared_stores_nothing(self, vault: Vault) -> None:
        with pytest.raises(Tampered, match="申报"):
            vault.put(BytesIO(b"clip"), expect=ABSENT)
        assert not vault.holds(digest_of(b"clip"))
        assert list(vault.walk()) == []
        assert self.left_behind(vault) == []
        assert vault.put(BytesIO(b"clip"), expect=digest_of(b"clip")).size == 4

    def test_declared_sha256_alone_is_enough_and_a_wrong_sm3_is_not(self, vault: Vault) -> None:
        right = digest_of(b"clip")
        with pytest.raises(Tampered):
            vault.put(BytesIO(b"clip"), expect=Digest(right.sha256, ABSENT.sm3))
        assert vault.put(BytesIO(b"clip"), expect=Digest(right.sha256)).digest == right

    def test_source_that_breaks_off_leaves_nothing(self, vault: Vault) -> None:
        with pytest.raises(ConnectionError):
            vault.put(Breaking(b"x" * 100))
        assert list(vault.walk()) == []
        assert self.left_behind(vault) == []

    # -- arriving piece by piece -------------------------------------------------------------------------------

    @pytest.mark.parametrize("seed", range(8))
    def test_object_in_odd_pieces_has_the_digest_of_the_whole(self, vault: Vault, seed: int) -> None:
        chance = random.Random(seed)
        cuts = chance.choices([1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 65_537, BUFFER - 1, BUFFER + 3], k=6)
        content = content_of(sum(cuts))
        arriving, at = vault.incoming(KEY), 0
        for number, cut in enumerate(cuts):
            arriving.write(memoryview(content)[at : at + cut])
            at += cut
            if number % 2:
                assert arriving.sync() == at
                assert arriving.sync() == at
            assert arriving.received == at
        assert arriving.commit().digest == digest_of(content)
        assert vault.reread(digest_of(content)).size == len(content)
        assert self.left_behind(vault) == []

    def test_upload_goes_on_under_its_key_after_letting_go(self, vault: Vault) -> None:
        content = content_of(BUFFER + 5000)
        first = vault.incoming(KEY)
        first.write(content[:5000])
        assert first.sync() == 5000
        first.close()
        first.close()
        again = vault.incoming(KEY)
        assert again.received == 5000
        again.write(content[5000:])
        assert again.commit(digest_of(content)).size == len(content)

    def test_two_keys_do_not_meet(self, vault: Vault) -> None:
        one, other = vault.incoming(KEY), vault.incoming(KEY[::-1])
        one.write(b"one")
        other.write(b"other")
        assert one.commit().digest == digest_of(b"one")
        assert other.commit().digest == digest_of(b"other")

    def test_upload_given_up_leaves_nothing_and_begins_anew(self, vault: Vault) -> None:
        arriving = vault.incoming(KEY)
        arriving.write(b"clip")
        arriving.sync()
        arriving.discard()
        assert self.left_behind(vault) == []
        fresh = vault.incoming(KEY)
        assert fresh.received == 0
        fresh.discard()

    def test_nothing_is_stored_before_commit(self, vault: Vault) -> None:
        arriving = vault.incoming(KEY)
        arriving.write(b"clip")
        arriving.sync()
        assert not vault.holds(digest_of(b"clip"))
        assert list(vault.walk()) == []
        arriving.commit()
        assert vault.holds(digest_of(b"clip"))

    @pytest.mark.parametrize(
        "key", ["", "short", "../../../etc/passwd", "0123456789ABCDEF", "0" * 65, "0123456\n"]
    )
    def test_key_that_could_be_a_path_is_malformed(self, vault: Vault, key: str) -> None:
        with pytest.raises(Malformed):
            vault.incoming(key)

    @pytest.mark.parametrize("size", EDGES)
    def test_what_was_begun_is_measured_read_and_goes_on(self, vault: Vault, size: int) -> None:
        content = content_of(size + 9)
        arriving = vault.incoming(KEY)
        arriving.write(content[:size])
        for _ in range(2):
            found = arriving.measured()
            assert (found.digest, found.size) == (digest_of(content[:size]), size)
        assert b"".join(vault.begun(KEY, size)) == content[:size]
        assert b"".join(vault.begun(KEY, size // 2)) == content[: size // 2]
        assert b"".join(vault.begun(KEY, size + 1)) == content[:size]  # It ends where the bytes end.
        assert not vault.holds(digest_of(content[:size]))
        arriving.write(content[size:])
        assert arriving.commit().digest == digest_of(content)

    def test_nothing_is_left_of_what_is_forgotten(self, vault: Vault) -> None:
        arriving = vault.incoming(KEY)
        arriving.write(b"clip")
        arriving.measured()
        arriving.close()
        for _ in range(2):
            vault.forget(KEY)
        assert self.left_behind(vault) == []
        assert list(vault.begun(KEY, 4)) == []
        for work in (vault.forget, lambda key: list(vault.begun(key, 1))):
            with pytest.raises(Malformed):
                work("../../etc/passwd")

    # -- reading -----------------------------------------------------------------------------------------------

    def test_absent_object_is_an_alarm(self, vault: Vault) -> None:
        assert not vault.holds(ABSENT)
        for read in (vault.open, vault.reread):
            with pytest.raises(Tampered, match="没有这个原件"):
                read(ABSENT)

    def test_walk_names_every_object_in_order(self, vault: Vault) -> None:
        stored = [vault.put(BytesIO(bytes([n]))).digest.sha256 for n in range(20)]
        assert [digest.sha256 for digest in vault.walk()] == sorted(stored)

    def test_reread_finds_one_flipped_bit(self, vault: Vault) -> None:
        content = content_of(3 * BLOCK)
        digest = vault.put(BytesIO(content)).digest
        assert vault.reread(digest).digest == digest
        self.damage(vault, digest, at=BLOCK + 17)
        with pytest.raises(Tampered, match="已改变"):
            vault.reread(digest)

    def test_reread_under_another_sm3_is_an_alarm(self, vault: Vault) -> None:
        digest = vault.put(BytesIO(b"clip")).digest
        with pytest.raises(Tampered):
            vault.reread(Digest(digest.sha256, ABSENT.sm3))

    # -- setting aside -----------------------------------------------------------------------------------------

    def test_what_is_set_aside_is_out_of_reach_and_comes_back_whole(self, vault: Vault) -> None:
        digest, other = (vault.put(BytesIO(one)).digest for one in (b"clip" * 9000, b"other"))
        for _ in range(2):  # A crash between the steps runs them again.
            vault.set_aside(digest)
        assert [d.sha256 for d in vault.aside()] == [digest.sha256]
        assert not vault.holds(digest) and [d.sha256 for d in vault.walk()] == [other.sha256]
        for _ in range(2):
            vault.put_back(digest)
        assert list(vault.aside()) == [] and vault.reread(digest).size == 36000

    def test_only_what_is_set_aside_is_destroyed(self, vault: Vault) -> None:
        digest = vault.put(BytesIO(b"clip")).digest
        vault.destroy(digest)
        assert vault.reread(digest).size == 4
        vault.set_aside(digest)
        vault.destroy(digest)
        assert [d.sha256 for d in vault.aside()] == [digest.sha256]
        for _ in range(2):
            assert vault.condemn(digest)
        with pytest.raises(Tampered, match="没有这个原件"):
            vault.put_back(digest)
        for _ in range(2):
            vault.destroy(digest)
        assert list(vault.aside()) == [] and not vault.holds(digest) and not vault.condemn(digest)
        for work in (vault.set_aside, vault.put_back):
            with pytest.raises(Tampered, match="没有这个原件"):
                work(digest)

    def test_same_bytes_received_anew_do_not_die_with_what_is_set_aside(self, vault: Vault) -> None:
        digest = vault.put(BytesIO(b"clip")).digest
        vault.set_aside(digest)
        vault.put(BytesIO(b"clip"))
        assert vault.condemn(digest)
        vault.destroy(digest)
        assert vault.reread(digest).size == 4
        vault.set_aside(digest)
        vault.put(BytesIO(b"clip"))
        vault.put_back(digest)
        assert list(vault.aside()) == [] and vault.reread(digest).size == 4

    def test_what_arrives_while_the_same_bytes_are_taken_away_is_there_or_is_not_registered(
        self, vault: Vault
    ) -> None:
        arriving = vault.incoming("0" * 32)
        arriving.write(b"clip")
        digest = arriving.commit().digest
        arriving.confirm(digest)
        vault.set_aside(digest)
        arriving.confirm(digest)
        assert vault.holds(digest)
        vault.set_aside(digest)
        assert vault.condemn(digest)
        with pytest.raises(Tampered, match="没有这个原件"):
            arriving.confirm(digest)

    def test_there_is_room(self, vault: Vault) -> None:
        assert vault.free_bytes() > 0

    def damage(self, vault: Vault, digest: Digest, *, at: int) -> None:
        """Flip one bit, as a medium does."""
        raise NotImplementedError


def read_all(file: BinaryIO) -> bytes:
    with file:
        return file.read()
