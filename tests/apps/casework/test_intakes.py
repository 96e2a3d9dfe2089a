"""受理登记：what comes in leads somewhere, once, and tells what became of it; what systems push is one row a number.

The simulator plays the 110 system over a line that loses, repeats and reorders, with a seed that a failure prints.
"""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import HOUR, received, with_times
from tests.cast import LONG_AGO, Cast, as_actor

from liuhen.apps.casework import actions as casework
from liuhen.apps.casework.around import recordings_around
from liuhen.apps.casework.messages import PushedIntake, PushedStep, message_of
from liuhen.apps.casework.models import Case, Intake, IntakeChange, IntakeStep, OutsideSystem
from liuhen.apps.casework.pushing import (
    Pushed,
    differences,
    enroll_system,
    notice_of,
    push,
    revoke_system,
    system_of,
)
from liuhen.apps.casework.receiving import (
    Coming,
    Step,
    enter_intake,
    intakes_seen,
    next_steps,
    origin_of,
    steps_of,
    take_step,
)
from liuhen.apps.casework.stages import move_case
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.journal.models import Job, Line
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, Actor
from liuhen.kernel.errors import Malformed, Refused, Unavailable

COMPLAINT = Coming(
    "complaint",
    "call",
    "夜间施工噪声",
    LONG_AGO,
    person="钱某",
    real_name=True,
    place_text="清河东路 8 号",
)


def entered(cast: Cast, at: datetime, coming: Coming = COMPLAINT, **more: Any) -> Intake:
    told = replace(coming, received_at=at, **more)
    return enter_intake(cast.team, told, by=as_actor(cast.li), officer=cast.li, at=at)


def opened(cast: Cast, row: Intake, at: datetime) -> Case:
    return casework.open_case(
        cast.team, by=as_actor(cast.li), category="penalty", start_mode="ex_officio", cause=row.subject, officer=cast.li, at=at, intake=row
    )  # fmt: skip


def test_complaint_leads_to_one_case_that_begins_as_a_complaint(cast: Cast, noon: datetime) -> None:
    row = entered(cast, noon)
    assert row.number.startswith("BMZ-投诉举报-")
    case = opened(cast, row, noon)
    assert case.start_mode == "on_complaint"
    assert origin_of(case) == row
    assert [step.sort for step in steps_of(row.pk)] == ["opened"]
    last = Line.objects.latest("number")
    assert last.verb == "case.opened"
    assert last.abouts.filter(thing=row.pk).exists()
    with pytest.raises(Refused, match="现在不能登记“启动执法事项”"):
        opened(cast, row, noon)
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"real_name": None}, "是不是实名"), ({"person": ""}, "实名投诉举报人"), ({"subject": " "}, "事由"),
        ({"happened_at": HOUR}, "所述的时间晚于"), ({"sort": "application", "person": ""}, "申请人"),
    ],
)  # fmt: skip
def test_what_could_not_be_answered_later_is_not_entered(
    cast: Cast, noon: datetime, change: dict[str, Any], why: str
) -> None:
    if "happened_at" in change:
        change = {"happened_at": noon + change["happened_at"]}
    with pytest.raises(Refused, match=why):
        entered(cast, noon, **change)
    assert not Intake.objects.exists()


def test_real_name_of_the_intake_cannot_be_denied_when_the_case_is_not_started(
    cast: Cast, noon: datetime
) -> None:
    case = opened(cast, entered(cast, noon), noon)
    move_case(case, by=as_actor(cast.li), to="not_started", note="不属实", law=None, at=noon, real_name=False)
    assert case.content_entries.get().code == "real_name_not_started"


def test_call_without_a_scene_ends_with_its_reason_and_nothing_follows(cast: Cast, noon: datetime) -> None:
    row = entered(cast, noon, sort="incident", person="", real_name=None)
    by = as_actor(cast.li)
    with pytest.raises(Refused, match="须写明情况"):
        take_step(row, by=by, step=Step.NO_SCENE, says=" ", happened_at=noon, at=noon)
    take_step(row, by=by, step=Step.NO_SCENE, says="报警人称已自行离开", happened_at=noon, at=noon)
    assert next_steps(row) == ()
    with pytest.raises(Refused, match="现在可办的：没有"):
        take_step(row, by=by, step=Step.ARRIVED, says="", happened_at=noon, at=noon)


def test_call_leads_to_activities_until_it_is_handled(cast: Cast, noon: datetime) -> None:
    row, by = entered(cast, noon, sort="incident", real_name=None), as_actor(cast.li)
    for step in (Step.DISPATCHED, Step.ARRIVED):
        take_step(row, by=by, step=step, says="", happened_at=noon, at=noon)
    for _ in range(2):
        plan = casework.Plan("onsite_enforcement", "出警", "清河东路", noon, [cast.li], intake=row)
        casework.plan_activity(cast.team, by=by, plan=plan, law=cast.law, at=noon)
    take_step(row, by=by, step=Step.HANDLED, says="双方和解", happened_at=noon, at=noon)
    assert [step.sort for step in steps_of(row.pk)].count("planned") == 2
    assert set(next_steps(row)) == {"opened", "told"}


