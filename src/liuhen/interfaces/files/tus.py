"""Resumable uploads: tus 1.0 with creation, checksum, termination and expiration.

Bytes go through pooled, aligned buffers to both digests and to the disk while they arrive; before an answer names an
offset, everything up to it is durable. The last PATCH stores the recording and answers with its receipt's address.
"""

import asyncio
import base64
import binascii
import hashlib
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from liuhen.apps.evidence import actions, queries
from liuhen.apps.evidence.actions import Clip
from liuhen.apps.evidence.knowing import withheld_among
from liuhen.apps.evidence.models import Recording, Upload
from liuhen.apps.evidence.receipts import receipt_of
from liuhen.engines.vault.arriving import FileIncoming
from liuhen.engines.vault.ring import BUFFER
from liuhen.interfaces.files.active import Active, Uploads
from liuhen.interfaces.files.answers import TUS, plain, told
from liuhen.interfaces.files.callers import Caller, Gone, caller_of, in_thread
from liuhen.interfaces.files.sealed import SealedArriving, opener_of
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import from_text, now
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import LiuhenError, Malformed, Refused, Tampered, Unavailable

_EXTENSIONS = "creation,checksum,termination,expiration"
_ALGORITHMS = ("sha256", "sm3", "sha1")
_OCTETS = "application/offset+octet-stream"
_MOST_METADATA = 8192


