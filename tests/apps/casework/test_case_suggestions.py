"""Suggestions of cases: the cases stand in case_suggestions.toml; here they are laid out and asked."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.apps.casework.test_suggestions import STATION, minutes
from tests.apps.steps import HOUR, handed_out, received, with_times
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions, linking
from liuhen.apps.casework.case_suggestions import cases_suggested
from liuhen.apps.casework.models import Activity, Case
from liuhen.apps.casework.queries import cases
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.models import Inspection, Recording
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM

CASES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("case_suggestions.toml").read_text("utf-8")
)["case"]


def lay_out(cast: Cast, told: dict[str, Any], noon: datetime) -> Case:
    officer = getattr(cast, told["officer"])
    case = actions.open_case(
        cast.team, by=as_actor(officer), category="penalty", start_mode="ex_officio", cause=told["cause"], officer=officer,
        second_officer=None, at=minutes(noon, told["opened"]), party=told.get("party", ""),
    )  # fmt: skip
    if "concluded" in told:
        Case.objects.filter(pk=case.pk).update(concluded_at=minutes(noon, told["concluded"]))
    if one := told.get("activity"):
        latitude, longitude = one.get("place", (None, None))
        officers = [getattr(cast, name) for name in one.get("officers", [told["officer"]])]
        plan = actions.Plan(
            "onsite_enforcement", "现场检查", "", minutes(noon, one["arrived"]), officers, latitude=latitude, longitude=longitude,
        )  # fmt: skip
        by = as_actor(officers[0])
        activity = actions.plan_activity(cast.team, by=by, plan=plan, law=cast.law, at=noon)
        times = {"arrived_at": minutes(noon, one["arrived"]), "ended_at": minutes(noon, one["ended"])}
        actions.note_activity(activity, by=by, at=noon, **times)
        Activity.objects.filter(pk=activity.pk).update(case=case)
    return case


def bring(cast: Cast, office: Office, told: dict[str, Any], noon: datetime) -> Recording:
    device = getattr(cast, told["device"]).serial if "device" in told else ""
    by = as_actor(getattr(cast, told["officer"])) if "officer" in told else STATION
    row = received(
        cast, office, at=noon + 9 * HOUR, by=by, device_serial=device, name=told.get("name", "b.mp4")
    )
    Recording.objects.filter(pk=row.pk).update(quarantine="")  # 来源另有核实；这里只看建议。
    row.refresh_from_db()
    if "start" in told:
        start = minutes(noon, told["start"])
        with_times(row, start, start + timedelta(minutes=told["minutes"]))
    if "place" in told:
        place = {"latitude": told["place"][0], "longitude": told["place"][1]}
        look = Inspection(
            at=noon + 10 * HOUR, program="test", sandbox="none", facts={"place": place}, findings=[]
        )
        believed = evidence.Believed("video", row.started_at, row.ended_at, "name")
        evidence.note_inspection(row, by=SYSTEM, inspection=look, believed=believed, at=noon)
    return row


@pytest.mark.parametrize("told", CASES, ids=lambda told: told["name"])
def test_cases_stand_in_the_right_order_with_their_reasons(
    cast: Cast, office: Office, noon: datetime, told: dict[str, Any]
) -> None:
    if lent := told.get("lent"):
        handed_out(cast, getattr(cast, lent["officer"]), at=noon - HOUR, device=getattr(cast, lent["device"]))
    laid = [(lay_out(cast, one, noon), one) for one in told["cases"]]
    recording = bring(cast, office, told["recording"], noon)
    for case, one in laid:
        if one.get("linked"):
            linking.link_to_case(
                case, by=as_actor(cast.zhang), recording=recording, reasons=["x"], at=noon + 10 * HOUR
            )
    found = cases_suggested(recording, among=cases())
    assert [one.case.cause for one in found] == told["expect"]
    for part in told["because"]:
        assert part in found[0].says
    assert found[0].likelihood == told["likely"]


def test_only_what_the_viewer_may_see_is_suggested(cast: Cast, office: Office, noon: datetime) -> None:
    lay_out(cast, {"cause": "李办的案", "officer": "li", "opened": -60}, noon)
    recording = bring(cast, office, {"officer": "li", "start": 30, "minutes": 20}, noon)
    assert len(cases_suggested(recording, among=cases())) == 1
    assert cases_suggested(recording, among=cases().none()) == []
