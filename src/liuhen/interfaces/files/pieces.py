"""A file sent in pieces, each few seconds asked again whether it may still be seen: a right that ends, ends what is under way.

A look is asked about on every request; one request may last for hours. Where the answer turns to no the connection is broken off.
"""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from starlette.responses import FileResponse

from liuhen.kernel.errors import LiuhenError

ASKED_EVERY = 5.0
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]


class BrokenOff(ConnectionAbortedError):
    """Whoever was looking may not any more."""


class Pieces(FileResponse):
    """`still` raises a refusal where the file may not be seen any more."""

    chunk_size = 1 << 20

    def __init__(
        self, path: Path, *, media_type: str, headers: dict[str, str], still: Callable[[], Awaitable[object]], filename: str | None = None
    ) -> None:  # fmt: skip
        super().__init__(path, media_type=media_type, headers=headers, filename=filename)
        self._still = still

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        asked_at = time.monotonic()

        async def asking(message: Message) -> None:
            nonlocal asked_at
            if message["type"] == "http.response.body" and time.monotonic() - asked_at >= ASKED_EVERY:
                try:
                    await self._still()
                except LiuhenError as error:
                    raise BrokenOff(error.why) from error
                asked_at = time.monotonic()
            await send(message)

        # A server that sends the file by itself would not come back to ask.
        extensions = {
            key: one for key, one in scope.get("extensions", {}).items() if key != "http.response.pathsend"
        }
        await super().__call__({**scope, "extensions": extensions}, receive, asking)
