"""What people do on the pages, each done once and refused once on the same set-up."""

from datetime import timedelta
from typing import Any

import pytest

from liuhen.apps.casework.models import Activity, Link
from liuhen.apps.devices.models import Device, Loan
from liuhen.apps.documents.models import Document
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Line
from liuhen.apps.oversight.models import Finding
from liuhen.kernel.clock import now
from liuhen.server.worker import Worker
from liuhen.server.works import works
from tests.interfaces.api.scene import Door, Scene, with_papers


def drain(scene: Scene) -> None:
    Worker(scene.office).drain(leave=("recording.inspect",))


def verbs(count: int) -> list[str]:
    return list(Line.objects.order_by("-number").values_list("verb", flat=True)[:count])[::-1]


def test_keeper_hands_out_only_after_every_line_of_the_check(scene: Scene) -> None:
    keeper, spare = Door("zhao"), scene.cast.spare
    form = keeper.page(f"/devices/{spare.pk}/hand-out")
    lines = next(f for f in form["fields"] if f["name"] == "checks")["options"]
    told = {
        "officer": str(scene.cast.wang.pk),
        "purpose": "夜查",
        "due_at": (now() + timedelta(hours=8)).isoformat(),
    }
    failing = {**{line["value"]: "ok" for line in lines}, lines[0]["value"]: "bad"}
    refused = keeper.post(f"/devices/{spare.pk}/loans", **told, checks=failing)
    assert refused.status_code == 403
    assert lines[0]["label"] in refused.json()["why"]
    assert refused.json()["cite"]["article"]
    done = keeper.post(f"/devices/{spare.pk}/loans", **told, checks={line["value"]: "ok" for line in lines})
    assert done.status_code == 200, done.content.decode()
    assert done.json()["proof"]["what"] == "设备领用"
    assert Device.objects.get(pk=spare.pk).state == Device.State.ISSUED
    assert Door("li").post(f"/devices/{spare.pk}/loans", **told, checks={}).status_code == 403


def test_keeper_takes_back_once(scene: Scene) -> None:
    keeper, path = Door("zhao"), f"/devices/{scene.device.pk}/return"
    assert "李" in keeper.page(path)["intro"]
    assert keeper.post(path, content="巡查录像一段").status_code == 200
    assert Loan.objects.get(pk=scene.loan.pk).content == "巡查录像一段"
    assert keeper.post(path, content="").status_code == 404


def test_officer_plans_notes_declares_and_closes(scene: Scene) -> None:
    li = Door("li")
    form = li.page("/forms/activity")
    type_ = next(f for f in form["fields"] if f["name"] == "activity_type")["options"][0]["value"]
    body = {
        "activity_type": type_,
        "subject": "夜间巡查",
        "planned_at": now().isoformat(),
        "officers": [str(scene.cast.li.pk)],
    }
    assert li.post("/activities", **{**body, "activity_type": "none"}).status_code == 400
    assert li.post("/activities", **{**body, "subject": " "}).json()["fields"] == {"subject": "此项必填。"}
    made = li.post("/activities", **body).json()
    path = made["to"]
    assert li.page(path)["head"]["due"]["says"] == "请登记到达和开始的时间"
    declaration = li.page(f"{path}/declaration")["fields"][0]
    assert declaration["value"] == str(scene.device.pk)
    assert li.post(f"{path}/declarations", device=declaration["value"]).status_code == 200
    assert li.post(f"{path}/declarations", device=declaration["value"]).status_code == 403
    assert li.post(f"{path}/declarations", device=str(scene.cast.spare.pk)).status_code == 422
    assert li.post(f"{path}/close").json()["why"] == "活动尚未结束，不能办结"
    at = now()
    wrong = li.send(
        "PATCH", path, {"arrived_at": at.isoformat(), "ended_at": (at - timedelta(hours=1)).isoformat()}
    )
    assert (wrong.status_code, wrong.json()["why"]) == (403, "结束时间早于到达时间")
    right = li.send(
        "PATCH", path, {"arrived_at": (at - timedelta(hours=1)).isoformat(), "ended_at": at.isoformat()}
    )
    assert right.status_code == 200, right.content.decode()
    assert li.post(f"{path}/close").status_code == 200
    assert li.send("PATCH", path, {"announced": "yes"}).status_code == 403
    assert verbs(2) == ["activity.noted", "activity.closed"]


