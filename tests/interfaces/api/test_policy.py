"""Every route by every person: what the policy says is what the API answers.

The oracle is computed from the policy table and the posts of the cast, by arithmetic of its own; it asks nothing of the
code it judges. A person of another agency, and one without any role, get what a stranger gets.
"""

import re
from typing import Any

import pytest

from liuhen.apps.access.models import BulkNotice, Redaction, Visit
from liuhen.apps.access.redacting import draw_redaction
from liuhen.apps.devices.models import Compensation, DeviceAct
from liuhen.apps.evidence.models import KeySegment, Voucher
from liuhen.apps.evidence.segments import mark_segment
from liuhen.apps.journal.models import Line
from liuhen.apps.journal.sealing import seal
from liuhen.apps.oversight.models import Finding
from liuhen.apps.registry.policy import POLICY, PUBLIC, ROLES
from liuhen.interfaces.api.gate import Routes, Row, check_routes, patterns_of, rows_of
from liuhen.interfaces.files.app import FilesApp
from liuhen.kernel.errors import Refused
from liuhen.server import urls
from liuhen.server.works import works
from tests.cast import as_actor
from tests.interfaces.api.scene import Door, Scene, key, with_oversight, with_papers

# What stands in the address, by which listing it is seen, and who takes part in it.
_SEEN = {
    "activity": "activity.view", "recording": "recording.list", "case": "case.view", "device": "device.view",
    "interruption": "activity.view", "document": "document.view", "station": "device.view", "finding": "finding.view",
    "link": "recording.list", "package": "package.view", "hold": "hold.view", "disposal": "disposal.view", "volume": "volume.view", "discset": "disc.view", "disc": "disc.view",
    "examination": "examination.view", "drawn": "examination.view", "remark": "examination.view", "fact": "liability.view",
    "training": "register.view", "unitrule": "register.view", "room": "device.view", "vehicle": "device.view", "medium": "device.view",
    "intake": "intake.view", "stay": "activity.view", "recusal": "case.view", "party": "case.view", "segment": "recording.list", "redaction": "redaction.view", "voucher": "recording.list", "visit": "visit.view", "notice": "bulk.view", "act": "device.view", "compensation": "device.view",
}  # fmt: skip
_PART = {
    "activity": ("li", "wang"), "recording": ("li",), "case": ("li",), "device": (), "interruption": ("li", "wang"),
    "document": ("li",), "station": (), "link": ("li",), "package": ("li",), "hold": ("zhang",), "disposal": (), "volume": ("li",), "discset": ("li",), "disc": ("li",), "fact": ("li",), "training": (), "unitrule": (), "room": (), "vehicle": (), "medium": (),
    "intake": (), "stay": ("li", "wang"), "recusal": ("li",), "party": ("li",), "segment": ("li",), "redaction": ("li",), "voucher": ("li",), "visit": ("li",), "notice": (), "act": (), "compensation": (),
}  # fmt: skip
_SAFE = ("GET", "HEAD")


def test_every_role_of_the_house_is_played(scene: Scene) -> None:
    played = {post.role for officer in scene.people.values() for post in officer.roles.all()}
    assert played == set(ROLES)


@pytest.mark.timeout(1200)  # Ten thousand requests: minutes on a machine that does other things too.
def test_every_route_by_every_person_answers_as_the_policy_says(scene: Scene) -> None:
    """Unsafe routes are sent bodies that pass the schema, so that what answers is the permission, not the form."""
    with_papers(scene)
    wrong, asked = [], 0
    for login in scene.people:
        door = Door(login)
        for row in _rows():
            answer = door.send(row.method, _address(scene, row), _body(scene, row))
            expected, found = _expected(scene, login, row), _outcome(answer)
            asked += 1
            if found != expected:
                wrong.append(
                    f"{login} {row.method} {row.path}: {answer.status_code} {found}, 应为 {expected}"
                )
    assert not wrong, "\n".join(wrong)
    assert asked > 1000


def test_refused_act_has_its_line_and_an_unseen_thing_too(scene: Scene) -> None:
    li, sun = Door("li"), Door("sun")
    assert li.post(f"/activities/{scene.activity.pk}/close").status_code == 200
    assert sun.post(f"/activities/{scene.activity.pk}/close").status_code == 404
    assert _last().verb == "permission.refused"
    assert Door("zhou").post(f"/activities/{scene.activity.pk}/close").status_code == 403
    assert _last().verb == "permission.refused"


