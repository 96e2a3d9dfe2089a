"""Resumable uploads: tus 1.0 with creation (also with bytes, also with a length told later), concatenation, checksum, termination, expiration.

What the protocol says, parsed and answered; reception.py takes the bytes in, joining.py joins slices. The piece that makes an upload whole stores
the recording, and its answer names it; the receipt has an address of its own.
"""

import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from liuhen.apps.access.actions import view_recording
from liuhen.apps.access.models import Viewing
from liuhen.apps.access.queries import grant_for
from liuhen.apps.evidence import actions, slices
from liuhen.apps.evidence.models import Recording, Upload
from liuhen.apps.evidence.queries import recordings
from liuhen.apps.evidence.receipts import receipt_of
from liuhen.apps.registry import queries as registry
from liuhen.interfaces.files.active import Active
from liuhen.interfaces.files.answers import TUS, plain, told
from liuhen.interfaces.files.callers import Caller, Gone, caller_of, in_thread, own_upload
from liuhen.interfaces.files.declaring import (
    ALGORITHMS,
    OCTETS,
    Mark,
    as_final,
    as_metadata,
    clip_of,
    creation_of,
    length_of,
    mark_of,
)
from liuhen.interfaces.files.joining import Joining
from liuhen.interfaces.files.reception import Reception
from liuhen.interfaces.files.sealed import opener_of
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import now
from liuhen.kernel.errors import LiuhenError, Malformed, Refused, Tampered

_EXTENSIONS = (
    "creation,creation-with-upload,creation-defer-length,concatenation,checksum,termination,expiration"
)
_METHODS = ["OPTIONS", "HEAD", "GET", "PATCH", "DELETE", "POST"]
_OVERRIDE = "x-http-method-override"
_COME = (Upload.State.STORED, Upload.State.WHOLE, Upload.State.JOINED)
Answering = Callable[[Request, Caller], Awaitable[Response]]