def test_note_answers_yes_no_and_empty_as_they_were_meant(scene: Scene) -> None:
    li, path = Door("li"), f"/activities/{scene.activity.pk}"
    lines = [o["value"] for o in li.page(f"{path}/content")["fields"][0]["options"]]
    assert (
        li.send(
            "PATCH", path, {"checklist": lines[:2], "objected": "yes", "not_announced_reason": None}
        ).status_code
        == 200
    )
    row = Activity.objects.get(pk=scene.activity.pk)
    assert (row.checklist, row.objected, row.not_announced_reason, row.announced) == (
        lines[:2],
        True,
        "",
        True,
    )
    assert li.send("PATCH", path, {"checklist": ["none"]}).status_code == 400
    assert li.send("PATCH", path, {}).json()["why"] == "没有填写任何内容"


def test_colleague_of_the_same_unit_sees_but_may_not_write(scene: Scene) -> None:
    keeper = Door("zhao")
    path = f"/activities/{scene.activity.pk}"
    assert keeper.page(path)["head"]["actions"] == []
    assert keeper.send("PATCH", path, {"announced": "no"}).status_code == 403
    assert verbs(1) == ["permission.refused"]


def test_suggestion_is_linked_by_one_click_with_its_reasons(scene: Scene) -> None:
    wang = Door("wang")
    _inspect(scene, scene.loose)
    page = wang.page(f"/recordings/{scene.loose.pk}")
    best = page["suggestions"][0]
    assert best["number"] == scene.activity.number
    act = best["action"]
    done = wang.post(act["url"], **act["body"])
    assert done.status_code == 200, done.content.decode()
    link = Link.objects.get(recording=scene.loose)
    assert link.reasons == [reason["says"] for reason in best["reasons"]]
    assert wang.post(act["url"], **act["body"]).status_code in (403, 422)


def test_linking_by_hand_asks_for_a_reason_and_the_right(scene: Scene) -> None:
    wang, path = Door("wang"), f"/recordings/{scene.loose.pk}"
    chosen = wang.page("/options/activities", q="占道")[0]["value"]
    assert wang.page("/options/activities", q="没有这样的") == []
    assert Door("li").post(f"{path}/links", activity=chosen, reason="我看像").status_code == 403
    Recording.objects.filter(pk=scene.loose.pk).update(started_at=None, ended_at=None)
    assert wang.post(f"{path}/links", activity=chosen).json()["fields"] == {
        "reason": "请写明凭什么认定属于这次活动。"
    }
    assert wang.post(f"{path}/links", activity=chosen, reason="画面中有门牌").status_code == 200
    assert Link.objects.get(recording=scene.loose).reasons == ["画面中有门牌"]


def test_keeper_identifies_a_recording_in_quarantine_and_then_it_may_be_linked(scene: Scene) -> None:
    keeper, path = Door("zhao"), f"/recordings/{scene.strange.pk}"
    assert keeper.page(path)["head"]["state"]["label"] == "待查明来源"
    told = {"officer": str(scene.cast.li.pk), "device": str(scene.cast.spare.pk)}
    assert Door("li").post(f"{path}/identification", **told).status_code == 403
    sun = {"officer": str(scene.people["sun"].pk)}
    assert list(keeper.post(f"{path}/identification", **sun).json()["fields"]) == ["officer"]
    assert keeper.post(f"{path}/identification", **told).status_code == 200
    assert Door("li").page(path)["head"]["state"]["label"] != "待查明来源"
    assert keeper.post(f"{path}/identification", **told).json()["why"].endswith("没有疑问")


def test_late_note_is_kept_and_its_time_checked(scene: Scene) -> None:
    li, path = Door("li"), f"/recordings/{scene.recording.pk}"
    form = li.page(f"{path}/late-note")
    assert [f["name"] for f in form["fields"]] == ["circumstance", "returned_at", "reported", "reason"]
    late = (now() + timedelta(days=1)).isoformat()
    assert li.post(f"{path}/late-notes", reason="路远", returned_at=late).status_code == 403
    assert li.post(f"{path}/late-notes", reason="路远", circumstance="moon").status_code == 400
    assert (
        li.post(f"{path}/late-notes", reason="路远", circumstance="remote", reported="yes").status_code == 200
    )
    assert any(fact["label"] == "迟交说明" for fact in li.page(path)["facts"])
    assert Door("wang").post(f"{path}/late-notes", reason="路远").status_code == 403


