"""The queue over HTTP: how each recording ends, a shift confirmed at once, a link taken back by two, a part with its place."""

from typing import Any

import pytest

from liuhen.apps.journal.models import Line
from liuhen.apps.oversight.models import Finding
from liuhen.kernel.clock import BEIJING
from liuhen.server.worker import Worker
from tests.interfaces.api.scene import Door, Scene


@pytest.fixture
def zhang(scene: Scene) -> Door:
    """The head of the team, who may link what any of his people recorded."""
    return Door("zhang")


def rows(door: Door, **query: str) -> list[dict[str, Any]]:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    found: list[dict[str, Any]] = door.page(f"/linking?{asked}")["rows"]
    return found


def sheet_of(door: Door) -> dict[str, Any]:
    (shift,) = door.page("/linking/shifts")["shifts"]
    found: dict[str, Any] = door.page(shift["sheet_url"])
    return found


def test_every_recording_ends_as_linked_without_case_or_overdue(scene: Scene, zhang: Door) -> None:
    Worker(scene.office).drain()
    (waiting,) = rows(zhang)
    assert (waiting["id"], waiting["end"]["label"]) == (str(scene.loose.pk), "待关联")
    assert waiting["deadline"]["label"] == "按时关联"
    assert [row["id"] for row in rows(zhang, state="linked")] == [str(scene.recording.pk)]
    Finding.objects.filter(subject=scene.loose.pk, rule="link-recordings").update(
        verdict="不符合", reason="已经逾期"
    )
    (late,) = rows(zhang, state="overdue")
    assert (late["end"]["label"], late["end"]["tone"], late["deadline"]) == ("超期", "breach", None)
    assert "其中 1 段已经超期" in next(i["what"] for i in zhang.desk() if i["key"] == "unlinked")
    form = zhang.page(f"/recordings/{scene.loose.pk}/no-case")
    assert zhang.post(form["url"], why="test", reason="").status_code == 422
    assert zhang.post(form["url"], why="test", reason="早上试机").status_code == 200
    assert (rows(zhang), rows(zhang, state="overdue")) == ([], [])
    (said,) = rows(zhang, state="no-case")
    assert (said["says"], said["actions"]) == ("试录、培训或者演练：早上试机", [])
    page = zhang.page(f"/recordings/{scene.loose.pk}")
    assert (page["head"]["state"]["label"], page["head"]["due"]) == ("无案", None)
    Finding.objects.filter(subject=scene.loose.pk, rule="store-within-24h").update(
        verdict="不符合", reason="迟了 3 小时"
    )
    late = zhang.page(f"/recordings/{scene.loose.pk}")["head"]["due"]
    assert (late["says"], late["tone"]) == ("迟了 3 小时", "breach")  # Belonging nowhere excuses no lateness.
    assert "早上试机" in page["suggestions_says"]
    assert rows(zhang, view="mine") == []
    assert zhang.get("/linking?state=lost").status_code == 400


def test_shift_is_confirmed_in_one_sheet_and_each_link_has_its_own_line(scene: Scene, zhang: Door) -> None:
    Worker(scene.office).drain()
    sheet = sheet_of(zhang)
    (line,) = sheet["lines"]
    assert (line["recording"], line["activity"]) == (str(scene.loose.pk), str(scene.activity.pk))
    assert line["guess"]["reasons"][0]["says"] == "使用人王参加了这次活动"
    before = Line.objects.filter(verb="recording.linked").count()
    ticks = [
        {"recording": line["recording"], "activity": line["activity"]},
        {"recording": line["recording"], "activity": str(scene.case.pk)},
        {"recording": str(scene.case.pk), "activity": line["activity"]},
    ]
    told = zhang.post(sheet["url"], links=ticks).json()
    assert told["said"] == "已关联 1 段，2 段没有关联，原因写在各段之下"
    assert [one["ok"] for one in told["lines"]] == [True, False, False]
    assert "建议已经变了" in told["lines"][1]["says"]
    assert Line.objects.filter(verb="recording.linked").count() == before + 1
    assert zhang.page("/linking/shifts")["shifts"] == []
    assert zhang.post(sheet["url"], links=[]).status_code == 422
    day = scene.start.astimezone(BEIJING).date().isoformat()
    assert zhang.page(f"/linking/sheet?officer={scene.cast.wang.pk}&day={day}")["lines"] == []
    for absurd in ("0001-01-01", "9999-12-31", "x"):
        assert zhang.get(f"/linking/sheet?officer={scene.cast.wang.pk}&day={absurd}").status_code == 422


def test_page_says_where_the_recording_has_lain(scene: Scene) -> None:
    hand, vault = Door("li").page(f"/recordings/{scene.recording.pk}")["custody"]
    assert (hand["place"], hand["digest"]["label"]) == ("执记-01", "未核对摘要")
    assert hand["span"].endswith("何时离开没有记录")
    assert (vault["place"], vault["who"], vault["digest"]["tone"]) == ("证据库（服务器）", "赵", "proven")
    assert vault["span"].endswith("至 今")


def test_officer_sees_his_own_queue_and_a_looker_none(scene: Scene) -> None:
    assert [row["id"] for row in rows(Door("wang"))] == [str(scene.loose.pk)]
    assert rows(Door("li")) == []
    assert Door("zhou").get("/linking").status_code == 404
    assert "linking" not in [a["key"] for a in Door("zhou").page("/recordings")["actions"]]


