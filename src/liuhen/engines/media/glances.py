"""Whether two films show the same all along, and how far into one the other begins: for recordings that have no sound in common.

A glance is a key picture as a coarse grid. The child takes them (`take_glances`); everything else is arithmetic on what came back.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from liuhen.engines.media.findings import Spans
from liuhen.engines.media.inspection import made
from liuhen.engines.media.sandbox import Limits, Mode, open_for_child, run
from liuhen.kernel.errors import Malformed

ROWS, COLUMNS = 18, 32
MOST, LEAST = 240, 5
STEP, ALIKE, CLEAR = 0.5, 0.6, 0.15
_CELLS = ROWS * COLUMNS
_ROW = np.dtype([("at", "<f4"), ("grid", "u1", (_CELLS,))])
_NEAR = 1.1

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Glances:
    """When each was shown, and its grid with what every place has taken out, so that likeness is a product."""

    times: Floats
    grids: Floats

    @classmethod
    def of_bytes(cls, raw: bytes) -> "Glances":
        """Raises `Malformed` for what is none."""
        if len(raw) % _ROW.itemsize:
            raise Malformed("处理程序的回答不可信")
        rows = np.frombuffer(raw, _ROW)
        times, grids = (
            rows["at"].astype(np.float64),
            rows["grid"].astype(np.float64).reshape(-1, ROWS, COLUMNS),
        )
        if not np.isfinite(times).all():
            raise Malformed("处理程序的回答不可信")
        told = (
            grids
            - grids.mean(1, keepdims=True)
            - grids.mean(2, keepdims=True)
            + grids.mean((1, 2), keepdims=True)
        )
        flat = told.reshape(-1, _CELLS)
        norms = np.linalg.norm(flat, axis=1, keepdims=True)
        some = norms[:, 0] > _CELLS**0.5  # an even picture is like any other
        return cls(times[some], flat[some] / norms[some])


def glance(path: Path, *, limits: Limits | None = None, sandbox: Mode | None = None) -> Glances:
    """Key pictures of a film. Raises `Malformed` where it has none, `Unavailable` where file or child cannot be opened."""
    source = open_for_child(path)
    try:
        kept = os.memfd_create("glances", os.MFD_CLOEXEC)
        try:
            made(
                run({"do": "glances"}, source.descriptor, limits=limits or Limits.for_reading(source.held), output=kept, mode=sandbox)
            )  # fmt: skip
            return Glances.of_bytes(os.pread(kept, MOST * _ROW.itemsize + 1, 0))
        finally:
            os.close(kept)
    finally:
        os.close(source.descriptor)


def write_glances(looks: list[tuple[float, Any]], output: BinaryIO) -> dict[str, Any]:
    """What the child saw, as bytes. Pictures too small for the grid are left out."""
    fit = [(at, grid) for at, grid in looks if grid.shape == (ROWS, COLUMNS)][:MOST]
    rows = np.zeros(len(fit), _ROW)
    for number, (at, grid) in enumerate(fit):
        rows[number] = (at, np.rint(np.clip(grid, 0, 1) * 255).astype(np.uint8).ravel())
    output.write(rows.tobytes())
    return {"kind": "glances"}


def shared(original: Glances, copy: Glances) -> tuple[float, float] | None:
    """At which second of the original the copy begins, to about a second, and how alike both are there; None where no place stands out."""
    if min(len(original.times), len(copy.times)) < LEAST:
        return None
    likeness = copy.grids @ original.grids.T
    lags = np.arange(-float(copy.times.max()), float(original.times.max()) + STEP, STEP)
    told = np.array([_at(lag, original.times, copy.times, likeness) for lag in lags])
    top = int(told.argmax())
    apart = np.abs(lags - lags[top]) > 3.0
    if told[top] < ALIKE or (apart.any() and told[top] < told[apart].max() + CLEAR):
        return None  # Where nothing moves, every place is like every other.
    near = np.flatnonzero(told >= told[top] - 0.02)
    return float(lags[near].mean()), round(float(told[top]), 3)


def _at(lag: float, ours: Floats, theirs: Floats, likeness: Floats) -> float:
    """How alike both are with the copy laid at a second: over its pictures that have one of the original beside them."""
    nearest = np.abs(ours[None, :] - (theirs + lag)[:, None])
    beside = nearest.argmin(axis=1)
    close = nearest[np.arange(len(theirs)), beside] <= _NEAR
    if int(close.sum()) < LEAST:
        return -1.0
    return float(likeness[np.flatnonzero(close), beside[close]].mean())


def covered(offset: float, length: float, original: float) -> Spans:
    """Which seconds of the original a copy covers that begins at `offset` and is `length` long."""
    span = (max(0.0, offset), min(original, offset + length))
    return (span,) if span[1] > span[0] else ()
