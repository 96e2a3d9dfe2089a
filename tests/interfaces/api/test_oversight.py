"""Overseeing through the API: each kind of check, what it says against whom, registers, figures, the daily list."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest

from liuhen.apps.approval.actions import ChainStep, request_approval
from liuhen.apps.journal.models import Line
from liuhen.apps.oversight import examining, subjects
from liuhen.apps.oversight.escalating import escalate
from liuhen.apps.oversight.examining import Opinion, plan_examination
from liuhen.apps.oversight.examining import Scope as Wanted
from liuhen.apps.oversight.models import Examination, Finding, StatisticsReport
from liuhen.apps.oversight.records import NewRule, enter_rule, hold_training, plan_training
from liuhen.apps.oversight.registers import REGISTERS
from liuhen.apps.oversight.registers.definition import Wanted as Asked
from liuhen.apps.oversight.registers.definition import rows_of, whole
from liuhen.apps.oversight.statistics import Scope, units_in
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import RoleAssignment
from liuhen.interfaces.api.statistics_print import charts_of
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now
from liuhen.kernel.identifiers import new_id
from liuhen.server.works import works
from tests.apps.steps import received
from tests.cast import Cast, as_actor, assemble
from tests.interfaces.api.scene import Door, Scene, with_oversight

DAY = timedelta(days=1)


def check(scene: Scene, **more: Any) -> dict[str, Any]:
    told = {
        "unit": str(scene.cast.team.pk), "of": "recording", "title": "抽查", "since": (now() - 2 * DAY).isoformat(), "until": now().isoformat(),
        "due_at": (now() + DAY).isoformat(), "size": 1,
    }  # fmt: skip
    return told | more


@pytest.mark.clause(
    "TNH-6.b",
    "TNH-6.c",
    "TNH-20.1",
    "TNH-21",
    "TNH-21.2",
    "NDG-39",
    "NDG-39.1",
    "NDG-39.2",
    "NDG-39.3",
    "NDG-39.4",
    "FZH-25",
    "FZH-25.p2",
)
def test_each_kind_of_check_is_planned_by_who_may_and_by_nobody_else(scene: Scene) -> None:
    for path, kind in (
        ("/inspections", "inspection"),
        ("/supervisions", "supervision"),
        ("/assessments", "assessment"),
    ):
        for login, may in (
            ("zhou", True),
            ("chen", True),
            ("ji", True),
            ("zhang", False),
            ("li", False),
            ("sun", False),
        ):
            answer = Door(login).post(path, **check(scene))
            assert (answer.status_code == 200) is may, (path, login, answer.content.decode())
        assert Examination.objects.filter(kind_of_check=kind).count() == 3
    wrong = Door("zhou").post("/inspections", **check(scene, chosen="没有这个编号", reason="x", size=None))
    assert "没有这些编号" in wrong.json()["why"]


def test_inspection_page_shows_what_was_drawn_and_answers_go_to_and_fro(scene: Scene) -> None:
    things = with_oversight(scene)
    zhou, head = Door("zhou"), Door("zhang")
    page = head.page(f"/inspections/{things['examination'].pk}")
    assert [one["number"] for one in page["drawn"]] == [scene.recording.number]
    problem = next(one for one in page["remarks"] if one["actions"])
    assert problem["to"] == f"/recordings/{scene.recording.pk}?t=3"
    assert problem["cite"]["clause"] == "SUB-19"
    answered = head.post(f"/remarks/{things['remark'].pk}/answers", sort="answered", says="已组织学习")
    assert answered.json()["proof"]["what"] == "办理检查意见"
    assert head.get(f"/remarks/{things['remark'].pk}/answer").status_code == 403
    assert (
        zhou.post(f"/remarks/{things['remark'].pk}/rulings", sort="accepted", says="认可").status_code == 200
    )
    assert (
        zhou.post(
            f"/inspections/{things['examination'].pk}/ends", summary="一件不合格", entered=["archive"]
        ).status_code
        == 200
    )
    assert zhou.page(f"/inspections/{things['examination'].pk}")["head"]["state"]["label"] == "已办结"
    assert zhou.get(f"/inspections/{things['examination'].pk}/sample").status_code == 403


@pytest.mark.clause("TNH-20", "TNH-20.2", "NDG-14", "NDG-12.p2", "TNH-11.a", "BMZ-11")
@pytest.mark.parametrize(
    ("pack", "clauses"),
    [
        ("nandagang", ["NDG-14", "NDG-12.p2"]),
        ("tonghua", ["TNH-11.a", "TNH-20.2"]),
        ("baimiaozi", ["BMZ-11"]),
    ],
)
def test_remark_on_conduct_stands_in_the_archive_of_the_officer_with_article_and_date(
    db: None, office: Office, noon: datetime, pack: str, clauses: list[str]
) -> None:
    cast = assemble(office, pack=pack)
    zhou = as_actor(cast.zhou)
    row = received(cast, office, at=noon, device_serial=cast.camera.serial)
    scope = Wanted(
        "supervision", "recording", "x", noon - DAY, noon + DAY, noon + 2 * DAY, reason="x", chosen=[row.pk]
    )
    made = plan_examination(cast.team, scope, by=zhou, at=noon + DAY)
    for clause in clauses:
        opinion = Opinion(
            "problem", f"不合 {clause}", made.drawn.get(), 12.0, cast.law.cite(clause), noon + 2 * DAY
        )
        examining.enter_remark(made, opinion, by=zhou, at=noon + DAY)
    listed = whole(
        REGISTERS["enforcement-archive"],
        rows_of(REGISTERS["enforcement-archive"], Asked(), by=zhou, at=noon + DAY),
    )
    assert {(line[2], line[5]) for line in listed} == {
        ("李", cast.law.cite(clause).article) for clause in clauses
    }
    samples = whole(REGISTERS["samples"], rows_of(REGISTERS["samples"], Asked(), by=zhou, at=noon + DAY))
    assert [line[3] for line in samples] == [str(row.pk)]


@pytest.mark.clause("BMZ-7", "BMZ-8", "BMZ-6", "TNH-21.1")
def test_departments_and_equipment_show_what_is_missing(cast: Cast, noon: datetime) -> None:
    def line(key: str) -> dict[str, object]:
        rows = whole(REGISTERS[key], rows_of(REGISTERS[key], Asked(), by=as_actor(cast.zhou), at=noon))
        return next(
            dict(zip(REGISTERS[key].columns, cells, strict=True))
            for cells in rows
            if cells[0] == cast.team.name
        )

    assert (line("departments")["设备管理员"], line("departments")["副队长"]) == ("赵", "")
    for post in RoleAssignment.objects.filter(role="device_keeper"):
        registry.end_role(post, by=OPERATOR, at=noon)
    assert line("departments")["设备管理员"] == ""
    told = line("equipment")
    assert (told["执法人员"], told["可用设备"], told["缺"], told["配发率"]) == (3, 2, 1, "67%")


@pytest.mark.clause("NDG-32", "NDG-41", "NDG-8", "SUB-18")
def test_rules_of_the_office_and_trainings_are_what_the_packs_ask_for(
    db: None, office: Office, noon: datetime
) -> None:
    cast = assemble(office, pack="nandagang")
    head, judge = as_actor(cast.zhang), works(office)["unit.judge"]

    def verdict(clause: str) -> str:
        judge(cast.team.pk)
        return Finding.objects.get(subject=cast.team.pk, clause=clause).verdict

    assert verdict("NDG-41") == "无法判定"  # Nothing was ever entered: nothing is known.
    rule = enter_rule(
        cast.team, NewRule("management", "设备和资料管理制度", "办公室", noon), by=head, at=noon
    )
    assert (verdict("NDG-32"), verdict("NDG-41")) == ("符合", "不符合")
    enter_rule(cast.team, NewRule("filing", "向市局报备", "备案回执", noon), by=head, at=noon)
    assert verdict("NDG-41") == "符合"
    assert verdict("NDG-8") == "未到期"  # None was planned: no clock runs.
    training = plan_training(cast.team, by=head, title="使用", due_at=noon, at=noon)
    assert verdict("NDG-8") == "不符合"
    hold_training(training, by=head, held_at=noon, trainer="王", attendees="全队", result="合格", at=noon)
    assert verdict("NDG-8") == "符合"
    listed = whole(REGISTERS["unit-rules"], rows_of(REGISTERS["unit-rules"], Asked(), by=head, at=noon))
    assert [line[1] for line in listed] == ["向市局报备", rule.title]


def test_every_register_answers_as_page_and_file_and_only_to_whom_it_is_open(scene: Scene) -> None:
    with_oversight(scene)
    zhou, li, sun = Door("zhou"), Door("li"), Door("sun")
    names = {one["key"] for one in zhou.page("/registers")["registers"]}
    assert names == set(REGISTERS) - {
        "redacted-copies"
    }  # Copies with parts hidden are the law's and the unit's.
    chen = Door("chen")
    for key, register in REGISTERS.items():
        zhou = Door("zhou") if key in names else chen
        page = zhou.page(f"/registers/{key}")
        table = zhou.get(f"/registers/{key}/table", form="csv").content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(table)))
        assert lines[0] == [column["label"] for column in page["columns"]] == list(register.columns), key
        assert len(lines) - 1 == len(page["rows"]), key
        assert zhou.get(f"/registers/{key}/table", form="xlsx").content[:2] == b"PK", key
        if key not in ("officers", "departments", "equipment", "pack-versions"):
            assert sun.get(f"/registers/{key}").status_code in (200, 404)
            assert (
                sun.get(f"/registers/{key}").status_code == 404 or sun.page(f"/registers/{key}")["rows"] == []
            ), key
    zhou = Door("zhou")
    zhao = Door(
        "zhao"
    )  # Who keeps devices sees recordings and his unit's devices, and not whose activity or case it was.
    assert zhao.page("/registers/association")["rows"] != []
    for post in RoleAssignment.objects.filter(officer=scene.people["zhao"].pk).exclude(role="device_keeper"):
        registry.end_role(post, by=OPERATOR, at=now())
    assert zhao.get("/registers/association").status_code == 404
    assert len(zhao.page("/registers/equipment")["rows"]) < len(zhou.page("/registers/equipment")["rows"])
    assert li.get("/registers/inspections").status_code == 404
    assert li.get("/registers/none").status_code == 404
    assert zhou.page("/registers/recordings", q=scene.recording.number)["count_label"] == "共 1 条"
    assert zhou.page("/registers/recordings", when="2020-01-01..2020-01-02")["rows"] == []
    assert zhou.get("/registers/recordings", unit="none").status_code == 400
    assert zhou.get("/registers/recordings", after="none").status_code == 400


@pytest.mark.clause("TNH-6", "TNH-6.e")
def test_five_departments_act_each_within_its_own_column(scene: Scene) -> None:
    """办案、法制、督察、保障、信通：an act outside one's column is refused, with its line; the register names who is who."""
    recording, activity = f"/recordings/{scene.recording.pk}", f"/activities/{scene.activity.pk}"
    wish = {
        "recipient_kind": "court",
        "recipient": "x",
        "case_number": "x",
        "is_evidence": "yes",
        "is_sensitive": "no",
        "reason": "x",
    }
    outside: dict[str, tuple[str, dict[str, str]]] = {
        "bao": (f"{recording}/viewings", {}), "xin": (f"{activity}/package-requests", wish), "zhou": (f"{activity}/close", {}),
    }  # fmt: skip
    for login, (path, body) in outside.items():
        answer = Door(login).post(path, **body)
        assert answer.status_code in (403, 404), (login, answer.content.decode())
        assert (Line.objects.latest("number").verb, Line.objects.latest("number").actor) == (
            "permission.refused",
            scene.people[login].pk,
        )
    assert Door("xin").page("/handovers")["rows"] is not None
    register = Door("zhou").page("/registers/departments")
    assert {"装备保障人员", "信通人员", "法制审核人员", "督察人员"} <= {
        column["label"] for column in register["columns"]
    }
    assert any("xin甲" in str(row) for row in register["rows"])


