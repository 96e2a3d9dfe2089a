"""检测程序在画遮挡的页上：没有就说没有，装错了就说错在哪里，装好了按它的名字给出一个按钮；给出的只是建议。"""

import hashlib

import pytest

from liuhen.interfaces.api import redacting
from tests.engines.media.onnx import red_squares
from tests.interfaces.api.scene import Door, Scene

pytestmark = pytest.mark.django_db


def laid(scene: Scene, *, threshold: str = "0.5") -> None:
    folder = scene.office.home / "detector"
    folder.mkdir(exist_ok=True)
    (folder / "red.onnx").write_bytes(red_squares())
    (folder / "detector.toml").write_text(
        f'name = "红方块"\nfile = "red.onnx"\nsha256 = "{hashlib.sha256(red_squares()).hexdigest()}"\n'
        f'width = 64\nheight = 64\nthreshold = {threshold}\n[classes]\n1 = "红方块"\n'
    )


def test_page_says_that_there_is_no_detector_and_offers_it_where_there_is(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    li, path = Door("li"), f"/recordings/{scene.recording.pk}"
    told = li.page(f"{path}/detector")
    assert (told["name"], "模型由机关自备" in told["says"]) == (None, True)
    refused = li.post(f"{path}/sightings", begins=0, ends=1)
    assert (refused.status_code, "没有装检测程序" in refused.content.decode()) == (403, True)
    laid(scene, threshold="7")
    assert "用不了" in li.page(f"{path}/detector")["says"]
    laid(scene)
    told = li.page(f"{path}/detector")
    assert (told["name"], "会漏也会错" in told["says"]) == ("红方块", True)
    beyond = li.post(f"{path}/sightings", begins=0, ends=9_999)
    assert (beyond.status_code, "不在音像之内" in beyond.content.decode()) == (400, True)
    monkeypatch.setattr(redacting, "has_engine", lambda: False)
    assert "没有装运行它的库" in li.page(f"{path}/detector")["says"]
    assert Door("sun").get(f"{path}/detector").status_code == 404
