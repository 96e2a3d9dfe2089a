"""Hears whether there is sound: decodes the first audio track and tells the silent stretches.

Silent means that no sample reaches -50 dBFS for two seconds on end. Runs only in the child, within a budget of
processor seconds; what was not heard is said, and the next check goes on from there.
"""

import time
from dataclasses import replace
from typing import BinaryIO

import av
import numpy as np
from av.audio.frame import AudioFrame

from liuhen.engines.media.container import open_media
from liuhen.engines.media.findings import Spans
from liuhen.engines.media.reading import Reading
from liuhen.engines.media.report import Progress

THRESHOLD = 10 ** (-50 / 20)
SHORTEST = 2.0
DETACHED = 1.0
_MOST = 500


def judge_sound(
    source: BinaryIO, reading: Reading, *, budget: float, before: Progress | None = None
) -> Progress | None:
    """Add the findings on sound; `budget` is in processor seconds. None where all was heard, else how far it came.

    With `before` it goes on from there: what was found stands, and the last two seconds are heard again, so that a silence over
    the seam is seen whole.
    """
    if reading.kind == "video" and not any(track.kind == "audio" for track in reading.tracks):
        reading.note("no_audio_track", "文件里只有画面轨，没有声音轨。")
        return None
    if not any(track.kind == "audio" for track in reading.tracks):
        return None
    before = before or Progress()
    levels, broken, is_whole = _levels(source, reading.demuxer, budget, max(0.0, before.until - SHORTEST))
    heard = _heard(levels, before, broken)
    if heard.broken:
        reading.note("decode_errors", f"有 {heard.broken} 段声音数据损坏，无法解码。", measure=heard.broken)
    if not is_whole:
        says = f"声音只检查到 {heard.until / 60:.0f} 分钟处，接着检查。"
        reading.note("incomplete_check", says, measure=heard.until)
    elif not heard.until:
        reading.note("silent", "有声音轨，但解不出任何声音。", confidence="medium")
    elif reading.kind == "video":
        _judge_span(heard, reading)
    _judge_silence(heard, reading, is_whole=is_whole)
    return None if is_whole else heard


def _heard(levels: np.ndarray, before: Progress, broken: int) -> Progress:
    """What is known of the sound so far."""
    if not len(levels):
        return replace(before, broken=before.broken + broken)
    new = levels[levels[:, 0] >= before.until]
    return Progress(
        seen=before.seen,
        until=max(before.until, float(levels[-1, 1])),
        begins=before.begins if before.until else float(levels[0, 0]),
        power=before.power + float((new[:, 3] * (new[:, 1] - new[:, 0])).sum()),
        silent=joined((*before.silent, *_silent_spans(levels)))[:_MOST],
        holes=joined((*before.holes, *_holes(levels)))[:_MOST],
        broken=before.broken + broken,
        jumbled=before.jumbled or bool((levels[1:, 0] < levels[:-1, 1] - 0.1).any()),
    )


def _judge_silence(heard: Progress, reading: Reading, *, is_whole: bool) -> None:
    if not heard.silent:
        return
    lost, length = sum(b - a for a, b in heard.silent), heard.until - heard.begins
    loudness = _loudness(heard)
    if is_whole and lost >= 0.98 * length:
        says = f"声音轨全程无声（平均 {loudness:.0f} dB），可能麦克风关闭或故障。"
    else:
        says = f"有 {len(heard.silent)} 处连续无声，共 {lost:.0f} 秒。"
    reading.note("silent", says, spans=heard.silent, measure=loudness)


def _judge_span(heard: Progress, reading: Reading) -> None:
    """Sound that begins after the picture, ends before it, or is missing in between for a second and more."""
    if heard.jumbled:
        return  # Times that run backwards tell nothing of where sound is missing.
    length = max((track.duration or 0.0 for track in reading.tracks if track.kind == "video"), default=0.0)
    edges = [(0.0, heard.begins), (heard.until, length), *heard.holes]
    spans = tuple(sorted(span for span in edges if span[1] - span[0] >= DETACHED))[:_MOST]
    if spans:
        lacking = sum(end - start for start, end in spans)
        says = f"画面有 {length:.0f} 秒，其中 {len(spans)} 处共 {lacking:.1f} 秒没有声音数据。"
        reading.note("audio_detached", says, spans=spans, measure=lacking)


def _holes(levels: np.ndarray) -> Spans:
    """Where sound is missing for a second and more."""
    at = np.flatnonzero(levels[1:, 0] - levels[:-1, 1] >= DETACHED)
    return tuple((float(levels[n, 1]), float(levels[n + 1, 0])) for n in at)[:_MOST]


def joined(spans: Spans) -> Spans:
    """In order, those that touch as one."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1] + 0.1:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def _levels(source: BinaryIO, demuxer: str, budget: float, start: float) -> tuple[np.ndarray, int, bool]:
    """A row a frame from `start` on: start, end (seconds), peak, mean square; packets that would not decode; whether all was heard."""
    rows: list[tuple[float, float, float, float]] = []
    broken, stop = 0, time.process_time() + budget
    with open_media(source, demuxer) as container:
        stream = container.streams.audio[0]
        begin = (container.start_time or 0) / 1e6
        try:
            if start:
                container.seek(int((start + begin) * 1e6))
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
    return tuple(span for span in spans if span[1] - span[0] >= SHORTEST)[:_MOST]


def _loudness(heard: Progress) -> float:
    """Mean level in dBFS, -91 and below told as -91, the floor of sixteen bits."""
    power = heard.power / max(heard.until - heard.begins, 1e-9)
    return max(-91.0, 10 * float(np.log10(max(power, 1e-12))))
