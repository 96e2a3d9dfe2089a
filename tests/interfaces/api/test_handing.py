"""交接从页面办：承办人制作清单并签名，接收人在工作台看到、核对、签名；外单位的人在屏幕上签名。"""

import pytest

from tests.interfaces.api.scene import Door, Scene

INK = "M 1 1 L 9 9"


def form_url(door: Door, case: str, label: str) -> str:
    """The address behind a button of the newest handover on the page of the case."""
    actions = door.page(case)["handovers"][-1]["actions"]
    return str(next(action["form_url"] for action in actions if action["label"] == label))


@pytest.mark.clause("NDG-30", "NDG-7")
def test_a_file_is_handed_to_the_legal_reviewer_from_page_to_desk(scene: Scene) -> None:
    li, chen = Door("li"), Door("chen")
    case = f"/cases/{scene.case.pk}"
    form = li.page(f"{case}/handover")
    things = next((f["options"] for f in form["fields"] if f["name"] == "things"), [])
    told = {
        "point": "to_legal",
        "receiver": str(scene.people["chen"].pk),
        "goods": "账册一本\n照片六张",
        "note": "请审核",
    }
    assert li.post(f"{case}/handovers", **told, things=[one["value"] for one in things]).status_code == 200
    assert (
        li.post(
            f"{case}/handovers", point="review", receiver=str(scene.people["chen"].pk), things=["x"]
        ).status_code
        == 422
    )
    sign = li.page(form_url(li, case, "核对清单并签名"))
    assert "账册一本" in sign["intro"]
    assert li.post(sign["url"]).status_code == 200
    assert li.page(case)["handovers"][0]["state"]["label"] == "在途，待接收"
    (item,) = [one for one in chen.desk() if one["title"] == "交接签名"]
    assert (
        chen.post(chen.page(item["action"]["form_url"])["url"].split("?")[0] + "?seen=0").status_code == 403
    )
    assert chen.post(chen.page(item["action"]["form_url"])["url"]).status_code == 200
    shown = li.page(case)["handovers"][0]
    assert (shown["state"]["label"], shown["actions"]) == ("已交接", [])
    assert "接收经办人" in shown["signed"]
    assert Door("wang").get(item["action"]["form_url"]).status_code == 404


@pytest.mark.clause("NDG-28")
def test_somebody_outside_signs_or_does_not_take_it(scene: Scene) -> None:
    li, case = Door("li"), f"/cases/{scene.case.pk}"
    for number, (label, told) in enumerate(
        [
            ("请接收的人签名", {"name": "钱某", "ink": INK}),
            ("注明不予接收", {"name": "钱某", "reason": "数量不符"}),
        ]
    ):
        assert (
            li.post(
                f"{case}/handovers", point="with_party", outside="钱某", goods=f"扣押物品 {number + 1} 箱"
            ).status_code
            == 200
        )
        assert li.post(li.page(form_url(li, case, "核对清单并签名"))["url"]).status_code == 200
        assert li.post(li.page(form_url(li, case, label))["url"], **told).status_code == 200
    assert [one["state"]["label"] for one in li.page(case)["handovers"]] == ["已交接", "不予接收"]