def test_charts_add_up_to_their_figures_and_the_edition_for_outside_tells_no_small_number(
    scene: Scene,
) -> None:
    """Everything of this scene is small, so that outside nothing but zeros is left; the print is a PDF each time."""
    with_oversight(scene)
    zhou = Door("zhou")
    page = zhou.page("/statistics")
    figures = {one["key"]: one for one in page["figures"]}
    assert {"weeks", "timely-ingest"} <= {chart["key"] for chart in page["charts"]}
    for chart in page["charts"]:
        parts, wholes = ([int(bar[name]) for bar in chart["bars"]] for name in ("part", "whole"))
        assert (sum(parts), sum(wholes)) == (int(chart["total"]["part"]), int(chart["total"]["whole"]))
        if chart["key"] in figures:
            figure = figures[chart["key"]]
            assert (chart["total"]["part"], chart["total"]["whole"]) == (
                figure["numerator"],
                figure["denominator"],
            )
    scope = Scope(
        scene.cast.agency.pk, units_in(scene.cast.agency.pk)[0].path, now() - 30 * DAY, now() + DAY, now()
    )
    for outside in (charts_of(scope, outside=True),):
        told = {
            cell for chart in outside for bar in (*chart.bars, chart.total) for cell in (bar.part, bar.whole)
        }
        assert {cell for cell in told if cell.isdecimal() and 0 < int(cell) < 5} == set()
        assert any(bar.long is None for chart in outside for bar in chart.bars)
    for edition in ("false", "true"):
        answer = zhou.get("/statistics/print", outside=edition)
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    assert Door("sun").get("/statistics/print", unit=scene.cast.team.code).status_code in (400, 403, 404)


