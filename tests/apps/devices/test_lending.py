"""Lent outside only where the law leaves room and after approval; paid for at its price by who had it, after another agreed."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.apps.steps import HOUR, handed_out, last_line, refused
from tests.cast import LONG_AGO, Cast, as_actor

from liuhen.apps.approval.actions import decide
from liuhen.apps.approval.models import Request
from liuhen.apps.devices import entries, lending, upkeep
from liuhen.apps.devices.actions import take_back
from liuhen.apps.devices.compensating import note_paid, print_notice, propose_compensation
from liuhen.apps.devices.models import Compensation, Device, DeviceAct, OutsideLoan
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Officer
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.citations import Citation

DAY = timedelta(days=1)
CITE = Citation("甲规定", "第十七条", "BMZ-17.a")


@pytest.fixture
def head(cast: Cast) -> Officer:
    who = registry.add_officer(cast.team, by=OPERATOR, person=registry.Person("郑", "090002"), at=LONG_AGO)
    registry.appoint(who, by=OPERATOR, role="agency_head", unit=cast.team, since=LONG_AGO, at=LONG_AGO)
    return who


def wish(cast: Cast, at: datetime, **more: Any) -> dict[str, Any]:
    told = {
        "borrower": "石桥街道办事处",
        "purpose": "联合检查",
        "due_at": at + DAY,
        "is_allowed": True,
        "cite": CITE,
    }
    return {"by": as_actor(cast.zhao), "requester": cast.zhao, "at": at, **told, **more}


def agree(request: Request, head: Officer, at: datetime) -> None:
    decide(request, by=as_actor(head), officer=head, agree=True, reason="", at=at)


@pytest.mark.clause("FZH-18")
def test_device_goes_outside_after_approval_and_comes_back_with_what_was_found(
    cast: Cast, head: Officer, noon: datetime
) -> None:
    zhao = as_actor(cast.zhao)
    for more, says in (
        ({"is_allowed": False}, "没有外借设备的余地"),
        ({"borrower": " "}, "借给谁"),
        ({"due_at": noon}, "归还时间"),
    ):
        refused(lambda more=more: lending.ask_to_lend(cast.spare, **wish(cast, noon, **more)), says=says)
    refused(
        lambda: lending.ask_to_lend(cast.spare, **wish(cast, noon, by=as_actor(cast.li), requester=cast.li)), says="权限"
    )  # fmt: skip
    request = lending.ask_to_lend(cast.spare, **wish(cast, noon))
    row = OutsideLoan.objects.get()
    refused(lambda: lending.ask_to_lend(cast.spare, **wish(cast, noon)), says="正在办理")
    give = {"by": zhao, "receiver": "林某，工作证 B-07"}
    refused(lambda: lending.hand_outside(row, at=noon, **give), says="还没有批准")
    agree(request, head, noon)
    refused(lambda: lending.hand_outside(row, by=zhao, receiver=" ", at=noon), says="接收人")
    refused(lambda: lending.hand_outside(row, at=noon + 2 * DAY, **give), says="已过归还时间")
    lending.hand_outside(row, at=noon, **give)
    assert (last_line().verb, Device.objects.get(pk=cast.spare.pk).state) == ("device.loaned-out", "lent")
    refused(lambda: lending.hand_outside(row, at=noon, **give), says="已经交出")
    refused(lambda: handed_out(cast, cast.li, at=noon, device=cast.spare), says="外借")
    assert list(lending.loans_overdue(zhao, at=noon + 2 * DAY)) == [row]
    refused(lambda: lending.take_back_from_outside(row, by=zhao, condition="", at=noon), says="归还时的情况")
    lending.take_back_from_outside(row, by=zhao, condition="完好，卡已清空", at=noon + DAY)
    assert (last_line().verb, Device.objects.get(pk=cast.spare.pk).state) == (
        "device.loan-ended",
        "in_stock",
    )
    refused(
        lambda: lending.take_back_from_outside(row, by=zhao, condition="x", at=noon + DAY), says="没有在外借"
    )
    assert lending.open_loan(cast.spare.pk) is None
    assert not lending.loans_overdue(zhao, at=noon + 2 * DAY)


def test_device_that_is_out_is_not_lent_outside(cast: Cast, noon: datetime) -> None:
    handed_out(cast, cast.li, at=noon, device=cast.spare)
    device = Device.objects.get(pk=cast.spare.pk)
    refused(lambda: lending.ask_to_lend(device, **wish(cast, noon)), says="不能外借")


def lost(cast: Cast, at: datetime) -> DeviceAct:
    """李 had it; 张 states that it was lost while he did."""
    loan = handed_out(cast, cast.li, at=at, device=cast.spare)
    device = Device.objects.get(pk=cast.spare.pk)
    row = upkeep.enter_act(
        device, by=as_actor(cast.zhang), act_kind="lost", happened_at=at + HOUR, says="遗忘在出租车上", at=at + 2 * HOUR
    )  # fmt: skip
    take_back(loan, by=as_actor(cast.zhao), content="", at=at + 2 * HOUR)
    return row


@pytest.mark.clause("BMZ-17.a")
def test_holder_of_that_time_pays_what_it_cost_after_the_head_agreed(
    cast: Cast, head: Officer, office: Office, noon: datetime
) -> None:
    row, zhang, later = lost(cast, noon), as_actor(cast.zhang), noon + 3 * HOUR
    told: dict[str, Any] = {
        "by": zhang, "requester": cast.zhang, "cause": "keeping", "says": "本人书面承认", "cite": CITE, "at": later,
    }  # fmt: skip
    refused(lambda: propose_compensation(row, **told), says="没有登记原价")
    priced = entries.Particulars(price=Decimal("1850.00"))
    entries.enter_particulars(row.device, priced, by=as_actor(cast.zhao), at=later)
    for more, says in (
        ({"cite": None}, "没有规定照价赔偿"),
        ({"cause": "x"}, "原因"),
        ({"says": " "}, "依据"),
        ({"by": as_actor(cast.li), "requester": cast.li}, "权限"),
    ):
        refused(lambda more=more: propose_compensation(row, **{**told, **more}), says=says)
    request = propose_compensation(row, **told)
    owed = Compensation.objects.get()
    assert (owed.officer, owed.amount, owed.cause) == (cast.li, Decimal("1850.00"), "keeping")
    refused(lambda: propose_compensation(row, **told), says="已经提出")
    printed = {"by": zhang, "regulation": "甲规定第十七条", "at": later, "forms": office.forms}
    paying: dict[str, Any] = {"by": zhang, "paid_on": later.date(), "receipt": "收据 0007", "at": later}
    refused(lambda: print_notice(owed, **printed), says="还没有批准")
    refused(lambda: note_paid(owed, **paying), says="还没有批准")
    agree(request, head, later)
    assert print_notice(owed, **printed).startswith(b"%PDF-")
    refused(lambda: note_paid(owed, **paying | {"receipt": ""}), says="票据")
    refused(lambda: note_paid(owed, **paying | {"paid_on": date(2000, 1, 1)}), says="日期")
    note_paid(owed, **paying)
    assert last_line().verb == "compensation.received"
    refused(lambda: note_paid(owed, **paying), says="已经登记")


def test_nobody_proposes_that_he_pays_himself_and_no_other_act_is_paid_for(
    cast: Cast, noon: datetime
) -> None:
    told: dict[str, Any] = {"by": as_actor(cast.zhang), "cause": "use", "says": "x", "cite": CITE, "at": noon}
    base: dict[str, Any] = {
        "device": cast.spare, "agency": cast.agency, "happened_at": noon, "says": "x", "entered_at": noon, "entered_by": cast.zhang.pk,
    }  # fmt: skip
    for act, officer, says in (
        ("lent", cast.li, "遗失、损坏"),
        ("lost", None, "由谁持有"),
        ("damaged", cast.zhang, "本人赔偿"),
    ):
        row = DeviceAct.objects.create(act=act, officer=officer, **base)
        refused(lambda row=row: propose_compensation(row, requester=cast.zhang, **told), says=says)
