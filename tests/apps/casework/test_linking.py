"""A link is made by one and taken back by two; a part says where it lies; what belongs nowhere says so, and why.

What belongs to a case and to none of its activities is linked straight to it, by the same rules.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import HOUR, handed_out, last_line, opened_case, planned, received, refused, with_times
from tests.cast import Cast, as_actor

from liuhen.apps.approval.actions import decide
from liuhen.apps.archive.catalogue import evidence_of, recordings_of
from liuhen.apps.casework import linking
from liuhen.apps.casework.actions import link_recording, note_activity
from liuhen.apps.casework.facts import facts_of_activity, facts_of_recording
from liuhen.apps.casework.handing import offered
from liuhen.apps.casework.models import Activity, Case, CaseLink, Link
from liuhen.apps.casework.queries import homes_of, linked_recordings, links_of_activity, straight_to
from liuhen.apps.casework.recusing import ask_recusal, decide_recusal
from liuhen.apps.casework.suggestions import suggestions_for
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Job
from liuhen.apps.registry.actions import end_role
from liuhen.apps.registry.models import RoleAssignment
from liuhen.apps.registry.permission import reader_of
from liuhen.apps.retention.holds import Grounds, covered_by, holds_on, is_held, place_hold
from liuhen.apps.search import queries as search
from liuhen.apps.search.models import Entry
from liuhen.apps.search.tokens import wanted
from liuhen.interfaces.api.matters import matter_of
from liuhen.interfaces.cli.search import fill_if_empty, lies
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Malformed
from liuhen.server.works import works


@pytest.fixture
def film(cast: Cast, office: Office, noon: datetime) -> Recording:
    """An hour of 李's from noon, out of the camera he held."""
    handed_out(cast, cast.li, at=noon)
    return with_times(received(cast, office, at=noon + HOUR), noon, noon + HOUR)


@pytest.fixture
def activity(cast: Cast, noon: datetime) -> Activity:
    found = planned(cast, cast.li, at=noon)
    return note_activity(
        found, by=as_actor(cast.li), at=noon, arrived_at=noon, started_at=noon, ended_at=noon + HOUR
    )


def linked(cast: Cast, activity: Activity, film: Recording, **more: Any) -> Link:
    return link_recording(
        activity, by=as_actor(cast.li), recording=film, reasons=["本人摄录"], at=film.received_at, **more
    )


def asked(cast: Cast, row: Link, *, who: Any = None, reason: str = "关联到了邻街的检查") -> Any:
    who = who or cast.li
    return linking.ask_to_unlink(
        row, by=as_actor(who), requester=who, reason=reason, law=cast.law, at=row.recording.received_at
    )


def test_link_is_taken_back_by_a_second_person_and_made_again(
    cast: Cast, office: Office, activity: Activity, film: Recording
) -> None:
    at, row = film.received_at, linked(cast, activity, film)
    refused(lambda: linked(cast, activity, film), says="已关联到该活动")
    request = asked(cast, row)
    refused(lambda: asked(cast, row), says="正等第二人")
    assert [(step["role"], step["title"]) for step in request.chain] == [
        ("unit_head", "综合行政执法队负责人")
    ]
    assert facts_of_activity(activity).recorded
    refused(
        lambda: decide(request, by=as_actor(cast.li), officer=cast.li, agree=True, reason="", at=at),
        says="本人",
    )
    assert linking.unlink(row, by=SYSTEM, request=request, at=at) is None
    decide(request, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=at)
    works(office)["approval.closed"](request.pk)
    works(office)["approval.closed"](request.pk)
    line = last_line()
    assert (line.verb, request.number in line.body) == ("recording.unlinked", True)
    assert set(Job.objects.filter(line=line.number).values_list("kind", flat=True)) == {
        "activity.judge", "recording.judge",
    }  # fmt: skip
    assert Link.objects.filter(pk=row.pk).exists()
    assert (links_of_activity(activity.pk), linked_recordings().count()) == ([], 0)
    assert facts_of_activity(activity).recorded == ()
    assert facts_of_recording(film).linked_at is None
    assert [s.activity for s in suggestions_for(film)] == [activity]
    refused(lambda: asked(cast, row), says="已经解除")
    again = linked(cast, activity, film)
    assert [one.pk for one in linking.links_about(film.pk)] == [row.pk, again.pk]
    assert linking.links_about(film.pk)[0].unlinking.reason == "关联到了邻街的检查"


def test_returned_request_leaves_the_link_and_may_be_made_anew(
    cast: Cast, office: Office, activity: Activity, film: Recording
) -> None:
    row = linked(cast, activity, film)
    request = asked(cast, row)
    decide(
        request,
        by=as_actor(cast.zhang),
        officer=cast.zhang,
        agree=False,
        reason="看过，没有错",
        at=film.received_at,
    )
    works(office)["approval.closed"](request.pk)
    assert links_of_activity(activity.pk) == [row]
    assert asked(cast, row).number != request.number