def test_interruption_is_entered_for_exactly_a_missing_stretch(scene: Scene) -> None:
    li, path = Door("li"), f"/activities/{scene.activity.pk}"
    timeline = li.page(path)["timeline"]
    missing = [span for span in timeline["summary"] if span["kind"] == "missing"]
    options = li.page(f"{path}/interruption")["fields"]
    spans, causes = options[0]["options"], options[1]["options"]
    assert len(spans) == len(missing) == 1
    told: dict[str, Any] = {"cause": causes[0]["value"], "resumed": "no"}
    start, end = spans[0]["value"].split("/")
    wider = f"{(scene.start - timedelta(hours=1)).isoformat()}/{end}"
    assert list(li.post(f"{path}/interruptions", span=wider, **told).json()["fields"]) == ["span"]
    assert (
        li.post(f"{path}/interruptions", span=spans[0]["value"], **{**told, "cause": "none"}).status_code
        == 400
    )
    went_on = li.post(f"{path}/interruptions", span=spans[0]["value"], **{**told, "resumed": "yes"})
    assert list(went_on.json()["fields"]) == ["resumed"]
    assert li.post(f"{path}/interruptions", span=spans[0]["value"], **told).status_code == 200
    page = li.page(path)
    assert {span["kind"] for span in page["timeline"]["summary"]} == {"recorded", "missing"}
    assert "断开" in page["explanations"][0]["says"]
    assert "登记中断" not in {action["label"] for action in page["head"]["actions"]}
    assert li.page(f"{path}/interruption")["fields"][0]["options"] == []
    stop = f"/interruptions/{page['explanations'][0]['id']}"
    assert [f["name"] for f in li.page(f"{stop}/completion")["fields"]] == ["reported_at"]
    assert li.post(f"{stop}/completions", reported_at=end).status_code == 200
    assert li.post(f"{stop}/completions", reported_at=end).status_code == 403
    assert Door("wang").post(f"{path}/interruptions", span=f"{start}/{end}", **told).json()["fields"] == {
        "span": "请从时间轴上缺失的时段中选择。"
    }


def test_statement_is_written_signed_by_two_locked_and_attached(scene: Scene) -> None:
    with_papers(scene)
    li, wang, path = Door("li"), Door("wang"), f"/documents/{scene.document.pk if scene.document else ''}"
    least = scene.cast.law.interruption.signatures if scene.cast.law.interruption else 1
    assert li.post(f"{path}/finalisation").status_code == 403
    assert li.get(f"{path}/print").status_code == 403
    assert li.post(f"{path}/signatures").status_code == 200
    assert li.post(f"{path}/signatures").status_code == 403
    assert (
        li.send(
            "PATCH", path, {"matter": "x", "activity": "x", "span": "x", "cause": "x", "facts": "改"}
        ).status_code
        == 403
    )
    if least > 1:
        assert any("签名" in one for one in li.page(path)["lacking"])
        assert wang.post(f"{path}/signatures").status_code == 200
    assert wang.post(f"{path}/finalisation").status_code == 403
    assert li.post(f"{path}/finalisation").status_code == 200
    printed = li.get(f"{path}/print")
    assert printed.content.startswith(b"%PDF-")
    assert printed["Content-Disposition"].startswith("attachment")
    assert scene.interruption is not None
    scene.interruption.refresh_from_db()
    assert scene.interruption.statement_id is not None
    assert li.post(f"{path}/versions").json()["to"] != path
    assert li.page("/documents")["rows"][0]["state"]["label"] == "草稿"


def test_view_is_asked_for_approved_by_the_head_and_only_then_opened(scene: Scene) -> None:
    wang, zhang, path = Door("wang"), Door("zhang"), f"/recordings/{scene.recording.pk}"
    assert wang.page(path)["track"]["unavailable"]["do"].startswith("如工作需要")
    assert wang.post(f"{path}/viewings").status_code == 403
    assert wang.post(f"{path}/viewing-requests", reason="  ").status_code == 422
    assert wang.post(f"{path}/viewing-requests", reason="核对经过").status_code == 200
    assert "正在审批" in wang.page(path)["track"]["unavailable"]["why"]
    item = next(i for i in zhang.desk() if i["title"] == "审批：调阅音像")
    form = zhang.page(item["action"]["form_url"])
    assert scene.recording.number in form["intro"]
    assert wang.get(item["action"]["form_url"]).status_code == 200  # He may read his own request …
    assert wang.post(form["url"], answer="agree").status_code == 403  # … and never decide it.
    assert Door("zhou").get(item["action"]["form_url"]).status_code == 404
    assert zhang.post(form["url"], answer="return").json()["why"] == "退回需写明理由"
    assert zhang.post(form["url"], answer="agree").status_code == 200
    assert zhang.post(form["url"], answer="agree").status_code == 403
    opened = wang.post(f"{path}/viewings")
    assert opened.status_code == 200
    assert opened.json()["proof"]["what"] == "查看音像"
    assert Door("chen").post(f"{path}/viewings").status_code == 403


