"""An evidence package through the pages: asked for, approved, made by another, downloaded in ranges, and out of reach for everybody else."""

import io
import zipfile
from typing import Any

import pytest

from liuhen.apps.access.models import Package
from liuhen.apps.approval.models import Request
from liuhen.apps.journal.models import Job, Line
from liuhen.apps.journal.sealing import seal
from liuhen.interfaces.api.matters import matter_of
from liuhen.interfaces.cli.packages import make_package, write_trust
from liuhen.kernel.clock import now
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Refused, Unavailable
from liuhen.server.worker import Worker
from liuhen.server.works import parts_of, works
from tests.interfaces.api.scene import Door, Scene
from tests.interfaces.api.test_media import fetch

# The plane of bulk bytes asks the database on threads of its own.
pytestmark = pytest.mark.django_db(transaction=True)
WISH = {
    "recipient_kind": "court", "recipient": "清河区人民法院", "case_number": "（2026）清行初字第 1 号", "is_evidence": "yes", "is_sensitive": "no",
    "reason": "法院调取",
}  # fmt: skip


def shelf(door: Door, scene: Scene) -> Any:
    return door.page(f"/activities/{scene.activity.pk}")["packages"]


def asked(scene: Scene, **more: str) -> Package:
    answer = Door("li").post(f"/activities/{scene.activity.pk}/package-requests", **{**WISH, **more})
    assert answer.status_code == 200, answer.content.decode()
    return Package.objects.latest("asked_at")


def approved(scene: Scene, login: str = "zhou2") -> Package:
    package = asked(scene)
    request = Door("li").page("/workbench") and _request(package)
    answer = Door(login).post(f"/approvals/{request.pk}/decision", answer="agree")
    assert answer.status_code == 200, answer.content.decode()
    return package


def _request(package: Package) -> Any:
    return Request.objects.get(subject=package.pk)


def built(scene: Scene) -> Package:
    package = approved(scene, approver_of(scene))
    assert Door("chen").post(f"/packages/{package.pk}/order").status_code == 200
    seal(scene.office.log, at=now())
    works(scene.office)["package.build"](package.pk)
    package.refresh_from_db()
    return package


def approver_of(scene: Scene) -> str:
    """Whoever holds the role that the pack's chain ends with, and did not ask."""
    role = _request(asked(scene)).chain[0]["role"]
    return next(
        login
        for login, who in scene.people.items()
        if who.roles.filter(role=role).exists() and login not in ("li", "sun")
    )


