"""Documents over HTTP: written from a case's page, signed by everybody in turn, refused, marked, locked and printed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from liuhen.apps.casework import actions as casework
from liuhen.apps.documents.models import Document
from liuhen.apps.registry import actions as registry
from liuhen.engines.forms import Form, load_forms
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now
from liuhen.server.paths import data_folder
from tests.cast import LONG_AGO, as_actor
from tests.interfaces.api.scene import Door, Scene

FORMS = load_forms(data_folder("forms"))
INK = "M 10 10 L 80 60"
_HEADS = ("zhang", "wang")
# The steps of the decision are locked in their order; everything else in any.
_STEPS = ("proposal", "intended-decision", "legal-review", "discussion", "internal-approval")


def entered(fields: list[dict[str, Any]]) -> dict[str, Any]:
    """A form filled in by hand: what it offers stays, the rest by its kind."""

    def one(field: dict[str, Any]) -> Any:
        if field["value"]:
            return field["value"]
        by_kind = {"moment": now().isoformat(), "table": "铁架\t大\t3\n遮阳棚\t小\t1"}
        return field["options"][0]["value"] if field["options"] else by_kind.get(field["kind"], "甲")

    return {field["name"]: one(field) for field in fields}


def written(door: Door, path: str) -> str:
    form = door.page(path)
    done = door.post(form["url"], **entered(form["fields"]))
    assert done.status_code == 200, done.content.decode()
    return str(done.json()["to"])


def signed_by_all(doors: Mapping[str, Door], form: Form, paper: str) -> None:
    """Everybody in whose place it is, each by his own account or on the officer's screen."""
    who = {"officer": ("li", "wang"), "server": ("li",), "giver": ("li",), "head": _HEADS, "legal": ("chen",)}
    for slot in form.signature:
        for login in who.get(slot.role, ()):
            for _ in range(2):  # Whoever has two places signs in both.
                doors[login].post(f"{paper}/signatures")
        if slot.role not in who:
            means = "seal" if slot.role == "agency" else "sign"
            body = {"role": slot.role, "name": f"钱某{slot.role}", "means": means, "ink": INK}
            told = doors["li"].post(f"{paper}/hand", **body)
            assert told.status_code == 200, told.content.decode()


def test_every_form_is_written_signed_locked_and_printed_from_a_page(scene: Scene) -> None:
    """One office writes all of them in one case; an office of ten needs no other people than these."""
    registry.appoint(
        scene.cast.wang, by=OPERATOR, role="deputy_head", unit=scene.cast.team, since=LONG_AGO, at=LONG_AGO
    )
    doors = {login: Door(login) for login in ("li", "wang", "zhang", "chen")}
    for name in (*_STEPS, *(name for name in FORMS if name not in _STEPS)):
        form = FORMS[name]
        if "case" in form.about and name != "statement":
            path = f"/cases/{scene.case.pk}/papers/{name}"
        elif "activity" in form.about:
            path = f"/activities/{scene.activity.pk}/" + (
                "statement" if name == "statement" else f"records/{name}"
            )
        else:
            path = f"/recordings/{scene.recording.pk}/papers/{name}"
        author = doors["chen" if form.writer else "li"]
        paper = written(author, path)
        signed_by_all(doors, form, paper)
        page = doors["li"].page(paper)
        assert page["lacking"] == [], (name, page["lacking"])
        assert {s["label"] for s in page["signatures"]} == {slot.label for slot in form.signature}, name
        assert author.post(f"{paper}/finalisation").status_code == 200, name
        assert doors["li"].get(f"{paper}/print").content.startswith(b"%PDF-"), name
    shelf = [p for stage in doors["li"].page(f"/cases/{scene.case.pk}")["shelf"] for p in stage["papers"]]
    assert {p["title"]: len(p["written"]) for p in shelf} == {
        f.title: 1 for f in FORMS.values() if "case" in f.about and f.id != "statement"
    }


@pytest.mark.clause("SUB-8.3", "SUB-8.4")
def test_a_step_of_the_decision_is_not_locked_before_those_that_come_first(scene: Scene) -> None:
    doors = {login: Door(login) for login in ("li", "wang", "zhang", "chen")}
    paper = written(doors["chen"], f"/cases/{scene.case.pk}/papers/legal-review")
    signed_by_all(doors, FORMS["legal-review"], paper)
    done = doors["chen"].post(f"{paper}/finalisation")
    if not any(
        rule.kind == "sequence" and str(rule.judge.reads[0]) == "case.steps"
        for pack in scene.cast.law.packs
        for rule in pack.rules
    ):
        assert done.status_code == 200
        return
    assert (done.status_code, "还没有办理" in done.json()["why"], done.json()["cite"]["article"][:3]) == (
        403,
        True,
        "第八条",
    )