class Tus:
    """The upload endpoints over one office."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._reception = Reception(office)
        self._joining = Joining(self._reception)

    def routes(self) -> list[Route]:
        return [
            Route("/files/", self.collection, methods=["OPTIONS", "POST"], name="files"),
            Route("/files/{upload:uuid}", self.one, methods=_METHODS, name="file"),
            Route("/files/{upload:uuid}/receipt", self.receipt, methods=["GET"], name="file-receipt"),
        ]

    async def close(self) -> None:
        await self._joining.close()
        await self._reception.uploads.close_all()

    async def collection(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return plain(
                204, Tus_Version=TUS, Tus_Extension=_EXTENSIONS, Tus_Max_Size=str(self._office.upload_limit),
                Tus_Checksum_Algorithm=",".join(ALGORITHMS),
            )  # fmt: skip
        return await self._answered(request, self._create)

    async def one(self, request: Request) -> Response:
        """Some lines let nothing but GET and POST through: a POST may say which method is meant."""
        meant = request.headers.get(_OVERRIDE, request.method) if request.method == "POST" else request.method
        if meant == "OPTIONS":
            return plain(204, Tus_Version=TUS, Tus_Extension=_EXTENSIONS)
        work: dict[str, Answering] = {
            "HEAD": self._head, "GET": self._look, "PATCH": self._patch, "DELETE": self._delete,
        }  # fmt: skip
        if meant not in work or (meant == "GET" and request.method != "GET"):
            return plain(405, Allow=", ".join(_METHODS[:-1]))
        return await self._answered(request, work[meant], needs_tus=meant != "GET")

    async def receipt(self, request: Request) -> Response:
        return await self._answered(request, self._receipt, needs_tus=False)

    async def _answered(self, request: Request, work: Answering, *, needs_tus: bool = True) -> Response:
        if needs_tus and request.headers.get("tus-resumable") != TUS:
            return plain(412, Tus_Version=TUS)
        try:
            caller = await in_thread(caller_of, request)
            response = await work(request, caller)
        except LiuhenError as error:
            return told(error)
        return response

    # -- creation ------------------------------------------------------------------------------------------------

    async def _create(self, request: Request, caller: Caller) -> Response:
        said, mark = creation_of(request.headers), mark_of(request.headers)
        has_bytes = request.headers.get("content-type") == OCTETS
        if said.joins:
            if has_bytes:
                raise Malformed("合并只写明分片，不另带内容", do="请把内容作为一个分片上传。")
            upload = await self._joining.begin(said, caller)
            done = await self._joining.recording_of(upload, caller)
            return plain(
                201, **_where(upload), Upload_Offset=str(upload.size), Upload_Length=str(upload.size), **_named(done)
            )  # fmt: skip
        self._reception.check_size(1 if said.size is None else said.size)
        opener_of(said.declared, said.size or 0, self._office.opening_key)
        at = now()
        upload = await in_thread(
            actions.open_upload, by=caller.actor, clip=clip_of(said.declared, caller), size=said.size, declared=said.declared,
            expires_at=self._reception.expiry(at), at=at, is_slice=said.is_slice,
        )  # fmt: skip
        if not has_bytes and said.size != 0:
            return plain(201, **_where(upload), Upload_Offset="0")
        return await self._first_piece(request, upload, caller, mark)

    async def _first_piece(self, request: Request, upload: Upload, caller: Caller, mark: Mark) -> Response:
        """The upload is there whatever becomes of the bytes that came with its creation, and is told where."""
        try:
            status, headers = await self._piece(request, upload, caller, offset="0", mark=mark)
        except LiuhenError as error:
            answer = told(error)
            answer.headers["Location"] = _where(upload)["Location"]
            return answer
        return plain(201 if status == 204 else status, **(_where(upload) | headers))

    # -- one upload ----------------------------------------------------------------------------------------------

    async def _head(self, request: Request, caller: Caller) -> Response:
        upload = await self._upload(request, caller)
        said = await self._said(upload)
        if upload.state in _COME:
            return plain(200, Upload_Offset=str(upload.size), **said)
        if upload.state == Upload.State.JOINING:  # Until it is joined there is no offset to tell.
            return plain(200, Upload_Expires=_expiry(upload), **said)
        offset = await self._reception.settled(upload, caller)
        if offset is None:
            return plain(423)
        return plain(200, Upload_Offset=str(offset), Upload_Expires=_expiry(upload), **said)

    async def _said(self, upload: Upload) -> dict[str, str]:
        """What was told at its creation, and since."""
        told = {"Upload_Defer_Length": "1"} if upload.size is None else {"Upload_Length": str(upload.size)}
        if upload.clip:
            told["Upload_Metadata"] = as_metadata(upload.clip)
        if upload.state in Upload.SLICES:
            told["Upload_Concat"] = "partial"
        elif joins := await self._joins(upload):
            told["Upload_Concat"] = as_final(joins)
        return told

    async def _joins(self, upload: Upload) -> list[str]:
        joins = upload.state in (Upload.State.JOINING, Upload.State.STORED)
        return await in_thread(slices.told_of, upload.pk) if joins else []

    async def _patch(self, request: Request, caller: Caller) -> Response:
        if request.headers.get("content-type") != OCTETS:
            return plain(415)
        upload = await self._upload(request, caller)
        if await self._joins(upload):
            raise Refused("合并而成的上传不能续传", do="请为每个分片续传，再合并。")
        if upload.state in _COME:
            return plain(409)
        offset, mark = request.headers.get("upload-offset", ""), mark_of(request.headers)
        status, headers = await self._piece(request, upload, caller, offset=offset, mark=mark)
        return plain(status, **headers)

    async def _piece(
        self, request: Request, upload: Upload, caller: Caller, *, offset: str, mark: Mark
    ) -> tuple[int, dict[str, str]]:
        length = length_of(request.headers)
        active = await self._reception.active(upload)
        if not await self._reception.uploads.wake(active):
            return 423, {}
        async with active.lock, self._reception.uploads.letting_go(upload.pk.hex, active):
            if active.ended:
                return 423, {}
            if offset != str(active.incoming.received):
                return 409, {}
            await self._measure(upload, caller, active, length)
            try:
                fits = await self._reception.take(request.stream(), upload, active, mark)
            except Tampered as error:  # Sealed bytes that do not open.
                reason, state = str(error), Upload.State.REFUSED
                await self._reception.end(upload, caller, active, state=state, reason=reason)
                raise
            if not fits:
                return 460, {}
            headers = {"Upload_Offset": str(active.incoming.received), "Upload_Expires": _expiry(upload)}
            if active.incoming.received == upload.size:
                headers |= _named(await self._reception.finish(upload, caller, active))
        return 204, headers

    async def _measure(self, upload: Upload, caller: Caller, active: Active, length: int | None) -> None:
        """A length that was to be told later is told once; it may be told again, and not be changed."""
        if upload.size is None:
            await in_thread(upload.refresh_from_db, fields=["size"])  # Another connection may have told it.
        if upload.size is not None:
            if length not in (None, upload.size):
                raise Malformed(
                    f"文件大小已经申报为 {upload.size} 字节，不能再改", do="大小有误的，请重新创建上传。"
                )
            return
        self._reception.check_size(1 if length is None else length)
        if length is None:
            return
        if length < active.incoming.received:
            raise Malformed(
                f"申报的文件大小少于已经收到的 {active.incoming.received} 字节", do="请核对 Upload-Length。"
            )
        await in_thread(actions.measure_upload, upload, by=caller.actor, size=length, at=now())

    async def _delete(self, request: Request, caller: Caller) -> Response:
        if caller.certified_at is not None:  # It only adds; a stolen credential must not end what was begun.
            raise Refused("采集站不能终止上传", do="没有传完的，过了保留天数自行终止；原件仍在卡上。")
        upload = await self._upload(request, caller)
        if upload.state in (Upload.State.STORED, Upload.State.JOINED):
            return await self._release(upload, caller)
        if self._joining.is_under_way(upload):
            return plain(423)
        ended = {"state": Upload.State.ENDED, "reason": "上传者取消"}
        if upload.state == Upload.State.WHOLE:
            await in_thread(actions.close_upload, upload, by=caller.actor, at=now(), **ended)
            await in_thread(self._office.vault.forget, upload.pk.hex)
            return plain(204)
        active = await self._reception.active(upload)
        if not await self._reception.uploads.wake(active):
            return plain(423)
        async with active.lock:
            if active.ended:
                return plain(423)
            await self._reception.end(upload, caller, active, **ended)
        return plain(204)

    async def _release(self, upload: Upload, caller: Caller) -> Response:
        """Of what is stored the address ends, never the recording; a station comes back to it for its receipts."""
        if caller.station is not None:
            raise Refused("已入库的音像资料不能删除", do="保存期限届满后按处置程序办理。")
        await in_thread(actions.release_address, upload, by=caller.actor, at=now())
        return plain(204)

    async def _receipt(self, request: Request, caller: Caller) -> Response:
        upload = await self._upload(request, caller)
        if upload.recording_id is None:
            return JSONResponse({"state": upload.state, "reason": upload.reason}, status_code=202)
        return JSONResponse(
            await in_thread(self._signed, upload.recording_id), headers={"Cache-Control": "no-store"}
        )

    def _signed(self, recording_id: UUID) -> dict[str, Any]:
        recording = Recording.objects.get(pk=recording_id)
        return receipt_of(recording, signer=self._office.signer, log_name=self._office.log.origin)

    async def _look(self, request: Request, caller: Caller) -> Response:
        """What was stored, for the one who brought it: by a look that is entered first, as on the pages, and as far as he may."""
        if caller.station is not None:
            raise Refused("采集站只入库，不读取", do="请在网页上由有权的人查看。")
        upload = await self._upload(request, caller)
        if upload.recording_id is None:
            raise Gone
        look = await in_thread(_look_at, upload.recording_id, caller)
        return RedirectResponse(
            f"/media/{look.pk}/original", status_code=303, headers={"Cache-Control": "no-store"}
        )

    async def _upload(self, request: Request, caller: Caller) -> Upload:
        return await own_upload(request.path_params["upload"], caller)


def _look_at(recording_id: UUID, caller: Caller) -> Viewing:
    officer = registry.officer(caller.actor.id)
    recording = recordings().filter(pk=recording_id).first()
    if officer is None or recording is None:
        raise Gone
    grant = grant_for(recording, by=caller.actor)
    return view_recording(recording, by=caller.actor, officer=officer, at=now(), grant=grant)


def _where(upload: Upload) -> dict[str, str]:
    return {"Location": f"/files/{upload.pk}", "Upload_Expires": _expiry(upload)}


def _named(recording: Recording | None) -> dict[str, str]:
    """The recording it became; nothing of a slice."""
    if recording is None:
        return {}
    number = base64.b64encode(recording.number.encode()).decode()
    return {"Liuhen_Recording": str(recording.pk), "Liuhen_Number": number}


def _expiry(upload: Upload) -> str:
    moment: datetime = upload.expires_at
    return format_datetime(moment.astimezone(UTC), usegmt=True)
