"""Recordings made for these tests, and the reference samples where they lie beside the repository."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from liuhen.engines.media.synthetic import Clip, make_clip

STARTS = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def at() -> datetime:
    return datetime(2026, 5, 7, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def sound_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds with nothing wrong."""
    path = tmp_path_factory.mktemp("clips") / "sound.mp4"
    make_clip(path, Clip(STARTS, seconds=6, size=(320, 180), place=(26.0745, 119.2965)))
    return path


@pytest.fixture(scope="session")
def faulty_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds: black 4 to 8, frozen 10 to 14, no pictures 16 to 18, silent 5 to 9."""
    path = tmp_path_factory.mktemp("clips") / "faulty.mp4"
    plan = Clip(
        STARTS,
        label="执法记录仪 0000001",
        black=((4, 8),),
        frozen=((10, 14),),
        silent=((5, 9),),
        gaps=((16, 18),),
    )
    make_clip(path, plan)
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Callable[[Clip], Path]:
    """Makes a clip of a plan."""

    def make(plan: Clip) -> Path:
        path = tmp_path / "clip.mp4"
        make_clip(path, plan)
        return path

    return make


@pytest.fixture(scope="session")
def samples() -> Path:
    """The reference samples; a test that wants them is skipped where they are not."""
    beside = Path(__file__).parents[4] / "shared"
    folder = Path(os.environ.get("LIUHEN_REFERENCE", beside)) / "samples"
    if not folder.is_dir():
        pytest.skip(f"没有参考样本（{folder}）；设置 LIUHEN_REFERENCE 后再运行")
    return folder
