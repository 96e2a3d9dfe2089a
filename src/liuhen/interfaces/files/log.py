"""The log as C2SP tlog-tiles asks for it: `/log/checkpoint`, `/log/tile/…`; for witnesses, monitors and anybody with a copy of a receipt.

Open to everybody who reaches the port: the files hold salted commitments, sizes and signatures, no name, no content and no time of an act.
The same files lie under `LIUHEN_HOME/log` and may be copied as they are.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from liuhen.engines.ledger.log import CHECKPOINT
from liuhen.interfaces.files.callers import in_thread
from liuhen.interfaces.office import Office

_TILES = {
    "Content-Type": "application/octet-stream",
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}
_HEAD = {
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-cache, max-age=0",
    "X-Content-Type-Options": "nosniff",
}


class PublishedLog:
    """The read side of one office's log."""

    def __init__(self, office: Office) -> None:
        self._log = office.log

    def routes(self) -> list[Route]:
        reads = ["GET", "HEAD"]
        return [
            Route("/log/checkpoint", self.checkpoint, methods=reads, name="log-checkpoint"),
            Route("/log/tile/{rest:path}", self.tile, methods=reads, name="log-tile"),
        ]

    async def checkpoint(self, _request: Request) -> Response:
        return await self._file(CHECKPOINT, _HEAD)

    async def tile(self, request: Request) -> Response:
        return await self._file(f"tile/{request.path_params['rest']}", _TILES)

    async def _file(self, path: str, headers: dict[str, str]) -> Response:
        found = await in_thread(self._log.published, path)
        if not found:
            return Response(status_code=404, headers={"Cache-Control": "no-store"})
        return Response(found, headers=headers)