def test_what_waits_for_a_decision_stands_before_a_full_desk_and_what_is_late_is_told_to_the_superior(
    scene: Scene,
) -> None:
    """张 has forty breaches under him and one approval to give: it comes first, and the breaches are folded and counted."""
    zhang = Door("zhang")
    for n in range(40):
        Finding.objects.create(
            agency=scene.cast.agency, unit=scene.cast.team, subject_kind="evidence.recording", subject=new_id(), rule=f"r{n}", rule_kind="deadline",
            pack="x@1", clause="SUB-21", regulation="x", article="第二十一条", verdict="不符合", asks="x", reason="x", facts={}, judged_at=now() - 9 * DAY,
        )  # fmt: skip
    request_approval(
        scene.recording, by=as_actor(scene.cast.li), requester=scene.cast.li, unit=scene.cast.team, purpose="view-recording", reason="办案",
        chain=[ChainStep("unit_head", "队长", "")], at=now(),
    )  # fmt: skip
    page = zhang.page("/workbench")
    assert [one["title"] for one in page["decide"]] == ["审批：调阅音像"]
    assert page["first"]["says"].startswith("审批：调阅音像")
    assert len([one for one in page["due"] if one["state"]["label"] == "不符合"]) == 3
    hidden = next(link["label"] for link in page["folded"] if link["label"].startswith("不符合"))
    assert int(hidden.split()[1]) >= 37
    breach = Finding.objects.create(
        agency=scene.cast.agency, unit=scene.cast.team, subject_kind="evidence.recording", subject=scene.recording.pk, rule="late", rule_kind="deadline",
        pack="x@1", clause="SUB-21", regulation="x", article="第二十一条", verdict="不符合", asks="x", reason="x", facts={}, judged_at=now() - 9 * DAY,
    )  # fmt: skip
    count = escalate(at=now())
    assert count >= 41
    told = next(group for group in zhang.page("/alerts")["groups"] if group["key"] == "told")
    mine = next(row for row in told["rows"] if row["number"] == scene.recording.number)
    assert (mine["to"], told["count"]) == (f"/recordings/{scene.recording.pk}", count)
    assert mine["cite"]["article"] == "第二十一条"  # which article, and not only that something is wrong
    assert (
        len([row for row in zhang.alerts() if row["number"] == scene.recording.number]) == 1
    )  # told, and not twice
    [own] = [row for row in Door("li").alerts() if row["key"] == f"finding-{breach.subject}"]
    assert "报给" in own["note"]


