"""Cards: the signed list of what lay on one before anything was read, the leave to clear a file, and the clearing.

A station reads nothing before its list is kept here, and clears nothing without a leave: the recording re-read and equal,
that line sealed under a signed checkpoint, its origin known, and the keeper's permission for this station.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from liuhen.apps.devices.models import Station
from liuhen.apps.devices.queries import device_by_serial
from liuhen.apps.evidence.models import CardList, Clearing, Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.queries import line_of, sealed_size
from liuhen.apps.registry.permission import allow
from liuhen.engines.ledger import Signer, Verifier
from liuhen.engines.ledger.leave import Leave
from liuhen.engines.ledger.statement import check_statement
from liuhen.engines.media.names import parse_file_name
from liuhen.kernel.actors import Actor
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import from_text
from liuhen.kernel.errors import Malformed, Refused, Tampered, Unavailable

CONTEXT = b"liuhen-card-list-v1\n"
MOST_FILES = 65_536
_ASKED = 500
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One file as listed: where it lay, its bytes, when it was written by the camera's clock, why it cannot be read."""

    path: str
    size: int
    modified: datetime
    problem: str


def enter_card_list(station: Station, *, by: Actor, told: Mapping[str, Any], at: datetime) -> CardList:
    """Keep a list that the station signed. The same list told again is the one that is there.

    Raises `Refused` without a key of the station, `Malformed` for a list of another shape, `Tampered` for another's signature.
    """
    if not station.key:
        raise Refused("这台采集站没有登记公钥，清单无从核对", do="请由系统管理员重新登记采集站。")
    body = {key: value for key, value in told.items() if key != "signature"}
    check_statement(CONTEXT, body, told.get("signature"), Verifier.parse(station.key))
    files = files_of(body)
    row = CardList(
        agency_id=station.agency_id, unit=station.unit, station=station, device_serial=_short(body, "device"),
        officer_number=_short(body, "officer"), listed_at=_moment(body, "listed_at"), received_at=at,
        clock_error=_seconds(body), count=len(files), size=sum(file.size for file in files),
        body=canonical(body).decode(), signature=dict(told["signature"]),
    )  # fmt: skip
    allow(by, "recording.receive", on=row, at=at)
    known = CardList.objects.filter(station=station, listed_at=row.listed_at, body=row.body).first()
    if known is not None:
        return known
    with act("card.listed", by=by, at=at, agency=row.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
    return row


def files_of(body: Mapping[str, Any]) -> list[ListedFile]:
    """The files of a list. Raises `Malformed`."""
    rows = body.get("files")
    if not isinstance(rows, list) or len(rows) > MOST_FILES:
        raise Malformed("清单缺少文件一栏，或者文件过多", do=f"一份清单最多 {MOST_FILES} 个文件。")
    try:
        return [
            ListedFile(str(row["path"]), _whole(row["size"]), from_text(row["modified"]), str(row["problem"]))
            for row in rows
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed("清单中有一行不合格式") from error


def unwanted(row: CardList) -> str:
    """Why a station that reads registered devices alone is not to read this card; nothing where one of them is the agency's.

    The device is what the card says of itself, or what its files' names say.
    """
    names = {file.path.rpartition("/")[2] for file in files_of(json.loads(row.body))}
    told = (
        {row.device_serial} if row.device_serial else {parse_file_name(name).device or "" for name in names}
    )
    serials = sorted(told - {""})[:_ASKED]
    if not serials:
        return "介质上没有一个文件出自记录仪，或者看不出是哪一台"
    if any(device_by_serial(row.agency_id, serial) for serial in serials):
        return ""
    return f"设备 {'、'.join(serials[:5])} 不在本机关台账中"


def missing_of(row: CardList) -> list[ListedFile]:
    """What was on the card and is not in the house: no recording of this station from that place with that size."""
    return missing_among(row, files_of(json.loads(row.body)))


def missing_among(row: CardList, listed: Sequence[ListedFile]) -> list[ListedFile]:
    """The same, of some files of the list."""
    held: set[tuple[str, int]] = set()
    for begun in range(0, len(listed), _ASKED):
        paths = [file.path for file in listed[begun : begun + _ASKED]]
        rows = Recording.objects.filter(station=row.station, source_path__in=paths)
        held |= set(rows.values_list("source_path", "size"))
    return [file for file in listed if (file.path, file.size) not in held]


def leave_to_clear(
    recording: Recording, *, station: Station, signer: Signer, log_name: str, at: datetime
) -> dict[str, Any]:
    """The signed leave to clear one file. Raises `Refused` where it will not be given, `Unavailable` where it is too early."""
    if not station.may_clear:
        raise Refused("本采集站未获准清除存储卡", do="原件保留在卡上；需要清除的，请设备管理员准许。")
    if recording.quarantine:
        raise Refused(f"来源待查明：{recording.quarantine}", do="原件保留在卡上，查明来源后再清除。")
    line = line_of(recording.pk, verb="recording.verified") if recording.verified_at else None
    if line is None:
        raise Unavailable("尚未复核", do="复核完成后自动再问。", retry_seconds=2)
    sealed = sealed_size()
    if sealed < line:
        raise Unavailable("复核的台账行尚未封存", do="封存后自动再问。", retry_seconds=2)
    leave = Leave(
        recording=str(recording.pk), digest=recording.digest, size=recording.size, station=str(station.pk), line=line,
        sealed=sealed, at=at, log=log_name,
    )  # fmt: skip
    return leave.signed(signer)


def note_cleared(
    recording: Recording, *, by: Actor, station: Station, told: Mapping[str, Any], at: datetime
) -> None:
    """Enter that a file was cleared from a card. Told again it is known already."""
    allow(by, "recording.receive", on=station, at=at)
    cleared_at, path = _moment(told, "cleared_at"), str(told.get("path", ""))[:4096]
    line_number = line_of(recording.pk, verb="recording.verified")
    if line_number is None:
        raise Tampered("报告清除了一份尚未复核的录像", do="请立即停用该采集站并核对存储卡。")
    if cleared_at > at + _AHEAD:
        raise Malformed("清除时间在将来", do="请校准采集站的时钟。")
    if Clearing.objects.filter(
        recording=recording, station=station, path=path, cleared_at=cleared_at
    ).exists():
        return
    row = Clearing(
        recording=recording,
        station=station,
        path=path,
        cleared_at=cleared_at,
        told_at=at,
        leave_line=line_number,
    )
    with act("recording.card-cleared", by=by, at=at, agency=recording.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(recording)


def _short(body: Mapping[str, Any], key: str) -> str:
    return str(body.get(key, ""))[:80].replace("\0", "\\x00")


def _moment(body: Mapping[str, Any], key: str) -> datetime:
    try:
        return from_text(body[key])
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(f"缺少时间 {key}") from error


def _seconds(body: Mapping[str, Any]) -> float | None:
    drift = body.get("clock_error")
    return float(drift) if isinstance(drift, int | float) else None


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 62:
        raise ValueError(value)
    return value
