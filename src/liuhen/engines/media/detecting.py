"""The program of the child that runs an agency's detector over a stretch of a film. Imported by no other part of the house.

Picture and model are foreign files both: they come as open descriptors, after everything was given up. What the model answers is a
proposal; each box is put into bounds here and looked at again by the parent and by a person.
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
from liuhen.engines.media.motion import EACH
from liuhen.kernel.errors import Malformed

MOST = 5_000
_MOST_A_PICTURE = 200

Picture = npt.NDArray[np.float32]
Look = Callable[[Picture], Any]


def main() -> None:  # pragma: no cover  runs in the child only; tests ask the child itself
    """Entry: one JSON argument says what to do; film and model are inherited descriptors."""
    task = json.loads(sys.argv[1])
    confine(task["limits"], drop_user=task["drop_user"])
    with os.fdopen(task["input"], "rb") as source, os.fdopen(task["beside"], "rb") as model:
        try:
            say({"made": detect(source, model, task)})
        except MemoryError:
            say({"failed": "内存用尽"})
        except Malformed as error:
            say({"failed": error.why})
        except Exception as error:  # noqa: BLE001  whatever a foreign model makes the library raise
            say({"failed": f"检测程序出错（{type(error).__name__}）"})


def detect(source: BinaryIO, model: BinaryIO, task: dict[str, Any]) -> dict[str, Any]:
    """What the model sees between two seconds: second, left, top, width, height, score, class."""
    look, shape = loaded(model.read()), (task["width"], task["height"])
    found = []
    for at, picture in _pictures(source, task["begins"], task["ends"], shape):
        found += [[round(at, 3), *box] for box in boxes(look(picture), threshold=task["threshold"])]
        if len(found) > MOST:
            raise Malformed(f"找到的超过 {MOST} 处", do="请把起止分成几段来找。")
    return {"kind": "detected", "boxes": found}


def loaded(model: bytes) -> Look:
    """The model as a function of one picture. Raises `Malformed` where it does not take one picture and give one list."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    if len(session.get_inputs()) != 1 or len(session.get_outputs()) != 1:
        raise Malformed("检测模型应恰有一个输入、一个输出")
    name = session.get_inputs()[0].name
    return lambda picture: session.run(None, {name: picture})[0]


def boxes(answer: Any, *, threshold: float) -> Iterator[list[float]]:
    """Left, top, width, height, score, class of what is above the threshold, the surest first; what lies outside the picture is cut off."""
    rows = np.asarray(answer, np.float32)
    if rows.ndim != 4 or rows.shape[:2] != (1, 1) or rows.shape[3] != 7:
        raise Malformed("检测模型的输出应是 1×1×N×7")
    sure = [row for row in rows[0, 0] if np.isfinite(row).all() and row[2] >= threshold]
    for row in sorted(sure, key=lambda row: -float(row[2]))[:_MOST_A_PICTURE]:
        left, top, right, bottom = (float(one) for one in np.clip(row[3:7], 0.0, 1.0))
        if right - left > 1e-3 and bottom - top > 1e-3:
            place = (left, top, right - left, bottom - top, min(float(row[2]), 1.0))
            yield [*(round(one, 4) for one in place), int(row[1])]


def _pictures(
    source: BinaryIO, begins: float, ends: float, shape: tuple[int, int]
) -> Iterator[tuple[float, Picture]]:
    """Upright pictures five times a second, as 1×3×H×W from 0 to 1, red first."""
    reading = read(source, os.fstat(source.fileno()).st_size)
    film = next((track for track in reading.tracks if track.kind == "video"), None)
    if film is None or not reading.decodable:
        raise Malformed("这份音像没有画面，检测不了")
    width, height, last = *shape, -1.0
    turned = film.rotation % 180 != 0
    with open_media(source, reading.demuxer) as container:
        start = (container.start_time or 0) / 1e6
        container.seek(int((begins + start) * 1e6) + 1_000)
        for frame in container.decode(container.streams.video[0]):
            at = (frame.time or 0.0) - start
            if at > ends:
                return
            if at >= begins - 1e-3 and at - last >= EACH - 1e-3:
                last = at
                yield at, _upright(frame, (height, width) if turned else (width, height), film.rotation)


def _upright(frame: av.VideoFrame, size: tuple[int, int], turn: int) -> Picture:
    small = frame.reformat(width=size[0], height=size[1], format="rgb24").to_ndarray()
    upright = np.rot90(small, -turn // 90).astype(np.float32) / 255
    return np.ascontiguousarray(upright.transpose(2, 0, 1)[None])
