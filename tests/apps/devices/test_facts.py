"""What the rules are told of a hand-out and of a unit, and that both are judged in the running office."""

from datetime import datetime, timedelta

import pytest
from tests.apps.steps import handed_out
from tests.cast import Cast, as_actor
from tests.conftest import unlocked

from liuhen.apps.devices.actions import register_device, take_back
from liuhen.apps.devices.facts import facts_of_loan, facts_of_unit
from liuhen.apps.devices.models import Device
from liuhen.apps.journal.models import Job
from liuhen.apps.oversight.models import Finding
from liuhen.apps.registry.actions import end_role
from liuhen.apps.registry.models import RoleAssignment
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.server.works import works

HOUR = timedelta(hours=1)


def test_hand_out_is_told_with_its_check_and_its_register(cast: Cast, noon: datetime) -> None:
    loan = handed_out(cast, cast.li, at=noon)
    told = facts_of_loan(loan, lines=cast.law.check_lines)
    assert told.passed == {line.code for line in cast.law.check_lines}
    assert told.failed == frozenset()
    assert told.register == {"user", "giver", "out_at", "purpose"}
    take_back(loan, by=as_actor(cast.zhao), content="上午巡查", at=noon + HOUR)
    told = facts_of_loan(loan, lines=cast.law.check_lines)
    assert told.register == {"user", "giver", "out_at", "purpose", "returned_at", "content"}
    assert (told.due_at, told.returned_at) == (loan.due_at, noon + HOUR)


def test_check_that_failed_and_one_nobody_did_are_told_apart(cast: Cast, noon: datetime) -> None:
    loan = handed_out(cast, cast.li, at=noon)
    first, second, *_ = cast.law.check_lines
    loan.check_lines = {first.label: False}
    told = facts_of_loan(loan, lines=cast.law.check_lines)
    assert told.failed == {first.code}
    assert told.passed == frozenset()
    assert second.code not in told.failed


def test_unit_is_told_with_its_enforcers_its_usable_devices_and_its_offices(
    cast: Cast, noon: datetime
) -> None:
    told = facts_of_unit(cast.team, at=noon)
    assert (told.officers, told.devices) == (3, 2)
    above = {"legal_reviewer", "inspector"}
    assert told.roles == {"officer", "unit_head", "device_keeper", "custodian"} | above
    with unlocked():
        Device.objects.filter(pk=cast.spare.pk).update(state=Device.State.FAULT)
    register_device(cast.team, by=OPERATOR, number="固-01", serial="9", device_type="fixed_camera", at=noon)
    assert facts_of_unit(cast.team, at=noon).devices == 1
    for post in RoleAssignment.objects.filter(officer=cast.zhao):
        end_role(post, by=OPERATOR, at=noon)
    assert facts_of_unit(cast.team, at=noon).roles == {"officer", "unit_head"} | above
    assert facts_of_unit(cast.team, at=noon - HOUR).roles >= {"device_keeper"}
    top = facts_of_unit(cast.chen.unit, at=noon)
    assert (top.officers, top.roles) == (0, above)


@pytest.mark.clause("SUB-22")
def test_unit_without_a_keeper_is_found_and_found_well_again(
    cast: Cast, office: Office, noon: datetime
) -> None:
    do = works(office)
    do["unit.judge"](cast.team.pk)
    found = Finding.objects.get(rule="dedicated-keeper", subject=cast.team.pk)
    assert found.verdict == "符合"
    post = RoleAssignment.objects.get(officer=cast.zhao, role="device_keeper")
    end_role(post, by=OPERATOR, at=noon)
    assert Job.objects.filter(kind="unit.judge", subject=cast.team.pk).exists()
    do["unit.judge"](cast.team.pk)
    found.refresh_from_db()
    assert (found.verdict, "设备管理员" in found.reason) == ("不符合", True)


def test_hand_out_is_judged_by_its_check(cast: Cast, office: Office, noon: datetime) -> None:
    loan = handed_out(cast, cast.li, at=noon)
    assert Job.objects.filter(kind="loan.judge", subject=loan.pk).exists()
    works(office)["loan.judge"](loan.pk)
    assert Finding.objects.get(rule="pre-use-check", subject=loan.pk).verdict == "符合"
