"""一件街道行政处罚，从启动到归档，都从页面办：每个环节先被拒绝，办妥再进；改动捺印、骑缝、拒签、集体讨论各有一次。"""

import json
from typing import Any

import pytest

from liuhen.apps.archive.models import VolumeStep
from liuhen.apps.archive.volumes import COUNTED
from liuhen.apps.oversight.models import Finding
from liuhen.apps.registry import actions as registry
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.server.worker import Worker
from liuhen.server.works import works
from tests.cast import LONG_AGO
from tests.interfaces.api.scene import Door, Scene
from tests.interfaces.api.test_papers import FORMS, INK, signed_by_all, written

LOGINS = ("li", "wang", "zhang", "chen")


class Penalty:
    """The case and the people who work on it, each at his own door."""

    def __init__(self, scene: Scene) -> None:
        registry.appoint(
            scene.cast.wang,
            by=OPERATOR,
            role="deputy_head",
            unit=scene.cast.team,
            since=LONG_AGO,
            at=LONG_AGO,
        )
        self.doors = {login: Door(login) for login in LOGINS}
        self.li, self.path = self.doors["li"], f"/cases/{scene.case.pk}"
        self.activity = f"/activities/{scene.activity.pk}"

    def moved(self, to: str) -> Any:
        return self.li.post(f"{self.path}/stage", to=to)

    def refused(self, to: str, *words: str) -> None:
        """The stage is refused with an article, and the page lists the same things."""
        told = self.moved(to).json()
        assert told["status"] == 403
        assert told["cite"]["article"]
        label = {
            "investigation": "调查取证",
            "review": "审查决定",
            "service": "送达执行",
            "concluded": "终结",
        }[to]
        lines = next(gate["lines"] for gate in self.li.page(self.path)["gates"] if gate["label"] == label)
        for word in words:
            assert any(word in line["says"] for line in lines), (word, lines)

    def paper(self, name: str, *, lock: bool = True, about: str = "") -> str:
        author = self.doors["chen"] if FORMS[name].writer else self.li
        made = written(author, f"{about or self.path}/{'records' if about else 'papers'}/{name}")
        if lock:
            signed_by_all(self.doors, FORMS[name], made)
            self.lock(made, by=author)
        return made

    def lock(self, paper: str, *, by: Door | None = None) -> None:
        done = (by or self.li).post(f"{paper}/finalisation")
        assert done.status_code == 200, done.content.decode()

    def enter(self, note: str = "见调查报告", *, occurred: tuple[str, ...] = (), **answers: str) -> None:
        told: dict[str, Any] = {"contents": answers, "note": note}
        if occurred:
            told["occurred"] = list(occurred)
        done = self.li.send("PATCH", f"{self.path}/contents", told)
        assert done.status_code == 200, done.content.decode()

    def stage(self) -> str:
        return str(next(s["label"] for s in self.li.page(self.path)["stages"] if s["state"] == "current"))


def filed(case: Penalty, office: Office) -> None:
    """案卷：李 opens and closes it, 张 checks it and hands it over, 何 of the archive counts it; the pages show each step."""
    li, zhang, he = case.li, case.doors["zhang"], Door("he")
    volume = li.post(f"{case.path}/volumes").json()["to"]
    assert li.post(f"{volume}/sheets", title="现场草图", pages=2).status_code == 200
    page = li.page(volume)
    assert page["obstacles"] == [], page["obstacles"]
    assert [row["place"] for row in page["catalogue"]] == list(range(1, len(page["catalogue"]) + 1))
    last = page["catalogue"][-1]
    up = next(action for action in last["actions"] if action["label"] == "上移")
    assert li.post(up["url"], **up["body"]).status_code == 200
    sheet = next(row for row in li.page(volume)["catalogue"] if row["title"] == "现场草图")
    assert li.post(f"{volume}/withdrawals", order=[sheet["key"]]).status_code == 200
    assert li.post(f"{volume}/remarks", code="other", says="草图并入勘验笔录").status_code == 200
    assert li.post(f"{volume}/closings").status_code == 200
    assert li.post(f"{volume}/submissions").status_code == 403
    assert "四性检测还没有做完" in zhang.post(f"{volume}/submissions").json()["why"]
    Worker(office).drain()
    (report,) = zhang.page(volume)["properties"]
    assert [
        (one["code"], one["details"]) for one in report["checks"] if one["state"]["tone"] == "breach"
    ] == []
    assert report["state"]["label"] == "通过"
    assert zhang.post(f"{volume}/submissions", note="逐件查过").status_code == 200
    form = he.page(f"{volume}/acceptance")
    counts = VolumeStep.objects.get(step="submitted").counts
    assert [field["name"] for field in form["fields"]][:5] == list(COUNTED)
    wrong = he.post(f"{volume}/acceptances", shelf="一库 1 架", **counts | {"pages": 1})
    assert "总页数应为" in wrong.json()["why"]
    assert he.post(f"{volume}/acceptances", shelf="一库 1 架", **counts).status_code == 200
    assert he.client.get(f"/api/v1{volume}/print").content.startswith(b"%PDF-")
    told = json.loads(he.client.get(f"/api/v1{volume}/properties").content)
    assert (told["format"], told["passed"]) == ("liuhen-four-properties-1", True)
    assert he.page("/volumes")["rows"][0]["state"]["label"] == "已归档"


