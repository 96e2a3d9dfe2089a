"""A file that comes in slices: each an upload of its own, brought side by side, and joined by another upload in their order.

What a slice was is digested while it arrives, and kept with a line when all of it is durable. Joining reads the slices from the medium, holds each
against what it was, and digests the whole anew; until that is stored the slices stay as they are. A slice by itself never becomes a recording.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.evidence.actions import Clip, close_upload
from liuhen.apps.evidence.models import JoinedSlice, ReceivedSlice, Upload
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.permission import allow
from liuhen.engines.vault import Incoming, Vault
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Malformed, Refused, Tampered

MOST_SLICES = 100
_WHOLE = (Upload.State.STORED, Upload.State.RELEASED)
_LIVE = (Upload.State.JOINING, *_WHOLE)


class NotWhole(Refused):
    """Joined too early, or by two at once: asked again later it may well go."""


class Changed(Tampered):
    """A slice is no longer what it was when it had come."""

    def __init__(self, part: Upload, place_in: int) -> None:
        super().__init__(
            f"第 {place_in} 个分片收完之后内容有变，没有合并",
            do="请重新上传这个文件，并报告系统管理员检查磁盘。",
        )
        self.part = part


def note_whole(part: Upload, *, by: Actor, arriving: Incoming, at: datetime) -> ReceivedSlice:
    """All of a slice has come: it is made durable and digested before the row and its line say so."""
    allow(by, "recording.receive", on=part, at=at)
    found = arriving.measured()
    if found.size != part.size:
        raise NotWhole(f"分片只收到 {found.size} 字节，申报为 {part.size} 字节", do="请从断点继续上传。")
    row = ReceivedSlice(upload=part, size=found.size, sha256=found.digest.sha256, sm3=found.digest.sm3, at=at)
    with act("slice.received", by=by, at=at, agency=part.agency_id) as line:
        _lock([part], state=Upload.State.SLICE)
        part.state = Upload.State.WHOLE
        part.save(update_fields=["state"])
        row.save(force_insert=True)
        line.about(part)
        line.about(row, sha256=row.sha256, sm3=row.sm3)
    return row


def joined_before(parts: Sequence[Upload], *, declared: dict[str, object]) -> Upload | None:
    """The upload that joins or has joined just these slices in this order and was declared in the same words: its answer was lost."""
    found = _live(parts).values_list("upload", flat=True).distinct()
    if len(found) != 1:
        return None
    upload = Upload.objects.select_related("unit", "recording").get(pk=found[0])
    same = [part.pk for part in slices_of(upload)] == [part.pk for part in parts]
    return upload if same and upload.clip == declared else None


def open_joining(
    parts: Sequence[Upload], *, by: Actor, clip: Clip, told: Sequence[str], declared: dict[str, object], expires_at: datetime,
    at: datetime,
) -> Upload:  # fmt: skip
    """Begin to join slices in this order, for the one who brought them all, at the post and from the station from which they came.

    Raises `NotWhole` where one has not come whole or is being joined, `Refused` where they are not his to join, `Malformed` for a list that is none.
    """
    _check_list(parts)
    for part in parts:
        _check_own(part, by, clip)
    upload = Upload(
        agency_id=clip.unit.agency_id, unit=clip.unit, station=clip.station, opened_by=by.id, opened_at=at, expires_at=expires_at,
        size=sum(part.size or 0 for part in parts), clip=declared, state=Upload.State.JOINING,
    )  # fmt: skip
    allow(by, "recording.receive", on=upload, at=at)
    with act("joining.opened", by=by, at=at, agency=upload.agency_id) as line:
        _lock(parts, state=Upload.State.WHOLE)
        if _live(parts).exists():
            raise NotWhole("这些分片正在另行合并", do="请稍后再试。")
        upload.save(force_insert=True)
        line.about(upload)
        for number, (part, address) in enumerate(zip(parts, told, strict=True), 1):
            row = JoinedSlice(upload=upload, place_in=number, part=part, told=address)
            row.save(force_insert=True)
            line.about(row)
    return upload


def slices_of(upload: Upload) -> list[Upload]:
    """The slices an upload joins, in their order."""
    rows = JoinedSlice.objects.filter(upload=upload).select_related("part__unit", "part__received_slice")
    return [row.part for row in rows.order_by("place_in")]


def joined_to(part: Upload) -> Upload | None:
    """The upload by which a slice became part of a recording."""
    return Upload.objects.filter(joined_slices__part=part, state__in=_WHOLE).first()


def told_of(upload: UUID) -> list[str]:
    """The addresses by which the slices of an upload were named, in their order; none for an upload that joins nothing."""
    return list(JoinedSlice.objects.filter(upload=upload).order_by("place_in").values_list("told", flat=True))


def pour(parts: Sequence[Upload], *, into: Incoming, vault: Vault) -> Iterator[int]:
    """Slice after slice from the medium into an object that has nothing yet; how much it has, piece by piece.

    Raises `Changed` at the end of a slice that is not what it was when it had come.
    """
    for number, part in enumerate(parts, 1):
        was, found = part.received_slice, hashlib.sha256()
        for piece in vault.begun(part.pk.hex, was.size):
            found.update(piece)
            into.write(piece)
            yield into.received
        if found.hexdigest() != was.sha256:
            raise Changed(part, number)


def refuse_changed(upload: Upload, changed: Changed, *, by: Actor, at: datetime) -> None:
    """Neither the file nor the slice that changed comes in; the other slices stay, and may be joined with one that is sent anew."""
    for row in (upload, changed.part):
        close_upload(row, by=by, state=Upload.State.REFUSED, reason=changed.why, at=at)


def _check_list(parts: Sequence[Upload]) -> None:
    if not 0 < len(parts) <= MOST_SLICES:
        raise Malformed(f"合并的分片应为 1 到 {MOST_SLICES} 个")
    if len({part.pk for part in parts}) != len(parts):
        raise Malformed("同一个分片写了两次", do="每个分片只能合并一次。")


def _check_own(part: Upload, by: Actor, clip: Clip) -> None:
    if part.state not in Upload.SLICES:
        raise Malformed(
            "所列的上传不是分片，或者已经终止", do="分片须在创建时以 Upload-Concat: partial 说明。"
        )
    station = clip.station.pk if clip.station else None
    if (part.opened_by, part.unit_id, part.station_id) != (by.id, clip.unit.pk, station):
        raise Refused(
            "分片不是由本人在本单位、本站开始上传的，不能合并", do="请由开始上传的人或者采集站合并。"
        )
    if part.state == Upload.State.JOINED:
        raise Refused("分片已并入另一份音像", do="请重新上传这个文件。")


def _lock(parts: Sequence[Upload], *, state: str) -> None:
    """Within an act: nobody ends or joins them meanwhile. Raises `NotWhole` where one is in another state."""
    rows = Upload.objects.select_for_update(of=("self",)).filter(pk__in=[part.pk for part in parts])
    if set(rows.order_by("pk").values_list("state", flat=True)) != {state}:
        raise NotWhole("有的分片还没有收完，或者已经合并", do="请从断点继续上传后再合并。")


def _live(parts: Sequence[Upload]) -> QuerySet[JoinedSlice]:
    return JoinedSlice.objects.filter(part__in=[part.pk for part in parts], upload__state__in=_LIVE)
