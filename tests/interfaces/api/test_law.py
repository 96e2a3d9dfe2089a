"""The room of the law: from text to passage, from trial to adoption, and never a shortening by one person."""

import base64
import re
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from liuhen.apps.journal.models import Line
from liuhen.apps.oversight import subjects
from liuhen.apps.oversight.models import Finding
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry import queries
from liuhen.apps.registry.law import law_of
from liuhen.apps.registry.models import StatuteText
from liuhen.interfaces.api import own, pages_findings, pages_trials
from liuhen.interfaces.cli.skeleton import write_skeleton
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now
from liuhen.server.worker import Worker
from liuhen.server.works import works
from tests.cast import LONG_AGO, Cast
from tests.interfaces.api.scene import PASSWORD, Door, Scene

TEXT = """街道记录办法
第一章 总则
第二十一条 录像应当在二十四小时内入库。
第二十六条 终结之日起三十日内归档。
第二十六条 又一条。
"""


def attach(door: Door, content: bytes, *, name: str = "办法.txt") -> Any:
    coded = base64.b64encode(content).decode()
    return door.post("/rules/texts", key="subdistrict", version="1", name=name, content=coded)


def today() -> str:
    return f"{now().isoformat()}"


def work_off(office: Office) -> None:
    """The worker does what follows, rounds included."""
    Worker(office).drain(leave=("recording.inspect",))


# ── 原文 ───────────────────────────────────────────────────


def test_citation_shows_the_article_itself_once_the_text_is_attached(people: Any, cast: Cast) -> None:
    li, chen = Door("li"), Door("chen")
    before = li.page("/rules/passage", clause="SUB-21")
    assert before["lines"] == []
    assert "还没有附上" in before["note"]
    assert attach(chen, TEXT.encode()).status_code == 200
    told = li.page("/rules/passage", clause="SUB-21")
    assert [line["text"] for line in told["lines"]] == ["录像应当在二十四小时内入库。"]
    assert told["heading"] == "第一章 总则"
    assert told["to"].startswith("/rules?pack=subdistrict#第二十一条")
    assert told["says"]
    assert li.get("/rules/passage", clause="XYZ-1").status_code == 404
    assert Door("sun").get("/rules/passage", clause="SUB-21").status_code == 404


def test_page_tells_misprints_and_numbers_that_do_not_stand_in_their_article(people: Any, cast: Cast) -> None:
    chen = Door("chen")
    attach(chen, TEXT.replace("二十四", "四十八").encode("gb18030"))
    page = chen.page("/rules", pack="subdistrict")
    text = page["text"]
    assert (text["name"], text["by"]) == ("办法.txt", "陈")
    assert any("第二十六条印了不止一次" in told for told in text["oddities"])
    assert any("store-within-24h" in slip and "24 小时" in slip for slip in text["slips"])
    article = next(a for a in page["articles"] if a["printed"] == "第二十一条")
    assert article["lines"][0]["text"] == "录像应当在四十八小时内入库。"


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"%PDF-1.4", "PDF"), ("没有条文".encode(), "没有找到"), (b"\xd0\xcf\x11\xe0", "旧版 Word")],
)
def test_bad_file_is_refused_in_words_and_loses_nothing(people: Any, content: bytes, says: str) -> None:
    chen = Door("chen")
    attach(chen, TEXT.encode())
    answer = attach(chen, content)
    assert answer.status_code == 400
    assert says in answer.json()["why"]
    assert answer.json()["do"]
    assert StatuteText.objects.count() == 1
    broken = chen.post("/rules/texts", key="subdistrict", version="1", name="x", content="%%%")
    assert broken.status_code == 400


def test_only_the_legal_reviewer_attaches_activates_and_sets(people: Any) -> None:
    li = Door("li")
    assert attach(li, TEXT.encode()).status_code == 403
    for path, body in (
        ("/rules/activations", {"key": "fuzhou", "since": today()}),
        ("/rules/endings", {"key": "subdistrict", "since": today()}),
        ("/rules/settings", {"key": "statement-within", "value": "48h", "since": today()}),
    ):
        assert li.post(path, **body).status_code == 403
        assert Line.objects.latest("number").verb == "permission.refused"
    assert li.get("/rules/trial", key="fuzhou").status_code == 404
    assert li.page("/rules")["attach_to"] is None


# ── 页面 ───────────────────────────────────────────────────


