"""The features speech models of the NeMo layout are fed with: eighty bands of loudness, a hundred rows a second. Numbers in, numbers out."""

from functools import cache

import numpy as np
import numpy.typing as npt

RATE, BANDS = 16_000, 80
HOP, WINDOW, SIZE = 160, 400, 512
_EMPHASIS, _FLOOR, _LEAST = 0.97, 2.0**-24, 1e-5

Floats = npt.NDArray[np.float32]


def features(wave: Floats) -> Floats:
    """Bands by rows of the sound at `RATE`, each band with mean 0 and spread 1 over the whole piece."""
    raised = np.concatenate([wave[:1], wave[1:] - _EMPHASIS * wave[:-1]]).astype(np.float32)
    padded = np.pad(raised, SIZE // 2)
    rows = np.lib.stride_tricks.sliding_window_view(padded, SIZE)[::HOP]
    power = np.square(np.abs(np.fft.rfft(rows * _window(), axis=1))).astype(np.float32)
    told = np.log(filters() @ power.T + _FLOOR)
    mean = told.mean(axis=1, keepdims=True)
    spread = told.std(axis=1, ddof=1, keepdims=True) if told.shape[1] > 1 else np.zeros_like(mean)
    even: Floats = ((told - mean) / (spread + _LEAST)).astype(np.float32)
    return even


@cache
def _window() -> Floats:
    window = np.zeros(SIZE, np.float32)
    begin = (SIZE - WINDOW) // 2
    window[begin : begin + WINDOW] = np.hanning(WINDOW)
    return window


@cache
def filters() -> Floats:
    """Triangles over the spectrum, evenly spaced on Slaney's scale of pitch, each of the same area."""
    edges = _hertz(np.linspace(0.0, _pitch(RATE / 2), BANDS + 2))
    bins = np.linspace(0.0, RATE / 2, SIZE // 2 + 1)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    slopes = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    shaped: Floats = (np.maximum(0.0, slopes) * 2.0 / (high - low)).astype(np.float32)
    return shaped


_LINEAR, _BEND = 200.0 / 3, 1_000.0
_STEP = np.log(6.4) / 27


def _pitch(hertz: float) -> float:
    """Even steps up to a thousand hertz, even ratios above. Asked only of what lies above."""
    return float(_BEND / _LINEAR + np.log(hertz / _BEND) / _STEP)


def _hertz(pitch: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    bend = _BEND / _LINEAR
    return np.where(pitch < bend, pitch * _LINEAR, _BEND * np.exp(_STEP * (np.maximum(pitch, bend) - bend)))
