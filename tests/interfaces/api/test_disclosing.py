"""遮挡副本从页面上走出去：申请、批准、制作、下载、打印交接单、登记签收、收回；别人看不到也取不走。"""

import base64
import io
import zipfile
from typing import Any

import pytest

from liuhen.apps.access.models import Package, Redaction
from liuhen.apps.access.redacting import answer_redaction, draw_redaction, look_at_redaction, note_rendered
from liuhen.apps.approval.models import Request
from liuhen.apps.journal.models import Line
from liuhen.apps.journal.sealing import seal
from liuhen.engines.media.redaction import Proof
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import now
from liuhen.server.works import works
from tests.cast import as_actor
from tests.interfaces.api.scene import Door, Scene
from tests.interfaces.api.test_media import fetch

# The plane of bulk bytes asks the database on threads of its own.
pytestmark = pytest.mark.django_db(transaction=True)
MUTE = {"masks": [], "mutes": [{"begins": 1, "ends": 2, "reason": "说出住址", "sound": "lower"}]}


@pytest.fixture
def copy(scene: Scene) -> Redaction:
    """李 drew it; made; 陈 looked and agreed."""
    li, chen, at = scene.cast.li, scene.cast.chen, now()
    row = draw_redaction(
        scene.recording, by=as_actor(li), officer=li, masks=MUTE, purpose="交当事人阅看", at=at
    )
    proof = Proof(
        **{**dict.fromkeys(Proof.__slots__, 0), "samples": 9, "sound_equal": True, "converted_from": ""}
    )
    stored = scene.office.copies.put(io.BytesIO(b"copy"))
    note_rendered(row, by=SYSTEM, stored=stored, proof=proof, media_type="audio/mp4", at=at)
    look_at_redaction(row, by=as_actor(chen), officer=chen, at=at)
    answer_redaction(row, by=as_actor(chen), officer=chen, agree=True, reason="", at=at)
    return row


def wish(copy: Redaction, **more: Any) -> dict[str, Any]:
    told = {
        "copies": [str(copy.pk)],
        "recipient_kind": "party",
        "recipient": "钱立",
        "use": "rights",
        "wrapping": "alone",
        "is_sensitive": "no",
    }
    return {**told, "reason": "当事人申请阅看", **more}


def made(scene: Scene, copy: Redaction) -> Package:
    answer = Door("li").post(
        f"/recordings/{scene.recording.pk}/copy-requests", **wish(copy, due_back="2099-01-31")
    )
    assert answer.status_code == 200, answer.content.decode()
    package = Package.objects.latest("asked_at")
    request = Request.objects.get(subject=package.pk)
    role = request.chain[0]["role"]
    approver = next(
        login for login, who in scene.people.items() if who.roles.filter(role=role).exists() and login not in ("li", "sun")
    )  # fmt: skip
    for row in (
        Door(approver).get(f"/redactions/{copy.pk}"),
        Door(approver).post(f"/approvals/{request.pk}/decision", answer="agree"),
    ):
        assert row.status_code == 200, row.content.decode()
    assert Door("chen").post(f"/packages/{package.pk}/order").status_code == 200
    seal(scene.office.log, at=now())
    works(scene.office)["package.build"](package.pk)
    package.refresh_from_db()
    return package


