"""Changes of the device ledger: entry, hand-out after the pack's check, return with content, stations."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from liuhen.apps.devices.models import (
    Device,
    DeviceEntry,
    Loan,
    LoanReturn,
    Station,
    StationTerms,
    StorageMedium,
)
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer, Unit
from liuhen.apps.registry.permission import allow
from liuhen.apps.search.actions import keep
from liuhen.kernel.actors import Actor
from liuhen.kernel.citations import Citation
from liuhen.kernel.errors import Refused


def register_device(
    unit: Unit,
    *,
    by: Actor,
    number: str,
    serial: str,
    device_type: str,
    model: str = "",
    at: datetime | None = None,
) -> Device:
    """Enter a device into the ledger. Raises `Refused` for a number or serial that is taken."""
    device = Device(
        agency_id=unit.agency_id,
        unit=unit,
        number=number,
        serial=serial,
        device_type=device_type,
        model=model,
    )
    allow(by, "device.keep", on=device, at=at)
    for field, value in (("number", number), ("serial", serial)):
        if Device.objects.filter(agency=unit.agency_id, **{field: value}).exists():
            raise Refused(
                f"台账中已有编号或序号为 {value} 的设备", do="请核对铭牌；如系同一台，无需重复登记。"
            )
    with act("device.registered", by=by, at=at, agency=unit.agency_id) as line:
        device.save(force_insert=True)
        line.about(device)
        keep(device)
        line.schedule("device.judge", device)
        line.schedule("unit.judge", unit)
    return device


def hand_out(
    device: Device,
    *,
    by: Actor,
    to: Officer,
    purpose: str,
    check: Mapping[str, bool],
    required: Sequence[str],
    cite: Citation | None,
    due_at: datetime,
    still_on_it: int = 0,
    at: datetime,
) -> Loan:
    """领用：每一项检查合格、写明用途，方可领出。`required` are the check lines of the pack, `cite` its article.

    `still_on_it` is how many files declared at the last return have not come in: until they have, nobody else gets the device.
    """
    allow(by, "device.keep", on=device, at=at)
    _check_can_go_out(device, to, purpose, due_at=due_at, at=at)
    _check_is_emptied(device, to, still_on_it)
    failed = [item for item in required if not check.get(item)]
    if failed:
        raise Refused(
            f"领用前检查未通过或未做：{'、'.join(failed)}",
            do="请排除问题后重新检查，或换一台设备。",
            cite=cite,
        )
    loan = Loan(
        agency_id=device.agency_id,
        device=device,
        officer=to,
        purpose=purpose.strip(),
        check_lines={item: bool(check[item]) for item in required},
        out_at=at,
        out_by=by.id,
        due_at=due_at,
    )
    with act("device.handed-out", by=by, at=at, agency=device.agency_id) as line:
        device.state = Device.State.ISSUED
        device.save(update_fields=["state"])
        loan.save(force_insert=True)
        line.about(device)
        line.about(loan)
        line.schedule("loan.judge", loan)
        line.schedule("device.judge", device)
    return loan


def take_back(loan: Loan, *, by: Actor, content: str, at: datetime, files: int | None = None) -> None:
    """归还：登记归还时间与记录内容；`files` is how many files the officer declares to have made."""
    allow(by, "device.keep", on=loan, at=at)
    if loan.returned_at is not None:
        raise Refused(f"设备 {loan.device.number} 已经归还", do="请刷新页面查看最新状态。")
    if at < loan.out_at:
        raise Refused("归还时间早于领用时间", do="请核对时间。")
    with act("device.returned", by=by, at=at, agency=loan.agency_id) as line:
        loan.returned_at, loan.returned_by, loan.content = at, by.id, content.strip()
        loan.save(update_fields=["returned_at", "returned_by", "content"])
        loan.device.refresh_from_db(fields=["state"])
        if loan.device.state == Device.State.ISSUED:  # One that broke down meanwhile stays out of use.
            loan.device.state = Device.State.IN_STOCK
            loan.device.save(update_fields=["state"])
        line.about(loan)
        if files is not None:
            told = LoanReturn(loan=loan, files=files)
            told.save(force_insert=True)
            line.about(told)
        line.about(loan.device)
        line.schedule("loan.judge", loan)


def enroll_station(
    unit: Unit,
    *,
    by: Actor,
    name: str,
    at: datetime,
    key: str = "",
    certifiable_until: datetime | None = None,
) -> tuple[Station, str]:
    """A new docking station and its token, which is shown once and stored nowhere here.

    `key` is the public key (C2SP form) with which the station signs its lists of cards; until `certifiable_until` its token
    fetches a client certificate for a key that the station makes itself.
    """
    token = secrets.token_urlsafe(32)
    station = Station(
        agency_id=unit.agency_id,
        unit=unit,
        name=name,
        token_digest=token_digest(token),
        key=key,
        enrolled_at=at,
    )
    allow(by, "station.enroll", on=station, at=at)
    with act("station.enrolled", by=by, at=at, agency=unit.agency_id) as line:
        station.save(force_insert=True)
        line.about(station)
        if certifiable_until is not None:
            terms = StationTerms(station=station, certifiable_until=certifiable_until)
            terms.save(force_insert=True)
            line.about(terms)
    return station, token


def revoke_station(station: Station, *, by: Actor, at: datetime, reason: str = "") -> None:
    """From its next request on neither its token nor its certificate opens anything. It is never taken back."""
    allow(by, "station.revoke", on=station, at=at)
    if station.revoked_at is not None:
        raise Refused(f"{station.name} 已经停用", do="重新使用须由系统管理员重新登记。")
    with act("station.revoked", by=by, at=at, agency=station.agency_id) as line:
        station.revoked_at = at
        station.save(update_fields=["revoked_at"])
        line.about(station)
        if reason.strip():
            terms = StationTerms.objects.filter(station=station).first() or StationTerms(station=station)
            terms.revoked_reason = reason.strip()[:200]
            terms.save()
            line.about(terms)


def let_station_clear(station: Station, *, by: Actor, may_clear: bool, at: datetime) -> None:
    """Whether this station may clear cards of what was received and verified. It is the keeper's to say; at first it may not."""
    allow(by, "device.keep", on=station, at=at)
    unknown = StorageMedium.objects.filter(station=station, network_number="").first()
    if may_clear and unknown is not None:
        raise Refused(
            f"{station.name} 所用的存储介质“{unknown.name}”没有登记号，资料不得存在上面",
            do="请先在“装备”页填写登记号，再准许清卡。",
        )
    with act("station.clearing-changed", by=by, at=at, agency=station.agency_id) as line:
        station.may_clear = may_clear
        station.save(update_fields=["may_clear"])
        line.about(station)


