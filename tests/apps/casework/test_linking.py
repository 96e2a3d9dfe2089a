"""A link is made by one and taken back by two; a part says where it lies; what belongs nowhere says so, and why."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import HOUR, handed_out, last_line, planned, received, refused, with_times
from tests.cast import Cast, as_actor

from liuhen.apps.approval.actions import decide
from liuhen.apps.casework import linking
from liuhen.apps.casework.actions import link_recording, note_activity
from liuhen.apps.casework.facts import facts_of_activity, facts_of_recording
from liuhen.apps.casework.models import Activity, Link
from liuhen.apps.casework.queries import linked_recordings, links_of_activity
from liuhen.apps.casework.suggestions import suggestions_for
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Job
from liuhen.apps.registry.actions import end_role
from liuhen.apps.registry.models import RoleAssignment
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM
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