def test_each_of_two_who_asked_gets_his_own_grant(scene: Scene) -> None:
    asking, zhang, path = [Door("wang"), Door("gu")], Door("zhang"), f"/recordings/{scene.recording.pk}"
    for door in asking:
        assert door.post(f"{path}/viewing-requests", reason="核对经过").status_code == 200
    for item in [i for i in zhang.desk() if i["title"] == "审批：调阅音像"]:
        assert zhang.post(item["action"]["form_url"], answer="agree").status_code == 200
    assert [door.post(f"{path}/viewings").status_code for door in asking] == [200, 200]


def test_request_is_taken_back_by_its_maker_alone(scene: Scene) -> None:
    wang, path = Door("wang"), f"/recordings/{scene.recording.pk}"
    wang.post(f"{path}/viewing-requests", reason="核对经过")
    item = next(i for i in Door("zhang").desk() if i["title"] == "审批：调阅音像")
    url = item["action"]["form_url"].replace("/decision", "/withdrawal")
    assert Door("zhang").post(url).status_code == 403
    assert wang.post(url).status_code == 200
    assert wang.post(url).status_code == 403


def test_case_goes_on_stage_by_stage(scene: Scene) -> None:
    li = Door("li")
    made = li.post("/cases", category="penalty", start_mode="ex_officio", cause="占道").json()
    path = made["to"]
    assert li.post(f"{path}/stage", to="archived").status_code == 403
    assert [o["value"] for o in li.page(f"{path}/stage")["fields"][0]["options"]] == [
        "investigation",
        "not_started",
        "transferred",
    ]
    gates = {gate["label"]: gate["lines"] for gate in li.page(path)["gates"]}
    for line in gates["调查取证"]:
        assert (line["who"], line["cite"]["article"][:2], line["action"]["form_url"]) == (
            "李",
            "第六",
            f"{path}/contents",
        )
    if gates["调查取证"]:
        refused = li.post(f"{path}/stage", to="investigation", note="立案")
        assert (refused.status_code, "执法事项来源" in refused.json()["why"]) == (403, True)
        told = {"contents": {"source": "recorded", "reason": "recorded"}, "note": "见立案审批表"}
        assert li.send("PATCH", f"{path}/contents", told).status_code == 200
    assert li.post(f"{path}/stage", to="investigation", note="立案").status_code == 200
    stages = li.page(path)["stages"]
    assert [s["state"] for s in stages] == ["done", "current", "ahead", "ahead", "ahead", "ahead"]
    assert Door("wang").post(f"{path}/stage", to="review").status_code == 403


def test_claim_of_a_ground_the_pack_does_not_know_is_refused(scene: Scene) -> None:
    li, path = Door("li"), f"/activities/{scene.activity.pk}"
    assert li.post(f"{path}/exemptions", code="moon", reason="x", basis="x").status_code == 403
    grounds = li.page(f"{path}/exemption")["fields"][0]["options"]
    if grounds:
        told = {"code": grounds[0]["value"], "reason": "现场爆炸危险", "basis": "应急通知"}
        assert li.post(f"{path}/exemptions", **told).status_code == 200
        assert li.post(f"{path}/exemptions", **told).status_code == 403
        assert any(e["title"].startswith("不予记录") for e in li.page(path)["explanations"])


def test_device_is_entered_once(scene: Scene) -> None:
    keeper = Door("zhao")
    told = {"number": "执记-09", "serial": "7000009", "device_type": "body_recorder"}
    assert keeper.post("/devices", **told).status_code == 200
    assert keeper.post("/devices", **told).status_code == 403
    assert Door("li").post("/devices", **told).status_code == 403


def test_finding_is_told_with_article_facts_and_the_way_to_mend_it(scene: Scene) -> None:
    drain(scene)
    rail = Door("li").page(f"/activities/{scene.activity.pk}")["rail"]
    told = next(f for f in rail["findings"] if f["verdict"]["label"] in ("不符合", "未到期"))
    assert told["cite"]["article"].startswith("第")
    assert told["asks"]
    assert told["because"]
    assert told["facts"]
    assert told["mends"]
    reader = Door("chen").page(f"/activities/{scene.activity.pk}")["rail"]
    assert [f["title"] for f in reader["findings"]] == [f["title"] for f in rail["findings"]]
    assert all(not f["mends"] for f in reader["findings"])


