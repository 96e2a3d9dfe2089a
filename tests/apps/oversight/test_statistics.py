"""Every figure again, by an independent query in SQL of its own over the raw tables; and as of a past moment."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from tests.apps.steps import HOUR, handed_out, planned, received, with_times
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions as casework
from liuhen.apps.casework.linking import note_no_case
from liuhen.apps.journal.sealing import seal
from liuhen.apps.oversight import examining, statistics
from liuhen.apps.oversight.examining import Opinion
from liuhen.apps.oversight.statistics import Scope
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.citations import Citation
from liuhen.kernel.spans import Span
from liuhen.server.works import works

DAY = timedelta(hours=24)


@pytest.fixture
def scope(cast: Cast, office: Office, noon: datetime) -> Scope:
    """Six recordings: four in time, one late, one whose end nobody knows; two linked, one said to belong to nothing."""
    li, zhou = as_actor(cast.li), as_actor(cast.zhou)
    loan = handed_out(cast, cast.li, at=noon - 2 * HOUR)
    handed_out(cast, cast.wang, at=noon - 2 * HOUR, device=cast.spare)
    rows = [
        received(cast, office, f"{n}".encode(), at=noon, name=f"{n}.mp4", device_serial=cast.camera.serial)
        for n in range(6)
    ]
    for row in rows[:4]:
        with_times(row, noon - HOUR, noon - HOUR / 2)
    with_times(rows[4], noon - 3 * DAY, noon - 2 * DAY)
    activity = planned(cast, cast.li, at=noon - HOUR, flags=["liberty"])
    planned(cast, cast.wang, at=noon - HOUR)
    casework.note_activity(activity, by=li, at=noon, arrived_at=noon - HOUR, ended_at=noon)
    casework.enter_interruption(
        activity,
        by=li,
        span=Span(noon - HOUR, noon - HOUR * 3 / 4),
        cause="device_fault",
        at=noon,
        law=cast.law,
    )
    for row in rows[:2]:
        casework.link_recording(activity, by=li, recording=row, reasons=[], at=noon + HOUR)
    note_no_case(rows[3], by=li, why="test", reason="试录", at=noon)
    at = noon + 3 * HOUR
    wanted = examining.Scope("inspection", "recording", "抽查", noon - DAY, noon + HOUR, at + DAY, size=2)
    check = examining.plan_examination(cast.team, wanted, by=zhou, at=at)
    seal(office.log, at=at)
    examining.draw_examination(check, by=SYSTEM, at=at)
    one, two = check.drawn.order_by("order")
    labels = {"clear": "清晰", "manner": "规范"}
    for drawn, answers in (
        (one, {"clear": "fail", "manner": "absent"}),
        (two, {"clear": "pass", "manner": "pass"}),
        (one, {"clear": "pass"}),
    ):
        examining.score_drawn(drawn, by=zhou, answers=answers, labels=labels, note="", at=at)
        at += HOUR
    for hours in (2, 3):
        opinion = Opinion("problem", "x", one, None, Citation("x", "x", "x"), at + hours * HOUR)
        remark = examining.enter_remark(check, opinion, by=zhou, at=at)
    examining.reply(remark, by=as_actor(cast.zhang), sort="answered", says="x", at=at + HOUR)
    works(office)["activity.judge"](activity.pk)
    assert loan.officer == cast.li
    return Scope(cast.agency.pk, cast.team.path, noon - 2 * DAY, noon + 2 * DAY, noon + 2 * DAY)


def told(scope: Scope) -> dict[str, tuple[int, int | None]]:
    return {one.indicator.key: (one.part, one.whole) for one in statistics.told(scope)}


@pytest.mark.clause("BMZ-13")
def test_administrator_sees_what_is_not_accurate_in_time_sound_and_findable(scope: Scope) -> None:
    """准确、及时、安全、有效：each with the rows that fall short of it."""
    for key in ("described", "timely-ingest", "sound", "findable"):
        figure = statistics.INDICATORS[key]
        assert figure.whole
        short = figure.whole(scope).exclude(pk__in=figure.part(scope).values("pk"))
        part, whole = told(scope)[key]
        assert whole is not None
        assert short.count() == whole - part
    incomplete = statistics.INDICATORS["described"]
    assert {r.officer_id is None or r.ended_at is None or not r.links.exists() for r in incomplete.whole(scope).exclude(  # type: ignore[misc]
        pk__in=incomplete.part(scope).values("pk"))} == {True}  # fmt: skip


def test_figures_are_what_the_story_says(scope: Scope) -> None:
    assert told(scope) == {
        "timely-ingest": (4, 5), "late-ingest": (1, None), "linked": (2, 5), "usage": (1, 2), "allotment": (2, 3), "unrecorded": (1, 1),
        "stopped": (1, 1), "checked": (2, 6), "passed": (3, 3), "mended": (1, 2), "described": (3, 6), "sound": (0, 6), "findable": (6, 6),
    }  # fmt: skip
    assert statistics.stored_bytes(scope) == 6


def test_figures_agree_with_an_independent_query(scope: Scope) -> None:
    """Rows are read plainly and counted by hand: nothing of the room's own queries is used."""
    stated = told(scope)
    recordings = _rows("SELECT id, received_at, ended_at, form, quarantine, size FROM evidence_recording")
    came = [r for r in recordings if scope.since <= r["received_at"] < scope.until and r["form"] != "log"]
    ended = [r for r in came if r["ended_at"]]
    late = [r for r in ended if r["received_at"] - r["ended_at"] > DAY]
    assert stated["timely-ingest"] == (len(ended) - len(late), len(ended))
    assert stated["late-ingest"] == (len(late), None)
    linked = {r["recording_id"] for r in _rows("SELECT recording_id FROM casework_link")}
    nothing = {r["recording_id"] for r in _rows("SELECT recording_id FROM casework_nocase")}
    due = [r["id"] for r in came if not r["quarantine"] and r["id"] not in nothing]
    assert stated["linked"] == (len(linked & set(due)), len(due))
    drawn = {r["subject"] for r in _rows("SELECT subject FROM oversight_drawn")}
    assert stated["checked"] == (len(drawn & {r["id"] for r in came}), len(came))
    newest: dict[tuple[object, object], object] = {}
    for row in _rows("SELECT drawn_id, code, answer FROM oversight_score ORDER BY at, id"):
        newest[row["drawn_id"], row["code"]] = row["answer"]
    counted = [answer for answer in newest.values() if answer != "absent"]
    assert stated["passed"] == (counted.count("pass"), len(counted))
    ended_activities = _rows("SELECT id FROM casework_activity WHERE ended_at IS NOT NULL")
    breached = {
        r["subject"]
        for r in _rows(
            "SELECT subject FROM oversight_finding WHERE verdict = '不符合' AND rule_kind IN ('must_record', 'start_stop')"
        )
    }
    assert stated["unrecorded"] == (
        len(breached & {r["id"] for r in ended_activities}),
        len(ended_activities),
    )
    linked_or_not = linked | nothing
    whole = _rows("SELECT id FROM evidence_recording WHERE device_id IS NOT NULL AND officer_id IS NOT NULL "
                  "AND started_at IS NOT NULL AND ended_at IS NOT NULL")  # fmt: skip
    assert stated["described"] == (
        len({r["id"] for r in whole} & linked_or_not & {r["id"] for r in came}),
        len(came),
    )
    assert stated["sound"][0] == len(
        _rows("SELECT id FROM evidence_recording WHERE verified_at IS NOT NULL AND form <> 'log'")
    )
    assert stated["findable"][0] == len(
        {r["thing"] for r in _rows("SELECT thing FROM search_entry")} & {r["id"] for r in came}
    )
    assert statistics.stored_bytes(scope) == sum(r["size"] for r in came)


