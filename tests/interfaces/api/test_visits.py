"""The window at the counter: one recording for who has no account, nothing else in that browser, closed by itself. And how often anybody may ask."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from liuhen.apps.access.limits import BulkLimit
from liuhen.apps.access.models import Visit, VisitWindow
from liuhen.apps.approval.actions import decide
from liuhen.apps.journal.models import Line
from liuhen.interfaces.api import evidence, session
from liuhen.interfaces.pace import Pace
from liuhen.kernel.clock import now
from tests.cast import as_actor
from tests.interfaces.api.scene import Door, Scene, film
from tests.interfaces.api.test_media import fetch

# The plane of bulk bytes asks the database on threads of its own.
pytestmark = pytest.mark.django_db(transaction=True)
COMING = {
    "sort": "party", "visitor": "钱立", "paper": "居民身份证", "paper_number": "1", "minutes": 20, "reason": "核对经过",
}  # fmt: skip


@pytest.fixture(autouse=True)
def paces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test begins at nought."""
    monkeypatch.setattr(evidence, "_LOOKS", Pace("打开播放", most=5, seconds=60))
    monkeypatch.setattr(session, "_STARTS", Pace("从统一身份认证登录", most=2, seconds=60))
    return None


@pytest.fixture
def visit(scene: Scene) -> Visit:
    """Entered by 李 on his page, agreed to by the head of the agency."""
    li, path = Door("li"), f"/recordings/{scene.recording.pk}"
    assert "visit" in {one["key"] for one in li.page(path)["head"]["actions"]}
    assert "机关负责人" in li.page(f"{path}/visit-request")["intro"]
    answer = li.post(f"{path}/visit-requests", **COMING)
    assert answer.status_code == 200, answer.content.decode()
    row = Visit.objects.get()
    request = row.asked_by.requests.get(subject=row.pk)
    desk = Door("zhou2").page("/workbench")
    assert request.number in str(desk)
    decide(
        request, by=as_actor(scene.people["zhou2"]), officer=scene.people["zhou2"], agree=True, reason="", at=now()
    )  # fmt: skip
    return row


def opened(visit: Visit, login: str = "zhao") -> Door:
    door = Door(login)
    answer = door.post(f"/visits/{visit.pk}/windows")
    assert (answer.status_code, answer.json()["to"]) == (200, "/window"), answer.content.decode()
    return door


def test_window_shows_one_recording_and_its_browser_knows_nothing_else(scene: Scene, visit: Visit) -> None:
    actions = {
        one["key"] for one in Door("zhao").page(f"/recordings/{scene.recording.pk}")["head"]["actions"]
    }
    assert f"window-{visit.pk}" in actions
    assert f"visit-{visit.pk}" in {one["key"] for one in Door("li").page("/workbench")["due"]}
    counter = opened(visit)
    verbs = list(Line.objects.order_by("-number").values_list("verb", flat=True)[:2])
    assert verbs == ["account.logged-out", "visit.opened"]
    for path in ("/session", "/workbench", f"/recordings/{scene.recording.pk}", "/recordings"):
        assert counter.get(path).status_code == 401, path
    page = counter.page("/window")
    assert (page["kind"], "钱立" in page["watermark"], visit.number in page["watermark"]) == (
        "video",
        True,
        True,
    )
    part = fetch(scene, counter, page["url"], Range="bytes=0-99")
    assert (part.status_code, part.content, part.headers["cache-control"]) == (206, film()[:100], "no-store")
    assert fetch(scene, counter, f"/media/thumbnails/{scene.recording.pk}").status_code == 401
    assert fetch(scene, Door("li"), page["url"]).status_code == 401, "an officer's session has no window"
    assert fetch(scene, None, page["url"]).status_code == 401
    other = VisitWindow.objects.get()
    wrong = page["url"].replace(str(other.pk), str(visit.pk))
    assert fetch(scene, counter, wrong).status_code == 404
    assert counter.post("/window/end").status_code == 200
    assert Line.objects.order_by("-number")[0].verb == "visit.ended"
    assert (counter.get("/window").status_code, fetch(scene, counter, page["url"]).status_code) == (404, 401)
    register = Door("zhou").page("/registers/visits")
    assert "钱立" in str(register)


