"""Two films of one camera without sound: laid on each other by what they show, or not at all."""

import os
from datetime import datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from tests.engines.media.test_readers import told, write
from tests.engines.media.test_speech import write_said

from liuhen.engines.media.glances import COLUMNS, LEAST, ROWS, Glances, covered, glance, shared, write_glances
from liuhen.engines.media.synthetic import Clip, make_clip
from liuhen.kernel.errors import Malformed

STARTS = datetime.fromisoformat("2026-11-16T04:00:00+00:00")


def grids(seed: int, count: int, *, slow: bool = False) -> list[tuple[float, np.ndarray]]:
    """A place that changes as a camera walks through it, a second a picture."""
    chance = np.random.default_rng(seed)
    steps = chance.normal(0, 0.0 if slow else 0.6, (count + 40, ROWS, COLUMNS))
    walk = 0.5 + 0.3 * np.sin(np.cumsum(steps, axis=0) + chance.normal(0, 1, (ROWS, COLUMNS)))
    return [(float(n), walk[n]) for n in range(count)]


def taken(looks: list[tuple[float, np.ndarray]]) -> Glances:
    out = BytesIO()
    assert write_glances(looks, out) == {"kind": "glances"}
    return Glances.of_bytes(out.getvalue())


def test_copy_lies_where_it_shows_the_same() -> None:
    whole = grids(1, 90)
    chance = np.random.default_rng(2)
    part = [(at - 30.4, grid + chance.normal(0, 0.02, grid.shape)) for at, grid in whole[31:60]]
    found = shared(taken(whole), taken(part))
    assert found is not None
    assert found[0] == pytest.approx(30.4, abs=1.0)
    assert found[1] > 0.9


def test_another_place_one_that_does_not_stir_and_too_little_lie_nowhere() -> None:
    assert shared(taken(grids(1, 60)), taken(grids(2, 40))) is None
    still = taken(grids(1, 60, slow=True))
    assert shared(still, still) is None
    assert shared(taken(grids(1, 60)), taken(grids(1, LEAST - 1))) is None
    even = taken([(float(n), np.full((ROWS, COLUMNS), 0.5)) for n in range(9)])
    assert len(even.times) == 0


def test_pictures_too_small_for_the_grid_are_left_out() -> None:
    assert len(taken([(0.0, np.zeros((4, 4)))]).times) == 0


@pytest.mark.parametrize(
    "raw",
    [
        b"x",
        np.array(
            [(np.nan, np.zeros(ROWS * COLUMNS))], [("at", "<f4"), ("grid", "u1", (ROWS * COLUMNS,))]
        ).tobytes(),
    ],
)
def test_answer_that_is_none_is_not_believed(raw: bytes) -> None:
    with pytest.raises(Malformed, match="不可信"):
        Glances.of_bytes(raw)


def test_copy_covers_what_it_shares() -> None:
    assert covered(30.0, 20.0, 90.0) == ((30.0, 50.0),)
    assert covered(-5.0, 20.0, 10.0) == ((0.0, 10.0),)
    assert covered(95.0, 20.0, 90.0) == ()


def test_films_are_glanced_at_in_the_sandbox(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    make_clip(path, Clip(STARTS, seconds=12, size=(160, 90), frames_per_second=5, with_sound=False))
    seen = glance(path)
    assert seen.times.tolist() == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    with pytest.raises(Malformed, match="没有画面"):
        glance(write_said(tmp_path / "a.wav", "天气"))
    out = tmp_path / "out"
    out.write_bytes(b"")
    asked = {"do": "glances", "output": os.open(out, os.O_RDWR)}
    assert told(path, asked) == [{"made": {"kind": "glances"}}]
    with pytest.raises(Malformed, match="没有画面"):
        told(
            write(tmp_path / "b.wav", video="", audio="pcm_s16le"),
            {"do": "glances", "output": os.open(out, os.O_RDWR)},
        )
