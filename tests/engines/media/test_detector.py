"""检测程序由机关自备：在沙箱里读模型、看画面，给出的只是建议；没有模型、模型不对、画面不是画面，各说各的。"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from tests.engines.media.onnx import CELLS, SIDE, red_squares
from tests.engines.media.test_voice import recorded, spoken

from liuhen.engines.media import detecting, detector, proposing
from liuhen.engines.media.detecting import boxes, detect, loaded
from liuhen.engines.media.detector import Detector, has_engine, load_detector
from liuhen.engines.media.proposing import detected
from liuhen.engines.media.sandbox import Answer
from liuhen.kernel.errors import Malformed

ABOUT = """name = "红方块"
file = "red.onnx"
sha256 = "{sha256}"
width = 64
height = 64
threshold = 0.5
[classes]
1 = "红方块"
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "red.onnx"
    path.write_bytes(red_squares())
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds: a red square goes along the third row, two cells a second, and is gone in the last second."""
    return filmed(tmp_path_factory.mktemp("film") / "a.mkv")


def filmed(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width = stream.height = 4 * SIDE
        stream.pix_fmt = "bgr0"
        for number in range(40):
            picture = np.full((4 * SIDE, 4 * SIDE, 3), 90, np.uint8)
            if number < 30:
                left = int((1 + number / 10) * 4 * SIDE / CELLS)
                picture[2 * 32 : 3 * 32, left : left + 32] = (255, 0, 0)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="bgr0")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def red(model: Path, **more: object) -> Detector:
    return Detector(
        **{
            "name": "红方块",
            "path": model,
            "width": SIDE,
            "height": SIDE,
            "threshold": 0.45,
            "classes": {1: "红方块"},
        }
        | more
    )  # type: ignore[arg-type]


def laid(home: Path, about: str = ABOUT, content: bytes = b"model") -> Path:
    folder = home / "detector"
    folder.mkdir()
    (folder / "red.onnx").write_bytes(content)
    (folder / "detector.toml").write_text(about.replace("{sha256}", hashlib.sha256(content).hexdigest()))
    return home


def test_detector_follows_what_it_knows_and_nothing_else(film: Path, model: Path) -> None:
    found = detected(film, red(model), begins=0, ends=4)
    assert found
    assert {mask.made for mask in found} == {"detector"}
    assert all(
        mask.reason.startswith("红方块（检测程序，最高把握") and mask.reason.endswith("待核对")
        for mask in found
    )
    for second in (
        0.1,
        1.0,
        2.0,
        2.8,
    ):  # Held against where the square was drawn: nothing of the product is asked.
        middle = ((1 + second) / CELLS + 0.5 / CELLS, 2.5 / CELLS)
        held = [place for mask in found if (place := mask.place_at(second)) is not None]
        assert any(
            p.left <= middle[0] <= p.left + p.width and p.top <= middle[1] <= p.top + p.height for p in held
        ), (second, held)
        assert all(abs(p.top + p.height / 2 - middle[1]) < 0.1 for p in held)
    assert not [mask for mask in found if mask.place_at(3.9) is not None]
    assert detected(film, red(model, classes={2: "别的"}), begins=0, ends=4) == ()


def test_stretch_that_is_too_long_a_film_that_is_none_and_a_model_that_is_none_are_told_apart(
    film: Path, model: Path, tmp_path: Path
) -> None:
    with pytest.raises(Malformed, match="最多找 30 秒"):
        detected(film, red(model), begins=0, ends=99)
    other = tmp_path / "x.onnx"
    other.write_bytes(b"no model at all")
    with pytest.raises(Malformed, match="检测程序出错"):
        detected(film, red(other), begins=0, ends=2)
    other.write_bytes(red_squares(columns=6))
    with pytest.raises(Malformed, match="1×1×N×7"):
        detected(film, red(other), begins=0, ends=2)
    with pytest.raises(Malformed, match="没有画面"):
        detected(recorded(tmp_path / "a.wav", spoken()), red(model), begins=0, ends=2)


def test_answer_of_the_child_is_not_believed_as_it_stands(
    film: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for told in (None, [[1, 2]], [1], [[0.0] * 7] * 5_001):
        answer = Answer("limited", ({"made": {"kind": "detected", "boxes": told}},), "")
        monkeypatch.setattr(proposing, "run", lambda *_, answer=answer, **__: answer)
        with pytest.raises(Malformed, match="不可信"):
            detected(film, red(model), begins=0, ends=2)


def test_boxes_are_put_into_the_picture_and_the_unsure_ones_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        [0, 1, 0.9, -0.5, 0.1, 0.5, 2.0], [0, 2, 0.6, 0.2, 0.2, 0.4, 0.4], [0, 1, 0.3, 0, 0, 1, 1], [0, 1, np.nan, 0, 0, 1, 1],
        [0, 1, 0.8, 0.5, 0.5, 0.5, 0.9], [0, 3, 7.0, 0, 0, 1, 1],
    ]  # fmt: skip
    found = list(boxes(np.array([[rows]]), threshold=0.5))
    assert found == [[0, 0, 1, 1, 1, 3], [0, pytest.approx(0.1), 0.5, pytest.approx(0.9), pytest.approx(0.9), 1], [0.2, 0.2, 0.2, 0.2, pytest.approx(0.6), 2]]  # fmt: skip
    with pytest.raises(Malformed, match="1×1×N×7"):
        list(boxes(np.zeros((1, 1, 9, 6)), threshold=0.5))
    monkeypatch.setattr(detecting, "_MOST_A_PICTURE", 1)
    assert len(list(boxes(np.array([[rows]]), threshold=0.5))) == 1


def test_detection_in_the_process_itself(
    film: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the child does, step by step: coverage cannot look into it."""
    task = {"begins": 0.0, "ends": 2.0, "width": SIDE, "height": SIDE, "threshold": 0.45}
    with film.open("rb") as source, model.open("rb") as opened:
        told = detect(source, opened, task)
    assert {one[6] for one in told["boxes"]} == {1}
    with film.open("rb") as source, model.open("rb") as opened:
        whole = detect(source, opened, {**task, "ends": 9.0})
    assert 2.5 < max(one[0] for one in whole["boxes"]) < 3.0
    monkeypatch.setattr(detecting, "MOST", 1)
    with film.open("rb") as source, model.open("rb") as opened, pytest.raises(Malformed, match="超过 1 处"):
        detect(source, opened, {**task, "ends": 9.0})
    sound = recorded(tmp_path / "a.wav", spoken())
    with sound.open("rb") as source, model.open("rb") as opened, pytest.raises(Malformed, match="没有画面"):
        detect(source, opened, task)