def test_copy_leaves_by_the_pages_and_comes_back(scene: Scene, copy: Redaction) -> None:
    li, path = Door("li"), f"/recordings/{scene.recording.pk}"
    assert li.page(path)["packages"]["ask_copies"]["label"] == "申请对外提供遮挡副本"
    form = li.page(f"{path}/copy-request")
    (choice,) = [field for field in form["fields"] if field["name"] == "copies"]
    assert (choice["value"], [one["label"] for one in choice["options"]]) == ([str(copy.pk)], [copy.number])
    assert (
        next(one["label"] for one in li.page(f"/redactions/{copy.pk}")["head"]["actions"]) == "申请对外提供"
    )
    package = made(scene, copy)
    page = li.page(f"/packages/{package.pk}")
    assert (page["head"]["state"]["label"], page["head"]["due"]["tone"]) == ("已制成", "due")
    assert [one["number"] for one in page["copies"]] == [copy.number]
    assert (page["head"]["due"]["action"]["label"], page["head"]["actions"]) == ("登记交付", [])
    with zipfile.ZipFile(io.BytesIO(fetch(scene, li, page["download"]["to"]).content)) as archive:
        assert sorted(name.partition("/")[2] for name in archive.namelist()) == [
            "001.mp4", "seal.txt", "statement.json", "statement.pdf",
        ]  # fmt: skip
    note = li.get(f"/packages/{package.pk}/note")
    assert (note["Content-Type"], note.content[:5]) == ("application/pdf", b"%PDF-")
    assert f"package-{package.pk}" in {one["key"] for one in li.desk()}
    told = {
        "receiver": "钱立", "paper": "居民身份证", "paper_number": "1", "means": "scan", "handed_at": package.made_at.isoformat() if package.made_at else "",
        "scan": base64.b64encode(b"%PDF-1.7 both").decode(),
    }  # fmt: skip
    assert li.post(f"/packages/{package.pk}/deliveries", **told).status_code == 200
    assert Line.objects.order_by("-number")[0].verb == "package.delivered"
    assert li.get(f"/packages/{package.pk}/scan").content == b"%PDF-1.7 both"
    page = li.page(f"/packages/{package.pk}")
    assert page["head"]["state"]["label"] == "已交付"
    assert "2099-01-31" in page["head"]["due"]["says"]
    (row,) = [one for one in li.page(path)["packages"]["rows"] if one["number"] == package.number]
    assert row["state"]["label"] == "已交付"
    assert any(one["place"] == "遮挡副本在外：钱立" for one in li.page(path)["custody"])
    form = li.page(f"/packages/{package.pk}/return")
    back = {"outcome": "returned", "says": "收条一张", "happened_at": now().isoformat()}
    assert form["url"].endswith("/returns")
    assert li.post(f"/packages/{package.pk}/returns", **back).status_code == 200
    assert li.page(f"/packages/{package.pk}")["head"]["state"]["label"] == "已归还"


def test_copies_of_an_activity_are_asked_for_on_its_page_and_no_copy_of_elsewhere(
    scene: Scene, copy: Redaction
) -> None:
    li, path = Door("li"), f"/activities/{scene.activity.pk}"
    assert [one["value"] for one in li.page(f"{path}/copy-request")["fields"][0]["options"]] == [str(copy.pk)]
    answer = li.post(f"{path}/copy-requests", **wish(copy, copies=[str(scene.case.pk)]))
    assert (answer.status_code, "不在可以提供的之列" in answer.content.decode()) == (403, True)
    assert (
        li.post(f"{path}/copy-requests", **wish(copy, recipient_kind="media", wrapping="bag")).status_code
        == 200
    )
    package = Package.objects.latest("asked_at")
    assert (package.recipient_kind, package.is_evidence) == ("media", False)
    assert Door("sun").get(f"/packages/{package.pk}").status_code == 404
    assert Door("wang").get(f"/packages/{package.pk}/note").status_code == 404


def test_original_is_not_asked_for_by_the_form_of_packages_for_a_party(scene: Scene) -> None:
    told = {
        "recipient_kind": "party",
        "recipient": "钱立",
        "case_number": "x",
        "is_evidence": "no",
        "is_sensitive": "no",
        "reason": "x",
    }
    assert Door("li").post(f"/recordings/{scene.recording.pk}/package-requests", **told).status_code == 422
    form = Door("li").page(f"/recordings/{scene.recording.pk}/package-request")
    kinds = {
        one["value"]
        for field in form["fields"]
        if field["name"] == "recipient_kind"
        for one in field["options"]
    }
    assert not kinds & {"party", "media", "other"}