class Tus:
    """The upload endpoints over one office."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.uploads = Uploads(office.vault)

    def routes(self) -> list[Route]:
        return [
            Route("/files/", self.collection, methods=["OPTIONS", "POST"], name="files"),
            Route(
                "/files/{upload:uuid}", self.one, methods=["OPTIONS", "HEAD", "PATCH", "DELETE"], name="file"
            ),
            Route("/files/{upload:uuid}/receipt", self.receipt, methods=["GET"], name="file-receipt"),
        ]

    async def collection(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return plain(
                204, Tus_Version=TUS, Tus_Extension=_EXTENSIONS, Tus_Max_Size=str(self._office.upload_limit),
                Tus_Checksum_Algorithm=",".join(_ALGORITHMS),
            )  # fmt: skip
        return await self._answered(request, self._create)

    async def one(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return plain(204, Tus_Version=TUS, Tus_Extension=_EXTENSIONS)
        work = {"HEAD": self._head, "PATCH": self._patch, "DELETE": self._delete}[request.method]
        return await self._answered(request, work)

    async def receipt(self, request: Request) -> Response:
        return await self._answered(request, self._receipt, needs_tus=False)

    async def _answered(self, request: Request, work: Any, *, needs_tus: bool = True) -> Response:
        if needs_tus and request.headers.get("tus-resumable") != TUS:
            return plain(412, Tus_Version=TUS)
        try:
            caller = await in_thread(caller_of, request)
            response: Response = await work(request, caller)
        except LiuhenError as error:
            return told(error)
        return response

    # -- creation ------------------------------------------------------------------------------------------------

    async def _create(self, request: Request, caller: Caller) -> Response:
        size, declared = self._length(request), _metadata(request.headers.get("upload-metadata", ""))
        if size > self._office.upload_limit:
            return plain(413, Tus_Max_Size=str(self._office.upload_limit))
        self._check_room(size)
        opener_of(declared, size, self._office.opening_key)
        clip = clip_of(declared, caller)
        at = now()
        upload = await in_thread(
            actions.open_upload, by=caller.actor, clip=clip, size=size, declared=declared,
            expires_at=at + timedelta(days=self._office.upload_days), at=at,
        )  # fmt: skip
        headers = {"Location": f"/files/{upload.pk}", "Upload_Expires": _expiry(upload), "Upload_Offset": "0"}
        if size == 0:
            active = await self._active(upload)
            async with active.lock:
                headers |= await self._finish(upload, caller, active)
        return plain(201, **headers)

    def _length(self, request: Request) -> int:
        try:
            size = int(request.headers["upload-length"])
        except (KeyError, ValueError) as error:
            raise Malformed("缺少 Upload-Length，或不是整数", do="须在创建上传时说明文件大小。") from error
        if size < 0:
            raise Malformed("Upload-Length 不能为负")
        return size

    def _check_room(self, size: int) -> None:
        if self._office.vault.free_bytes() < size:
            raise Unavailable(
                "磁盘空间不足，暂停接收新的上传",
                do="请通知系统管理员扩充存储；设备中的原件请勿删除。",
                retry_seconds=300,
            )

    # -- one upload ----------------------------------------------------------------------------------------------

    async def _head(self, request: Request, caller: Caller) -> Response:
        upload = await self._upload(request, caller)
        told = {"Upload_Length": str(upload.size), "Upload_Metadata": _as_metadata(upload.clip)}
        if upload.state == Upload.State.STORED:
            return plain(200, Upload_Offset=str(upload.size), **told)
        active = await self._active(upload)
        if not await self.uploads.wake(active):
            return plain(423)
        async with active.lock, self.uploads.letting_go(upload.pk.hex, active):
            if active.ended:
                return plain(423)
            offset = await asyncio.to_thread(active.incoming.sync)
        return plain(200, Upload_Offset=str(offset), Upload_Expires=_expiry(upload), **told)

    async def _patch(self, request: Request, caller: Caller) -> Response:
        if request.headers.get("content-type") != _OCTETS:
            return plain(415)
        upload = await self._upload(request, caller)
        if upload.state == Upload.State.STORED:
            return plain(409)
        algorithm, expected = _checksum(request.headers.get("upload-checksum", ""))
        active = await self._active(upload)
        if not await self.uploads.wake(active):
            return plain(423)
        async with active.lock, self.uploads.letting_go(upload.pk.hex, active):
            if active.ended or request.headers.get("upload-offset") != str(active.incoming.received):
                return plain(423 if active.ended else 409)
            active.writer, active.heard = asyncio.current_task(), time.monotonic()
            before = active.incoming.received
            try:
                whole = await self._take(request, upload, active, algorithm, before)
            except Tampered as error:
                await self._end(  # Sealed bytes that do not open.
                    upload, caller, active, state=Upload.State.REFUSED, reason=str(error)
                )
                raise
            finally:
                active.writer = None
            if algorithm and whole.digest() != expected:
                await asyncio.to_thread(active.incoming.rewind, before)
                return plain(460)
            headers = {"Upload_Offset": str(active.incoming.received), "Upload_Expires": _expiry(upload)}
            if active.incoming.received == upload.size:
                headers |= await self._finish(upload, caller, active)
        return plain(204, **headers)

    async def _take(
        self, request: Request, upload: Upload, active: Active, algorithm: str, before: int
    ) -> Any:
        """Feed the body to the vault; whatever came is durable when this returns, also when the line broke."""
        whole = hashlib.new(algorithm or "sha256", usedforsecurity=False)
        incoming = active.incoming
        try:
            async for piece in request.stream():
                active.heard = time.monotonic()
                if incoming.received + len(piece) > upload.size:
                    raise Malformed(
                        "收到的字节多于申报的文件大小", do="请核对 Upload-Length 后重新创建上传。"
                    )
                if algorithm:
                    whole.update(piece)
                await _write(incoming, piece)
        except ClientDisconnect:
            if algorithm:  # An unfinished piece cannot be checked, so it does not count.
                await asyncio.shield(asyncio.to_thread(incoming.rewind, before))
        if incoming.received < upload.size:
            await asyncio.shield(asyncio.to_thread(incoming.sync))
        return whole

    async def _end(self, upload: Upload, caller: Caller, active: Active, *, state: str, reason: str) -> None:
        """Without a recording: the bytes go first, then the row says why, with its line."""
        async with self.uploads.ending(upload.pk.hex, active):
            await asyncio.to_thread(active.incoming.discard)
            await in_thread(
                actions.close_upload, upload, by=caller.actor, state=state, reason=reason, at=now()
            )

    async def _active(self, upload: Upload) -> Active:
        """The upload as it is open; `ended` where it was stored or thrown away after its row was read."""
        key = upload.pk.hex
        active = await self.uploads.get(key, opener_of(upload.clip, upload.size, self._office.opening_key))
        if not active.is_known_open and not active.ended:
            await in_thread(upload.refresh_from_db, fields=["state"])
            if upload.state != Upload.State.OPEN:
                async with active.lock:
                    if not active.ended:
                        async with self.uploads.ending(key, active):
                            await asyncio.to_thread(active.incoming.discard)
            active.is_known_open = True
        return active

    async def _delete(self, request: Request, caller: Caller) -> Response:
        if caller.certified_at is not None:  # It only adds; a stolen credential must not end what was begun.
            raise Refused("采集站不能终止上传", do="没有传完的，过了保留天数自行终止；原件仍在卡上。")
        upload = await self._upload(request, caller)
        if upload.state == Upload.State.STORED:
            raise Refused("已入库的音像资料不能删除", do="保存期限届满后按处置程序办理。")
        active = await self._active(upload)
        if not await self.uploads.wake(active):
            return plain(423)
        async with active.lock:
            if active.ended:
                return plain(423)
            await self._end(upload, caller, active, state=Upload.State.ENDED, reason="上传者取消")
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

    async def _finish(self, upload: Upload, caller: Caller, active: Active) -> dict[str, str]:
        recording = await asyncio.shield(self._stored(upload, caller, active))
        return {
            "Liuhen_Recording": str(recording.pk),
            "Liuhen_Number": base64.b64encode(recording.number.encode()).decode(),
        }

    async def _stored(self, upload: Upload, caller: Caller, active: Active) -> Recording:
        """Goes on to its end when the client is gone; until then nobody may open the same part again."""
        clip = clip_of(upload.clip, caller)
        async with self.uploads.ending(upload.pk.hex, active):
            done: Recording = await in_thread(
                actions.finish_upload, upload, by=caller.actor, clip=clip, arriving=active.incoming
            )
        return done

    async def _upload(self, request: Request, caller: Caller) -> Upload:
        """The caller's own upload; another's, an ended one and none at all look the same."""
        upload = await in_thread(queries.upload_of, request.path_params["upload"], opened_by=caller.actor.id)
        if upload is None or upload.state in (Upload.State.ENDED, Upload.State.REFUSED):
            raise Gone
        if upload.state == Upload.State.OPEN and upload.expires_at < now():
            raise Gone
        if upload.recording_id is not None and await in_thread(_is_withheld, upload.recording_id, caller):
            raise Gone
        if caller.certified_at is not None and upload.opened_at < caller.certified_at:
            raise Gone  # Begun by token at the other port, where another process has it open.
        return upload


async def _write(incoming: FileIncoming | SealedArriving, piece: bytes) -> None:
    """Here where there is room, so that most pieces change no thread; a piece that may need more than a buffer goes elsewhere."""
    if not incoming.is_roomy():
        await asyncio.to_thread(incoming.wait_for_room)
    if len(piece) <= BUFFER:
        incoming.write(piece)
    else:
        await asyncio.to_thread(incoming.write, piece)


def _is_withheld(recording: UUID, caller: Caller) -> bool:
    """Whether a mark keeps from the caller that it exists; a station has its receipts in any case."""
    return bool(withheld_among([recording], caller.actor, at=now()))


def clip_of(declared: dict[str, Any], caller: Caller) -> Clip:
    """What the client declared, parsed. Raises `Malformed` for a digest or a time that is none."""
    name = declared.get("filename") or declared.get("name") or "未命名"
    digest = Digest(declared["sha256"], declared.get("sm3", "")) if declared.get("sha256") else None
    drift = declared.get("clock_error")
    try:
        error = float(drift) if drift else None
    except ValueError as wrong:
        raise Malformed(f"时钟误差“{drift}”不是秒数") from wrong
    return Clip(
        unit=caller.unit, name=name, path=declared.get("path", ""), expect=digest,
        device_serial=declared.get("device", "")[:80], officer_number=declared.get("officer", "")[:80],
        file_time=from_text(declared["modified"]) if declared.get("modified") else None,
        clock_error=error, station=caller.station,
    )  # fmt: skip


def _metadata(header: str) -> dict[str, Any]:
    """`name base64,name base64`; text that is not UTF-8 is kept readable and whole."""
    if len(header) > _MOST_METADATA:
        raise Malformed("Upload-Metadata 过长")
    found: dict[str, Any] = {}
    for pair in filter(None, (p.strip() for p in header.split(","))):
        name, _, encoded = pair.partition(" ")
        try:
            found[name] = (
                base64.b64decode(encoded, validate=True)
                .decode(errors="backslashreplace")
                .replace("\0", "\\x00")
            )
        except binascii.Error as error:
            raise Malformed(f"Upload-Metadata 中“{name[:40]}”不是 base64") from error
    return found


def _as_metadata(declared: dict[str, Any]) -> str:
    """What was declared, as it goes in the header; a name without a value stands alone."""
    pairs = ((name, base64.b64encode(str(value).encode()).decode()) for name, value in declared.items())
    return ",".join(f"{name} {value}".rstrip() for name, value in pairs)


def _checksum(header: str) -> tuple[str, bytes]:
    if not header:
        return "", b""
    algorithm, _, encoded = header.partition(" ")
    if algorithm not in _ALGORITHMS:
        raise Malformed(f"不支持的校验算法“{algorithm[:20]}”", do=f"可用的有：{'、'.join(_ALGORITHMS)}。")
    try:
        return algorithm, base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise Malformed("Upload-Checksum 不是 base64") from error


def _expiry(upload: Upload) -> str:
    moment: datetime = upload.expires_at
    return format_datetime(moment.astimezone(UTC), usegmt=True)