def token_digest(token: str) -> str:
    """Tokens are 256 random bits, so one hash without salt is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _check_can_go_out(device: Device, to: Officer, purpose: str, *, due_at: datetime, at: datetime) -> None:
    if device.state != Device.State.IN_STOCK:
        raise Refused(
            f"设备 {device.number} 现为“{device.get_state_display()}”，不能领用",
            do="请先办理归还或检修，或换一台设备。",
        )
    entry = DeviceEntry.objects.filter(device=device).order_by("-entered_at").first()
    if entry is not None and entry.is_covert:
        raise Refused(
            f"设备 {device.number} 登记为涉密专用设备，不在本制度范围内",
            do="秘密侦查等专用设备另行管理，不在这里领用，其资料也不入本系统。",
        )
    if to.agency_id != device.agency_id or to.state != Officer.State.ACTIVE:
        raise Refused(f"{to.name}不是本机关在岗人员，不能领用", do="设备不得外借；请核对领用人。")
    if not purpose.strip():
        raise Refused("领用需写明用途", do="请填写用途，如“上午巡查”。")
    if due_at <= at:
        raise Refused("应归还时间须晚于领用时间", do="请核对班次结束时间。")


def _check_is_emptied(device: Device, to: Officer, still_on_it: int) -> None:
    last = Loan.objects.filter(device=device).select_related("officer").order_by("-out_at").first()
    if still_on_it and last is not None and last.officer_id != to.pk:
        raise Refused(
            f"{last.officer.name}上次领用 {device.number} 时申报的文件还有 {still_on_it} 个没有入库",
            do="请先把设备接入采集站，全部入库之后再领给别人。",
        )