def test_unseen_and_absent_look_the_same(scene: Scene) -> None:
    sun = Door("sun")
    absent = "0190a0a0-0000-7000-8000-000000000000"
    for path in (
        "/recordings/{}",
        "/activities/{}",
        "/cases/{}",
        "/recordings/{}/link",
        "/devices/{}/hand-out",
    ):
        thing = scene.device.pk if "devices" in path else scene.case.pk if "cases" in path else (
            scene.activity.pk if "activities" in path else scene.recording.pk
        )  # fmt: skip
        unseen, missing = sun.get(path.format(thing)), sun.get(path.format(absent))
        assert (
            (unseen.status_code, unseen.content)
            == (missing.status_code, missing.content)
            == (404, missing.content)
        )


def test_route_without_a_policy_row_does_not_start() -> None:
    rows = list(rows_of(urls.api))
    urls.check_every_route(urls.FILES)
    with pytest.raises(Refused, match="GET /bare"):
        check_routes([*rows, Row("GET", "/bare", "")], patterns=(), files={}, named=())
    with pytest.raises(Refused, match="GET /x"):
        check_routes([*rows, Row("GET", "/x", "recording.steal")], patterns=(), files={}, named=())
    with pytest.raises(Refused, match="recording\\.steal"):
        Routes("试").get("/x", policy="recording.steal", response=str)
    with pytest.raises(Refused, match="api/v1/unknown"):
        check_routes(rows, patterns=["api/v1/unknown"], files={}, named=())
    with pytest.raises(Refused, match="media-secret"):
        check_routes(rows, patterns=(), files=urls.FILES, named=[*urls.FILES, "media-secret"])


def test_every_address_of_both_planes_has_its_row(scene: Scene) -> None:
    named = [route.name for route in FilesApp(scene.office).routes]
    assert set(named) == set(urls.FILES)
    urls.check_every_route(named)
    assert len(list(patterns_of(urls.urlpatterns))) > 50


# ── the oracle ─────────────────────────────────────────────────────────────────────────────────────────────────

_NO_RIGHT = "您没有办理此事的权限"


def _outcome(answer: Any) -> str:
    """absent, refused for want of a right, or open: whatever else the route then says."""
    assert answer.status_code < 500, answer.content.decode()
    if answer.status_code == 404:
        return "absent"
    is_refused = answer.status_code == 403 and answer.json()["why"] == _NO_RIGHT
    return "refused" if is_refused else "open"


def _expected(scene: Scene, login: str, row: Row) -> str:
    thing, is_safe = _thing(row), row.method in _SAFE
    if not _knows(scene, login, row.policy):
        return "absent" if is_safe else "refused"
    if "{int" in row.path:
        return "absent" if row.path.startswith("/proof") or _outsider(scene, login, row) else "open"
    if not thing:
        return "open"
    if not _reach(scene, login, _SEEN[thing], thing):
        return "absent"
    action = _ACTION.get((row.method, row.path), row.policy)
    if _reach(scene, login, action, thing) or action == "approval.request":
        return "open"
    return "absent" if is_safe else "refused"


# Where the gate asks for one action and the room for another one, on the very thing.
_ACTION = {
    ("POST", "/recordings/{uuidstr:recording}/viewings"): "recording.play",
    ("GET", "/interruptions/{uuidstr:interruption}/statement"): "activity.write",
    ("POST", "/interruptions/{uuidstr:interruption}/statements"): "activity.write",
    ("GET", "/activities/{uuidstr:activity}/statement"): "activity.write",
    ("POST", "/activities/{uuidstr:activity}/statements"): "activity.write",
    ("GET", "/activities/{uuidstr:activity}/records/{form}"): "activity.write",
    ("POST", "/activities/{uuidstr:activity}/records/{form}"): "activity.write",
    ("GET", "/cases/{uuidstr:case}/papers/{form}"): "case.write",
    ("POST", "/cases/{uuidstr:case}/papers/{form}"): "case.write",
    ("GET", "/recordings/{uuidstr:recording}/papers/{form}"): "recording.annotate",
    ("POST", "/recordings/{uuidstr:recording}/papers/{form}"): "recording.annotate",
    ("POST", "/documents/{uuidstr:document}/signatures"): "document.sign",
    ("GET", "/documents/{uuidstr:document}/content"): "document.write",
    ("PATCH", "/documents/{uuidstr:document}"): "document.write",
    ("POST", "/documents/{uuidstr:document}/finalisation"): "document.write",
    ("POST", "/documents/{uuidstr:document}/versions"): "document.write",
    ("GET", "/documents/{uuidstr:document}/voiding"): "document.write",
    ("POST", "/documents/{uuidstr:document}/voiding"): "document.write",
    ("GET", "/recordings/{uuidstr:recording}/statement"): "recording.annotate",
    ("POST", "/recordings/{uuidstr:recording}/statements"): "recording.annotate",
}


