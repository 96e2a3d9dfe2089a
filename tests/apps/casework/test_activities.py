"""Activities: planned by type of the pack, noted in the order of time, recorded by lent cameras, linked by people."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import HOUR, handed_out, last_line, opened_case, planned, received, refused, with_times
from tests.cast import Cast, as_actor, assemble

from liuhen.apps.approval.actions import ChainStep, decide
from liuhen.apps.casework import actions
from liuhen.apps.casework.facts import facts_of_activity, facts_of_case, facts_of_recording, span_of
from liuhen.apps.casework.models import Activity, Case, Link
from liuhen.apps.casework.stages import move_case
from liuhen.apps.documents.models import Document
from liuhen.apps.evidence.actions import Lateness, note_late
from liuhen.apps.journal.models import Job
from liuhen.apps.registry.models import Officer
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import NOBODY, Actor
from liuhen.kernel.errors import Malformed
from liuhen.kernel.spans import Span

MINUTE = timedelta(minutes=1)
STATION = Actor("station", NOBODY)


def judged_next(thing: Any) -> bool:
    """Whether the newest line left the judgement of `thing` to do."""
    return Job.objects.filter(subject=thing.pk, kind__endswith=".judge", line=last_line().number).exists()


def under_way(cast: Cast, noon: datetime, **more: Any) -> Activity:
    activity = planned(cast, cast.li, cast.wang, at=noon - HOUR, **more)
    told = {"arrived_at": noon, "started_at": noon + MINUTE, "ended_at": noon + HOUR}
    return actions.note_activity(activity, by=as_actor(cast.li), at=noon + HOUR, **told)


# -- planning ----------------------------------------------------------------------------------------------------


def test_activity_is_planned_with_its_people(cast: Cast, noon: datetime) -> None:
    activity = planned(cast, cast.li, cast.wang, at=noon)
    assert (activity.number, activity.state) == ("BMZ-活动-20261116-0001", Activity.State.PLANNED)
    assert {m.officer for m in activity.members.all()} == {cast.li, cast.wang}
    assert last_line().verb == "activity.planned"
    assert judged_next(activity)


def test_type_the_pack_does_not_know_is_malformed_and_names_the_known(cast: Cast, noon: datetime) -> None:
    error = refused(lambda: planned(cast, at=noon, kind="patrol"), says="没有“patrol”", kind=Malformed)
    assert "举行听证" in error.do


def test_plan_needs_subject_and_own_people(cast: Cast, noon: datetime) -> None:
    refused(lambda: planned(cast, at=noon, subject=" "), says="事由")
    refused(lambda: planned(cast, cast.li, cast.sun, at=noon), says="不属于本机关")
    refused(lambda: planned(cast, cast.sun, at=noon), says="权限")
    foreign = actions.open_case(
        cast.sun.unit, by=as_actor(cast.sun), category="penalty", start_mode="ex_officio", cause="占道", officer=cast.sun, at=noon,
    )  # fmt: skip
    refused(lambda: planned(cast, at=noon, case=foreign), says="不属于本机关")
    assert planned(cast, at=noon, case=opened_case(cast, at=noon)).case is not None


def test_officer_plans_what_he_takes_part_in(cast: Cast, noon: datetime) -> None:
    plan = actions.Plan("onsite_enforcement", "检查", "清河路", noon, [cast.wang])
    refused(
        lambda: actions.plan_activity(cast.team, by=as_actor(cast.li), plan=plan, law=cast.law, at=noon),
        says="权限",
    )
    assert actions.plan_activity(cast.team, by=as_actor(cast.zhang), plan=plan, law=cast.law, at=noon)


# -- noting ------------------------------------------------------------------------------------------------------


def test_activity_goes_on_as_its_times_are_noted(cast: Cast, noon: datetime) -> None:
    activity, by = planned(cast, at=noon), as_actor(cast.li)
    states = []
    for told in ({"arrived_at": noon}, {"ended_at": noon + HOUR}, {"announced": True}):
        actions.note_activity(activity, by=by, at=noon + HOUR, **told)
        assert last_line().verb == "activity.noted"
        assert judged_next(activity)
        states.append(Activity.objects.get(pk=activity.pk).state)
    assert states == ["under_way", "ended", "ended"]
    actions.close_activity(activity, by=by, at=noon + 2 * HOUR)
    assert (activity.state, last_line().verb) == ("closed", "activity.closed")
    refused(lambda: actions.note_activity(activity, by=by, at=noon, announced=False), says="已办结")


@pytest.mark.parametrize(
    "hours",
    [
        {"arrived_at": 1, "started_at": 0},
        {"started_at": 1, "ended_at": 0},
        {"arrived_at": 1, "ended_at": 0},
        {"ended_at": 1, "left_at": 0},
        {"arrived_at": 1, "left_at": 0},
    ],
)
def test_times_out_of_order_are_refused(cast: Cast, noon: datetime, hours: dict[str, int]) -> None:
    activity = planned(cast, at=noon)
    told = {name: noon + hour * HOUR for name, hour in hours.items()}
    refused(lambda: actions.note_activity(activity, by=as_actor(cast.li), at=noon, **told), says="早于")
    assert Activity.objects.get(pk=activity.pk).state == "planned"


@pytest.mark.parametrize("name", ["number", "agency_id", "state", "closed_at", "unit", "nonsense"])
def test_only_what_happened_can_be_noted(cast: Cast, noon: datetime, name: str) -> None:
    activity = planned(cast, at=noon)
    refused(
        lambda: actions.note_activity(activity, by=as_actor(cast.li), at=noon, **{name: None}),
        says="没有可登记", kind=Malformed,
    )  # fmt: skip


def test_activity_of_others_is_not_noted(cast: Cast, noon: datetime) -> None:
    activity = planned(cast, cast.li, at=noon)
    refused(
        lambda: actions.note_activity(activity, by=as_actor(cast.wang), at=noon, announced=True), says="权限"
    )
    actions.note_activity(activity, by=as_actor(cast.zhang), at=noon, announced=True)


def test_activity_that_has_not_ended_is_not_closed(cast: Cast, noon: datetime) -> None:
    activity = planned(cast, at=noon)
    refused(lambda: actions.close_activity(activity, by=as_actor(cast.li), at=noon), says="尚未结束")


# -- declaring ---------------------------------------------------------------------------------------------------


def test_camera_is_declared_while_it_is_lent_and_once(cast: Cast, noon: datetime) -> None:
    activity = planned(cast, cast.li, at=noon)

    def declare(who: Officer = cast.li) -> None:
        actions.declare_recording(activity, by=as_actor(cast.li), device=cast.camera, officer=who, at=noon)

    refused(declare, says="没有领用登记")
    assert facts_of_activity(activity).declared is False
    handed_out(cast, cast.li, at=noon - HOUR)
    refused(lambda: declare(cast.sun), says="不属于本机关")
    declare()
    assert last_line().verb == "recording.declared"
    assert judged_next(activity)
    told = facts_of_activity(activity)
    assert (told.declared, told.cameras) == (True, None)
    refused(declare, says="已在这次活动中申报")


# -- linking -----------------------------------------------------------------------------------------------------


def link(activity: Activity, cast: Cast, recording: Any, at: datetime, **more: Any) -> Link:
    who = as_actor(more.pop("who", cast.li))
    return actions.link_recording(
        activity, by=who, recording=recording, reasons=["使用人参加了这次活动"], at=at, **more
    )


def test_linked_recording_counts_and_both_are_judged(cast: Cast, office: Office, noon: datetime) -> None:
    activity = under_way(cast, noon)
    recording = with_times(
        received(cast, office, at=noon + HOUR, device_serial=cast.camera.serial), noon, noon + HOUR
    )
    link(activity, cast, recording, noon + 2 * HOUR, is_evidence=True)
    assert last_line().verb == "recording.linked"
    assert judged_next(activity)
    assert judged_next(recording)
    told = facts_of_activity(activity)
    assert (told.recorded, told.cameras, told.carriers, told.officers) == (
        (Span(noon, noon + HOUR),),
        1,
        1,
        2,
    )
    of_recording = facts_of_recording(recording)
    assert (of_recording.activity_type, of_recording.linked_at, of_recording.is_evidence) == (
        "onsite_enforcement", noon + 2 * HOUR, True,
    )  # fmt: skip


def test_recording_is_linked_to_an_activity_once(cast: Cast, office: Office, noon: datetime) -> None:
    activity, other = under_way(cast, noon), planned(cast, at=noon)
    recording = received(cast, office, at=noon, device_serial=cast.camera.serial)
    link(activity, cast, recording, noon)
    refused(lambda: link(activity, cast, recording, noon), says="已关联")
    link(other, cast, recording, noon, part=Link.Part.CONTEXT)
    assert facts_of_activity(other).cameras == 0


def test_recording_of_another_agency_or_of_unknown_origin_is_not_linked(
    cast: Cast, office: Office, noon: datetime
) -> None:
    activity = under_way(cast, noon)
    foreign = received(cast, office, b"1", at=noon, by=as_actor(cast.sun), unit=cast.sun.unit)
    refused(lambda: link(activity, cast, foreign, noon), says="权限")
    strange = received(cast, office, b"2", at=noon, by=STATION, device_serial="999", officer_number="010001")
    refused(lambda: link(activity, cast, strange, noon, who=cast.zhang), says="来源待查")
    mine = received(cast, office, b"3", at=noon, device_serial=cast.camera.serial)
    refused(lambda: link(activity, cast, mine, noon, who=cast.wang), says="权限")
    link(activity, cast, mine, noon)


def test_colleague_of_both_agencies_would_still_not_join_them(
    cast: Cast, office: Office, noon: datetime
) -> None:
    """The check stands below permission as well."""
    activity = under_way(cast, noon)
    elsewhere = actions.plan_activity(
        cast.sun.unit, by=as_actor(cast.sun), law=cast.law, at=noon,
        plan=actions.Plan("onsite_enforcement", "检查", "石桥", noon, [cast.sun]),
    )  # fmt: skip
    mine = received(cast, office, at=noon, device_serial=cast.camera.serial)
    link(activity, cast, mine, noon)
    refused(lambda: link(elsewhere, cast, mine, noon), says="权限")


# -- interruptions and exemptions --------------------------------------------------------------------------------


def interrupt(
    activity: Activity, cast: Cast, start: datetime, end: datetime, cause: str = "device_fault"
) -> Any:
    return actions.enter_interruption(
        activity,
        by=as_actor(cast.li),
        span=Span(start, end),
        cause=cause,
        at=end,
        law=cast.law,
        resumed=False,
    )


def test_interruption_lies_in_the_activity(cast: Cast, noon: datetime) -> None:
    activity = under_way(cast, noon)
    for start, end in ((-1, 10), (50, 61), (70, 80)):
        refused(lambda a=start, b=end: interrupt(activity, cast, noon + a * MINUTE, noon + b * MINUTE), says="起止时间之内")  # fmt: skip
    row = interrupt(activity, cast, noon + 10 * MINUTE, noon + 20 * MINUTE)
    assert (last_line().verb, judged_next(activity)) == ("interruption.entered", True)
    told = facts_of_activity(activity).interruptions
    assert told is not None
    assert [(i.span, i.cause, i.approved) for i in told] == [(row.span, "device_fault", ())]
    before = planned(cast, at=noon)
    refused(lambda: interrupt(before, cast, noon, noon + MINUTE), says="起止时间之内")


def test_cause_the_pack_does_not_know_is_malformed(cast: Cast, noon: datetime) -> None:
    activity = under_way(cast, noon)
    error = refused(
        lambda: interrupt(activity, cast, noon, noon + MINUTE, "battery"), says="“battery”", kind=Malformed
    )
    assert "设备故障" in error.do


def test_statement_counts_once_it_is_final_and_about_this_interruption(cast: Cast, noon: datetime) -> None:
    activity = under_way(cast, noon)
    row = interrupt(activity, cast, noon + 10 * MINUTE, noon + 20 * MINUTE)

    def statement(**told: Any) -> Document:
        common: dict[str, Any] = {
            "agency": cast.agency, "unit": cast.team, "number": f"文-{told}", "form": "statement", "form_version": "1",
            "title": "情况说明", "subject_kind": row.kind(), "subject": row.pk, "values": {}, "state": "finalised",
            "made_by": cast.li, "made_at": noon, "finalised_at": noon + HOUR,
        }  # fmt: skip
        return Document.objects.create(**common | told)

    by = as_actor(cast.li)
    for wrong in ({"state": "draft"}, {"subject": activity.pk}):
        document = statement(**wrong)
        refused(
            lambda d=document: actions.attach_statement(row, by=by, document=d, at=noon), says="不是这段中断"
        )
    actions.attach_statement(row, by=by, document=statement(number="文-1"), at=noon)
    assert last_line().verb == "interruption.stated"
    told = facts_of_activity(activity).interruptions
    assert told is not None
    assert (told[0].statement_at, told[0].signatures) == (noon + HOUR, 0)


@pytest.mark.parametrize(
    ("pack", "code", "allowed"),
    [
        ("fuzhou", "emergency", True),
        ("fuzhou", "no_scene", False),
        ("nandagang", "no_scene", True),
        ("nandagang", "business_secret", False),
        ("subdistrict", "emergency", False),
        ("tonghua", "emergency", False),
        ("baimiaozi", "privacy", False),
    ],
)
def test_exemption_rests_on_a_ground_of_the_pack(
    db: None, office: Office, noon: datetime, pack: str, code: str, allowed: bool
) -> None:
    cast = assemble(office, pack=pack)
    activity = planned(cast, cast.li, at=noon, kind=cast.law.activity_types[0].code)

    def claim(reason: str = "现场发生爆燃", basis: str = "指挥中心记录") -> Any:
        return actions.claim_exemption(
            activity, by=as_actor(cast.li), code=code, reason=reason, basis=basis, law=cast.law, at=noon
        )

    if not allowed:
        refused(claim, says="没有这种不予记录的情形")
        return
    refused(lambda: claim(reason=" "), says="原因和依据")
    refused(lambda: claim(basis=""), says="原因和依据")
    claim()
    assert (last_line().verb, judged_next(activity)) == ("exemption.claimed", True)
    told = facts_of_activity(activity).exemption
    assert told is not None
    assert (told.code, told.approved, told.rejected) == (code, (), False)
    refused(claim, says="已经主张过")


def test_approval_of_an_exemption_reaches_the_facts(db: None, office: Office, noon: datetime) -> None:
    cast = assemble(office, pack="fuzhou")
    activity = planned(cast, cast.li, at=noon, kind="daily_inspection")
    exemption = actions.claim_exemption(
        activity, by=as_actor(cast.li), code="emergency", reason="抢险", basis="记录", law=cast.law, at=noon
    )
    for agree in (False, True):
        request = actions.ask_for_approval(
            exemption, by=as_actor(cast.li), requester=cast.li, reason="抢险", chain=[ChainStep("unit_head", "负责人", "")],
            at=noon + agree * HOUR,
        )  # fmt: skip
        decide(
            request,
            by=as_actor(cast.zhang),
            officer=cast.zhang,
            agree=agree,
            reason="已核",
            at=noon + agree * HOUR,
        )
        told = facts_of_activity(activity).exemption
        assert told is not None
        assert (told.approved, told.rejected) == (("unit_head",) if agree else (), not agree)
    assert request.purpose == "exemption"


# -- cases -------------------------------------------------------------------------------------------------------


def test_case_goes_through_its_stages_and_not_beside_them(cast: Cast, noon: datetime) -> None:
    case, by = opened_case(cast, at=noon), as_actor(cast.li)
    assert (case.number, last_line().verb, judged_next(case)) == ("BMZ-案-20261116-0001", "case.opened", True)
    error = refused(
        lambda: move_case(case, by=by, to="concluded", note="", law=None, at=noon), says="不能转入“终结”"
    )
    assert "调查取证" in error.do
    way = ["investigation", "review", "investigation", "review", "service", "concluded"]
    for hour, stage in enumerate(way, 1):
        move_case(case, by=by, to=stage, note="", law=None, at=noon + hour * HOUR)
        assert (last_line().verb, judged_next(case)) == ("case.stage-changed", True)
    fresh = Case.objects.get(pk=case.pk)
    assert (fresh.stage, fresh.concluded_at, fresh.archived_at) == ("concluded", noon + 6 * HOUR, None)
    assert [change.after for change in fresh.stage_changes.order_by("at")] == way
    told = facts_of_case(fresh)
    assert (told.concluded_at, told.archived_at) == (noon + 6 * HOUR, None)
    error = refused(lambda: move_case(case, by=by, to="archived", note="", law=None, at=noon), says="归档")
    assert "由档案机构接收案卷时办理" in error.do  # Nobody archives a case by hand.


def test_case_needs_a_cause_and_own_officers(cast: Cast, noon: datetime) -> None:
    def open_one(**change: Any) -> Case:
        told: dict[str, Any] = {
            "by": as_actor(cast.li), "category": "penalty", "start_mode": "ex_officio", "cause": "占道", "officer": cast.li, "at": noon,
        }  # fmt: skip
        return actions.open_case(cast.team, **told | change)

    refused(lambda: open_one(cause="  "), says="案由")
    refused(lambda: open_one(second_officer=cast.sun), says="不属于本机关")
    refused(lambda: open_one(by=as_actor(cast.sun)), says="权限")
    refused(lambda: open_one(officer=cast.wang), says="权限")
    assert open_one(second_officer=cast.wang)


def test_open_case_keeps_its_recordings_open(cast: Cast, office: Office, noon: datetime) -> None:
    case = opened_case(cast, at=noon)
    activity = under_way(cast, noon, case=case)
    recording = received(cast, office, at=noon + HOUR, device_serial=cast.camera.serial)
    link(activity, cast, recording, noon + HOUR)
    told = facts_of_recording(recording)
    assert (told.in_case, told.case_closed_at, told.case_category, told.keep_class) == (
        True,
        None,
        "penalty",
        "case",
    )
    for stage in ("investigation", "review", "service", "concluded"):
        move_case(case, by=as_actor(cast.li), to=stage, note="", law=None, at=noon + 2 * HOUR)
    assert facts_of_recording(recording).case_closed_at == noon + 2 * HOUR


# -- facts -------------------------------------------------------------------------------------------------------


def test_unknown_stays_unknown(cast: Cast, office: Office, noon: datetime) -> None:
    recording = received(cast, office, at=noon)
    told = facts_of_recording(recording)
    for name in (
        "form",
        "started_at",
        "ended_at",
        "linked_at",
        "activity_type",
        "case_category",
        "returned_at",
    ):
        assert getattr(told, name) is None
    assert (told.stored_at, told.in_case, told.remote_duty) == (noon, False, False)
    with pytest.raises(ValueError, match=str(recording.pk)):
        span_of(recording)


def test_newest_late_note_counts(cast: Cast, office: Office, noon: datetime) -> None:
    recording = received(cast, office, at=noon, device_serial=cast.camera.serial)
    for hour, circumstance in enumerate(("remote", "weather")):
        lateness = Lateness("路远", circumstance, returned_at=noon - HOUR, reported=True)
        note_late(recording, by=as_actor(cast.li), lateness=lateness, at=noon + hour * HOUR)
    told = facts_of_recording(recording)
    assert (told.delay_reason, told.remote_duty, told.delay_reported) == ("weather", True, True)
