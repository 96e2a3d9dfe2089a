"""语音提示和实时副本在音像的页上：没有模型就说没有，装错了说错在哪里，听到的是提示；副本和原件互相指到。"""

import pytest

from liuhen.apps.evidence.live import keep_live_copy
from liuhen.apps.evidence.speech import RECOGNIZE, keep_recognition
from liuhen.apps.journal.models import Job
from liuhen.engines.media.speech import Hint, Word, load_speech
from liuhen.interfaces.api import pages_hearing
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import now
from liuhen.server.works import works
from tests.engines.media.speaking import laid
from tests.interfaces.api.scene import Door, Scene

pytestmark = pytest.mark.django_db


def test_page_says_that_there_is_no_model_and_shows_hints_where_there_is(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    li, path = Door("li"), f"/recordings/{scene.recording.pk}"

    def shown() -> dict:
        return li.page(path)["speech"]

    assert ("模型由机关自备" in shown()["says"], shown()["actions"]) == (True, [])
    laid(scene.office.home)
    (scene.office.home / "speech" / "tokens.txt").write_text("x")
    assert "用不了" in shown()["says"]
    laid(scene.office.home)
    with monkeypatch.context() as patched:
        patched.setattr(pages_hearing, "has_engine", lambda: False)
        assert "没有装运行它的库" in shown()["says"]
    (action,) = shown()["actions"]
    assert (action["label"], "只是提示" in shown()["says"]) == ("识别语音", True)
    assert li.post(f"{path}/recognitions").status_code == 200
    assert "正在识别" in shown()["says"]
    works(scene.office)[RECOGNIZE](scene.recording.pk)
    Job.objects.filter(kind=RECOGNIZE).update(state=Job.State.DONE)
    told = shown()
    assert ("听过" in told["says"], "没有听到像是" in told["says"], told["hints"]) == (True, True, [])
    model = load_speech(scene.office.home)
    assert model is not None
    keep_recognition(
        scene.recording, by=SYSTEM, model=model, words=[Word(3.0, "请", 0.9)],
        hints=[Hint("identity", 3.0, 5.0, 0.82, "这是我的执法证")], at=now(),
    )  # fmt: skip
    (hint,) = shown()["hints"]
    assert (hint["duty"], hint["at"], hint["sure"], hint["heard"]) == (
        "出示证件",
        "0:00:03.0",
        "把握 82%",
        "这是我的执法证",
    )
    (mark,) = hint["actions"]
    form = li.page(mark["form_url"])
    assert [field["value"] for field in form["fields"]] == ["0:00:02.0", "0:00:06.0", "出示证件"]
    assert li.page(path)["rail"]["findings"] == Door("li").page(path)["rail"]["findings"]
    assert Door("sun").post(f"{path}/recognitions").status_code == 404


def test_failure_says_why_and_is_tried_again(scene: Scene) -> None:
    li, path = Door("li"), f"/recordings/{scene.recording.pk}"
    laid(scene.office.home, model=b"no model")
    assert li.post(f"{path}/recognitions").status_code == 200
    works(scene.office)[RECOGNIZE](scene.recording.pk)
    Job.objects.filter(kind=RECOGNIZE).update(state=Job.State.DONE)
    told = li.page(path)["speech"]
    assert "没有识别成：识别程序出错" in told["says"]
    assert [one["label"] for one in told["actions"]] == ["重新识别"]
    assert li.post(f"{path}/recognitions").status_code == 200


def test_copy_and_original_lead_to_each_other(scene: Scene) -> None:
    keep_live_copy(
        scene.loose, scene.recording, by=SYSTEM, way="sound", offset=4.0, measure=0.93, covers=16.0, length=20.0, at=now()
    )  # fmt: skip
    li = Door("li")
    (of_original,) = li.page(f"/recordings/{scene.recording.pk}")["live"]
    assert of_original["value"] == f"{scene.loose.number} 是本件的实时副本"
    assert "盖住原件 16 秒（80%）" in of_original["note"].replace("\u2009", " ")
    assert of_original["to"] == f"/recordings/{scene.loose.pk}"
    (of_copy,) = li.page(f"/recordings/{scene.loose.pk}")["live"]
    assert of_copy["value"] == f"本件是 {scene.recording.number} 的实时副本"
    assert "不重复计算" in of_copy["note"]
