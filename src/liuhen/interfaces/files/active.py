"""Uploads under way in this process: the open object with its running digests, and who is writing to it now.

A lock lives and dies with its holder. A holder from whom nothing has come for some seconds is told to let go when
somebody else wants to go on: a station whose cable was pulled is not locked out by its own dead connection.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from liuhen.engines.vault import FileVault
from liuhen.engines.vault.arriving import FileIncoming
from liuhen.interfaces.files.sealed import SealedArriving
from liuhen.kernel.errors import Unavailable
from liuhen.kernel.sealed import Opener

_IDLE_KEPT = 48
_SILENT = 5.0


@dataclass(slots=True)
class Active:
    """One upload: its bytes so far, and its writer."""

    incoming: FileIncoming | SealedArriving
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    writer: asyncio.Task[None] | None = None
    heard: float = 0.0
    ended: bool = False  # being stored, refused or closed: whoever waited for it must ask anew
    is_known_open: bool = False  # its row was looked at after it was opened here


class Uploads:
    """Open uploads by id; the longest idle are closed first and come back from what is durable."""

    def __init__(self, vault: FileVault) -> None:
        self._vault = vault
        self._opening = asyncio.Lock()
        self._open: OrderedDict[str, Active] = OrderedDict()

    async def get(self, key: str, opener: Opener | None = None) -> Active:
        """The upload as it is open, or from what is durable; with an `opener` its bytes come sealed."""
        async with self._opening:  # One part file is never opened twice.
            found = self._open.get(key)
            if found is None:
                found = self._open[key] = Active(await asyncio.to_thread(self._incoming, key, opener))
        self._open.move_to_end(key)
        await self._close_idle()
        return found

    @asynccontextmanager
    async def ending(self, key: str, active: Active) -> AsyncIterator[None]:
        """While its part is stored, thrown away or closed nobody else may have it, nor open the part a second time."""
        active.ended = True
        try:
            yield
        finally:
            self._open.pop(key, None)

    @asynccontextmanager
    async def letting_go(self, key: str, active: Active) -> AsyncIterator[None]:
        """An upload that met a full or failing disk is closed: the next attempt begins from what is durable."""
        try:
            yield
        except Unavailable:
            async with self.ending(key, active):
                await asyncio.to_thread(active.incoming.close)
            raise

    async def wake(self, active: Active) -> bool:
        """Whether the upload is free, or became free because its silent writer was told to go."""
        if active.ended:
            return False
        if not active.lock.locked():
            return True
        if active.writer and time.monotonic() - active.heard > _SILENT:
            active.writer.cancel()
            for _ in range(50):
                if not active.lock.locked():
                    return True
                await asyncio.sleep(0.02)
        return False

    async def close_all(self) -> None:
        for active in list(self._open.values()):
            await asyncio.to_thread(active.incoming.sync)
            await asyncio.to_thread(active.incoming.close)
        self._open.clear()

    def _incoming(self, key: str, opener: Opener | None) -> FileIncoming | SealedArriving:
        plain = self._vault.incoming(key)
        return plain if opener is None else SealedArriving(plain, opener)

    async def _close_idle(self) -> None:
        idle = [(key, a) for key, a in self._open.items() if not a.lock.locked()]
        for key, active in idle[: max(0, len(self._open) - _IDLE_KEPT)]:
            async with self.ending(key, active):
                await asyncio.to_thread(active.incoming.sync)
                await asyncio.to_thread(active.incoming.close)
