"""Whoever comes to the counter: entered with his paper, approved, shown one recording in a window that closes by itself."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.apps.steps import HOUR, last_line, received, refused
from tests.cast import Cast, as_actor

from liuhen.apps.access.models import Visit, VisitWindow
from liuhen.apps.access.secrecy import mark_secret
from liuhen.apps.access.visiting import (
    Coming,
    ask_visit,
    closed_at,
    end_window,
    live_window,
    open_window,
    visits_visible_to,
)
from liuhen.apps.approval.actions import ChainStep, decide
from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry import actions as registry
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.errors import Refused

CHAIN = [ChainStep("unit_head", "负责人", "NDG-37.p2a")]
PARTY = Coming("party", "钱立", "居民身份证", "1", "核对处罚经过", 20)


@pytest.fixture
def recording(cast: Cast, office: Office, noon: datetime) -> Recording:
    return received(cast, office, at=noon, device_serial=cast.camera.serial)


def asked(cast: Cast, recording: Recording, at: datetime, told: Coming = PARTY) -> Visit:
    by = as_actor(cast.li)
    request = ask_visit(recording, told, by=by, requester=cast.li, chain=CHAIN, at=at)
    return Visit.objects.get(pk=request.subject)


def approved(cast: Cast, recording: Recording, at: datetime, told: Coming = PARTY) -> Visit:
    visit = asked(cast, recording, at, told)
    request = visit.asked_by.requests.get(subject=visit.pk)
    decide(request, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=at)
    return visit


def opened(cast: Cast, visit: Visit, at: datetime) -> VisitWindow:
    return open_window(visit, by=as_actor(cast.zhao), officer=cast.zhao, at=at)


@pytest.mark.clause("NDG-37.p2a", "NDG-38.p2")
def test_nobody_is_entered_without_his_name_his_paper_and_a_reason(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    for told, says in (
        (replace(PARTY, visitor=" "), "来人姓名"),
        (replace(PARTY, paper=""), "证件名称"),
        (replace(PARTY, paper_number=""), "证件号码"),
        (replace(PARTY, reason=" "), "事由"),
        (replace(PARTY, sort="superior"), "来人单位"),
        (replace(PARTY, sort="x"), "种类"),
        (replace(PARTY, minutes=0), "分钟之间"),
        (replace(PARTY, minutes=121), "分钟之间"),
    ):
        refused(lambda told=told: asked(cast, recording, noon, told), says=says)
    refused(
        lambda: ask_visit(
            recording, PARTY, by=as_actor(cast.wang), requester=cast.wang, chain=CHAIN, at=noon
        ),
        says="权限",
    )
    assert not Visit.objects.exists()


def test_window_opens_after_approval_one_at_a_time_with_its_line_and_closes_by_itself(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    waiting = asked(cast, recording, noon)
    refused(lambda: opened(cast, waiting, noon), says="没有批准")
    visit = approved(cast, recording, noon)
    refused(lambda: open_window(visit, by=as_actor(cast.zhao), officer=cast.li, at=noon), says="他人名义")
    refused(lambda: open_window(visit, by=as_actor(cast.chen), officer=cast.chen, at=noon), says="权限")
    window = opened(cast, visit, noon)
    line = last_line()
    assert (line.verb, f'"approval":"{window.approval}"' in line.body) == ("visit.opened", True)
    assert window.closes_at == noon + timedelta(minutes=20)
    refused(lambda: opened(cast, visit, noon), says="正开着")
    assert live_window(window.pk, at=noon + timedelta(minutes=19)) == window
    assert live_window(window.pk, at=noon + timedelta(minutes=20)) is None
    assert closed_at(window) == window.closes_at
    again = opened(cast, visit, noon + HOUR)
    end_window(again, by=as_actor(cast.zhao), at=noon + HOUR)
    assert (last_line().verb, live_window(again.pk, at=noon + HOUR)) == ("visit.ended", None)
    end_window(again, by=as_actor(cast.zhao), at=noon + HOUR)
    assert visit.windows.count() == 2
    refused(lambda: opened(cast, visit, noon + timedelta(days=3)), says="满三天")
    late = opened(cast, visit, noon + timedelta(days=3) - timedelta(minutes=5))
    assert late.closes_at == noon + timedelta(days=3), "never longer than the approval"


def test_window_goes_dark_when_who_opened_it_loses_his_post_or_a_mark_comes_between(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    window = opened(cast, approved(cast, recording, noon), noon)
    for role in cast.zhao.roles.all():
        registry.end_role(role, by=OPERATOR, at=noon)
    assert live_window(window.pk, at=noon) is None
    visit = approved(cast, recording, noon)
    mine = open_window(visit, by=as_actor(cast.zhang), officer=cast.zhang, at=noon)
    assert live_window(mine.pk, at=noon) is not None
    mark_secret(recording, by=as_actor(cast.chen), secret="privacy", persons=[cast.li], says="x", at=noon)
    assert live_window(mine.pk, at=noon) is None
    with pytest.raises(Refused, match="知悉范围"):
        open_window(visit, by=as_actor(cast.zhang), officer=cast.zhang, at=noon)
    assert not visits_visible_to(as_actor(cast.wang), at=noon).exists()
    assert not live_window(visit.pk, at=noon)
