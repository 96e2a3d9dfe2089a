"""The program of the child that runs an agency's speech model over a recording. Imported by no other part of the house.

Recording and model are foreign files both: they come as open descriptors, after everything was given up. What is said here is which
token was heard when, and how sure the model was; what the tokens mean the parent knows.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import av
import numpy as np
import numpy.typing as npt
import onnxruntime

from liuhen.engines.media.child import confine, read, say
from liuhen.engines.media.container import open_media
from liuhen.engines.media.mel import HOP, RATE, features
from liuhen.kernel.errors import Malformed

MOST = 200_000
PIECE, SEARCHED = 30.0, 5.0
_SHORTEST = 0.1
_QUIET = RATE // 20

Floats = npt.NDArray[np.float32]
Heard = Callable[[Floats], Floats]


def main() -> None:  # pragma: no cover  runs in the child only; tests ask the child itself
    """Entry: one JSON argument says what to do; recording and model are inherited descriptors."""
    task = json.loads(sys.argv[1])
    confine(task["limits"], drop_user=task["drop_user"])
    with os.fdopen(task["input"], "rb") as source, os.fdopen(task["beside"], "rb") as model:
        try:
            for line in recognize(source, model, tokens=task["tokens"]):
                say(line)
        except MemoryError:
            say({"failed": "内存用尽"})
        except Malformed as error:
            say({"failed": error.why})
        except Exception as error:  # noqa: BLE001  whatever a foreign model makes the library raise
            say({"failed": f"识别程序出错（{type(error).__name__}）"})


def recognize(source: BinaryIO, model: BinaryIO, *, tokens: int) -> Iterator[dict[str, Any]]:
    """A line for each piece of the sound, [second, number of the token, how sure] of each token in it; then that all was heard."""
    hear, step = loaded(model.read(), tokens=tokens)
    count = 0
    for begin, wave in _pieces(_sound(source)):
        found = [
            [round(begin + row * step, 2), token, sure]
            for row, token, sure in collapsed(hear(features(wave)))
        ]
        count += len(found)
        if count > MOST:
            raise Malformed(f"识别出的超过 {MOST} 个字", do="请核对模型与词表是不是一套。")
        if found:
            say_ = {"heard": found}
            yield say_
    yield {"made": {"kind": "speech"}}


def loaded(model: bytes, *, tokens: int) -> tuple[Heard, float]:
    """The model as a function of features, and the seconds between two of its answers. Raises `Malformed` for another layout."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    about = session.get_modelmeta().custom_metadata_map
    takes = [one.name for one in session.get_inputs()]
    if len(takes) != 2 or len(session.get_outputs()) < 1:
        raise Malformed("识别模型应有两个输入（特征和长度）、一个输出")
    if about.get("normalize_type", "per_feature") != "per_feature":
        raise Malformed("识别模型要的特征不是逐频带归一的，本系统不会做")
    if about.get("vocab_size", str(tokens - 1)) not in (str(tokens), str(tokens - 1)):
        raise Malformed(f"词表有 {tokens} 项，模型说的是 {about['vocab_size'][:9]}")
    factor = about.get("subsampling_factor", "")
    if not (factor.isascii() and factor.isdigit() and 0 < int(factor) <= 64):
        raise Malformed("识别模型没有写明抽样倍数（subsampling_factor）")

    def hear(rows: Floats) -> Floats:
        length = np.array([rows.shape[1]], np.int64)
        told = np.asarray(session.run(None, {takes[0]: rows[None], takes[1]: length})[0], np.float32)
        if told.ndim != 3 or told.shape[0] != 1 or told.shape[2] != tokens:
            raise Malformed(f"识别模型的输出应是 1×T×{tokens}")
        rows_told: Floats = told[0]
        return rows_told

    return hear, int(factor) * HOP / RATE


def collapsed(told: Floats) -> Iterator[tuple[int, int, float]]:
    """Row, token and how sure: the likeliest of each row, repeats once, without the blank, which is the last."""
    if not np.isfinite(told).all():
        raise Malformed("识别模型的输出不是数")
    best = told.argmax(axis=1)
    top = told.max(axis=1, keepdims=True)
    sure = 1.0 / np.exp(told - top).sum(axis=1)
    blank, last = told.shape[1] - 1, -1
    for row, token in enumerate(best.tolist()):
        if token not in (blank, last):
            yield row, token, round(float(sure[row]), 3)
        last = token


def _sound(source: BinaryIO) -> Iterator[tuple[float, Floats]]:
    """The first sound track at `RATE` in one channel, as it comes, each piece with its second."""
    reading = read(source, os.fstat(source.fileno()).st_size)
    if not reading.decodable or not any(track.kind == "audio" for track in reading.tracks):
        raise Malformed("文件里没有声音，识别不了")
    with open_media(source, reading.demuxer) as container:
        start = (container.start_time or 0) / 1e6
        resampler, last = av.AudioResampler("flt", "mono", RATE), 0.0
        for packet in container.demux(container.streams.audio[0]):
            try:
                decoded = packet.decode()
            except av.FFmpegError:
                continue  # a damaged piece is left out; the inspection tells of it
            for frame in decoded:
                last = last if frame.time is None else max(last, frame.time - start)
                for ready in resampler.resample(frame):
                    wave = ready.to_ndarray().reshape(-1).astype(np.float32, copy=False)
                    yield last, wave
                    last += len(wave) / RATE


def _pieces(sound: Iterator[tuple[float, Floats]]) -> Iterator[tuple[float, Floats]]:
    """Pieces of half a minute at most, parted where it is quietest; a hole in the sound parts them too."""
    held, begin, most = np.zeros(0, np.float32), 0.0, round(PIECE * RATE)
    for at, wave in sound:
        if len(held) and at - (begin + len(held) / RATE) > _SHORTEST:
            yield from _long_enough(begin, held)
            held = held[:0]
        if not len(held):
            begin = at
        held = np.concatenate([held, wave])
        while len(held) >= most:
            cut = _quietest(held[:most])
            yield begin, held[:cut]
            begin, held = begin + cut / RATE, held[cut:]
    yield from _long_enough(begin, held)


def _long_enough(begin: float, wave: Floats) -> Iterator[tuple[float, Floats]]:
    if len(wave) >= _SHORTEST * RATE:
        yield begin, wave


def _quietest(wave: Floats) -> int:
    """Where in its last seconds the piece is quietest."""
    first = len(wave) - round(SEARCHED * RATE)
    tail = np.square(wave[first:])
    loud = tail[: len(tail) // _QUIET * _QUIET].reshape(-1, _QUIET).sum(axis=1)
    return first + int(loud.argmin()) * _QUIET + _QUIET // 2