def test_intake_is_known_to_its_unit_and_to_nobody_of_another_agency(cast: Cast, noon: datetime) -> None:
    row = entered(cast, noon)
    assert intakes_seen(as_actor(cast.wang), at=noon).get() == row
    assert not intakes_seen(as_actor(cast.sun), at=noon).exists()
    with pytest.raises(Refused, match="没有办理此事的权限"):
        take_step(row, by=as_actor(cast.zhou), step=Step.TOLD, says="x", happened_at=noon, at=noon)
    with pytest.raises(Refused, match="不属于本机关"):
        casework.open_case(
            cast.sun.unit, by=as_actor(cast.sun), category="penalty", start_mode="on_complaint", cause="x", officer=cast.sun, at=noon, intake=row
        )  # fmt: skip


def test_footage_of_the_minute_and_place_comes_first_and_what_is_known_to_be_elsewhere_not_at_all(
    cast: Cast, office: Office, noon: datetime
) -> None:
    row = entered(cast, noon, happened_at=noon)
    here, elsewhere, unknown, later, other_day = (
        with_times(received(cast, office, at=noon, content=f"{n}".encode()), noon + n * HOUR / 4, noon + n * HOUR / 4 + HOUR / 4)
        for n in (0, 0, 1, 2, 96)
    )  # fmt: skip
    for recording, place in ((here, "清河东路"), (elsewhere, "石桥村")):
        activity = casework.plan_activity(
            cast.team, by=as_actor(cast.li), law=cast.law, at=noon,
            plan=casework.Plan("onsite_enforcement", "x", place, noon, [cast.li]),
        )  # fmt: skip
        casework.link_recording(
            activity, by=as_actor(cast.zhang), recording=recording, reasons=["x"], at=noon
        )
    found = recordings_around(row, evidence.visible_to(as_actor(cast.li), at=noon))
    assert [one.recording for one in found.near] == [here, unknown, later]
    assert found.elsewhere == 1
    assert found.near[0].says == "当时正在录，关联的活动在清河东路"
    assert other_day not in [one.recording for one in found.near]
    nobody = recordings_around(row, evidence.visible_to(as_actor(cast.sun), at=noon))
    assert nobody == ([], 0)


# ── what systems push ───────────────────────────────────────────────────────────────────────────────────────────


def enrolled(cast: Cast, noon: datetime, **more: Any) -> tuple[OutsideSystem, Actor, str]:
    told: dict[str, Any] = {
        "name": "接处警",
        "scopes": ["incident", "steps"],
        "webhook": "",
        "at": noon,
    } | more
    system, key = enroll_system(cast.team, by=OPERATOR, **told)
    return system, Actor("outside", system.pk, "外部系统 接处警"), key


def call(number: str, noon: datetime, subject: str = "打架") -> PushedIntake:
    return PushedIntake(number, Coming("incident", "system", subject, noon, place_text="胜利路"))


def test_key_opens_until_it_is_revoked_and_pushes_what_it_was_given_for(cast: Cast, noon: datetime) -> None:
    system, by, key = enrolled(cast, noon)
    assert system_of(key) == system
    assert key not in str(OutsideSystem.objects.values())
    with pytest.raises(Refused, match="不能推送“投诉举报”"):
        push(system, PushedIntake("1", replace(COMPLAINT, received_at=noon)), by=by, at=noon)
    with pytest.raises(Refused, match="已有名为"):
        enrolled(cast, noon)
    with pytest.raises(Refused, match="可推送的有"):
        enrolled(cast, noon, name="乙", scopes=["everything"])
    with pytest.raises(Refused, match="不是 https"):
        enrolled(cast, noon, name="乙", webhook="http://office.invalid/hook")
    revoke_system(system, by=OPERATOR, at=noon)
    assert system_of(key) is None
    with pytest.raises(Refused, match="已经停用"):
        revoke_system(system, by=OPERATOR, at=noon)


def test_same_number_twice_is_one_row_and_changed_content_is_kept_beside_it(
    cast: Cast, noon: datetime
) -> None:
    system, by, _ = enrolled(cast, noon)
    first = push(system, call("110-1", noon), by=by, at=noon)
    lines = Line.objects.count()
    assert push(system, call("110-1", noon), by=by, at=noon + HOUR) == Pushed(first.number, "known")
    assert Line.objects.count() == lines
    for _ in range(2):
        assert push(system, call("110-1", noon, "持械"), by=by, at=noon) == Pushed(first.number, "changed")
    row, change = Intake.objects.get(), IntakeChange.objects.get()
    assert row.subject == "打架"
    assert differences(change) == [("事由", "打架", "持械")]
    assert Line.objects.latest("number").verb == "intake.outside-changed"
    assert "compared" in next_steps(row)
    take_step(
        row,
        by=as_actor(cast.li),
        step=Step.COMPARED,
        says="以后来的为准，接警员补充",
        happened_at=noon,
        at=noon,
        change=change,
    )
    assert "compared" not in next_steps(row)


