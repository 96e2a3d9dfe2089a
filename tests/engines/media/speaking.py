"""A speech model that hears tones, and sound for it to hear: a tone in mel band k is token k. The layout is that of NeMo's CTC exports.

Features in, log-probabilities out, one linear map: each token has a few bands, what is in none of them is the blank.
"""

import hashlib
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tests.engines.media.onnx import _bytes, _floats, _int, _ints, _node, _one

from liuhen.engines.media.mel import BANDS, RATE, _hertz, _pitch

LETTERS = tuple("现在使用音像记录设备进行恢这是我的执法证天气不错")
HELD, PAUSE = 0.16, 0.08


def band_of(number: int) -> int:
    """Every third band from the sixth on: far enough apart to be told."""
    return 5 + 3 * number


def hertz_of(number: int) -> float:
    edges = _hertz(np.linspace(0.0, _pitch(RATE / 2), BANDS + 2))
    return float(edges[band_of(number) + 1])


def tones_model(
    *, tokens: int = len(LETTERS) + 1, metadata: Sequence[tuple[str, str]] | None = None, inputs: int = 2
) -> bytes:
    """The file. `metadata` replaces what an export says of itself; `tokens` other than the letters and a blank makes one that does not fit them."""
    weights = np.zeros((tokens, BANDS, 1), np.float32)
    bias = np.zeros(tokens, np.float32)
    for number in range(min(len(LETTERS), tokens - 1)):
        weights[number, band_of(number), 0] = 8.0
        bias[number] = -12.0
    nodes = [
        _node("Conv", ("audio_signal", "weights", "bias"), "heard", _ints("kernel_shape", (1,)), _ints("strides", (4,))),
        _node("Transpose", ("heard",), "turned", _ints("perm", (0, 2, 1))),
        _node("LogSoftmax", ("turned",), "logprobs", _one("axis", 2)),
    ]  # fmt: skip
    lists = [
        _floats("weights", (tokens, BANDS, 1), weights.ravel().tolist()),
        _floats("bias", (tokens,), bias.tolist()),
    ]
    graph = (
        b"".join(_bytes(1, one) for one in nodes)
        + _bytes(2, "tones")
        + b"".join(_bytes(5, one) for one in lists)
    )
    graph += _bytes(11, _named("audio_signal", (1, BANDS, None)))
    if inputs == 2:
        graph += _bytes(11, _named("length", (1,), kind=7))
    graph += _bytes(12, _named("logprobs", (1, None, tokens)))
    usual = (
        ("vocab_size", str(tokens - 1)),
        ("subsampling_factor", "4"),
        ("normalize_type", "per_feature"),
        ("model_type", "EncDecCTCModelBPE"),
    )
    told = b"".join(
        _bytes(14, _bytes(1, key) + _bytes(2, value))
        for key, value in (usual if metadata is None else metadata)
    )
    return _int(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _int(2, 13)) + told


def _named(name: str, shape: Sequence[int | None], *, kind: int = 1) -> bytes:
    dims = b"".join(_bytes(1, _int(1, one) if one is not None else _bytes(2, "T")) for one in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _int(1, kind) + _bytes(2, dims)))


def said(text: str) -> np.ndarray:
    """The letters as tones, one after another; a space is a second of nothing."""
    parts = []
    chance = np.random.default_rng(5)
    for letter in text:
        if letter == " ":
            parts.append(np.zeros(RATE))
            continue
        time = np.arange(round(HELD * RATE)) / RATE
        tone = np.sin(2 * np.pi * hertz_of(LETTERS.index(letter)) * time) * np.hanning(len(time)) ** 0.25
        parts += [0.4 * tone, np.zeros(round(PAUSE * RATE))]
    wave_ = np.concatenate(parts)
    return (wave_ + 0.0005 * chance.standard_normal(len(wave_))).astype(np.float32)


def write_said(path: Path, text: str) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(said(text), -1, 1) * 32_000).astype("<i2").tobytes())
    return path


def laid(home: Path, *, model: bytes | None = None, name: str = "听音", more: str = "") -> Path:
    """The folder of a house with this model in it."""
    content = tones_model() if model is None else model
    folder = home / "speech"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tones.onnx").write_bytes(content)
    rows = [*LETTERS, "<blk>"]
    (folder / "tokens.txt").write_text(
        "".join(f"{letter} {number}\n" for number, letter in enumerate(rows)), "utf-8"
    )
    digest = hashlib.sha256(content).hexdigest()
    (folder / "speech.toml").write_text(
        f'name = "{name}"\nfile = "tones.onnx"\nsha256 = "{digest}"\ntokens = "tokens.txt"\n{more}', "utf-8"
    )
    return home
