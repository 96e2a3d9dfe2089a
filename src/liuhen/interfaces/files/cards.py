"""What a station says and asks of a card: the signed list before anything is read, the leave to clear, the clearing.

Only stations are heard here; bodies are bounded, and nothing of them is trusted before its signature was checked.
"""

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from liuhen.apps.devices.queries import terms_of
from liuhen.apps.evidence import cards, queries
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.queries import first_line
from liuhen.interfaces.files.answers import told
from liuhen.interfaces.files.callers import Caller, Gone, Unknown, caller_of, in_thread
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import now
from liuhen.kernel.errors import LiuhenError, Malformed

MOST_BYTES = 16 << 20
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Cards:
    """The endpoints of cards over one office."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self) -> list[Route]:
        return [
            Route("/files/cards", self.listed, methods=["POST"], name="files-cards"),
            Route("/files/{upload:uuid}/leave", self.leave, methods=["GET"], name="file-leave"),
            Route("/files/{upload:uuid}/cleared", self.cleared, methods=["POST"], name="file-cleared"),
        ]

    async def listed(self, request: Request) -> Response:
        return await self._answered(request, self._listed, has_body=True)

    async def leave(self, request: Request) -> Response:
        return await self._answered(request, self._leave, has_body=False)

    async def cleared(self, request: Request) -> Response:
        return await self._answered(request, self._cleared, has_body=True)

    async def _answered(self, request: Request, work: Callable[..., Any], *, has_body: bool) -> Response:
        try:
            caller = await in_thread(caller_of, request)
            if caller.station is None:
                raise Unknown
            body = await body_of(request) if has_body else {}
            answer = await in_thread(work, request, caller, body)
        except LiuhenError as error:
            return told(error)
        return JSONResponse(answer, headers=_HEADERS)

    def _listed(self, _request: Request, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
        assert caller.station is not None  # noqa: S101  asked before
        row = cards.enter_card_list(caller.station, by=caller.actor, told=body, at=now())
        unwanted = cards.unwanted(row) if terms_of(caller.station).is_locked else ""
        return {"id": str(row.pk), "line": first_line(row.pk), "unwanted": unwanted}

    def _leave(self, request: Request, caller: Caller, _body: dict[str, Any]) -> dict[str, Any]:
        assert caller.station is not None  # noqa: S101  asked before
        return cards.leave_to_clear(
            self._recording(request, caller), station=caller.station, signer=self._office.signer,
            log_name=self._office.log.origin, at=now(),
        )  # fmt: skip

    def _cleared(self, request: Request, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
        assert caller.station is not None  # noqa: S101  asked before
        recording = self._recording(request, caller)
        cards.note_cleared(recording, by=caller.actor, station=caller.station, told=body, at=now())
        return {"recording": str(recording.pk)}

    def _recording(self, request: Request, caller: Caller) -> Recording:
        """What the station itself brought; another's and none at all look the same."""
        upload = queries.upload_of(request.path_params["upload"], opened_by=caller.actor.id)
        if upload is None or upload.recording is None:
            raise Gone
        return upload.recording


async def body_of(request: Request, *, most: int = MOST_BYTES) -> dict[str, Any]:
    """A JSON object of bounded length. Raises `Malformed`."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > most:
            raise Malformed("内容过长", do=f"最多 {most >> 10} KB。")
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Malformed("内容不是 JSON") from error
    if not isinstance(value, dict):
        raise Malformed("内容应为 JSON 对象")
    return value