def test_step_waits_for_its_intake_and_is_one_row_a_key(cast: Cast, noon: datetime) -> None:
    system, by, _ = enrolled(cast, noon)
    step = PushedStep("110-1", "a", "dispatched", "", noon)
    with pytest.raises(Unavailable, match="还没有收到 110-1"):
        push(system, step, by=by, at=noon)
    push(system, call("110-1", noon), by=by, at=noon)
    assert [push(system, step, by=by, at=noon).outcome for _ in range(2)] == ["new", "known"]
    with pytest.raises(Refused, match="内容不同"):
        push(system, replace(step, says="两车"), by=by, at=noon)
    with pytest.raises(Malformed, match="不能推送“opened”"):
        push(system, replace(step, key="b", step="opened"), by=by, at=noon)
    with pytest.raises(Refused, match="早于收到的时间"):
        push(system, replace(step, key="c", step="arrived", happened_at=noon - HOUR), by=by, at=noon)
    assert IntakeStep.objects.count() == 1


def test_what_is_done_here_is_told_to_the_system_and_its_own_steps_are_not(
    cast: Cast, noon: datetime
) -> None:
    system, by, _ = enrolled(cast, noon, webhook="https://office.invalid/hook")
    push(system, call("110-1", noon), by=by, at=noon)
    push(system, PushedStep("110-1", "a", "dispatched", "", noon), by=by, at=noon)
    assert not Job.objects.filter(kind="intake.tell").exists()
    case = opened(cast, Intake.objects.get(), noon)
    step = IntakeStep.objects.get(sort="opened")
    assert Job.objects.filter(kind="intake.tell", subject=step.pk).count() == 1
    told = notice_of(step).decode()
    assert '"number":"110-1"' in told
    assert case.number in told
    assert "胜利路" not in told


@pytest.mark.parametrize("seed", range(2))
def test_line_that_loses_repeats_and_reorders_brings_each_message_once(
    cast: Cast, noon: datetime, seed: int
) -> None:
    """The system sends until it is answered; whatever the line does, the house ends with one row for each message, in every order."""
    system, by, _ = enrolled(cast, noon)
    chance = random.Random(seed)
    messages: list[PushedIntake | PushedStep] = []
    for n in range(8):
        messages.append(call(f"110-{n}", noon))
        messages += [
            PushedStep(f"110-{n}", f"{n}-{s}", s, "", noon) for s in ("dispatched", "arrived", "left")
        ]
        if n % 4 == 0:
            messages.append(call(f"110-{n}", noon, "改过的事由"))
    waiting, sent = list(messages), 0
    while waiting:
        chance.shuffle(waiting)
        message, sent = waiting.pop(), sent + 1
        assert sent < 5000, seed
        if chance.random() < 0.2:  # The message is lost on its way.
            waiting.append(message)
            continue
        try:
            push(system, message, by=by, at=noon + timedelta(seconds=sent))
        except Unavailable:
            waiting.append(message)
            continue
        if chance.random() < 0.3:  # The answer is lost, or the line repeats the message.
            waiting.append(message)
    assert Intake.objects.count() == 8, seed
    assert IntakeStep.objects.count() == 24, seed
    assert IntakeChange.objects.count() == 2, seed
    assert sorted(IntakeChange.objects.values_list("intake__outside_number", flat=True)) == ["110-0", "110-4"]


BARE = {
    "format": "liuhen-intake/1",
    "number": "1",
    "sort": "incident",
    "subject": "x",
    "received_at": "2026-11-16T12:00:00+08:00",
}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"format": "x"}, "不认识的格式"), ({"number": ""}, "缺少字段“number”"), ({"number": 7}, "须是文字"), ({"subject": "长" * 201}, "超过 200"),
        ({"received_at": None}, "缺少字段“received_at”"), ({"received_at": "1066-10-14T09:00:00Z"}, "年份"), ({"received_at": "gestern"}, "gestern"),
        ({"latitude": 91}, "±90"), ({"latitude": True}, "±90"), ({"latitude": "1"}, "度数"), ({"real_name": "ja"}, "真假值"), ({"wer": 1}, "不认识的字段“wer”"),
        ({"subject": "a\0b"}, "空字符"),
    ],
)  # fmt: skip
def test_message_out_of_shape_is_refused_by_the_name_of_its_field(change: dict[str, Any], why: str) -> None:
    with pytest.raises(Malformed, match=why):
        message_of(BARE | change)
    with pytest.raises(Malformed, match="JSON 对象"):
        message_of([BARE])


def test_message_says_the_same_in_another_time_zone() -> None:
    one, other = message_of(BARE), message_of(BARE | {"received_at": "2026-11-16T04:00:00Z", "content": ""})
    assert isinstance(one, PushedIntake)
    assert isinstance(other, PushedIntake)
    assert one.sha256 == other.sha256
    step = message_of(
        {"format": "liuhen-intake-step/1", "number": "1", "key": "k", "step": "left", "happened_at": "2026-11-16T04:00:00Z"}
    )  # fmt: skip
    assert isinstance(step, PushedStep)
