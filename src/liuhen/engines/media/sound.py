"""Hears whether there is sound: decodes the first audio track and tells the silent stretches.

Silent means that no sample reaches -50 dBFS for two seconds on end. Runs only in the child, within a budget of
processor seconds; what was not heard is said.
"""

import time
from typing import BinaryIO

import av
import numpy as np
from av.audio.frame import AudioFrame

from liuhen.engines.media.container import open_media
from liuhen.engines.media.reading import Reading

THRESHOLD = 10 ** (-50 / 20)
SHORTEST = 2.0
DETACHED = 1.0


def judge_sound(source: BinaryIO, reading: Reading, *, budget: float) -> None:
    """Add the findings on sound; `budget` is in processor seconds."""
    if reading.kind == "video" and not any(track.kind == "audio" for track in reading.tracks):
        reading.note("no_audio_track", "文件里只有画面轨，没有声音轨。")
        return
    if not any(track.kind == "audio" for track in reading.tracks):
        return
    levels, broken, is_whole = _levels(source, reading.demuxer, budget)
    if broken:
        reading.note("decode_errors", f"有 {broken} 段声音数据损坏，无法解码。", measure=broken)
    if not is_whole:
        heard = float(levels[-1, 1]) if len(levels) else 0.0
        reading.note("incomplete_check", f"声音只检查了前 {heard / 60:.0f} 分钟，其余未查。", measure=heard)
    elif not len(levels):
        reading.note("silent", "有声音轨，但解不出任何声音。", confidence="medium")
    elif reading.kind == "video":
        _judge_span(levels, reading)
    spans = _silent_spans(levels) if len(levels) else ()
    if not spans:
        return
    begin, end = float(levels[0, 0]), float(levels[-1, 1])
    loudness = _loudness(levels)
    if is_whole and sum(b - a for a, b in spans) >= 0.98 * (end - begin):
        says = f"声音轨全程无声（平均 {loudness:.0f} dB），可能麦克风关闭或故障。"
    else:
        says = f"有 {len(spans)} 处连续无声，共 {sum(b - a for a, b in spans):.0f} 秒。"
    reading.note("silent", says, spans=spans, measure=loudness)


def _judge_span(levels: np.ndarray, reading: Reading) -> None:
    """Sound that begins after the picture, ends before it, or is missing in between for a second and more."""
    length = max((track.duration or 0.0 for track in reading.tracks if track.kind == "video"), default=0.0)
    edges = [(0.0, float(levels[0, 0])), (float(levels[-1, 1]), length)]
    if (levels[1:, 0] < levels[:-1, 1] - 0.1).any():
        return  # Times that run backwards tell nothing of where sound is missing.
    holes = np.flatnonzero(levels[1:, 0] - levels[:-1, 1] >= DETACHED)
    edges += [(float(levels[n, 1]), float(levels[n + 1, 0])) for n in holes]
    spans = tuple(sorted(span for span in edges if span[1] - span[0] >= DETACHED))[:500]
    if spans:
        lacking = sum(end - start for start, end in spans)
        says = f"画面有 {length:.0f} 秒，其中 {len(spans)} 处共 {lacking:.1f} 秒没有声音数据。"
        reading.note("audio_detached", says, spans=spans, measure=lacking)


def _levels(source: BinaryIO, demuxer: str, budget: float) -> tuple[np.ndarray, int, bool]:
    """A row a frame: start, end (seconds), peak, mean square; packets that would not decode; whether all was heard."""
    rows: list[tuple[float, float, float, float]] = []
    broken, stop = 0, time.process_time() + budget
    with open_media(source, demuxer) as container:
        stream = container.streams.audio[0]
        begin = (container.start_time or 0) / 1e6
        try:
            for packet in container.demux(stream):
                if time.process_time() > stop:
                    return _table(rows), broken, False
                try:
                    rows += [_row(frame, begin, rows) for frame in packet.decode() if frame.samples]
                except av.FFmpegError:
                    broken += 1
        except (av.FFmpegError, OSError):
            broken += 1
    return _table(rows), broken, True


def _table(rows: list[tuple[float, float, float, float]]) -> np.ndarray:
    return np.array(rows).reshape(-1, 4)


def _row(
    frame: AudioFrame, begin: float, rows: list[tuple[float, float, float, float]]
) -> tuple[float, float, float, float]:
    wave: np.ndarray = frame.to_ndarray()
    if wave.dtype.kind == "u":
        wave = wave.astype(np.float32) / 128 - 1
    elif wave.dtype.kind == "i":
        wave = wave.astype(np.float32) / float(1 << (8 * wave.dtype.itemsize - 1))
    last = rows[-1][1] if rows else 0.0
    start = max(frame.time - begin, last) if frame.time is not None else last
    end = start + frame.samples / frame.sample_rate
    return start, end, float(np.abs(wave).max()), float(np.square(wave, dtype=np.float64).mean())


def _silent_spans(levels: np.ndarray) -> tuple[tuple[float, float], ...]:
    quiet = np.concatenate([[False], levels[:, 2] < THRESHOLD, [False]])
    edges = np.flatnonzero(np.diff(quiet.astype(np.int8)))
    runs = zip(edges[::2], edges[1::2] - 1, strict=True)
    spans = ((float(levels[first, 0]), float(levels[last, 1])) for first, last in runs)
    return tuple(span for span in spans if span[1] - span[0] >= SHORTEST)[:500]


def _loudness(levels: np.ndarray) -> float:
    """Mean level in dBFS, -91 and below told as -91, the floor of sixteen bits."""
    weights = levels[:, 1] - levels[:, 0]
    power = float((levels[:, 3] * weights).sum() / max(weights.sum(), 1e-9))
    return max(-91.0, 10 * float(np.log10(max(power, 1e-12))))