def _rows() -> list[Row]:
    """Routes about things that only one person may know of have tests of their own."""
    own = (
        "upload",
        "approval",
        "exemption",
        "handover",
        "supply",
        "viewing",
        "person",
        "post",
        "officer",
        "identity",
    )
    return [
        row
        for row in rows_of(urls.api)
        if row.policy != PUBLIC
        and _thing(row) not in own
        and not row.path.startswith(("/session/", "/account"))
    ]


def _thing(row: Row) -> str:
    found = re.search(r"\{uuidstr:(\w+)\}", row.path)
    return found[1] if found else ""


def _outsider(scene: Scene, login: str, row: Row) -> bool:
    """Line 1 founded the agency, outside every list: its receipt may be read, its file only by those who audit."""
    audits = _knows(scene, login, "audit.view")
    return login == "sun" or (row.path.endswith("/file") and not audits)


def _reach(scene: Scene, login: str, action: str, thing: str) -> bool:
    """Whether a role of this person's reaches the thing: every thing of the scene belongs to the team's unit."""
    for post in scene.people[login].roles.select_related("unit"):
        how = POLICY[action].get(post.role)
        if how is None or post.unit.agency_id != scene.cast.agency.pk:
            continue
        if how == "agency" or (how == "unit" and scene.cast.team.path.startswith(post.unit.path)):
            return True
        if how == "own" and login in _PART.get(thing, ()):
            return True
    return False


def _knows(scene: Scene, login: str, action: str) -> bool:
    return any(post.role in POLICY[action] for post in scene.people[login].roles.all())


def _address(scene: Scene, row: Row) -> str:
    things: dict[str, Any] = {
        "activity": scene.activity, "recording": scene.recording, "case": scene.case, "device": scene.device,
        "interruption": scene.interruption, "document": scene.document, "station": scene.station,
        "package": scene.package, "finding": _finding(scene), "link": scene.recording.links.get(), "hold": scene.hold, "disposal": scene.disposal, "volume": scene.volume, "discset": scene.disc.disc_set if scene.disc else None, "disc": scene.disc, **with_oversight(scene),
        "room": scene.room, "vehicle": scene.vehicle, "medium": scene.medium,
        "intake": scene.intake, "stay": scene.stay, "recusal": scene.recusal, "party": scene.party,
        "segment": _segment(scene), "redaction": _redaction(scene), "voucher": _voucher(scene), **_visited(scene), **_lost(scene),
    }  # fmt: skip
    path = re.sub(r"\{uuidstr:(\w+)\}", lambda m: str(key(things[m[1]])), row.path)
    form = {"case": "decision", "recording": "evidence-note"}.get(_thing(row), "inspection-record")
    return re.sub(r"\{int:\w+\}", "1", path).replace("{form}", form).replace("{key}", "training")


def _segment(scene: Scene) -> KeySegment:
    """李 marked one second of his film; made once."""
    found = KeySegment.objects.first()
    return found or mark_segment(
        scene.recording, by=as_actor(scene.cast.li), begins=1, ends=2, says="x", at=scene.start
    )


_MASKS = {"masks": [], "mutes": [{"begins": 1, "ends": 2, "reason": "x"}]}


def _redaction(scene: Scene) -> Redaction:
    """李 mutes a second of his film; made once."""
    by = as_actor(scene.cast.li)
    found = Redaction.objects.first()
    return found or draw_redaction(
        scene.recording, by=by, officer=scene.cast.li, masks=_MASKS, purpose="x", at=scene.start
    )


def _voucher(scene: Scene) -> Voucher:
    """One of 李's film; made once, with the film's line sealed, so that another can be issued."""
    given = {"recording": scene.recording, "officer": scene.cast.li, "content": "{}", "at": scene.start}
    found, is_new = Voucher.objects.get_or_create(number="凭条-1", defaults=given)
    if is_new:
        seal(scene.office.log, at=scene.start)
    return found


