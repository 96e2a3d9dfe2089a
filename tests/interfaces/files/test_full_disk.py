"""A disk that fills up in the middle: refused in plain words, nothing lost, and it goes on once there is room again."""

import asyncio
import errno
import os
from pathlib import Path

import pytest

from liuhen.engines.vault import FileVault
from liuhen.interfaces.files.active import Uploads
from liuhen.kernel.errors import Unavailable

KEY = "ab" * 16


def test_upload_goes_on_from_what_is_durable_after_the_disk_was_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, real = os.urandom(3 << 20), os.pwrite
    uploads = Uploads(FileVault(tmp_path))

    def full(*_arguments: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async def story() -> int:
        active = await uploads.get(KEY)
        async with uploads.letting_go(KEY, active):
            active.incoming.write(content[:1000])
            assert active.incoming.sync() == 1000
        monkeypatch.setattr(os, "pwrite", full)
        with pytest.raises(Unavailable, match="磁盘空间不足"):
            async with active.lock, uploads.letting_go(KEY, active):
                active.incoming.write(content[1000:])
                active.incoming.sync()
        monkeypatch.setattr(os, "pwrite", real)
        again = await uploads.get(KEY)
        assert again is not active
        offset = again.incoming.sync()
        again.incoming.write(content[offset:])
        return again.incoming.commit().size

    assert asyncio.run(story()) == len(content)


def test_two_askers_at_once_share_one_open_part(tmp_path: Path) -> None:
    uploads = Uploads(FileVault(tmp_path))

    async def story() -> None:
        first, second = await asyncio.gather(uploads.get(KEY), uploads.get(KEY))
        assert first is second
        await uploads.close_all()

    asyncio.run(story())
