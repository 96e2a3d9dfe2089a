"""逾期上报: who was told and did not act within the term is told of to his superior, once, by a line; what is done is told no more."""

from datetime import datetime, timedelta

import pytest
from tests.apps.steps import HOUR, handed_out, last_line, opened_case, received, with_times
from tests.apps.steps import planned as planned_activity
from tests.cast import LONG_AGO, Cast, as_actor

from liuhen.apps.access.secrecy import mark_secret
from liuhen.apps.approval.actions import ChainStep, decide, request_approval
from liuhen.apps.casework.models import Case
from liuhen.apps.devices.actions import take_back
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Line
from liuhen.apps.journal.sealing import seal
from liuhen.apps.oversight import escalating, examining
from liuhen.apps.oversight.escalating import escalate, escalations_seen, told_about, told_to
from liuhen.apps.oversight.examining import Opinion
from liuhen.apps.oversight.models import Escalation, Finding
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Officer
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM
from liuhen.kernel.citations import Citation

DAY = timedelta(days=1)


@pytest.fixture
def head(cast: Cast) -> Officer:
    """刘, head of the agency."""
    top = cast.agency.units.get(parent__isnull=True)
    person = registry.add_officer(top, by=OPERATOR, person=registry.Person("刘", "010009"), at=LONG_AGO)
    registry.appoint(person, by=OPERATOR, role="agency_head", unit=top, since=LONG_AGO, at=LONG_AGO)
    return person


def breached(recording: Recording, at: datetime) -> Finding:
    return Finding.objects.create(
        agency=recording.agency, unit=recording.unit, subject_kind=Recording.kind(), subject=recording.pk, rule="store", rule_kind="deadline",
        pack="x@1", clause="SUB-21", regulation="x", article="第二十一条", verdict="不符合", asks="x", reason="x", facts={}, judged_at=at,
    )  # fmt: skip


def told(officer: Officer, at: datetime) -> list[tuple[str, str, int]]:
    return [(row.sort, row.late, row.level) for row in told_to(as_actor(officer), at=at)]


def asked(cast: Cast, case: Case, at: datetime) -> object:
    chain = [ChainStep("unit_head", "队长", "")]
    return request_approval(
        case, by=as_actor(cast.li), requester=cast.li, unit=cast.team, purpose="view-recording", reason="办案", chain=chain, at=at
    )  # fmt: skip


def test_approval_that_waits_two_working_days_is_told_to_the_head_of_who_should_decide(
    cast: Cast, head: Officer, noon: datetime
) -> None:
    """Asked on a Thursday: Monday evening is the second working day, and 张 has until it is over."""
    thursday = noon + 3 * DAY
    request = asked(cast, opened_case(cast, at=noon), thursday)
    assert escalate(at=thursday + 4 * DAY) == 0
    lines = Line.objects.count()
    assert escalate(at=thursday + 5 * DAY) == 1
    line = last_line()
    assert (line.verb, line.agency, Line.objects.count()) == ("alert.escalated", cast.agency.pk, lines + 1)
    assert told(head, thursday) == [("approval", "张", 1)]
    assert told(cast.zhang, thursday) == []
    assert escalate(at=thursday + 6 * DAY) == 0
    decide(request, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=thursday + 6 * DAY)  # type: ignore[arg-type]
    assert told(head, thursday) == []
    assert Escalation.objects.count() == 1