def test_shelf_offers_the_forms_of_each_stage_and_nothing_to_who_may_not_write(scene: Scene) -> None:
    stages = Door("li").page(f"/cases/{scene.case.pk}")["shelf"]
    assert [stage["label"] for stage in stages] == [
        "启动",
        "调查取证",
        "审查决定",
        "送达执行",
        "各环节都可写",
    ]
    assert [stage["current"] for stage in stages] == [True, False, False, False, False]
    without = [paper["title"] for stage in stages for paper in stage["papers"] if not paper["action"]]
    assert without == ["法制审核意见书"]
    legal = Door("chen").page(f"/cases/{scene.case.pk}")["shelf"]
    assert [paper["title"] for stage in legal for paper in stage["papers"] if paper["action"]] == without
    others = Door("zhou").page(f"/cases/{scene.case.pk}")["shelf"]
    assert not any(paper["action"] for stage in others for paper in stage["papers"])
    assert Door("li").get(f"/cases/{scene.case.pk}/papers/interview").status_code == 404


def test_the_opinion_of_the_review_is_written_by_a_reviewer_who_does_not_handle_the_case(
    scene: Scene,
) -> None:
    chen, path = Door("chen"), f"/cases/{scene.case.pk}/papers/legal-review"
    for login in ("li", "zhang", "zhou"):
        assert Door(login).get(path).status_code == 404, login  # 没有权限的表，看上去和没有一样
        assert Door(login).post(path, result="agreed").status_code == 403, login
    paper = written(chen, path)
    assert Door("li").post(f"{paper}/finalisation").status_code == 403
    assert Door("li").send("PATCH", paper, {"opinion": "同意"}).status_code == 403
    assert not [
        a for a in Door("li").page(paper)["head"]["actions"] if a["key"] in ("fill", "sign", "finalise")
    ]
    assert chen.send("PATCH", paper, entered(chen.page(f"{paper}/content")["fields"])).status_code == 200
    type(scene.case).objects.filter(pk=scene.case.pk).update(second_officer=scene.cast.chen)
    told = chen.post(path, **entered(chen.page(path)["fields"])).json()
    assert (told["status"], "承办本案的人不能写" in told["why"]) == (403, True)
    assert not [a for a in chen.page(paper)["head"]["actions"] if a["key"] == "sign"]


def test_a_case_lies_on_the_reviewers_desk_when_its_turn_has_come(scene: Scene) -> None:
    registry.appoint(
        scene.cast.wang, by=OPERATOR, role="deputy_head", unit=scene.cast.team, since=LONG_AGO, at=LONG_AGO
    )
    doors = {login: Door(login) for login in ("li", "wang", "zhang", "chen")}
    type(scene.case).objects.filter(pk=scene.case.pk).update(stage="review")
    for number in range(12):  # Older ones that lack their proposal, more than a desk shows, hide nothing.
        waiting = casework.open_case(
            scene.cast.team, by=as_actor(scene.cast.li), category="penalty", start_mode="ex_officio", cause=f"旧案{number}",
            officer=scene.cast.li, at=scene.start - timedelta(days=9),
        )  # fmt: skip
        type(waiting).objects.filter(pk=waiting.pk).update(stage="review")

    def lies() -> list[str]:
        return [
            one["number"] for one in doors["chen"].page("/workbench")["decide"] if one["title"] == "法制审核"
        ]

    assert lies() == []
    for name in ("proposal", "intended-decision", "legal-review"):
        author = doors["chen" if FORMS[name].writer else "li"]
        if name == "legal-review":
            assert lies() == [scene.case.number]
            assert author.page("/workbench")["first"]["says"].startswith("法制审核")
        paper = written(author, f"/cases/{scene.case.pk}/papers/{name}")
        signed_by_all(doors, FORMS[name], paper)
        assert author.post(f"{paper}/finalisation").status_code == 200, name
    assert lies() == []


def test_refusal_is_noted_in_place_of_the_signature_and_shown(scene: Scene) -> None:
    li, form = Door("li"), FORMS["interview"]
    paper = written(li, f"/activities/{scene.activity.pk}/records/interview")
    asked = li.page(f"{paper}/refusal")
    assert [f["name"] for f in asked["fields"]] == ["role", "name", "reason"]
    assert asked["fields"][0]["value"] == "party"
    assert li.post(f"{paper}/refusal", role="party", name="钱某", reason="阅后拒绝").status_code == 200
    assert li.post(f"{paper}/hand", role="party", name="钱某", means="sign", ink=INK).status_code == 403
    for login in ("li", "wang"):
        assert Door(login).post(f"{paper}/signatures").status_code == 200
    page = li.page(paper)
    (noted,) = [one for one in page["signatures"] if one["declined"]]
    assert (noted["label"], noted["name"], "阅后拒绝" in noted["note"]) == (
        form.signature[1].label,
        "钱某",
        True,
    )
    assert page["lacking"] == []


