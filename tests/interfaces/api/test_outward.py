"""上报关联 as a page: who sees it, how a list is made and taken away, how the platform's number is entered, and the desk."""

import json
from datetime import timedelta
from typing import Any

import pytest

from liuhen.apps.casework.models import OutwardHandover, OutwardReference
from liuhen.apps.casework.tally import tally_absences
from liuhen.apps.devices.actions import enroll_station
from liuhen.apps.devices.stations import enter_report
from liuhen.apps.journal.models import Line
from liuhen.kernel.actors import OPERATOR, SYSTEM
from liuhen.kernel.clock import now
from tests.interfaces.api.scene import Door, Scene, with_absences


def rows(door: Door, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = door.page("/handovers", **query)["rows"]
    return found


@pytest.fixture
def made(scene: Scene) -> OutwardHandover:
    """张 hands over everything that is linked."""
    assert Door("zhang").post("/handovers", platform="省厅平台").status_code == 200
    return OutwardHandover.objects.get()


def test_head_hands_over_what_is_linked_and_it_waits_for_its_number(scene: Scene) -> None:
    zhang = Door("zhang")
    assert [row["state"]["label"] for row in rows(zhang)] == ["待上报"]
    line = zhang.page("/handovers/line")
    assert line["waiting"] == 1 and line["open"] == 0 and line["platform"] == "未设置上级平台"
    form = zhang.page(line["actions"][0]["form_url"])
    assert zhang.post(form["url"], platform="省厅平台").status_code == 200
    assert Line.objects.filter(verb="handover.listed").count() == 1
    [row] = rows(zhang, state="open")
    assert row["handover"] and row["state"]["label"] == "待编号" and row["number"] == scene.recording.number
    assert zhang.page("/handovers/line")["open"] == 1
    assert zhang.post(form["url"], platform="省厅平台").status_code == 403


def test_list_is_taken_away_as_json_and_as_a_table_that_holds_no_formula(
    scene: Scene, made: OutwardHandover
) -> None:
    zhang = Door("zhang")
    [row] = rows(zhang)
    manifest = zhang.get(row["manifest"]["to"].removeprefix("/api/v1"))
    assert json.loads(manifest.content)["items"][0]["sha256"] == scene.recording.sha256
    assert "attachment" in manifest["Content-Disposition"]
    table = zhang.get(row["table"]["to"].removeprefix("/api/v1")).content.decode("utf-8-sig").splitlines()
    assert table[0].startswith('"音像编号"') and scene.recording.sha256 in table[1]
    for stranger in ("sun", "li"):
        assert Door(stranger).get(f"/handovers/{made.pk}/manifest").status_code in (403, 404)


def test_number_is_entered_on_the_page_and_stands_in_the_custody(scene: Scene, made: OutwardHandover) -> None:
    zhang = Door("zhang")
    [row] = rows(zhang)
    form = zhang.page(row["actions"][0]["form_url"])
    early = {"reference": "SX-0001", "given_at": (now() - timedelta(days=9)).isoformat()}
    assert zhang.post(form["url"], **early).status_code == 403
    told = {"reference": "SX-0001", "given_at": now().isoformat()}
    assert Door("li").post(form["url"], **told).status_code in (403, 404)
    assert zhang.post(form["url"], **told).status_code == 200
    assert OutwardReference.objects.get().reference == "SX-0001"
    [row] = rows(zhang, state="done")
    assert row["reference"] == "SX-0001" and row["actions"] == []
    custody = zhang.page(f"/recordings/{scene.recording.pk}")["custody"]
    assert "SX-0001" in custody[-1]["how"] and "省厅平台" in custody[-1]["place"]


def test_officer_and_device_keeper_see_no_handover(scene: Scene) -> None:
    for who in ("li", "zhao"):
        assert Door(who).get("/handovers").status_code == 404


# ── 工作台 ─────────────────────────────────────────────────


def desk(who: str) -> dict[str, dict[str, Any]]:
    return {item["key"].partition("-")[0]: item for item in Door(who).desk()}


def test_what_is_absent_stands_on_the_desk_of_who_may_explain_it(scene: Scene) -> None:
    with_absences(scene)
    assert "absent" not in desk("zhang")
    tally_absences(at=now())
    item = desk("zhang")["absent"]
    assert "项应有而未有" in item["what"] and item["action"]["to"] == "/absences?state=open"
    assert "absent" not in desk("li")


def test_what_a_station_refused_stands_on_the_desk_of_the_keeper_and_on_its_page(scene: Scene) -> None:
    station, _ = enroll_station(scene.cast.team, by=OPERATOR, name="二号站", at=now())
    for what, hours in (("foreign_medium", 2), ("other_network", 1), ("other_network", 200)):
        enter_report(
            station,
            by=SYSTEM,
            what=what,
            detail=f"{what} 详情",
            noticed_at=now() - timedelta(hours=hours),
            at=now(),
        )
    item = desk("zhao")["station"]
    assert "另有网络出口" in item["title"] and "另有 1 条" in item["what"] and item["number"] == "二号站"
    assert "station" not in desk("li")
    [shown] = [one for one in Door("zhao").page("/stations")["stations"] if one["name"] == "二号站"]
    assert len(shown["reports"]) == 3


def test_what_could_be_handed_over_stands_on_the_desk_once_the_office_hands_over(
    scene: Scene, made: OutwardHandover
) -> None:
    assert "outward" not in desk("zhang")  # All is handed over, and nothing went wrong.