@pytest.mark.clause("SUB-2.p3", "SUB-6", "SUB-7", "SUB-8", "SUB-8.4", "SUB-9", "SUB-12", "SUB-14", "SUB-15")
def test_a_penalty_goes_its_whole_way(scene: Scene, office: Office) -> None:
    case = Penalty(scene)
    case.refused("investigation", "执法事项来源")
    case.paper("start-approval")
    assert case.moved("investigation").status_code == 200

    # 询问笔录：改动处捺印；当事人拒签，两名执法人员签名并注明。
    interview = case.paper("interview", lock=False, about=case.activity)
    assert (
        case.li.post(
            f"{interview}/mark",
            sort="correction",
            says="“三平方米”改为“二平方米”",
            name="钱某",
            means="fingerprint",
            ink=INK,
        ).status_code
        == 200
    )
    assert (
        case.li.post(f"{interview}/refusal", role="party", name="钱某", reason="阅后拒绝签名").status_code
        == 200
    )
    assert case.li.post(f"{interview}/signatures").status_code == 200
    assert case.li.post(f"{interview}/finalisation").status_code == 403
    assert case.doors["wang"].post(f"{interview}/signatures").status_code == 200
    case.lock(interview)

    case.refused("review", "抽样取证")
    case.enter(inspection="recorded", evidence="recorded", sampling="absent", testing="absent", preservation="absent", measures="absent",
               hearing="absent", other_investigation="absent")  # fmt: skip
    case.paper("rights-notice")
    gaps = [line for gate in case.li.page(case.path)["gates"] for line in gate["lines"]]
    for line in gaps:  # What the scene left unrecorded is accounted for by a statement about its activity.
        assert line["action"]["to"] == case.activity, line
    if gaps:
        statement = written(case.li, f"{case.activity}/statement")
        signed_by_all(case.doors, FORMS["statement"], statement)
        case.lock(statement)
    assert case.moved("review").status_code == 200, case.li.page(case.path)["gates"]

    # 审查决定：次序在定稿时把关；情节重大的须集体讨论。
    case.refused("service", "法制审核")
    for name in ("proposal", "intended-decision", "legal-review"):
        case.paper(name)
    case.enter("", occurred=("major",))
    approval = case.paper("internal-approval", lock=False)
    signed_by_all(case.doors, FORMS["internal-approval"], approval)
    early = case.li.post(f"{approval}/finalisation").json()
    assert (early["status"], "集体讨论" in early["why"]) == (403, True)
    case.paper("discussion")
    case.lock(approval)
    case.enter(other_decision="absent")
    decision = case.paper("decision", lock=False)
    signed_by_all(case.doors, FORMS["decision"], decision)
    assert (
        case.li.post(
            f"{decision}/mark", sort="straddle", name="清河街道办事处", means="seal", ink=INK
        ).status_code
        == 200
    )
    case.lock(decision)
    assert case.moved("service").status_code == 200, case.li.page(case.path)["gates"]

    # 送达：受送达人拒签，注明；履行之后终结、归档。
    case.refused("concluded", "履行")
    receipt = case.paper("service-receipt", lock=False)
    assert (
        case.li.post(
            f"{receipt}/refusal", role="recipient", name="钱某", reason="拒绝签收，留置送达"
        ).status_code
        == 200
    )
    for slot in FORMS["service-receipt"].signature:
        if slot.role in ("witness", "present"):
            assert (
                case.li.post(
                    f"{receipt}/hand", role=slot.role, name="孙某", means="sign", ink=INK
                ).status_code
                == 200
            )
    for login in ("li", "wang"):
        case.doors[login].post(f"{receipt}/signatures")
    case.lock(receipt)
    case.paper("performance")
    case.enter(other_execution="absent")
    assert case.moved("concluded").status_code == 200, case.li.page(case.path)["gates"]
    assert "由档案机构接收案卷时办理" in case.moved("archived").json()["do"]
    filed(case, office)
    assert case.stage() == "归档"
    works(office)["case.judge"](scene.case.pk)
    broken = Finding.objects.filter(subject=scene.case.pk, verdict="不符合").values_list("rule", flat=True)
    assert list(broken) == []
