"""保存处置 at the API: calendar, periods, holds placed and ended, as each person sees them."""

from datetime import timedelta
from typing import Any

import pytest

from liuhen.apps.approval.models import Request
from liuhen.apps.archive.models import BackupRun, RestoreDrill
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Job
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Officer
from liuhen.apps.retention.models import (
    DisposalList,
    Hold,
    HoldRelease,
    KeepingDecision,
    KeepingPeriod,
    Shortening,
)
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now
from liuhen.server.worker import Worker, sweep
from liuhen.server.works import works
from tests.cast import LONG_AGO
from tests.interfaces.api.scene import Door, Scene

HOLD = {
    "matter": "litigation",
    "reference": "行初 9 号",
    "authority": "清河区人民法院",
    "reason": "当事人起诉",
}


def rows(door: Door, path: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = door.page(path, **query)["rows"]
    return found


def decided(scene: Scene) -> None:
    request = Request.objects.get(state="pending")
    told = {"answer": "agree", "reason": ""}
    assert Door("zhou2").post(f"/approvals/{request.pk}/decision", **told).status_code == 200
    Worker(scene.office).drain(leave=("recording.inspect",))


@pytest.mark.parametrize("kind", ["recordings", "activities", "cases"])
def test_hold_is_placed_seen_and_ended_on_the_pages(scene: Scene, kind: str) -> None:
    thing = {"recordings": scene.recording, "activities": scene.activity, "cases": scene.case}[kind]
    zhang, chen = Door("zhang"), Door("chen")
    shelf = zhang.page(f"/{kind}/{thing.pk}/holds")
    assert shelf["rows"] == [] and shelf["says"] == ""
    form = zhang.page(shelf["actions"][0]["form_url"])
    assert zhang.post(form["url"], **HOLD | {"matter": "x"}).status_code >= 400
    assert zhang.post(form["url"], **HOLD).status_code == 200
    assert "1 项未终结" in zhang.page(f"/{kind}/{thing.pk}/holds")["says"]
    [row] = rows(zhang, "/holds", state="open", q="行初")
    assert (row["matter"], row["count"], row["state"]["label"], row["actions"]) == ("诉讼", 1, "未终结", [])
    held = Door("li").page(f"/recordings/{scene.recording.pk}/holds")
    assert len(held["rows"]) == 1 and held["actions"] == []
    [listed] = [one for one in rows(zhang, "/recordings") if one["number"] == scene.recording.number]
    assert listed["marks"][0]["label"] == "暂缓处置"
    [kept] = [one for one in rows(chen, "/keeping") if one["number"] == scene.recording.number]
    assert kept["state"]["label"] == "暂缓处置"
    [row] = rows(chen, "/holds")
    form = chen.page(row["actions"][0]["form_url"])
    assert chen.post(form["url"], reason="判决生效").status_code == 200
    assert rows(chen, "/holds")[0]["actions"][0]["unavailable"]
    assert "行初 9 号" in Door("zhou2").page(f"/approvals/{Request.objects.get().pk}/decision")["intro"]
    decided(scene)
    assert HoldRelease.objects.count() == 1
    [row] = rows(chen, "/holds", state="done", kind="litigation")
    assert "判决生效" in row["state"]["reason"] and row["actions"] == []
    assert Door("sun").page("/holds")["rows"] == []
    assert chen.get("/holds", state="x").status_code == 400


def test_term_is_shortened_and_decided_on_the_page(scene: Scene) -> None:
    chen, zhang, held = Door("chen"), Door("zhang"), KeepingPeriod.objects.get(recording=scene.recording)
    assert chen.get(f"/recordings/{scene.recording.pk}/shortening").status_code == 403
    far, near = now() + timedelta(days=900), now() + timedelta(days=400)
    held.rank, held.until, held.promised_rank, held.promised_until, held.shorter_until = (
        "until",
        far,
        "until",
        far,
        near,
    )
    held.save()
    [row] = rows(chen, "/keeping", state="shorter")
    form = chen.page(row["actions"][0]["form_url"])
    assert chen.post(form["url"], reason="误标证据").status_code == 200
    assert rows(chen, "/keeping", state="shorter")[0]["actions"][0]["unavailable"]
    assert "缩短" in Door("zhou2").page(f"/approvals/{Request.objects.get().pk}/decision")["intro"]
    decided(scene)
    assert Shortening.objects.get().applied_at is not None
    held.rank, held.until = "undecided", None
    held.save()
    [row] = [
        one for one in rows(zhang, "/keeping", state="undecided") if one["number"] == scene.recording.number
    ]
    form = zhang.page(row["actions"][0]["form_url"])
    assert zhang.post(form["url"], until=near.isoformat(), reason="逐件确定").status_code == 200
    assert KeepingDecision.objects.count() == 1


def test_calendar_and_desk_tell_what_falls_due(scene: Scene) -> None:
    KeepingPeriod.objects.filter(recording=scene.recording).update(
        rank="until", until=now() + timedelta(days=9)
    )
    KeepingPeriod.objects.filter(recording=scene.loose).update(rank="until", until=now() - timedelta(days=1))
    page = Door("he").page("/keeping/calendar")
    assert [fact["value"] for fact in page["facts"][:2]] == ["共 1 条", "共 1 条"]
    month = next(one for one in page["months"] if one["count"])
    query = dict([month["to"].partition("?")[2].split("=")])
    assert len(rows(Door("he"), "/keeping", **query)) == month["count"]
    assert [one["state"]["label"] for one in rows(Door("he"), "/keeping", state="due")] == ["已届满"]
    keys = {who: {one["key"] for one in Door(who).desk()} for who in ("li", "zhang", "sys")}
    assert "keeping-owner" in keys["li"] and "keeping-unit" in keys["zhang"]
    assert not any(key.startswith("keeping") for key in keys["sys"])
    assert Door("he").get("/keeping", state="x").status_code == 400
    assert Hold.objects.count() == 0


def test_list_goes_from_drawing_to_certificate_on_the_pages(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """何 draws, 陈 checks, the head approves, 何 and 赵 execute, 周 samples; after the window nothing is left but the record."""
    top = scene.cast.chen.unit
    for who, role in (("he", "archive_clerk"), ("zhou2", "agency_head")):
        registry.appoint(scene.people[who], by=OPERATOR, role=role, unit=top, since=LONG_AGO, at=LONG_AGO)
    Officer.objects.filter(pk=scene.people["he"].pk).update(unit=top)
    row = scene.loose
    ended = now() - timedelta(days=800)
    Recording.objects.filter(pk=row.pk).update(started_at=ended - timedelta(hours=1), ended_at=ended)
    registry.set_value(scene.cast.agency, by=OPERATOR, key="keep-ordinary", value="24m", since=LONG_AGO)
    works(scene.office)["recording.judge"](row.pk)
    he, zhao, zhou = Door("he"), Door("zhao"), Door("zhou")
    form = he.page(he.page("/disposals")["actions"][0]["form_url"])
    assert "共 1 条" in form["intro"]
    told = {"cutoff": form["fields"][0]["value"], "reason": "期满"}
    to = he.post(form["url"], **told).json()["to"]
    assert (
        rows(he, "/disposals", state="asked")[0]["to"] == to
        and he.get("/disposals", state="x").status_code == 400
    )
    for who in ("chen", "zhou2"):
        request = Request.objects.get(purpose="disposal")
        assert "1 段音像" in Door(who).page(f"/approvals/{request.pk}/decision")["intro"]
        assert (
            Door(who).post(f"/approvals/{request.pk}/decision", answer="agree", reason="").status_code == 200
        )
    drain(scene)
    for door in (he, zhao):
        [item] = [one for one in door.desk() if one["key"].startswith("disposal")]
        assert "登记到场执行" in item["title"]
        form = door.page(next(one for one in door.page(to)["head"]["actions"] if one["main"])["form_url"])
        assert door.post(form["url"], outside="").status_code == 200
        assert he.get(f"{to}/certificate").status_code == 403
    drain(scene)
    page = zhou.page(to)
    assert (page["head"]["state"]["label"], page["items"][0]["in_sample"]) == ("恢复期", True)
    listed = {one["number"]: one["state"]["label"] for one in rows(he, "/recordings")}
    assert listed[row.number] == "已移出待销毁"
    form = zhou.page(next(one for one in page["head"]["actions"] if one["main"])["form_url"])
    assert row.number in form["intro"]
    assert zhou.post(form["url"], agrees="yes", note="摘要相符").status_code == 200
    for module in ("liuhen.server.works", "liuhen.server.worker", "liuhen.apps.journal.jobs"):
        monkeypatch.setattr(f"{module}.now", lambda: now() + timedelta(days=8))
    sweep(scene.office, at=now() + timedelta(days=8))
    run_next_of(scene, "disposal.finish")
    page = he.page(to)
    assert page["head"]["state"]["label"] == "已销毁" and page["certificate"]
    assert he.get(f"{to}/certificate").content.startswith(b"%PDF-")
    assert {one["state"]["label"] for one in page["steps"]} == {"已办"}
    assert Door("li").get(to).status_code == 404
    assert he.page(f"/recordings/{row.pk}")["head"]["state"]["label"] == "已销毁"
    assert not scene.office.vault.holds(row.digest) or row.sha256 == scene.recording.sha256


def test_list_is_called_off_on_the_page(scene: Scene) -> None:
    row = DisposalList.objects.create(
        agency=scene.cast.agency, unit=scene.cast.agency.units.get(parent=None), number="销毁-1", cutoff=now(), count=0, size=0, sha256="",
        drawn_by=scene.people["he"], drawn_at=now(), state="approved",
    )  # fmt: skip
    chen = Door("chen")
    action = next(
        one for one in chen.page(f"/disposals/{row.pk}")["head"]["actions"] if one["key"] == "call-off"
    )
    form = chen.page(action["form_url"])
    assert chen.post(form["url"], reason="清单有误").status_code == 200
    drain(scene)
    page = chen.page(f"/disposals/{row.pk}")
    assert page["head"]["state"]["label"] == "已撤回" and "清单有误" in page["says"]


def drain(scene: Scene) -> None:
    Worker(scene.office).drain(leave=("recording.inspect", "recording.judge"))


def run_next_of(scene: Scene, kind: str) -> None:
    job = Job.objects.filter(kind=kind).latest("run_after")
    works(scene.office)[kind](job.subject)


def test_register_of_backups_and_its_alarm_on_the_desk(scene: Scene) -> None:
    """Nothing at first; a warning from the twenty-fifth day, an alarm from the thirty-first; a run silences it and stands in the custody."""
    he = Door("he")
    assert he.page("/backups")["runs"] == []
    made = BackupRun.objects.create(
        number="备份-1", place="区档案馆", carried_by="谭某", medium="/mnt/usb", originals=3, files=9, added=9, bytes_added=9000, index="0" * 64,
        log_size=9, log_root="0" * 64, covers=now() - timedelta(days=26), at=now() - timedelta(days=26), by=scene.people["he"].pk,
    )  # fmt: skip
    RestoreDrill.objects.create(
        run="备份-1", sampled=3, good=2, note="一份损坏", at=now(), by=scene.people["he"].pk
    )
    page = he.page("/backups")
    assert (
        page["state"]["tone"] == "due"
        and page["runs"][0]["place"] == "区档案馆"
        and page["drills"][0]["state"]["tone"] == "breach"
    )
    assert page["facts"][1]["value"] == "共 3 条"

    def alarm(who: str) -> list[str]:
        return [one["state"]["tone"] for one in Door(who).desk() if one["key"] == "backup"]

    assert alarm("he") == ["due"] and alarm("li") == []
    later = BackupRun.objects.create(
        **{
            field.attname: getattr(made, field.attname)
            for field in BackupRun._meta.fields
            if field.name not in ("id", "number")
        }
        | {"number": "备份-2", "covers": now(), "at": now()}
    )
    assert alarm("he") == [] and he.page("/backups")["state"]["tone"] == "proven"
    custody = he.page(f"/recordings/{scene.recording.pk}")["custody"]
    assert later.number in custody[-1]["how"] and "区档案馆" in custody[-1]["place"]
    assert Door("li").get("/backups").status_code == 404
