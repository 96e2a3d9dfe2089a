"""`init`, `user add`, `enroll station`: founding an agency and giving people and stations their way in."""

import base64
import json
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liuhen.apps.devices.actions import enroll_station, let_station_clear, revoke_station
from liuhen.apps.devices.models import Station
from liuhen.apps.devices.queries import stations
from liuhen.apps.devices.stations import let_station_certify
from liuhen.apps.registry import actions
from liuhen.apps.registry.law import pack_digest
from liuhen.apps.registry.models import Agency, Unit
from liuhen.apps.registry.passwords import new_password
from liuhen.apps.registry.policy import ROLES
from liuhen.apps.registry.superiors import name_superior
from liuhen.engines.ledger import Signer
from liuhen.engines.rules import load_pack
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now, shown
from liuhen.kernel.errors import Malformed, Refused
from liuhen.kernel.sealed import public_bytes

_FETCHES_WITHIN = timedelta(days=7)
_ADMINISTRATORS = ("system_admin", "security_admin", "audit_admin")


def found(
    office: Office, *, name: str, code: str, agency_type: str, pack: str, admins: Sequence[str]
) -> Iterator[str]:
    """The first agency, its three administrators and its pack in force; yields what to show, passwords once."""
    people = [_person(text) for text in admins]
    if len({login for _, login in people}) != len(_ADMINISTRATORS):
        raise Malformed("三名管理员须是三个不同的人", do="请给出三组不同的“姓名:登录名”。")
    loaded = load_pack(office.packs / pack)
    agency = actions.found_agency(by=OPERATOR, name=name, code=code, agency_type=agency_type)
    unit = agency.units.get()
    yield f"已建立 {name}（{code}）"
    for number, (role, (person, login)) in enumerate(zip(_ADMINISTRATORS, people, strict=True), start=1):
        officer = actions.add_officer(unit, by=OPERATOR, person=actions.Person(person, f"A{number:03d}"))
        actions.appoint(officer, by=OPERATOR, role=role, unit=unit, since=now() - timedelta(seconds=1))
        password = new_password()
        actions.open_account(officer, by=OPERATOR, login=login, password=password)
        yield f"{ROLES[role]}：{person}，登录名 {login}，密码 {password}（只显示这一次）"
    digest = pack_digest(office.packs / pack)
    version = loaded.head.version
    actions.activate_pack(
        agency, by=OPERATOR, key=pack, version=version, digest=digest, since=now(), packs=office.packs
    )
    yield f"自即日起施行《{loaded.head.title}》（规则包 {pack}@{version}）"


def add_person(*, agency: str, unit: str, name: str, number: str, roles: Sequence[str], login: str) -> str:
    """A new officer with roles and an account."""
    office = agency_by_code(agency)
    place = unit_by_code(office, unit)
    officer = actions.add_officer(place, by=OPERATOR, person=actions.Person(name, number))
    for role in roles:
        actions.appoint(officer, by=OPERATOR, role=role, unit=place, since=now() - timedelta(seconds=1))
    password = new_password()
    actions.open_account(officer, by=OPERATOR, login=login, password=password)
    return f"已开通：{name}，登录名 {login}，密码 {password}（只显示这一次）"


