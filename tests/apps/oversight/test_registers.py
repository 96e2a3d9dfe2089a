"""Registers (台账): each tells in plain words what the rooms keep, to whom it is open."""

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from tests.apps.journal.test_guards import fill
from tests.apps.steps import opened_case
from tests.cast import Cast, as_actor

from liuhen.apps.archive.models import SecondStore
from liuhen.apps.casework.receiving import Coming, enter_intake
from liuhen.apps.devices import faults, upkeep
from liuhen.apps.devices.entries import Particulars, enter_particulars
from liuhen.apps.documents.actions import draft_document
from liuhen.apps.evidence.models import Recording
from liuhen.apps.oversight.records import NewRule, enter_rule
from liuhen.apps.oversight.registers import REGISTERS
from liuhen.apps.oversight.registers.definition import Wanted, rows_of, whole
from liuhen.apps.registry.actions import appoint
from liuhen.engines.forms import load_forms
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, Actor

# What no ordinary word of the office looks like: an object's own name, a code, a time as a machine writes it.
_RAW = re.compile(r"None|<\w+|\b[a-z]+_[a-z_]+\b|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+")
_ROLES = ("inspector", "legal_reviewer", "agency_head", "archive_head", "custodian", "unit_head", "officer", "device_keeper", "associator")  # fmt: skip


@pytest.fixture
def reader(cast: Cast, noon: datetime) -> Actor:
    """Somebody who holds every post that reads a register, for the whole agency."""
    top = cast.team.parent or cast.team
    for role in _ROLES:
        appoint(cast.zhou, role=role, unit=top, by=OPERATOR, since=noon, at=noon)
    return as_actor(cast.zhou)


def lines(key: str, by: Actor, at: datetime) -> list[dict[str, object]]:
    register = REGISTERS[key]
    return [
        dict(zip(register.columns, cells, strict=True))
        for cells in whole(register, rows_of(register, Wanted(), by=by, at=at))
    ]


def cells(key: str, by: Actor, at: datetime) -> Iterator[str]:
    for line in lines(key, by, at):
        yield from (str(cell) for cell in line.values() if cell is not None)


PAPERS = {
    "evidence-list": {"holder": "孙某", "items": "刀\t水果刀\t1 把\t黑柄\t桌上\n手机\t\t1 部\t\t", "taken": "2026-11-16 12:00", "place": "和平路"},
    "measure": {"party": "孙某", "kind": "seize", "object": "三轮车\t\t1 辆\t", "from_at": "2026-11-16 12:00", "until": "2026-12-16 12:00"},
    "service-receipt": {"document_name": "决定书", "recipient": "孙某", "method": "leaving", "explanation": "拒收，由居委会见证", "time": "2026-11-16 12:00"},
}  # fmt: skip


def fill_what_is_rarer(cast: Cast, office: Office, noon: datetime) -> None:
    """Other ways in, documents of three sorts, a device kept apart."""
    li = as_actor(cast.li)
    for sort in ("complaint", "application"):
        enter_intake(
            cast.team,
            Coming(sort, "visit", "噪声", noon, person="孙某", real_name=sort == "complaint" or None),
            by=li,
            officer=cast.li,
            at=noon,
        )
    case, forms = opened_case(cast, at=noon), load_forms(office.forms)
    for form, values in PAPERS.items():
        told = {"case": case.number} | values
        draft_document(case, by=li, officer=cast.li, unit=cast.team, form=forms[form], values=told, at=noon)
    enter_particulars(cast.spare, Particulars(is_covert=True), by=as_actor(cast.zhao), at=noon)


@pytest.mark.clause("NDG-18.8", "TNH-7", "FZH-20", "FZH-18.p3", "NDG-12")
def test_every_register_has_rows_when_its_room_has_and_speaks_the_words_of_the_office(
    cast: Cast, office: Office, noon: datetime, reader: Actor
) -> None:
    fill(cast, office, noon)
    fill_what_is_rarer(cast, office, noon)
    empty = [key for key in REGISTERS if not lines(key, reader, noon)]
    assert set(empty) == set()
    odd = {(key, cell) for key in REGISTERS for cell in cells(key, reader, noon) if _RAW.search(cell)}
    assert odd == set()
    assert lines("service", reader, noon)[0]["方式"] == "留置送达"
    assert lines("evidence-items", reader, noon)[0]["物品"] == "刀 水果刀 1 把 黑柄 桌上；手机 1 部"
    assert lines("measures", reader, noon)[0]["措施"] == "扣押"
    assert lines("complaints", reader, noon)[0]["实名"] == "是"


@pytest.mark.clause("BMZ-16", "SUB-24", "NDG-34", "NDG-33", "TNH-15", "FZH-18")
def test_fault_is_told_from_its_finding_to_its_repair_beside_maintenance_stock_and_acts(
    cast: Cast, noon: datetime, reader: Actor
) -> None:
    keeper, li = as_actor(cast.zhao), as_actor(cast.li)
    fault = faults.report_fault(cast.camera, by=li, found_by=cast.li, found_at=noon, says="不能开机", at=noon)
    assert lines("device-faults", reader, noon)[0]["办理"] == "待核实"
    faults.check_fault(fault, by=keeper, is_real=True, says="属实", at=noon)
    told = lines("device-faults", reader, noon)[0]
    assert (told["设备编号"], told["发现人"], told["现象"]) == (cast.camera.number, "李", "不能开机")
    assert str(told["办理"]).endswith("核实属实")
    upkeep.plan_maintenance(cast.spare, by=keeper, says="清洁镜头", due_at=noon, at=noon)
    assert [(m["内容"], m["完成"]) for m in lines("device-maintenance", reader, noon)] == [("清洁镜头", "")]
    upkeep.check_stock(
        cast.team, by=keeper, seen={cast.camera.pk: True, cast.spare.pk: False}, says="月底", at=noon
    )
    assert [(s["应有"], s["没有见到"]) for s in lines("stock-checks", reader, noon)] == [(2, 1)]


@pytest.mark.clause("FZH-17.a")
def test_second_place_of_a_recording_is_told_with_its_number_there(
    cast: Cast, office: Office, noon: datetime, reader: Actor
) -> None:
    fill(cast, office, noon)
    row = SecondStore.objects.get()
    told = lines("storage-places", reader, noon)[0]
    assert (told["音像编号"], told["系统中的编号"]) == (
        Recording.objects.get(pk=row.recording_id).number,
        row.reference,
    )


@pytest.mark.clause("SUB-4")
def test_office_lays_down_what_is_recorded_and_how_for_each_kind_of_matter(
    cast: Cast, noon: datetime, reader: Actor
) -> None:
    new = NewRule("matter_list", "各类执法事项记录清单", "每类事项的环节、内容和方式", noon)
    enter_rule(cast.team, new, by=as_actor(cast.zhang), at=noon)
    assert [(r["种类"], r["名称"]) for r in lines("unit-rules", reader, noon)] == [
        ("音像记录事项清单", "各类执法事项记录清单")
    ]