@pytest.mark.clause("TNH-4")
@pytest.mark.clause("SUB-28")
def test_figures_open_to_their_rows_and_a_report_keeps_them(scene: Scene) -> None:
    with_oversight(scene)
    zhou = Door("zhou")
    page = zhou.page("/statistics")
    assert list(dict.fromkeys(one["group"] for one in page["figures"])) == [
        "标准配备",
        "正确使用",
        "规范管理",
        "严格监督",
    ]
    for figure in page["figures"]:
        assert figure["formula"]
        if figure["to"]:
            path = figure["to"]
            rows = zhou.get(path)
            assert rows.status_code == 200, path
            assert len(rows.json()["rows"]) == int(figure["numerator"]), path
            if figure["denominator"]:
                assert len(zhou.page(f"{path}&side=whole")["rows"]) == int(figure["denominator"]), path
    for _ in range(2):
        assert zhou.post("/statistics/reports", use="file_review", says="入库及时").status_code == 200
    first, second = StatisticsReport.objects.order_by("made_at")
    assert first.figures == second.figures
    assert all(len(one["rows"]) == 64 for one in first.figures)
    assert "没有这一方面" in zhou.post("/statistics/reports", use="x", says="x").json()["why"]
    head = Door("zhang")
    assert head.page("/statistics")["unit"] == scene.cast.team.name
    assert head.get("/statistics", unit="0").status_code == 404
    assert zhou.get("/statistics/rows", figure="none").status_code == 400