def test_correction_waits_for_its_mark_and_the_page_says_so(scene: Scene) -> None:
    li = Door("li")
    paper = written(li, f"/activities/{scene.activity.pk}/records/interview")
    assert li.post(f"{paper}/mark", sort="correction").json()["fields"] == {"says": "请写明改动了什么。"}
    assert li.post(f"{paper}/mark", sort="correction", says="“三”改为“二”").status_code == 200
    (bare,) = li.page(paper)["marks"]
    assert (bare["label"], bare["name"], bare["ink"]) == ("“三”改为“二”", "尚未捺印", "")
    asked = {f["name"]: f for f in li.page(f"{paper}/mark")["fields"]}
    answers = asked["answers"]["options"][0]["value"]
    assert "answers" in li.post(f"{paper}/mark", sort="answer", ink=INK, name="钱某").json()["fields"]
    done = li.post(f"{paper}/mark", sort="answer", answers=answers, ink=INK, name="钱某", means="fingerprint")
    assert done.status_code == 200, done.content.decode()
    (marked,) = li.page(paper)["marks"]
    assert (marked["name"], marked["ink"].startswith("<svg")) == ("钱某", True)
    assert li.post(f"{paper}/mark", sort="straddle").status_code == 403
    assert li.post(f"{paper}/mark", sort="straddle", ink="<svg>", name="钱").status_code == 400


def test_contents_of_a_case_are_entered_line_by_line(scene: Scene) -> None:
    li, path = Door("li"), f"/cases/{scene.case.pk}"
    form = li.page(f"{path}/contents")
    fields = {f["name"]: f for f in form["fields"]}
    if "contents" not in fields:  # The law in force asks for no contents line by line.
        assert li.page(path)["contents"] == []
        return
    codes = [option["value"] for option in fields["contents"]["options"]]
    assert li.send("PATCH", f"{path}/contents", {"contents": {codes[0]: "absent"}}).status_code == 403
    strange = li.send("PATCH", f"{path}/contents", {"contents": {"x": "absent"}, "note": "无"})
    assert list(strange.json()["fields"]) == ["contents"]
    assert list(li.send("PATCH", f"{path}/contents", {"occurred": ["x"]}).json()["fields"]) == ["occurred"]
    done = li.send("PATCH", f"{path}/contents", {"contents": {codes[0]: "absent"}, "note": "卷内第 2 页"})
    assert done.status_code == 200, done.content.decode()
    told = [line for line in li.page(path)["contents"] if line["value"] == "没有发生"]
    assert len(told) == 1
    assert "卷内第 2 页" in told[0]["note"]
    if "occurred" in fields:
        word = fields["occurred"]["options"][0]["value"]
        assert li.send("PATCH", f"{path}/contents", {"occurred": [word]}).status_code == 200
        again = {f["name"]: f for f in li.page(f"{path}/contents")["fields"]}
        assert again["occurred"]["value"] == [word]
        assert li.send("PATCH", f"{path}/contents", {"occurred": []}).status_code == 200


def test_change_of_content_asks_again_for_every_kind_of_field(scene: Scene) -> None:
    li = Door("li")
    paper = written(li, f"/cases/{scene.case.pk}/papers/service-receipt")
    kinds = {f["name"]: f["kind"] for f in li.page(f"{paper}/content")["fields"]}
    assert (kinds["method"], kinds["time"], kinds["explanation"]) == ("select", "moment", "long")
    goods = written(li, f"/cases/{scene.case.pk}/papers/item-list")
    page = li.page(goods)
    assert page["tables"][0]["rows"][0][:3] == ["铁架", "大", "3"]
    row = Document.objects.get(pk=goods.rpartition("/")[2])
    assert row.values["items"].startswith("铁架\t大")


@pytest.mark.clause("TNH-17")
def test_note_on_filmed_evidence_names_maker_extractor_and_time(scene: Scene) -> None:
    """Written about the recording itself, begun with what is known of it, signed and locked like any paper."""
    li, path = Door("li"), f"/recordings/{scene.recording.pk}/papers/evidence-note"
    offered = {
        action["key"]: action for action in li.page(f"/recordings/{scene.recording.pk}")["head"]["actions"]
    }
    assert offered["evidence-note"]["form_url"] == path
    fields = {f["name"]: f["value"] for f in li.page(path)["fields"]}
    assert (fields["recording"], fields["maker"]) == (scene.recording.number, "李")
    paper = written(li, path)
    assert li.post(f"{paper}/signatures").status_code == 200
    assert li.post(f"{paper}/finalisation").status_code == 200
    assert li.get(f"/recordings/{scene.recording.pk}/papers/decision").status_code == 404


