"""The search over HTTP: found and counted is only what this person may know of (role x kind), in his words."""

from uuid import UUID

import pytest

from liuhen.apps.archive.actions import number_recording
from liuhen.apps.casework.queries import activities_visible_to, cases_visible_to
from liuhen.apps.devices.queries import visible_to as devices_visible_to
from liuhen.apps.documents.queries import visible_to as documents_visible_to
from liuhen.apps.evidence.queries import visible_to as recordings_visible_to
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import reach_of
from liuhen.apps.search.tokens import wanted
from liuhen.interfaces.api.pages_search import marked, snippet
from liuhen.kernel.clock import now
from tests.cast import as_actor
from tests.interfaces.api.scene import Door, Scene, with_papers

_EVERYBODY = (
    "li", "wang", "zhang", "chen", "zhao", "zhou", "sun", "sys", "sec", "aud", "he", "zhou2", "qian", "jiang", "shen", "ji",
    "lu", "tan", "gu",
)  # fmt: skip
# One character that stands in at least one thing of every kind, in both agencies.
_ASKED = {
    "cases": "路", "activities": "路", "recordings": "mp4", "documents": "故障", "devices": "记", "officers": "1",
}  # fmt: skip


@pytest.fixture
def full(scene: Scene) -> Scene:
    """One of each paper, and a number of the archive."""
    with_papers(scene)
    number_recording(scene.recording, by=as_actor(scene.cast.li), at=now())
    return scene


def hits(door: Door, asked: str, **query: str) -> dict[str, set[str]]:
    page = door.page("/search", q=asked, **query)
    return {group["key"]: {hit["id"].partition("-")[2] for hit in group["hits"]} for group in page["groups"]}


@pytest.mark.parametrize("who", _EVERYBODY)
def test_hits_and_counts_are_what_the_lists_show(full: Scene, who: str) -> None:
    """The index is held against the rooms' own `visible_to`, person by person and kind by kind."""
    by, at, door = as_actor(full.people[who]), now(), Door(who)
    shown = {
        "cases": cases_visible_to(by, at=at), "activities": activities_visible_to(by, at=at),
        "recordings": recordings_visible_to(by, at=at), "documents": documents_visible_to(by, at=at),
        "devices": devices_visible_to(by, at=at),
        "officers": Officer.objects.filter(reach_of(by, "roster.view", at=at), number__contains="1"),
    }  # fmt: skip
    for kind, asked in _ASKED.items():
        expected = {str(key) for key in set(shown[kind].values_list("pk", flat=True))}
        page = door.page("/search", q=asked, kind=kind)
        found = {hit["id"].partition("-")[2] for group in page["groups"] for hit in group["hits"]}
        assert found == expected, kind
        assert [group["count_label"] for group in page["groups"]] == (
            [f"共 {len(expected)} 条"] if expected else []
        )


def test_stranger_and_absent_word_are_answered_alike(full: Scene) -> None:
    sun = Door("sun")
    hidden, absent = (sun.page("/search", q=asked) for asked in ("占道经营巡查", "乌有之词条目"))
    assert hidden["groups"] == absent["groups"] == []
    assert hidden["says"].replace("占道经营巡查", "") == absent["says"].replace("乌有之词条目", "")


def test_role_that_has_ended_finds_nothing_on_the_next_request(full: Scene) -> None:
    door = Door("he")
    assert "activities" in hits(door, "占道")
    full.people["he"].roles.update(until=now())
    assert door.get("/search", q="占道").status_code == 401


def test_one_question_finds_every_kind(full: Scene) -> None:
    found = hits(Door("chen"), "李")
    assert {"cases", "activities", "recordings", "documents", "officers"} <= found.keys()
    assert str(full.case.pk) in found["cases"]


def test_hit_leads_to_its_page(full: Scene) -> None:
    door = Door("li")
    for asked in ("占道", "执记-01", "故障", "010001"):
        for group in door.page("/search", q=asked)["groups"]:
            for hit in group["hits"]:
                path = hit["to"]
                assert path.startswith("/")
                if group["key"] in ("cases", "activities", "recordings", "documents"):
                    assert door.get(path).status_code == 200


def test_archive_number_leads_to_the_recording(full: Scene) -> None:
    group = next(g for g in Door("he").page("/search", q="占道")["groups"] if g["key"] == "archive")
    assert group["hits"][0]["to"] == f"/recordings/{full.recording.pk}"


def test_person_has_no_way_to_recordings_for_who_has_none(full: Scene) -> None:
    group = next(g for g in Door("sys").page("/search", q="010001")["groups"] if g["key"] == "officers")
    assert group["hits"][0]["to"] is None
    assert "".join(part["text"] for part in group["hits"][0]["title"]) == "李"


@pytest.mark.parametrize("query", [{"kind": "x"}, {"after": "0"}, {"after": "x"}, {"q": "x" * 201}])
def test_question_that_cannot_be_is_refused_in_words(full: Scene, query: dict[str, str]) -> None:
    answer = Door("li").get("/search", **query)
    assert answer.status_code in (400, 422)
    assert answer.json()["why"]


@pytest.mark.parametrize(
    "asked",
    ['"', "'", "OR", "NEAR(a b)", "占*", "a AND b", "\\", "%", "' OR 1=1 --", "search_tokens:a", "^", "{a}"],
)
def test_question_is_words_and_never_a_language(full: Scene, asked: str) -> None:
    assert Door("li").get("/search", q=asked).status_code == 200


def test_group_is_paged_by_its_key(full: Scene) -> None:
    door = Door("li")
    first = door.page("/search", q="记")["groups"][0]
    assert first["next"] is None
    key = str(UUID(int=0))
    assert door.get("/search", q="记", kind=first["key"], after=key).status_code in (400, 422)
    assert door.page("/search", q="记", kind=first["key"], after="1")["groups"] == []


def test_words_are_marked_where_they_stand() -> None:
    parts = marked("冀Ａ·12345 停在清河路", wanted("冀a12345 清河"))
    assert [part.text for part in parts if part.hit] == ["冀Ａ·12345", "清河"]
    assert "".join(part.text for part in parts) == "冀Ａ·12345 停在清河路"


def test_snippet_is_the_stretch_around_the_first_word() -> None:
    text = "一" * 200 + "记录仪自行关机" + "二" * 200
    parts = snippet(text, wanted("关机"))
    told = "".join(part.text for part in parts)
    assert told.startswith("…") and told.endswith("…") and "记录仪自行关机" in told and len(told) <= 74
    assert "".join(part.text for part in snippet("短", wanted("关机"))) == "短"
