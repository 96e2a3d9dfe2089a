"""Every way in which the five regulations let somebody see or have footage, each as a row: who asks, what he must show, who agrees in which
order, who may not, and what the journal says of it.

通化 has six: one's own unit, another unit, the five departments, outside for publicity or training, sensitive content, organs that fetch.
"""

import base64
from dataclasses import dataclass, field
from typing import Any

import pytest

from liuhen.apps.access.models import Package, SupplyRequest, Viewing, Visit
from liuhen.apps.approval.models import Request
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Line
from liuhen.apps.registry import actions as registry
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import BEIJING, now
from tests.cast import LONG_AGO, assemble
from tests.interfaces.api.scene import PASSWORD, Door, Scene, make_scene
from tests.interfaces.api.test_disclosing import copy as made_copy

SCAN = base64.b64encode(b"%PDF-1.7 invented").decode()
SHOWN = {
    "bearer": "林某", "bearer_paper": "工作证", "bearer_number": "B-07", "legal_document": "调取证据通知书〔2026〕1 号", "scan": SCAN,
}  # fmt: skip
# Who decides at a step of which role: of the cast, or of those who play the other roles.
DECIDES = {
    "unit_head": "zhang", "agency_head": "zhou2", "legal_reviewer": "chen", "leader_in_charge": "lu", "archive_head": "tan", "custodian": "zhao",
}  # fmt: skip


@dataclass(frozen=True)
class Way:
    """One row: under which pack and clause, what is asked by whom, the chain as the law has it, and who agrees in vain."""

    pack: str
    clause: str
    what: str
    chain: tuple[str, ...]
    wrong: str
    asks: str = "wang"
    to: str = "media"
    told: dict[str, Any] = field(default_factory=dict)
    papers: dict[str, Any] = field(default_factory=dict)


WAYS = [
    # pack, clause, what, chain, who agrees in vain
    Way("tonghua", "TNH-18.p2a", "look", ("unit_head",), "chen"),
    Way("tonghua", "TNH-18.p2b", "look by number", ("unit_head",), "wei", asks="lan"),
    Way("tonghua", "TNH-18.p3", "supply", ("unit_head",), "chen", asks="fang"),
    Way("tonghua", "TNH-18.p4a", "copy", ("agency_head",), "chen", told={"use": "training"}),
    Way(
        "tonghua", "TNH-18.p4b", "copy", ("agency_head", "superior_agency"), "chen", told={"is_sensitive": "yes"}
    ),
    Way("tonghua", "TNH-18.p5", "original", ("legal_reviewer", "agency_head"), "zhou2", to="court", papers=SHOWN),
    Way("tonghua", "TNH-18.p5", "original", ("legal_reviewer", "agency_head"), "zhang", to="supervision", papers=SHOWN),
    Way("tonghua", "TNH-18.p4a", "party at the counter", ("agency_head",), "zhang"),
    Way("nandagang", "NDG-38", "look", ("unit_head",), "chen"),
    Way("nandagang", "NDG-38", "look by number", ("unit_head",), "wei", asks="lan"),
    Way("nandagang", "NDG-38.p2", "superior at the counter", ("custodian",), "chen"),
    Way("nandagang", "NDG-37.p2a", "copy", ("agency_head",), "zhang"),
    Way("nandagang", "NDG-37.p2a", "party at the counter", ("agency_head",), "zhang"),
    Way("subdistrict", "SUB-21.b", "look", ("unit_head",), "chen"),
    Way("subdistrict", "SUB-21.b", "look by number", ("unit_head",), "wei", asks="lan"),
    Way("subdistrict", "", "original", ("agency_head",), "zhang", to="court"),
    Way("baimiaozi", "BMZ-15.a", "look", ("unit_head",), "chen"),
    Way("baimiaozi", "BMZ-15.a", "look by number", ("unit_head",), "wei", asks="lan"),
    Way("baimiaozi", "BMZ-15.b", "copy", ("agency_head",), "zhang"),
    Way("fuzhou", "FZH-21", "look", ("archive_head", "leader_in_charge", "custodian"), "zhang"),
    Way("fuzhou", "FZH-21", "look by number", ("archive_head", "leader_in_charge", "custodian"), "wei", asks="lan"),
    Way("fuzhou", "FZH-18.p2", "copy", ("leader_in_charge", "custodian"), "zhang"),
    Way("fuzhou", "FZH-18.p2", "original", ("custodian",), "zhou2", to="court", told={"is_evidence": "yes"}),
]  # fmt: skip