def test_nobody_signs_what_was_changed_after_he_opened_the_page(scene: Scene) -> None:
    li, wang = Door("li"), Door("wang")
    paper = written(li, f"/activities/{scene.activity.pk}/records/interview")
    opened = {action["key"]: action for action in wang.page(paper)["head"]["actions"]}
    hand = wang.page(f"{paper}/hand")["url"]
    values = Document.objects.get(pk=paper.rpartition("/")[2]).values
    assert li.send("PATCH", paper, {**values, "content": "改过的问答"}).status_code == 200
    refused = wang.post(opened["sign"]["url"])
    assert (refused.status_code, "改过" in refused.json()["why"]) == (403, True)
    assert wang.post(hand, role="party", name="钱某", means="sign", ink=INK).status_code == 403
    again = {action["key"]: action for action in wang.page(paper)["head"]["actions"]}
    assert wang.post(again["sign"]["url"]).status_code == 200


def test_everybody_is_asked_for_his_own_place_and_for_no_other(scene: Scene) -> None:
    """张 heads the unit and took no part: his place is the head's. 王 took part and may sign as a head: first the one, then the other."""
    registry.appoint(
        scene.cast.wang, by=OPERATOR, role="deputy_head", unit=scene.cast.team, since=LONG_AGO, at=LONG_AGO
    )
    doors = {login: Door(login) for login in ("li", "wang", "zhang", "zhao")}
    paper = written(doors["li"], f"/cases/{scene.case.pk}/papers/start-approval")

    def asked(login: str) -> list[str]:
        actions = doors[login].page(paper)["head"]["actions"]
        return [action["url"].rpartition("place=")[2] for action in actions if action["key"] == "sign"]

    assert (asked("li"), asked("zhang"), asked("zhao")) == (["officer"], ["head"], [])
    assert doors["zhang"].post(f"{paper}/signatures?place=officer").status_code == 403
    assert doors["zhao"].post(f"{paper}/signatures").status_code == 403
    for place in ("officer", "head"):
        assert asked("wang") == [place]
        assert doors["wang"].post(f"{paper}/signatures?place={place}").status_code == 200
    assert asked("wang") == []
    page = doors["li"].page(paper)
    assert [(one["label"], one["name"]) for one in page["signatures"]] == [
        ("执法人员", "王"),
        ("负责人", "王"),
    ]


def test_paper_that_is_not_needed_is_voided_with_its_reason_and_another_takes_its_place(scene: Scene) -> None:
    li, path = Door("li"), f"/cases/{scene.case.pk}/papers/proposal"
    paper = written(li, path)
    li.post(f"{paper}/signatures")
    assert Door("qian").post(f"{paper}/voiding", reason="x").status_code in (403, 404)
    assert li.post(f"{paper}/voiding", reason=" ").status_code == 403
    assert li.page(f"{paper}/voiding")["fields"][0]["name"] == "reason"
    assert li.post(f"{paper}/voiding", reason="与另一份重复").status_code == 200
    page = li.page(paper)
    assert page["head"]["state"]["label"] == "作废"
    assert {a["key"] for a in page["head"]["actions"]} == set()
    assert any(f["label"] == "作废" and "与另一份重复（李" in f["value"] for f in page["facts"])
    assert [s["name"] for s in page["signatures"]] == ["李"]
    for gone in ("signatures", "finalisation", "versions", "voiding"):
        assert li.post(f"{paper}/{gone}", reason="x").status_code == 403, gone
    other = written(li, path)
    shelf = [p for stage in li.page(f"/cases/{scene.case.pk}")["shelf"] for p in stage["papers"]]
    assert [one["to"] for p in shelf for one in p["written"]] == [other]
    assert page["head"]["number"] in {row["number"] for row in li.page("/documents?state=void")["rows"]}


def test_new_version_of_a_locked_paper_is_not_voided_since_nothing_would_stand(scene: Scene) -> None:
    doors = {login: Door(login) for login in ("li", "wang", "zhang")}
    paper = written(doors["li"], f"/activities/{scene.activity.pk}/statement")
    signed_by_all(doors, FORMS["statement"], paper)
    assert doors["li"].post(f"{paper}/finalisation").status_code == 200
    assert doors["li"].post(f"{paper}/voiding", reason="x").status_code == 403
    fresh = doors["li"].post(f"{paper}/versions").json()["to"]
    told = doors["li"].post(f"{fresh}/voiding", reason="x")
    assert (told.status_code, "没有一份有效的" in told.json()["why"]) == (403, True)
