"""Proposals to hide: what moves is followed and offered, what stands still and what only flickers is not."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from liuhen.engines.media import proposing
from liuhen.engines.media.child import answer
from liuhen.engines.media.masks import Place
from liuhen.engines.media.motion import boxes_in, coarse, propose_motion, stirred
from liuhen.engines.media.proposing import moving, proposals
from liuhen.engines.media.reading import Reading
from liuhen.engines.media.sandbox import Answer
from liuhen.kernel.errors import Malformed

SHAPE = (320, 180)
GROUND = np.random.default_rng(5).integers(40, 90, (180, 320)).astype(np.uint8)


@pytest.fixture(scope="module")
def walker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody as tall as a third of the picture walks from left to right in eight seconds; the ground stands still."""
    path = tmp_path_factory.mktemp("motion") / "walker.mp4"
    with av.open(str(path), "w") as container:
        film: Any = container.add_stream("libx264", rate=10)
        film.width, film.height, film.pix_fmt = 320, 180, "yuv420p"
        film.codec_context.thread_count = 1
        film.options = {"preset": "ultrafast", "g": "20"}
        for index in range(80):
            picture = GROUND.copy()
            left = 20 + 3 * index
            picture[70:130, left : left + 24] = 220
            frame = av.VideoFrame.from_ndarray(picture, format="gray")
            frame.pts, frame.time_base = index, Fraction(1, 10)
            container.mux(film.encode(frame))
        container.mux(film.encode(None))
    return path


@pytest.mark.parametrize("sandbox", [None, "limited"])
def test_who_walks_through_is_followed_and_nothing_else_is_offered(walker: Path, sandbox: Any) -> None:
    found = moving(walker, begins=1.0, ends=6.0, shape=SHAPE, sandbox=sandbox)
    assert [(one.made, one.reason) for one in found] == [("motion", "移动的人形，待核对")]
    for second in (2.0, 3.5, 5.0):
        place = found[0].place_at(second)
        assert place is not None
        left = (20 + 3 * 10 * second) / 320
        assert place.left <= left + 0.02
        assert place.left + place.width >= left + 24 / 320 - 0.02
        assert place.top <= 70 / 180 + 0.01
        assert place.top + place.height >= 130 / 180 - 0.01
        assert place.width * place.height < 0.2


def test_picture_that_is_shown_on_its_side_is_proposed_upright() -> None:
    moved = [np.zeros((180, 320), np.float32) for _ in range(5)]
    for n, one in enumerate(moved):
        one[:40, 40 * n : 40 * n + 30] = 1.0
    upright = ((n / 5, np.rot90(coarse(one), -1)) for n, one in enumerate(moved))
    places = list(boxes_in(upright))
    assert places
    assert all(
        place.left + place.width > 0.7 for place in places
    )  # What was on top is on the right after a turn.


def test_light_that_changes_everywhere_stirs_nothing() -> None:
    one = np.random.default_rng(6).random((36, 64)).astype(np.float32) * 0.1 + 0.4
    assert not stirred(one, one + 0.2).any()


@pytest.mark.parametrize(("begins", "ends"), [(5.0, 5.0), (0.0, 31.0)])
def test_stretch_that_is_none_or_too_long_is_not_looked_through(
    begins: float, ends: float, walker: Path
) -> None:
    with pytest.raises(Malformed, match="最多"):
        moving(walker, begins=begins, ends=ends, shape=SHAPE)


def test_sound_alone_moves_nothing(walker: Path) -> None:
    with walker.open("rb") as source, pytest.raises(Malformed, match="没有画面"):
        propose_motion(source, Reading("wav", "wav"), begins=0, ends=1)


def test_child_that_answers_nonsense_is_not_believed(walker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Answer("limited", ({"made": {"places": "x"}},), "")
    monkeypatch.setattr(proposing, "run", lambda *_, **__: told)
    with pytest.raises(Malformed, match="不可信"):
        moving(walker, begins=0, ends=1, shape=SHAPE)


def test_what_lasts_is_offered_first_and_no_more_than_twenty() -> None:
    places = sorted(
        (
            Place(n / 5, column * 0.04, row * 0.2, 0.03, 0.01)
            for column in range(24)
            for row in range(2)
            for n in range(3 + (column > 0) * (2 + row))
        ),
        key=lambda place: place.at,
    )
    found = proposals(places, length=10.0, shape=(1920, 1080))
    assert len(found) == 20
    assert {len(one.places) for one in found} == {6}
    assert {one.reason for one in found} == {"移动的东西，待核对"}


def test_end_of_the_stretch_is_the_end_of_the_film(walker: Path) -> None:
    assert moving(walker, begins=5.0, ends=30.0, shape=SHAPE)
    assert moving(walker, begins=7.8, ends=30.0, shape=SHAPE) == ()


def test_what_was_put_down_and_stays_stirs_no_more() -> None:
    bare, full = np.full((36, 64), 0.2, np.float32), np.full((36, 64), 0.2, np.float32)
    full[10:20, 10:20] = 0.9
    places = list(boxes_in(enumerate([bare] * 6 + [full] * 5)))
    assert [place.at for place in places] == [6]  # At the moment before and after; then it lies there.


def test_child_answers_places_of_the_stretch_alone(walker: Path) -> None:
    told: list[dict[str, Any]] = []
    with walker.open("rb") as source:
        answer({"do": "motion", "begins": 2.0, "ends": 4.0}, source, told.append)
        assert {2.0 < place[0] < 4.0 for place in told[0]["made"]["places"]} == {True}
        answer({"do": "motion", "begins": 7.0, "ends": 99.0}, source, told.append)
        assert told[1]["made"]["kind"] == "motion"


def test_two_pictures_tell_nothing_and_a_speck_is_no_thing() -> None:
    bare, speck, all_over = (np.full((36, 64), 0.2, np.float32) for _ in range(3))
    speck[5, 5] = 0.9
    all_over[:, 5:36] = 0.9
    assert list(boxes_in(enumerate([bare, speck]))) == []
    assert list(boxes_in(enumerate([bare, bare, all_over, bare, bare]))) == []