def test_unlinking_needs_a_reason_the_right_and_somebody_else(
    cast: Cast, activity: Activity, film: Recording
) -> None:
    row, at = linked(cast, activity, film), film.received_at
    refused(lambda: asked(cast, row, reason=" "), says="事由")
    for stranger in (cast.sun, cast.wang, cast.zhou):
        refused(lambda who=stranger: asked(cast, row, who=who), says="权限")

    def deciders() -> list[str]:
        return [s.role for s in linking.deciders_of(row, asker=cast.zhang.pk, law=None, at=at)]

    assert deciders() == ["legal_reviewer"]
    for post in RoleAssignment.objects.filter(officer=cast.chen):
        end_role(post, by=OPERATOR, at=at - HOUR)
    refused(deciders, says="没有可以审批解除关联的第二人")


def test_part_counts_for_its_own_minutes_and_background_for_none(
    cast: Cast, activity: Activity, film: Recording, noon: datetime
) -> None:
    other, third = (planned(cast, cast.li, at=noon) for _ in range(2))
    part = {"part": "segment", "begins": 600.0, "ends": 900.0}
    for wrong in (
        part | {"begins": None}, part | {"begins": 900.0}, part | {"begins": -1.0}, part | {"ends": 3700.0},
    ):  # fmt: skip
        refused(lambda told=wrong: linked(cast, activity, film, **told), says="起止")
    refused(lambda: linked(cast, activity, film, part="half"), says="没有这种关联方式", kind=Malformed)
    linked(cast, activity, film, **part)
    linked(cast, other, film, is_evidence=True)
    linked(cast, third, film, part="context")
    (span,) = facts_of_activity(activity).recorded or ()
    assert (span.start - noon, span.length) == (timedelta(minutes=10), timedelta(minutes=5))
    assert facts_of_activity(other).recorded[0].length == HOUR  # type: ignore[index]
    assert facts_of_activity(third).recorded == ()
    assert facts_of_recording(film).is_evidence


def test_what_belongs_to_no_activity_says_so_once_and_may_still_be_linked(
    cast: Cast, activity: Activity, film: Recording
) -> None:
    by, at = as_actor(cast.li), film.received_at

    def note(why: str = "test", reason: str = "早上试机", who: Any = by) -> None:
        linking.note_no_case(film, by=who, why=why, reason=reason, at=at)

    refused(lambda: note(reason=" "), says="写明理由")
    refused(lambda: note("lost"), says="没有这种情形", kind=Malformed)
    refused(lambda: note(who=as_actor(cast.zhao)), says="权限")
    note()
    assert last_line().verb == "recording.left-unlinked"
    refused(note, says="已经作过")
    assert (linking.no_cases_of([film.pk])[film.pk].reason, linking.without_case().count()) == ("早上试机", 1)
    assert facts_of_recording(film).no_case_at == at
    linked(cast, activity, film)
    assert facts_of_recording(film).no_case_at is None


def test_linked_recording_is_not_said_to_belong_nowhere(
    cast: Cast, activity: Activity, film: Recording
) -> None:
    linked(cast, activity, film)
    refused(
        lambda: linking.note_no_case(film, by=as_actor(cast.li), why="test", reason="x", at=film.received_at),
        says="已经关联",
    )


@pytest.fixture
def case(cast: Cast, noon: datetime) -> Case:
    return opened_case(cast, at=noon)


def straight(cast: Cast, case: Case, film: Recording, who: Any = None, **more: Any) -> CaseLink:
    who = who or cast.li
    return linking.link_to_case(
        case, by=as_actor(who), recording=film, reasons=["门口监控"], at=film.received_at, **more
    )


def by_words(cast: Cast, *words: str) -> list[str]:
    """What 李 finds among straight links by these words, as recordings."""
    reader = reader_of(as_actor(cast.li), "recording.list", at=now())
    return [
        hit.number
        for hit in search.newest(wanted(" ".join(words)), kind="casework.caselink", reader=reader, most=9)
    ]


