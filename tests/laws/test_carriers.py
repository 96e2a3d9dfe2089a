"""What carries a clause without a rule: permissions, routes, commands, and what the product does not do.

Each test bears the ids of the clauses (`clause` mark) and is taken from their acceptance.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from tests.apps.steps import handed_out, opened_case, planned, received, refused
from tests.cast import LONG_AGO, Cast, as_actor
from tests.conftest import unlocked

from liuhen.apps.archive import fixity
from liuhen.apps.casework.stages import move_case
from liuhen.apps.devices import queries as devices
from liuhen.apps.devices.actions import enroll_station, register_device
from liuhen.apps.devices.models import Device
from liuhen.apps.documents.models import Document
from liuhen.apps.journal import queries as journal
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.law import law_of, pack_digest
from liuhen.apps.registry.models import RoleAssignment
from liuhen.apps.registry.permission import may
from liuhen.apps.registry.policy import POLICY
from liuhen.apps.registry.queries import packs_in_force
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, Actor
from liuhen.kernel.errors import Refused

ROOT = Path(__file__).parents[2]
HOUR = timedelta(hours=1)
ROUTES = json.loads((ROOT / "docs/api/openapi.json").read_text("utf-8"))["paths"]


@pytest.mark.clause("NDG-37", "TNH-19", "SUB-27", "BMZ-15")
def test_changed_original_is_named_and_nobody_has_an_action_to_change_one(
    cast: Cast, office: Office, noon: datetime
) -> None:
    recording = received(cast, office, b"one" * 3000, at=noon, device_serial=cast.camera.serial)
    assert list(fixity.verify_originals(office.vault)) == []
    path = office.vault.path(recording.digest)
    path.chmod(0o600)
    path.write_bytes(b"two" * 3000)
    found = [str(fault) for fault in fixity.verify_originals(office.vault)]
    assert len(found) == 1
    assert recording.number in found[0]
    words = ("edit", "delete", "cut", "replace", "publish", "share")
    assert [a for a in POLICY if a.startswith("recording.") and a.partition(".")[2].startswith(words)] == []
    touching = [
        path for path, methods in ROUTES.items() if "recording" in path and {"delete", "put"} & set(methods)
    ]
    assert touching == []


@pytest.mark.clause("NDG-37.p2b")
def test_nothing_can_be_published(cast: Cast) -> None:
    told = json.dumps(ROUTES, ensure_ascii=False)
    assert not any(word in told for word in ("publish", "share", "public_link", "token_link"))
    assert not any(action.startswith(("recording.publish", "recording.share")) for action in POLICY)


@pytest.mark.clause("SUB-5")
def test_finished_document_whose_words_were_changed_is_named(
    cast: Cast, office: Office, noon: datetime
) -> None:
    case = opened_case(cast, at=noon)
    assert list(journal.verify_rows([type(case)])) == []
    with unlocked(), connection.cursor() as cursor:
        cursor.execute("UPDATE casework_case SET cause = %s", ["另一案由"])
    found = [str(fault) for fault in journal.verify_rows([type(case)])]
    assert any("cause" in fault for fault in found), found
    assert Document.kind() == "documents.document"


@pytest.mark.clause("NDG-3.p3", "BMZ-3.p3")
def test_trail_of_a_case_holds_every_act_with_person_and_time(
    cast: Cast, office: Office, noon: datetime
) -> None:
    case = opened_case(cast, at=noon)
    move_case(case, by=as_actor(cast.zhang), to="investigation", note="", law=None, at=noon + HOUR)
    trail = journal.trail([case.pk])
    assert [(e.verb, e.actor, e.at) for e in trail] == [
        ("case.stage-changed", cast.zhang.pk, noon + HOUR),
        ("case.opened", cast.li.pk, noon),
    ]
    assert "get" in ROUTES["/api/v1/cases/{case}"]


@pytest.mark.clause("NDG-8.p2a", "TNH-6.a")
def test_head_of_a_unit_sees_his_own_unit_and_no_other(cast: Cast, noon: datetime) -> None:
    other = registry.add_unit(cast.agency, by=OPERATOR, name="二队", code="ED", function="case", at=LONG_AGO)
    theirs = register_device(
        other, by=OPERATOR, number="执记-90", serial="7000090", device_type="body_recorder", at=noon
    )
    head = as_actor(cast.zhang)
    seen = set(devices.visible_to(head, at=noon))
    assert cast.camera in seen
    assert theirs not in seen
    activity = planned(cast, cast.li, at=noon)
    assert may(head, "activity.view", on=activity.place(), at=noon)
    elsewhere = theirs.place()
    assert not may(head, "activity.view", on=elsewhere, at=noon)


@pytest.mark.clause("NDG-8.p2c", "TNH-6.b", "TNH-18")
def test_only_legal_adopts_a_regulation_or_settles_what_it_leaves_open(
    cast: Cast, office: Office, noon: datetime
) -> None:
    change = {"key": "edge-tolerance", "value": "30s", "since": noon, "at": noon, "packs": office.packs}
    digest = pack_digest(office.packs / "baimiaozi")
    adopt = {
        "key": "baimiaozi", "version": "1", "digest": digest, "since": noon, "at": noon, "packs": office.packs,
    }  # fmt: skip
    for who in (cast.zhang, cast.li, cast.zhou):
        refused(lambda who=who: registry.set_value(cast.agency, by=as_actor(who), **change), says="权限")
        refused(lambda who=who: registry.activate_pack(cast.agency, by=as_actor(who), **adopt), says="权限")
    registry.set_value(cast.agency, by=as_actor(cast.chen), **change)
    registry.activate_pack(cast.agency, by=as_actor(cast.chen), **adopt)
    assert [p.key for p in packs_in_force(cast.agency.pk, at=noon)] == ["subdistrict", "baimiaozi"]
    assert "get" in ROUTES["/api/v1/rules"]


@pytest.mark.clause("NDG-32.a", "SUB-22", "TNH-15", "FZH-20.a")
def test_without_a_keeper_no_device_goes_out(cast: Cast, noon: datetime) -> None:
    assert handed_out(cast, cast.li, at=noon).officer == cast.li
    for post in RoleAssignment.objects.filter(officer=cast.zhao, role="device_keeper"):
        registry.end_role(post, by=OPERATOR, at=noon + HOUR)
    late = noon + 2 * HOUR
    refused(lambda: handed_out(cast, cast.wang, at=late, device=cast.spare), says="权限")


@pytest.mark.clause("NDG-33")
def test_device_goes_to_nobody_outside_the_agency(cast: Cast, noon: datetime) -> None:
    refused(lambda: handed_out(cast, cast.sun, at=noon), says="不是本机关在岗人员")
    assert handed_out(cast, cast.li, at=noon).officer == cast.li


@pytest.mark.clause("SUB-24")
def test_device_with_a_fault_does_not_go_out(cast: Cast, noon: datetime) -> None:
    with unlocked():
        Device.objects.filter(pk=cast.spare.pk).update(state=Device.State.FAULT)
    refused(lambda: handed_out(cast, cast.li, at=noon, device=cast.spare), says="不能领用")
    assert handed_out(cast, cast.li, at=noon).officer == cast.li


@pytest.mark.clause("BMZ-15.c", "NDG-35.a")
def test_enrolled_station_brings_files_by_itself_and_an_unknown_one_brings_nothing(
    cast: Cast, office: Office, noon: datetime
) -> None:
    station, token = enroll_station(cast.team, by=OPERATOR, name="A-01", at=noon)
    assert devices.station_of(token) == (station, False)
    assert devices.station_of("another") is None
    by = Actor("station", station.pk, "采集站 A-01")
    brought = received(cast, office, b"x" * 100, at=noon, by=by, station=station)
    assert brought.station == station


@pytest.mark.clause("C-31")
def test_nothing_is_judged_before_the_day_the_agency_adopted_the_regulation(
    cast: Cast, office: Office
) -> None:
    with pytest.raises(Refused, match="尚未施行"):
        law_of(cast.agency.pk, packs=office.packs, at=LONG_AGO - HOUR)
    assert law_of(cast.agency.pk, packs=office.packs, at=LONG_AGO).packs[0].head.key == "subdistrict"