def test_number_of_this_month_leads_to_the_rows_behind_it(scene: Scene) -> None:
    work_off(scene.office)
    li = Door("li")
    page = li.page("/rules")
    standing = [(c, s) for a in page["articles"] for c in a["clauses"] for s in c["standing"]]
    assert standing
    for clause, one in standing:
        query = dict(part.split("=") for part in one["to"].partition("?")[2].split("&"))
        rows = li.page("/rules/rows", **query)["rows"]
        assert len(rows) == one["count"], clause["id"]
        pages = ("/recordings/", "/activities/", "/cases/", "/devices", "/rules")
        assert all(row["to"].startswith(pages) for row in rows)
        assert all(row["number"] and row["reason"] for row in rows)
    clause, verdict = standing[0][0]["id"], standing[0][1]["state"]["label"]
    assert li.page("/rules/rows", clause=clause, verdict=verdict, month="2020-01")["rows"] == []
    assert li.get("/rules/rows", clause=clause, verdict="对").status_code == 400
    assert li.get("/rules", month="gestern").status_code == 400
    assert Door("sun").page("/rules/rows", clause=clause)["rows"] == []


@pytest.mark.parametrize("pack", ["nandagang", "subdistrict", "baimiaozi", "tonghua", "fuzhou"])
def test_every_pack_has_its_page_comparison_and_trial(people: Any, cast: Cast, pack: str) -> None:
    chen = Door("chen")
    found = chen.page("/rules/comparison", one="subdistrict", other=pack) if pack != "subdistrict" else {}
    if found:
        assert found["one"]["key"] == "subdistrict"
        assert any(group["differ"] for group in found["groups"])
        for group in found["groups"]:
            for pair in group["pairs"]:
                assert pair["one"] or pair["other"]
                assert pair["same"] == (
                    bool(pair["one"] and pair["other"]) and all(p["same"] for p in pair["parameters"])
                )
        assert chen.page("/rules/trial", kind="activate", key=pack)["problem"] is None
        told = chen.post("/rules/activations", key=pack, since=today())
        assert told.status_code == 200, told.content.decode()
    page = chen.page("/rules", pack=pack)
    assert page["articles"]
    assert [tab["key"] for tab in page["packs"] if tab["chosen"]] == [pack]
    assert {tab["key"] for tab in page["packs"]} == {"subdistrict", pack}
    carriers = [
        c for article in page["articles"] for clause in article["clauses"] for c in clause["carriers"]
    ]
    assert any(carrier.startswith("待建的") for carrier in carriers)
    assert not [carrier for carrier in carriers if re.match(r"[a-z]", carrier)], "页面上不说英文"


def test_shelf_shows_every_pack_with_its_state_and_faults(people: Any, served: Office) -> None:
    own = served.home / "packs" / "broken"
    own.mkdir(parents=True)
    (own / "pack.toml").write_text("[pack")
    write_skeleton(
        served.home / "packs", "qingshi", title="青石镇规定", issuer="", agency_type="township", prefix="QSZ"
    )
    packs = {pack["key"]: pack for pack in Door("chen").page("/rules/shelf")["packs"]}
    assert packs["subdistrict"]["state"]["label"] == "在用"
    assert packs["fuzhou"]["state"]["label"] == "未启用"
    assert (packs["qingshi"]["source"], packs["qingshi"]["problems"]) == ("本机关编写", [])
    assert packs["broken"]["state"]["label"] == "读不出"
    assert packs["broken"]["problems"]
    assert {a["key"] for a in packs["fuzhou"]["actions"]} == {"compare", "try", "activate"}
    assert {
        a["key"]
        for a in next(p for p in Door("li").page("/rules/shelf")["packs"] if p["key"] == "fuzhou")["actions"]
    } == {"compare"}
    assert Door("chen").get("/rules/trial", kind="activate", key="nothing").status_code == 404


# ── 设定 ───────────────────────────────────────────────────


def test_setting_is_shown_with_its_why_and_changed_with_its_line(people: Any, cast: Cast) -> None:
    chen = Door("chen")
    setting = next(s for s in chen.page("/rules")["settings"] if s["key"] == "statement-within")
    assert setting["why"]
    assert setting["cite"]["clause"].startswith("SUB-")
    form = chen.page(setting["action"]["form_url"].partition("?")[0], key="statement-within")
    assert form["url"] == "/rules/settings"
    answer = chen.post("/rules/settings", key="statement-within", value="48h", since=today())
    assert answer.status_code == 200
    assert Line.objects.filter(verb="setting.entered").exists()
    now_ = next(s for s in chen.page("/rules")["settings"] if s["key"] == "statement-within")
    assert (now_["value"], now_["default_value"]) == ("48小时", "24小时")
    assert len(now_["history"]) == 1


