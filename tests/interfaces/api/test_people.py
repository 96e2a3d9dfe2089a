"""人员与职务: who may enter whom, who may appoint whom, and why somebody may see something."""

from typing import Any

import pytest

from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry.models import Officer, Unit
from tests.cast import Cast
from tests.interfaces.api.scene import Door, Scene

People = dict[str, Officer]


@pytest.fixture
def sys(people: People) -> Door:
    return Door("sys")


@pytest.fixture
def sec(people: People) -> Door:
    return Door("sec")


def answered(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def test_newcomer_is_entered_by_one_appointed_by_another_and_comes_in(
    sys: Door, sec: Door, cast: Cast
) -> None:
    made = answered(
        sys.post(
            "/people",
            name="吴",
            number="010099",
            unit=cast.team.pk,
            card="执法-99",
            card_valid_until="2028-12-31",
        )
    )
    at = made["to"]
    opened = answered(sys.post(f"{at}/accounts", login="wu"))
    assert len(opened["once"]) > 20
    assert opened["proof"]["journal_number"] > 0
    lonely = Door().post("/session", name="wu", password=opened["once"])
    assert (lonely.status_code, "职务" in lonely.json()["why"]) == (403, True)
    assert sys.post(f"{at}/posts", role="officer", unit=cast.team.pk).status_code == 403
    answered(sec.post(f"{at}/posts", role="officer", unit=cast.team.pk))
    assert sec.post(f"{at}/accounts", login="wu2").status_code == 403
    wu = Door("wu", password=opened["once"])
    assert "recordings" in [section["key"] for section in wu.page("/session")["sections"]]
    page = sys.page(at)
    assert (page["head"]["title"], page["posts"][0]["rows"][0]["cells"][0]) == ("吴", "执法人员")

    post = page["posts"][0]["rows"][0]["id"]
    answered(sec.post(f"/posts/{post}/end"))
    assert wu.get("/recordings").status_code == 401, "the very next request"
    assert "没有职务" in str(sec.page("/people", state="without-post")["views"])
    assert [row["name"] for row in sec.page("/people", state="without-post")["rows"]].count("吴") == 1


def test_wrong_entries_are_named_and_nothing_is_lost(
    sys: Door, sec: Door, people: People, cast: Cast
) -> None:
    taken = sys.post("/people", name="吴", number="010001", unit=cast.team.pk)
    assert (taken.status_code, "已有人使用" in taken.json()["why"]) == (403, True)
    strange = sys.post("/people", name="吴", number="010098", unit=people["li"].pk)
    assert (strange.status_code, list(strange.json()["fields"])) == (422, ["unit"])
    twice = sys.post(f"/people/{people['li'].pk}/accounts", login="li2")
    assert (twice.status_code, list(twice.json()["fields"])) == (422, ["login"])
    past = sec.post(
        f"/people/{people['li'].pk}/posts",
        role="officer",
        unit=cast.team.pk,
        since="2020-01-01T08:00:00+08:00",
    )
    assert (past.status_code, list(past.json()["fields"])) == (422, ["since"])
    no_role = sec.post(f"/people/{people['li'].pk}/posts", role="koenig", unit=cast.team.pk)
    assert no_role.status_code == 400
    mixed = sec.post(f"/people/{people['li'].pk}/posts", role="system_admin", unit=cast.team.pk)
    assert (mixed.status_code, "不能兼任" in mixed.json()["why"]) == (403, True)
    assert sec.post(f"/posts/{people['li'].pk}/end").status_code == 404


def test_suspended_officer_is_out_at_once_and_the_roll_keeps_him(
    sys: Door, people: People, cast: Cast
) -> None:
    li = people["li"]
    door = Door("li")
    form = sys.page(f"/people/{li.pk}/change")
    told = {field["name"]: field["value"] for field in form["fields"]}
    answered(sys.post(f"/people/{li.pk}/change", **{**told, "card_valid_until": None, "state": "suspended"}))
    assert door.get("/recordings").status_code == 401
    assert [row["state"]["label"] for row in sys.page("/people", state="suspended")["rows"]] == ["暂停执法"]
    assert len(sys.page("/people")["rows"]) >= 6
    me = Officer.objects.get(account__login="sys")
    away = sys.post(f"/people/{me.pk}/change", name=me.name, number=me.number, unit=me.unit_id, state="left")
    assert (away.status_code, "自己" in away.json()["why"]) == (403, True)
    other = sys.post(f"/people/{li.pk}/change", name="李", number="010002", unit=cast.team.pk, state="active")
    assert other.status_code == 403


def test_unit_is_set_up_once(sys: Door, cast: Cast) -> None:
    top = Unit.objects.get(agency=cast.agency, parent=None)
    answered(sys.post("/units", name="二中队", code="ZF2", function="case", parent=top.pk))
    again = sys.post("/units", name="二中队", code="ZF2", function="case", parent=top.pk)
    assert (again.status_code, "已经有了" in again.json()["why"]) == (403, True)
    assert sys.page("/forms/unit")["fields"][3]["options"][0]["label"] == cast.agency.name
    assert sys.page("/forms/person")["title"] == "登记人员"


def test_account_is_closed_and_its_password_reset(sys: Door, people: People) -> None:
    li = people["li"]
    door = Door("li")
    new = answered(sys.post(f"/people/{li.pk}/account/password"))["once"]
    assert door.get("/recordings").status_code == 401, "the old log-in ends with the old password"
    assert Door("li", password=new).get("/recordings").status_code == 200
    assert sys.post(f"/people/{li.pk}/account/factor/end").status_code == 403
    answered(sys.post(f"/people/{li.pk}/account/end"))
    assert Door().post("/session", name="li", password=new).status_code == 403
    assert "已停用" in str(sys.page(f"/people/{li.pk}"))
    sun = people["sun"]
    assert sys.get(f"/people/{sun.pk}").status_code == 404, "another agency's people are not there"


def test_posts_page_names_holders_vacancies_and_what_lies_apart(sec: Door) -> None:
    page = sec.page("/posts")
    told = {fact["label"]: fact["value"] for fact in page["facts"]}
    assert told["最少几人"].endswith("人")
    roles = {row["cells"][0]: row["cells"][1] for row in page["sections"][0]["rows"]}
    assert "张" in roles["部门负责人"]
    assert len(page["sections"][1]["rows"]) == 5
    assert [action["key"] for action in page["actions"]] == ["why"]


def test_why_somebody_may_play_is_answered_for_any_pair(scene: Scene) -> None:
    sec, people = Door("sec"), {o.name: o for o in Officer.objects.filter(agency=scene.cast.agency)}
    number = Recording.objects.order_by("pk")[0].number
    asked = sec.post("/rights", officer=people["张"].pk, number=number)
    to = answered(asked)["to"]
    lines = {line["does"]: line for line in sec.page(to)["lines"]}
    assert lines["播放"]["may"]["label"] == "能"
    assert "部门负责人" in lines["播放"]["why"]
    assert lines["看得到这一段在"]["may"]["label"] == "能"
    li = sec.page(f"/rights/{people['陈'].pk}/{number}")["lines"]
    play = next(line for line in li if line["does"] == "播放")
    assert play["may"]["label"] == "不能"
    assert "没有这项权限" in play["why"]
    unknown = sec.post("/rights", officer=people["张"].pk, number="没有这个")
    assert (unknown.status_code, list(unknown.json()["fields"])) == (422, ["number"])
    assert sec.get(f"/rights/{people['张'].pk}/nichts").status_code == 404
    assert Door("li").get(f"/rights/{people['张'].pk}/{number}").status_code == 404