def test_model_with_more_than_one_answer_is_refused(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Two:
        def __init__(self, *_: object, **__: object) -> None: ...
        def get_inputs(self) -> list[str]:
            return ["a", "b"]

    monkeypatch.setattr(detecting.onnxruntime, "InferenceSession", Two)
    with pytest.raises(Malformed, match="一个输入"):
        loaded(model.read_bytes())


def test_house_without_a_detector_has_none_and_with_one_knows_it_by_its_digest(tmp_path: Path) -> None:
    assert load_detector(tmp_path) is None
    found = load_detector(laid(tmp_path))
    assert found is not None
    assert (found.name, found.classes, found.width, found.threshold) == ("红方块", {1: "红方块"}, 64, 0.5)
    (tmp_path / "detector" / "red.onnx").write_bytes(b"another")
    with pytest.raises(Malformed, match="SHA-256"):
        load_detector(tmp_path)
    (tmp_path / "detector" / "red.onnx").unlink()
    with pytest.raises(Malformed, match="没有检测模型"):
        load_detector(tmp_path)


def wrong() -> Iterator[tuple[str, str]]:
    yield "x = ", "读不懂"
    for line, instead in (
        ("width = 64", "width = 5"), ("height = 64", 'height = "64"'), ("threshold = 0.5", "threshold = 1"), ('name = "红方块"', 'name = ""'),
        ('file = "red.onnx"', 'file = "../red.onnx"'), ('1 = "红方块"', 'a = "红方块"'), ('1 = "红方块"', '1 = ""'),
    ):  # fmt: skip
        yield ABOUT.replace(line, instead), "不合要求"
    yield ABOUT.replace("width = 64\n", ""), "恰有"


@pytest.mark.parametrize(("about", "says"), list(wrong()))
def test_description_that_cannot_be_meant_is_refused_in_words(tmp_path: Path, about: str, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        load_detector(laid(tmp_path, about))


def test_library_is_here_in_the_workshop_and_its_absence_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert has_engine()
    monkeypatch.setattr(detector.importlib.util, "find_spec", lambda name: None)
    assert not has_engine()