def _visited(scene: Scene) -> dict[str, Any]:
    """Somebody who comes to the counter, not approved; and a day of much, told of; made once."""
    cast, at = scene.cast, scene.start
    if not Visit.objects.exists():
        Visit.objects.create(
            agency=cast.agency, unit=cast.team, number="x", recording=scene.recording, sort="party", visitor="x", paper="x", paper_number="x", reason="x",
            minutes=1, asked_by=cast.li, asked_at=at,
        )  # fmt: skip
        BulkNotice.objects.create(agency=cast.agency, officer=cast.li, day=at.date(), level=1, count=1, size=1, at=at)  # fmt: skip
    return {"visit": Visit.objects.get(number="x"), "notice": BulkNotice.objects.get(level=1)}


def _lost(scene: Scene) -> dict[str, Any]:
    """A camera that was lost, and what its holder is to pay, not approved; made once."""
    cast, at = scene.cast, scene.start
    if not DeviceAct.objects.filter(says="lost").exists():
        told = {
            "device": cast.spare,
            "agency": cast.agency,
            "happened_at": at,
            "entered_at": at,
            "entered_by": cast.zhang.pk,
        }
        DeviceAct.objects.create(act="lost", says="lost", **told)
        paid = DeviceAct.objects.create(act="lost", says="to be paid", officer=cast.li, **told)
        Compensation.objects.create(
            act=paid, agency=cast.agency, number="x", officer=cast.li, cause="keeping", amount=1, says="x", proposed_by=cast.zhang, proposed_at=at
        )  # fmt: skip
    return {"act": DeviceAct.objects.get(says="lost"), "compensation": Compensation.objects.get()}


def _finding(scene: Scene) -> Finding:
    """What the rules say of the scene's activity; made once."""
    held = Finding.objects.filter(subject=scene.activity.pk)
    if not held.exists():
        works(scene.office)["activity.judge"](scene.activity.pk)
    return held[0]


_CHECK = {"of": "case", "title": "x", "size": 1}
_WISH = {
    "recipient_kind": "court", "recipient": "x", "case_number": "x", "is_evidence": "yes", "is_sensitive": "no", "reason": "x",
}  # fmt: skip

_COPY_WISH = {
    "copies": [], "recipient_kind": "media", "recipient": "x", "use": "publicity", "wrapping": "alone", "is_sensitive": "no", "reason": "x",
}  # fmt: skip

_HOLD = {"matter": "x", "reference": "x", "authority": "x", "reason": "x"}