def test_link_is_taken_back_by_two_people_on_their_pages(scene: Scene, zhang: Door) -> None:
    li, path = Door("li"), f"/recordings/{scene.recording.pk}"
    (link,) = li.page(path)["links"]
    form = li.page(link["actions"][0]["form_url"])
    assert "同意之后才解除" in form["intro"]
    assert li.post(form["url"], reason="").status_code == 422
    assert li.post(form["url"], reason="拍的是邻街").status_code == 200
    (link,) = li.page(path)["links"]
    assert "等第二人" in link["actions"][0]["unavailable"]
    (item,) = (i for i in zhang.desk() if i["title"] == "审批：解除关联")
    decision = zhang.page(item["action"]["form_url"])
    assert scene.recording.number in decision["intro"]
    assert zhang.post(decision["url"], answer="agree").status_code == 200
    Worker(scene.office).drain()
    (link,) = li.page(path)["links"]
    assert (link["actions"], "拍的是邻街" in link["ended"]) == ([], True)
    assert li.page(path)["head"]["state"]["label"] == "待关联"


def test_recording_is_linked_to_two_activities_and_a_part_says_where_it_lies(scene: Scene) -> None:
    li, path = Door("li"), f"/recordings/{scene.recording.pk}"
    plan = {
        "activity_type": "onsite_enforcement", "subject": "邻街检查", "planned_at": scene.start.isoformat(),
        "officers": [str(scene.cast.li.pk)],
    }  # fmt: skip
    other = li.post("/activities", **plan).json()["to"].rsplit("/", 1)[1]

    def linked(**told: Any) -> Any:
        return li.post(f"{path}/links", activity=other, reason="后半段在邻街", part="segment", **told)

    assert sorted(linked().json()["fields"]) == ["begins", "ends"]
    assert list(linked(begins="abc", ends="15").json()["fields"]) == ["begins"]
    assert linked(begins="0:10", ends="9:00").status_code == 403
    assert linked(begins="0:10", ends="15.5", is_evidence="yes").status_code == 200
    whole, part = li.page(path)["links"]
    assert (whole["part"]["label"], whole["span"], whole["case"]["label"]) == (
        "全段",
        None,
        scene.case.number,
    )
    assert (part["part"]["label"], part["span"]) == ("部分", {"start_seconds": 10.0, "end_seconds": 15.5})
    assert "后半段在邻街；作为证据" in part["says"]


def test_recording_goes_straight_to_a_case_from_either_page_and_back_by_two(
    scene: Scene, zhang: Door
) -> None:
    Worker(scene.office).drain()
    path, case = f"/recordings/{scene.loose.pk}", f"/cases/{scene.case.pk}"
    assert "link-case" in [action["key"] for action in zhang.page(path)["head"]["actions"]]
    form = zhang.page(f"{path}/case-link")
    chosen = form["fields"][0]
    assert chosen["name"] == "case"
    assert str(scene.case.pk) in [option["value"] for option in chosen["options"]]
    (suggested,) = zhang.page(f"{chosen['options_url']}&q={scene.case.number}")
    assert suggested == chosen["options"][0]
    assert "录制时正在办理" in suggested["hint"] or "使用人" in suggested["hint"]
    assert Door("zhou").get(chosen["options_url"]).status_code in (403, 404)
    assert "本人承办" in Door("li").page("/options/cases?q=占用")[0]["hint"]
    assert zhang.page("/options/cases?q=占用")[0]["value"] == str(scene.case.pk)
    told = {"case": str(scene.case.pk), "reason": "门口监控"}
    assert zhang.post(form["url"], case=str(scene.case.pk), reason="").status_code == 422
    assert sorted(zhang.post(form["url"], **told, part="segment").json()["fields"]) == ["begins", "ends"]
    offered = zhang.page(f"{case}/recording-link")
    assert [one["value"] for one in offered["fields"][0]["options"]] == [str(scene.loose.pk)]
    assert zhang.post(offered["url"], recording=str(scene.loose.pk), reason="门口监控").status_code == 200
    assert zhang.post(form["url"], **told).status_code == 403
    assert [row["id"] for row in zhang.page(case)["recordings"]] == [str(scene.loose.pk)]
    assert rows(zhang) == []
    done = next(row for row in rows(zhang, state="linked") if row["id"] == str(scene.loose.pk))
    assert done["says"].startswith(scene.case.number)
    page = zhang.page(path)
    (link,) = page["links"]
    assert (link["activity"], link["case"]["label"], "门口监控" in link["says"]) == (
        None,
        scene.case.number,
        True,
    )
    assert page["head"]["state"]["label"] != "待关联"
    register = zhang.page("/registers/case-association")
    assert scene.case.number in str(register)
    wang = Door("wang")
    undo = wang.page(link["actions"][0]["form_url"])
    assert scene.case.number in undo["intro"]
    assert wang.post(undo["url"], reason="不是本案").status_code == 200
    (item,) = (i for i in zhang.desk() if i["title"] == "审批：解除关联")
    decision = zhang.page(item["action"]["form_url"])
    assert scene.case.number in decision["intro"]
    assert zhang.post(decision["url"], answer="agree").status_code == 200
    Worker(scene.office).drain()
    assert [row["id"] for row in rows(zhang)] == [str(scene.loose.pk)]
    assert zhang.page(case)["recordings"] == []
    assert Door("zhou").get(f"{path}/case-link").status_code in (403, 404)
