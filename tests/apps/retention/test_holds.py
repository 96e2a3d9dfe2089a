"""Holds: several at once, each with its own end; what they cover cannot be shortened away, and terms shrink only by two people."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import last_line, opened_case, planned, received, refused, with_times
from tests.cast import LONG_AGO, Cast, as_actor

from liuhen.apps.approval.actions import decide
from liuhen.apps.approval.models import Request
from liuhen.apps.casework.actions import link_recording
from liuhen.apps.casework.linking import ask_to_unlink
from liuhen.apps.evidence.models import Recording
from liuhen.apps.oversight.subjects import facts_of
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Officer
from liuhen.apps.retention.actions import derive_keeping
from liuhen.apps.retention.holds import Grounds, ask_for_release, covered_by, holds_on, is_held, place_hold
from liuhen.apps.retention.models import Hold, HoldRelease, KeepingPeriod, Shortening
from liuhen.apps.retention.queries import calendar, due_for_owner, keeping_of
from liuhen.apps.retention.shortening import decide_keeping, decided_until, propose_shortening
from liuhen.engines.rules.keeping import Ground, Keeping
from liuhen.engines.rules.kinds.keeping_period import Term
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM
from liuhen.server.worker import Worker

DAY = timedelta(days=1)
PETITION = Grounds("petition", "信访-12", "街道信访办", "当事人不服处罚")
LAWSUIT = Grounds("litigation", "行初 7 号", "某区人民法院", "当事人起诉")


@pytest.fixture
def head(cast: Cast) -> Officer:
    """刘, head of the agency."""
    top = cast.agency.units.get(parent__isnull=True)
    person = registry.add_officer(top, by=OPERATOR, person=registry.Person("刘", "010009"), at=LONG_AGO)
    registry.appoint(person, by=OPERATOR, role="agency_head", unit=top, since=LONG_AGO, at=LONG_AGO)
    return person


@pytest.fixture
def recording(cast: Cast, office: Office, noon: datetime) -> Recording:
    return with_times(received(cast, office, at=noon), noon - timedelta(hours=2), noon - timedelta(hours=1))


def hold(cast: Cast, subject: Any, grounds: Grounds, at: datetime) -> Hold:
    return place_hold(subject, grounds, by=as_actor(cast.zhang), officer=cast.zhang, at=at)


def agree(request: Request, head: Officer, at: datetime, office: Office) -> None:
    decide(request, by=as_actor(head), officer=head, agree=True, reason="", at=at)
    Worker(office).drain(leave=("recording.inspect", "recording.derive"))


def until(recording: Recording, moment: datetime | None, at: datetime, rank: Any = "until") -> KeepingPeriod:
    keeping = Keeping(rank, moment, (Ground(Term(rank, moment, "一般音像记录"), None),))
    return derive_keeping(recording, by=SYSTEM, keeping=keeping, packs="x@1", at=at)


@pytest.mark.clause("NDG-36.p3c")
def test_hold_on_a_case_covers_what_is_and_ever_was_linked_to_it(
    cast: Cast, office: Office, noon: datetime, head: Officer, recording: Recording
) -> None:
    """Taking the link back, or holding something else, frees nothing; only the release of every hold does."""
    case = opened_case(cast, at=noon)
    activity = planned(cast, at=noon, case=case)
    link = link_recording(activity, by=as_actor(cast.li), recording=recording, reasons=["x"], at=noon)
    other = received(cast, office, b"other", at=noon)
    first = hold(cast, case, PETITION, noon)
    assert last_line().verb == "hold.placed"
    second = hold(cast, recording, LAWSUIT, noon)
    assert set(holds_on([recording.pk, other.pk])) == {recording.pk}
    assert list(Recording.objects.filter(is_held())) == [recording] == list(covered_by(first))
    [told] = facts_of("recording", [recording], lines=(), at=noon)
    assert told.recording is not None and told.recording.holds == {"信访", "诉讼"}

    asked = ask_to_unlink(
        link, by=as_actor(cast.li), requester=cast.li, reason="误关联", law=cast.law, at=noon
    )
    decide(asked, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=noon)
    Worker(office).drain(leave=("recording.inspect", "recording.derive"))
    assert {one.number for one in holds_on([recording.pk])[recording.pk]} == {first.number, second.number}

    for place, left in ((second, [first]), (first, [])):
        request = ask_for_release(place, by=as_actor(cast.chen), officer=cast.chen, reason="已判决", at=noon)
        assert holds_on([recording.pk])  # Asking alone frees nothing.
        agree(request, head, noon, office)
        assert [one.pk for one in holds_on([recording.pk]).get(recording.pk, [])] == [one.pk for one in left]
    assert HoldRelease.objects.count() == 2
    assert not Recording.objects.filter(is_held()).exists()


def test_period_is_held_while_a_hold_stands_and_the_promise_binds_again(
    cast: Cast, office: Office, noon: datetime, head: Officer, recording: Recording
) -> None:
    Worker(office).drain(leave=("recording.inspect", "recording.derive"))
    before = keeping_of(recording.pk)
    assert before is not None
    place = hold(cast, recording, PETITION, noon)
    Worker(office).drain(leave=("recording.inspect", "recording.derive"))
    held = keeping_of(recording.pk)
    assert held is not None and held.rank == "held" and "信访" in held.reason
    agree(
        ask_for_release(place, by=as_actor(cast.chen), officer=cast.chen, reason="撤回", at=noon),
        head,
        noon,
        office,
    )
    after = keeping_of(recording.pk)
    assert after is not None and (after.rank, after.until) == (before.rank, before.until)


def test_release_is_asked_by_law_or_inspection_and_approved_by_the_head_alone(
    cast: Cast, noon: datetime, recording: Recording, head: Officer
) -> None:
    place = hold(cast, recording, PETITION, noon)
    refused(
        lambda: ask_for_release(place, by=as_actor(cast.zhang), officer=cast.zhang, reason="x", at=noon),
        says="权限",
    )
    refused(
        lambda: ask_for_release(place, by=as_actor(cast.chen), officer=cast.chen, reason=" ", at=noon),
        says="事由",
    )
    request = ask_for_release(place, by=as_actor(cast.chen), officer=cast.chen, reason="已撤回", at=noon)
    refused(
        lambda: ask_for_release(place, by=as_actor(cast.zhou), officer=cast.zhou, reason="x", at=noon),
        says="正等审批",
    )
    refused(
        lambda: decide(request, by=as_actor(cast.zhou), officer=cast.zhou, agree=True, reason="", at=noon),
        says="机关负责人",
    )
    decide(request, by=as_actor(head), officer=head, agree=False, reason="未见文书", at=noon)
    assert holds_on([recording.pk])


def test_hold_needs_its_matter_number_and_authority(cast: Cast, noon: datetime, recording: Recording) -> None:
    refused(lambda: hold(cast, recording, Grounds("petition", " ", "x", "x"), noon), says="案号")
    with pytest.raises(Exception, match="事项"):
        hold(cast, recording, Grounds("x", "x", "x", "x"), noon)
    refused(
        lambda: place_hold(recording, PETITION, by=as_actor(cast.li), officer=cast.li, at=noon), says="权限"
    )
    place = hold(cast, recording, PETITION, noon)
    refused(
        lambda: ask_for_release(place, by=as_actor(cast.chen), officer=cast.chen, reason="x", at=noon),
        says="机关负责人",
    )


def test_term_is_shortened_by_two_people_to_the_noted_date_and_only_if_the_facts_still_say_so(
    cast: Cast, office: Office, noon: datetime, head: Officer, recording: Recording
) -> None:
    far, near = noon + 900 * DAY, noon + 300 * DAY

    def propose() -> Request:
        return propose_shortening(
            recording, by=as_actor(cast.chen), officer=cast.chen, reason="误标证据", at=noon
        )

    until(recording, far, noon)
    refused(propose, says="没有可以缩短")
    until(recording, near, noon)
    refused(
        lambda: propose_shortening(
            recording, by=as_actor(cast.zhang), officer=cast.zhang, reason="x", at=noon
        ),
        says="权限",
    )
    request = propose()
    refused(propose, says="正等审批")
    assert KeepingPeriod.objects.get().until == far
    until(recording, near + DAY, noon)  # The facts changed while the head was thinking.
    decide(request, by=as_actor(head), officer=head, agree=True, reason="", at=noon)
    _close(office, request)
    assert KeepingPeriod.objects.get().until == far and Shortening.objects.get().applied_at is None
    request = propose()
    decide(request, by=as_actor(head), officer=head, agree=True, reason="", at=noon)
    _close(office, request)
    held = KeepingPeriod.objects.get()
    assert (held.until, held.promised_until, held.shorter_until) == (near + DAY, near + DAY, None)
    assert Shortening.objects.filter(approval=request.number, applied_at__isnull=False).count() == 1


def test_permanent_is_never_shortened_and_long_term_asks_the_archive_as_well(
    cast: Cast, noon: datetime, head: Officer, recording: Recording, office: Office
) -> None:
    until(recording, None, noon, rank="long_term")
    until(recording, noon + DAY, noon)

    def propose() -> Request:
        return propose_shortening(recording, by=as_actor(cast.chen), officer=cast.chen, reason="x", at=noon)

    refused(propose, says="档案机构负责人")
    registry.appoint(
        cast.zhao,
        by=OPERATOR,
        role="archive_head",
        unit=cast.agency.units.get(parent=None),
        since=LONG_AGO,
        at=LONG_AGO,
    )
    assert [step["role"] for step in propose().chain] == ["archive_head", "agency_head"]
    other = received(cast, office, b"other", at=noon)
    until(other, None, noon, rank="permanent")
    until(other, noon + DAY, noon)
    refused(
        lambda: propose_shortening(other, by=as_actor(cast.chen), officer=cast.chen, reason="x", at=noon),
        says="永久",
    )


@pytest.mark.clause("BMZ-14.2.4")
def test_what_no_article_fixes_is_decided_by_the_head_of_the_unit_and_only_ever_longer(
    cast: Cast, noon: datetime, recording: Recording
) -> None:
    by = as_actor(cast.zhang)

    def told(moment: datetime, reason: str = "逐件确定") -> Any:
        return decide_keeping(recording, by=by, officer=cast.zhang, until=moment, reason=reason, at=noon)

    until(recording, None, noon, rank="undecided")
    refused(lambda: told(noon), says="早于今天")
    refused(lambda: told(noon + DAY, " "), says="理由")
    told(noon + 400 * DAY)
    told(noon + 200 * DAY)
    assert decided_until([recording.pk]) == {recording.pk: noon + 400 * DAY}
    [facts] = facts_of("recording", [recording], lines=(), at=noon)
    assert facts.recording is not None and facts.recording.keep_decided_until == noon + 400 * DAY
    until(recording, noon + 400 * DAY, noon)
    refused(lambda: told(noon + 900 * DAY), says="不待决定")


def test_calendar_counts_months_in_beijing_and_warns_the_owner_of_each_linked_case(
    cast: Cast, office: Office, noon: datetime, recording: Recording
) -> None:
    activity = planned(cast, at=noon, case=opened_case(cast, at=noon))
    link_recording(activity, by=as_actor(cast.li), recording=recording, reasons=["x"], at=noon)
    other = received(cast, office, b"other", at=noon)
    edge = datetime.fromisoformat("2026-12-01T00:00:00+08:00")
    until(recording, edge - timedelta(seconds=1), noon)
    until(other, edge, noon)
    months = calendar(Recording.objects.all(), since=noon, until=noon + 60 * DAY)
    assert [(f"{one.month:%m}", one.count, one.size) for one in months] == [("11", 1, 4), ("12", 1, 5)]
    for who, seen in ((cast.li, [recording]), (cast.wang, [recording]), (cast.zhang, [])):
        assert list(due_for_owner(who.pk, since=noon, until=noon + 60 * DAY)) == seen


def _close(office: Office, request: Request) -> None:
    """What the worker does when an approval is closed; what the law would derive anew is left out."""
    from liuhen.server.works import works

    works(office)["approval.closed"](request.pk)
