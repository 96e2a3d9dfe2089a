"""The device ledger: in, checked, out, back; one loan at a time; a station's token ends with its revocation."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from tests.apps.steps import HOUR, handed_out, last_line, refused
from tests.cast import LONG_AGO, Cast, as_actor

from liuhen.apps.devices import queries
from liuhen.apps.devices.actions import enroll_station, hand_out, register_device, revoke_station, take_back
from liuhen.apps.devices.models import Device, Loan, Station
from liuhen.apps.registry.models import Officer
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.identifiers import new_id


def give_out(cast: Cast, at: datetime, **change: Any) -> Loan:
    """A hand-out in which everything is right but what `change` says."""
    lines = [line.label for line in cast.law.check_lines]
    told: dict[str, Any] = {
        "by": as_actor(cast.zhao), "to": cast.li, "purpose": "上午巡查", "check": dict.fromkeys(lines, True),
        "required": lines, "cite": cast.law.packs[0].cite("SUB-22.a"), "due_at": at + 8 * HOUR, "at": at,
    }  # fmt: skip
    return hand_out(Device.objects.get(pk=cast.camera.pk), **told | change)


def test_number_and_serial_are_entered_once_an_agency(cast: Cast) -> None:
    told: dict[str, Any] = {"by": as_actor(cast.zhao), "device_type": "body_recorder", "at": LONG_AGO}
    refused(lambda: register_device(cast.team, number="执记-01", serial="9", **told), says="执记-01")
    refused(
        lambda: register_device(cast.team, number="执记-09", serial=cast.camera.serial, **told),
        says=cast.camera.serial,
    )
    assert register_device(cast.team, number="执记-09", serial="9", **told).state == Device.State.IN_STOCK
    assert last_line().verb == "device.registered"
    told["by"] = OPERATOR
    assert register_device(cast.sun.unit, number="执记-01", serial="9", **told)


@pytest.mark.parametrize("who", ["li", "zhang", "chen", "sun"])
def test_ledger_is_kept_by_its_keeper_alone(cast: Cast, noon: datetime, who: str) -> None:
    stranger = as_actor(getattr(cast, who))
    refused(lambda: give_out(cast, noon, by=stranger), says="权限")
    loan = give_out(cast, noon)
    refused(lambda: take_back(loan, by=stranger, content="", at=noon + HOUR), says="权限")


def test_handed_out_device_goes_and_comes_back_with_its_lines(cast: Cast, noon: datetime) -> None:
    loan = give_out(cast, noon)
    assert last_line().verb == "device.handed-out"
    assert (loan.device.state, loan.check_lines) == (
        "issued",
        {"电池容量": True, "内存空间": True, "设备正常": True},
    )
    take_back(loan, by=as_actor(cast.zhao), content=" 占道检查两段 ", at=noon + HOUR)
    assert last_line().verb == "device.returned"
    assert (loan.content, loan.returned_at, loan.returned_by) == ("占道检查两段", noon + HOUR, cast.zhao.pk)
    assert Device.objects.get(pk=loan.device_id).state == "in_stock"
    assert give_out(cast, noon + 2 * HOUR).pk != loan.pk


@pytest.mark.parametrize(
    "check",
    [{}, {"电池容量": True, "内存空间": True, "设备正常": False}, {"电池容量": True, "内存空间": True}],
)
def test_device_that_failed_its_check_stays_and_the_article_is_cited(
    cast: Cast, noon: datetime, check: dict[str, bool]
) -> None:
    error = refused(lambda: give_out(cast, noon, check=check), says="设备正常")
    assert error.cite is not None
    assert error.cite.article == "第二十二条"
    assert "第二十二条" in str(error)
    assert not Loan.objects.exists()


@pytest.mark.parametrize("state", [s for s in Device.State if s != Device.State.IN_STOCK])
def test_device_that_is_not_in_stock_is_not_handed_out(
    cast: Cast, noon: datetime, state: Device.State
) -> None:
    Device.objects.filter(pk=cast.camera.pk).update(state=state)
    refused(lambda: give_out(cast, noon), says=state.label)


def test_hand_out_needs_purpose_term_and_a_colleague_on_duty(cast: Cast, noon: datetime) -> None:
    refused(lambda: give_out(cast, noon, purpose=" "), says="用途")
    refused(lambda: give_out(cast, noon, due_at=noon), says="应归还时间")
    refused(lambda: give_out(cast, noon, to=cast.sun), says="不是本机关在岗人员")
    Officer.objects.filter(pk=cast.li.pk).update(state=Officer.State.SUSPENDED)
    refused(lambda: give_out(cast, noon, to=Officer.objects.get(pk=cast.li.pk)), says="不是本机关在岗人员")
    assert give_out(cast, noon, to=cast.wang).officer == cast.wang


def test_device_is_lent_to_one_at_a_time_also_below_the_actions(cast: Cast, noon: datetime) -> None:
    loan = give_out(cast, noon)
    refused(lambda: give_out(cast, noon, to=cast.wang), says="领用")
    with pytest.raises(DatabaseError), transaction.atomic():
        Loan.objects.create(
            agency=cast.agency, device=cast.camera, officer=cast.wang, purpose="x", check_lines={}, out_at=noon,
            out_by=new_id(), due_at=noon + HOUR,
        )  # fmt: skip
    take_back(loan, by=as_actor(cast.zhao), content="", at=noon)
    refused(lambda: take_back(loan, by=as_actor(cast.zhao), content="", at=noon), says="已经归还")


def test_device_does_not_come_back_before_it_went(cast: Cast, noon: datetime) -> None:
    loan = give_out(cast, noon)
    refused(lambda: take_back(loan, by=as_actor(cast.zhao), content="", at=noon - HOUR), says="早于领用")


def test_who_had_it_is_known_for_every_moment(cast: Cast, noon: datetime) -> None:
    first = handed_out(cast, cast.li, at=noon)
    take_back(first, by=as_actor(cast.zhao), content="", at=noon + HOUR)
    second = handed_out(cast, cast.wang, at=noon + 2 * HOUR)
    hours = {-1: None, 0: first, 1: first, 1.5: None, 2: second, 99: second}
    assert {n: queries.loan_at(cast.camera.pk, noon + n * HOUR) for n in hours} == hours
    assert queries.open_loans(queries.visible_to(as_actor(cast.zhao), at=noon)) == [second]


def test_ledger_is_seen_by_its_unit_and_not_by_another_agency(cast: Cast, noon: datetime) -> None:
    assert set(queries.visible_to(as_actor(cast.li), at=noon)) == {cast.camera, cast.spare}
    assert not queries.visible_to(as_actor(cast.sun), at=noon).exists()


def test_device_is_found_by_what_it_tells_of_itself(cast: Cast) -> None:
    agency = cast.agency.pk
    for told in ("7000001", "执记-01", "007000001"):
        assert queries.device_by_serial(agency, told) == cast.camera
    for told in ("", "0", "1", "7000009"):
        assert queries.device_by_serial(agency, told) is None
    assert queries.device_by_serial(cast.sun.agency_id, "7000001") is None
    told_two = register_device(
        cast.team, by=OPERATOR, number="执记-77", serial="07000001", device_type="camera", at=LONG_AGO
    )
    assert queries.device_by_serial(agency, "07000001") == told_two
    assert (
        queries.device_by_serial(agency, "007000001") is None
    )  # two fit: no answer is better than a wrong one


# -- stations ----------------------------------------------------------------------------------------------------


def test_token_of_a_station_opens_until_it_is_revoked(cast: Cast, noon: datetime) -> None:
    station, token = enroll_station(cast.team, by=OPERATOR, name="A-01", at=noon)
    assert last_line().verb == "station.enrolled"
    assert token not in last_line().body
    assert token not in repr(Station.objects.values().get())
    assert queries.station_of(token) == (station, False)
    assert queries.station_of(token + "x") is None
    assert queries.station_of("") is None
    revoke_station(station, by=OPERATOR, at=noon + timedelta(minutes=5))
    assert last_line().verb == "station.revoked"
    assert queries.station_of(token) is None


def test_station_is_enrolled_at_the_machine(cast: Cast, noon: datetime) -> None:
    refused(lambda: enroll_station(cast.team, by=as_actor(cast.zhao), name="A-01", at=noon), says="权限")
    station, _ = enroll_station(cast.team, by=OPERATOR, name="A-01", at=noon)
    refused(lambda: revoke_station(station, by=as_actor(cast.li), at=noon), says="权限")


def test_keeper_shuts_a_station_out_once_and_says_why(cast: Cast, noon: datetime) -> None:
    station, token = enroll_station(cast.team, by=OPERATOR, name="A-01", at=noon)
    revoke_station(station, by=as_actor(cast.zhao), at=noon, reason=" 夜里被盗 ")
    assert last_line().verb == "station.revoked"
    assert "被盗" not in last_line().body
    assert queries.terms_of(station).revoked_reason == "夜里被盗"
    assert queries.revoked_station_of(token=token) == station
    refused(lambda: revoke_station(station, by=as_actor(cast.zhao), at=noon), says="已经停用")
