"""The cast of the stories. Everybody is invented.

李 officer, 王 his colleague, 张 head of the team, 陈 legal reviewer, 赵 device keeper, 周 inspector, 孙 an officer of
another agency; 钱 is the party.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from liuhen.apps.devices.actions import register_device
from liuhen.apps.devices.models import Device
from liuhen.apps.registry import actions
from liuhen.apps.registry.law import law_of, pack_digest
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, Actor

LONG_AGO = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cast:
    """The people by their surname, their agency, team and cameras."""

    agency: Agency
    team: Unit
    li: Officer
    wang: Officer
    zhang: Officer
    chen: Officer
    zhao: Officer
    zhou: Officer
    sun: Officer
    camera: Device
    spare: Device
    law: Rulebook

    def actor(self, officer: Officer) -> Actor:
        return as_actor(officer)


def as_actor(officer: Officer) -> Actor:
    return Actor("officer", officer.pk, "测试")


def assemble(office: Office, *, pack: str = "subdistrict", code: str = "BMZ") -> Cast:
    """Two agencies; the first under `pack`, with everybody the stories need."""
    agency = actions.found_agency(
        by=OPERATOR, name="清河街道办事处", code=code, agency_type="subdistrict", at=LONG_AGO
    )
    team = actions.add_unit(
        agency, by=OPERATOR, name="综合行政执法队", code="ZF", function="case", at=LONG_AGO
    )
    top = agency.units.get(parent__isnull=True)
    people = {
        "李": (team, "李", "010001", ["officer"]),
        "王": (team, "王", "010002", ["officer"]),
        "张": (team, "张", "010003", ["unit_head", "officer"]),
        "赵": (team, "赵", "010004", ["device_keeper", "custodian"]),
        "陈": (top, "陈", "010005", ["legal_reviewer"]),
        "周": (top, "周", "010006", ["inspector"]),
    }
    cast = {who: _person(unit, name, number, roles) for who, (unit, name, number, roles) in people.items()}
    other = actions.found_agency(
        by=OPERATOR, name="石桥街道办事处", code=f"{code}X", agency_type="subdistrict", at=LONG_AGO
    )
    sun = _person(other.units.get(), "孙", "020001", ["officer", "unit_head"])
    digest = pack_digest(office.packs / pack)
    actions.activate_pack(
        agency,
        by=OPERATOR,
        key=pack,
        version="1",
        digest=digest,
        since=LONG_AGO,
        at=LONG_AGO,
        packs=office.packs,
    )
    cameras = [_camera(team, f"{n:02d}", f"700000{n}") for n in (1, 2)]
    law = law_of(agency.pk, packs=office.packs, at=LONG_AGO)
    return Cast(
        agency=agency, team=team, li=cast["李"], wang=cast["王"], zhang=cast["张"], chen=cast["陈"], zhao=cast["赵"],
        zhou=cast["周"], sun=sun, camera=cameras[0], spare=cameras[1], law=law,
    )  # fmt: skip


def _person(unit: Unit, name: str, number: str, roles: list[str]) -> Officer:
    officer = actions.add_officer(unit, by=OPERATOR, person=actions.Person(name, number), at=LONG_AGO)
    for role in roles:
        actions.appoint(officer, by=OPERATOR, role=role, unit=unit, since=LONG_AGO, at=LONG_AGO)
    return officer


def _camera(unit: Unit, number: str, serial: str) -> Device:
    return register_device(
        unit, by=OPERATOR, number=f"执记-{number}", serial=serial, device_type="body_recorder", at=LONG_AGO
    )
