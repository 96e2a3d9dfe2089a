"""变声：嗓音的基频移到别处，每个词仍在原来的时刻，时段之外逐样相同；与原声一样的一段都不留下。"""

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.filter
import numpy as np
import pytest
from tests.engines.media.test_redaction import made_of

from liuhen.engines.media import voice
from liuhen.engines.media.child import read
from liuhen.engines.media.masks import MaskList
from liuhen.engines.media.redact import write_redacted
from liuhen.engines.media.redaction import Proof
from liuhen.engines.media.voice import Veil
from liuhen.kernel.errors import Malformed

RATE, PITCH = 16_000, 200.0
WORDS = [0.5 + 0.5 * n for n in range(11)]  # A word of a quarter of a second at each half of a second.
SPEAKER = {"begins": 1.2, "ends": 4.7, "reason": "举报人"}


def spoken(*, channels: int = 1) -> np.ndarray:
    """Six seconds of a made voice: a tone with its overtones, in words with silence between."""
    time = np.arange(6 * RATE) / RATE
    voice = sum(np.sin(2 * np.pi * PITCH * n * time) / n for n in range(1, 6))
    open_mouth = sum(((time >= at) & (time < at + 0.25)).astype(float) for at in WORDS)
    wave = (voice * open_mouth * 5_000).astype(np.int16)
    return np.repeat(wave[:, None], channels, axis=1)


def recorded(path: Path, wave: np.ndarray) -> Path:
    channels = wave.shape[1]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="mono" if channels == 1 else "stereo")
        for at in range(0, len(wave), 1_000):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(wave[at : at + 1_000]).reshape(1, -1), format="s16", layout="mono" if channels == 1 else "stereo"
            )  # fmt: skip
            frame.sample_rate, frame.pts = RATE, at
            container.mux(stream.encode(frame))
    return path


def copied(path: Path, *stretches: dict[str, Any]) -> tuple[np.ndarray, Proof]:
    """The sound of the copy as it decodes, and what was measured."""
    wanted, output = MaskList.from_json({"masks": [], "mutes": list(stretches)}, length=6), io.BytesIO()
    with path.open("rb") as source:
        told = write_redacted(source, read(source, path.stat().st_size), output, masks=wanted)
    output.seek(0)
    with av.open(output) as opened:
        frames = [frame.to_ndarray() for frame in opened.decode(audio=0)]
        channels = opened.streams.audio[0].codec_context.channels
    return np.concatenate([one.reshape(-1, channels) for one in frames]), Proof.from_json(told["proof"])


def fundamental(wave: np.ndarray) -> float:
    """By autocorrelation: nothing of the product is asked."""
    part = wave.astype(float) - wave.mean()
    both = np.correlate(part, part, "full")[len(part) - 1 :]
    shortest, longest = RATE // 500, RATE // 80
    return RATE / (shortest + int(np.argmax(both[shortest:longest])))