@pytest.mark.parametrize(
    "login", ["li", "zhang", "zhao", "chen", "zhou", "sys", "sec", "aud", "sun", "he", "qian", "zhou2"]
)
def test_everybody_has_a_workbench(scene: Scene, login: str) -> None:
    page = Door(login).page("/workbench")
    assert page["greeting"]
    assert page["first"] is not None or page["teach"] is not None


def _inspect(scene: Scene, recording: Recording) -> None:
    works(scene.office)["recording.inspect"](recording.pk)


def test_inspection_record_begins_with_what_is_known_and_is_explained_afterwards(scene: Scene) -> None:
    li, path = Door("li"), f"/activities/{scene.activity.pk}/records/inspection-record"
    form = li.page(path)
    fields = {f["name"]: f for f in form["fields"]}
    assert fields["begun"]["kind"] == "moment"
    assert fields["place"]["value"] == scene.activity.place_text
    assert "李" in fields["officers"]["value"]
    body = {
        "activity": "一", "begun": now().isoformat(), "ended": (now() + timedelta(minutes=5)).isoformat(), "place": "路",
        "party": "某店", "officers": "李、王", "notice": "已出示证件", "findings": "门前堆物", "present": None,
    }  # fmt: skip
    done = li.post(path, **body)
    assert done.status_code == 200, done.content.decode()
    paper = done.json()["to"]
    page = li.page(paper)
    assert {"检查开始", "检查情况"} <= {value["label"] for value in page["values"]}
    assert any("需 2 名检查人员签名" in one for one in page["lacking"])
    listed = li.page(f"/activities/{scene.activity.pk}")
    assert any(one["says"] == "门前堆物" for one in listed["explanations"])
    about = li.page(f"{paper}/statement")
    assert "《现场检查（勘验）笔录》的说明" in next(
        f["value"] for f in about["fields"] if f["name"] == "matter"
    )
    told = {f["name"]: f["value"] or "说明" for f in about["fields"]}
    assert li.post(f"{paper}/statements", **told).status_code == 200
    assert li.post(path, begun="gestern").status_code in (400, 422)
    assert li.get(f"/activities/{scene.activity.pk}/records/statement").status_code == 404


def test_record_whose_times_are_not_those_of_the_film_is_named_on_its_page(scene: Scene) -> None:
    """Where the law in force asks for it; the finding stands in the rail with what to do."""
    li = Door("li")
    body = {"begun": now().isoformat(), "ended": now().isoformat()}
    paper = li.post(f"/activities/{scene.activity.pk}/records/interview", **body).json()["to"]
    drain(scene)
    found = [one for one in li.page(paper)["rail"]["findings"] if one["title"] == "时间一致"]
    asked = any(rule.id == "times-agree" for pack in scene.cast.law.packs for rule in pack.rules)
    assert bool(found) == asked


def test_breach_on_a_draft_comes_before_its_signatures(scene: Scene) -> None:
    """Whoever signs first would have to explain afterwards: the page offers the correction, and later the statement."""
    li = Door("li")
    body = dict.fromkeys(("activity", "place", "party", "officers", "notice", "content"), "x")
    told = li.post(
        f"/activities/{scene.activity.pk}/records/interview",
        **body, begun=now().isoformat(), ended=now().isoformat(),
    ).json()  # fmt: skip
    row = Document.objects.get(pk=told["to"].rpartition("/")[2])
    assert li.page(told["to"])["head"]["due"]["action"]["key"] == "sign"
    Finding.objects.create(
        agency=scene.cast.agency, unit=scene.cast.team, subject_kind=Document.kind(), subject=row.pk, rule="times-agree",
        rule_kind="same_times", pack="fuzhou@1", clause="FZH-16.p3b", regulation="甲", article="第十六条第三款", verdict="不符合",
        asks="一致", reason="开始相差 5 分（第十六条第三款）。", facts={}, judged_at=now(),
    )  # fmt: skip
    due = li.page(told["to"])["head"]["due"]
    assert (due["tone"], due["says"], due["action"]["key"]) == ("breach", "开始相差 5 分。", "fill")
    assert li.post(f"{told['to']}/signatures").status_code == 200
    assert li.page(told["to"])["head"]["due"]["action"]["key"] == "statement"
