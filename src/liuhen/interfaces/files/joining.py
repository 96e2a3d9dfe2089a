"""Slices joined into one file, on the word of the one who brought them: one joining an upload, whoever asks for it and however often.

The answer waits until the whole is stored. A client that is gone meanwhile, or an answer that is lost, changes nothing: asked again with the same
slices the house tells the same upload. Where the house stopped in the middle it begins to join anew, from slices that nobody touched.
"""

import asyncio
from uuid import UUID

from liuhen.apps.evidence import queries, slices
from liuhen.apps.evidence.models import Recording, Upload
from liuhen.interfaces.files.callers import Caller, in_thread, own_upload
from liuhen.interfaces.files.declaring import Creation, clip_of, upload_at
from liuhen.interfaces.files.reception import Reception
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Unavailable

_SIDE_BY_SIDE = 2


class Joining:
    """What is being joined in this process."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._under_way: dict[UUID, asyncio.Task[Recording]] = {}
        self._turn = asyncio.Semaphore(_SIDE_BY_SIDE)
        self._is_stopping = False

    async def begin(self, told: Creation, caller: Caller) -> Upload:
        """The upload that joins these slices: a new one, or the one there is where it was asked for before."""
        parts = [await self._slice(address, caller) for address in told.joins]
        found = await in_thread(slices.joined_before, parts, declared=told.declared)
        if found is not None:
            return found
        clip, at = clip_of(told.declared, caller), now()
        self._reception.check_size(sum(part.size or 0 for part in parts))
        try:
            return await in_thread(
                slices.open_joining, parts, by=caller.actor, clip=clip, told=told.joins, declared=told.declared,
                expires_at=self._reception.expiry(at), at=at,
            )  # fmt: skip
        except slices.NotWhole:  # The same was asked twice at once, and the other was first.
            found = await in_thread(slices.joined_before, parts, declared=told.declared)
            if found is None:
                raise
            return found

    async def recording_of(self, upload: Upload, caller: Caller) -> Recording:
        """What it became, once it is stored."""
        task = self._under_way.get(upload.pk)
        if task is None:
            task = self._under_way[upload.pk] = asyncio.create_task(self._join(upload, caller))
            task.add_done_callback(lambda done: self._over(upload.pk, done))
        return await asyncio.shield(task)

    def is_under_way(self, upload: Upload) -> bool:
        return upload.pk in self._under_way

    async def close(self) -> None:
        """At the next piece each stops; what was stored by then is stored."""
        self._is_stopping = True
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def _over(self, key: UUID, done: asyncio.Task[Recording]) -> None:
        self._under_way.pop(key, None)
        if not done.cancelled():
            done.exception()  # Told to whoever waits; perhaps nobody does any more.

    async def _slice(self, address: str, caller: Caller) -> Upload:
        found = await own_upload(upload_at(address), caller)
        if (
            found.state == Upload.State.SLICE
        ):  # All of it may be there, and the house had stopped before it could say so.
            await self._reception.settled(found, caller)
        return found

    async def _join(self, upload: Upload, caller: Caller) -> Recording:
        async with self._turn:
            await in_thread(upload.refresh_from_db, fields=["state", "recording"])
            if upload.recording_id is not None:
                return await in_thread(queries.recordings().get, pk=upload.recording_id)
            if upload.state != Upload.State.JOINING:
                raise _ended()
            parts = await in_thread(slices.slices_of, upload)
            try:
                done = await self._poured(upload, parts, caller)
            except slices.Changed as changed:
                await in_thread(slices.refuse_changed, upload, changed, by=caller.actor, at=now())
                raise
            for part in parts:
                await asyncio.to_thread(self._reception.office.vault.forget, part.pk.hex)
        return done

    async def _poured(self, upload: Upload, parts: list[Upload], caller: Caller) -> Recording:
        active = await self._reception.active(upload)
        async with active.lock, self._reception.uploads.letting_go(upload.pk.hex, active):
            if active.ended:
                raise _ended()
            await asyncio.to_thread(active.incoming.rewind, 0)
            pouring = slices.pour(parts, into=active.incoming, vault=self._reception.office.vault)
            try:
                while await asyncio.to_thread(next, pouring, None) is not None:
                    if self._is_stopping:
                        raise Unavailable("服务正在停止，合并没有完成", do="稍后再试，分片不必重传。")
            except slices.Changed:
                async with self._reception.uploads.ending(upload.pk.hex, active):
                    await asyncio.to_thread(active.incoming.discard)
                raise
            return await self._reception.store(upload, caller, active, parts)


def _ended() -> slices.NotWhole:
    return slices.NotWhole("这次合并已经终止", do="请查询分片的状态后再合并。")