def begins_of_words(wave: np.ndarray) -> list[float]:
    """Where it gets loud after eight hundredths of silence, by the mean of hundredths of a second."""
    step = RATE // 100
    loud = np.abs(wave[: len(wave) // step * step].astype(float)).reshape(-1, step).mean(axis=1) > 600
    return [n / 100 for n in range(8, len(loud)) if loud[n] and not loud[n - 8 : n].any()]


@pytest.mark.parametrize(("sound", "share"), [("lower", 0.75), ("higher", 4 / 3)])
@pytest.mark.parametrize("channels", [1, 2])
def test_fundamental_moves_and_every_word_keeps_its_time(
    tmp_path: Path, sound: str, share: float, channels: int
) -> None:
    wave = spoken(channels=channels)
    after, proof = copied(recorded(tmp_path / "a.wav", wave), {**SPEAKER, "sound": sound})
    assert proof.holds
    assert proof.samples_disguised == round(3.5 * RATE)
    assert proof.samples_muted == 0
    assert len(after) == len(wave)
    before_words, after_words = begins_of_words(wave[:, 0]), begins_of_words(after[:, 0])
    assert len(after_words) == len(before_words) == len(WORDS)
    assert max(abs(a - b) for a, b in zip(before_words, after_words, strict=True)) <= 0.03
    for at in (2.0, 3.0, 4.0):
        middle = slice(round((at + 0.06) * RATE), round((at + 0.2) * RATE))
        assert fundamental(wave[middle, 0]) == pytest.approx(PITCH, rel=0.02)
        assert fundamental(after[middle, 0]) == pytest.approx(PITCH * share, rel=0.04)
    begin, end = round(1.2 * RATE), round(4.7 * RATE)
    assert np.array_equal(after[:begin], wave[:begin])
    assert np.array_equal(after[end:], wave[end:])


def test_mute_stands_above_a_disguise_and_of_two_disguises_the_earlier_one(tmp_path: Path) -> None:
    wave = spoken()
    after, proof = copied(
        recorded(tmp_path / "a.wav", wave), {**SPEAKER, "sound": "lower"}, {"begins": 2, "ends": 3, "reason": "x", "sound": "mute"},
        {"begins": 4, "ends": 5.5, "reason": "x", "sound": "higher"}, {"begins": 1.3, "ends": 1.4, "reason": "x", "sound": "higher"},
    )  # fmt: skip
    assert proof.holds
    assert not after[2 * RATE : 3 * RATE].any()
    middle = slice(round(4.06 * RATE), round(4.2 * RATE))
    assert fundamental(after[middle, 0]) == pytest.approx(PITCH * 0.75, rel=0.04)
    middle = slice(round(5.06 * RATE), round(5.2 * RATE))
    assert fundamental(after[middle, 0]) == pytest.approx(PITCH * 4 / 3, rel=0.04)
    assert proof.samples_disguised == round(4.3 * RATE)


@pytest.mark.parametrize("ends", [6, 6.5])
def test_disguise_that_lasts_to_the_end_has_as_many_samples_as_there_were(
    tmp_path: Path, ends: float
) -> None:
    wave = spoken()
    after, proof = copied(recorded(tmp_path / "a.wav", wave), {**SPEAKER, "ends": ends, "sound": "higher"})
    assert (proof.holds, len(after)) == (True, len(wave))
    assert proof.samples_disguised == round(4.8 * RATE)


def test_voice_that_came_out_as_it_went_in_fails_the_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disguise is made to do nothing on purpose; the measuring finds it."""
    monkeypatch.setattr(voice, "_graph", unchanging)
    path = recorded(tmp_path / "a.wav", spoken())
    told = made_of(
        path, MaskList.from_json({"masks": [], "mutes": [{**SPEAKER, "sound": "lower"}]}, length=6)
    )
    assert told["proof"]["heard_inside"] > RATE // 2
    assert not Proof.from_json(told["proof"]).holds


def unchanging(rate: int, layout: str, share: Fraction) -> av.filter.Graph:
    graph = av.filter.Graph()
    begin = graph.add_abuffer(sample_rate=rate, format="s16", layout=layout, time_base=Fraction(1, rate))
    trim = graph.add("atrim", "start=0.03")  # What was put before, for the time the real filter takes.
    begin.link_to(trim)
    trim.link_to(graph.add("abuffersink"))
    graph.configure()
    return graph


def test_what_a_veil_holds_comes_out_at_the_end_and_a_short_piece_is_filled_up() -> None:
    masks = MaskList.from_json(
        {"masks": [], "mutes": [{"begins": 0, "ends": 9, "reason": "x", "sound": "lower"}]}, length=9
    )
    veil = Veil(RATE, "stereo", masks)
    piece = np.ones((7, 2), np.int16)
    told = [samples for _, samples in (*veil.of(piece), *veil.end())]
    assert sum(len(one) for one in told) == 7
    assert veil.disguised == 7


def test_list_without_a_word_of_how_mutes_and_another_word_is_refused() -> None:
    told = MaskList.from_json({"masks": [], "mutes": [SPEAKER]}, length=6)
    assert told.mutes[0].sound == "mute"
    assert told.to_json()["mutes"][0]["sound"] == "mute"
    with pytest.raises(Malformed, match="声音的处理不认识"):
        MaskList.from_json({"masks": [], "mutes": [{**SPEAKER, "sound": "x"}]}, length=6)
