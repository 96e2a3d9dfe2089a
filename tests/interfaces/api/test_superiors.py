"""上级批准 on the pages: the desk says who is to do what, the package's page shows it, and no stranger reads the paper."""

import base64

import pytest

from liuhen.apps.access.models import Package
from liuhen.apps.access.packages import Wish, ask_for_package
from liuhen.apps.approval.actions import SUPERIOR, ChainStep, decide
from liuhen.apps.approval.models import Request
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.superiors import name_superior
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import BEIJING, now
from tests.cast import LONG_AGO, as_actor
from tests.interfaces.api.scene import Door, Scene

SCAN = b"%PDF-1.7 the letter"


@pytest.fixture
def package(scene: Scene) -> Package:
    """Asked for by 李, agreed to by 张; what is due is the superior's word."""
    li, zhang, at = scene.cast.li, scene.cast.zhang, now()
    chain = [ChainStep("unit_head", "负责人", ""), ChainStep(SUPERIOR, "上级公安机关", "TNH-18.p4b")]
    wish = Wish("court", "清河区人民法院", "1", is_evidence=True, is_sensitive=True)
    made = ask_for_package(scene.activity, wish, by=as_actor(li), requester=li, reason="调取", chain=chain, at=at)  # fmt: skip
    decide(made, by=as_actor(zhang), officer=zhang, agree=True, reason="", at=at)
    return Package.objects.get(pk=made.subject)


def keys(page: dict) -> set[str]:  # type: ignore[type-arg]
    head = page["head"]
    return {one["key"].partition(":")[0] for one in [*head["actions"], *([head["due"]["action"]] if head["due"] and head["due"]["action"] else [])]}  # fmt: skip


def test_paper_is_entered_and_checked_on_the_pages_and_the_desk_says_by_whom(
    scene: Scene, package: Package
) -> None:
    request = Request.objects.get(subject=package.pk)
    li, chen, sun = Door("li"), Door("chen"), Door("sun")
    assert "报上级机关批准" in str(li.page("/workbench"))
    assert "superior-paper" in keys(li.page(f"/packages/{package.pk}"))
    form = li.page(f"/approvals/{request.pk}/paper")
    assert [field["name"] for field in form["fields"]][-1] == "scan"
    told = {
        "organ": "市公安局", "number": "市公批〔2026〕7 号", "dated": now().astimezone(BEIJING).date().isoformat(), "signer": "周某", "office": "副局长",
        "answer": "agree", "assessment": "已评估。",
    }  # fmt: skip
    bare = li.post(f"/approvals/{request.pk}/papers", **told)
    assert (bare.status_code, "扫描件" in bare.json()["why"], "TNH" in str(bare.json()["cite"])) == (403, True, True)  # fmt: skip
    entered = li.post(f"/approvals/{request.pk}/papers", **told, scan=base64.b64encode(SCAN).decode())
    assert entered.status_code == 200, entered.content.decode()
    assert "核对上级批准文书" in str(chen.page("/workbench"))
    assert "核对上级批准文书" not in str(li.page("/workbench"))
    assert "superior-check" in keys(chen.page(f"/packages/{package.pk}"))
    assert "市公批〔2026〕7 号" in chen.page(f"/approvals/{request.pk}/paper-check")["intro"]
    assert chen.get(f"/approvals/{request.pk}/paper-scan").content == SCAN
    for address in ("paper", "paper-check", "paper-scan"):
        assert sun.get(f"/approvals/{request.pk}/{address}").status_code == 404
    assert li.post(f"/approvals/{request.pk}/paper-checks", outcome="fits").status_code == 403
    assert chen.post(f"/approvals/{request.pk}/paper-checks", outcome="fits").status_code == 200
    request.refresh_from_db()
    assert request.state == Request.State.APPROVED
    page = chen.page(f"/packages/{package.pk}")
    assert "陈核对，与纸质一致" in str(page["facts"])
    assert "市公安局周某同意" in str(page["facts"])
    register = chen.page("/registers/superior-approvals")
    assert "市公批〔2026〕7 号" in str(register)


def test_head_of_the_superior_agency_decides_on_his_own_desk(scene: Scene, package: Package) -> None:
    sun, request = scene.cast.sun, Request.objects.get(subject=package.pk)
    assert Door("sun").get(f"/approvals/{request.pk}/decision").status_code == 404
    registry.appoint(sun, by=OPERATOR, role="agency_head", unit=sun.unit, since=LONG_AGO, at=LONG_AGO)
    name_superior(scene.cast.agency, sun.agency, by=OPERATOR, at=LONG_AGO)
    door = Door("sun")
    assert request.number in str(door.page("/workbench"))
    assert "证据包" in door.page(f"/approvals/{request.pk}/decision")["intro"]
    assert "superior-paper" not in keys(Door("li").page(f"/packages/{package.pk}"))
    done = door.post(f"/approvals/{request.pk}/decision", answer="agree")
    assert done.status_code == 200, done.content.decode()
    request.refresh_from_db()
    assert request.state == Request.State.APPROVED
    assert (
        door.get(f"/packages/{package.pk}").status_code == 404
    )  # He decided; what is in it he was not given.
