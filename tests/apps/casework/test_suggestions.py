"""Suggestions: the cases stand in suggestions.toml; here they are laid out and asked."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.apps.steps import HOUR, handed_out, received, with_times
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions, suggestions
from liuhen.apps.casework.models import Activity
from liuhen.apps.casework.suggestions import Reason, Suggestion, suggestions_for, suggestions_of
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.models import Inspection, Recording
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import NOBODY, SYSTEM, Actor

CASES: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("suggestions.toml").read_text("utf-8"))[
    "case"
]
STATION = Actor("station", NOBODY)


def minutes(noon: datetime, count: int) -> datetime:
    return noon + timedelta(minutes=count)


def lay_out(cast: Cast, told: dict[str, Any], noon: datetime) -> Activity:
    """One activity of the case."""
    officers = [getattr(cast, name) for name in told["officers"]]
    latitude, longitude = told.get("place", (None, None))
    plan = actions.Plan(
        "onsite_enforcement", told["name"], "", minutes(noon, told.get("planned", told.get("arrived"))), officers,
        latitude=latitude, longitude=longitude,
    )  # fmt: skip
    by = as_actor(officers[0])
    activity = actions.plan_activity(officers[0].unit, by=by, plan=plan, law=cast.law, at=noon)
    for name in told.get("declared", []):
        handed_out(cast, officers[0], at=noon - 9 * HOUR, device=getattr(cast, name))
        actions.declare_recording(activity, by=by, device=getattr(cast, name), officer=officers[0], at=noon)
    if "arrived" in told:
        times = {"arrived_at": minutes(noon, told["arrived"]), "ended_at": minutes(noon, told["ended"])}
        actions.note_activity(activity, by=by, at=noon, **times)
    return activity


def bring(cast: Cast, office: Office, told: dict[str, Any], noon: datetime) -> Recording:
    device = getattr(cast, told["device"]).serial if "device" in told else ""
    start = minutes(noon, told["start"]) if "start" in told else None
    by = as_actor(getattr(cast, told["officer"])) if "officer" in told else STATION
    recording = received(cast, office, at=noon + 9 * HOUR, by=by, device_serial=device, file_time=start)
    recording.quarantine = ""  # 来源另有核实；这里只看建议。
    recording.save(update_fields=["quarantine"])
    if start and "minutes" in told:
        with_times(recording, start, start + timedelta(minutes=told["minutes"]))
    if "place" in told:
        place = {"latitude": told["place"][0], "longitude": told["place"][1]}
        row = Inspection(
            at=noon + 10 * HOUR, program="test", sandbox="none", facts={"place": place}, findings=[]
        )
        believed = evidence.Believed("video", recording.started_at, recording.ended_at, "name")
        evidence.note_inspection(recording, by=SYSTEM, inspection=row, believed=believed, at=noon)
    return recording


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_suggestions_stand_in_the_right_order_with_their_reasons(
    cast: Cast, office: Office, noon: datetime, case: dict[str, Any]
) -> None:
    if lent := case.get("lent"):
        handed_out(cast, getattr(cast, lent["officer"]), at=noon - HOUR, device=getattr(cast, lent["device"]))
    activities = {told["name"]: lay_out(cast, told, noon) for told in case["activity"]}
    recording = bring(cast, office, case["recording"], noon)
    for told in case["activity"]:
        if told.get("linked"):
            by = as_actor(cast.zhang)
            actions.link_recording(activities[told["name"]], by=by, recording=recording, reasons=[], at=noon)
    found = suggestions_for(recording)
    assert [s.activity.subject for s in found] == case["expect"]
    reasons = [reason.says for s in found for reason in s.reasons]
    for part in case.get("because", []):
        assert any(part in reason.says for reason in found[0].reasons), reasons
    for part in case.get("never", []):
        assert not any(part in reason for reason in reasons), reasons


def test_likelihood_is_told_in_three_words(cast: Cast, office: Office, noon: datetime) -> None:
    for told in (
        {"name": "正是", "officers": ["li"], "arrived": 0, "ended": 60, "declared": ["camera"]},
        {"name": "也许", "officers": ["wang"], "arrived": 0, "ended": 60, "place": [26.0745, 119.2965]},
        {"name": "难说", "officers": ["wang"], "arrived": 0, "ended": 60},
    ):
        lay_out(cast, told, noon)
    recording = bring(
        cast, office, {"officer": "li", "device": "camera", "start": 0, "minutes": 30, "place": [26.0745, 119.2965]}, noon
    )  # fmt: skip
    assert [(s.activity.subject, s.likelihood) for s in suggestions_for(recording)] == [
        ("正是", "很可能"), ("也许", "可能"), ("难说", "不确定"),
    ]  # fmt: skip


def test_at_most_five_are_suggested(cast: Cast, office: Office, noon: datetime) -> None:
    for number in range(7):
        lay_out(cast, {"name": f"第{number}次", "officers": ["li"], "arrived": number, "ended": 60}, noon)
    recording = bring(cast, office, {"officer": "li", "start": 0, "minutes": 30}, noon)
    assert [s.activity.subject for s in suggestions_for(recording)] == [f"第{n}次" for n in range(5)]


def test_the_officers_own_activity_is_found_among_a_bureaus_many(
    cast: Cast, office: Office, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More activities at that hour than are looked at: those of the very officers and devices come first."""
    monkeypatch.setattr(suggestions, "_LOOKED_AT", 3)
    for number in range(6):
        lay_out(cast, {"name": f"别人的第{number}次", "officers": ["wang"], "arrived": 0, "ended": 60}, noon)
    lay_out(cast, {"name": "本人的", "officers": ["li"], "arrived": 5, "ended": 60}, noon)
    recording = bring(cast, office, {"officer": "li", "start": 10, "minutes": 30}, noon)
    assert suggestions_for(recording)[0].activity.subject == "本人的"


def test_many_recordings_ask_as_little_as_one(
    cast: Cast, office: Office, noon: datetime, django_assert_max_num_queries: Any
) -> None:
    """The queue of a shift costs a fixed number of queries, and each recording still gets its own answer."""
    handed_out(cast, cast.li, at=noon - HOUR, device=cast.camera)
    for number in range(6):
        lay_out(
            cast,
            {"name": f"第{number}次", "officers": ["li"], "arrived": 60 * number, "ended": 60 * number + 50},
            noon,
        )
    shift = [
        bring(cast, office, {"officer": "li", "device": "camera", "start": 60 * n + 5, "minutes": 30}, noon)
        for n in range(6)
    ]
    one_by_one = {
        recording.pk: [s.activity.subject for s in suggestions_for(recording)] for recording in shift
    }
    with django_assert_max_num_queries(8):
        found = suggestions_of(shift)
    assert {key: [s.activity.subject for s in best] for key, best in found.items()} == one_by_one
    assert [found[recording.pk][0].activity.subject for recording in shift] == [f"第{n}次" for n in range(6)]


@pytest.mark.parametrize(("score", "word"), [(60, "很可能"), (59.9, "可能"), (35, "可能"), (34.9, "不确定")])
def test_word_changes_at_its_score(score: float, word: str) -> None:
    halves = (Reason("一半", score / 2), Reason("另一半", score / 2))
    assert Suggestion(Activity(), halves).likelihood == word