@pytest.mark.parametrize(
    ("key", "value"), [("statement-within", "bald"), ("statement-within", "0"), ("keep-ordinary", "viel")]
)
def test_value_no_rule_could_take_is_refused_beside_its_field(people: Any, key: str, value: str) -> None:
    answer = Door("chen").post("/rules/settings", key=key, value=value, since=today())
    assert answer.status_code == 422
    assert "value" in answer.json()["fields"]


def test_day_that_is_over_is_refused(people: Any) -> None:
    chen = Door("chen")
    yesterday = (now() - timedelta(days=2)).isoformat()
    answer = chen.post("/rules/settings", key="statement-within", value="48h", since=yesterday)
    assert answer.status_code == 400
    assert "不溯及以前" in answer.json()["do"]
    assert chen.post("/rules/settings", key="statement-within", value="48h", since="bald").status_code == 400
    assert chen.post("/rules/settings", key="nichts", value="48h", since=today()).status_code == 404
    assert chen.get("/rules/setting", key="nichts").status_code == 404
    assert chen.get("/rules/ending", key="fuzhou").status_code == 404


# ── 启用 ───────────────────────────────────────────────────


def test_activation_leads_to_findings_under_the_new_pack(scene: Scene) -> None:
    chen = Door("chen")
    form = chen.page("/rules/activation", key="fuzhou")
    assert {field["name"] for field in form["fields"]} == {"key", "since", "replaces", "reason"}
    answer = chen.post("/rules/activations", key="fuzhou", since=today())
    assert answer.status_code == 200, answer.content.decode()
    assert answer.json()["proof"]["journal_number"]
    work_off(scene.office)
    assert Finding.objects.filter(pack="fuzhou@1", subject=scene.recording.pk).exists()
    assert chen.page("/rules")["round"] is None
    again = chen.post("/rules/activations", key="fuzhou", since=today())
    assert "已经启用" in again.json()["why"]


def test_activation_from_a_later_day_judges_nothing_before_it(scene: Scene) -> None:
    chen = Door("chen")
    later = (now() + timedelta(days=3)).isoformat()
    assert chen.post("/rules/activations", key="fuzhou", since=later).status_code == 200
    work_off(scene.office)
    assert not Finding.objects.filter(pack="fuzhou@1").exists()
    tabs = {tab["key"]: tab["state"]["label"] for tab in chen.page("/rules")["packs"]}
    assert tabs == {"subdistrict": "在用", "fuzhou": "待施行"}


def test_shortening_goes_to_a_second_person_and_comes_into_force_by_his_consent(scene: Scene) -> None:
    """The legal reviewer asks, the head of the agency decides; until then the longer term stands."""
    chen, head, cast = Door("chen"), head_of(scene), scene.cast
    assert chen.post("/rules/settings", key="keep-ordinary", value="24m", since=today()).status_code == 200
    trial = chen.page("/rules/trial", kind="set", key="keep-ordinary", value="6m")
    assert trial["shortened"]
    assert "另一人" in trial["says"]
    bare = chen.post("/rules/settings", key="keep-ordinary", value="6m", since=today())
    assert bare.status_code == 422
    assert "reason" in bare.json()["fields"]
    asked = chen.post(
        "/rules/settings", key="keep-ordinary", value="6m", since=today(), reason="存储空间不足"
    )
    assert asked.status_code == 200
    assert "批准之前不生效" in asked.json()["said"]
    work_off(scene.office)
    assert _value(cast) == "24m"
    (waiting,) = chen.page("/rules")["waiting"]
    assert "缩短" in waiting["says"]
    approval = _due(head)
    assert "一般音像记录" in head.page(approval)["intro"]
    assert chen.post(approval, answer="agree").status_code in (403, 404)
    assert head.post(approval, answer="agree").status_code == 200
    assert _value(cast) == "24m"
    work_off(scene.office)
    assert _value(cast) == "6m"
    assert chen.page("/rules")["waiting"] == []
    line = Line.objects.filter(verb="setting.entered").latest("number")
    assert re.search(r'"approval":"[^"]*审批', line.body)


def test_shortening_that_is_returned_never_comes_into_force(scene: Scene) -> None:
    chen, head = Door("chen"), head_of(scene)
    chen.post("/rules/settings", key="keep-ordinary", value="24m", since=today())
    chen.post("/rules/endings", key="subdistrict", since=today(), reason="换制度")
    assert head.post(_due(head), answer="return", reason="不同意").status_code == 200
    work_off(scene.office)
    assert queries.packs_in_force(scene.cast.agency.pk, at=now())


