"""Makes recordings of its own: a moving scene with a burned-in clock and speech-like sound, and faults on purpose.

Used by the tests and by the demonstration data, in their own process; never on anything received. Equal plans give
equal bytes on one machine (fonts and encoder are the machine's).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video.frame import VideoFrame
from PIL import Image, ImageDraw, ImageFont

from liuhen.kernel.clock import BEIJING, as_utc_text, aware

SOUND_RATE = 16_000
_PIECE = 1_024
_SLOT = 0.3
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
)

Bytes = npt.NDArray[np.uint8]
Stretches = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Clip:
    """What to make. `starts_at` is true time; the camera's clock, burned in and in the header, runs `clock_error`

    ahead of it. Stretches are seconds from the beginning. `gaps` have no pictures at all, `frozen` repeats one,
    `silent` has no sound. `event` is the seed of what was going on and the second of it at which this recording begins:
    recordings of one event hear the same, each with its own noise. `label` stands under the clock; without a Chinese font only its ASCII part is drawn.
    """

    starts_at: datetime
    seconds: float = 20.0
    size: tuple[int, int] = (640, 360)
    frames_per_second: int = 10
    clock_error: timedelta = timedelta()
    seed: int = 1
    label: str = ""
    place: tuple[float, float] | None = None
    with_sound: bool = True
    event: tuple[int, float] | None = None
    black: Stretches = ()
    frozen: Stretches = ()
    silent: Stretches = ()
    gaps: Stretches = ()


def make_clip(out: Path, clip: Clip) -> None:
    """Write the recording to `out` as MP4 with H.264 and AAC."""
    begins = aware(clip.starts_at) + clip.clock_error
    with av.open(str(out), "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        container.metadata["creation_time"] = as_utc_text(begins)
        if clip.place is not None:
            container.metadata["location"] = f"{clip.place[0]:+08.4f}{clip.place[1]:+09.4f}/"
        film, scene = _add_film(container, clip), _Scene(clip)
        sound = _Sound(container, clip) if clip.with_sound else None
        for index in range(round(clip.seconds * clip.frames_per_second)):
            moment = index / clip.frames_per_second
            if not _in(moment, clip.gaps):
                frame = VideoFrame.from_ndarray(scene.at(moment, begins), format="yuv420p")
                frame.pts, frame.time_base = index, Fraction(1, clip.frames_per_second)
                container.mux(film.encode(frame))
            if sound is not None:
                sound.write_until(moment)
        container.mux(film.encode(None))
        if sound is not None:
            sound.write_until(clip.seconds)
            sound.close()


def _add_film(container: OutputContainer, clip: Clip) -> Any:
    film = container.add_stream("libx264", rate=clip.frames_per_second)
    film.width, film.height = clip.size
    film.pix_fmt = "yuv420p"
    film.codec_context.thread_count = 1  # one thread: equal plans, equal bytes
    film.options = {
        "preset": "ultrafast",
        "crf": "30",
        "g": str(2 * clip.frames_per_second),
        "sc_threshold": "0",
    }
    return film


def _in(moment: float, stretches: Stretches) -> bool:
    return any(start <= moment < end for start, end in stretches)


class _Sound:
    """The sound track, written piece by piece beside the pictures."""

    def __init__(self, container: OutputContainer, clip: Clip) -> None:
        self._container, self._wave, self._at = container, _speech(clip), 0
        self._stream: Any = container.add_stream("aac", rate=SOUND_RATE, layout="mono")
        self._stream.codec_context.bit_rate = 32_000

    def write_until(self, moment: float) -> None:
        """Write every piece that begins before `moment`."""
        while self._at < min(moment * SOUND_RATE, len(self._wave)):
            piece = self._wave[self._at : self._at + _PIECE].reshape(1, -1)
            frame = AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, self._at, Fraction(1, SOUND_RATE)
            self._container.mux(self._stream.encode(frame))
            self._at += _PIECE

    def close(self) -> None:
        """Write what the encoder still holds."""
        self._container.mux(self._stream.encode(None))


def _speech(clip: Clip) -> npt.NDArray[np.float32]:
    """Noise in syllables over a voice's hum: it sounds like nobody, and it is not silent."""
    chance = np.random.default_rng(clip.seed)
    count = round(clip.seconds * SOUND_RATE)
    time = np.arange(count) / SOUND_RATE
    syllables = np.clip(np.sin(2 * np.pi * 3.1 * time) + 0.4 * np.sin(2 * np.pi * 0.7 * time), 0.02, 1)
    hum = np.sin(2 * np.pi * (130 + 25 * np.sin(2 * np.pi * 0.31 * time)) * time)
    wave = syllables * (0.18 * hum + 0.05 * chance.standard_normal(count)) + 0.008 * chance.standard_normal(
        count
    )
    if clip.event is not None:
        wave = event_sound(clip.event[0], clip.event[1], clip.seconds) + 0.006 * chance.standard_normal(count)
    for start, end in clip.silent:
        wave[round(start * SOUND_RATE) : round(end * SOUND_RATE)] = 0
    spoken: npt.NDArray[np.float32] = wave.astype(np.float32)
    return spoken


