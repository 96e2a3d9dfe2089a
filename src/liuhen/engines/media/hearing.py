"""Hears a recording through and writes down the shape of its sound. Runs only in the child."""

from typing import Any, BinaryIO

import av
import numpy as np

from liuhen.engines.media.container import open_media
from liuhen.engines.media.envelope import LONGEST, SOUND_RATE, Listener
from liuhen.engines.media.reading import Reading
from liuhen.kernel.errors import Malformed


def write_envelope(source: BinaryIO, reading: Reading, output: BinaryIO) -> dict[str, Any]:
    """The shape of the first sound track, as bytes into `output`. Raises `Malformed` where there is no sound."""
    if not reading.decodable or not any(track.kind == "audio" for track in reading.tracks):
        raise Malformed("文件里没有声音，不能按声音对齐")
    listener, broken = Listener(), 0
    with open_media(source, reading.demuxer) as container:
        stream = container.streams.audio[0]
        begin = (container.start_time or 0) / 1e6
        resampler = av.AudioResampler("flt", "mono", SOUND_RATE)
        for packet in container.demux(stream):
            try:
                decoded = packet.decode()
            except av.FFmpegError:
                broken += 1
                continue
            for frame in decoded:
                at = None if frame.time is None else round((frame.time - begin) * SOUND_RATE)
                for ready in resampler.resample(frame):
                    listener.hear(ready.to_ndarray().reshape(-1).astype(np.float32, copy=False), at=at)
                    at = None
            if listener.heard > LONGEST * SOUND_RATE:
                break
    shape = listener.told()
    if not len(shape.levels):
        raise Malformed("有声音轨，但解不出声音，不能按声音对齐")
    output.write(shape.levels.tobytes())
    return {"kind": "envelope", "broken": broken}