def enroll(
    office: Office, *, agency: str, unit: str, name: str, folder: Path, server: str, root: Path | None = None
) -> str:
    """Enrol a station and write what it needs: address, token, the key with which it checks receipts, and the `root` of the site.

    Where there is an intake, the token fetches within some days the certificate of a key that the station makes itself.
    """
    place = unit_by_code(agency_by_code(agency), unit)
    key = Ed25519PrivateKey.generate()
    signer = Signer("station", key)
    station, token = enroll_station(
        place,
        by=OPERATOR,
        name=name,
        key=str(signer.verifier),
        at=now(),
        certifiable_until=_may_certify_until(office),
    )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if root is not None:
        (folder / "root.crt").write_bytes(root.read_bytes())
    config = {
        "server": server, "token": token, "name": name, "receipt_key": str(office.signer.verifier), "station": str(station.pk),
        "key": base64.b64encode(key.private_bytes_raw()).decode(),
        "house_key": base64.b64encode(public_bytes(office.opening_key)).decode(),
        **({"receipt_sm2": str(office.signer.twin.verifier)} if office.signer.twin else {}),
    }  # fmt: skip
    descriptor = os.open(folder / "station.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(config, file, ensure_ascii=False, indent=1)
    return f"已登记采集站“{name}”，凭据写入 {folder / 'station.json'}"


def let_certify(office: Office, *, agency: str, name: str) -> Iterator[str]:
    """Let one station, or every one in service, fetch a certificate with its token; yields what to show."""
    until = _may_certify_until(office)
    if until is None:
        raise Refused("没有开放采集站接入端口，用不到证书", do="请先设置 intake_port，或改为对外监听。")
    rows = (
        [_station(agency, name)]
        if name
        else list(stations().filter(agency=agency_by_code(agency), revoked_at=None))
    )
    for row in rows:
        let_station_certify(row, by=OPERATOR, until=until, at=now())
        yield f"采集站“{row.name}”可在 {shown(until)} 之前领取证书；它下次连接时自动领取，也可在站上执行 liuhen station certify"


def _may_certify_until(office: Office) -> datetime | None:
    return now() + _FETCHES_WITHIN if office.intake_port else None


def set_clearing(*, agency: str, name: str, may_clear: bool) -> str:
    """Let a station clear cards, or not."""
    let_station_clear(_station(agency, name), by=OPERATOR, may_clear=may_clear, at=now())
    return f"采集站“{name}”{'可以在复核并取得许可后清除存储卡' if may_clear else '不得清除存储卡'}"


def revoke_one(*, agency: str, name: str, reason: str) -> str:
    """Shut a station out: lost, stolen, or taken out of use."""
    revoke_station(_station(agency, name), by=OPERATOR, at=now(), reason=reason)
    return f"采集站“{name}”已停用，其凭证自下一次请求起无效；已入库的音像不受影响。"


def name_the_superior(agency: str, superior: str) -> str:
    """Which agency of this house is above which; its head then decides here what goes to the superior."""
    row = name_superior(agency_by_code(agency), agency_by_code(superior), by=OPERATOR, at=now())
    return f"{row.agency.name}的上级机关已写明为{row.superior.name}，由其机关负责人、分管领导登录审批。"


def _station(agency: str, name: str) -> Station:
    stations = Station.objects.select_related("unit").filter(agency=agency_by_code(agency), revoked_at=None)
    found = stations.filter(name=name).first()
    if found is None:
        raise Refused(
            f"没有名为“{name}”的采集站", do=f"现有：{'、'.join(s.name for s in stations) or '无'}。"
        )
    return found


def agency_by_code(code: str) -> Agency:
    """By code; without one, the only agency there is."""
    found_ones = list(Agency.objects.filter(code=code) if code else Agency.objects.all()[:2])
    if len(found_ones) != 1:
        codes = "、".join(Agency.objects.values_list("code", flat=True))
        raise Refused(
            f"没有代码为“{code}”的机关" if code else "有多个机关，须指明是哪一个",
            do=f"现有：{codes or '无'}。",
        )
    return found_ones[0]


def unit_by_code(agency: Agency, code: str) -> Unit:
    unit = agency.units.filter(code=code).first()
    if unit is None:
        codes = "、".join(f"{u.code}（{u.name}）" for u in agency.units.all())
        raise Refused(f"{agency.name}没有代码为“{code}”的机构", do=f"现有：{codes}。")
    return unit


def _person(text: str) -> tuple[str, str]:
    name, separator, login = text.partition(":")
    if not separator or not name.strip() or not login.strip():
        raise Malformed(f"“{text}”应写作 姓名:登录名")
    return name.strip(), login.strip()