def head_of(scene: Scene) -> Door:
    """许, head of the whole agency: appointed at its top unit."""
    top = scene.cast.agency.units.get(parent__isnull=True)
    head = registry.add_officer(top, by=OPERATOR, person=registry.Person("许", "090001"), at=LONG_AGO)
    registry.appoint(head, by=OPERATOR, role="agency_head", unit=top, since=LONG_AGO, at=LONG_AGO)
    registry.open_account(head, by=OPERATOR, login="xu", password=PASSWORD)
    return Door("xu")


def _value(cast: Cast) -> Any:
    return queries.settings_in_force(cast.agency.pk, at=now()).get("keep-ordinary")


def _due(head: Door) -> str:
    found = [
        item["action"]["form_url"]
        for item in _items(head.page("/workbench"))
        if isinstance(item.get("action"), dict) and "/approvals/" in str(item["action"].get("form_url"))
    ]
    assert found
    return str(found[0])


def _items(value: Any) -> list[dict[str, Any]]:
    """Every object of a page, at any depth."""
    if isinstance(value, dict):
        return [value, *(item for part in value.values() for item in _items(part))]
    return [item for part in value for item in _items(part)] if isinstance(value, list) else []


# ── 试算 ───────────────────────────────────────────────────


def test_every_kind_that_is_judged_has_its_place_on_the_pages() -> None:
    kinds = {row.model._meta.label_lower for row in subjects._ROWS.values()}
    assert set(pages_trials._PAGES) == set(subjects.KINDS) == set(subjects._ROWS)
    assert kinds - {"casework.casehandover"} == set(own._PAGES) | set(own._SHARED_PAGES)
    assert kinds == set(pages_findings._NAMED)


def test_trial_goes_through_every_row_and_says_what_turns(scene: Scene, tmp_path: Path) -> None:
    chen = Door("chen")
    work_off(scene.office)
    page = chen.page("/rules/trial", kind="activate", key="fuzhou", replaces="subdistrict")
    path, _, query = page["part_url"].partition("?")
    told = dict(part.split("=") for part in query.split("&"))
    compared, rows, place = 0, [], ""
    while place is not None:
        part = chen.page(path, **told, place=place)
        compared += part["compared"]
        rows += part["rows"]
        place = part["next"]
    assert compared == page["total"] > 0
    assert {row["kind"] for row in rows} >= {"音像", "活动"}
    assert all(row["turns"] or row["shift"] for row in rows)
    assert {t["after"]["label"] for row in rows for t in row["turns"]} - {"不判断"}
    assert chen.get(path, **told, place="x").status_code == 400
    assert chen.get(path, **told, place="recording.x").status_code == 400
    assert chen.get(path, kind="x", key="x").status_code == 400
    assert chen.get("/rules/trial", kind="end", key="fuzhou").status_code == 200


# ── 自己编写 ───────────────────────────────────────────────


def test_sixth_regulation_works_from_page_to_finding_with_no_other_file_touched(scene: Scene) -> None:
    """A jurist writes one folder; the shelf shows it, the trial tries it, the reviewer adopts it, the worker judges by it."""
    folder = write_skeleton(
        scene.office.home / "packs",
        "qingshi",
        title="青石镇巡查记录规定",
        issuer="青石镇",
        agency_type="township",
        prefix="QSZ",
    )
    pack = folder / "pack.toml"
    pack.write_text(pack.read_text().replace('default = "24h"', 'default = "1min"'))
    chen = Door("chen")
    assert chen.page("/rules/trial", kind="activate", key="qingshi")["problem"] is None
    assert chen.post("/rules/activations", key="qingshi", since=today()).status_code == 200
    work_off(scene.office)
    finding = Finding.objects.get(pack="qingshi@1", rule="store", subject=scene.recording.pk)
    assert (finding.verdict, finding.article) == ("不符合", "第三条")
    page = chen.page("/rules", pack="qingshi")
    third = next(a for a in page["articles"] if a["printed"] == "第三条")
    assert third["clauses"][0]["standing"][0]["state"]["label"] == "不符合"
    shutil.rmtree(folder)
    works(scene.office)["recording.judge"](scene.recording.pk)
    assert {p.head.key for p in law_of(scene.cast.agency.pk, packs=scene.office.packs, at=now()).packs} == {
        "subdistrict", "qingshi",
    }  # fmt: skip