@pytest.fixture
def scene(served: Office, request: pytest.FixtureRequest) -> Scene:
    """The scene under the pack of the case; 兰 and 韦 belong to another unit of the same agency."""
    cast = assemble(served, pack=request.param)
    other = registry.add_unit(cast.agency, by=OPERATOR, name="二队", code="Z2", function="case", at=LONG_AGO)
    scene = make_scene(served, cast, activity_type=cast.law.activity_types[0].code)
    for number, (login, role) in enumerate((("lan", "officer"), ("wei", "unit_head")), start=900):
        who = registry.add_officer(
            other, by=OPERATOR, person=registry.Person(f"{login}乙", f"{number:06d}"), at=LONG_AGO
        )
        registry.appoint(who, by=OPERATOR, role=role, unit=other, since=LONG_AGO, at=LONG_AGO)
        registry.open_account(who, by=OPERATOR, login=login, password=PASSWORD)
        scene.people[login] = who
    return scene


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "scene", ["tonghua", "nandagang", "subdistrict", "baimiaozi", "fuzhou"], indirect=True
)
def test_each_way_opens_by_its_own_chain_and_by_nothing_else(
    scene: Scene, request: pytest.FixtureRequest
) -> None:
    pack = request.node.callspec.params["scene"]
    doors = {login: Door(login) for login in (*DECIDES.values(), "li", "wang", "lan", "wei", "fang", "he")}
    copy = made_copy.__wrapped__(
        scene
    )  # The same copy as in the tests of giving out: drawn, made, looked at, agreed to.
    for way in WAYS:
        if way.pack == pack:
            _Walk(scene, doors, way, str(copy.pk)).walk()


def test_every_pack_and_every_way_of_tonghua_has_its_row() -> None:
    assert {way.pack for way in WAYS} == {"tonghua", "nandagang", "subdistrict", "baimiaozi", "fuzhou"}
    six = {"TNH-18.p2a", "TNH-18.p2b", "TNH-18.p3", "TNH-18.p4a", "TNH-18.p4b", "TNH-18.p5"}
    assert six <= {way.clause for way in WAYS}