def test_window_is_over_at_its_time_and_where_the_office_logs_in_again(
    scene: Scene, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = opened(visit)
    url = counter.page("/window")["url"]
    later = now() + timedelta(minutes=21)
    with monkeypatch.context() as clock:
        for room in ("liuhen.interfaces.api.visits.now", "liuhen.interfaces.files.media.now"):
            clock.setattr(room, lambda: later)
        assert (counter.get("/window").status_code, fetch(scene, counter, url).status_code) == (404, 404)
    assert counter.post("/session", name="zhao", password="kxm7-qwe9-rty3-plm5").status_code == 200
    assert Line.objects.filter(verb="visit.ended").count() == 1
    assert (counter.get("/window").status_code, counter.get("/workbench").status_code) == (404, 200)
    assert (
        counter.client.session.get_expire_at_browser_close()
        == Door("li").client.session.get_expire_at_browser_close()
    )
    assert "window" not in counter.client.session


def test_nobody_opens_a_window_that_was_not_approved_or_that_is_not_his_to_open(scene: Scene) -> None:
    li = Door("li")
    assert li.post(f"/recordings/{scene.recording.pk}/visit-requests", **COMING).status_code == 200
    row = Visit.objects.get()
    refused = li.post(f"/visits/{row.pk}/windows")
    assert (refused.status_code, "没有批准" in refused.json()["why"]) == (403, True)
    assert li.get("/session").status_code == 200, "who was refused is still in"
    assert Door("sun").post(f"/visits/{row.pk}/windows").status_code == 404
    wrong = li.post(
        f"/recordings/{scene.recording.pk}/visit-requests", **COMING | {"redaction": str(scene.case.pk)}
    )
    assert (wrong.status_code, "不在可以查看的之列" in wrong.json()["why"]) == (403, True)
    assert Door().get("/window").status_code == 404
    assert Door().post("/window/end").status_code == 200


def test_more_looks_in_a_minute_than_anybody_needs_are_put_off(scene: Scene) -> None:
    """P6: 429 with the time to wait; others look as before."""
    li = Door("li")
    answers = [li.post(f"/recordings/{scene.recording.pk}/viewings") for _ in range(7)]
    assert [one.status_code for one in answers] == [200] * 5 + [429] * 2
    assert int(answers[-1]["Retry-After"]) == answers[-1].json()["retry_seconds"] > 0
    assert Door("zhang").post(f"/recordings/{scene.recording.pk}/viewings").status_code == 200
    nobody = Door()
    assert [nobody.post("/session/provider").status_code for _ in range(3)] == [403, 403, 429]


def test_day_of_many_looks_is_told_to_the_security_administrator_at_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P6: with the look that reaches the limit, not later; he answers it on his desk and never learns which."""
    strict = replace(scene.office, bulk=BulkLimit(count=1))
    monkeypatch.setattr("liuhen.server.middleware.office", lambda: strict)
    assert Door("zhang").post(f"/recordings/{scene.recording.pk}/viewings").status_code == 200
    verbs = list(Line.objects.order_by("-number").values_list("verb", flat=True)[:2])
    assert verbs == ["bulk.noticed", "recording.viewed"]
    sec, li = Door("sec"), Door("li")
    (due,) = [one for one in sec.page("/workbench")["due"] if one["key"].startswith("bulk-")]
    assert (due["state"]["label"], scene.recording.number in str(due)) == ("待核查", False)
    form = sec.page(due["action"]["form_url"])
    assert sec.post(form["url"], says="立卷核对，正常").status_code == 200
    (row,) = sec.page("/bulk-notices")["rows"]
    assert row["state"]["label"] == "已核查"
    assert [one for one in sec.page("/workbench")["due"] if one["key"].startswith("bulk-")] == []
    assert li.get("/bulk-notices").status_code == 404