def test_breach_nobody_mends_goes_from_head_to_head_and_is_told_to_each_once(
    cast: Cast, office: Office, head: Officer, noon: datetime
) -> None:
    row = with_times(received(cast, office, at=noon), noon - HOUR, noon)
    finding = breached(row, noon)
    assert escalate(at=noon + 3 * DAY) == 0
    assert [escalate(at=noon + days * DAY) for days in (4, 5, 6, 8, 9, 12, 15)] == [1, 0, 0, 1, 0, 1, 0]
    assert (told(cast.zhang, noon), told(head, noon), told(cast.zhou, noon)) == (
        [("finding", "李", 1)],
        [("finding", "李", 2)],
        [("finding", "李", 3)],
    )
    assert told(cast.li, noon) == []
    assert told_about([row.pk])["finding", row.pk].told == cast.zhou
    assert escalations_seen(as_actor(cast.zhou), at=noon).count() == 3
    assert not escalations_seen(as_actor(cast.sun), at=noon).exists()
    finding.verdict = "符合"
    finding.save(update_fields=["verdict"])
    assert told(cast.zhang, noon) == []
    assert escalate(at=noon + 30 * DAY) == 0


def test_device_not_returned_and_remark_not_answered_are_told_until_they_are(
    cast: Cast, office: Office, head: Officer, noon: datetime
) -> None:
    loan = handed_out(cast, cast.li, at=noon)
    planned_activity(cast, at=noon)
    wanted = examining.Scope(
        "inspection", "activity", "抽查", noon - DAY, noon + HOUR, noon + 30 * DAY, size=1
    )
    check = examining.plan_examination(cast.team, wanted, by=as_actor(cast.zhou), at=noon + 2 * HOUR)
    seal(office.log, at=noon + 2 * HOUR)
    examining.draw_examination(check, by=SYSTEM, at=noon + 2 * HOUR)
    remark = examining.enter_remark(
        check,
        Opinion("problem", "没有全程记录", None, None, Citation("x", "x", "x"), noon + DAY),
        by=as_actor(cast.zhou),
        at=noon + 3 * HOUR,
    )
    assert escalate(at=noon + DAY) == 0
    assert escalate(at=noon + 3 * DAY) == 2
    assert told(cast.zhang, noon) == [("loan", "李", 1)]
    assert told(head, noon) == [("remark", "张", 1)]
    take_back(loan, by=as_actor(cast.zhao), content="", at=noon + 3 * DAY)
    examining.reply(remark, by=as_actor(cast.zhang), sort="answered", says="已改", at=noon + 3 * DAY)
    assert told(cast.zhang, noon) == told(head, noon) == []
    examining.reply(remark, by=as_actor(cast.zhou), sort="returned", says="没有改", at=noon + 4 * DAY)
    assert told(head, noon) == [("remark", "张", 1)]


def test_what_is_kept_from_a_superior_is_not_told_to_him(cast: Cast, office: Office, noon: datetime) -> None:
    """张 knows by his post of what his unit records; 周 may not know of it once it is marked."""
    row = with_times(received(cast, office, at=noon), noon - HOUR, noon)
    breached(row, noon)
    assert [escalate(at=noon + days * DAY) for days in (4, 8)] == [1, 1]
    assert told(cast.zhou, noon) == [("finding", "李", 2)]
    mark_secret(row, by=as_actor(cast.chen), secret="state_secret", persons=[cast.li], says="x", at=noon)
    assert told(cast.zhang, noon) == [("finding", "李", 1)]
    assert told(cast.zhou, noon) == []
    assert not escalations_seen(as_actor(cast.zhou), at=noon).exists()


def test_what_everybody_was_told_of_hides_nothing_from_the_rounds_after(
    cast: Cast, office: Office, head: Officer, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More breaches than one round tells: each round goes on with what is left, though the oldest stay open and nobody is left to be told of them."""
    monkeypatch.setattr(escalating, "_MOST", 2)
    monkeypatch.setattr(escalating, "_AT_ONCE", 3)
    rows = [received(cast, office, f"{n}".encode(), at=noon, name=f"{n}.mp4") for n in range(25)]
    for row in rows:
        breached(row, noon)
    at = noon + 4 * DAY
    for _ in range(60):
        at += HOUR
        escalate(at=at)
    assert {row.subject for row in Escalation.objects.filter(level=1)} == {row.pk for row in rows}
    assert Escalation.objects.filter(level=1).count() == len(rows)
