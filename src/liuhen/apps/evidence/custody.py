"""Where a recording has lain, place by place, as card lists, statements, receipts and clearings tell it. Nothing is kept for it.

What no row speaks of is not told: a place has no end where nobody said that it was left.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from liuhen.apps.evidence.cards import ListedFile, files_of
from liuhen.apps.evidence.models import CardList, Clearing, JoinedSlice, Recording, Upload
from liuhen.apps.evidence.queries import tombstones_of
from liuhen.apps.evidence.sources import confirmed_statement, waiting_statement
from liuhen.kernel.clock import shown

_LISTS = 50  # A card is brought home within as many dockings of its station, or its list is not found.


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One place: from when, till when (None: nobody said), who had it, how it is known, whose digest fits.

    `by` is a person or station of ours by its key; `who` the name of anybody else. `checked` is when the bytes were compared there.
    """

    place: str
    since: datetime | None
    until: datetime | None
    how: str
    digest: str
    by: UUID | None = None
    who: str = ""
    checked: datetime | None = None
    is_still_there: bool = False


def custody_of(recording: Recording) -> list[Holding]:
    """From where it was filmed to the vault, in that order."""
    return [*_before(recording), _vault(recording)]


def listed_on(recording: Recording) -> tuple[CardList, ListedFile] | None:
    """The signed list on which this file stood before anything was read, the last one before it came."""
    lists = CardList.objects.filter(station=recording.station, listed_at__lte=recording.received_at)
    for row in lists.order_by("-listed_at")[:_LISTS] if recording.station_id else ():
        for file in files_of(json.loads(row.body)):
            if (file.path, file.size) == (recording.source_path, recording.size):
                return row, file
    return None


def _before(recording: Recording) -> Iterator[Holding]:
    if recording.station is None:
        yield from _by_hand(recording)
        return
    device = recording.device.number if recording.device else recording.device_serial or "不明设备"
    found, cleared = listed_on(recording), Clearing.objects.filter(recording=recording).order_by("cleared_at")
    left = cleared.first()
    if found is not None:
        file = found[1]
        yield Holding(
            place=f"存储卡（{device}）", since=file.modified, until=left.cleared_at if left else None, by=recording.officer_id,
            how=f"采集站在读取之前列出 {file.path}，清单已签名", digest="清单记名称和大小，不记摘要",
        )  # fmt: skip
    compared = _declared_digest(recording) == recording.sha256
    yield Holding(
        place=f"采集站 {recording.station.name}", since=found[0].listed_at if found else None, until=recording.received_at,
        who=recording.station.name, how="从卡上读取，先算摘要再上传" if found else "没有找到列出这个文件的清单",
        digest="上传时申报的摘要与收到的一致" if compared else "上传时没有申报摘要",
        checked=recording.received_at if compared else None,
    )  # fmt: skip


def _declared_digest(recording: Recording) -> str:
    """The SHA-256 the station declared before it sent anything; nothing where it declared none."""
    upload = Upload.objects.filter(recording=recording).order_by("opened_at").first()
    return str(upload.clip.get("sha256", "")).lower() if upload else ""


def _by_hand(recording: Recording) -> Iterator[Holding]:
    checked = confirmed_statement(recording.pk)
    told = checked or waiting_statement(recording.pk)  # One that was returned is not believed.
    if told is not None:
        doubt = "" if checked else "（尚未经第二人核实）"
        yield Holding(
            place=f"{told.get_source_display()}（{told.maker}）", since=told.taken_at, until=None, by=told.officer_id, who=told.taken_by,
            how=f"来源说明{doubt}：{told.handed_by}交{told.handed_to}", digest="原处没有算过摘要",
        )  # fmt: skip
        return
    device = recording.device.number if recording.device else "来源未说明"
    yield Holding(
        place=device, since=recording.started_at, until=None, by=recording.officer_id, how="手工导入，没有采集站的清单",
        digest="原处没有算过摘要",
    )  # fmt: skip


def _vault(recording: Recording) -> Holding:
    stone = tombstones_of([recording.pk]).get(recording.pk)
    if stone is not None:
        fate = f"{shown(stone.destroyed_at)} 销毁" if stone.destroyed_at else "在隔离区，等恢复期满"
        return Holding(
            place="证据库（服务器）", since=recording.received_at, until=stone.set_aside_at, by=recording.received_by,
            how=f"依清单 {stone.disposal} 移出，{fate}", checked=recording.verified_at, digest="摘要和销毁记录留在存证里",
        )  # fmt: skip
    return Holding(
        place="证据库（服务器）", since=recording.received_at, until=None, by=recording.received_by,
        how=_how_it_came(recording), checked=recording.verified_at, is_still_there=True,
        digest="从磁盘重读，与接收时一致" if recording.verified_at else "正在从磁盘重读",
    )  # fmt: skip


def _how_it_came(recording: Recording) -> str:
    joined = JoinedSlice.objects.filter(upload__recording=recording).count()
    if not joined:
        return "接收时算出摘要，写入存证"
    return f"分 {joined} 片接收，每片收完时算出摘要，合并时逐片核对，再算出整份的摘要，写入存证"