def event_sound(seed: int, begin: float, seconds: float) -> npt.NDArray[np.float32]:
    """What was to be heard of an event from its second `begin` on: voices and knocks that never come twice the same."""
    first, count = round(begin * SOUND_RATE), round(seconds * SOUND_RATE)
    wave = np.zeros(count, np.float32)
    for slot in range(int(begin / _SLOT) - 3, int((begin + seconds) / _SLOT) + 1):
        chance = np.random.default_rng((seed, slot + 10))
        length = int(chance.uniform(0.05, 0.45) * SOUND_RATE)
        at = int((slot + chance.uniform()) * _SLOT * SOUND_RATE) - first
        pitch, loud = chance.uniform(180, 2_600), chance.uniform(0.02, 0.3)
        tone = np.sin(2 * np.pi * pitch * np.arange(length) / SOUND_RATE) + 0.4 * chance.standard_normal(
            length
        )
        burst = (loud * np.hanning(length) * tone).astype(np.float32)
        low, high = max(at, 0), min(at + length, count)
        if low < high:
            wave[low:high] += burst[low - at : high - at]
    return wave


class _Scene:
    """A yard with walkers: still background, moving figures, sensor noise, the clock on top."""

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        wide, high = clip.size
        chance = np.random.default_rng(clip.seed + 1)
        self._ground = _yard(wide, high, chance)
        self._noise = chance.integers(-6, 7, (high + 64, wide + 64), np.int16)
        self._shift = chance.integers(0, 64, (997, 2))
        self._colour = np.repeat(np.array([118, 134], np.uint8), high // 2 * (wide // 2)).reshape(-1, wide)
        self._walkers = chance.uniform(0.05, 0.4, (5, 2)), chance.uniform(0, 1, (5, 2))

    def at(self, moment: float, begins: datetime) -> Bytes:
        """The picture at `moment` as planar YUV."""
        for start, end in self._clip.frozen:
            moment = start if start <= moment < end else moment
        wide, high = self._clip.size
        if _in(moment, self._clip.black):
            luma: Bytes = np.full((high, wide), 16, np.uint8)
            return np.concatenate([luma, np.full((high // 2, wide), 128, np.uint8)])
        down, right = self._shift[round(moment * self._clip.frames_per_second) % 997]
        picture = self._ground + self._noise[down : down + high, right : right + wide]
        self._draw_walkers(picture, moment)
        luma = np.clip(picture, 16, 235).astype(np.uint8)
        shown = (begins + timedelta(seconds=moment)).astimezone(BEIJING)
        _stamp(luma, shown.strftime("%Y-%m-%d %H:%M:%S"), high // 36, high)
        if self._clip.label:
            _stamp(luma, self._clip.label, high // 36 + high // 14, high)
        return np.concatenate([luma, self._colour])

    def _draw_walkers(self, picture: npt.NDArray[np.int16], moment: float) -> None:
        high, wide = picture.shape
        speeds, starts = self._walkers
        for number, (across, down) in enumerate((starts + speeds * moment) % 1):
            top, left = int((0.3 + 0.5 * down) * high), int(across * wide)
            picture[top : top + high // 6, left : left + wide // 24] = 40 + 35 * number


def _yard(wide: int, high: int, chance: np.random.Generator) -> npt.NDArray[np.int16]:
    """Sky, a building with windows, a paved yard in front."""
    yard = np.empty((high, wide), np.int16)
    sky, wall = high // 4, high * 11 // 20
    yard[:sky] = np.linspace(205, 175, sky)[:, None]
    yard[sky:wall] = 140
    yard[wall:] = np.linspace(95, 130, high - wall)[:, None]
    yard[wall:] += chance.integers(-5, 6, (high - wall, wide), np.int16)
    step = max(wide // 12, 8)
    for left in range(step // 2, wide - step // 2, step):
        for top in (sky + high // 24, sky + high // 6):
            yard[top : top + high // 12, left : left + step // 2] = chance.integers(50, 95)
    return yard


@lru_cache(maxsize=64)
def _written(text: str, height: int) -> Bytes:
    """Text as a picture of its coverage, white 255."""
    path = next((name for name in _FONTS if Path(name).exists()), None)
    font = ImageFont.truetype(path, height) if path else ImageFont.load_default(height)
    if path is None or "DejaVu" in path:
        text = text.encode("ascii", "ignore").decode()
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text or " "))
    canvas = Image.new("L", (max(right - left, 1) + 4, max(bottom - top, 1) + 4))
    ImageDraw.Draw(canvas).text((2 - left, 2 - top), text, fill=255, font=font)
    return np.asarray(canvas)


def _stamp(luma: Bytes, text: str, top: int, high: int) -> None:
    drawn = _written(text, max(high // 20, 9))
    drawn = drawn[: luma.shape[0] - top, : luma.shape[1] - 8]
    place = luma[top : top + drawn.shape[0], 8 : 8 + drawn.shape[1]]
    np.copyto(place, np.where(drawn > 96, 235, place // 2).astype(np.uint8))