@dataclass
class _Walk:
    """One way walked: refused before, asked, the wrong approver refused, agreed to step by step, opened, its lines."""

    scene: Scene
    doors: dict[str, Door]
    way: Way
    copy: str

    def walk(self) -> None:
        self.before()
        request = self.asked()
        if self.way.what == "supply":
            return self.supplied()
        assert [step["role"] for step in request.chain] == list(self.way.chain), self.way
        if self.way.clause:
            assert any(step["clause"] == self.way.clause for step in request.chain), self.way
        for role in self.way.chain:
            self.wrong(request, role)
            assert not self.opens(), self.way
            if role == "superior_agency":
                self.on_paper(request)
            else:
                self.done(DECIDES[role], f"/approvals/{request.pk}/decision", answer="agree")
                assert self.verb() == "approval.agreed"
        request.refresh_from_db()
        assert request.state == Request.State.APPROVED, self.way
        assert self.opens(), self.way
        return None

    # ── the steps ──────────────────────────────────────────

    def before(self) -> None:
        """Without asking nobody gets anywhere; without the papers that the law wants nothing is asked."""
        if self.way.what.startswith("look"):
            assert not self.opens(), self.way
        for missing in self.way.papers:
            path, body = self.wish()
            answer = self.doors["li"].post(path, **{**body, missing: ""})
            assert (answer.status_code, "证件和法律文书" in answer.json()["why"]) == (403, True), (
                self.way,
                missing,
            )

    def asked(self) -> Any:
        path, body = self.wish()
        self.done(self.asker, path, **body)
        if self.way.what == "supply":
            assert self.verb() == "supply.required"
            return None
        assert self.verb() == "approval.requested"
        return Request.objects.latest("made_at")

    def wrong(self, request: Request, role: str) -> None:
        """Whoever is not due at this step, and the asker himself."""
        for login in (self.way.wrong, self.asker):
            if login != DECIDES.get(role):
                answer = self.doors[login].post(f"/approvals/{request.pk}/decision", answer="agree")
                assert answer.status_code in (403, 404), (self.way, login, answer.status_code)

    def supplied(self) -> None:
        """要求提供 needs no approval; the head of the unit answers, in time."""
        row = SupplyRequest.objects.latest("asked_at")
        assert not self.opens()
        assert self.doors[self.way.wrong].post(
            f"/supply-requests/{row.pk}/answer", answer="supplied"
        ).status_code in (403, 404)
        self.done("zhang", f"/supply-requests/{row.pk}/answer", answer="supplied")
        assert self.verb() == "supply.answered"
        assert self.opens()

    def on_paper(self, request: Request) -> None:
        """The superior has no account here: its word on paper, entered by one and held against the original by another."""
        told = {
            "organ": "市公安局", "number": "市公批〔2026〕9 号", "dated": now().astimezone(BEIJING).date().isoformat(), "signer": "周某", "office": "副局长",
            "answer": "agree", "assessment": "已评估，可以提供。", "scan": SCAN,
        }  # fmt: skip
        self.done("li", f"/approvals/{request.pk}/papers", **told)
        self.done("zhang", f"/approvals/{request.pk}/paper-checks", outcome="fits")
        assert self.verb() == "approval.paper-confirmed"

    def opens(self) -> bool:
        """Whether what was asked for is there now: the look bound to its approval, the package ordered, the window open."""
        if self.way.what in ("copy", "original"):
            package = Package.objects.latest("asked_at")
            answer = self.doors["he"].post(f"/packages/{package.pk}/order")
            return self.is_open(answer, "package.ordered", Package.objects.latest("asked_at").approval)
        if "counter" in self.way.what:
            visit = Visit.objects.latest("asked_at")
            own = Door("zhao")
            answer = own.post(f"/visits/{visit.pk}/windows")
            if answer.status_code == 200:
                assert self.is_open(answer, "visit.opened", visit.windows.get().approval)
                assert own.get("/session").status_code == 401, "who opened it is out of this browser"
                assert visit.visitor in own.page("/window")["title"]
                assert own.post("/window/end").status_code == 200
            return bool(answer.status_code == 200)
        answer = self.doors[self.asker].post(f"/recordings/{self.thing.pk}/viewings")
        opened = Viewing.objects.order_by("-opened_at").first()
        return self.is_open(answer, "recording.viewed", opened.approval if opened else "")

    def is_open(self, answer: Any, verb: str, approval: str) -> bool:
        if answer.status_code == 200:
            line = Line.objects.filter(verb=verb).order_by("-number")[0]
            assert approval and f'"approval":"{approval}"' in line.body, (self.way, line.body)
        return bool(answer.status_code == 200)

    # ── who and what ───────────────────────────────────────

    @property
    def asker(self) -> str:
        return self.way.asks if self.way.what in ("look", "look by number", "supply") else "li"

    @property
    def thing(self) -> Recording:
        return self.scene.recording

    def wish(self) -> tuple[str, dict[str, Any]]:
        """The address and the body by which it is asked."""
        here, reason = f"/recordings/{self.thing.pk}", {"reason": "核对当事人陈述"}
        if self.way.what == "look":
            return f"{here}/viewing-requests", reason
        if self.way.what == "look by number":
            return "/viewing-requests", {**reason, "number": self.thing.number}
        if self.way.what == "supply":
            return f"{here}/supply-requests", {"purpose": "complaint", "says": "核查信访"}
        if "counter" in self.way.what:
            sort = self.way.what.split()[0]
            told = {
                "sort": sort,
                "visitor": "钱立",
                "organ": "市局督导组" if sort == "superior" else "",
                "paper": "工作证",
                "paper_number": "Q-1",
            }
            return f"{here}/visit-requests", {**reason, **told, "minutes": 20}
        told = {"recipient_kind": self.way.to, "recipient": "清河区某单位", "is_sensitive": "no", **reason}
        if self.way.what == "copy":
            told |= {"copies": [self.copy], "use": "publicity", "wrapping": "alone"}
            return f"{here}/copy-requests", {**told, **self.way.told}
        told |= {"case_number": "（2026）清行初字第 1 号", "is_evidence": "no"}
        return f"{here}/package-requests", {**told, **self.way.told, **self.way.papers}

    def done(self, login: str, path: str, **body: Any) -> None:
        answer = self.doors[login].post(path, **body)
        assert answer.status_code == 200, (self.way, login, path, answer.content.decode())

    def verb(self) -> str:
        line = Line.objects.order_by("-number")[0]
        return str(line.verb)
