"""Taking bytes in, up to the end of an upload: a recording with its receipt, a slice that is whole, or a reason.

Bytes go through pooled, aligned buffers to both digests and to the disk while they arrive; whatever came is durable before an answer names an offset.
Knows no headers: tus.py tells it what the client said.
"""

import asyncio
import time
from collections.abc import AsyncIterable
from datetime import datetime, timedelta

from starlette.requests import ClientDisconnect

from liuhen.apps.evidence import actions, queries, slices
from liuhen.apps.evidence.models import Recording, Upload
from liuhen.engines.vault.arriving import FileIncoming
from liuhen.engines.vault.ring import BUFFER
from liuhen.interfaces.files.active import Active, Uploads
from liuhen.interfaces.files.answers import TooLarge
from liuhen.interfaces.files.callers import Caller, in_thread
from liuhen.interfaces.files.declaring import Mark, clip_of
from liuhen.interfaces.files.sealed import SealedArriving, opener_of
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Malformed, Unavailable

_LOOKS_AGAIN = 64 << 20
_OVER = (Upload.State.STORED, Upload.State.REFUSED, Upload.State.ENDED, Upload.State.RELEASED)


class Reception:
    """The uploads that are open over one office."""

    def __init__(self, office: Office) -> None:
        self.office, self.uploads = office, Uploads(office.vault)

    def expiry(self, at: datetime) -> datetime:
        return at + timedelta(days=self.office.upload_days)

    def check_size(self, size: int) -> None:
        """Raises `TooLarge`, or `Unavailable` where there is no room: the reserve belongs to the database and the journal."""
        if size > self.office.upload_limit:
            raise TooLarge(self.office.upload_limit)
        if self.office.vault.free_bytes() < size:
            raise Unavailable(
                "磁盘空间不足，暂停接收新的上传",
                do="请通知系统管理员扩充存储；设备中的原件请勿删除。",
                retry_seconds=300,
            )

    async def active(self, upload: Upload) -> Active:
        """The upload as it is open; `ended` where it came to its end after its row was read."""
        key = upload.pk.hex
        active = await self.uploads.get(
            key, opener_of(upload.clip, upload.size or 0, self.office.opening_key)
        )
        if not active.is_known_open and not active.ended:
            upload.state = await in_thread(queries.state_of, upload)
            if upload.state not in Upload.ARRIVING:
                async with active.lock:
                    if not active.ended:
                        async with self.uploads.ending(key, active):
                            over = (
                                upload.state in _OVER
                            )  # The bytes of a slice wait for the one that joins them.
                            await asyncio.to_thread(
                                active.incoming.discard if over else active.incoming.close
                            )
            active.is_known_open = True
        return active

    async def settled(self, upload: Upload, caller: Caller) -> int | None:
        """How much is durable; None while somebody writes. Where all is there and the house had stopped before its end, it goes on to that."""
        active = await self.active(upload)
        if not await self.uploads.wake(active):
            return None
        async with active.lock, self.uploads.letting_go(upload.pk.hex, active):
            if active.ended:
                return None
            offset = await asyncio.to_thread(active.incoming.sync)
            if offset == upload.size:
                await self.finish(upload, caller, active)
        return offset

    async def take(self, pieces: AsyncIterable[bytes], upload: Upload, active: Active, mark: Mark) -> bool:
        """Feed pieces to the vault; whatever came is durable when this returns, also when the line broke.

        False where they do not fit their mark: then nothing of them stays.
        """
        incoming, before, found = active.incoming, active.incoming.received, mark.begun()
        active.writer, active.heard = asyncio.current_task(), time.monotonic()
        looked = before
        try:
            async for piece in pieces:
                active.heard = time.monotonic()
                self._check_fits(upload, incoming.received + len(piece))
                if mark.algorithm:
                    found.update(piece)
                await _write(incoming, piece)
                if upload.size is None and incoming.received - looked >= _LOOKS_AGAIN:
                    looked = incoming.received
                    self.check_size(1)  # Nobody said how much is still to come.
        except ClientDisconnect:
            if mark.algorithm:  # An unfinished piece cannot be checked, so it does not count.
                await asyncio.shield(asyncio.to_thread(incoming.rewind, before))
                return True
        finally:
            active.writer = None
        if incoming.received != upload.size:
            await asyncio.shield(asyncio.to_thread(incoming.sync))
        if not mark.fits(found):
            await asyncio.to_thread(incoming.rewind, before)
            return False
        return True

    def _check_fits(self, upload: Upload, size: int) -> None:
        if upload.size is None and size > self.office.upload_limit:
            raise TooLarge(self.office.upload_limit)
        if upload.size is not None and size > upload.size:
            raise Malformed("收到的字节多于申报的文件大小", do="请核对 Upload-Length 后重新创建上传。")

    async def finish(self, upload: Upload, caller: Caller, active: Active) -> Recording | None:
        """All of it has come. Goes on to its end when the client is gone; until then nobody may open the same part again."""
        if upload.state == Upload.State.SLICE:
            await asyncio.shield(self._whole(upload, caller, active))
            return None
        return await asyncio.shield(self.store(upload, caller, active))

    async def store(
        self, upload: Upload, caller: Caller, active: Active, joined: list[Upload] | None = None
    ) -> Recording:
        clip = clip_of(upload.clip, caller)
        async with self.uploads.ending(upload.pk.hex, active):
            try:
                done: Recording = await in_thread(
                    actions.finish_upload, upload, by=caller.actor, clip=clip, arriving=active.incoming, joined=joined or []
                )  # fmt: skip
            finally:  # It lets go also where the right to bring recordings was lost meanwhile.
                await asyncio.to_thread(active.incoming.close)
        return done

    async def _whole(self, upload: Upload, caller: Caller, active: Active) -> None:
        async with self.uploads.ending(upload.pk.hex, active):
            try:
                await in_thread(
                    slices.note_whole, upload, by=caller.actor, arriving=active.incoming, at=now()
                )
            finally:
                await asyncio.to_thread(active.incoming.close)

    async def end(self, upload: Upload, caller: Caller, active: Active, *, state: str, reason: str) -> None:
        """Without a recording: the row says why, with its line, then the bytes go; where they did not, the sweep takes them."""
        async with self.uploads.ending(upload.pk.hex, active):
            try:
                await in_thread(
                    actions.close_upload, upload, by=caller.actor, state=state, reason=reason, at=now()
                )
            except BaseException:
                await asyncio.to_thread(active.incoming.close)
                raise
            await asyncio.to_thread(active.incoming.discard)


async def _write(incoming: FileIncoming | SealedArriving, piece: bytes) -> None:
    """Here where there is room, so that most pieces change no thread; a piece that may need more than a buffer goes elsewhere."""
    if not incoming.is_roomy():
        await asyncio.to_thread(incoming.wait_for_room)
    if len(piece) <= BUFFER:
        incoming.write(piece)
    else:
        await asyncio.to_thread(incoming.write, piece)