def test_past_moment_gives_what_was_true_then(scope: Scope, noon: datetime) -> None:
    then = Scope(scope.agency, scope.path, scope.since, scope.until, noon + HOUR / 2)
    now_, before = told(scope), told(then)
    assert (now_["linked"], before["linked"]) == ((2, 5), (0, 5))
    assert before["checked"] == (0, 6)
    assert before["passed"] == (0, 0)
    earlier = Scope(scope.agency, scope.path, scope.since, scope.until, noon - HOUR)
    assert told(earlier)["timely-ingest"] == (0, 0)


def test_another_agency_counts_nothing_of_it(scope: Scope, cast: Cast) -> None:
    other = Scope(cast.sun.agency_id, "/", scope.since, scope.until, scope.at)
    assert {key: part for key, (part, _) in told(other).items()} == dict.fromkeys(statistics.INDICATORS, 0)


def _rows(query: str) -> list[dict[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, map(_plain(), row), strict=True)) for row in cursor.fetchall()]  # type: ignore[misc]


def _plain() -> Callable[[object], object]:
    """SQLite gives times as text and keys without hyphens; PostgreSQL gives both as they are."""

    def one(value: object) -> object:
        if isinstance(value, str) and value[4:5] == "-" and value[10:11] == " ":
            value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        return str(value).replace("-", "") if type(value).__name__ == "UUID" else value

    return one