def test_package_goes_from_asking_to_the_download_through_four_hands(scene: Scene) -> None:
    li, chen = Door("li"), Door("chen")
    assert shelf(li, scene)["ask"]["label"] == "申请证据包"
    form = li.page(f"/activities/{scene.activity.pk}/package-request")
    papers = {"bearer", "bearer_paper", "bearer_number", "legal_document", "scan"}
    assert {field["name"] for field in form["fields"]} == WISH.keys() | papers
    approver = approver_of(scene)
    package = asked(scene)
    (row,) = [one for one in shelf(chen, scene)["rows"] if one["number"] == package.number]
    assert (row["state"]["label"], row["actions"], row["download"]) == ("待审批", [], None)
    assert package.number in matter_of(_request(package))
    assert chen.post(f"/packages/{package.pk}/order").status_code == 403
    assert (
        Door(approver).post(f"/approvals/{_request(package).pk}/decision", answer="agree").status_code == 200
    )
    (row,) = [one for one in shelf(chen, scene)["rows"] if one["number"] == package.number]
    assert (row["state"]["label"], [action["label"] for action in row["actions"]]) == ("待制作", ["制作"])
    assert li.post(f"/packages/{package.pk}/order").status_code == 403
    assert chen.post(f"/packages/{package.pk}/order").status_code == 200
    (row,) = [one for one in shelf(chen, scene)["rows"] if one["number"] == package.number]
    assert (row["state"]["label"], row["actions"]) == ("正在制作", [])
    seal(scene.office.log, at=now())
    works(scene.office)["package.build"](package.pk)
    (row,) = [one for one in shelf(li, scene)["rows"] if one["number"] == package.number]
    assert (row["state"]["label"], row["download"]["label"], len(row["digest"])) == (
        "已制成",
        "下载证据包",
        64,
    )
    answer = fetch(scene, li, row["download"]["to"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    assert "attachment" in answer.headers["content-disposition"]
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    assert Line.objects.order_by("-number")[0].verb == "package.fetched"
    part = fetch(scene, li, row["download"]["to"], Range="bytes=100-199")
    assert (part.status_code, part.content) == (206, answer.content[100:200])


def test_package_is_out_of_reach_for_everybody_else(scene: Scene) -> None:
    package = built(scene)
    path = f"/files/packages/{package.pk}"
    assert fetch(scene, None, path).status_code == 401
    assert fetch(scene, Door("sun"), path).status_code == 404
    assert fetch(scene, Door("wang"), path).status_code == 403
    assert fetch(scene, Door("sys"), path).status_code == 404
    assert fetch(scene, Door("zhao"), path).status_code == 403  # A custodian, who neither asked nor made.
    assert fetch(scene, Door("chen"), path).status_code == 200
    (row,) = [one for one in shelf(Door("wang"), scene)["rows"] if one["number"] == package.number]
    assert row["download"] is None
    scene.office.copies.path(_digest(package)).unlink()
    assert fetch(scene, Door("chen"), path).status_code == 404


def _digest(package: Package) -> Any:
    return Digest(package.sha256, package.sm3)


def test_package_that_could_not_be_made_says_why_and_is_made_again(scene: Scene) -> None:
    package = approved(scene, approver_of(scene))
    chen = Door("chen")
    assert chen.post(f"/packages/{package.pk}/order").status_code == 200
    original = scene.office.vault.path(scene.recording.digest)
    away = original.with_name("away")
    original.rename(away)
    seal(scene.office.log, at=now())
    Job.objects.filter(kind="package.build").update(run_after=now(), attempts=4)
    Worker(scene.office).drain()
    (row,) = [one for one in shelf(chen, scene)["rows"] if one["number"] == package.number]
    assert (row["state"]["label"], row["actions"][0]["label"]) == ("没有制成", "再制作一次")
    assert "没有这个原件" in row["state"]["reason"]
    away.rename(original)
    assert chen.post(f"/packages/{package.pk}/order").status_code == 200
    seal(scene.office.log, at=now())
    works(scene.office)["package.build"](package.pk)
    (row,) = [one for one in shelf(chen, scene)["rows"] if one["number"] == package.number]
    assert row["state"]["label"] == "已制成"


def test_recording_has_packages_of_its_own(scene: Scene) -> None:
    li = Door("li")
    path = f"/recordings/{scene.recording.pk}"
    assert li.page(f"{path}/package-request")["title"].endswith(scene.recording.number)
    assert li.post(f"{path}/package-requests", **WISH).status_code == 200
    assert [row["state"]["label"] for row in li.page(path)["packages"]["rows"]] == ["待审批"]


def test_sensitive_and_judicial_cases_ask_whom_the_regulation_names(scene: Scene) -> None:
    plain, sensitive = (_request(asked(scene, is_sensitive=told)).chain for told in ("no", "yes"))
    assert plain
    assert sensitive
    assert {step["clause"] for step in plain} <= {step["clause"] for step in sensitive}


def test_operator_makes_an_approved_package_into_a_file_and_never_over_another(
    scene: Scene, tmp_path: Any
) -> None:
    package = approved(scene, approver_of(scene))
    parts, target = parts_of(scene.office), tmp_path / "package.zip"
    with pytest.raises(Refused, match="没有证据包"):
        make_package(scene.office, parts, number="x", target=target)
    with pytest.raises(Unavailable, match="还没有封存"):
        make_package(scene.office, parts, number=package.number, target=target)
    seal(scene.office.log, at=now())
    assert package.number in make_package(scene.office, parts, number=package.number, target=target)
    assert zipfile.ZipFile(target).testzip() is None
    with pytest.raises(Refused, match="不覆盖"):
        make_package(scene.office, parts, number=package.number, target=target)
    trust = tmp_path / "trust.txt"
    write_trust(scene.office, target=trust)
    assert trust.read_text("utf-8").startswith(f"log {scene.office.signer.verifier}\n")