def test_recording_without_an_activity_belongs_to_its_case_everywhere(
    cast: Cast, office: Office, case: Case, film: Recording
) -> None:
    assert Recording.objects.filter(linking.awaits_link()).count() == 1
    row = straight(cast, case, film, is_evidence=True)
    line = last_line()
    assert line.verb == "recording.case-linked"
    assert set(Job.objects.filter(line=line.number).values_list("kind", flat=True)) == {
        "case.judge",
        "recording.judge",
    }
    told = facts_of_recording(film)
    assert (told.linked_at, told.in_case, told.case_category, told.is_evidence) == (
        row.at,
        True,
        case.category,
        True,
    )
    assert (told.activity_type, told.keep_class) == (None, "case")
    assert {"party", "cause"} & (told.index or set())
    assert Recording.objects.filter(linking.awaits_link()).count() == 0
    assert (homes_of([film.pk])[film.pk].number, straight_to(case.pk)) == (case.number, [row])
    assert [
        thing.name for thing in offered(case, viewer=as_actor(cast.li), at=now()) if thing.sort == "recording"
    ] == [film.number]
    assert [one.pk for one in recordings_of(case)] == [film.pk]
    assert evidence_of(case) == {film.pk}
    assert by_words(cast, case.number, "门口") == by_words(cast, case.cause) == [film.number]
    assert by_words(cast, "已解除") == []
    assert list(lies()) == []
    Entry.objects.filter(kind="casework.caselink").delete()  # A home of before.
    fill_if_empty()
    assert by_words(cast, case.number) == [film.number]
    grounds = Grounds("petition", "信访2026-3", "街道信访办", "来信未办结")
    hold = place_hold(case, grounds, by=as_actor(cast.zhang), officer=cast.zhang, at=film.received_at)
    assert holds_on([film.pk]) == {film.pk: [hold]}
    assert list(covered_by(hold)) == [film]
    assert list(Recording.objects.filter(is_held())) == [film]
    refused(lambda: straight(cast, case, film), says="已经归到")
    refused(
        lambda: linking.note_no_case(film, by=as_actor(cast.li), why="test", reason="x", at=row.at),
        says="已经关联",
    )


def test_straight_link_asks_for_the_same_right_origin_and_part(
    cast: Cast, office: Office, case: Case, film: Recording, noon: datetime
) -> None:
    refused(lambda: straight(cast, case, film, cast.wang), says="权限")
    refused(lambda: straight(cast, case, film, cast.sun), says="权限")
    refused(lambda: straight(cast, case, film, part="half"), says="没有这种关联方式", kind=Malformed)
    refused(lambda: straight(cast, case, film, part="segment", begins=10.0), says="起止")
    unknown = received(cast, office, b"who", at=noon + HOUR, device_serial="9999999")
    Recording.objects.filter(pk=unknown.pk).update(quarantine="设备不在台账")
    unknown.refresh_from_db()
    refused(lambda: straight(cast, case, unknown, cast.zhang), says="来源待查")
    recused = ask_recusal(case, by=as_actor(cast.li), officer=cast.li, asked="self", reason="亲属", at=noon)
    decide_recusal(recused, by=as_actor(cast.zhang), agreed=True, reason="属实", at=noon)
    refused(lambda: straight(cast, case, film), says="回避")
    row = straight(cast, case, film, cast.zhang, part="segment", begins=600.0, ends=900.0)
    assert (row.begins, row.ends, row.part) == (600.0, 900.0, "segment")


def test_straight_link_is_taken_back_by_a_second_person(
    cast: Cast, office: Office, case: Case, film: Recording
) -> None:
    row, at = straight(cast, case, film), film.received_at
    request = asked(cast, row)  # type: ignore[arg-type]
    refused(lambda: asked(cast, row), says="正等第二人")  # type: ignore[arg-type]
    assert "执法事项" in matter_of(request)
    decide(request, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=at)
    works(office)["approval.closed"](request.pk)
    works(office)["approval.closed"](request.pk)
    line = last_line()
    assert (line.verb, request.number in line.body) == ("recording.unlinked", True)
    assert set(Job.objects.filter(line=line.number).values_list("kind", flat=True)) == {
        "case.judge",
        "recording.judge",
    }
    assert (facts_of_recording(film).linked_at, straight_to(case.pk), recordings_of(case)) == (None, [], [])
    assert list(lies()) == []
    assert by_words(cast, "已解除", case.number) == [film.number]
    refused(lambda: asked(cast, row), says="已经解除")  # type: ignore[arg-type]
    again = straight(cast, case, film)
    assert [one.pk for one in linking.case_links_about(film.pk)] == [row.pk, again.pk]


def test_recording_of_an_activity_of_the_case_is_not_linked_to_it_twice(
    cast: Cast, case: Case, activity: Activity, film: Recording
) -> None:
    Activity.objects.filter(pk=activity.pk).update(case=case)
    linked(cast, activity, film)
    refused(lambda: straight(cast, case, film), says="已经归到")
    other = opened_case(cast, at=film.received_at)
    straight(cast, other, film)
    home = homes_of([film.pk])[film.pk]
    assert (home.activity, home.case) == (activity, case)
    assert linking.count_links([film.pk]) == {film.pk: 2}
