"""语音识别由机关自备模型：真的读声音、真的跑模型、真的给出时间和把握；模型不对、词表不对、没有声音，各说各的。给出的只是提示。"""

import io
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from tests.engines.media.speaking import HELD, LETTERS, PAUSE, laid, said, tones_model, write_said
from tests.engines.media.test_readers import write

from liuhen.engines.media import recognizing, speech
from liuhen.engines.media.mel import BANDS, RATE, _hertz, _pitch, features, filters
from liuhen.engines.media.recognizing import collapsed, recognize
from liuhen.engines.media.sandbox import Answer
from liuhen.engines.media.speech import Word, hints, load_speech, plain, recognized, with_wording
from liuhen.kernel.errors import Malformed

TOLD = " 天气不错 现在使用音像记录设备进行记录 天气 这是我的执法证 "
STEP = HELD + PAUSE


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return laid(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_said(tmp_path_factory.mktemp("sound") / "a.wav", TOLD)


def heard(path: Path, model: bytes, *, tokens: int = len(LETTERS) + 1) -> list[list[float]]:
    with path.open("rb") as source:
        lines = list(recognize(source, io.BytesIO(model), tokens=tokens))
    assert lines[-1] == {"made": {"kind": "speech"}}
    return [one for line in lines[:-1] for one in line["heard"]]


def test_what_was_said_is_heard_with_times_and_duties_are_found_in_it(house: Path, recording: Path) -> None:
    model = load_speech(house)
    assert model is not None
    words = recognized(recording, model, seconds=12.0)
    text = "".join(word.text for word in words)
    assert [letter for letter in text if letter in "天气不错"] == list("天气不错天气")
    first = next(word for word in words if word.text == "现")
    assert first.at == pytest.approx(1 + 4 * STEP + 1, abs=0.1)
    assert first.sure > 0.9
    found = hints(words, model.phrases)
    assert [one.duty for one in found] == ["notice", "identity"]
    notice, identity = found
    assert (notice.begins, notice.ends) == pytest.approx((2.96, 2.96 + 14 * STEP), abs=0.5)
    assert identity.begins == pytest.approx(3.96 + 14 * STEP + 1 + 2 * STEP, abs=0.35)
    assert all(0.5 < one.sure <= 1 for one in found)
    assert "执法证" in identity.heard


def test_words_of_the_regulation_are_sought_too(house: Path, recording: Path) -> None:
    model = load_speech(house)
    assert model is not None
    own = with_wording(model, "天气不错，现在使用音像")
    assert own.phrases["notice"][-1] == "天气不错，现在使用音像"
    assert with_wording(model, "好") == model


EVERY, CLEAR = (
    "".join(LETTERS),
    "的执法证天气不错",
)  # the highest tones lie in narrow bands and are heard without a doubt


def clear_of(told: list[list[float]]) -> list[tuple[str, float]]:
    return [(LETTERS[int(token)], at) for at, token, _ in told if LETTERS[int(token)] in CLEAR]


def test_long_sound_is_heard_in_pieces_parted_where_it_is_quiet(tmp_path: Path) -> None:
    path, whole = write_said(tmp_path / "long.wav", f"{EVERY} " * 6), len(EVERY) * STEP + 1
    told = clear_of(heard(path, tones_model()))
    assert "".join(letter for letter, _ in told) == CLEAR * 6
    wanted = [whole * number + EVERY.index(letter) * STEP for number in range(6) for letter in CLEAR]
    assert [at for _, at in told] == pytest.approx(wanted, abs=0.1)


def test_hole_in_the_sound_parts_it_and_times_stay_true(tmp_path: Path) -> None:
    path = tmp_path / "hole.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for begin in (0.0, 9.0):
            tones = (said(f"{EVERY} ") * 32_000).astype(np.int16).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(tones, format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, round(begin * RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    told = clear_of(heard(path, tones_model()))
    assert "".join(letter for letter, _ in told) == CLEAR * 2
    assert [at for _, at in told[8:]] == pytest.approx([at + 9 for _, at in told[:8]], abs=0.05)


def test_nothing_is_heard_in_nothing_and_what_does_not_decode_is_left_out(
    sound_clip: Path, tmp_path: Path
) -> None:
    silent = tmp_path / "silent.wav"
    with wave.open(str(silent), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(bytes(2 * RATE))
    assert heard(silent, tones_model()) == []
    whole = bytearray(sound_clip.read_bytes())
    start, index = whole.find(b"mdat") + 4, whole.rfind(b"moov") - 4
    whole[start:index] = np.random.default_rng(1).integers(0, 256, index - start, np.uint8).tobytes()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(whole)
    heard(broken, tones_model())


def test_more_than_anybody_says_is_not_believed(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognizing, "MOST", 3)
    with pytest.raises(Malformed, match="是不是一套"):
        heard(recording, tones_model())


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (tones_model(inputs=1), "两个输入"),
        (tones_model(metadata=[("normalize_type", "")]), "逐频带归一"),
        (tones_model(metadata=[("vocab_size", "9"), ("subsampling_factor", "4")]), "词表有 25 项"),
        (tones_model(metadata=[]), "抽样倍数"),
        (tones_model(metadata=[("subsampling_factor", "900")]), "抽样倍数"),
        (tones_model(tokens=7, metadata=[("subsampling_factor", "4")]), "1×T×25"),
    ],
    ids=["one input", "not normalized", "other list", "no factor", "absurd factor", "other shape"],
)
def test_model_of_another_layout_is_told(model: bytes, says: str, recording: Path) -> None:
    with pytest.raises(Malformed, match=says):
        heard(recording, model)


def test_answer_that_is_no_number_is_told() -> None:
    with pytest.raises(Malformed, match="不是数"):
        list(collapsed(np.array([[0.0, np.nan]], np.float32)))
    rows = np.log(
        np.array([[0.9, 0.05, 0.05], [0.9, 0.05, 0.05], [0.1, 0.1, 0.8], [0.7, 0.2, 0.1]], np.float32)
    )
    assert [(row, token) for row, token, _ in collapsed(rows)] == [(0, 0), (3, 0)]
    assert [sure for *_, sure in collapsed(rows)] == pytest.approx([0.9, 0.7], abs=0.01)


def test_file_without_sound_and_file_that_is_no_model_are_told_through_the_sandbox(
    house: Path, recording: Path, tmp_path: Path
) -> None:
    model = load_speech(house)
    assert model is not None
    for hear in (lambda path: recognized(path, model, seconds=3.0), lambda path: heard(path, tones_model())):
        with pytest.raises(Malformed, match="没有声音"):
            hear(write(tmp_path / "a.mkv"))
    other = load_speech(laid(tmp_path, model=b"no model"))
    assert other is not None
    with pytest.raises(Malformed, match="识别程序出错"):
        recognized(recording, other, seconds=3.0)


def test_answer_that_is_not_to_be_believed_is_refused(
    house: Path, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_speech(house)
    assert model is not None
    for wrong in ([1.0, 999, 0.5], [1.0], "x", [1.0, None, 0.5]):
        lines = ({"heard": [wrong]}, {"made": {"kind": "speech"}})
        monkeypatch.setattr(speech, "run", lambda *_, lines=lines, **__: Answer("limited", lines, ""))
        with pytest.raises(Malformed, match="不可信"):
            recognized(recording, model, seconds=1.0)


def test_house_without_a_model_has_none(tmp_path: Path) -> None:
    assert load_speech(tmp_path) is None


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("speech.toml", "name = ", "读不懂"),
        ("speech.toml", 'name = "x"\n', "应有"),
        ("speech.toml", 'name = ""\nfile = "tones.onnx"\nsha256 = "x"\ntokens = "tokens.txt"\n', "不合要求"),
        ("speech.toml", 'name = "x"\nfile = "../tones.onnx"\nsha256 = "x"\ntokens = "tokens.txt"\n', "不合要求"),
        ("speech.toml", 'name = "x"\nfile = "tones.onnx"\nsha256 = "x"\ntokens = "tokens.txt"\nphrases = {notice = ["短"]}\n', "不合要求"),
        ("speech.toml", 'name = "x"\nfile = "tones.onnx"\nsha256 = "x"\ntokens = "tokens.txt"\n', "SHA-256"),
        ("speech.toml", 'name = "x"\nfile = "none.onnx"\nsha256 = "x"\ntokens = "tokens.txt"\n', "没有识别模型"),
        ("tokens.txt", "天 0\n气 2\n", "从 0 起连续"),
        ("tokens.txt", "天\n", "读不懂"),
    ],
)  # fmt: skip
def test_folder_that_is_laid_wrongly_says_what(file: str, content: str, says: str, tmp_path: Path) -> None:
    laid(tmp_path)
    (tmp_path / "speech" / file).write_text(content, "utf-8")
    with pytest.raises(Malformed, match=says):
        load_speech(tmp_path)


def test_own_phrases_come_beside_the_usual_ones(tmp_path: Path) -> None:
    model = load_speech(laid(tmp_path, more='[phrases]\nidentity = ["请您看一下证件"]\n'))
    assert model is not None
    assert "请您看一下证件" in model.phrases["identity"]
    assert len(model.phrases["identity"]) > 1
    assert model.words[-1] == "<blk>"


def spoken(text: str, *, sure: float = 0.9) -> list[Word]:
    return [Word(float(number), letter, sure) for number, letter in enumerate(text)]


def test_phrase_is_found_though_a_few_letters_differ_and_not_where_many_do() -> None:
    phrases = {"notice": ("本次执法全程录音录像",)}
    (exact,) = hints(spoken("你好，本次执法全程录音录像。"), phrases)
    assert (exact.begins, exact.heard) == (3.0, "本次执法全程录音录像")
    (near,) = hints(spoken("嗯本次直法全城录音像请配合"), phrases)
    assert near.sure < exact.sure
    assert hints(spoken("本次天气全是太阳下雨"), phrases) == ()
    assert hints(spoken("本次执法全程录音录像", sure=0.2), phrases) == ()
    assert hints([], phrases) == ()
    twice = hints(spoken("全程录音录像然后全程录音录像"), {"notice": ("全程录音录像", "全程录音录像了")})
    assert [one.begins for one in twice] == [0.0, 8.0]


def test_width_case_and_marks_of_words_say_nothing() -> None:
    assert plain("\u2581Ａb 1。") == "ab1"
    (found,) = hints(
        [Word(0.0, "\u2581show", 0.9), Word(0.5, "\u2581my", 0.9), Word(1.0, "\u2581card", 0.9)],
        {"identity": ("Show my card",)},
    )
    assert found.heard == "show my card"


def test_bands_lie_as_published_and_features_are_even() -> None:
    assert _pitch(8_000.0) == pytest.approx(45.2456, abs=1e-3)
    edges = _hertz(np.linspace(0.0, _pitch(8_000.0), BANDS + 2))
    assert edges[1] == pytest.approx(37.24, abs=0.05)
    assert edges[-1] == pytest.approx(8_000.0)
    assert filters().shape == (BANDS, 257)
    told = features(said("天气"))
    assert told.mean(axis=1) == pytest.approx(np.zeros(BANDS), abs=1e-3)
    assert features(np.zeros(100, np.float32)).shape == (BANDS, 1)