def test_page_of_a_fact_tells_the_article_and_judges_nobody(scene: Scene) -> None:
    fact = with_oversight(scene)["fact"]
    works(scene.office)["liabilityfact.judge"](fact.pk)
    li, chen = Door("li"), Door("chen")
    page = li.page(f"/liability/{fact.pk}")
    assert [one["label"] for one in page["head"]["actions"]] == ["申辩"]
    told = {
        (one["cite"]["clause"], one["verdict"]["label"], one["verdict"]["tone"])
        for one in page["rail"]["findings"]
    }
    assert told == {("SUB-31.2", "属所列情形", "due"), ("SUB-31", "未到期", "due")}
    assert li.post(f"/liability/{fact.pk}/answers", says="设备电量耗尽").status_code == 200
    assert li.post(f"/liability/{fact.pk}/ends", says="x").status_code == 403
    assert chen.post(f"/liability/{fact.pk}/parts", part="basis", says="本机关考核办法").status_code == 200
    assert chen.post(f"/liability/{fact.pk}/referrals", says="纪检部门").status_code == 200
    assert chen.post(f"/liability/{fact.pk}/ends", says="不追究").status_code == 200
    assert chen.page("/liability", state="closed")["rows"][0]["number"] == fact.number
    assert "不符合" not in {row["state"]["label"] for row in chen.alerts() if row["number"] == fact.number}
    made = chen.post(
        "/liability", acts=["leaked"], says="x", officer=str(scene.cast.wang.pk), consequence="no"
    )
    assert made.json()["to"].startswith("/liability/")
    assert Door("sun").get(f"/liability/{fact.pk}").status_code == 404


def test_trial_of_another_law_goes_through_every_kind_that_is_judged(scene: Scene) -> None:
    with_oversight(scene)
    chen, place, kinds = Door("chen"), "", []
    while place is not None:
        part = chen.page("/rules/trial/part", kind="activate", key="fuzhou", place=place)
        kinds.append((place or subjects.KINDS[0]).partition(".")[0])
        place = part["next"]
    assert kinds == list(subjects.KINDS)


def test_daily_list_has_what_is_overdue_and_whose_turn_it_is(scene: Scene) -> None:
    things = with_oversight(scene)
    titles = {login: {row["title"] for row in Door(login).alerts()} for login in ("zhang", "zhou", "li")}
    assert "检查意见" in titles["zhang"]
    assert "检查意见" not in titles["zhou"] | titles["li"]
    assert "责任事实" in titles["li"]
    assert Door("zhang").page("/workbench")["due_more"]["to"] == "/alerts"
    Door("zhang").post(f"/remarks/{things['remark'].pk}/answers", sort="appealed", says="已口头告知")
    assert "检查意见" not in {
        row["title"] for row in Door("zhou").alerts()
    }  # His own remark: another decides.
    assert "检查意见" in {row["title"] for row in Door("chen").alerts()}