def _body(scene: Scene, row: Row) -> dict[str, Any]:
    """A body that passes the schema of a route, chosen so that it changes nothing others depend on."""
    me, at = str(scene.people["li"].pk), scene.start.isoformat()
    statement = {"matter": "x", "activity": "x", "span": "x", "cause": "x", "facts": "x"}
    told: dict[str, dict[str, Any]] = {
        "/activities": {"activity_type": "none", "subject": "x", "planned_at": at, "officers": [me]},
        "/activities/{}": {"announced": "yes"}, "/activities/{}/declarations": {"device": me},
        "/activities/{}/interruptions": {"span": "x", "cause": "x", "resumed": "yes"},
        "/activities/{}/exemptions": {"code": "x", "reason": "x", "basis": "x"}, "/activities/{}/statements": statement,
        "/interruptions/{}/approval-requests": {"reason": "x"}, "/interruptions/{}/completions": {}, "/interruptions/{}/statements": statement,
        "/cases": {"category": "penalty", "start_mode": "ex_officio", "cause": "x"}, "/proof/cosignatures": {"text": "x"}, "/cases/{}/stage": {"to": "archived"},
        "/recordings/{}/viewing-requests": {"reason": "x"}, "/recordings/{}/links": {"activity": str(scene.activity.pk), "reason": "x"},
        "/recordings/{}/late-notes": {"reason": "x"}, "/recordings/{}/identification": {"officer": me},
        "/recordings/{}/statements": statement, "/documents/{}": statement, "/documents/{}/statements": statement,
        "/recordings/{}/no-cases": {"why": "test", "reason": "x"}, "/links/{}/unlinkings": {"reason": "x"},
        "/recordings/{}/case-links": {"case": str(scene.case.pk), "reason": "x"},
        "/cases/{}/recordings": {"recording": str(scene.recording.pk), "reason": "x"},
        "/recordings/{}/holds": _HOLD, "/activities/{}/holds": _HOLD, "/cases/{}/holds": _HOLD,
        "/disposals": {"cutoff": at, "reason": "x"}, "/disposals/{}/samples": {"agrees": "yes", "note": "x"}, "/disposals/{}/call-offs": {"reason": "x"},
        "/cases/{}/disc-sets": {"recordings": []}, "/disc-sets/{}/discs": {"copy_number": 9, "medium": "other", "shelf": "x"},
        "/discs/{}/checks": {"found": "0" * 64}, "/volumes/{}/sheets": {"title": "x", "pages": 1}, "/volumes/{}/withdrawals": {"order": []},
        "/volumes/{}/remarks": {"code": "x", "says": "x"}, "/volumes/{}/orders": {"order": []}, "/volumes/{}/returns": {"reason": "x", "due_at": at},
        "/volumes/{}/acceptances": {"document": 0, "sheet": 0, "pages": 0, "recording": 0, "disc": 0, "shelf": "x"},
        "/holds/{}/releases": {"reason": ""}, "/recordings/{}/shortenings": {"reason": "x"},
        "/recordings/{}/keeping-decisions": {"until": at, "reason": "x"},
        "/cases/{}/handovers": {"point": "review"}, "/case-handovers/{}/hand": {"name": "x", "ink": "x"}, "/case-handovers/{}/refusals": {"reason": "x"},
        "/handovers": {"platform": "x"}, "/recordings/{}/outward-references": {"reference": "x", "given_at": at},
        "/linking/confirmations": {"links": [{"recording": me, "activity": me}]},
        "/recordings/{}/source-statements": {
            "source": "phone", "maker": "x", "taken_by": "x", "taken_at": at, "taken_where": "x", "why": "x", "handed_by": "x", "handed_to": "x",
        },
        "/recordings/{}/source-answers": {"answer": "confirm"}, "/recordings/{}/erasure-notes": {"erased_at": at, "says": "x"},
        "/devices": {"number": "x", "serial": "x", "device_type": "other"}, "/devices/{}/return": {},
        "/stations/{}/clearing": {"may_clear": False}, "/stations/{}/lock": {"is_locked": False},
        "/stations/{}/revocation": {"reason": "x"}, "/cases/{}/contents": {"note": "x"},
        "/documents/{}/hand": {"role": "party", "name": "x", "means": "sign"}, "/documents/{}/mark": {"sort": "straddle"},
        "/documents/{}/voiding": {"reason": "x"},
        "/documents/{}/refusal": {"role": "party", "name": "x", "reason": "x"},
        "/activities/{}/package-requests": _WISH, "/recordings/{}/package-requests": _WISH,
        "/activities/{}/copy-requests": _COPY_WISH, "/recordings/{}/copy-requests": _COPY_WISH,
        "/approvals/{}/papers": {"organ": "x", "number": "x", "dated": "2020-01-01", "signer": "x", "office": "x", "answer": "agree", "assessment": "x"},
        "/approvals/{}/paper-checks": {"outcome": "differs"},
        "/packages/{}/deliveries": {"receiver": "x", "paper": "x", "paper_number": "x", "means": "paper", "handed_at": at},
        "/packages/{}/returns": {"outcome": "returned", "says": "x", "happened_at": at},
        "/devices/{}/faults": {"found_at": at, "says": "x"}, "/devices/{}/fault-check": {"is_real": "yes", "says": "x"},
        "/devices/{}/fault-step": {"step": "sent"}, "/devices/{}/particulars": {}, "/devices/{}/maintenance": {"says": "x", "due_at": at},
        "/devices/{}/maintenance-result": {"result": "x"}, "/devices/{}/acts": {"act": "damaged", "happened_at": at, "says": "x"},
        "/device-models": {"name": "x"}, "/rooms": {"name": "x", "room_kind": "hearing"}, "/rooms/{}/checks": {"checks": {}},
        "/vehicles": {"plate": "x", "use": "other"}, "/vehicles/{}/plan": {"planned_on": "2099-01-01"},
        "/storage-media": {"name": "x", "medium_kind": "disc", "location": "x"}, "/storage-media/{}/registration": {"network_number": "x"},
        "/recordings/{}/supply-requests": {"purpose": "review", "says": "x"},
        "/recordings/{}/secrets": {"secret": "privacy", "says": "x"}, "/recordings/{}/secrecy-lift": {"secret": "privacy", "says": "x"},
        "/recordings/{}/secrecy-marks": {"secret": "privacy", "persons": ["00000000-0000-0000-0000-000000000000"], "says": "x"},
        "/people": {"name": "x", "number": "x", "unit": me}, "/units": {"name": "x", "code": "x", "function": "case", "parent": me},
        "/rights": {"officer": me, "number": "x"},
        "/recordings/{}/segments": {"begins": "0:01", "ends": "0:02", "says": "x"}, "/segments/{}/withdrawals": {"why": "x"},
        "/recordings/{}/redactions": {"purpose": "x", **_MASKS}, "/redactions/{}/answers": {"answer": "returned", "reason": "x"},
        "/recordings/{}/motions": {"begins": 1, "ends": 1}, "/recordings/{}/sightings": {"begins": 1, "ends": 1},
        "/recordings/{}/vouchers": {}, "/viewing-requests": {"number": "x", "reason": "x"},
        "/recordings/{}/visit-requests": {"sort": "party", "visitor": "x", "paper": "x", "paper_number": "x", "minutes": 1, "reason": "x"},
        "/bulk-notices/{}/answers": {"says": "x"}, "/devices/{}/outside-loans": {"borrower": "x", "purpose": "x", "due_at": at},
        "/devices/{}/outside-handovers": {"receiver": "x"}, "/devices/{}/outside-returns": {"condition": "x"},
        "/device-acts/{}/compensations": {"cause": "use", "says": "x"}, "/compensations/{}/payments": {"paid_on": "2020-01-01", "receipt": "x"},
        "/recordings/{}/detections": {"content": "x", "reason": "x"},
        "/stock-checks": {"checks": {}}, "/device-imports": {"content": ""}, "/device-imports/preview": {"content": ""},
        "/activities/{}/stays": {"person": "x", "room": me, "entered_at": at}, "/stays/{}/steps": {"sort": "enter", "starts_at": at},
        "/cases/{}/recusals": {"officer": str(scene.people["zhao"].pk), "asked": "office", "reason": "x"}, "/recusals/{}/decisions": {"agreed": "no", "reason": "x"},
        "/intakes": {"sort": "lead", "channel": "patrol", "subject": "x", "received_at": at},
        "/intakes/{}/steps": {"step": "opened", "happened_at": at}, "/intakes/{}/comparisons": {"change": me, "says": "x"},
        "/trainings": {"unit": me, "title": "x", "due_at": at},
        "/trainings/{}/holdings": {"held_at": "2099-01-01T00:00:00Z", "trainer": "x", "attendees": "x", "result": "x"},
        "/unit-rules": {"unit": me, "code": "other", "title": "x", "text": "x", "since": at},
        "/cases/{}/parties": {"role": "party", "name": "x"}, "/parties/{}/strikes": {"why": "x"},
        "/sync-matters": {"activity_type": "x", "required": "yes", "why": "x"},
        "/recordings/{}/second-stores": {"system": "x", "reference": "x", "stored_at": at},
        "/statistics/reports": {"use": "x", "says": "x"},
        "/inspections": _CHECK | {"since": at, "until": at, "due_at": at, "unit": me},
        "/supervisions": _CHECK | {"since": at, "until": at, "due_at": at, "unit": me},
        "/assessments": _CHECK | {"since": at, "until": at, "due_at": at, "unit": me},
        "/drawn/{}/scores": {"answers": {}}, "/inspections/{}/remarks": {"sort": "problem", "says": "x"},
        "/remarks/{}/answers": {"sort": "answered", "says": "x"}, "/remarks/{}/rulings": {"sort": "returned", "says": "x"}, "/inspections/{}/ends": {"summary": "x"},
        "/liability": {"acts": ["x"], "says": "x"}, "/liability/{}/parts": {"part": "x", "says": "x"},
        "/liability/{}/answers": {"says": "x"}, "/liability/{}/referrals": {"says": "x"}, "/liability/{}/ends": {"says": "x"},
        "/devices/{}/loans": {"officer": me, "purpose": "x", "due_at": at, "checks": {}},
    }  # fmt: skip
    return told.get(re.sub(r"\{[^}]+\}", "{}", row.path), {})


def _last() -> Line:
    line = Line.objects.order_by("number").last()
    assert line is not None
    return line
