"""What the pages say: lists with their filters and keys, rows in the right words, truth on the timeline."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import liuhen
from liuhen.apps.casework import actions as casework
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.models import Inspection, Recording
from liuhen.apps.retention.models import KeepingPeriod
from liuhen.engines.vault import FileVault
from liuhen.interfaces.api.words import VERBS, count_label, size_shown
from liuhen.kernel.clock import now
from liuhen.kernel.identifiers import new_id
from liuhen.server.worker import Worker, seal_now
from liuhen.server.works import works
from tests.cast import as_actor
from tests.interfaces.api.scene import Door, Scene, film


def numbers(page: dict[str, Any]) -> list[str]:
    return [row["number"] for row in page["rows"]]


def test_lists_hold_only_what_the_person_may_see(scene: Scene) -> None:
    assert len(Door("li").page("/recordings")["rows"]) == 3
    for path in ("/recordings", "/activities", "/cases", "/documents"):
        listed = Door("sun").page(path)
        assert listed["rows"] == []
        assert listed["count_label"] == "共 0 条"
        assert listed["teach"]["how_it_gets_here"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "unlinked"}, ["loose"]), ({"state": "quarantined"}, ["strange"]), ({"state": "linked"}, ["recording"]),
        ({"state": "verifying"}, []), ({"view": "mine"}, ["strange", "recording"]), ({"q": "7000002"}, ["loose"]),
        ({"q": "王"}, ["loose"]), ({"kind": "video"}, ["recording"]), ({"q": "没有这样的"}, []),
    ],
)  # fmt: skip
def test_recordings_are_filtered_in_the_query(
    scene: Scene, query: dict[str, str], expected: list[str]
) -> None:
    page = Door("li").page("/recordings", **query)
    assert sorted(numbers(page)) == sorted(getattr(scene, name).number for name in expected)
    assert page["count_label"] == f"共 {len(expected)} 条"


def test_desk_of_who_keeps_counts_what_falls_due_today_and_leads_to_the_rows(scene: Scene) -> None:
    term = {"rank": "until", "label": "定期", "until": now(), "reason": "x", "pack": "x", "derived_at": now()}
    KeepingPeriod.objects.update_or_create(recording=scene.recording, defaults=term)
    figure = next(f for f in Door("zhao").page("/workbench")["facts"] if f["key"] == "due-today")
    assert (figure["value"], figure["tone"]) == ("1", "due")
    view = dict([figure["to"].partition("?")[2].split("=")])
    assert numbers(Door("zhao").page("/recordings", **view)) == [scene.recording.number]
    assert numbers(Door("sun").page("/recordings", **view)) == []
    assert all(f["key"] != "due-today" for f in Door("li").page("/workbench")["facts"])


@pytest.mark.parametrize(
    ("path", "query"),
    [("/recordings", {"state": "x"}), ("/activities", {"record": "x"}), ("/cases", {"view": "x"}), ("/devices", {"state": "x"}),
     ("/documents", {"view": "x"}), ("/recordings", {"when": "gestern"}), ("/recordings", {"after": "x"}),
     ("/recordings", {"when": "9999-12-31"})],
)  # fmt: skip
def test_filter_that_does_not_exist_is_refused_in_words(
    scene: Scene, path: str, query: dict[str, str]
) -> None:
    answer = Door("li").get(path, **query)
    assert answer.status_code == 400
    assert answer.json()["do"]


def test_dates_are_days_of_the_beijing_calendar(scene: Scene) -> None:
    li = Door("li")
    day = (scene.recording.received_at + timedelta(hours=8)).date()
    assert len(li.page("/recordings", when=f"{day}..{day}")["rows"]) == 3
    before = day - timedelta(days=1)
    assert li.page("/recordings", when=f"{before}..{before}")["rows"] == []


def test_pages_follow_each_other_by_key_without_loss_or_double(scene: Scene) -> None:
    li, by = Door("li"), as_actor(scene.cast.li)
    for n in range(34):
        casework.open_case(
            scene.cast.team, by=by, category="penalty", start_mode="ex_officio", cause=f"第 {n} 件", officer=scene.cast.li,
            at=now() - timedelta(minutes=n // 3),
        )  # fmt: skip
    first = li.page("/cases")
    second = li.page("/cases", after=first["next"])
    assert (len(first["rows"]), len(second["rows"]), second["next"]) == (30, 5, None)
    assert len({row["id"] for row in first["rows"] + second["rows"]}) == 35
    assert first["count_label"] == "共 35 条"


def test_no_exact_totals_above_a_thousand() -> None:
    assert count_label(1000) == "共 1000 条"
    assert count_label(1001) == "超过 1,000 条"
    assert [size_shown(n) for n in (0, 999, 1000, 3_400_000_000)] == ["0 B", "999 B", "1.0 kB", "3.4 GB"]


def test_timeline_tells_what_was_recorded_and_what_is_missing(scene: Scene) -> None:
    page = Door("li").page(f"/activities/{scene.activity.pk}")
    line = page["timeline"]
    kinds = [(span["kind"], span["start"], span["end"]) for span in line["summary"]]
    assert [kind for kind, _, _ in kinds] == ["recorded", "missing"]
    assert line["totals"]["required_seconds"] == 300
    assert line["totals"]["recorded_seconds"] == pytest.approx(20, abs=1)
    assert line["totals"]["missing_seconds"] == pytest.approx(280, abs=1)
    cameras = [lane for lane in line["lanes"] if lane["kind"] == "camera"]
    assert cameras[0]["spans"][0]["recording"] == str(scene.recording.pk)
    events = next(lane for lane in line["lanes"] if lane["kind"] == "events")
    assert {point["label"] for point in events["points"]} >= {"到达", "开始", "结束"}
    assert "缺失 4 分 40 秒" in page["timeline_says"]
    assert page["head"]["due"]["tone"] == "breach" or page["head"]["due"]["action"]


def test_case_shows_its_activities_and_their_timeline(scene: Scene) -> None:
    page = Door("li").page(f"/cases/{scene.case.pk}")
    assert [row["number"] for row in page["activities"]] == [scene.activity.number]
    assert page["timeline"]["totals"]["required_seconds"] == 300
    assert page["stages"][0]["state"] == "current"


def test_recording_tells_its_clocks_digests_and_keeping(scene: Scene) -> None:
    page = Door("li").page(f"/recordings/{scene.recording.pk}")
    believed = [r for r in page["clocks"]["readings"] if r["believed"]]
    assert [r["source"] for r in believed] == ["文件名"]
    assert page["clocks"]["says"].startswith("采信“文件名”")
    assert {d["label"]: d["value"] for d in page["digests"]}["SHA-256"] == scene.recording.sha256
    assert any(fact["label"] == "保存期限" for fact in page["facts"])
    assert page["track"]["open_url"] == f"/recordings/{scene.recording.pk}/viewings"
    (link,) = page["links"]
    assert link["activity"]["to"] == f"/activities/{scene.activity.pk}"
    assert (link["ended"], "使用人参加" in link["says"]) == (None, True)
    assert page["rail"]["trail"][-1]["what"] == "入库"


def test_limited_sandbox_is_said_on_the_page(scene: Scene) -> None:
    row = Inspection.objects.get(recording=scene.recording)
    at = row.at + timedelta(minutes=1)
    again = Inspection(
        at=at,
        program=row.program,
        sandbox="limited",
        facts={**row.facts, "sandbox": "limited"},
        findings=row.findings,
    )
    believed = evidence.Believed("video", scene.recording.started_at, scene.recording.ended_at, "name")
    evidence.note_inspection(
        scene.recording, by=as_actor(scene.cast.li), inspection=again, believed=believed, at=at
    )
    facts = Door("li").page(f"/recordings/{scene.recording.pk}")["media_facts"]
    assert any((fact["note"] or "").startswith("受限沙箱") for fact in facts)


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>.mp4",
        "../../etc/passwd",
        "=cmd|'/c calc'!A1.mp4",
        "录像\u202e4pm.exe",
        "a\"b';--.mp4",
        "x" * 300,
    ],
)
def test_hostile_file_name_is_data_and_nothing_else(scene: Scene, name: str) -> None:
    arriving = scene.office.vault.incoming(new_id().hex)
    arriving.write(film()[:500])
    row = evidence.receive_recording(
        by=as_actor(scene.cast.zhao), clip=evidence.Clip(unit=scene.cast.team, name=name, path=f"DCIM/{name}"), arriving=arriving
    )  # fmt: skip
    li = Door("li")
    answer = li.get(f"/recordings/{row.pk}")
    assert answer["Content-Type"].startswith("application/json")
    facts = {fact["label"]: fact["value"] for fact in answer.json()["facts"]}
    assert facts["原文件名"] == name
    assert numbers(li.page("/recordings", q=name[:30]))[:1] == [row.number] or " " in name[:30]


def test_receipt_tells_the_proof_and_hides_names_from_strangers(scene: Scene) -> None:
    seal_now(scene.office)
    number = Door("li").page(f"/recordings/{scene.recording.pk}")["rail"]["proofs"][-1]["journal_number"]
    told = Door("li").page(f"/receipts/{number}")
    assert told["proof"]["sealed"]
    assert {"何人", "叶摘要"} <= {fact["label"] for fact in told["facts"]}
    assert "何人" not in {fact["label"] for fact in Door("sys").page(f"/receipts/{number}")["facts"]}
    assert Door("sun").get(f"/receipts/{number}").status_code == 404
    file = Door("li").get(f"/receipts/{number}/file")
    proof = file.json()
    assert (proof["index"], proof["format"]) == (number - 1, "liuhen-line-proof-v1")
    assert "李" not in file.content.decode()
    assert Door("sys").get(f"/receipts/{number}/file").status_code == 404


def test_checkpoint_is_given_as_it_was_signed(scene: Scene) -> None:
    seal_now(scene.office)
    page = Door("sys").page("/proof")
    size = page["checkpoints"][0]["size"]
    note = Door("sys").get(f"/proof/checkpoints/{size}")
    assert note.content.decode() == scene.office.log.note()
    assert "未见证" in page["standing"]["label"]
    assert page["standing"]["tone"] == "plain"


def test_rules_page_shows_the_law_rule_by_rule_and_how_it_stands(scene: Scene) -> None:
    Worker(scene.office).drain(leave=("recording.inspect",))
    page = Door("li").page("/rules")
    clauses = [clause for article in page["articles"] for clause in article["clauses"]]
    pack = scene.cast.law.packs[0]
    assert [clause["id"] for clause in clauses] == [clause.id for clause in pack.clauses]
    assert {rule["id"] for clause in clauses for rule in clause["rules"]} == {rule.id for rule in pack.rules}
    assert any(clause["standing"] for clause in clauses)
    admin = [clause for article in Door("sys").page("/rules")["articles"] for clause in article["clauses"]]
    assert all(not clause["standing"] for clause in admin)


def test_pages_say_so_where_no_pack_is_in_force(scene: Scene) -> None:
    sun = Door("sun")
    assert sun.page("/rules")["state"]["label"] == "未启用"
    assert sun.page("/workbench")["greeting"]
    assert sun.get("/forms/activity").status_code == 403


def test_full_disk_is_said_everywhere_and_uploads_are_refused_first(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FileVault, "free_bytes", lambda _: 0)
    li = Door("li")
    assert [b["says"] for b in li.page("/session")["banners"] if b["tone"] == "breach"] == [
        "暂停入库：存储空间不足"
    ]
    assert li.page("/door")["banners"][0]["key"] == "full"
    assert li.page("/uploads/desk")["unavailable"]["status"] == 507


def test_upload_is_told_to_the_one_who_opened_it_alone(scene: Scene) -> None:
    assert Door("li").page(f"/uploads/{scene.upload.pk}")["state"]["label"] == "上传中"
    assert Door("wang").get(f"/uploads/{scene.upload.pk}").status_code == 404


def test_every_verb_the_code_writes_has_its_words() -> None:
    verbs: set[str] = set()
    for path in Path(liuhen.__file__).parent.rglob("*.py"):
        text = path.read_text()
        verbs |= set(re.findall(r'act\(\s*"([a-z]+\.[a-z-]+)"', text))
        for assigned in re.findall(r"^\s+verb = (.+)$", text, re.MULTILINE):
            verbs |= set(re.findall(r'"([a-z]+\.[a-z-]+)"', assigned))
    assert len(verbs) > 40
    assert verbs == set(VERBS)


def test_log_of_a_recorder_waits_for_no_activity_on_any_page(scene: Scene) -> None:
    """It belongs to its device: neither its title nor a list nor the desk asks anybody to link it."""
    zhang = Door("zhang")
    before = [one["id"] for one in zhang.page("/recordings?state=unlinked")["rows"]]
    assert str(scene.loose.pk) in before
    scene.loose.form = Recording.Form.LOG
    scene.loose.save(update_fields=["form"])
    works(scene.office)["recording.verify"](scene.loose.pk)
    page = zhang.page(f"/recordings/{scene.loose.pk}")
    assert (page["head"]["state"]["label"], page["suggestions"]) == ("已入库", [])
    assert "不须关联" in page["head"]["state"]["reason"]
    assert "no-case" not in {action["key"] for action in page["head"]["actions"]}
    assert str(scene.loose.pk) not in [one["id"] for one in zhang.page("/recordings?state=unlinked")["rows"]]
    assert str(scene.loose.pk) not in [one["id"] for one in zhang.page("/linking")["rows"]]
