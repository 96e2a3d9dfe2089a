"""Coming in and going out: one's name, five wrong passwords, the token, and the limits of a session."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from liuhen.apps.journal.models import Line
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.policy import PUBLIC
from liuhen.interfaces.api.gate import rows_of
from liuhen.kernel.clock import as_utc_text, now
from liuhen.server import urls
from tests.interfaces.api.scene import PASSWORD, Door

People = dict[str, Officer]


def last_verb() -> str:
    return Line.objects.order_by("-number").values_list("verb", flat=True)[0]


def test_officer_signs_in_sees_his_sections_and_signs_out(people: People) -> None:
    li = Door("li")
    told = li.page("/session")
    assert told["person"]["name"] == "李"
    assert told["person"]["title"] == "执法人员"
    assert [s["key"] for s in told["sections"]] == [
        "workbench", "intakes", "cases", "activities", "recordings", "documents", "devices", "archive", "registers", "proof", "rules",
    ]  # fmt: skip
    assert last_verb() == "account.logged-in"
    assert li.send("DELETE", "/session", {}).status_code == 204
    assert last_verb() == "account.logged-out"
    assert li.get("/session").status_code == 401


def test_administrator_sees_no_section_of_the_work_but_people(people: People) -> None:
    sections = [s["key"] for s in Door("sys").page("/session")["sections"]]
    assert sections == ["workbench", "proof", "rules", "people"]


def test_unknown_name_and_wrong_password_get_the_same_answer(people: People) -> None:
    known = Door().post("/session", name="li", password="falsch-falsch")
    unknown = Door().post("/session", name="nobody", password="falsch-falsch")
    assert known.status_code == unknown.status_code == 403
    assert known.json() == unknown.json()
    assert last_verb() == "account.log-in-failed"


@pytest.mark.parametrize("name", ["li", "nobody"])
def test_five_failures_lock_the_name_whether_it_exists_or_not(people: People, name: str) -> None:
    door = Door()
    for _ in range(4):
        assert door.post("/session", name=name, password="falsch-falsch").status_code == 403
    locked = door.post("/session", name=name, password="falsch-falsch")
    assert locked.status_code == 429
    assert "锁定" in locked.json()["why"]
    assert locked["Retry-After"] == "900"
    assert door.post("/session", name=name, password=PASSWORD).status_code == 429


def test_log_in_gives_a_new_session_id(people: People) -> None:
    li = Door("li")
    before = li.client.session.session_key
    assert li.post("/session", name="wang", password=PASSWORD).status_code == 200
    assert li.client.session.session_key != before
    assert li.page("/session")["person"]["name"] == "王"


def test_log_out_ends_the_session_at_the_server(people: People) -> None:
    li = Door("li")
    stolen = li.client.cookies["session"].value
    li.send("DELETE", "/session", {})
    other = Door()
    other.client.cookies["session"] = stolen
    assert other.get("/session").status_code == 401
    assert not Session.objects.filter(session_key=stolen).exists()


@pytest.mark.parametrize(
    ("login", "minutes", "status"), [("li", 29, 200), ("li", 31, 401), ("sys", 14, 200), ("sys", 16, 401)]
)
def test_idle_session_ends(people: People, login: str, minutes: int, status: int) -> None:
    door = Door(login)
    _turn_back(door, "seen", timedelta(minutes=minutes))
    assert door.get("/workbench").status_code == status


def test_session_ends_after_twelve_hours_however_busy(people: People) -> None:
    li = Door("li")
    assert li.get("/workbench").status_code == 200
    _turn_back(li, "since", timedelta(hours=12, minutes=1))
    assert li.get("/workbench").status_code == 401


def test_closed_account_is_out_on_its_next_request(people: People) -> None:
    li = Door("li")
    account = people["li"].account
    account.is_active = False
    account.save()
    assert li.get("/workbench").status_code == 401


def test_ended_role_closes_its_pages_on_the_next_request(people: People) -> None:
    li = Door("li")
    assert li.get("/recordings").status_code == 200
    people["li"].roles.update(until=now())
    assert li.get("/recordings").status_code == 401
    refused = Door().post("/session", name="li", password=PASSWORD)
    assert (refused.status_code, refused.json()["why"]) == (403, "您现在没有在任的职务，不能登录")


def test_password_is_changed_only_with_the_old_one(people: People) -> None:
    li, elsewhere = Door("li"), Door("li")
    wrong = li.post("/session/password", old="falsch", new="ganz-neues-wort-1", again="ganz-neues-wort-1")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["old"])
    differs = li.post("/session/password", old=PASSWORD, new="ganz-neues-wort-1", again="ganz-neues-wort-2")
    assert list(differs.json()["fields"]) == ["again"]
    weak = li.post("/session/password", old=PASSWORD, new="123456789012", again="123456789012")
    assert weak.status_code == 403
    assert "密码不合要求" in weak.json()["why"]
    assert (
        li.post(
            "/session/password", old=PASSWORD, new="ganz-neues-wort-1", again="ganz-neues-wort-1"
        ).status_code
        == 200
    )
    assert li.get("/workbench").status_code == 200
    assert elsewhere.get("/workbench").status_code == 401
    assert Door("li", password="ganz-neues-wort-1").get("/workbench").status_code == 200


def test_every_unsafe_route_refuses_without_the_token(people: People) -> None:
    li, before = Door("li"), Line.objects.count()
    unsafe = [row for row in rows_of(urls.api) if row.method not in ("GET", "HEAD")]
    assert len(unsafe) > 25
    for row in unsafe:
        answer = li.send(row.method, _filled(row.path), {}, with_token=False)
        assert (answer.status_code, answer.json()["why"]) == (403, "页面已过期，请求未被接受"), row
    assert Line.objects.count() == before


def test_nobody_gets_401_on_every_route_that_is_not_public(people: People) -> None:
    nobody = Door()
    for row in rows_of(urls.api):
        if row.policy != PUBLIC:
            assert nobody.send(row.method, _filled(row.path), {}).status_code == 401, row


def test_answer_carries_the_headers_of_the_house(people: People) -> None:
    answer = Door("li").get("/workbench")
    assert answer["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    cookie = Door("li").client.cookies["session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"


def test_unknown_address_is_answered_in_chinese(people: People) -> None:
    answer = Door("li").get("/nothing-here")
    assert (answer.status_code, answer.json()["why"]) == (404, "没有这一项")


def test_wrong_body_is_answered_field_by_field(people: People) -> None:
    answer = Door().post("/session", name="x" * 90, extra=1)
    assert answer.status_code == 422
    assert answer.json()["fields"] == {
        "name": "不能超过 50 个字。", "password": "此项必填。", "extra": "没有这一栏。",
    }  # fmt: skip


def test_body_that_is_no_json_is_refused_in_words(people: People) -> None:
    door = Door()
    token = door.client.cookies["csrftoken"].value
    answer = door.client.generic(
        "POST",
        "/api/v1/session",
        b"{nonsense",
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert (answer.status_code, answer.json()["why"]) == (400, "请求无法读取")


def _filled(path: str) -> str:
    """Any identifier does: none of these requests comes as far as the thing itself."""

    return re.sub(
        r"\{uuidstr:\w+\}", "0190a0a0-0000-7000-8000-000000000000", re.sub(r"\{int:\w+\}", "1", path)
    )


def _turn_back(door: Door, name: str, by: timedelta) -> None:
    session: Any = door.client.session
    session[name] = as_utc_text(now() - by)
    session.save()
