"""From upload to confirmation on the pages: what each person sees and may do; a form that lacks something says where."""

from datetime import timedelta
from typing import Any

from liuhen.kernel.clock import now
from tests.interfaces.api.scene import Door, Scene, receive


def told(scene: Scene, **more: Any) -> dict[str, Any]:
    return {
        "source": "phone", "maker": "某牌手机", "officer": str(scene.cast.li.pk), "taken_at": (now() - timedelta(hours=2)).isoformat(),
        "taken_where": "清河路", "why": "电量耗尽", "handed_by": "李", "handed_to": "赵", **more,
    }  # fmt: skip


def test_source_is_stated_by_one_and_confirmed_by_another_on_their_pages(scene: Scene) -> None:
    film = receive(scene.office, scene.cast, b"phone", name="VID_1.mp4", at=now(), by=scene.cast.li)
    li, keeper, path = Door("li"), Door("zhao"), f"/recordings/{film.pk}"
    page = li.page(path)
    assert (page["head"]["state"]["label"], page["head"]["due"]["action"]["key"]) == (
        "待来源说明",
        "state-source",
    )
    assert "作来源说明" in [item["title"] for item in li.desk()]
    form = li.page(f"{path}/source-statement")
    assert form["intro"].startswith("本机关施行的制度没有写明可以改用其他设备")
    lacking = li.post(f"{path}/source-statements", **told(scene, maker="", why=""))
    assert (lacking.status_code, sorted(lacking.json()["fields"])) == (422, ["maker", "why"])
    nobody = li.post(f"{path}/source-statements", **told(scene, officer=None))
    assert list(nobody.json()["fields"]) == ["taken_by"]
    agency = li.post(f"{path}/source-statements", **told(scene, source="agency"))
    assert list(agency.json()["fields"]) == ["package"]
    assert li.post(f"{path}/source-statements", **told(scene)).status_code == 200
    assert li.page(path)["head"]["state"]["label"] == "待核实来源"
    assert li.get(f"{path}/source-answer").status_code == 404
    assert "核实来源" in [item["title"] for item in keeper.desk()]
    assert "电量耗尽" in keeper.page(f"{path}/source-answer")["intro"]
    assert keeper.post(f"{path}/source-answers", answer="return").status_code == 403
    assert keeper.post(f"{path}/source-answers", answer="confirm", reason="看过手机").status_code == 200
    page = li.page(path)
    assert page["head"]["state"]["label"] in ("校验中", "待关联")
    assert any(f["label"] == "来源说明" and "核实属实：看过手机" in f["note"] for f in page["facts"])
    assert "非执法记录仪摄录" in [
        m["label"]
        for row in li.page("/recordings")["rows"]
        if row["id"] == str(film.pk)
        for m in row["marks"]
    ]
    assert "erasure" in [action["key"] for action in page["head"]["actions"]]


def test_who_brought_it_sees_why_he_cannot_check_it(scene: Scene) -> None:
    film = receive(scene.office, scene.cast, b"phone", name="VID_1.mp4", at=now())
    keeper, path = Door("zhao"), f"/recordings/{film.pk}"
    assert keeper.post(f"{path}/source-statements", **told(scene)).status_code == 200
    (action,) = (a for a in keeper.page(path)["head"]["actions"] if a["key"] == "confirm-source")
    assert "须由另一人核实" in action["unavailable"]
    assert "本人" in keeper.post(f"{path}/source-answers", answer="confirm").json()["why"]
